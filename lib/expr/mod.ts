/**
 * The expression language of expr-lang/expr (v1.17), in which KEDA's formulas are written: read, checked, worked out,
 * each as upstream does it and in its words.
 *
 * @module
 */
import { checkExpr } from "./checker.ts";
import { type ExprNode, parseExpr, TOO_LARGE } from "./parser.ts";
import { type ExprNames, runExpr } from "./runner.ts";
import { ExprError } from "./tokens.ts";
import { display, type ExprValue, typeOf } from "./values.ts";

export { display as exprText, ExprError, type ExprNames, type ExprValue, typeOf as exprTypeOf };

/** An expression over numbers, ready to be worked out. */
export class Expr {
  readonly #node: ExprNode;

  /**
   * `names` are the numbers that it may use.
   * Errors: ExprError, when it cannot be read, names what is not there, or its types do not fit.
   */
  constructor(private readonly source: string, names: ReadonlySet<string>) {
    this.#node = this.#withinStack(() => {
      const node = parseExpr(source);
      checkExpr(node, names, source);
      return node;
    });
  }

  /** `nowMs` is what `now()` shows, in ms since 1970. Errors: ExprError. */
  run(values: ExprNames, nowMs: number): ExprValue {
    return this.#withinStack(() => runExpr(this.#node, values, this.source, nowMs));
  }

  /** Differs: what lies too deep for this stack, and not yet for Go's, counts as too large. */
  #withinStack<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new ExprError(TOO_LARGE, 0, this.source);
    }
  }
}
