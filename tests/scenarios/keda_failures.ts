import { apply, RULE_VALUES, write } from "./_bases.ts";
import { type Failure, hpa, PROMETHEUS, QUIET } from "./_failure.ts";
import type { See } from "./_lab.ts";

const scaledObject = (name: string, query: string) => `
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: {name: ${name}}
spec:
  scaleTargetRef: {name: ${name}}
  minReplicaCount: 1
  maxReplicaCount: 5
  triggers:
    - type: prometheus
      metadata:
        serverAddress: http://operator-kube-prometheus-s-prometheus.default.svc:9090
        query: ${query}
        threshold: "50"
`;
const trigger = (path: string, value: string) =>
  `kubectl patch scaledobject nginx-keda-example --type=json -p '[{"op":"add","path":"/spec/triggers/0/${path}","value":"${value}"}]'`;
const KEDA_LOG = "kubectl -n keda logs deploy/keda-operator";
const KEDA_HPA = "kubectl get hpa keda-hpa-nginx-keda-example";
const KEDA_READS: See = { line: KEDA_HPA, shows: /\s[1-9]\d*\/50 /, within: "8m" };

/** What breaks with KEDA. */
export const KEDA_FAILURES: readonly Failure[] = [
  {
    number: 14,
    symptom: 'APIService "v1beta1.external.metrics.k8s.io" exists',
    cause: "KEDA and the adapter both want it",
    reported: "kedacore/keda#470",
    on: "keda",
    break: [
      write(
        "external.yaml",
        `${RULE_VALUES}  external:
    - seriesQuery: nginx_http_requests_total
      metricsQuery: 'sum(<<.Series>>{<<.LabelMatchers>>})'
`,
      ),
      "helm repo add prometheus-community https://prometheus-community.github.io/helm-charts",
    ],
    shows: [{
      line:
        "helm install prometheus-adapter prometheus-community/prometheus-adapter -f external.yaml",
      shows:
        /APIService "v1beta1\.external\.metrics\.k8s\.io" in namespace "" exists and cannot be imported into the current release: invalid ownership metadata/,
    }],
    proof: [{
      line: "kubectl get apiservice v1beta1.external.metrics.k8s.io -o jsonpath='{.spec.service}'",
      shows: /"name":"keda-operator-metrics-apiserver","namespace":"keda"/,
    }],
    fix: [
      write("custom.yaml", RULE_VALUES),
      "helm upgrade --install prometheus-adapter prometheus-community/prometheus-adapter -f custom.yaml --wait",
    ],
    green: [
      {
        line: "kubectl get apiservices",
        shows: [
          /v1beta1\.custom\.metrics\.k8s\.io +default\/prometheus-adapter +True/,
          /v1beta1\.external\.metrics\.k8s\.io +keda\/keda-operator-metrics-apiserver +True/,
        ],
        within: "2m",
      },
      KEDA_READS,
    ],
  },
  {
    number: 18,
    symptom: "KEDA drops to the minimum while Prometheus has nothing",
    cause: "an empty result counts as 0",
    reported: "kedacore/keda#3064",
    on: "keda",
    break: [
      { line: KEDA_HPA, shows: / 5 +\d/, within: "20m" },
      "kubectl label servicemonitor nginx-keda-example release-",
    ],
    shows: [{ line: KEDA_HPA, shows: / 0\/50 +1 +5 +1 /, within: "20m" }],
    proof: [{
      line: `${PROMETHEUS}/query?query=sum(nginx_http_requests_total{pod=~"nginx-.*"})'`,
      shows: /"result":\[\]/,
    }],
    fix: [
      trigger("metadata/ignoreNullValues", "false"),
      {
        line: "kubectl get scaledobject nginx-keda-example",
        shows: /nginx-keda-example +1 +5 +False/,
        within: "2m",
      },
      "kubectl label servicemonitor nginx-keda-example release=operator",
    ],
    green: [
      KEDA_READS,
      {
        line: "kubectl get scaledobject nginx-keda-example",
        shows: /1 +5 +True +True/,
        within: "2m",
      },
    ],
  },
  {
    number: 19,
    symptom: "KEDA: returned multiple elements",
    cause: "the query is not aggregated",
    on: "keda",
    break: [trigger("metadata/query", "up")],
    shows: [
      { line: KEDA_LOG, shows: /prometheus query up returned multiple elements/, within: "2m" },
      { line: KEDA_HPA, shows: /<unknown>\/50/, within: "2m" },
    ],
    proof: [{
      line: `${PROMETHEUS}/query?query=count(up)'`,
      shows: /"value":\[[\d.]+,"(?:[2-9]|\d\d+)"\]/,
    }],
    fix: [trigger("metadata/query", 'sum(nginx_http_requests_total{pod=~\\"nginx-.*\\"})')],
    green: [KEDA_READS],
  },
  {
    number: 20,
    symptom: "KEDA: <unknown>/N (avg), KEDAScalerFailed",
    cause: "a wrong serverAddress",
    on: "keda",
    break: [
      trigger("metricType", "AverageValue"),
      trigger("metadata/serverAddress", "http://nowhere.default.svc:9090"),
    ],
    shows: [
      { line: KEDA_HPA, shows: /<unknown>\/50 \(avg\)/, within: "2m" },
      {
        line: "kubectl get events --field-selector reason=KEDAScalerFailed",
        shows: /KEDAScalerFailed/,
        within: "2m",
      },
    ],
    proof: [{ line: KEDA_LOG, shows: /lookup nowhere\.default\.svc.*no such host/, within: "2m" }],
    fix: [
      trigger(
        "metadata/serverAddress",
        "http://operator-kube-prometheus-s-prometheus.default.svc:9090",
      ),
    ],
    green: [{ line: KEDA_HPA, shows: /\s\d+(?:m)?\/50 \(avg\)/, within: "5m" }],
  },
  {
    number: 21,
    symptom: "KEDA: the workload is already managed by the hpa",
    cause: "an HPA exists already",
    on: "keda",
    break: [
      apply(QUIET),
      apply(
        hpa(
          "mine",
          "quiet",
          "{type: Resource, resource: {name: memory, target: {type: Utilization, averageUtilization: 50}}}",
        ),
      ),
      write("scaledobject.yaml", scaledObject("quiet", "count(up)")),
    ],
    shows: [{
      line: "kubectl apply -f scaledobject.yaml",
      shows:
        /admission webhook "vscaledobject\.kb\.io" denied the request: the workload 'quiet' of type 'apps\/v1\.Deployment' is already managed by the hpa 'mine'/,
    }],
    proof: [{ line: "kubectl get hpa,so", shows: /\/mine +Deployment\/quiet/ }],
    fix: ["kubectl delete hpa mine", "kubectl apply -f scaledobject.yaml"],
    green: [{ line: "kubectl get scaledobject quiet", shows: /1 +5 +True +True/, within: "2m" }],
  },
];
