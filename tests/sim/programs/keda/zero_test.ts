import assert from "node:assert/strict";
import { condition, prometheusTrigger, replicasOf, started } from "./_world.ts";

/*
 * Between zero (or idle) and one.
 * Source of every case: kedacore/keda pkg/scaling/executor/scale_scaledobjects.go.
 */

const QUIET = [{ metric: {}, value: [0, "0"] }];

Deno.test("pollingInterval is how often the triggers are asked", () => {
  const world = started({ pollingInterval: 7 });
  const before = world.state.asked.length;
  world.clock.advance(70_000);
  assert.equal(world.state.asked.length - before, 10);
});

Deno.test("initialCooldownPeriod holds a target that was never active", () => {
  const world = started({ minReplicaCount: 0, initialCooldownPeriod: 75 });
  // It was active at its first poll: that is another case.
  const quiet = started({
    minReplicaCount: 0,
    initialCooldownPeriod: 75,
    triggers: [{
      type: "kubernetes-workload",
      metadata: { podSelector: "app=none", value: "1" },
    }],
  });
  quiet.clock.advance(74_000);
  assert.equal(replicasOf(quiet), 1);
  assert.equal(condition(quiet.api, "Active"), "False ScalerCooldown");
  quiet.clock.advance(30_000);
  assert.equal(replicasOf(quiet), 0);
  world.state.result = QUIET;
  world.clock.advance(300_000);
  assert.equal(replicasOf(world), 1);
});

Deno.test("a target that somebody else woke goes back at once when it was never active", () => {
  const world = started({
    minReplicaCount: 0,
    triggers: [{ type: "kubernetes-workload", metadata: { podSelector: "app=none", value: "1" } }],
  }, { replicas: 3 });
  world.clock.advance(30_000);
  assert.equal(replicasOf(world), 0);
});

Deno.test("idleReplicaCount is where an inactive target rests, and the minimum where it wakes", () => {
  const world = started({ minReplicaCount: 3, idleReplicaCount: 1, cooldownPeriod: 30 }, {
    replicas: 3,
  });
  world.state.result = QUIET;
  world.clock.advance(90_000);
  assert.equal(replicasOf(world), 1);
  assert.equal(
    world.api.events.at(-1)!.message,
    "Deactivated apps/v1.Deployment default/web from 3 to 1",
  );
  world.state.result = [{ metric: {}, value: [0, "1"] }];
  world.clock.advance(30_000);
  assert.equal(replicasOf(world), 3);
});

Deno.test("a target below its minimum is raised although nothing is active", () => {
  const world = started({ minReplicaCount: 2 }, { replicas: 1 });
  world.state.result = QUIET;
  world.clock.advance(30_000);
  assert.equal(replicasOf(world), 2);
});

Deno.test("activationThreshold must be passed, not met", async (t) => {
  for (const [value, replicas] of [["999", 0], ["1000", 0], ["1000.1", 1]] as const) {
    await t.step(value, () => {
      const trigger = prometheusTrigger({}, { query: "q", activationThreshold: "1000" });
      const world = started({ minReplicaCount: 0, triggers: [trigger] }, { replicas: 0 });
      world.state.values = { q: value };
      world.clock.advance(30_000);
      assert.equal(replicasOf(world), replicas);
    });
  }
});
