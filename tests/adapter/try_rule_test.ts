import assert from "node:assert/strict";
import { parseAdapterConfig, type SeriesLabels, tryRule } from "../../lib/adapter/mod.ts";
import { mapper } from "./fixtures.ts";

const RULE = {
  seriesQuery: '{__name__=~".+"}',
  seriesFilters: [{ isNot: "^internal_" }],
  resources: {
    template: "<<.Resource>>",
    overrides: { kube_ns: { resource: "namespace" } },
  },
  name: { matches: "^(.*)_total$" },
  metricsQuery: "sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)",
};

function trial(series: SeriesLabels[], changes: Record<string, unknown> = {}) {
  const [rule] = parseAdapterConfig(JSON.stringify({ rules: [{ ...RULE, ...changes }] })).rules;
  return tryRule(rule, series, mapper);
}

Deno.test("tryRule() says what is found, exposed and asked", () => {
  const hits = { __name__: "hits_total", kube_ns: "shop", pod: "a", colour: "red" };
  assert.deepEqual(trial([hits]), {
    series: [{
      labels: hits,
      resources: { kube_ns: "namespaces", pod: "pods" },
      outcome: "exposed",
      name: "hits",
      metrics: ["namespaces/hits", "pods/hits"],
    }],
    metrics: [
      {
        path: "namespaces/hits",
        namespaced: false,
        seriesName: "hits_total",
        asked: {
          one: 'sum(hits_total{kube_ns="NAME"}) by (kube_ns)',
          several: 'sum(hits_total{kube_ns=~"NAME-1|NAME-2"}) by (kube_ns)',
        },
      },
      {
        path: "pods/hits",
        namespaced: true,
        seriesName: "hits_total",
        asked: {
          one: 'sum(hits_total{kube_ns="NAMESPACE",pod="NAME"}) by (pod)',
          several: 'sum(hits_total{kube_ns="NAMESPACE",pod=~"NAME-1|NAME-2"}) by (pod)',
        },
      },
    ],
  });
});

Deno.test("tryRule() says why a series becomes no metric", () => {
  const outcomes = trial([
    { __name__: "internal_total", pod: "a" },
    { __name__: "hits", pod: "a" },
    { __name__: "hits_total", colour: "red" },
  ]).series.map(({ labels: _, resources: __, ...outcome }) => outcome);
  assert.deepEqual(outcomes, [
    { outcome: "filtered", by: { is: "", isNot: "^internal_" } },
    { outcome: "filtered", by: { is: "^(.*)_total$" } },
    { outcome: "unattached", name: "hits" },
  ]);
});

Deno.test("tryRule() says why a metric cannot be asked for", () => {
  const { metrics } = trial([{ __name__: "hits_total", pod: "a", zone: "b" }], {
    resources: { overrides: { pod: { resource: "pod" } } },
  });
  assert.deepEqual(metrics[0].asked, {
    why: "unable to convert resource namespaces into label: no generic resource label form " +
      "specified for this metric",
  });
});
