import { numError } from "../go/mod.ts";
import { Expr, ExprError, type ExprNames, exprText, exprTypeOf } from "../expr/mod.ts";

/** `spec.advanced.scalingModifiers` of a ScaledObject. */
export interface ScalingModifiers {
  formula?: string;
  target?: string;
  activationTarget?: string;
  metricType?: string;
}

export { ExprError };

/** scalingModifiers that cannot be used; the message is KEDA's. */
export class ScalingModifiersError extends Error {
  override name = "ScalingModifiersError";
}

/**
 * A formula over the values of named triggers, made ready.
 * Source: kedacore/keda apis/keda/v1alpha1/scaledobject_webhook.go
 * (ValidateAndCompileScalingModifiers), pkg/scaling/modifiers/formula.go.
 */
export class ScalingFormula {
  readonly #expr: Expr;

  /**
   * `nowMs` is the clock's time, in ms since 1970.
   * Errors: ExprError, when the formula cannot be read or names what no trigger is called.
   */
  constructor(formula: string, triggerNames: Iterable<string>, nowMs: number) {
    const names = new Set(triggerNames);
    this.#expr = new Expr(asFloat(formula), names);
    // What only shows when it runs is looked for with a value that stands for all.
    this.#expr.run(Object.fromEntries([...names].map((name) => [name, -1])), nowMs);
  }

  /**
   * The formula's value; null when it comes to nil.
   * Errors: ExprError; ScalingModifiersError when the value is no float.
   */
  evaluate(values: ExprNames, nowMs: number): number | null {
    const value = this.#expr.run(values, nowMs);
    if (value === null || typeof value === "number") return value;
    throw new ScalingModifiersError(
      `formula returned non-float result ${exprTypeOf(value)} (${exprText(value)})`,
    );
  }
}

const COALESCED = "let _kedaCompositeResult = ";

/** What a formula gives is made a float, and nil stays nil. Source: castToFloatIfNecessary. */
function asFloat(formula: string): string {
  if (formula.includes("??")) {
    return formula.startsWith(COALESCED)
      ? formula
      : `${COALESCED}(${formula}); _kedaCompositeResult == nil ? nil : float(_kedaCompositeResult)`;
  }
  return formula.startsWith("float(") ? formula : `float(${formula})`;
}

/**
 * Checks scalingModifiers and makes their formula ready; `nowMs` is the clock's time, in ms since 1970.
 * Errors: ScalingModifiersError.
 */
export function compileModifiers(
  modifiers: ScalingModifiers,
  triggers: readonly { type: string; name?: string }[],
  nowMs: number,
): ScalingFormula {
  const { formula, target, metricType } = modifiers;
  if (!formula) throw new ScalingModifiersError("error ScalingModifiers.Formula is mandatory");
  const refuse = (part: string, why: string) =>
    new ScalingModifiersError(`error validating ${part} in ScalingModifiers\n${why}`);
  if (!target) throw refuse("formula", "formula is given but target is empty");
  const names = triggers.filter(({ type }) => type !== "cpu" && type !== "memory")
    .flatMap(({ name }) => name || []);
  let compiled: ScalingFormula;
  try {
    compiled = new ScalingFormula(formula, names, nowMs);
  } catch (error) {
    if (!(error instanceof ExprError)) throw error;
    throw refuse("formula", error.message);
  }
  const value = parseFloatStrictly(target);
  if (!(value > 0)) {
    const why = Number.isNaN(value) ? numError("ParseFloat", target) : "%!w(<nil>)";
    throw refuse(
      "target",
      `error converting target for scalingModifiers (string->float) to valid target: ${why}`,
    );
  }
  if (metricType === "Utilization") {
    throw refuse(
      "target",
      "error trigger type is Utilization, but it needs to be AverageValue or Value for external " +
        "metrics",
    );
  }
  return compiled;
}

/** A decimal number as Go's ParseFloat reads it; NaN for anything else. */
export function parseFloatStrictly(text: string): number {
  return /^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/.test(text) ? Number(text) : NaN;
}
