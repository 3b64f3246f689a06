import {
  clusterGone,
  clusterReady,
  defineLesson,
  deploymentAvailable,
  finding,
  firstOf,
} from "../../lib/lesson/mod.ts";
import type { LabView } from "../../lib/lesson/mod.ts";

const metricsServerReady = firstOf(
  clusterReady,
  deploymentAvailable("default", "metrics-server", "make install-metrics-server"),
);

async function metricsOfNodes(view: LabView) {
  const nodes = await view.list("nodes");
  const measured = await view.list("nodes.metrics.k8s.io");
  if (measured.length >= nodes.length) return [];
  return [finding(
    [
      `CPU and memory of ${nodes.length} nodes`,
      `metrics-server has measured ${measured.length} of them`,
      "it takes two readings, 15 seconds apart, to know a rate",
      "give it a moment: clock +1m",
    ],
    [
      `노드 ${nodes.length}개의 CPU와 메모리`,
      `metrics-server가 잰 것은 그중 ${measured.length}개`,
      "비율을 알려면 15초 간격으로 두 번 재야 합니다",
      "잠시 기다리세요: clock +1m",
    ],
    { waits: true },
  )];
}

const NODES = ["hpa-practice-control-plane", "hpa-practice-worker"];

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
      look: {
        at: { en: "the STATUS of both nodes", ko: "두 노드의 STATUS" },
        asks: ["nodes"],
        shows: [...NODES, ["Ready", "condition met"]],
      },
      check: clusterReady,
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
      look: {
        at: { en: "the CPU and memory of both nodes", ko: "두 노드의 CPU와 메모리" },
        asks: ["nodes.metrics.k8s.io"],
        shows: NODES,
      },
      check: firstOf(metricsServerReady, metricsOfNodes),
      withinMs: 2 * 60_000,
    },
    {
      kind: "run",
      id: "uninstall",
      after: "install",
      lines: ["make uninstall", "kubectl get node"],
      expect: {
        as: "text",
        output:
          "The connection to the server <any> was refused - did you specify the right host or port?",
        exitCode: 1,
      },
      look: {
        at: {
          en: "what kubectl says without a cluster",
          ko: "클러스터가 없을 때 kubectl이 하는 말",
        },
        asks: ["/"],
        shows: ["was refused"],
      },
      check: clusterGone,
    },
    {
      kind: "task",
      id: "again",
      after: "uninstall",
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
