import assert from "node:assert/strict";
import type { Deployment, Pod, ReplicaSet, StatefulSet } from "../../../lib/kube/mod.ts";
import { deployment, idle, podOf, World } from "../kubelet/_world.ts";

const SETS = "replicasets.apps";

function sets(world: World): ReplicaSet[] {
  return world.api.list<ReplicaSet>(SETS, { namespace: "default" })
    .sort((a, b) => Number(revision(a)) - Number(revision(b)));
}

function revision(object: ReplicaSet | Deployment): string | undefined {
  return object.metadata.annotations?.["deployment.kubernetes.io/revision"];
}

function get(world: World, name = "web"): Deployment {
  return world.api.get<Deployment>("deployments.apps", "default", name)!;
}

function conditionsOf(world: World): string[] {
  return get(world).status!.conditions!
    .map(({ type, status, reason }) => `${type}=${status} ${reason}`);
}

function patch(world: World, change: object, name = "web"): void {
  world.api.patch("deployments.apps", "default", name, change);
  world.clock.drain();
}

function setArgs(world: World, args: string[]): void {
  patch(world, { spec: { template: { spec: idle(args) } } });
}

Deno.test("a Deployment makes a ReplicaSet, which makes pods", () => {
  const world = new World();
  world.create(deployment("web", idle(), { replicas: 3 }));
  world.wait(30);
  const [set] = sets(world);
  const hash = set.metadata.labels!["pod-template-hash"];
  assert.match(hash, /^[bcdfghjklmnpqrstvwxz2456789]{6,10}$/);
  assert.equal(set.metadata.name, `web-${hash}`);
  assert.equal(revision(set), "1");
  assert.equal(revision(get(world)), "1");
  assert.equal(world.pods("web").length, 3);
  for (const pod of world.pods("web")) {
    assert.match(pod.metadata.name, new RegExp(`^web-${hash}-[a-z0-9]{5}$`));
    assert.equal(pod.metadata.ownerReferences![0].uid, set.metadata.uid);
  }
  assert.deepEqual(conditionsOf(world), [
    "Available=True MinimumReplicasAvailable",
    "Progressing=True NewReplicaSetAvailable",
  ]);
  assert.deepEqual(world.events("web"), [
    `ScalingReplicaSet: Scaled up replica set web-${hash} from 0 to 3`,
  ]);
  const created = world.events(set.metadata.name).sort();
  assert.deepEqual(
    created,
    world.pods("web").map((pod) => `SuccessfulCreate: Created pod: ${pod.metadata.name}`),
  );
});

Deno.test("a rolling update stays within maxSurge and maxUnavailable", async (t) => {
  const cases: [surge: number | string, unavailable: number | string][] = [
    ["25%", "25%"],
    [1, 0],
    [0, 1],
    ["100%", 0],
    [2, 2],
  ];
  for (const [maxSurge, maxUnavailable] of cases) {
    await t.step(`surge ${maxSurge}, unavailable ${maxUnavailable}`, () => {
      const world = new World();
      const strategy = { type: "RollingUpdate", rollingUpdate: { maxSurge, maxUnavailable } };
      world.create(deployment("web", idle(), { replicas: 4, strategy }));
      world.wait(40);
      const share = (value: number | string) =>
        typeof value === "number" ? value : (Number.parseInt(value) * 4) / 100;
      let most = 0;
      let least = Infinity;
      setArgs(world, ["two"]);
      for (let step = 0; step < 900; step++) {
        const alive = world.wait(0.1).pods("web").filter((pod) => !pod.metadata.deletionTimestamp);
        const ready = alive.filter((pod) =>
          pod.status!.conditions?.some((one) => one.type === "Ready" && one.status === "True")
        );
        most = Math.max(most, alive.length);
        least = Math.min(least, ready.length);
      }
      assert(most <= 4 + share(maxSurge), `${most} pods at once`);
      assert(least >= 4 - share(maxUnavailable), `only ${least} ready`);
      assert.deepEqual(sets(world).map(({ spec }) => spec!.replicas), [0, 4]);
      assert.equal(get(world).status!.updatedReplicas, 4);
    });
  }
});

