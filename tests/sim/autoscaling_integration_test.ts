import assert from "node:assert/strict";
import { SeededRandom, VirtualClock } from "../../lib/base/mod.ts";
import { ApiError, type ConfigMap, type KubeObject } from "../../lib/kube/mod.ts";
import { ApiServer } from "../../lib/sim/api/mod.ts";
import {
  keda,
  metricsServer as metricsServerChart,
  prometheusAdapter as adapterChart,
} from "../../lib/sim/charts/mod.ts";
import { startHpaController } from "../../lib/sim/controllers/hpa/mod.ts";
import { VirtualNetwork } from "../../lib/sim/network/mod.ts";
import { kedaAdmissionWebhooks } from "../../lib/sim/programs/keda_admission_webhooks/mod.ts";
import { kedaMetricsApiserver } from "../../lib/sim/programs/keda_metrics_apiserver/mod.ts";
import { kedaOperator } from "../../lib/sim/programs/keda_operator/mod.ts";
import { metricsServer } from "../../lib/sim/programs/metrics_server/mod.ts";
import { prometheusAdapter } from "../../lib/sim/programs/prometheus_adapter/mod.ts";
import type { Chart, Program, SimContext } from "../../lib/sim/seams.ts";
import { FakeContainer, MemoryState } from "./fakes/mod.ts";

const START = Date.UTC(2026, 10, 24, 3, 0, 0);
const HPAS = "horizontalpodautoscalers.autoscaling";
const PROMETHEUS = "operator-kube-prometheus-s-prometheus";
const LAB_RULE = {
  seriesQuery: '{__name__=~"^nginx_http_requests_total.*",namespace!=""}',
  resources: {
    overrides: {
      namespace: { resource: "namespace" },
      pod: { resource: "pod" },
      service: { resource: "service" },
    },
  },
  name: { matches: "nginx_http_requests_total", as: "nginx_http_requests_total" },
  metricsQuery: "sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)",
};

/** The real API server and network, with the charts' objects and their programs; no kubelet. */
class Lab {
  readonly clock = new VirtualClock(START);
  readonly network = new VirtualNetwork();
  readonly state = new MemoryState();
  readonly random = new SeededRandom(1);
  readonly server: ApiServer;
  /** What Prometheus answers to any query. */
  value = "160";
  #lastIp = 20;

  constructor() {
    const { clock, random, state, network } = this;
    this.server = new ApiServer({ clock, random, state, network });
    network.attach(this.api);
    for (const name of ["default", "kube-system", "keda"]) this.namespace(name);
    this.api.create("nodes", {
      apiVersion: "v1",
      kind: "Node",
      metadata: { name: "worker" },
    });
    this.api.updateStatus("nodes", {
      ...structuredClone(this.api.get("nodes", "", "worker")!),
      status: {
        addresses: [{ type: "InternalIP", address: "172.18.0.3" }],
        conditions: [{ type: "Ready", status: "True" }],
      },
    });
    clock.drain();
  }

  get api() {
    return this.server.client({ user: "system:admin", manager: "test" });
  }

  namespace(name: string): void {
    if (!this.api.get("namespaces", "", name)) {
      this.api.create("namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name } });
    }
    if (this.api.get("serviceaccounts", name, "default")) return;
    this.api.create("serviceaccounts", {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name: "default", namespace: name },
    });
  }

  /** A ready endpoint of a Service, at an address of its own. */
  endpoint(namespace: string, service: string, ports: Record<string, number>): string {
    const ip = `10.244.1.${this.#lastIp++}`;
    this.api.create("endpointslices.discovery.k8s.io", {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: {
        name: `${service}-abcde`,
        namespace,
        labels: { "kubernetes.io/service-name": service },
      },
      addressType: "IPv4",
      endpoints: [{ addresses: [ip], conditions: { ready: true }, nodeName: "worker" }],
      ports: Object.entries(ports).map(([name, port]) => ({ name, port, protocol: "TCP" })),
    });
    return ip;
  }

