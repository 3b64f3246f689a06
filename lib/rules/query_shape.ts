import { type AggregateOp, childrenOf, everyPart, type Expr, unparen } from "../promql/mod.ts";

/** What names of counters end in by convention; a histogram's parts are counters too. */
export const COUNTER_NAME = /_(total|count|sum|bucket)$/;

/** Aggregations that give series of their input as they are. */
const PICKING: readonly AggregateOp[] = ["topk", "bottomk", "limitk"];
const WITHOUT_LABELS = ["scalar", "vector", "time", "pi", "absent", "absent_over_time"];

/** Whether the result's series still carry a label that the series in the query have. */
export function keepsLabel(expr: Expr, label: string): boolean {
  switch (expr.kind) {
    case "number":
    case "string":
      return false;
    case "aggregate": {
      if (PICKING.includes(expr.op)) return keepsLabel(expr.expr, label);
      const isNamed = expr.grouping.includes(label);
      return isNamed !== expr.without && keepsLabel(expr.expr, label);
    }
    case "call": {
      if (/^label_(replace|join)$/.test(expr.name)) {
        const [from, to] = expr.args;
        return (to?.kind === "string" && to.value === label) || keepsLabel(from, label);
      }
      return !WITHOUT_LABELS.includes(expr.name) && expr.args.some((arg) => keepsLabel(arg, label));
    }
    case "binary": {
      const sides = [expr.left, expr.right].map((side) => keepsLabel(side, label));
      const { matching: { card, on, labels } } = expr;
      const isPaired = card === "one-to-one" && !isNumber(expr.left) && !isNumber(expr.right) &&
        !["and", "or", "unless"].includes(expr.op);
      if (isPaired && on) return labels.includes(label) && sides[0];
      if (isPaired && labels.includes(label)) return false;
      return sides.some(Boolean);
    }
    default: {
      const inside = childrenOf(expr);
      return inside.length === 0 || inside.some((part) => keepsLabel(part, label));
    }
  }
}

export function isNumber(expr: Expr): boolean {
  const inner = unparen(expr);
  return inner.kind === "number" ||
    (inner.kind === "unary" && isNumber(inner.expr)) ||
    (inner.kind === "binary" && isNumber(inner.left) && isNumber(inner.right)) ||
    (inner.kind === "call" && inner.name === "scalar");
}

/** Around these the height of a counter says nothing, so that one may stand there bare. */
const COUNTING = ["count", "group", "absent", "timestamp", "count_values"];

/** The names of metrics whose samples a query takes as they are: not over a window, and not only counted. */
export function bareNames(expr: Expr): string[] {
  if (expr.kind === "vectorSelector") return [nameIn(expr)];
  if (expr.kind === "matrixSelector") return [];
  if (expr.kind === "subquery") return [];
  if (expr.kind === "aggregate" && COUNTING.includes(expr.op)) return [];
  if (expr.kind === "call" && COUNTING.includes(expr.name)) return [];
  return childrenOf(expr).flatMap(bareNames);
}

function nameIn({ name, matchers }: Extract<Expr, { kind: "vectorSelector" }>): string {
  return name ||
    (matchers.find((matcher) => matcher.name === "__name__" && matcher.type === "=")?.value ?? "");
}

/** A window over samples, `[1m]`, as the query writes it. */
export interface Window {
  text: string;
  rangeMs: number;
}

export function windowsOf(expr: Expr, promql: string): Window[] {
  return [...everyPart(expr)].flatMap((part) => {
    if (part.kind !== "matrixSelector") return [];
    const text = /\[[^\]]*\]\s*$/.exec(promql.slice(part.start, part.end))?.[0].trim() ?? "";
    return [{ text, rangeMs: part.rangeMs }];
  });
}
