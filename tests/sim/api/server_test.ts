import assert from "node:assert/strict";
import { ApiError, type ConfigMap, type KubeObject } from "../../../lib/kube/mod.ts";
import type { WatchEvent } from "../../../lib/sim/seams.ts";
import { memoryState } from "../../../lib/sim/state/mod.ts";
import { serverOn, testServer } from "./fixtures.ts";

function configMap(name: string, data: Record<string, string> = {}): ConfigMap {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "t" }, data };
}

function deployment(name: string, replicas = 1): KubeObject {
  const labels = { app: name };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace: "t" },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: "c", image: "nginx:1" }] } },
    },
  };
}

const refused = (code: number, text: RegExp) => (error: unknown) => {
  assert(error instanceof ApiError);
  assert.equal(error.code, code);
  assert.match(error.message, text);
  return true;
};

Deno.test("objects that come out are frozen, and writing needs the latest of them", () => {
  const { api } = testServer("t");
  const made = api.create("configmaps", configMap("a"));
  assert.throws(() => {
    made.metadata.name = "b";
  }, TypeError);
  const changed = api.update("configmaps", { ...structuredClone(made), data: { x: "1" } });
  assert(Number(changed.metadata.resourceVersion) > Number(made.metadata.resourceVersion));
  assert.throws(
    () => api.update("configmaps", { ...structuredClone(made), data: { x: "2" } }),
    refused(409, /the object has been modified/),
  );
});

Deno.test("generation counts changes of spec, and status is written by itself", () => {
  const { api } = testServer("t");
  const made = api.create("deployments.apps", { ...deployment("web"), status: { replicas: 9 } });
  assert.deepEqual(made.status, {});
  assert.equal(made.metadata.generation, 1);
  const withStatus = api.updateStatus("deployments.apps", {
    ...structuredClone(made),
    spec: { ...made.spec, replicas: 7 },
    status: { replicas: 1 },
  });
  assert.deepEqual([withStatus.spec.replicas, withStatus.status.replicas], [1, 1]);
  assert.equal(withStatus.metadata.generation, 1);
  const scaled = api.patch("deployments.apps", "t", "web", { spec: { replicas: 3 } }, {
    subresource: "scale",
  });
  assert.equal(api.get("deployments.apps", "t", "web")!.metadata.generation, 2);
  assert.deepEqual([scaled.kind, scaled.spec.replicas], ["Scale", 3]);
});

Deno.test("a pod that is bound is of the generation that it was made with", () => {
  const { api } = testServer("t");
  const given: KubeObject = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p", namespace: "t" },
    spec: { containers: [{ name: "c", image: "nginx:1" }] },
  };
  assert.equal(api.create("pods", given).metadata.generation, 1);
  const bound = api.patch("pods", "t", "p", { spec: { nodeName: "n" } }, {
    subresource: "binding",
  });
  assert.deepEqual([bound.spec.nodeName, bound.metadata.generation], ["n", 1]);
  const bindAgain = () =>
    api.patch("pods", "t", "p", { spec: { nodeName: "other" } }, { subresource: "binding" });
  assert.throws(bindAgain, /pod p is already assigned to node "n"/);
});

Deno.test("a scale is written also where the object has nothing yet for what holds its replicas", () => {
  const { api } = testServer("t");
  const open = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  const paths = { specReplicasPath: ".spec.size.replicas", statusReplicasPath: ".status.replicas" };
  api.create("customresourcedefinitions.apiextensions.k8s.io", {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "rings.demo.io" },
    spec: {
      group: "demo.io",
      names: { kind: "Ring", plural: "rings" },
      scope: "Namespaced",
      versions: [{
        name: "v1",
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: "object", properties: { spec: open, status: open } } },
        subresources: { status: {}, scale: paths },
      }],
    },
  });
  const metadata = { name: "r", namespace: "t" };
  api.create("rings.demo.io", { apiVersion: "demo.io/v1", kind: "Ring", metadata });
  api.patch("rings.demo.io", "t", "r", { spec: { replicas: 3 } }, { subresource: "scale" });
  assert.deepEqual(api.get("rings.demo.io", "t", "r")!.spec, { size: { replicas: 3 } });
});

