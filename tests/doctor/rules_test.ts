import assert from "node:assert/strict";
import {
  InputError,
  readHpaFile,
  readRecording,
  readRulesFile,
  type Remark,
  type RulesTrial,
  toKeda,
  type TrialGround,
  tryRules,
  whyMetric,
} from "../../lib/doctor/mod.ts";
import schema from "../../docs/rules.schema.json" with { type: "json" };
import { standardMapper } from "../../lib/kube/mod.ts";
import { readRulesJson } from "./_answer_json.ts";
import { UPSTREAM, upstreamSeries } from "./_upstream_configs.ts";

function groundOf(samples: string, hpa?: string): TrialGround {
  return {
    source: readRecording(samples, "samples.txt"),
    mapper: standardMapper(),
    hpas: hpa ? readHpaFile(hpa, "hpa.yaml") : [],
  };
}

async function tried(text: string, samples: string, hpa?: string): Promise<RulesTrial> {
  const trial = await tryRules(readRulesFile(text, "rules.yaml"), groundOf(samples, hpa));
  readRulesJson(JSON.stringify(trial));
  return trial;
}

/** Every remark of a trial. */
function remarksOf({ rules, hpas, remarks }: RulesTrial): Remark[] {
  return [
    ...remarks,
    ...rules.flatMap(({ problem, remarks }) => [...problem ? [problem] : [], ...remarks]),
    ...hpas.flatMap(({ remarks }) => remarks),
  ];
}

Deno.test("every configuration of upstream's documentation is tried", async (t) => {
  for (const { path, text, rules, mistakes = [] } of UPSTREAM) {
    await t.step(path, async () => {
      const trial = await tried(text, upstreamSeries());
      assert.deepEqual(
        trial.rules.map(({ problem, exposes }) =>
          problem ? { code: problem.code } : exposes.map(({ metric }) => metric)
        ),
        rules,
      );
      const codes = trial.rules.flatMap(({ remarks }) => remarks.map(({ code }) => code));
      assert.deepEqual([...new Set(codes)].sort(), mistakes);
    });
  }
});

Deno.test("upstream's sample configuration is told to be no YAML, and where", () => {
  const text = `rules:\n- metricsQuery: "sum(rate(<<.Series>>{container!="POD"}[2m]))"\n`;
  assert.throws(
    () => readRulesFile(text, "sample-config.yaml"),
    (error: InputError) =>
      /^sample-config\.yaml:2:\d+: .*put ' around the whole$/s.test(error.message),
  );
});

/** Four scrapes of a counter and a gauge, each half a minute. */
function samples(...series: string[]): string {
  const all = series.length > 0 ? series : ['hits_total{namespace="default",pod="web-1"}'];
  return [1, 2, 3, 4].flatMap((scrape) =>
    all.map((one) => `${one} ${scrape * 10} ${1767225600000 + scrape * 30_000}`)
  ).join("\n");
}

const POD = "resources: {overrides: {namespace: {resource: namespace}, pod: {resource: pod}}}";
const rule = (more: string) =>
  `- seriesQuery: 'hits_total{namespace!=""}'\n  ${POD}\n  ${more.replaceAll("\n", "\n  ")}\n`;
const GOOD = "metricsQuery: sum(rate(<<.Series>>{<<.LabelMatchers>>}[2m])) by (<<.GroupBy>>)";

