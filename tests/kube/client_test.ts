import assert from "node:assert/strict";
import {
  ApiError,
  ConnectionError,
  KubeClient,
  NameError,
  type Transport,
} from "../../lib/kube/mod.ts";

interface Asked {
  method: string;
  path: string;
  type: string | null;
  body: string;
}

/** A transport that notes what it is asked and answers with `answer`. */
function noting(answer: () => Response = () => Response.json({})) {
  const asked: Asked[] = [];
  const transport: Transport = async (request) => {
    const { pathname, search } = new URL(request.url);
    const { method, headers } = request;
    const type = headers.get("content-type");
    asked.push({ method, path: pathname + search, type, body: await request.text() });
    return answer();
  };
  return { transport, asked };
}

const WEB = { namespace: "a", name: "web" };
const DEPLOYMENTS = "apps/v1/deployments";

Deno.test("KubeClient asks what its methods say", async () => {
  const { transport, asked } = noting();
  const client = new KubeClient(transport);
  await client.get(DEPLOYMENTS, WEB);
  await client.list("v1/pods", {}, { query: { labelSelector: "app=web", limit: "" } });
  await client.create("v1/pods", { ...WEB, subresource: "eviction" }, { kind: "Eviction" });
  await client.update(DEPLOYMENTS, { ...WEB, subresource: "scale" }, { spec: { replicas: 2 } });
  await client.patch(DEPLOYMENTS, WEB, "a: 1", { type: "apply", query: { force: "true" } });
  await client.delete(DEPLOYMENTS, WEB, { body: { propagationPolicy: "Orphan" } });
  const json = "application/json";
  const web = "/apis/apps/v1/namespaces/a/deployments/web";
  assert.deepEqual(asked.map(({ method, path, type, body }) => [method, path, type, body]), [
    ["GET", web, null, ""],
    ["GET", "/api/v1/pods?labelSelector=app%3Dweb", null, ""],
    ["POST", "/api/v1/namespaces/a/pods/web/eviction", json, '{"kind":"Eviction"}'],
    ["PUT", `${web}/scale`, json, '{"spec":{"replicas":2}}'],
    ["PATCH", `${web}?force=true`, "application/apply-patch+yaml", "a: 1"],
    ["DELETE", web, json, '{"propagationPolicy":"Orphan"}'],
  ]);
});

Deno.test("KubeClient ends with the server's Status, or with what an answer without one means", async () => {
  const status = { kind: "Status", code: 409, reason: "Conflict", message: "it changed" };
  const rows: [answer: Response, code: number, reason: string, message: string][] = [
    [Response.json(status, { status: 409 }), 409, "Conflict", "it changed"],
    [
      new Response("404 page not found\n", { status: 404 }),
      404,
      "NotFound",
      "the server could not find the requested resource (get deployments.apps web)",
    ],
    [
      new Response("oh no", { status: 500 }),
      500,
      "InternalError",
      'an error on the server ("oh no") has prevented the request from succeeding (get deployments.apps web)',
    ],
  ];
  for (const [answer, code, reason, message] of rows) {
    const client = new KubeClient(noting(() => answer).transport);
    await assert.rejects(client.get(DEPLOYMENTS, WEB), (error) => {
      assert(error instanceof ApiError);
      assert.deepEqual([error.code, error.reason, error.message], [code, reason, message]);
      return true;
    });
  }
  const away = new KubeClient(noting(() => Response.json(status, { status: 404 })).transport);
  assert.equal(await away.find(DEPLOYMENTS, WEB).catch(({ code }) => code), 409);
});

Deno.test("KubeClient hands what is no answer to `translate`", async () => {
  const refused = () => Promise.reject(new TypeError("connection refused"));
  const client = new KubeClient(refused);
  await assert.rejects(client.get("v1/pods", WEB), ConnectionError);
  await assert.rejects(client.get("v1/pods", { namespace: "a", name: "" }), NameError);
  const translated = new KubeClient(refused, { translate: () => new RangeError("ours") });
  await assert.rejects(translated.get("v1/pods", WEB), RangeError);
  await assert.rejects(translated.get("v1/pods", { name: "a/b" }), RangeError);
  const gone = new KubeClient((request) => fetch(request), { signal: AbortSignal.abort() });
  await assert.rejects(gone.get("v1/pods", WEB), { name: "AbortError" });
});

Deno.test("KubeClient.watch() gives whole events, and ends with the server's error", async () => {
  const event = (type: string, object: unknown) => JSON.stringify({ type, object }) + "\n";
  const text = event("ADDED", { metadata: { name: "a" } }) + event("BOOKMARK", {}) +
    event("ERROR", { kind: "Status", code: 410, reason: "Expired", message: "too old" });
  const answer = () =>
    new Response(
      new ReadableStream({
        start(controller) {
          const bytes = new TextEncoder().encode(text);
          for (let at = 0; at < bytes.length; at += 7) {
            controller.enqueue(bytes.subarray(at, at + 7));
          }
          controller.close();
        },
      }),
    );
  const { transport, asked } = noting(answer);
  const seen: string[] = [];
  const watch = new KubeClient(transport).watch("v1/pods", {}, { query: { resourceVersion: "5" } });
  await assert.rejects(async () => {
    for await (const { type, object } of watch) seen.push(`${type} ${object.metadata.name}`);
  }, { name: "ApiError", code: 410 });
  assert.deepEqual(seen, ["ADDED a"]);
  assert.equal(asked[0].path, "/api/v1/pods?resourceVersion=5&watch=true");
});

Deno.test("KubeClient tells of each warning once", async () => {
  const headers = { warning: '299 - "one \\"two\\"", 299 - "three"' };
  const heard: string[] = [];
  const client = new KubeClient(noting(() => Response.json({}, { headers })).transport, {
    onWarning: (text) => heard.push(text),
  });
  await client.get("v1/pods", WEB);
  await client.get("v1/pods", WEB);
  assert.deepEqual(heard, ['one "two"', "three"]);
});

Deno.test("KubeClient works over a network as it does in process", async () => {
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request) => {
    const { pathname } = new URL(request.url);
    if (pathname !== "/api/v1/nodes") return new Response("404 page not found", { status: 404 });
    const token = request.headers.get("authorization");
    return Response.json({ items: [{ metadata: { name: token } }] });
  });
  const base = `http://127.0.0.1:${server.addr.port}`;
  const client = new KubeClient((request) => {
    const { pathname, search } = new URL(request.url);
    return fetch(new Request(base + pathname + search, request));
  }, { headers: [["authorization", "Bearer me"]] });
  const { items } = await client.list("v1/nodes");
  assert.equal(items[0].metadata.name, "Bearer me");
  assert.equal(await client.find("v1/pods", WEB), undefined);
  await server.shutdown();
});
