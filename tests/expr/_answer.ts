import { Expr, ExprError, exprText, exprTypeOf } from "../../lib/expr/mod.ts";
import type { Question } from "./_expressions.ts";

/** What an engine made of an expression: refused before it ran, failed in it, or a value as Go prints it. */
export interface Answer {
  refused?: string;
  failed?: string;
  type?: string;
  value?: string;
}

/** What upstream made of it, as ours can tell it: whole numbers of other sizes are ints here, no value is "". */
export function comparable({ refused, failed, type, value = "" }: Answer): Answer {
  if (refused !== undefined) return { refused };
  if (failed !== undefined) return { failed };
  return { type: /^u?int\d+$/.test(type ?? "") ? "int" : type, value };
}

/** Ours. */
export function answer({ source, values }: Question, nowMs: number): Answer {
  let expr: Expr;
  try {
    expr = new Expr(source, new Set(Object.keys(values)));
  } catch (error) {
    if (error instanceof ExprError) return { refused: error.message };
    throw error;
  }
  try {
    const value = expr.run(values, nowMs);
    return { type: exprTypeOf(value), value: exprText(value) };
  } catch (error) {
    if (error instanceof ExprError) return { failed: error.message };
    throw error;
  }
}
