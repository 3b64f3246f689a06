import { messageOf } from "../../base/mod.ts";
import {
  conditionOf,
  controllerOf,
  controllerReference,
  isApiError,
  isReady,
  type KubeObject,
  type Labels,
  type LabelSelector,
  type models,
  type Pod,
  type ReplicaSet,
  selects,
} from "../../kube/mod.ts";
import type { SimApi } from "../seams.ts";
import type { PodContext } from "./_pod_index.ts";
import { isActive } from "./_objects.ts";

/** A pod as a controller creates it from a template. */
export function podFromTemplate(
  owner: KubeObject,
  template: models.PodTemplateSpec,
  names: { name?: string; generateName?: string },
): Pod {
  const { labels, annotations, finalizers } = structuredClone(template.metadata ?? {});
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      ...(names as { name: string }),
      namespace: owner.metadata.namespace,
      ...(labels ? { labels } : {}),
      ...(annotations ? { annotations } : {}),
      ...(finalizers ? { finalizers } : {}),
      ownerReferences: [controllerReference(owner)],
    },
    spec: structuredClone(template.spec),
  };
}

/**
 * Creates a pod and records the event about it.
 * Errors: ApiError, after a FailedCreate event. Source: kubernetes pkg/controller/controller_utils.go.
 */
export function createPod(api: SimApi, owner: KubeObject, pod: Pod, component: string): Pod {
  try {
    const created = api.create<Pod>("pods", pod);
    const message = `Created pod: ${created.metadata.name}`;
    api.event(owner, { type: "Normal", reason: "SuccessfulCreate", message, component });
    return created;
  } catch (error) {
    if (isApiError(error)) {
      const message = `Error creating: ${messageOf(error)}`;
      api.event(owner, { type: "Warning", reason: "FailedCreate", message, component });
    }
    throw error;
  }
}

/** Deletes a pod and records the event about it. Source: as for createPod. */
export function deletePod(api: SimApi, owner: KubeObject, pod: Pod, component: string): void {
  try {
    api.delete("pods", pod.metadata.namespace!, pod.metadata.name);
  } catch (error) {
    if (isApiError(error, 404)) return;
    const message = `Error deleting: ${messageOf(error)}`;
    api.event(owner, { type: "Warning", reason: "FailedDelete", message, component });
    throw error;
  }
  const message = `Deleted pod: ${pod.metadata.name}`;
  api.event(owner, { type: "Normal", reason: "SuccessfulDelete", message, component });
}

/**
 * The objects of `resource` that `owner` controls: those it owns and selects, after adopting matching
 * orphans and letting go of those that no longer match.
 * Source: kubernetes pkg/controller/controller_ref_manager.go.
 */
export function claim<T extends KubeObject>(
  api: SimApi,
  owner: KubeObject,
  resource: string,
  candidates: readonly T[] = api.list<T>(resource, { namespace: owner.metadata.namespace }),
): T[] {
  const { uid } = owner.metadata;
  const selector = selectorOf(owner);
  const mayAdopt = !owner.metadata.deletionTimestamp;
  const claimed: T[] = [];
  for (const object of candidates) {
    const reference = controllerOf(object);
    const matching = selectsKnown(selector, object.metadata.labels);
    if (reference) {
      if (reference.uid !== uid) continue;
      if (matching) claimed.push(object);
      else if (mayAdopt) release(api, resource, object, uid!);
    } else if (matching && mayAdopt && !object.metadata.deletionTimestamp) {
      claimed.push(adopt<T>(api, resource, object, { owner }));
    }
  }
  return claimed;
}

/** The selector of a workload; a ReplicationController has the labels alone. */
export function selectorOf({ kind, spec }: KubeObject): LabelSelector {
  return kind === "ReplicationController" ? { matchLabels: spec!.selector } : spec!.selector;
}

const NO_LABELS = {};
const answers = new WeakMap<object, WeakMap<object, boolean>>();

/** {@linkcode selects} for parts of stored objects, which never change: each question is answered once. */
function selectsKnown(selector: LabelSelector, labels: Labels = NO_LABELS): boolean {
  let known = answers.get(selector);
  if (!known) answers.set(selector, known = new WeakMap());
  let answer = known.get(labels);
  if (answer === undefined) known.set(labels, answer = selects(selector, labels));
  return answer;
}

