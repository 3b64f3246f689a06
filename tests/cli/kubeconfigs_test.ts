import assert from "node:assert/strict";
import { inClusterConfig } from "../../lib/cli/kubeconfigs.ts";
import { readKubeconfig } from "../../lib/kube/mod.ts";

Deno.test("inClusterConfig() is a pod's own way to the API, by its service account's files", async () => {
  const folder = await Deno.makeTempDir();
  const set = (host: string | undefined, port: string | undefined) => {
    for (const [name, value] of [["HOST", host], ["PORT", port]] as const) {
      if (value === undefined) Deno.env.delete(`KUBERNETES_SERVICE_${name}`);
      else Deno.env.set(`KUBERNETES_SERVICE_${name}`, value);
    }
  };
  try {
    set(undefined, undefined);
    assert.deepEqual(inClusterConfig(folder), []);
    set("fd00::1", "443");
    // No pod has this address without a token.
    assert.deepEqual(inClusterConfig(folder), []);
    await Deno.writeTextFile(`${folder}/token`, "abc");
    await Deno.writeTextFile(`${folder}/namespace`, "team");
    const target = readKubeconfig(inClusterConfig(folder));
    assert.equal(target.context, "in-cluster");
    assert.equal(target.server, "https://[fd00::1]:443");
    assert.equal(target.namespace, "team");
    assert.equal(target.tokenFile, `${folder}/token`);
    assert.deepEqual(target.authority, { file: `${folder}/ca.crt` });
  } finally {
    set(undefined, undefined);
    await Deno.remove(folder, { recursive: true });
  }
});