Deno.test("a write that changes nothing is no event", () => {
  const { api } = testServer("t");
  const made = api.create("configmaps", configMap("a", { x: "1" }));
  let events = 0;
  const stop = api.watch("configmaps", () => events++);
  const again = api.update("configmaps", structuredClone(made));
  assert.equal(again.metadata.resourceVersion, made.metadata.resourceVersion);
  assert.equal(events, 1);
  stop();
});

Deno.test("watch() gives what is there and then each change with what was before", () => {
  const { api } = testServer("t");
  api.create("configmaps", configMap("a"));
  const seen: string[] = [];
  const stop = api.watch("configmaps", ({ type, object, previous }: WatchEvent) => {
    seen.push(`${type} ${object.metadata.name}${previous ? " after" : ""}`);
  }, { namespace: "t" });
  api.create("configmaps", configMap("b"));
  api.patch("configmaps", "t", "b", { data: { x: "1" } });
  api.delete("configmaps", "t", "b");
  stop();
  api.create("configmaps", configMap("c"));
  assert.deepEqual(seen, ["ADDED a", "ADDED b", "MODIFIED b after", "DELETED b after"]);
});

Deno.test("finalizers hold an object that is being deleted", () => {
  const { api } = testServer("t");
  const made = configMap("a");
  made.metadata.finalizers = ["example.org/wait"];
  api.create("configmaps", made);
  api.delete("configmaps", "t", "a");
  assert(api.get("configmaps", "t", "a")?.metadata.deletionTimestamp);
  api.patch("configmaps", "t", "a", { metadata: { finalizers: null } });
  assert.equal(api.get("configmaps", "t", "a"), undefined);
});

Deno.test("a finalizer without a domain is upstream's own, where the core checks metadata", () => {
  const { api } = testServer("t");
  const create = (resource: string, object: KubeObject, finalizers: string[]) => () =>
    api.create(resource, { ...object, metadata: { ...object.metadata, finalizers } });
  const map = configMap("a");
  const lease = {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { name: "l", namespace: "t" },
  };
  const standard = /metadata\.finalizers\[0\]: Invalid value: "own": name is neither a standard/;
  assert.throws(create("configmaps", map, ["own"]), standard);
  create("leases.coordination.k8s.io", lease, ["own.example.org"])();
  const name = /metadata\.finalizers: Invalid value: "a b": name part must consist of/;
  assert.throws(create("leases.coordination.k8s.io", lease, ["a b"]), name);
  const both =
    /metadata\.finalizers: Invalid value: \["orphan","foregroundDeletion"\]: finalizer orphan and foregroundDeletion cannot be both set/;
  assert.throws(create("configmaps", map, ["orphan", "foregroundDeletion"]), both);
});

Deno.test("objects and revisions are found again in the state, and only what changed is staged", () => {
  const state = memoryState();
  const first = serverOn(state, ["t"]);
  first.api.create("configmaps", configMap("a", { x: "1" }));
  first.api.create("configmaps", configMap("b"));
  first.server.save(state);
  const second = serverOn(state);
  assert.deepEqual(second.api.get("configmaps", "t", "a")!.data, { x: "1" });
  const staged: string[] = [];
  const put = state.put.bind(state);
  state.put = (key, value) => {
    staged.push(key);
    put(key, value);
  };
  second.server.save(state);
  assert.equal(staged.length, 0, "nothing changed by being read");
  const changed = second.api.patch("configmaps", "t", "b", { data: { y: "2" } });
  const last = first.api.get("configmaps", "t", "b")!.metadata.resourceVersion;
  assert(Number(changed.metadata.resourceVersion) > Number(last));
  second.server.save(state);
  assert.deepEqual(staged.filter((key) => key.startsWith("object/")), ["object/configmaps/t/b"]);
});

