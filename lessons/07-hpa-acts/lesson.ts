import {
  adapterUpgraded,
  askedNow,
  customMetricServed,
  defineLesson,
  finding,
  firstOf,
  passed,
  query,
  servedValues,
} from "../../lib/lesson/mod.ts";
import type { AskedRule, HorizontalPodAutoscaler, LabView } from "../../lib/lesson/mod.ts";

const VALUES = "helm_values/prometheus-adapter.yaml";
const RATE =
  `sed -i 's/sum(<<.Series>>{<<.LabelMatchers>>})/sum(rate(<<.Series>>{<<.LabelMatchers>>}[2m]))/' ${VALUES}`;

const METRIC = "nginx_http_requests_total";
const SERVICE = "nginx-custom-metric";
const served = customMetricServed(METRIC, SERVICE);

/** All requests so far, which is no rate. */
const COUNT = `sum(${METRIC}{namespace="default",service="${SERVICE}"})`;

/** The rule with a rate, and what its value has to be. */
const RATE_RULE: AskedRule = {
  wanted: {
    metric: METRIC,
    service: SERVICE,
    value: {
      promql: ["1m", "2m", "5m", "10m"].map((window) =>
        `sum(rate(${METRIC}{namespace="default",service="${SERVICE}"}[${window}]))`
      ),
      mistaken: [{
        promql: COUNT,
        is: {
          en: "that is the count of all requests so far",
          ko: "그것은 지금까지의 요청을 모두 센 수입니다",
        },
        why: {
          en: "a counter only grows, so an HPA on it never scales down",
          ko: "카운터는 커지기만 하므로 그것을 쓰는 HPA는 줄이지 않습니다",
        },
      }],
    },
  },
  text: `seriesQuery: '{__name__=~"^nginx_http_requests_total.*",namespace!=""}'
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
metricsQuery: 'sum(rate(<<.Series>>{<<.LabelMatchers>>}[2m])) by (<<.GroupBy>>)'`,
};

async function theHpa(view: LabView) {
  return await view.get<HorizontalPodAutoscaler>(
    HPA,
    "default",
    "nginx-custom-metric",
  );
}

/** The value that the HPA last read, in whole requests; undefined when it could read none. */
function reading(hpa: HorizontalPodAutoscaler | undefined): number | undefined {
  const text = hpa?.status?.currentMetrics?.[0]?.object?.current.value;
  if (text === undefined) return undefined;
  return String(text).endsWith("m") ? parseInt(String(text)) / 1000 : Number(text);
}

/** A number of a sum without the noise of binary fractions: 13.8, where 4.6 × 3 is 13.799999999999999. */
function shown(value: number): string {
  return String(Number(value.toPrecision(12)));
}

const UNREADABLE = {
  en: "the HPA shows no reading: describe it first",
  ko: "HPA에 읽은 값이 없습니다. 먼저 describe로 보세요",
};

async function scaledToMax(view: LabView) {
  const hpa = await theHpa(view);
  if ((hpa?.status?.currentReplicas ?? 0) >= 3) return [];
  const count = hpa?.status?.currentReplicas ?? 0;
  const metric = reading(hpa) ?? "<unknown>";
  const isQuiet = Number(metric) <= 50;
  return [finding(
    [
      "3 replicas",
      `${count} ${count === 1 ? "replica" : "replicas"}, metric ${metric} of 50`,
      "the HPA multiplies the replicas by metric / target, and stops at maxReplicas",
      isQuiet
        ? "send visitors, for as long as the step says: the metric is below its target"
        : "wait for the next sync: clock +30s. Is the metric readable? kubectl -n default describe hpa nginx-custom-metric",
    ],
    [
      "레플리카 3개",
      `레플리카 ${count}개, 메트릭 ${metric}, 목표 50`,
      "HPA는 레플리카 수에 메트릭 / 목표를 곱하고 maxReplicas에서 멈춥니다",
      isQuiet
        ? "단계에 적힌 시간만큼 방문자를 보내세요. 메트릭이 목표보다 낮습니다"
        : "다음 동기화를 기다리세요: clock +30s. 메트릭을 읽을 수 있나요? kubectl -n default describe hpa nginx-custom-metric",
    ],
    { waits: true },
  )];
}

