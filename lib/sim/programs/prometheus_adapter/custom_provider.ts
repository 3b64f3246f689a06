import { quote, rfc3339 } from "../../../go/mod.ts";
import {
  type CustomMetricInfo,
  metricInfoString,
  metricPath,
  type RestMapper,
  type Sample,
  type SeriesRegistry,
} from "../../../adapter/mod.ts";
import {
  ApiError,
  groupResource,
  parseGroupResource,
  parseSelector,
  Quantity,
  type Requirement,
  SelectorSyntaxError,
} from "../../../kube/mod.ts";
import type { ContainerContext } from "../../seams.ts";
import {
  type GroupRequest,
  listedResources,
  listOptions,
  type ServedGroup,
} from "../shared/aggregated.ts";
import type { Klog } from "../shared/klog.ts";
import {
  type PrometheusClient,
  PrometheusError,
  type QueryResult,
} from "../shared/prometheus_client.ts";

interface Parts {
  context: ContainerContext;
  client: PrometheusClient;
  registry: SeriesRegistry;
  mapper: () => RestMapper;
  log: Klog;
}

/** What a request is about. */
interface Wanted {
  info: CustomMetricInfo;
  namespace: string;
  metricSelector: Requirement[];
}

/**
 * custom.metrics.k8s.io as prometheus-adapter serves it.
 * Source: kubernetes-sigs/prometheus-adapter pkg/custom-provider/provider.go;
 * kubernetes-sigs/custom-metrics-apiserver pkg/registry/custom_metrics/reststorage.go,
 * pkg/apiserver/installer/cmhandlers.go.
 */
export function customMetricsGroup(parts: Parts): ServedGroup {
  return {
    group: "custom.metrics.k8s.io",
    versions: ["v1beta1", "v1beta2"],
    // The group names one version only, though both are served.
    listedVersions: ["v1beta1"],
    resources: listedResources(() => parts.registry.list(), (info) => ({
      name: metricPath(info),
      singularName: "",
      namespaced: info.namespaced,
      kind: "MetricValueList",
      verbs: ["get"],
    })),
    get: (request) => answer(parts, request),
  };
}

function answer(parts: Parts, { version, segments, query }: GroupRequest): unknown {
  const place = placeOf(segments);
  if (!place) return undefined;
  const { namespace, resource, name, metric } = place;
  const { labelSelector } = listOptions(query, name);
  const metricSelector = metricSelectorOf(query.get("metricLabelSelector"));
  const wanted = {
    info: {
      resource: parseGroupResource(resource),
      namespaced: namespace !== "",
      metric,
    },
    namespace,
    metricSelector,
  };
  const values = name === "*"
    ? bySelector(parts, wanted, labelSelector)
    : [byName(parts, wanted, name)];
  const selector = values.length > 0 && metricSelector.length > 0
    ? labelSelectorOf(metricSelector)
    : null;
  return {
    kind: "MetricValueList",
    apiVersion: `custom.metrics.k8s.io/${version}`,
    metadata: {},
    items: values.map(([object, value]) =>
      metricValue(parts, wanted, object, value, version, selector)
    ),
  };
}

/**
 * `namespaces/NS/RESOURCE/NAME/METRIC`, `RESOURCE/NAME/METRIC` or `namespaces/NS/metrics/METRIC`.
 * Errors: ApiError for a path that the second form takes in by mistake.
 * Source: custom-metrics-apiserver pkg/apiserver/endpoints/handlers/get.go.
 */
function placeOf(segments: readonly string[]) {
  const isOfNamespace = segments[0] === "namespaces" && segments[2] === "metrics";
  if (isOfNamespace && (segments.length === 4 || segments.length === 5)) {
    return { namespace: "", resource: "namespaces", name: segments[1], metric: segments[3] };
  }
  if (segments.length === 5 && segments[0] === "namespaces") {
    const [, namespace, resource, name, metric] = segments;
    return { namespace, resource, name, metric };
  }
  if (segments.length === 3) {
    if (segments[0] === "namespaces") throw ApiError.badRequest("invalid request path");
    const [resource, name, metric] = segments;
    return { namespace: "", resource, name, metric };
  }
  return undefined;
}

