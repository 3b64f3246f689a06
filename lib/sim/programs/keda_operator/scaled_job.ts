import type { ScaledJobScaling } from "../../../autoscale/mod.ts";
import type { Job, KubeObject } from "../../../kube/mod.ts";
import { boolAnnotation, type Condition, type Trigger } from "./scalable.ts";

/*
 * ScaledJobs as the operator sees them.
 * Source: kedacore/keda apis/keda/v1alpha1/scaledjob_types.go.
 */

export interface ScaledJobSpec extends ScaledJobScaling {
  jobTargetRef?: Job["spec"];
  pollingInterval?: number;
  successfulJobsHistoryLimit?: number;
  failedJobsHistoryLimit?: number;
  /** Deprecated: `rollout.strategy`. */
  rolloutStrategy?: string;
  rollout?: { strategy?: string; propagationPolicy?: string };
  envSourceContainerName?: string;
  scalingStrategy?: ScaledJobScaling["scalingStrategy"] & { pendingPodConditions?: string[] };
  triggers: Trigger[];
}

export interface ScaledJobStatus {
  lastActiveTime?: string;
  conditions?: Condition[];
  triggersTypes?: string;
  authenticationsTypes?: string;
  triggersActivity?: Record<string, { isActive: boolean }>;
}

export type ScaledJob = KubeObject<ScaledJobSpec, ScaledJobStatus>;

export const SCALED_JOBS = "scaledjobs.keda.sh";
export const JOBS = "jobs.batch";
/** The label by which the Jobs of a ScaledJob, and their pods, are found. */
export const JOB_OWNER_LABEL = "scaledjob.keda.sh/name";
/** Which generation of the ScaledJob a Job was made from. */
export const JOB_GENERATION = "scaledjob.keda.sh/generation";

export function isJobPaused(object: ScaledJob): boolean {
  return boolAnnotation(object, "paused");
}

/** The selector of a ScaledJob's Jobs. */
export function jobsOf({ metadata: { namespace = "", name } }: ScaledJob) {
  return { namespace, labelSelector: `${JOB_OWNER_LABEL}=${name}` };
}
