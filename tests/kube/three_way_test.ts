import assert from "node:assert/strict";
import { createMergePatch, mergePatch, threeWayPatch } from "../../lib/kube/mod.ts";

function deployment(spec: unknown, more: Record<string, unknown> = {}) {
  return { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web" }, spec, ...more };
}
function withContainers(...containers: unknown[]) {
  return deployment({ template: { spec: { containers } } });
}

Deno.test("threeWayPatch() is empty when nothing was changed, whatever the server added", () => {
  const modified = deployment({ replicas: 1 });
  const current = deployment({ replicas: 1, progressDeadlineSeconds: 600 }, {
    status: { replicas: 1 },
  });
  assert.deepEqual(threeWayPatch(modified, modified, current).patch, {});
});

Deno.test("threeWayPatch() leaves alone what others set and deletes what was taken out", () => {
  const original = deployment({ replicas: 1, paused: true });
  const modified = deployment({ minReadySeconds: 5 });
  const current = deployment({ replicas: 3, paused: true, revisionHistoryLimit: 10 });
  assert.deepEqual(threeWayPatch(original, modified, current), {
    patch: { spec: { minReadySeconds: 5, replicas: null, paused: null } },
    type: "strategic",
  });
});

Deno.test("threeWayPatch() merges containers by name and ports by number", () => {
  const original = withContainers({ name: "a", image: "a:1" }, { name: "b", image: "b:1" });
  const modified = withContainers({ name: "a", image: "a:2", ports: [{ containerPort: 80 }] });
  const current = withContainers(
    { name: "a", image: "a:1", imagePullPolicy: "Always" },
    { name: "b", image: "b:1" },
  );
  assert.deepEqual(threeWayPatch(original, modified, current).patch, {
    spec: {
      template: {
        spec: {
          "$setElementOrder/containers": [{ name: "a" }],
          containers: [
            { name: "a", image: "a:2", ports: [{ containerPort: 80 }] },
            { $patch: "delete", name: "b" },
          ],
        },
      },
    },
  });
});

Deno.test("threeWayPatch() merges the ports of a Service by port", () => {
  const service = (...ports: unknown[]) => ({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web" },
    spec: { ports },
  });
  const { patch } = threeWayPatch(
    service({ port: 80, name: "http" }),
    service({ port: 80, name: "web" }),
    service({ port: 80, name: "http", nodePort: 30951 }),
  );
  assert.deepEqual(patch, {
    spec: {
      "$setElementOrder/ports": [{ port: 80 }],
      ports: [{ port: 80, name: "web" }],
    },
  });
});

Deno.test("threeWayPatch() replaces lists of custom resources whole", () => {
  const monitor = (spec: unknown) => ({
    apiVersion: "monitoring.coreos.com/v1",
    kind: "ServiceMonitor",
    metadata: { name: "web" },
    spec,
  });
  const { patch, type } = threeWayPatch(
    monitor({ endpoints: [{ port: "a" }], jobLabel: "x" }),
    monitor({ endpoints: [{ port: "b" }] }),
    monitor({ endpoints: [{ port: "a" }], jobLabel: "x", other: 1 }),
  );
  assert.equal(type, "merge");
  assert.deepEqual(patch, { spec: { endpoints: [{ port: "b" }], jobLabel: null } });
});

Deno.test("threeWayPatch() keeps only the named member of a strategy", () => {
  const { patch } = threeWayPatch(
    deployment({ strategy: { type: "RollingUpdate" } }),
    deployment({ strategy: { type: "Recreate" } }),
    deployment({ strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1 } } }),
  );
  assert.deepEqual(patch, { spec: { strategy: { type: "Recreate", $retainKeys: ["type"] } } });
});

Deno.test("threeWayPatch() puts lists into the order they were written in", () => {
  const first = withContainers({ name: "a" }, { name: "b" });
  const second = withContainers({ name: "b" }, { name: "a" });
  assert.deepEqual(threeWayPatch(first, second, first).patch, {
    spec: {
      template: { spec: { "$setElementOrder/containers": [{ name: "b" }, { name: "a" }] } },
    },
  });
});

Deno.test("threeWayPatch() drops what the server filled into a union, as stock kubectl does", () => {
  const written = deployment({ strategy: { type: "RollingUpdate" } });
  const current = deployment({
    strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1 } },
  });
  const { patch } = threeWayPatch(written, written, current);
  assert.deepEqual(patch, { spec: { strategy: { $retainKeys: ["type"] } } });
});

Deno.test("createMergePatch() gives what makes one object of another, and mergePatch() makes it", () => {
  const from = { a: 1, b: { c: 1, d: 2 }, list: [1], same: { x: 1 } };
  const to = { a: 1, b: { c: 2 }, list: [2], same: { x: 1 }, added: true };
  const patch = createMergePatch(from, to);
  assert.deepEqual(patch, { b: { c: 2, d: null }, list: [2], added: true });
  assert.deepEqual(mergePatch(from, patch), to);
  const named = JSON.parse('{"__proto__":{"a":1}}');
  assert.equal(JSON.stringify(mergePatch({}, named)), '{"__proto__":{"a":1}}');
});
