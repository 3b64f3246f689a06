import assert from "node:assert/strict";
import { type KubeObject, strategicMerge, threeWayPatch } from "../../lib/kube/mod.ts";

type Json = Record<string, unknown>;

function pod(...containers: unknown[]) {
  return { apiVersion: "v1", kind: "Pod", spec: { containers } };
}

function merged(live: unknown, patch: unknown, kind: string): KubeObject {
  return strategicMerge(live, patch, kind) as KubeObject;
}

function names({ spec }: KubeObject): string[] {
  return spec.containers.map(({ name }: { name: string }) => name);
}

Deno.test("strategicMerge() leaves what others added where it stood", () => {
  const live = pod({ name: "proxy" }, { name: "web" }, { name: "log" });
  const patch = {
    spec: {
      "$setElementOrder/containers": [{ name: "web" }],
      containers: [{ name: "web", image: "web:2" }],
    },
  };
  assert.deepEqual(names(merged(live, patch, "Pod")), ["proxy", "web", "log"]);
});

Deno.test("strategicMerge() puts what a patch names into the patch's order", () => {
  const live = pod({ name: "a" }, { name: "b" }, { name: "c" });
  const patch = { spec: { containers: [{ name: "c" }, { name: "new" }, { name: "a" }] } };
  assert.deepEqual(names(merged(live, patch, "Pod")), ["b", "c", "new", "a"]);
});

Deno.test("strategicMerge() deletes every item that has the key, and keeps what the patch adds", () => {
  const live = pod({ name: "a", image: "1" }, { name: "b" }, { name: "a", image: "2" });
  const patch = {
    spec: { containers: [{ name: "a", image: "3" }, { $patch: "delete", name: "a" }] },
  };
  assert.deepEqual(
    merged(live, patch, "Pod").spec.containers,
    [{ name: "b" }, { name: "a", image: "3" }],
  );
});

Deno.test("strategicMerge() replaces the selector of a PodDisruptionBudget whole", () => {
  const budget = (selector: Json) => ({ kind: "PodDisruptionBudget", spec: { selector } });
  const live = budget({ matchLabels: { app: "web", tier: "front" } });
  const patch = budget({ matchExpressions: [] });
  assert.deepEqual(merged(live, patch, "PodDisruptionBudget").spec, {
    selector: { matchExpressions: [] },
  });
});

Deno.test("what threeWayPatch() finds, strategicMerge() makes", () => {
  const account = (fields: Json) => ({ apiVersion: "v1", kind: "ServiceAccount", ...fields });
  const rows: [original: Json, modified: Json, live: Json, expected: Json][] = [
    [
      account({ secrets: [{ name: "a" }], imagePullSecrets: [{ name: "x" }] }),
      account({ secrets: [{ name: "b" }], imagePullSecrets: [{ name: "y" }] }),
      account({ secrets: [{ name: "a" }, { name: "c" }], imagePullSecrets: [{ name: "z" }] }),
      // Secrets are merged by name; the others are a list that is replaced.
      account({ secrets: [{ name: "b" }, { name: "c" }], imagePullSecrets: [{ name: "y" }] }),
    ],
    [
      pod({ name: "web", env: [{ name: "A", value: "1" }, { name: "B", value: "1" }] }),
      pod({ name: "web", env: [{ name: "B", value: "2" }] }),
      pod({
        name: "web",
        image: "web",
        env: [{ name: "A", value: "1" }, { name: "B", value: "1" }],
      }),
      pod({ name: "web", image: "web", env: [{ name: "B", value: "2" }] }),
    ],
  ];
  for (const [original, modified, live, expected] of rows) {
    const { patch } = threeWayPatch(original, modified, live);
    assert.deepEqual(strategicMerge(live, patch, String(live.kind)), expected);
  }
});
