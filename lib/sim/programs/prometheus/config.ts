import { compileGoRegexp, fieldsOf, own, quote } from "../../../go/mod.ts";
import {
  ConfigError,
  type ConfigFields,
  configStruct,
  type GlobalFields,
  type KubernetesFields,
  readFields,
  refuseFields,
  type RelabelFields,
  type ScrapeFields,
  type StaticFields,
  stringMap,
} from "./config_fields.ts";
import { duration, sizeBytes } from "./config_units.ts";
import { checkDiscovery, ROLES } from "./discovery_config.ts";
import { checkHttpClient } from "./http_client_config.ts";
import {
  DEFAULT_RULE,
  RELABEL_ACTIONS,
  type RelabelAction,
  relabelError,
  type RelabelRule,
  relabelRule,
} from "./relabel.ts";
import { DEFAULT_PROTOCOLS, protocolError, protocolsError } from "./scrape_protocol.ts";

export { ConfigError } from "./config_fields.ts";

export type KubernetesRole =
  | "node"
  | "pod"
  | "service"
  | "endpoints"
  | "endpointslice"
  | "ingress";

export interface KubernetesSdConfig {
  role: KubernetesRole;
  /** Empty: all namespaces. */
  namespaces: readonly string[];
  selectors: readonly { role: string; label: string; field: string }[];
  attachNode: boolean;
  attachNamespace: boolean;
}

export interface StaticConfig {
  targets: readonly string[];
  labels: Readonly<Record<string, string>>;
}

/** How to scrape one job; durations in milliseconds, limits 0 when there is none. */
export interface ScrapeConfig {
  jobName: string;
  honorLabels: boolean;
  honorTimestamps: boolean;
  trackTimestampsStaleness: boolean;
  params: Readonly<Record<string, readonly string[]>>;
  scrapeIntervalMs: number;
  scrapeTimeoutMs: number;
  metricsPath: string;
  scheme: string;
  /** What is asked for, what is wanted most first, and what is taken for an answer of no known kind. */
  protocols: readonly string[];
  fallbackProtocol: string;
  nameValidation: "utf8" | "legacy";
  nameEscaping: string;
  followRedirects: boolean;
  extraScrapeMetrics: boolean;
  bodySizeLimit: number;
  sampleLimit: number;
  targetLimit: number;
  labelLimit: number;
  labelNameLengthLimit: number;
  labelValueLengthLimit: number;
  keepDroppedTargets: number;
  insecureSkipVerify: boolean;
  /** The Authorization header's scheme and where its credentials come from. */
  authorization?: { type: string; credentials?: string; credentialsFile?: string };
  basicAuth?: { username: string; password?: string; passwordFile?: string };
  staticConfigs: readonly StaticConfig[];
  kubernetesSdConfigs: readonly KubernetesSdConfig[];
  relabelRules: readonly RelabelRule[];
  metricRelabelRules: readonly RelabelRule[];
  /** The fields as written. */
  raw: Readonly<ScrapeFields>;
}

export interface PrometheusConfig {
  scrapeIntervalMs: number;
  scrapeTimeoutMs: number;
  evaluationIntervalMs: number;
  ruleQueryOffsetMs: number;
  extraScrapeMetrics: boolean;
  externalLabels: Readonly<Record<string, string>>;
  ruleFiles: readonly string[];
  scrapeConfigs: readonly ScrapeConfig[];
  /** Retention that the file sets; undefined leaves it to the flag. */
  retentionMs: number | undefined;
  gogc: number;
  /** The fields as written. */
  raw: Readonly<ConfigFields>;
}

/** The limits that a scrape configuration takes from the global section where it sets none. */
type LimitName = NonNullable<
  {
    [Name in keyof GlobalFields]: GlobalFields[Name] extends number | undefined ? Name : never;
  }[keyof GlobalFields]
>;

const DEFAULT_INTERVAL = "1m";
const DEFAULT_TIMEOUT = "10s";

/**
 * Reads a configuration and fills in the defaults; those in `defaults` depend on flags.
 * Errors: ConfigError with upstream's message.
 * Source: prometheus/prometheus config/config.go (Load).
 */
