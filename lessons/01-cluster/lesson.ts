import { clusterReady, defineLesson, deploymentAvailable, firstOf } from "../../lib/lesson/mod.ts";

const metricsServerReady = firstOf(
  clusterReady,
  deploymentAvailable("default", "metrics-server", "make install-metrics-server"),
);

export default defineLesson({
  id: "01-cluster",
  title: { en: "The cluster and metrics-server", ko: "클러스터와 metrics-server" },
  minutes: 10,
  requires: [],
  steps: [
    {
      kind: "run",
      id: "install",
      lines: ["make install"],
      check: metricsServerReady,
      withinMs: 5 * 60_000,
    },
    {
      kind: "run",
      id: "nodes",
      lines: ["kubectl get node"],
      expect: {
        as: "table",
        output: [
          "NAME                         STATUS   ROLES           AGE     VERSION",
          "hpa-practice-control-plane   Ready    control-plane   <age>   v1.<any>",
          "hpa-practice-worker          Ready    <none>          <age>   v1.<any>",
        ].join("\n"),
      },
      withinMs: 60_000,
    },
    {
      kind: "run",
      id: "top",
      about: "metrics-server",
      lines: ["kubectl top node"],
      expect: {
        as: "table",
        output: [
          "NAME                         CPU(cores)   CPU(%)   MEMORY(bytes)   MEMORY(%)",
          "hpa-practice-control-plane   <number>     <any>    <number>        <any>",
          "hpa-practice-worker          <number>     <any>    <number>        <any>",
        ].join("\n"),
      },
      withinMs: 2 * 60_000,
    },
    {
      kind: "run",
      id: "uninstall",
      lines: ["make uninstall", "kubectl get node"],
      expect: {
        as: "text",
        output:
          "The connection to the server <any> was refused - did you specify the right host or port?",
        exitCode: 1,
      },
    },
    {
      kind: "task",
      id: "again",
      solution: ["make install"],
      check: metricsServerReady,
      withinMs: 5 * 60_000,
      wrongAnswers: [{
        name: "the cluster without metrics-server",
        lines: ["make install-kind"],
        says: "there is no such Deployment",
      }],
    },
  ],
});
