import {
  adapterReachesPrometheus,
  conditionIs,
  customMetricServed,
  defineLesson,
  finding,
} from "../../lib/lesson/mod.ts";
import type { LabView } from "../../lib/lesson/mod.ts";

const VALUES = "helm_values/prometheus-adapter.yaml";
const UNCOMMENT = `sed -i '/^# *rules:/,$ s/^# \\{0,1\\}//' ${VALUES}`;
const RULE = `seriesQuery: '{__name__=~"^nginx_http_requests_total.*",namespace!=""}'
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
/** Writes the rule anew, whatever an edit that was left half-way made of it. */
const WRITE_RULE = [
  `sed -i '/^[# ]*rules *:\\{0,1\\} *$/,$d' ${VALUES}`,
  `cat >> ${VALUES} <<'EOF'\nrules:\n  custom:\n    - ${RULE.replaceAll("\n", "\n      ")}\nEOF`,
];
const METRIC = "nginx_http_requests_total";
const SERVICE = "nginx-custom-metric";
const served = customMetricServed(METRIC, SERVICE);
const LIST = "/apis/custom.metrics.k8s.io/v1beta1";
const PATH =
  "/apis/custom.metrics.k8s.io/v1beta1/namespaces/default/service/nginx-custom-metric/nginx_http_requests_total";

async function listedAsRate(view: LabView) {
  const name = "services/nginx_http_requests";
  const { code, body } = await view.raw(LIST);
  const names: string[] = (body?.resources ?? []).map((one: { name: string }) => one.name);
  if (names.includes(name)) return [];
  // An empty list has a cause that no time mends.
  const lost = names.length === 0 ? await adapterReachesPrometheus(view) : [];
  if (lost.length > 0) return lost;
  return [finding(
    [
      `${name} in the list of custom metrics`,
      code === 200 ? `it is not among the ${names.length} names` : `the API answers ${code}`,
      "the adapter asks Prometheus for new series once a minute",
      "give it a minute: clock +1m",
    ],
    [
      `custom metrics 목록에 ${name}`,
      code === 200 ? `이름 ${names.length}개 중에 없습니다` : `API 응답 ${code}`,
      "adapter는 1분에 한 번 Prometheus에 새 시계열을 물어봅니다",
      "1분 기다리세요: clock +1m",
    ],
    { waits: code === 200 },
  )];
}

const resource = (name: string, namespaced: boolean) => ({
  name: `${name}/${METRIC}`,
  singularName: "",
  namespaced,
  kind: "MetricValueList",
  verbs: ["get"],
});

export default defineLesson({
  id: "06-adapter-rules",
  title: { en: "The adapter's rules", ko: "adapter의 규칙" },
  minutes: 20,
  requires: [
    "01-cluster",
    "02-asking-too-early",
    "03-prometheus-adapter",
    "04-prometheus-operator",
    "05-nginx",
  ],
  steps: [
    {
      kind: "run",
      id: "symptom",
      about: "hpa",
      lines: ["kubectl -n default describe hpa nginx-custom-metric"],
      expect: {
        as: "text",
        output:
          "...\n<any>ScalingActive<any>False<any>FailedGetObjectMetric<any>\n...\n<any>Warning<any>FailedGetObjectMetric<any>unable to get metric nginx_http_requests_total<any>\n...",
      },
      look: {
        at: {
          en: "why ScalingActive is False: the reason in the condition or the event",
          ko: "ScalingActive가 False인 까닭: 조건이나 이벤트의 이유",
        },
        asks: [
          "horizontalpodautoscalers.autoscaling",
          "events",
          "events.events.k8s.io",
        ],
        shows: ["FailedGetObjectMetric"],
      },
      check: conditionIs(["horizontalpodautoscalers.autoscaling", "nginx-custom-metric"], {
        type: "ScalingActive",
        status: "False",
        reason: "FailedGetObjectMetric",
      }),
      withinMs: 60_000,
    },
    {
      kind: "run",
      id: "other-name",
      about: "adapter",
      lines: [
        `kubectl get --raw "/apis/custom.metrics.k8s.io/v1beta1" | jq -r '.resources[].name' | grep nginx_http`,
      ],
      expect: {
        as: "text",
        output: "...\nservices/nginx_http_requests\n...",
      },
      look: {
        at: {
          en: "the name under which the adapter lists nginx's requests",
          ko: "adapter 목록에 있는 nginx 요청의 이름",
        },
        asks: [LIST],
        shows: ["nginx_http_requests"],
      },
      check: listedAsRate,
      withinMs: 2 * 60_000,
    },
    {
      kind: "task",
      id: "rules",
      about: "adapter",
      solution: [...WRITE_RULE, "make install-prometheus-adapter"],
      check: served,
      rule: { wanted: { metric: METRIC, service: SERVICE }, text: RULE },
      withinMs: 5 * 60_000,
      wrongAnswers: [
        {
          name: "re-upgraded with the rules still commented",
          lines: ["make install-prometheus-adapter"],
          says: "has no such rule",
        },
        {
          name: "uncommented, but not re-upgraded",
          lines: [UNCOMMENT],
          says: "has no such rule",
        },
        {
          name: "the query without by (<<.GroupBy>>)",
          lines: [
            UNCOMMENT,
            `sed -i 's/ by (<<.GroupBy>>)//' ${VALUES}`,
            "make install-prometheus-adapter",
          ],
          says: "None of the results returned",
        },
        {
          name: "prometheus.url at nothing",
          lines: [
            UNCOMMENT,
            `sed -i 's#url: http://[a-z-]*#url: http://nowhere#' ${VALUES}`,
            "make install-prometheus-adapter",
          ],
          says: "unable to update list of all metrics",
        },
      ],
    },
    {
      kind: "run",
      id: "list",
      about: "api-service",
      lines: ['kubectl get --raw "/apis/custom.metrics.k8s.io/v1beta1" | jq .'],
      expect: {
        as: "json",
        output: JSON.stringify({
          kind: "APIResourceList",
          apiVersion: "v1",
          groupVersion: "custom.metrics.k8s.io/v1beta1",
          resources: [
            resource("jobs.batch", true),
            resource("namespaces", false),
            resource("pods", true),
            resource("services", true),
          ],
        }),
      },
      look: {
        at: {
          en: `the four resources of ${METRIC} in the list`,
          ko: `목록에 있는 ${METRIC}의 리소스 네 개`,
        },
        asks: [LIST],
        shows: ["jobs.batch", "namespaces", "pods", "services"].map((name) => `${name}/${METRIC}`),
      },
      check: served,
      withinMs: 2 * 60_000,
    },
    {
      kind: "run",
      id: "value",
      about: "api-service",
      lines: [`kubectl get --raw "${PATH}" | jq .`],
      expect: {
        as: "json",
        output: JSON.stringify({
          kind: "MetricValueList",
          apiVersion: "custom.metrics.k8s.io/v1beta1",
          metadata: {},
          items: [{
            describedObject: {
              kind: "Service",
              namespace: "default",
              name: "nginx-custom-metric",
              apiVersion: "/v1",
            },
            metricName: METRIC,
            timestamp: "<time>",
            value: "<number>",
            selector: null,
          }],
        }),
      },
      look: {
        at: {
          en: "the metric's value for the Service nginx-custom-metric",
          ko: "Service nginx-custom-metric의 메트릭 값",
        },
        asks: ["service", "services"].map((name) =>
          `${LIST}/namespaces/default/${name}/nginx-custom-metric/${METRIC}`
        ),
        shows: ["<number>"],
      },
      check: served,
      withinMs: 2 * 60_000,
    },
  ],
});
