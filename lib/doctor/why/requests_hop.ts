import { toMilli } from "../../autoscale/mod.ts";
import { type Fault, fieldEvidence, type HopLook } from "../hop.ts";
import { podsText } from "../pods.ts";
import { asIs, said } from "../said.ts";
import { DOCS } from "../upstream.ts";
import type { ResourceWalk } from "./resource_walk.ts";

export const requestsHop: HopLook<ResourceWalk> = {
  hop: "requests",
  see(walk) {
    const { isUtilization, resource, scaled } = walk;
    const object = podsText(scaled.pods);
    if (!isUtilization) {
      return {
        object,
        state: "absent",
        saw: said("not asked for: an average value", "필요 없음: 평균값"),
      };
    }
    const total = (scaled.pods[0]?.spec?.containers ?? [])
      .reduce(
        (sum, { resources }) => sum + toMilli(String(resources?.requests?.[resource] ?? 0)),
        0n,
      );
    return {
      object,
      state: "ok",
      saw: asIs(resource === "cpu" ? `cpu: ${total}m` : `${resource}: ${total / 1000n}`),
    };
  },
  causes: [noRequest],
};

/** A container requests nothing, so there is nothing that percent could be of. */
function noRequest(
  { isUtilization, resource, container, scaled }: ResourceWalk,
): Fault | undefined {
  if (!isUtilization) return undefined;
  for (const pod of scaled.pods) {
    const lacking = (pod.spec?.containers ?? []).find(({ name, resources }) =>
      (container === undefined || name === container) &&
      resources?.requests?.[resource] === undefined
    );
    const ofPod = (pod.spec as { resources?: { requests?: Record<string, string> } }).resources
      ?.requests;
    if (!lacking || ofPod?.[resource] !== undefined) continue;
    const amount = resource === "memory" ? "64Mi" : "100m";
    return {
      cause: "missing-request",
      told: said(
        `The container ${lacking.name} of ${pod.metadata.name} requests no ${resource}, and a target in percent is ` +
          `percent of what is requested: missing request for ${resource}.`,
        `${pod.metadata.name}의 컨테이너 ${lacking.name}에 ${resource} request가 없습니다. 백분율 목표는 request의 ` +
          `백분율입니다: missing request for ${resource}.`,
      ),
      evidence: [fieldEvidence("pods", pod, ".spec.containers[*].resources")],
      remedy: {
        command:
          `kubectl -n ${scaled.namespace} set resources ${scaled.kind.toLowerCase()} ${scaled.name} ` +
          `-c ${lacking.name} --requests=${resource}=${amount}`,
      },
      upstream: DOCS.requests,
    };
  }
}
