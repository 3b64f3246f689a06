import { arithmetic } from "../go/mod.ts";
import type { NumberLiteral, PromqlSyntaxError, Span } from "./ast.ts";
import { EvaluationError } from "./_vector.ts";
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

/** What `step()` and `range()` are, in milliseconds: known when the query is. */
export interface QueryTimes {
  stepMs: number;
  rangeMs: number;
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

/** What a duration is taken for that depends on a query, before there is one. */
const UNKNOWN_SECONDS = 1;

/**
 * Durations between brackets and after `offset`: literals, `step()`, `range()`, or arithmetic on them.
 * Source: prometheus/prometheus promql/parser/generated_parser.y (duration_expr), promql/durations.go.
 */
export class DurationReader {
  #nesting = 0;
  #operators = 0;
  /** The last number or duration that was read as it stands. */
  #literal: NumberLiteral | undefined;
  /** Whether the duration that was read last depends on the query. */
  ofQuery = false;

  constructor(readonly source: DurationSource, readonly times: QueryTimes | undefined) {}

  /** Milliseconds, more than none. */
  positive(): number {
    const start = this.source.peek();
    const seconds = this.#sum(0);
    // Upstream looks at a literal when it is read, and at what is worked out when the query is asked.
    if (!(seconds > 0) && this.#operators > 0) this.ofQuery = true;
    if (seconds > 0 || (this.ofQuery && !this.times)) return this.#milliseconds(seconds, start);
    const at = start.text === "(" && this.#operators === 0 ? this.#literal ?? start : start;
    throw this.#error(at, "duration must be greater than 0");
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
    if (this.ofQuery && !this.times) return UNKNOWN_SECONDS * 1000;
    if (Math.abs(seconds) <= MAX_SECONDS) return Math.round(seconds * 1000);
    throw this.#error(
      at,
      !this.ofQuery
        ? "duration out of range"
        : Number.isFinite(seconds)
        ? "duration is out of range"
        : "duration is NaN or infinite",
    );
  }

  /** What is wrong with a duration shows when it is read, or when the query is known. */
  #error(at: Span, reason: string): Error {
    if (!this.ofQuery) return this.source.error(at, reason);
    return new EvaluationError(`${at.start}:${this.source.peek().start}: ${reason}`);
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
      const operators = ++this.#operators;
      const right = this.#sum(text === "^" ? precedence : precedence + 1);
      if (right === 0 && (text === "/" || text === "%")) {
        if (this.#operators > operators) this.ofQuery = true;
        if (this.ofQuery && !this.times) continue;
        throw this.#error(operator, text === "/" ? "division by zero" : "modulo by zero");
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
    if (type === "number" || type === "duration") {
      this.#literal = this.source.number();
      return this.#literal.value;
    }
    return this.#parenthesized();
  }

  #parenthesized(): number {
    const { type, id } = this.source.peek();
    if (type === "keyword") {
      if (id === "step" || id === "range") return this.#time(id);
      if (id === "min_of" || id === "max_of") return this.#either(id);
    }
    this.#mark("(");
    const seconds = this.#sum(0);
    this.#mark(")");
    return seconds;
  }

  #time(id: "step" | "range"): number {
    this.source.take();
    this.#mark("(");
    this.#mark(")");
    this.ofQuery = true;
    if (!this.times) return UNKNOWN_SECONDS;
    return (id === "step" ? this.times.stepMs : this.times.rangeMs) / 1000;
  }

  #either(id: "min_of" | "max_of"): number {
    this.source.take();
    this.#mark("(");
    const one = this.#sum(0);
    this.#mark(",");
    const other = this.#sum(0);
    this.#mark(")");
    return id === "min_of" ? Math.min(one, other) : Math.max(one, other);
  }

  #mark(text: string): void {
    if (this.source.peek().text !== text) throw this.source.unexpected();
    this.source.take();
  }

  #sign(): number {
    const { text } = this.source.peek();
    if (text !== "+" && text !== "-") return 1;
    this.source.take();
    return text === "-" ? -1 : 1;
  }
}
