/**
 * Validation: what the API server refuses of an object of a built-in kind, cause by cause.
 *
 * @module
 */
import type { KubeObject, StatusCause } from "../../../kube/mod.ts";
import { Causes } from "./_causes.ts";
import { checkMetadata, checkPlainFinalizers } from "./_metadata.ts";
import { checkEphemeralUpdate, checkResize } from "./_pod_parts.ts";
import { checkEphemeral, checkPodSpec } from "./_pods.ts";

export { Causes, checkMetadata, checkPlainFinalizers };
export { checkDefinition, unknownFormats } from "./_definitions.ts";
export { checkAutoscaler } from "./_autoscaling.ts";
export { checkCronJob, checkJob } from "./_batch.ts";
export {
  checkApiService,
  checkClaim,
  checkConfigMap,
  checkRole,
  checkRoleBinding,
  checkSecret,
} from "./_cluster.ts";
export { checkEvent } from "./_events.ts";
export { checkNewPod, checkPodSpec, checkPodUpdate } from "./_pods.ts";
export { checkEndpoints, checkEndpointSlice, checkNetworkPolicy } from "./_network.ts";
export { checkLimitRange, checkPriorityClass, checkQuota } from "./_resources.ts";
export { checkClaimUpdate, checkStorageClass, checkVolume } from "./_storage.ts";
export { checkMutatingPolicy, checkPolicy, checkPolicyBinding } from "./_policies.ts";
export { checkNode } from "./_scheduling.ts";
export { checkIngress, checkIngressClass, checkService } from "./_services.ts";
export { checkWebhooks } from "./_webhooks.ts";
export {
  checkDaemonSet,
  checkDeployment,
  checkDisruptionBudget,
  checkReplicaSet,
  checkReplicationController,
  checkStatefulSet,
} from "./_workloads.ts";
export { checkStatus, type StatusRules } from "./_statuses.ts";

/** What is wrong with a pod whose ephemeral containers or resources alone are to change. */
export function podPartCauses(
  part: "ephemeralcontainers" | "resize",
  pod: KubeObject,
  previous: KubeObject,
): StatusCause[] {
  const causes = new Causes();
  checkPodSpec(causes, "spec", pod.spec);
  checkEphemeral(causes, pod.spec);
  if (part === "resize") checkResize(causes, pod, previous);
  else checkEphemeralUpdate(causes, pod, previous);
  return causes.list;
}

/**
 * What is going takes no further finalizer.
 * Source: kubernetes/apimachinery pkg/api/validation/objectmeta.go (ValidateNoNewFinalizers).
 * @param causes is added to.
 */
export function checkFinalizers(
  causes: StatusCause[],
  object: KubeObject,
  previous: KubeObject,
): void {
  if (!previous.metadata.deletionTimestamp) return;
  const { finalizers: known = [] } = previous.metadata;
  const added = (object.metadata.finalizers ?? []).filter((name) => !known.includes(name));
  if (added.length === 0) return;
  const shown = added.map((name) => JSON.stringify(name)).join(", ");
  const cause = {
    reason: "FieldValueForbidden",
    message:
      `Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{${shown}}`,
    field: "metadata.finalizers",
  };
  // Upstream finds it twice.
  causes.push(cause, cause);
}
