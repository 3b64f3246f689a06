import {
  customReadings,
  type MetricReading,
  type MetricSpec,
  resourceReadings,
  selectorFault,
  toMilli,
} from "../../../autoscale/mod.ts";
import {
  ApiError,
  conditionOf,
  formatSelector,
  groupOf,
  pathOf,
  type Place,
} from "../../../kube/mod.ts";
import type { SimApi } from "../../seams.ts";
import { mappingOf } from "./rest_mapping.ts";

const CUSTOM = "custom.metrics.k8s.io";
const EXTERNAL = "external.metrics.k8s.io";
const RESOURCE = "metrics.k8s.io";
/** Versions of custom.metrics.k8s.io that the client knows. */
const CUSTOM_VERSIONS = ["v1beta2", "v1beta1"];
/** How long the preferred version is believed; the controller's resync period. */
const VERSION_TTL_MS = 15_000;

/** A metrics API that gave no metric, with the client's words. */
class MetricsClientError extends Error {
  override name = "MetricsClientError";
}

/**
 * The controller's clients for the three metrics APIs, over plain GETs.
 * Source: kubernetes/kubernetes pkg/controller/podautoscaler/metrics/client.go; kubernetes/metrics
 * pkg/client/custom_metrics, pkg/client/external_metrics.
 */
export class MetricsClients {
  #customVersion: { version: string; atMs: number } | undefined;

  constructor(private readonly api: SimApi, private readonly now: () => number) {}

  /** What one metric of a spec reads now, or the error as upstream words it. */
  read(spec: MetricSpec, namespace: string, podSelector: string): MetricReading {
    const fault = selectorFault((spec.object ?? spec.pods ?? spec.external)?.metric.selector);
    if (fault) return { error: fault };
    try {
      switch (spec.type) {
        case "Object":
          return this.#object(spec.object!, namespace);
        case "Pods":
          return this.#pods(spec.pods!, namespace, podSelector);
        case "Resource":
          return this.#resource(spec.resource!.name, "", namespace, podSelector);
        case "ContainerResource": {
          const { name, container } = spec.containerResource!;
          return this.#resource(name, container, namespace, podSelector);
        }
        default:
          return this.#external(spec.external!, namespace);
      }
    } catch (error) {
      if (error instanceof MetricsClientError || error instanceof ApiError) {
        return { error: error.message };
      }
      throw error;
    }
  }

