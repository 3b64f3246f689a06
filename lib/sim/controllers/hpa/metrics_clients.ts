import {
  CUSTOM_VERSIONS,
  type MetricItem,
  metricQuestion,
  type MetricReading,
  metricReading,
  METRICS_GROUPS,
  MetricsClientError,
  type MetricSpec,
  selectorFault,
  toldByClient,
  unfetched,
} from "../../../autoscale/mod.ts";
import { ApiError, type ApiGroup, conditionOf } from "../../../kube/mod.ts";
import type { SimApi } from "../../seams.ts";
import { mappingOf } from "./rest_mapping.ts";

/** How long the preferred version is believed; the controller's resync period. */
const VERSION_TTL_MS = 15_000;

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
      return metricReading(spec, this.#items(spec, namespace, podSelector));
    } catch (error) {
      if (!(error instanceof MetricsClientError)) throw error;
      return { error: error.message };
    }
  }

  /** The items of the answer. Errors: MetricsClientError. */
  #items(spec: MetricSpec, namespace: string, podSelector: string): MetricItem[] {
    try {
      const { path, query, about } = metricQuestion(spec, {
        namespace,
        podSelector,
        customVersion: () => this.#preferredVersion(),
        resourceFor: (apiVersion, kind) => mappingOf(this.api, apiVersion, kind)?.resource,
      });
      return this.#get(path, query, about)?.items ?? [];
    } catch (error) {
      if (!(error instanceof MetricsClientError || error instanceof ApiError)) throw error;
      throw unfetched(spec, error.message);
    }
  }

  /**
   * Source: kubernetes/metrics pkg/client/custom_metrics/discovery.go. Versions whose APIService is
   * not available are left out, as aggregated discovery leaves out what is stale.
   */
  #preferredVersion(): string {
    const cached = this.#customVersion;
    if (cached && this.now() - cached.atMs < VERSION_TTL_MS) return cached.version;
    const groups: ApiGroup[] = this.api.raw("/apis")?.groups ?? [];
    const group = groups.find(({ name }) => name === METRICS_GROUPS.custom);
    if (!group) {
      throw new MetricsClientError(`no custom metrics API (${METRICS_GROUPS.custom}) registered`);
    }
    const live = (group.versions ?? []).map(({ version }) => version)
      .filter((version) => this.#isAvailable(version));
    const preferred = group.preferredVersion?.version;
    const version = [preferred, ...live].find((v) =>
      v !== undefined && CUSTOM_VERSIONS.includes(v) && live.includes(v)
    );
    if (!version) throw new MetricsClientError("no known available metric versions found");
    this.#customVersion = { version, atMs: this.now() };
    return version;
  }

  #isAvailable(version: string): boolean {
    const service = this.api.get(
      "apiservices.apiregistration.k8s.io",
      "",
      `${version}.${METRICS_GROUPS.custom}`,
    );
    const available = conditionOf(service, "Available");
    return available?.status !== "False";
  }

  #get(
    path: string,
    query: Record<string, string>,
    about: string,
  ): { items?: MetricItem[] } | null {
    const given = Object.entries(query).filter(([, value]) => value !== "");
    const search = given.length > 0 ? `?${new URLSearchParams(given)}` : "";
    try {
      return this.api.raw(path + search);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      throw new MetricsClientError(toldByClient(error, about));
    }
  }
}
