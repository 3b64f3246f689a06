import assert from "node:assert/strict";
import type { AuthorStage } from "../../lib/authoring/mod.ts";
import {
  judgeStep,
  type Lesson,
  loadLessons,
  playStep,
  UPGRADE,
  VALUES_PATH,
} from "../../lib/lesson/mod.ts";
import { atStartOf, gateOf } from "./_starts.ts";

const lessons = await loadLessons();

type Way = [way: string, parent: "custom" | "external", rule: string];

const CUSTOM = "/apis/custom.metrics.k8s.io/v1beta1/namespaces/default";
const EXTERNAL = "/apis/external.metrics.k8s.io/v1beta1";

/** Lines that show the value a rule gives, and lines that do not, by the task and the step behind it. */
const LOOKS: Record<string, { step: string; shows: string[]; lacks: string[] }> = {
  count: {
    step: "count-value",
    shows: [
      `kubectl get --raw '${CUSTOM}/services/*/prometheus_requests_per_second' | jq .items[].value`,
      `kubectl get --raw ${CUSTOM}/services/operator-kube-prometheus-s-prometheus/prometheus_requests_per_second`,
    ],
    lacks: [`kubectl get --raw '${CUSTOM}/pods/*/prometheus_requests_per_second'`],
  },
  pods: {
    step: "pods-value",
    shows: [
      `kubectl get --raw '${CUSTOM}/pods/*/nginx_connections_per_second' | jq .items[].value`,
      `kubectl get --raw '${CUSTOM}/pods/*/nginx_connections_per_second?labelSelector=app%3Dnginx-custom-metric'`,
      `P=$(kubectl get pod -l app=nginx-custom-metric -o name | head -1); kubectl get --raw ${CUSTOM}/\${P/pod/pods}/nginx_connections_per_second`,
    ],
    lacks: [`kubectl get --raw '${CUSTOM}/pods/*/nginx_connections_per_second' | jq .metadata`],
  },
  external: {
    step: "external-value",
    shows: [
      `kubectl get --raw ${EXTERNAL}/namespaces/default/running_pods`,
      `kubectl get --raw ${EXTERNAL}/namespaces/kube-system/running_pods | jq .items[0].value`,
    ],
    lacks: [`kubectl get --raw ${EXTERNAL} | jq -r .resources[].name`],
  },
};

/** Rules by people who think otherwise than the author, each an item of its parent's list. */
const OF_YOUR_OWN: Record<string, Way[]> = {
  count: [
    [
      "by first, a longer window, resources by template",
      "custom",
      `seriesQuery: prometheus_http_request_duration_seconds_count
resources:
  template: <<.Resource>>
name:
  as: prometheus_requests_per_second
metricsQuery: sum by (<<.GroupBy>>) (rate(<<.Series>>{<<.LabelMatchers>>}[5m]))`,
    ],
    [
      "a rule of series found by a regular expression, named by matches",
      "custom",
      `seriesQuery: '{__name__=~"^prometheus_http_request_duration_seconds_count$"}'
resources: {template: "<<.Resource>>"}
name:
  matches: ^(prometheus)_http_request_duration_seconds_count$
  as: \${1}_requests_per_second
metricsQuery: |
  sum(rate(<<.Series>>{<<.LabelMatchers>>}[2m]))
    by (<<.GroupBy>>)`,
    ],
    [
      "increase over the window, divided by its seconds",
      "custom",
      `seriesQuery: 'prometheus_http_request_duration_seconds_count{service!=""}'
resources:
  overrides:
    namespace: {resource: namespaces}
    service: {resource: services}
name:
  as: prometheus_requests_per_second
metricsQuery: sum(increase(<<.Series>>{<<.LabelMatchers>>}[4m])) by (<<.GroupBy>>) / 240`,
    ],
    [
      "of the plain counter of requests, which counts the same",
      "custom",
      `seriesQuery: prometheus_http_requests_total
resources:
  template: <<.Resource>>
name:
  as: prometheus_requests_per_second
metricsQuery: sum(rate(<<.Series>>{<<.LabelMatchers>>}[3m])) by (<<.GroupBy>>)`,
    ],
  ],
  pods: [
    [
      "by template, of the connections handled",
      "custom",
      `seriesQuery: nginx_connections_handled
resources:
  template: <<.Resource>>
name:
  as: nginx_connections_per_second
metricsQuery: sum(rate(<<.Series>>{<<.LabelMatchers>>}[5m])) by (<<.GroupBy>>)`,
    ],
    [
      "without a sum: one series a pod",
      "custom",
      `seriesQuery: nginx_connections_accepted{pod!=""}
resources:
  overrides:
    namespace: {resource: namespace}
    pod: {resource: pod}
name:
  as: nginx_connections_per_second
metricsQuery: rate(<<.Series>>{<<.LabelMatchers>>}[2m])`,
    ],
  ],
  external: [
    [
      "without the conditions",
      "external",
      `seriesQuery: '{__name__="kubelet_running_pods"}'
resources:
  template: <<.Resource>>
name:
  as: running_pods
metricsQuery: sum(<<.Series>>)`,
    ],
    [
      "one value a node, which are added up",
      "external",
      `seriesQuery: kubelet_running_pods
resources:
  namespaced: false
name:
  matches: ^kubelet_(.*)$
metricsQuery: sum(<<.Series>>{<<.LabelMatchers>>}) by (instance)`,
    ],
  ],
};

