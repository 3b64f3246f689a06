import assert from "node:assert/strict";
import { parseAllDocuments } from "yaml";
import type { ConfigMap, KubeObject, Manifest } from "../../../../lib/kube/mod.ts";
import { kubePrometheusStack } from "../../../../lib/sim/charts/mod.ts";
import { Cluster } from "../../../../lib/sim/cluster.ts";
import { memoryState } from "../../../../lib/sim/state/mod.ts";
import type { SimApi, StateFile } from "../../../../lib/sim/seams.ts";
import { STRICT } from "../../_strict.ts";

const MONITORING = "monitoring.coreos.com/v1";
const EXAMPLE = new URL("../../../../examples/01_nginx_custom_metrics/", import.meta.url);

interface Lab {
  cluster: Cluster;
  api: SimApi;
  state: StateFile;
}

function open(state: StateFile): Lab {
  const cluster = Cluster.boot({
    state,
    name: "hpa-practice",
    startMs: Date.UTC(2026, 0, 1, 3, 4, 5),
    seed: 3,
    ...STRICT,
  });
  return { cluster, state, api: cluster.api.client({ user: "system:admin", manager: "helm" }) };
}

function put(api: SimApi, object: Manifest): void {
  const resource = api.resourceFor(object.apiVersion, object.kind)!;
  api.create(resource, structuredClone(object));
}

/** A cluster with the lab's Prometheus. */
function install(change: (values: any) => void = () => {}): Lab {
  const lab = open(memoryState());
  const { api, cluster } = lab;
  cluster.clock.advance(30_000);
  const values = structuredClone(kubePrometheusStack.values) as any;
  values.alertmanager.enabled = false;
  values.grafana.enabled = false;
  values.prometheus.service.type = "NodePort";
  values.prometheus.service.nodePort = 30950;
  change(values);
  for (const crd of kubePrometheusStack.crds!) put(api, crd);
  cluster.clock.drain();
  const release = {
    name: "operator",
    namespace: "default",
    revision: 1,
    isInstall: true,
    isUpgrade: false,
  };
  for (const object of kubePrometheusStack.render(values, release)) put(api, object);
  cluster.clock.advance(120_000);
  return lab;
}

function addExample(api: SimApi, change: (object: any) => void = () => {}): void {
  for (const name of ["configmap", "deployment", "service", "servicemonitor"]) {
    const text = Deno.readTextFileSync(new URL(`${name}.yaml`, EXAMPLE));
    for (const document of parseAllDocuments(text)) {
      const object = (document as { toJS(): any }).toJS();
      object.metadata.namespace ??= "default";
      change(object);
      put(api, object);
    }
  }
}

function ask(cluster: Cluster, path: string): any {
  return JSON.parse(cluster.http({ url: `http://127.0.0.1:30950${path}` }).body).data;
}

const query = (cluster: Cluster, text: string): any[] =>
  ask(cluster, `/api/v1/query?query=${encodeURIComponent(text)}`).result;

Deno.test("the operator brings up the Prometheus of the chart, and it scrapes the cluster", () => {
  const { cluster, api } = install();
  const statefulSet = api.get(
    "statefulsets.apps",
    "default",
    "prometheus-operator-kube-prometheus-s-prometheus",
  )!;
  assert.deepEqual(
    statefulSet.spec.template.spec.containers.map(({ name }: KubeObject["metadata"]) => name),
    ["prometheus", "config-reloader"],
  );
  const pod = api.get("pods", "default", "prometheus-operator-kube-prometheus-s-prometheus-0")!;
  assert.deepEqual(
    pod.status.containerStatuses.map((one: any) => one.ready),
    [true, true],
  );
  const prometheus = api.get(
    "prometheuses.monitoring.coreos.com",
    "default",
    "operator-kube-prometheus-s-prometheus",
  )!;
  assert.deepEqual(
    prometheus.status.conditions.map(({ type, status }: any) => [type, status]),
    [["Available", "True"], ["Reconciled", "True"]],
  );
  const { scrapeInterval, evaluationInterval } = prometheus.spec;
  assert.deepEqual([scrapeInterval, evaluationInterval], ["30s", "30s"]);
  const up = new Set(query(cluster, "up == 1").map(({ metric }) => metric.job));
  for (
    const job of [
      "kubelet",
      "kube-state-metrics",
      "node-exporter",
      "operator-kube-prometheus-s-operator",
      "operator-kube-prometheus-s-prometheus",
    ]
  ) assert(up.has(job), job);
  assert(query(cluster, 'go_memory_classes_heap_objects_bytes{service!=""}').length > 0);
  assert.equal(query(cluster, "count(kube_node_info)")[0].value[1], "2");
  assert.equal(query(cluster, "count(count by (instance) (node_load1))")[0].value[1], "2");
  cluster.close();
});

