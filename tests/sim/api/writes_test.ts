import assert from "node:assert/strict";
import { fieldsInOrder } from "../../../lib/sim/api/bodies.ts";
import { send } from "./_requests.ts";
import { testServer } from "./fixtures.ts";

type Json = any;

interface Step {
  name: string;
  method: string;
  path: string;
  query?: string;
  ct?: string;
  body?: unknown;
  answer: { code: number; warnings?: string[]; [part: string]: Json };
}

/** Writes of every sort, as kube-apiserver answered them, in order. */
const recorded: { crd: Json; steps: Step[] } = JSON.parse(
  Deno.readTextFileSync(new URL("testdata/writes.json", import.meta.url)),
);

const METADATA = ["finalizers", "generation", "deletionGracePeriodSeconds"];

/** uids and addresses are made anew in every run. */
function steady(value: unknown): Json {
  const text = JSON.stringify(value ?? null);
  return JSON.parse(text.replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "<uid>"));
}

Deno.test("dry runs, field validation, preconditions, finalizers and conflicts are as in kube-apiserver", async (t) => {
  const { server } = testServer("v");
  const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  assert.equal(
    send(server, { method: "POST", path: definitions, body: recorded.crd }).status,
    201,
  );
  for (const { name, method, path, query, ct, body, answer } of recorded.steps) {
    const { status, json, headers } = send(server, {
      method,
      path: query ? `${path}?${query}` : path,
      body,
      ...(ct ? { type: ct } : {}),
    });
    await t.step(name, () => {
      const { warnings, code, ...parts } = answer;
      assert.equal(status, code, json.message);
      const from = (key: string) => METADATA.includes(key) ? json.metadata[key] : json[key];
      const actual = Object.fromEntries(Object.keys(parts).map((key) => [key, from(key)]));
      assert.deepEqual(steady(actual), steady(parts));
      assert.deepEqual(headers.warning, warnings?.join(", "));
    });
  }
});

Deno.test("a generated name that is taken is tried again, and in the end given up", () => {
  const { api } = testServer("v");
  const make = () =>
    api.create("configmaps", {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "", generateName: "g-".padEnd(70, "x"), namespace: "v" },
    });
  const { name } = make().metadata;
  assert.equal(name.length, 63);
  assert.match(name, /^g-x{56}[a-z0-9]{5}$/);
});

Deno.test("fieldsInOrder() finds what a JSON text names twice, at any depth", async (t) => {
  const cases: [text: string, found: string[]][] = [
    ["{}", []],
    ["[1]", []],
    ['{"a":1,"b":[{},[],"x\\"y",{"c":null,"d":true}],"e":-1.5e3}', []],
    ['{"a":1,"a":2,"a":3}', ["a", "a"]],
    [' { "a" : { "b" : 1 , "b" : 2 } } ', ["a.b"]],
    ['{"a":[{"b":1},{"b":1,"c":[],"b":2}]}', ["a[1].b"]],
    ['{"a\\u0062":1,"ab":2}', ["ab"]],
  ];
  for (const [text, found] of cases) {
    await t.step(
      text,
      () => assert.deepEqual(fieldsInOrder(text).duplicates.map(([path]) => path), found),
    );
  }
});
