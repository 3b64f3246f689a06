import assert from "node:assert/strict";
import { testServer } from "../fixtures.ts";
import { serverOn } from "../fixtures.ts";

const SETS = "api/fieldset/";

function configMap(name: string, key: string) {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, namespace: "v" },
    data: { [key]: "1" },
  };
}

Deno.test("sets of fields that are alike are saved once, and come back with their objects", () => {
  const { server, api, state } = testServer("v");
  const made = ["a", "b", "c"].map((name) => api.create("configmaps", configMap(name, "same")));
  server.save(state);
  const saved = [...state.entries(SETS)].filter(([, text]) => text.includes("f:same"));
  assert.equal(saved.length, 1);
  const again = serverOn(state);
  for (const object of made) {
    const found = again.api.get("configmaps", "v", object.metadata.name);
    assert.deepEqual(found, object);
  }
});

Deno.test("a set that no object has any more goes with the next save but one", () => {
  const { server, api, state } = testServer("v");
  api.create("configmaps", configMap("a", "mine"));
  server.save(state);
  api.delete("configmaps", "v", "a");
  server.save(state);
  const mine = () => [...state.entries(SETS)].filter(([, text]) => text.includes("f:mine")).length;
  assert.equal(mine(), 1, "it is not looked for while the process runs");
  const again = serverOn(state);
  again.api.create("configmaps", configMap("b", "other"));
  again.server.save(state);
  assert.equal(mine(), 0);
});