Deno.test("going back to an old template takes its ReplicaSet up again under a new revision", () => {
  const world = new World();
  world.create(deployment("web", idle(["one"])));
  world.wait(20);
  const [first] = sets(world);
  setArgs(world, ["two"]);
  world.wait(20);
  setArgs(world, ["one"]);
  world.wait(20);
  const again = sets(world).find(({ metadata }) => metadata.uid === first.metadata.uid)!;
  assert.equal(again.spec!.replicas, 1);
  assert.equal(revision(again), "3");
  assert.equal(again.metadata.annotations!["deployment.kubernetes.io/revision-history"], "1");
  assert.equal(revision(get(world)), "3");
});

Deno.test("old ReplicaSets past revisionHistoryLimit are deleted", () => {
  const world = new World();
  world.create(deployment("web", idle(["0"]), { revisionHistoryLimit: 2 }));
  for (let i = 1; i <= 5; i++) setArgs(world.wait(20), [String(i)]);
  world.wait(20);
  assert.deepEqual(sets(world).map(revision), ["4", "5", "6"]);
});

Deno.test("Recreate stops every old pod before a new one starts", () => {
  const world = new World();
  world.create(deployment("web", idle(["one"]), { replicas: 2, strategy: { type: "Recreate" } }));
  world.wait(20);
  const old = new Set(world.pods("web").map(({ metadata }) => metadata.uid));
  let mixed = false;
  world.api.watch<Pod>("pods", () => {
    const uids = world.pods("web").map(({ metadata }) => metadata.uid);
    mixed ||= uids.some((uid) => old.has(uid)) && uids.some((uid) => !old.has(uid));
  });
  setArgs(world, ["two"]);
  world.wait(30);
  assert.equal(mixed, false);
  assert.equal(world.pods("web").length, 2);
});

Deno.test("a paused Deployment is scaled but not rolled", () => {
  const world = new World();
  world.create(deployment("web", idle(["one"])));
  world.wait(20);
  patch(world, { spec: { paused: true, replicas: 3, template: { spec: idle(["two"]) } } });
  world.wait(20);
  assert.deepEqual(sets(world).map(({ spec }) => spec!.replicas), [3]);
  assert(conditionsOf(world).includes("Progressing=Unknown DeploymentPaused"));
  patch(world, { spec: { paused: false } });
  world.wait(30);
  assert.deepEqual(sets(world).map(({ spec }) => spec!.replicas), [0, 3]);
});

Deno.test("a rollout that gets nowhere misses its deadline", () => {
  const world = new World();
  const bad = { containers: [{ name: "main", image: "ngnix" }] };
  world.create(deployment("web", bad, { progressDeadlineSeconds: 30 }));
  world.wait(25);
  assert(conditionsOf(world).includes("Progressing=True ReplicaSetUpdated"));
  world.wait(15);
  const progressing = get(world).status!.conditions!.find(({ type }) => type === "Progressing")!;
  assert.equal(progressing.reason, "ProgressDeadlineExceeded");
  assert.equal(
    progressing.message,
    `ReplicaSet "${sets(world)[0].metadata.name}" has timed out progressing.`,
  );
});

Deno.test("scaling down gives up pods that are not ready before those that are", () => {
  const world = new World();
  world.create(deployment("web", idle(), { replicas: 2 }));
  world.wait(20);
  const ready = world.pods("web").map(({ metadata }) => metadata.name);
  patch(world, { spec: { replicas: 4 } });
  patch(world, { spec: { replicas: 2 } });
  world.wait(20);
  assert.deepEqual(world.pods("web").map(({ metadata }) => metadata.name), ready);
});

Deno.test("a pod whose label is taken away is replaced and left alone", () => {
  const world = new World();
  world.create(deployment("web", idle()));
  world.wait(20);
  const [pod] = world.pods("web");
  world.api.patch("pods", "default", pod.metadata.name, { metadata: { labels: { app: null } } });
  world.wait(20);
  assert.equal(world.pods("web").length, 1);
  assert.notEqual(world.pods("web")[0].metadata.name, pod.metadata.name);
  assert.equal(world.pod(pod.metadata.name)!.metadata.ownerReferences?.length ?? 0, 0);
});

