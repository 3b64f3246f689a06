import { messageOf } from "../../base/mod.ts";
import { CronSchedule, CronSyntaxError, rfc3339 } from "../../go/mod.ts";
import {
  conditionOf,
  controllerOf,
  controllerReference,
  isApiError,
  type KubeObject,
  type models,
} from "../../kube/mod.ts";
import { keyOf, ownerKeys, type Reconciler } from "../reconcile.ts";
import type { SimContext, WatchEvent } from "../seams.ts";
import { missedSchedule, nextScheduleMs, zonedTimestamp } from "./_cron_schedule.ts";
import { canonical } from "./_objects.ts";

const COMPONENT = "cronjob-controller";
const JOBS = "jobs.batch";
const CRON_JOBS = "cronjobs.batch";
/** Past the scheduled instant, so that it is over when the controller looks; Source: nextScheduleDelta. */
const PADDING_MS = 100;

/**
 * Starts a Job at every scheduled time of a CronJob, and clears away the finished ones.
 * Source: kubernetes pkg/controller/cronjob/cronjob_controllerv2.go.
 */
export function cronJobController(context: SimContext): Reconciler {
  const { api, clock } = context;
  /** A changed schedule counts from its next time on; what lies before is not made up for. */
  const notBefore = new Map<string, number>();
  const scheduleChanged = ({ object, previous }: WatchEvent) => {
    const same = !previous || (object.spec.schedule === previous.spec.schedule &&
      object.spec.timeZone === previous.spec.timeZone);
    if (same) return;
    const schedule = parsed(object);
    if (schedule) notBefore.set(object.metadata.uid!, schedule.next(clock.now()));
  };
  return {
    name: COMPONENT,
    watches: [
      {
        resource: CRON_JOBS,
        keys: (event) => {
          if (event.type === "DELETED") notBefore.delete(event.object.metadata.uid!);
          else scheduleChanged(event);
          return [keyOf(event.object)];
        },
      },
      { resource: JOBS, keys: ownerKeys("CronJob") },
    ],
    reconcile(key) {
      const cronJob = api.get(CRON_JOBS, key.namespace, key.name);
      if (!cronJob) return;
      return new Sync(context, cronJob, notBefore.get(cronJob.metadata.uid!) ?? 0).run();
    },
  };
}

function parsed({ spec }: KubeObject): CronSchedule | undefined {
  try {
    return new CronSchedule(spec.schedule, spec.timeZone ?? "UTC");
  } catch (error) {
    if (error instanceof CronSyntaxError || error instanceof RangeError) return undefined;
    throw error;
  }
}

function finished(job: KubeObject): "Complete" | "Failed" | undefined {
  return (["Complete", "Failed"] as const).find((type) =>
    conditionOf(job, type)?.status === "True"
  );
}

/** One pass over one CronJob. */
class Sync {
  readonly #status: models.CronJobStatus;
  readonly #nowMs: number;

  constructor(
    readonly context: SimContext,
    readonly cronJob: KubeObject,
    readonly notBeforeMs: number,
  ) {
    this.#status = structuredClone(cronJob.status ?? {});
    this.#nowMs = context.clock.now();
  }

  run(): { requeueAfterMs?: number } | void {
    try {
      const jobs = this.#jobs();
      this.#clearAway(jobs);
      this.#notice(jobs);
      return this.#start();
    } finally {
      this.#writeStatus();
    }
  }

