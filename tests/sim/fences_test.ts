import assert from "node:assert/strict";
import { ActivityBoard } from "../../lib/base/mod.ts";
import { Cluster } from "../../lib/sim/mod.ts";
import { NetworkError, type Program } from "../../lib/sim/mod.ts";
import { FaultLog } from "../../lib/sim/faults.ts";
import { memoryState } from "../../lib/sim/state/mod.ts";

const START_MS = Date.parse("2026-01-01T00:00:00Z");

/** A server that breaks over every request. */
const BROKEN: Program = {
  name: "broken",
  images: ["example.com/broken"],
  start: ({ net }) => {
    net.listen(443, () => {
      throw new TypeError("nil map");
    }, { tls: true });
    net.listen(80, () => {
      throw new TypeError("nil map");
    });
    return {};
  },
};

function boot(): Cluster {
  const programs = [BROKEN];
  return Cluster.boot({ state: memoryState(), name: "lab", startMs: START_MS, seed: 1, programs });
}

async function send(cluster: Cluster, path: string, body?: unknown) {
  const response = await cluster.handle(
    new Request(`https://lab${path}`, {
      method: body ? "POST" : "GET",
      headers: { "content-type": "application/json" },
      body: body ? JSON.stringify(body) : undefined,
    }),
  );
  return { status: response.status, body: await response.json() };
}

const POD = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "broken", labels: { app: "broken" } },
  spec: { containers: [{ name: "main", image: "example.com/broken" }] },
};
const SERVICE = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "broken" },
  spec: {
    type: "NodePort",
    selector: { app: "broken" },
    ports: [{ name: "s", port: 443 }, { name: "p", port: 80, nodePort: 30950 }],
  },
};

async function withBroken(): Promise<Cluster> {
  const cluster = boot();
  await send(cluster, "/api/v1/namespaces/default/pods", POD);
  await send(cluster, "/api/v1/namespaces/default/services", SERVICE);
  cluster.clock.advance(30_000);
  return cluster;
}

function webhook(name: string, failurePolicy: string) {
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingWebhookConfiguration",
    metadata: { name },
    webhooks: [{
      name: `${name}.example.com`,
      failurePolicy,
      sideEffects: "None",
      admissionReviewVersions: ["v1"],
      clientConfig: { service: { namespace: "default", name: "broken", path: "/v" } },
      rules: [{
        operations: ["CREATE"],
        apiGroups: [""],
        apiVersions: ["v1"],
        resources: ["configmaps"],
      }],
    }],
  };
}

const CONFIG_MAP = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "one" } };
const WEBHOOKS = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations";

Deno.test("a webhook that breaks refuses the write it was asked about, in upstream's words", async () => {
  const cluster = await withBroken();
  await send(cluster, WEBHOOKS, webhook("hook", "Fail"));
  const { status, body } = await send(cluster, "/api/v1/namespaces/default/configmaps", CONFIG_MAP);
  assert.equal(status, 500);
  assert.equal(
    body.message,
    'Internal error occurred: failed calling webhook "hook.example.com": failed to call webhook: ' +
      'Post "https://broken.default.svc:443/v?timeout=10s": EOF',
  );
  const { status: other } = await send(cluster, "/api/v1/namespaces/default/secrets", {
    ...CONFIG_MAP,
    kind: "Secret",
  });
  assert.equal(other, 201);
  cluster.close();
});

Deno.test("a webhook that breaks and may be passed over is", async () => {
  const cluster = await withBroken();
  await send(cluster, WEBHOOKS, webhook("hook", "Ignore"));
  const { status } = await send(cluster, "/api/v1/namespaces/default/configmaps", CONFIG_MAP);
  assert.equal(status, 201);
  cluster.close();
});

Deno.test("an API whose server breaks is unavailable, and only that API", async () => {
  const cluster = await withBroken();
  await send(cluster, "/apis/apiregistration.k8s.io/v1/apiservices", {
    apiVersion: "apiregistration.k8s.io/v1",
    kind: "APIService",
    metadata: { name: "v1.broken.example.com" },
    spec: {
      group: "broken.example.com",
      version: "v1",
      service: { namespace: "default", name: "broken" },
      groupPriorityMinimum: 100,
      versionPriority: 100,
      insecureSkipTLSVerify: true,
    },
  });
  cluster.clock.advance(60_000);
  const { body } = await send(
    cluster,
    "/apis/apiregistration.k8s.io/v1/apiservices/v1.broken.example.com",
  );
  const [{ status, message }] = body.status.conditions;
  assert.equal(status, "False");
  assert.match(message, /^failing or missing response from https:.*: EOF$/);
  assert.equal((await send(cluster, "/api/v1/namespaces")).status, 200);
  cluster.close();
});

