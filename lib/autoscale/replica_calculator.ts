import type { HpaOptions } from "./defaults.ts";
import { groupPods, type PodGroups, podRequests } from "./group_pods.ts";
import type { PodReading, PodView } from "./hpa_types.ts";
import { capInt32, INT64_MAX, INT64_MIN, percent, timesOver, toInt32 } from "./integers.ts";

/** How far a ratio may be from 1, below and above, without a change. */
export interface Tolerances {
  scaleDown: number;
  scaleUp: number;
}

/** Source: kubernetes/kubernetes pkg/controller/podautoscaler/replica_calculator.go (isWithin). */
export function isWithinTolerance(ratio: number, tolerances: Tolerances): boolean {
  return 1 - tolerances.scaleDown <= ratio && ratio <= 1 + tolerances.scaleUp;
}

/** Why a proposal is what it is. */
export type ProposalRule =
  /** ceil(ratio × pods). */
  | "ratio times pods"
  /** ceil(total ÷ target per pod). */
  | "total over target"
  /** At 0 replicas: ceil(ratio). */
  | "ratio from zero"
  /** The ratio is close enough to 1. */
  | "within tolerance"
  /** Counting missing and unready pods carefully turned the direction round. */
  | "direction flip";

/** One metric's proposal and the whole way to it. */
export interface Proposal {
  replicas: number;
  /** What `status.currentMetrics` reports, in thousandths; the sum, the mean, or the total per pod. */
  usageMilli: number;
  /** Percent of the requests, for Utilization targets. */
  utilization?: number;
  rule: ProposalRule;
  /** Everything read, added up, in thousandths. */
  totalMilli: number;
  /** In thousandths; in percent for Utilization targets. */
  target: number;
  /** usage ÷ target as first computed. */
  ratio: number;
  /** The ratio after missing and unready pods were given values, when they were. */
  adjustedRatio?: number;
  /** What the ratio was multiplied by. */
  pods?: number;
  /** Before rounding up. */
  unrounded?: number;
  groups?: PodGroups;
  requestsTotalMilli?: number;
  tolerances: Tolerances;
}

/** A metric that was read and yet gives no replica count. */
export class MetricComputationError extends Error {
  override name = "MetricComputationError";
}

/** What every calculation is given besides its metric. */
export interface CalculatorContext {
  /** The scale's spec.replicas. */
  specReplicas: number;
  /** The scale's status.replicas. */
  statusReplicas: number;
  pods: readonly PodView[];
  tolerances: Tolerances;
  nowMs: number;
  options: HpaOptions;
}

const NO_PODS = "no pods returned by selector while calculating replica count";
const NO_METRICS = "did not receive metrics for targeted pods (pods might be unready)";

/**
 * Replicas for one value against a target for the whole workload (Object or External with `Value`):
 * ceil(value ÷ target × ready pods), or ceil(value ÷ target) when there are no replicas.
 * Units: thousandths. Errors: MetricComputationError.
 * Source: kubernetes/kubernetes pkg/controller/podautoscaler/replica_calculator.go
 * (GetObjectMetricReplicas, GetExternalMetricReplicas, getUsageRatioReplicaCount).
 */
export function valueReplicas(
  totalMilli: number,
  targetMilli: number,
  context: CalculatorContext,
): Proposal {
  const { specReplicas, tolerances } = context;
  const ratio = totalMilli / targetMilli;
  const base = { usageMilli: totalMilli, totalMilli, target: targetMilli, ratio, tolerances };
  if (specReplicas === 0) {
    return { ...base, replicas: toInt32(ratio), rule: "ratio from zero", unrounded: ratio };
  }
  if (isWithinTolerance(ratio, tolerances)) {
    return { ...base, replicas: specReplicas, rule: "within tolerance" };
  }
  const pods = countReadyPods(context.pods);
  const unrounded = ratio * pods;
  return { ...base, replicas: capInt32(unrounded), rule: "ratio times pods", pods, unrounded };
}

