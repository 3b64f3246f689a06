import assert from "node:assert/strict";
import type { ApiServer } from "../../../lib/sim/api/mod.ts";
import { testServer } from "./fixtures.ts";
import { send } from "./_requests.ts";
import { itemsPassed, textsRead } from "./_work.ts";

type Json = any;

const APPLY = "application/apply-patch+yaml";
const MAPS = "/api/v1/namespaces/v/configmaps";
const BAGS = "/apis/example.org/v1/namespaces/v/bags";

const DEFINITION: Json = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "bags.example.org" },
  spec: {
    group: "example.org",
    scope: "Namespaced",
    names: { plural: "bags", kind: "Bag" },
    versions: [{
      name: "v1",
      served: true,
      storage: true,
      schema: {
        openAPIV3Schema: {
          type: "object",
          "x-kubernetes-preserve-unknown-fields": true,
          properties: {
            set: { type: "array", "x-kubernetes-list-type": "set", items: { type: "string" } },
            numbers: {
              type: "array",
              items: { type: "integer" },
              allOf: [{ items: { maximum: 0 } }],
            },
          },
        },
      },
    }],
  },
};

const bag = (name: string, more: Json): Json => ({
  apiVersion: "example.org/v1",
  kind: "Bag",
  metadata: { name },
  ...more,
});
const map = (name: string, data: Json): Json => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name },
  data,
});
const fields = (count: number, value: Json): Json =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, value]));
const texts = (count: number): string[] => Array.from({ length: count }, (_, i) => `${i}`);

function server(): ApiServer {
  const { server } = testServer("v");
  const path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  assert.equal(send(server, { method: "POST", path, body: DEFINITION }).status, 201);
  return server;
}

function create(api: ApiServer, path: string, body: Json): Json {
  return send(api, { method: "POST", path, body }).json;
}

function apply(api: ApiServer, path: string, body: Json, manager = "t"): Json {
  const { name } = body.metadata;
  return send(api, {
    method: "PATCH",
    path: `${path}/${name}?fieldManager=${manager}`,
    type: APPLY,
    body,
  }).json;
}

/** That twice as much takes no more than twice the work, or little more. */
function assertLinear(work: (count: number) => number, count: number): void {
  const [once, twice] = [work(count), work(2 * count)];
  assert.ok(twice < 2.5 * once, `${once} for ${count}, ${twice} for ${2 * count}`);
}

Deno.test("what is too large to be stored is refused before it is told who owns what", async (t) => {
  const api = server();
  const large = bag("b", { set: texts(180_000) });
  const message = "etcdserver: request is too large";
  await t.step("when it is created", () => {
    const read = textsRead(() => assert.equal(create(api, BAGS, large).message, message));
    assert.ok(read < 100, `${read} texts`);
  });
  await t.step("when it is applied", () => {
    const read = textsRead(() => assert.equal(apply(api, BAGS, large).message, message));
    assert.ok(read < 100, `${read} texts`);
  });
  await t.step("when it replaces another", () => {
    const { metadata } = create(api, BAGS, bag("b", { x: 1 }));
    const body = { ...large, metadata };
    const path = `${BAGS}/b`;
    const read = textsRead(() =>
      assert.equal(send(api, { method: "PUT", path, body }).json.message, message)
    );
    assert.ok(read < 100, `${read} texts`);
  });
  await t.step("when it is as a ConfigMap", () => {
    assert.equal(create(api, MAPS, map("m", fields(120_000, ""))).message, message);
    assert.equal(apply(api, MAPS, map("m", fields(120_000, ""))).message, message);
  });
});

Deno.test("what is wrong with an object is said though it is too large", () => {
  const api = server();
  const tooLong = 'ConfigMap "m" is invalid: []: Too long: may not be more than 1048576 bytes';
  const long = map("m", { a: "x".repeat(2_000_000) });
  assert.equal(create(api, MAPS, long).message, tooLong);
  assert.equal(apply(api, MAPS, long).message, tooLong);
  const twice = bag("b", { set: [...texts(180_000), "7"] });
  assert.match(create(api, BAGS, twice).message, /set\[180000\]: Duplicate value: "7"$/);
  assert.match(apply(api, BAGS, twice).message, /: \.set: duplicate entries for key \[="7"\]$/);
});

Deno.test("a conflict over many fields takes as much work as there are fields", () => {
  assertLinear((count) => {
    const api = server();
    create(api, BAGS, bag("b", { any: fields(count, 1) }));
    return itemsPassed(() => {
      const { message } = apply(api, BAGS, bag("b", { any: fields(count, 2) }));
      assert.match(message, new RegExp(`^Apply failed with ${count} conflicts: `));
      assert.equal(message.split("\n").length, count + 1);
    });
  }, 1_000);
});

Deno.test("a long set is merged in as much work as it has items", () => {
  assertLinear((count) => {
    const api = server();
    apply(api, BAGS, bag("b", { set: texts(count) }));
    const next = texts(count).reverse();
    return itemsPassed(() =>
      assert.deepEqual(apply(api, BAGS, bag("b", { set: next }), "u").set, next)
    );
  }, 1_000);
});

Deno.test("the names in a set of fields are read once to put them in order", () => {
  const api = server();
  const read = textsRead(() =>
    assert.equal(create(api, BAGS, bag("b", { set: texts(3_000) })).set.length, 3_000)
  );
  assert.ok(read < 2 * 3_000, `${read} texts for 3000 items`);
});

Deno.test("as many faults as a body has room for are all told", () => {
  const api = server();
  const wrong = bag("b", { numbers: texts(200_000) });
  assert.match(apply(api, BAGS, wrong).message, /\.numbers\[199999\]: expected numeric/);
  const high = bag("b", { numbers: Array(200_000).fill(1) });
  assert.match(create(api, BAGS, high).message, /numbers\[199999\] in body should be less than/);
});

Deno.test("a key of data may be called as what every JavaScript object has", () => {
  const data = { constructor: "1", toString: "2" };
  assert.deepEqual({ ...create(server(), MAPS, map("m", data)).data }, data);
});

// Looked through for each of its parts, these would not end.
Deno.test("what is long in an object is looked through once", () => {
  const { server } = testServer("t");
  const many = <T>(count: number, make: (i: number) => T) =>
    Array.from({ length: count }, (_, i) => make(i));
  const post = (path: string, spec: unknown) =>
    server.respond({
      method: "POST",
      path,
      query: new URLSearchParams(),
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ metadata: { name: "x" }, spec }),
    }).status;
  const pods = "/api/v1/namespaces/t/pods";
  const container = { name: "c", image: "i" };
  const env = [{ name: "E", valueFrom: { fieldRef: { fieldPath: "['".repeat(400_000) } } }];
  const volumeMounts = many(20_000, (i) => ({ name: "a", mountPath: `/m${i}` }));
  const volumeDevices = many(20_000, (i) => ({ name: `b${i}`, devicePath: `/d${i}` }));
  const values = many(200_000, (i) => i + 1);
  assert.equal(post(pods, { containers: [{ ...container, env }] }), 422);
  assert.equal(post(pods, { containers: [{ ...container, volumeMounts, volumeDevices }] }), 422);
  const rules = [{ action: "Ignore", onExitCodes: { operator: "In", values } }];
  const template = { spec: { restartPolicy: "Never", containers: [container] } };
  assert.equal(
    post("/apis/batch/v1/namespaces/t/jobs", { podFailurePolicy: { rules }, template }),
    422,
  );
});
