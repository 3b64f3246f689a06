import { GoTemplateError } from "../go/mod.ts";
import { groupResource } from "../kube/mod.ts";
import type { DiscoveryRule, RegexFilter } from "./config.ts";
import { type MetricNamer, namersFromConfig, type SeriesLabels, toSeries } from "./metric_namer.ts";
import { QueryError } from "./metrics_query.ts";
import { LabelError } from "./resource_converter.ts";
import type { RestMapper } from "./rest_mapper.ts";
import { type CustomMetricInfo, metricPath, SeriesRegistry } from "./series_registry.ts";

/** What becomes of one series under a rule. */
export type SeriesOutcome =
  /** A filter keeps it out. */
  | { outcome: "filtered"; by: RegexFilter }
  /** The name has no counterpart. */
  | { outcome: "unnamed"; why: string }
  /** None of its labels stands for a Kubernetes resource: it becomes no metric. */
  | { outcome: "unattached"; name: string }
  | { outcome: "exposed"; name: string; metrics: string[] };

export type TriedSeries = SeriesOutcome & {
  /** With `__name__`. */
  labels: SeriesLabels;
  /** The resource that each label stands for; labels that stand for none are left out. */
  resources: Record<string, string>;
};

/** A metric that a rule exposes, and what is asked for its value. */
export interface TriedMetric {
  /** As the API lists it: `pods/hits`. */
  path: string;
  namespaced: boolean;
  seriesName: string;
  /** The PromQL for one object, and for several; or why there is none. */
  asked: { one: string; several: string } | { why: string };
}

export interface RuleTrial {
  series: TriedSeries[];
  metrics: TriedMetric[];
}

/**
 * What one rule makes of the series that its seriesQuery selects: which it finds, what it exposes them
 * as, and what it asks. Objects in the queries are called `NAME`, `NAME-1` and `NAME-2`, namespaces
 * `NAMESPACE`.
 * Errors: AdapterConfigError for a rule that keeps the adapter from starting.
 */
export function tryRule(
  rule: DiscoveryRule,
  series: readonly SeriesLabels[],
  mapper: RestMapper,
): RuleTrial {
  const [namer] = namersFromConfig([rule], mapper);
  const registry = new SeriesRegistry(() => mapper);
  registry.setSeries([series.map(toSeries).filter(({ name }) => namer.accepts(name))], [namer]);
  // Thousands of series have the same few labels and some hundreds of names.
  const resourceOf = once((label: string) => {
    const [found] = namer.resources.resourcesForSeries({ [label]: "" }).resources;
    return found && groupResource(found);
  });
  const outcomeOf = once((name: string) => nameSeries(namer, name));
  return {
    series: series.map((labels) => trySeries(labels, resourceOf, outcomeOf)),
    metrics: registry.list().map((info) => tryMetric(registry, namer, info)),
  };
}

/** Works each key out once. */
function once<T>(work: (key: string) => T): (key: string) => T {
  const known = new Map<string, T>();
  return (key) => {
    if (!known.has(key)) known.set(key, work(key));
    return known.get(key)!;
  };
}

/** What becomes of a name, whatever the labels. */
type NameOutcome = Exclude<SeriesOutcome, { metrics: string[] }>;

function nameSeries(namer: MetricNamer, series: string): NameOutcome {
  const by = namer.rejectedBy(series);
  if (by) return { outcome: "filtered", by };
  const named = namer.nameFor(series);
  return "error" in named
    ? { outcome: "unnamed", why: named.error }
    : { outcome: "unattached", name: named.name };
}

function trySeries(
  labels: SeriesLabels,
  resourceOf: (label: string) => string | undefined,
  outcomeOf: (name: string) => NameOutcome,
): TriedSeries {
  const one = toSeries(labels);
  const resources: Record<string, string> = {};
  for (const label of Object.keys(one.labels)) {
    const found = resourceOf(label);
    if (found) resources[label] = found;
  }
  const outcome = outcomeOf(one.name);
  if (outcome.outcome !== "unattached") return { labels, resources, ...outcome };
  const { name } = outcome;
  const metrics = Object.values(resources).map((resource) => `${resource}/${name}`);
  return metrics.length === 0
    ? { labels, resources, ...outcome }
    : { labels, resources, outcome: "exposed", name, metrics: [...new Set(metrics)].sort() };
}

function tryMetric(
  registry: SeriesRegistry,
  namer: MetricNamer,
  info: CustomMetricInfo,
): TriedMetric {
  const { seriesName } = registry.sourceOf(info)!;
  let asked: TriedMetric["asked"] | undefined;
  return {
    path: metricPath(info),
    namespaced: info.namespaced,
    seriesName,
    // A rule for every name exposes hundreds of metrics, and few of them are asked for.
    get asked() {
      return asked ??= askedFor(namer, info, seriesName);
    },
  };
}

function askedFor(
  namer: MetricNamer,
  { resource, namespaced }: CustomMetricInfo,
  series: string,
): TriedMetric["asked"] {
  const namespace = namespaced ? "NAMESPACE" : "";
  const build = (...names: string[]) =>
    namer.query.build({ series, resource, namespace, metricSelector: [], names });
  try {
    return { one: build("NAME"), several: build("NAME-1", "NAME-2") };
  } catch (error) {
    const isExpected = error instanceof QueryError || error instanceof LabelError ||
      error instanceof GoTemplateError;
    if (!isExpected) throw error;
    return { why: error.message };
  }
}
