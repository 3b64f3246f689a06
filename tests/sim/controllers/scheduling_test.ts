import assert from "node:assert/strict";
import type { KubeObject, Pod } from "../../../lib/kube/mod.ts";
import { deployment, idle, podOf, World } from "../kubelet/_world.ts";

const ZONE = "topology.kubernetes.io/zone";

/** Four workers, two in each zone, with two cores each; the nodes of the lab are cordoned. */
function worldOfZones(): World {
  const world = new World();
  for (const node of world.api.list("nodes")) {
    world.api.patch("nodes", "", node.metadata.name, { spec: { unschedulable: true } });
  }
  const allocatable = { cpu: "2", memory: "4Gi", pods: "20" };
  for (const [i, zone] of ["a", "a", "b", "b"].entries()) {
    world.api.create("nodes", {
      apiVersion: "v1",
      kind: "Node",
      metadata: { name: `n${i}`, labels: { "kubernetes.io/hostname": `n${i}`, [ZONE]: zone } },
      spec: { podCIDR: `10.244.${10 + i}.0/24` },
      status: {},
    });
    world.api.updateStatus("nodes", {
      ...structuredClone(world.api.get("nodes", "", `n${i}`)!),
      status: {
        allocatable,
        capacity: allocatable,
        addresses: [{ type: "InternalIP", address: `172.18.0.${10 + i}` }],
        conditions: [{ type: "Ready", status: "True" }],
      },
    });
  }
  world.clock.drain();
  return world;
}

function nodesOf(pods: readonly Pod[]): string[] {
  return pods.map((pod) => pod.spec?.nodeName ?? "").sort();
}

function zonesOf(world: World, label: string): string[] {
  return world.pods(label).map((pod) =>
    world.api.get("nodes", "", pod.spec?.nodeName ?? "")?.metadata.labels?.[ZONE] ?? ""
  ).sort();
}

function asking(name: string, cpu: string, more: object = {}): KubeObject {
  return podOf(name, { ...idle([], { resources: { requests: { cpu } } }), ...more });
}

function failure(world: World, name: string): string {
  return world.events(name).find((text) => text.startsWith("FailedScheduling")) ?? "none";
}

Deno.test("replicas spread over the nodes", () => {
  const world = worldOfZones();
  world.create(deployment("web", idle(), { replicas: 4 }));
  assert.deepEqual(nodesOf(world.pods("web")), ["n0", "n1", "n2", "n3"]);
});

Deno.test("topologySpreadConstraints hold the skew between domains", () => {
  const world = worldOfZones();
  for (const name of ["n2", "n3"]) {
    world.api.patch("nodes", "", name, { spec: { unschedulable: true } });
  }
  const constraint = {
    maxSkew: 1,
    topologyKey: ZONE,
    whenUnsatisfiable: "DoNotSchedule",
    labelSelector: { matchLabels: { app: "web" } },
  };
  const spec = { ...idle(), topologySpreadConstraints: [constraint] };
  world.create(deployment("web", spec, { replicas: 3 }));
  assert.deepEqual(zonesOf(world, "web"), ["", "", "a"]);
  const waiting = world.pods("web").find((pod) => !pod.spec?.nodeName)!;
  assert.match(
    failure(world, waiting.metadata.name),
    /0\/6 nodes are available: 2 node\(s\) didn't match pod topology spread constraints, 4 node\(s\) were unschedulable\./,
  );
  world.api.patch("nodes", "", "n2", { spec: { unschedulable: null } });
  world.clock.drain();
  assert.deepEqual(zonesOf(world, "web"), ["a", "a", "b"]);
});

