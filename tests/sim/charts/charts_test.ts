import assert from "node:assert/strict";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { parse } from "yaml";
import { mergeValues } from "../../../lib/commands/helm/_merge_values.ts";
import type { ConfigMap, KubeObject } from "../../../lib/kube/mod.ts";
import {
  charts,
  keda,
  kubePrometheusStack,
  metricsServer,
  prometheusAdapter,
} from "../../../lib/sim/charts/mod.ts";
import type { Chart, Release } from "../../../lib/sim/seams.ts";
import { type Golden, goldenObject } from "./_golden.ts";

const testdata = new URL("./testdata/", import.meta.url);
const helmValues = new URL("../../../helm_values/", import.meta.url);

function release(name: string, namespace = "default"): Release {
  return { name, namespace, revision: 1, isInstall: true, isUpgrade: false };
}

function render(chart: Chart, values: Record<string, unknown>, at = release("operator")) {
  return chart.render(mergeValues(chart.name, chart.values, values).values, at);
}

function find(objects: KubeObject[], kind: string, name: string): ConfigMap {
  const found = objects.find((object) => object.kind === kind && object.metadata.name === name);
  assert.ok(found, `no ${kind} ${name}`);
  return found;
}

const quiet = { alertmanager: { enabled: false }, grafana: { enabled: false } };

for (
  const [file, chart] of [
    ["metrics_server", metricsServer],
    ["prometheus_adapter", prometheusAdapter],
    ["keda", keda],
    ["kube_prometheus_stack", kubePrometheusStack],
  ] as const
) {
  Deno.test(`${chart.name} renders what a real helm rendered from the real chart`, () => {
    const golden: Golden = JSON.parse(Deno.readTextFileSync(new URL(`${file}.json`, testdata)));
    assert.equal(golden.chart, `${chart.name}-${chart.version}`);
    const objects = render(
      chart,
      golden.values,
      release(golden.release.name, golden.release.namespace),
    );
    const rules = objects.filter(({ kind }) => kind === "PrometheusRule");
    const mine = objects.filter(({ kind, metadata }) =>
      kind !== "PrometheusRule" && kind !== "CustomResourceDefinition" &&
      !metadata.annotations?.["helm.sh/hook"]
    ).map(goldenObject);
    const key = ({ kind, namespace, name }: { kind: string; namespace: string; name: string }) =>
      `${kind} ${namespace}/${name}`;
    assert.deepEqual(mine.map(key).sort(), golden.objects.map(key).sort());
    for (const object of mine) {
      const expected = golden.objects.find((each) => key(each) === key(object))!;
      assert.deepEqual(object.labels, expected.labels, key(object));
      assert.equal(object.sha256, expected.sha256, `${key(object)} differs below its metadata`);
    }
    for (const { metadata } of rules) {
      assert.ok(golden.rules.includes(metadata.name), metadata.name);
    }
  });
}

Deno.test("a rule of one's own is folded at 80 columns, as helm's toYaml leaves it, and the chart's own are not", () => {
  const query =
    "sum(rate(<<.Series>>{<<.LabelMatchers>>}[5m])) / scalar(count(up == 1)) by (<<.GroupBy>>)";
  const values = { rules: { default: true, custom: [{ seriesQuery: "x", metricsQuery: query }] } };
  const { data } = find(
    render(prometheusAdapter, values, release("a")),
    "ConfigMap",
    "a-prometheus-adapter",
  ) as
    & KubeObject
    & { data: Record<string, string> };
  const lines = data["config.yaml"].split("\n");
  const own = lines.findIndex((line) => line.includes("scalar(count(up"));
  assert.deepEqual(lines.slice(own, own + 2), [
    "- metricsQuery: sum(rate(<<.Series>>{<<.LabelMatchers>>}[5m])) / scalar(count(up ==",
    "    1)) by (<<.GroupBy>>)",
  ]);
  assert.ok(lines.some((line) => line.length > 95), "the template's own text is whole");
});