  install(
    chart: Chart,
    values: Record<string, unknown>,
    name: string,
    namespace: string,
  ): KubeObject[] {
    const release = { name, namespace, revision: 1, isInstall: true, isUpgrade: false };
    const objects = [...chart.crds ?? [], ...chart.render(merged(chart.values, values), release)];
    const order = (kind: string) => (kind === "CustomResourceDefinition" ? 0 : 1);
    objects.sort((a, b) => order(a.kind) - order(b.kind));
    for (const object of objects) {
      const resource = this.api.resourceFor(object.apiVersion, object.kind);
      assert.ok(resource, `${object.apiVersion} ${object.kind} is served`);
      this.api.create(resource, structuredClone(object));
    }
    this.clock.drain();
    return objects;
  }

  /** Runs a Deployment's container without a kubelet. */
  run(program: Program, objects: readonly ConfigMap[], deployment: string, ip: string) {
    const found = objects.find(({ kind, metadata }) =>
      kind === "Deployment" && metadata.name === deployment
    );
    assert.ok(found, `Deployment ${deployment}`);
    const [{ command = [], args = [] }] = found.spec.template.spec.containers;
    const config = objects.find(({ kind, data }) => kind === "ConfigMap" && data?.["config.yaml"]);
    const container = new FakeContainer(this.clock, this.network, this.api, {
      ip,
      namespace: found.metadata.namespace,
      args: [...command, ...args],
      files: {
        "/etc/adapter/config.yaml": config?.data?.["config.yaml"] ?? "",
        "/certs/tls.crt": "made before",
      },
    });
    return container.start(program);
  }

  startPrometheus(): void {
    this.api.create("services", {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: PROMETHEUS, namespace: "default" },
      spec: { ports: [{ name: "http-web", port: 9090, targetPort: 9090 }] },
    });
    const ip = this.endpoint("default", PROMETHEUS, { "http-web": 9090 });
    this.network.listen(ip, 9090, ({ path, query }) => {
      const labels = {
        __name__: "nginx_http_requests_total",
        namespace: "default",
        pod: "web-0",
        service: "web",
      };
      const isLabRule = query.get("match[]")?.includes("nginx");
      const grouped = query.get("query")?.includes("by (service)");
      const data = path === "/api/v1/series" ? (isLabRule ? [labels] : []) : {
        resultType: "vector",
        result: [{ metric: grouped ? { service: "web" } : {}, value: [0, this.value] }],
      };
      return { status: 200, headers: {}, body: JSON.stringify({ status: "success", data }) };
    });
  }

  /** A Deployment `web` with its pod, running and ready. */
  startWeb(): void {
    const selector = { matchLabels: { app: "web" } };
    const spec = { containers: [{ name: "nginx", image: "nginx" }] };
    this.api.create("deployments.apps", {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "web", namespace: "default" },
      spec: { replicas: 1, selector, template: { metadata: { labels: { app: "web" } }, spec } },
    });
    this.api.patch("deployments.apps", "default", "web", { status: { replicas: 1 } }, {
      subresource: "status",
    });
    this.api.create("pods", {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "web-0", namespace: "default", labels: { app: "web" } },
      spec,
    });
    this.api.patch("pods", "default", "web-0", {
      status: { phase: "Running", conditions: [{ type: "Ready", status: "True" }] },
    }, { subresource: "status" });
  }

  startHpa(): void {
    startHpaController({
      clock: this.clock,
      random: this.random,
      api: this.api,
      network: this.network,
      state: this.state,
    } as SimContext);
  }

  replicas(): number {
    return this.api.get("deployments.apps", "default", "web")!.spec.replicas;
  }
}

function merged(base: any, over: any): any {
  if (typeof over !== "object" || over === null || Array.isArray(over)) return over;
  const out = { ...base };
  for (const [key, value] of Object.entries(over)) {
    out[key] = typeof out[key] === "object" ? merged(out[key], value) : value;
  }
  return out;
}

