import {
  defineLesson,
  deploymentAvailable,
  finding,
  query,
  scraped,
} from "../../lib/lesson/mod.ts";
import type { LabView } from "../../lib/lesson/mod.ts";

const EXAMPLE = "./examples/01_nginx_custom_metrics/";
const nginxAvailable = deploymentAvailable(
  "default",
  "nginx-custom-metric",
  `kubectl apply -f ${EXAMPLE}`,
);
const nginxScraped = scraped("default", "nginx-custom-metric", EXAMPLE);

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
    },
    {
      kind: "run",
      id: "apply",
      about: "container",
      lines: ["kubectl apply -f ./examples/01_nginx_custom_metrics/"],
      expect: {
        as: "text",
        output: [
          "configmap/nginx-custom-metrics <any>",
          "deployment.apps/nginx-custom-metric <any>",
          "horizontalpodautoscaler.autoscaling/nginx-custom-metric <any>",
          "service/nginx-custom-metric <any>",
          "servicemonitor.monitoring.coreos.com/nginx-custom-metric <any>",
        ].join("\n"),
      },
      check: nginxAvailable,
      withinMs: 3 * 60_000,
    },
    {
      kind: "run",
      id: "page",
      about: "service",
      lines: ["curl http://127.0.0.1:30951"],
      expect: { as: "text", output: "...\n<any>nginx<any>\n..." },
    },
    {
      kind: "run",
      id: "metrics-page",
      about: "exporter",
      lines: ["curl http://127.0.0.1:30952/metrics"],
      expect: { as: "text", output: "...\nnginx_http_requests_total <number>\n..." },
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
      check: nginxScraped,
      withinMs: 5 * 60_000,
    },
    {
      kind: "run",
      id: "break",
      about: "service-monitor",
      lines: ["kubectl -n default label servicemonitor nginx-custom-metric release-"],
      expect: {
        as: "text",
        output: "servicemonitor.monitoring.coreos.com/nginx-custom-metric unlabeled",
      },
      check: notScraped,
      withinMs: 5 * 60_000,
    },
    {
      kind: "task",
      id: "mend",
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
      withinMs: 60_000,
    },
  ],
});
