import assert from "node:assert/strict";
import https from "node:https";
import net from "node:net";
import { execCredentials } from "../../lib/cli/exec_credentials.ts";
import { clusterElsewhere } from "../../lib/cli/elsewhere.ts";
import { transportTo } from "../../lib/cli/cluster_transport.ts";
import { AT_DESK } from "../../lib/commands/mod.ts";
import { ConnectionError, readKubeconfig } from "../../lib/kube/mod.ts";

const PEMS = new URL("certificates/", import.meta.url);
const AUTHORITY = await Deno.readTextFile(new URL("authority.pem", PEMS));
const CLIENT = await Deno.readTextFile(new URL("client.pem", PEMS));
const [CLIENT_CERT, CLIENT_KEY] = CLIENT.split(/(?=-----BEGIN PRIVATE KEY)/);
const folder = await Deno.makeTempDir({ prefix: "hpa-tutor-kubeconfig-" });
const never = new AbortController().signal;

/** Who is known by which token. */
const USERS: Record<string, string> = { good: "token-user", planned: "exec-user" };

/** An API server that knows who asks, and has a namespace and no HPA; of strangers it says what a kube-apiserver does. */
async function serve(certificate: string) {
  const pem = await Deno.readTextFile(new URL(`${certificate}.pem`, PEMS));
  const seen: string[] = [];
  const server = https.createServer(
    { key: pem, cert: pem, ca: AUTHORITY, requestCert: true, rejectUnauthorized: false },
    (request: any, response: any) => {
      const token = /^Bearer (.*)$/.exec(request.headers.authorization ?? "")?.[1];
      const user = request.socket.getPeerCertificate()?.subject?.CN ?? USERS[token ?? ""];
      seen.push([user, request.headers["impersonate-user"]].filter(Boolean).join(" as "));
      const isOfNamespaces = /^\/api\/v1\/namespaces(\?|$)/.test(request.url);
      const items = isOfNamespaces ? [{ metadata: { name: "shop" } }] : [];
      const [code, body] = user
        ? [200, { kind: "List", apiVersion: "v1", metadata: {}, items }]
        : [401, {
          kind: "Status",
          status: "Failure",
          reason: "Unauthorized",
          message: "Unauthorized",
          code: 401,
        }];
      response.writeHead(code, { "content-type": "application/json" });
      response.end(JSON.stringify(body));
    },
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const { port } = server.address() as { port: number };
  return { port, seen, close: () => new Promise((resolve) => server.close(resolve)) };
}

/** A kubeconfig with one context, `here`. */
function kubeconfig(cluster: Record<string, unknown>, user: Record<string, unknown>): string {
  return JSON.stringify({
    "current-context": "here",
    contexts: [{ name: "here", context: { cluster: "c", user: "u", namespace: "shop" } }],
    clusters: [{ name: "c", cluster }],
    users: [{ name: "u", user }],
  });
}

async function file(name: string, text: string, mode = 0o644): Promise<string> {
  const path = `${folder}/${name}`;
  await Deno.writeTextFile(path, text, { mode });
  return path;
}

/** What `why --kubeconfig` says, and how it ends. */
async function why(config: string, language = "en", ...more: string[]) {
  const path = await file("config", config);
  let told = "";
  const run = await AT_DESK.why();
  const code = await run(["--kubeconfig", path, ...more], {
    stdin: "",
    out: (text) => void (told += text),
    err: (text) => void (told += text),
    signal: never,
    language,
    columns: 1000,
    plain: true,
    read: () => Promise.reject(new Error("nothing is read")),
    fetch: () => Promise.reject(new Error("nothing is fetched")),
    lab: () => Promise.reject(new Error("no lab is wanted")),
    elsewhere: async (named) => ({ ...await clusterElsewhere(named, never), nowMs: 0 }),
  });
  return { told: told.replaceAll(/\n(?=\S)/g, " "), code };
}

const b64 = (text: string) => btoa(text);
const CA = { "certificate-authority-data": b64(AUTHORITY) };

/** A credential program that prints an answer. */
async function program(
  name: string,
  answer: unknown,
  script = "",
): Promise<Record<string, unknown>> {
  const text = typeof answer === "string" ? answer : JSON.stringify(answer);
  const path = await file(name, `#!/bin/sh\n${script}\ncat <<'END'\n${text}\nEND\n`, 0o755);
  return {
    exec: {
      apiVersion: "client.authentication.k8s.io/v1",
      command: path,
      interactiveMode: "Never",
    },
  };
}

const credential = (status: unknown, version = "v1") => ({
  kind: "ExecCredential",
  apiVersion: `client.authentication.k8s.io/${version}`,
  status,
});

Deno.test("every way to be known to a cluster is taken, and each that fails is told with a way out", async (t) => {
  const here = await serve("server");
  const server = `https://127.0.0.1:${here.port}`;
  try {
    const goods: [name: string, cluster: object, user: object, seen: string][] = [
      ["a token", CA, { token: "good" }, "token-user"],
      ["a token in a file beside the kubeconfig", CA, { tokenFile: "token" }, "token-user"],
      ["a client certificate", CA, {
        "client-certificate-data": b64(CLIENT_CERT),
        "client-key-data": b64(CLIENT_KEY),
      }, "cert-user"],
      ["certificates in files", { "certificate-authority": "ca.pem" }, {
        "client-certificate": "client.pem",
        "client-key": "client.pem",
      }, "cert-user"],
      [
        "a server that is not checked",
        { "insecure-skip-tls-verify": true },
        { token: "good" },
        "token-user",
      ],
      [
        "a client certificate to a server that is not checked",
        { "insecure-skip-tls-verify": true },
        {
          "client-certificate-data": b64(CLIENT_CERT),
          "client-key-data": b64(CLIENT_KEY),
        },
        "cert-user",
      ],
      ["a program", CA, await program("plugin", credential({ token: "planned" })), "exec-user"],
      [
        "a program that gives a certificate",
        CA,
        await program(
          "plugin-cert",
          credential({
            clientCertificateData: CLIENT_CERT,
            clientKeyData: CLIENT_KEY,
          }),
        ),
        "cert-user",
      ],
      ["as somebody else", CA, { token: "good", as: "eve" }, "token-user as eve"],
    ];
    await file("token", "good\n");
    await file("ca.pem", AUTHORITY);
    await file("client.pem", CLIENT);
    for (const [name, cluster, user, seen] of goods) {
      await t.step(name, async () => {
        here.seen.length = 0;
        const { told, code } = await why(kubeconfig({ server, ...cluster }, { ...user }));
        assert.match(told, /There is no HPA, ScaledObject or ScaledJob in shop/);
        assert.equal(code, 2);
        assert.deepEqual([...new Set(here.seen)], [seen]);
      });
    }

    const expiry = { token: "planned", expirationTimestamp: "2020-01-01T00:00:00Z" };
    const missing = {
      exec: {
        ...(await program("x", "")).exec as object,
        command: "no-such-plugin",
        installHint: "See our wiki.",
      },
    };
    const oldest = {
      exec: {
        ...(await program("y", "")).exec as object,
        apiVersion: "client.authentication.k8s.io/v1alpha1",
      },
    };
    const bads: [name: string, cluster: object, user: object, told: RegExp][] = [
      [
        "an expired token",
        CA,
        { token: "bad" },
        /does not take these credentials; they may have expired. Log in anew/,
      ],
      [
        "an authority that is not known",
        {},
        { token: "good" },
        /certificate-authority-data is not of who signed/,
      ],
      [
        "another authority",
        {
          "certificate-authority-data": b64(
            await Deno.readTextFile(new URL("other-authority.pem", PEMS)),
          ),
        },
        {},
        /certificate-authority-data is not of who signed/,
      ],
      [
        "an authority that is no certificate",
        { "certificate-authority-data": b64("nothing") },
        {},
        /cannot be used|certificate-authority-data is not of who signed/,
      ],
      [
        "both unchecked and an authority",
        { ...CA, "insecure-skip-tls-verify": true },
        {},
        /kubectl config unset clusters\.c\.insecure/,
      ],
      [
        "a certificate without its key",
        CA,
        { "client-certificate-data": b64(CLIENT_CERT) },
        /no client-key. Both are needed/,
      ],
      [
        "a token file that is gone",
        CA,
        { tokenFile: "gone" },
        /gone, which the kubeconfig names, cannot be read/,
      ],
      [
        "a proxy that is not there",
        { ...CA, "proxy-url": "http://127.0.0.1:9" },
        { token: "good" },
        /through http:\/\/127.0.0.1:9\) does not answer/,
      ],
      [
        "a legacy auth-provider",
        CA,
        { "auth-provider": { name: "gcp" } },
        /Log in anew with your cloud's own program/,
      ],
      [
        "a program that fails",
        CA,
        await program("fails", "", "echo 'no session; run login' >&2; exit 1"),
        /gave none: no session; run login\. A token will do/,
      ],
      [
        "a program that is missing",
        CA,
        missing,
        /there is no such program. Install it.*See our wiki\./,
      ],
      [
        "a program of a version that is gone",
        CA,
        oldest,
        /v1alpha1", which no client knows: write client/,
      ],
      [
        "a program that answers in another version",
        CA,
        await program("beta", credential({ token: "x" }, "v1beta1")),
        /wants apiVersion .*\/v1, and it gave .*\/v1beta1/,
      ],
      [
        "a program that prints no JSON",
        CA,
        await program("words", "please log in"),
        /printed no JSON/,
      ],
      [
        "a program that gives nothing",
        CA,
        await program("empty", credential({})),
        /neither a token nor a certificate/,
      ],
      [
        "a program whose credentials expired",
        CA,
        await program("old", credential(expiry)),
        /expired at 2020-01-01.*log in anew/,
      ],
    ];
    for (const [name, cluster, user, pattern] of bads) {
      await t.step(name, async () => {
        const config = kubeconfig({ server, ...cluster }, { ...user });
        const { told, code } = await why(config);
        assert.match(told, pattern);
        assert.equal(code, 2);
        const korean = await why(config, "ko");
        assert.match(korean.told, /[가-힣]{2}/);
        assert.equal(korean.code, 2);
      });
    }
  } finally {
    await here.close();
  }
});

