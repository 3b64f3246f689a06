import { isReady, type Pod } from "../../kube/mod.ts";
import type { Cluster } from "../cluster.ts";
import { type Fault, fieldEvidence } from "../hop.ts";
import { containerTrouble, isStuck } from "../pods.ts";
import { said } from "../said.ts";
import type { Scaled } from "../scaled.ts";
import { DOCS } from "../upstream.ts";

/** What is tried again for less than this may yet come up. */
const GIVEN_MS = 60_000;

/** Some pods that are asked for do not come up while others serve: a size that is only asked for. Errors: NotSeen. */
export async function someStuck(
  cluster: Cluster,
  { kind, name, pods }: Scaled,
): Promise<Fault | undefined> {
  const nowMs = await cluster.now();
  const lost = pods.filter((pod) => isStuck(pod) && nowMs - madeMs(pod) > GIVEN_MS);
  if (lost.length === 0 || !pods.some(isReady)) return undefined;
  const { pod, reason, told } = await containerTrouble(cluster.reads, lost[0]);
  const why = `(${reason})${told ? `: ${told.replace(/\.$/, "")}` : ""}`;
  const isPending = reason === "Pending";
  const { namespace, name: of } = pod.metadata;
  return {
    cause: "some-pods-stuck",
    warns: true,
    told: said(
      `Of the ${pods.length} pods of ${kind} ${name}, ${lost.length} ${
        lost.length === 1 ? "does" : "do"
      } not come up ${why}. The others carry the load.`,
      `${kind} ${name}의 파드 ${pods.length}개 중 ${lost.length}개가 뜨지 못합니다 ${why}. 나머지가 부하를 받습니다.`,
    ),
    evidence: [
      fieldEvidence(
        "pods",
        pod,
        `.status.conditions[?(@.type=="${isPending ? "PodScheduled" : "Ready"}")].message`,
      ),
    ],
    remedy: isPending
      ? {
        told: said(
          "give the cluster room for them, have the pods request less, or ask for fewer (maxReplicas, minReplicas)",
          "노드를 늘리거나, 파드가 덜 요청하게 하거나, 더 적게 요구하세요 (maxReplicas, minReplicas)",
        ),
      }
      : { command: `kubectl -n ${namespace} describe pod ${of}` },
    upstream: DOCS.pods,
  };
}

function madeMs({ metadata }: Pod): number {
  return Date.parse(metadata.creationTimestamp ?? "");
}
