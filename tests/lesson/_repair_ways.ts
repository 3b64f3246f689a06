/** Right ways to mend a break, other than what its lesson shows; by lesson and break. */
export type RepairWays = Record<string, readonly string[]>;

const VALUES = "helm_values/prometheus-adapter.yaml";
const UPGRADE = "make install-prometheus-adapter";

const json = (what: string, op: string, path: string, value?: unknown) =>
  `kubectl patch ${what} --type=json -p '${JSON.stringify([{ op, path, value }])}'`;

/** Ways that go by an application's name, as its manifests do. */
function scraping(name: string): RepairWays {
  return {
    "monitor-label": [`kubectl label servicemonitor ${name} release=operator --overwrite`],
    "prometheus-selector": [`kubectl label servicemonitor ${name} release=prometheus --overwrite`],
    "monitor-port": [
      json(`servicemonitor ${name}`, "replace", "/spec/endpoints/0", { targetPort: 9113 }),
    ],
    "service-port-name": [
      json(`servicemonitor ${name}`, "replace", "/spec/endpoints/0/port", "metrics"),
    ],
    "service-target-port": [
      json(`service ${name}`, "replace", "/spec/ports/1/targetPort", "exporter"),
    ],
    "monitor-selector": [`kubectl label service ${name} app.kubernetes.io/name=${name}`],
    "monitor-namespace": [
      json(`servicemonitor ${name}`, "replace", "/spec/namespaceSelector", { any: true }),
    ],
    "service-selector": [json(`service ${name}`, "replace", "/spec/selector/app", name)],
    "container-port": [
      json(
        `deploy ${name}`,
        "replace",
        "/spec/template/spec/containers/0/readinessProbe/httpGet/port",
        8080,
      ),
      "clock +1m",
    ],
    "exporter-path": [
      json(
        `deploy ${name}`,
        "replace",
        "/spec/template/spec/containers/1/args/0",
        "-nginx.scrape-uri=http://localhost/status",
      ),
      "clock +1m",
    ],
  };
}

const HPA = "hpa nginx-custom-metric";
const HPA_FILE = "examples/01_nginx_custom_metrics/hpa.yaml";
const TRIGGER = "/spec/triggers/0";
const SO = "scaledobject nginx-keda-example";

export const REPAIR_WAYS: Record<string, RepairWays> = {
  "10-repair-the-chain": {
    "hpa-target": [json(HPA, "replace", "/spec/scaleTargetRef/name", "nginx-custom-metric")],
    "second-hpa": ["kubectl delete hpa nginx-custom-metric-old"],
    "hpa-object": [
      `sed 's/^          name: nginx$/          name: nginx-custom-metric/' ${HPA_FILE} | kubectl apply -f -`,
    ],
    "hpa-object-kind": [
      `kubectl get ${HPA} -o json | jq '.spec.metrics[0].object.describedObject.kind = "Service"' | kubectl replace -f -`,
    ],
    "hpa-metric": [
      `sed -i s/http_request_total/http_requests_total/ ${HPA_FILE} && kubectl replace -f ${HPA_FILE}`,
    ],
    "api-service": [
      json(
        "apiservice v1beta1.custom.metrics.k8s.io",
        "replace",
        "/spec/service/name",
        "prometheus-adapter",
      ),
    ],
    "adapter-port": [
      json("service prometheus-adapter", "replace", "/spec/ports/0/targetPort", 6443),
    ],
    "adapter-address": [
      `helm upgrade prometheus-adapter prometheus-community/prometheus-adapter -f ${VALUES} --set prometheus.url=http://prometheus-operated.default.svc`,
    ],
    "rule-name": [
      json(HPA, "replace", "/spec/metrics/0/object/metric/name", "nginx_http_requests"),
    ],
    "rule-filter": [`sed -i '/matches: /d' ${VALUES}`, UPGRADE],
    "rule-series": [`sed -i s/exported_namespace/namespace/ ${VALUES}; ${UPGRADE}`],
    "rule-resource": [`sed -i '/^          service:$/{N;d}' ${VALUES}`, UPGRADE],
    "rule-query": [
      `sed -i "s/metricsQuery: .*/metricsQuery: 'max(<<.Series>>{<<.LabelMatchers>>}) by (service)'/" ${VALUES}`,
      UPGRADE,
    ],
    ...scraping("nginx-custom-metric"),
  },
  "11-repair-with-keda": {
    "keda-paused": [`kubectl annotate ${SO} autoscaling.keda.sh/paused-`],
    "keda-target": [json(SO, "replace", "/spec/scaleTargetRef/name", "nginx-keda-example")],
    "external-api": [
      json("apiservice v1beta1.external.metrics.k8s.io", "replace", "/spec/service", {
        name: "keda-operator-metrics-apiserver",
        namespace: "keda",
        port: 443,
      }),
    ],
    "keda-authentication": [json(SO, "remove", `${TRIGGER}/authenticationRef`)],
    "keda-address": [
      json(
        SO,
        "replace",
        `${TRIGGER}/metadata/serverAddress`,
        "http://prometheus-operated.default.svc:9090",
      ),
    ],
    "keda-query": [
      json(
        SO,
        "replace",
        `${TRIGGER}/metadata/query`,
        "sum(rate(nginx_http_requests_total[2m]))",
      ),
    ],
    "keda-matcher": [
      json(
        SO,
        "replace",
        `${TRIGGER}/metadata/query`,
        'sum(nginx_http_requests_total{pod=~"nginx-keda-example-.+"})',
      ),
    ],
    "cpu-request": [
      json("deploy php-apache", "add", "/spec/template/spec/containers/0/resources", {
        requests: { cpu: "100m" },
      }),
    ],
    ...scraping("nginx-keda-example"),
  },
};

/** Lines that mend nothing, whatever is broken. */
export const MENDS_NOTHING: readonly (readonly string[])[] = [
  ["why"],
  ["kubectl rollout restart deploy"],
  ["clock +2m"],
];