export function loadConfig(
  text: string,
  defaults: { extraScrapeMetrics?: boolean } = {},
): PrometheusConfig {
  const { fields: raw = {}, problems } = readFields(text, configStruct, "v2");
  checkRelabelings(raw);
  refuseFields(problems);
  const global = raw.global ?? {};
  const scrapeIntervalMs = duration(global.scrape_interval ?? DEFAULT_INTERVAL) ||
    duration(DEFAULT_INTERVAL);
  const given = global.scrape_timeout === undefined ? 0 : duration(global.scrape_timeout);
  if (given > scrapeIntervalMs) {
    throw new ConfigError("global scrape timeout greater than scrape interval");
  }
  const scrapeTimeoutMs = given || Math.min(duration(DEFAULT_TIMEOUT), scrapeIntervalMs);
  if (global.scrape_protocols !== undefined) {
    const wrong = protocolsError(strings(global.scrape_protocols));
    if (wrong) throw new ConfigError(`${wrong} for global config`);
  }
  validationOf(global);
  sizeBytes(global.body_size_limit ?? 0);
  const extraScrapeMetrics = global.extra_scrape_metrics ?? defaults.extraScrapeMetrics ?? false;
  const globals = { scrapeIntervalMs, scrapeTimeoutMs, extraScrapeMetrics, raw: global };
  const scrapeConfigs = (raw.scrape_configs ?? []).map((one) => scrapeConfig(one, globals));
  const names = new Set<string>();
  for (const { jobName } of scrapeConfigs) {
    if (names.has(jobName)) {
      throw new ConfigError(`found multiple scrape configs with job name ${quote(jobName)}`);
    }
    names.add(jobName);
  }
  const ruleFiles = strings(raw.rule_files);
  for (const pattern of ruleFiles) {
    if (!/^[^*]*(?:\*[^/]*)?$/.test(pattern)) {
      throw new ConfigError(`invalid rule file path ${quote(pattern)}`);
    }
  }
  const retention = raw.storage?.tsdb?.retention?.time;
  checkSections(raw);
  return {
    scrapeIntervalMs,
    scrapeTimeoutMs,
    extraScrapeMetrics,
    evaluationIntervalMs: duration(global.evaluation_interval ?? DEFAULT_INTERVAL) ||
      duration(DEFAULT_INTERVAL),
    ruleQueryOffsetMs: duration(global.rule_query_offset ?? "0s"),
    externalLabels: stringMap(global.external_labels),
    ruleFiles,
    scrapeConfigs,
    retentionMs: retention === undefined ? undefined : duration(retention),
    gogc: raw.runtime?.gogc ?? 75,
    raw,
  };
}

/** Go decodes a rule's action and regular expression before it reports unknown fields. */
function checkRelabelings(raw: ConfigFields): void {
  const { alert_relabel_configs: ofAlerts, alertmanagers } = raw.alerting ?? {};
  const lists = [
    ofAlerts,
    ...(alertmanagers ?? []).flatMap((one) => [one?.relabel_configs, one?.alert_relabel_configs]),
    ...(raw.scrape_configs ?? []).flatMap((one) => [
      one?.relabel_configs,
      one?.metric_relabel_configs,
    ]),
  ];
  for (const rule of lists.flatMap((list) => list ?? [])) if (rule) relabelRuleOf(rule);
}

function relabelRuleOf(raw: RelabelFields): RelabelRule {
  const isEmpty = "action" in raw && (raw.action === null || raw.action === undefined);
  if (isEmpty) throw new ConfigError("relabel action cannot be empty");
  const action = String(raw.action ?? DEFAULT_RULE.action).toLowerCase() as RelabelAction;
  if (!RELABEL_ACTIONS.includes(action)) {
    throw new ConfigError(`unknown relabel action ${quote(String(raw.action))}`);
  }
  let rule: RelabelRule;
  try {
    rule = relabelRule({
      sourceLabels: strings(raw.source_labels),
      separator: raw.separator ?? DEFAULT_RULE.separator,
      regexText: raw.regex ?? DEFAULT_RULE.regexText,
      modulus: raw.modulus ?? 0,
      targetLabel: raw.target_label ?? "",
      replacement: raw.replacement ?? DEFAULT_RULE.replacement,
      action,
    });
  } catch (error) {
    if (error instanceof SyntaxError) {
      throw new ConfigError(anchoredProblem(String(raw.regex)) ?? error.message);
    }
    throw error;
  }
  return rule;
}

