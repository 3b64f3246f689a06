import assert from "node:assert/strict";
import { NameError, pathOf, type Place, readPath } from "../../lib/kube/mod.ts";

Deno.test("pathOf() and readPath() lead from a resource to its path and back", () => {
  const rows: [ref: string, place: Place, path: string][] = [
    ["v1/pods", {}, "/api/v1/pods"],
    ["v1/pods", { namespace: "a" }, "/api/v1/namespaces/a/pods"],
    ["v1/pods", { namespace: "a", name: "b" }, "/api/v1/namespaces/a/pods/b"],
    [
      "v1/pods",
      { namespace: "a", name: "b", subresource: "log" },
      "/api/v1/namespaces/a/pods/b/log",
    ],
    ["v1/nodes", { name: "n" }, "/api/v1/nodes/n"],
    ["v1/namespaces", {}, "/api/v1/namespaces"],
    [
      "apps/v1/deployments",
      { namespace: "a", name: "b" },
      "/apis/apps/v1/namespaces/a/deployments/b",
    ],
    ["metrics.k8s.io/v1beta1/nodes", {}, "/apis/metrics.k8s.io/v1beta1/nodes"],
  ];
  for (const [ref, { namespace = "", name = "", subresource = "" }, path] of rows) {
    assert.equal(pathOf(ref, { namespace, name: name || undefined, subresource }), path);
    const read = readPath(path.split("/").slice(1))!;
    const { group, version, resource } = read;
    assert.equal([group, version, resource].filter(Boolean).join("/"), ref, path);
    assert.deepEqual([read.namespace, read.name, read.subresource], [namespace, name, subresource]);
  }
});

Deno.test("pathOf() names no namespace for a resource of the cluster", () => {
  const nodes = { group: "", version: "v1", resource: "nodes", namespaced: false };
  assert.equal(pathOf(nodes, { namespace: "a", name: "n" }), "/api/v1/nodes/n");
  // What reads a Namespace's path is told it as its namespace too; below one, a genuine server finds nothing.
  const at = readPath(["api", "v1", "namespaces", "a"])!;
  assert.equal(pathOf(at, at), "/api/v1/namespaces/a");
});

Deno.test("pathOf() refuses names that lead elsewhere", () => {
  const rows: [place: Place, message: string][] = [
    [{ name: "" }, "resource name may not be empty"],
    [{ name: ".." }, `invalid resource name "..": [may not be '..']`],
    [{ name: "a/b" }, `invalid resource name "a/b": [may not contain '/']`],
    [
      { name: "a%2f/b" },
      `invalid resource name "a%2f/b": [may not contain '/' may not contain '%']`,
    ],
    [{ namespace: "." }, `invalid namespace ".": [may not be '.']`],
  ];
  for (const [place, message] of rows) {
    assert.throws(() => pathOf("v1/pods", place), (error) => {
      assert(error instanceof NameError);
      return error.message === message;
    }, message);
  }
});

Deno.test("readPath() takes a Namespace for in its namespace, as NewRequestInfo does", () => {
  const read = (path: string) => readPath(path.split("/").slice(1));
  assert.equal(read("/api/v1"), undefined);
  assert.equal(read("/healthz"), undefined);
  for (const tail of ["", "/status", "/finalize"]) {
    const found = read(`/api/v1/namespaces/a${tail}`)!;
    assert.deepEqual(
      [found.resource, found.namespace, found.name, found.subresource],
      ["namespaces", "a", "a", tail.slice(1)],
    );
  }
  assert.deepEqual(read("/api/v1/namespaces/a/pods/b/proxy/x/y")!.rest, ["x", "y"]);
});