Deno.test("the lab's rule reaches the HPA through the aggregated API", () => {
  const lab = new Lab();
  lab.startPrometheus();
  lab.startWeb();
  lab.startHpa();
  lab.api.create(HPAS, {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { name: "web", namespace: "default" },
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
      minReplicas: 1,
      maxReplicas: 3,
      metrics: [{
        type: "Object",
        object: {
          describedObject: { apiVersion: "v1", kind: "Service", name: "web" },
          metric: { name: "nginx_http_requests_total" },
          target: { type: "Value", value: "50" },
        },
      }],
    },
  });
  lab.clock.advance(15_000);
  const message = () =>
    lab.api.get(HPAS, "default", "web")!.status.conditions
      .find(({ type }: any) => type === "ScalingActive").message;
  assert.match(message(), /no custom metrics API \(custom\.metrics\.k8s\.io\) registered$/);
  assert.throws(
    () => lab.api.raw("/apis/custom.metrics.k8s.io/v1beta1"),
    (error) => error instanceof ApiError && error.code === 404,
  );

  const values = {
    prometheus: { url: `http://${PROMETHEUS}.default.svc`, port: 9090, path: "" },
    rules: { custom: [LAB_RULE] },
  };
  const objects = lab.install(adapterChart, values, "prometheus-adapter", "default");
  lab.clock.advance(15_000);
  assert.match(message(), /no known available metric versions found$/);
  const ip = lab.endpoint("default", "prometheus-adapter", { https: 6443 });
  lab.run(prometheusAdapter, objects, "prometheus-adapter", ip);
  lab.clock.advance(60_000);
  const list = lab.api.raw("/apis/custom.metrics.k8s.io/v1beta1");
  assert.deepEqual(list.resources.map(({ name }: any) => name), [
    "namespaces/nginx_http_requests_total",
    "pods/nginx_http_requests_total",
    "services/nginx_http_requests_total",
  ]);
  assert.equal(lab.replicas(), 3);
  const { status } = lab.api.get(HPAS, "default", "web")!;
  assert.equal(status.currentMetrics[0].object.current.value, "160");
  const events = lab.api.list("events", { namespace: "default" });
  assert.ok(events.some(({ reason, message }) =>
    reason === "SuccessfulRescale" &&
    message === "New size: 3; reason: Service metric nginx_http_requests_total above target"
  ));
});

Deno.test("KEDA's value reaches the HPA it made", () => {
  const lab = new Lab();
  lab.value = "250";
  lab.startPrometheus();
  lab.startWeb();
  lab.startHpa();
  const objects = lab.install(keda, { logging: { operator: { level: "debug" } } }, "keda", "keda");
  // Without them the operator would make them, end and start again, for which there is no kubelet here.
  const pem = btoa("made before");
  lab.api.create("secrets", {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "kedaorg-certs", namespace: "keda" },
    data: { "ca.crt": pem, "ca.key": pem, "tls.crt": pem, "tls.key": pem },
  });
  const operatorIp = lab.endpoint("keda", "keda-operator", { metricsservice: 9666 });
  const operator = lab.run(kedaOperator, objects, "keda-operator", operatorIp);
  const metricsIp = lab.endpoint("keda", "keda-operator-metrics-apiserver", { https: 6443 });
  lab.run(kedaMetricsApiserver, objects, "keda-operator-metrics-apiserver", metricsIp);
  lab.api.create("scaledobjects.keda.sh", {
    apiVersion: "keda.sh/v1alpha1",
    kind: "ScaledObject",
    metadata: { name: "web", namespace: "default" },
    spec: {
      scaleTargetRef: { name: "web" },
      minReplicaCount: 1,
      maxReplicaCount: 5,
      triggers: [{
        type: "prometheus",
        metadata: {
          serverAddress: `http://${PROMETHEUS}.default.svc:9090`,
          threshold: "50",
          query: 'sum(nginx_http_requests_total{pod=~"nginx-.*"})',
        },
      }],
    },
  });
  lab.clock.advance(60_000);
  assert.equal(lab.replicas(), 5);
  const hpa = lab.api.get(HPAS, "default", "keda-hpa-web")!;
  assert.equal(hpa.status.currentMetrics[0].external.current.averageValue, "250");
  assert.ok(
    operator.lines.some((line) => /Getting metrics from trigger.*"value":"250"/.test(line)),
  );
  const object = lab.api.get("scaledobjects.keda.sh", "default", "web")!;
  const ready = object.status.conditions.find(({ type }: any) => type === "Ready");
  assert.equal(ready.status, "True");
  const service = lab.api.get(
    "apiservices.apiregistration.k8s.io",
    "",
    "v1beta1.external.metrics.k8s.io",
  )!;
  assert.ok(service.spec.caBundle, "the operator gave its authority");
});

