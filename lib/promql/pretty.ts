import { formatFloat, formatPromDuration, quote, utf8Length } from "../go/mod.ts";
import type {
  Aggregate,
  Binary,
  Expr,
  NumberLiteral,
  Subquery,
  TimeShift,
  VectorSelector,
} from "./ast.ts";
import { compareStrings, METRIC_NAME } from "./labels.ts";

/** The bytes of a line; what has more is spread over several. */
const MAX_LINE_LENGTH = 100;

/**
 * An expression on one line, as upstream writes it: as in `/api/v1/rules`.
 * Source: prometheus/prometheus promql/parser/printer.go.
 */
export function writtenExpr(expr: Expr): string {
  switch (expr.kind) {
    case "number":
      return writtenNumber(expr);
    case "string":
      return quote(expr.value);
    case "paren":
      return `(${writtenExpr(expr.expr)})`;
    case "unary":
      return `${expr.op}${writtenExpr(expr.expr)}`;
    case "call":
      return `${expr.name}(${expr.args.map(writtenExpr).join(", ")})`;
    case "aggregate": {
      const param = expr.param ? `${writtenExpr(expr.param)}, ` : "";
      return `${aggregation(expr)}(${param}${writtenExpr(expr.expr)})`;
    }
    case "binary":
      return `${writtenExpr(expr.left)} ${operation(expr)} ${writtenExpr(expr.right)}`;
    case "vectorSelector":
      return selector(expr) + moment(expr) + offset(expr);
    case "matrixSelector": {
      const range = expr.rangeText ?? formatPromDuration(expr.rangeMs);
      return `${selector(expr.selector)}[${range}]${moment(expr.selector)}${offset(expr.selector)}`;
    }
    case "subquery":
      return writtenExpr(expr.expr) + subqueryRange(expr);
  }
}

/**
 * An expression as `/api/v1/format_query` writes it: what is longer than a line is spread over several.
 * Source: prometheus/prometheus promql/parser/prettier.go.
 */
export function prettyExpr(expr: Expr, level = 0): string {
  const indent = "  ".repeat(level);
  const line = writtenExpr(expr);
  const fits = utf8Length(line) <= MAX_LINE_LENGTH;
  switch (expr.kind) {
    case "unary":
      return `${indent}${expr.op}${prettyExpr(expr.expr, level).trim()}`;
    case "subquery":
      // Upstream forgets the indent of one that fits.
      return fits ? line : prettyExpr(expr.expr, level) + subqueryRange(expr);
    case "number":
    case "string":
    case "vectorSelector":
    case "matrixSelector":
      return indent + line;
  }
  if (fits) return indent + line;
  const inner = (part: Expr) => prettyExpr(part, level + 1);
  switch (expr.kind) {
    case "paren":
      return `${indent}(\n${inner(expr.expr)}\n${indent})`;
    case "call":
      return `${indent}${expr.name}(\n${expr.args.map(inner).join(",\n")}\n${indent})`;
    case "aggregate": {
      const param = expr.param ? `${inner(expr.param)},\n` : "";
      return `${indent}${aggregation(expr)}(\n${param}${inner(expr.expr)}\n${indent})`;
    }
    case "binary":
      return `${inner(expr.left)}\n${indent}${operation(expr)}\n${inner(expr.right)}`;
  }
}

/** Source: prometheus/prometheus promql/parser/printer.go (NumberLiteral.String). */
export function writtenNumber({ value, isDuration }: NumberLiteral): string {
  if (!isDuration) return formatFloat(value, "f");
  return `${value < 0 ? "-" : ""}${formatPromDuration(Math.abs(value) * 1000)}`;
}

function aggregation({ op, grouping, without }: Aggregate): string {
  if (!without && grouping.length === 0) return op;
  return `${op} ${without ? "without" : "by"} (${labelList(grouping)}) `;
}

function operation({ op, returnBool, matching }: Binary): string {
  const { card, on, labels, include } = matching;
  const isGrouped = card === "many-to-one" || card === "one-to-many";
  const bool = returnBool ? " bool" : "";
  const matched = labels.length > 0 || on || isGrouped
    ? ` ${on ? "on" : "ignoring"} (${labelList(labels)})`
    : "";
  const grouped = isGrouped
    ? ` group_${card === "many-to-one" ? "left" : "right"} (${labelList(include)})`
    : "";
  return op + bool + matched + grouped;
}

function labelList(names: readonly string[]): string {
  return names.map(labelName).join(", ");
}

function labelName(name: string): string {
  return /^[a-zA-Z_]\w*$/.test(name) ? name : quote(name);
}

function selector({ name, matchers }: VectorSelector): string {
  const written = matchers
    .filter((one) =>
      one.name !== METRIC_NAME || one.type !== "=" || one.value !== name || name === ""
    )
    .map((one) => `${labelName(one.name)}${one.type}${quote(one.value)}`)
    .sort(compareStrings);
  return written.length === 0 ? name : `${name}{${written.join(",")}}`;
}

function moment({ at }: TimeShift): string {
  if (at === undefined) return "";
  return typeof at === "number" ? ` @ ${(at / 1000).toFixed(3)}` : ` @ ${at}()`;
}

function offset({ offsetMs, offsetText }: TimeShift): string {
  if (offsetText !== undefined) return ` offset ${offsetText}`;
  if (offsetMs === 0) return "";
  return ` offset ${offsetMs < 0 ? "-" : ""}${formatPromDuration(Math.abs(offsetMs))}`;
}

function subqueryRange(expr: Subquery): string {
  const range = expr.rangeText ?? formatPromDuration(expr.rangeMs);
  const step = expr.stepText ?? (expr.stepMs === undefined ? "" : formatPromDuration(expr.stepMs));
  return `[${range}:${step}]${moment(expr)}${offset(expr)}`;
}