/** Whether the adapter serves another value than the count of all requests, by whatever query; the reading then follows. */
async function canFall(view: LabView): Promise<boolean> {
  const served = await servedValues(view, await askedNow(view, RATE_RULE.wanted));
  const [count] = await query(view, COUNT) ?? [];
  if (!("values" in served) || !count) return false;
  return [...served.values.values()].every((value) => value < count.value * 0.9);
}

async function scaledDown(view: LabView) {
  const hpa = await theHpa(view);
  const value = reading(hpa);
  const replicas = hpa?.status?.currentReplicas ?? 0;
  if (value !== undefined && value < 50 && replicas === 1) return [];
  const slope = await query(
    view,
    'sum(rate(nginx_http_requests_total{service="nginx-custom-metric"}[5m]))',
  );
  const perSecond = slope?.[0]?.value.toFixed(2) ?? "?";
  if (value === undefined || value >= 50) {
    const behind = await adapterUpgraded(view);
    if (behind.length > 0) return behind;
    return [finding(
      [
        "a metric that can fall: requests per second",
        `the HPA reads ${value ?? "<unknown>"}, while ${perSecond} requests arrive per second`,
        "a counter only grows, so an HPA on it never scales down; its rate falls when the visitors go",
        "wrap the series of metricsQuery in rate(…[2m]), then: make install-prometheus-adapter",
      ],
      [
        "내려갈 수 있는 메트릭: 초당 요청 수",
        `HPA가 읽는 값은 ${value ?? "<unknown>"}이고, 실제 요청은 초당 ${perSecond}개`,
        "카운터는 커지기만 하므로 그것을 쓰는 HPA는 줄이지 않습니다. rate는 방문자가 떠나면 내려갑니다",
        "metricsQuery의 시계열을 rate(…[2m])로 감싸고: make install-prometheus-adapter",
      ],
      { waits: await canFall(view) },
    )];
  }
  return [finding(
    [
      "1 replica",
      `${replicas} replicas, metric ${value} of 50`,
      "an HPA scales down only when no recommendation of the last 5 minutes asked for more",
      "let the window pass: clock +6m",
    ],
    [
      "레플리카 1개",
      `레플리카 ${replicas}개, 메트릭 ${value} / 50`,
      "HPA는 지난 5분의 모든 권고가 더 적은 수일 때만 줄입니다",
      "그 시간을 보내세요: clock +6m",
    ],
    { waits: true },
  )];
}

const HPA = "horizontalpodautoscalers.autoscaling";
/** The HPA's row, or whatever else of it, with its metric far above the target. */
const ABOVE = ["nginx-custom-metric", "<101..1000000>", "3"];

