import {
  CRD_CLEANUP,
  isApiError,
  isConditionTrue,
  type KubeObject,
  setStatusCondition,
} from "../../kube/mod.ts";
import type { Reconciler } from "../reconcile.ts";
import type { SimContext } from "../seams.ts";
import { timestamp } from "./_objects.ts";

const DEFINITIONS = "customresourcedefinitions.apiextensions.k8s.io";
/** How long to wait before looking again whether objects are left. */
const RECHECK_MS = 5000;

/**
 * Deletes the objects of a definition that is being deleted, and lets go of it when none is left.
 * Source: kubernetes/apiextensions-apiserver pkg/controller/finalizer/crd_finalizer.go.
 * Differs: what is left is looked for without end; upstream begins anew after a minute.
 */
export function definitionFinalizer({ api, clock }: SimContext): Reconciler {
  return {
    name: "crd-finalizer",
    watches: [{ resource: DEFINITIONS }],
    reconcile({ name }) {
      const definition = api.get(DEFINITIONS, "", name);
      if (!definition?.metadata.deletionTimestamp) return;
      if (!definition.metadata.finalizers?.includes(CRD_CLEANUP)) return;
      const left = empty(definition);
      if (left > 0) {
        say(
          definition,
          "True",
          "InstanceDeletionInProgress",
          "CustomResource deletion is in progress",
        );
        return { requeueAfterMs: RECHECK_MS };
      }
      say(definition, "False", "InstanceDeletionCompleted", "removed all instances");
      letGo(name);
    },
  };

  /** Deletes what is not being deleted yet; gives how many are left. */
  function empty(definition: KubeObject): number {
    const resource = definition.metadata.name;
    if (!isConditionTrue(definition, "Established") || !api.serves(resource)) return 0;
    for (const { metadata } of api.list(resource)) {
      if (metadata.deletionTimestamp) continue;
      try {
        api.delete(resource, metadata.namespace ?? "", metadata.name);
      } catch (error) {
        if (!isApiError(error, 404, 409)) throw error;
      }
    }
    return api.list(resource).length;
  }

  function say(
    definition: KubeObject,
    status: "True" | "False",
    reason: string,
    message: string,
  ): void {
    const next = structuredClone(definition);
    const lastTransitionTime = timestamp(clock.now());
    setStatusCondition(next, { type: "Terminating", status, reason, message, lastTransitionTime });
    api.updateStatus(DEFINITIONS, next);
  }

  function letGo(name: string): void {
    const next = structuredClone(api.get(DEFINITIONS, "", name)!);
    next.metadata.finalizers = next.metadata.finalizers!.filter((one) => one !== CRD_CLEANUP);
    api.update(DEFINITIONS, next);
  }
}
