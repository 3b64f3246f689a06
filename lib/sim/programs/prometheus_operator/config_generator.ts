import { fromYaml, toYaml, YamlError } from "../../../go/mod.ts";
import {
  formatRequirements,
  type KubeObject,
  type models,
  selectorRequirements,
} from "../../../kube/mod.ts";
import type {
  Endpoint,
  Limits,
  MonitorSpec,
  PodMonitor,
  Prometheus,
  PrometheusSpec,
  RelabelConfig,
  SecretOrConfigMap,
  ServiceMonitor,
  TlsConfig,
} from "./monitoring_v1.ts";
import { sanitizeLabelName } from "../../../promql/mod.ts";
import { CERTS_DIR, endpointRole, RULES_DIR, shardCount } from "./names.ts";
import { AssetError, assetName, type AssetStore } from "./assets.ts";

type Fields = Record<string, unknown>;

/** What a configuration is generated from. */
export interface Selection {
  prometheus: Prometheus;
  serviceMonitors: readonly ServiceMonitor[];
  podMonitors: readonly PodMonitor[];
  ruleConfigMaps: readonly string[];
  /** A list of scrape configurations of the user's own, as YAML. */
  additionalScrapeConfigs?: string;
  assets: AssetStore;
}

/**
 * The Prometheus configuration for what a Prometheus object selects.
 * Source: prometheus-operator/prometheus-operator pkg/prometheus/promcfg.go
 * (GenerateServerConfiguration), for Prometheus 3.11 and newer. Errors: AssetError.
 * Differs: alerting, remote read and write, tracing, OTLP, Probes, ScrapeConfigs and scrape classes
 * are left out.
 */
export function generateConfig(selection: Selection): string {
  const { prometheus, assets } = selection;
  const spec = prometheus.spec ?? {};
  const byKey = <Kind extends KubeObject>(objects: readonly Kind[]) =>
    objects.toSorted((a, b) => objectKey(a) < objectKey(b) ? -1 : 1);
  const config: Fields = {
    global: {
      scrape_interval: spec.scrapeInterval || "30s",
      ...when("scrape_timeout", spec.scrapeTimeout),
      ...when("scrape_protocols", spec.scrapeProtocols),
      external_labels: externalLabels(prometheus),
      ...globalLimits(spec),
      evaluation_interval: spec.evaluationInterval || "30s",
      ...when("rule_query_offset", spec.ruleQueryOffset),
    },
    ...(spec.runtime?.goGC === undefined ? {} : { runtime: { gogc: spec.runtime.goGC } }),
    ...(spec.ruleSelector === undefined ? {} : {
      rule_files: selection.ruleConfigMaps.map((name) => `${RULES_DIR}/${name}/*.yaml`),
    }),
    scrape_configs: [
      ...byKey(selection.serviceMonitors).flatMap((monitor) =>
        (monitor.spec?.endpoints ?? []).map((endpoint, index) =>
          serviceMonitorConfig(prometheus, monitor, endpoint, index, assets)
        )
      ),
      ...byKey(selection.podMonitors).flatMap((monitor) =>
        (monitor.spec?.podMetricsEndpoints ?? []).map((endpoint, index) =>
          podMonitorConfig(prometheus, monitor, endpoint, index, assets)
        )
      ),
      ...additionalConfigs(selection.additionalScrapeConfigs ?? "", shardCount(spec)),
    ],
    storage: { tsdb: tsdb(spec) },
  };
  return toYaml(config, { keepOrder: true });
}

/** Source: pkg/prometheus/promcfg.go (appendAdditionalScrapeConfigs). */
function additionalConfigs(text: string, shards: number): Fields[] {
  const failure = (why: string) =>
    new AssetError(
      "creating config failed: generating config failed: generate additional scrape configs: " +
        `unmarshalling additional scrape configs failed: ${why}`,
    );
  let list: unknown;
  try {
    list = fromYaml(text);
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    throw failure(error.message);
  }
  if (list === null) return [];
  if (!Array.isArray(list)) throw failure("yaml: unmarshal errors: the jobs are not a list");
  if (shards <= 1) return list;
  return list.map((config) => ({
    ...config,
    relabel_configs: [...config.relabel_configs ?? [], ...shardRelabelings(shards)],
  }));
}