/** What is wrong with an expression as upstream compiles it, between anchors. Source: prometheus/prometheus model/relabel/relabel.go (NewRegexp). */
function anchoredProblem(regex: string): string | undefined {
  try {
    compileGoRegexp(`^(?s:${regex})$`);
  } catch (error) {
    if (error instanceof SyntaxError) return error.message;
    throw error;
  }
}

/**
 * Of the sections about what a lab has not, what has to be there.
 * Source: prometheus/prometheus config/config.go (RemoteWriteConfig, RemoteReadConfig, TracingConfig, AlertmanagerConfig).
 */
function checkSections(raw: ConfigFields): void {
  const list = (value: unknown) => Array.isArray(value) ? value.map(fieldsOf) : [];
  for (const section of ["remote_write", "remote_read"] as const) {
    const names = new Set<unknown>();
    for (const one of list(raw[section])) {
      if (!one.url) throw new ConfigError(`url for ${section} is empty`);
      checkHttpClient(one);
      const { name } = one;
      if (name && names.has(name)) {
        const what = section.replace("_", " ");
        const message = `found multiple ${what} configs with job name ${quote(String(name))}`;
        throw new ConfigError(message);
      }
      names.add(name);
    }
  }
  const { tracing, alerting, storage, otlp } = raw;
  if (tracing !== undefined) {
    if (!tracing.endpoint) throw new ConfigError("tracing endpoint must be set");
    const type = tracing.client_type ?? "grpc";
    if (type !== "grpc" && type !== "http") {
      const message = `expected tracing client type to be to be http or grpc, but got ${type}`;
      throw new ConfigError(message);
    }
  }
  relabelRules(alerting?.alert_relabel_configs, "alert relabeling rule");
  for (const one of alerting?.alertmanagers ?? []) {
    if (one === undefined) continue;
    duration(one.timeout ?? "10s");
    checkHttpClient(one);
    const isShown = [one.basic_auth, one.authorization, one.oauth2].some(Boolean);
    if (isShown && one.sigv4 !== undefined) {
      const message =
        "at most one of basic_auth, authorization, oauth2, & sigv4 must be configured";
      throw new ConfigError(message);
    }
    (one.static_configs ?? []).forEach(staticConfig);
    (one.kubernetes_sd_configs ?? []).forEach(kubernetesSdConfig);
    relabelRules(one.relabel_configs, "Alertmanager target relabeling rule");
    relabelRules(one.alert_relabel_configs, "Alertmanager alert relabeling rule");
  }
  duration(storage?.tsdb?.out_of_order_time_window ?? "0s");
  const strategy = own(otlp, "translation_strategy");
  if (strategy !== undefined && !STRATEGIES.includes(String(strategy))) {
    throw new ConfigError(`unsupported OTLP translation strategy ${quote(String(strategy))}`);
  }
}

const STRATEGIES = [
  "UnderscoreEscapingWithSuffixes",
  "UnderscoreEscapingWithoutSuffixes",
  "NoUTF8EscapingWithSuffixes",
  "NoTranslation",
];

/** @param what is wanted where there is none. */
function relabelRules(raw: ScrapeFields["relabel_configs"], what: string): RelabelRule[] {
  return (raw ?? []).map((rule) => {
    if (rule === undefined) {
      throw new ConfigError(`empty or null ${what}`);
    }
    const read = relabelRuleOf(rule);
    const wrong = relabelError(read);
    if (wrong) throw new ConfigError(wrong);
    return read;
  });
}

