import assert from "node:assert/strict";
import type { KubeObject, Pod } from "../../../lib/kube/mod.ts";
import { deployment, idle, podOf, World } from "../kubelet/_world.ts";

const WORKER = "hpa-practice-worker";
const CLAIMS = "persistentvolumeclaims";

function statefulSet(spec: object = {}): KubeObject {
  return {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name: "db", namespace: "default" },
    spec: {
      replicas: 2,
      serviceName: "db",
      selector: { matchLabels: { app: "db" } },
      template: { metadata: { labels: { app: "db" } }, spec: idle() },
      volumeClaimTemplates: [{
        metadata: { name: "data" },
        spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
      }],
      ...spec,
    },
  };
}

function claims(world: World): string[] {
  return world.api.list(CLAIMS, { namespace: "default" })
    .filter(({ metadata }) => !metadata.deletionTimestamp).map(({ metadata }) => metadata.name);
}

function scale(world: World, replicas: number): void {
  world.api.patch("statefulsets.apps", "default", "db", { spec: { replicas } });
  world.wait(90);
}

Deno.test("a StatefulSet's pods keep their claims, each by its number", () => {
  const world = new World();
  world.wait(20).create(statefulSet());
  world.wait(60);
  assert.deepEqual(claims(world), ["data-db-0", "data-db-1"]);
  assert.deepEqual(world.pods("db").map(({ status }) => status!.phase), ["Running", "Running"]);
  assert.deepEqual(world.events("db").sort(), [
    "SuccessfulCreate: Create Claim data-db-0 Pod db-0 in StatefulSet db success",
    "SuccessfulCreate: Create Claim data-db-1 Pod db-1 in StatefulSet db success",
    "SuccessfulCreate: Create Pod db-0 in StatefulSet db successful",
    "SuccessfulCreate: Create Pod db-1 in StatefulSet db successful",
  ]);
  const uid = world.api.get(CLAIMS, "default", "data-db-1")!.metadata.uid;
  scale(world, 1);
  assert.deepEqual(claims(world), ["data-db-0", "data-db-1"]);
  scale(world, 2);
  assert.equal(world.api.get(CLAIMS, "default", "data-db-1")!.metadata.uid, uid);
  world.api.delete("statefulsets.apps", "default", "db");
  world.wait(60);
  assert.deepEqual(claims(world), ["data-db-0", "data-db-1"]);
});

Deno.test("persistentVolumeClaimRetentionPolicy lets claims go with a pod scaled away, or with the set", () => {
  const world = new World();
  const persistentVolumeClaimRetentionPolicy = { whenDeleted: "Delete", whenScaled: "Delete" };
  world.wait(20).create(statefulSet({ persistentVolumeClaimRetentionPolicy }));
  world.wait(60);
  const owners = () =>
    world.api.get(CLAIMS, "default", "data-db-0")!.metadata.ownerReferences!
      .map(({ kind }) => kind);
  assert.deepEqual(owners(), ["StatefulSet"]);
  scale(world, 1);
  assert.deepEqual(claims(world), ["data-db-0"]);
  world.api.delete("statefulsets.apps", "default", "db");
  world.wait(90);
  assert.deepEqual(claims(world), []);
});

Deno.test("podManagementPolicy Parallel starts all pods at once; a partition keeps the lower ones", () => {
  const world = new World();
  const spec = { replicas: 3, podManagementPolicy: "Parallel", volumeClaimTemplates: [] };
  world.create(statefulSet(spec));
  assert.equal(world.pods("db").length, 3);
  world.wait(30);
  world.api.patch("statefulsets.apps", "default", "db", {
    spec: {
      updateStrategy: { rollingUpdate: { partition: 2 } },
      template: { spec: idle(["new"]) },
    },
  });
  world.wait(60);
  const args = world.pods("db").map(({ spec }) => spec!.containers[0].args?.join(" ") ?? "");
  assert.deepEqual(args, ["", "", "new"]);
});

function daemonSet(rollingUpdate: object): KubeObject {
  return {
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    metadata: { name: "agent", namespace: "default" },
    spec: {
      selector: { matchLabels: { app: "agent" } },
      updateStrategy: { type: "RollingUpdate", rollingUpdate },
      template: {
        metadata: { labels: { app: "agent" } },
        spec: { ...idle(), tolerations: [{ operator: "Exists" }] },
      },
    },
  };
}

Deno.test("a DaemonSet that surges has a new pod beside the old one before that goes", () => {
  const world = new World();
  world.create(daemonSet({ maxSurge: 1, maxUnavailable: 0 }));
  world.wait(30);
  let most = 0;
  let leastReady = Infinity;
  world.api.patch("daemonsets.apps", "default", "agent", {
    spec: { template: { spec: idle(["new"]) } },
  });
  for (let step = 0; step < 600; step++) {
    const alive = world.wait(0.1).pods("agent").filter((pod) => !pod.metadata.deletionTimestamp);
    const ready = (pod: Pod) =>
      pod.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True");
    most = Math.max(most, alive.length);
    leastReady = Math.min(leastReady, alive.filter(ready).length);
  }
  assert.equal(most, 3, "one node at a time has two");
  assert.equal(leastReady, 2, "every node is served throughout");
  assert.deepEqual(world.pods("agent").map(({ spec }) => spec!.containers[0].args), [
    ["new"],
    ["new"],
  ]);
  const { status } = world.api.get("daemonsets.apps", "default", "agent")!;
  assert.equal(status.updatedNumberScheduled, 2);
});