function objectKey({ metadata }: KubeObject): string {
  return `${metadata.namespace}/${metadata.name}`;
}

function when(name: string, value: unknown): Fields {
  const isEmpty = value === undefined || value === null || value === "" ||
    (typeof value === "object" && Object.keys(value).length === 0);
  return isEmpty ? {} : { [name]: value };
}

function externalLabels({ metadata, spec = {} }: Prometheus): Record<string, string> {
  const labels: Record<string, string> = { ...spec.externalLabels };
  const replica = spec.replicaExternalLabelName ?? "prometheus_replica";
  const own = spec.prometheusExternalLabelName ?? "prometheus";
  if (own !== "") labels[own] = `${metadata.namespace}/${metadata.name}`;
  if (replica !== "") labels[replica] = "$(POD_NAME)";
  return Object.fromEntries(Object.entries(labels).sort(([a], [b]) => a < b ? -1 : 1));
}

const LIMITS: readonly [
  key: string,
  field: keyof Limits,
  enforced: `enforced${Capitalize<keyof Limits>}`,
][] = [
  ["sample_limit", "sampleLimit", "enforcedSampleLimit"],
  ["target_limit", "targetLimit", "enforcedTargetLimit"],
  ["label_limit", "labelLimit", "enforcedLabelLimit"],
  ["label_name_length_limit", "labelNameLengthLimit", "enforcedLabelNameLengthLimit"],
  ["label_value_length_limit", "labelValueLengthLimit", "enforcedLabelValueLengthLimit"],
  ["keep_dropped_targets", "keepDroppedTargets", "enforcedKeepDroppedTargets"],
];

function globalLimits(spec: PrometheusSpec): Fields {
  const out: Fields = {};
  for (const [key, field, enforced] of LIMITS) {
    const most = spec[enforced] || Infinity;
    const limit = Math.min(spec[field] || most, most);
    if (limit > 0 && limit !== Infinity) out[key] = limit;
  }
  return out;
}

function monitorLimits(monitor: MonitorSpec, spec: PrometheusSpec): Fields {
  const out: Fields = {};
  for (const [key, field, enforced] of LIMITS) {
    const user = monitor[field];
    if (user === undefined || user === null) continue;
    out[key] = Math.min(user, spec[enforced] || Infinity);
  }
  return {
    ...out,
    ...when("scrape_protocols", monitor.scrapeProtocols),
    ...when("fallback_scrape_protocol", monitor.fallbackScrapeProtocol),
    ...when("body_size_limit", monitor.bodySizeLimit),
  };
}

function tsdb(spec: PrometheusSpec): Fields {
  const time = spec.retention || (spec.retentionSize ? "" : "24h");
  return {
    ...when("out_of_order_time_window", spec.tsdb?.outOfOrderTimeWindow),
    retention: { ...when("time", time), ...when("size", spec.retentionSize) },
  };
}

function serviceMonitorConfig(
  prometheus: Prometheus,
  monitor: ServiceMonitor,
  endpoint: Endpoint,
  index: number,
  assets: AssetStore,
): Fields {
  const spec = prometheus.spec ?? {};
  const own = monitor.spec ?? {};
  const { namespace = "", name } = monitor.metadata;
  const role = endpointRole(own.serviceDiscoveryRole ?? spec.serviceDiscoveryRole);
  const relabelings: Fields[] = [
    { source_labels: ["job"], target_label: "__tmp_prometheus_job_name" },
    ...(isRoleSelector(own) ? [] : selectorRelabelings("service", own.selector)),
    ...portRelabelings(endpoint, `__meta_kubernetes_${dashless(role)}_port_name`),
    ...identityRelabelings(role),
    ...runningFilter(endpoint),
    ...labelRelabelings("service", own.targetLabels),
    ...labelRelabelings("pod", [
      ...own.podTargetLabels ?? [],
      ...spec.podTargetLabels ?? [],
    ]),
    {
      source_labels: ["__meta_kubernetes_service_name"],
      target_label: "job",
      replacement: "${1}",
    },
    ...jobRelabeling("service", own.jobLabel),
    ...endpointRelabeling(endpoint),
    ...relabelConfigs(endpoint.relabelings),
    ...shardRelabelings(shardCount(spec)),
  ];
  return {
    job_name: `serviceMonitor/${namespace}/${name}/${index}`,
    ...honor(spec, endpoint),
    ...discovery(spec, monitor, role, [role, "service"]),
    ...howToScrape(namespace, endpoint),
    ...when("bearer_token_file", endpoint.bearerTokenFile),
    ...credentials(namespace, endpoint, assets),
    relabel_configs: relabelings,
    ...monitorLimits(own, spec),
    ...when("metric_relabel_configs", relabelConfigs(endpoint.metricRelabelings)),
  };
}

