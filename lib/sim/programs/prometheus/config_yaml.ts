import { toYaml } from "../../../go/mod.ts";
import { type PrometheusConfig, type ScrapeConfig, shownDuration } from "./config.ts";
import type { RelabelRule } from "./relabel.ts";

const PROTOCOLS = [
  "OpenMetricsText1.0.0",
  "OpenMetricsText0.0.1",
  "PrometheusText1.0.0",
  "PrometheusText0.0.4",
];

/**
 * The configuration as `/api/v1/status/config` shows it: with defaults, in the order of the fields.
 * Source: prometheus/prometheus config/config.go (Config.String).
 */
export function configYaml(config: PrometheusConfig): string {
  const { raw } = config;
  return toYaml(
    withoutEmpty({
      global: withoutEmpty({
        scrape_interval: shownDuration(config.scrapeIntervalMs),
        scrape_timeout: shownDuration(config.scrapeTimeoutMs),
        scrape_protocols: raw.global?.scrape_protocols ?? PROTOCOLS,
        evaluation_interval: shownDuration(config.evaluationIntervalMs),
        external_labels: sortedKeys(config.externalLabels),
        metric_name_validation_scheme: "utf8",
      }),
      runtime: { gogc: config.gogc },
      rule_files: config.ruleFiles,
      scrape_configs: config.scrapeConfigs.map(scrapeYaml),
      storage: config.retentionMs === undefined ? undefined : {
        tsdb: { ...raw.storage.tsdb },
      },
    }),
    { keepOrder: true },
  );
}

function scrapeYaml(config: ScrapeConfig): Record<string, unknown> {
  const { raw, authorization } = config;
  return withoutEmpty({
    job_name: config.jobName,
    honor_labels: config.honorLabels || undefined,
    honor_timestamps: config.honorTimestamps,
    track_timestamps_staleness: config.trackTimestampsStaleness,
    params: config.params,
    scrape_interval: shownDuration(config.scrapeIntervalMs),
    scrape_timeout: shownDuration(config.scrapeTimeoutMs),
    scrape_protocols: raw.scrape_protocols ?? PROTOCOLS,
    fallback_scrape_protocol: config.fallbackProtocol,
    metrics_path: config.metricsPath,
    scheme: config.scheme,
    enable_compression: raw.enable_compression ?? true,
    sample_limit: config.sampleLimit || undefined,
    target_limit: config.targetLimit || undefined,
    label_limit: config.labelLimit || undefined,
    label_name_length_limit: config.labelNameLengthLimit || undefined,
    label_value_length_limit: config.labelValueLengthLimit || undefined,
    keep_dropped_targets: config.keepDroppedTargets || undefined,
    metric_name_validation_scheme: "utf8",
    authorization: authorization && withoutEmpty({
      type: authorization.type,
      credentials: authorization.credentials === undefined ? undefined : "<secret>",
      credentials_file: authorization.credentialsFile,
    }),
    basic_auth: config.basicAuth && withoutEmpty({
      username: config.basicAuth.username,
      password: config.basicAuth.password === undefined ? undefined : "<secret>",
      password_file: config.basicAuth.passwordFile,
    }),
    tls_config: raw.tls_config && {
      ...raw.tls_config,
      insecure_skip_verify: config.insecureSkipVerify,
    },
    follow_redirects: raw.follow_redirects ?? true,
    enable_http2: raw.enable_http2 ?? true,
    relabel_configs: config.relabelRules.map(relabelYaml),
    metric_relabel_configs: config.metricRelabelRules.map(relabelYaml),
    static_configs: config.staticConfigs.map((one) => withoutEmpty({ ...one })),
    kubernetes_sd_configs: config.kubernetesSdConfigs.map((one) =>
      withoutEmpty({
        role: one.role,
        kubeconfig_file: "",
        follow_redirects: true,
        enable_http2: true,
        namespaces: one.namespaces.length === 0 ? undefined : {
          own_namespace: false,
          names: one.namespaces,
        },
        selectors: one.selectors,
        attach_metadata: one.attachNode || one.attachNamespace
          ? { node: one.attachNode }
          : undefined,
      }, ["kubeconfig_file"])
    ),
  });
}

/** A relabeling rule as the configuration shows it. */
export function relabelYaml(rule: RelabelRule): Record<string, unknown> {
  return withoutEmpty({
    source_labels: rule.sourceLabels,
    separator: rule.separator,
    regex: rule.regexText,
    modulus: rule.modulus || undefined,
    target_label: rule.targetLabel,
    replacement: rule.replacement,
    action: rule.action,
  }, ["separator", "replacement", "regex"]);
}

function withoutEmpty(
  fields: Record<string, unknown>,
  keep: readonly string[] = [],
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).filter(([name, value]) =>
      keep.includes(name) || !(value === undefined || value === "" ||
        (typeof value === "object" && value !== null && Object.keys(value).length === 0))
    ),
  );
}

function sortedKeys<T>(fields: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(fields).sort(([a], [b]) => a < b ? -1 : 1));
}
