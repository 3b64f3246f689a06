import { GoTemplateError, quote } from "../go/mod.ts";
import { type GroupResource, groupResource, type Requirement } from "../kube/mod.ts";
import type { MetricNamer, Series } from "./metric_namer.ts";
import { QueryError } from "./metrics_query.ts";
import { isRootScoped, LabelError } from "./resource_converter.ts";
import { noMatches, type RestMapper } from "./rest_mapper.ts";

/** A metric as custom.metrics.k8s.io lists it. */
export interface CustomMetricInfo {
  resource: GroupResource;
  namespaced: boolean;
  metric: string;
}

/** One sample of a query's answer. */
export interface Sample {
  metric: Readonly<Record<string, string>>;
  value: number;
  /** Seconds since the epoch. */
  timestamp: number;
}

/** A query, or why there is none; `log` is what upstream's log says, at error level. */
export type QueryFor = { query: string } | { log?: string };

interface SeriesInfo {
  seriesName: string;
  namer: MetricNamer;
}

interface KnownMetric {
  info: CustomMetricInfo;
  series: SeriesInfo;
}

/** `namespaces/hits`, `jobs.batch/hits`: a metric's name in the API's list. */
export function metricPath({ resource, metric }: CustomMetricInfo): string {
  return `${groupResource(resource)}/${metric}`;
}

/** A metric as log lines name it: `pods/hits(namespaced)`. */
export function metricInfoString(info: CustomMetricInfo): string {
  return info.namespaced ? `${metricPath(info)}(namespaced)` : metricPath(info);
}

/**
 * The custom metrics that are known now. Keys are resource, scope and name: of two rules or series
 * with the same key, the later wins.
 * Source: kubernetes-sigs/prometheus-adapter pkg/custom-provider/series_registry.go.
 * Differs: the list is sorted; upstream's has the order of a Go map.
 */
export class SeriesRegistry {
  #infos = new Map<string, KnownMetric>();
  #sorted: CustomMetricInfo[] = [];

  constructor(private readonly mapper: () => RestMapper) {}

  /** Replaces everything known; `series[i]` passed the filters of `namers[i]`. Gives log lines. */
  setSeries(series: readonly (readonly Series[])[], namers: readonly MetricNamer[]): string[] {
    const infos = new Map<string, KnownMetric>();
    const log: string[] = [];
    namers.forEach((namer, i) => {
      for (const one of series[i]) {
        const { resources, namespaced } = namer.resources.resourcesForSeries(one.labels);
        const named = namer.nameFor(one.name);
        if ("error" in named) {
          log.push(
            `unable to name series ${quote(seriesString(one))}, skipping: ${named.error}`,
          );
          continue;
        }
        for (const resource of resources) {
          const info = {
            resource,
            namespaced: namespaced && !isRootScoped(resource),
            metric: named.name,
          };
          infos.set(keyOf(info), { info, series: { seriesName: one.name, namer } });
        }
      }
    });
    this.#infos = infos;
    this.#sorted = [...infos.values()].map(({ info }) => info)
      .sort((a, b) => (metricPath(a) < metricPath(b) ? -1 : metricPath(a) > metricPath(b) ? 1 : 0));
    return log;
  }

  /** Every metric known, by name. */
  list(): readonly CustomMetricInfo[] {
    return this.#sorted;
  }

  /** The rule and series behind a metric; for explaining. */
  sourceOf(info: CustomMetricInfo): { seriesName: string; namer: MetricNamer } | undefined {
    const normalized = this.#normalize(info);
    return "info" in normalized ? this.#infos.get(keyOf(normalized.info))?.series : undefined;
  }