/** A mistake, how it is seeded, and what is said of it where. */
const MISTAKES: {
  code: string;
  text: string;
  at: string;
  says: RegExp;
  samples?: string;
  hpa?: string;
}[] = [
  {
    code: "label-lost",
    text: rule("metricsQuery: sum(rate(<<.Series>>{<<.LabelMatchers>>}[2m]))"),
    at: "3:17",
    says: /no label namespace/,
  },
  {
    code: "short-window",
    text: rule("metricsQuery: sum(rate(<<.Series>>{<<.LabelMatchers>>}[45s])) by (<<.GroupBy>>)"),
    at: "3:57",
    says: /\[45s\] holds less than two samples, which come every 30s/,
  },
  {
    code: "counter-without-rate",
    text: rule("metricsQuery: sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)"),
    at: "3:17",
    says: /hits_total only ever grows/,
  },
  {
    code: "name-collision",
    text: rule(`name: {as: hits}\n${GOOD}`) + rule(`name: {as: hits}\n${GOOD}`),
    at: "7:9",
    says: /^namespaces\/hits, pods\/hits is exposed by rule 1 \(line 1\) too/,
  },
  {
    code: "unanchored-regex",
    text: rule(`seriesFilters: [{is: hits}]\n${GOOD}`),
    at: "3:24",
    says: /takes hits_total too/,
  },
  {
    code: "unanchored-regex",
    text: rule(`name: {matches: hits, as: visits}\n${GOOD}`),
    at: "3:19",
    says: /name\.matches fits only a part of hits_total/,
  },
  {
    code: "utilization-of-custom-metric",
    text: rule(`name: {as: hits}\n${GOOD}`),
    hpa: `kind: HorizontalPodAutoscaler
metadata: {name: web}
spec:
  scaleTargetRef: {kind: Deployment, name: web}
  maxReplicas: 3
  metrics:
  - type: Pods
    pods: {metric: {name: hits}, target: {type: Utilization, averageUtilization: 50}}`,
    at: "hpa.yaml 8:42",
    says: /hits is no resource that a container requests/,
  },
  {
    code: "utilization-of-custom-metric",
    text: rule(`name: {as: hits}\n${GOOD}`),
    hpa: `kind: HorizontalPodAutoscaler
metadata: {name: web}
spec:
  scaleTargetRef: {kind: Deployment, name: web}
  maxReplicas: 3
  metrics:
  - type: Resource
    resource: {name: hits, target: {type: Utilization, averageUtilization: 50}}`,
    at: "hpa.yaml 8:36",
    says: /hits is no resource/,
  },
  {
    code: "namespaced-ignored",
    text: rule(GOOD).replace("resources: {", "resources: {namespaced: false, "),
    at: "2:27",
    says: /only asked of external rules/,
  },
  {
    code: "short-max-age",
    text: `metricsRelistInterval: 20s\nrules:\n  default: false\n  custom:\n  ${
      rule(GOOD).replaceAll("\n", "\n  ")
    }`,
    at: "1:24",
    says: /looks for series of the last 20s, and these have a sample every 30s/,
  },
  {
    code: "short-max-age",
    text: `extraArguments:\n- --metrics-max-age=15s\nrules:\n  default: false\n  custom:\n  ${
      rule(GOOD).replaceAll("\n", "\n  ")
    }`,
    at: "2:3",
    says: /of the last 15s/,
  },
  {
    code: "yaml-ate-backslash",
    text: rule(`name: {matches: "^hits\\b.*$"}\n${GOOD}`),
    at: "3:25",
    says: /YAML makes one character of \\b/,
  },
  {
    code: "yaml-ate-backslash",
    text: rule(GOOD).replace(
      `'hits_total{namespace!=""}'`,
      '"{__name__=~\\"hits\\\\.total\\"}"',
    ),
    at: "1:34",
    says: /YAML has eaten a backslash of seriesQuery/,
  },
  {
    code: "promql-escape",
    text: rule(GOOD).replace('hits_total{namespace!=""}', '{__name__=~"hits\\.total"}'),
    at: "1:33",
    says: /write \\\\ in seriesQuery/,
  },
  {
    code: "regex-as-text",
    text: rule(GOOD).replace('{namespace!=""}', '{namespace!="kube-.*"}'),
    at: "1:40",
    says: /for an expression write !~/,
  },
  {
    code: "finds-nothing",
    text: rule(GOOD).replace('namespace!=""', 'namespace!="",shop="a"'),
    at: "1:42",
    says: /without shop="a" it would find 1/,
  },
  {
    code: "finds-nothing",
    text: rule(GOOD).replace("hits_total{", "hitz_total{"),
    at: "1:16",
    says: /names that are like it: hits_total/,
  },
  {
    code: "no-list",
    text: "rules: {default: false, custom: {seriesQuery: up}}",
    at: "1:33",
    says: /rules are a list/,
  },
  {
    code: "unknown-key",
    text: "rules:\n  default: false\n  customs: []",
    at: "3:3",
    says: /the chart asks for no rules\.customs/,
  },
  {
    code: "unknown-key",
    text: "rules: []\nexternal: []",
    at: "2:1",
    says: /does not start with external/,
  },
  {
    code: "unreadable-rule",
    text: rule(`${GOOD}\nmetricQuery: x`),
    at: "4:3",
    says: /field metricQuery not found/,
  },
  {
    code: "refused-rule",
    text: rule(GOOD).replace("resource: pod", "resource: pood"),
    at: "2:77",
    says: /no matches for \/, Resource=pood/,
  },
  {
    code: "unreadable-query",
    text: rule("metricsQuery: sum(rate(<<.Series>>{<<.LabelMatchers>>}[2m]) by (<<.GroupBy>>)"),
    at: "3:17",
    says: /metricsQuery is no PromQL: a `\)` is missing/,
  },
  {
    code: "unreadable-template",
    text: rule("metricsQuery: sum({{ .Series }}) by (<<.GroupBy>>)"),
    at: "3:17",
    says: /between << and >>, and here between \{\{ and \}\}/,
  },
  {
    code: "unreadable-query",
    text: rule(GOOD).replace('{namespace!=""}', '{namespace=~"kube-(.*"}'),
    at: "1:45",
    says: /missing closing \)/,
  },
  {
    code: "unreadable-query",
    text: rule(GOOD).replace("pod: {", '"p(od": {'),
    at: "2:62",
    says: /^p\(od is no name of a label/,
  },
];