Deno.test("a ReplicationController keeps its pods, and is scaled", () => {
  const world = new World();
  world.create({
    apiVersion: "v1",
    kind: "ReplicationController",
    metadata: { name: "old", namespace: "default" },
    spec: { replicas: 2, template: { metadata: { labels: { app: "old" } }, spec: idle() } },
  });
  world.wait(20);
  const stored = () => world.api.get("replicationcontrollers", "default", "old")!;
  assert.deepEqual(stored().spec.selector, { app: "old" });
  assert.equal(stored().status.readyReplicas, 2);
  world.api.patch("replicationcontrollers", "default", "old", { spec: { replicas: 1 } }, {
    subresource: "scale",
  });
  world.wait(40);
  assert.equal(world.pods("old").length, 1);
});

function taint(world: World, taints: object[] | null): void {
  world.api.patch("nodes", "", WORKER, { spec: { taints } });
  world.clock.drain();
}

Deno.test("a NoExecute taint evicts the pods that do not tolerate it, others when their time is up", () => {
  const world = new World();
  const tolerate = (more: object) => ({
    tolerations: [{ key: "down", operator: "Exists", effect: "NoExecute", ...more }],
  });
  world.create(podOf("none", idle()));
  world.create(podOf("some", { ...idle(), ...tolerate({ tolerationSeconds: 60 }) }));
  world.create(podOf("all", { ...idle(), ...tolerate({}) }));
  world.wait(20);
  taint(world, [{ key: "down", effect: "NoExecute" }]);
  const gone = (name: string) => world.pod(name)?.metadata.deletionTimestamp !== undefined;
  assert.deepEqual([gone("none"), gone("some"), gone("all")], [true, false, false]);
  assert(
    world.events("none").includes("TaintManagerEviction: Marking for deletion Pod default/none"),
  );
  const condition = world.pod("none")!.status!.conditions!
    .find(({ type }) => type === "DisruptionTarget")!;
  assert.equal(condition.reason, "DeletionByTaintManager");
  world.wait(30);
  taint(world, null);
  assert(
    world.events("some").includes("TaintManagerEviction: Cancelling deletion of Pod default/some"),
  );
  taint(world, [{ key: "down", effect: "NoExecute" }]);
  world.wait(59);
  assert.equal(gone("some"), false);
  world.wait(60);
  assert.equal(world.pod("some"), undefined);
  assert.equal(gone("all"), false);
});

Deno.test("a cordoned node is tainted, and freed again", () => {
  const world = new World();
  const cordon = (on: boolean | null) => {
    world.api.patch("nodes", "", WORKER, { spec: { unschedulable: on } });
    world.clock.drain();
    return world.api.get("nodes", "", WORKER)!.spec.taints;
  };
  assert.deepEqual(cordon(true), [{
    effect: "NoSchedule",
    key: "node.kubernetes.io/unschedulable",
    timeAdded: "2026-11-24T00:00:00Z",
  }]);
  assert.equal(cordon(null), undefined);
});

Deno.test("pods of a node that is not ready are called so, and evicted after five minutes", () => {
  const world = new World();
  world.create(deployment("web", idle()));
  world.wait(20);
  const node = structuredClone(world.api.get("nodes", "", WORKER)!);
  for (const condition of node.status.conditions) {
    if (condition.type === "Ready") condition.status = "Unknown";
  }
  world.api.updateStatus("nodes", node);
  world.clock.drain();
  const [pod] = world.pods("web");
  assert.equal(pod.status!.conditions!.find(({ type }) => type === "Ready")!.status, "False");
  assert.deepEqual(
    world.api.get("nodes", "", WORKER)!.spec.taints.map(({ key, effect }: any) =>
      `${key}:${effect}`
    ),
    ["NoSchedule", "NoExecute"].map((effect) => `node.kubernetes.io/unreachable:${effect}`),
  );
  world.wait(299);
  assert.equal(world.pod(pod.metadata.name)!.metadata.deletionTimestamp, undefined);
  world.wait(10);
  assert.equal(world.pod(pod.metadata.name), undefined);
});

Deno.test("pods of a deleted node go after forty seconds", () => {
  const world = new World();
  world.create(podOf("app", idle()));
  world.wait(20).api.delete("nodes", "", WORKER);
  world.wait(39);
  assert.notEqual(world.pod("app"), undefined);
  world.wait(2);
  assert.equal(world.pod("app"), undefined);
});
