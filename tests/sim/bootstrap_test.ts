import assert from "node:assert/strict";
import { Cluster } from "../../lib/sim/mod.ts";
import type { BuiltInKinds } from "../../lib/kube/mod.ts";
import { MemoryState } from "./fakes/mod.ts";

const START = Date.UTC(2026, 10, 24, 3, 0, 0);

/** A cluster that has just come up, and what a path of it lists. */
function fresh() {
  const cluster = Cluster.boot({ state: new MemoryState(), name: "hpa-practice", startMs: START });
  const list = async (path: string): Promise<BuiltInKinds["events"][]> =>
    (await (await cluster.handle(new Request(`https://lab${path}`))).json()).items;
  return { cluster, list };
}

Deno.test("a new cluster tells of its nodes, and of who leads", async () => {
  const { cluster, list } = fresh();
  const events = await list("/api/v1/events");
  const told = events.filter(({ involvedObject }) =>
    ["Node", "Lease"].includes(involvedObject.kind ?? "")
  )
    .map(({ involvedObject, reason, message }) =>
      `${involvedObject.namespace ?? ""} ${involvedObject.kind} ${involvedObject.name}: ${reason} ${
        message ?? ""
      }`
        .replace(/_[0-9a-f-]{36}/, "_<uuid>").trim()
    );
  const node = (name: string) => [
    `Node ${name}: Starting Starting kubelet.`,
    `Node ${name}: NodeAllocatableEnforced Updated Node Allocatable limit across pods`,
    `Node ${name}: NodeHasSufficientMemory Node ${name} status is now: NodeHasSufficientMemory`,
    `Node ${name}: NodeHasNoDiskPressure Node ${name} status is now: NodeHasNoDiskPressure`,
    `Node ${name}: NodeHasSufficientPID Node ${name} status is now: NodeHasSufficientPID`,
    `Node ${name}: RegisteredNode Node ${name} event: Registered Node ${name} in Controller`,
    `Node ${name}: Starting`,
    `Node ${name}: NodeReady Node ${name} status is now: NodeReady`,
  ];
  assert.deepEqual(told, [
    ...node("hpa-practice-control-plane"),
    ...node("hpa-practice-worker"),
    "kube-system Lease kube-controller-manager: LeaderElection hpa-practice-control-plane_<uuid> became leader",
    "kube-system Lease kube-scheduler: LeaderElection hpa-practice-control-plane_<uuid> became leader",
  ]);
  await cluster.handle(
    new Request("https://lab/api/v1/nodes/hpa-practice-worker", { method: "DELETE" }),
  );
  cluster.clock.advance(1000);
  const last = (await list("/api/v1/events"))
    .filter(({ involvedObject }) => involvedObject.name === "hpa-practice-worker").at(-1)!;
  assert.equal(
    last.message,
    "Node hpa-practice-worker event: Removing Node hpa-practice-worker from Controller",
  );
  cluster.close();
});

Deno.test("kube-system has the accounts of the controllers that run, and kubeadm's roles and ConfigMaps", async () => {
  const { cluster, list } = fresh();
  const names = async (path: string) => (await list(path)).map(({ metadata }) => metadata.name);
  cluster.clock.advance(1000);
  const accounts = await names("/api/v1/namespaces/kube-system/serviceaccounts");
  // 40 were counted in a real one without kindnet.
  assert.equal(accounts.length, 41);
  for (const name of ["horizontal-pod-autoscaler", "deployment-controller", "kindnet", "default"]) {
    assert.ok(accounts.includes(name), name);
  }
  assert.ok(!accounts.includes("service-controller"), "there is no cloud");
  assert.deepEqual(await names("/api/v1/namespaces/kube-system/configmaps"), [
    "coredns",
    "extension-apiserver-authentication",
    "kube-apiserver-legacy-service-account-token-tracking",
    "kube-proxy",
    "kube-root-ca.crt",
    "kubeadm-config",
    "kubelet-config",
  ]);
  assert.deepEqual(await names("/api/v1/namespaces/kube-public/configmaps"), [
    "cluster-info",
    "kube-root-ca.crt",
  ]);
  const rbac = "/apis/rbac.authorization.k8s.io/v1";
  for (const kind of ["roles", "rolebindings"]) {
    const found = await names(`${rbac}/namespaces/kube-system/${kind}`);
    for (const name of ["kube-proxy", "kubeadm:kubelet-config", "kubeadm:nodes-kubeadm-config"]) {
      assert.ok(found.includes(name), `${kind} ${name}`);
    }
    assert.ok(
      (await names(`${rbac}/namespaces/kube-public/${kind}`))
        .includes("kubeadm:bootstrap-signer-clusterinfo"),
    );
  }
  const [info] = await list("/api/v1/namespaces/kube-public/configmaps");
  assert.match(
    (info as BuiltInKinds["configmaps"]).data!.kubeconfig,
    /^ {4}server: https:\/\/hpa-practice-control-plane:6443$/m,
  );
  cluster.close();
});

Deno.test("a lab from before kubeadm's objects gets them when it comes back, and its own stay gone", async () => {
  const state = new MemoryState();
  const boot = () => Cluster.boot({ state, name: "hpa-practice", startMs: START });
  const before = boot();
  const late = [
    "/api/v1/namespaces/kube-public/configmaps/cluster-info",
    "/apis/rbac.authorization.k8s.io/v1/namespaces/kube-system/roles/kube-proxy",
  ];
  const early = "/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas/probes";
  const status = async (cluster: Cluster, path: string, method = "GET") =>
    (await cluster.handle(new Request(`https://lab${path}`, { method }))).status;
  for (const path of [...late, early]) assert.equal(await status(before, path, "DELETE"), 200);
  before.save();
  const after = boot();
  for (const path of late) assert.equal(await status(after, path), 200, path);
  assert.equal(await status(after, early), 404);
});
