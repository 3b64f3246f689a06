import assert from "node:assert/strict";
import {
  decideJobs,
  effectiveMaxScale,
  jobBounds,
  joinQueues,
  queueReading,
  type ScaledJobScaling,
  strategyOf,
} from "../../lib/autoscale/mod.ts";

type Strategy = NonNullable<ScaledJobScaling["scalingStrategy"]>;

const custom = (deduction: number | undefined, percentage: string | undefined): Strategy => ({
  strategy: "custom",
  customScalingQueueLengthDeduction: deduction,
  customScalingRunningJobPercentage: percentage,
});

// Expectations: kedacore/keda pkg/scaling/executor/scale_jobs_test.go (Test…ScalingStrategy); each asks
// with a scaleTo of 1.
Deno.test("each strategy lets as many Jobs start as upstream's does", async (t) => {
  const rows: [
    strategy: Strategy,
    maxScale: number,
    running: number,
    pending: number,
    maxReplicaCount: number,
    expected: [number, number],
  ][] = [
    [{}, 3, 2, 0, 5, [1, 1]],
    [{}, 2, 0, 0, 5, [2, 1]],
    [custom(1, "0.5"), 3, 2, 0, 5, [1, 1]],
    [custom(1, "0.5"), 10, 0, 0, 10, [9, 1]],
    [custom(undefined, undefined), 3, 2, 0, 5, [1, 1]],
    [custom(undefined, undefined), 2, 0, 0, 5, [2, 1]],
    [custom(2, "0"), 3, 2, 0, 5, [1, 1]],
    [custom(-2, "0"), 3, 2, 0, 4, [4, 1]],
    [custom(undefined, "0.5"), 10, 2, 0, 100, [9, 1]],
    [custom(undefined, "0.5"), 10, 0, 0, 100, [10, 1]],
    [{ strategy: "accurate" }, 3, 2, 0, 5, [3, 1]],
    [{ strategy: "accurate" }, 5, 2, 0, 5, [3, 1]],
    [{ strategy: "accurate" }, 3, 4, 2, 10, [1, 1]],
    [{ strategy: "accurate" }, 5, 4, 2, 5, [1, 1]],
    [{ strategy: "accurate" }, 3, 3, 3, 5, [0, 1]],
    [{ strategy: "accurate" }, 15, 15, 15, 20, [0, 1]],
    [{ strategy: "accurate" }, 10, 10, 10, 15, [0, 1]],
    [{ strategy: "accurate" }, 20, 15, 10, 20, [5, 1]],
    [{ strategy: "eager" }, 4, 3, 0, 10, [4, 10]],
    [{ strategy: "eager" }, 4, 0, 3, 10, [4, 10]],
    [{ strategy: "eager" }, 4, 7, 0, 10, [3, 10]],
    [{ strategy: "eager" }, 4, 1, 6, 10, [3, 10]],
    [{ strategy: "eager" }, 15, 0, 0, 10, [10, 10]],
  ];
  for (const [scalingStrategy, maxScale, running, pending, maxReplicaCount, expected] of rows) {
    const asked = { maxScale, running, pending, maxReplicaCount, scaleTo: 1 };
    await t.step(`${JSON.stringify(scalingStrategy)} of ${JSON.stringify(asked)}`, () => {
      assert.deepEqual(effectiveMaxScale({ scalingStrategy }, asked), expected);
    });
  }
});

Deno.test("a custom strategy whose percentage is no number is the default one", () => {
  const named = (scalingStrategy: Strategy) => strategyOf({ scalingStrategy });
  assert.equal(named(custom(10, "0")), "custom");
  assert.equal(named(custom(1, "")), "default");
  assert.equal(named(custom(1, "half")), "default");
  assert.equal(named({ strategy: "accurate" }), "accurate");
  assert.equal(named({ strategy: "default" }), "default");
  assert.equal(strategyOf({}), "default");
});

// Expectations: kedacore/keda apis/keda/v1alpha1/scaledjob_types_test.go (TestScaledJob).
Deno.test("the most Jobs are counted beyond the least", () => {
  const rows: [max: number | undefined, min: number | undefined, more: number, least: number][] = [
    [10, 0, 10, 0],
    [10, undefined, 10, 0],
    [10, 1, 9, 1],
    [undefined, 1, 100, 1],
    [undefined, undefined, 100, 0],
    [1, 10, 1, 1],
  ];
  for (const [maxReplicaCount, minReplicaCount, more, min] of rows) {
    assert.deepEqual(jobBounds({ maxReplicaCount, minReplicaCount }), { min, more });
  }
});

