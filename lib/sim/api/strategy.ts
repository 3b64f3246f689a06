import { ApiError, computeQosClass, type KubeObject, sameJson } from "../../kube/mod.ts";
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
  "limitranges",
  "resourcequotas",
  "controllerrevisions.apps",
  "leases.coordination.k8s.io",
  "storageclasses.storage.k8s.io",
  "csidrivers.storage.k8s.io",
  "csinodes.storage.k8s.io",
  "runtimeclasses.node.k8s.io",
  "apiservices.apiregistration.k8s.io",
  "clusterroles.rbac.authorization.k8s.io",
  "clusterrolebindings.rbac.authorization.k8s.io",
  "roles.rbac.authorization.k8s.io",
  "rolebindings.rbac.authorization.k8s.io",
]);

/** Source: kubernetes/apiserver pkg/admission/plugin/namespace/lifecycle (immortalNamespaces). */
const IMMORTAL = new Set(["default", "kube-system", "kube-public"]);

/** Whether `metadata.generation` counts the changes of a resource's spec. */
export function countsChanges({ resource }: ResourceType): boolean {
  return !NO_GENERATION.has(resource);
}

/** A new namespace is held until it is emptied. Source: pkg/registry/core/namespace/strategy.go (PrepareForCreate). */
export function holdNamespace({ spec }: KubeObject): void {
  const { finalizers = [] } = spec;
  if (!finalizers.includes("kubernetes")) spec.finalizers = [...finalizers, "kubernetes"];
}

const TEMPLATE_GENERATION = "deprecated.daemonset.template.generation";

/** Counts the changes of a DaemonSet's template. Source: kubernetes/kubernetes pkg/registry/apps/daemonset/strategy.go. */
export function countTemplates(
  { resource }: ResourceType,
  { metadata, spec }: KubeObject,
  previous?: KubeObject,
): void {
  if (resource !== "daemonsets.apps") return;
  const before = Number(previous?.metadata.annotations?.[TEMPLATE_GENERATION] ?? 0);
  const isSame = previous && sameJson(spec.template, previous.spec.template);
  const count = isSame ? Math.max(before, 1) : before + 1;
  metadata.annotations = { ...metadata.annotations, [TEMPLATE_GENERATION]: `${count}` };
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

/** Resources of which a deletion answers with what went, and not with a Status (`ReturnDeletedObject`). */
const TELLING = new Set([
  "namespaces",
  "persistentvolumeclaims",
  "persistentvolumes",
  "pods",
  "podtemplates",
  "resourcequotas",
  "serviceaccounts",
  "services",
  "csidrivers.storage.k8s.io",
  "csinodes.storage.k8s.io",
  "storageclasses.storage.k8s.io",
  "volumeattachments.storage.k8s.io",
  "volumeattributesclasses.storage.k8s.io",
  "deviceclasses.resource.k8s.io",
  "resourceclaims.resource.k8s.io",
  "resourceclaimtemplates.resource.k8s.io",
  "resourceslices.resource.k8s.io",
]);

/** Whether a deletion is answered with the object that went. */
export function tellsWhatWent({ resource }: ResourceType): boolean {
  return TELLING.has(resource);
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
