import { type ApiError, formatSelector, groupOf, pathOf, type Place } from "../kube/mod.ts";
import { customReadings, type MetricItem, resourceReadings } from "./items.ts";
import type { MetricReading, MetricSpec } from "./hpa_types.ts";
import { toMilli } from "./texts.ts";

/** The three APIs that metrics come from, as the controller's errors call them. */
export type MetricsApi = "custom" | "external" | "resource";

/** The group of each. */
export const METRICS_GROUPS: Readonly<Record<MetricsApi, string>> = {
  custom: "custom.metrics.k8s.io",
  external: "external.metrics.k8s.io",
  resource: "metrics.k8s.io",
};

/** Versions of custom.metrics.k8s.io that the controller knows. */
export const CUSTOM_VERSIONS: readonly string[] = ["v1beta2", "v1beta1"];

/** A metrics API that gave no metric, with the client's words. */
export class MetricsClientError extends Error {
  override name = "MetricsClientError";
}

/** No answer came, or a bad one: `why` says why. Source: kubernetes/kubernetes pkg/controller/podautoscaler/metrics/client.go. */
export function unfetched(spec: Pick<MetricSpec, "type">, why: string): MetricsClientError {
  const api = metricsApiOf(spec);
  return new MetricsClientError(`unable to fetch metrics from ${api} metrics API: ${why}`);
}

/** What is asked of a metrics API for one metric of a spec. */
export interface MetricQuestion {
  path: string;
  /** Empty values are left out. */
  query: Record<string, string>;
  /** What client-go's errors call it: `services.custom.metrics.k8s.io web`. */
  about: string;
}

/** What a question depends on besides the metric. */
export interface QuestionContext {
  namespace: string;
  /** Of the pods that are scaled. */
  podSelector: string;
  /** The version of the custom metrics API. Errors: MetricsClientError. */
  customVersion(): string;
  /** The plural of a kind; undefined for one that the cluster does not have. */
  resourceFor(apiVersion: string, kind: string): string | undefined;
}

/** The API that a metric of a spec is read from. */
export function metricsApiOf({ type }: Pick<MetricSpec, "type">): MetricsApi {
  switch (type) {
    case "Object":
    case "Pods":
      return "custom";
    case "Resource":
    case "ContainerResource":
      return "resource";
    default:
      return "external";
  }
}

/**
 * The question of one metric. Errors: MetricsClientError.
 * Source: kubernetes/kubernetes pkg/controller/podautoscaler/metrics/client.go; kubernetes/metrics
 * pkg/client/custom_metrics/versioned_client.go, pkg/client/external_metrics/client.go.
 */
export function metricQuestion(spec: MetricSpec, context: QuestionContext): MetricQuestion {
  const { namespace, podSelector } = context;
  const custom = (resource: string, place: Place) =>
    pathOf({ group: METRICS_GROUPS.custom, version: context.customVersion(), resource }, place);
  switch (spec.type) {
    case "Object": {
      const { describedObject: { kind, apiVersion = "", name }, metric } = spec.object!;
      const isNamespace = kind === "Namespace" && groupOf(apiVersion) === "";
      const resource = isNamespace ? "metrics" : resourceFor(context, apiVersion, kind);
      return {
        path: custom(resource, {
          namespace,
          ...(isNamespace ? { name: metric.name } : { name, subresource: metric.name }),
        }),
        query: { metricLabelSelector: formatSelector(metric.selector, "") },
        about: `${resource}.${METRICS_GROUPS.custom} ${isNamespace ? metric.name : name}`,
      };
    }
    case "Pods": {
      const { metric } = spec.pods!;
      return {
        path: custom("pods", { namespace, name: "*", subresource: metric.name }),
        query: {
          labelSelector: podSelector,
          metricLabelSelector: formatSelector(metric.selector, ""),
        },
        about: `pods.${METRICS_GROUPS.custom} *`,
      };
    }
    case "Resource":
    case "ContainerResource":
      return {
        path: pathOf(`${METRICS_GROUPS.resource}/v1beta1/pods`, { namespace }),
        query: { labelSelector: podSelector },
        about: `pods.${METRICS_GROUPS.resource}`,
      };
    default: {
      const { metric } = spec.external!;
      return {
        path: pathOf(`${METRICS_GROUPS.external}/v1beta1/${metric.name}`, { namespace }),
        query: { labelSelector: formatSelector(metric.selector, "") },
        about: `${metric.name}.${METRICS_GROUPS.external}`,
      };
    }
  }
}

function resourceFor(context: QuestionContext, apiVersion: string, kind: string): string {
  const resource = context.resourceFor(apiVersion, kind);
  if (resource) return resource;
  const group = groupOf(apiVersion);
  throw new MetricsClientError(
    `unable to map kind ${group ? `${kind}.${group}` : kind} to resource: ` +
      `no matches for kind "${kind}" in group "${group}"`,
  );
}

/** What the items of an answer read. Errors: MetricsClientError, when they do not do. Source: as above. */
export function metricReading(spec: MetricSpec, items: readonly MetricItem[]): MetricReading {
  const api = metricsApiOf(spec);
  if (spec.type === "Object") {
    if (items.length !== 1) {
      throw unfetched(
        spec,
        `the custom metrics API server returned ${items.length} results when we asked for exactly one`,
      );
    }
    return { valueMilli: toMilli(items[0].value) };
  }
  if (items.length === 0) {
    throw new MetricsClientError(`no metrics returned from ${api} metrics API`);
  }
  switch (spec.type) {
    case "Pods":
      return { pods: customReadings(items) };
    case "Resource":
      return { pods: resourceReadings(items, spec.resource!.name, "") };
    case "ContainerResource": {
      const { name, container } = spec.containerResource!;
      return { pods: resourceReadings(items, name, container) };
    }
    default:
      return { valuesMilli: items.map((item) => toMilli(item.value)) };
  }
}

/** An error of a GET as client-go tells it; `about` it adds when the answer was no Status of an API. */
export function toldByClient(error: ApiError, about: string): string {
  return isGeneric(error) ? `${error.message} (get ${about})` : error.message;
}

/** Source: kubernetes/apimachinery pkg/api/errors/errors.go (NewGenericServerResponse). */
function isGeneric(error: ApiError): boolean {
  return error.message === "the server could not find the requested resource" ||
    error.message === "the server is currently unable to handle the request" ||
    error.message.startsWith("an error on the server (");
}
