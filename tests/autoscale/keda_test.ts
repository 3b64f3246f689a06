import assert from "node:assert/strict";
import {
  decideKeda,
  isTriggerActive,
  kedaHpaBounds,
  type KedaInput,
} from "../../lib/autoscale/mod.ts";
import { NOW } from "./fixtures.ts";

const at = (changes: Partial<KedaInput>): KedaInput => ({
  currentReplicas: 1,
  isActive: false,
  isError: false,
  createdMs: NOW - 3_600_000,
  nowMs: NOW,
  ...changes,
});

// Source of every row: kedacore/keda pkg/scaling/executor/scale_scaledobjects.go (RequestScale).
Deno.test("decideKeda() owns the way between zero and one", async (t) => {
  const rows: [
    name: string,
    input: KedaInput,
    action: Record<string, unknown>,
    active: string,
    ready: string,
  ][] = [
    [
      "0 and active → 1",
      at({ currentReplicas: 0, isActive: true }),
      { kind: "activate", to: 1 },
      "ScalerActive",
      "ScaledObjectReady",
    ],
    [
      "0 and active → min",
      at({ currentReplicas: 0, isActive: true, minReplicaCount: 3 }),
      { kind: "activate", to: 3 },
      "ScalerActive",
      "ScaledObjectReady",
    ],
    [
      "1 and active: the HPA's",
      at({ isActive: true }),
      { kind: "none" },
      "ScalerActive",
      "ScaledObjectReady",
    ],
    [
      "active with another trigger broken",
      at({ isActive: true, isError: true }),
      { kind: "none" },
      "ScalerActive",
      "PartialTriggerError",
    ],
    [
      "never active → 0 at once",
      at({}),
      { kind: "deactivate", to: 0, isIdle: false },
      "ScalerNotActive",
      "ScaledObjectReady",
    ],
    [
      "active a minute ago: cooling down",
      at({ lastActiveMs: NOW - 60_000 }),
      { kind: "cooling down", cooldownMs: 300_000, leftMs: 240_000 },
      "ScalerCooldown",
      "ScaledObjectReady",
    ],
    [
      "the cooldown is over only after it",
      at({ lastActiveMs: NOW - 300_000 }),
      { kind: "cooling down", cooldownMs: 300_000, leftMs: 0 },
      "ScalerCooldown",
      "ScaledObjectReady",
    ],
    [
      "cooled down",
      at({ lastActiveMs: NOW - 300_001 }),
      { kind: "deactivate", to: 0, isIdle: false },
      "ScalerNotActive",
      "ScaledObjectReady",
    ],
    [
      "idle",
      at({ minReplicaCount: 5, idleReplicaCount: 2, currentReplicas: 5 }),
      { kind: "deactivate", to: 2, isIdle: true },
      "ScalerNotActive",
      "ScaledObjectReady",
    ],
    [
      "active from idle",
      at({ minReplicaCount: 5, idleReplicaCount: 2, currentReplicas: 2, isActive: true }),
      { kind: "activate", to: 5 },
      "ScalerActive",
      "ScaledObjectReady",
    ],
    [
      "a minimum above zero stays",
      at({ minReplicaCount: 1 }),
      { kind: "none" },
      "ScalerNotActive",
      "ScaledObjectReady",
    ],
    [
      "below the minimum",
      at({ minReplicaCount: 3 }),
      { kind: "raise to minimum", to: 3 },
      "ScalerNotActive",
      "ScaledObjectReady",
    ],
    [
      "an error never scales to zero",
      at({ isError: true }),
      { kind: "none" },
      "ScalerNotActive",
      "TriggerError",
    ],
    [
      "an error with a fallback waits for it",
      at({ isError: true, fallbackReplicas: 4 }),
      { kind: "none" },
      "ScalerNotActive",
      "ScaledObjectReady",
    ],
    [
      "scale-in paused",
      at({ pausedScaleIn: true }),
      { kind: "none" },
      "ScalerNotActive",
      "ScaledObjectReady",
    ],
    [
      "scale-out paused",
      at({ currentReplicas: 0, isActive: true, pausedScaleOut: true }),
      { kind: "none" },
      "ScalerActive",
      "ScaledObjectReady",
    ],
    [
      "never active, inside the initial cooldown",
      at({ createdMs: NOW - 60_000, initialCooldownPeriodSeconds: 90 }),
      { kind: "cooling down", cooldownMs: 300_000, leftMs: 30_000 },
      "ScalerCooldown",
      "ScaledObjectReady",
    ],
    [
      "a cooldown of nothing",
      at({ lastActiveMs: NOW - 1, cooldownPeriodSeconds: 0 }),
      { kind: "deactivate", to: 0, isIdle: false },
      "ScalerNotActive",
      "ScaledObjectReady",
    ],
    [
      "idle at rest",
      at({ minReplicaCount: 5, idleReplicaCount: 2, currentReplicas: 2 }),
      { kind: "none" },
      "ScalerNotActive",
      "ScaledObjectReady",
    ],
    [
      "idle, and below it",
      at({ minReplicaCount: 5, idleReplicaCount: 2, currentReplicas: 1 }),
      { kind: "none" },
      "ScalerNotActive",
      "ScaledObjectReady",
    ],
    [
      "an error with a fallback to nothing is as no error",
      at({ isError: true, fallbackReplicas: 0 }),
      { kind: "deactivate", to: 0, isIdle: false },
      "ScalerNotActive",
      "ScaledObjectReady",
    ],
    [
      "active below the minimum is the HPA's, without idle",
      at({ minReplicaCount: 3, isActive: true }),
      { kind: "none" },
      "ScalerActive",
      "ScaledObjectReady",
    ],
    [
      "forced",
      at({ currentReplicas: 0, forceActivation: true }),
      { kind: "activate", to: 1 },
      "ScalerActive",
      "ScaledObjectReady",
    ],
  ];
  for (const [name, input, action, active, ready] of rows) {
    await t.step(name, () => {
      const decision = decideKeda(input);
      assert.deepEqual(decision.action, action);
      assert.deepEqual([decision.active.reason, decision.ready.reason], [active, ready]);
    });
  }
});

Deno.test("isTriggerActive() is strict", () => {
  assert.equal(isTriggerActive(0), false);
  assert.equal(isTriggerActive(0.001), true);
  assert.equal(isTriggerActive(5, 5), false);
});

Deno.test("kedaHpaBounds() gives the HPA at least one replica", () => {
  assert.deepEqual(kedaHpaBounds({}), { minReplicas: 1, maxReplicas: 100 });
  assert.deepEqual(kedaHpaBounds({ minReplicaCount: 0, maxReplicaCount: 5 }), {
    minReplicas: 1,
    maxReplicas: 5,
  });
  assert.deepEqual(kedaHpaBounds({ minReplicaCount: 2 }), { minReplicas: 2, maxReplicas: 100 });
});
