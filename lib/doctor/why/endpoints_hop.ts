import { isReady } from "../../kube/mod.ts";
import { awaited, type Fault, fieldEvidence, type HopLook } from "../hop.ts";
import { containerTrouble, podsText } from "../pods.ts";
import { orUnseen } from "../reads.ts";
import { said } from "../said.ts";
import { DOCS } from "../upstream.ts";
import { comingPods } from "./coming.ts";
import { failingProbe } from "./failing_probe.ts";
import type { Source } from "./source.ts";

export const endpointsHop: HopLook<Source> = {
  hop: "endpoints",
  async see(source) {
    const pods = await source.pods();
    const ready = pods.filter(isReady).length;
    return {
      object: podsText(pods),
      state: ready > 0 ? "ok" : pods.length === 0 ? "absent" : "waits",
      saw: {
        en: `${ready} of ${pods.length} pods ready`,
        ko: `파드 ${pods.length}개 중 ${ready}개 준비됨`,
      },
      ...awaited(await comingPods(source)),
    };
  },
  causes: [notReady],
};

/** No pod is ready, so none is behind the Service. */
async function notReady(source: Source): Promise<Fault | undefined> {
  const pods = await source.pods();
  if (pods.length === 0 || pods.some(isReady) || await comingPods(source)) return undefined;
  const probe = await orUnseen(() => failingProbe(source.cluster, pods[0]));
  if (probe) {
    const { name } = pods[0].metadata;
    return {
      cause: "pods-not-ready",
      told: said(
        `The pod ${name} is not ready: ${probe.told.en}.`,
        `파드 ${name}이(가) 준비되지 않았습니다: ${probe.told.ko}.`,
      ),
      evidence: probe.evidence,
      remedy: probe.remedy,
      upstream: DOCS.probes,
    };
  }
  const { pod, reason, told } = await containerTrouble(source.cluster.reads, pods[0]);
  return {
    cause: "pods-not-ready",
    told: {
      en: `The pod ${pod.metadata.name} is not ready (${reason})${told ? `: ${told}` : ""}.`,
      ko: `파드 ${pod.metadata.name}이(가) 준비되지 않았습니다 (${reason})${
        told ? `: ${told}` : ""
      }.`,
    },
    evidence: [fieldEvidence("pods", pod, '.status.conditions[?(@.type=="Ready")].message')],
    remedy: { command: `kubectl -n ${pod.metadata.namespace} describe pod ${pod.metadata.name}` },
    upstream: DOCS.probes,
  };
}
