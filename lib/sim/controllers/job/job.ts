import { rfc3339 } from "../../../go/mod.ts";
import {
  conditionOf,
  controllerOf,
  isApiError,
  isFinished,
  isReady,
  type Job,
  type models,
  type Pod,
  selects,
  transitionMs,
} from "../../../kube/mod.ts";
import { keyOf, ownerKeys, type Reconciler } from "../../reconcile.ts";
import type { WatchEvent } from "../../seams.ts";
import { canonical, isActive } from "../_objects.ts";
import type { PodContext } from "../_pod_index.ts";
import { adopt, createPod, deletePod, release, takesItsOwn } from "../_pods.ts";
import { backoffLeftMs } from "./_backoff.ts";
import { indexOf, IndexSet } from "./_indexes.ts";
import { COMPONENT, hasTracking, jobPod, surplusPods, TRACKING } from "./_job_pods.ts";
import { addCondition, failureCountOf, indexBackoffMs, setCondition } from "./_job_status.ts";
import { judgeFailure, metSuccessRule } from "./_policies.ts";
import type { StoredJob } from "./_stored_job.ts";

const JOBS = "jobs.batch";
/** Source: kubernetes pkg/controller/job/job_controller.go (MaxPodCreateDeletePerSync). */
const MAX_PODS_PER_SYNC = 500;
const MORE_AFTER_MS = 1_000;

/**
 * Runs pods until enough of them have succeeded, or too many have failed.
 *
 * A pod carries a finalizer until its end is counted, so that one deleted meanwhile is not lost; the back-off
 * follows from the pods that are there.
 * Source: kubernetes pkg/controller/job/job_controller.go, pkg/controller/ttlafterfinished.
 * Differs: syncs at once, where upstream gathers a second's events; `uncountedTerminatedPods` stays empty.
 */
export function jobController(context: PodContext): Reconciler {
  const { api, pods } = context;
  return {
    name: COMPONENT,
    watches: [
      { resource: JOBS },
      { resource: "pods", keys: (event) => podKeys(context, event) },
    ],
    reconcile(key) {
      const job = api.get<StoredJob>(JOBS, key.namespace, key.name);
      if (!job) return;
      if (job.spec.managedBy && job.spec.managedBy !== "kubernetes.io/job-controller") return;
      if (isOver(job)) {
        pods.ownedBy(job.metadata.uid!).forEach((pod) => letGo(context, pod));
        return expire(context, job);
      }
      if (takesItsOwn(job)) return new Sync(context, job).run();
    },
  };
}

/** The Job of a pod; a pod whose Job is gone is let go of here, as nobody else will. */
function podKeys(context: PodContext, event: WatchEvent<Pod>) {
  const { api, clock } = context;
  const { object, type } = event;
  const owners = ownerKeys("Job")(event);
  if (type !== "DELETED" && hasTracking(object)) {
    const { namespace, name } = object.metadata;
    const job = owners[0] && api.get(JOBS, namespace!, owners[0].name);
    if (!job || job.metadata.uid !== controllerOf(object)?.uid) {
      clock.post(() => {
        const pod = api.get<Pod>("pods", namespace!, name);
        if (pod && !api.list(JOBS, { namespace }).some((one) => owns(one, pod))) {
          letGo(context, pod);
        }
      });
    }
  }
  if (controllerOf(object) || type === "DELETED" || !object.metadata.labels) return owners;
  return api.list(JOBS, { namespace: object.metadata.namespace })
    .filter((job) => selects(job.spec.selector, object.metadata.labels)).map(keyOf);
}

function owns(job: Job, pod: Pod): boolean {
  return controllerOf(pod)?.uid === job.metadata.uid;
}

function isOver(job: Job): boolean {
  return ["Complete", "Failed"].some((type) => conditionOf(job, type)?.status === "True");
}

