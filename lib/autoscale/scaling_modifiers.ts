import { numError } from "../go/mod.ts";
import { checkFormula } from "./_formula_checker.ts";
import { type FormulaNode, parseFormula, TOO_LARGE } from "./_formula_parser.ts";
import { type FormulaValues, runFormula } from "./_formula_runner.ts";
import { FormulaError } from "./_formula_tokens.ts";

export { FormulaError, type FormulaValues };

/** `spec.advanced.scalingModifiers` of a ScaledObject. */
export interface ScalingModifiers {
  formula?: string;
  target?: string;
  activationTarget?: string;
  metricType?: string;
}

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
  readonly #source: string;
  readonly #node: FormulaNode;

  /** Errors: FormulaError, when the formula cannot be read or names what no trigger is called. */
  constructor(formula: string, triggerNames: Iterable<string>) {
    const names = new Set(triggerNames);
    this.#source = asFloat(formula);
    this.#node = this.#withinStack(() => {
      const node = parseFormula(this.#source);
      checkFormula(node, names, this.#source);
      return node;
    });
    // What only shows when it runs is looked for with a value that stands for all.
    this.#run(Object.fromEntries([...names].map((name) => [name, -1])));
  }

  /**
   * The formula's value; null when it comes to nil.
   * Errors: FormulaError; ScalingModifiersError when the value is no float.
   */
  evaluate(values: FormulaValues): number | null {
    const value = this.#run(values);
    if (value === null || typeof value === "number") return value;
    const type = { bigint: "int", boolean: "bool", string: "string" }[typeof value as "bigint"];
    throw new ScalingModifiersError(
      `formula returned non-float result ${type ?? "[]interface {}"} (${value})`,
    );
  }

  #run(values: FormulaValues) {
    return this.#withinStack(() => runFormula(this.#node, values, this.#source));
  }

  /** Differs: what lies too deep for this stack, and not yet for Go's, counts as too large. */
  #withinStack<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new FormulaError(TOO_LARGE, 0, this.#source);
    }
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
 * Checks scalingModifiers and makes their formula ready.
 * Errors: ScalingModifiersError.
 */
export function compileModifiers(
  modifiers: ScalingModifiers,
  triggers: readonly { type: string; name?: string }[],
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
    compiled = new ScalingFormula(formula, names);
  } catch (error) {
    if (!(error instanceof FormulaError)) throw error;
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