// Expectations: kedacore/keda pkg/scaling/executor/scale_jobs_test.go (TestRunningJobCount…).
Deno.test("Jobs below the minimum are made up for first", () => {
  const decided = (minReplicaCount: number, running: number, asked: number) => {
    const queue = { queueLength: asked, jobs: asked };
    const counts = { running, pending: 0 };
    const { effectiveMaxScale, scaleTo } = decideJobs(
      { minReplicaCount, maxReplicaCount: 100 },
      queue,
      counts,
    );
    return [effectiveMaxScale, scaleTo];
  };
  assert.deepEqual(decided(2, 0, 0), [2, 2]);
  assert.deepEqual(decided(2, 1, 0), [1, 1]);
  assert.deepEqual(decided(1, 1, 2), [2, 2]);
});

// Expectations: kedacore/keda pkg/scaling/scale_handler_test.go (TestGetScaledJobState…).
Deno.test("several triggers are joined as multipleScalersCalculation says", () => {
  const QUEUES: [queueLength: number, target: number, isActive: boolean][] = [
    [20, 1, true],
    [10, 2, true],
    [5, 3, true],
    [7, 4, false],
  ];
  const rows: [calculation: string, max: number, queueLength: number, jobs: number][] = [
    ["max", 100, 20, 20],
    ["min", 100, 5, 2],
    ["avg", 100, 12, 9],
    ["sum", 100, 35, 27],
    ["sum", 25, 35, 25],
  ];
  for (const [multipleScalersCalculation, maxReplicaCount, queueLength, jobs] of rows) {
    const scaling = { maxReplicaCount, scalingStrategy: { multipleScalersCalculation } };
    const { more } = jobBounds(scaling);
    const readings = QUEUES.map(([length, target, isActive]) =>
      queueReading(length, { target, isActive, more })
    );
    const state = joinQueues(readings, scaling);
    assert.deepEqual(
      [state.isActive, state.queueLength, state.jobs],
      [true, queueLength, jobs],
      multipleScalersCalculation,
    );
  }
});

Deno.test("a queue that is empty, or asked by no active trigger, keeps the minimum alone", () => {
  const one = (queueLength: number, target: number, minReplicaCount: number) => {
    const scaling = { minReplicaCount, maxReplicaCount: 100 };
    const { more } = jobBounds(scaling);
    const { isActive, queueLength: length, jobs } = joinQueues(
      [queueReading(queueLength, { target, isActive: queueLength > 0, more })],
      scaling,
    );
    return [isActive, length, jobs];
  };
  assert.deepEqual(one(20, 2, 1), [true, 20, 10]);
  assert.deepEqual(one(0, 1, 1), [true, 0, 0]);
  assert.deepEqual(one(0, 1, 0), [false, 0, 0]);
  // What is left over is a Job's work too.
  assert.deepEqual(one(21, 2, 0), [true, 21, 11]);
  assert.deepEqual(joinQueues([], {}).isActive, false);
});

Deno.test("as many Jobs start as are missing, and never more than there are messages", () => {
  const starts = (scaling: ScaledJobScaling, queueLength: number, running: number, pending = 0) =>
    decideJobs(scaling, { queueLength, jobs: Math.min(queueLength, 5) }, { running, pending })
      .starts;
  assert.equal(starts({ maxReplicaCount: 5 }, 12, 0), 5);
  assert.equal(starts({ maxReplicaCount: 5 }, 12, 5), 0);
  assert.equal(starts({ maxReplicaCount: 5 }, 2, 3), 0);
  assert.equal(starts({ maxReplicaCount: 5, scalingStrategy: { strategy: "accurate" } }, 2, 3), 2);
  assert.equal(
    starts({ maxReplicaCount: 5, scalingStrategy: { strategy: "accurate" } }, 2, 3, 2),
    0,
  );
});

// Expectations: the table under maxReplicaCount in kedacore/keda-docs content/docs/2.16/reference/scaledjob-spec.md.
Deno.test("as many Jobs start as the documentation's table says", () => {
  const rows: [length: number, max: number, target: number, running: number, starts: number][] = [
    [10, 3, 1, 0, 3],
    [10, 3, 2, 0, 3],
    [10, 3, 1, 1, 2],
    [10, 100, 1, 0, 10],
    [4, 3, 5, 0, 1],
  ];
  for (const [length, maxReplicaCount, target, running, starts] of rows) {
    const scaling = { maxReplicaCount };
    const { more } = jobBounds(scaling);
    const state = joinQueues([queueReading(length, { target, isActive: true, more })], scaling);
    assert.equal(decideJobs(scaling, state, { running, pending: 0 }).starts, starts);
  }
});
