import { isReady } from "../../kube/mod.ts";
import { type Fault, fieldEvidence, type HopLook } from "../hop.ts";
import { containerTrouble, isStuck, podsText, withoutHead } from "../pods.ts";
import { said } from "../said.ts";
import { DOCS } from "../upstream.ts";
import type { ResourceWalk } from "./resource_walk.ts";

export const metricsServerHop: HopLook<ResourceWalk> = {
  hop: "metrics-server",
  async see(walk) {
    const pods = await walk.server();
    const ready = pods.filter(isReady).length;
    return {
      object: podsText(pods),
      state: ready > 0 ? "ok" : "waits",
      saw: said(
        `${ready} of ${pods.length} pods ready`,
        `파드 ${pods.length}개 중 ${ready}개 준비됨`,
      ),
    };
  },
  causes: [certificates, serverDown],
};

/** metrics-server does not trust the kubelets' certificates. */
async function certificates(walk: ResourceWalk): Promise<Fault | undefined> {
  const pods = await walk.server();
  if (pods.length === 0 || pods.some(isReady)) return undefined;
  const [pod] = pods;
  const lines = (await walk.cluster.reads.log(pod)).split("\n");
  const line = lines.findLast((line) => /x509|certificate/.test(line));
  if (!line) return undefined;
  const { name, namespace } = pod.metadata;
  return {
    cause: "kubelet-certificates",
    told: said(
      `metrics-server cannot verify the kubelets' certificates, and so has no metrics: ${
        withoutHead(line)
      }.`,
      `metrics-server가 kubelet의 인증서를 확인하지 못해 메트릭이 없습니다: ${withoutHead(line)}.`,
    ),
    evidence: [{
      command: `kubectl -n ${namespace} logs ${name} | grep x509 | tail -1`,
      printed: line.trim(),
    }],
    remedy: {
      diff: "+args:\n+  - --kubelet-insecure-tls",
      told: said(
        "in the metrics-server chart's values, on a cluster to learn on; elsewhere sign the kubelets' certificates",
        "연습용 클러스터라면 metrics-server 차트의 values에. 아니면 kubelet 인증서를 서명하세요",
      ),
    },
    upstream: DOCS.metricsServer,
  };
}

async function serverDown(walk: ResourceWalk): Promise<Fault | undefined> {
  const pods = await walk.server();
  if (pods.length === 0 || pods.some(isReady)) return undefined;
  const lost = pods.find(isStuck) ?? pods[0];
  const { pod, reason, told, look } = await containerTrouble(walk.cluster.reads, lost);
  return {
    cause: "metrics-server-not-ready",
    told: said(
      `metrics-server's pod ${pod.metadata.name} is not ready (${reason})${
        told ? `: ${told}` : ""
      }.`,
      `metrics-server의 파드 ${pod.metadata.name}이(가) 준비되지 않았습니다 (${reason})${
        told ? `: ${told}` : ""
      }.`,
    ),
    evidence: [fieldEvidence("pods", pod, '.status.conditions[?(@.type=="Ready")].message')],
    remedy: { command: look },
    upstream: DOCS.metricsServer,
  };
}
