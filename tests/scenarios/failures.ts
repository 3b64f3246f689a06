import { type Act, type See } from "./_lab.ts";
import { ADAPTER, apply, type Base, METRICS, RULE_VALUES, VALUE, write } from "./_bases.ts";

/** One way in which autoscaling on custom metrics breaks for people. */
export interface Failure {
  number: number;
  /** What people see, in a few words. */
  symptom: string;
  cause: string;
  /** Where they reported it. */
  reported?: string;
  on: Base;
  break: Act[];
  /** The symptom, as kubectl shows it. */
  shows: See[];
  /** What proves the cause. */
  proof: See[];
  fix: Act[];
  green: See[];
}

const list = (shows?: See["shows"], rest: Partial<See> = {}): See => ({
  line: `kubectl get --raw ${METRICS}`,
  ...(shows ? { shows } : {}),
  ...rest,
});
const value = (shows: RegExp, within = "0s"): See => ({
  line: `kubectl get --raw ${VALUE}`,
  shows,
  within,
});
const HAS_VALUE = value(
  /"metricName":"nginx_http_requests_total","timestamp":"[^"]+","value":"\d+/,
  "8m",
);
const LISTED = list(/"services\/nginx_http_requests_total"/, { within: "5m" });
const ADAPTER_LOG = "kubectl logs deploy/prometheus-adapter";
const PROMETHEUS = "curl -sg 'http://127.0.0.1:30950/api/v1";
const PODS = `${METRICS}/namespaces/default/pods/*/nginx_http_requests_total`;

/** An upgrade of the adapter with changed values, and the time in which it reads them. */
const adapter = (change: (values: string) => string): Act[] => [
  write("changed.yaml", change(RULE_VALUES)),
  `${ADAPTER} -f changed.yaml --wait`,
];
const GOOD_ADAPTER = `${ADAPTER} -f values.yaml --wait`;

/** A second rule, whose value is 120 whatever happens. */
const STEADY =
  `${RULE_VALUES}    - seriesQuery: '{__name__="nginx_http_requests_total",namespace!=""}'
      resources: {template: "<<.Resource>>"}
      name: {as: steady_load}
      metricsQuery: 'sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>) * 0 + 120'
`;

const QUIET = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: quiet}
spec:
  selector: {matchLabels: {app: quiet}}
  template:
    metadata: {labels: {app: quiet}}
    spec:
      containers:
        - {name: nginx, image: "nginx:1.29"}
`;

const hpa = (name: string, target: string, metric: string, namespace = "default") => `
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: ${name}, namespace: ${namespace}}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: ${target}}
  minReplicas: 1
  maxReplicas: 3
  metrics: [${metric}]
`;
const SERVICE_METRIC =
  "{type: Object, object: {describedObject: {apiVersion: v1, kind: Service, name: nginx-custom-metric}, " +
  'metric: {name: nginx_http_requests_total}, target: {type: Value, value: "50"}}}';
const PODS_METRIC = "{type: Pods, pods: {metric: {name: nginx_http_requests_total}, " +
  'target: {type: AverageValue, averageValue: "50"}}}';

const SCALED_OBJECT = (name: string, query: string, more = "") => `
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: {name: ${name}}
spec:
  scaleTargetRef: {name: ${name}}
  minReplicaCount: 1
  maxReplicaCount: 5
  triggers:
    - type: prometheus
      ${more}
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

