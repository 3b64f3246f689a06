import {
  type Decoded,
  decodeYaml,
  parseYaml,
  unmarshalErrors,
  YamlError,
  type YamlNode,
  type YamlStruct,
  type YamlType,
  type YamlVersion,
} from "../../../go/mod.ts";

/** A configuration that will not load; the message is what follows `parsing YAML file …: `. */
export class ConfigError extends Error {
  override name = "ConfigError";
}

/** What is in a text, and the mistakes in its fields, for {@linkcode refuseFields}. */
export interface ReadFields<Struct extends YamlStruct> {
  /** Undefined where there is nothing in it. */
  fields: Decoded<Struct> | undefined;
  problems: string[];
  root: YamlNode | undefined;
}

/**
 * The fields of a YAML text, as Go decodes them into `type`.
 * Errors: ConfigError for what is not YAML, in Go's words.
 */
export function readFields<const Struct extends YamlStruct>(
  text: string,
  type: Struct,
  version: YamlVersion,
): ReadFields<Struct> {
  const problems: string[] = [];
  try {
    const root = parseYaml(text, version);
    return { fields: decodeYaml(root, type, problems, version), problems, root };
  } catch (error) {
    if (error instanceof YamlError) throw new ConfigError(error.message);
    throw error;
  }
}

/** Errors: ConfigError, all problems in one, as Go's strict decoding gives them. */
export function refuseFields(problems: readonly string[]): void {
  if (problems.length > 0) throw new ConfigError(unmarshalErrors(problems));
}

/** Line and column of what a path leads to, `0:0` when it is not there. */
export function positionOf(root: YamlNode | undefined, path: readonly (string | number)[]): string {
  let node = root;
  for (const step of path) {
    if (node?.kind === "list") node = node.items[Number(step)];
    else if (node?.kind === "map") {
      node = node.entries.find(({ key }) => key.kind === "scalar" && key.text === step)?.value;
    } else node = undefined;
  }
  return node ? `${node.line}:${node.column}` : "0:0";
}

const SECRET = { go: "config.plain", read: () => {} } satisfies YamlType;
const TEXTS = { go: "[]string", list: "string" } satisfies YamlType;

const relabelConfig = {
  go: "relabel.plain",
  fields: {
    source_labels: { go: "model.LabelNames", list: "string" },
    separator: "string",
    regex: "string",
    modulus: "uint64",
    target_label: "string",
    replacement: "string",
    action: "string",
  },
} satisfies YamlStruct;

const relabelConfigs = { go: "[]*relabel.Config", list: relabelConfig } satisfies YamlType;

const tlsConfig = {
  go: "config.plain",
  fields: {
    ca: "string",
    cert: "string",
    key: "string",
    ca_file: "string",
    cert_file: "string",
    key_file: "string",
    server_name: "string",
    insecure_skip_verify: "bool",
    min_version: "string",
    max_version: "string",
  },
} satisfies YamlStruct;

const basicAuth = {
  go: "config.plain",
  fields: {
    username: "string",
    username_file: "string",
    password: SECRET,
    password_file: "string",
  },
} satisfies YamlStruct;

const authorization = {
  go: "config.plain",
  fields: { type: "string", credentials: SECRET, credentials_file: "string" },
} satisfies YamlStruct;

const httpClient = {
  basic_auth: basicAuth,
  authorization,
  bearer_token: SECRET,
  bearer_token_file: "string",
  tls_config: tlsConfig,
  follow_redirects: "bool",
  enable_http2: "bool",
  proxy_url: "string",
  no_proxy: "string",
  proxy_from_environment: "bool",
  proxy_connect_header: "any",
  http_headers: "any",
  oauth2: "any",
} satisfies Record<string, YamlType>;

const kubernetesSd = {
  go: "kubernetes.plain",
  fields: {
    api_server: "string",
    role: "string",
    kubeconfig_file: "string",
    namespaces: {
      go: "kubernetes.plain",
      fields: { own_namespace: "bool", names: TEXTS },
    },
    selectors: {
      go: "[]kubernetes.SelectorConfig",
      list: {
        go: "kubernetes.plain",
        fields: { role: "string", label: "string", field: "string" },
      },
    },
    attach_metadata: {
      go: "kubernetes.plain",
      fields: { node: "bool", namespace: "bool" },
    },
    ...httpClient,
  },
} satisfies YamlStruct;

/** How targets are found. */
const discovery = {
  static_configs: {
    go: "[]*targetgroup.Group",
    list: {
      go:
        'struct { Targets []string "yaml:\\"targets\\""; Labels model.LabelSet "yaml:\\"labels\\"" }',
      fields: { targets: TEXTS, labels: { go: "model.LabelSet", map: "string" } },
    },
  },
  kubernetes_sd_configs: { go: "[]*kubernetes.SDConfig", list: kubernetesSd },
} satisfies Record<string, YamlType>;

