import assert from "node:assert/strict";
import { explain, type HpaSpec } from "../../lib/autoscale/mod.ts";
import { NOW, objectSpec, pods, run, samples } from "./fixtures.ts";

const condition = (decision: ReturnType<typeof run>, type: string) => {
  const found = decision.conditions.find((c) => c.type === type);
  return found && [found.status, found.reason, found.message];
};

Deno.test("decide() scales the lab's counter to its maximum and shows the sum", () => {
  const decision = run(objectSpec("50", { maxReplicas: 3 }), 1, {
    readings: [{ valueMilli: 160_000n }],
  });
  assert.equal(decision.desiredReplicas, 3);
  assert.equal(decision.rescaleReason, "Service metric hits above target");
  assert.deepEqual(condition(decision, "ScalingActive"), [
    "True",
    "ValidMetricFound",
    "the HPA was able to successfully calculate a replica count from Service metric hits",
  ]);
  assert.deepEqual(condition(decision, "ScalingLimited"), [
    "True",
    "TooManyReplicas",
    "the desired replica count is more than the maximum replica count",
  ]);
  assert.deepEqual(decision.currentMetrics, [{
    type: "Object",
    object: {
      metric: { name: "hits" },
      current: { value: "160" },
      describedObject: { apiVersion: "v1", kind: "Service", name: "web" },
    },
  }]);
  assert.deepEqual(explain(decision.derivation).map(({ text }) => text), [
    "Service metric hits: 160, target 50",
    "160 ÷ 50 = 3.2",
    "3.2 × 1 pod = 3.2, rounded up to 4",
    "recommended in the last 5m0s: 1 (as it was found), now 4; the highest counts",
    "4 is limited to 3 by maxReplicas 3",
    "1 replica → 3",
  ]);
  assert.deepEqual(explain(decision.derivation).map(({ ko }) => ko), [
    "Service metric hits: 160, 목표 50",
    "160 ÷ 50 = 3.2",
    "3.2 × 파드 1개 = 3.2, 올림: 4",
    "지난 5m0s의 권고: 1 (처음부터), 지금 4; 가장 큰 것을 따름",
    "4 → 3(으)로 제한: maxReplicas 3",
    "레플리카 1 → 3",
  ]);
});

Deno.test("decide() limits a scale-up to twice the replicas or four", () => {
  const spec = objectSpec("50", { maxReplicas: 100 });
  const readings = [{ valueMilli: 5_000_000n }];
  assert.equal(run(spec, 1, { readings }).desiredReplicas, 4);
  assert.equal(run(spec, 3, { readings }).desiredReplicas, 6);
  assert.deepEqual(condition(run(spec, 3, { readings }), "ScalingLimited"), [
    "True",
    "ScaleUpLimit",
    "the desired replica count is increasing faster than the maximum scale rate",
  ]);
});

Deno.test("decide() with a behavior may go from 1 to 5 at once", () => {
  const spec = objectSpec("50", { maxReplicas: 100, behavior: { scaleDown: {} } });
  const decision = run(spec, 1, {
    readings: [{ valueMilli: 5_000_000n }],
    history: { recommendations: [], scaleUps: [], scaleDowns: [] },
  });
  assert.equal(decision.desiredReplicas, 5);
});

Deno.test("decide() does not scale down for five minutes after it first saw the HPA", () => {
  const spec = objectSpec("50");
  const readings = [{ valueMilli: 0n }];
  const first = run(spec, 3, { readings });
  assert.equal(first.desiredReplicas, 3);
  assert.equal(first.rescaleReason, undefined);
  assert.deepEqual(condition(first, "AbleToScale"), [
    "True",
    "ScaleDownStabilized",
    "recent recommendations were higher than current one, applying the highest recent recommendation",
  ]);
  let { history } = first;
  for (let seconds = 15; seconds <= 300; seconds += 15) {
    const next = run(spec, 3, { readings, history, nowMs: NOW + seconds * 1000 });
    assert.equal(next.desiredReplicas, 3, `after ${seconds} s`);
    history = next.history;
  }
  const last = run(spec, 3, { readings, history, nowMs: NOW + 315_000 });
  assert.equal(last.desiredReplicas, 1);
  assert.equal(last.rescaleReason, "All metrics below target");
  assert.deepEqual(condition(last, "ScalingLimited"), [
    "True",
    "TooFewReplicas",
    "the desired replica count is less than the minimum replica count",
  ]);
});

