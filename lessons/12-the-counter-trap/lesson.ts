import {
  broughtTo,
  customMetricServed,
  defineLesson,
  finding,
  firstOf,
  passed,
  query,
  ruleTask,
  shown,
} from "../../lib/lesson/mod.ts";
import type {
  HorizontalPodAutoscaler,
  LabView,
  Pod,
  WantedMetric,
  WrongAnswer,
} from "../../lib/lesson/mod.ts";

const VALUES = "helm_values/prometheus-adapter.yaml";
const UPGRADE = "make install-prometheus-adapter";
const SERVICE = "nginx-custom-metric";
const COUNTER = "nginx_http_requests_total";
const DERIVED = "nginx_http_requests_per_second";
const HPA = "horizontalpodautoscalers.autoscaling";
const CUSTOM = `/apis/custom.metrics.k8s.io/v1beta1/namespaces/default/services/${SERVICE}`;
/** How many requests a second are for one pod. */
const TARGET = 20;

const OF_NGINX = `seriesQuery: '{__name__=~"^nginx_http_requests_total.*",namespace!=""}'
resources:
  overrides:
    namespace:
      resource: namespace
    pod:
      resource: pod
    service:
      resource: service
  template: "<<.Resource>>"
name:
  matches: "nginx_http_requests_total"
  as: "nginx_http_requests_total"
metricsQuery: 'sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)'`;

const PER_SECOND = `seriesQuery: 'nginx_http_requests_total{namespace!=""}'
resources:
  overrides:
    namespace:
      resource: namespace
    service:
      resource: service
name:
  as: "nginx_http_requests_per_second"
metricsQuery: 'sum(rate(<<.Series>>{<<.LabelMatchers>>}[2m])) by (<<.GroupBy>>)'`;

const BLANK = `seriesQuery: ''
resources:
  overrides: {}
name:
  as: ''
metricsQuery: ''`;

/** Lines that make the counter's rule and another one the rules of the values file, whatever they were before. */
function writeRule(rule: string): string[] {
  return writeRules(OF_NGINX, rule);
}

function writeRules(...rules: string[]): string[] {
  const items = rules.map((text) =>
    text.split("\n").map((line, index) => `${index === 0 ? "    - " : "      "}${line}`).join("\n")
  );
  return [
    `sed -i '/^[# ]*rules *:\\{0,1\\} *$/,$d' ${VALUES}`,
    [`cat >> ${VALUES} <<'EOF'`, "rules:", "  custom:", ...items, "EOF"].join("\n"),
  ];
}

/** The rule with one text in place of another, upgraded. */
function wrong(name: string, says: string, old: string, by: string): WrongAnswer {
  if (!PER_SECOND.includes(old)) throw new Error(`No "${old}" in the rule`);
  return { name, says, lines: [...writeRule(PER_SECOND.replaceAll(old, () => by)), UPGRADE] };
}

const SERIES = `${COUNTER}{namespace="default",service="${SERVICE}"}`;
const WINDOWS = ["1m", "2m", "5m", "10m"];

const perSecond: WantedMetric = {
  metric: DERIVED,
  service: SERVICE,
  series: COUNTER,
  value: {
    promql: WINDOWS.map((window) => `sum(rate(${SERIES}[${window}]))`),
    mistaken: [
      {
        promql: `sum(${SERIES})`,
        is: {
          en: "that is the count of all requests so far",
          ko: "그것은 지금까지의 요청을 모두 센 수입니다",
        },
        why: {
          en: "a counter only grows, so an HPA on it never scales down",
          ko: "카운터는 커지기만 하므로 그것을 쓰는 HPA는 줄이지 않습니다",
        },
      },
      ...WINDOWS.map((window) => ({
        promql: `sum(increase(${SERIES}[${window}]))`,
        is: {
          en: "that is how many requests came in the whole window",
          ko: "그것은 창 전체에 들어온 요청의 수입니다",
        },
        why: {
          en: "increase() is rate() times the window: it grows when somebody widens the window",
          ko: "increase()는 rate()에 창의 길이를 곱한 것입니다. 창을 넓히면 값도 커집니다",
        },
      })),
      ...WINDOWS.map((window) => ({
        promql: `avg(rate(${SERIES}[${window}]))`,
        is: {
          en: "that is the share of one pod, not what the Service answers",
          ko: "그것은 파드 하나의 몫이고, Service 전체의 값이 아닙니다",
        },
        why: {
          en: "the HPA divides by the pods itself; a share would be divided twice",
          ko: "HPA가 스스로 파드 수로 나눕니다. 한 파드의 몫이면 두 번 나누게 됩니다",
        },
      })),
    ],
  },
};

