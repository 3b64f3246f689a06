import type { DiscoveryRule } from "./config.ts";

const CONTAINER = '{__name__=~"^container_.*",container!="POD",namespace!="",pod!=""}';
const OTHER = '{namespace!="",__name__!~"^container_.*"}';
const BY_POD = {
  overrides: { namespace: { resource: "namespace" }, pod: { resource: "pod" } },
};
const BY_TEMPLATE = { template: "<<.Resource>>" };
const CONTAINER_RATE =
  'sum(rate(<<.Series>>{<<.LabelMatchers>>,container!="POD"}[5m])) by (<<.GroupBy>>)';
const RATE = "sum(rate(<<.Series>>{<<.LabelMatchers>>}[5m])) by (<<.GroupBy>>)";

/**
 * The six rules that come with the chart, before those of a user's values: three for cAdvisor's series, three for
 * everything else.
 * Source: prometheus-community/helm-charts charts/prometheus-adapter/templates/configmap.yaml (5.3.0).
 */
export const CHART_RULES: readonly DiscoveryRule[] = [
  rule(CONTAINER, undefined, BY_POD, "^container_(.*)_seconds_total$", CONTAINER_RATE),
  rule(
    CONTAINER,
    "^container_.*_seconds_total$",
    BY_POD,
    "^container_(.*)_total$",
    CONTAINER_RATE,
  ),
  rule(
    CONTAINER,
    "^container_.*_total$",
    BY_POD,
    "^container_(.*)$",
    'sum(<<.Series>>{<<.LabelMatchers>>,container!="POD"}) by (<<.GroupBy>>)',
  ),
  rule(
    OTHER,
    ".*_total$",
    BY_TEMPLATE,
    "",
    "sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)",
  ),
  rule(OTHER, ".*_seconds_total", BY_TEMPLATE, "^(.*)_total$", RATE),
  rule(OTHER, undefined, BY_TEMPLATE, "^(.*)_seconds_total$", RATE),
];

function rule(
  seriesQuery: string,
  isNot: string | undefined,
  resources: DiscoveryRule["resources"],
  matches: string,
  metricsQuery: string,
): DiscoveryRule {
  return {
    seriesQuery,
    seriesFilters: isNot ? [{ isNot }] : [],
    resources,
    name: { matches, as: "" },
    metricsQuery,
  };
}
