import { isMap, isScalar, isSeq, LineCounter, parseDocument } from "yaml";

/** A configuration that will not load; the message is what follows `parsing YAML file …: `. */
export class ConfigError extends Error {
  override name = "ConfigError";
}

/** Plain values, and where in the text they stand. */
export interface ReadYaml {
  value: unknown;
  /** The line of a field's name, or of a list's item. */
  lineOf: (path: Path) => number;
  /** Line and column of a value, `0:0` when it is not there. */
  positionOf: (path: Path) => string;
}

const TOO_DEEP = "yaml: exceeded max depth of 10000";

/**
 * Reads YAML into plain values. A scalar that is no text, number or boolean by YAML 1.1 stays text.
 * Errors: ConfigError worded as Go's yaml package words it.
 */
export function readYaml(text: string): ReadYaml {
  checkNesting(text);
  try {
    return readDocument(text);
  } catch (error) {
    // The parser walks what is nested by calls within calls.
    if (error instanceof RangeError) throw new ConfigError(TOO_DEEP);
    throw error;
  }
}

/** Refuses at once what opens far more brackets than it closes. Errors: ConfigError. */
function checkNesting(text: string): void {
  let depth = 0;
  for (const bracket of text.matchAll(/[\[\]{}]/g)) {
    depth += bracket[0] === "[" || bracket[0] === "{" ? 1 : -1;
    if (depth > 10_000) throw new ConfigError(TOO_DEEP);
  }
}

function readDocument(text: string): ReadYaml {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, merge: true, uniqueKeys: false });
  const error = document.errors[0];
  if (error) {
    const line = lines.linePos(error.pos[0]).line;
    throw new ConfigError(
      `yaml: line ${line}: ${GO_YAML_WORDS[error.code] ?? plainMessage(error)}`,
    );
  }
  const lineOf = (path: Path): number => {
    let node: unknown = document.contents;
    let at = 0;
    for (const step of path) {
      if (isMap(node)) {
        const pair = node.items.find(({ key }) => isScalar(key) && key.value === step);
        const key = pair?.key;
        if (isScalar(key)) at = key.range?.[0] ?? at;
        node = pair?.value;
      } else if (isSeq(node)) {
        node = node.items[Number(step)];
        at = (node as { range?: [number, number, number] })?.range?.[0] ?? at;
      }
    }
    return lines.linePos(at).line;
  };
  const positionOf = (path: Path): string => {
    const node = document.getIn(path as unknown[], true) as { range?: [number, number, number] };
    if (node?.range === undefined) return "0:0";
    const { line, col } = lines.linePos(node.range[0]);
    return `${line}:${col}`;
  };
  return { value: plainValue(document), lineOf, positionOf };
}

/** Errors: ConfigError for aliases without an anchor, and for those that stand for too much. */
function plainValue(document: ReturnType<typeof parseDocument>): unknown {
  try {
    return document.toJS();
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    const missing = /^Unresolved alias .*: (\S+)$/.exec(error.message);
    throw new ConfigError(
      missing
        ? `yaml: unknown anchor '${missing[1]}' referenced`
        : "yaml: document contains excessive aliasing",
    );
  }
}

const GO_YAML_WORDS: Record<string, string> = {
  BLOCK_AS_IMPLICIT_KEY: "mapping values are not allowed in this context",
  MULTILINE_IMPLICIT_KEY: "could not find expected ':'",
  MISSING_CHAR: "did not find expected ',' or ']'",
  TAB_AS_INDENT: "found character that cannot start any token",
  BAD_INDENT: "did not find expected key",
};

function plainMessage(error: { message: string }): string {
  return error.message.split("\n")[0].replace(/ at line \d+.*$/, "");
}

export type Path = readonly (string | number)[];

/** What a field may hold: a scalar kind, or the fields of a mapping, or a list of one of these. */
export type FieldType =
  | "string"
  | "duration"
  | "bool"
  | "int"
  | "signed int"
  | "uint64"
  | "secret"
  | "size"
  | "any"
  /** `of` is the Go type of the items, where messages name it. */
  | { list: FieldType; of?: string }
  | { map: FieldType }
  | Struct;

/** A mapping whose fields are known. */
export interface Struct {
  /** The Go type that messages name. */
  go: string;
  fields: Record<string, FieldType>;
}

/** Where a check of fields writes what it finds. */
interface Findings {
  lineOf: (path: Path) => number;
  unknown: string[];
}

/**
 * Checks that every field is known and of the right kind.
 * Errors: ConfigError, all unknown fields in one, as Go's strict decoding gives them.
 */
export function checkFields(
  value: unknown,
  type: Struct,
  lineOf: (path: Path) => number,
): void {
  const findings: Findings = { lineOf, unknown: [] };
  checkField(value, type, [], findings);
  if (findings.unknown.length > 0) {
    throw new ConfigError(
      `yaml: unmarshal errors:\n${findings.unknown.map((line) => `  ${line}`).join("\n")}`,
    );
  }
}