function countReadyPods(pods: readonly PodView[]): number {
  if (pods.length === 0) {
    throw new MetricComputationError(`unable to calculate ready pods: ${NO_PODS}`);
  }
  return pods.filter((pod) => pod.phase === "Running" && pod.ready?.status === "True").length;
}

/**
 * Replicas for one value against a target per pod (Object or External with `AverageValue`):
 * ceil(value ÷ target), unless value ÷ replicas is close enough to the target already.
 * Units: thousandths. The reported usage is ceil(value ÷ status.replicas); with no replicas Go's
 * division gives the smallest int64, and that is what clusters show. What is too much for an int32
 * External metrics cut off and Object metrics do not.
 * Source: kubernetes/kubernetes pkg/controller/podautoscaler/replica_calculator.go
 * (GetObjectPerPodMetricReplicas, GetExternalPerPodMetricReplicas).
 */
export function perPodReplicas(
  totalMilli: number,
  targetMilli: number,
  source: "Object" | "External",
  context: CalculatorContext,
): Proposal {
  const { statusReplicas, tolerances } = context;
  const ratio = totalMilli / (targetMilli * statusReplicas);
  const mean = source === "External" && totalMilli >= INT64_MAX
    ? INT64_MAX
    : Math.ceil(totalMilli / statusReplicas) + 0;
  const base = {
    usageMilli: Number.isFinite(mean) ? mean : INT64_MIN,
    totalMilli,
    target: targetMilli,
    ratio,
    pods: statusReplicas,
    tolerances,
  };
  if (isWithinTolerance(ratio, tolerances)) {
    return { ...base, replicas: statusReplicas, rule: "within tolerance" };
  }
  const unrounded = totalMilli / targetMilli;
  const replicas = source === "External" ? capInt32(unrounded) : toInt32(unrounded);
  return { ...base, replicas, rule: "total over target", unrounded };
}

/**
 * Everything that an External metric has, added up, in thousandths. With a target per pod a sum
 * that falls below zero is taken for an overflow.
 * Source: kubernetes/kubernetes pkg/controller/podautoscaler/replica_calculator.go
 * (GetExternalMetricReplicas, GetExternalPerPodMetricReplicas).
 */
export function externalTotal(valuesMilli: readonly number[], isPerPod: boolean): number {
  let total = 0;
  for (const value of valuesMilli) {
    total += value;
    if (total >= INT64_MAX || (isPerPod && total < 0)) return INT64_MAX;
  }
  return total;
}

/**
 * Replicas for a mean over pods (Pods, or Resource with `AverageValue`).
 * Units: thousandths. Errors: MetricComputationError.
 * Source: kubernetes/kubernetes pkg/controller/podautoscaler/replica_calculator.go
 * (calcPlainMetricReplicas) and metrics/utilization.go (GetMetricUsageRatio).
 */
export function meanReplicas(
  readings: Readonly<Record<string, PodReading>>,
  targetMilli: number,
  resource: string,
  context: CalculatorContext,
): Proposal {
  const usageOf = (values: ReadonlyMap<string, number>) => {
    const totalMilli = sum(values.values());
    const usageMilli = Math.trunc(totalMilli / values.size) + 0;
    return { totalMilli, usageMilli, ratio: usageMilli / targetMilli };
  };
  const { groups, values } = usable(readings, resource, context);
  return propose(values, groups, usageOf, () => targetMilli, targetMilli, context);
}

/**
 * Replicas for a percentage of the pods' requests (Resource and ContainerResource with
 * `Utilization`). Units: milli-units of the resource; the target in percent.
 * Errors: MetricComputationError, MissingRequestError.
 * Source: kubernetes/kubernetes pkg/controller/podautoscaler/replica_calculator.go
 * (GetResourceReplicas) and metrics/utilization.go (GetResourceUtilizationRatio).
 */
