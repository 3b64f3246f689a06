import assert from "node:assert/strict";
import { SeededRandom } from "../../../lib/base/mod.ts";
import type { KubeObject } from "../../../lib/kube/mod.ts";
import {
  listKey,
  ObjectStore,
  RevisionTooOldError,
  type Selection,
} from "../../../lib/sim/api/object_store.ts";
import { selection } from "../../../lib/sim/api/selection.ts";
import { memoryState } from "../../../lib/sim/state/mod.ts";

const PODS = { resource: "pods", group: "", kind: "Pod", namespaced: true };

function pod(namespace: string, name: string, app: string, nodeName = "n0"): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { namespace, name, labels: { app } },
    spec: { nodeName },
    status: { phase: "Running" },
  };
}

/** What a list looked at. */
function visitedBy(store: ObjectStore, work: () => unknown): number {
  const before = store.visited;
  work();
  return store.visited - before;
}

Deno.test("a list costs what it gives, however much is stored", () => {
  for (const size of [1_000, 5_000]) {
    const store = new ObjectStore(memoryState());
    for (let i = 0; i < size; i++) {
      const name = `p${String(i).padStart(5, "0")}`;
      store.put("pods", pod(`ns${i % 50}`, name, i < 10 ? "rare" : `app${i % 7}`, `n${i % 200}`));
    }
    for (let i = 0; i < 20; i++) store.put("pods", pod("small", `s${i}`, "small", "n-small"));
    const select = (query: Selection | Parameters<typeof selection>[1], namespace?: string) => {
      const selected = "matches" in query ? query : selection(PODS, query as never);
      return store.select("pods", { ...selected, ...(namespace ? { namespace } : {}) });
    };
    const table: [string, () => unknown[], number][] = [
      ["a namespace", () => select({}, "small"), 20],
      ["a label", () => select({ labelSelector: "app=rare" }), 10],
      ["labels", () => select({ labelSelector: "app in (rare,small),app" }), 30],
      ["a node", () => select({ fieldSelector: "spec.nodeName=n-small" }), 20],
      ["a label in a namespace", () => select({ labelSelector: "app=small" }, "small"), 20],
      ["a label elsewhere", () => select({ labelSelector: "app=small" }, "ns1"), 0],
      ["a name", () => select({ fieldSelector: "metadata.name=s3" }, "small"), 1],
      ["a namespace by field", () => select({ fieldSelector: "metadata.namespace=small" }), 20],
      ["a page", () => store.page("pods", { limit: 10 }).objects, 11],
    ];
    for (const [what, work, cost] of table) {
      work();
      assert.equal(visitedBy(store, work), cost, `${what} of ${size}`);
    }
  }
});

Deno.test("indexes, order and past pages agree with a plain model, whatever was written", () => {
  const seed = 7;
  const random = new SeededRandom(seed);
  const pick = <T>(items: readonly T[]): T => items[random.int(items.length)];
  const store = new ObjectStore(memoryState());
  const model = new Map<string, KubeObject>();
  const snapshots: { revision: number; objects: KubeObject[] }[] = [];
  const queries = ["", "app=a", "app in (a,b)", "app!=a", "!app", "app=zzz"];
  const fields = ["", "spec.nodeName=n1", "metadata.name=p3", "status.phase!=Running"];
  const sorted = () => [...model.values()].sort((a, b) => (listKey(a) < listKey(b) ? -1 : 1));
  for (let step = 0; step < 600; step++) {
    const [namespace, name] = [pick(["a", "a-b", "b"]), `p${random.int(12)}`];
    if (random.int(4) === 0) {
      store.remove("pods", namespace, name);
      model.delete(`${namespace}/${name}`);
    } else {
      const stored = store.put(
        "pods",
        pod(namespace, name, pick(["a", "b", "c"]), pick(["n1", "n2"])),
      );
      model.set(`${namespace}/${name}`, stored);
    }
    const labelSelector = pick(queries);
    const fieldSelector = pick(fields);
    const within = pick([undefined, "a", "b"]);
    const selected = { ...selection(PODS, { labelSelector, fieldSelector }) };
    if (within) selected.namespace = within;
    const expected = sorted().filter((object) =>
      (!within || object.metadata.namespace === within) && (selected.matches?.(object) ?? true)
    );
    const told = `seed ${seed}, step ${step}: ${labelSelector} ${fieldSelector} ${within}`;
    assert.deepEqual(store.select("pods", selected), expected, told);
    if (step % 50 === 0) snapshots.push({ revision: store.revision, objects: sorted() });
    const { revision, objects } = pick(snapshots);
    const past = objects.filter((object) =>
      (!within || object.metadata.namespace === within) && (selected.matches?.(object) ?? true)
    );
    const limit = 1 + random.int(5);
    const found: KubeObject[] = [];
    let from = "";
    for (;;) {
      const page = store.page("pods", { ...selected, revision, limit, from });
      found.push(...page.objects);
      if (page.remaining !== undefined) {
        assert.equal(page.remaining, past.length - found.length, `${told}, remaining`);
      }
      if (!page.more) break;
      from = listKey(found.at(-1)!) + "\0";
    }
    assert.deepEqual(found, past, `${told}, as of ${revision}`);
  }
});

Deno.test("each resource has a window of its own, and before it is too old", () => {
  const store = new ObjectStore(memoryState());
  store.put("configmaps", pod("a", "quiet", "x"));
  const { revision } = store;
  store.put("configmaps", pod("a", "second", "x"));
  for (let i = 0; i < 6_000; i++) store.put("pods", pod("a", "busy", String(i)));
  assert.equal(store.since("configmaps", revision).length, 1);
  assert.throws(() => store.since("pods", revision), (error) => {
    assert(error instanceof RevisionTooOldError);
    assert.match(error.message, /^too old resource version: 2 \(\d+\)$/);
    const oldest = error.oldest;
    assert.equal(store.since("pods", oldest - 1)[0].revision, oldest);
    assert.throws(() => store.since("pods", oldest - 2), RevisionTooOldError);
    return true;
  });
});

Deno.test("a store goes on from its last save, and who saw more of another process lists anew", () => {
  const state = memoryState();
  const killed = new ObjectStore(state);
  killed.put("pods", pod("a", "kept", "x"));
  killed.save(state);
  const { revision: saved } = killed;
  killed.put("pods", pod("a", "lost", "x"));
  const resumed = new ObjectStore(state);
  assert.equal(resumed.revision, saved);
  assert.deepEqual(resumed.list("pods").map(({ metadata }) => metadata.name), ["kept"]);
  const next = Number(resumed.put("pods", pod("a", "new", "x")).metadata.resourceVersion);
  assert.deepEqual(resumed.since("pods", saved).map(({ revision }) => revision), [next]);
  assert.throws(() => resumed.since("pods", saved - 1), RevisionTooOldError);
});