Deno.test("KEDA's webhook is asked before a ScaledObject is stored", () => {
  const lab = new Lab();
  lab.startWeb();
  const objects = lab.install(keda, {}, "keda", "keda");
  const scaledObject = () => ({
    apiVersion: "keda.sh/v1alpha1",
    kind: "ScaledObject",
    metadata: { name: "web", namespace: "default" },
    spec: { scaleTargetRef: { name: "web" }, triggers: [{ type: "prometheus", metadata: {} }] },
  });
  lab.api.create(HPAS, {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { name: "mine", namespace: "default" },
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
      maxReplicas: 3,
    },
  });
  // While nothing answers, failurePolicy Ignore lets it pass.
  lab.api.create("scaledobjects.keda.sh", scaledObject());
  lab.api.delete("scaledobjects.keda.sh", "default", "web");
  const ip = lab.endpoint("keda", "keda-admission-webhooks", { https: 9443 });
  lab.run(kedaAdmissionWebhooks, objects, "keda-admission-webhooks", ip);
  assert.throws(() => lab.api.create("scaledobjects.keda.sh", scaledObject()), {
    name: "ApiError",
    code: 403,
    message: 'admission webhook "vscaledobject.kb.io" denied the request: the workload ' +
      "'web' of type 'apps/v1.Deployment' is already managed by the hpa 'mine'",
  });
});

Deno.test("metrics-server's measurements come out of the aggregated API", () => {
  const lab = new Lab();
  lab.startWeb();
  lab.network.listen("172.18.0.3", 10250, () => {
    const seconds = lab.clock.now() / 1000 - START / 1000 + 100;
    const labels = 'container="nginx",namespace="default",pod="web-0"';
    const lines = [
      `node_cpu_usage_seconds_total ${seconds * 0.2}`,
      "node_memory_working_set_bytes 1.048576e+09",
      `container_cpu_usage_seconds_total{${labels}} ${seconds * 0.05}`,
      `container_memory_working_set_bytes{${labels}} 6.7108864e+07`,
      `container_start_time_seconds{${labels}} ${START / 1000 - 100}`,
    ];
    return { status: 200, headers: {}, body: `${lines.join("\n")}\n` };
  }, { tls: true, certificateError: "x509: certificate signed by unknown authority" });
  const values = { args: ["--kubelet-insecure-tls"] };
  const objects = lab.install(metricsServerChart, values, "metrics-server", "default");
  const ip = lab.endpoint("default", "metrics-server", { https: 10250 });
  lab.run(metricsServer, objects, "metrics-server", ip);
  lab.clock.advance(60_000);
  const { items: [pod] } = lab.api.raw("/apis/metrics.k8s.io/v1beta1/namespaces/default/pods");
  assert.deepEqual(pod.containers, [{ name: "nginx", usage: { cpu: "50m", memory: "64Mi" } }]);
});
