import assert from "node:assert/strict";
import type { KubeObject } from "../../../lib/kube/mod.ts";
import { SeededRandom, VirtualClock } from "../../../lib/base/mod.ts";
import { memoryState } from "../../../lib/sim/state/mod.ts";
import { ResourceServer } from "../../../lib/sim/api/resource_server.ts";
import { START_MS, testServer } from "./fixtures.ts";

/** A Service of these fields, and what an update to others makes of it. */
function updated(before: KubeObject["spec"], change: KubeObject["spec"]): KubeObject["spec"][] {
  const { api } = testServer("t");
  const metadata = { name: "s", namespace: "t" };
  const made = api.create("services", {
    apiVersion: "v1",
    kind: "Service",
    metadata,
    spec: before,
  });
  return [made.spec, api.patch("services", "t", "s", { spec: change }).spec];
}

/** One with the namespace `t` alone. */
function resourceServer(): ResourceServer {
  const clock = new VirtualClock(START_MS);
  const server = new ResourceServer({
    clock,
    random: new SeededRandom(1),
    state: memoryState(),
  });
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "t" } };
  server.create(server.registry.byPath("v1", "namespaces")!, namespace);
  return server;
}

const PORTS = [{ name: "web", port: 80 }, { name: "more", port: 81 }];

Deno.test("a Service that is NodePort no more gives its node ports back", () => {
  for (const type of ["NodePort", "LoadBalancer"]) {
    const [before, after] = updated({ type, ports: PORTS }, { type: "ClusterIP" });
    assert.equal(before.ports.filter((port: { nodePort?: number }) => port.nodePort).length, 2);
    assert.deepEqual(after.ports.map((port: object) => "nodePort" in port), [false, false]);
    assert.equal("externalTrafficPolicy" in after, false);
    assert.equal("allocateLoadBalancerNodePorts" in after, false);
    assert.equal(after.clusterIP, before.clusterIP);
  }
});

Deno.test("node ports that are new in the update which takes the type away are refused", () => {
  const ports = [{ name: "web", port: 80, nodePort: 31000 }];
  assert.throws(() => updated({ type: "NodePort", ports: PORTS }, { type: "ClusterIP", ports }), {
    message: /spec.ports\[0\].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'/,
  });
});

Deno.test("a port keeps the node port of its name, unless another asks for it", () => {
  const spec = { type: "NodePort", ports: [{ name: "web", port: 80, nodePort: 31000 }] };
  const [, moved] = updated(spec, { ports: [{ name: "web", port: 8080 }] });
  assert.equal(moved.ports[0].nodePort, 31000);
  const [, taken] = updated(spec, {
    ports: [{ name: "web", port: 80 }, { name: "other", port: 81, nodePort: 31000 }],
  });
  assert.equal(taken.ports[1].nodePort, 31000);
  assert.notEqual(taken.ports[0].nodePort, 31000);
});

// As kube-apiserver v1.36.3 answered.
Deno.test("what was filled in for those who come from outside goes when nobody does any more", () => {
  const local = {
    type: "LoadBalancer",
    ports: PORTS,
    externalTrafficPolicy: "Local",
    healthCheckNodePort: 31222,
  };
  const open = { ports: PORTS, externalIPs: ["1.2.3.4"] };
  const rows: [before: KubeObject["spec"], change: KubeObject["spec"], policy?: string][] = [
    [open, { externalIPs: null }],
    [open, { type: "ExternalName", externalName: "x.y" }],
    [{ ...open, type: "NodePort" }, { type: "ClusterIP" }, "Cluster"],
    [local, { type: "ClusterIP" }],
    [local, { externalTrafficPolicy: "Cluster" }, "Cluster"],
    [local, { type: "NodePort" }, "Local"],
  ];
  for (const [spec, change, policy] of rows) {
    const [before, after] = updated(spec, change);
    assert.ok(before.externalTrafficPolicy);
    assert.equal(after.externalTrafficPolicy, policy, JSON.stringify(change));
    assert.equal("healthCheckNodePort" in after, false, JSON.stringify(change));
  }
});

Deno.test("a Service that becomes a name outside has no address", () => {
  const change = { type: "ExternalName", externalName: "example.com" };
  const [, after] = updated({ ports: PORTS }, change);
  const gone = ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"];
  assert.deepEqual(gone.filter((field) => field in after), []);
});

