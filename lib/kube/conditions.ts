import type { ContainerStatus } from "./_models.ts";

/** What is observed of an object in one respect; of a kind's own fields only those that all have. */
export interface Condition {
  type: string;
  status: "True" | "False" | "Unknown";
  reason?: string;
  message?: string;
  lastTransitionTime?: string;
  observedGeneration?: number;
}

/** An object, as far as its conditions go. */
interface WithConditions {
  status?: { phase?: string; conditions?: readonly unknown[] | null };
}

/** Source: kubernetes/apimachinery pkg/api/meta/conditions.go (FindStatusCondition). */
export function conditionOf(
  object: WithConditions | undefined,
  type: string,
): Condition | undefined {
  return (object?.status?.conditions as Condition[] | undefined)?.find((one) => one.type === type);
}

/** When a condition became what it is, in Unix milliseconds; 0, long ago, where it does not say. */
export function transitionMs(condition: Condition | undefined): number {
  return Date.parse(condition?.lastTransitionTime ?? "") || 0;
}

/** Source: as above (IsStatusConditionTrue). */
export function isConditionTrue(object: WithConditions | undefined, type: string): boolean {
  return conditionOf(object, type)?.status === "True";
}

/**
 * Sets a condition; its time of transition stays where its status does. `object` is changed in place.
 * Source: as above (SetStatusCondition).
 */
export function setStatusCondition(
  object: { status?: { conditions?: Condition[] } },
  condition: Condition,
): void {
  object.status ??= {};
  const conditions = object.status.conditions ??= [];
  const at = conditions.findIndex(({ type }) => type === condition.type);
  if (at < 0) conditions.push(condition);
  else {
    const { status, lastTransitionTime } = conditions[at];
    conditions[at] = status === condition.status ? { ...condition, lastTransitionTime } : condition;
  }
}

/** Whether a pod has ended for good. Source: kubernetes pkg/api/v1/pod/util.go (IsPodTerminal). */
export function isFinished(pod: WithConditions): boolean {
  return pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";
}

/** Whether a pod is ready. Source: as above (IsPodReady). */
export function isReady(pod: WithConditions): boolean {
  return isConditionTrue(pod, "Ready");
}

/** Whether a container ran at any time, so that it has a log: one whose image is not there never did. */
export function hasRun({ state, lastState, restartCount }: ContainerStatus): boolean {
  return (restartCount ?? 0) > 0 ||
    [state, lastState].some((one) => one?.running !== undefined || one?.terminated !== undefined);
}