Deno.test("a ServiceMonitor becomes a target within a minute and a half", () => {
  const { cluster, api } = install();
  addExample(api);
  cluster.clock.advance(90_000);
  const [{ metric }] = query(cluster, "nginx_http_requests_total");
  const { instance: _instance, pod: _pod, ...labels } = metric;
  assert.deepEqual(labels, {
    __name__: "nginx_http_requests_total",
    container: "exporter",
    endpoint: "exporter",
    job: "nginx-custom-metric",
    namespace: "default",
    service: "nginx-custom-metric",
  });
  cluster.close();
});

Deno.test("a ServiceMonitor without the release's label is not there; one with a wrong port finds nothing", () => {
  const { cluster, api } = install();
  addExample(api, (object) => {
    if (object.kind === "ServiceMonitor") delete object.metadata.labels.release;
  });
  put(api, {
    apiVersion: MONITORING,
    kind: "ServiceMonitor",
    metadata: { name: "wrong-port", namespace: "default", labels: { release: "operator" } },
    spec: {
      selector: { matchLabels: { app: "nginx-custom-metric" } },
      endpoints: [{ port: "metrics" }],
    },
  });
  cluster.clock.advance(120_000);
  const pools: string[] = ask(cluster, "/api/v1/scrape_pools").scrapePools;
  assert(!pools.includes("serviceMonitor/default/nginx-custom-metric/0"));
  const wrong = "serviceMonitor/default/wrong-port/0";
  assert(pools.includes(wrong));
  const targets = ask(cluster, `/api/v1/targets?scrapePool=${encodeURIComponent(wrong)}`);
  assert.deepEqual(targets.activeTargets, []);
  assert(targets.droppedTargetCounts[wrong] > 0);
  api.patch("servicemonitors.monitoring.coreos.com", "default", "wrong-port", {
    spec: { endpoints: [{ port: "exporter" }] },
  });
  cluster.clock.advance(120_000);
  assert.equal(query(cluster, "count(nginx_up)")[0].value[1], "1");
  cluster.close();
});

Deno.test("a rule that will not parse is refused by the webhook, with its place", () => {
  const { cluster, api } = install();
  const rule = {
    apiVersion: MONITORING,
    kind: "PrometheusRule",
    metadata: { name: "mine", namespace: "default", labels: { release: "operator" } },
    spec: { groups: [{ name: "mine", rules: [{ record: "a:b", expr: "sum(up" }] }] },
  };
  assert.throws(() => put(api, rule), /denied the request: Rules are not valid/);
  rule.spec.groups[0].rules[0].expr = "sum(up)";
  put(api, rule);
  cluster.clock.advance(150_000);
  assert.equal(query(cluster, "a:b").length, 1);
  cluster.close();
});

