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
