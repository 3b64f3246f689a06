import { conditionOf, type Pod, transitionMs } from "../../../kube/mod.ts";

const FIRST_MS = 10_000;
const MOST_MS = 600_000;

/** When a finished pod finished. Source: kubernetes pkg/controller/job/backoff_utils.go (getFinishedTime). */
export function finishedMs(pod: Pod): number {
  const statuses = pod.status?.containerStatuses ?? [];
  const ends = statuses.map(({ state }) => Date.parse(state?.terminated?.finishedAt ?? ""));
  if (ends.length > 0 && !ends.some(Number.isNaN)) return Math.max(...ends);
  const ready = conditionOf(pod, "Ready");
  if (ready?.status === "False") return transitionMs(ready);
  const { deletionTimestamp, deletionGracePeriodSeconds, creationTimestamp } = pod.metadata;
  if (deletionTimestamp) {
    return Date.parse(deletionTimestamp) - (deletionGracePeriodSeconds ?? 0) * 1000;
  }
  return Date.parse(creationTimestamp ?? "");
}

/**
 * How long no pod may replace a failed one: 10 s after the first failure since the last success, then 20 s,
 * and so on up to 10 min. Source: as above (newBackoffRecord, getRemainingTime).
 */
export function backoffLeftMs(failed: readonly Pod[], succeeded: readonly Pod[], nowMs: number) {
  const successMs = Math.max(-Infinity, ...succeeded.map(finishedMs));
  const failures = failed.map(finishedMs).filter((atMs) => atMs > successMs);
  return remainingMs(failures.length, Math.max(...failures), nowMs);
}

/** The same for a number of failures of which the last is known. */
export function remainingMs(failures: number, lastMs: number, nowMs: number): number {
  if (failures === 0) return 0;
  const delayMs = Math.min(FIRST_MS * 2 ** (failures - 1), MOST_MS);
  return Math.max(0, lastMs + delayMs - nowMs);
}
