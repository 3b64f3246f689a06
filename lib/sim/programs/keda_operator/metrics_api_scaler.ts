import { isTriggerActive } from "../../../autoscale/mod.ts";
import { fromYaml, quote, YamlError } from "../../../go/mod.ts";
import { type Loose, type models, Quantity, QuantitySyntaxError } from "../../../kube/mod.ts";
import {
  ExpositionSyntaxError,
  METRIC_NAME,
  parseExposition,
  parseSelector,
  PromqlSyntaxError,
} from "../../../promql/mod.ts";
import type { ContainerContext } from "../../seams.ts";
import { PrometheusError } from "../shared/prometheus_client.ts";
import { AUTH_PARAMETERS, type AuthConfig, authHeaders, authProblem } from "./authentication.ts";
import { findByPath } from "./gjson_path.ts";
import { httpGet } from "./http_get.ts";
import {
  externalSpec,
  kedaQuantity,
  metricOf,
  normalized,
  prefixed,
  type Scaler,
  ScalerError,
  type ScalerParts,
  targetType,
} from "./scaler.ts";
import { typedConfig } from "./typed_config.ts";

interface Config extends AuthConfig {
  targetValue?: number;
  activationTargetValue: number;
  url: string;
  format: keyof typeof READERS;
  valueLocation: string;
  unsafeSsl: boolean;
  aggregateFromKubeServiceEndpoints: boolean;
  aggregationType: "average" | "sum" | "max" | "min";
  timeout?: number;
}

/**
 * A number that any HTTP endpoint tells: an application's own page, or its metrics without a Prometheus.
 * Errors: ScalerError. Source: kedacore/keda pkg/scalers/metrics_api_scaler.go.
 */
export function metricsApiScaler(parts: ScalerParts): Scaler {
  const { context, trigger, index, asMetricSource } = parts;
  const type = targetType(trigger);
  const config = prefixed("error parsing metric API metadata: ", () => configOf(parts));
  const target = config.targetValue ?? 0;
  if (target === 0 && !asMetricSource) {
    throw new ScalerError("error parsing metric API metadata: no targetValue given in metadata");
  }
  const metricName = `s${index}-${normalized(`metric-api-${config.valueLocation}`)}`;
  return {
    goName: "metricsAPIScaler",
    trigger,
    metricName,
    spec: externalSpec(metricName, type, target),
    read() {
      const value = prefixed(
        "error requesting metrics endpoint: ",
        () => valueNow(context, config),
      );
      return {
        metrics: [metricOf(context, metricName, kedaQuantity(value))],
        isActive: isTriggerActive(value, config.activationTargetValue),
      };
    },
  };
}

function configOf({ config }: ScalerParts): Config {
  return prefixed("error parsing metrics API metadata: ", () => {
    return typedConfig<Config>(config, {
      targetValue: { type: "float", optional: true },
      activationTargetValue: { type: "float", default: "0" },
      url: { type: "string" },
      format: { type: "string", default: "json", enum: ["prometheus", "json", "xml", "yaml"] },
      valueLocation: { type: "string" },
      unsafeSsl: { type: "bool", default: "false" },
      aggregateFromKubeServiceEndpoints: { type: "bool", default: "false" },
      aggregationType: {
        type: "string",
        default: "average",
        enum: ["average", "sum", "max", "min"],
      },
      timeout: { type: "duration", optional: true },
      ...AUTH_PARAMETERS,
    }, authProblem);
  });
}

/** Errors: ScalerError. */
function valueNow(context: ContainerContext, config: Config): number {
  if (!config.aggregateFromKubeServiceEndpoints) return valueFrom(context, config, config.url);
  const urls = endpointUrls(context, config.url);
  if (urls.length === 0) throw new ScalerError("no endpoints URLs were given for the service name");
  const values = urls.flatMap((url) => {
    try {
      return [valueFrom(context, config, url)];
    } catch (error) {
      if (!(error instanceof ScalerError)) throw error;
      return [];
    }
  });
  if (values.length === 0) {
    throw new ScalerError(
      `could not get any metric successfully from the ${urls.length} provided endpoints`,
    );
  }
  const sum = values.reduce((a, b) => a + b, 0);
  switch (config.aggregationType) {
    case "min":
      return Math.min(...values);
    case "max":
      return Math.max(...values);
    case "sum":
      return sum;
    case "average":
      return sum / values.length;
  }
}

/** Errors: ScalerError. Source: as above (getEndpointsUrlsFromServiceURL). */
function endpointUrls({ kube }: ContainerContext, service: string): string[] {
  const url = URL.parse(service);
  const [name, namespace] = url?.hostname.split(".") ?? [];
  if (!url || namespace === undefined) {
    throw new ScalerError("failed to get kubernetes endpoints urls from configured service URL");
  }
  const port = Number(url.port || (url.protocol === "https:" ? "443" : "80"));
  const labelSelector = `kubernetes.io/service-name=${name}`;
  const slices = kube.list("endpointslices.discovery.k8s.io", { namespace, labelSelector });
  const seen = new Set<string>();
  return (slices as Loose<models.EndpointSlice>[]).flatMap(({ endpoints = [], ports = [] }) => {
    // A port that the slice lacks is left to the scheme.
    const shown = ports.some((each) => each.port === port) ? `:${port}` : "";
    return endpoints.filter(({ conditions }) => conditions?.ready !== false)
      .flatMap(({ addresses = [] }) => addresses)
      .filter((address) => !seen.has(address) && seen.add(address))
      .map((address) => `${url.protocol}//${address}${shown}${url.pathname}`);
  });
}

