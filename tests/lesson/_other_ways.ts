const CUSTOM = "/apis/custom.metrics.k8s.io/v1beta1/namespaces/default";
const IN_SERVICE = { key: "service", operator: "In", values: ["nginx-custom-metric"] };

/** Right ways to do steps that are not their author's, by lesson and step: what it is, and its lines. */
export const OTHER_WAYS: Record<string, Record<string, [way: string, ...lines: string[]][]>> = {
  "17-recording-rules": {
    recorded: [
      ["from the objects", "kubectl get prometheusrules -o yaml | grep record:"],
      [
        "from the names of series",
        "curl -s http://127.0.0.1:30950/api/v1/label/__name__/values | jq -r '.data[]' | grep :",
      ],
    ],
    labels: [
      [
        "more labels, by last, the window in seconds",
        recording(
          "sum(rate(nginx_http_requests_total{service='nginx-custom-metric'}[120s])) by (pod,namespace,service)",
        ),
        "kubectl apply -f own.yaml",
      ],
      [
        "without, of any Service, beside another rule",
        recording(
          "sum without (container, endpoint, instance, job) (irate(nginx_http_requests_total[2m]))",
          "        - record: job:up:count\n          expr: count by (job) (up)",
        ),
        "kubectl apply -f own.yaml",
      ],
      [
        "increase over the window, divided by its seconds",
        recording("sum by (namespace, pod) (increase(nginx_http_requests_total[2m])) / 120"),
        "kubectl create -f own.yaml",
      ],
      [
        "in a namespace of its own",
        "kubectl create namespace rules",
        recording("sum by (namespace, pod) (rate(nginx_http_requests_total[2m]))"),
        "kubectl -n rules apply -f own.yaml",
      ],
    ],
    selected: [
      [
        "the label in the file",
        "sed -i 's/^metadata:/metadata:\\n  labels: {release: operator, team: web}/' recording.yaml",
        "kubectl apply -f recording.yaml",
      ],
      [
        "a Prometheus that takes all",
        "kubectl patch prometheus operator-kube-prometheus-s-prometheus --type json " +
        `-p '[{"op":"replace","path":"/spec/ruleSelector","value":{}}]'`,
      ],
      [
        "the same by the chart's values",
        "helm upgrade operator prometheus-community/kube-prometheus-stack -f helm_values/prometheus-operator.yaml " +
        "--set prometheus.prometheusSpec.ruleSelectorNilUsesHelmValues=false --wait",
      ],
    ],
    gone: [[
      "the object deleted",
      "kubectl delete prometheusrule nginx-rates",
      "clock +3m",
      "why hpa/nginx-custom-metric || true",
    ]],
    back: [[
      "a load in the cluster, and the HPA as JSON",
      "kubectl label prometheusrule nginx-rates release=operator",
      `kubectl run visitors --image=busybox:1.36 --restart=Never -- /bin/sh -c 'while sleep 0.015; do wget -q -O- http://nginx-custom-metric >/dev/null; done'`,
      "clock +6m",
      "kubectl get hpa -o json",
    ]],
  },
  "18-pods-object-external": {
    custom: [[
      "one after another, as JSON",
      `P=${CUSTOM}; kubectl get --raw "$P/pod/*/nginx_requests_per_second?labelSelector=app%3Dnginx-custom-metric"; ` +
      `kubectl get --raw $P/service/nginx-custom-metric/nginx_requests_per_second`,
    ]],
    external: [[
      "without a selector alone",
      "kubectl get --raw /apis/external.metrics.k8s.io/v1beta1/namespaces/default/nginx_requests_of_all | jq .",
    ]],
    object: [
      [
        "in thousandths, before the other",
        patch("add", "/spec/metrics/0", object({ type: "AverageValue", averageValue: "10000m" })),
      ],
      [
        "in the file",
        `echo '    - ${
          JSON.stringify(object({ type: "AverageValue", averageValue: 10 }))
        }' >> three.yaml`,
        "kubectl apply -f three.yaml",
      ],
    ],
    outside: [[
      "by expressions",
      patch(
        "add",
        "/spec/metrics/-",
        external({ matchExpressions: [{ key: "pod", operator: "Exists" }, IN_SERVICE] }),
      ),
    ]],
    lost: [[
      "by an expression, the visitors by their file",
      patch(
        "replace",
        "/spec/metrics/2/external/metric/selector",
        { matchExpressions: [{ key: "app", operator: "In", values: ["nginx-custom-metric"] }] },
      ),
      "kubectl delete -f visitors.yaml",
      "clock +6m",
      "kubectl get hpa nginx-custom-metric -o yaml",
    ]],
    down: [
      [
        "by an expression",
        patch("replace", "/spec/metrics/2", external({ matchExpressions: [IN_SERVICE] })),
      ],
      ["without the metric that is lost", patch("remove", "/spec/metrics/2")],
      [
        "by a file, with other bounds",
        "sed -i 's/maxReplicas: 10/maxReplicas: 6/' three.yaml",
        "kubectl replace -f three.yaml",
      ],
    ],
  },
};

