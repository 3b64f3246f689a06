import { type Deployment, type models, type ReplicaSet, scaledValue } from "../../kube/mod.ts";
import { byCreation, canonical } from "./_objects.ts";

/*
 * The arithmetic and annotations of a rollout; nothing here writes.
 * Source: kubernetes pkg/controller/deployment/util/deployment_util.go.
 */

export const REVISION = "deployment.kubernetes.io/revision";
const REVISION_HISTORY = "deployment.kubernetes.io/revision-history";
export const DESIRED_REPLICAS = "deployment.kubernetes.io/desired-replicas";
const MAX_REPLICAS = "deployment.kubernetes.io/max-replicas";
export const TEMPLATE_HASH = "pod-template-hash";

/** Annotations that stay with the Deployment. */
const NOT_COPIED = new Set([
  "kubectl.kubernetes.io/last-applied-configuration",
  REVISION,
  REVISION_HISTORY,
  DESIRED_REPLICAS,
  MAX_REPLICAS,
  "deprecated.deployment.rollback.to",
]);

export const replicasOf = (object: Deployment | ReplicaSet): number => object.spec?.replicas ?? 1;

/** What a Deployment asks for, with upstream's defaults. */
function maxSurge(deployment: Deployment): number {
  return isRolling(deployment) ? fenceposts(deployment).surge : 0;
}

export function maxUnavailable(deployment: Deployment): number {
  if (!isRolling(deployment) || replicasOf(deployment) === 0) return 0;
  return Math.min(fenceposts(deployment).unavailable, replicasOf(deployment));
}

export function isRolling(deployment: Deployment): boolean {
  return (deployment.spec?.strategy?.type ?? "RollingUpdate") === "RollingUpdate";
}

function fenceposts(deployment: Deployment): { surge: number; unavailable: number } {
  const rolling = deployment.spec?.strategy?.rollingUpdate ?? {};
  const total = replicasOf(deployment);
  const surge = scaledValue(rolling.maxSurge ?? "25%", total, true);
  const unavailable = scaledValue(rolling.maxUnavailable ?? "25%", total, false);
  // Percentages may both round to nothing, and then nothing could ever move.
  return { surge, unavailable: surge === 0 && unavailable === 0 ? 1 : unavailable };
}

/** A pod template without the label that its ReplicaSet added. */
export function templateWithoutHash(template: models.PodTemplateSpec | undefined): string {
  const labels = { ...template?.metadata?.labels };
  delete labels[TEMPLATE_HASH];
  return canonical({ ...template, metadata: { ...template?.metadata, labels } });
}

/** The oldest ReplicaSet whose template is the Deployment's. */
export function findNew(
  deployment: Deployment,
  replicaSets: readonly ReplicaSet[],
): ReplicaSet | undefined {
  const wanted = templateWithoutHash(deployment.spec!.template);
  return [...replicaSets].sort(byCreation)
    .find((replicaSet) => templateWithoutHash(replicaSet.spec!.template) === wanted);
}

export function revisionOf(replicaSet: ReplicaSet): number {
  return Number.parseInt(replicaSet.metadata.annotations?.[REVISION] ?? "0", 10) || 0;
}

export function isActiveSet(replicaSet: ReplicaSet): boolean {
  return replicasOf(replicaSet) > 0;
}

export function sumReplicas(replicaSets: readonly ReplicaSet[]): number {
  return replicaSets.reduce((sum, one) => sum + replicasOf(one), 0);
}

type Count = "replicas" | "readyReplicas" | "availableReplicas" | "terminatingReplicas";

/** A total over statuses. */
export function sumStatus(replicaSets: readonly ReplicaSet[], field: Count): number {
  return replicaSets.reduce((sum, one) => sum + (one.status?.[field] ?? 0), 0);
}

/** How many replicas the new ReplicaSet may have now. */
export function newReplicaCount(
  deployment: Deployment,
  all: readonly ReplicaSet[],
  newCount: number,
): number {
  const wanted = replicasOf(deployment);
  if (!isRolling(deployment)) return wanted;
  const room = wanted + maxSurge(deployment) - sumReplicas(all);
  return room <= 0 ? newCount : newCount + Math.min(room, wanted - newCount);
}

/** The annotations of the new ReplicaSet once it has `newRevision`. */
export function newSetAnnotations(
  deployment: Deployment,
  present: Readonly<Record<string, string>>,
  newRevision: number,
): Record<string, string> {
  const out: Record<string, string> = { ...present };
  for (const [key, value] of Object.entries(deployment.metadata.annotations ?? {})) {
    if (!NOT_COPIED.has(key)) out[key] = value;
  }
  const old = present[REVISION];
  if ((Number.parseInt(old ?? "0", 10) || 0) >= newRevision) return out;
  out[REVISION] = String(newRevision);
  if (old !== undefined) {
    const history = present[REVISION_HISTORY];
    out[REVISION_HISTORY] = history ? `${history},${old}` : old;
  }
  return out;
}

export function replicasAnnotations(deployment: Deployment): Record<string, string> {
  const wanted = replicasOf(deployment);
  return {
    [DESIRED_REPLICAS]: String(wanted),
    [MAX_REPLICAS]: String(wanted + maxSurge(deployment)),
  };
}

/** How large each active ReplicaSet becomes when a Deployment is resized in mid rollout. */
export function proportionalSizes(
  deployment: Deployment,
  active: readonly ReplicaSet[],
): Map<ReplicaSet, number> {
  const wanted = replicasOf(deployment);
  const allowed = wanted > 0 ? wanted + maxSurge(deployment) : 0;
  const toAdd = allowed - sumReplicas(active);
  const order = [...active].sort((a, b) =>
    replicasOf(b) - replicasOf(a) || (toAdd > 0 ? byCreation(b, a) : byCreation(a, b))
  );
  const sizes = new Map<ReplicaSet, number>();
  let added = 0;
  for (const replicaSet of order) {
    const share = proportion(replicaSet, deployment, toAdd, added);
    sizes.set(replicaSet, replicasOf(replicaSet) + share);
    added += share;
  }
  if (order.length > 0 && toAdd !== 0) {
    sizes.set(order[0], Math.max(0, sizes.get(order[0])! + toAdd - added));
  }
  return sizes;
}

function proportion(
  replicaSet: ReplicaSet,
  deployment: Deployment,
  toAdd: number,
  added: number,
): number {
  if (replicasOf(replicaSet) === 0 || toAdd === 0 || toAdd === added) return 0;
  const fraction = setFraction(replicaSet, deployment);
  return toAdd > 0 ? Math.min(fraction, toAdd - added) : Math.max(fraction, toAdd - added);
}

function setFraction(replicaSet: ReplicaSet, deployment: Deployment): number {
  const size = replicasOf(replicaSet);
  if (replicasOf(deployment) === 0) return -size;
  const annotated = Number(replicaSet.metadata.annotations?.[MAX_REPLICAS]) || 0;
  const before = annotated || (deployment.status?.replicas ?? 0);
  if (before === 0) return 0;
  const size2 = (size * (replicasOf(deployment) + maxSurge(deployment))) / before;
  return Math.round(size2) - size;
}
