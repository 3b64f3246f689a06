import { parseGoFloat } from "../go/mod.ts";
import { KEDA_DEFAULTS } from "./keda.ts";

/** What of a ScaledJob's spec says how many Jobs it starts. */
export interface ScaledJobScaling {
  minReplicaCount?: number;
  maxReplicaCount?: number;
  scalingStrategy?: {
    strategy?: string;
    customScalingQueueLengthDeduction?: number;
    customScalingRunningJobPercentage?: string;
    multipleScalersCalculation?: string;
  };
}

/**
 * How many Jobs always run, and how many more may.
 * Source: kedacore/keda apis/keda/v1alpha1/scaledjob_types.go (MinReplicaCount, MaxReplicaCount).
 */
export function jobBounds(
  { minReplicaCount, maxReplicaCount }: ScaledJobScaling,
): { min: number; more: number } {
  const min = minReplicaCount ?? KEDA_DEFAULTS.minReplicaCount;
  if (maxReplicaCount === undefined) return { min, more: KEDA_DEFAULTS.maxReplicaCount };
  if (min > maxReplicaCount) return { min: maxReplicaCount, more: maxReplicaCount };
  return { min, more: maxReplicaCount - min };
}

/** What one trigger of a ScaledJob comes to. */
export interface QueueReading {
  queueLength: number;
  /** The Jobs that it asks for, before it is rounded up; at most as many as may run beyond the minimum. */
  jobs: number;
  isActive: boolean;
}

/** Source: kedacore/keda pkg/scaling/scaledjob/metrics.go (CalculateQueueLengthAndMaxValue). */
export function queueReading(
  queueLength: number,
  { target, isActive, more }: { target: number; isActive: boolean; more: number },
): QueueReading {
  const jobs = target === 0 ? 0 : Math.min(queueLength / target, more);
  return { queueLength, jobs, isActive };
}

/** What the triggers of a ScaledJob come to together. */
export interface QueueState {
  isActive: boolean;
  /** Rounded up. */
  queueLength: number;
  /** The Jobs that are asked for, rounded up. */
  jobs: number;
}

/** Source: kedacore/keda pkg/scaling/scaledjob/metrics.go (IsScaledJobActive). */
export function joinQueues(
  readings: readonly QueueReading[],
  scaling: ScaledJobScaling,
): QueueState & { jobsExactly: number } {
  const active = readings.filter(({ isActive }) => isActive);
  const { min, more } = jobBounds(scaling);
  const { isActive, queueLength, jobs } = joined(
    active,
    scaling.scalingStrategy?.multipleScalersCalculation,
  );
  const jobsExactly = Math.min(jobs, more);
  return {
    isActive: isActive || min > 0,
    queueLength: Math.ceil(queueLength),
    jobs: Math.ceil(jobsExactly),
    jobsExactly,
  };
}

function joined(active: readonly QueueReading[], calculation: string | undefined): QueueReading {
  const none: QueueReading = { queueLength: 0, jobs: 0, isActive: false };
  switch (calculation) {
    case "min":
      // An empty queue gives way to the next.
      return active.reduce(
        (least, one) =>
          least.queueLength === 0 || one.queueLength < least.queueLength ? one : least,
        none,
      );
    case "avg":
    case "sum": {
      const by = calculation === "avg" ? Math.max(1, active.length) : 1;
      const sum = (key: "queueLength" | "jobs") =>
        active.reduce((total, one) => total + one[key], 0) / by;
      return {
        queueLength: sum("queueLength"),
        jobs: sum("jobs"),
        isActive: active.length > 0,
      };
    }
    default:
      return active.reduce((most, one) => one.queueLength > most.queueLength ? one : most, none);
  }
}

/** The Jobs of a ScaledJob that are not over, and those of them that have not begun. */
export interface JobCounts {
  running: number;
  pending: number;
}

/** How many Jobs are started at one poll. */
export interface JobDecision {
  strategy: "minimum" | "default" | "custom" | "accurate" | "eager";
  /** As many as are missing, never below 0. */
  effectiveMaxScale: number;
  scaleTo: number;
  /** The lesser of both. */
  starts: number;
}

/**
 * How many Jobs a ScaledJob starts, while it is active.
 * Source: kedacore/keda pkg/scaling/executor/scale_jobs.go (getScalingDecision, GetEffectiveMaxScale, createJobs).
 */
export function decideJobs(
  scaling: ScaledJobScaling,
  { queueLength, jobs }: Pick<QueueState, "queueLength" | "jobs">,
  { running, pending }: JobCounts,
): JobDecision {
  const { min, more } = jobBounds(scaling);
  if (running < min) {
    return decided("minimum", min - running, min - running);
  }
  const strategy = strategyOf(scaling);
  const [missing, scaleTo] = effectiveMaxScale(scaling, {
    maxScale: jobs,
    running: running - min,
    pending,
    maxReplicaCount: more,
    scaleTo: queueLength,
  });
  return decided(strategy, missing, scaleTo);
}

function decided(
  strategy: JobDecision["strategy"],
  missing: number,
  scaleTo: number,
): JobDecision {
  const effective = Math.max(0, missing);
  return { strategy, effectiveMaxScale: effective, scaleTo, starts: Math.min(effective, scaleTo) };
}

/** The strategy in use: a custom one whose percentage is no number is the default one. */
export function strategyOf(
  { scalingStrategy = {} }: ScaledJobScaling,
): Exclude<JobDecision["strategy"], "minimum"> {
  const { strategy, customScalingRunningJobPercentage = "" } = scalingStrategy;
  switch (strategy) {
    case "custom":
      return parseGoFloat(customScalingRunningJobPercentage) === undefined ? "default" : "custom";
    case "accurate":
    case "eager":
      return strategy;
    default:
      return "default";
  }
}

/**
 * How many Jobs a strategy lets start, and how many it wants.
 * Source: as above (GetEffectiveMaxScale of each strategy).
 */
export function effectiveMaxScale(
  scaling: ScaledJobScaling,
  { maxScale, running, pending, maxReplicaCount, scaleTo }: {
    maxScale: number;
    running: number;
    pending: number;
    maxReplicaCount: number;
    scaleTo: number;
  },
): [effectiveMaxScale: number, scaleTo: number] {
  switch (strategyOf(scaling)) {
    case "custom": {
      const { customScalingQueueLengthDeduction = 0, customScalingRunningJobPercentage = "" } =
        scaling.scalingStrategy!;
      const percentage = parseGoFloat(customScalingRunningJobPercentage)!;
      const missing = maxScale - customScalingQueueLengthDeduction -
        Math.trunc(running * percentage);
      return [Math.min(missing, maxReplicaCount), scaleTo];
    }
    case "accurate":
      return [
        maxScale + running - pending > maxReplicaCount
          ? maxReplicaCount - running
          : maxScale - pending,
        scaleTo,
      ];
    case "eager":
      return [Math.min(maxReplicaCount - running - pending, maxScale), maxReplicaCount];
    default:
      return [maxScale - running, scaleTo];
  }
}