function podMonitorConfig(
  prometheus: Prometheus,
  monitor: PodMonitor,
  endpoint: Endpoint,
  index: number,
  assets: AssetStore,
): Fields {
  const spec = prometheus.spec ?? {};
  const own = monitor.spec ?? {};
  const { namespace = "", name } = monitor.metadata;
  const source = (label: string, target: string): Fields => ({
    source_labels: [label],
    target_label: target,
  });
  const relabelings: Fields[] = [
    source("job", "__tmp_prometheus_job_name"),
    ...runningFilter(endpoint),
    ...(isRoleSelector(own) ? [] : selectorRelabelings("pod", own.selector)),
    ...podPortRelabelings(endpoint),
    source("__meta_kubernetes_namespace", "namespace"),
    source("__meta_kubernetes_pod_container_name", "container"),
    source("__meta_kubernetes_pod_name", "pod"),
    ...labelRelabelings("pod", [
      ...own.podTargetLabels ?? [],
      ...spec.podTargetLabels ?? [],
    ]),
    { target_label: "job", replacement: `${namespace}/${name}` },
    ...jobRelabeling("pod", own.jobLabel),
    ...endpointRelabeling(endpoint),
    ...relabelConfigs(endpoint.relabelings),
    ...shardRelabelings(shardCount(spec)),
  ];
  return {
    job_name: `podMonitor/${namespace}/${name}/${index}`,
    ...honor(spec, endpoint),
    ...discovery(spec, monitor, "pod", ["pod"]),
    ...howToScrape(namespace, endpoint),
    ...credentials(namespace, endpoint, assets),
    relabel_configs: relabelings,
    ...monitorLimits(own, spec),
    ...when("metric_relabel_configs", relabelConfigs(endpoint.metricRelabelings)),
  };
}

function howToScrape(namespace: string, endpoint: Endpoint): Fields {
  return {
    ...when("scrape_interval", endpoint.interval),
    ...when("scrape_timeout", endpoint.scrapeTimeout),
    ...when("metrics_path", endpoint.path),
    ...when("params", endpoint.params),
    ...when("scheme", endpoint.scheme?.toLowerCase()),
    ...(endpoint.followRedirects === undefined
      ? {}
      : { follow_redirects: endpoint.followRedirects }),
    ...(endpoint.enableHttp2 === undefined ? {} : { enable_http2: endpoint.enableHttp2 }),
    ...tlsConfig(namespace, endpoint.tlsConfig),
  };
}

function honor(spec: PrometheusSpec, endpoint: Endpoint): Fields {
  const { honorTimestamps, trackTimestampsStaleness } = endpoint;
  const overrides = spec.overrideHonorTimestamps ?? false;
  return {
    honor_labels: spec.overrideHonorLabels ? false : endpoint.honorLabels ?? false,
    ...(honorTimestamps === undefined && !overrides
      ? {}
      : { honor_timestamps: (honorTimestamps ?? false) && !overrides }),
    ...(trackTimestampsStaleness === undefined
      ? {}
      : { track_timestamps_staleness: trackTimestampsStaleness }),
  };
}

function isRoleSelector(monitor: MonitorSpec): boolean {
  return monitor.selectorMechanism === "RoleSelector";
}