/** Errors: ScalerError. */
function valueFrom(context: ContainerContext, config: Config, url: string): number {
  const { unsafeSsl, timeout, valueLocation } = config;
  const asked = withKey(config, url);
  const headers = { ...authHeaders(config), ...asked.headers };
  try {
    const response = httpGet(context, { url: asked.url, headers, unsafeSsl, timeout });
    if (response.status !== 200) {
      const path = URL.parse(asked.url)?.pathname ?? "";
      throw new ScalerError(`${path}: api returned ${response.status}`);
    }
    return READERS[config.format](response.body, valueLocation);
  } catch (error) {
    if (error instanceof PrometheusError) throw new ScalerError(error.message);
    throw error;
  }
}

function withKey(
  { authModes, apiKey = "", method, keyParamName }: Config,
  url: string,
): { url: string; headers?: Record<string, string> } {
  if (!authModes?.includes("apiKey")) return { url };
  if (method !== "query") return { url, headers: { [keyParamName ?? "X-API-KEY"]: apiKey } };
  const asked = URL.parse(url);
  if (!asked) return { url };
  asked.searchParams.set(keyParamName ?? "api_key", apiKey);
  asked.searchParams.sort();
  return { url: String(asked) };
}

/** How a body of each format is read. Errors: ScalerError. */
const READERS = {
  prometheus: fromMetrics,
  json: fromJson,
  yaml: fromYamlText,
  /** Go's decoder knows no maps, so that this format never gives a value. Source: golang/go src/encoding/xml/read.go. */
  xml(): number {
    throw new ScalerError("unknown type map[string]interface {}");
  },
};

/** Differs: what is no JSON has no values, where upstream reads it as far as it goes. */
function fromJson(body: string, location: string): number {
  let document: unknown;
  try {
    document = JSON.parse(body);
  } catch {
    document = undefined;
  }
  const found = findByPath(document, location);
  return numberOf(found?.value, location, gjsonType);
}

/** Source: tidwall/gjson gjson.go (Type.String). */
function gjsonType(value: unknown): string {
  if (value === undefined || value === null) return "Null";
  if (typeof value === "boolean") return value ? "True" : "False";
  return "JSON";
}

/**
 * Source: kedacore/keda pkg/util/value_by_path.go.
 * Differs: `on`, `off`, `yes`, `no`, `y` and `n` are truths, where go.yaml.in/yaml/v3 has words.
 */
function fromYamlText(body: string, location: string): number {
  let value: unknown;
  try {
    value = fromYaml(body);
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    throw new ScalerError(error.message);
  }
  for (const key of location.split(".")) {
    if (typeof value !== "object" || value === null) break;
    const isThere = Array.isArray(value)
      ? Object.keys(value).includes(key)
      : Object.hasOwn(value, key);
    if (!isThere) {
      throw new ScalerError(`key '${key}' not found in path '${location}'`);
    }
    value = (value as Record<string, unknown>)[key];
  }
  if (typeof value === "object" && value !== null) {
    throw new ScalerError(`path '${location}' does not lead to a value`);
  }
  return numberOf(value, location, (other) => typeof other === "boolean" ? "bool" : "<nil>");
}

function numberOf(value: unknown, location: string, typeOf: (value: unknown) => string): number {
  if (typeof value === "number") return value;
  if (typeof value !== "string") {
    throw new ScalerError(
      `valueLocation ${quote(location)} must point to a numeric value or a string parseable as a ` +
        `Quantity, got ${typeOf(value)}`,
    );
  }
  try {
    return Quantity.parse(value).asNumber();
  } catch (error) {
    if (!(error instanceof QuantitySyntaxError)) throw error;
    throw new ScalerError(
      `valueLocation ${quote(location)} points to a string that is not parseable as a Quantity`,
    );
  }
}

/**
 * A sample of a page in Prometheus' text format: the first with the selector's labels.
 * Differs: a page that cannot be read has the words of Prometheus' reader, where upstream has another's.
 */
function fromMetrics(body: string, location: string): number {
  try {
    const matchers = parseSelector(location);
    const name = matchers.find((each) => each.name === METRIC_NAME)?.value ?? "";
    const family = parseExposition(body.endsWith("\n") ? body : `${body}\n`)
      .find((each) => each.name === name);
    if (!family) throw new ScalerError(`metric '${name}' not found`);
    // Whatever a matcher's operator says, upstream wants the label to be as it is written.
    const wanted = matchers.filter((each) => each.name !== METRIC_NAME);
    const isSingle = family.type !== "histogram" && family.type !== "summary";
    const sample = isSingle &&
      family.samples.find(({ labels }) => wanted.every((each) => labels[each.name] === each.value));
    if (!sample) throw new ScalerError(`value ${location} not found`);
    return sample.value;
  } catch (error) {
    if (error instanceof PromqlSyntaxError) throw new ScalerError(error.message);
    if (error instanceof ExpositionSyntaxError) {
      throw new ScalerError(`prometheus format parsing error: ${error.message}`);
    }
    throw error;
  }
}
