import assert from "node:assert/strict";
import net from "node:net";
import { GUARD_WORDS } from "../../../lib/cli/guard_words.ts";
import { told } from "../../../lib/cli/real.ts";
import { KubeClient } from "../../../lib/kube/mod.ts";
import { clusterUid, connect, survey } from "../../../lib/labs/context/mod.ts";
import { Authority, Listening } from "./_small_api.ts";

const ours = new Authority("ours");
const base64 = (text: string) => btoa(text);

interface Parts {
  port: number;
  cluster?: Record<string, unknown>;
  user?: Record<string, unknown>;
}

function kubeconfig({ port, cluster, user }: Parts): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "prod",
    contexts: [{ name: "prod", context: { cluster: "c", user: "u" } }],
    clusters: [{
      name: "c",
      cluster: {
        server: `https://127.0.0.1:${port}`,
        "certificate-authority-data": base64(ours.cert),
        ...cluster,
      },
    }],
    users: [{ name: "u", user: user ?? {} }],
  });
}

const PATIENCE = { connectMs: 2_000, answerMs: 10_000 };

/** A look at a cluster: what it sees, or what is told of why it cannot. */
async function look(parts: Parts, more: { path: string; text: string }[] = []) {
  const files = [...more, { path: "/home/me/.kube/config", text: kubeconfig(parts) }];
  const connection = await connect(files, "prod", PATIENCE);
  try {
    const client = new KubeClient(connection.api);
    await clusterUid(client);
    return { seen: await survey(client), connection, told: "" };
  } catch (error) {
    const { name, message } = told(error, connection.target, GUARD_WORDS.en) as Error;
    assert.equal(name, "ClusterError", `${error}`);
    return { told: message, seen: undefined, connection: undefined };
  } finally {
    connection.close();
  }
}

/** A credential program: a shell script with this body. */
async function plugin(body: string): Promise<{ file: string } & AsyncDisposable> {
  const folder = await Deno.makeTempDir();
  const file = `${folder}/plugin`;
  await Deno.writeTextFile(file, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  return { file, [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }) };
}

const exec = (command: string) => ({
  exec: { apiVersion: "client.authentication.k8s.io/v1", command, interactiveMode: "Never" },
});

Deno.test("one is known by client certificate, token, token file, basic impersonation and program", async () => {
  await using api = await Listening.api(ours);
  const { port } = api;
  const jane = ours.sign("jane");
  const tokenFile = await Deno.makeTempFile();
  await Deno.writeTextFile(tokenFile, "token-of-fred");
  await using program = await plugin(
    `case "$KUBERNETES_EXEC_INFO" in *ExecCredential*) ;; *) exit 1 ;; esac
echo '{"kind":"ExecCredential","status":{"token":"token-of-ex"}}'`,
  );
  const users: [user: Record<string, unknown>, name: string][] = [
    [{
      "client-certificate-data": base64(jane.cert),
      "client-key-data": base64(jane.key),
    }, "jane"],
    [{ token: "token-of-tom" }, "tom"],
    [{ tokenFile }, "fred"],
    [{ token: "token-of-tom", as: "ann" }, "ann"],
    [exec(program.file), "ex"],
  ];
  for (const [user, name] of users) {
    const found = await look({ port, user });
    assert.equal(found.seen?.user?.name, name, found.told);
  }
  await Deno.remove(tokenFile);
});

