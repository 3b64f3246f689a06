import assert from "node:assert/strict";
import { parseSelector } from "../../lib/kube/mod.ts";
import {
  AdapterConfigError,
  type DiscoveryRule,
  metricPath,
  namersFromConfig,
  parseAdapterConfig,
  type SeriesLabels,
  SeriesRegistry,
  toSeries,
} from "../../lib/adapter/mod.ts";
import { mapper } from "./fixtures.ts";

/** The lab's one rule. */
const LAB_RULE = {
  seriesQuery: '{__name__=~"^nginx_http_requests_total.*",namespace!=""}',
  resources: {
    overrides: {
      namespace: { resource: "namespace" },
      pod: { resource: "pod" },
      service: { resource: "service" },
    },
  },
  name: { matches: "nginx_http_requests_total", as: "nginx_http_requests_total" },
  metricsQuery: "sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)",
};

const NGINX: SeriesLabels = {
  __name__: "nginx_http_requests_total",
  container: "exporter",
  endpoint: "exporter",
  instance: "10.244.1.5:9113",
  job: "nginx-custom-metric",
  namespace: "default",
  pod: "nginx-custom-metric-7d9",
  service: "nginx-custom-metric",
};

function registryOf(rules: unknown[], ...lists: SeriesLabels[][]) {
  const namers = namersFromConfig(parseAdapterConfig(JSON.stringify({ rules })).rules, mapper);
  const registry = new SeriesRegistry(() => mapper);
  const log = registry.setSeries(
    namers.map((namer, i) =>
      (lists[i] ?? []).map(toSeries).filter(({ name }) => namer.accepts(name))
    ),
    namers,
  );
  return { registry, log, names: registry.list().map(metricPath) };
}

// Source: kubernetes-sigs/prometheus-adapter pkg/naming/resource_converter.go (ResourcesForSeries).
Deno.test("the lab's rule finds namespaces, pods and services", () => {
  const { registry, names } = registryOf([LAB_RULE], [NGINX]);
  assert.deepEqual(names, [
    "namespaces/nginx_http_requests_total",
    "pods/nginx_http_requests_total",
    "services/nginx_http_requests_total",
  ]);
  assert.deepEqual(registry.list().map(({ namespaced }) => namespaced), [false, true, true]);
});

Deno.test("a template finds jobs.batch too, in Prometheus's own job label", () => {
  const rule = { ...LAB_RULE, resources: { template: "<<.Resource>>" } };
  assert.deepEqual(registryOf([rule], [NGINX]).names, [
    "jobs.batch/nginx_http_requests_total",
    "namespaces/nginx_http_requests_total",
    "pods/nginx_http_requests_total",
    "services/nginx_http_requests_total",
  ]);
});

Deno.test("a template with a prefix and a group reads labels backwards", () => {
  const rule = { ...LAB_RULE, resources: { template: "kube_<<.Group>>_<<.Resource>>" } };
  const series = { __name__: NGINX.__name__, kube_apps_deployment: "web", pod: "x" };
  const { registry, names } = registryOf([rule], [series]);
  assert.deepEqual(names, ["deployments.apps/nginx_http_requests_total"]);
  const found = registry.queryForMetric(registry.list()[0], "", [], ["web"]);
  assert.deepEqual(found, {
    query: 'sum(nginx_http_requests_total{kube_apps_deployment="web"}) by (kube_apps_deployment)',
  });
});