const COUNTER_TRAP: Record<string, Way[]> = {
  derive: [
    [
      "by first, a longer window, resources by template",
      "custom",
      `seriesQuery: nginx_http_requests_total
resources:
  template: <<.Resource>>
name:
  as: nginx_http_requests_per_second
metricsQuery: sum by (<<.GroupBy>>) (rate(<<.Series>>{<<.LabelMatchers>>}[5m]))`,
    ],
    [
      "named by matches, of the last two samples",
      "custom",
      `seriesQuery: '{__name__=~"^nginx_http_requests_total$",service!=""}'
resources: {template: "<<.Resource>>"}
name:
  matches: ^(.*)_total$
  as: \${1}_per_second
metricsQuery: sum(irate(<<.Series>>{<<.LabelMatchers>>}[2m])) by (<<.GroupBy>>)`,
    ],
    [
      "increase over the window, divided by its seconds",
      "custom",
      `seriesQuery: 'nginx_http_requests_total{namespace!="",service!=""}'
resources:
  overrides:
    namespace: {resource: namespaces}
    service: {resource: services}
name:
  as: nginx_http_requests_per_second
metricsQuery: sum(increase(<<.Series>>{<<.LabelMatchers>>}[3m])) by (<<.GroupBy>>) / 180`,
    ],
  ],
};

const DRILLS: [lesson: string, ways: Record<string, Way[]>][] = [
  ["09-rules-of-your-own", OF_YOUR_OWN],
  ["12-the-counter-trap", COUNTER_TRAP],
];

Deno.test("each drill takes any rule that serves the metric with its value", async (t) => {
  const gate = await gateOf(lessons);
  try {
    for (const [id, ways] of DRILLS) {
      const loaded = lessons.find(({ lesson }) => lesson.id === id)!;
      await drill(t, await atStartOf(gate, loaded), loaded.lesson, ways);
    }
  } finally {
    await gate.close();
  }
});

/** Tries the right ways of a lesson, on a stage at its start. */
async function drill(
  t: Deno.TestContext,
  stage: AuthorStage,
  lesson: Lesson,
  allWays: Record<string, Way[]>,
): Promise<void> {
  const given = await stage.files.read(VALUES_PATH);
  const head = given.slice(0, given.indexOf("    - seriesQuery: ''"));
  for (const step of lesson.steps) {
    const ways = allWays[step.id];
    if (!ways) {
      // What the drills of this lesson stand on; those of rules are played in each of their ways.
      if (step.kind !== "task" || !step.rule) assert.ok((await playStep(stage, step)).ok, step.id);
      continue;
    }
    for (const [way, parent, rule] of ways) {
      await t.step(`${step.id}: ${way}`, async () => {
        const item = `    - ${rule.replaceAll("\n", "\n      ")}\n`;
        const text = head + (parent === "external" ? "  external:\n" : "") + item;
        await stage.files.write(VALUES_PATH, text);
        await stage.shell.run(UPGRADE);
        const { ok, findings: [found] } = await judgeStep(stage, step, undefined);
        assert.ok(ok, found?.actual.en);
      });
    }
    const value = lesson.steps.find(({ id }) => id === LOOKS[step.id]?.step);
    if (!value) continue;
    await t.step(`${value.id}: whatever shows the value`, async () => {
      const { shows, lacks } = LOOKS[step.id];
      for (const line of [...shows, ...lacks]) {
        const { ok } = await judgeStep(stage, value, { line, ...await stage.shell.run(line) });
        assert.equal(ok, shows.includes(line), line);
      }
    });
  }
}
