import assert from "node:assert/strict";
import type { IncomingHttpHeaders } from "node:http";
import { request as httpsRequest } from "node:https";
import { parse } from "yaml";
import { type Listener, serveHttps, startListener } from "../../../lib/sim/api/listener.ts";
import type { Manifest } from "../../../lib/kube/mod.ts";
import { testServer } from "./fixtures.ts";

interface Answer {
  status: number;
  body: string;
}

/** Sends a request with the certificate authority of the kubeconfig and headers of one's own. */
function send(
  listener: Listener,
  path: string,
  headers: Record<string, string>,
  body?: string,
): Promise<Answer> {
  const cluster = parse(listener.kubeconfig).clusters[0].cluster;
  const ca = atob(cluster["certificate-authority-data"]);
  return new Promise((resolve, reject) => {
    const request = httpsRequest(
      `${listener.url}${path}`,
      { ca, headers, servername: "localhost", method: body === undefined ? "GET" : "POST" },
      (response) => {
        let text = "";
        response.on("data", (chunk) => text += chunk);
        response.on("end", () => resolve({ status: response.statusCode ?? 0, body: text }));
      },
    );
    request.on("error", reject);
    request.end(body);
  });
}

const token = (listener: Listener): string => parse(listener.kubeconfig).users[0].user.token;

Deno.test("serveHttps() lets in who has the token, by a name of this machine", async () => {
  const { server } = testServer("t");
  const listener = await serveHttps(server);
  try {
    const good = { authorization: `Bearer ${token(listener)}` };
    const version = await send(listener, "/version", good);
    assert.equal(version.status, 200);
    assert.match(version.body, /v1\.36\.3/);
    for (const authorization of ["", "Bearer x", `Basic ${token(listener)}`]) {
      const refused = await send(listener, "/version", { authorization });
      assert.equal(refused.status, 401);
      assert.equal(JSON.parse(refused.body).reason, "Unauthorized");
    }
    const rebound = await send(listener, "/version", { ...good, host: "evil.example.org" });
    assert.equal(rebound.status, 403);
    assert.equal(JSON.parse(rebound.body).kind, "Status");
    const page = await send(listener, "/version", { ...good, origin: "https://evil.example.org" });
    assert.equal(page.status, 403);
    const large = "x".repeat(3 * 1024 * 1024 + 1);
    const refused = await send(listener, "/api/v1/namespaces/t/configmaps", good, large);
    assert.equal(refused.status, 413);
  } finally {
    await listener.close();
  }
});

Deno.test("every answer has an id, the lab's time, and whether it may be kept", async () => {
  const { server } = testServer("t");
  const nowMs = () => Date.parse("2026-01-01T01:00:00Z");
  const listener = await serveHttps({ handle: (request) => server.handle(request), nowMs });
  const cluster = parse(listener.kubeconfig).clusters[0].cluster;
  const ca = atob(cluster["certificate-authority-data"]);
  const headersOf = (path: string, more: Record<string, string> = {}) =>
    new Promise<IncomingHttpHeaders>((resolve, reject) => {
      const headers = { authorization: `Bearer ${token(listener)}`, ...more };
      httpsRequest(`${listener.url}${path}`, { ca, headers, servername: "localhost" }, (answer) => {
        answer.resume();
        resolve(answer.headers);
      }).on("error", reject).end();
    });
  try {
    const own = await headersOf("/version");
    assert.match(String(own["audit-id"]), /^[0-9a-f-]{36}$/);
    assert.notEqual((await headersOf("/version"))["audit-id"], own["audit-id"]);
    assert.equal((await headersOf("/version", { "audit-id": "mine" }))["audit-id"], "mine");
    const nobody = await headersOf("/version", { authorization: "Bearer none" });
    assert.match(String(nobody["audit-id"]), /^[0-9a-f-]{36}$/);
    assert.equal(nobody["cache-control"], "no-cache, private");
    assert.equal(own.date, "Thu, 01 Jan 2026 01:00:00 GMT");
    assert.equal(own["cache-control"], "no-cache, private");
    const { paths } = JSON.parse(
      (await send(listener, "/openapi/v3", { authorization: `Bearer ${token(listener)}` })).body,
    );
    const kept = await headersOf(paths["apis/apps/v1"].serverRelativeURL);
    assert.equal(kept["cache-control"], "public, immutable, max-age=31536000");
  } finally {
    await listener.close();
  }
});

