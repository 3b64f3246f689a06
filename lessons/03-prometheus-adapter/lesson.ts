import {
  apiServiceAvailable,
  defineLesson,
  deploymentAvailable,
  firstOf,
} from "../../lib/lesson/mod.ts";

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
        deploymentAvailable("default", "prometheus-adapter", "make install-prometheus-adapter"),
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
      withinMs: 3 * 60_000,
    },
  ],
});
