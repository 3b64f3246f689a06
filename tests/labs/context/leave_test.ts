import assert from "node:assert/strict";
import { KubeClient, type Transport } from "../../../lib/kube/mod.ts";
import { leave } from "../../../lib/labs/context/leave.ts";
import { MARK } from "../../../lib/labs/context/owners.ts";

Deno.test("leave() asks a server that is busy again, and leaves nothing for that", async () => {
  const metadata = { name: "mine", namespace: "default", uid: "1", labels: { [MARK]: "0a1b2c3d" } };
  const answers: Record<string, unknown> = {
    "/api": { versions: ["v1"] },
    "/apis": { groups: [] },
    "/api/v1": {
      resources: [{
        name: "configmaps",
        kind: "ConfigMap",
        namespaced: true,
        verbs: ["create", "delete", "list"],
      }],
    },
    "/api/v1/configmaps": { items: [{ apiVersion: "v1", kind: "ConfigMap", metadata }] },
  };
  const busy = [504, 429];
  let isThere = true;
  const transport: Transport = ({ method, url }) => {
    const { pathname } = new URL(url);
    const refuse = (code: number) =>
      Promise.resolve(Response.json({ kind: "Status", code }, { status: code }));
    if (pathname === "/api/v1/configmaps" && busy.length > 0) return refuse(busy.shift()!);
    if (method === "DELETE") isThere = false;
    else if (!(pathname in answers)) return refuse(404);
    return Promise.resolve(Response.json(answers[pathname] ?? {}));
  };
  const { removed, kept } = await leave(new KubeClient(transport), "0a1b2c3d");
  assert.deepEqual(removed.map(({ name }) => name), ["mine"]);
  assert.deepEqual(kept, []);
  assert.equal(isThere, false);
});
