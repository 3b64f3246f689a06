import {
  apiServiceAvailable,
  defineLesson,
  deploymentAvailable,
  firstOf,
  logSays,
} from "../../lib/lesson/mod.ts";

const adapterAvailable = deploymentAvailable(
  "default",
  "prometheus-adapter",
  "make install-prometheus-adapter",
);
/** What the adapter logs while nobody is Prometheus. */
const COMPLAINT = "unable to update list of all metrics";

export default defineLesson({
  id: "03-prometheus-adapter",
  title: { en: "prometheus-adapter alone: an empty list", ko: "prometheus-adapter만: 빈 목록" },
  minutes: 8,
  requires: ["01-cluster", "02-asking-too-early"],
  steps: [
    {
      kind: "run",
      id: "install",
      about: "adapter",
      lines: ["make install-prometheus-adapter"],
      check: firstOf(
        adapterAvailable,
        apiServiceAvailable("v1beta1.custom.metrics.k8s.io", "make install-prometheus-adapter"),
      ),
      withinMs: 5 * 60_000,
    },
    {
      kind: "run",
      id: "pods",
      about: "adapter",
      lines: ["kubectl -n default get pod"],
      expect: {
        as: "table",
        output: [
          "NAME                              READY   STATUS    RESTARTS   AGE",
          "metrics-server-<hash>-<hash>      1/1     Running   <any>      <age>",
          "prometheus-adapter-<hash>-<hash>  1/1     Running   <any>      <age>",
        ].join("\n"),
      },
      look: {
        at: { en: "the STATUS of both pods", ko: "두 파드의 STATUS" },
        asks: ["pods"],
        shows: [
          "metrics-server-<hash>-<hash>",
          "prometheus-adapter-<hash>-<hash>",
          ["Running", "condition met"],
        ],
      },
      check: firstOf(
        deploymentAvailable("default", "metrics-server", "make install-metrics-server"),
        adapterAvailable,
      ),
      withinMs: 2 * 60_000,
    },
    {
      kind: "run",
      id: "empty-list",
      about: "api-service",
      lines: ['kubectl get --raw "/apis/custom.metrics.k8s.io/v1beta1"'],
      expect: {
        as: "json",
        output:
          '{"kind":"APIResourceList","apiVersion":"v1","groupVersion":"custom.metrics.k8s.io/v1beta1","resources":[]}',
      },
      look: {
        at: {
          en: "the list of custom metrics, with nothing in it",
          ko: "아무것도 없는 custom metrics 목록",
        },
        asks: ["/apis/custom.metrics.k8s.io/v1beta1"],
        shows: [["[]", "0"]],
      },
      check: adapterAvailable,
      withinMs: 2 * 60_000,
    },
    {
      kind: "run",
      id: "log",
      about: "adapter",
      lines: ["kubectl -n default logs deploy/prometheus-adapter --tail 20"],
      expect: {
        as: "text",
        output: "...\n<any>unable to update list of all metrics<any>no such host<any>\n...",
      },
      look: {
        at: {
          en: "the line of the adapter's log that says why the list is empty",
          ko: "목록이 빈 까닭을 말하는 adapter 로그의 줄",
        },
        asks: ["pods/log"],
        shows: [[COMPLAINT, "no such host"]],
      },
      check: logSays({
        namespace: "default",
        labels: { "app.kubernetes.io/name": "prometheus-adapter" },
        says: COMPLAINT,
        lines: 20,
      }),
      withinMs: 3 * 60_000,
    },
  ],
});