const limits = {
  body_size_limit: "string",
  sample_limit: "uint",
  target_limit: "uint",
  label_limit: "uint",
  label_name_length_limit: "uint",
  label_value_length_limit: "uint",
  keep_dropped_targets: "uint",
  metric_name_validation_scheme: "string",
  metric_name_escaping_scheme: "string",
  convert_classic_histograms_to_nhcb: "bool",
  always_scrape_classic_histograms: "bool",
  scrape_native_histograms: "bool",
  extra_scrape_metrics: "bool",
  scrape_failure_log_file: "string",
  scrape_protocols: { go: "[]config.ScrapeProtocol", list: "string" },
} satisfies Record<string, YamlType>;

const scrapeConfig = {
  go: "config.ScrapeConfig",
  fields: {
    job_name: "string",
    honor_labels: "bool",
    honor_timestamps: "bool",
    track_timestamps_staleness: "bool",
    params: { go: "url.Values", map: TEXTS },
    scrape_interval: "string",
    scrape_timeout: "string",
    fallback_scrape_protocol: "string",
    metrics_path: "string",
    scheme: "string",
    enable_compression: "bool",
    native_histogram_bucket_limit: "uint",
    native_histogram_min_bucket_factor: "any",
    ...limits,
    ...httpClient,
    ...discovery,
    relabel_configs: relabelConfigs,
    metric_relabel_configs: relabelConfigs,
  },
} satisfies YamlStruct;

const alertmanagerConfig = {
  go: "config.AlertmanagerConfig",
  fields: {
    ...discovery,
    ...httpClient,
    sigv4: "any",
    scheme: "string",
    path_prefix: "string",
    timeout: "string",
    api_version: { go: "config.plain", read: checkApiVersion },
    relabel_configs: relabelConfigs,
    alert_relabel_configs: relabelConfigs,
  },
} satisfies YamlStruct;

function checkApiVersion(version: string): void {
  if (version === "v2") return;
  throw new ConfigError(
    `expected Alertmanager api version to be one of [v2] but got ${version}`,
  );
}

/**
 * The fields of a Prometheus configuration.
 * Source: prometheus/prometheus config/config.go, prometheus/common config/http_config.go.
 * Differs: of the service discoveries only static and Kubernetes are known.
 */
export const configStruct = {
  go: "config.plain",
  fields: {
    global: {
      go: "config.plain",
      fields: {
        scrape_interval: "string",
        scrape_timeout: "string",
        evaluation_interval: "string",
        rule_query_offset: "string",
        query_log_file: "string",
        external_labels: { go: "map[string]string", map: "string" },
        ...limits,
      },
    },
    runtime: { go: "config.plain", fields: { gogc: "int" } },
    alerting: {
      go: "config.plain",
      fields: {
        alert_relabel_configs: relabelConfigs,
        alertmanagers: { go: "config.AlertmanagerConfigs", list: alertmanagerConfig },
      },
    },
    rule_files: TEXTS,
    scrape_config_files: TEXTS,
    scrape_configs: { go: "[]*config.ScrapeConfig", list: scrapeConfig },
    storage: {
      go: "config.plain",
      fields: {
        tsdb: {
          go: "config.plain",
          fields: {
            out_of_order_time_window: "string",
            stale_series_compaction_threshold: "any",
            retention: {
              go: "config.plain",
              fields: { time: "string", size: "string", percentage: "any" },
            },
            chunk_encoding: "any",
          },
        },
        exemplars: "any",
      },
    },
    tracing: {
      go: "config.plain",
      fields: {
        client_type: "string",
        endpoint: "string",
        sampling_fraction: "any",
        insecure: "bool",
        tls_config: tlsConfig,
        headers: "any",
        compression: "string",
        timeout: "string",
      },
    },
    remote_write: "any",
    remote_read: "any",
    otlp: "any",
  },
} satisfies YamlStruct;

/** What a configuration's fields decode to, and those of its parts. */
export type ConfigFields = Decoded<typeof configStruct>;
export type GlobalFields = NonNullable<ConfigFields["global"]>;
export type ScrapeFields = Decoded<typeof scrapeConfig>;
export type RelabelFields = Decoded<typeof relabelConfig>;
export type StaticFields = ItemOf<ScrapeFields["static_configs"]>;
export type KubernetesFields = Decoded<typeof kubernetesSd>;

/** What stands in a list of a file. */
export type ItemOf<List extends readonly unknown[] | undefined> = NonNullable<
  NonNullable<List>[number]
>;

/** A map's values as texts; none that is empty in the YAML. */
export function stringMap(
  raw: Readonly<Record<string, string | undefined>> = {},
): Record<string, string> {
  return Object.fromEntries(Object.entries(raw).map(([name, value]) => [name, value ?? ""]));
}
