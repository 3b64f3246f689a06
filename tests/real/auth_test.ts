import assert from "node:assert/strict";
import { GUARD_WORDS } from "../../lib/cli/guard_words.ts";
import { told } from "../../lib/cli/real.ts";
import { fromYaml } from "../../lib/go/mod.ts";
import { KubeClient, type KubeObject } from "../../lib/kube/mod.ts";
import { clusterUid, survey } from "../../lib/labs/context/mod.ts";
import { connectTo, kubeconfigPath, Other } from "./_genuine.ts";

/** The kubeconfig with somebody else's credentials, and what else is changed of its cluster. */
async function kubeconfigOf(user: unknown, cluster: Record<string, unknown> = {}): Promise<string> {
  const config: any = fromYaml(await Deno.readTextFile(kubeconfigPath()));
  config.users[0].user = user ?? config.users[0].user;
  Object.assign(config.clusters[0].cluster, cluster);
  return JSON.stringify(config);
}

/** A look at the cluster: what it sees, or what is told of why it cannot. */
async function look(config: string) {
  const connection = await connectTo(config);
  try {
    const client = new KubeClient(connection.api);
    await clusterUid(client);
    return { seen: await survey(client), told: "" };
  } catch (error) {
    const { name, message } = told(error, connection.target, GUARD_WORDS.en) as Error;
    assert.equal(name, "ClusterError", `${error}`);
    return { told: message, seen: undefined };
  } finally {
    connection.close();
  }
}

/** A token of a service account, as the server gives it. */
async function tokenOf(client: KubeClient, name: string): Promise<string> {
  const place = { namespace: "default", name, subresource: "token" };
  const body = {
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenRequest",
    spec: { expirationSeconds: 600 },
  };
  const { status } = await client.create<KubeObject>("v1/serviceaccounts", place, body);
  return status.token;
}

Deno.test("a genuine API server knows one by certificate, token and credential program, or says why not", async (test) => {
  using other = await Other.begin();
  const { client } = other;
  const place = { namespace: "default", name: "viewer" };
  await client.create("v1/serviceaccounts", { namespace: "default" }, {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name: "viewer" },
  });
  const roles = "rbac.authorization.k8s.io/v1/clusterrolebindings";
  await client.create(roles, {}, {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { name: "hpa-tutor-viewer" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" },
    subjects: [{ kind: "ServiceAccount", ...place }],
  });
  const folder = await Deno.makeTempDir();
  try {
    const token = await tokenOf(client, "viewer");

    await test.step("a client certificate", async () => {
      const { seen } = await look(await kubeconfigOf(undefined));
      assert.ok(seen?.user?.name);
      assert.deepEqual(seen.forbidden, []);
      assert.ok(seen.nodes!.every(({ isReady }) => isReady));
    });

    await test.step("a service account's token, which may not much", async () => {
      const { seen } = await look(await kubeconfigOf({ token }));
      assert.equal(seen?.user?.name, "system:serviceaccount:default:viewer");
      assert.equal(seen.nodes, undefined);
      assert.ok(seen.forbidden.includes("create deployments.apps in default"));
    });

    await test.step("a credential program", async () => {
      const file = `${folder}/plugin`;
      const apiVersion = "client.authentication.k8s.io/v1";
      const says = JSON.stringify({ apiVersion, kind: "ExecCredential", status: { token } });
      await Deno.writeTextFile(file, `#!/bin/sh\necho '${says}'\n`, { mode: 0o755 });
      const exec = { apiVersion, command: file, interactiveMode: "Never" };
      const { seen } = await look(await kubeconfigOf({ exec }));
      assert.equal(seen?.user?.name, "system:serviceaccount:default:viewer");
    });

    await test.step("a token that the server does not take", async () => {
      const { told } = await look(await kubeconfigOf({ token: `${token.slice(0, -8)}AAAAAAAA` }));
      assert.match(told, /Unauthorized/);
      assert.match(told, /token/);
    });

    await test.step("nobody, who is anonymous there and may not look", async () => {
      const { told } = await look(await kubeconfigOf({}));
      assert.match(told, /system:anonymous|Unauthorized/);
    });

    await test.step("an authority that is not the server's", async () => {
      const cluster = { "certificate-authority-data": undefined };
      const { told } = await look(await kubeconfigOf(undefined, cluster));
      assert.match(told, /certificate/);
    });

    await test.step("another name than the certificate's", async () => {
      const { told } = await look(
        await kubeconfigOf(undefined, { "tls-server-name": "elsewhere" }),
      );
      assert.match(told, /certificate is for another name/);
    });

    await test.step("a server that refuses", async () => {
      const cluster = { server: "https://127.0.0.1:1" };
      const { told } = await look(await kubeconfigOf(undefined, cluster));
      assert.match(told, /refused/);
    });

    await test.step("HTTP where TLS is spoken", async () => {
      const config: any = fromYaml(await Deno.readTextFile(kubeconfigPath()));
      const { server } = config.clusters[0].cluster;
      const { told } = await look(
        await kubeconfigOf({}, { server: server.replace("https", "http") }),
      );
      assert.match(told, /rejected our request/);
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
    await client.delete("v1/serviceaccounts", place);
    await client.delete(roles, { name: "hpa-tutor-viewer" });
  }
});
