import assert from "node:assert/strict";
import { fallbackMilliValue, isFallbackValid } from "../../../../lib/autoscale/mod.ts";
import { condition, logOf, prometheusTrigger, started, statusOf, valueOf } from "./_world.ts";

// Source of every row: kedacore/keda pkg/fallback/fallback.go (doFallback).
Deno.test("past the threshold the HPA is given what brings it to the fallback's replicas", async (t) => {
  const rows: [behavior: string | undefined, current: number, replicas: number, value: string][] = [
    [undefined, 2, 4, "200"],
    ["static", 2, 4, "200"],
    ["currentReplicas", 2, 4, "100"],
    ["currentReplicasIfHigher", 2, 4, "200"],
    ["currentReplicasIfHigher", 5, 4, "250"],
    ["currentReplicasIfLower", 2, 4, "100"],
    ["currentReplicasIfLower", 5, 4, "200"],
    ["static", 2, 0, "0"],
  ];
  for (const [behavior, current, replicas, value] of rows) {
    await t.step(`${behavior}, ${current} replicas now, ${replicas} to fall back to`, () => {
      const fallback = { failureThreshold: 2, replicas, ...(behavior ? { behavior } : {}) };
      const world = started({ fallback }, { replicas: current });
      world.state.result = undefined;
      world.clock.advance(60_000);
      assert.match(valueOf(world), /encountered error$|^\d+$/);
      world.clock.advance(30_000);
      assert.equal(valueOf(world), value);
    });
  }
});

// Source: kedacore/keda pkg/fallback/fallback.go (GetMetricsWithFallback, updateStatus).
Deno.test("failures are counted in the status, from none after each success", () => {
  const world = started({ fallback: { failureThreshold: 2, replicas: 4 } });
  const health = () => statusOf(world).health["s0-prometheus"];
  assert.deepEqual(health(), { numberOfFailures: 0, status: "Happy" });
  world.state.result = undefined;
  world.clock.advance(30_000);
  assert.deepEqual(health(), { numberOfFailures: 1, status: "Failing" });
  assert.equal(condition(world.api, "Fallback"), "False NoFallbackFound");
  // The HPA's asking counts too.
  valueOf(world);
  assert.equal(health().numberOfFailures, 2);
  world.clock.advance(30_000);
  assert.equal(health().numberOfFailures, 3);
  assert.equal(condition(world.api, "Fallback"), "True FallbackExists");
  assert.equal(condition(world.api, "Active"), "True ScalerActive");
  assert.equal(condition(world.api, "Ready"), "True ScaledObjectReady");
  assert.equal(world.api.events.at(-1)!.reason, "ScaledObjectFallbackActivated");
  assert.ok(logOf(world).includes("INFO Suppressing error, using fallback metrics"));
  world.state.result = [{ metric: {}, value: [0, "10"] }];
  world.clock.advance(30_000);
  assert.deepEqual(health(), { numberOfFailures: 0, status: "Happy" });
  assert.equal(condition(world.api, "Fallback"), "False NoFallbackFound");
  assert.equal(world.api.events.at(-1)!.reason, "ScaledObjectFallbackDeactivated");
});

Deno.test("without a fallback nothing is counted", () => {
  const world = started({});
  world.state.result = undefined;
  world.clock.advance(60_000);
  assert.equal(statusOf(world).health, undefined);
});

Deno.test("a metric of type Value is divided among the ready pods", () => {
  const world = started({
    triggers: [prometheusTrigger({ metricType: "Value" })],
    fallback: { failureThreshold: 0, replicas: 6 },
  });
  for (const [name, ready] of [["a", "True"], ["b", "True"], ["c", "False"]]) {
    world.api.create("pods", {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name, namespace: "default", labels: { app: "web" } },
      spec: {},
      status: { phase: "Running", conditions: [{ type: "Ready", status: ready }] },
    });
  }
  world.state.result = undefined;
  assert.equal(valueOf(world), "150");
});

Deno.test("with no pod ready a metric of type Value has no fallback", () => {
  const world = started({
    triggers: [prometheusTrigger({ metricType: "Value" })],
    fallback: { failureThreshold: 0, replicas: 6 },
  });
  world.state.result = undefined;
  assert.match(valueOf(world), /metric:s0-prometheus encountered error$/);
  const log = logOf(world);
  assert.ok(log.includes(
    "ERROR failed to do fallback for metric of type Value: readyReplicas is zero, cannot do fallback",
  ));
  assert.ok(log.includes("ERROR error getting metric for trigger: error performing fallback"));
});

// Source: kedacore/keda pkg/scaling/executor/scale_scaledobjects.go (RequestScale).
Deno.test("until the threshold an error does not scale to zero, with a fallback", () => {
  const world = started({
    minReplicaCount: 0,
    cooldownPeriod: 1,
    fallback: { failureThreshold: 5, replicas: 2 },
  }, { level: "debug" });
  world.state.result = undefined;
  world.clock.advance(90_000);
  assert.equal(world.api.get("deployments.apps", "default", "web")!.spec.replicas, 1);
  assert.ok(
    logOf(world).includes(
      "DEBUG ScaleTarget will fallback to Fallback.Replicas after Fallback.FailureThreshold",
    ),
  );
});

Deno.test("fallbackMilliValue() and isFallbackValid() are plain sums", () => {
  const base = { target: 2.5, type: "AverageValue" as const, replicas: 3, readyPods: 0 };
  assert.equal(fallbackMilliValue(base), 7500);
  assert.equal(fallbackMilliValue({ ...base, type: "Value" }), undefined);
  assert.equal(fallbackMilliValue({ ...base, type: "Value", readyPods: 2 }), 3750);
  assert.equal(isFallbackValid({ failureThreshold: 0, replicas: 0 }, undefined), true);
  assert.equal(isFallbackValid({ failureThreshold: -1, replicas: 0 }, undefined), false);
  // A formula's target has to be a whole number.
  assert.equal(isFallbackValid({ failureThreshold: 1, replicas: 1 }, "5"), true);
  assert.equal(isFallbackValid({ failureThreshold: 1, replicas: 1 }, "2.5"), false);
});