// Source: kubernetes pkg/registry/core/service/storage/alloc.go (allocHealthCheckNodePort), strategy.go (patchAllocatedValues).
Deno.test("a Service whose nodes answer for themselves has a port for that, and keeps it", () => {
  const local = { type: "LoadBalancer", ports: PORTS, externalTrafficPolicy: "Local" };
  const [before, after] = updated(local, { ports: [{ name: "web", port: 8080 }] });
  assert.ok(before.healthCheckNodePort >= 30_000 && before.healthCheckNodePort <= 32_767);
  assert.equal(after.healthCheckNodePort, before.healthCheckNodePort);
  const [, later] = updated({ type: "LoadBalancer", ports: PORTS }, {
    externalTrafficPolicy: "Local",
  });
  assert.ok(later.healthCheckNodePort);
  const { nodePort } = before.ports[0];
  const taken = { ...local, ports: [{ port: 80, nodePort }], healthCheckNodePort: nodePort };
  assert.throws(() => updated(taken, {}), {
    code: 500,
    message:
      `Internal error occurred: failed to allocate requested HealthCheck NodePort ${nodePort}: provided port is already allocated`,
  });
  assert.throws(() => updated(local, { healthCheckNodePort: 31_999 }), {
    message: /spec.healthCheckNodePort: Forbidden: field is immutable/,
  });
  assert.throws(() => updated({ ...local, healthCheckNodePort: -1 }, {}), {
    message: /spec.healthCheckNodePort: Invalid value: -1: must be between 1 and 65535, inclusive/,
  });
  assert.throws(() => updated({ ...local, healthCheckNodePort: 5 }, {}), {
    code: 500,
    message:
      "Internal error occurred: failed to allocate requested HealthCheck NodePort 5: provided port is not in the valid range. The range of valid ports is 30000-32767",
  });
});

Deno.test("a health check's port that an earlier version took as it was written stays, and is nobody else's", () => {
  const server = resourceServer();
  const type = server.registry.byPath("v1", "services")!;
  const object = (metadata: object, ports: object[] = [{ name: "web", port: 80 }]) => ({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "s", namespace: "t", ...metadata },
    spec: {
      type: "LoadBalancer",
      ports,
      externalTrafficPolicy: "Local",
    },
  });
  server.create(type, object({}));
  const written = (healthCheckNodePort: number) => {
    const service = structuredClone(server.store.get("services", "t", "s")!);
    Object.assign(service.spec, { healthCheckNodePort });
    server.store.put("services", service);
  };
  written(5);
  const labelled = server.update(type, object({ labels: { a: "b" } }));
  assert.equal(labelled.spec.healthCheckNodePort, 5);
  written(31_500);
  const asked = object({}, [{ name: "web", port: 80, nodePort: 31_500 }]);
  assert.throws(() => server.update(type, asked), {
    message: /spec.ports\[0\].nodePort: Invalid value: 31500: provided port is already allocated/,
  });
});

// Source: as above (initNodePorts, updateNodePorts, shouldAllocateNodePorts).
Deno.test("TCP and UDP of one port share a node port; a balancer may do without any", () => {
  const dns = (nodePort?: number) => [
    { name: "tcp", port: 53, protocol: "TCP", ...(nodePort ? { nodePort } : {}) },
    { name: "udp", port: 53, protocol: "UDP" },
  ];
  for (const nodePort of [undefined, 30_053]) {
    const [{ ports }] = updated({ type: "NodePort", ports: dns(nodePort) }, {});
    assert.equal(ports[0].nodePort, ports[1].nodePort);
    assert.ok(ports[0].nodePort);
  }
  const bare = { type: "LoadBalancer", allocateLoadBalancerNodePorts: false };
  const [none] = updated({ ...bare, ports: PORTS }, {});
  assert.deepEqual(none.ports.map((port: object) => "nodePort" in port), [false, false]);
  const [asked] = updated({ ...bare, ports: [{ port: 80, nodePort: 31_080 }] }, {});
  assert.equal(asked.ports[0].nodePort, 31_080);
});

// Source: kubernetes pkg/registry/core/service/portallocator/operation.go (AllocateNext).
Deno.test("a dry run draws no port", () => {
  const server = resourceServer();
  const type = server.registry.byPath("v1", "services")!;
  const object = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "s", namespace: "t" },
    spec: { type: "NodePort", ports: PORTS },
  };
  const { spec } = server.create(type, structuredClone(object), { dryRun: true });
  const ports = spec.ports.map(({ nodePort }: { nodePort: number }) => nodePort);
  assert.deepEqual(ports, [32_769, 32_770]);
});