Deno.test("what keeps one out is told with what to do, and nothing hangs", async () => {
  await using api = await Listening.api(ours);
  await using other = await Listening.api(new Authority("others"));
  await using mute = await Listening.on(net.createServer());
  await using plain = await Listening.on(net.createServer((socket) => socket.end("no\r\n\r\n")));
  await using named = await Listening.api(ours, { name: "kube.example" });
  await using failing = await plugin('echo "please log in" >&2; exit 3');
  await using silly = await plugin("echo hello");
  const closed = await Listening.on(net.createServer());
  const closedPort = closed.port;
  await closed[Symbol.asyncDispose]();
  const user = { token: "token-of-tom" };
  const { port } = api;
  const remedies = GUARD_WORDS.en.remedies;
  const table: [parts: Parts, says: RegExp, remedy: string][] = [
    [{ port, user: { token: "old" } }, /Unauthorized/, GUARD_WORDS.en.unauthorized("token")],
    [{ port }, /Unauthorized/, GUARD_WORDS.en.unauthorized("none")],
    [{ port, user: { token: "token-of-nobody" } }, /cannot get/, GUARD_WORDS.en.forbidden],
    [{ port, user: exec(failing.file) }, /please log in/, remedies.plugin],
    [{ port, user: exec(silly.file) }, /JSON/, remedies.plugin],
    [{ port, user: exec("/nowhere/plugin") }, /executable \/nowhere\/plugin/, remedies.plugin],
    [
      { port, user: { tokenFile: "/nowhere/token" } },
      /nowhere\/token|no such file/i,
      remedies.credentials,
    ],
    [{ port: other.port, user }, /signed by unknown authority/, remedies["unknown-authority"]],
    [{ port: named.port, user }, /not valid for 127\.0\.0\.1/, remedies["other-name"]],
    [{ port: closedPort, user }, /was refused/, remedies.refused],
    [{ port: mute.port, user }, /i\/o timeout/, remedies.timeout],
    [{ port: plain.port, user }, /Unable to connect/, remedies["no-tls"]],
    [
      { port, user, cluster: { server: "https://no-such-host.invalid:6443" } },
      /no such host/,
      remedies["unknown-host"],
    ],
    [
      { port, user, cluster: { "proxy-url": `http://127.0.0.1:${closedPort}` } },
      /proxyconnect/,
      remedies.proxy,
    ],
  ];
  for (const [parts, says, remedy] of table) {
    const found = await look(parts);
    assert.match(found.told, says);
    assert.ok(found.told.includes(remedy), found.told);
    assert.match(found.told, /^prod \(https:/);
    assert.match(found.told, /--on sandbox/);
  }
});

Deno.test("who may not do what lessons need is told which", async () => {
  await using api = await Listening.api(ours);
  const { seen } = await look({ port: api.port, user: { token: "token-of-viewer" } });
  assert.equal(seen?.nodes, undefined);
  assert.ok(seen?.forbidden.includes("create deployments.apps in default"));
  assert.ok(seen?.forbidden.includes("create apiservices.apiregistration.k8s.io"));
  const { seen: all } = await look({ port: api.port, user: { token: "token-of-tom" } });
  assert.deepEqual(all?.forbidden, []);
});

Deno.test("a proxy, another server name and a server that is not verified are gone by", async () => {
  await using api = await Listening.api(ours);
  await using named = await Listening.api(ours, { name: "kube.example" });
  const { proxy, passed } = await Listening.proxy();
  await using _ = proxy;
  const user = { token: "token-of-tom" };
  const through = await look({
    port: api.port,
    user,
    cluster: { "proxy-url": `http://127.0.0.1:${proxy.port}` },
  });
  assert.equal(through.seen?.user?.name, "tom", through.told);
  assert.ok(passed() > 0);
  assert.equal(through.connection?.target.proxy, `http://127.0.0.1:${proxy.port}`);
  const other = await look({
    port: named.port,
    user,
    cluster: { "tls-server-name": "kube.example" },
  });
  assert.equal(other.seen?.user?.name, "tom", other.told);
  const unverified = await look({
    port: named.port,
    user,
    cluster: { "certificate-authority-data": undefined, "insecure-skip-tls-verify": true },
  });
  assert.equal(unverified.seen?.user?.name, "tom", unverified.told);
  assert.equal(unverified.connection?.target.isInsecure, true);
});

Deno.test("of several kubeconfigs the first that names something counts", async () => {
  await using api = await Listening.api(ours);
  const first = kubeconfig({ port: api.port, user: { token: "token-of-first" } });
  const found = await look({ port: 1, user: { token: "old" } }, [
    { path: "/first/config", text: first },
  ]);
  assert.equal(found.seen?.user?.name, "first", found.told);
});
