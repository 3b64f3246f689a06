import assert from "node:assert/strict";
import { testServer } from "./fixtures.ts";

const { server, api } = testServer("default");

async function send(method: string, path: string, body: unknown, type = "application/json") {
  const response = await server.handle(
    new Request(`https://lab${path}`, {
      method,
      headers: { "content-type": type },
      body: JSON.stringify(body),
    }),
  );
  return { status: response.status, json: await response.json() };
}

Deno.test("quantities are written in their canonical form, whoever sends them", async () => {
  const { json } = await send("POST", "/api/v1/namespaces/default/pods", {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "web" },
    spec: {
      containers: [{
        name: "web",
        image: "nginx:1",
        resources: { limits: { cpu: "0.1", memory: "65536Ki" }, requests: { cpu: 0.05 } },
        env: [{ name: "CPU", valueFrom: { resourceFieldRef: { resource: "limits.cpu" } } }],
      }],
    },
  });
  const [container] = json.spec.containers;
  assert.deepEqual(container.resources.limits, { cpu: "100m", memory: "64Mi" });
  assert.equal(container.resources.requests.cpu, "50m");
  assert.equal(container.env[0].valueFrom.resourceFieldRef.divisor, "0");
});

Deno.test("times are written in UTC, to the second or the microsecond, whoever sends them", async () => {
  const { json: lease } = await send(
    "POST",
    "/apis/coordination.k8s.io/v1/namespaces/default/leases",
    {
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata: { name: "far" },
      spec: { renewTime: "2026-01-01T08:59:59.000120+09:00" },
    },
  );
  assert.equal(lease.spec.renewTime, "2025-12-31T23:59:59.000120Z");
  const { json: event } = await send("POST", "/api/v1/namespaces/default/events", {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name: "far" },
    involvedObject: { namespace: "default" },
    firstTimestamp: "2026-01-01T9:00:00.75-01:30",
    lastTimestamp: "2026-01-01T09:00:00Z",
  });
  assert.equal(event.firstTimestamp, "2026-01-01T10:30:00Z");
  assert.equal(event.lastTimestamp, "2026-01-01T09:00:00Z");
});

Deno.test("a change of metadata leaves a stored status with nulls alone", async () => {
  api.updateStatus("pods", {
    ...structuredClone(api.get("pods", "default", "web")!),
    status: {
      phase: "Running",
      conditions: [{ type: "Ready", status: "True", lastProbeTime: null }],
    },
  });
  const patch = { metadata: { annotations: { a: "b" } } };
  const { status, json } = await send(
    "PATCH",
    "/api/v1/namespaces/default/pods/web",
    patch,
    "application/merge-patch+json",
  );
  assert.equal(status, 200);
  assert.equal(json.metadata.annotations.a, "b");
  assert.equal(json.status.phase, "Running");
});

Deno.test("a StatefulSet may mount what its claim templates will bring", async () => {
  const { status } = await send("POST", "/apis/apps/v1/namespaces/default/statefulsets", {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name: "db" },
    spec: {
      serviceName: "db",
      selector: { matchLabels: { app: "db" } },
      template: {
        metadata: { labels: { app: "db" } },
        spec: {
          containers: [{
            name: "db",
            image: "db:1",
            volumeMounts: [{ name: "data", mountPath: "/data" }],
          }],
        },
      },
      volumeClaimTemplates: [{
        metadata: { name: "data" },
        spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
      }],
    },
  });
  assert.equal(status, 201);
});