Deno.test("pods that fit nowhere wait, and say why for every node", () => {
  const world = new World();
  world.create(podOf("big", idle([], { resources: { requests: { cpu: "3" } } })));
  world.create(podOf("bigger", idle([], { resources: { requests: { cpu: "3" } } })));
  world.wait(10);
  assert.equal(world.pod("big")!.status!.phase, "Running");
  const message =
    "0/2 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint(s). " +
    "no new claims to deallocate, preemption: 0/2 nodes are available: 1 No preemption victims " +
    "found for incoming pod, 1 Preemption is not helpful for scheduling.";
  assert.deepEqual(world.events("bigger"), [`FailedScheduling: ${message}`]);
  const scheduled = world.pod("bigger")!.status!.conditions!
    .find(({ type }) => type === "PodScheduled")!;
  assert.deepEqual([scheduled.reason, scheduled.message], ["Unschedulable", message]);
  world.api.delete("pods", "default", "big");
  world.wait(10);
  assert.equal(world.pod("bigger")!.status!.phase, "Running");
});

Deno.test("nodeSelector, tolerations and cordons decide where a pod goes", () => {
  const world = new World();
  const toControlPlane = {
    nodeSelector: { "node-role.kubernetes.io/control-plane": "" },
    tolerations: [{ key: "node-role.kubernetes.io/control-plane", operator: "Exists" }],
  };
  world.create(podOf("there", { ...toControlPlane, ...idle() }));
  world.create(podOf("lost", { nodeSelector: { disk: "ssd" }, ...idle() }));
  world.wait(10);
  assert.equal(world.pod("there")!.spec!.nodeName, "hpa-practice-control-plane");
  assert.match(
    world.events("lost")[0],
    /0\/2 nodes are available: 1 node\(s\) didn't match Pod's node affinity\/selector, 1 node\(s\) had/,
  );
  world.api.patch("nodes", "", "hpa-practice-worker", { metadata: { labels: { disk: "ssd" } } });
  world.wait(10);
  assert.equal(world.pod("lost")!.spec!.nodeName, "hpa-practice-worker");
  world.api.patch("nodes", "", "hpa-practice-worker", { spec: { unschedulable: true } });
  world.create(podOf("late", idle()));
  world.wait(5);
  assert.match(world.events("late")[0], /1 node\(s\) were unschedulable/);
});

Deno.test("a StatefulSet starts its pods in order and replaces them from the last", () => {
  const world = new World();
  const { spec } = deployment("db", idle());
  world.create({
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name: "db", namespace: "default" },
    spec: { ...spec, replicas: 3, serviceName: "db" },
  });
  const born: string[] = [];
  world.api.watch<Pod>("pods", ({ type, object }) => {
    if (type === "ADDED" && object.metadata.labels?.app === "db") born.push(object.metadata.name);
  });
  world.wait(40);
  assert.deepEqual(born, ["db-0", "db-1", "db-2"]);
  const update = { spec: { template: { metadata: { annotations: { touched: "yes" } } } } };
  world.api.patch("statefulsets.apps", "default", "db", update);
  world.wait(60);
  assert.deepEqual(born.slice(3), ["db-2", "db-1", "db-0"]);
  const status: any = world.api.get<StatefulSet>("statefulsets.apps", "default", "db")!.status;
  assert.equal(status.currentRevision, status.updateRevision);
  assert.equal(status.readyReplicas, 3);
  world.api.patch("statefulsets.apps", "default", "db", { spec: { replicas: 1 } });
  world.wait(30);
  assert.deepEqual(world.pods("db").map(({ metadata }) => metadata.name), ["db-0"]);
});

Deno.test("a DaemonSet has a pod on every node it tolerates", () => {
  const world = new World();
  const { spec } = deployment("agent", idle());
  const { replicas: _, ...rest } = spec;
  const object = {
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    metadata: { name: "agent", namespace: "default" },
    spec: rest,
  };
  world.create(object);
  world.wait(15);
  const nodes = () => world.pods("agent").map((pod) => pod.spec!.nodeName).sort();
  assert.deepEqual(nodes(), ["hpa-practice-worker"]);
  const tolerations = [{ operator: "Exists" }];
  world.api.patch("daemonsets.apps", "default", "agent", {
    spec: { template: { spec: { tolerations } } },
  });
  world.wait(30);
  assert.deepEqual(nodes(), ["hpa-practice-control-plane", "hpa-practice-worker"]);
  assert.equal(
    world.api.get("daemonsets.apps", "default", "agent")!.status.updatedNumberScheduled,
    2,
  );
});