Deno.test("a server that is another, late or away is told, and nothing is waited for without end", async (t) => {
  const user = { token: "good" };
  for (
    const [certificate, pattern] of [
      ["named", /is for another name\. .*tls-server-name in the kubeconfig/],
      ["expired", /A certificate has run out/],
    ] as const
  ) {
    await t.step(`a certificate: ${certificate}`, async () => {
      const other = await serve(certificate);
      try {
        const server = `https://127.0.0.1:${other.port}`;
        const { told, code } = await why(kubeconfig({ server, ...CA }, user));
        assert.match(told, pattern);
        assert.equal(code, 2);
        if (certificate !== "named") return;
        const named = await why(
          kubeconfig({ server, ...CA, "tls-server-name": "kube.test" }, user),
        );
        assert.match(named.told, /There is no HPA/);
      } finally {
        await other.close();
      }
    });
  }

  await t.step("nothing listens", async () => {
    const gone = await serve("server");
    await gone.close();
    const { told, code } = await why(
      kubeconfig({ server: `https://127.0.0.1:${gone.port}` }, user),
    );
    assert.match(told, /of the context "here" does not answer: .*refused.*Nothing listens there/);
    assert.equal(code, 2);
  });

  await t.step("a server that takes a connection and says nothing", async () => {
    const mute = net.createServer(() => {});
    await new Promise<void>((resolve) => mute.listen(0, "127.0.0.1", () => resolve()));
    const { port } = mute.address() as { port: number };
    const target = readKubeconfig([{
      path: "c",
      text: kubeconfig({ server: `https://127.0.0.1:${port}` }, user),
    }]);
    const transport = await transportTo(target, never, { firstMs: 200, laterMs: 200 });
    await assert.rejects(transport(new Request("https://lab/api")), (error) => {
      assert.ok(error instanceof ConnectionError);
      assert.match(error.message, /does not answer: no answer in 0\.2 s\. Is the VPN on/);
      return true;
    });
    mute.close();
  });

  await t.step("a program that hangs is ended", async () => {
    const path = await file("hangs", "#!/bin/sh\nexec sleep 600\n", 0o755);
    const exec = { apiVersion: "client.authentication.k8s.io/v1", command: path };
    const target = readKubeconfig([{
      path: "c",
      text: kubeconfig({ server: "https://x" }, { exec }),
    }]);
    await assert.rejects(
      execCredentials(target.exec!, target, never, 200),
      /gave nothing in 0\.2 s and was ended/,
    );
  });
});