Deno.test("what a rule recorded ends with it, be it deleted or no longer selected", () => {
  const { cluster, api } = install();
  const rules = "prometheusrules.monitoring.coreos.com";
  const names = ["first", "second"];
  for (const name of names) {
    put(api, {
      apiVersion: MONITORING,
      kind: "PrometheusRule",
      metadata: { name, namespace: "default", labels: { release: "operator" } },
      spec: { groups: [{ name, rules: [{ record: `${name}:up`, expr: "sum(up)" }] }] },
    });
  }
  const found = () => names.map((name) => query(cluster, `${name}:up`).length);
  cluster.clock.advance(150_000);
  assert.deepEqual(found(), [1, 1]);
  api.delete(rules, "default", "first");
  cluster.clock.advance(150_000);
  assert.deepEqual(found(), [0, 1]);
  api.patch(rules, "default", "second", { metadata: { labels: { release: "prometheus" } } });
  cluster.clock.advance(150_000);
  assert.deepEqual(found(), [0, 0]);
  cluster.close();
});

const PODS_JOB = [{
  job_name: "annotated-pods",
  kubernetes_sd_configs: [{ role: "pod" }],
  relabel_configs: [
    {
      source_labels: ["__meta_kubernetes_pod_container_port_name"],
      action: "keep",
      regex: "exporter",
    },
    { source_labels: ["__meta_kubernetes_pod_name"], target_label: "found" },
  ],
}];

function extraJobs(list: unknown): ConfigMap {
  const data = { "asc.yaml": btoa(typeof list === "string" ? list : JSON.stringify(list)) };
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "extra", namespace: "default" },
    data,
  };
}

const PROMETHEUSES = "prometheuses.monitoring.coreos.com";
const LAB_PROMETHEUS = "operator-kube-prometheus-s-prometheus";

Deno.test("jobs of the user's own come from the chart's values or from a Secret", () => {
  const fromValues = install(({ prometheus }) => {
    prometheus.prometheusSpec.additionalScrapeConfigs = PODS_JOB;
  });
  addExample(fromValues.api);
  fromValues.cluster.clock.advance(150_000);
  assert.match(
    query(fromValues.cluster, 'nginx_up{job="annotated-pods"}')[0].metric.found,
    /^nginx/,
  );
  fromValues.cluster.close();

  const { cluster, api } = install();
  addExample(api);
  const additionalScrapeConfigs = { name: "extra", key: "asc.yaml" };
  api.patch(PROMETHEUSES, "default", LAB_PROMETHEUS, { spec: { additionalScrapeConfigs } });
  cluster.clock.advance(10_000);
  const reconciled = () =>
    api.get(PROMETHEUSES, "default", LAB_PROMETHEUS)!.status.conditions
      .find(({ type }: { type: string }) => type === "Reconciled").message;
  const loading = "loading additional scrape configs from Secret failed: ";
  assert.equal(reconciled(), `${loading}secrets "extra" not found`);
  put(api, { ...extraJobs([]), data: {} });
  cluster.clock.advance(10_000);
  assert.equal(reconciled(), `${loading}key asc.yaml could not be found in secret extra`);
  api.update("secrets", extraJobs("- a: ["));
  cluster.clock.advance(10_000);
  assert.match(reconciled(), /unmarshalling additional scrape configs failed: yaml: line 1: /);
  api.update("secrets", extraJobs(PODS_JOB));
  cluster.clock.advance(200_000);
  assert.equal(reconciled(), "");
  assert.equal(query(cluster, 'count(nginx_up{job="annotated-pods"})')[0].value[1], "1");
  cluster.close();
});

Deno.test("a resumed lab has the samples the undisturbed one has", () => {
  const whole = install();
  addExample(whole.api);
  whole.cluster.clock.advance(600_000);

  const first = install();
  addExample(first.api);
  first.cluster.clock.advance(300_000);
  first.cluster.save();
  first.cluster.close();
  const second = open(first.state);
  second.cluster.clock.advance(300_000);
  const samples = (cluster: Cluster, text: string) =>
    query(cluster, text).map((one) => JSON.stringify(one)).sort();
  for (
    const text of [
      "nginx_http_requests_total[10m]",
      "up[10m]",
      "scrape_series_added[10m]",
      "count:up1[10m]",
      "kube_pod_info[10m]",
    ]
  ) assert.deepEqual(samples(second.cluster, text), samples(whole.cluster, text), text);
  whole.cluster.close();
  second.cluster.close();
});