Deno.test("each known mistake is named with its place, and nothing else is", async (t) => {
  for (const { code, text, at, says, hpa, samples: given } of MISTAKES) {
    await t.step(`${code} at ${at}`, async () => {
      const remarks = remarksOf(await tried(text, given ?? samples(), hpa));
      assert.deepEqual(remarks.map(({ code }) => code), [code]);
      const [{ place, said }] = remarks;
      const where = `${place?.file ? `${place.file} ` : ""}${place?.line}:${place?.column}`;
      assert.equal(where, at);
      assert.match(said.en, says);
      assert.match(said.ko, /[가-힣]/);
    });
  }
});

Deno.test("docs/rules.md and its schema have the codes of mistakes, all of them", () => {
  const inSchema = schema.$defs.remark.properties.code.examples;
  const table = Deno.readTextFileSync(new URL("../../docs/rules.md", import.meta.url))
    .split("\n").filter((line) => /^\| `[a-z-]+`[,` |]/.test(line));
  const inTable = table.flatMap((line) =>
    [...line.split("|")[1].matchAll(/`([a-z-]+)`/g)].map(([, code]) => code)
  );
  assert.deepEqual([...inTable].sort(), [...inSchema].sort());
  for (const { code } of MISTAKES) assert.ok(inSchema.includes(code), code);
});

Deno.test("a rule that is right is told so: found, dropped, named, attached, asked and answered", async () => {
  const text = rule(`name: {matches: ^(.*)_total$, as: "\${1}_per_second"}\n${GOOD}`)
    .replace(`'hits_total{namespace!=""}'`, `'{__name__=~"hits_.*"}'`);
  const trial = await tried(
    text,
    samples('hits_total{namespace="default",pod="web-1"}', "hits_seen"),
  );
  const [{ found, dropped, exposes, answers, remarks }] = trial.rules;
  assert.deepEqual(found, [{ name: "hits_seen", count: 1 }, { name: "hits_total", count: 1 }]);
  assert.deepEqual(dropped.map(({ series, why }) => [series[0].name, why.en]), [
    ["hits_seen", "does not match ^(.*)_total$"],
  ]);
  assert.deepEqual(exposes, [{
    metric: "hits_per_second",
    series: ["hits_total"],
    resources: ["namespaces", "pods"],
  }]);
  assert.deepEqual(answers.map(({ request, promql, value }) => [request, promql, value]), [
    [
      "custom.metrics.k8s.io/v1beta1/namespaces/default/metrics/hits_per_second",
      'sum(rate(hits_total{namespace="default"}[2m])) by (namespace)',
      "333m",
    ],
    [
      "custom.metrics.k8s.io/v1beta1/namespaces/default/pods/web-1/hits_per_second",
      'sum(rate(hits_total{namespace="default",pod="web-1"}[2m])) by (pod)',
      "333m",
    ],
  ]);
  assert.deepEqual(remarks, []);
});

Deno.test("rules why tells which rule exposes a metric, which almost do and why not", async () => {
  const text = rule(`name: {as: visits}\n${GOOD}`) +
    rule(`seriesFilters: [{isNot: ^hits_.*$}]\n${GOOD}`) +
    rule(GOOD).replace("hits_total{", "hits_seen_total{");
  const ground = groundOf(samples());
  const file = readRulesFile(text, "rules.yaml");
  const there = await whyMetric("visits", file, ground);
  assert.deepEqual(there.exposedBy.map(({ number }) => number), [1]);
  assert.equal(there.answers.length, 2);

  const renamed = await whyMetric("hits_total", file, ground);
  assert.deepEqual(renamed.exposedBy, []);
  assert.deepEqual(renamed.almost.map(({ number, said }) => [number, said.en]), [
    [1, "finds hits_total and calls it visits: ask for that, or change name.as"],
    [2, "finds hits_total and keeps it out: isNot: ^hits_.*$"],
  ]);
  const away = await whyMetric("hits_seen_total", file, ground);
  assert.deepEqual(away.almost.map(({ number }) => number), [3]);
  assert.match(away.almost[0].said.en, /finds no series now/);
  assert.deepEqual((await whyMetric("visit", file, ground)).similar, ["visits"]);
});

Deno.test("rules keda carries an HPA over, and names what it cannot", async () => {
  const text = rule(`name: {as: hits}\n${GOOD}`);
  const hpa = `kind: HorizontalPodAutoscaler
metadata: {name: web}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  minReplicas: 2
  maxReplicas: 9
  behavior: {scaleDown: {stabilizationWindowSeconds: 60}}
  metrics:
  - {type: Pods, pods: {metric: {name: hits}, target: {type: AverageValue, averageValue: 500m}}}
  - {type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 70}}}
  - type: Object
    object:
      describedObject: {kind: Namespace, name: default, apiVersion: v1}
      metric: {name: hits}
      target: {type: Value, value: 10}
  - {type: External, external: {metric: {name: mails}, target: {type: Value, value: 10}}}
  - {type: Resource, resource: {name: memory, target: {type: Utilization}}}`;
  const file = readRulesFile(text, "rules.yaml");
  const [{ scaledObject, missing, different, steps }] = await toKeda(
    file,
    groundOf(samples(), hpa),
    { serverAddress: "http://prometheus:9090" },
  );
  const prometheus = (metricType: string, query: string, threshold: string) => ({
    type: "prometheus",
    metricType,
    metadata: {
      serverAddress: "http://prometheus:9090",
      query,
      threshold,
      ignoreNullValues: "false",
    },
  });
  assert.deepEqual(scaledObject, {
    apiVersion: "keda.sh/v1alpha1",
    kind: "ScaledObject",
    metadata: {
      name: "web",
      namespace: "default",
      annotations: { "scaledobject.keda.sh/transfer-hpa-ownership": "true" },
    },
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
      minReplicaCount: 2,
      maxReplicaCount: 9,
      advanced: {
        horizontalPodAutoscalerConfig: {
          name: "web",
          behavior: { scaleDown: { stabilizationWindowSeconds: 60 } },
        },
      },
      triggers: [
        prometheus(
          "AverageValue",
          'sum(sum(rate(hits_total{namespace="default",pod=~"web-[a-z0-9]+-[a-z0-9]{5}"}[2m])) by (pod))',
          "0.5",
        ),
        { type: "cpu", metricType: "Utilization", metadata: { value: "70" } },
        prometheus("Value", 'sum(rate(hits_total{namespace="default"}[2m])) by (namespace)', "10"),
      ],
    },
  });
  assert.deepEqual(missing.map(({ en }) => en), [
    "no rule exposes mails now: rules why mails",
    "memory has no target: averageUtilization or averageValue",
  ]);
  assert.match(different[0].en, /for those that are called web-/);
  assert.deepEqual(steps, [], "there is no way over while a metric is missing");
});

Deno.test("an HPA that is none is told where it is wrong", () => {
  const text = `kind: HorizontalPodAutoscaler
spec:
  maxReplicas: 3
  scaleTargetRef: {kind: Deployment, name: web}
  metrics:
  - type: Pods
    object: {}`;
  assert.throws(
    () => readHpaFile(text, "hpa.yaml"),
    /^InputError: hpa\.yaml:6:5: spec\.metrics\.0/,
  );
});

Deno.test("a recording that is none is told so, in both languages", () => {
  const bad = [
    "",
    "{}",
    "[null]",
    "5",
    "a{b 1",
    '{"status":"error","error":"no such query"}',
    '{"series":[null]}',
    '{"series":[{"metric":{"__name__":"a"},"values":["x"],"start":"2026-01-01","step":"1m"}]}',
    '{"series":[{"metric":{"__name__":"a"},"values":[1],"start":1,"step":"1m"}]}',
    '{"series":[{"metric":{"__name__":"a"},"values":[1],"start":"2026-01-01","step":60}]}',
    '{"series":[{"metric":{"__name__":5},"values":[1],"start":"2026-01-01","step":"1m"}]}',
    '{"data":{"resultType":"matrix","result":"x"}}',
    '{"data":{"resultType":"matrix","result":[null]}}',
    '{"data":{"resultType":"matrix","result":[{"metric":{},"values":[[1]]}]}}',
    '{"data":{"resultType":"vector","result":[{"metric":{"__name__":"a"}}]}}',
  ];
  for (const text of bad) {
    assert.throws(
      () => readRecording(text, "samples.txt"),
      (error: InputError) => error instanceof InputError && /samples\.txt/.test(error.said.ko),
      text,
    );
  }
});

Deno.test("a recording in OpenMetrics, as promtool dumps it, has its times in seconds", () => {
  const text = "# TYPE jobs counter\n" +
    'jobs_total{pod="a"} 1 1700000000.000\njobs_total{pod="a"} 4 1700000015.500 # {trace_id="x"} 1\n# EOF\n';
  const source = readRecording(text, "dump.txt");
  assert.deepEqual(source.store.timeRange, { minMs: 1_700_000_000_000, maxMs: 1_700_000_015_500 });
  assert.equal(source.types.get("jobs_total"), "counter");
  // Without its end it is read as Prometheus' own text, whose times are whole milliseconds.
  assert.throws(
    () => readRecording(text.replace("# EOF\n", ""), "dump.txt"),
    /dump\.txt, line 2: /,
  );
});
