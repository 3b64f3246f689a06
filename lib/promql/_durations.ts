import { arithmetic } from "../go/mod.ts";
import { writtenNumber } from "./pretty.ts";
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

/** A duration that was read. */
export interface ReadDuration {
  ms: number;
  /** As it is written, where it is worked out and no literal. */
  text?: string;
}

/** A part of a duration: what it comes to, and as upstream writes it. */
interface Part {
  seconds: number;
  text: string;
  /** Undefined for what is worked out. */
  literal?: NumberLiteral;
  /** Whether it stands in parentheses: those around them are not written again. */
  isWrapped?: boolean;
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
  /** Whether the duration that was read last depends on the query. */
  ofQuery = false;

  constructor(readonly source: DurationSource, readonly times: QueryTimes | undefined) {}

  /** More than none. */
  positive(): ReadDuration {
    const start = this.source.peek();
    const part = this.#sum(0);
    const { seconds, literal } = part;
    // Upstream looks at a literal when it is read, and at what is worked out when the query is asked.
    if (!(seconds > 0) && this.#operators > 0) this.ofQuery = true;
    if (seconds > 0 || (this.ofQuery && !this.times)) return this.#read(part, start);
    const at = start.text === "(" && this.#operators === 0 ? literal ?? start : start;
    throw this.#error(at, "duration must be greater than 0");
  }

  /**
   * Of either sign. A bare literal ends here: in `x offset 5m + 1` the sum is of the
   * vector, and only parentheses make it one of durations.
   */
  offset(): ReadDuration {
    const start = this.source.peek();
    const sign = this.#sign();
    const { type } = this.source.peek();
    if (type === "number" || type === "duration") {
      return { ms: this.#milliseconds(sign * this.source.number().value, start) };
    }
    const { seconds, text, literal } = this.#parenthesized();
    const written = literal ? `(${text})` : text;
    return {
      ms: this.#milliseconds(sign * seconds, start),
      text: sign < 0 ? `-${written}` : written,
    };
  }

  #read({ seconds, text, literal }: Part, start: Token): ReadDuration {
    const ms = this.#milliseconds(seconds, start);
    return literal ? { ms } : { ms, text };
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

  #sum(leastPrecedence: number): Part {
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
      const before = left;
      left = { seconds: left.seconds, text: `${left.text} ${text} ${right.text}` };
      if (right.seconds === 0 && (text === "/" || text === "%")) {
        const reason = text === "/" ? "division by zero" : "modulo by zero";
        if (right.literal) throw this.source.error(operator, reason);
        if (this.#operators > operators) this.ofQuery = true;
        if (this.ofQuery && !this.times) continue;
        throw this.#error(operator, reason);
      }
      left.seconds = arithmetic(text, before.seconds, right.seconds)!;
    }
  }

  #operand(): Part {
    const { type, text } = this.source.peek();
    if (text === "+" || text === "-") {
      // A sign binds as a product does.
      const sign = this.#sign();
      const part = this.#sum(PRECEDENCE["^"]);
      const seconds = sign * part.seconds;
      if (part.literal) return literalPart({ ...part.literal, value: seconds });
      return { seconds, text: sign < 0 ? `-${part.text}` : part.text };
    }
    if (type === "number" || type === "duration") return literalPart(this.source.number());
    return this.#parenthesized();
  }

  #parenthesized(): Part {
    const { type, id } = this.source.peek();
    if (type === "keyword") {
      if (id === "step" || id === "range") return this.#time(id);
      if (id === "min_of" || id === "max_of") return this.#either(id);
    }
    this.#mark("(");
    const part = this.#sum(0);
    this.#mark(")");
    return part.literal || part.isWrapped
      ? part
      : { ...part, text: `(${part.text})`, isWrapped: true };
  }

  #time(id: "step" | "range"): Part {
    this.source.take();
    this.#mark("(");
    this.#mark(")");
    this.ofQuery = true;
    const text = `${id}()`;
    if (!this.times) return { seconds: UNKNOWN_SECONDS, text };
    return { seconds: (id === "step" ? this.times.stepMs : this.times.rangeMs) / 1000, text };
  }

  #either(id: "min_of" | "max_of"): Part {
    this.source.take();
    this.#mark("(");
    const one = this.#sum(0);
    this.#mark(",");
    const other = this.#sum(0);
    this.#mark(")");
    const choose = id === "min_of" ? Math.min : Math.max;
    return {
      seconds: choose(one.seconds, other.seconds),
      text: `${id}(${one.text}, ${other.text})`,
    };
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

function literalPart(literal: NumberLiteral): Part {
  return { seconds: literal.value, text: writtenNumber(literal), literal };
}