function scrapeConfig(
  raw: ScrapeFields | undefined,
  globals: Pick<PrometheusConfig, "scrapeIntervalMs" | "scrapeTimeoutMs" | "extraScrapeMetrics"> & {
    raw: GlobalFields;
  },
): ScrapeConfig {
  if (raw === undefined) throw new ConfigError("empty or null scrape config section");
  const jobName = String(raw.job_name ?? "");
  if (jobName === "") throw new ConfigError("job_name is empty");
  const scrapeIntervalMs = duration(raw.scrape_interval ?? "0") || globals.scrapeIntervalMs;
  let scrapeTimeoutMs = duration(raw.scrape_timeout ?? "0");
  if (scrapeTimeoutMs > scrapeIntervalMs) {
    throw new ConfigError(
      `scrape timeout greater than scrape interval for scrape config with job name ${
        quote(jobName)
      }`,
    );
  }
  scrapeTimeoutMs ||= Math.min(globals.scrapeTimeoutMs, scrapeIntervalMs);
  const { protocols, fallbackProtocol } = protocolsOf(raw, globals.raw, jobName);
  const limit = (name: LimitName): number => raw[name] ?? globals.raw[name] ?? 0;
  const tls = raw.tls_config ?? {};
  const bearer = raw.bearer_token || raw.bearer_token_file;
  const credentials: ScrapeFields["authorization"] = raw.authorization ??
    (bearer
      ? { credentials: raw.bearer_token, credentials_file: raw.bearer_token_file }
      : undefined);
  checkHttpClient(raw);
  return {
    jobName,
    honorLabels: raw.honor_labels ?? false,
    honorTimestamps: raw.honor_timestamps ?? true,
    trackTimestampsStaleness: raw.track_timestamps_staleness ?? false,
    params: Object.fromEntries(
      Object.entries(raw.params ?? {}).map(([name, values]) => [name, strings(values)]),
    ),
    scrapeIntervalMs,
    scrapeTimeoutMs,
    metricsPath: String(raw.metrics_path ?? "/metrics"),
    scheme: String(raw.scheme ?? "http"),
    protocols,
    fallbackProtocol,
    ...namesOf(raw, globals.raw),
    followRedirects: raw.follow_redirects ?? true,
    extraScrapeMetrics: raw.extra_scrape_metrics ?? globals.extraScrapeMetrics,
    bodySizeLimit: sizeBytes(raw.body_size_limit ?? globals.raw.body_size_limit ?? 0),
    sampleLimit: limit("sample_limit"),
    targetLimit: limit("target_limit"),
    labelLimit: limit("label_limit"),
    labelNameLengthLimit: limit("label_name_length_limit"),
    labelValueLengthLimit: limit("label_value_length_limit"),
    keepDroppedTargets: limit("keep_dropped_targets"),
    insecureSkipVerify: tls.insecure_skip_verify ?? false,
    ...(credentials
      ? {
        authorization: {
          type: String(credentials.type ?? "Bearer"),
          credentials: credentials.credentials ?? undefined,
          credentialsFile: credentials.credentials_file ?? undefined,
        },
      }
      : {}),
    ...(raw.basic_auth
      ? {
        basicAuth: {
          username: String(raw.basic_auth.username ?? ""),
          password: raw.basic_auth.password,
          passwordFile: raw.basic_auth.password_file,
        },
      }
      : {}),
    staticConfigs: (raw.static_configs ?? []).map(staticConfig),
    kubernetesSdConfigs: (raw.kubernetes_sd_configs ?? []).map(kubernetesSdConfig),
    relabelRules: relabelRules(raw.relabel_configs, "target relabeling rule in scrape config"),
    metricRelabelRules: relabelRules(
      raw.metric_relabel_configs,
      "metric relabeling rule in scrape config",
    ),
    raw,
  };
}

