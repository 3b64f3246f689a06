import assert from "node:assert/strict";
import { condition, hpaOf, logOf, replicasOf, started, statusOf, type World } from "./_world.ts";

/*
 * Source of every case: kedacore/keda controllers/keda/scaledobject_controller.go (handlePause,
 * reconcileScaledObject), controllers/keda/hpa.go, pkg/scaling/executor/scale_scaledobjects.go.
 */

const annotate = (world: World, name: string, value: string | null) => {
  world.api.patch("scaledobjects.keda.sh", "default", "web", {
    metadata: { annotations: { [`autoscaling.keda.sh/${name}`]: value } },
  });
  world.clock.advance(1);
};
const reasons = ({ api }: World) => api.events.map(({ reason }) => reason);

Deno.test("paused stops the loop, deletes the HPA and leaves the replicas alone", () => {
  const world = started({}, { replicas: 3 });
  annotate(world, "paused", "true");
  assert.equal(hpaOf(world), undefined);
  assert.equal(replicasOf(world), 3);
  assert.equal(condition(world.api, "Paused"), "True ScaledObjectPaused");
  assert.deepEqual(reasons(world).slice(-2), ["ScaledObjectPaused", "KEDAScalersStopped"]);
  const asked = world.state.asked.length;
  world.clock.advance(120_000);
  assert.equal(world.state.asked.length, asked);
});

Deno.test("paused says no by false, and yes by anything that is no truth value", () => {
  const no = started({});
  annotate(no, "paused", "false");
  assert.ok(hpaOf(no));
  assert.equal(condition(no.api, "Paused"), "False");
  const yes = started({});
  annotate(yes, "paused", "please");
  assert.equal(hpaOf(yes), undefined);
});

Deno.test("paused-replicas scales to its count, and pauses whatever paused says", () => {
  const world = started({}, { replicas: 1 });
  annotate(world, "paused", "false");
  annotate(world, "paused-replicas", "4");
  assert.equal(replicasOf(world), 4);
  assert.equal(statusOf(world).pausedReplicaCount, 4);
  assert.equal(condition(world.api, "Paused"), "True ScaledObjectPaused");
  annotate(world, "paused-replicas", "0");
  assert.deepEqual([replicasOf(world), statusOf(world).pausedReplicaCount], [0, 0]);
});

Deno.test("paused-replicas that is no number is said in Ready", () => {
  const world = started({});
  annotate(world, "paused-replicas", "two");
  const ready = statusOf(world).conditions.find(({ type }: any) => type === "Ready");
  assert.equal(
    ready.message,
    "failed to scale target to paused replica count: failed to parse paused replica count: " +
      'strconv.ParseInt: parsing "two": invalid syntax',
  );
});

Deno.test("taking the annotation away makes the HPA again and starts the loop", () => {
  const world = started({});
  annotate(world, "paused-replicas", "4");
  annotate(world, "paused-replicas", null);
  assert.ok(hpaOf(world));
  assert.equal(statusOf(world).pausedReplicaCount, undefined);
  assert.equal(condition(world.api, "Paused"), "False ScaledObjectUnpaused");
  assert.ok(reasons(world).includes("ScaledObjectUnpaused"));
  const asked = world.state.asked.length;
  world.clock.advance(30_000);
  assert.ok(world.state.asked.length > asked);
});

Deno.test("paused-scale-in and paused-scale-out close one way of the HPA, and open it again", () => {
  const behavior = { scaleDown: { stabilizationWindowSeconds: 60 } };
  const world = started({ advanced: { horizontalPodAutoscalerConfig: { behavior } } });
  annotate(world, "paused-scale-in", "true");
  assert.deepEqual(hpaOf(world)!.spec.behavior, {
    scaleDown: { stabilizationWindowSeconds: 60, selectPolicy: "Disabled" },
  });
  assert.equal(condition(world.api, "Paused"), "True ScaledObjectPaused");
  annotate(world, "paused-scale-out", "true");
  assert.deepEqual(hpaOf(world)!.spec.behavior.scaleUp, { selectPolicy: "Disabled" });
  assert.ok(
    logOf(world).includes(
      "INFO Scale out paused by annotation, setting HPA Scale Up Select Behavior to Disabled",
    ),
  );
  annotate(world, "paused-scale-in", null);
  annotate(world, "paused-scale-out", null);
  assert.deepEqual(hpaOf(world)!.spec.behavior, behavior);
  assert.equal(condition(world.api, "Paused"), "False ScaledObjectUnpaused");
});

Deno.test("paused-scale-in keeps a target that is not active from going to zero", () => {
  const world = started({ minReplicaCount: 0, cooldownPeriod: 0 }, {
    metadata: { annotations: { "autoscaling.keda.sh/paused-scale-in": "true" } },
  });
  world.state.result = [];
  world.clock.advance(60_000);
  assert.equal(replicasOf(world), 1);
  assert.ok(
    logOf(world).includes(
      "INFO Pause Scale Down annotation set on ScaledObject, no scaling down on inactive trigger",
    ),
  );
});

Deno.test("paused-scale-out keeps a target that is active at zero", () => {
  const world = started({ minReplicaCount: 0 }, {
    replicas: 0,
    metadata: { annotations: { "autoscaling.keda.sh/paused-scale-out": "true" } },
  });
  world.clock.advance(60_000);
  assert.equal(replicasOf(world), 0);
  assert.ok(
    logOf(world).includes(
      "INFO Pause Scale Out annotation set on ScaledObject, no scaling out on active trigger",
    ),
  );
});

Deno.test("force-activation wakes a target whatever its triggers say", () => {
  const world = started({ minReplicaCount: 0 }, {
    replicas: 0,
    metadata: { annotations: { "autoscaling.keda.sh/force-activation": "true" } },
  });
  world.state.result = [];
  world.clock.advance(30_000);
  assert.equal(replicasOf(world), 1);
  assert.ok(
    world.api.events.some(({ message }) =>
      message ===
        "Scaled apps/v1.Deployment default/web from 0 to 1, caused by forced activation " +
          "annotation"
    ),
  );
});
