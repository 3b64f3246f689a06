import { customMetricServed, defineLesson } from "../../lib/lesson/mod.ts";

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
const PATH =
  "/apis/custom.metrics.k8s.io/v1beta1/namespaces/default/service/nginx-custom-metric/nginx_http_requests_total";

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
      check: served,
      withinMs: 2 * 60_000,
    },
  ],
});
