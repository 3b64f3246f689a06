import assert from "node:assert/strict";
import { MAX_DEPTH } from "../../../lib/go/mod.ts";
import type { ApiServer } from "../../../lib/sim/api/mod.ts";
import { testServer } from "./fixtures.ts";
import { send } from "./_requests.ts";

type Json = any;

const MAPS = "/api/v1/namespaces/v/configmaps";
const BLOBS = "/apis/example.org/v1/namespaces/v/blobs";
const JSON_PATCH = "application/json-patch+json";
const MERGE_PATCH = "application/merge-patch+json";
const APPLY = "application/apply-patch+yaml";

const map = (name: string, more: Json = {}): Json => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name },
  data: { a: "1" },
  ...more,
});
const blob = (name: string, more: Json = {}): Json => ({
  apiVersion: "example.org/v1",
  kind: "Blob",
  metadata: { name },
  ...more,
});
/** A definition that lets everything through. */
const BLOB_DEFINITION: Json = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "blobs.example.org" },
  spec: {
    group: "example.org",
    scope: "Namespaced",
    names: { plural: "blobs", kind: "Blob" },
    versions: [{
      name: "v1",
      served: true,
      storage: true,
      schema: {
        openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
      },
    }],
  },
};

function nested(levels: number, wrap: (inner: Json) => Json): Json {
  let value: Json = "leaf";
  for (let i = 0; i < levels; i++) value = wrap(value);
  return value;
}
const inMaps = (levels: number) => nested(levels, (a) => ({ a }));
const inLists = (levels: number) => nested(levels, (item) => [item]);

function server(): ApiServer {
  const { server } = testServer("v");
  assert.equal(send(server, { method: "POST", path: MAPS, body: map("c") }).status, 201);
  const path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  assert.equal(send(server, { method: "POST", path, body: BLOB_DEFINITION }).status, 201);
  return server;
}

Deno.test("a JSON patch has upstream's limits", async (t) => {
  const api = server();
  const patch = (body: Json) =>
    send(api, { method: "PATCH", path: `${MAPS}/c`, type: JSON_PATCH, body });
  const add = { op: "add", path: "/data/b", value: "1" };
  await t.step("ten thousand operations", () => {
    assert.equal(patch(Array(10_000).fill(add)).status, 200);
    const { status, json } = patch(Array(10_001).fill(add));
    assert.equal(status, 413);
    assert.equal(json.reason, "RequestEntityTooLarge");
    assert.equal(
      json.message,
      "Request entity too large: The allowed maximum operations in a JSON patch is 10000, got 10001",
    );
  });
  await t.step("three MiB of copies", () => {
    const copies = Array.from({ length: 40 }, (_, i) => ({
      op: "copy",
      from: "/metadata/annotations",
      path: `/metadata/annotations/k${i}`,
    }));
    const value = { a: "x".repeat(100) };
    const { status, json } = patch([
      { op: "add", path: "/metadata/annotations", value },
      ...copies,
    ]);
    assert.equal(status, 422);
    assert.equal(
      json.message,
      "the server rejected our request due to an error in our request",
    );
  });
  await t.step("no place in a list that is not there", () => {
    const list = { op: "add", path: "/metadata/finalizers", value: ["a.b/c"] };
    for (const path of ["4000000000", "1", "x", "-2", "01x", ""]) {
      const replace = { op: "replace", path: `/metadata/finalizers/${path}`, value: "a.b/d" };
      assert.equal(patch([list, replace]).status, 422, path);
    }
    const last = patch([list, { op: "replace", path: "/metadata/finalizers/-1", value: "a.b/d" }]);
    assert.deepEqual(last.json.metadata.finalizers, ["a.b/d"]);
  });
  await t.step("a test of what is equal in another order", () => {
    const value = { name: "c", x: 1 };
    const operations = [
      { op: "add", path: "/metadata/labels", value: { a: "1", b: "2" } },
      { op: "test", path: "/metadata/labels", value: { b: "2", a: "1" } },
    ];
    assert.equal(patch(operations).status, 200);
    assert.equal(patch([{ op: "test", path: "/metadata", value }]).status, 422);
  });
  await t.step("no million items moved ten thousand times", () => {
    const value = Array(1_000_000).fill(1);
    const removals = Array(9_999).fill({ op: "remove", path: "/x/0" });
    assert.equal(patch([{ op: "add", path: "/x", value }, ...removals]).status, 422);
  });
});