/** A line that applies a manifest. */
const apply = (manifest: string) => `kubectl apply -f - <<'EOF'\n${manifest}\nEOF`;

/** Whole lessons that are done otherwise than by their authors: the lesson, by what, and lines for each step. */
export const WHOLE_WAYS: [lesson: string, by: string, lines: Record<string, string[]>][] = [
  [
    "19-capstone",
    "the app image, a PodMonitor, KEDA and visitors within the cluster",
    {
      app: [
        apply(`apiVersion: v1
kind: ConfigMap
metadata: {name: shop}
data:
  app.yaml: |
    routes: {/: "open\\n", /order: {status: 201, latency: 5ms, name: order}}
    metrics: {orders_total: {type: counter, on: /order}}`),
        "kubectl apply -f examples/04_own_metrics/deployment.yaml",
        "sed 's/^spec:/spec:\\n  type: NodePort/; s/targetPort: web/targetPort: web\\n      nodePort: 30951/' " +
        "examples/04_own_metrics/service.yaml | kubectl apply -f -",
      ],
      scraped: [apply(`apiVersion: monitoring.coreos.com/v1
kind: PodMonitor
metadata:
  name: pods-of-shop
  labels: {release: operator}
spec:
  selector: {matchLabels: {app: shop}}
  podMetricsEndpoints: [{port: web}]`)],
      read: [
        "make install-keda",
        apply(`apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata:
  name: orders
spec:
  scaleTargetRef: {name: shop}
  minReplicaCount: 1
  maxReplicaCount: 5
  triggers:
    - type: prometheus
      metadata:
        serverAddress: http://operator-kube-prometheus-s-prometheus.default.svc:9090
        query: sum(rate(orders_total[2m]))
        threshold: "10"`),
      ],
      up: [
        "kubectl create deployment visitors --image=busybox:1.36 --replicas=2 -- " +
        "/bin/sh -c 'while sleep 0.05; do wget -q -O- http://shop/order >/dev/null; done'",
        "clock +5m",
      ],
      down: ["kubectl delete deployment visitors", "clock +2m"],
    },
  ],
  [
    "19-capstone",
    "another image, a rule of the chart and an Object metric, whose visitors came too early",
    {
      app: [
        "kubectl create deployment shop --image=quay.io/brancz/prometheus-example-app:v0.5.0 --port=8080",
        apply(`apiVersion: v1
kind: Service
metadata:
  name: front
  labels: {tier: front}
spec:
  type: NodePort
  selector: {app: shop}
  ports: [{name: http, port: 8080, nodePort: 30951}]`),
      ],
      scraped: [
        "kubectl patch prometheus operator-kube-prometheus-s-prometheus --type json " +
        `-p '[{"op":"replace","path":"/spec/serviceMonitorSelector","value":{}}]'`,
        apply(`apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata: {name: front}
spec:
  selector: {matchLabels: {tier: front}}
  endpoints: [{targetPort: 8080}]`),
      ],
      read: [
        apply(`apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: by-requests}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: shop}
  maxReplicas: 5
  metrics:
    - type: Object
      object:
        describedObject: {apiVersion: v1, kind: Service, name: front}
        metric: {name: http_requests}
        target: {type: AverageValue, averageValue: 10}`),
        "load http://127.0.0.1:30951 --rps 40 --for 6m",
      ],
      up: ["kubectl get hpa"],
      down: ["clock +10m"],
    },
  ],
];

/** A line that writes a PrometheusRule of one's own with the name that is asked for. */
function recording(expr: string, more = ""): string {
  return `cat > own.yaml <<'EOF'
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: own
spec:
  groups:
    - name: own
      interval: 15s
      rules:
${more && `${more}\n`}        - record: namespace_pod:nginx_http_requests:rate2m
          expr: ${JSON.stringify(expr)}
EOF`;
}

/** A line that changes the HPA at a path. */
function patch(op: string, path: string, value?: object): string {
  const changes = JSON.stringify([{ op, path, ...(value ? { value } : {}) }]);
  return `kubectl patch hpa nginx-custom-metric --type json -p '${changes}'`;
}

function object(target: object) {
  const describedObject = { apiVersion: "v1", kind: "Service", name: "nginx-custom-metric" };
  const metric = { name: "nginx_requests_per_second" };
  return { type: "Object", object: { describedObject, metric, target } };
}

function external(selector: object) {
  const target = { type: "AverageValue", averageValue: "10" };
  const metric = { name: "nginx_requests_of_all", selector };
  return { type: "External", external: { metric, target } };
}