Deno.test("decide() leaves a workload at zero alone", () => {
  const decision = run(objectSpec("50"), 0);
  assert.equal(decision.desiredReplicas, 0);
  assert.equal(decision.currentMetrics, null);
  assert.deepEqual(condition(decision, "ScalingActive"), [
    "False",
    "ScalingDisabled",
    "scaling is disabled since the replica count of the target is zero",
  ]);
});

Deno.test("decide() brings replicas inside the bounds without asking for metrics", () => {
  const above = run(objectSpec("50", { maxReplicas: 3 }), 5);
  assert.deepEqual([above.desiredReplicas, above.rescaleReason], [
    3,
    "Current number of replicas above Spec.MaxReplicas",
  ]);
  const below = run(objectSpec("50", { minReplicas: 2 }), 1);
  assert.deepEqual([below.desiredReplicas, below.rescaleReason], [
    2,
    "Current number of replicas below Spec.MinReplicas",
  ]);
});

Deno.test("decide() reports a failed Object metric in upstream's odd order", () => {
  const decision = run(objectSpec("50"), 1, {
    readings: [{
      error:
        "unable to fetch metrics from custom metrics API: the server could not find the metric hits for services web",
    }],
  });
  const message =
    "unable to get metric hits: Service on default web/unable to fetch metrics from " +
    "custom metrics API: the server could not find the metric hits for services web";
  assert.equal(decision.ok, false);
  assert.deepEqual(decision.events, [
    { type: "Warning", reason: "FailedGetObjectMetric", message },
    {
      type: "Warning",
      reason: "FailedComputeMetricsReplicas",
      message:
        "invalid metrics (1 invalid out of 1), first error is: failed to get object metric " +
        `value: ${message}`,
    },
  ]);
  assert.deepEqual(condition(decision, "ScalingActive"), [
    "False",
    "FailedGetObjectMetric",
    `the HPA was unable to compute the replica count: ${message}`,
  ]);
  assert.deepEqual(decision.currentMetrics, [{ type: "" }]);
});

Deno.test("decide() words the errors of every kind of metric as upstream does", async (t) => {
  const selector = { matchLabels: { "scaledobject.keda.sh/name": "web" } };
  const goSelector =
    "&LabelSelector{MatchLabels:map[string]string{scaledobject.keda.sh/name: web,}," +
    "MatchExpressions:[]LabelSelectorRequirement{},}";
  const rows: [
    metric: NonNullable<HpaSpec["metrics"]>[number],
    reason: string,
    event: string,
    first: string,
  ][] = [
    [
      {
        type: "Pods",
        pods: { metric: { name: "m" }, target: { type: "AverageValue", averageValue: 1 } },
      },
      "FailedGetPodsMetric",
      "unable to get metric m: E",
      "failed to get pods metric value: unable to get metric m: E",
    ],
    [
      {
        type: "Resource",
        resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } },
      },
      "FailedGetResourceMetric",
      "failed to get cpu utilization: unable to get metrics for resource cpu: E",
      "failed to get cpu resource metric value: failed to get cpu utilization: unable to get metrics for resource cpu: E",
    ],
    [
      {
        type: "Resource",
        resource: { name: "memory", target: { type: "AverageValue", averageValue: "1Mi" } },
      },
      "FailedGetResourceMetric",
      "failed to get memory usage: unable to get metrics for resource memory: E",
      "failed to get memory resource metric value: failed to get memory usage: unable to get metrics for resource memory: E",
    ],
    [
      {
        type: "ContainerResource",
        containerResource: {
          name: "cpu",
          container: "app",
          target: { type: "Utilization", averageUtilization: 50 },
        },
      },
      "FailedGetContainerResourceMetric",
      "failed to get cpu utilization: unable to get metrics for resource cpu: E",
      "failed to get app container metric value: failed to get cpu utilization: unable to get metrics for resource cpu: E",
    ],
    [
      {
        type: "External",
        external: {
          metric: { name: "s0-prometheus", selector },
          target: { type: "AverageValue", averageValue: 1 },
        },
      },
      "FailedGetExternalMetric",
      `unable to get external metric default/s0-prometheus/${goSelector}: E`,
      "failed to get s0-prometheus external metric value: failed to get s0-prometheus external metric: " +
      `unable to get external metric default/s0-prometheus/${goSelector}: E`,
    ],
    [
      {
        type: "External",
        external: { metric: { name: "q" }, target: { type: "Value", value: 1 } },
      },
      "FailedGetExternalMetric",
      "unable to get external metric default/q/nil: E",
      "failed to get q external metric value: failed to get external metric q: unable to get external metric default/q/nil: E",
    ],
  ];
  for (const [metric, reason, event, first] of rows) {
    await t.step(`${metric.type} ${reason}`, () => {
      const decision = run(objectSpec("1", { metrics: [metric] }), 1, {
        readings: [{ error: "E" }],
      });
      assert.deepEqual(decision.events.map((e) => [e.reason, e.message]), [
        [reason, event],
        [
          "FailedComputeMetricsReplicas",
          `invalid metrics (1 invalid out of 1), first error is: ${first}`,
        ],
      ]);
    });
  }
});