/** Takes the tracking finalizer off a pod. */
function letGo({ api }: PodContext, pod: Pod): void {
  const stored = api.get<Pod>("pods", pod.metadata.namespace!, pod.metadata.name);
  if (!stored || stored.metadata.uid !== pod.metadata.uid || !hasTracking(stored)) return;
  const rest = stored.metadata.finalizers!.filter((one) => one !== TRACKING);
  try {
    api.patch("pods", pod.metadata.namespace!, pod.metadata.name, {
      metadata: { finalizers: rest.length > 0 ? rest : null },
    });
  } catch (error) {
    if (!isApiError(error, 404)) throw error;
  }
}

/** Deletes a finished Job after `ttlSecondsAfterFinished`. */
function expire({ api, clock }: PodContext, job: Job): { requeueAfterMs?: number } | void {
  const ttl = job.spec?.ttlSecondsAfterFinished;
  if (ttl === undefined || job.metadata.deletionTimestamp) return;
  const over = ["Complete", "Failed"].map((type) => conditionOf(job, type))
    .find((one) => one?.status === "True");
  const leftMs = transitionMs(over) + ttl * 1000 - clock.now();
  if (leftMs > 0) return { requeueAfterMs: leftMs };
  api.delete(JOBS, job.metadata.namespace!, job.metadata.name, {
    propagationPolicy: "Foreground",
  });
}

/** One pass over one Job that is not over. */
class Sync {
  readonly #spec: StoredJob["spec"];
  readonly #status: models.JobStatus;
  readonly #nowMs: number;
  readonly #pods: Pod[];
  readonly #indexed: boolean;
  #active: Pod[];
  #activeCount: number;
  #readyCount: number;
  #terminating: number;
  /** Succeeded and failed so far, with those not counted yet. */
  #succeeded = 0;
  #failed = 0;
  #succeededIndexes = new IndexSet();
  #failedIndexes = new IndexSet();
  #requeueMs = Infinity;

  constructor(readonly context: PodContext, readonly job: StoredJob) {
    this.#spec = job.spec;
    this.#status = structuredClone(job.status ?? {});
    this.#nowMs = context.clock.now();
    this.#indexed = this.#spec.completionMode === "Indexed";
    this.#pods = this.#claim();
    this.#active = this.#pods.filter(isActive);
    this.#activeCount = this.#active.length;
    this.#readyCount = this.#active.filter(isReady).length;
    this.#terminating = this.#pods
      .filter((pod) => pod.metadata.deletionTimestamp && !isFinished(pod)).length;
  }

