import assert from "node:assert/strict";
import type { EventText } from "../../../lib/sim/seams.ts";
import { World } from "../kubelet/_world.ts";

const said = (reason: string, message = reason): EventText => ({
  type: "Warning",
  reason,
  message,
  component: "horizontal-pod-autoscaler",
});

Deno.test("a list has the events of an object in the order in which they happened, those of one instant too", () => {
  const { api, clock } = new World();
  const about = api.create("configmaps", {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "web", namespace: "default" },
  });
  const reasons = ["Zeta", "Alpha", "Mu", "FailedGetObjectMetric", "FailedComputeMetricsReplicas"];
  const mine = () =>
    api.list("events", { namespace: "default" })
      .filter(({ involvedObject }) => involvedObject?.name === "web");
  for (const reason of reasons) api.event(about, said(reason));
  clock.advance(1);
  api.event(about, said("Later"));
  assert.deepEqual(mine().map(({ reason }) => reason), [...reasons, "Later"]);
  // Upstream's names: the object's, and the nanosecond.
  for (const { metadata } of mine()) assert.match(metadata.name, /^web\.18[0-9a-f]{14}$/);
  clock.advance(30_000);
  api.event(about, said("Mu"));
  api.event(about, said("Mu", "of something else"));
  assert.deepEqual(mine().map(({ reason, count }) => `${reason} ${count}`), [
    "Zeta 1",
    "Alpha 1",
    "Mu 2",
    "FailedGetObjectMetric 1",
    "FailedComputeMetricsReplicas 1",
    "Later 1",
    "Mu 1",
  ]);
});