function checkField(value: unknown, type: FieldType, path: Path, findings: Findings): void {
  if (value === null || value === undefined || type === "any") return;
  const wrong = (into: string) => {
    const shown = Array.isArray(value)
      ? "!!seq"
      : typeof value === "object"
      ? "!!map"
      : `${tagOf(value)} \`${value}\``;
    findings.unknown.push(`line ${findings.lineOf(path)}: cannot unmarshal ${shown} into ${into}`);
  };
  if (type === "string" || type === "duration") {
    if (typeof value === "object") wrong("string");
  } else if (type === "bool") {
    if (typeof value !== "boolean") wrong("bool");
  } else if (type === "int") {
    if (typeof value !== "number" || !Number.isFinite(value) || value < 0) wrong("uint");
  } else if (type === "uint64") {
    if (typeof value !== "number" || !Number.isFinite(value) || value < 0) wrong("uint64");
  } else if (type === "secret") {
    if (typeof value === "object") wrong("config.plain");
  } else if (type === "signed int") {
    if (typeof value !== "number" || !Number.isFinite(value)) wrong("int");
  } else if (type === "size") {
    if (typeof value === "object") wrong("string");
  } else if ("list" in type) {
    if (!Array.isArray(value)) return wrong(`[]${type.of ?? "string"}`);
    value.forEach((item, index) => checkField(item, type.list, [...path, index], findings));
  } else if ("map" in type) {
    if (!isMapping(value)) return wrong("map[string]string");
    for (const [key, item] of Object.entries(value)) {
      checkField(item, type.map, [...path, key], findings);
    }
  } else {
    if (!isMapping(value)) return wrong(type.go);
    for (const [key, item] of Object.entries(value)) {
      const field = Object.hasOwn(type.fields, key) ? type.fields[key] : undefined;
      if (field === undefined) {
        const line = findings.lineOf([...path, key]);
        findings.unknown.push(`line ${line}: field ${key} not found in type ${type.go}`);
      } else checkField(item, field, [...path, key], findings);
    }
  }
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function tagOf(value: unknown): string {
  if (typeof value === "boolean") return "!!bool";
  if (typeof value === "number") return Number.isInteger(value) ? "!!int" : "!!float";
  return "!!str";
}

const relabelConfig: Struct = {
  go: "relabel.plain",
  fields: {
    source_labels: { list: "string" },
    separator: "string",
    regex: "string",
    modulus: "uint64",
    target_label: "string",
    replacement: "string",
    action: "string",
  },
};

const tlsConfig: Struct = {
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
};

const basicAuth: Struct = {
  go: "config.plain",
  fields: {
    username: "string",
    username_file: "string",
    password: "secret",
    password_file: "string",
  },
};

const authorization: Struct = {
  go: "config.plain",
  fields: { type: "string", credentials: "secret", credentials_file: "string" },
};

const httpClient: Record<string, FieldType> = {
  basic_auth: basicAuth,
  authorization,
  bearer_token: "secret",
  bearer_token_file: "string",
  tls_config: tlsConfig,
  follow_redirects: "bool",
  enable_http2: "bool",
  proxy_url: "string",
  no_proxy: "string",
  proxy_from_environment: "bool",
  http_headers: "any",
  oauth2: "any",
};

const kubernetesSd: Struct = {
  go: "kubernetes.plain",
  fields: {
    api_server: "string",
    role: "string",
    kubeconfig_file: "string",
    namespaces: {
      go: "kubernetes.plain",
      fields: { own_namespace: "bool", names: { list: "string" } },
    },
    selectors: {
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
};

const limits: Record<string, FieldType> = {
  body_size_limit: "size",
  sample_limit: "int",
  target_limit: "int",
  label_limit: "int",
  label_name_length_limit: "int",
  label_value_length_limit: "int",
  keep_dropped_targets: "int",
  metric_name_validation_scheme: "string",
  metric_name_escaping_scheme: "string",
  convert_classic_histograms_to_nhcb: "bool",
  always_scrape_classic_histograms: "bool",
  scrape_native_histograms: "bool",
  extra_scrape_metrics: "bool",
  scrape_failure_log_file: "string",
  scrape_protocols: { list: "string" },
};

const scrapeConfig: Struct = {
  go: "config.ScrapeConfig",
  fields: {
    job_name: "string",
    honor_labels: "bool",
    honor_timestamps: "bool",
    track_timestamps_staleness: "bool",
    params: { map: { list: "string" } },
    scrape_interval: "duration",
    scrape_timeout: "duration",
    fallback_scrape_protocol: "string",
    metrics_path: "string",
    scheme: "string",
    enable_compression: "bool",
    native_histogram_bucket_limit: "int",
    native_histogram_min_bucket_factor: "any",
    ...limits,
    ...httpClient,
    static_configs: {
      of: "*targetgroup.Group",
      list: {
        go: "struct",
        fields: { targets: { list: "string" }, labels: { map: "string" } },
      },
    },
    kubernetes_sd_configs: { list: kubernetesSd },
    relabel_configs: { of: "*relabel.Config", list: relabelConfig },
    metric_relabel_configs: { of: "*relabel.Config", list: relabelConfig },
  },
};

/**
 * The fields of a Prometheus configuration.
 * Source: prometheus/prometheus config/config.go, prometheus/common config/http_config.go.
 * Differs: of the service discoveries only static and Kubernetes are known.
 */
export const configStruct: Struct = {
  go: "config.plain",
  fields: {
    global: {
      go: "config.plain",
      fields: {
        scrape_interval: "duration",
        scrape_timeout: "duration",
        evaluation_interval: "duration",
        rule_query_offset: "duration",
        query_log_file: "string",
        external_labels: { map: "string" },
        ...limits,
      },
    },
    runtime: { go: "config.plain", fields: { gogc: "signed int" } },
    alerting: "any",
    rule_files: { list: "string" },
    scrape_config_files: { list: "string" },
    scrape_configs: { of: "*config.ScrapeConfig", list: scrapeConfig },
    storage: {
      go: "config.plain",
      fields: {
        tsdb: {
          go: "config.plain",
          fields: {
            out_of_order_time_window: "duration",
            stale_series_compaction_threshold: "any",
            retention: {
              go: "config.plain",
              fields: { time: "duration", size: "size", percentage: "any" },
            },
            chunk_encoding: "any",
          },
        },
        exemplars: "any",
      },
    },
    tracing: "any",
    remote_write: "any",
    remote_read: "any",
    otlp: "any",
  },
};
