/**
 * The configurations that upstream's documentation and the chart show, rule by rule, in a spelling of our own. Paths are
 * of kubernetes-sigs/prometheus-adapter v0.12 and prometheus-community/helm-charts prometheus-adapter 5.3.0.
 *
 * @module
 */

/** What is to come of a configuration on the series below. */
export interface UpstreamConfig {
  path: string;
  text: string;
  /** A rule each: what it exposes, or what keeps it from being used. */
  rules: (string[] | { code: string })[];
  /** Codes of mistakes that upstream's own text has. */
  mistakes?: string[];
}

const BY_POD = "{overrides: {namespace: {resource: namespace}, pod: {resource: pod}}}";
const BY_KUBE =
  "{overrides: {kubernetes_namespace: {resource: namespace}, kubernetes_pod_name: {resource: pod}}}";
const CONTAINERS = '{__name__=~"^container_.*",container!="POD",namespace!="",pod!=""}';
const RATE = "sum(rate(<<.Series>>{<<.LabelMatchers>>}[2m])) by (<<.GroupBy>>)";
const SUM = "sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)";
const CONTAINER_RATE =
  'sum(rate(<<.Series>>{<<.LabelMatchers>>,container!="POD"}[2m])) by (<<.GroupBy>>)';

export const UPSTREAM: readonly UpstreamConfig[] = [
  {
    path: "docs/config.md, the whole rule",
    text: `rules:
- {seriesQuery: '${CONTAINERS}', resources: ${BY_POD}, name: {matches: '^container_(.*)_seconds_total$'},
   metricsQuery: '${CONTAINER_RATE}'}`,
    rules: [["cpu_usage"]],
  },
  {
    path: "docs/config.md, seriesFilters",
    text: `seriesQuery: '{__name__=~"^container_.*_total",container!="POD",namespace!="",pod!=""}'
seriesFilters: [{isNot: '^container_.*_seconds_total'}]
resources: ${BY_POD}
name: {matches: '^container_(.*)_total$'}
metricsQuery: '${CONTAINER_RATE}'`,
    rules: [["network_receive_bytes"]],
  },
  {
    path: "docs/config-walkthrough.md",
    text: `rules:
- seriesQuery: 'http_requests_total{kubernetes_namespace!="",kubernetes_pod_name!=""}'
  resources: ${BY_KUBE}
  name: {matches: '^(.*)_total', as: '\${1}_per_second'}
  metricsQuery: '${RATE}'`,
    rules: [["http_requests_per_second"]],
  },
  {
    path: "docs/config-walkthrough.md, its first step",
    text: "rules:\n- {}",
    rules: [{ code: "missing-field" }],
  },
  {
    path: "docs/externalmetrics.md",
    text: `externalRules:
- seriesQuery: '{__name__="queue_consumer_lag",name!=""}'
  metricsQuery: sum(<<.Series>>{<<.LabelMatchers>>}) by (name)
  resources: {overrides: {namespace: {resource: namespace}}}
- seriesQuery: '{__name__="queue_depth",name!=""}'
  metricsQuery: sum(<<.Series>>{<<.LabelMatchers>>}) by (name)
  resources: {namespaced: false}`,
    rules: [["queue_consumer_lag"], ["queue_depth"]],
  },
  {
    path: "docs/sample-config.yaml, quoted so that YAML can read it",
    text: `rules:
- {seriesQuery: '{namespace!="",__name__!="^container_.*"}', name: {matches: '^(.*)_total$'},
   resources: {template: '<<.Resource>>'}, metricsQuery: '${CONTAINER_RATE}'}
- seriesQuery: 'cheddar{sharp="true"}'
  name: {as: cheesy_goodness}
  resources: {overrides: {brand: {group: cheese.io, resource: brand}}}
  metricsQuery: 'count(cheddar{sharp="true"})'`,
    rules: [["container_cpu_usage_seconds", "container_network_receive_bytes", "hits"], {
      code: "refused-rule",
    }],
    mistakes: ["regex-as-text"],
  },
  {
    path: "docs/walkthrough.md",
    text: `apiVersion: v1
kind: ConfigMap
metadata: {name: adapter-config, namespace: monitoring}
data:
  config.yaml: |-
    "rules":
    - "seriesQuery": |
         {namespace!="",__name__!~"^container_.*"}
      "resources": {"template": "<<.Resource>>"}
      "name": {"matches": "^(.*)_total", "as": ""}
      "metricsQuery": |
        sum by (<<.GroupBy>>) (
          irate (<<.Series>>{<<.LabelMatchers>>}[1m])
        )
`,
    rules: [["hits"]],
  },
  {
    path: "README.md",
    text: `- seriesQuery: foo_total
  resources: {overrides: {system_name: {resource: node}}}
  name: {matches: foo_total, as: foo}
  metricsQuery: 'sum(foo_total{<<.LabelMatchers>>}) by (<<.GroupBy>>) / sum(foo_count{<<.LabelMatchers>>}) by (<<.GroupBy>>)'`,
    rules: [["foo"]],
    mistakes: ["counter-without-rate"],
  },
  {
    path: "deploy/manifests/config-map.yaml",
    text: `apiVersion: v1
kind: ConfigMap
metadata: {name: adapter-config}
data:
  config.yaml: |-
    "resourceRules":
      "cpu": {"containerLabel": "container"}
      "window": "5m"
`,
    rules: [],
  },
  {
    path: "charts/prometheus-adapter/values.yaml, rules.custom and rules.external",
    text: `rules:
  default: false
  custom:
  - seriesQuery: '{__name__=~"^some_metric_count$"}'
    resources: {template: '<<.Resource>>'}
    name: {matches: "", as: my_custom_metric}
    metricsQuery: ${SUM}
  external:
  - seriesQuery: '{__name__=~"^some_metric_count$"}'
    resources: {template: '<<.Resource>>'}
    name: {matches: "", as: my_external_metric}
    metricsQuery: ${SUM}`,
    // The external query ends in \`by ()\`, which sums everything.
    rules: [["my_custom_metric"], ["my_external_metric"]],
    mistakes: ["counter-without-rate"],
  },
  {
    path: "charts/prometheus-adapter/templates/configmap.yaml, the default rules",
    text: "rules: {default: true}",
    rules: [
      ["cpu_usage"],
      ["network_receive_bytes"],
      [],
      ["queue_consumer_lag", "queue_depth", "some_metric_count"],
      ["hits"],
      [],
    ],
  },
];

/** Two scrapes, half a minute apart, of what the configurations look for. */
export function upstreamSeries(): string {
  const series = [
    'container_cpu_usage_seconds_total{namespace="default",pod="web-1",container="app"}',
    'container_network_receive_bytes_total{namespace="default",pod="web-1",container="app"}',
    'http_requests_total{kubernetes_namespace="default",kubernetes_pod_name="web-1"}',
    'hits_total{namespace="default",pod="web-1"}',
    'queue_consumer_lag{namespace="default",name="mail"}',
    'queue_depth{namespace="default",name="mail"}',
    'some_metric_count{namespace="default",pod="web-1"}',
    'cheddar{sharp="true",brand="old"}',
    'foo_total{system_name="worker"}',
    'foo_count{system_name="worker"}',
  ];
  return [0, 1, 2, 3].flatMap((scrape) =>
    series.map((one, at) =>
      `${one} ${(at + 1) * 10 * (scrape + 1)} ${1767225600000 + scrape * 30_000}`
    )
  ).join("\n") + "\n";
}
