import assert from "node:assert/strict";
import type { KubeObject, LabView } from "../../lib/lesson/mod.ts";
import { removalsOf } from "../../lib/tutor/removal.ts";

const owned = (apiVersion: string, kind: string, name: string) => ({
  ownerReferences: [{ apiVersion, kind, name, uid: `uid-${name}`, controller: true }],
});

function object(kind: string, name: string, metadata: Record<string, unknown> = {}): KubeObject {
  return {
    apiVersion: "v1",
    kind,
    metadata: { name, namespace: "default", uid: `uid-${name}`, ...metadata },
  } as KubeObject;
}

const RULE_UID = "0c9ff1d8-93a4-4a2c-8b3c-0f5ac2a9f6ee";
const OBJECTS: Record<string, KubeObject[]> = {
  pods: [
    object("Pod", "web-a", owned("apps/v1", "ReplicaSet", "web-1")),
    object("Pod", "web-b", owned("apps/v1", "ReplicaSet", "web-1")),
    object("Pod", "alone"),
    object("Pod", "lost", owned("example.com/v1", "Gone", "gone")),
  ],
  "replicasets.apps": [object("ReplicaSet", "web-1", owned("apps/v1", "Deployment", "web"))],
  "deployments.apps": [object("Deployment", "web")],
  "horizontalpodautoscalers.autoscaling": [
    object(
      "HorizontalPodAutoscaler",
      "keda-hpa-web",
      owned("keda.sh/v1alpha1", "ScaledObject", "so"),
    ),
  ],
  "scaledobjects.keda.sh": [object("ScaledObject", "so")],
  "prometheusrules.monitoring.coreos.com": [object("PrometheusRule", "slow", { uid: RULE_UID })],
  nodes: [object("Node", "worker", { namespace: undefined })],
};
const KINDS: Record<string, [kind: string, name: string][]> = {
  "/apis/apps/v1": [
    ["Scale", "deployments/scale"],
    ["Deployment", "deployments"],
    ["ReplicaSet", "replicasets"],
  ],
  "/apis/keda.sh/v1alpha1": [["ScaledObject", "scaledobjects"]],
};

const view = {
  get: (resource: string, namespace: string, name: string) =>
    Promise.resolve(
      OBJECTS[resource]?.find(({ metadata }) =>
        metadata.name === name && (metadata.namespace ?? "") === namespace
      ),
    ),
  list: (resource: string) => Promise.resolve(OBJECTS[resource] ?? []),
  raw: (path: string) =>
    Promise.resolve({
      code: KINDS[path] ? 200 : 404,
      body: { resources: KINDS[path]?.map(([kind, name]) => ({ kind, name })) },
      message: "",
    }),
} as unknown as LabView;

Deno.test("what a cluster hangs at is removed with what would make it anew, whatever its kind", async (t) => {
  const web = [
    "kubectl delete deployments.apps web -n default --wait=false",
    "kubectl delete replicasets.apps web-1 -n default --wait=false",
    "kubectl delete pods web-a web-b -n default --force --grace-period=0",
  ];
  const cases: [doing: string, removals: Record<string, string[]>][] = [
    ["container default/web-a/nginx", { "Pod default/web-a": web }],
    ["container default/alone/main", {
      "Pod default/alone": ["kubectl delete pods alone -n default --force --grace-period=0"],
    }],
    ["kubelet default/lost", {
      "Pod default/lost": ["kubectl delete pods lost -n default --force --grace-period=0"],
    }],
    ["controller deployment deployments.apps default/web → container default/alone/main", {
      "Pod default/alone": ["kubectl delete pods alone -n default --force --grace-period=0"],
      "Deployment default/web": web.slice(0, 1),
    }],
    ["controller hpa horizontalpodautoscalers.autoscaling default/keda-hpa-web", {
      "HorizontalPodAutoscaler default/keda-hpa-web": [
        "kubectl delete scaledobjects.keda.sh so -n default --wait=false",
        "kubectl delete horizontalpodautoscalers.autoscaling keda-hpa-web -n default --wait=false",
      ],
    }],
    [`container default/gone/prometheus rule default-slow-${RULE_UID}.yaml slow: up`, {
      "PrometheusRule default/slow": [
        "kubectl delete prometheusrules.monitoring.coreos.com slow -n default --wait=false",
      ],
    }],
    ["api server GET /api/v1/nodes/worker", {
      "Node worker": ["kubectl delete nodes worker --wait=false"],
    }],
    ["controller deployment deployments.apps default/gone", {}],
  ];
  for (const [doing, removals] of cases) {
    await t.step(doing, async () => {
      const found = await removalsOf(view, doing);
      assert.deepEqual(
        Object.fromEntries(found.map(({ object, lines }) => [object, lines])),
        removals,
      );
    });
  }
  assert.deepEqual(await removalsOf(view, undefined), []);
});