/** The catalogue, most frequent first. */
export const FAILURES: readonly Failure[] = [
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
      shows: [
        /unable to update list of all metrics: unable to fetch metrics for query/,
        /no such host/,
      ],
    }],
    fix: [GOOD_ADAPTER],
    green: [LISTED, HAS_VALUE],
  },
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
    number: 8,
    symptom: "the value exists, and the HPA says there is none",
    cause: "the HPA is in another namespace than the object",
    reported: "kubernetes-sigs/prometheus-adapter#186",
    on: "app",
    break: [
      "kubectl create namespace shop",
      "kubectl -n shop create deployment web --image=nginx:1.29",
      apply(hpa("web", "web", SERVICE_METRIC, "shop")),
    ],
    shows: [
      { line: "kubectl -n shop get hpa web", shows: /<unknown>\/50/, within: "1m" },
      {
        line: "kubectl -n shop describe hpa web",
        shows:
          /ScalingActive +False +FailedGetObjectMetric .*the server could not find the metric nginx_http_requests_total for services nginx-custom-metric/,
        within: "1m",
      },
    ],
    proof: [
      HAS_VALUE,
      {
        line: `kubectl get --raw ${VALUE.replace("/default/", "/shop/")}`,
        shows:
          /could not find the metric nginx_http_requests_total for services nginx-custom-metric/,
      },
    ],
    fix: [
      "kubectl -n shop delete hpa web",
      "kubectl delete hpa nginx-custom-metric",
      apply(hpa("nginx-custom-metric", "nginx-custom-metric", SERVICE_METRIC)),
    ],
    green: [{ line: "kubectl get hpa nginx-custom-metric", shows: /\s\d+\/50/, within: "2m" }],
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
    number: 10,
    symptom: "no metrics returned from custom metrics API",
    cause: "the rule is known, and these pods have no sample",
    on: "app",
    break: [apply(QUIET), apply(hpa("quiet", "quiet", PODS_METRIC))],
    shows: [{
      line: "kubectl describe hpa quiet",
      shows: /FailedGetPodsMetric .*no metrics returned from custom metrics API/,
      within: "2m",
    }],
    proof: [{
      line: `kubectl get --raw '${PODS}?labelSelector=app%3Dquiet'`,
      shows: /"items":\[\]/,
    }],
    fix: [
      "kubectl delete hpa quiet nginx-custom-metric",
      apply(hpa("busy", "nginx-custom-metric", PODS_METRIC)),
    ],
    green: [{
      line: "kubectl describe hpa busy",
      shows: /ScalingActive +True +ValidMetricFound/,
      within: "2m",
    }],
  },
  {
    number: 11,
    symptom: "<unknown>, and missing request for cpu",
    cause: "a container has no request",
    reported: "kubernetes/kubernetes#79365",
    on: "app",
    break: [
      apply(QUIET),
      apply(
        hpa(
          "quiet",
          "quiet",
          "{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 50}}}",
        ),
      ),
    ],
    shows: [
      { line: "kubectl get hpa quiet", shows: /cpu: <unknown>\/50%/, within: "2m" },
      {
        line: "kubectl describe hpa quiet",
        shows: /FailedGetResourceMetric .*missing request for cpu in container nginx of Pod quiet-/,
        within: "2m",
      },
    ],
    proof: [{
      line: "kubectl get deploy quiet -o jsonpath='{.spec.template.spec.containers[0].resources}'",
      shows: /^\{\}/,
    }],
    fix: ["kubectl set resources deployment quiet --requests=cpu=100m"],
    green: [{ line: "kubectl get hpa quiet", shows: /cpu: \d+%\/50%/, within: "5m" }],
  },
  {
    number: 12,
    symptom: "Metrics API not available",
    cause: "metrics-server cannot verify the kubelets' certificates",
    on: "app",
    // An upgrade would leave the old pod serving until the new one is ready.
    break: [
      "helm uninstall metrics-server",
      "helm install metrics-server metrics-server/metrics-server",
      { wait: "2m" },
    ],
    shows: [{
      line: "kubectl top nodes",
      shows: /^error: Metrics API not available/m,
      within: "5m",
    }],
    proof: [{
      line: "kubectl logs -l app.kubernetes.io/name=metrics-server --tail=-1",
      shows:
        /Failed to scrape node.*x509: cannot validate certificate for 172\.18\.0\.\d because it doesn't contain any IP SANs|x509: cannot validate certificate/,
    }],
    fix: ["make install-metrics-server"],
    green: [{ line: "kubectl top nodes", shows: /hpa-practice-worker +\d+m/, within: "5m" }],
  },
  {
    number: 13,
    symptom: "could not find the requested resource (get X.external.metrics.k8s.io)",
    cause: "nobody serves external metrics",
    on: "app",
    break: [
      "kubectl delete hpa nginx-custom-metric",
      apply(
        hpa(
          "outside",
          "nginx-custom-metric",
          '{type: External, external: {metric: {name: hits}, target: {type: Value, value: "50"}}}',
        ),
      ),
    ],
    shows: [{
      line: "kubectl describe hpa outside",
      shows:
        /FailedGetExternalMetric .*unable to fetch metrics from external metrics API: the server could not find the requested resource \(get hits\.external\.metrics\.k8s\.io\)/,
      within: "2m",
    }],
    proof: [{
      line: "kubectl get apiservices",
      shows: /custom\.metrics/,
      lacks: /external\.metrics/,
    }],
    fix: [
      write(
        "external.yaml",
        `${RULE_VALUES}  external:
    - seriesQuery: '{__name__="nginx_http_requests_total",namespace!=""}'
      resources: {overrides: {namespace: {resource: namespace}}}
      name: {as: hits}
      metricsQuery: 'sum(<<.Series>>{<<.LabelMatchers>>})'
`,
      ),
      `${ADAPTER} -f external.yaml --wait`,
    ],
    green: [
      {
        line: "kubectl get --raw /apis/external.metrics.k8s.io/v1beta1/namespaces/default/hits",
        shows: /"metricName":"hits"/,
        within: "5m",
      },
      {
        line: "kubectl describe hpa outside",
        shows: /ScalingActive +True +ValidMetricFound/,
        within: "2m",
      },
    ],
  },
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
    number: 16,
    symptom: "replicas run to the maximum",
    cause: "Value where AverageValue is meant: more pods do not change the value",
    reported: "kubernetes-sigs/prometheus-adapter#283",
    on: "app",
    break: [
      "kubectl delete hpa nginx-custom-metric",
      write("steady.yaml", STEADY),
      `${ADAPTER} -f steady.yaml --wait`,
      apply(
        hpa(
          "steady",
          "nginx-custom-metric",
          SERVICE_METRIC.replace("nginx_http_requests_total", "steady_load"),
        )
          .replace("maxReplicas: 3", "maxReplicas: 8"),
      ),
    ],
    shows: [
      { line: "kubectl get hpa steady", shows: /120\/50 +1 +8 +8/, within: "10m" },
      {
        line: "kubectl describe hpa steady",
        shows: /ScalingLimited +True +TooManyReplicas/,
        within: "1m",
      },
    ],
    proof: [{
      line: "kubectl describe hpa steady",
      shows: /"steady_load" on Service\/nginx-custom-metric \(target value\): +120 \/ 50/,
    }],
    fix: [
      `kubectl patch hpa steady --type=json -p '[{"op":"replace","path":"/spec/metrics/0/object/target","value":{"type":"AverageValue","averageValue":"50"}}]'`,
    ],
    green: [{ line: "kubectl get hpa steady", shows: /40\/50 \(avg\) +1 +8 +3 /, within: "15m" }],
  },
  {
    number: 17,
    symptom: "wrong averages, and no scaling down",
    cause: "two HPAs scale one workload",
    reported: "kubernetes/kubernetes#78761",
    on: "app",
    break: [apply(hpa("second", "nginx-custom-metric", PODS_METRIC))],
    shows: [{
      line: "kubectl describe hpa second",
      shows:
        /ScalingActive +False +AmbiguousSelector +pods by selector app=nginx-custom-metric are controlled by multiple HPAs: \[default\/nginx-custom-metric default\/second\]/,
      within: "2m",
    }],
    proof: [{
      line: "kubectl get hpa",
      shows: [
        /nginx-custom-metric +Deployment\/nginx-custom-metric/,
        /second +Deployment\/nginx-custom-metric/,
      ],
    }],
    fix: ["kubectl delete hpa second"],
    green: [{
      line: "kubectl describe hpa nginx-custom-metric",
      shows: /ScalingActive +True +ValidMetricFound/,
      within: "2m",
    }],
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
      write("scaledobject.yaml", SCALED_OBJECT("quiet", "count(up)")),
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
      shows:
        /unable to update list of all metrics: unable to fetch metrics for query "\{__name__=~\\"\^broken\(\.\*\\"\}": bad_data: .*error parsing regexp: missing closing \)/,
      within: "2m",
    }],
    fix: [GOOD_ADAPTER],
    green: [LISTED, HAS_VALUE],
  },
  {
    number: 23,
    symptom: "500 unable to list matching resources; 403 forbidden",
    cause: "RBAC",
    on: "app",
    break: ["kubectl delete clusterrolebinding prometheus-adapter-resource-reader"],
    shows: [
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
        shows:
          /unable to list matching resource names: pods is forbidden: User "system:serviceaccount:default:prometheus-adapter" cannot list resource "pods" in API group "" in the namespace "default"/,
      },
    ],
    fix: [GOOD_ADAPTER],
    green: [
      {
        line: "kubectl auth can-i list pods --as=system:serviceaccount:default:prometheus-adapter",
        shows: /^yes$/m,
      },
      { line: `kubectl get --raw '${PODS}'`, shows: /"value":"\d+/, within: "5m" },
    ],
  },
  {
    number: 24,
    symptom: "replicas flap",
    cause: "a GitOps tool applies spec.replicas again and again",
    on: "app",
    break: [
      { wait: "12m" },
      { line: "kubectl get hpa nginx-custom-metric", shows: / 3 +\d/ },
      write(
        "repository.yaml",
        `apiVersion: apps/v1
kind: Deployment
metadata: {name: nginx-custom-metric}
spec: {replicas: 1}
`,
      ),
      "kubectl apply --server-side --force-conflicts --field-manager=argocd-controller -f repository.yaml",
    ],
    shows: [
      {
        line: "kubectl get deploy nginx-custom-metric -o jsonpath='{.spec.replicas}'",
        shows: /^1/,
      },
      {
        line: "kubectl get deploy nginx-custom-metric -o jsonpath='{.spec.replicas}'",
        shows: /^[23]/,
        within: "2m",
      },
      {
        line:
          "kubectl apply --server-side --force-conflicts --field-manager=argocd-controller -f repository.yaml && kubectl get deploy nginx-custom-metric -o jsonpath='{.spec.replicas}'",
        shows: /1$/,
      },
      {
        line: "kubectl get deploy nginx-custom-metric -o jsonpath='{.spec.replicas}'",
        shows: /^[23]/,
        within: "2m",
      },
      {
        line:
          "kubectl get events --field-selector reason=ScalingReplicaSet,involvedObject.name=nginx-custom-metric",
        shows: [
          /Scaled down replica set \S+ from [23] to 1/,
          /Scaled up replica set \S+ from 1 to [23]/,
        ],
      },
    ],
    proof: [{
      line:
        `kubectl apply --server-side --force-conflicts --field-manager=argocd-controller -f repository.yaml && kubectl get deploy nginx-custom-metric -o json --show-managed-fields | jq -c '.metadata.managedFields[] | {manager, replicas: .fieldsV1."f:spec"."f:replicas"}'`,
      shows: /\{"manager":"argocd-controller","replicas":\{\}\}/,
    }],
    fix: [
      write(
        "repository.yaml",
        `apiVersion: apps/v1
kind: Deployment
metadata: {name: nginx-custom-metric}
`,
      ),
      "kubectl apply --server-side --force-conflicts --field-manager=argocd-controller -f repository.yaml",
    ],
    green: [
      {
        line:
          "kubectl apply --server-side --force-conflicts --field-manager=argocd-controller -f repository.yaml && kubectl get deploy nginx-custom-metric -o jsonpath='{.spec.replicas}'",
        shows: /[23]$/,
        within: "2m",
      },
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
