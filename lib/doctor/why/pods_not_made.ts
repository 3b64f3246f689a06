import { conditionOf } from "../../kube/mod.ts";
import { type Fault, fieldEvidence } from "../hop.ts";
import { said } from "../said.ts";
import type { Scaled } from "../scaled.ts";
import { DOCS } from "../upstream.ts";

/**
 * The workload's controller is not let make pods: a quota, a limit range, a webhook. Some that are there already are
 * scaled on, and that is to be minded. Source: kubernetes/kubernetes pkg/controller/replicaset/replica_set_utils.go.
 */
export function notMade(
  { object, kind, name, resource, namespace, pods }: Scaled,
): Fault | undefined {
  const failure = conditionOf(object, "ReplicaFailure");
  if (!object || failure?.status !== "True") return undefined;
  const isQuota = /exceeded quota/.test(failure.message ?? "");
  return {
    cause: "pods-not-made",
    told: said(
      `The pods of ${kind} ${name} cannot be made (${failure.reason}): ${failure.message}.`,
      `${kind} ${name}의 파드를 만들 수 없습니다 (${failure.reason}): ${failure.message}.`,
    ),
    evidence: [
      fieldEvidence(resource, object, '.status.conditions[?(@.type=="ReplicaFailure")].message'),
    ],
    remedy: isQuota
      ? {
        command: `kubectl -n ${namespace} describe resourcequota`,
        told: said(
          "raise the quota, or have the pods ask for less",
          "할당량을 늘리거나 파드가 덜 요청하게 하세요",
        ),
      }
      : { told: said("mend what it says", "거기서 말하는 것을 고치세요") },
    upstream: DOCS.quotas,
    ...(pods.length > 0 ? { warns: true } : {}),
  };
}