Deno.test("patches of long lists of items with keys are merged by key, not by search", () => {
  const api = server();
  const path = "/apis/apps/v1/namespaces/v/deployments";
  const env = Array.from({ length: 20_000 }, (_, i) => ({ name: `E${i}`, value: "1" }));
  const labels = { app: "a" };
  const spec = {
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: { containers: [{ name: "c", image: "nginx", env }] },
    },
  };
  const body = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "d" }, spec };
  assert.equal(send(api, { method: "POST", path, body }).status, 201);
  const type = "application/strategic-merge-patch+json";
  const changed = env.map(({ name }, i) => i === 7 ? { name, $patch: "delete" } : { name });
  const patch = { spec: { template: { spec: { containers: [{ name: "c", env: changed }] } } } };
  const { json } = send(api, { method: "PATCH", path: `${path}/d`, type, body: patch });
  const after = json.spec.template.spec.containers[0].env;
  assert.equal(after.length, 19_999);
  assert.deepEqual(after[7], { name: "E8", value: "1" });
});

Deno.test("an unknown field in any script is warned of, over HTTP too", async () => {
  const api = server();
  const request = (name: string, fields: Json) =>
    api.handle(
      new Request(`https://lab${MAPS}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(map(name, fields)),
      }),
    );
  const bytes = (await request("one", { 메모: 1 })).headers.get("warning")!;
  const text = new TextDecoder().decode(Uint8Array.from(bytes, (char) => char.charCodeAt(0)));
  assert.equal(text, '299 - "unknown field \\"메모\\""');
  assert.equal((await request("two", { "a\r\nb": 1 })).headers.get("warning"), null);
});

Deno.test("warnings are cut to 4096 characters, as upstream's are", () => {
  const api = server();
  const many = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`${i}`.repeat(100), 1]));
  const { status, headers } = send(api, { method: "POST", path: MAPS, body: map("w", many) });
  assert.equal(status, 201);
  const texts = headers.warning.split(", ").map((each) => each.slice(7, -1).replaceAll("\\", ""));
  assert.ok(texts.every((text) => text.length <= 256));
  const before = texts.slice(0, -1).reduce((sum, text) => sum + text.length, 0);
  assert.ok(before < 4096 && before + texts.at(-1)!.length >= 4096);
});

Deno.test("bodies of YAML are read at once, or refused in go-yaml's words", async (t) => {
  const api = server();
  const lines = Array.from({ length: 200_000 }, (_, i) => `k${i}: 1`).join("\n");
  const head = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: many}\n";
  const post = (body: string, type: string) =>
    send(api, { method: "POST", path: MAPS, body, type });
  const apply = (body: string) =>
    send(api, { method: "PATCH", path: `${MAPS}/many?fieldManager=t`, body, type: APPLY });
  await t.step("two hundred thousand unknown fields", () => {
    const { status, json } = post(head + lines, "application/yaml");
    assert.equal(status, 201, json.message?.slice(0, 300));
    assert.match(apply(head + lines).json.message, /\.k0: field not declared in schema$/);
  });
  await t.step("brackets without end", () => {
    const deep = `a: ${"[".repeat(2_900_000)}`;
    const why = "yaml: exceeded max depth of 10000";
    assert.ok(
      post(deep, "application/yaml").json.message.startsWith(
        `the object provided is unrecognized (must be of type ConfigMap): ${why} (`,
      ),
    );
    assert.equal(
      apply(deep).json.message,
      `error decoding YAML: error converting YAML to JSON: ${why}`,
    );
    assert.match(
      post(`{"a":${"[".repeat(2_900_000)}`, "application/json").json.message,
      /json parse error: invalid character '\[' exceeded max depth \(/,
    );
  });
});

Deno.test("what is nested as deeply as it may be is stored, read, patched, applied and printed", async (t) => {
  const api = server();
  const shapes = { maps: inMaps, lists: inLists };
  for (const [name, shape] of Object.entries(shapes)) {
    await t.step(name, () => {
      const path = `${BLOBS}/${name}`;
      const most = shape(MAX_DEPTH - 1);
      const ask = (method: string, given: Json = {}) => {
        const { status, json } = send(api, { method, path, ...given });
        assert.equal(status, 200, json?.message);
        return json;
      };
      const created = send(api, { method: "POST", path: BLOBS, body: blob(name, { z: most }) });
      assert.equal(created.status, 201, created.json?.message);
      assert.deepEqual(JSON.stringify(ask("GET").z), JSON.stringify(most));
      ask("PATCH", { type: MERGE_PATCH, body: { y: most } });
      ask("PATCH", { type: JSON_PATCH, body: [{ op: "copy", from: "/z", path: "/x" }] });
      const applied = { type: APPLY, body: blob(name, { w: most }) };
      const { status, json } = send(api, {
        method: "PATCH",
        path: `${path}?fieldManager=t`,
        ...applied,
      });
      assert.equal(status, 200, json?.message);
      const table = "application/json;as=Table;g=meta.k8s.io;v=v1";
      assert.equal(
        send(api, { method: "GET", path: BLOBS, headers: { accept: table } }).status,
        200,
      );
      const step = name === "maps" ? "/a" : "/0";
      const deeper = [{ op: "copy", from: "/z", path: `/z${step.repeat(20)}` }];
      const refused = send(api, { method: "PATCH", path, type: JSON_PATCH, body: deeper });
      assert.match(refused.json.message, /exceeded max depth$/);
      const body = JSON.stringify(blob(`${name}2`, { z: shape(MAX_DEPTH) }));
      assert.equal(send(api, { method: "POST", path: BLOBS, body }).status, 400);
    });
  }
});

Deno.test("objects are as large as upstream lets them be", async (t) => {
  const api = server();
  const create = (path: string, body: Json) => send(api, { method: "POST", path, body }).json;
  const cases: [name: string, answer: Json, message: string][] = [
    [
      "data of more than one MiB",
      create(MAPS, map("m", { data: { a: "x".repeat(1024 * 1024 + 1) } })),
      'ConfigMap "m" is invalid: []: Too long: may not be more than 1048576 bytes',
    ],
    [
      "annotations of more than 256 KiB",
      create(MAPS, map("m", { metadata: { name: "m", annotations: { a: "é".repeat(131_072) } } })),
      'ConfigMap "m" is invalid: metadata.annotations: Too long: may not be more than 262144 bytes',
    ],
    [
      "an object of more than 1.5 MiB",
      create(BLOBS, blob("m", { a: "x".repeat(1_600_000) })),
      "etcdserver: request is too large",
    ],
  ];
  for (const [name, { message }, expected] of cases) {
    await t.step(name, () => assert.equal(message, expected));
  }
});

Deno.test("numbers are those of Go's types", async (t) => {
  const api = server();
  const path = "/apis/apps/v1/namespaces/v/deployments";
  const labels = { app: "a" };
  const deployment = (replicas: number) => ({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "n" },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: "c", image: "nginx" }] } },
    },
  });
  await t.step("a spec", () => {
    const { json } = send(api, { method: "POST", path, body: deployment(2 ** 31) });
    assert.equal(
      json.message,
      'Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal number ' +
        "2147483648 into Go struct field DeploymentSpec.spec.replicas of type int32",
    );
    assert.equal(send(api, { method: "POST", path, body: deployment(2 ** 31 - 1) }).status, 201);
  });
  await t.step("a scale", () => {
    const body = { spec: { replicas: 999_999_999_999 } };
    const { status, json } = send(api, {
      method: "PATCH",
      path: `${path}/n/scale`,
      type: MERGE_PATCH,
      body,
    });
    // As of every patch: upstream's words are about the patch.
    assert.equal(status, 422);
    assert.match(json.message, /^ "" is invalid: patch: /);
    assert.match(json.message, /number 999999999999 into .* of type int32$/);
  });
});

Deno.test("a lab holds 500 pods, and what wants more is told so", () => {
  const { server: api } = testServer("v");
  const path = "/api/v1/namespaces/v/pods";
  const body = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { generateName: "p-" },
    spec: { containers: [{ name: "c", image: "nginx" }] },
  };
  let created = 0;
  for (let i = 0; i < 510; i++) {
    if (send(api, { method: "POST", path, body }).status === 201) created++;
  }
  assert.equal(created, 500);
  const { status, json } = send(api, { method: "POST", path, body });
  assert.equal(status, 403);
  assert.match(json.message, /^pods "p-.*" is forbidden: this lab holds at most 500 pods, and all/);
  const [{ metadata }] = send(api, { method: "GET", path: `${path}?limit=1` }).json.items;
  send(api, { method: "DELETE", path: `${path}/${metadata.name}` });
  assert.equal(send(api, { method: "POST", path, body }).status, 201);
});
