import { type Fault, fieldEvidence, type HopLook, rawEvidence } from "../hop.ts";
import { containerTrouble, isStuck, podsText } from "../pods.ts";
import { asIs, said } from "../said.ts";
import { DOCS } from "../upstream.ts";
import type { ResourceWalk } from "./resource_walk.ts";

export const readingsHop: HopLook<ResourceWalk> = {
  hop: "readings",
  async see(walk) {
    const answer = await walk.items();
    if ("refused" in answer) return { object: "", state: "waits", saw: asIs(answer.refused) };
    const { pods } = walk.scaled;
    return {
      object: podsText(pods),
      state: answer.items.length > 0 ? "ok" : "waits",
      saw: said(
        `${answer.items.length} of ${pods.length} pods have a sample`,
        `파드 ${pods.length}개 중 ${answer.items.length}개의 샘플`,
      ),
    };
  },
  causes: [noContainer, noReadings],
};

/** The container that is named is in no pod. */
function noContainer({ container, scaled }: ResourceWalk): Fault | undefined {
  const [pod] = scaled.pods;
  if (container === undefined || !pod) return undefined;
  const names = (pod.spec?.containers ?? []).map(({ name }) => name);
  if (names.includes(container)) return undefined;
  return {
    cause: "container-unknown",
    told: said(
      `The metric is of the container ${container}, and the pods have only ${names.join(", ")}.`,
      `메트릭은 컨테이너 ${container}의 것인데 파드에는 ${names.join(", ")}뿐입니다.`,
    ),
    evidence: [fieldEvidence("pods", pod, ".spec.containers[*].name")],
    remedy: {
      diff: `   containerResource:\n-    container: ${container}\n+    container: ${names[0]}`,
      told: said("in the HPA", "HPA에서"),
    },
    upstream: DOCS.hpa,
  };
}

/** metrics-server runs, and has no sample of any of the pods. */
async function noReadings(walk: ResourceWalk): Promise<Fault | undefined> {
  const answer = await walk.items();
  const { pods } = walk.scaled;
  if ("refused" in answer || answer.items.length > 0 || pods.length === 0) return undefined;
  const lost = pods.find(isStuck);
  if (!lost) return undefined;
  const { pod, reason, told } = await containerTrouble(walk.cluster.reads, lost);
  return {
    cause: "pods-not-ready",
    told: said(
      `No pod has a sample: ${pod.metadata.name} does not run (${reason})${
        told ? `: ${told}` : ""
      }.`,
      `샘플이 있는 파드가 없습니다: ${pod.metadata.name}이(가) 뜨지 못합니다 (${reason})${
        told ? `: ${told}` : ""
      }.`,
    ),
    evidence: [rawEvidence(answer.path, '{"items":[]}')],
    remedy: { command: `kubectl -n ${pod.metadata.namespace} describe pod ${pod.metadata.name}` },
    upstream: DOCS.probes,
  };
}