Deno.test("a page whose server breaks has its connection reset, and the fault is kept by its name", async () => {
  const cluster = await withBroken();
  for (let i = 0; i < 3; i++) {
    assert.throws(() => cluster.http({ url: "http://127.0.0.1:30950/" }), NetworkError);
  }
  const [fault, ...others] = cluster.faults;
  assert.equal(others.length, 0);
  assert.deepEqual([fault.label, fault.message, fault.count], [
    "container default/broken/main",
    "TypeError: nil map",
    3,
  ]);
  assert.match(fault.stack, /fences_test\.ts/);
  cluster.close();
});

Deno.test("a request that the API server breaks over is a 500 with a Status, and the next one is answered", async () => {
  const cluster = boot();
  const { store } = cluster.api as any;
  assert.equal(store, undefined, "nothing of the server can be reached from here");
  const api = cluster.api.client({ user: "admin", manager: "test" });
  // What no request from outside could bring.
  const object: any = { ...CONFIG_MAP, metadata: { name: "odd", namespace: "default" } };
  object.data = {
    get key(): string {
      throw new TypeError("odd");
    },
  };
  assert.throws(() => api.create("configmaps", object), {
    code: 500,
    message: "Internal error occurred: This request caused apiserver to panic. Look in the logs " +
      "for details.",
  });
  assert.match(cluster.faults[0].label, /^api server create configmaps by test$/);
  assert.equal(
    (await send(cluster, "/api/v1/namespaces/default/configmaps", CONFIG_MAP)).status,
    201,
  );
  cluster.close();
});

Deno.test("a watch that throws keeps neither the write nor the other watches from happening", () => {
  const cluster = boot();
  const api = cluster.api.client({ user: "admin", manager: "test" });
  const seen: string[] = [];
  api.watch("configmaps", () => {
    throw new Error("not ready");
  }, { namespace: "default" });
  api.watch("configmaps", ({ object }) => void seen.push(object.metadata.name));
  api.create("configmaps", { ...CONFIG_MAP, metadata: { name: "one", namespace: "default" } });
  assert.equal(seen.at(-1), "one");
  assert.ok(cluster.faults.every(({ label }) => label.startsWith("watch test configmaps ")));
  cluster.close();
});

Deno.test("faults are counted where they are the same, and the last hundred are kept", () => {
  const log = new FaultLog();
  for (let atMs = 0; atMs < 150; atMs++) {
    log.add({ atMs, label: `part ${atMs}`, error: new Error("x") });
    log.add({ atMs, label: "part 149", error: "y" });
  }
  assert.equal(log.records.length, 100);
  assert.equal(log.records.at(-1)!.label, "part 149");
});

Deno.test("another thread can read which part of a cluster runs", () => {
  const activity = new ActivityBoard();
  const labels = new Map<number, string>();
  const seen = new Set<string>();
  const cluster = Cluster.boot({
    state: memoryState(),
    name: "lab",
    startMs: START_MS,
    activity,
    onScope: (id, label) => label === undefined ? labels.delete(id) : labels.set(id, label),
    programs: [{
      name: "looker",
      images: ["example.com/looker"],
      start: ({ after, note }) => {
        after(1000, () => {
          note("the door");
          const { id, about } = activity.read().at(-1)!;
          seen.add(`${labels.get(id)} ${about}`);
        });
        return {};
      },
    }],
  });
  const api = cluster.api.client({ user: "admin", manager: "test" });
  const containers = [{ name: "main", image: "example.com/looker" }];
  api.create(
    "pods",
    { ...POD, metadata: { name: "web", namespace: "default" }, spec: { containers } } as any,
  );
  cluster.clock.advance(10_000);
  assert.deepEqual([...seen], ["container default/web/main the door"]);
  const before = labels.size;
  api.delete("pods", "default", "web");
  cluster.clock.advance(60_000);
  assert.ok(labels.size < before, "labels of what is gone are given back");
  assert.ok(![...labels.values()].some((label) => label.includes("default/web")));
  cluster.close();
});