Deno.test("clients are not told to send strategic merges for custom resources", async () => {
  const names = { plural: "widgets", singular: "widget", kind: "Widget", listKind: "WidgetList" };
  api.create("customresourcedefinitions.apiextensions.k8s.io", {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "widgets.example.org" },
    spec: {
      group: "example.org",
      scope: "Namespaced",
      names,
      versions: [{
        name: "v1",
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: "object" } },
      }],
    },
  });
  const mediaOf = async (group: string, path: string) => {
    const response = await server.handle(new Request(`https://lab/openapi/v3/apis/${group}`));
    const { patch } = (await response.json()).paths[path];
    return Object.keys(patch.requestBody.content).some((type) => type.includes("strategic"));
  };
  const at = "namespaces/{namespace}";
  assert.equal(await mediaOf("apps/v1", `/apis/apps/v1/${at}/deployments/{name}`), true);
  assert.equal(await mediaOf("example.org/v1", `/apis/example.org/v1/${at}/widgets/{name}`), false);
});

const AUTOSCALING = "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers";

/** The text of an answer. */
async function get(path: string, accept = "application/json"): Promise<string> {
  const response = await server.handle(new Request(`https://lab${path}`, { headers: { accept } }));
  return await response.text();
}

/** The first messages of a watch. */
async function watched(path: string, count: number): Promise<string[]> {
  const response = await server.handle(new Request(`https://lab${path}`));
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (text.split("\n").length <= count) text += (await reader.read()).value;
  await reader.cancel();
  return text.trim().split("\n");
}

Deno.test("what nobody set and Go writes as null comes as null, in every form of an answer", async (t) => {
  const scaleTargetRef = { apiVersion: "apps/v1", kind: "Deployment", name: "web" };
  const { json } = await send("POST", AUTOSCALING, {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { name: "web" },
    spec: { maxReplicas: 3, scaleTargetRef },
  });
  const status = { desiredReplicas: 0, currentMetrics: null };
  await t.step("created", () => assert.deepEqual(json.status, status));
  await t.step("read", async () => {
    assert.deepEqual(JSON.parse(await get(`${AUTOSCALING}/web`)).status, status);
  });
  await t.step("listed", async () => {
    assert.deepEqual(JSON.parse(await get(AUTOSCALING)).items[0].status, status);
  });
  await t.step("in a table", async () => {
    const table = "application/json;as=Table;g=meta.k8s.io;v=v1";
    const { rows } = JSON.parse(await get(`${AUTOSCALING}?includeObject=Object`, table));
    assert.deepEqual(rows[0].object.status, status);
  });
  await t.step("in the other version, of which all is a number", async () => {
    const path = "/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers/web";
    assert.deepEqual(JSON.parse(await get(path)).status, {
      currentReplicas: 0,
      desiredReplicas: 0,
    });
  });
  await t.step("watched, and in a bookmark", async () => {
    const query = "watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan" +
      "&allowWatchBookmarks=true";
    const [added, bookmark] = await watched(`${AUTOSCALING}?${query}`, 2);
    assert.deepEqual(JSON.parse(added).object.status, status);
    assert.match(
      bookmark,
      /^\{"type":"BOOKMARK","object":\{"kind":"HorizontalPodAutoscaler","apiVersion":"autoscaling\/v2","metadata":\{"resourceVersion":"\d+","annotations":\{"k8s.io\/initial-events-end":"true"\}\},"spec":\{"scaleTargetRef":\{"kind":"","name":""\},"maxReplicas":0\},"status":\{"desiredReplicas":0,"currentMetrics":null\}\}\}$/,
    );
  });
});

