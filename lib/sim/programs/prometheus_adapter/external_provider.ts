import { rfc3339 } from "../../../go/mod.ts";
import type { ExternalRegistry } from "../../../adapter/mod.ts";
import { ApiError, parseSelector, Quantity } from "../../../kube/mod.ts";
import type { ContainerContext } from "../../seams.ts";
import {
  type GroupRequest,
  listedResources,
  listOptions,
  type ServedGroup,
} from "../shared/aggregated.ts";
import type { Klog } from "../shared/klog.ts";
import { type PrometheusClient, PrometheusError } from "../shared/prometheus_client.ts";

interface Parts {
  context: ContainerContext;
  client: PrometheusClient;
  registry: ExternalRegistry;
  log: Klog;
}

/**
 * external.metrics.k8s.io as prometheus-adapter serves it.
 * Source: kubernetes-sigs/prometheus-adapter pkg/external-provider/provider.go,
 * metric_converter.go; kubernetes-sigs/custom-metrics-apiserver pkg/registry/external_metrics.
 */
export function externalMetricsGroup(parts: Parts): ServedGroup {
  return {
    group: "external.metrics.k8s.io",
    versions: ["v1beta1"],
    resources: listedResources(() => parts.registry.list(), (name) => ({
      name,
      singularName: "",
      namespaced: true,
      kind: "ExternalMetricValueList",
      verbs: ["get"],
    })),
    get: (request) => answer(parts, request),
  };
}

function answer(
  { context, client, registry, log }: Parts,
  { version, segments, query }: GroupRequest,
): unknown {
  if (segments.length !== 3 || segments[0] !== "namespaces") return undefined;
  const [, namespace, metric] = segments;
  const { labelSelector } = listOptions(query);
  const found = registry.queryForMetric(metric, namespace, parseSelector(labelSelector));
  if (!found) {
    // Upstream names namespaces for the default namespace, and nothing for others.
    const resource = namespace === "default" ? "namespaces" : "";
    throw new ApiError(
      404,
      "NotFound",
      `the server could not find the metric ${metric} for ${resource}`,
    );
  }
  if ("error" in found) {
    log.error("provider.go:46", `unable to generate a query for the metric: ${found.error}`);
    throw ApiError.internal("unable to fetch metrics");
  }
  try {
    const { resultType, samples } = client.query(found.query, context.now());
    if (resultType !== "vector" && resultType !== "scalar") {
      throw new ApiError(500, "", "encountered an unexpected query result type");
    }
    return {
      kind: "ExternalMetricValueList",
      apiVersion: `external.metrics.k8s.io/${version}`,
      metadata: {},
      items: samples.map((sample) => ({
        metricName: metric,
        metricLabels: resultType === "scalar" ? null : sample.metric,
        timestamp: rfc3339(sample.timestamp * 1000),
        value: Quantity.fromFloat(sample.value).toString(),
      })),
    };
  } catch (error) {
    if (!(error instanceof PrometheusError)) throw error;
    log.error("provider.go:57", `unable to fetch metrics from prometheus: ${error.message}`);
    throw ApiError.internal("unable to fetch metrics");
  }
}
