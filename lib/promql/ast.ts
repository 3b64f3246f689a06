import type { Matcher } from "./matchers.ts";

/** What an expression gives. Upstream's documents call a matrix a "range vector". */
export type ValueType = "scalar" | "vector" | "matrix" | "string";

/** Where an expression stands in its text: UTF-16 offsets, the end exclusive. */
export interface Span {
  start: number;
  end: number;
}

export interface NumberLiteral extends Span {
  kind: "number";
  value: number;
  /** Whether it is written as a duration. */
  isDuration?: boolean;
}

export interface StringLiteral extends Span {
  kind: "string";
  value: string;
}

/** `offset` and `@` of a selector or subquery. */
export interface TimeShift {
  /** Positive is into the past. */
  offsetMs: number;
  /** The offset as it is written, where it is worked out. */
  offsetText?: string;
  /** The instant of `@ <timestamp>`, or which end of the query `@ start()` and `@ end()` mean. */
  at?: number | "start" | "end";
}

export interface VectorSelector extends Span, TimeShift {
  kind: "vectorSelector";
  /** The name before the braces, "" without one; it is among the matchers too. */
  name: string;
  matchers: Matcher[];
}

export interface MatrixSelector extends Span {
  kind: "matrixSelector";
  selector: VectorSelector;
  rangeMs: number;
  /** The range as it is written, where it is worked out. */
  rangeText?: string;
}

export interface Subquery extends Span, TimeShift {
  kind: "subquery";
  expr: Expr;
  rangeMs: number;
  rangeText?: string;
  /** Undefined: the global evaluation interval. */
  stepMs?: number;
  stepText?: string;
}

export interface Call extends Span {
  kind: "call";
  name: string;
  args: Expr[];
}

export type AggregateOp =
  | "sum"
  | "avg"
  | "count"
  | "min"
  | "max"
  | "group"
  | "stddev"
  | "stdvar"
  | "topk"
  | "bottomk"
  | "count_values"
  | "quantile"
  | "limitk";

export interface Aggregate extends Span {
  kind: "aggregate";
  op: AggregateOp;
  expr: Expr;
  param?: Expr;
  grouping: string[];
  without: boolean;
}

export type BinaryOp =
  | "+"
  | "-"
  | "*"
  | "/"
  | "%"
  | "^"
  | "atan2"
  | "=="
  | "!="
  | ">"
  | "<"
  | ">="
  | "<="
  | "</"
  | ">/"
  | "and"
  | "or"
  | "unless";

export interface VectorMatching {
  card: "one-to-one" | "many-to-one" | "one-to-many" | "many-to-many";
  /** Match on `labels` alone, rather than on all but them. */
  on: boolean;
  labels: string[];
  /** Labels that `group_left` or `group_right` copies from the one side. */
  include: string[];
}

export interface Binary extends Span {
  kind: "binary";
  op: BinaryOp;
  left: Expr;
  right: Expr;
  returnBool: boolean;
  matching: VectorMatching;
}

export interface Unary extends Span {
  kind: "unary";
  op: "+" | "-";
  expr: Expr;
}

export interface Paren extends Span {
  kind: "paren";
  expr: Expr;
}

export type Expr =
  | NumberLiteral
  | StringLiteral
  | VectorSelector
  | MatrixSelector
  | Subquery
  | Call
  | Aggregate
  | Binary
  | Unary
  | Paren;

export const COMPARISONS: ReadonlySet<string> = new Set(["==", "!=", ">", "<", ">=", "<="]);
/** What cuts a native histogram at a value. */
export const TRIMMING: ReadonlySet<string> = new Set(["</", ">/"]);
export const SET_OPERATORS: ReadonlySet<string> = new Set(["and", "or", "unless"]);

/** The type as upstream's messages call it. */
export function documentedType(type: ValueType): string {
  return type === "vector" ? "instant vector" : type === "matrix" ? "range vector" : type;
}

/** The expression within any parentheses around it. */
export function unparen(expr: Expr): Expr {
  while (expr.kind === "paren") expr = expr.expr;
  return expr;
}

/** The expressions directly within one. Source: prometheus/prometheus promql/parser/ast.go (Children). */
export function childrenOf(expr: Expr): Expr[] {
  switch (expr.kind) {
    case "matrixSelector":
      return [expr.selector];
    case "subquery":
    case "unary":
    case "paren":
      return [expr.expr];
    case "call":
      return expr.args;
    case "aggregate":
      return expr.param ? [expr.param, expr.expr] : [expr.expr];
    case "binary":
      return [expr.left, expr.right];
    default:
      return [];
  }
}

/** An expression and everything within it. */
export function* everyPart(expr: Expr): Generator<Expr> {
  yield expr;
  for (const part of childrenOf(expr)) yield* everyPart(part);
}

/**
 * Text that is not PromQL, or PromQL that does not type-check. The message is upstream's, with
 * line and column (in bytes): `1:5: parse error: unexpected end of input`.
 * Source: prometheus/prometheus promql/parser/parse.go (ParseErr).
 */
export class PromqlSyntaxError extends SyntaxError {
  override name = "PromqlSyntaxError";
  readonly start: number;
  readonly end: number;

  constructor(readonly query: string, span: Span, readonly reason: string) {
    super(`${linePosition(query, span.start)}: parse error: ${reason}`);
    this.start = span.start;
    this.end = span.end;
  }
}

/** `line:column` of an offset, both from 1, the column counted in UTF-8 bytes as upstream does. */
export function linePosition(query: string, offset: number): string {
  if (query === "") return "unknown position";
  const before = query.slice(0, offset);
  const lineStart = before.lastIndexOf("\n") + 1;
  const column = new TextEncoder().encode(before.slice(lineStart)).length + 1;
  return `${before.split("\n").length}:${column}`;
}
