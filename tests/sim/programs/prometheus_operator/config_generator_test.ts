import assert from "node:assert/strict";
import { AssetStore } from "../../../../lib/sim/programs/prometheus_operator/assets.ts";
import { generateConfig } from "../../../../lib/sim/programs/prometheus_operator/config_generator.ts";
import { loadConfig } from "../../../../lib/sim/programs/prometheus/config.ts";
import type { SimApi } from "../../../../lib/sim/seams.ts";
import type { KubeObject } from "../../../../lib/kube/mod.ts";

const API = "monitoring.coreos.com/v1";

function generate(
  options: { spec?: object; monitors?: KubeObject[]; podMonitors?: KubeObject[] },
): string {
  return generateConfig({
    prometheus: {
      apiVersion: API,
      kind: "Prometheus",
      metadata: { name: "k8s", namespace: "default" },
      spec: { ruleSelector: {}, ...options.spec },
    },
    serviceMonitors: options.monitors ?? [],
    podMonitors: options.podMonitors ?? [],
    ruleConfigMaps: ["prometheus-k8s-rulefiles-0"],
    assets: new AssetStore({} as SimApi),
  });
}

function monitor(spec: object, name = "web"): KubeObject {
  return {
    apiVersion: API,
    kind: "ServiceMonitor",
    metadata: { name, namespace: "default" },
    spec,
  };
}

Deno.test("generateConfig() writes a ServiceMonitor's job in upstream's order", () => {
  const text = generate({
    monitors: [monitor({
      jobLabel: "app",
      selector: { matchLabels: { "k8s-app": "web" } },
      endpoints: [{ port: "metrics", path: "/m", interval: "15s", honorLabels: true }],
    })],
  });
  assert.equal(
    text,
    `global:
  scrape_interval: 30s
  external_labels:
    prometheus: default/k8s
    prometheus_replica: $(POD_NAME)
  evaluation_interval: 30s
rule_files:
- /etc/prometheus/rules/prometheus-k8s-rulefiles-0/*.yaml
scrape_configs:
- job_name: serviceMonitor/default/web/0
  honor_labels: true
  kubernetes_sd_configs:
  - role: endpoints
    namespaces:
      names:
      - default
  scrape_interval: 15s
  metrics_path: /m
  relabel_configs:
  - source_labels:
    - job
    target_label: __tmp_prometheus_job_name
  - action: keep
    source_labels:
    - __meta_kubernetes_service_label_k8s_app
    - __meta_kubernetes_service_labelpresent_k8s_app
    regex: (web);true
  - action: keep
    source_labels:
    - __meta_kubernetes_endpoint_port_name
    regex: metrics
  - source_labels:
    - __meta_kubernetes_endpoint_address_target_kind
    - __meta_kubernetes_endpoint_address_target_name
    separator: ;
    regex: Node;(.*)
    replacement: \${1}
    target_label: node
  - source_labels:
    - __meta_kubernetes_endpoint_address_target_kind
    - __meta_kubernetes_endpoint_address_target_name
    separator: ;
    regex: Pod;(.*)
    replacement: \${1}
    target_label: pod
  - source_labels:
    - __meta_kubernetes_namespace
    target_label: namespace
  - source_labels:
    - __meta_kubernetes_service_name
    target_label: service
  - source_labels:
    - __meta_kubernetes_pod_name
    target_label: pod
  - source_labels:
    - __meta_kubernetes_pod_container_name
    target_label: container
  - action: drop
    source_labels:
    - __meta_kubernetes_pod_phase
    regex: (Failed|Succeeded)
  - source_labels:
    - __meta_kubernetes_service_name
    target_label: job
    replacement: \${1}
  - source_labels:
    - __meta_kubernetes_service_label_app
    target_label: job
    regex: (.+)
    replacement: \${1}
  - target_label: endpoint
    replacement: metrics
  - source_labels:
    - __address__
    - __tmp_hash
    target_label: __tmp_hash
    regex: (.+);
    replacement: $1
    action: replace
  - source_labels:
    - __tmp_hash
    target_label: __tmp_hash
    modulus: 1
    action: hashmod
  - source_labels:
    - __tmp_hash
    - __tmp_disable_sharding
    regex: $(SHARD);|.+;.+
    action: keep
storage:
  tsdb:
    retention:
      time: 24h
`,
  );
});

Deno.test("generateConfig() orders jobs by namespace and name, and Prometheus loads them", () => {
  const endpoint = { port: "web" };
  const text = generate({
    spec: { retention: "6h", serviceDiscoveryRole: "EndpointSlice" },
    monitors: [
      monitor({ selector: {}, endpoints: [endpoint, endpoint] }, "b"),
      monitor({ selector: {}, namespaceSelector: { any: true }, endpoints: [endpoint] }, "a"),
    ],
    podMonitors: [{
      ...monitor({ selector: {}, podMetricsEndpoints: [{ portNumber: 80 }] }, "c"),
      kind: "PodMonitor",
    }],
  });
  const config = loadConfig(text);
  assert.deepEqual(config.scrapeConfigs.map(({ jobName }) => jobName), [
    "serviceMonitor/default/a/0",
    "serviceMonitor/default/b/0",
    "serviceMonitor/default/b/1",
    "podMonitor/default/c/0",
  ]);
  assert.deepEqual(
    config.scrapeConfigs.map(({ kubernetesSdConfigs: [sd] }) => [sd.role, sd.namespaces]),
    [
      ["endpointslice", []],
      ["endpointslice", ["default"]],
      ["endpointslice", ["default"]],
      ["pod", ["default"]],
    ],
  );
  assert.equal(config.retentionMs, 6 * 3_600_000);
});