Deno.test("queryForMetric() puts selector, namespace and resource in upstream's order", () => {
  const { registry } = registryOf([LAB_RULE], [NGINX]);
  const pods = {
    resource: { group: "", resource: "pods" },
    namespaced: true,
    metric: "nginx_http_requests_total",
  };
  const selector = parseSelector("zone in (a,b),code=500");
  assert.deepEqual(registry.queryForMetric(pods, "default", selector, ["web-1", "web-2"]), {
    query: 'sum(nginx_http_requests_total{code="500",zone=~"a|b",namespace="default",' +
      'pod=~"web-1|web-2"}) by (pod)',
  });
  // The singular is understood, as in the lab's own path.
  const service = { ...pods, resource: { group: "", resource: "service" } };
  assert.deepEqual(registry.queryForMetric(service, "default", [], ["web"]), {
    query: 'sum(nginx_http_requests_total{namespace="default",service="web"}) by (service)',
  });
  assert.deepEqual(registry.queryForMetric(pods, "default", [], []), {
    log: "no resource names requested while producing a query for metric " +
      "pods/nginx_http_requests_total(namespaced)",
  });
  assert.deepEqual(registry.queryForMetric({ ...pods, metric: "other" }, "default", [], ["a"]), {});
  assert.deepEqual(
    registry.queryForMetric({ ...pods, resource: { group: "", resource: "frobs" } }, "x", [], [
      "a",
    ]),
    {
      log: "unable to normalize group resource while producing a query: no matches for /, " +
        "Resource=frobs",
    },
  );
});

Deno.test("an unsupported selector and a missing namespace label give no query", () => {
  const { registry } = registryOf([LAB_RULE], [NGINX]);
  const pods = {
    resource: { group: "", resource: "pods" },
    namespaced: true,
    metric: "nginx_http_requests_total",
  };
  assert.deepEqual(registry.queryForMetric(pods, "default", parseSelector("code>400"), ["a"]), {
    log: "unable to construct query for metric pods/nginx_http_requests_total(namespaced): " +
      "operator not supported by prometheus",
  });
  const rule = { ...LAB_RULE, resources: { overrides: { pod: { resource: "pod" } } } };
  const bare = registryOf([rule], [NGINX]).registry;
  assert.deepEqual(bare.queryForMetric(pods, "default", [], ["a"]), {
    log:
      "unable to construct query for metric pods/nginx_http_requests_total(namespaced): unable " +
      "to convert resource namespaces into label: no generic resource label form specified for " +
      "this metric",
  });
});

Deno.test("matchValuesToNames() finds nothing when the query drops the resource label", () => {
  const { registry } = registryOf([LAB_RULE], [NGINX]);
  const info = registry.list()[2];
  assert.deepEqual(registry.matchValuesToNames(info, [{ metric: {}, value: 160, timestamp: 0 }]), {
    values: new Map([["", 160]]),
  });
  assert.deepEqual(
    registry.matchValuesToNames(info, [{ metric: { service: "web" }, value: 160, timestamp: 0 }]),
    { values: new Map([["web", 160]]) },
  );
});

Deno.test("later rules take over a metric that earlier ones found", () => {
  const rate = { ...LAB_RULE, metricsQuery: "rate(<<.Series>>{<<.LabelMatchers>>}[1m])" };
  const { registry } = registryOf([LAB_RULE, rate], [NGINX], [NGINX]);
  assert.deepEqual(registry.queryForMetric(registry.list()[1], "default", [], ["p"]), {
    query: 'rate(nginx_http_requests_total{namespace="default",pod="p"}[1m])',
  });
});

// Source: kubernetes-sigs/prometheus-adapter pkg/naming/metric_namer.go.
Deno.test("names come from matches and as", async (t) => {
  const rows: [matches: string, as: string, series: string, expected: string | undefined][] = [
    ["", "", "http_requests_total", "http_requests_total"],
    ["^(.*)_total$", "", "http_requests_total", "http_requests"],
    ["^(.*)_total$", "", "http_requests", undefined],
    ["^(.*)_total$", "${1}_per_second", "http_requests_total", "http_requests_per_second"],
    ["^(.*)_total$", "$1_per_second", "http_requests_total", ""],
    [
      "^(?P<base>.*)_(?P<unit>[a-z]+)_total$",
      "${base}_${unit}",
      "a_b_seconds_total",
      "a_b_seconds",
    ],
    ["requests", "", "http_requests_total", "requests"],
    ["nginx", "fixed", "an_nginx_series", "fixed"],
  ];
  for (const [matches, as, series, expected] of rows) {
    await t.step(`${matches} → ${as} of ${series}`, () => {
      const [namer] = namersFromConfig(
        parseAdapterConfig(JSON.stringify({ rules: [{ ...LAB_RULE, name: { matches, as } }] }))
          .rules,
        mapper,
      );
      assert.equal(namer.accepts(series), expected !== undefined);
      if (expected !== undefined) assert.deepEqual(namer.nameFor(series), { name: expected });
    });
  }
});

