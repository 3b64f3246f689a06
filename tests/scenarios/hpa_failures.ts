import { ADAPTER, apply, RULE_VALUES, VALUE, write } from "./_bases.ts";
import { type Failure, HAS_VALUE, hpa, PODS, QUIET } from "./_failure.ts";

/** A second rule, whose value is 120 whatever happens. */
const STEADY =
  `${RULE_VALUES}    - seriesQuery: '{__name__="nginx_http_requests_total",namespace!=""}'
      resources: {template: "<<.Resource>>"}
      name: {as: steady_load}
      metricsQuery: 'sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>) * 0 + 120'
`;

const SERVICE_METRIC =
  "{type: Object, object: {describedObject: {apiVersion: v1, kind: Service, name: nginx-custom-metric}, " +
  'metric: {name: nginx_http_requests_total}, target: {type: Value, value: "50"}}}';
const PODS_METRIC = "{type: Pods, pods: {metric: {name: nginx_http_requests_total}, " +
  'target: {type: AverageValue, averageValue: "50"}}}';

/** What breaks in what an HPA is asked to do. */
export const HPA_FAILURES: readonly Failure[] = [
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
    number: 24,
    symptom: "replicas flap",
    cause: "a GitOps tool applies spec.replicas again and again",
    on: "app",
    break: [
      { wait: "12m" },
      { line: "kubectl get hpa nginx-custom-metric", shows: / 3 +\d/ },
      "cp examples/01_nginx_custom_metrics/deployment.yaml repository.yaml",
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
      "sed -i '/replicas:/d' repository.yaml",
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
];
