import { rfc3339 } from "../../go/mod.ts";
import { conditionOf, type Deployment, type models, type ReplicaSet } from "../../kube/mod.ts";
import { canonical } from "./_objects.ts";
import { maxUnavailable, replicasOf, sumReplicas, sumStatus } from "./_rollout.ts";

/*
 * The status and conditions of a Deployment.
 * Source: kubernetes pkg/controller/deployment/sync.go (calculateStatus), progress.go.
 */

type Condition = Required<models.DeploymentCondition>;

/** A status whose conditions are there. */
export type DeploymentStatus =
  & models.DeploymentStatus
  & Pick<Required<models.DeploymentStatus>, "conditions">;

export const PROGRESSING = "Progressing";
/** The deadline that stands for none. */
const NO_DEADLINE = 2147483647;

export function hasDeadline(deployment: Deployment): boolean {
  return (deployment.spec?.progressDeadlineSeconds ?? 600) !== NO_DEADLINE;
}

export function findCondition(
  status: models.DeploymentStatus | undefined,
  type: string,
): Condition | undefined {
  // What the controller sets, it sets whole.
  return conditionOf({ status }, type) as Condition | undefined;
}

/** Sets a condition in place; one with the same status and reason stays as it is. */
export function setCondition(
  status: DeploymentStatus,
  nowMs: number,
  wanted: { type: string; status: string; reason: string; message: string },
): void {
  const present = findCondition(status, wanted.type);
  if (present?.status === wanted.status && present.reason === wanted.reason) return;
  const now = rfc3339(nowMs);
  const lastTransitionTime = present?.status === wanted.status ? present.lastTransitionTime : now;
  removeCondition(status, wanted.type);
  status.conditions.push({
    type: wanted.type,
    status: wanted.status,
    lastUpdateTime: now,
    lastTransitionTime,
    reason: wanted.reason,
    message: wanted.message,
  });
}

function removeCondition(status: models.DeploymentStatus, type: string): void {
  status.conditions = (status.conditions ?? []).filter((one) => one.type !== type);
}

/** The status without any judgement of progress. */
export function calculateStatus(
  deployment: Deployment,
  all: readonly ReplicaSet[],
  newSet: ReplicaSet | undefined,
  nowMs: number,
): DeploymentStatus {
  const available = sumStatus(all, "availableReplicas");
  const updated = newSet ? sumStatus([newSet], "replicas") : 0;
  const ready = sumStatus(all, "readyReplicas");
  const total = sumStatus(all, "replicas");
  const unavailable = Math.max(0, sumReplicas(all) - available);
  const status: DeploymentStatus = {
    observedGeneration: deployment.metadata.generation,
    ...(total ? { replicas: total } : {}),
    ...(updated ? { updatedReplicas: updated } : {}),
    ...(ready ? { readyReplicas: ready } : {}),
    ...(available ? { availableReplicas: available } : {}),
    ...(unavailable ? { unavailableReplicas: unavailable } : {}),
    terminatingReplicas: sumStatus(all, "terminatingReplicas"),
    conditions: structuredClone(deployment.status?.conditions ?? []),
  };
  const collisions = deployment.status?.collisionCount;
  if (collisions !== undefined) status.collisionCount = collisions;
  const enough = available >= replicasOf(deployment) - maxUnavailable(deployment);
  setCondition(status, nowMs, {
    type: "Available",
    status: enough ? "True" : "False",
    reason: enough ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable",
    message: enough
      ? "Deployment has minimum availability."
      : "Deployment does not have minimum availability.",
  });
  return status;
}