/** Reads whole lines of a streaming answer as they come. */
async function* lines(response: Response): AsyncGenerator<any> {
  let rest = "";
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    rest += chunk;
    for (let end = rest.indexOf("\n"); end >= 0; end = rest.indexOf("\n")) {
      yield JSON.parse(rest.slice(0, end));
      rest = rest.slice(end + 1);
    }
  }
}

Deno.test("a watch over HTTP begins where it is told and ends with its request", async () => {
  const { server, api } = testServer("t");
  const first = api.create("configmaps", configMap("a"));
  api.create("configmaps", configMap("b"));
  const abort = new AbortController();
  const path = "/api/v1/namespaces/t/configmaps?watch=true&resourceVersion=";
  const response = await server.handle(
    new Request(`https://lab${path}${first.metadata.resourceVersion}`, { signal: abort.signal }),
  );
  api.delete("configmaps", "t", "a");
  const seen: string[] = [];
  for await (const { type, object } of lines(response)) {
    seen.push(`${type} ${object.metadata.name}`);
    if (seen.length === 2) abort.abort();
  }
  assert.deepEqual(seen, ["ADDED b", "DELETED a"]);
});

Deno.test("a watch that begins before a resumed process's memory is told 410", async () => {
  const state = memoryState();
  const first = serverOn(state, ["t"]);
  first.api.create("configmaps", configMap("a"));
  first.server.save(state);
  const { server, api } = serverOn(state);
  api.create("configmaps", configMap("b"));
  const response = await server.handle(
    new Request("https://lab/api/v1/configmaps?watch=true&resourceVersion=2"),
  );
  const { value } = await lines(response).next();
  assert.equal(value.type, "ERROR");
  assert.equal(value.object.code, 410);
  assert.equal(value.object.reason, "Expired");
});

Deno.test("a list comes in pages, and each object once", async () => {
  const { server, api } = testServer("t");
  for (const name of ["a", "b", "c", "d", "e"]) api.create("configmaps", configMap(name));
  const names: string[] = [];
  let from = "";
  do {
    const response = await server.handle(
      new Request(`https://lab/api/v1/namespaces/t/configmaps?limit=2&continue=${from}`),
    );
    const list = await response.json();
    names.push(...list.items.map(({ metadata }: KubeObject) => metadata.name));
    from = list.metadata.continue ?? "";
  } while (from);
  assert.deepEqual(names, ["a", "b", "c", "d", "e"]);
});

Deno.test("a dry run answers as if it had been, and stores nothing", async () => {
  const { server, api } = testServer("t");
  const response = await server.handle(
    new Request("https://lab/apis/apps/v1/namespaces/t/deployments?dryRun=All", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(deployment("web")),
    }),
  );
  assert.equal(response.status, 201);
  assert.equal((await response.json()).spec.revisionHistoryLimit, 10);
  assert.equal(api.get("deployments.apps", "t", "web"), undefined);
});

Deno.test("a strategic merge joins containers by name and obeys $patch", async () => {
  const { server, api } = testServer("t");
  const made = deployment("web");
  made.spec.template.spec.containers.push({ name: "d", image: "busybox" });
  api.create("deployments.apps", made);
  const patch = {
    spec: {
      template: {
        spec: { containers: [{ name: "c", image: "nginx:2" }, { name: "d", $patch: "delete" }] },
      },
    },
  };
  const response = await server.handle(
    new Request("https://lab/apis/apps/v1/namespaces/t/deployments/web", {
      method: "PATCH",
      headers: { "content-type": "application/strategic-merge-patch+json" },
      body: JSON.stringify(patch),
    }),
  );
  assert.equal(response.status, 200);
  const { containers } = (await response.json()).spec.template.spec;
  assert.deepEqual(containers.map((c: any) => `${c.name} ${c.image}`), ["c nginx:2"]);
});

Deno.test("a JSON patch cannot reach into prototypes", async () => {
  const { server, api } = testServer("t");
  api.create("configmaps", configMap("a"));
  const response = await server.handle(
    new Request("https://lab/api/v1/namespaces/t/configmaps/a", {
      method: "PATCH",
      headers: { "content-type": "application/json-patch+json" },
      body: JSON.stringify([{ op: "add", path: "/__proto__/polluted", value: "yes" }]),
    }),
  );
  assert.equal(response.status, 422);
  assert.equal(({} as Record<string, unknown>).polluted, undefined);
});