export function utilizationReplicas(
  readings: Readonly<Record<string, PodReading>>,
  targetPercent: number,
  resource: string,
  container: string,
  context: CalculatorContext,
): Proposal {
  const { groups, values } = usable(readings, resource, context);
  const requests = podRequests(context.pods, container, resource);
  const usageOf = (all: ReadonlyMap<string, number>) => {
    const known = [...all].filter(([name]) => Object.hasOwn(requests, name));
    const totalMilli = sum(known.map(([, value]) => value));
    const requestsTotalMilli = sum(known.map(([name]) => requests[name]));
    if (requestsTotalMilli === 0) {
      throw new MetricComputationError("no metrics returned matched known pods");
    }
    const utilization = percent(totalMilli, requestsTotalMilli);
    return {
      totalMilli,
      usageMilli: Math.trunc(totalMilli / known.length) + 0,
      ratio: utilization / targetPercent,
      utilization,
      requestsTotalMilli,
    };
  };
  const fallbackPercent = Math.max(100, targetPercent);
  const missingValue = (name: string) => timesOver(requests[name], fallbackPercent, 100);
  return propose(values, groups, usageOf, missingValue, targetPercent, context);
}

/** The samples that count, and how the pods were sorted. */
function usable(
  readings: Readonly<Record<string, PodReading>>,
  resource: string,
  context: CalculatorContext,
): { groups: PodGroups; values: Map<string, number> } {
  if (context.pods.length === 0) throw new MetricComputationError(NO_PODS);
  const groups = groupPods(context.pods, readings, resource, context.nowMs, context.options);
  const left = new Set([...groups.ignored, ...groups.unready]);
  const values = new Map(
    Object.entries(readings).filter(([name]) => !left.has(name))
      .map(([name, reading]) => [name, reading.milli]),
  );
  if (values.size === 0) throw new MetricComputationError(NO_METRICS);
  return { groups, values };
}

/** The steps that means and utilizations share. */
function propose(
  values: Map<string, number>,
  groups: PodGroups,
  usageOf: (
    values: ReadonlyMap<string, number>,
  ) => Pick<Proposal, "totalMilli" | "usageMilli" | "ratio" | "utilization" | "requestsTotalMilli">,
  missingValue: (name: string) => number,
  target: number,
  context: CalculatorContext,
): Proposal {
  const { specReplicas, tolerances } = context;
  const usage = usageOf(values);
  const base = { ...usage, target, groups, tolerances };
  const unchanged = { ...base, replicas: specReplicas };
  const scaleUpWithUnready = groups.unready.length > 0 && usage.ratio > 1;

  if (!scaleUpWithUnready && groups.missing.length === 0) {
    if (isWithinTolerance(usage.ratio, tolerances)) {
      return { ...unchanged, rule: "within tolerance" };
    }
    const pods = groups.ready.length;
    const unrounded = usage.ratio * pods;
    return { ...base, replicas: toInt32(unrounded), rule: "ratio times pods", pods, unrounded };
  }

  if (usage.ratio !== 1) {
    for (const name of groups.missing) values.set(name, usage.ratio < 1 ? missingValue(name) : 0);
  }
  if (scaleUpWithUnready) { for (const name of groups.unready) values.set(name, 0); }

  const adjustedRatio = usageOf(values).ratio;
  if (isWithinTolerance(adjustedRatio, tolerances)) {
    return { ...unchanged, adjustedRatio, rule: "within tolerance" };
  }
  const pods = values.size;
  const unrounded = adjustedRatio * pods;
  const replicas = toInt32(unrounded);
  const flips = (usage.ratio < 1 && adjustedRatio > 1) || (usage.ratio > 1 && adjustedRatio < 1) ||
    (adjustedRatio < 1 && replicas > specReplicas) ||
    (adjustedRatio > 1 && replicas < specReplicas);
  if (flips) return { ...unchanged, adjustedRatio, rule: "direction flip" };
  return { ...base, replicas, adjustedRatio, rule: "ratio times pods", pods, unrounded };
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
