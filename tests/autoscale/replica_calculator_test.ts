import assert from "node:assert/strict";
import {
  type CalculatorContext,
  DEFAULT_HPA_OPTIONS,
  meanReplicas,
  MetricComputationError,
  perPodReplicas,
  utilizationReplicas,
  valueReplicas,
} from "../../lib/autoscale/mod.ts";
import { NOW, pod, pods, samples } from "./fixtures.ts";

function context(changes: Partial<CalculatorContext> & { replicas: number }): CalculatorContext {
  return {
    specReplicas: changes.replicas,
    statusReplicas: changes.replicas,
    pods: pods(changes.replicas),
    tolerances: { scaleDown: 0.1, scaleUp: 0.1 },
    nowMs: NOW,
    options: DEFAULT_HPA_OPTIONS,
    ...changes,
  };
}
const podsOf = (reading: ReturnType<typeof samples>) =>
  (reading as { pods: Record<string, { milli: bigint; timestampMs: number; windowMs: number }> })
    .pods;

// Source of every row: kubernetes/kubernetes pkg/controller/podautoscaler/replica_calculator.go.
Deno.test("valueReplicas() multiplies the ratio by the ready pods and rounds up", async (t) => {
  const rows: [name: string, total: number, target: number, replicas: number, expected: number][] =
    [
      ["the lab's 160 over 50 with one pod", 160_000, 50_000, 1, 4],
      ["a ratio inside the tolerance stays", 54_900, 50_000, 3, 3],
      ["exactly 1.1 is inside", 55_000, 50_000, 3, 3],
      ["just above 1.1 is outside", 55_001, 50_000, 3, 4],
      ["exactly 0.9 is inside", 45_000, 50_000, 3, 3],
      ["just under 0.9 rounds up to what is there", 44_999, 50_000, 3, 3],
      ["a half of four", 25_000, 50_000, 4, 2],
      ["nothing at all", 0, 50_000, 3, 0],
      ["from zero only the ratio counts", 160_000, 50_000, 0, 4],
      ["a huge ratio stops at int32", 9e15, 1, 2, 2_147_483_647],
    ];
  for (const [name, total, target, replicas, expected] of rows) {
    await t.step(name, () => {
      assert.equal(
        valueReplicas(BigInt(total), BigInt(target), context({ replicas })).replicas,
        expected,
      );
    });
  }
});

Deno.test("valueReplicas() counts only pods that run and are ready", () => {
  const some = [
    pod("a"),
    pod("b", { ready: { status: "False", lastTransitionMs: NOW } }),
    pod("c", { phase: "Pending", ready: undefined }),
  ];
  const proposal = valueReplicas(160_000n, 50_000n, context({ replicas: 3, pods: some }));
  assert.equal(proposal.pods, 1);
  assert.equal(proposal.replicas, 4);
});

Deno.test("valueReplicas() says that the selector gave no pods", () => {
  assert.throws(
    () => valueReplicas(160_000n, 50_000n, context({ replicas: 1, pods: [] })),
    new MetricComputationError(
      "unable to calculate ready pods: no pods returned by selector while calculating replica count",
    ),
  );
});

Deno.test("perPodReplicas() divides the total by the target, whatever the replicas", async (t) => {
  const rows: [
    name: string,
    total: number,
    target: number,
    replicas: number,
    expected: number,
    usage: number,
  ][] = [
    ["250 at 50 a pod", 250_000, 50_000, 1, 5, 250_000],
    ["250 over two shows 125 each", 250_000, 50_000, 2, 5, 125_000],
    ["the shown mean rounds up to a thousandth", 100_000, 50_000, 3, 2, 33_334],
    ["a mean inside the tolerance stays", 104_000, 50_000, 2, 2, 52_000],
    ["nothing asks for nothing", 0, 50_000, 1, 0, 0],
    ["no replicas yet: Go's smallest int64", 10_000, 50_000, 0, 1, -(2 ** 63)],
  ];
  for (const [name, total, target, replicas, expected, usage] of rows) {
    await t.step(name, () => {
      const proposal = perPodReplicas(
        BigInt(total),
        BigInt(target),
        "External",
        context({ replicas }),
      );
      assert.equal(proposal.replicas, expected);
      assert.equal(proposal.usageMilli, BigInt(usage));
    });
  }
});