/** Source: prometheus/prometheus config/config.go (ScrapeConfig.Validate). */
function protocolsOf(raw: ScrapeFields, globals: GlobalFields, jobName: string) {
  const given = raw.scrape_protocols ?? globals.scrape_protocols;
  const isNative = raw.scrape_native_histograms ?? globals.scrape_native_histograms ?? false;
  const protocols = given !== undefined
    ? strings(given)
    : isNative
    ? ["PrometheusProto", ...DEFAULT_PROTOCOLS]
    : DEFAULT_PROTOCOLS;
  const wrong = protocolsError(protocols);
  const job = `scrape config with job name ${quote(jobName)}`;
  if (wrong) throw new ConfigError(`${wrong} for ${job}`);
  const fallbackProtocol = String(raw.fallback_scrape_protocol ?? "");
  const unknown = fallbackProtocol === "" ? undefined : protocolError(fallbackProtocol);
  if (unknown) throw new ConfigError(`invalid fallback_scrape_protocol for ${job}: ${unknown}`);
  return { protocols, fallbackProtocol };
}

const ESCAPINGS = ["allow-utf-8", "underscores", "dots", "values"];

/** How names are checked and asked for. Source: as above. */
function namesOf(raw: ScrapeFields, globals: GlobalFields) {
  const own = validationOf(raw);
  const nameValidation = own ?? validationOf(globals) ?? "utf8";
  const usual = (validation: string) => validation === "legacy" ? "underscores" : "allow-utf-8";
  const global = String(globals.metric_name_escaping_scheme ?? "") ||
    usual(validationOf(globals) ?? "utf8");
  const nameEscaping = String(raw.metric_name_escaping_scheme ?? "") ||
    (own === undefined ? global : usual(own));
  for (const [which, scheme] of [["global", global], ["scrape config", nameEscaping]]) {
    if (ESCAPINGS.includes(scheme)) continue;
    throw new ConfigError(
      `unknown ${which} name escaping method specified, must be one of 'allow-utf-8', ` +
        `'underscores', 'dots', or 'values', got ${quote(scheme)}`,
    );
  }
  if (nameEscaping === "allow-utf-8" && nameValidation !== "utf8") {
    throw new ConfigError(
      "utf8 metric names requested but validation scheme is not set to UTF8",
    );
  }
  return { nameValidation, nameEscaping };
}

/** Source: prometheus/common model/metric.go (ValidationScheme.UnmarshalYAML). */
function validationOf(
  { metric_name_validation_scheme: scheme }: Pick<GlobalFields, "metric_name_validation_scheme">,
): "utf8" | "legacy" | undefined {
  if (scheme === undefined || scheme === "") return undefined;
  if (scheme === "utf8" || scheme === "legacy") return scheme;
  throw new ConfigError(`unrecognized ValidationScheme: ${quote(String(scheme))}`);
}

function staticConfig(raw: StaticFields | undefined): StaticConfig {
  if (raw === undefined) throw new ConfigError("empty or null section in static_configs");
  const targets = strings(raw.targets);
  for (const target of targets) {
    if (target.includes("/")) throw new ConfigError(`${quote(target)} is not a valid hostname`);
  }
  return { targets, labels: stringMap(raw.labels) };
}

function kubernetesSdConfig(raw: KubernetesFields | undefined): KubernetesSdConfig {
  if (raw === undefined) throw new ConfigError("empty or null section in kubernetes_sd_configs");
  const role = String(raw.role ?? "");
  if (role === "") {
    throw new ConfigError(
      "role missing (one of: pod, service, endpoints, endpointslice, node, ingress)",
    );
  }
  if (!ROLES.includes(role)) {
    throw new ConfigError(`unknown Kubernetes SD role ${quote(role)}`);
  }
  const { namespaces, selectors, attach_metadata: attach } = raw;
  checkDiscovery(raw, role);
  return {
    role: role as KubernetesRole,
    namespaces: strings(namespaces?.names),
    selectors: (selectors ?? []).map((one) => ({
      role: one?.role ?? "",
      label: String(one?.label ?? ""),
      field: String(one?.field ?? ""),
    })),
    attachNode: attach?.node ?? false,
    attachNamespace: attach?.namespace ?? false,
  };
}

/** A list's items as texts; none that is empty in the YAML. */
function strings(raw: readonly (string | undefined)[] = []): string[] {
  return raw.map((one) => one ?? "");
}
