import {
  applied,
  conditionIs,
  defineLesson,
  deploymentAvailable,
  finding,
  firstOf,
  query,
  scraped,
  visited,
} from "../../lib/lesson/mod.ts";
import type { LabView } from "../../lib/lesson/mod.ts";

const EXAMPLE = "./examples/01_nginx_custom_metrics/";
const nginxAvailable = deploymentAvailable(
  "default",
  "nginx-custom-metric",
  `kubectl apply -f ${EXAMPLE}`,
);
const nginxScraped = scraped("default", "nginx-custom-metric", EXAMPLE);

const NAMED = [
  ["configmaps", "nginx-custom-metrics"],
  ["deployments.apps", "nginx-custom-metric"],
  ["services", "nginx-custom-metric"],
  ["servicemonitors.monitoring.coreos.com", "nginx-custom-metric"],
  ["horizontalpodautoscalers.autoscaling", "nginx-custom-metric"],
] as const;
const PAGE = "http://127.0.0.1:30951";
/** Two minutes of a visit a second, and not the last of them. */
const VISITS = 100;

/** The ServiceMonitor is there, and the operator does not look at it. */
async function notSelected(view: LabView) {
  const monitor = await view.get(
    "servicemonitors.monitoring.coreos.com",
    "default",
    "nginx-custom-metric",
  );
  const release = monitor?.metadata.labels?.release;
  if (monitor && release !== "operator") return [];
  return [finding(
    [
      "the ServiceMonitor nginx-custom-metric, without the label release: operator",
      monitor ? "it carries the label" : "there is no such ServiceMonitor",
      "the object is to stay, and to be overlooked for want of a label",
      monitor
        ? "take it off: kubectl -n default label servicemonitor nginx-custom-metric release-"
        : `apply it again: kubectl apply -f ${EXAMPLE}`,
    ],
    [
      "레이블 release: operator가 없는 ServiceMonitor nginx-custom-metric",
      monitor ? "레이블이 있습니다" : "그런 ServiceMonitor가 없습니다",
      "오브젝트는 그대로 있고, 레이블이 없어서 지나쳐져야 합니다",
      monitor
        ? "떼어 내세요: kubectl -n default label servicemonitor nginx-custom-metric release-"
        : `다시 적용하세요: kubectl apply -f ${EXAMPLE}`,
    ],
  )];
}

async function notScraped(view: LabView) {
  const up = await query(view, 'up{job="nginx-custom-metric"}');
  if (up?.length === 0) return [];
  return [finding(
    [
      "no target for the job nginx-custom-metric",
      up ? `${up.length} target still scraped` : "Prometheus does not answer",
      "the operator rewrites the configuration when a ServiceMonitor changes, and Prometheus reloads it a little later",
      "give it a minute: clock +1m",
    ],
    [
      "작업 nginx-custom-metric에 대상이 없음",
      up ? `아직 ${up.length}개 대상을 수집 중` : "Prometheus가 응답하지 않음",
      "ServiceMonitor가 바뀌면 operator가 설정을 다시 쓰고, 조금 뒤에 Prometheus가 다시 읽습니다",
      "1분 기다리세요: clock +1m",
    ],
    { waits: up !== undefined },
  )];
}