/** {@linkcode claim} for pods. */
export function claimPods({ api, pods }: PodContext, owner: KubeObject): Pod[] {
  const { uid, namespace } = owner.metadata;
  return claim<Pod>(api, owner, "pods", [...pods.ownedBy(uid!), ...pods.orphansIn(namespace!)]);
}

/** Makes `owner` the controller of an object that has none; `finalizers` replaces its own. */
export function adopt<T extends KubeObject>(
  api: SimApi,
  resource: string,
  object: T,
  { owner, finalizers }: { owner: KubeObject; finalizers?: string[] },
): T {
  const reference = controllerReference(owner);
  const ownerReferences = [...object.metadata.ownerReferences ?? [], reference];
  return api.patch<T>(resource, object.metadata.namespace!, object.metadata.name, {
    metadata: { ownerReferences, ...(finalizers ? { finalizers } : {}) },
  });
}

/** Lets go of an object that is selected no longer. */
export function release(api: SimApi, resource: string, object: KubeObject, uid: string): void {
  const rest = object.metadata.ownerReferences!.filter((reference) => reference.uid !== uid);
  const ownerReferences = rest.length > 0 ? rest : null;
  api.patch(resource, object.metadata.namespace!, object.metadata.name, {
    metadata: { ownerReferences },
  });
}

const PHASES = ["Pending", "Unknown", "Running"];

/**
 * Pods in the order in which a ReplicaSet gives them up: unscheduled first, then pending, not ready,
 * cheap, crowded, young. Ages are compared by order of magnitude, as LogarithmicScaleDown does.
 * Source: kubernetes pkg/controller/controller_utils.go (ActivePodsWithRanks).
 */
export function rankForDeletion(
  pods: readonly Pod[],
  related: readonly Pod[],
  nowMs: number,
): Pod[] {
  const onNode = new Map<string, number>();
  for (const pod of related) {
    const node = pod.spec?.nodeName ?? "";
    if (isActive(pod)) onNode.set(node, (onNode.get(node) ?? 0) + 1);
  }
  const crowd = (pod: Pod) => onNode.get(pod.spec?.nodeName ?? "") ?? 0;
  return [...pods].sort((a, b) =>
    Number(Boolean(a.spec?.nodeName)) - Number(Boolean(b.spec?.nodeName)) ||
    PHASES.indexOf(a.status?.phase ?? "Pending") - PHASES.indexOf(b.status?.phase ?? "Pending") ||
    Number(isReady(a)) - Number(isReady(b)) ||
    deletionCost(a) - deletionCost(b) ||
    crowd(b) - crowd(a) ||
    (isReady(a) ? byAge(readySinceMs(a), readySinceMs(b), nowMs, a, b) : 0) ||
    restarts(b) - restarts(a) ||
    byAge(createdMs(a), createdMs(b), nowMs, a, b)
  );
}

function deletionCost(pod: Pod): number {
  const cost = pod.metadata.annotations?.["controller.kubernetes.io/pod-deletion-cost"] ?? "0";
  return Number.parseInt(cost, 10) || 0;
}

function byAge(aMs: number, bMs: number, nowMs: number, a: Pod, b: Pod): number {
  if (aMs === bMs) return 0;
  const difference = magnitude(nowMs - aMs) - magnitude(nowMs - bMs);
  return difference || (a.metadata.uid! < b.metadata.uid! ? -1 : 1);
}

function magnitude(ageMs: number): number {
  return ageMs <= 0 ? -1 : Math.floor(Math.log2(ageMs * 1e6));
}

function readySinceMs(pod: Pod): number {
  return Date.parse(conditionOf(pod, "Ready")?.lastTransitionTime ?? "") || 0;
}

function createdMs(pod: Pod): number {
  return Date.parse(pod.metadata.creationTimestamp ?? "") || 0;
}

function restarts(pod: Pod): number {
  const counts = (pod.status?.containerStatuses ?? []).map((status) => status.restartCount ?? 0);
  return Math.max(0, ...counts);
}

/** The pods of a ReplicaSet and of those that share its owner. */
export function relatedPods({ api, pods }: PodContext, replicaSet: ReplicaSet): Pod[] {
  const owner = controllerOf(replicaSet);
  const namespace = replicaSet.metadata.namespace;
  const uids = new Set([replicaSet.metadata.uid]);
  if (owner) {
    for (const other of api.list<ReplicaSet>("replicasets.apps", { namespace })) {
      if (controllerOf(other)?.uid === owner.uid) uids.add(other.metadata.uid);
    }
  }
  return [...uids].flatMap((uid) => pods.ownedBy(uid!));
}
