import assert from "node:assert/strict";
import {
  condition,
  hpaOf,
  logOf,
  prometheusTrigger,
  replicasOf,
  started,
  statusOf,
  valueOf,
} from "./_world.ts";

const COMPOSITE = "composite-metric";
const one = prometheusTrigger({ name: "one" }, { query: "one" });
const two = prometheusTrigger({ name: "two" }, { query: "two" });

function modified(scalingModifiers: Record<string, string>, more: Record<string, unknown> = {}) {
  return { triggers: [one, two], advanced: { scalingModifiers }, ...more };
}

// Source: kedacore/keda controllers/keda/hpa.go (getScaledObjectMetricSpecs).
Deno.test("a formula makes one metric of the HPA; cpu and memory stay", () => {
  const cpu = { type: "cpu", metricType: "Utilization", metadata: { value: "60" } };
  const world = started({
    ...modified({ formula: "one + two", target: "2.5", metricType: "Value" }),
    triggers: [one, cpu, two],
  });
  assert.deepEqual(hpaOf(world)!.spec.metrics, [
    {
      type: "Resource",
      resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 60 } },
    },
    {
      type: "External",
      external: {
        metric: {
          name: COMPOSITE,
          selector: { matchLabels: { "scaledobject.keda.sh/name": "web" } },
        },
        target: { type: "Value", value: "2500m" },
      },
    },
  ]);
  const { compositeScalerName, externalMetricNames, resourceMetricNames } = statusOf(world);
  assert.deepEqual([compositeScalerName, externalMetricNames, resourceMetricNames], [
    COMPOSITE,
    ["s0-prometheus", "s2-prometheus"],
    ["cpu"],
  ]);
});

// Source of every row: kedacore/keda pkg/scaling/modifiers/formula.go.
Deno.test("the HPA is given the formula's value", async (t) => {
  const rows: [formula: string, one: string, two: string, value: string][] = [
    ["one + two", "3", "5", "8"],
    ["(one + two) / 2", "3", "4", "3500m"],
    ["one > 5 ? one : two", "3", "9", "9"],
    ["max(one, two) * 2", "3", "9", "18"],
    ["one / 3", "1", "0", "333m"],
    ["one - two", "3", "5", "-2"],
    ["one / two", "3", "0", "-9223372036854775808m"],
    ["one * 1e30", "3", "0", "-9223372036854775808m"],
    ["count([one, two], # > 4)", "5", "6", "2"],
  ];
  for (const [formula, first, second, value] of rows) {
    await t.step(`${formula} of ${first} and ${second}`, () => {
      const world = started(modified({ formula, target: "5" }));
      world.state.values = { one: first, two: second };
      assert.equal(valueOf(world, COMPOSITE), value);
    });
  }
});

Deno.test("whether a target is active is asked of the formula's value alone", () => {
  const spec = modified({ formula: "one + two", target: "5", activationTarget: "10" }, {
    minReplicaCount: 0,
    cooldownPeriod: 5,
  });
  const world = started(spec, { replicas: 0 });
  world.state.values = { one: "4", two: "6" };
  world.clock.advance(30_000);
  assert.equal(condition(world.api, "Active"), "False ScalerNotActive");
  assert.equal(replicasOf(world), 0);
  world.state.values = { one: "4", two: "7" };
  world.clock.advance(30_000);
  assert.equal(replicasOf(world), 1);
  assert.equal(
    world.api.events.at(-1)!.message,
    "Scaled apps/v1.Deployment default/web from 0 to 1, triggered by composite-metric",
  );
});

Deno.test("an activationTarget that is no number stops the poll", () => {
  const world = started(modified({ formula: "one", target: "5", activationTarget: "ten" }));
  assert.ok(
    logOf(world).includes(
      "ERROR error getting state of scaledObject: scalingModifiers.ActivationTarget parsing error " +
        'strconv.ParseFloat: parsing \\"ten\\": invalid syntax',
    ),
  );
});

Deno.test("one trigger that fails makes the whole metric fail", () => {
  const world = started(modified({ formula: "one + two", target: "5" }));
  world.state.values = { one: "4", two: "down" };
  world.clock.advance(30_000);
  assert.match(valueOf(world, COMPOSITE), /metric:composite-metric encountered error$/);
  const event = world.api.events.findLast(({ reason }) => reason === "KEDAMetricSourceFailed")!;
  assert.equal(event.message, "prometheus query api returned error. status: 503");
  assert.equal(condition(world.api, "Ready"), "False TriggerError");
});

Deno.test("a fallback stands for the formula's value", () => {
  const world = started(
    modified({ formula: "one + two", target: "5" }, {
      fallback: { failureThreshold: 1, replicas: 3, behavior: "static" },
    }),
  );
  world.state.values = { one: "4", two: "down" };
  world.clock.advance(60_000);
  assert.equal(valueOf(world, COMPOSITE), "15");
  assert.equal(condition(world.api, "Fallback"), "True FallbackExists");
});

// Source: kedacore/keda pkg/scaling/modifiers/formula.go (scalingModifierTriggerValue,
// scalingModifiersFallbackTarget).
Deno.test("fallback behavior scalingModifiers makes a failed trigger nil in the formula", async (t) => {
  const fallback = { failureThreshold: 0, replicas: 3, behavior: "scalingModifiers" };
  await t.step("?? puts another in its place", () => {
    const world = started(modified({ formula: "two ?? one", target: "5" }, { fallback }));
    world.state.values = { one: "4", two: "down" };
    assert.equal(valueOf(world, COMPOSITE), "4");
  });
  await t.step("nil altogether is the fallback's replicas", () => {
    const world = started(modified({ formula: "two ?? one", target: "5" }, { fallback }));
    world.state.values = { one: "down", two: "down" };
    assert.equal(valueOf(world, COMPOSITE), "15");
  });
  await t.step("a formula that cannot do with nil gives nothing", () => {
    const world = started(modified({ formula: "one + two", target: "5" }, { fallback }));
    world.state.values = { one: "4", two: "down" };
    assert.equal(valueOf(world, COMPOSITE), "");
    assert.ok(
      logOf(world).includes(
        "ERROR error applying custom scalingModifiers.Formula: error trying to run custom formula: " +
          "invalid operation: float64 + <nil> (1:11)\\n | float(one + two)\\n | ..........^",
      ),
    );
  });
});

Deno.test("a trigger without a name cannot be paired", () => {
  const world = started({
    triggers: [one, prometheusTrigger({}, { query: "two" })],
    advanced: { scalingModifiers: { formula: "one", target: "5" } },
  });
  assert.ok(
    logOf(world).includes(
      "ERROR error pairing triggers & metrics for compositeScaler: trigger name not given with " +
        "compositeScaler for metric s1-prometheus",
    ),
  );
});

Deno.test("a formula that cannot be used keeps the HPA from being made", () => {
  const world = started(modified({ formula: "one + three", target: "5" }));
  const ready = statusOf(world).conditions.find(({ type }: any) => type === "Ready");
  assert.equal(
    ready.message,
    "failed to ensure HPA is correctly created for ScaledObject: error validating formula in " +
      "ScalingModifiers\nunknown name three (1:13)\n | float(one + three)\n | ............^",
  );
  assert.equal(hpaOf(world), undefined);
});
