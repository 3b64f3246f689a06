import assert from "node:assert/strict";
import {
  compileModifiers,
  ExprError,
  ScalingFormula,
  type ScalingModifiers,
  ScalingModifiersError,
} from "../../lib/autoscale/mod.ts";
import recorded from "./testdata/expr.json" with { type: "json" };

/** A Sunday, 23:15:44 by UTC. */
const NOW = Date.UTC(2026, 10, 29, 23, 15, 44);

interface Row {
  formula: string;
  values: Record<string, number | null>;
  compileError?: string;
  dummyError?: string;
  runError?: string;
  result?: number | string | null;
  /** Go's type of a result that is no float. */
  type?: string;
}

function outcome({ formula, values }: Row): unknown {
  let compiled: ScalingFormula;
  try {
    compiled = new ScalingFormula(formula, Object.keys(values), NOW);
  } catch (error) {
    if (!(error instanceof ExprError)) throw error;
    return { refused: error.message };
  }
  try {
    const result = compiled.evaluate(values, NOW);
    return { result: result === Infinity ? "+Inf" : result };
  } catch (error) {
    if (error instanceof ExprError) return { failed: error.message };
    if (error instanceof ScalingModifiersError) return { notFloat: error.message };
    throw error;
  }
}

function expected(row: Row): unknown {
  const { compileError, dummyError, runError, result, type } = row;
  if (compileError ?? dummyError) return { refused: compileError ?? dummyError };
  if (runError) return { failed: runError };
  if (type && type !== "<nil>") {
    return { notFloat: `formula returned non-float result ${type} (${result})` };
  }
  return { result };
}

Deno.test(`formulas read, fail and come out as ${recorded.tool} ${recorded.version} has them`, async (t) => {
  for (const row of recorded.rows as Row[]) {
    const values = Object.entries(row.values).map(([name, value]) => `${name}=${value}`);
    await t.step(`${row.formula} with ${values.join(", ")}`, () => {
      assert.deepEqual(outcome(row), expected(row));
    });
  }
});

// Source of every row: kedacore/keda apis/keda/v1alpha1/scaledobject_webhook.go
// (ValidateAndCompileScalingModifiers).
Deno.test("compileModifiers() refuses what KEDA's webhook refuses", async (t) => {
  const triggers = [{ type: "prometheus", name: "one" }, { type: "cpu", name: "two" }, {
    type: "cron",
  }];
  const rows: [name: string, modifiers: ScalingModifiers, message: string][] = [
    ["no formula", { target: "5" }, "error ScalingModifiers.Formula is mandatory"],
    [
      "no target",
      { formula: "one" },
      "error validating formula in ScalingModifiers\nformula is given but target is empty",
    ],
    [
      "a name that no trigger has",
      { formula: "one + three", target: "5" },
      "error validating formula in ScalingModifiers\nunknown name three (1:13)\n" +
      " | float(one + three)\n | ............^",
    ],
    [
      "cpu and memory have no value",
      { formula: "one + two", target: "5" },
      "error validating formula in ScalingModifiers\nunknown name two (1:13)\n" +
      " | float(one + two)\n | ............^",
    ],
    [
      "a target that is no number",
      { formula: "one", target: "five" },
      "error validating target in ScalingModifiers\nerror converting target for scalingModifiers " +
      '(string->float) to valid target: strconv.ParseFloat: parsing "five": invalid syntax',
    ],
    [
      "a target of nothing",
      { formula: "one", target: "0" },
      "error validating target in ScalingModifiers\nerror converting target for scalingModifiers " +
      "(string->float) to valid target: %!w(<nil>)",
    ],
    [
      "Utilization",
      { formula: "one", target: "5", metricType: "Utilization" },
      "error validating target in ScalingModifiers\nerror trigger type is Utilization, but it " +
      "needs to be AverageValue or Value for external metrics",
    ],
  ];
  for (const [name, modifiers, message] of rows) {
    await t.step(name, () => {
      assert.throws(
        () => compileModifiers(modifiers, triggers, NOW),
        new ScalingModifiersError(message),
      );
    });
  }
  await t.step("a good one", () => {
    assert.equal(
      compileModifiers({ formula: "one / 2", target: "5" }, triggers, NOW).evaluate(
        { one: 5 },
        NOW,
      ),
      2.5,
    );
  });
});

Deno.test("ScalingFormula refuses what has too many nodes, or lies too deep in itself", () => {
  const many = 200_000;
  for (
    const formula of [
      "(".repeat(many),
      "-".repeat(many) + "a",
      "a" + " + a".repeat(4_999),
      "a" + " + a".repeat(many),
      "a ? a : ".repeat(many) + "a",
      "abs(".repeat(many),
      "let x = ".repeat(many),
      "if a > 1 {1} else ".repeat(many) + "{1}",
    ]
  ) {
    assert.throws(
      () => new ScalingFormula(formula, ["a"], NOW),
      /^ExprError: compilation failed: expression exceeds maximum allowed nodes/,
    );
  }
  assert.equal(
    new ScalingFormula("a" + " + a".repeat(99), ["a"], NOW).evaluate({ a: 2 }, NOW),
    200,
  );
});

Deno.test("a power in a formula is math.Pow's, not JavaScript's", () => {
  for (const formula of ["a ** b", "a ^ b"]) {
    const power = new ScalingFormula(formula, ["a", "b"], NOW);
    assert.equal(power.evaluate({ a: 1, b: NaN }, NOW), 1, formula);
    assert.equal(power.evaluate({ a: -1, b: Infinity }, NOW), 1, formula);
  }
});