export default defineLesson({
  id: "07-hpa-acts",
  title: { en: "The HPA acts", ko: "HPA가 움직인다" },
  minutes: 20,
  requires: [
    "01-cluster",
    "02-asking-too-early",
    "03-prometheus-adapter",
    "04-prometheus-operator",
    "05-nginx",
    "06-adapter-rules",
  ],
  steps: [
    {
      kind: "run",
      id: "look",
      about: "hpa",
      lines: ["kubectl -n default get hpa nginx-custom-metric"],
      expect: {
        as: "table",
        output: [
          "NAME                  REFERENCE                        TARGETS             MINPODS   MAXPODS   REPLICAS   AGE",
          "nginx-custom-metric   Deployment/nginx-custom-metric   <101..1000000>/50   1         3         3          <age>",
        ].join("\n"),
      },
      look: {
        at: {
          en: "the HPA's metric beside its target, and its replicas",
          ko: "HPA의 메트릭과 목표, 그리고 레플리카 수",
        },
        asks: [HPA],
        shows: ABOVE,
      },
      check: firstOf(served, scaledToMax),
      withinMs: 3 * 60_000,
    },
    {
      kind: "run",
      id: "events",
      about: "hpa",
      lines: ["kubectl -n default describe hpa nginx-custom-metric"],
      expect: {
        as: "text",
        output: [
          "...",
          "<any>AbleToScale<any>True<any>",
          "<any>ScalingActive<any>True<any>ValidMetricFound<any>",
          "<any>ScalingLimited<any>True<any>TooManyReplicas<any>",
          "...",
          "<any>Normal<any>SuccessfulRescale<any>New size: 3; reason: Service metric nginx_http_requests_total above target",
          "...",
        ].join("\n"),
      },
      look: {
        at: {
          en: "the condition ScalingLimited, and the event of the new size",
          ko: "조건 ScalingLimited, 그리고 새 크기의 이벤트",
        },
        asks: [HPA, "events", "events.events.k8s.io"],
        shows: [["ScalingLimited", "TooManyReplicas"], "New size: 3"],
      },
      check: firstOf(served, scaledToMax),
      withinMs: 60_000,
    },
    {
      kind: "predict",
      id: "without-limit",
      about: "hpa",
      async answer(view) {
        const decision = await view.decide("default", "nginx-custom-metric");
        const [metric] = decision?.derivation.metrics ?? [];
        if (!decision || !metric?.ok) return { value: 0, arithmetic: [UNREADABLE] };
        const { replicas, ratio, pods = 0, unrounded = replicas, ...sum } = metric.proposal;
        const [value, target] = [sum.totalMilli, sum.target].map((milli) => Number(milli) / 1000);
        const { maxReplicas, desiredReplicas } = decision.derivation;
        return {
          value: replicas,
          arithmetic: [
            {
              en: `metric / target = ${value} / ${target} = ${shown(ratio)}`,
              ko: `메트릭 / 목표 = ${value} / ${target} = ${shown(ratio)}`,
            },
            {
              en: `ratio × ready pods = ${shown(ratio)} × ${pods} = ${shown(unrounded)}`,
              ko: `비율 × 준비된 파드 = ${shown(ratio)} × ${pods} = ${shown(unrounded)}`,
            },
            { en: `rounded up: ${replicas}`, ko: `올림: ${replicas}` },
            {
              en: `limited by maxReplicas ${maxReplicas}: ${desiredReplicas}`,
              ko: `maxReplicas ${maxReplicas}(으)로 제한: ${desiredReplicas}`,
            },
          ],
        };
      },
    },
    {
      kind: "run",
      id: "never-down",
      about: "hpa",
      lines: ["clock +10m", "kubectl -n default get hpa nginx-custom-metric"],
      expect: {
        as: "table",
        output: [
          "NAME                  REFERENCE                        TARGETS             MINPODS   MAXPODS   REPLICAS   AGE",
          "nginx-custom-metric   Deployment/nginx-custom-metric   <101..1000000>/50   1         3         3          <age>",
        ].join("\n"),
      },
      look: {
        at: {
          en: "the HPA after ten minutes: its metric and its replicas",
          ko: "10분 뒤의 HPA: 메트릭과 레플리카 수",
        },
        asks: [HPA],
        shows: ABOVE,
      },
      check: firstOf(passed(10), scaledToMax),
    },
    {
      kind: "task",
      id: "rate",
      about: "adapter",
      solution: [RATE, "make install-prometheus-adapter"],
      check: firstOf(served, scaledDown),
      rule: RATE_RULE,
      withinMs: 15 * 60_000,
      wrongAnswers: [{
        name: "a rate window shorter than two scrapes",
        lines: [RATE.replace("[2m]", "[20s]"), "make install-prometheus-adapter"],
        says: "run the rule's query in Prometheus",
      }],
    },
    {
      kind: "run",
      id: "up-again",
      about: "hpa",
      lines: [
        "load http://127.0.0.1:30951 --rps 120 --for 4m",
        "kubectl -n default get hpa nginx-custom-metric",
      ],
      after: "rate",
      look: {
        at: { en: "the HPA and its replicas under load", ko: "부하를 받는 HPA와 레플리카 수" },
        asks: [HPA],
        shows: ["nginx-custom-metric", "3"],
      },
      check: firstOf(served, scaledToMax),
      withinMs: 60_000,
    },
  ],
});
