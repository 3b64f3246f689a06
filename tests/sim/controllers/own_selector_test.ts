import assert from "node:assert/strict";
import { controllerOf, type KubeObject } from "../../../lib/kube/mod.ts";
import { deployment, idle, World } from "../kubelet/_world.ts";

const TEMPLATE = { metadata: { labels: { app: "own" } }, spec: idle() };
const SELECTOR = { matchLabels: { app: "own" } };
const JOB_TEMPLATE = { ...TEMPLATE, spec: { ...idle(), restartPolicy: "Never" } };

/** Everything that makes pods, or what makes them, and takes those that its selector takes. */
const WORKLOADS: [resource: string, object: KubeObject][] = [
  ["deployments.apps", deployment("own", idle()) as KubeObject],
  ["replicasets.apps", workload("apps/v1", "ReplicaSet", SELECTOR)],
  ["replicationcontrollers", workload("v1", "ReplicationController", { app: "own" })],
  ["statefulsets.apps", workload("apps/v1", "StatefulSet", SELECTOR)],
  ["daemonsets.apps", workload("apps/v1", "DaemonSet", SELECTOR)],
  [
    "jobs.batch",
    workload("batch/v1", "Job", SELECTOR, { manualSelector: true, template: JOB_TEMPLATE }),
  ],
];

function workload(apiVersion: string, kind: string, selector: object, spec = {}): KubeObject {
  const metadata = { name: "own", namespace: "default" };
  return { apiVersion, kind, metadata, spec: { selector, template: TEMPLATE, ...spec } };
}

/** Selectors that validation lets nobody write, and that an older state may hold. */
function selectorsOf(kind: string): [what: string, selector: unknown][] {
  const others = { app: "others" };
  if (kind === "ReplicationController") return [["of others", others]];
  return [
    ["of others", { matchLabels: others }],
    ["with an item that is null", { ...SELECTOR, matchExpressions: [null] }],
    ["that is not there", undefined],
  ];
}

/** What the workload controls; without what is going, which a Job's counting may hold back. */
function ownedIn(world: World): [resource: string, name: string][] {
  return ["pods", "replicasets.apps"].flatMap((resource) =>
    world.api.list(resource, { namespace: "default" })
      .filter((one) => controllerOf(one)?.name === "own" && !one.metadata.deletionTimestamp)
      .map(({ metadata }): [string, string] => [resource, metadata.name])
  );
}

for (const [resource, object] of WORKLOADS) {
  for (const [what, selector] of selectorsOf(object.kind)) {
    Deno.test(`${resource} with a selector ${what} makes nothing, and lets go of nothing`, () => {
      const before = new World();
      before.wait(20).create(object);
      before.wait(30).save();
      const owned = ownedIn(before);
      assert.notEqual(owned.length, 0);
      const key = `object/${resource}/default/own`;
      const stored = JSON.parse(before.state.get(key)!);
      before.state.put(key, JSON.stringify({ ...stored, spec: { ...stored.spec, selector } }));

      const after = before.resume().wait(60);
      assert.deepEqual(ownedIn(after), owned);
      for (const [resource, name] of owned) after.api.delete(resource, "default", name);
      after.wait(60);
      assert.deepEqual(ownedIn(after), []);
      after.close();
    });
  }
}