async function theHpa(view: LabView): Promise<HorizontalPodAutoscaler | undefined> {
  return await view.get<HorizontalPodAutoscaler>(HPA, "default", SERVICE);
}

/** A line that lets the HPA ask for a metric of the Service, in place of what it asks for. */
function ask(metric: string, target: Record<string, string>): string {
  const describedObject = { apiVersion: "v1", kind: "Service", name: SERVICE };
  const object = { describedObject, metric: { name: metric }, target };
  const patch = { spec: { metrics: [{ type: "Object", object }] } };
  return `kubectl -n default patch hpa ${SERVICE} --type merge -p '${JSON.stringify(patch)}'`;
}

const EACH_POD = { type: "AverageValue", averageValue: String(TARGET) };

/** The HPA asks for the rate alone, with a target that is a rate too. */
async function asksForRate(view: LabView) {
  const hpa = await theHpa(view);
  const metrics = hpa?.spec?.metrics ?? [];
  const names = metrics.map(({ object, pods, external, resource }) =>
    (object ?? pods ?? external)?.metric.name ?? resource?.name ?? "?"
  );
  const expected = [
    `the HPA asks for ${DERIVED} of the Service, and nothing else`,
    `HPA가 Service의 ${DERIVED}만 물음`,
  ];
  const change = `kubectl -n default edit hpa ${SERVICE}`;
  if (!hpa) {
    return [finding(
      [expected[0], "there is no such HPA", "it is what scales", "apply the example again"],
      [expected[1], "그런 HPA가 없습니다", "스케일하는 것이 그것입니다", "예제를 다시 적용하세요"],
    )];
  }
  if (!names.includes(DERIVED)) {
    return [finding(
      [
        expected[0],
        `it asks for ${names.join(", ")}`,
        "what an HPA reads is what it asks for, letter by letter, whether somebody serves it or not",
        `change metric.name: ${change}`,
      ],
      [
        expected[1],
        `지금 묻는 것은 ${names.join(", ")}`,
        "HPA는 내보내는 쪽이 있든 없든 적힌 이름을 글자 그대로 묻습니다",
        `metric.name을 바꾸세요: ${change}`,
      ],
    )];
  }
  if (names.length > 1) {
    return [finding(
      [
        expected[0],
        `it asks for ${names.join(" and ")}`,
        "of several metrics an HPA takes the one that wants the most pods: the counter still wins",
        `take the other one out of spec.metrics: ${change}`,
      ],
      [
        expected[1],
        `지금 묻는 것은 ${names.join(", ")}`,
        "메트릭이 여럿이면 HPA는 파드를 가장 많이 원하는 쪽을 따릅니다. 여전히 카운터가 이깁니다",
        `다른 하나를 spec.metrics에서 빼세요: ${change}`,
      ],
    )];
  }
  const [{ type, object }] = metrics;
  const { kind, name } = object?.describedObject ?? {};
  if (kind === "Service" && name === SERVICE) return [];
  const described = object ? `${kind}/${name}` : `type ${type}`;
  return [finding(
    [
      expected[0],
      `it asks for ${DERIVED} of ${described}`,
      "the rule serves the metric of the Service, and of nothing else",
      `say type: Object, and the Service ${SERVICE} in describedObject: ${change}`,
    ],
    [
      expected[1],
      `지금 묻는 것은 ${described}의 ${DERIVED}`,
      "규칙이 내보내는 것은 Service의 메트릭뿐입니다",
      `type: Object로 하고 describedObject에 Service ${SERVICE}을(를) 쓰세요: ${change}`,
    ],
  )];
}

