import { arithmetic } from "../go/mod.ts";
import type { NumberLiteral, PromqlSyntaxError, Span } from "./ast.ts";
import type { Token } from "./_tokens.ts";

/** The tokens a {@linkcode DurationReader} reads from. */
export interface DurationSource {
  peek(): Token;
  take(): Token;
  /** Reads a number or duration token; the value is in seconds. */
  number(): NumberLiteral;
  error(where: Span, reason: string): PromqlSyntaxError;
  /** The error for a token where a duration should be. */
  unexpected(): PromqlSyntaxError;
}

const PRECEDENCE: Readonly<Record<string, number>> = {
  "+": 1,
  "-": 1,
  "*": 2,
  "/": 2,
  "%": 2,
  "^": 3,
};
const MAX_NESTING = 250;
const MAX_SECONDS = 2 ** 63 / 1e9;

/**
 * Durations between brackets and after `offset`: literals, or arithmetic on them.
 * Source: prometheus/prometheus promql/parser/generated_parser.y (duration_expr), durations.go.
 */
export class DurationReader {
  #nesting = 0;

  constructor(readonly source: DurationSource) {}

  /** Milliseconds, more than none. */
  positive(): number {
    const start = this.source.peek();
    const seconds = this.#sum(0);
    if (seconds > 0) return this.#milliseconds(seconds, start);
    throw this.source.error(start, "duration must be greater than 0");
  }

  /**
   * Milliseconds of either sign. A bare literal ends here: in `x offset 5m + 1` the sum is of the
   * vector, and only parentheses make it one of durations.
   */
  offset(): number {
    const start = this.source.peek();
    const sign = this.#sign();
    const { type } = this.source.peek();
    const seconds = type === "number" || type === "duration"
      ? this.source.number().value
      : this.#parenthesized();
    return this.#milliseconds(sign * seconds, start);
  }

  #milliseconds(seconds: number, at: Token): number {
    if (!(Math.abs(seconds) <= MAX_SECONDS)) throw this.source.error(at, "duration out of range");
    return Math.round(seconds * 1000);
  }

  #sum(leastPrecedence: number): number {
    if (++this.#nesting > MAX_NESTING) {
      throw this.source.error(this.source.peek(), "expression is nested too deeply");
    }
    let left = this.#operand();
    for (;;) {
      const { type, text } = this.source.peek();
      const precedence = type === "operator" ? PRECEDENCE[text] : undefined;
      if (precedence === undefined || precedence < leastPrecedence) {
        this.#nesting--;
        return left;
      }
      const operator = this.source.take();
      const right = this.#sum(text === "^" ? precedence : precedence + 1);
      if (right === 0 && (text === "/" || text === "%")) {
        throw this.source.error(operator, text === "/" ? "division by zero" : "modulo by zero");
      }
      left = arithmetic(text, left, right)!;
    }
  }

  #operand(): number {
    const { type, text } = this.source.peek();
    if (text === "+" || text === "-") {
      // A sign binds as a product does.
      return this.#sign() * this.#sum(PRECEDENCE["^"]);
    }
    if (type === "number" || type === "duration") return this.source.number().value;
    return this.#parenthesized();
  }

  #parenthesized(): number {
    const { type, text } = this.source.peek();
    if (type === "keyword") {
      throw this.source.error(this.source.peek(), `${text}() in a duration is not supported here`);
    }
    if (text !== "(") throw this.source.unexpected();
    this.source.take();
    const seconds = this.#sum(0);
    if (this.source.peek().text !== ")") throw this.source.unexpected();
    this.source.take();
    return seconds;
  }

  #sign(): number {
    const { text } = this.source.peek();
    if (text !== "+" && text !== "-") return 1;
    this.source.take();
    return text === "-" ? -1 : 1;
  }
}
