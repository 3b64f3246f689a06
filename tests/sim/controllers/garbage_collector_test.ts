import assert from "node:assert/strict";
import { World } from "../kubelet/_world.ts";

/** ConfigMaps that own each other: `a<b` says that b owns a, `a<<b` that it waits for a too. */
function owning(world: World, ...edges: string[]): void {
  const uids = new Map<string, string>();
  const names = new Set(edges.flatMap((edge) => edge.split(/<+/)));
  for (const name of names) {
    const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name } };
    uids.set(name, world.create(object).metadata.uid!);
  }
  for (const name of names) {
    const owners = edges.filter((edge) => edge.startsWith(`${name}<`));
    if (owners.length === 0) continue;
    const ownerReferences = owners.map((edge) => {
      const owner = edge.split(/<+/)[1];
      const blockOwnerDeletion = edge.includes("<<");
      const uid = uids.get(owner)!;
      return { apiVersion: "v1", kind: "ConfigMap", name: owner, uid, blockOwnerDeletion };
    });
    world.api.patch("configmaps", "default", name, { metadata: { ownerReferences } });
  }
  world.clock.drain();
}

function left(world: World): string {
  return world.api.list("configmaps", { namespace: "default" })
    .map(({ metadata }) => metadata.name).filter((name) => name !== "kube-root-ca.crt").join(" ");
}

const CASES: [name: string, edges: string[], stays: string][] = [
  ["three in a circle that wait for each other", ["a<<b", "b<<c", "c<<a"], ""],
  ["two in a circle", ["a<<b", "b<<a"], ""],
  // Upstream counts a dependent that is being deleted as one that sees to itself.
  ["one that owns itself stays, as upstream", ["a<<a"], "a"],
  ["a circle that waits for nobody", ["a<b", "b<c", "c<a"], ""],
  ["a circle with a tail", ["a<<b", "b<<c", "c<<a", "d<<b", "e<<d"], ""],
  ["a chain", ["b<<a", "c<<b", "d<<c"], ""],
  ["a diamond", ["b<<a", "c<<a", "d<<b", "d<<c"], ""],
  ["what another owner keeps", ["b<<a", "b<<keeper", "c<<b"], "b c keeper"],
  ["a circle that another owner keeps", ["a<<b", "b<<c", "c<<a", "b<<keeper"], "b keeper"],
];

Deno.test("a deletion in the foreground takes what it would upstream, whatever owns what", async (t) => {
  for (const [name, edges, stays] of CASES) {
    await t.step(name, () => {
      const world = new World();
      owning(world, ...edges);
      const propagationPolicy = "Foreground";
      world.api.delete("configmaps", "default", "a", { propagationPolicy });
      world.wait(5);
      assert.equal(left(world), stays);
      world.close();
    });
  }
});