Deno.test("every chart renders with the values of the learner's folder", () => {
  const files: Record<string, string> = {
    "metrics-server": "metrics-server.yaml",
    "kube-prometheus-stack": "prometheus-operator.yaml",
    "prometheus-adapter": "prometheus-adapter.yaml",
    keda: "keda.yaml",
  };
  for (const chart of charts) {
    const values = parse(Deno.readTextFileSync(new URL(files[chart.name], helmValues)));
    const merged = mergeValues(chart.name, chart.values, values);
    assert.deepEqual(merged.warnings, []);
    assert.ok(chart.render(merged.values, release(chart.name)).length > 5);
  }
});

Deno.test("charts give pods the labels that the lab selects them by", () => {
  const stack = render(kubePrometheusStack, quiet);
  for (
    const [kind, name] of [
      ["Deployment", "operator-kube-prometheus-s-operator"],
      ["Deployment", "operator-kube-state-metrics"],
      ["DaemonSet", "operator-prometheus-node-exporter"],
    ]
  ) assert.equal(find(stack, kind, name).spec.template.metadata.labels.release, "operator");

  const operator = find(render(keda, {}, release("keda", "keda")), "Deployment", "keda-operator");
  assert.equal(operator.spec.template.metadata.labels.app, "keda-operator");
});

Deno.test("prometheus-adapter puts the learner's rules after the chart's six", () => {
  const rule = { seriesQuery: "up", metricsQuery: "sum(<<.Series>>) by (<<.GroupBy>>)" };
  const before = render(prometheusAdapter, {}, release("prometheus-adapter"));
  const after = render(
    prometheusAdapter,
    { rules: { custom: [rule] } },
    release("prometheus-adapter"),
  );
  const config = (objects: KubeObject[]) =>
    parse(find(objects, "ConfigMap", "prometheus-adapter").data!["config.yaml"]);
  assert.equal(config(before).rules.length, 6);
  assert.deepEqual(config(after).rules.slice(6), [rule]);
  const checksum = (objects: KubeObject[]) =>
    find(objects, "Deployment", "prometheus-adapter").spec.template.metadata
      .annotations["checksum/config"];
  assert.notEqual(checksum(before), checksum(after));
});

Deno.test("prometheus-adapter joins url, port and path, and registers what has rules", () => {
  const objects = render(prometheusAdapter, {
    prometheus: { url: "http://p.monitoring", port: 0, path: "/prom" },
    metricsRelistInterval: "30s",
    rules: { default: false, external: [{ seriesQuery: "up" }] },
  }, release("prometheus-adapter"));
  const { args } = find(objects, "Deployment", "prometheus-adapter").spec.template.spec
    .containers[0];
  assert.ok(args.includes("--prometheus-url=http://p.monitoring/prom"));
  assert.ok(args.includes("--metrics-relist-interval=30s"));
  assert.deepEqual(
    objects.filter(({ kind }) => kind === "APIService").map(({ metadata }) => metadata.name),
    ["v1beta1.external.metrics.k8s.io"],
  );
});

Deno.test("kube-prometheus-stack follows the Prometheus values", () => {
  const objects = render(kubePrometheusStack, {
    ...quiet,
    prometheus: {
      service: { type: "NodePort", nodePort: 30950 },
      prometheusSpec: {
        serviceMonitorSelectorNilUsesHelmValues: false,
        retention: "6h",
        scrapeInterval: "15s",
        resources: { requests: { cpu: "50m" } },
      },
    },
  });
  const { spec } = find(objects, "Prometheus", "operator-kube-prometheus-s-prometheus");
  assert.deepEqual(spec.serviceMonitorSelector, {});
  assert.deepEqual(spec.podMonitorSelector, { matchLabels: { release: "operator" } });
  assert.equal(spec.retention, "6h");
  assert.equal(spec.scrapeInterval, "15s");
  assert.deepEqual(spec.resources, { requests: { cpu: "50m" } });
  const service = find(objects, "Service", "operator-kube-prometheus-s-prometheus");
  assert.equal(service.spec.ports[0].nodePort, 30950);
});

