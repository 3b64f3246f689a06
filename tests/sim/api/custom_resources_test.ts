import assert from "node:assert/strict";
import { GEARS, send } from "./_requests.ts";
import { testServer } from "./fixtures.ts";

type Json = any;

interface Step {
  name: string;
  method: string;
  path: string;
  query?: string;
  ct?: string;
  body?: unknown;
  answer: { code: number; warnings?: string[]; crd?: Json; [part: string]: Json };
}

/** Definitions and custom resources, right and wrong, as kube-apiserver answered them, in order. */
const { steps }: { steps: Step[] } = JSON.parse(
  Deno.readTextFileSync(new URL("testdata/custom_resources.json", import.meta.url)),
);

function statusOf({ status = {} }: Json): Json {
  return {
    acceptedNames: status.acceptedNames,
    storedVersions: status.storedVersions,
    conditions: status.conditions.map(({ type, status, reason, message }: Json) => ({
      type,
      status,
      reason,
      message,
    })),
  };
}

Deno.test("custom resources are validated, pruned, defaulted and served as kube-apiserver does it", async (t) => {
  const { server } = testServer("v");
  for (const { name, method, path, query, ct, body, answer } of steps) {
    const { status, json, text, headers } = send(server, {
      method,
      path: query ? `${path}?${query}` : path,
      body,
      ...(ct ? { type: ct } : {}),
    });
    await t.step(name, () => {
      const { warnings, code, crd, ...parts } = answer;
      assert.equal(status, code, text);
      // What is no Status was recorded as its text.
      const said = json ?? { message: text };
      const actual = Object.fromEntries(Object.keys(parts).map((key) => [key, said[key]]));
      assert.deepEqual(actual, parts);
      if (crd) assert.deepEqual(statusOf(json), crd);
      assert.deepEqual(headers.warning, warnings?.join(", "));
    });
  }
});

Deno.test("rules in CEL are kept with their definition, and hold its objects", () => {
  const { api } = testServer("v");
  const rule = { rule: "self.size > 10", message: "too small" };
  const schema = {
    type: "object",
    properties: {
      spec: {
        type: "object",
        properties: { size: { type: "integer" } },
        "x-kubernetes-validations": [rule],
      },
    },
  };
  const made = api.create("customresourcedefinitions.apiextensions.k8s.io", {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "cels.example.org" },
    spec: {
      group: "example.org",
      scope: "Namespaced",
      names: { plural: "cels", kind: "Cel" },
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: schema } }],
    },
  });
  const stored = made.spec.versions[0].schema.openAPIV3Schema.properties.spec;
  assert.deepEqual(stored["x-kubernetes-validations"], [rule]);
  const create = (size: number) =>
    api.create("cels.example.org", {
      apiVersion: "example.org/v1",
      kind: "Cel",
      metadata: { name: "small", namespace: "v" },
      spec: { size },
    });
  assert.throws(() => create(1), /spec: Invalid value: too small$/);
  assert.equal(create(11).spec.size, 11);
});

Deno.test("the server owns the status that it gives a definition, and the APIService of its group", () => {
  const { api } = testServer();
  const owners = (resource: string, name: string) =>
    (api.get(resource, "", name)!.metadata.managedFields as Json[])
      .map(({ manager, subresource = "" }) => [manager, subresource]);
  api.create("customresourcedefinitions.apiextensions.k8s.io", GEARS);
  assert.deepEqual(owners("customresourcedefinitions.apiextensions.k8s.io", GEARS.metadata.name), [
    ["kube-apiserver", "status"],
    ["test", ""],
  ]);
  assert.deepEqual(owners("apiservices.apiregistration.k8s.io", "v1.example.org"), [
    ["kube-apiserver", ""],
  ]);
});

Deno.test("a definition whose names were taken is served when the other is gone", () => {
  const { api, clock } = testServer("v");
  const definitions = "customresourcedefinitions.apiextensions.k8s.io";
  const second = structuredClone(GEARS);
  second.metadata.name = "cogs.example.org";
  second.spec.names = { plural: "cogs", kind: "Gear", singular: "cog" };
  api.create(definitions, GEARS);
  api.create(definitions, second);
  assert.equal(api.serves("cogs.example.org"), false);
  api.delete(definitions, "", GEARS.metadata.name);
  clock.drain();
  assert.equal(api.serves("gears.example.org"), false);
  assert.equal(api.serves("cogs.example.org"), true);
  const { conditions } = api.get(definitions, "", "cogs.example.org")!.status;
  assert.deepEqual(conditions.map(({ status }: Json) => status), ["True", "True"]);
});

// As kube-apiserver v1.36.3 answered.
Deno.test("when a custom resource goes is not for an update to say; null says nothing of it", () => {
  const { server, api } = testServer("v");
  api.create("customresourcedefinitions.apiextensions.k8s.io", GEARS);
  const path = "/apis/example.org/v1/namespaces/v/gears";
  const gear = {
    apiVersion: "example.org/v1",
    kind: "Gear",
    metadata: { name: "g" },
    spec: { size: 1 },
  };
  const { json } = send(server, { method: "POST", path, body: gear });
  const rows: [field: string, value: Json, status: number][] = [
    ["deletionTimestamp", null, 200],
    ["deletionGracePeriodSeconds", null, 200],
    ["deletionGracePeriodSeconds", 5, 422],
    ["deletionTimestamp", "2020-01-01T00:00:00Z", 422],
  ];
  for (const [field, value, status] of rows) {
    const body = { ...json, metadata: { ...json.metadata, [field]: value } };
    const answer = send(server, { method: "PUT", path: `${path}/g`, body });
    assert.equal(answer.status, status, answer.text);
  }
});
