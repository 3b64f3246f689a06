import assert from "node:assert/strict";
import { askWhy } from "../../lib/doctor/mod.ts";
import { KubeClient } from "../../lib/kube/mod.ts";

const at = (minute: number) => new Date(Date.UTC(2026, 0, 5, 9, minute)).toISOString();

interface Given {
  /** The minute of the HPA's last scaling, of now, and those at which somebody brought the workload down to 1. */
  scaled: number;
  now: number;
  undone: number[];
  /** Whether the manifest that was applied last names replicas. */
  names?: boolean;
  /** Who wrote spec.replicas of now, and when. */
  owner?: { manager: string; minute: number };
}

/** A cluster of one Deployment at 3 replicas and its HPA, by the paths that are read of them. */
function cluster({ scaled, undone, names = false, owner }: Given): KubeClient {
  const metadata = (name: string, more = {}) => ({
    name,
    namespace: "shop",
    creationTimestamp: at(0),
    ...more,
  });
  const applied = { spec: { ...names ? { replicas: 1 } : {}, template: {} } };
  const deployment = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: metadata("web", {
      annotations: {
        "kubectl.kubernetes.io/last-applied-configuration": JSON.stringify(applied),
      },
      managedFields: owner
        ? [{
          manager: owner.manager,
          operation: "Apply",
          time: at(owner.minute),
          fieldsV1: { "f:spec": { "f:replicas": {} } },
        }]
        : [],
    }),
    spec: { replicas: 3, selector: { matchLabels: { app: "web" } } },
    status: { replicas: 3 },
  };
  const pod = {
    metadata: metadata("web-1", {
      labels: { app: "web" },
      ownerReferences: [{ kind: "ReplicaSet", name: "web-5c", controller: true }],
    }),
    spec: { containers: [] },
    status: { phase: "Running", conditions: [{ type: "Ready", status: "True" }] },
  };
  const hpa = {
    metadata: metadata("web"),
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
      maxReplicas: 5,
      metrics: [],
    },
    status: { currentReplicas: 3, desiredReplicas: 3, lastScaleTime: at(scaled) },
  };
  const events = undone.length === 0 ? [] : [{
    metadata: metadata("web.1"),
    involvedObject: { kind: "Deployment", name: "web" },
    message: "Scaled down replica set web-5c from 3 to 1",
    count: undone.length,
    lastTimestamp: at(undone.at(-1)!),
  }];
  const list = (...items: unknown[]) => ({ kind: "List", metadata: {}, items });
  const deployments = {
    kind: "Deployment",
    name: "deployments",
    singularName: "deployment",
    namespaced: true,
    verbs: ["get", "list"],
  };
  const answers: Record<string, unknown> = {
    "/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers": list(hpa),
    "/apis/apps/v1/namespaces/shop/deployments": list(deployment),
    "/api/v1/namespaces/shop/pods": list(pod),
    "/api/v1/namespaces/shop/events": list(...events),
    "/api": { kind: "APIVersions", versions: ["v1"] },
    "/apis": {
      kind: "APIGroupList",
      groups: [{
        name: "apps",
        versions: [{ groupVersion: "apps/v1", version: "v1" }],
        preferredVersion: { groupVersion: "apps/v1", version: "v1" },
      }],
    },
    "/api/v1": { kind: "APIResourceList", groupVersion: "v1", resources: [] },
    "/apis/apps/v1": { kind: "APIResourceList", groupVersion: "apps/v1", resources: [deployments] },
  };
  return new KubeClient(({ url }) => {
    const found = answers[new URL(url).pathname];
    const absent = { kind: "Status", status: "Failure", reason: "NotFound", code: 404 };
    return Promise.resolve(
      found ? Response.json(found) : Response.json({ ...absent, message: url }, { status: 404 }),
    );
  });
}

Deno.test("who undoes an HPA is named while it goes on, and no more once the HPA has scaled again", async (t) => {
  const rows: [name: string, given: Given, cause: string | undefined, warns: boolean][] = [
    ["nobody did", { scaled: 5, now: 10, undone: [] }, undefined, false],
    [
      "just now, and the HPA has not scaled since",
      { scaled: 5, now: 8, undone: [7], owner: { manager: "argocd", minute: 7 } },
      "replicas-written-by-another",
      false,
    ],
    [
      "down since the HPA scaled",
      { scaled: 5, now: 8, undone: [7] },
      "replicas-written-by-another",
      false,
    ],
    [
      "again and again, the HPA too",
      { scaled: 9, now: 10, undone: [4, 8] },
      "replicas-written-by-another",
      false,
    ],
    ["often, and long ago", { scaled: 9, now: 30, undone: [4, 8] }, undefined, false],
    [
      "once by an apply, and the manifest names replicas still",
      { scaled: 9, now: 10, undone: [8], names: true },
      "replicas-in-manifest",
      true,
    ],
    [
      "once by an apply, and it was taken out",
      { scaled: 9, now: 10, undone: [8] },
      undefined,
      false,
    ],
  ];
  for (const [name, given, cause, warns] of rows) {
    await t.step(name, async () => {
      const { found: [{ hops }] } = await askWhy(cluster(given), {
        subject: { kind: "hpa", name: "web" },
        namespace: "shop",
        nowMs: Date.parse(at(given.now)),
      });
      const target = hops.find(({ hop }) => hop === "target")!;
      assert.equal(target.fault?.cause, cause, JSON.stringify(target));
      if (cause) assert.equal(target.fault!.warns ?? false, warns);
      assert.equal(target.state, cause ? warns ? "warns" : "broken" : "ok");
    });
  }
});
