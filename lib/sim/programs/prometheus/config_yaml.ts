import { fieldsOf, toYaml } from "../../../go/mod.ts";
import type { PrometheusConfig, ScrapeConfig } from "./config.ts";
import type { GlobalFields } from "./config_fields.ts";
import { shownDuration, shownSize, sizeBytes } from "./config_units.ts";
import type { RelabelRule } from "./relabel.ts";

/**
 * The configuration as `/api/v1/status/config` shows it: with defaults, in the order of the fields.
 * `retentionMs` is that of the flags, for a file that sets none.
 * Source: prometheus/prometheus config/config.go (Config.String).
 */
export function configYaml(config: PrometheusConfig, retentionMs: number): string {
  const { raw } = config;
  const global = raw.global ?? {};
  return toYaml(
    withoutEmpty({
      global: withoutEmpty({
        scrape_interval: shownDuration(config.scrapeIntervalMs),
        scrape_timeout: shownDuration(config.scrapeTimeoutMs),
        scrape_protocols: global.scrape_protocols,
        evaluation_interval: shownDuration(config.evaluationIntervalMs),
        rule_query_offset: config.ruleQueryOffsetMs > 0
          ? shownDuration(config.ruleQueryOffsetMs)
          : undefined,
        query_log_file: global.query_log_file,
        scrape_failure_log_file: global.scrape_failure_log_file,
        external_labels: sortedKeys(config.externalLabels),
        body_size_limit: global.body_size_limit && shownSize(sizeBytes(global.body_size_limit)),
        ...Object.fromEntries(LIMITS.map((name) => [name, global[name] || undefined])),
        metric_name_validation_scheme: global.metric_name_validation_scheme || "utf8",
        // The default stands where the file has no global section at all.
        metric_name_escaping_scheme: raw.global === undefined
          ? "allow-utf-8"
          : global.metric_name_escaping_scheme,
        scrape_native_histograms: global.scrape_native_histograms ?? false,
        convert_classic_histograms_to_nhcb: global.convert_classic_histograms_to_nhcb || undefined,
        always_scrape_classic_histograms: global.always_scrape_classic_histograms || undefined,
        extra_scrape_metrics: config.extraScrapeMetrics,
      }),
      runtime: { gogc: config.gogc },
      rule_files: config.ruleFiles,
      scrape_configs: config.scrapeConfigs.map((one) => scrapeYaml(one, global)),
      storage: withoutEmpty({
        tsdb: {
          ...raw.storage?.tsdb,
          retention: raw.storage?.tsdb?.retention ?? { time: shownDuration(retentionMs) },
        },
        exemplars: raw.storage?.exemplars,
      }),
      otlp: {
        translation_strategy: "UnderscoreEscapingWithSuffixes",
        label_name_underscore_sanitization: true,
        label_name_preserve_multiple_underscores: true,
        ...fieldsOf(raw.otlp),
      },
    }),
    { keepOrder: true },
  );
}

const LIMITS = [
  "sample_limit",
  "target_limit",
  "label_limit",
  "label_name_length_limit",
  "label_value_length_limit",
  "keep_dropped_targets",
] as const;

const HISTOGRAMS = [
  "scrape_native_histograms",
  "always_scrape_classic_histograms",
  "convert_classic_histograms_to_nhcb",
] as const;

function scrapeYaml(config: ScrapeConfig, global: GlobalFields): Record<string, unknown> {
  const { raw, authorization } = config;
  return withoutEmpty({
    job_name: config.jobName,
    honor_labels: config.honorLabels || undefined,
    honor_timestamps: config.honorTimestamps,
    track_timestamps_staleness: config.trackTimestampsStaleness,
    params: config.params,
    scrape_interval: shownDuration(config.scrapeIntervalMs),
    scrape_timeout: shownDuration(config.scrapeTimeoutMs),
    scrape_protocols: config.protocols,
    fallback_scrape_protocol: config.fallbackProtocol,
    ...Object.fromEntries(HISTOGRAMS.map((name) => [name, raw[name] ?? global[name] ?? false])),
    scrape_failure_log_file: raw.scrape_failure_log_file ?? global.scrape_failure_log_file,
    metrics_path: config.metricsPath,
    scheme: config.scheme,
    enable_compression: raw.enable_compression ?? true,
    body_size_limit: config.bodySizeLimit > 0 ? shownSize(config.bodySizeLimit) : undefined,
    sample_limit: config.sampleLimit || undefined,
    target_limit: config.targetLimit || undefined,
    label_limit: config.labelLimit || undefined,
    label_name_length_limit: config.labelNameLengthLimit || undefined,
    label_value_length_limit: config.labelValueLengthLimit || undefined,
    native_histogram_bucket_limit: raw.native_histogram_bucket_limit || undefined,
    native_histogram_min_bucket_factor: raw.native_histogram_min_bucket_factor || undefined,
    keep_dropped_targets: config.keepDroppedTargets || undefined,
    metric_name_validation_scheme: config.nameValidation,
    metric_name_escaping_scheme: config.nameEscaping,
    extra_scrape_metrics: config.extraScrapeMetrics,
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
    follow_redirects: config.followRedirects,
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
