/**
 * Validation: what the API server refuses of an object of a built-in kind, cause by cause.
 *
 * @module
 */
import type { KubeObject, StatusCause } from "../../../kube/mod.ts";
import { checkAutoscaler } from "./_autoscaling.ts";
import { checkCronJob, checkJob } from "./_batch.ts";
import { Causes } from "./_causes.ts";
import {
  checkApiService,
  checkClaim,
  checkConfigMap,
  checkRole,
  checkRoleBinding,
  checkSecret,
} from "./_cluster.ts";
import { checkDefinition } from "./_definitions.ts";
import { checkEvent } from "./_events.ts";
import { checkMetadata, checkPlainFinalizers } from "./_metadata.ts";
import { checkEphemeralUpdate, checkResize } from "./_pod_parts.ts";
import { checkEphemeral, checkNewPod, checkPodSpec, checkPodUpdate } from "./_pods.ts";
import { checkEndpoints, checkEndpointSlice, checkNetworkPolicy } from "./_network.ts";
import { checkLimitRange, checkPriorityClass, checkQuota } from "./_resources.ts";
import { checkClaimUpdate, checkStorageClass, checkVolume } from "./_storage.ts";
import { checkMutatingPolicy, checkPolicy, checkPolicyBinding } from "./_policies.ts";
import { checkNode } from "./_scheduling.ts";
import { checkIngress, checkIngressClass, checkService } from "./_services.ts";
import { checkStatus } from "./_statuses.ts";
import { checkWebhooks } from "./_webhooks.ts";
import {
  checkDaemonSet,
  checkDeployment,
  checkDisruptionBudget,
  checkReplicaSet,
  checkReplicationController,
  checkStatefulSet,
} from "./_workloads.ts";

export { Causes, checkMetadata };
export { unknownFormats } from "./_definitions.ts";

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

/** What is wrong with a status that comes from outside. */
export function statusFaults(
  resource: string,
  object: KubeObject,
  previous: KubeObject,
): StatusCause[] {
  const causes = new Causes();
  checkStatus(causes, resource, object, previous);
  return causes.list;
}

/** What is wrong with an event; `isStrict` is of those that come through events.k8s.io. */
export function eventCauses(
  event: KubeObject,
  previous: KubeObject | undefined,
  isStrict: boolean,
): StatusCause[] {
  const causes = new Causes();
  checkEvent(causes, event, { previous, isStrict });
  return causes.list;
}

type Check = (causes: Causes, object: KubeObject, previous?: KubeObject) => void;

const CHECKS: Readonly<Record<string, Check>> = {
  pods: (causes, pod, previous) => {
    checkPodSpec(causes, "spec", pod.spec);
    if (!previous) checkNewPod(causes, pod);
    if (previous && causes.list.length === 0) checkPodUpdate(causes, pod, previous);
  },
  services: checkService,
  endpoints: checkEndpoints,
  nodes: checkNode,
  replicationcontrollers: checkReplicationController,
  "endpointslices.discovery.k8s.io": checkEndpointSlice,
  "networkpolicies.networking.k8s.io": checkNetworkPolicy,
  configmaps: checkConfigMap,
  secrets: checkSecret,
  persistentvolumeclaims: (causes, claim, previous) => {
    checkClaim(causes, claim);
    if (previous && causes.list.length === 0) checkClaimUpdate(causes, claim, previous);
  },
  persistentvolumes: checkVolume,
  resourcequotas: checkQuota,
  limitranges: checkLimitRange,
  "storageclasses.storage.k8s.io": checkStorageClass,
  "priorityclasses.scheduling.k8s.io": checkPriorityClass,
  "deployments.apps": checkDeployment,
  "replicasets.apps": checkReplicaSet,
  "statefulsets.apps": checkStatefulSet,
  "daemonsets.apps": checkDaemonSet,
  "jobs.batch": checkJob,
  "cronjobs.batch": checkCronJob,
  "horizontalpodautoscalers.autoscaling": checkAutoscaler,
  "poddisruptionbudgets.policy": checkDisruptionBudget,
  "ingresses.networking.k8s.io": checkIngress,
  "ingressclasses.networking.k8s.io": checkIngressClass,
  "roles.rbac.authorization.k8s.io": checkRole,
  "clusterroles.rbac.authorization.k8s.io": checkRole,
  "rolebindings.rbac.authorization.k8s.io": checkRoleBinding,
  "clusterrolebindings.rbac.authorization.k8s.io": checkRoleBinding,
  "apiservices.apiregistration.k8s.io": checkApiService,
  "customresourcedefinitions.apiextensions.k8s.io": checkDefinition,
  "validatingadmissionpolicies.admissionregistration.k8s.io": checkPolicy,
  "validatingadmissionpolicybindings.admissionregistration.k8s.io": checkPolicyBinding,
  "mutatingadmissionpolicies.admissionregistration.k8s.io": checkMutatingPolicy,
  "validatingwebhookconfigurations.admissionregistration.k8s.io": checkWebhooks,
  "mutatingwebhookconfigurations.admissionregistration.k8s.io": checkWebhooks,
};

/**
 * What is wrong with an object of a built-in kind, in upstream's words; empty for a good one. `object` has
 * its defaults and is in its storage version; `previous` is what it replaces.
 * Covered are the mistakes that people make; what else upstream refuses passes.
 */
export function validate(
  resource: string,
  object: KubeObject,
  previous: KubeObject | undefined,
): StatusCause[] {
  const causes = new Causes();
  checkMetadata(causes, resource, object);
  checkPlainFinalizers(causes, resource, object);
  CHECKS[resource]?.(causes, object, previous);
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
