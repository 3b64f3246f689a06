import { ADAPTER, RULE_VALUES, write } from "./_bases.ts";
import { type Failure, HAS_VALUE, list, PROMETHEUS, value } from "./_failure.ts";
import type { See } from "./_lab.ts";

/** What breaks on the way from the pod to Prometheus. */
export const SCRAPING_FAILURES: readonly Failure[] = [
  {
    number: 2,
    symptom: "a ServiceMonitor exists, and Prometheus has no scrape job for it",
    cause: "the operator selects ServiceMonitors by the label release",
    reported: "prometheus-community/helm-charts#1631",
    on: "app",
    break: ["kubectl label servicemonitor nginx-custom-metric release-", { wait: "1m" }],
    shows: [
      { line: "kubectl get servicemonitor nginx-custom-metric", shows: /nginx-custom-metric/ },
      {
        line: `${PROMETHEUS}/status/config'`,
        shows: /job_name: serviceMonitor\/default\/operator-/,
        lacks: /nginx-custom-metric/,
        within: "3m",
      },
      value(/could not find the metric nginx_http_requests_total for services/, "8m"),
    ],
    proof: [{
      line:
        "kubectl get prometheus operator-kube-prometheus-s-prometheus -o jsonpath='{.spec.serviceMonitorSelector}'",
      shows: /^\{"matchLabels":\{"release":"operator"\}\}/,
    }],
    fix: ["kubectl label servicemonitor nginx-custom-metric release=operator"],
    green: [HAS_VALUE],
  },
  {
    number: 3,
    symptom: "the scrape job exists, and has 0 targets",
    cause: "the ServiceMonitor's port is the Service port's name",
    on: "app",
    break: [
      `kubectl patch servicemonitor nginx-custom-metric --type=json -p '[{"op":"replace","path":"/spec/endpoints/0/port","value":"metrics"}]'`,
    ],
    shows: [
      {
        line: `${PROMETHEUS}/status/config'`,
        shows: /serviceMonitor\/default\/nginx-custom-metric\/0/,
      },
      {
        line: `${PROMETHEUS}/targets?state=active'`,
        shows: /"activeTargets":\[\{/,
        lacks: /serviceMonitor\/default\/nginx-custom-metric\/0/,
        within: "3m",
      },
    ],
    proof: [
      {
        line: "kubectl get svc nginx-custom-metric -o jsonpath='{.spec.ports[*].name}'",
        shows: /^nginx exporter/,
      },
      {
        line:
          `${PROMETHEUS}/targets?state=dropped' | jq -c '.data.droppedTargets[].discoveredLabels | select(.job == "serviceMonitor/default/nginx-custom-metric/0")'`,
        shows: /"__meta_kubernetes_endpoint(?:slice)?_port_name":"exporter"/,
      },
    ],
    fix: [
      `kubectl patch servicemonitor nginx-custom-metric --type=json -p '[{"op":"replace","path":"/spec/endpoints/0/port","value":"exporter"}]'`,
    ],
    green: [
      {
        line: `${PROMETHEUS}/targets?state=active'`,
        shows: /nginx-custom-metric\/0/,
        within: "3m",
      },
      HAS_VALUE,
    ],
  },
  {
    number: 9,
    symptom: "metrics appear and vanish",
    cause: "the adapter looks back less far than a scrape interval",
    reported: "kubernetes-sigs/prometheus-adapter#325",
    on: "app",
    break: [
      `kubectl patch servicemonitor nginx-custom-metric --type=json -p '[{"op":"add","path":"/spec/endpoints/0/interval","value":"4m"}]'`,
    ],
    shows: [
      list(undefined, { lacks: /services\/nginx_http_requests_total/, within: "8m" }),
      list(/services\/nginx_http_requests_total/, { within: "8m" }),
      list(undefined, { lacks: /services\/nginx_http_requests_total/, within: "8m" }),
    ],
    proof: [
      {
        line:
          "kubectl get servicemonitor nginx-custom-metric -o jsonpath='{.spec.endpoints[0].interval}'",
        shows: /^4m/,
      },
      {
        line:
          "kubectl get deploy prometheus-adapter -o jsonpath='{.spec.template.spec.containers[0].args}'",
        shows: /--metrics-relist-interval=1m/,
        lacks: /max-age/,
      },
    ],
    fix: [
      write("wide.yaml", `${RULE_VALUES}extraArguments:\n  - --metrics-max-age=10m\n`),
      `${ADAPTER} -f wide.yaml --wait`,
    ],
    green: [
      list(/services\/nginx_http_requests_total/, { within: "8m" }),
      ...["2m", "2m", "2m"].map((): See => list(/services\/nginx_http_requests_total/)),
    ],
  },
  {
    number: 25,
    symptom: "no nginx_* series",
    cause: "the exporter asks for stub_status under a wrong path",
    on: "app",
    break: [
      `kubectl patch deploy nginx-custom-metric --type=json -p '[{"op":"replace","path":"/spec/template/spec/containers/1/args/0","value":"-nginx.scrape-uri=http://localhost/status"}]'`,
      "kubectl rollout status deploy/nginx-custom-metric",
      { wait: "1m" },
    ],
    shows: [
      {
        line: "curl -s http://127.0.0.1:30952/metrics",
        shows: /^nginx_up 0$/m,
        lacks: /^nginx_http_requests_total/m,
      },
      value(/could not find the metric nginx_http_requests_total for services/, "8m"),
    ],
    proof: [
      { line: "curl -s http://127.0.0.1:30951/status", shows: /404 Not Found/ },
      { line: "curl -s http://127.0.0.1:30951/metrics", shows: /Active connections/ },
    ],
    fix: [
      `kubectl patch deploy nginx-custom-metric --type=json -p '[{"op":"replace","path":"/spec/template/spec/containers/1/args/0","value":"-nginx.scrape-uri=http://localhost/metrics"}]'`,
      "kubectl rollout status deploy/nginx-custom-metric",
    ],
    green: [HAS_VALUE],
  },
];