const WRITTEN: [kind: string, path: string, given: object, part: string, value: unknown][] = [
  ["Role", "/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles", {}, "rules", null],
  // What is stored has been protocol buffers, which know no empty list.
  [
    "ClusterRole",
    "/apis/rbac.authorization.k8s.io/v1/clusterroles",
    { rules: [] },
    "rules",
    null,
  ],
  [
    "EndpointSlice",
    "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices",
    { addressType: "IPv4" },
    "endpoints",
    null,
  ],
  ["LimitRange", "/api/v1/namespaces/default/limitranges", {}, "spec", { limits: null }],
  [
    "Event",
    "/api/v1/namespaces/default/events",
    { involvedObject: { namespace: "default" } },
    "eventTime",
    null,
  ],
  [
    "CSINode",
    "/apis/storage.k8s.io/v1/csinodes",
    { spec: { drivers: [{ name: "d", nodeID: "n" }] } },
    "spec",
    { drivers: [{ name: "d", nodeID: "n", topologyKeys: null }] },
  ],
  // What is left out when it is empty is no null.
  ["ConfigMap", "/api/v1/namespaces/default/configmaps", { data: {} }, "data", undefined],
  ["ServiceAccount", "/api/v1/namespaces/default/serviceaccounts", {}, "secrets", undefined],
];
for (const [kind, path, given, part, value] of WRITTEN) {
  Deno.test(`${part} of a new ${kind} is written as Go writes it`, async () => {
    const [, , group, version] = path.startsWith("/api/") ? ["", "", "", "v1"] : path.split("/");
    const { json } = await send("POST", path, {
      apiVersion: group === "" ? version : `${group}/${version}`,
      kind,
      metadata: { name: `null-${kind.toLowerCase()}` },
      ...given,
    });
    assert.deepEqual(json[part], value, JSON.stringify(json));
  });
}

Deno.test("the fields of an object are in the order of upstream's structs, the keys of a map in their own", async () => {
  await send("POST", "/api/v1/namespaces/default/configmaps", {
    data: { b: "<2>", a: "1" },
    metadata: { labels: { z: "1", a: "2" }, name: "order" },
    kind: "ConfigMap",
    apiVersion: "v1",
    immutable: false,
  });
  const text = await get("/api/v1/namespaces/default/configmaps/order");
  assert.match(
    text,
    /^\{"kind":"ConfigMap","apiVersion":"v1","metadata":\{"name":"order","namespace":"default","uid":"[^"]+","resourceVersion":"\d+","creationTimestamp":"[^"]+","labels":\{"a":"2","z":"1"\},"managedFields":\[.*\]\},"immutable":false,"data":\{"a":"1","b":"\\u003c2\\u003e"\}\}\n$/,
  );
  await send("POST", "/apis/example.org/v1/namespaces/default/widgets", {
    kind: "Widget",
    apiVersion: "example.org/v1",
    metadata: { name: "w" },
  });
  assert.match(
    await get("/apis/example.org/v1/namespaces/default/widgets/w"),
    /^\{"apiVersion":"example.org\/v1","kind":"Widget","metadata":\{"creationTimestamp":/,
  );
  assert.match(
    await get("/apis/example.org/v1/namespaces/default/widgets"),
    /^\{"apiVersion":"example.org\/v1","items":\[\{"apiVersion":.*\}\],"kind":"WidgetList","metadata":\{"continue":"","resourceVersion":"\d+"\}\}\n$/,
  );
});

Deno.test("a JSON patch finds what is written, null too, and replaces what is left out", async () => {
  const roles = "/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles";
  const patch = (path: string, ops: unknown) =>
    send("PATCH", path, ops, "application/json-patch+json");
  const rule = { apiGroups: [""], resources: ["pods"], verbs: ["get"] };
  const rules = await patch(`${roles}/null-role`, [
    { op: "test", path: "/rules", value: null },
    { op: "replace", path: "/rules", value: [rule] },
  ]);
  assert.deepEqual([rules.status, rules.json.rules], [200, [{ ...rule, verbs: ["get"] }]]);
  const scale = "/apis/apps/v1/namespaces/default/statefulsets/db/scale";
  const down = await send(
    "PATCH",
    scale,
    { spec: { replicas: 0 } },
    "application/merge-patch+json",
  );
  assert.deepEqual(down.json.spec, {}, "a scale of 0 is not written");
  const up = (op: string) => patch(scale, [{ op, path: "/spec/replicas", value: 2 }]);
  assert.equal((await up("remove")).status, 422);
  assert.deepEqual((await up("replace")).json.spec, { replicas: 2 });
});