const DEFINITION: KubeObject = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "gadgets.example.com" },
  spec: {
    group: "example.com",
    scope: "Namespaced",
    names: { plural: "gadgets", kind: "Gadget", shortNames: ["gd"] },
    versions: [{
      name: "v1",
      served: true,
      storage: true,
      subresources: { status: {} },
      schema: {
        openAPIV3Schema: {
          type: "object",
          properties: {
            spec: {
              type: "object",
              properties: { color: { type: "string", default: "red" }, size: { type: "integer" } },
            },
            status: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
          },
        },
      },
    }],
  },
};

Deno.test("a CustomResourceDefinition is served at once: defaulted, pruned, validated, and gone with it", () => {
  const { api, clock } = testServer("t");
  assert(!api.serves("gadgets.example.com"));
  const made = api.create("customresourcedefinitions.apiextensions.k8s.io", DEFINITION);
  const established = made.status.conditions.find((c: any) => c.type === "Established");
  assert.equal(established.status, "True");
  assert(api.serves("gadgets.example.com"));
  assert.equal(api.resourceFor("example.com/v1", "Gadget"), "gadgets.example.com");
  const gadget = (spec: unknown): KubeObject => ({
    apiVersion: "example.com/v1",
    kind: "Gadget",
    metadata: { name: "g", namespace: "t" },
    spec,
  });
  const stored = api.create("gadgets.example.com", gadget({ size: 1, colour: "blue" }));
  assert.deepEqual(stored.spec, { size: 1, color: "red" });
  assert.throws(
    () => api.update("gadgets.example.com", gadget({ size: "x" })),
    refused(422, /spec.size in body must be of type integer/),
  );
  api.delete("customresourcedefinitions.apiextensions.k8s.io", "", "gadgets.example.com");
  clock.drain();
  assert(!api.serves("gadgets.example.com"));
});

Deno.test("equal events are one event with a count", () => {
  const { api, clock } = testServer("t");
  const object = api.create("configmaps", configMap("a"));
  const event = {
    type: "Normal",
    reason: "Seen",
    message: "once more",
    component: "test",
  } as const;
  api.event(object, event);
  clock.advance(60_000);
  api.event(object, event);
  api.event(object, { ...event, reason: "Other" });
  const events = api.list("events", { namespace: "t" });
  assert.deepEqual(events.map(({ reason, count }) => [reason, count]).sort(), [
    ["Other", 1],
    ["Seen", 2],
  ]);
  const seen = events.find(({ reason }) => reason === "Seen")!;
  assert.equal(Date.parse(seen.lastTimestamp!) - Date.parse(seen.firstTimestamp!), 60_000);
});

Deno.test("a node port is given once, and again when it is free", () => {
  const { api } = testServer("t");
  const service = (name: string): KubeObject => ({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace: "t" },
    spec: { type: "NodePort", selector: { a: "b" }, ports: [{ port: 80, nodePort: 30951 }] },
  });
  api.create("services", service("one"));
  assert.throws(
    () => api.create("services", service("two")),
    refused(
      422,
      /spec.ports\[0\].nodePort: Invalid value: 30951: provided port is already allocated/,
    ),
  );
  api.delete("services", "t", "one");
  assert.equal(api.create("services", service("two")).spec.ports[0].nodePort, 30951);
});

Deno.test("reviews and bindings are made and nothing else", async () => {
  const { server } = testServer("default");
  for (
    const path of [
      "/api/v1/namespaces/default/bindings",
      "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
      "/apis/authentication.k8s.io/v1/tokenreviews/x",
    ]
  ) {
    const response = await server.handle(new Request(`https://lab${path}`));
    assert.equal(response.status, 405, path);
    const { message } = await response.json();
    assert.equal(message, "the server does not allow this method on the requested resource");
  }
});
