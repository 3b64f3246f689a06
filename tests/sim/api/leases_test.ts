import assert from "node:assert/strict";
import { Klog } from "../../../lib/sim/programs/shared/klog.ts";
import { type Election, LeaderElection } from "../../../lib/sim/programs/shared/leader_election.ts";
import type { Program } from "../../../lib/sim/seams.ts";
import { World } from "../kubelet/_world.ts";

const LEASES = "leases.coordination.k8s.io";

/** Takes the lease `operator`, and ends after 20 s when it has it. */
const LEADER: Program = {
  name: "leader",
  images: ["leader"],
  start: (context) => {
    const lease = { namespace: "default", name: "operator" };
    const saved = context.resumed as Election | undefined;
    const election = new LeaderElection(context, new Klog(context), lease, saved);
    election.run(() => {
      if (!saved) context.after(20_000, () => context.exit(0));
    }, () => context.exit(1));
    return { snapshot: () => election.snapshot() };
  },
};

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

Deno.test("a lease is renewed while the process runs that took it, whatever else is in its pod", async () => {
  const world = new World(undefined, { programs: [LEADER] });
  world.create({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "operator-1" },
    spec: {
      nodeName: "hpa-practice-worker",
      restartPolicy: "Never",
      containers: [{ name: "sidecar", image: "idle" }, { name: "main", image: "leader" }],
    },
  });
  // A learner's own, which names a pod that runs and knows nothing of it.
  const renewTime = "2026-11-24T00:00:00.000000Z";
  world.create({
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { name: "own" },
    spec: {
      holderIdentity: "operator-1",
      leaseDurationSeconds: 15,
      acquireTime: renewTime,
      renewTime,
    },
  });
  world.wait(15);
  const spec = (name: string) => world.api.get(LEASES, "default", name)!.spec;
  const since = (name: string) => world.clock.now() - Date.parse(spec(name).renewTime);
  assert.match(spec("operator").holderIdentity, /^operator-1_/);
  assert.ok(since("operator") < 2000);
  world.wait(4);
  const all = await leases(world);
  assert.ok(world.clock.now() - Date.parse(all.get("operator").renewTime) < 2000);
  assert.equal(all.get("own").renewTime, renewTime);
  world.wait(60);
  assert.ok(since("operator") > 30_000);
});

Deno.test("reading one lease writes no other, and a list from inside renews all", () => {
  const world = new World();
  world.wait(95);
  const { api } = world;
  const seen: string[] = [];
  const cancel = api.watch(LEASES, ({ type, object }) => {
    if (type === "MODIFIED") seen.push(object.metadata.name);
  });
  api.get(LEASES, "kube-system", "kube-scheduler");
  assert.deepEqual(seen, ["kube-scheduler"]);
  api.list(LEASES);
  assert.equal(new Set(seen).size, 5);
  cancel();
});
