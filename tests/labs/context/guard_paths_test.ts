import assert from "node:assert/strict";
import { fromYaml } from "../../../lib/go/mod.ts";
import { connect } from "../../../lib/labs/context/connection.ts";
import { openGuardedDoor } from "../../../lib/labs/context/door.ts";
import { Guard } from "../../../lib/labs/context/guard.ts";
import { answerAs, Authority, Listening } from "./_small_api.ts";

const LAB = "0a1b2c3d";
const POD = "/api/v1/namespaces/shop/pods/victim";
const MINE = "/api/v1/namespaces/shop/configmaps/mine";

/** A cluster with a pod and a Service of somebody's; `sent` is what came through that would change something. */
function guarded() {
  const sent: string[] = [];
  const objects: Record<string, object> = {
    "/api/v1/namespaces/kube-system": { kind: "Namespace", metadata: { uid: "uid-1" } },
    "/api/v1/namespaces/shop": { kind: "Namespace", metadata: { name: "shop" } },
    "/api/v1/nodes/worker": { kind: "Node", metadata: { name: "worker" } },
    [POD]: { kind: "Pod", metadata: { name: "victim" } },
    "/api/v1/namespaces/shop/services/web": { kind: "Service", metadata: { name: "web" } },
    [MINE]: { kind: "ConfigMap", metadata: { name: "mine", labels: { "hpa-tutor/lab": LAB } } },
    "/api/v1/namespaces/shop/pods": { kind: "PodList", metadata: {}, items: [] },
  };
  const guard = new Guard((request) => {
    const { pathname, search } = new URL(request.url);
    if (request.method !== "GET") sent.push(`${request.method} ${pathname}${search}`);
    const found = objects[decodeURIComponent(pathname)];
    return Promise.resolve(Response.json(found ?? { code: 404 }, { status: found ? 200 : 404 }));
  }, { lab: LAB, cluster: "uid-1" });
  return { guard, sent };
}

