import { formatGoFloat, numError, parseGoFloat, quote } from "../go/mod.ts";
import type { Labels } from "./labels.ts";

/**
 * Text that is not of its exposition format. The message is upstream's, as it shows among a
 * target's errors; `line` counts from 1.
 */
export class ExpositionSyntaxError extends SyntaxError {
  override name = "ExpositionSyntaxError";

  constructor(message: string, readonly line: number) {
    super(message);
  }
}

export type MetricType =
  | "counter"
  | "gauge"
  | "histogram"
  | "gaugehistogram"
  | "summary"
  | "info"
  | "stateset"
  | "untyped";

/** How metrics are written: Prometheus' own format, or OpenMetrics. */
export type ExpositionFormat = "text" | "openmetrics";

/** One line of an exposition. */
export type Entry =
  | { kind: "help"; name: string; text: string }
  | { kind: "type"; name: string; type: MetricType }
  | { kind: "unit"; name: string; unit: string }
  | { kind: "comment" }
  | SampleEntry;

export interface SampleEntry {
  kind: "sample";
  key: string;
  labels: Labels;
  /** A label name that stands there twice. */
  twice?: string;
  value: number;
  timestampMs?: number;
}

export type Token =
  | "INVALID"
  | "EOF"
  | "EOFWORD"
  | "LINEBREAK"
  | "HELP"
  | "TYPE"
  | "UNIT"
  | "TEXT"
  | "COMMENT"
  | "MNAME"
  | "QSTRING"
  | "BOPEN"
  | "BCLOSE"
  | "LNAME"
  | "LVALUE"
  | "COMMA"
  | "EQUAL"
  | "TIMESTAMP"
  | "VALUE";

/** What readers of expositions have in common: a place in a text, and the words for what is wrong there. */
export abstract class FormatReader {
  /** Where the next token starts. */
  protected at: number;
  /** Where the entry and the token being read start. */
  protected entryStart = 0;
  protected tokenStart = 0;

  /** `type` is that of the last TYPE line before `at`. */
  constructor(readonly text: string, at = 0, public type?: MetricType) {
    this.at = at;
  }

  /** Where the next entry starts. */
  get position(): number {
    return this.at;
  }

  /** The next entry, undefined at the end. Errors: ExpositionSyntaxError. */
  abstract next(): Entry | undefined;

  protected get tokenText(): string {
    return this.text.slice(this.tokenStart, this.at);
  }

  /** Notes a label; a name that is there already is told of. */
  protected label(sample: Pick<SampleEntry, "twice">, labels: Record<string, string>, label: {
    name: string;
    value: string;
  }): void {
    if (Object.hasOwn(labels, label.name)) sample.twice ??= label.name;
    else labels[label.name] = this.#normalized(label.name, label.value);
  }

  /** Source: prometheus/prometheus model/textparse/promparse.go (parseFloat). */
  protected float(text: string): number {
    if (/[pP_]/.test(text)) throw this.error("unsupported character in float", true);
    const value = parseGoFloat(text);
    if (value === undefined) throw this.error(numError("ParseFloat", text), true);
    if (!Number.isFinite(value) && /\d/.test(text)) {
      throw this.error(numError("ParseFloat", text, "value out of range"), true);
    }
    return value;
  }

  /** Bounds of buckets and quantiles are written one way: `le="1"` becomes `le="1.0"`. */
  #normalized(name: string, value: string): string {
    const isBound = (name === "le" && this.type === "histogram") ||
      (name === "quantile" && this.type === "summary");
    const bound = isBound ? parseGoFloat(value) : undefined;
    if (bound === undefined) return value;
    const text = formatGoFloat(bound);
    return /^-?\d+$/.test(text) ? `${text}.0` : text;
  }

  protected expected(what: string, got: Token): ExpositionSyntaxError {
    return this.error(
      `${what}, got ${this.#quoted(this.tokenStart)} ("${got}") ` +
        `while parsing: ${this.#quoted(this.entryStart)}`,
    );
  }

  /** The text from `start` to one byte past the place reached. */
  #quoted(start: number): string {
    const next = this.text.charAt(this.at);
    if (next < "\x80") return quote(this.text.slice(start, this.at) + next);
    const char = String.fromCodePoint(this.text.codePointAt(this.at)!);
    const byte = new TextEncoder().encode(char)[0].toString(16);
    return `${quote(this.text.slice(start, this.at)).slice(0, -1)}\\x${byte}"`;
  }

  protected error(message: string, quoteEntry = false): ExpositionSyntaxError {
    const quoted = quoteEntry
      ? ` while parsing: ${quote(this.text.slice(this.entryStart, this.at))}`
      : "";
    const line = this.text.slice(0, this.entryStart).split("\n").length;
    return new ExpositionSyntaxError(message + quoted, line);
  }
}

/** `\\`, `\n` and, among labels, `\"` for what they stand for. */
export function unescapeText(text: string, quotes = true): string {
  if (!text.includes("\\")) return text;
  return text.replace(quotes ? /\\(["\\n])/g : /\\([\\n])/g, (_, c) => c === "n" ? "\n" : c);
}
