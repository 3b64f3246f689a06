import {
  type DiscoveryRule,
  LabelError,
  type MetricNamer,
  namersFromConfig,
  QueryError,
  type RestMapper,
  type RuleTrial,
  type SeriesLabels,
  tryRule,
} from "../adapter/mod.ts";
import { GoTemplateError } from "../go/mod.ts";
import { type GroupResource, groupResource, type Requirement } from "../kube/mod.ts";
import { METRIC_NAME } from "../promql/mod.ts";
import type { RuleKind } from "./rule_fault.ts";

/** A rule with the series that it finds, and what it makes of them. */
export interface TriedRule {
  kind: RuleKind;
  rule: DiscoveryRule;
  namer: MetricNamer;
  series: readonly SeriesLabels[];
  trial: RuleTrial;
}

/** Tries a rule on the series that its seriesQuery finds. Errors: AdapterConfigError. */
export function tryOn(
  kind: RuleKind,
  rule: DiscoveryRule,
  series: readonly SeriesLabels[],
  mapper: RestMapper,
): TriedRule {
  const [namer] = namersFromConfig([rule], mapper);
  return { kind, rule, namer, series, trial: tryRule(rule, series, mapper) };
}

/** A metric as an autoscaler asks for it. */
export interface AskedMetric {
  metric: string;
  namespace: string;
  /** What it is of; undefined for an external metric. */
  resource?: GroupResource;
  /** The objects by name. */
  names: readonly string[];
  selector?: readonly Requirement[];
}

/** The series that a rule makes a metric of; one of an external metric need stand for no object. */
export function servedSeries({ kind, trial }: TriedRule) {
  return trial.series.flatMap((one) =>
    one.outcome === "exposed" || kind === "external" && one.outcome === "unattached" ? one : []
  );
}

/** The names that a rule gives to what it finds. */
export function namesOf({ trial }: TriedRule): string[] {
  return [...new Set(trial.series.flatMap((one) => "name" in one ? [one.name] : []))];
}

/** Whether a rule serves a metric by its name, of what it is wanted of; without a resource of anything. */
export function exposes(
  tried: TriedRule,
  { metric, resource }: Pick<AskedMetric, "metric" | "resource">,
): boolean {
  return resource
    ? tried.trial.metrics.some(({ path }) => path === listedAs(metric, resource))
    : namesOf(tried).includes(metric);
}

/** A metric as the custom metrics API lists it: `services/hits`. */
function listedAs(metric: string, resource: GroupResource): string {
  return `${groupResource(resource)}/${metric}`;
}

/** The name of the series that a rule which exposes a metric makes it of. */
export function sourceOf(
  { trial }: TriedRule,
  { metric, resource }: Pick<AskedMetric, "metric" | "resource">,
): string | undefined {
  return resource
    ? trial.metrics.find(({ path }) => path === listedAs(metric, resource))?.seriesName
    : trial.series.find((one) => "name" in one && one.name === metric)?.labels[METRIC_NAME];
}

/**
 * The query that the adapter sends for a metric that a rule exposes, or why it sends none.
 * @param series the name of what the metric is made of
 */
export function queryFor(
  tried: TriedRule,
  asked: AskedMetric,
  series = sourceOf(tried, asked) ?? "",
): { promql: string } | { why: string } {
  const { namespace, resource, names, selector = [] } = asked;
  const { query } = tried.namer;
  try {
    return {
      promql: resource
        ? query.build({ series, resource, namespace, metricSelector: selector, names })
        : query.buildExternal(series, namespace, selector),
    };
  } catch (error) {
    const isExpected = error instanceof QueryError || error instanceof LabelError ||
      error instanceof GoTemplateError;
    if (!isExpected) throw error;
    return { why: error.message };
  }
}

/** The label by which a rule tells objects of a resource apart; undefined where it has none. */
export function labelFor({ namer }: TriedRule, resource: GroupResource): string | undefined {
  try {
    return namer.resources.labelForResource(resource);
  } catch (error) {
    if (!(error instanceof LabelError)) throw error;
    return undefined;
  }
}

/** The filter that keeps a series out: its field, and its expression. */
export function filterOf(
  { rule }: TriedRule,
  one: RuleTrial["series"][number],
): { field: string; expression: string; isName: boolean } | undefined {
  if (one.outcome !== "filtered") return undefined;
  const { is = "", isNot = "" } = one.by;
  if (is !== "" && is === rule.name.matches) {
    return { field: "name.matches", expression: is, isName: true };
  }
  const index = rule.seriesFilters.indexOf(one.by);
  const way = is ? "is" : "isNot";
  return { field: `seriesFilters.${index}.${way}`, expression: is || isNot, isName: false };
}

/** A label that a rule reads as a resource, by an override, and that none of its series has. */
export interface DeadOverride {
  label: string;
  /** As the rule has it, and in the singular: `services`, `service`. */
  resource: string;
  singular: string;
}

/** The overrides of a rule that no series bears out; of one resource where one is wanted. */
export function deadOverrides(
  { rule, series }: TriedRule,
  resource: GroupResource | undefined,
): DeadOverride[] {
  return Object.entries(rule.resources.overrides ?? {}).flatMap(([label, to]) => {
    const singular = to.resource.replace(/s$/, "");
    const isOther = resource !== undefined && resource.resource !== `${singular}s`;
    const isDead = !isOther && !series.some((labels) => label in labels);
    return isDead ? [{ label, resource: to.resource, singular }] : [];
  });
}

/** The labels of a series but its name, sorted: `namespace, pod`. */
export function labelsText(labels: SeriesLabels): string {
  return Object.keys(labels).filter((label) => label !== METRIC_NAME).sort().join(", ");
}
