import {
  decideJobs,
  jobBounds,
  type JobCounts,
  type JobDecision,
  joinQueues,
  type QueueReading,
  queueReading,
} from "../../autoscale/mod.ts";
import { conditionOf, type Job, type Pod } from "../../kube/mod.ts";
import { lazy } from "../reads.ts";
import type { Scaled } from "../scaled.ts";
import { KedaWalk } from "./keda_walk.ts";
import { saidByOperator } from "./keda_words.ts";

/** The label of a ScaledJob's Jobs and pods. Source: kedacore/keda pkg/scaling/executor/scale_jobs.go. */
export const JOB_LABEL = "scaledjob.keda.sh/name";

/** How long a trigger's queue is, for how much of it one Job is, and whether that is enough to start any. */
export interface Queue {
  length: number;
  target: number;
  isActive: boolean;
  /** Whether that is of KEDA's last poll, and not of now. */
  isOld: boolean;
}

/** What a ScaledJob's next poll would do. */
export interface JobSum {
  queues: Queue[];
  counts: JobCounts;
  decision: JobDecision;
  isActive: boolean;
  jobs: number;
}

/** A ScaledJob, who works on it, and the Jobs that it has started. */
export class JobWalk extends KedaWalk {
  override readonly kind = "ScaledJob";
  readonly jobs: () => Promise<Job[]> = lazy(async () =>
    (await this.cluster.reads.list<Job>("batch/v1/jobs", this.namespace))
      .filter(({ metadata }) => metadata.labels?.[JOB_LABEL] === this.object.metadata.name)
  );

  /** Those that have not ended, and those that have, the last first. Errors: NotSeen. */
  async counted(): Promise<{ open: Job[]; complete: Job[]; failed: Job[] }> {
    const jobs = (await this.jobs()).toSorted((a, b) => endMs(b) - endMs(a));
    const ended = (type: string) => jobs.filter((job) => conditionOf(job, type)?.status === "True");
    const [complete, failed] = [ended("Complete"), ended("Failed")];
    const open = jobs.filter((job) => !complete.includes(job) && !failed.includes(job));
    return { open, complete, failed };
  }

  /** The pods of its Jobs, ended ones too. Errors: NotSeen. */
  async pods(): Promise<Pod[]> {
    return (await this.cluster.reads.list<Pod>("v1/pods", this.namespace))
      .filter(({ metadata }) => metadata.labels?.[JOB_LABEL] === this.object.metadata.name);
  }

  /** The pods of one Job. Errors: NotSeen. */
  async podsOf({ metadata: { name } }: Job): Promise<Pod[]> {
    return (await this.pods()).filter(({ metadata }) => metadata.labels?.["job-name"] === name);
  }

  /** As KEDA counts them. Errors: NotSeen. */
  async counts(): Promise<JobCounts> {
    const { open } = await this.counted();
    const wanted: string[] = this.object.spec.scalingStrategy?.pendingPodConditions ?? [];
    let pending = 0;
    for (const job of open) {
      const hasBegun = (await this.podsOf(job)).some((pod) =>
        wanted.length > 0
          ? wanted.every((type) => conditionOf(pod, type)?.status === "True")
          : pod.status?.phase === "Running" || pod.status?.phase === "Succeeded"
      );
      if (!hasBegun) pending++;
    }
    return { running: open.length, pending };
  }

  /** What queues of these lengths come to. Errors: NotSeen. */
  async sumOf(queues: Queue[]): Promise<JobSum> {
    const { spec } = this.object;
    const { more } = jobBounds(spec);
    const readings: QueueReading[] = queues.map(({ length, ...queue }) =>
      queueReading(length, { ...queue, more })
    );
    const { isActive, queueLength, jobs } = joinQueues(readings, spec);
    const counts = await this.counts();
    const decision = decideJobs(spec, { queueLength, jobs }, counts);
    return { queues, counts, decision, isActive, jobs };
  }

  /** The metric that KEDA makes of a trigger, and whether it was active at the last poll. */
  activityOf(number: number): { metric: string; isActive: boolean } | undefined {
    const activity: Record<string, { isActive: boolean }> = this.object.status?.triggersActivity ??
      {};
    const metric = Object.keys(activity).find((name) => name.startsWith(`s${number}-`));
    return metric === undefined ? undefined : { metric, isActive: activity[metric].isActive };
  }

  override async refusal(): Promise<string> {
    const condition = conditionOf(this.object, "Ready");
    const words = condition?.status === "False" ? await this.operatorWords() : undefined;
    return [saidByOperator(this.object), words?.error ?? ""].filter(Boolean).join(": ");
  }

  /** Its Jobs as replicas. Whose pods serve what is asked for, when they end with their work, is others' matter. */
  protected override async findScaled(): Promise<Scaled> {
    const { name } = this.object.metadata;
    const { open } = await this.counted();
    return {
      kind: this.kind,
      apiVersion: "keda.sh/v1alpha1",
      name,
      namespace: this.namespace,
      resource: this.resource,
      scale: {
        specReplicas: open.length,
        statusReplicas: open.length,
        selector: `${JOB_LABEL}=${name}`,
      },
      pods: [],
    };
  }
}

/** When a Job ended, or was made. */
function endMs(job: Job): number {
  const ended = ["Complete", "Failed"].map((type) => conditionOf(job, type))
    .find((one) => one?.status === "True");
  return Date.parse(ended?.lastTransitionTime ?? job.metadata.creationTimestamp ?? "") || 0;
}
