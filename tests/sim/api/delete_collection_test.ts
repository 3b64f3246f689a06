import assert from "node:assert/strict";
import { send } from "./_requests.ts";
import { testServer } from "./fixtures.ts";

Deno.test("deletecollection of an older list passes over what is gone since", () => {
  const { server, api } = testServer("t");
  for (const name of ["a", "b", "c"]) {
    api.create("configmaps", {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name, namespace: "t" },
    });
  }
  const path = "/api/v1/namespaces/t/configmaps";
  const { json } = send(server, { method: "GET", path });
  api.delete("configmaps", "t", "b");
  const older = `resourceVersion=${json.metadata.resourceVersion}&resourceVersionMatch=Exact`;
  const answer = send(server, {
    method: "DELETE",
    path: `${path}?${older}`,
    // Without a body, the version would be a precondition of each deletion as well.
    body: { apiVersion: "v1", kind: "DeleteOptions" },
  });
  assert.equal(answer.status, 200, answer.text);
  assert.deepEqual(answer.json.items.map(({ metadata }: any) => metadata.name), ["a", "b", "c"]);
  assert.deepEqual(api.list("configmaps", { namespace: "t" }), []);
});