function discovery(
  spec: PrometheusSpec,
  { metadata, spec: own = {} }: KubeObject<MonitorSpec>,
  role: string,
  selectorRoles: readonly string[],
): Fields {
  const { namespaceSelector = {}, attachMetadata, selector } = own;
  const { any, matchNames = [] } = namespaceSelector;
  const named = matchNames.length > 0 ? matchNames : [metadata.namespace ?? ""];
  const names = spec.ignoreNamespaceSelectors ? [metadata.namespace ?? ""] : any ? [] : named;
  return {
    kubernetes_sd_configs: [{
      role,
      ...(names.length === 0 ? {} : { namespaces: { names } }),
      ...(attachMetadata ? { attach_metadata: { node: attachMetadata.node ?? false } } : {}),
      ...(isRoleSelector(own)
        ? {
          selectors: selectorRoles.map((one) => ({
            role: one,
            label: formatRequirements(selectorRequirements(selector) ?? []),
          })),
        }
        : {}),
    }],
  };
}

/** Rules that keep what a label selector selects. */
function selectorRelabelings(
  kind: "service" | "pod",
  selector: models.LabelSelector = {},
): Fields[] {
  const label = (key: string) => `__meta_kubernetes_${kind}_label_${sanitizeLabelName(key)}`;
  const present = (key: string) =>
    `__meta_kubernetes_${kind}_labelpresent_${sanitizeLabelName(key)}`;
  const matchLabels: Record<string, string> = selector.matchLabels ?? {};
  return [
    ...Object.keys(matchLabels).sort().map((key) => ({
      action: "keep",
      source_labels: [label(key), present(key)],
      regex: `(${matchLabels[key]});true`,
    })),
    ...(selector.matchExpressions ?? []).map(({ key, operator, values = [] }): Fields =>
      operator === "In" || operator === "NotIn"
        ? {
          action: operator === "In" ? "keep" : "drop",
          source_labels: [label(key), present(key)],
          regex: `(${values.join("|")});true`,
        }
        : {
          action: operator === "Exists" ? "keep" : "drop",
          source_labels: [present(key)],
          regex: "true",
        }
    ),
  ];
}

function keepEqual(label: string, regex: string | number): Fields {
  return { action: "keep", source_labels: [label], regex };
}

function portRelabelings(endpoint: Endpoint, portNameLabel: string): Fields[] {
  if (endpoint.port) return [keepEqual(portNameLabel, endpoint.port)];
  return containerPortRelabelings(endpoint.targetPort);
}

function podPortRelabelings(endpoint: Endpoint): Fields[] {
  if (endpoint.port) {
    return [keepEqual("__meta_kubernetes_pod_container_port_name", endpoint.port)];
  }
  return containerPortRelabelings(endpoint.portNumber ?? endpoint.targetPort);
}

function containerPortRelabelings(port: string | number | undefined): Fields[] {
  if (typeof port === "string" && port !== "") {
    return [keepEqual("__meta_kubernetes_pod_container_port_name", port)];
  }
  return typeof port === "number" && port !== 0
    ? [keepEqual("__meta_kubernetes_pod_container_port_number", port)]
    : [];
}

function dashless(role: string): string {
  return role === "endpoints" ? "endpoint" : role;
}

/** Namespace, service, pod, container and node of a Service's endpoint. */
function identityRelabelings(role: string): Fields[] {
  const target = (part: string) => `__meta_kubernetes_${dashless(role)}_address_target_${part}`;
  const ofKind = (kind: string, label: string): Fields => ({
    source_labels: [target("kind"), target("name")],
    separator: ";",
    regex: `${kind};(.*)`,
    replacement: "${1}",
    target_label: label,
  });
  const from = (label: string, to: string): Fields => ({
    source_labels: [`__meta_kubernetes_${label}`],
    target_label: to,
  });
  return [
    ofKind("Node", "node"),
    ofKind("Pod", "pod"),
    from("namespace", "namespace"),
    from("service_name", "service"),
    from("pod_name", "pod"),
    from("pod_container_name", "container"),
  ];
}