Deno.test("kube-prometheus-stack names what it cannot do instead of leaving it out", () => {
  assert.throws(() => render(kubePrometheusStack, {}), {
    name: "ChartError",
    message: /grafana is not simulated here; set grafana.enabled to false/,
  });
  assert.throws(
    () => render(kubePrometheusStack, { ...quiet, prometheus: { agentMode: true } }),
    /prometheus.agentMode is part of the real chart/,
  );
});

Deno.test("kube-prometheus-stack has a genuine certificate where connections are encrypted, as its Jobs make", () => {
  const certifiedAtMs = Date.UTC(2026, 10, 30);
  const objects = render(kubePrometheusStack, quiet, { ...release("operator"), certifiedAtMs });
  const { data } = find(objects, "Secret", "operator-kube-prometheus-s-admission") as any;
  const [authority, own] = [data.ca, data.cert].map((pem) => new X509Certificate(atob(pem)));
  assert.ok(own.verify(authority.publicKey));
  assert.ok(own.checkPrivateKey(createPrivateKey(atob(data.key))));
  for (
    const name of ["", ".default.svc"].map((end) => `operator-kube-prometheus-s-operator${end}`)
  ) {
    assert.equal(own.checkHost(name), name);
  }
  const configurations = objects.filter(({ kind }) =>
    kind.endsWith("WebhookConfiguration")
  ) as any[];
  const bundles = configurations.flatMap(({ webhooks }) =>
    webhooks.map(({ clientConfig }: any) => clientConfig.caBundle)
  );
  assert.deepEqual(new Set(bundles), new Set([data.ca]));
});

Deno.test("kube-prometheus-stack turns parts off", () => {
  const objects = render(kubePrometheusStack, {
    ...quiet,
    nodeExporter: { enabled: false },
    kubeStateMetrics: { enabled: false },
    kubernetesServiceMonitors: { enabled: false },
    defaultRules: { create: false },
    prometheusOperator: { admissionWebhooks: { enabled: false }, tls: { enabled: false } },
  });
  assert.deepEqual(
    objects.filter(({ kind }) => kind === "ServiceMonitor").map(({ metadata }) => metadata.name)
      .sort(),
    ["operator-kube-prometheus-s-operator", "operator-kube-prometheus-s-prometheus"],
  );
  assert.ok(!objects.some(({ kind }) => kind === "PrometheusRule" || kind === "Secret"));
  const operator = find(objects, "Deployment", "operator-kube-prometheus-s-operator");
  assert.ok(operator.spec.template.spec.containers[0].args.includes("--web.enable-tls=false"));
});

Deno.test("names follow nameOverride, fullnameOverride and a release named like its chart", () => {
  const deployment = (values: Record<string, unknown>, name: string) =>
    render(metricsServer, values, release(name)).find(({ kind }) => kind === "Deployment")!
      .metadata.name;
  assert.equal(deployment({}, "metrics-server"), "metrics-server");
  assert.equal(deployment({}, "my"), "my-metrics-server");
  assert.equal(deployment({ nameOverride: "ms" }, "my"), "my-ms");
  assert.equal(deployment({ fullnameOverride: "exactly" }, "my"), "exactly");
});

Deno.test("a value of the wrong type fails in the words of Go's templates", () => {
  const at = release("prometheus-adapter");
  assert.throws(() => render(prometheusAdapter, { prometheus: "http://x" }, at), {
    message: /at <\.Values\.prometheus\.url>: can't evaluate field url in type interface {}/,
  });
  assert.throws(() => render(prometheusAdapter, { prometheus: null }, at), {
    message: /at <\.Values\.prometheus\.url>: nil pointer evaluating interface {}\.url/,
  });
});

Deno.test("values nobody knows are ignored", () => {
  const plain = render(keda, {}, release("keda"));
  assert.deepEqual(render(keda, { nonsense: { x: 1 } }, release("keda")), plain);
});

Deno.test("rendering does not change the chart's own values", () => {
  for (const chart of charts) {
    const before = JSON.stringify(chart.values);
    const values = mergeValues(chart.name, chart.values, quiet).values;
    chart.render(values, release("x"));
    assert.equal(JSON.stringify(chart.values), before, chart.name);
  }
});