Deno.test("endpoints tell ready pods from others, by the ports they serve", () => {
  const world = new World();
  const readinessProbe = { tcpSocket: { port: 80 } };
  const pod = (name: string, port: number) => {
    const ports = [{ name: "http", containerPort: port }];
    return podOf(name, idle(["listen=80"], { ports, ...(port === 81 ? { readinessProbe } : {}) }));
  };
  for (const [name, port] of [["a", 80], ["b", 8080], ["c", 81]] as const) {
    const object = pod(name, port);
    object.metadata.labels = { app: "web" };
    if (name === "c") object.spec!.containers[0].args = [];
    world.create(object);
  }
  world.create({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web", labels: { team: "one" } },
    spec: { selector: { app: "web" }, ports: [{ name: "http", port: 80, targetPort: "http" }] },
  });
  world.wait(20);
  const slices = world.api.list("endpointslices.discovery.k8s.io", {
    namespace: "default",
    labelSelector: "kubernetes.io/service-name=web,team=one",
  });
  const seen = slices.map(({ ports, endpoints }) => [
    ports?.[0].port,
    endpoints?.map((one) => [one.targetRef?.name, one.conditions?.ready]),
  ]).sort();
  assert.deepEqual(seen, [
    [80, [["a", true]]],
    [8080, [["b", true]]],
    [81, [["c", false]]],
  ]);
  const { subsets } = world.api.get("endpoints", "default", "web")!;
  assert.deepEqual(
    subsets!.map((one) => [one.addresses?.length ?? 0, one.notReadyAddresses?.length ?? 0])
      .sort(),
    [[0, 1], [1, 0], [1, 0]],
  );
  world.api.delete("services", "default", "web");
  world.wait(1);
  assert.equal(world.api.get("endpoints", "default", "web"), undefined);
  const left = world.api.list("endpointslices.discovery.k8s.io", { namespace: "default" });
  assert.deepEqual(left.map(({ metadata }) => metadata.name), ["kubernetes"]);
});

Deno.test("deletion reaches what is owned: in the background, in the foreground, or not at all", async (t) => {
  for (const propagationPolicy of ["Background", "Foreground", "Orphan"] as const) {
    await t.step(propagationPolicy, () => {
      const world = new World();
      world.create(deployment("web", idle()));
      world.wait(20);
      world.api.delete("deployments.apps", "default", "web", { propagationPolicy });
      world.clock.drain();
      const waits = propagationPolicy === "Foreground";
      assert.equal(get(world) !== undefined, waits);
      world.wait(10);
      assert.equal(get(world), undefined);
      const stays = propagationPolicy === "Orphan" ? 1 : 0;
      assert.deepEqual([sets(world).length, world.pods("web").length], [stays, stays]);
      if (stays) assert.equal(sets(world)[0].metadata.ownerReferences?.length ?? 0, 0);
    });
  }
});

Deno.test("a new namespace has its service account and CA, and a deleted one is emptied", () => {
  const world = new World();
  world.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } });
  assert(world.api.get("serviceaccounts", "shop", "default"));
  assert(world.api.get("configmaps", "shop", "kube-root-ca.crt"));
  const object = deployment("web", idle());
  object.metadata.namespace = "shop";
  world.create(object);
  world.wait(20);
  world.api.delete("namespaces", "", "shop");
  world.clock.drain();
  const { status } = world.api.get("namespaces", "", "shop")!;
  assert.equal(status.phase, "Terminating");
  const remaining = status.conditions.find((one: any) => one.type === "NamespaceContentRemaining");
  assert.equal(remaining.message, "Some resources are remaining: pods has 1 resource instances");
  world.wait(15);
  assert.equal(world.api.get("namespaces", "", "shop"), undefined);
  assert.deepEqual(world.api.list("pods", { namespace: "shop" }), []);
});

Deno.test("events are forgotten an hour after they were last seen", () => {
  const world = new World();
  world.create(podOf("p", idle()));
  world.wait(10);
  assert.equal(world.events("p").length, 5);
  world.wait(3500);
  assert.equal(world.events("p").length, 5);
  world.wait(160);
  assert.deepEqual(world.events("p"), []);
});

Deno.test("controllers started over again change nothing", () => {
  const world = new World();
  world.create(deployment("web", idle(), { replicas: 2 }));
  world.wait(60);
  world.save();
  const before = world.api.list("replicasets.apps").concat(world.api.list("deployments.apps"));
  const again = world.resume().wait(20);
  const after = again.api.list("replicasets.apps").concat(again.api.list("deployments.apps"));
  assert.deepEqual(after, before);
});