  #jobs(): KubeObject[] {
    const { namespace, name } = this.cronJob.metadata;
    return this.context.api.list(JOBS, { namespace })
      .filter((job) => controllerOf(job)?.name === name);
  }

  #event(type: "Normal" | "Warning", reason: string, message: string): void {
    this.context.api.event(this.cronJob, { type, reason, message, component: COMPONENT });
  }

  /** Deletes finished Jobs past the history limits, the oldest first. */
  #clearAway(jobs: KubeObject[]): void {
    const limits = [
      ["Complete", this.cronJob.spec.successfulJobsHistoryLimit],
      ["Failed", this.cronJob.spec.failedJobsHistoryLimit],
    ] as const;
    for (const [type, limit] of limits) {
      if (limit === undefined) continue;
      const ended = jobs.filter((job) => finished(job) === type).sort(byStart);
      for (const job of ended.slice(0, Math.max(0, ended.length - limit))) {
        if (this.#delete(job)) jobs.splice(jobs.indexOf(job), 1);
      }
    }
  }

  #delete(job: KubeObject): boolean {
    const { namespace, name, uid } = job.metadata;
    try {
      const options = { propagationPolicy: "Background" as const };
      this.context.api.delete(JOBS, namespace!, name, options);
    } catch (error) {
      if (!isApiError(error)) throw error;
      this.#event("Warning", "FailedDelete", `Deleted job: ${messageOf(error)}`);
      return false;
    }
    this.#forget(uid);
    this.#event("Normal", "SuccessfulDelete", `Deleted job ${name}`);
    return true;
  }

  #forget(uid: string | undefined): void {
    const rest = this.#active.filter((reference) => reference.uid !== uid);
    if (rest.length > 0) this.#status.active = rest;
    else delete this.#status.active;
  }

  get #active(): models.ObjectReference[] {
    return this.#status.active ?? [];
  }

  /** Takes note of Jobs that ended, came from elsewhere, or went. */
  #notice(jobs: KubeObject[]): void {
    for (const job of jobs) {
      const { name, uid } = job.metadata;
      const known = this.#active.some((reference) => reference.uid === uid);
      const end = finished(job);
      if (!known && !end) {
        const message = `Saw a job that the controller did not create or forgot: ${name}`;
        this.#event("Warning", "UnexpectedJob", message);
      } else if (known && end) {
        this.#forget(uid);
        const message = `Saw completed job: ${name}, condition: ${end}`;
        this.#event("Normal", "SawCompletedJob", message);
      }
      const at = job.status?.completionTime;
      const last = this.#status.lastSuccessfulTime;
      if (end === "Complete" && at && (!last || at > last)) this.#status.lastSuccessfulTime = at;
    }
    for (const { name = "", uid } of this.#active) {
      if (jobs.some((job) => job.metadata.uid === uid)) continue;
      this.#event("Normal", "MissingJob", `Active job went missing: ${name}`);
      this.#forget(uid);
    }
  }

  /** Starts the Job that is due. */
  #start(): { requeueAfterMs?: number } | void {
    const { spec, metadata } = this.cronJob;
    if (metadata.deletionTimestamp || spec.suspend) return;
    const schedule = parsed(this.cronJob);
    if (!schedule) return;
    const again = () => ({
      requeueAfterMs: nextScheduleMs(this.#facts, schedule, this.#nowMs) + PADDING_MS - this.#nowMs,
    });
    if (this.#nowMs < this.notBeforeMs) {
      return { requeueAfterMs: this.notBeforeMs + PADDING_MS - this.#nowMs };
    }
    const missed = missedSchedule(this.#facts, schedule, this.#nowMs, {
      withinSeconds: spec.startingDeadlineSeconds,
    });
    if (missed.error) {
      const message = `invalid schedule: ${spec.schedule} : ${missed.error}`;
      return this.#event("Warning", "InvalidSchedule", message);
    }
    if (missed.atMs === undefined) return again();
    if (missed.count > 100) {
      const message = "too many missed start times. Set or decrease " +
        ".spec.startingDeadlineSeconds or check clock skew";
      this.#event("Warning", "TooManyMissedTimes", message);
    }
    if (this.#mayStart(missed.atMs)) this.#create(missed.atMs);
    return again();
  }

  get #facts() {
    const { creationTimestamp } = this.cronJob.metadata;
    return { sinceMs: Date.parse(this.#status.lastScheduleTime ?? creationTimestamp ?? "") };
  }

  #mayStart(atMs: number): boolean {
    const { spec } = this.cronJob;
    const { startingDeadlineSeconds: deadline, concurrencyPolicy } = spec;
    if (deadline !== undefined && atMs + deadline * 1000 < this.#nowMs) {
      const at = new Date(atMs).toUTCString().replace("GMT", "UTC");
      this.#event("Warning", "MissSchedule", `Missed scheduled time to start a job: ${at}`);
      return false;
    }
    const name = this.#jobName(atMs);
    const done = this.#active.some((reference) => reference.name === name) ||
      this.#status.lastScheduleTime === rfc3339(atMs);
    if (done) return false;
    if (concurrencyPolicy === "Forbid" && this.#active.length > 0) {
      const message = "Not starting job because prior execution is running and concurrency " +
        "policy is Forbid";
      this.#event("Normal", "JobAlreadyActive", message);
      return false;
    }
    if (concurrencyPolicy !== "Replace") return true;
    return this.#active.every(({ namespace = "", name: running = "" }) => {
      const job = this.context.api.get(JOBS, namespace, running);
      return !job || this.#delete(job);
    });
  }

  #jobName(atMs: number): string {
    return `${this.cronJob.metadata.name}-${Math.floor(atMs / 60_000)}`;
  }

  #create(atMs: number): void {
    const { api } = this.context;
    const { metadata, spec } = this.cronJob;
    const template = structuredClone(spec.jobTemplate);
    const wanted: KubeObject = {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: {
        name: this.#jobName(atMs),
        namespace: metadata.namespace,
        ...(template.metadata?.labels ? { labels: template.metadata.labels } : {}),
        annotations: {
          ...template.metadata?.annotations,
          "batch.kubernetes.io/cronjob-scheduled-timestamp": zonedTimestamp(
            atMs,
            spec.timeZone ?? "UTC",
          ),
        },
        ownerReferences: [controllerReference(this.cronJob)],
      },
      spec: template.spec,
    };
    let job: KubeObject;
    try {
      job = api.create(JOBS, wanted);
      this.#event("Normal", "SuccessfulCreate", `Created job ${job.metadata.name}`);
    } catch (error) {
      if (!isApiError(error)) throw error;
      const present = api.get(JOBS, metadata.namespace!, wanted.metadata.name);
      if (!isApiError(error, 409) || controllerOf(present!)?.uid !== metadata.uid) {
        if (isApiError(error, 409)) return;
        const message = `Error creating job: ${messageOf(error)}`;
        this.#event("Warning", "FailedCreate", message);
        throw error;
      }
      job = present!;
    }
    this.#status.active = [...this.#active, {
      kind: "Job",
      namespace: job.metadata.namespace,
      name: job.metadata.name,
      uid: job.metadata.uid,
      apiVersion: "batch/v1",
      resourceVersion: job.metadata.resourceVersion,
    }];
    this.#status.lastScheduleTime = rfc3339(atMs);
  }

  #writeStatus(): void {
    if (canonical(this.cronJob.status) === canonical(this.#status)) return;
    const { namespace, name } = this.cronJob.metadata;
    const stored = this.context.api.get(CRON_JOBS, namespace!, name);
    if (!stored || stored.metadata.uid !== this.cronJob.metadata.uid) return;
    this.context.api.updateStatus(CRON_JOBS, { ...structuredClone(stored), status: this.#status });
  }
}

function byStart(a: KubeObject, b: KubeObject): number {
  const [left, right] = [a.status?.startTime ?? "~", b.status?.startTime ?? "~"];
  if (left !== right) return left < right ? -1 : 1;
  return a.metadata.name < b.metadata.name ? -1 : 1;
}