Deno.test("meanReplicas() treats missing and unready pods with care", async (t) => {
  const pending = pod("p2", { phase: "Pending", ready: undefined });
  const young = pod("p1", { ready: { status: "False", lastTransitionMs: NOW } });
  const rows: [
    name: string,
    milli: number[],
    target: number,
    podViews: ReturnType<typeof pods>,
    expected: number,
    rule: string,
  ][] = [
    ["all there: ceil(ratio × pods)", [30, 30], 20, pods(2), 3, "ratio times pods"],
    ["the mean is cut off: 11.5 counts as 11", [11, 12], 10, pods(2), 2, "within tolerance"],
    ["missing on a scale-up counts 0", [40], 20, pods(2), 2, "within tolerance"],
    ["missing on a big scale-up still scales", [90], 20, pods(2), 5, "ratio times pods"],
    ["two missing would turn the direction round", [30], 20, pods(3), 3, "direction flip"],
    ["missing on a scale-down is on target", [5, 5], 20, pods(3), 2, "ratio times pods"],
    [
      "pending is left out of a scale-down",
      [5, 5],
      20,
      [...pods(2), pending],
      1,
      "ratio times pods",
    ],
    ["pending counts 0 on a scale-up", [60, 60], 20, [...pods(2), pending], 6, "ratio times pods"],
    [
      "a deleted pod is not there",
      [30, 90],
      20,
      [pod("p0"), pod("p1", { deleting: true })],
      2,
      "ratio times pods",
    ],
    [
      "a failed pod is not there",
      [30, 90],
      20,
      [pod("p0"), pod("p1", { phase: "Failed" })],
      2,
      "ratio times pods",
    ],
    ["readiness does not matter", [30, 30], 20, [pod("p0"), young], 3, "ratio times pods"],
  ];
  for (const [name, milli, target, podViews, expected, rule] of rows) {
    await t.step(name, () => {
      const given = context({ replicas: podViews.length, pods: podViews });
      const proposal = meanReplicas(podsOf(samples(...milli)), BigInt(target), "", given);
      assert.deepEqual([proposal.replicas, proposal.rule], [expected, rule]);
    });
  }
});

Deno.test("meanReplicas() says why it cannot say", () => {
  assert.throws(
    () => meanReplicas({}, 20n, "", context({ replicas: 0 })),
    new MetricComputationError("no pods returned by selector while calculating replica count"),
  );
  assert.throws(
    () => meanReplicas({}, 20n, "", context({ replicas: 2 })),
    new MetricComputationError(
      "did not receive metrics for targeted pods (pods might be unready)",
    ),
  );
});

Deno.test("utilizationReplicas() is a percentage of requests, cut off", async (t) => {
  const hour = 3_600_000;
  const rows: [
    name: string,
    milli: number[],
    target: number,
    podViews: ReturnType<typeof pods>,
    expected: [replicas: number, utilization: number, usage: number],
  ][] = [
    ["150m of 200m at 50%", [75, 75], 50, pods(2), [3, 75, 75]],
    ["54% at 50% stays", [54, 55], 50, pods(2), [2, 54, 54]],
    ["a missing pod uses all its request on a scale-down", [10, 10], 50, pods(3), [3, 10, 10]],
    ["a missing pod uses nothing on a scale-up", [200], 50, pods(2), [4, 200, 200]],
    [
      "a pod that is not ready is left out",
      [100, 900],
      50,
      [
        pod("p0"),
        pod("p1", { ready: { status: "False", lastTransitionMs: NOW }, startMs: NOW - 60_000 }),
      ],
      [2, 100, 100],
    ],
    [
      "a young ready pod counts after one whole window",
      [100, 900],
      50,
      [
        pod("p0"),
        pod("p1", {
          ready: { status: "True", lastTransitionMs: NOW - 61_000 },
          startMs: NOW - 70_000,
        }),
      ],
      [20, 500, 500],
    ],
    [
      "a young ready pod does not count before",
      [100, 900],
      50,
      [
        pod("p0"),
        pod("p1", {
          ready: { status: "True", lastTransitionMs: NOW - 59_000 },
          startMs: NOW - 70_000,
        }),
      ],
      [2, 100, 100],
    ],
    [
      "an old pod that once was ready counts even when it is not",
      [100, 300],
      50,
      [
        pod("p0"),
        pod("p1", {
          ready: { status: "False", lastTransitionMs: NOW - 1000 },
          startMs: NOW - hour,
        }),
      ],
      [8, 200, 200],
    ],
  ];
  for (const [name, milli, target, podViews, [replicas, utilization, usage]] of rows) {
    await t.step(name, () => {
      const given = context({ replicas: podViews.length, pods: podViews });
      const proposal = utilizationReplicas(podsOf(samples(...milli)), target, "cpu", "", given);
      assert.deepEqual(
        [proposal.replicas, proposal.utilization, Number(proposal.usageMilli)],
        [replicas, utilization, usage],
      );
    });
  }
});

Deno.test("utilizationReplicas() names the container that has no request", () => {
  const bare = pod("p0", {
    containers: [{ name: "app", requests: { cpu: "100m" } }, { name: "exporter", requests: {} }],
  });
  const given = context({ replicas: 1, pods: [bare] });
  const all = podsOf(samples(50));
  assert.throws(() => utilizationReplicas(all, 50, "cpu", "", given), {
    message: "missing request for cpu in container exporter of Pod p0",
  });
  assert.equal(utilizationReplicas(all, 50, "cpu", "app", given).replicas, 1);
  assert.throws(() => utilizationReplicas(all, 50, "cpu", "nginx", given), {
    message: "container nginx not found in Pod p0",
  });
});
