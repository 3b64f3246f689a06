import assert from "node:assert/strict";
import {
  defaultedBehavior,
  emptyHistory,
  type HpaHistory,
  limitByBehavior,
  rememberRescale,
  stabilizeWithBehavior,
} from "../../lib/autoscale/mod.ts";
import { NOW } from "./fixtures.ts";

const policies = (
  type: string,
  value: number,
  periodSeconds = 60,
) => [{ type, value, periodSeconds }];

// Source: kubernetes/kubernetes pkg/controller/podautoscaler/horizontal.go
// (calculateScaleUpLimitWithScalingRules, calculateScaleDownLimitWithBehaviors).
Deno.test("limitByBehavior() counts from where each policy's period began", async (t) => {
  const grew: HpaHistory = {
    ...emptyHistory(),
    scaleUps: [{ change: 3, atMs: NOW - 30_000 }, { change: 9, atMs: NOW - 61_000 }],
  };
  const rows: [
    name: string,
    behavior: Parameters<typeof defaultedBehavior>[0],
    history: HpaHistory,
    current: number,
    wished: number,
    allowed: number,
    reason: string,
  ][] = [
    [
      "4 pods a minute",
      { scaleUp: { policies: policies("Pods", 4) } },
      emptyHistory(),
      10,
      30,
      14,
      "ScaleUpLimit",
    ],
    [
      "3 of them are spent",
      { scaleUp: { policies: policies("Pods", 4) } },
      grew,
      10,
      30,
      11,
      "ScaleUpLimit",
    ],
    [
      "all are spent: stay",
      { scaleUp: { policies: policies("Pods", 2) } },
      grew,
      10,
      30,
      10,
      "ScaleUpLimit",
    ],
    [
      "10% rounds up",
      { scaleUp: { policies: policies("Percent", 10) } },
      emptyHistory(),
      11,
      30,
      13,
      "ScaleUpLimit",
    ],
    [
      "the least of two",
      {
        scaleUp: {
          selectPolicy: "Min",
          policies: [...policies("Pods", 1), ...policies("Percent", 100)],
        },
      },
      emptyHistory(),
      10,
      30,
      11,
      "ScaleUpLimit",
    ],
    [
      "disabled up",
      { scaleUp: { selectPolicy: "Disabled" } },
      emptyHistory(),
      10,
      30,
      10,
      "ScaleUpLimit",
    ],
    [
      "disabled down",
      { scaleDown: { selectPolicy: "Disabled" } },
      emptyHistory(),
      10,
      2,
      10,
      "ScaleDownLimit",
    ],
    [
      "one pod a minute down",
      { scaleDown: { policies: policies("Pods", 1) } },
      emptyHistory(),
      10,
      2,
      9,
      "ScaleDownLimit",
    ],
    [
      "10% down is cut off",
      { scaleDown: { policies: policies("Percent", 10) } },
      emptyHistory(),
      15,
      2,
      13,
      "ScaleDownLimit",
    ],
    ["down to the minimum", {}, emptyHistory(), 10, 0, 1, "TooFewReplicas"],
    [
      "up to the maximum",
      { scaleUp: { policies: policies("Pods", 50) } },
      emptyHistory(),
      10,
      60,
      50,
      "TooManyReplicas",
    ],
    ["no wish", {}, emptyHistory(), 10, 10, 10, "DesiredWithinRange"],
  ];
  for (const [name, behavior, history, current, wished, allowed, reason] of rows) {
    await t.step(name, () => {
      const limit = limitByBehavior({
        current,
        wished,
        min: 1,
        max: 50,
        behavior: defaultedBehavior(behavior, 300),
        history,
        nowMs: NOW,
      });
      assert.deepEqual([limit.allowed, limit.reason], [allowed, reason]);
    });
  }
});

Deno.test("rememberRescale() reuses the place of an event older than every period", () => {
  const behavior = { scaleUp: { policies: policies("Pods", 4, 60) } };
  const once = rememberRescale(emptyHistory(), behavior, 1, 3, NOW);
  assert.deepEqual(once.scaleUps, [{ change: 2, atMs: NOW }]);
  const twice = rememberRescale(once, behavior, 3, 4, NOW + 30_000);
  assert.equal(twice.scaleUps.length, 2);
  const later = rememberRescale(twice, behavior, 4, 9, NOW + 80_000);
  assert.deepEqual(later.scaleUps.map(({ change }) => change), [5, 1]);
  assert.deepEqual(rememberRescale(emptyHistory(), undefined, 1, 3, NOW), emptyHistory());
});

Deno.test("stabilizeWithBehavior() holds a scale-up to the lowest of its window", () => {
  const args = { current: 2, desired: 8, upWindowMs: 60_000, downWindowMs: 0, nowMs: NOW };
  const recent = [{ replicas: 3, atMs: NOW - 30_000 }, { replicas: 1, atMs: NOW - 90_000 }];
  const held = stabilizeWithBehavior(recent, args);
  assert.deepEqual([held.stabilized, held.reason], [3, "ScaleUpStabilized"]);
  assert.deepEqual(held.recommendations, [
    { replicas: 3, atMs: NOW - 30_000 },
    { replicas: 8, atMs: NOW },
  ]);
});
