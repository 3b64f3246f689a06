import assert from "node:assert/strict";
import type { KubeObject, LabView } from "../../lib/lesson/mod.ts";
import { amountText, readAutoscaler, readPipeline, readWay } from "../../lib/seeing/mod.ts";

/** A view of a lab that holds these objects, and whose Prometheus answers each query with one number. */
function viewOf(
  objects: Record<string, KubeObject[]>,
  { value, served = [] }: { value?: number; served?: string[] } = {},
): LabView {
  return {
    get: (resource: string, _namespace: string, name: string) =>
      Promise.resolve(objects[resource]?.find(({ metadata }) => metadata.name === name) as any),
    list: (resource: string) => Promise.resolve((objects[resource] ?? []) as any[]),
    raw: () =>
      Promise.resolve({
        code: 200,
        message: "",
        body: { resources: served.map((name) => ({ name })) },
      }),
    http: (url) => {
      const data = url.includes("/targets") ? { activeTargets: [] } : {
        resultType: "vector",
        result: value === undefined ? [] : [{ metric: {}, value: [0, String(value)] }],
      };
      return Promise.resolve({ code: 200, text: JSON.stringify({ status: "success", data }) });
    },
    log: () => Promise.resolve(""),
    file: () => Promise.resolve(undefined),
    fileFault: () => Promise.resolve(undefined),
    decide: () => Promise.resolve(undefined),
    since: 0,
    drawn: [],
    now: () => 0,
  };
}

const hpa = readAutoscaler({
  apiVersion: "autoscaling/v2",
  kind: "HorizontalPodAutoscaler",
  metadata: {
    name: "keda-hpa-web",
    namespace: "default",
    creationTimestamp: "2026-01-01T00:00:00Z",
  },
  spec: {
    minReplicas: 1,
    maxReplicas: 5,
    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
    metrics: [{
      type: "External",
      external: {
        metric: { name: "visits" },
        target: { type: "AverageValue", averageValue: "500m" },
      },
    }],
  },
  status: {
    currentReplicas: 2,
    desiredReplicas: 2,
    currentMetrics: [{
      type: "External",
      external: { metric: { name: "visits" }, current: { averageValue: "12500u" } },
    }],
    conditions: [{ type: "ScalingActive", status: "True" }],
  },
} as any);

const ready = {
  conditions: [{ type: "Ready", status: "True" }, { type: "Active", status: "True" }],
};
const scaledObject: KubeObject = {
  apiVersion: "keda.sh/v1alpha1",
  kind: "ScaledObject",
  metadata: { name: "web", namespace: "default" },
  spec: { triggers: [{ type: "prometheus", metadata: { query: "sum(visits)" } }] },
  status: { hpaName: "keda-hpa-web", ...ready },
};
const adapterPod: KubeObject = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "adapter", namespace: "default" },
  status: ready,
};

Deno.test("an external metric goes by KEDA where a ScaledObject owns the HPA", async () => {
  const view = viewOf({ "scaledobjects.keda.sh": [scaledObject] }, { value: 25 });
  const hops = await readPipeline(view, hpa, "default");
  assert.deepEqual(hops.map(({ hop }) => hop), [
    "container",
    "exporter",
    "service",
    "service-monitor",
    "prometheus",
    "keda",
    "api-service",
    "hpa",
    "deployment",
  ]);
  assert.deepEqual(hops[5], {
    hop: "keda",
    state: "works",
    what: "ScaledObject web",
    shows: { en: "Active=True; sum(visits) = 25", ko: "Active=True; sum(visits) = 25" },
  });
  assert.equal(hops[6].what, "v1beta1.external.metrics.k8s.io");
  assert.equal(hops[7].shows.en, "visits 0.01 / 0.5; wants 2 (1 to 5)");
});

Deno.test("an external metric without a ScaledObject is the adapter's to serve", async () => {
  const ruleOf = async (served: string[]) =>
    (await readPipeline(viewOf({ pods: [adapterPod] }, { served }), hpa, "default"))[5];
  assert.deepEqual((await ruleOf(["visits"])).shows.en, "serves visits");
  assert.deepEqual(
    (await ruleOf(["visitors"])).shows.en,
    "no rule gives visits; nearest: visitors",
  );
  assert.deepEqual((await ruleOf([])).shows.en, "no rule gives visits");
});