/** Source: prometheus-adapter pkg/custom-provider/provider.go (GetMetricByName). */
function byName(parts: Parts, wanted: Wanted, name: string): [string, number] {
  const samples = runQuery(parts, wanted, [name]);
  if (samples.length === 0) throw notFoundFor(wanted.info, name);
  const values = valuesOf(parts, wanted, samples);
  const what = `${metricInfoString(wanted.info)} for ${
    quote(wanted.namespace ? `${wanted.namespace}/${name}` : `/${name}`)
  }`;
  if (values.size > 1) {
    parts.log.info(
      2,
      "provider.go:181",
      `Got more than one result (${samples.length} results) when fetching metric ${what}, ` +
        "using the first one with a matching name...",
    );
  }
  const value = values.get(name);
  if (value === undefined) {
    parts.log.error(
      "provider.go:186",
      `None of the results returned by when fetching metric ${what} matched the resource name`,
    );
    throw notFoundFor(wanted.info, name);
  }
  return [name, value];
}

/** Source: prometheus-adapter pkg/custom-provider/provider.go (GetMetricBySelector). */
function bySelector(parts: Parts, wanted: Wanted, selector: string): [string, number][] {
  const names = objectNames(parts, wanted, selector);
  const samples = runQuery(parts, wanted, names);
  const values = valuesOf(parts, wanted, samples);
  return names.filter((name) => values.has(name)).map((name) => [name, values.get(name)!]);
}

function objectNames(parts: Parts, { info, namespace }: Wanted, selector: string): string[] {
  const fail = (why: string) => {
    parts.log.error("provider.go:198", `unable to list matching resource names: ${why}`);
    return ApiError.internal("unable to list matching resources");
  };
  const resource = parts.mapper().resourceFor(info.resource);
  if (!resource) {
    const named = groupResource(info.resource);
    throw fail(
      `unable to find preferred version to list matching resource names: no matches for /, ` +
        `Resource=${named}`,
    );
  }
  try {
    return parts.context.kube.list(groupResource(resource), {
      ...(info.namespaced ? { namespace } : {}),
      ...(selector ? { labelSelector: selector } : {}),
    }).map(({ metadata }) => metadata.name);
  } catch (error) {
    if (!(error instanceof ApiError || error instanceof SelectorSyntaxError)) throw error;
    throw fail(error.message);
  }
}

/** Source: prometheus-adapter pkg/custom-provider/provider.go (buildQuery). */
function runQuery(parts: Parts, wanted: Wanted, names: readonly string[]): readonly Sample[] {
  const { registry, client, context, log } = parts;
  const { info, namespace, metricSelector } = wanted;
  const found = registry.queryForMetric(info, namespace, metricSelector, names);
  if (!("query" in found)) {
    if (found.log) log.error(sourceOf(found.log), found.log);
    throw notFound(info);
  }
  try {
    const result = client.query(found.query, context.now());
    if (result.resultType === "vector") return result.samples;
    log.error(
      "provider.go:156",
      `unexpected results from prometheus: expected vector, got ${result.resultType} on results ` +
        resultString(result),
    );
  } catch (error) {
    if (!(error instanceof PrometheusError)) throw error;
    log.error("provider.go:150", `unable to fetch metrics from prometheus: ${error.message}`);
  }
  throw ApiError.internal("unable to fetch metrics");
}

/**
 * A result that is no vector, as Go prints it.
 * Source: prometheus/common model/value.go (Scalar.String); prometheus-adapter pkg/client/interfaces.go.
 * Differs: the series of a matrix are left out.
 */
