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