Deno.test("a hop that misses the next one is there, and says what it misses", async () => {
  const labels = { app: "web" };
  const of = (kind: string, spec: unknown, labels?: Record<string, string>): KubeObject => ({
    apiVersion: "v1",
    kind,
    metadata: { name: "web", namespace: "default", ...labels ? { labels } : {} },
    spec,
  });
  const containers = [{ name: "web", image: "web", ports: [{ name: "http", containerPort: 80 }] }];
  const pod: KubeObject = {
    ...of("Pod", {}, labels),
    status: { ...ready, containerStatuses: [{ name: "web", ready: true }] },
  };
  const objects = (changed: Record<string, KubeObject[]>) => ({
    "deployments.apps": [
      of("Deployment", {
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers } },
      }),
    ],
    pods: [pod],
    services: [
      of("Service", { selector: labels, ports: [{ name: "http", port: 80, targetPort: "http" }] }, {
        app: "web",
      }),
    ],
    "servicemonitors.monitoring.coreos.com": [
      of("ServiceMonitor", { selector: { matchLabels: labels }, endpoints: [{ port: "http" }] }),
    ],
    ...changed,
  });
  const shownOf = async (changed: Record<string, KubeObject[]>, hop: string) => {
    const hops = await readPipeline(viewOf(objects(changed)), hpa, "default");
    const { state, shows } = hops.find((one) => one.hop === hop)!;
    return `${state}: ${shows.en}`;
  };
  assert.equal(await shownOf({}, "service-monitor"), "waits: scrapes the port http");
  const elsewhere = of("ServiceMonitor", { selector: { matchLabels: { app: "wep" } } });
  assert.equal(
    await shownOf({ "servicemonitors.monitoring.coreos.com": [elsewhere] }, "service-monitor"),
    "fails: its selector finds no Service of these pods: app=wep",
  );
  assert.equal(
    await shownOf({ "servicemonitors.monitoring.coreos.com": [] }, "service-monitor"),
    "absent: not there",
  );
  const astray = of("Service", { selector: { app: "wep" }, ports: [] }, labels);
  assert.equal(await shownOf({ services: [astray] }, "service"), "fails: selects no pod: app=wep");
  assert.equal(await shownOf({ "deployments.apps": [] }, "deployment"), "fails: there is none");
  assert.equal(
    await shownOf({ "deployments.apps": [] }, "service"),
    "absent: not known without what is scaled",
  );
  const exported = [
    ...containers,
    { name: "exporter", image: "nginx/nginx-prometheus-exporter", ports: [] },
  ];
  const renamed = {
    "deployments.apps": [
      of("Deployment", {
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: exported } },
      }),
    ],
    pods: [{
      ...pod,
      status: { ...ready, containerStatuses: [{ name: "exporter", ready: true }] },
    }],
    services: [
      of(
        "Service",
        { selector: labels, ports: [{ name: "http", port: 80, targetPort: 9113 }] },
        labels,
      ),
    ],
  };
  assert.equal(
    await shownOf(renamed, "exporter"),
    "fails: no port 9113, which the Service leads to",
  );
});

Deno.test("a way goes as far as it was taught; what a later lesson brings is told apart", async () => {
  const view = { ...viewOf({}), http: () => Promise.resolve({ code: 503, text: "" }) };
  const comesIn = (hop: string) => ({ prometheus: 4, hpa: 7, deployment: 7 })[hop] ?? 3;
  const at = async (lesson: number | undefined) => {
    const course = lesson === undefined ? undefined : { lesson, comesIn };
    const { hops, later, ofResource } = await readWay(view, undefined, "default", course);
    return [hops.map(({ hop }) => hop).join(" "), later, ofResource];
  };
  const before = "container exporter service service-monitor";
  const now = [{ hops: ["hpa", "deployment"], lesson: 7 }];
  assert.deepEqual(await at(3), [
    `${before} adapter api-service`,
    [{ hops: ["prometheus"], lesson: 4 }, ...now],
    false,
  ]);
  assert.deepEqual(await at(4), [`${before} prometheus adapter api-service`, now, false]);
  // Where nothing of a custom metric was taught, or no course says what was, it is that of what pods use.
  assert.deepEqual(await at(2), [
    "",
    [{ hops: ["container", "metrics-server", "api-service"], lesson: 3 }, ...now],
    true,
  ]);
  assert.deepEqual(await at(undefined), [
    "container metrics-server api-service hpa deployment",
    [],
    true,
  ]);
});

Deno.test("amounts are as short as a person reads them", () => {
  assert.deepEqual(
    [0, 0.4713, 12.34, 156.4, 9_999, 12_345, 28_000_000].map((value) => amountText(value)),
    ["0", "0.47", "12.3", "156", "9999", "12.3k", "28M"],
  );
  assert.equal(amountText(81.6, "utilization"), "82%");
});