/** The target is TARGET requests per second for each pod. */
async function targetIsEachPods(view: LabView) {
  const target = (await theHpa(view))?.spec?.metrics?.[0]?.object?.target;
  const next = `type: AverageValue, averageValue: "${TARGET}"`;
  const change = `kubectl -n default edit hpa ${SERVICE}`;
  if (target?.type !== "AverageValue") {
    return [finding(
      [
        `a target of ${TARGET} for each pod`,
        `its target is a ${target?.type}, ${target?.value}`,
        "with a Value the ratio is multiplied by the pods that run, and the metric is of all of them: each step up asks for the next",
        `say ${next}, without value: ${change}`,
      ],
      [
        `파드마다 목표 ${TARGET}`,
        `목표는 ${target?.type} ${target?.value}입니다`,
        "Value이면 비율에 실행 중인 파드 수를 곱하는데, 메트릭은 모든 파드를 합한 값입니다. 한 번 늘릴 때마다 더 늘리려고 합니다",
        `value를 빼고 ${next}: ${change}`,
      ],
    )];
  }
  if (String(target.averageValue) === String(TARGET)) return [];
  return [finding(
    [
      `a target of ${TARGET} for each pod`,
      `its target is ${target.averageValue} for each`,
      "a target is in the unit of its metric, requests per second, and an m behind it means thousandths",
      `say ${next}: ${change}`,
    ],
    [
      `파드마다 목표 ${TARGET}`,
      `목표는 파드마다 ${target.averageValue}입니다`,
      "목표의 단위는 메트릭의 단위인 초당 요청 수이고, 뒤의 m은 천분의 일입니다",
      `${next}(으)로 쓰세요: ${change}`,
    ],
  )];
}

/** Each pod was started since the step was opened. */
async function startedAnew(view: LabView) {
  const pods = await view.list<Pod>("pods", {
    namespace: "default",
    labelSelector: `app=${SERVICE}`,
  });
  const born = (pod: Pod) => Date.parse(pod.metadata.creationTimestamp ?? "");
  const old = pods.filter((pod) => born(pod) < Math.floor(view.since / 1000) * 1000);
  if (pods.length > 0 && old.length === 0) return [];
  const leaves = old.length > 0 && old.length < pods.length;
  return [finding(
    [
      "pods that were started in this step",
      pods.length === 0 ? "there is no pod" : `${old[0].metadata.name} is one of before`,
      "the count lives in nginx's memory, and a new pod begins at 0",
      leaves
        ? "give it a moment: clock +30s"
        : `start them again: kubectl -n default rollout restart deployment ${SERVICE}`,
    ],
    [
      "이 단계에서 시작한 파드",
      pods.length === 0 ? "파드가 없습니다" : `${old[0].metadata.name}은(는) 이전의 것입니다`,
      "센 수는 nginx의 메모리에 있고, 새 파드는 0에서 시작합니다",
      leaves
        ? "잠시 기다리세요: clock +30s"
        : `다시 시작하세요: kubectl -n default rollout restart deployment ${SERVICE}`,
    ],
    { waits: leaves },
  )];
}

/** The series of the pods before have ended: what is counted is of those that run. */
async function countsAnew(view: LabView) {
  const pods = await view.list<Pod>("pods", {
    namespace: "default",
    labelSelector: `app=${SERVICE}`,
  });
  const counted = (await query(view, SERIES) ?? []).flatMap(({ metric }) => metric.pod ?? []);
  const [left] = counted.filter((name) => !pods.some(({ metadata }) => metadata.name === name));
  if (counted.length > 0 && left === undefined) return [];
  return [finding(
    [
      "a count of the new pods alone",
      left === undefined ? "they are not scraped yet" : `the count of ${left} is still added`,
      "the series of a pod outlives it, and ends some minutes later",
      "give it time, and ask again: clock +1m",
    ],
    [
      "새 파드만 센 수",
      left === undefined ? "아직 수집되지 않았습니다" : `${left}의 수가 아직 더해집니다`,
      "파드의 시계열은 파드보다 오래 남고, 몇 분 뒤에 끝납니다",
      "시간을 보내고 다시 물어보세요: clock +1m",
    ],
    { waits: true },
  )];
}