function resultString({ resultType, samples }: QueryResult): string {
  if (resultType !== "scalar") return `{${resultType} <nil> <nil> <nil>}`;
  const [{ value, timestamp }] = samples;
  return `{scalar <nil> scalar: ${formatSample(value)} @[${timestamp}] <nil>}`;
}

function formatSample(value: number): string {
  if (Number.isFinite(value) || Number.isNaN(value)) return String(value);
  return value > 0 ? "+Inf" : "-Inf";
}

function valuesOf(parts: Parts, { info }: Wanted, samples: readonly Sample[]) {
  const matched = parts.registry.matchValuesToNames(info, samples);
  if ("values" in matched) return matched.values;
  if (matched.log) parts.log.error(sourceOf(matched.log), matched.log);
  throw notFound(info);
}

/** Source: custom-metrics-apiserver pkg/provider/errors.go. */
function notFound({ resource, metric }: CustomMetricInfo): ApiError {
  const message = `the server could not find the metric ${metric} for ${groupResource(resource)}`;
  return new ApiError(404, "NotFound", message);
}

function notFoundFor(info: CustomMetricInfo, name: string): ApiError {
  return new ApiError(404, "NotFound", `${notFound(info).message} ${name}`);
}

function metricValue(
  parts: Parts,
  { info, namespace }: Wanted,
  name: string,
  value: number,
  version: string,
  selector: unknown,
) {
  const kind = parts.mapper().resourceFor(info.resource)!;
  const describedObject = {
    kind: kind.kind,
    ...(namespace ? { namespace } : {}),
    name,
    apiVersion: `${kind.group}/${kind.version}`,
  };
  const timestamp = rfc3339(parts.context.now());
  const shown = Number.isNaN(value) ? "0" : Quantity.fromFloat(value).toString();
  return version === "v1beta1"
    ? { describedObject, metricName: info.metric, timestamp, value: shown, selector }
    : { describedObject, metric: { name: info.metric, selector }, timestamp, value: shown };
}

/** Where in series_registry.go a line of its log is written. */
function sourceOf(line: string): string {
  const lines: [start: string, number: number][] = [
    ["no resource names", 146],
    ["unable to normalize group resource while producing", 152],
    ["unable to construct query", 164],
    ["unable to normalize group resource while matching", 177],
    ["unable to construct resource label", 188],
  ];
  return `series_registry.go:${lines.find(([start]) => line.startsWith(start))![1]}`;
}

/** Errors: ApiError without a reason: the selector's own error goes out as it is. */
function metricSelectorOf(text: string | null): Requirement[] {
  try {
    return parseSelector(text ?? "");
  } catch (error) {
    if (!(error instanceof SelectorSyntaxError)) throw error;
    throw new ApiError(500, "", error.message);
  }
}

/**
 * A selector as an object.
 * Errors: ApiError for `!=`, which upstream does not turn back.
 * Source: kubernetes/apimachinery pkg/apis/meta/v1/helpers.go (ParseToLabelSelector).
 */
function labelSelectorOf(requirements: readonly Requirement[]) {
  const matchLabels: Record<string, string> = {};
  const matchExpressions: { key: string; operator: string; values?: string[] }[] = [];
  const operators: Partial<Record<Requirement["operator"], string>> = {
    in: "In",
    notin: "NotIn",
    exists: "Exists",
    "!": "DoesNotExist",
  };
  for (const { key, operator, values } of requirements) {
    const name = operators[operator];
    if (operator === "=") matchLabels[key] = values[0];
    else if (!name) {
      throw new ApiError(500, "", `"${operator}" is not a valid label selector operator`);
    } else {
      matchExpressions.push({
        key,
        operator: name,
        ...(values.length > 0 ? { values } : {}),
      });
    }
  }
  return {
    ...(Object.keys(matchLabels).length > 0 ? { matchLabels } : {}),
    ...(matchExpressions.length > 0 ? { matchExpressions } : {}),
  };
}