Deno.test("no way to write a path or its question leads past the guard to somebody's", async () => {
  const cases: [method: string, path: string, body?: object][] = [
    ["POST", "/api/v1/namespaces/shop%2Fpods%2Fvictim/eviction", { metadata: { name: "victim" } }],
    ["POST", "/api/v1/namespaces/shop/pods%2Fvictim/eviction", {}],
    ["DELETE", "/api/v1/namespaces/shop/pods%2Fvictim"],
    ["DELETE", "/api/v1/namespaces/shop%2fpods/victim"],
    ["DELETE", "/api/v1/namespaces/shop//pods/victim"],
    ["DELETE", "//api/v1/namespaces/shop/pods/victim"],
    ["DELETE", "/api/v1/namespaces/other/../shop/pods/victim"],
    ["DELETE", "/api/v1/namespaces/shop/namespaces/shop"],
    ["DELETE", "/api/v1/namespaces/shop/pods/%76ictim"],
    ["DELETE", "/api/v1/namespaces/shop/pods/%ff"],
    ["DELETE", "/apis/authorization.k8s.io%2F..%2F..%2Fapi/v1/namespaces/shop/pods/victim"],
    ["PATCH", `${POD}/status`, {}],
    // The body's options count, which are no dry run's.
    ["DELETE", `${POD}?dryRun=All`, { kind: "DeleteOptions", apiVersion: "v1" }],
    ["POST", "/api/v1/namespaces/shop/services/http:web:80/proxy/orders?dryRun=All", {}],
    ["POST", "/api/v1/namespaces/shop/services/http:web:80/proxy/orders", {}],
    ["DELETE", "/api/v1/namespaces/shop/pods/victim:8080/proxy/orders"],
    ["POST", "/api/v1/nodes/https:worker:10250/proxy/run/shop/victim/web", {}],
    ["POST", `${POD}/exec?command=sh&dryRun=All`, {}],
  ];
  for (const [method, path, body] of cases) {
    const { guard, sent } = guarded();
    const request = new Request(`https://lab${path}`, {
      method,
      headers: { "content-type": "application/json" },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const response = await guard.api(request);
    assert.equal(response.status, 403, `${method} ${path}`);
    assert.deepEqual(sent, [], `${method} ${path}`);
  }
  const { guard, sent } = guarded();
  await guard.api(new Request(`https://lab${MINE}`, { method: "DELETE" }));
  assert.deepEqual(sent, [`DELETE ${MINE}`], "what is the lab's own goes through");
});

Deno.test("the selector that was looked at is the one that is sent", async () => {
  const { guard, sent } = guarded();
  const pods = "https://lab/api/v1/namespaces/shop/pods";
  // Go would leave the whole selector out, and everything would be deleted.
  await guard.api(
    new Request(`${pods}?fieldSelector=metadata.name=none;`, { method: "DELETE" }),
  );
  assert.deepEqual(sent, [
    "DELETE /api/v1/namespaces/shop/pods?fieldSelector=metadata.name%3Dnone%3B",
  ]);
});

Deno.test("no stream leads into what is somebody's, whatever the path to it", async () => {
  const { guard } = guarded();
  for (
    const path of [
      `${POD}/exec?command=sh`,
      `${POD}/attach`,
      "/api/v1/namespaces/shop/pods%2Fvictim/exec",
      "/api/v1/nodes/worker/proxy/exec/pods/victim/exec",
    ]
  ) await assert.rejects(guard.checkStream(path), { code: 403 }, path);
  await guard.checkStream(`${POD}/portforward`);
});

Deno.test("the door lets in who has its own token, and gives the cluster's credentials to nobody", async () => {
  const ours = new Authority("ours");
  const seen: { url?: string; headers: Record<string, unknown> }[] = [];
  const answer = answerAs("uid-1");
  await using api = await Listening.api(ours, {
    answer: (request, response) => {
      seen.push({ url: request.url, headers: request.headers });
      answer(request, response);
    },
  });
  const homeDir = await Deno.makeTempDir();
  const kubeconfig = JSON.stringify({
    contexts: [{ name: "prod", context: { cluster: "c", user: "u" } }],
    clusters: [{
      name: "c",
      cluster: {
        server: `https://127.0.0.1:${api.port}`,
        "certificate-authority-data": btoa(ours.cert),
      },
    }],
    users: [{ name: "u", user: { token: "token-of-tom" } }],
    "current-context": "prod",
  });
  const connection = await connect([{ path: `${homeDir}/given`, text: kubeconfig }], undefined);
  const { api: send, stream } = connection;
  const door = await openGuardedDoor({ context: "prod", homeDir, api: send, stream });
  const written: any = fromYaml(await Deno.readTextFile(door.writeKubeconfig("default")));
  const { server, "certificate-authority-data": ca } = written.clusters[0].cluster;
  const own = `Bearer ${written.users[0].user.token}`;
  using client = Deno.createHttpClient({ caCerts: [atob(ca)], http2: false, allowHost: true });
  const ask = async (headers: Record<string, string>, path = "/version") => {
    const response = await fetch(server + path, { client, headers });
    await response.body?.cancel();
    return response.status;
  };
  try {
    assert.equal(await ask({ authorization: own }), 200);
    assert.equal(await ask({}), 401);
    // A service account's by its looks, which nobody has looked into.
    assert.equal(await ask({ authorization: "Bearer aGVhZA.cGF5bG9hZA.c2ln" }), 401);
    assert.equal(await ask({ authorization: own, host: "evil.example" }), 403);
    assert.equal(await ask({ authorization: own, origin: "https://evil.example" }), 403);
    assert.equal(seen.length, 1, "no more than the first came through");

    // What belongs to one connection is not the next one's.
    const { pathname } = new URL("https://lab/api/v1/nodes/worker/proxy/exec/shop/victim/web");
    const request = new Request(`https://lab${pathname}`, {
      headers: { connection: "Upgrade", upgrade: "websocket", "sec-websocket-version": "13" },
    });
    await (await send(request)).body?.cancel();
    const last = seen.at(-1)!.headers;
    assert.ok(!("upgrade" in last) && !("sec-websocket-version" in last), JSON.stringify(last));

    // A path that looks like a host's stays a path, and the token at home.
    const elsewhere = await send(new Request("https://lab//evil.invalid/version"));
    await elsewhere.body?.cancel();
    assert.equal(seen.at(-1)!.url, "//evil.invalid/version");
  } finally {
    await door.close();
    connection.close();
    await Deno.remove(homeDir, { recursive: true });
  }
});
