import assert from "node:assert/strict";
import { doingText, objectsAt } from "../../lib/labs/doing.ts";

Deno.test("doingText() tells what a thread is at, the outermost first, and nothing twice", () => {
  const text = doingText([
    { label: "controller replicaset", about: "replicasets.apps default/web" },
    { label: "", about: "" },
    { label: "api server", about: "POST /api/v1/namespaces/default/pods" },
    { label: "container default/hook/main", about: "" },
    { label: "container default/hook/main", about: "" },
    { label: "container monitoring/prometheus-0/prometheus", about: "query sum(\n  up\n)" },
  ]);
  assert.equal(
    text,
    "controller replicaset replicasets.apps default/web → api server POST /api/v1/namespaces/default/pods → " +
      "container default/hook/main → container monitoring/prometheus-0/prometheus query sum( up )",
  );
  assert.equal(doingText([]), undefined);
});

Deno.test("objectsAt() names what such a text names, the most likely at fault first", async (t) => {
  const uid = "0c9ff1d8-93a4-4a2c-8b3c-0f5ac2a9f6ee";
  const pod = (namespace: string, name: string) => ({ resource: "pods", namespace, name });
  const object = (resource: string, namespace: string, name: string) => ({
    resource,
    namespace,
    name,
  });
  const prometheus = pod("monitoring", "prometheus-0");
  const cases: [doing: string, objects: unknown[]][] = [
    ["container default/web-1/nginx", [pod("default", "web-1")]],
    ["kubelet default/web-1", [pod("default", "web-1")]],
    ["kubelet server worker /metrics", []],
    ["controller deployment deployments.apps default/web", [
      object("deployments.apps", "default", "web"),
    ]],
    ["controller node-lifecycle-controller nodes worker", [object("nodes", "", "worker")]],
    ["api server GET /apis/apps/v1/namespaces/a/deployments/b/scale", [
      object("deployments.apps", "a", "b"),
    ]],
    ["api server GET /api/v1/namespaces/a/pods", []],
    ["cluster GET http://127.0.0.1:30950/", []],
    ["watch kubelet pods default/web-1 → container default/web-1/nginx", [
      pod("default", "web-1"),
      pod("default", "web-1"),
    ]],
    [
      "controller hpa horizontalpodautoscalers.autoscaling default/web → container monitoring/prometheus-0/prometheus query up",
      [object("horizontalpodautoscalers.autoscaling", "default", "web"), prometheus],
    ],
    ["container keda/operator-1/keda-operator scaledobjects.keda.sh default/web", [
      object("scaledobjects.keda.sh", "default", "web"),
      pod("keda", "operator-1"),
    ]],
    [
      `container monitoring/prometheus-0/prometheus rule default-web-rules-${uid}.yaml web: sum(up) by (a)`,
      [{ resource: "prometheusrules.monitoring.coreos.com", namespace: "", uid }, prometheus],
    ],
    ["clock", []],
  ];
  for (const [doing, objects] of cases) {
    await t.step(doing, () => assert.deepEqual(objectsAt(doing), objects));
  }
});