  #object(object: NonNullable<MetricSpec["object"]>, namespace: string): MetricReading {
    const { describedObject: { kind, apiVersion = "", name }, metric } = object;
    const list = wrapped("custom", () => {
      const query = { metricLabelSelector: formatSelector(metric.selector, "") };
      const isNamespace = kind === "Namespace" && groupOf(apiVersion) === "";
      const resource = isNamespace ? "metrics" : this.#resourceFor(apiVersion, kind);
      const path = this.#custom(resource, {
        namespace,
        ...(isNamespace ? { name: metric.name } : { name, subresource: metric.name }),
      });
      const about = isNamespace ? metric.name : name;
      const items = itemsOf(this.#get(path, query, `${resource}.${CUSTOM} ${about}`));
      if (items.length !== 1) {
        throw new MetricsClientError(
          `the custom metrics API server returned ${items.length} results when we asked for exactly one`,
        );
      }
      return items;
    });
    return { valueMilli: toMilli(list[0].value) };
  }

  #pods(
    pods: NonNullable<MetricSpec["pods"]>,
    namespace: string,
    podSelector: string,
  ): MetricReading {
    const items = wrapped("custom", () => {
      const subresource = pods.metric.name;
      const path = this.#custom("pods", { namespace, name: "*", subresource });
      const query = {
        labelSelector: podSelector,
        metricLabelSelector: formatSelector(pods.metric.selector, ""),
      };
      return itemsOf(this.#get(path, query, `pods.${CUSTOM} *`));
    });
    if (items.length === 0) {
      throw new MetricsClientError("no metrics returned from custom metrics API");
    }
    return { pods: customReadings(items) };
  }

  #resource(
    resource: string,
    container: string,
    namespace: string,
    podSelector: string,
  ): MetricReading {
    const items = wrapped("resource", () => {
      const path = pathOf(`${RESOURCE}/v1beta1/pods`, { namespace });
      return itemsOf(this.#get(path, { labelSelector: podSelector }, `pods.${RESOURCE}`));
    });
    if (items.length === 0) {
      throw new MetricsClientError("no metrics returned from resource metrics API");
    }
    return { pods: resourceReadings(items, resource, container) };
  }

  #external(
    external: NonNullable<MetricSpec["external"]>,
    namespace: string,
  ): MetricReading {
    const { metric } = external;
    const items = wrapped("external", () => {
      const path = pathOf(`${EXTERNAL}/v1beta1/${metric.name}`, { namespace });
      const query = { labelSelector: formatSelector(metric.selector, "") };
      return itemsOf(this.#get(path, query, `${metric.name}.${EXTERNAL}`));
    });
    if (items.length === 0) {
      throw new MetricsClientError("no metrics returned from external metrics API");
    }
    return { valuesMilli: items.map((item) => toMilli(item.value)) };
  }

  #custom(resource: string, place: Place): string {
    return pathOf({ group: CUSTOM, version: this.#preferredVersion(), resource }, place);
  }

  /**
   * Source: kubernetes/metrics pkg/client/custom_metrics/discovery.go. Versions whose APIService is
   * not available are left out, as aggregated discovery leaves out what is stale.
   */
  #preferredVersion(): string {
    const cached = this.#customVersion;
    if (cached && this.now() - cached.atMs < VERSION_TTL_MS) return cached.version;
    const groups: any[] = this.api.raw("/apis")?.groups ?? [];
    const group = groups.find(({ name }) => name === CUSTOM);
    if (!group) throw new MetricsClientError(`no custom metrics API (${CUSTOM}) registered`);
    const live = group.versions.filter(({ version }: any) => this.#isAvailable(version))
      .map(({ version }: any) => version as string);
    const preferred = group.preferredVersion?.version;
    const version = [preferred, ...live].find((v) =>
      CUSTOM_VERSIONS.includes(v) && live.includes(v)
    );
    if (!version) throw new MetricsClientError("no known available metric versions found");
    this.#customVersion = { version, atMs: this.now() };
    return version;
  }

  #isAvailable(version: string): boolean {
    const service = this.api.get("apiservices.apiregistration.k8s.io", "", `${version}.${CUSTOM}`);
    const available = conditionOf(service, "Available");
    return available?.status !== "False";
  }

  #resourceFor(apiVersion: string, kind: string): string {
    const mapping = mappingOf(this.api, apiVersion, kind);
    if (mapping) return mapping.resource;
    const group = groupOf(apiVersion);
    throw new MetricsClientError(
      `unable to map kind ${group ? `${kind}.${group}` : kind} to resource: ` +
        `no matches for kind "${kind}" in group "${group}"`,
    );
  }

  #get(path: string, query: Record<string, string>, about: string): any {
    const given = Object.entries(query).filter(([, value]) => value !== "");
    const search = given.length > 0 ? `?${new URLSearchParams(given)}` : "";
    try {
      return this.api.raw(path + search);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      throw new MetricsClientError(told(error, about));
    }
  }
}

/** An error of a GET as client-go tells it; `about` it adds when the answer was no Status of an API. */
export function told(error: ApiError, about: string): string {
  return isGeneric(error) ? `${error.message} (get ${about})` : error.message;
}

/** Source: kubernetes/apimachinery pkg/api/errors/errors.go (NewGenericServerResponse). */
function isGeneric(error: ApiError): boolean {
  return error.message === "the server could not find the requested resource" ||
    error.message === "the server is currently unable to handle the request" ||
    error.message.startsWith("an error on the server (");
}

function wrapped<T>(api: "custom" | "resource" | "external", read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof MetricsClientError || error instanceof ApiError)) throw error;
    throw new MetricsClientError(
      `unable to fetch metrics from ${api} metrics API: ${error.message}`,
    );
  }
}

function itemsOf(list: any): any[] {
  return list?.items ?? [];
}