Deno.test("a WebSocket may bring its token among its protocols, beside one to speak", async () => {
  const { server } = testServer("t");
  const seen: (string | null)[][] = [];
  const listener = await serveHttps({
    handle: (request) => server.handle(request),
    stream: ({ headers }) => {
      seen.push([headers.get("authorization"), headers.get("sec-websocket-protocol")]);
      return Promise.resolve(new Response(null, { status: 204 }));
    },
  });
  const prefix = "base64url.bearer.authorization.k8s.io.";
  const shown = (text: string) => prefix + btoa(text).replace(/=+$/, "");
  const ask = async (protocols: string, more: Record<string, string> = {}) => {
    const { status } = await send(listener, "/api/v1/namespaces/t/pods/p/exec", {
      connection: "Upgrade",
      upgrade: "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
      "sec-websocket-protocol": protocols,
      ...more,
    });
    return status;
  };
  try {
    const own = shown(token(listener));
    assert.equal(await ask(`${own}, v5.channel.k8s.io, v4.channel.k8s.io`), 204);
    const account = "eyJh.eyJh.c2ln";
    assert.equal(await ask(`v4.channel.k8s.io,${shown(account)}`), 204);
    for (
      const wrong of [
        own,
        `${own}, ${own}, v4.channel.k8s.io`,
        `${prefix}%, x`,
        "v4.channel.k8s.io",
      ]
    ) {
      assert.equal(await ask(wrong), 401, wrong);
    }
    assert.equal(await ask(`${own}, x`, { authorization: "Bearer y" }), 401);
    assert.deepEqual(seen, [
      [null, "v5.channel.k8s.io,v4.channel.k8s.io"],
      [`Bearer ${account}`, "v4.channel.k8s.io"],
    ]);
    // No request of another kind.
    const plain = { "sec-websocket-protocol": `${own}, x` };
    assert.equal((await send(listener, "/version", plain)).status, 401);
  } finally {
    await listener.close();
  }
});

Deno.test("startListener() is the same server next time, in a file of its owner's alone", async () => {
  const folder = await Deno.makeTempDir();
  const { server } = testServer("t");
  const options = {
    handle: (request: Request) => server.handle(request),
    kubeconfigPath: `${folder}/kubeconfig`,
  };
  try {
    const first = await startListener(options);
    await first.close();
    const second = await startListener(options);
    await second.close();
    const without = (listener: Listener) => listener.kubeconfig.replace(token(listener), "");
    assert.equal(without(second), without(first));
    assert.notEqual(token(second), token(first), "a token is of one run");
    assert.equal(Deno.readTextFileSync(options.kubeconfigPath), second.kubeconfig);
    if (Deno.build.os !== "windows") {
      for (const name of ["kubeconfig", "api-server.json"]) {
        assert.equal((await Deno.stat(`${folder}/${name}`)).mode! & 0o077, 0, name);
      }
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("close() ends the watches that are open", async () => {
  const { server } = testServer("t");
  const listener = await serveHttps(server);
  const good = { authorization: `Bearer ${token(listener)}` };
  const watch = send(listener, "/api/v1/namespaces?watch=true", good).catch(() => undefined);
  await send(listener, "/version", good);
  await listener.close();
  await watch;
});

/** A socket over TLS that has begun a watch. */
async function watchRaw(listener: Listener, query: string): Promise<Deno.TlsConn> {
  const cluster = parse(listener.kubeconfig).clusters[0].cluster;
  const caCerts = [atob(cluster["certificate-authority-data"])];
  const { port } = listener;
  const connection = await Deno.connectTls({ hostname: "localhost", port, caCerts });
  const lines = [
    `GET /api/v1/configmaps?watch=1&${query} HTTP/1.1`,
    `Host: localhost:${port}`,
    `Authorization: Bearer ${token(listener)}`,
  ];
  await connection.write(new TextEncoder().encode(lines.join("\r\n") + "\r\n\r\n"));
  await connection.read(new Uint8Array(500));
  return connection;
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 5));

Deno.test("a watch whose client is gone, or has stopped reading, is forgotten", async () => {
  const { server, api } = testServer("t");
  const listener = await serveHttps(server, { limits: { readMs: 300 } });
  try {
    const before = server.watches;
    const gone = await watchRaw(listener, "resourceVersion=0");
    assert.equal(server.watches, before + 1);
    gone.close();
    while (server.watches > before) await settled();
    const map = (n: number): Manifest => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: `m${n}`, namespace: "t" },
      data: { fill: "x".repeat(100_000) },
    });
    const slow = await watchRaw(listener, "resourceVersion=0");
    assert.equal(server.watches, before + 1);
    for (let n = 0; server.watches > before; n++) {
      assert(n < 1_000, "100 MB were sent to a client that reads nothing");
      api.create("configmaps", map(n));
      await settled();
    }
    slow.close();
  } finally {
    await listener.close();
  }
});

Deno.test("timeoutSeconds ends a watch by the wall's clock too, should the lab's stand still", async () => {
  const { server } = testServer("t");
  const listener = await serveHttps(server);
  try {
    const good = { authorization: `Bearer ${token(listener)}` };
    const watch = await send(listener, "/api/v1/configmaps?watch=1&timeoutSeconds=1", good);
    assert.equal(watch.status, 200);
  } finally {
    await listener.close();
  }
});
