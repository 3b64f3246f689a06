import assert from "node:assert/strict";
import {
  ApiError,
  apiVersionOf,
  discover,
  discoverPreferred,
  groupResource,
  KubeClient,
  type ServedResource,
} from "../../lib/kube/mod.ts";

const batch = (version: string) => ({ groupVersion: `batch/${version}`, version });
const job = { name: "jobs", kind: "Job", namespaced: true, verbs: ["list"] };

const DOCUMENTS: Record<string, unknown> = {
  "/api": { kind: "APIVersions", versions: ["v1"] },
  "/apis": {
    kind: "APIGroupList",
    groups: [
      {
        name: "batch",
        versions: [batch("v1beta1"), batch("v1")],
        preferredVersion: batch("v1"),
      },
      {
        name: "metrics.k8s.io",
        versions: [{ groupVersion: "metrics.k8s.io/v1beta1", version: "v1beta1" }],
      },
    ],
  },
  "/api/v1": {
    resources: [
      { name: "pods", singularName: "pod", kind: "Pod", namespaced: true, shortNames: ["po"] },
      { name: "pods/log", kind: "Pod", namespaced: true },
    ],
  },
  "/apis/batch/v1": { resources: [job] },
  "/apis/batch/v1beta1": { resources: [job] },
};

const names = (resources: readonly ServedResource[]) =>
  resources.map((one) => `${apiVersionOf(one)} ${groupResource(one)}`);

Deno.test("discover() asks a server that gives its documents one by one for every version", async () => {
  const client = new KubeClient((request) => {
    const document = DOCUMENTS[new URL(request.url).pathname];
    const away = { kind: "Status", code: 503, message: "away" };
    return Promise.resolve(
      document ? Response.json(document) : Response.json(away, { status: 503 }),
    );
  });
  const { resources, groupVersions, failures } = await discover(client);
  assert.deepEqual(names(resources), [
    "v1 pods",
    "batch/v1 jobs.batch",
    "batch/v1beta1 jobs.batch",
  ]);
  assert.deepEqual(groupVersions, ["v1", "batch/v1", "batch/v1beta1"]);
  assert.deepEqual(failures.map(({ groupVersion, error }) => [groupVersion, error.message]), [
    ["metrics.k8s.io/v1beta1", "away"],
  ]);
  assert.deepEqual(resources[0].subresources, ["log"]);
  assert.equal(resources[1].singular, "job");
});

Deno.test("discoverPreferred() asks for the preferred versions alone, and for nothing where there is no API", () => {
  const asked: string[] = [];
  const { resources } = discoverPreferred((path) => {
    asked.push(path);
    if (!DOCUMENTS[path]) throw ApiError.unavailable("away");
    return DOCUMENTS[path];
  });
  assert.deepEqual(names(resources), ["v1 pods", "batch/v1 jobs.batch"]);
  assert(!asked.includes("/apis/batch/v1beta1"));
  assert.throws(() =>
    discoverPreferred(() => {
      throw ApiError.unavailable("away");
    }), ApiError);
});

Deno.test("discover() takes what comes at once, without kinds that are none and versions that are stale", async () => {
  const pods = { resource: "pods", scope: "Namespaced", responseKind: { kind: "PodMetrics" } };
  const none = { resource: "x", responseKind: {} };
  const list = (items: unknown[]) => Response.json({ kind: "APIGroupDiscoveryList", items });
  const client = new KubeClient((request) => {
    if (request.url.endsWith("/api")) return Promise.resolve(list([]));
    const versions = [
      { version: "v1", resources: [pods, none] },
      { version: "v1beta1", freshness: "Stale" },
    ];
    return Promise.resolve(list([{ metadata: { name: "metrics.k8s.io" }, versions }]));
  });
  const { resources, groupVersions, failures } = await discover(client);
  assert.deepEqual(names(resources), ["metrics.k8s.io/v1 pods.metrics.k8s.io"]);
  assert.deepEqual(groupVersions, ["metrics.k8s.io/v1"]);
  assert.deepEqual(failures.map(({ error }) => error.message), [
    "stale GroupVersion discovery: metrics.k8s.io/v1beta1",
  ]);
});