/** Judges the progress of a rollout into `status`. */
export function judgeProgress(
  deployment: Deployment,
  newSet: ReplicaSet | undefined,
  status: DeploymentStatus,
  nowMs: number,
): void {
  if (!hasDeadline(deployment)) {
    removeCondition(status, PROGRESSING);
    return;
  }
  const present = findCondition(deployment.status, PROGRESSING);
  const settled = (status.replicas ?? 0) === (status.updatedReplicas ?? 0) &&
    present?.reason === "NewReplicaSetAvailable";
  if (settled) return;
  const subject = newSet
    ? `ReplicaSet "${newSet.metadata.name}"`
    : `Deployment "${deployment.metadata.name}"`;
  if (isComplete(deployment, status)) {
    setCondition(status, nowMs, {
      type: PROGRESSING,
      status: "True",
      reason: "NewReplicaSetAvailable",
      message: `${subject} has successfully progressed.`,
    });
  } else if (isProgressing(deployment, status)) {
    const since = present?.status === "True" ? present.lastTransitionTime : undefined;
    removeCondition(status, PROGRESSING);
    setCondition(status, nowMs, {
      type: PROGRESSING,
      status: "True",
      reason: "ReplicaSetUpdated",
      message: `${subject} is progressing.`,
    });
    if (since) findCondition(status, PROGRESSING)!.lastTransitionTime = since;
  } else if (isTimedOut(deployment, status, nowMs)) {
    setCondition(status, nowMs, {
      type: PROGRESSING,
      status: "False",
      reason: "ProgressDeadlineExceeded",
      message: `${subject} has timed out progressing.`,
    });
  }
}

/** Source: kubernetes pkg/controller/deployment/util/deployment_util.go (DeploymentComplete). */
export function isComplete(
  deployment: Deployment,
  status: models.DeploymentStatus | undefined,
): boolean {
  const wanted = replicasOf(deployment);
  return (status?.updatedReplicas ?? 0) === wanted && (status?.replicas ?? 0) === wanted &&
    (status?.availableReplicas ?? 0) === wanted &&
    (status?.observedGeneration ?? 0) >= deployment.metadata.generation!;
}

function isProgressing(deployment: Deployment, status: DeploymentStatus): boolean {
  const before: models.DeploymentStatus = deployment.status ?? {};
  type Count = "replicas" | "updatedReplicas" | "readyReplicas" | "availableReplicas";
  const count = (from: models.DeploymentStatus, field: Count) => from[field] ?? 0;
  const old = (from: models.DeploymentStatus) =>
    count(from, "replicas") - count(from, "updatedReplicas");
  return count(status, "updatedReplicas") > count(before, "updatedReplicas") ||
    old(status) < old(before) ||
    count(status, "readyReplicas") > count(before, "readyReplicas") ||
    count(status, "availableReplicas") > count(before, "availableReplicas");
}

function isTimedOut(deployment: Deployment, status: DeploymentStatus, nowMs: number): boolean {
  const present = findCondition(status, PROGRESSING);
  if (!present || present.reason === "NewReplicaSetAvailable") return false;
  if (present.reason === "ProgressDeadlineExceeded") return true;
  return deadlineMs(deployment, present) < nowMs;
}

function deadlineMs(deployment: Deployment, progressing: Condition): number {
  const seconds = deployment.spec?.progressDeadlineSeconds ?? 600;
  return Date.parse(progressing.lastUpdateTime) + seconds * 1000;
}

/** The ReplicaFailure condition of its ReplicaSets becomes the Deployment's. */
export function carryFailure(
  status: DeploymentStatus,
  all: readonly ReplicaSet[],
  newSet: ReplicaSet | undefined,
): void {
  const failing = [...(newSet ? [newSet] : []), ...all]
    .map((one) => conditionOf(one, "ReplicaFailure"))
    .find(Boolean);
  removeCondition(status, "ReplicaFailure");
  if (!failing) return;
  status.conditions.push({
    type: failing.type,
    status: failing.status,
    lastUpdateTime: failing.lastTransitionTime,
    lastTransitionTime: failing.lastTransitionTime,
    reason: failing.reason,
    message: failing.message,
  });
}

/** How long until an unfinished rollout may have missed its deadline; undefined when it cannot. */
export function progressCheckAfterMs(
  deployment: Deployment,
  status: DeploymentStatus,
  nowMs: number,
): number | undefined {
  const present = findCondition(status, PROGRESSING);
  if (!hasDeadline(deployment) || !present || isComplete(deployment, status)) return undefined;
  if (present.reason === "ProgressDeadlineExceeded") return undefined;
  return Math.max(0, deadlineMs(deployment, present) - nowMs) + 1000;
}

export function sameStatus(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b);
}