Deno.test("affinity brings pods together, anti-affinity keeps them apart", () => {
  const world = worldOfZones();
  const term = (app: string, topologyKey: string) => ({
    labelSelector: { matchLabels: { app } },
    topologyKey,
  });
  const required = "requiredDuringSchedulingIgnoredDuringExecution";
  world.create(podOf("cache", { ...idle(), nodeName: "n3" }));
  const near = { podAffinity: { [required]: [term("cache", ZONE)] } };
  world.create(deployment("web", { ...idle(), affinity: near }, { replicas: 2 }));
  assert.deepEqual(zonesOf(world, "web"), ["b", "b"]);
  const apart = { podAntiAffinity: { [required]: [term("db", "kubernetes.io/hostname")] } };
  world.create(deployment("db", { ...idle(), affinity: apart }, { replicas: 5 }));
  assert.deepEqual(nodesOf(world.pods("db")), ["", "n0", "n1", "n2", "n3"]);
  const lost = { podAffinity: { [required]: [term("nobody", ZONE)] } };
  world.create(podOf("lost", { ...idle(), affinity: lost }));
  assert.match(failure(world, "lost"), /4 node\(s\) didn't match pod affinity rules/);
});

Deno.test("preferences choose among the nodes that do", () => {
  const world = worldOfZones();
  const preference = { matchExpressions: [{ key: ZONE, operator: "In", values: ["b"] }] };
  const affinity = {
    nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 10, preference }] },
  };
  world.create(podOf("web", { ...idle(), affinity }));
  assert.deepEqual(zonesOf(world, "web"), ["b"]);
  const taints = [{ key: "slow", effect: "PreferNoSchedule" }];
  for (const name of ["n0", "n1", "n2"]) world.api.patch("nodes", "", name, { spec: { taints } });
  world.create(podOf("other", idle()));
  assert.deepEqual(nodesOf(world.pods("other")), ["n3"]);
});

Deno.test("two pods cannot have the same port of a node", () => {
  const world = worldOfZones();
  const ports = [{ containerPort: 80, hostPort: 8080 }];
  world.create(deployment("web", idle([], { ports }), { replicas: 5 }));
  assert.deepEqual(nodesOf(world.pods("web")), ["", "n0", "n1", "n2", "n3"]);
  const waiting = world.pods("web").find((pod) => !pod.spec?.nodeName)!;
  assert.match(
    failure(world, waiting.metadata.name),
    /4 node\(s\) didn't have free ports for the requested pod ports/,
  );
});

Deno.test("a pod of more priority takes the place of the least important pods that make room", () => {
  const world = worldOfZones();
  for (const [name, value] of [["high", 100], ["low", 1]] as const) {
    world.api.create("priorityclasses.scheduling.k8s.io", {
      apiVersion: "scheduling.k8s.io/v1",
      kind: "PriorityClass",
      metadata: { name },
      value,
    });
  }
  for (let i = 0; i < 4; i++) {
    const more = { nodeName: `n${i}`, ...(i === 2 ? {} : { priorityClassName: "low" }) };
    world.create(asking(`plain${i}`, "1", more));
    world.create(asking(`filler${i}`, "800m", more));
  }
  world.wait(20);
  world.create(asking("vip", "1", { priorityClassName: "high" }));
  const { status } = world.pod("vip") as any;
  assert.equal(
    status.nominatedNodeName,
    "n2",
    "its pods have the least priority",
  );
  assert.equal(
    failure(world, "vip"),
    "FailedScheduling: 0/6 nodes are available: 2 node(s) were unschedulable, 4 Insufficient cpu.",
  );
  const victims = world.pods().filter(({ metadata }) => metadata.deletionTimestamp);
  assert.deepEqual(victims.map(({ metadata }) => metadata.name), ["plain2"]);
  assert.equal(
    world.events("plain2").find((text) => text.startsWith("Preempted")),
    `Preempted: Preempted by pod ${world.pod("vip")!.metadata.uid} on node n2`,
  );
  world.wait(40);
  assert.equal(world.pod("vip")!.spec!.nodeName, "n2");
  assert.equal(world.pod("vip")!.status!.nominatedNodeName, undefined, "it is where it was to go");
  world.create(asking("meek", "1"));
  assert.match(
    failure(world, "meek"),
    /preemption: 0\/6 nodes are available: 2 Preemption is not helpful for scheduling, 4 No preemption victims found for incoming pod\.$/,
  );
});

Deno.test("who may not preempt is told so; what no node could ever hold is not helped by it", () => {
  const world = worldOfZones();
  world.api.create("priorityclasses.scheduling.k8s.io", {
    apiVersion: "scheduling.k8s.io/v1",
    kind: "PriorityClass",
    metadata: { name: "polite" },
    value: 100,
    preemptionPolicy: "Never",
  });
  for (let i = 0; i < 4; i++) world.create(asking(`plain${i}`, "2", { nodeName: `n${i}` }));
  world.create(asking("polite", "1", { priorityClassName: "polite" }));
  assert.match(
    failure(world, "polite"),
    /preemption: not eligible due to preemptionPolicy=Never\.$/,
  );
  world.create(asking("huge", "3"));
  assert.match(
    failure(world, "huge"),
    /preemption: 0\/6 nodes are available: 6 Preemption is not helpful for scheduling\.$/,
  );
});