  run(): { requeueAfterMs?: number } | void {
    if (!this.#status.startTime && !this.#spec.suspend) {
      this.#status.startTime = rfc3339(this.#nowMs);
    }
    this.#count();
    let end = this.#earlyEnd();
    let failure: Error | undefined;
    if (end) {
      this.#deleteActive();
    } else {
      const manages = !this.job.metadata.deletionTimestamp;
      if (manages) failure = this.#manage();
      if (this.#isComplete()) {
        const message = "Reached expected number of succeeded pods";
        end = { type: "SuccessCriteriaMet", reason: "CompletionsReached", message };
      } else if (manages) this.#noteSuspension();
    }
    this.#track(end);
    this.#status.active = this.#activeCount || undefined;
    this.#status.ready = this.#readyCount;
    this.#status.terminating = this.#terminating;
    this.#status.uncountedTerminatedPods = {};
    this.#write(end && this.#finish(end));
    if (failure) throw failure;
    if (this.#requeueMs < Infinity) return { requeueAfterMs: this.#requeueMs };
  }

  /** The pods it owns, with orphans it selects adopted and those it no longer selects let go. */
  #claim(): Pod[] {
    const { api, pods } = this.context;
    const { uid, namespace, deletionTimestamp } = this.job.metadata;
    const out: Pod[] = [];
    for (const pod of pods.ownedBy(uid!)) {
      if (selects(this.#spec.selector, pod.metadata.labels)) out.push(pod);
      else if (!deletionTimestamp) release(api, "pods", pod, uid!);
    }
    if (deletionTimestamp) return out;
    for (const pod of pods.orphansIn(namespace!)) {
      if (pod.metadata.deletionTimestamp || !selects(this.#spec.selector, pod.metadata.labels)) {
        continue;
      }
      const finalizers = [...pod.metadata.finalizers ?? [], TRACKING];
      out.push(adopt(api, "pods", pod, { owner: this.job, finalizers }));
    }
    return out;
  }

  #isFailed(pod: Pod): boolean {
    if (pod.status?.phase === "Failed") return true;
    const onlyFailed = this.#spec.podReplacementPolicy === "Failed" || this.#spec.podFailurePolicy;
    return !onlyFailed && Boolean(pod.metadata.deletionTimestamp) &&
      pod.status?.phase !== "Succeeded";
  }

  /** Whether a pod has a place in the Job: any, or one with a valid index. */
  #isValid(pod: Pod): boolean {
    return !this.#indexed || (indexOf(pod) ?? Infinity) < (this.#spec.completions ?? 0);
  }

  #count(): void {
    const uncounted = this.#pods.filter((pod) => hasTracking(pod) && this.#isValid(pod));
    const succeeded = uncounted.filter((pod) => pod.status?.phase === "Succeeded");
    const failed = uncounted.filter((pod) => this.#isFailed(pod));
    this.#succeeded = (this.#status.succeeded ?? 0) + succeeded.length;
    this.#failed = (this.#status.failed ?? 0) +
      failed.filter((pod) => judgeFailure(this.job, pod).counts).length;
    if (!this.#indexed) return;
    const { completions = 0, backoffLimitPerIndex } = this.#spec;
    this.#succeededIndexes = IndexSet.parse(this.#status.completedIndexes, completions)
      .with(succeeded.map((pod) => indexOf(pod)!));
    this.#succeeded = this.#succeededIndexes.size;
    if (backoffLimitPerIndex === undefined) return;
    const over = failed.filter((pod) => {
      const { action, counts } = judgeFailure(this.job, pod);
      return action === "FailIndex" || (counts && failureCountOf(pod) >= backoffLimitPerIndex);
    });
    this.#failedIndexes = IndexSet.parse(this.#status.failedIndexes, completions)
      .with(over.map((pod) => indexOf(pod)!));
  }

  /** Why the Job is to end before its pods have done their work. */
  #earlyEnd(): End | undefined {
    for (const type of ["SuccessCriteriaMet", "FailureTarget"] as const) {
      const present = conditionOf({ ...this.job, status: this.#status }, type);
      if (present?.status === "True") {
        const { reason = "", message = "" } = present;
        return { type, reason, message };
      }
    }
    const target = (reason: string, message: string): End => ({
      type: "FailureTarget",
      reason,
      message,
    });
    const refused = this.#spec.podFailurePolicy && this.#pods.filter((pod) => this.#isFailed(pod))
      .map((pod) => judgeFailure(this.job, pod).message).find(Boolean);
    if (refused) return target("PodFailurePolicy", refused);
    if (this.#failed > this.#spec.backoffLimit || this.#tooManyRestarts()) {
      return target("BackoffLimitExceeded", "Job has reached the specified backoff limit");
    }
    if (this.#isLate()) {
      return target("DeadlineExceeded", "Job was active longer than specified deadline");
    }
    if (!this.#indexed) return undefined;
    const { maxFailedIndexes, completions = Infinity } = this.#spec;
    const failed = this.#failedIndexes.size;
    if (maxFailedIndexes !== undefined && failed > maxFailedIndexes) {
      const message = "Job has exceeded the specified maximal number of failed indexes";
      return target("MaxFailedIndexesExceeded", message);
    }
    if (failed > 0 && failed + this.#succeeded >= completions) {
      return target("FailedIndexes", "Job has failed indexes");
    }
    const met = metSuccessRule(this.job, this.#succeededIndexes);
    return met ? { type: "SuccessCriteriaMet", reason: "SuccessPolicy", message: met } : undefined;
  }

  /** With restartPolicy OnFailure it is restarts that count. */
  #tooManyRestarts(): boolean {
    if (this.#spec.template.spec?.restartPolicy !== "OnFailure") return false;
    const restarts = this.#pods
      .filter(({ status }) => status?.phase === "Running" || status?.phase === "Pending")
      .flatMap(({ status }) => [
        ...status?.initContainerStatuses ?? [],
        ...status?.containerStatuses ?? [],
      ])
      .reduce((sum, one) => sum + (one.restartCount ?? 0), 0);
    const limit = this.#spec.backoffLimit;
    return limit === 0 ? restarts > 0 : restarts >= limit;
  }

  #isLate(): boolean {
    const { activeDeadlineSeconds, suspend } = this.#spec;
    if (activeDeadlineSeconds === undefined || suspend) return false;
    const leftMs = Date.parse(this.#status.startTime ?? "") + activeDeadlineSeconds * 1000 -
      this.#nowMs;
    if (leftMs > 0) this.#requeue(leftMs);
    return leftMs <= 0;
  }

  #requeue(afterMs: number): void {
    this.#requeueMs = Math.min(this.#requeueMs, afterMs);
  }

  #isComplete(): boolean {
    const { completions } = this.#spec;
    if (this.#activeCount > 0) return false;
    return completions === undefined ? this.#succeeded > 0 : this.#succeeded >= completions;
  }

  #deleteActive(): void {
    for (const pod of this.#active) {
      deletePod(this.context.api, this.job, pod, COMPONENT);
      if (isReady(pod)) this.#readyCount--;
      this.#terminating++;
    }
    this.#activeCount = 0;
  }

  /** Creates or deletes pods until as many run as should. Gives the error that stopped it. */
  #manage(): Error | undefined {
    const wanted = this.#wantedActive();
    const surplus = surplusPods(this.job, this.#active, Math.max(0, this.#activeCount - wanted));
    if (surplus.length > 0) {
      for (const pod of surplus) {
        letGo(this.context, pod);
        deletePod(this.context.api, this.job, pod, COMPONENT);
        if (isReady(pod)) this.#readyCount--;
        this.#activeCount--;
        this.#terminating++;
      }
      return;
    }
    const onlyFailed = this.#spec.podReplacementPolicy === "Failed" || this.#spec.podFailurePolicy;
    const missing = wanted - (onlyFailed ? this.#terminating : 0) - this.#activeCount;
    if (missing <= 0 || this.#spec.suspend) return;
    try {
      this.#create(missing);
    } catch (error) {
      if (!isApiError(error)) throw error;
      return error as Error;
    }
  }

  #wantedActive(): number {
    const { completions, parallelism, suspend } = this.#spec;
    if (suspend) return 0;
    if (completions === undefined) return this.#succeeded > 0 ? this.#activeCount : parallelism;
    return Math.max(0, Math.min(completions - this.#succeeded, parallelism));
  }

  #create(wanted: number): void {
    const missing = Math.min(wanted, MAX_PODS_PER_SYNC);
    if (missing < wanted) this.#requeue(MORE_AFTER_MS);
    const perIndex = this.#spec.backoffLimitPerIndex !== undefined;
    if (!perIndex) {
      const failed = this.#pods.filter((pod) => this.#isFailed(pod));
      const succeeded = this.#pods.filter(({ status }) => status?.phase === "Succeeded");
      const leftMs = backoffLeftMs(failed, succeeded, this.#nowMs);
      if (leftMs > 0) return this.#requeue(leftMs);
    }
    if (!this.#indexed) {
      for (let i = 0; i < missing; i++) this.#createOne(jobPod(this.job));
      return;
    }
    const taken = this.#pods
      .filter((pod) => isActive(pod) || (pod.metadata.deletionTimestamp && !isFinished(pod)))
      .flatMap((pod) => indexOf(pod) ?? []);
    const open = this.#succeededIndexes.with(this.#failedIndexes).with(taken)
      .missing(missing, this.#spec.completions ?? 0);
    for (const index of open) {
      const replaced = perIndex ? this.#lastFailed(index) : undefined;
      const leftMs = replaced ? indexBackoffMs(replaced, this.#nowMs) : 0;
      if (leftMs > 0) this.#requeue(leftMs);
      else this.#createOne(jobPod(this.job, { index, replaced, perIndex }));
    }
  }

  #createOne(pod: Pod): void {
    createPod(this.context.api, this.job, pod, COMPONENT);
    this.#activeCount++;
  }

  /** The failed pod that the next one of its index takes over the count of failures from. */
  #lastFailed(index: number): Pod | undefined {
    return this.#pods
      .filter((pod) => indexOf(pod) === index && hasTracking(pod) && this.#isFailed(pod))
      .sort((a, b) => failureCountOf(b, true) - failureCountOf(a, true))[0];
  }

  #noteSuspension(): void {
    const { api } = this.context;
    const on = Boolean(this.#spec.suspend);
    const changed = setCondition(this.#status, this.#nowMs, {
      type: "Suspended",
      status: on ? "True" : "False",
      reason: on ? "JobSuspended" : "JobResumed",
      message: on ? "Job suspended" : "Job resumed",
    });
    if (!changed) return;
    api.event(this.job, {
      type: "Normal",
      reason: on ? "Suspended" : "Resumed",
      message: on ? "Job suspended" : "Job resumed",
      component: COMPONENT,
    });
    if (on) delete this.#status.startTime;
    else this.#status.startTime = rfc3339(this.#nowMs);
  }

  /** Counts the pods that have ended, and lets go of them. */
  #track(end: End | undefined): void {
    const indexes: number[] = [];
    const active = new Set(this.#active.map(indexOf));
    for (const pod of this.#pods.filter(hasTracking)) {
      const failed = this.#isFailed(pod);
      const succeeded = pod.status?.phase === "Succeeded";
      if (!end && !this.job.metadata.deletionTimestamp && !succeeded) {
        if (!failed) continue;
        const index = indexOf(pod);
        const awaited = this.#spec.backoffLimitPerIndex !== undefined && index !== undefined &&
          !active.has(index) && !this.#succeededIndexes.has(index) &&
          !this.#failedIndexes.has(index) && this.#lastFailed(index) === pod;
        if (awaited) continue;
      }
      if (succeeded) {
        if (!this.#indexed) this.#status.succeeded = (this.#status.succeeded ?? 0) + 1;
        else if (this.#isValid(pod)) indexes.push(indexOf(pod)!);
      } else if (failed || end?.type === "FailureTarget") {
        if (this.#isValid(pod) && judgeFailure(this.job, pod).counts) {
          this.#status.failed = (this.#status.failed ?? 0) + 1;
        }
      }
      letGo(this.context, pod);
    }
    if (!this.#indexed) return;
    this.#status.completedIndexes = this.#succeededIndexes.with(indexes).toString() || undefined;
    this.#status.succeeded = this.#succeededIndexes.with(indexes).size || undefined;
    if (this.#spec.backoffLimitPerIndex !== undefined) {
      this.#status.failedIndexes = this.#failedIndexes.toString();
    }
  }

  /** Writes the coming end down, and the end itself once no pod is left. Gives what to tell of it. */
  #finish(end: End): { type: "Normal" | "Warning"; reason: string; message: string } | undefined {
    addCondition(this.#status, this.#nowMs, end);
    if (this.#terminating > 0) return undefined;
    const complete = end.type === "SuccessCriteriaMet";
    addCondition(this.#status, this.#nowMs, { ...end, type: complete ? "Complete" : "Failed" });
    if (!complete) return { type: "Warning", reason: end.reason, message: end.message };
    this.#status.completionTime = rfc3339(this.#nowMs);
    return { type: "Normal", reason: "Completed", message: "Job completed" };
  }

  #write(last?: { type: "Normal" | "Warning"; reason: string; message: string }): void {
    const { api } = this.context;
    const { namespace, name, uid } = this.job.metadata;
    const status = Object.fromEntries(
      Object.entries(this.#status).filter(([, value]) => value !== undefined),
    );
    if (canonical(status) !== canonical(this.job.status)) {
      const stored = api.get(JOBS, namespace!, name);
      if (stored?.metadata.uid !== uid) return;
      api.updateStatus(JOBS, { ...structuredClone(stored!), status });
    }
    if (last) api.event(this.job, { ...last, component: COMPONENT });
  }
}

interface End {
  type: "SuccessCriteriaMet" | "FailureTarget";
  reason: string;
  message: string;
}