export default defineLesson({
  id: "05-nginx",
  title: { en: "nginx, its exporter, and three pages", ko: "nginx와 exporter, 그리고 세 페이지" },
  minutes: 15,
  requires: [
    "01-cluster",
    "02-asking-too-early",
    "03-prometheus-adapter",
    "04-prometheus-operator",
  ],
  steps: [
    {
      kind: "run",
      id: "look",
      lines: ["ls ./examples/01_nginx_custom_metrics"],
      expect: {
        as: "text",
        output: "configmap.yaml\ndeployment.yaml\nhpa.yaml\nservice.yaml\nservicemonitor.yaml",
      },
      look: {
        at: { en: "the five files of the example", ko: "예제의 파일 다섯 개" },
        asks: [],
        shows: [
          "configmap.yaml",
          "deployment.yaml",
          "hpa.yaml",
          "service.yaml",
          "servicemonitor.yaml",
        ],
      },
    },
    {
      kind: "run",
      id: "apply",
      about: "container",
      lines: ["kubectl apply -f ./examples/01_nginx_custom_metrics/"],
      check: firstOf(applied(NAMED, `kubectl apply -f ${EXAMPLE}`), nginxAvailable),
      withinMs: 3 * 60_000,
    },
    {
      kind: "run",
      id: "page",
      about: "service",
      lines: [`curl ${PAGE}`],
      check: visited("nginx-custom-metric", { times: 1, url: PAGE }),
    },
    {
      kind: "run",
      id: "metrics-page",
      about: "exporter",
      lines: ["curl http://127.0.0.1:30952/metrics"],
      expect: { as: "text", output: "...\nnginx_http_requests_total <number>\n..." },
      look: {
        at: {
          en: "nginx_http_requests_total on the exporter's page",
          ko: "exporter 페이지의 nginx_http_requests_total",
        },
        asks: [":30952"],
        shows: ["nginx_http_requests_total"],
        names: ["nginx_http_requests_total"],
      },
    },
    {
      kind: "run",
      id: "traffic",
      about: "container",
      lines: [
        "load http://127.0.0.1:30951 --rps 1 --for 2m",
        "curl -s http://127.0.0.1:30952/metrics | grep ^nginx_http_requests_total",
      ],
      expect: { as: "text", output: "nginx_http_requests_total <121..100000>" },
      look: {
        at: { en: "the counter after the visits", ko: "방문 뒤의 카운터" },
        asks: [":30952", ":30950/api/v1/<any>nginx_http_requests_total"],
        shows: ["<100..1000000>"],
      },
      check: visited("nginx-custom-metric", { times: VISITS, url: PAGE }),
    },
    {
      kind: "run",
      id: "in-prometheus",
      about: "prometheus",
      lines: [
        "curl -s 'http://127.0.0.1:30950/api/v1/query?query=nginx_http_requests_total' | jq .",
      ],
      expect: {
        as: "json",
        output: JSON.stringify({
          status: "success",
          data: {
            resultType: "vector",
            result: [{
              metric: {
                __name__: "nginx_http_requests_total",
                namespace: "default",
                pod: "nginx-custom-metric-<hash>-<hash>",
                service: "nginx-custom-metric",
                job: "nginx-custom-metric",
              },
            }],
          },
        }),
      },
      look: {
        at: {
          en: "what Prometheus has of nginx_http_requests_total",
          ko: "Prometheus에 있는 nginx_http_requests_total",
        },
        asks: [":30950/api/v1/<any>nginx_http_requests_total"],
        shows: [["nginx-custom-metric", "nginx-custom-metric-<any>", "<1..1000000>"]],
      },
      check: nginxScraped,
      withinMs: 5 * 60_000,
    },
    {
      kind: "run",
      id: "break",
      about: "service-monitor",
      lines: ["kubectl -n default label servicemonitor nginx-custom-metric release-"],
      check: firstOf(notSelected, notScraped),
      withinMs: 5 * 60_000,
    },
    {
      kind: "task",
      id: "mend",
      after: "break",
      about: "service-monitor",
      solution: ["kubectl -n default label servicemonitor nginx-custom-metric release=operator"],
      check: nginxScraped,
      withinMs: 5 * 60_000,
      wrongAnswers: [
        {
          name: "the label of another release",
          lines: ["kubectl -n default label servicemonitor nginx-custom-metric release=prometheus"],
          says: "selects ServiceMonitors by that label",
        },
        {
          name: "the right label, and a port name that no Service has",
          lines: [
            "kubectl -n default label servicemonitor nginx-custom-metric release=operator",
            "sed -i 's/port: exporter/port: metrics/' examples/01_nginx_custom_metrics/servicemonitor.yaml",
            "kubectl apply -f ./examples/01_nginx_custom_metrics/servicemonitor.yaml",
          ],
          says: 'a Service port named "metrics"',
        },
        {
          name: "a selector that fits no Service",
          lines: [
            `kubectl -n default patch servicemonitor nginx-custom-metric --type merge -p '{"metadata":{"labels":{"release":"operator"}},"spec":{"selector":{"matchLabels":{"app":"nginx"}}}}'`,
          ],
          says: "no Service matches",
        },
      ],
    },
    {
      kind: "run",
      id: "hpa-waits",
      about: "hpa",
      lines: ["kubectl -n default get hpa nginx-custom-metric"],
      expect: {
        as: "table",
        output: [
          "NAME                  REFERENCE                        TARGETS        MINPODS   MAXPODS   REPLICAS   AGE",
          "nginx-custom-metric   Deployment/nginx-custom-metric   <unknown>/50   1         3         1          <age>",
        ].join("\n"),
      },
      look: {
        at: { en: "what the HPA knows of its metric", ko: "HPA가 자기 메트릭에 대해 아는 것" },
        asks: ["horizontalpodautoscalers.autoscaling"],
        shows: ["nginx-custom-metric", ["<unknown>", "FailedGetObjectMetric"]],
      },
      check: conditionIs(["horizontalpodautoscalers.autoscaling", "nginx-custom-metric"], {
        type: "ScalingActive",
        status: "False",
      }),
      withinMs: 60_000,
    },
  ],
});
