import {
  adapterReachesPrometheus,
  defineLesson,
  deploymentAvailable,
  finding,
  firstOf,
  prometheusAnswers,
} from "../../lib/lesson/mod.ts";
import type { Deployment, LabView } from "../../lib/lesson/mod.ts";

const VALUES = "helm_values/prometheus-adapter.yaml";
const ADDRESS = "http://operator-kube-prometheus-s-prometheus.default.svc";

const LIST = "/apis/custom.metrics.k8s.io/v1beta1";
const OPERATOR = "operator-kube-prometheus-s-operator";
const operatorAvailable = deploymentAvailable(
  "default",
  OPERATOR,
  "make install-prometheus-operator",
);

/** The adapter that runs asks an address that no Service has. */
async function adapterAsksNobody(view: LabView) {
  const adapter = await view.get<Deployment>("deployments.apps", "default", "prometheus-adapter");
  const args = adapter?.spec?.template.spec?.containers[0].args ?? [];
  const url = args.find((arg: string) => arg.startsWith("--prometheus-url="))?.split("=")[1] ?? "";
  const [name, namespace = "default"] = (URL.parse(url)?.hostname ?? "").split(".");
  if (!adapter || !await view.get("services", namespace, name)) return [];
  return [finding(
    [
      "an adapter that asks a Prometheus that does not exist",
      `the one that runs asks ${url}, and that Service is there`,
      "it is the address in the running adapter that counts, not the one in the file",
      `change prometheus.url in ${VALUES}, then: make install-prometheus-adapter`,
    ],
    [
      "없는 Prometheus에 묻는 adapter",
      `지금 adapter는 ${url}에 묻고, 그 Service는 있습니다`,
      "파일이 아니라 실행 중인 adapter의 주소가 중요합니다",
      `${VALUES}의 prometheus.url을 바꾸고: make install-prometheus-adapter`,
    ],
  )];
}

async function listEmpty(view: LabView) {
  const { code, body } = await view.raw(LIST);
  const count = body?.resources?.length;
  if (code === 200 && count === 0) return [];
  return [finding(
    [
      "an empty list of custom metrics",
      code === 200
        ? `it has ${count} names: the pod of before still serves it`
        : `the API answers ${code}`,
      "the new pod takes over when it is ready",
      "give it a moment: clock +30s",
    ],
    [
      "빈 custom metrics 목록",
      code === 200 ? `이름이 ${count}개 있습니다. 아직 예전 파드가 답합니다` : `API 응답 ${code}`,
      "새 파드는 준비된 뒤에 넘겨받습니다",
      "잠시 기다리세요: clock +30s",
    ],
    { waits: true },
  )];
}

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
      check: firstOf(operatorAvailable, prometheusAnswers),
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
      look: {
        at: {
          en: "the STATUS of the pods with the label release=operator",
          ko: "레이블 release=operator인 파드의 STATUS",
        },
        asks: ["pods"],
        shows: [
          "operator-kube-prometheus-s-operator-<hash>-<hash>",
          "operator-kube-state-metrics-<hash>-<hash>",
          "operator-prometheus-node-exporter-<hash>",
          ["Running", "condition met"],
        ],
      },
      check: firstOf(
        operatorAvailable,
        deploymentAvailable(
          "default",
          "operator-kube-state-metrics",
          "make install-prometheus-operator",
        ),
      ),
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
      after: "install",
      look: {
        at: {
          en: "whether the API server reaches the adapter's APIService",
          ko: "API 서버가 adapter의 APIService에 닿는지",
        },
        asks: ["apiservices.apiregistration.k8s.io"],
        shows: ["v1beta1.custom.metrics.k8s.io", "prometheus-adapter", "True"],
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
      look: {
        at: { en: "names in the list of custom metrics", ko: "custom metrics 목록에 있는 이름" },
        asks: [LIST],
        // A name, or how many there are at the end of a pipe.
        shows: [["<name>/<any>", "<10..1000000>"]],
      },
      check: adapterReachesPrometheus,
      withinMs: 5 * 60_000,
    },
    {
      kind: "run",
      id: "break",
      after: "install",
      about: "adapter",
      breaks: true,
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
      look: {
        at: {
          en: "the list of custom metrics, empty again",
          ko: "다시 빈 custom metrics 목록",
        },
        asks: [LIST],
        shows: [["[]", "0"]],
      },
      check: firstOf(adapterAsksNobody, listEmpty),
      withinMs: 3 * 60_000,
    },
    {
      kind: "task",
      id: "mend",
      after: "break",
      about: "adapter",
      solution: [
        `sed -i -e 's#^  url:.*#  url: ${ADDRESS}#' -e 's/^  port:.*/  port: 9090/' ${VALUES}`,
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