Deno.test("decide() takes the highest of several metrics and survives a broken one", () => {
  const good = objectSpec("50").metrics![0];
  const broken: NonNullable<HpaSpec["metrics"]>[number] = {
    type: "Resource",
    resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } },
  };
  const spec = objectSpec("50", { metrics: [broken, good] });
  const up = run(spec, 2, { readings: [{ error: "E" }, { valueMilli: 100_000n }] });
  assert.equal(up.desiredReplicas, 4);
  assert.equal(condition(up, "ScalingActive")![1], "ValidMetricFound");
  assert.equal(
    up.error,
    "invalid metrics (1 invalid out of 2), first error is: failed to get cpu resource metric value: " +
      "failed to get cpu utilization: unable to get metrics for resource cpu: E",
  );
  const down = run(spec, 2, { readings: [{ error: "E" }, { valueMilli: 10_000n }] });
  assert.equal(down.ok, false);
  assert.equal(condition(down, "ScalingActive")![1], "FailedGetResourceMetric");

  const both = objectSpec("50", { metrics: [good, broken] });
  const most = run(both, 2, { readings: [{ valueMilli: 60_000n }, samples(300, 300)] });
  assert.equal(most.rescaleReason, "cpu resource utilization (percentage of request) above target");
  assert.equal(most.desiredReplicas, 4);
  assert.equal(most.derivation.chosen, 1);
});

Deno.test("decide() keeps a condition's transition time while its status stays", () => {
  const spec = objectSpec("50");
  const first = run(spec, 1, { readings: [{ valueMilli: 50_000n }] });
  const second = run(spec, 1, {
    readings: [{ valueMilli: 52_000n }],
    conditions: first.conditions,
    nowMs: NOW + 15_000,
  });
  assert.deepEqual(second.conditions, first.conditions);
  assert.deepEqual(second.conditions.map(({ type, reason }) => [type, reason]), [
    ["AbleToScale", "ReadyForNewScale"],
    ["ScalingActive", "ValidMetricFound"],
    ["ScalingLimited", "DesiredWithinRange"],
  ]);
});

Deno.test("decide() takes tolerance from the behavior", () => {
  const readings = [{ valueMilli: 52_000n }];
  const tight = objectSpec("50", { behavior: { scaleUp: { tolerance: "0.01" } } });
  const history = { recommendations: [], scaleUps: [], scaleDowns: [] };
  assert.equal(run(tight, 1, { readings, history }).desiredReplicas, 2);
  assert.equal(run(objectSpec("50"), 1, { readings, history }).desiredReplicas, 1);
});

Deno.test("decide() reports a mean over the status replicas for an External AverageValue", () => {
  const spec = objectSpec("1", {
    metrics: [{
      type: "External",
      external: { metric: { name: "q" }, target: { type: "AverageValue", averageValue: "50" } },
    }],
  });
  const decision = run(spec, 2, {
    readings: [{ valuesMilli: [100_000n, 150_000n] }],
    pods: pods(2),
  });
  assert.equal(decision.desiredReplicas, 4);
  assert.deepEqual(decision.currentMetrics, [{
    type: "External",
    external: { metric: { name: "q" }, current: { averageValue: "125" } },
  }]);
  assert.equal(decision.rescaleReason, "external metric q(nil) above target");
});
