import type { KubeObject, Pod } from "../../kube/mod.ts";
import { ownerKeys, type Reconciler } from "../reconcile.ts";
import type { SimContext } from "../seams.ts";
import { canonical, condition, controllerOf, isActive, isReady, timestamp } from "./_objects.ts";
import { createPod, deletePod, podFromTemplate } from "./_pods.ts";

const COMPONENT = "job-controller";
const BACKOFF_MS = 10_000;
const MAX_BACKOFF_MS = 600_000;

/**
 * Runs pods until enough of them have succeeded.
 * Source: kubernetes pkg/controller/job/job_controller.go.
 * Differs: no indexed completion, no pod failure policy, no suspension.
 */
export function jobController(context: SimContext): Reconciler {
  const { api } = context;
  return {
    name: COMPONENT,
    watches: [{ resource: "jobs.batch" }, { resource: "pods", keys: ownerKeys("Job") }],
    reconcile(key) {
      const job = api.get("jobs.batch", key.namespace, key.name);
      if (job && !job.metadata.deletionTimestamp) return sync(context, job);
    },
  };
}

function sync(context: SimContext, job: KubeObject): { requeueAfterMs?: number } | void {
  const { api, clock } = context;
  if (isOver(job)) return expire(context, job);
  const pods = api.list<Pod>("pods", { namespace: job.metadata.namespace })
    .filter((pod) => controllerOf(pod)?.uid === job.metadata.uid);
  const active = pods.filter(isActive);
  const succeeded = pods.filter((pod) => pod.status?.phase === "Succeeded").length;
  const failures = pods.filter((pod) => pod.status?.phase === "Failed");
  const status: any = {
    ...structuredClone(job.status ?? {}),
    startTime: job.status?.startTime ?? timestamp(clock.now()),
    active: active.length || undefined,
    ready: active.filter(isReady).length,
    succeeded: succeeded || undefined,
    failed: failures.length || undefined,
    terminating: pods.filter((pod) => pod.metadata.deletionTimestamp).length,
    uncountedTerminatedPods: {},
  };
  const wanted = job.spec.completions ?? 1;
  const restarts = active.flatMap((pod) => pod.status?.containerStatuses ?? [])
    .reduce((sum, one) => sum + (one.restartCount ?? 0), 0);
  const tooMany = failures.length + restarts > (job.spec.backoffLimit ?? 6);
  const late = lateMs(job, status, clock.now());
  if (succeeded >= wanted) {
    status.completionTime = timestamp(clock.now());
    finish(context, status, { type: "SuccessCriteriaMet", reason: "CompletionsReached" });
    finish(context, status, { type: "Complete", reason: "CompletionsReached" });
    api.event(job, {
      type: "Normal",
      reason: "Completed",
      message: "Job completed",
      component: COMPONENT,
    });
  } else if (tooMany || late === 0) {
    const reason = tooMany ? "BackoffLimitExceeded" : "DeadlineExceeded";
    const message = tooMany
      ? "Job has reached the specified backoff limit"
      : "Job was active longer than specified deadline";
    active.forEach((pod) => deletePod(api, job, pod, COMPONENT));
    finish(context, status, { type: "FailureTarget", reason, message });
    finish(context, status, { type: "Failed", reason, message });
    delete status.active;
    api.event(job, { type: "Warning", reason, message, component: COMPONENT });
  } else {
    const waitMs = failureWaitMs(failures, clock.now());
    if (waitMs > 0) {
      write(context, job, status);
      return { requeueAfterMs: waitMs };
    }
    const want = Math.min(job.spec.parallelism ?? 1, wanted - succeeded);
    for (let i = active.length; i < want; i++) createPod(api, job, jobPod(job), COMPONENT);
    status.active = Math.max(active.length, want) || undefined;
  }
  write(context, job, status);
  if (late !== undefined && late > 0) return { requeueAfterMs: late };
}

function isOver(job: KubeObject): boolean {
  return ["Complete", "Failed"].some((type) => condition(job, type)?.status === "True");
}

/** How long until `activeDeadlineSeconds` has passed; 0 when it has. */
function lateMs(job: KubeObject, status: any, nowMs: number): number | undefined {
  const seconds = job.spec.activeDeadlineSeconds;
  if (seconds === undefined) return undefined;
  return Math.max(0, Date.parse(status.startTime) + seconds * 1000 - nowMs);
}

/** A failed pod is replaced after 10 s, then 20 s, and so on. */
function failureWaitMs(failures: readonly Pod[], nowMs: number): number {
  if (failures.length === 0) return 0;
  const ends = failures.flatMap((pod) =>
    (pod.status?.containerStatuses ?? []).map((one) =>
      Date.parse(one.state?.terminated?.finishedAt ?? "") || 0
    )
  );
  const backoffMs = Math.min(BACKOFF_MS * 2 ** (failures.length - 1), MAX_BACKOFF_MS);
  return Math.max(0, Math.max(0, ...ends) + backoffMs - nowMs);
}

function jobPod(job: KubeObject): Pod {
  return podFromTemplate(job, job.spec.template, { generateName: `${job.metadata.name}-` });
}

function finish(
  { clock }: SimContext,
  status: any,
  what: { type: string; reason: string; message?: string },
): void {
  const now = timestamp(clock.now());
  status.conditions = [...status.conditions ?? [], {
    type: what.type,
    status: "True",
    lastProbeTime: now,
    lastTransitionTime: now,
    reason: what.reason,
    message: what.message ?? "Reached expected number of succeeded pods",
  }];
}

function write({ api }: SimContext, job: KubeObject, status: any): void {
  for (const key of Object.keys(status)) if (status[key] === undefined) delete status[key];
  if (canonical(status) === canonical(job.status)) return;
  const present = api.get("jobs.batch", job.metadata.namespace!, job.metadata.name);
  if (present) api.updateStatus("jobs.batch", { ...structuredClone(present), status });
}

/** Deletes a finished Job after `ttlSecondsAfterFinished`. */
function expire({ api, clock }: SimContext, job: KubeObject): { requeueAfterMs?: number } | void {
  const ttl = job.spec.ttlSecondsAfterFinished;
  if (ttl === undefined) return;
  const over = condition(job, "Complete") ?? condition(job, "Failed");
  const leftMs = Date.parse(over.lastTransitionTime) + ttl * 1000 - clock.now();
  if (leftMs > 0) return { requeueAfterMs: leftMs };
  api.delete("jobs.batch", job.metadata.namespace!, job.metadata.name, {
    propagationPolicy: "Foreground",
  });
}
