import { formatFloat } from "../../../go/mod.ts";
import { type Expr, type Matcher, SIGNATURES, type TimeShift } from "../../../promql/mod.ts";

/** The operators between two vectors have a matching, others have none. */
type Node = Record<string, unknown>;

/**
 * An expression as `/api/v1/parse_query` shows it.
 * Source: prometheus/prometheus web/api/v1/translate_ast.go.
 * Differs: durations that are worked out are shown as what they come to, without the expression.
 */
export function translateAst(expr: Expr, isVector: (expr: Expr) => boolean): Node {
  const translate = (part: Expr) => translateAst(part, isVector);
  switch (expr.kind) {
    case "number":
      return { type: "numberLiteral", val: formatFloat(expr.value, "f") };
    case "string":
      return { type: "stringLiteral", val: expr.value };
    case "paren":
      return { type: "parenExpr", expr: translate(expr.expr) };
    case "unary":
      return { type: "unaryExpr", op: expr.op, expr: translate(expr.expr) };
    case "aggregate":
      return {
        type: "aggregation",
        op: expr.op,
        expr: translate(expr.expr),
        param: expr.param ? translate(expr.param) : null,
        grouping: expr.grouping,
        without: expr.without,
      };
    case "binary": {
      const { card, on, labels, include } = expr.matching;
      const isMatched = isVector(expr.left) && isVector(expr.right);
      return {
        type: "binaryExpr",
        op: expr.op,
        lhs: translate(expr.left),
        rhs: translate(expr.right),
        matching: isMatched
          ? { card, labels, on, include, fillValues: { lhs: null, rhs: null } }
          : null,
        bool: expr.returnBool,
      };
    }
    case "call": {
      const { args, variadic, returns } = SIGNATURES.get(expr.name)!;
      return {
        type: "call",
        func: { name: expr.name, argTypes: args, variadic, returnType: returns },
        args: expr.args.map(translate),
      };
    }
    case "vectorSelector":
      return { type: "vectorSelector", ...selected(expr.name, expr.matchers), ...shifted(expr) };
    case "matrixSelector": {
      const { selector, rangeMs } = expr;
      return {
        type: "matrixSelector",
        ...selected(selector.name, selector.matchers),
        range: rangeMs,
        rangeExpr: null,
        ...shifted(selector),
      };
    }
    case "subquery":
      return {
        type: "subquery",
        expr: translate(expr.expr),
        range: expr.rangeMs,
        rangeExpr: null,
        step: expr.stepMs ?? 0,
        stepExpr: null,
        ...shifted(expr),
      };
  }
}

function selected(name: string, matchers: readonly Matcher[]): Node {
  return {
    name,
    matchers: matchers.map(({ name, type, value }) => ({ name, value, type })),
    anchored: false,
    smoothed: false,
  };
}

function shifted({ offsetMs, at }: TimeShift): Node {
  return {
    offset: offsetMs,
    offsetExpr: null,
    timestamp: typeof at === "number" ? at : null,
    startOrEnd: typeof at === "string" ? at : null,
  };
}
