import { compileGoRegexp, type GoRegexp, quote, RegexpSyntaxError } from "../go/mod.ts";
import { AdapterConfigError, type DiscoveryRule, type RegexFilter } from "./config.ts";
import { MetricsQuery } from "./metrics_query.ts";
import { newResourceConverter, type ResourceConverter } from "./resource_converter.ts";
import type { RestMapper } from "./rest_mapper.ts";

/** A series as Prometheus lists it: its labels, `__name__` among them. */
export type SeriesLabels = Readonly<Record<string, string>>;

/** A series with its name taken out of the labels. */
export interface Series {
  name: string;
  labels: SeriesLabels;
}

/** Source: kubernetes-sigs/prometheus-adapter pkg/client/interfaces.go (Series.UnmarshalJSON). */
export function toSeries(labels: SeriesLabels): Series {
  const { __name__: name = "", ...rest } = labels;
  return { name, labels: rest };
}

/** One rule made ready for use. */
export interface MetricNamer {
  readonly rule: DiscoveryRule;
  readonly resources: ResourceConverter;
  readonly query: MetricsQuery;
  /** Whether a series passes the rule's filters. */
  accepts(seriesName: string): boolean;
  /** The first filter that a series does not pass. */
  rejectedBy(seriesName: string): RegexFilter | undefined;
  /** The name in the API, or why there is none. */
  nameFor(seriesName: string): { name: string } | { error: string };
}

/**
 * The namers of a list of rules. The first mistake refuses them all, as it keeps the adapter from
 * starting.
 * Errors: AdapterConfigError.
 * Source: kubernetes-sigs/prometheus-adapter pkg/naming/metric_namer.go (NamersFromConfig).
 */
export function namersFromConfig(
  rules: readonly DiscoveryRule[],
  mapper: RestMapper,
): MetricNamer[] {
  return rules.map((rule) => newNamer(rule, mapper));
}

function newNamer(rule: DiscoveryRule, mapper: RestMapper): MetricNamer {
  const about = `associated with series query ${quote(rule.seriesQuery)}`;
  const resources = newResourceConverter(rule.resources, mapper);
  const query = wrap(
    `unable to construct metrics query ${about}`,
    () => new MetricsQuery(rule.metricsQuery, resources, rule.resources.namespaced ?? true),
  );
  const filters = rule.seriesFilters.map((filter) =>
    wrap(`unable to generate series name filter ${about}`, () => newFilter(filter))
  );
  const { matches, as } = rule.name;
  if (matches !== "") {
    filters.push(wrap(
      `unable to generate series name filter from name rules ${about}`,
      () => newFilter({ is: matches }),
    ));
  }
  const source = matches === "" ? ".*" : matches;
  const pattern = compileGoRegexp(source);
  const template = as === "" ? defaultAs(pattern, rule) : as;
  return {
    rule,
    resources,
    query,
    accepts: (seriesName) => filters.every(({ passes }) => passes(seriesName)),
    rejectedBy: (seriesName) => filters.find(({ passes }) => !passes(seriesName))?.filter,
    nameFor(seriesName) {
      const match = pattern.exec(seriesName);
      if (!match) {
        return {
          error: `series name ${quote(seriesName)} did not match expected pattern ${quote(source)}`,
        };
      }
      return { name: pattern.expand(template, match) };
    },
  };
}

/** The whole name, or the one group; with more groups the rule must say. */
function defaultAs(pattern: GoRegexp, rule: DiscoveryRule): string {
  const count = pattern.names.length;
  if (count === 0) return "$0";
  if (count === 1) return "$1";
  throw new AdapterConfigError(
    `must specify an 'as' value for name matcher ${quote(rule.name.matches)} ` +
      `associated with series query ${quote(rule.seriesQuery)}`,
  );
}

/** Source: kubernetes-sigs/prometheus-adapter pkg/naming/metric_namer.go (NewReMatcher). */
function newFilter(
  filter: RegexFilter,
): { filter: RegexFilter; passes: (name: string) => boolean } {
  const { is = "", isNot = "" } = filter;
  if (is !== "" && isNot !== "") {
    throw new AdapterConfigError(
      `cannot have both an \`is\` (${quote(is)}) and \`isNot\` (${
        quote(isNot)
      }) expression in a single filter`,
    );
  }
  if (is === "" && isNot === "") {
    throw new AdapterConfigError("must have either an `is` or `isNot` expression in a filter");
  }
  const source = is || isNot;
  try {
    const regexp = compileGoRegexp(source);
    return { filter, passes: (name) => regexp.test(name) === (is !== "") };
  } catch (error) {
    if (!(error instanceof RegexpSyntaxError)) throw error;
    throw new AdapterConfigError(
      `unable to compile series filter ${quote(source)}: ${error.message}`,
    );
  }
}

function wrap<T>(prefix: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof AdapterConfigError)) throw error;
    throw new AdapterConfigError(`${prefix}: ${error.message}`);
  }
}