  /** The query that answers a request for `names`. */
  queryForMetric(
    info: CustomMetricInfo,
    namespace: string,
    metricSelector: readonly Requirement[],
    names: readonly string[],
  ): QueryFor {
    if (names.length === 0) {
      return {
        log: `no resource names requested while producing a query for metric ${
          metricInfoString(info)
        }`,
      };
    }
    const normalized = this.#normalize(info);
    if ("error" in normalized) {
      return {
        log: `unable to normalize group resource while producing a query: ${normalized.error}`,
      };
    }
    const found = this.#infos.get(keyOf(normalized.info));
    if (!found) return {};
    const { seriesName, namer } = found.series;
    const { resource } = normalized.info;
    try {
      return {
        query: namer.query.build({
          series: seriesName,
          resource,
          namespace,
          metricSelector,
          names,
        }),
      };
    } catch (error) {
      return {
        log: `unable to construct query for metric ${metricInfoString(normalized.info)}: ${
          messageOf(error)
        }`,
      };
    }
  }

  /** The samples of an answer by the object each is about. */
  matchValuesToNames(
    info: CustomMetricInfo,
    samples: readonly Sample[],
  ): { values: Map<string, number> } | { log?: string } {
    const normalized = this.#normalize(info);
    if ("error" in normalized) {
      return {
        log:
          `unable to normalize group resource while matching values to names: ${normalized.error}`,
      };
    }
    const found = this.#infos.get(keyOf(normalized.info));
    if (!found) return {};
    let label: string;
    try {
      label = found.series.namer.resources.labelForResource(normalized.info.resource);
    } catch (error) {
      return {
        log: `unable to construct resource label for metric ${metricInfoString(normalized.info)}: ${
          messageOf(error)
        }`,
      };
    }
    return { values: new Map(samples.map(({ metric, value }) => [metric[label] ?? "", value])) };
  }

  #normalize(info: CustomMetricInfo): { info: CustomMetricInfo } | { error: string } {
    const resource = this.mapper().resourceFor(info.resource);
    return resource ? { info: { ...info, resource } } : { error: noMatches(info.resource) };
  }
}

/**
 * The external metrics that are known now, by name alone.
 * Source: kubernetes-sigs/prometheus-adapter pkg/external-provider/external_series_registry.go.
 */
export class ExternalRegistry {
  #infos = new Map<string, SeriesInfo>();
  #sorted: readonly string[] = [];

  setSeries(series: readonly (readonly Series[])[], namers: readonly MetricNamer[]): string[] {
    const infos = new Map<string, SeriesInfo>();
    const log: string[] = [];
    namers.forEach((namer, i) => {
      for (const one of series[i]) {
        const named = namer.nameFor(one.name);
        if ("error" in named) {
          log.push(
            `unable to name series ${quote(seriesString(one))}, skipping: ${named.error}`,
          );
        } else infos.set(named.name, { seriesName: one.name, namer });
      }
    });
    this.#infos = infos;
    this.#sorted = [...infos.keys()].sort();
    return log;
  }

  list(): readonly string[] {
    return this.#sorted;
  }

  queryForMetric(
    metric: string,
    namespace: string,
    metricSelector: readonly Requirement[],
  ): { query: string } | { error: string } | undefined {
    const found = this.#infos.get(metric);
    if (!found) return undefined;
    try {
      return {
        query: found.namer.query.buildExternal(found.seriesName, namespace, metricSelector),
      };
    } catch (error) {
      return { error: messageOf(error) };
    }
  }
}

function keyOf({ resource, namespaced, metric }: CustomMetricInfo): string {
  return `${resource.group}/${resource.resource}/${namespaced}/${metric}`;
}

/** A series as log lines show it: `hits{namespace="default",pod="web-1"}`. */
function seriesString({ name, labels }: Series): string {
  const list = Object.entries(labels).map(([key, value]) => `${key}=${quote(value)}`);
  return list.length === 0 ? name : `${name}{${list.sort().join(",")}}`;
}

function messageOf(error: unknown): string {
  if (
    error instanceof QueryError || error instanceof LabelError || error instanceof GoTemplateError
  ) return error.message;
  throw error;
}
