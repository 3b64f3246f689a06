import { ApiError, computeQosClass, type KubeObject } from "../../kube/mod.ts";
import type { ResourceType } from "./resources.ts";
import type { DeleteOptions } from "./write_options.ts";

/*
 * What creating and deleting is for some resources alone.
 * Source: kubernetes/kubernetes pkg/registry, a strategy.go for each.
 */

const FIRST_PHASES: Readonly<Record<string, string>> = {
  namespaces: "Active",
  persistentvolumeclaims: "Pending",
  persistentvolumes: "Pending",
};

/** Resources whose `metadata.generation` is not there. */
const NO_GENERATION = new Set([
  "configmaps",
  "secrets",
  "services",
  "endpoints",
  "namespaces",
  "nodes",
  "events",
  "serviceaccounts",
  "persistentvolumes",
  "persistentvolumeclaims",
  "horizontalpodautoscalers.autoscaling",
]);

/** Source: kubernetes/apiserver pkg/admission/plugin/namespace/lifecycle (immortalNamespaces). */
const IMMORTAL = new Set(["default", "kube-system", "kube-public"]);

/** Whether `metadata.generation` counts the changes of a resource's spec. */
export function countsChanges({ resource }: ResourceType): boolean {
  return !NO_GENERATION.has(resource);
}

/** The status that a new object has; undefined where it is as it comes. */
export function firstStatus({ resource }: ResourceType, object: KubeObject) {
  if (resource === "pods") return { phase: "Pending", qosClass: computeQosClass(object) };
  const phase = FIRST_PHASES[resource];
  return phase === undefined ? undefined : { phase };
}

/** Errors: ApiError (Forbidden) for a namespace that has to stay. */
export function refuseImmortal({ resource }: ResourceType, name: string): void {
  if (resource !== "namespaces" || !IMMORTAL.has(name)) return;
  throw ApiError.forbidden(resource, name, "this namespace may not be deleted");
}

/** The seconds that an object has to end: a pod that a kubelet runs alone is given any; the kubelet ends it with 0. */
export function graceSecondsOf(
  { resource }: ResourceType,
  { spec, status }: KubeObject,
  options: DeleteOptions,
): number {
  if (resource !== "pods") return 0;
  const isRunning = spec?.nodeName && !["Succeeded", "Failed"].includes(status?.phase);
  if (!isRunning) return 0;
  return options.gracePeriodSeconds ?? spec.terminationGracePeriodSeconds ?? 30;
}
