import assert from "node:assert/strict";
import { World } from "../kubelet/_world.ts";

async function leases(world: World): Promise<Map<string, any>> {
  const request = new Request("https://lab/apis/coordination.k8s.io/v1/leases");
  const { items } = await (await world.server.handle(request)).json();
  return new Map(items.map(({ metadata, spec }: any) => [metadata.name, spec]));
}

Deno.test("leases are renewed as often as their holders would, and only while those run", async () => {
  const world = new World();
  world.wait(95);
  const first = await leases(world);
  assert.deepEqual([...first.keys()].map((name) => name.replace(/-[0-9a-f]{26}$/, "-<id>")), [
    "hpa-practice-control-plane",
    "hpa-practice-worker",
    "apiserver-<id>",
    "kube-controller-manager",
    "kube-scheduler",
  ]);
  assert.equal(first.get("hpa-practice-worker").renewTime, "2026-11-24T00:01:30.000000Z");
  assert.equal(first.get("kube-scheduler").renewTime, "2026-11-24T00:01:34.000000Z");
  const node = structuredClone(world.api.get("nodes", "", "hpa-practice-worker")!);
  node.status.conditions.find(({ type }: any) => type === "Ready").status = "Unknown";
  world.api.updateStatus("nodes", node);
  world.wait(60);
  const later = await leases(world);
  assert.equal(later.get("hpa-practice-worker").renewTime, "2026-11-24T00:01:30.000000Z");
  assert.equal(later.get("hpa-practice-control-plane").renewTime, "2026-11-24T00:02:30.000000Z");
});

Deno.test("a lease of a process in a pod is renewed while that run of it lasts", async () => {
  const world = new World();
  const { api } = world;
  const at = (seconds: number) =>
    `2026-11-24T00:0${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}Z`;
  api.create("pods", {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "operator-1", namespace: "default" },
    spec: {
      nodeName: "hpa-practice-worker",
      containers: [{ name: "main", image: "nobody/knows" }],
    },
  });
  const status = (containerStatuses: unknown[]) =>
    api.patch("pods", "default", "operator-1", { status: { containerStatuses } }, {
      subresource: "status",
    });
  const lease = (acquired: string) => ({
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { name: "operator", namespace: "default" },
    spec: {
      holderIdentity: "operator-1_3f2a",
      leaseDurationSeconds: 15,
      acquireTime: acquired,
      renewTime: acquired,
    },
  });
  const own = { name: "main", image: "nobody/knows", imageID: "", ready: true };
  world.wait(5);
  api.create("leases.coordination.k8s.io", lease("2026-11-24T00:00:05.000000Z"));
  status([{ ...own, restartCount: 0, state: { running: { startedAt: at(4) } } }]);
  const renewed = async () => (await leases(world)).get("operator").renewTime;
  world.clock.advance(7000);
  assert.equal(await renewed(), "2026-11-24T00:00:11.000000Z");
  status([{
    ...own,
    restartCount: 1,
    state: { running: { startedAt: at(13) } },
    lastState: { terminated: { exitCode: 0, startedAt: at(4), finishedAt: at(12) } },
  }]);
  world.clock.advance(20_000);
  assert.equal(await renewed(), "2026-11-24T00:00:11.000000Z");
});
