import {
  adapterReachesPrometheus,
  defineLesson,
  deploymentAvailable,
  firstOf,
  prometheusAnswers,
} from "../../lib/lesson/mod.ts";

const VALUES = "helm_values/prometheus-adapter.yaml";
const URL = "http://operator-kube-prometheus-s-prometheus.default.svc";

export default defineLesson({
  id: "04-prometheus-operator",
  title: { en: "prometheus-operator: the list fills", ko: "prometheus-operator: 목록이 채워진다" },
  minutes: 12,
  requires: ["01-cluster", "02-asking-too-early", "03-prometheus-adapter"],
  steps: [
    {
      kind: "run",
      id: "install",
      about: "prometheus",
      lines: ["make install-prometheus-operator"],
      check: firstOf(
        deploymentAvailable(
          "default",
          "operator-kube-prometheus-s-operator",
          "make install-prometheus-operator",
        ),
        prometheusAnswers,
      ),
      withinMs: 10 * 60_000,
    },
    {
      kind: "run",
      id: "pods",
      about: "prometheus",
      lines: ['kubectl -n default get pod -l "release=operator"'],
      expect: {
        as: "table",
        output: [
          "NAME                                               READY   STATUS    RESTARTS   AGE",
          "operator-kube-prometheus-s-operator-<hash>-<hash>  1/1     Running   <any>      <age>",
          "operator-kube-state-metrics-<hash>-<hash>          1/1     Running   <any>      <age>",
          "operator-prometheus-node-exporter-<hash>           1/1     Running   <any>      <age>",
          "operator-prometheus-node-exporter-<hash>           1/1     Running   <any>      <age>",
        ].join("\n"),
      },
      withinMs: 5 * 60_000,
    },
    {
      kind: "run",
      id: "apiservice",
      about: "api-service",
      lines: ['kubectl get apiservices | grep "custom"'],
      expect: {
        as: "text",
        output: "v1beta1.custom.metrics.k8s.io   default/prometheus-adapter   True   <age>",
      },
    },
    {
      kind: "run",
      id: "list",
      about: "api-service",
      lines: ['kubectl get --raw "/apis/custom.metrics.k8s.io/v1beta1" | jq . | more'],
      expect: {
        as: "json",
        output: JSON.stringify({
          kind: "APIResourceList",
          apiVersion: "v1",
          groupVersion: "custom.metrics.k8s.io/v1beta1",
          resources: [{ name: "services/go_memory_classes_heap_objects_bytes" }],
        }),
      },
      check: adapterReachesPrometheus,
      withinMs: 5 * 60_000,
    },
    {
      kind: "run",
      id: "break",
      about: "adapter",
      lines: [
        `sed -i 's/operator-kube-prometheus-s-prometheus/nowhere/' ${VALUES}`,
        "make install-prometheus-adapter",
        "kubectl -n default rollout status deploy/prometheus-adapter",
        'kubectl get --raw "/apis/custom.metrics.k8s.io/v1beta1"',
      ],
      expect: {
        as: "json",
        output:
          '{"kind":"APIResourceList","apiVersion":"v1","groupVersion":"custom.metrics.k8s.io/v1beta1","resources":[]}',
      },
      withinMs: 3 * 60_000,
    },
    {
      kind: "task",
      id: "mend",
      about: "adapter",
      solution: [
        `sed -i -e 's#^  url:.*#  url: ${URL}#' -e 's/^  port:.*/  port: 9090/' ${VALUES}`,
        "make install-prometheus-adapter",
      ],
      check: adapterReachesPrometheus,
      withinMs: 5 * 60_000,
      wrongAnswers: [{
        name: "the values are edited, but nobody tells the cluster",
        lines: [`sed -i 's/nowhere/operator-kube-prometheus-s-prometheus/' ${VALUES}`],
        says: "unable to update list of all metrics",
      }, {
        name: "the right host, and a port that nobody listens at",
        lines: [
          `sed -i -e 's/nowhere/operator-kube-prometheus-s-prometheus/' -e 's/9090/9091/' ${VALUES}`,
          "make install-prometheus-adapter",
        ],
        says: "prometheus.port is 9091",
      }],
    },
  ],
});
