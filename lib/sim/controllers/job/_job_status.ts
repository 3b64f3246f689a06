import { rfc3339 } from "../../../go/mod.ts";
import type { models, Pod } from "../../../kube/mod.ts";
import { finishedMs, remainingMs } from "./_backoff.ts";

const FAILURES = "batch.kubernetes.io/job-index-failure-count";
const IGNORED = "batch.kubernetes.io/job-index-ignored-failure-count";

/** How often the index of a pod had failed before it; with those that a policy ignores if asked. */
export function failureCountOf(pod: Pod, all = false): number {
  const { annotations = {} } = pod.metadata;
  const count = (name: string) => Number.parseInt(annotations[name] ?? "0", 10) || 0;
  return count(FAILURES) + (all ? count(IGNORED) : 0);
}

/** The annotations by which a pod carries on the count of the one it replaces. */
export function failureCounts(replaced: Pod | undefined, counts: boolean): Record<string, string> {
  if (!replaced) return { [FAILURES]: "0" };
  const failures = failureCountOf(replaced) + (counts ? 1 : 0);
  const ignored = failureCountOf(replaced, true) - failureCountOf(replaced) + (counts ? 0 : 1);
  return {
    [FAILURES]: String(failures),
    ...(ignored > 0 ? { [IGNORED]: String(ignored) } : {}),
  };
}

/** How long the next pod of an index has to wait after `failed`. */
export function indexBackoffMs(failed: Pod, nowMs: number): number {
  return remainingMs(failureCountOf(failed, true) + 1, finishedMs(failed), nowMs);
}

interface Verdict {
  type: string;
  reason: string;
  message: string;
}

/** Adds a condition that holds, unless it is there. */
export function addCondition(status: models.JobStatus, nowMs: number, verdict: Verdict): void {
  setCondition(status, nowMs, { ...verdict, status: "True" });
}

/**
 * Adds or changes a condition; one that never held is not added as False. Gives whether anything changed.
 * Source: kubernetes pkg/controller/job/job_controller.go (ensureJobConditionStatus).
 */
export function setCondition(
  status: models.JobStatus,
  nowMs: number,
  verdict: Verdict & { status: "True" | "False" },
): boolean {
  const now = rfc3339(nowMs);
  const { type, reason, message } = verdict;
  const next: models.JobCondition = {
    type,
    status: verdict.status,
    lastProbeTime: now,
    lastTransitionTime: now,
    reason,
    message,
  };
  const present = status.conditions ?? [];
  const found = present.findIndex((one) => one.type === type);
  if (found < 0) {
    if (verdict.status === "False") return false;
    status.conditions = [...present, next];
    return true;
  }
  const old = present[found];
  if (old.status === verdict.status && old.reason === reason && old.message === message) {
    return false;
  }
  status.conditions = present.with(found, next);
  return true;
}