function runningFilter(endpoint: Endpoint): Fields[] {
  return endpoint.filterRunning === false ? [] : [{
    action: "drop",
    source_labels: ["__meta_kubernetes_pod_phase"],
    regex: "(Failed|Succeeded)",
  }];
}

function copiedLabel(kind: "service" | "pod", key: string, target: string): Fields {
  return {
    source_labels: [`__meta_kubernetes_${kind}_label_${sanitizeLabelName(key)}`],
    target_label: target,
    regex: "(.+)",
    replacement: "${1}",
  };
}

function labelRelabelings(kind: "service" | "pod", keys: readonly string[] = []): Fields[] {
  return keys.map((key) => copiedLabel(kind, key, sanitizeLabelName(key)));
}

function jobRelabeling(kind: "service" | "pod", jobLabel: string | undefined): Fields[] {
  return jobLabel ? [copiedLabel(kind, jobLabel, "job")] : [];
}

function endpointRelabeling(endpoint: Endpoint): Fields[] {
  const name = endpoint.port || endpoint.targetPort;
  return name === undefined || name === "" || name === 0
    ? []
    : [{ target_label: "endpoint", replacement: String(name) }];
}

function relabelConfigs(list: readonly RelabelConfig[] = []): Fields[] {
  return list.map((one) => ({
    ...when("source_labels", one.sourceLabels),
    ...(one.separator === undefined ? {} : { separator: one.separator }),
    ...when("target_label", one.targetLabel),
    ...when("regex", one.regex),
    ...(one.modulus ? { modulus: one.modulus } : {}),
    ...(one.replacement === undefined ? {} : { replacement: one.replacement }),
    ...when("action", one.action?.toLowerCase()),
  }));
}

function shardRelabelings(shards: number): Fields[] {
  return [
    {
      source_labels: ["__address__", "__tmp_hash"],
      target_label: "__tmp_hash",
      regex: "(.+);",
      replacement: "$1",
      action: "replace",
    },
    {
      source_labels: ["__tmp_hash"],
      target_label: "__tmp_hash",
      modulus: shards,
      action: "hashmod",
    },
    {
      source_labels: ["__tmp_hash", "__tmp_disable_sharding"],
      regex: "$(SHARD);|.+;.+",
      action: "keep",
    },
  ];
}

function tlsConfig(namespace: string, tls: TlsConfig | undefined): Fields {
  if (!tls) return {};
  const asset = (ref: SecretOrConfigMap) => `${CERTS_DIR}/${assetName(namespace, ref)}`;
  return {
    tls_config: {
      ...(tls.insecureSkipVerify === undefined
        ? {}
        : { insecure_skip_verify: tls.insecureSkipVerify }),
      ...(tls.ca?.secret || tls.ca?.configMap ? { ca_file: asset(tls.ca) } : {}),
      ...(tls.cert?.secret || tls.cert?.configMap ? { cert_file: asset(tls.cert) } : {}),
      ...(tls.keySecret ? { key_file: asset({ secret: tls.keySecret }) } : {}),
      ...when("server_name", tls.serverName),
      ...when("min_version", tls.minVersion),
      ...when("max_version", tls.maxVersion),
      ...when("ca_file", tls.caFile),
      ...when("cert_file", tls.certFile),
      ...when("key_file", tls.keyFile),
    },
  };
}

function credentials(namespace: string, endpoint: Endpoint, assets: AssetStore): Fields {
  const { bearerTokenSecret, basicAuth, authorization } = endpoint;
  const out: Fields = {};
  if (bearerTokenSecret?.name) {
    out.bearer_token = assets.secret(namespace, bearerTokenSecret);
  }
  if (basicAuth) {
    out.basic_auth = {
      ...(basicAuth.username ? { username: assets.secret(namespace, basicAuth.username) } : {}),
      ...(basicAuth.password ? { password: assets.secret(namespace, basicAuth.password) } : {}),
    };
  }
  if (authorization) {
    out.authorization = {
      type: authorization.type?.trim() || "Bearer",
      ...(authorization.credentials
        ? { credentials: assets.secret(namespace, authorization.credentials) }
        : {}),
    };
  }
  return out;
}
