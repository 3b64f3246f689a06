import { ADAPTER, VALUE } from "./_bases.ts";
import { adapter, type Failure, HAS_VALUE, list, PODS, PROMETHEUS, value } from "./_failure.ts";

const LISTED = list(/"services\/nginx_http_requests_total"/, { within: "5m" });
const ADAPTER_LOG = "kubectl logs deploy/prometheus-adapter";
const GOOD_ADAPTER = `${ADAPTER} -f values.yaml --wait`;

/** What the HPA controller may do. */
const HPA_ROLE = "system:controller:horizontal-pod-autoscaler";

/** What breaks in prometheus-adapter, or on the way to it. */
export const ADAPTER_FAILURES: readonly Failure[] = [
  {
    number: 1,
    symptom: 'the list of custom metrics is "resources":[]',
    cause: "the adapter cannot reach Prometheus",
    reported: "kubernetes-sigs/prometheus-adapter#154, #298",
    on: "app",
    break: adapter((values) => values.replace(/url: .*/, "url: http://nowhere.default.svc")),
    shows: [list(/"resources":\[\]/, { within: "1m" })],
    proof: [{
      line: ADAPTER_LOG,
      // Until the old pod is gone, its log is the one shown.
      within: "1m",
      shows: [
        /unable to update list of all metrics: unable to fetch metrics for query/,
        /no such host/,
      ],
    }],
    fix: [GOOD_ADAPTER],
    green: [LISTED, HAS_VALUE],
  },
  {
    number: 4,
    symptom: "the server could not find the metric X for pods",
    cause: "the series do not carry the label that the rule maps to pods",
    reported: "kubernetes-sigs/prometheus-adapter#112, #585",
    on: "app",
    break: adapter((values) => values.replace("pod: {resource: pod}", "pod_name: {resource: pod}")),
    shows: [
      LISTED,
      {
        line: `kubectl get --raw '${PODS}'`,
        shows:
          /^Error from server \(NotFound\): the server could not find the metric nginx_http_requests_total for pods$/m,
      },
    ],
    proof: [{
      line: `${PROMETHEUS}/series?match[]=nginx_http_requests_total'`,
      shows: /"pod":"nginx-custom-metric-/,
      lacks: /pod_name/,
    }],
    fix: [GOOD_ADAPTER],
    green: [{ line: `kubectl get --raw '${PODS}'`, shows: /"value":"\d+/, within: "5m" }],
  },
  {
    number: 5,
    symptom: "the APIService is False (FailedDiscoveryCheck)",
    cause: "the API server cannot reach the adapter",
    on: "app",
    break: [
      `kubectl patch svc prometheus-adapter --type=json -p '[{"op":"replace","path":"/spec/ports/0/targetPort","value":7443}]'`,
    ],
    shows: [
      {
        line: "kubectl get apiservice v1beta1.custom.metrics.k8s.io",
        shows: /False \(FailedDiscoveryCheck\)/,
        within: "2m",
      },
      {
        line: `kubectl get --raw ${VALUE}`,
        shows:
          /Error from server \(ServiceUnavailable\): the server is currently unable to handle the request/,
      },
    ],
    proof: [{
      line: "kubectl describe apiservice v1beta1.custom.metrics.k8s.io",
      shows:
        /Message: +failing or missing response from https:\/\/([\d.]+):443\/apis\/custom\.metrics\.k8s\.io\/v1beta1: Get "https:\/\/\1:443\S+": dial tcp \1:443: connect: connection refused/,
    }],
    fix: [
      `kubectl patch svc prometheus-adapter --type=json -p '[{"op":"replace","path":"/spec/ports/0/targetPort","value":"https"}]'`,
    ],
    green: [
      {
        line: "kubectl get apiservice v1beta1.custom.metrics.k8s.io",
        shows: /default\/prometheus-adapter +True/,
        within: "2m",
      },
      HAS_VALUE,
    ],
  },
  {
    number: 6,
    symptom: "the metric is in Prometheus, and not in the API",
    cause: "the chart's rules call x_total x",
    reported: "kubernetes-sigs/prometheus-adapter#237",
    on: "app",
    break: adapter((values) => values.replace(/rules:[^]*/, "")),
    shows: [
      list(/"services\/nginx_http_requests"/, {
        lacks: /nginx_http_requests_total/,
        within: "5m",
      }),
      value(
        /Error from server \(NotFound\): the server could not find the metric nginx_http_requests_total for services/,
      ),
    ],
    proof: [
      { line: `${PROMETHEUS}/query?query=nginx_http_requests_total'`, shows: /"result":\[\{/ },
      {
        line: "kubectl get cm prometheus-adapter -o jsonpath='{.data.config\\.yaml}'",
        shows: /matches: \^\(\.\*\)_total\$/,
      },
    ],
    fix: [GOOD_ADAPTER],
    green: [LISTED, HAS_VALUE],
  },
  {
    number: 7,
    symptom: "404 for one object, and a log of results that match no name",
    cause: "the metricsQuery drops the resource's label",
    reported: "kubernetes-sigs/prometheus-adapter#150",
    on: "app",
    break: adapter((values) => values.replace(" by (<<.GroupBy>>)", "")),
    shows: [
      LISTED,
      value(
        /the server could not find the metric nginx_http_requests_total for services nginx-custom-metric/,
      ),
      {
        line: ADAPTER_LOG,
        // Until the old pod is gone, its log is the one shown.
        within: "1m",
        shows:
          /None of the results returned by when fetching metric services\/nginx_http_requests_total\(namespaced\) for "default\/nginx-custom-metric" matched the resource name/,
      },
    ],
    proof: [{
      line:
        `${PROMETHEUS}/query?query=sum(nginx_http_requests_total{service="nginx-custom-metric"})'`,
      shows: /"result":\[\{"metric":\{\}/,
    }],
    fix: [GOOD_ADAPTER],
    green: [HAS_VALUE],
  },
  {
    number: 15,
    symptom: "an edited rule has no effect",
    cause: "the adapter reads its configuration once",
    reported: "kubernetes-sigs/prometheus-adapter#678",
    on: "app",
    break: [
      "kubectl get cm prometheus-adapter -o yaml | sed 's/as: nginx_http_requests_total/as: web_hits/' | kubectl replace -f -",
      { wait: "5m" },
    ],
    shows: [list(/services\/nginx_http_requests_total/, { lacks: /web_hits/ })],
    proof: [
      {
        line: "kubectl get cm prometheus-adapter -o jsonpath='{.data.config\\.yaml}'",
        shows: /as: web_hits/,
      },
      {
        line:
          "kubectl exec deploy/prometheus-adapter -- cat /etc/adapter/config.yaml || kubectl get pod -l app.kubernetes.io/name=prometheus-adapter",
        shows: /web_hits|prometheus-adapter-\S+ +1\/1 +Running +0 +[5-9]m/,
      },
    ],
    fix: [
      "kubectl rollout restart deploy/prometheus-adapter",
      "kubectl rollout status deploy/prometheus-adapter",
    ],
    green: [list(/services\/web_hits/, { within: "5m" })],
  },
  {
    number: 22,
    symptom: "every metric is gone, or frozen",
    cause: "one rule that fails ends every relist",
    reported: "kubernetes-sigs/prometheus-adapter#225",
    on: "app",
    break: adapter((values) =>
      `${values}    - seriesQuery: '{__name__=~"^broken(.*"}'\n      resources: {template: "<<.Resource>>"}\n      metricsQuery: 'sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)'\n`
    ),
    shows: [
      list(/"resources":\[\]/, { within: "1m" }),
      value(/could not find the metric nginx_http_requests_total for services/),
    ],
    proof: [{
      line: ADAPTER_LOG,
      // Until the old pod is gone, its log is the one shown.
      within: "1m",
      shows:
        /unable to update list of all metrics: unable to fetch metrics for query "\{__name__=~\\"\^broken\(\.\*\\"\}": bad_data: .*error parsing regexp: missing closing \)/,
    }],
    fix: [GOOD_ADAPTER],
    green: [LISTED, HAS_VALUE],
  },
  {
    number: 23,
    symptom: "500 unable to list matching resources; 403 forbidden",
    cause: "RBAC",
    on: "app",
    break: [
      "kubectl delete clusterrolebinding prometheus-adapter-resource-reader",
      `kubectl patch clusterrole ${HPA_ROLE} --type=json -p '[{"op":"remove","path":"/rules/5"}]'`,
    ],
    shows: [
      {
        line: "kubectl describe hpa nginx-custom-metric",
        shows:
          /FailedGetObjectMetric .*services\.custom\.metrics\.k8s\.io "nginx-custom-metric" is forbidden: User "system:serviceaccount:kube-system:horizontal-pod-autoscaler" cannot get resource "services\/nginx_http_requests_total" in API group "custom\.metrics\.k8s\.io" in the namespace "default"/,
        within: "1m",
      },
      {
        line: `kubectl get --raw '${PODS}'`,
        shows:
          /^Error from server \(InternalError\): Internal error occurred: unable to list matching resources$/m,
      },
      {
        line: `kubectl get --raw '${PODS}' --as=system:serviceaccount:default:default`,
        shows:
          /^Error from server \(Forbidden\): pods\.custom\.metrics\.k8s\.io "\*" is forbidden: User "system:serviceaccount:default:default" cannot get resource "pods\/nginx_http_requests_total" in API group "custom\.metrics\.k8s\.io" in the namespace "default"$/m,
      },
    ],
    proof: [
      {
        line: "kubectl auth can-i list pods --as=system:serviceaccount:default:prometheus-adapter",
        shows: /^no$/m,
      },
      {
        line: ADAPTER_LOG,
        // Until the old pod is gone, its log is the one shown.
        within: "1m",
        shows:
          /unable to list matching resource names: pods is forbidden: User "system:serviceaccount:default:prometheus-adapter" cannot list resource "pods" in API group "" in the namespace "default"/,
      },
    ],
    fix: [
      GOOD_ADAPTER,
      `kubectl patch clusterrole ${HPA_ROLE} --type=json -p '[{"op":"add","path":"/rules/5","value":{"apiGroups":["custom.metrics.k8s.io"],"resources":["*"],"verbs":["get","list"]}}]'`,
    ],
    green: [
      {
        line: "kubectl describe hpa nginx-custom-metric",
        shows: /ScalingActive +True +ValidMetricFound/,
        within: "2m",
      },
      {
        line: "kubectl auth can-i list pods --as=system:serviceaccount:default:prometheus-adapter",
        shows: /^yes$/m,
      },
      { line: `kubectl get --raw '${PODS}'`, shows: /"value":"\d+/, within: "5m" },
    ],
  },
];
