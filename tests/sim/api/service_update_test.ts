import assert from "node:assert/strict";
import type { KubeObject } from "../../../lib/kube/mod.ts";
import { testServer } from "./fixtures.ts";

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
  assert.throws(() => updated({ ...local, healthCheckNodePort: 5 }, {}), {
    code: 500,
    message:
      "Internal error occurred: failed to allocate requested HealthCheck NodePort 5: provided port is not in the valid range. The range of valid ports is 30000-32767",
  });
});
