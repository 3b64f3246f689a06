import { quote } from "../go/mod.ts";
import {
  type Aggregate,
  type Binary,
  type Call,
  COMPARISONS,
  documentedType,
  type Expr,
  PromqlSyntaxError,
  SET_OPERATORS,
  type Span,
  type ValueType,
  type VectorSelector,
} from "./ast.ts";
import { METRIC_NAME } from "./labels.ts";
import { SIGNATURES } from "./signatures.ts";

/** The type of an expression. */
export function typeOf(expr: Expr): ValueType {
  switch (expr.kind) {
    case "number":
      return "scalar";
    case "string":
      return "string";
    case "vectorSelector":
    case "aggregate":
      return "vector";
    case "matrixSelector":
    case "subquery":
      return "matrix";
    case "call":
      return SIGNATURES.get(expr.name)!.returns;
    case "paren":
    case "unary":
      return typeOf(expr.expr);
    case "binary": {
      let type = binaryTypes.get(expr);
      if (type === undefined) {
        const scalar = typeOf(expr.left) === "scalar" && typeOf(expr.right) === "scalar";
        binaryTypes.set(expr, type = scalar ? "scalar" : "vector");
      }
      return type;
    }
  }
}

/** Kept, lest asking at every level of `a + b + c + …` looks at everything below it each time. */
const binaryTypes = new WeakMap<Binary, ValueType>();

/**
 * Checks the types throughout a tree. Errors: PromqlSyntaxError, the first that upstream reports.
 * Source: prometheus/prometheus promql/parser/parse.go (checkAST).
 */
export function checkTypes(text: string, expr: Expr): void {
  new Checker(text).check(expr);
}

class Checker {
  constructor(readonly text: string) {}

  check(expr: Expr): ValueType {
    switch (expr.kind) {
      case "aggregate":
        this.#aggregate(expr);
        break;
      case "binary":
        this.#binary(expr);
        break;
      case "call":
        this.#call(expr);
        break;
      case "paren":
        this.check(expr.expr);
        break;
      case "unary": {
        const type = this.check(expr.expr);
        if (type !== "scalar" && type !== "vector") {
          throw this.#error(
            expr,
            "unary expression only allowed on expressions of type scalar or instant vector, " +
              `got ${quote(documentedType(type))}`,
          );
        }
        break;
      }
      case "subquery": {
        const type = this.check(expr.expr);
        if (type !== "vector") {
          throw this.#error(
            expr,
            `subquery is only allowed on instant vector, got ${type} instead`,
          );
        }
        break;
      }
      case "matrixSelector":
        this.check(expr.selector);
        break;
      case "vectorSelector":
        this.#selector(expr);
    }
    return typeOf(expr);
  }

  #aggregate(expr: Aggregate): void {
    this.#expect(expr.expr, "vector", "aggregation expression");
    if (expr.param === undefined) return;
    const wanted = expr.op === "count_values" ? "string" : "scalar";
    this.#expect(expr.param, wanted, "aggregation parameter");
  }

  #expect(expr: Expr, wanted: ValueType, context: string): void {
    const type = this.check(expr);
    if (type === wanted) return;
    throw this.#error(
      expr,
      `expected type ${documentedType(wanted)} in ${context}, got ${documentedType(type)}`,
    );
  }

  #binary(expr: Binary): void {
    const { op, matching } = expr;
    const left = this.check(expr.left);
    const right = this.check(expr.right);
    if (expr.returnBool && !COMPARISONS.has(op)) {
      throw this.#error(
        this.#operator(expr),
        "bool modifier can only be used on comparison operators",
      );
    }
    if (COMPARISONS.has(op) && !expr.returnBool && left === "scalar" && right === "scalar") {
      throw this.#error(
        this.#operator(expr),
        "comparisons between scalars must use BOOL modifier",
      );
    }
    const both = matching.on
      ? matching.labels.find((l) => matching.include.includes(l))
      : undefined;
    if (both !== undefined) {
      throw this.#error(
        this.#operator(expr),
        `label ${quote(both)} must not occur in ON and GROUP clause at once`,
      );
    }
    for (const [side, type] of [[expr.left, left], [expr.right, right]] as const) {
      if (type !== "scalar" && type !== "vector") {
        throw this.#error(
          side,
          "binary expression must contain only scalar and instant vector types",
        );
      }
    }
    if (left !== "vector" || right !== "vector") {
      if (matching.labels.length > 0) {
        throw this.#error(expr, "vector matching only allowed between instant vectors");
      }
      if (SET_OPERATORS.has(op)) {
        throw this.#error(
          expr,
          `set operator ${quote(op)} not allowed in binary scalar expression`,
        );
      }
    } else if (SET_OPERATORS.has(op) && matching.card !== "many-to-many") {
      throw this.#error(expr, `no grouping allowed for ${quote(op)} operation`);
    }
  }

  /** Where the operator of a binary expression stands, its modifiers included. */
  #operator(expr: Binary): Span {
    let start = expr.left.end;
    while (/\s/.test(this.text[start])) start++;
    return { start, end: expr.right.start };
  }

  #call(expr: Call): void {
    const { args, variadic } = SIGNATURES.get(expr.name)!;
    const name = quote(expr.name);
    const given = expr.args.length;
    const least = variadic === 0 ? args.length : args.length - 1;
    const most = variadic < 0 ? Infinity : variadic === 0 ? args.length : least + variadic;
    if (variadic === 0 && given !== args.length) {
      throw this.#error(
        expr,
        `expected ${args.length} argument(s) in call to ${name}, got ${given}`,
      );
    }
    if (given < least) {
      throw this.#error(
        expr,
        `expected at least ${least} argument(s) in call to ${name}, got ${given}`,
      );
    }
    if (given > most) {
      throw this.#error(
        expr,
        `expected at most ${most} argument(s) in call to ${name}, got ${given}`,
      );
    }
    expr.args.forEach((arg, i) => {
      const wanted = args[Math.min(i, args.length - 1)];
      if (expr.name === "info" && i === 1 && arg.kind === "vectorSelector") {
        return this.#infoLabels(arg);
      }
      const type = this.check(arg);
      if (expr.name === "info" && i === 1 && type === wanted) {
        throw this.#error(arg, "expected label selectors only");
      }
      if (type === wanted) return;
      throw this.#error(
        arg,
        `expected type ${documentedType(wanted)} in call to function ${name}, ` +
          `got ${documentedType(type)}`,
      );
    });
  }

  /** The labels that info() takes from info series: no selector of series, and so it may match nothing. */
  #infoLabels(expr: VectorSelector): void {
    if (expr.name === "") return;
    throw this.#error(expr, "expected label selectors only, got vector selector instead");
  }

  #selector(expr: VectorSelector): void {
    if (expr.name !== "") {
      const named = expr.matchers.slice(0, -1).find((matcher) => matcher.name === METRIC_NAME);
      if (named) {
        throw this.#error(
          expr,
          `metric name must not be set twice: ${quote(expr.name)} or ${quote(named.value)}`,
        );
      }
    } else if (expr.matchers.every((matcher) => matcher.matches(""))) {
      throw this.#error(expr, "vector selector must contain at least one non-empty matcher");
    }
  }

  #error(where: Span, reason: string): PromqlSyntaxError {
    return new PromqlSyntaxError(this.text, { start: where.start, end: where.end }, reason);
  }
}
