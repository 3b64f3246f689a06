import type { Expr } from "./ast.ts";

/** Functions whose result depends on the instant, whatever their arguments. */
const TIME_DEPENDENT = new Set(
  ("days_in_month day_of_month day_of_week day_of_year hour minute month year predict_linear time " +
    "timestamp").split(" "),
);

/**
 * Whether an expression is the same at every instant: upstream evaluates it once then.
 * Source: prometheus/prometheus promql/engine.go (preprocessExprHelper).
 */
export function isStepInvariant(expr: Expr): boolean {
  switch (expr.kind) {
    case "number":
    case "string":
      return true;
    case "vectorSelector":
    case "subquery":
      return expr.at !== undefined;
    case "matrixSelector":
      return expr.selector.at !== undefined;
    case "paren":
    case "unary":
    case "aggregate":
      return isStepInvariant(expr.expr);
    case "binary":
      return isStepInvariant(expr.left) && isStepInvariant(expr.right);
    case "call":
      return !TIME_DEPENDENT.has(expr.name) && expr.args.every(isStepInvariant);
  }
}