Deno.test("series filters are unanchored and may exclude", () => {
  const rule = {
    ...LAB_RULE,
    name: {},
    seriesFilters: [{ is: "^container_" }, { isNot: "_total$" }],
  };
  const [namer] = namersFromConfig(
    parseAdapterConfig(JSON.stringify({ rules: [rule] })).rules,
    mapper,
  );
  assert.deepEqual(
    ["container_memory_usage_bytes", "container_cpu_usage_seconds_total", "my_container_x"]
      .filter((name) => namer.accepts(name)),
    ["container_memory_usage_bytes"],
  );
});

Deno.test("a mistake in any rule refuses them all, in upstream's words", async (t) => {
  const rule = (changes: Partial<Record<keyof DiscoveryRule, unknown>>) => ({
    ...LAB_RULE,
    seriesQuery: "q",
    ...changes,
  });
  const rows: [name: string, rule: unknown, message: string][] = [
    [
      "two groups and no as",
      rule({ name: { matches: "(a)(b)" } }),
      'must specify an \'as\' value for name matcher "(a)(b)" associated with series query "q"',
    ],
    [
      "an unknown resource",
      rule({ resources: { overrides: { pod: { resource: "pood" } } } }),
      "unable to normalize group-resource { pood}: no matches for /, Resource=pood",
    ],
    [
      "an unclosed template",
      rule({ metricsQuery: "sum(<<.Series)" }),
      'unable to construct metrics query associated with series query "q": unable to parse metrics ' +
      'query template "sum(<<.Series)": template: metrics-query:1: unexpected right paren',
    ],
    [
      "an unknown function",
      rule({ metricsQuery: "<<foo .Series>>" }),
      'unable to construct metrics query associated with series query "q": unable to parse metrics ' +
      'query template "<<foo .Series>>": template: metrics-query:1: function "foo" not defined',
    ],
    [
      "a bad expression",
      rule({ name: { matches: "(a" } }),
      'unable to generate series name filter from name rules associated with series query "q": ' +
      'unable to compile series filter "(a": error parsing regexp: missing closing ): `(a`',
    ],
    [
      "both is and isNot",
      rule({ seriesFilters: [{ is: "a", isNot: "b" }] }),
      'unable to generate series name filter associated with series query "q": cannot have both an ' +
      '`is` ("a") and `isNot` ("b") expression in a single filter',
    ],
    [
      "an empty filter",
      rule({ seriesFilters: [{}] }),
      'unable to generate series name filter associated with series query "q": must have either an ' +
      "`is` or `isNot` expression in a filter",
    ],
    [
      "a template without the resource",
      rule({ resources: { template: "kube_<<.Group>>" } }),
      'unable to generate label format from template "kube_<<.Group>>": must include at least ' +
      "`{{.Resource}}` in the label template",
    ],
  ];
  for (const [name, bad, message] of rows) {
    await t.step(name, () => {
      assert.throws(
        () =>
          namersFromConfig(
            parseAdapterConfig(JSON.stringify({ rules: [LAB_RULE, bad] })).rules,
            mapper,
          ),
        new AdapterConfigError(message),
      );
    });
  }
});

// Source: gopkg.in/yaml.v2 decode.go (UnmarshalStrict).
Deno.test("parseAdapterConfig() refuses unknown fields and wrong types", () => {
  assert.throws(
    () =>
      parseAdapterConfig(JSON.stringify({ rules: [{ seriesQuerry: "x", name: "y" }], rulez: {} })),
    new AdapterConfigError(
      "unable to parse metrics discovery config: yaml: unmarshal errors:\n" +
        "  line 1: field seriesQuerry not found in type config.DiscoveryRule\n" +
        "  line 1: cannot unmarshal !!str `y` into config.NameMapping\n" +
        "  line 1: field rulez not found in type config.MetricsDiscoveryConfig",
    ),
  );
  assert.deepEqual(parseAdapterConfig(JSON.stringify(null)), { rules: [], externalRules: [] });
});