export default defineLesson({
  id: "12-the-counter-trap",
  title: { en: "The counter trap, and rate()", ko: "카운터의 함정과 rate()" },
  minutes: 25,
  requires: [
    "01-cluster",
    "02-asking-too-early",
    "03-prometheus-adapter",
    "04-prometheus-operator",
    "05-nginx",
    "06-adapter-rules",
  ],
  setup: [...writeRule(BLANK)],
  steps: [
    {
      kind: "run",
      id: "quiet",
      about: "hpa",
      lines: ["clock +10m", `kubectl -n default get hpa ${SERVICE}`],
      expect: {
        as: "table",
        output: [
          "NAME                  REFERENCE                        TARGETS             MINPODS   MAXPODS   REPLICAS   AGE",
          "nginx-custom-metric   Deployment/nginx-custom-metric   <101..1000000>/50   1         3         3          <age>",
        ].join("\n"),
      },
      look: {
        at: {
          en: "the HPA after ten quiet minutes: its metric and its replicas",
          ko: "조용한 10분 뒤의 HPA: 메트릭과 레플리카 수",
        },
        asks: [HPA],
        shows: [SERVICE, "<101..1000000>", "3"],
      },
      check: firstOf(passed(10), customMetricServed(COUNTER, SERVICE)),
      withinMs: 60_000,
    },
    {
      kind: "predict",
      id: "wanted",
      about: "hpa",
      async answer(view) {
        const [rate] = await query(view, `sum(rate(${SERIES}[2m]))`) ?? [];
        const perSecond = shown(rate?.value ?? 0);
        const wanted = (rate?.value ?? 0) / TARGET;
        const value = Math.max(1, Math.ceil(wanted));
        return {
          value,
          arithmetic: [
            {
              en: `rate / target = ${perSecond} / ${TARGET} = ${shown(wanted)}`,
              ko: `rate / 목표 = ${perSecond} / ${TARGET} = ${shown(wanted)}`,
            },
            { en: `rounded up, at least 1: ${value}`, ko: `올림, 적어도 1: ${value}` },
          ],
        };
      },
    },
    {
      kind: "task",
      id: "ask",
      about: "hpa",
      solution: [ask(DERIVED, EACH_POD)],
      check: firstOf(asksForRate, targetIsEachPods),
      wrongAnswers: [
        {
          name: "a name of one's own",
          lines: [ask("nginx_requests_per_second", EACH_POD)],
          says: "it asks for nginx_requests_per_second",
        },
        {
          name: "of another Service",
          lines: [
            ask(DERIVED, EACH_POD),
            `kubectl -n default patch hpa ${SERVICE} --type json -p ` +
            `'[{"op":"replace","path":"/spec/metrics/0/object/describedObject/name","value":"web"}]'`,
          ],
          says: `it asks for ${DERIVED} of Service/web`,
        },
        {
          name: "in thousandths",
          lines: [ask(DERIVED, { ...EACH_POD, averageValue: `${TARGET}m` })],
          says: `its target is ${TARGET}m for each`,
        },
        {
          name: "a target for all pods together",
          lines: [ask(DERIVED, { type: "Value", value: String(TARGET) })],
          says: "the ratio is multiplied by the pods that run",
        },
        {
          name: "beside the counter",
          lines: [
            `kubectl -n default patch hpa ${SERVICE} --type json -p ` +
            `'[{"op":"copy","from":"/spec/metrics/0","path":"/spec/metrics/1"},` +
            `{"op":"replace","path":"/spec/metrics/1/object/metric/name","value":"${DERIVED}"}]'`,
          ],
          says: "the one that wants the most pods",
        },
      ],
    },
    ruleTask({
      id: "derive",
      wanted: perSecond,
      keeps: { metric: COUNTER, service: SERVICE },
      rule: PER_SECOND,
      lines: [...writeRule(PER_SECOND), UPGRADE],
      wrongAnswers: [
        {
          name: "the blank rule upgraded as it is",
          lines: [UPGRADE],
          says: "the rule's `seriesQuery` is empty",
        },
        wrong(
          "the counter under a new name",
          "the count of all requests so far",
          "rate(<<.Series>>{<<.LabelMatchers>>}[2m])",
          "<<.Series>>{<<.LabelMatchers>>}",
        ),
        wrong("a window under two scrapes", "holds no two scrapes", "[2m]", "[20s]"),
        wrong("increase in place of rate", "came in the whole window", "rate(", "increase("),
        wrong("the average of the pods", "the share of one pod", "sum(", "avg("),
        wrong(
          "under the counter's own name",
          `asked for is \`${DERIVED}\``,
          DERIVED,
          COUNTER,
        ),
        wrong("a sum that drops the label", "has no label `service`", " by (<<.GroupBy>>)", ""),
        {
          name: "the counter's rule given up for it",
          lines: [...writeRules(PER_SECOND), UPGRADE],
          says: `${COUNTER} is not served any more`,
        },
      ],
    }),
    {
      kind: "run",
      id: "both",
      about: "api-service",
      lines: [`kubectl get --raw "${CUSTOM}/${DERIVED}" | jq -r '.items[0].value'`],
      expect: { as: "text", output: "<any>" },
      look: {
        at: { en: `the value of ${DERIVED}`, ko: `${DERIVED}의 값` },
        asks: ["service", "services"].map((name) =>
          `${CUSTOM.replace("/services/", `/${name}/`)}/${DERIVED}`
        ),
        shows: ["<number>"],
      },
      withinMs: 2 * 60_000,
    },
    {
      kind: "run",
      id: "back",
      about: "hpa",
      after: "derive",
      lines: ["clock +6m", `kubectl -n default get hpa ${SERVICE}`],
      look: {
        at: { en: "the HPA back at one replica", ko: "다시 하나가 된 HPA" },
        asks: [HPA],
        shows: [SERVICE, "1"],
      },
      check: firstOf(customMetricServed(DERIVED, SERVICE), broughtTo(1, theHpa)),
      withinMs: 3 * 60_000,
    },
    {
      kind: "run",
      id: "restart",
      about: "container",
      lines: [
        `kubectl -n default rollout restart deployment ${SERVICE}`,
        "clock +3m",
        `kubectl get --raw "${CUSTOM}/${COUNTER}" | jq -r '.items[0].value'`,
      ],
      expect: { as: "text", output: "<1..200>" },
      look: {
        at: {
          en: `the value of ${COUNTER} after the restart`,
          ko: `다시 시작한 뒤의 ${COUNTER} 값`,
        },
        asks: ["service", "services"].map((name) =>
          `${CUSTOM.replace("/services/", `/${name}/`)}/${COUNTER}`
        ),
        shows: ["<number>"],
      },
      check: firstOf(startedAnew, countsAnew),
      withinMs: 3 * 60_000,
    },
    {
      kind: "run",
      id: "up",
      about: "hpa",
      after: "back",
      lines: [
        "load http://127.0.0.1:30951 --rps 50 --for 4m",
        `kubectl -n default get hpa ${SERVICE}`,
      ],
      look: {
        at: { en: "the HPA and its replicas under load", ko: "부하를 받는 HPA와 레플리카 수" },
        asks: [HPA],
        shows: [SERVICE, "3"],
      },
      check: broughtTo(3, theHpa),
      withinMs: 60_000,
    },
    {
      kind: "run",
      id: "down",
      about: "hpa",
      after: "up",
      lines: ["clock +8m", `kubectl -n default get hpa ${SERVICE}`],
      look: {
        at: { en: "the HPA back at one replica", ko: "다시 하나가 된 HPA" },
        asks: [HPA],
        shows: [SERVICE, "1"],
      },
      check: broughtTo(1, theHpa),
      withinMs: 3 * 60_000,
    },
  ],
});
