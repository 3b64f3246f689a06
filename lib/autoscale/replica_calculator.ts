import type { QuantityFormat } from "../kube/mod.ts";
import type { HpaOptions } from "./defaults.ts";
import { groupPods, type PodGroups, podRequests } from "./group_pods.ts";
import type { PodReading, PodView } from "./hpa_types.ts";
import { capInt32, INT64_MAX, percent, sum64, toInt32, toInt64 } from "./integers.ts";

/** How far a ratio may be from 1, below and above, without a change. */
export interface Tolerances {
  scaleDown: number;
  scaleUp: number;
}

/** Source: kubernetes/kubernetes pkg/controller/podautoscaler/replica_calculator.go (isWithin). */
function isWithinTolerance(ratio: number, tolerances: Tolerances): boolean {
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
  usageMilli: bigint;
  /** Percent of the requests, for Utilization targets. */
  utilization?: number;
  rule: ProposalRule;
  /** Everything read, added up, in thousandths. */
  totalMilli: bigint;
  /** In thousandths; in percent for Utilization targets. */
  target: bigint;
  /** usage ÷ target as first computed. */
  ratio: number;
  /** The ratio after missing and unready pods were given values, when they were. */
  adjustedRatio?: number;
  /** What the ratio was multiplied by. */
  pods?: number;
  /** Before rounding up. */
  unrounded?: number;
  groups?: PodGroups;
  /** What was added up: a pod's sample each, or a series each. */
  samples?: Sample[];
  /** What pods without a sample that counts were taken to use, when they were. */
  assumed?: Sample[];
  requestsTotalMilli?: bigint;
  /** How its amounts are written; DecimalSI when absent. */
  format?: QuantityFormat;
  tolerances: Tolerances;
}

/** One number of a sum, in thousandths; `name` is the pod's, and empty for a series. */
export interface Sample {
  name: string;
  milli: bigint;
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
  totalMilli: bigint,
  targetMilli: bigint,
  context: CalculatorContext,
): Proposal {
  const { specReplicas, tolerances } = context;
  const ratio = Number(totalMilli) / Number(targetMilli);
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
  totalMilli: bigint,
  targetMilli: bigint,
  source: "Object" | "External",
  context: CalculatorContext,
): Proposal {
  const { statusReplicas, tolerances } = context;
  const total = Number(totalMilli);
  const ratio = total / (Number(targetMilli) * statusReplicas);
  const base = {
    usageMilli: source === "External" && total >= Number(INT64_MAX)
      ? INT64_MAX
      : toInt64(total / statusReplicas),
    totalMilli,
    target: targetMilli,
    ratio,
    pods: statusReplicas,
    tolerances,
  };
  if (isWithinTolerance(ratio, tolerances)) {
    return { ...base, replicas: statusReplicas, rule: "within tolerance" };
  }
  const unrounded = total / Number(targetMilli);
  const replicas = source === "External" ? capInt32(unrounded) : toInt32(unrounded);
  return { ...base, replicas, rule: "total over target", unrounded };
}

/**
 * Everything that an External metric has, added up, in thousandths. With a target per pod a sum
 * that falls below zero is taken for an overflow.
 * Source: kubernetes/kubernetes pkg/controller/podautoscaler/replica_calculator.go
 * (GetExternalMetricReplicas, GetExternalPerPodMetricReplicas).
 */
export function externalTotal(valuesMilli: readonly bigint[], isPerPod: boolean): bigint {
  let total = 0n;
  for (const value of valuesMilli) {
    if (!isPerPod && value > 0n && total > INT64_MAX - value) return INT64_MAX;
    total = BigInt.asIntN(64, total + value);
    if (isPerPod && total < 0n) return INT64_MAX;
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
  targetMilli: bigint,
  resource: string,
  context: CalculatorContext,
): Proposal {
  const usageOf = (values: ReadonlyMap<string, bigint>) => {
    const totalMilli = sum64(values.values());
    const usageMilli = totalMilli / BigInt(values.size);
    return { totalMilli, usageMilli, ratio: Number(usageMilli) / Number(targetMilli) };
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
  const usageOf = (all: ReadonlyMap<string, bigint>) => {
    const known = [...all].filter(([name]) => Object.hasOwn(requests, name));
    const totalMilli = sum64(known.map(([, value]) => value));
    const requestsTotalMilli = sum64(known.map(([name]) => requests[name]));
    if (requestsTotalMilli === 0n) {
      throw new MetricComputationError("no metrics returned matched known pods");
    }
    const utilization = percent(totalMilli, requestsTotalMilli);
    return {
      totalMilli,
      usageMilli: totalMilli / BigInt(known.length),
      ratio: utilization / targetPercent,
      utilization,
      requestsTotalMilli,
    };
  };
  const fallbackPercent = BigInt(Math.max(100, targetPercent));
  const missingValue = (name: string) => BigInt.asIntN(64, requests[name] * fallbackPercent) / 100n;
  return propose(values, groups, usageOf, missingValue, BigInt(targetPercent), context);
}

/** The samples that count, and how the pods were sorted. */
function usable(
  readings: Readonly<Record<string, PodReading>>,
  resource: string,
  context: CalculatorContext,
): { groups: PodGroups; values: Map<string, bigint> } {
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
  values: Map<string, bigint>,
  groups: PodGroups,
  usageOf: (
    values: ReadonlyMap<string, bigint>,
  ) => Pick<Proposal, "totalMilli" | "usageMilli" | "ratio" | "utilization" | "requestsTotalMilli">,
  missingValue: (name: string) => bigint,
  target: bigint,
  context: CalculatorContext,
): Proposal {
  const { specReplicas, tolerances } = context;
  const usage = usageOf(values);
  const samples = [...values].map(([name, milli]) => ({ name, milli }));
  const base = { ...usage, target, groups, tolerances, samples };
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
    for (const name of groups.missing) values.set(name, usage.ratio < 1 ? missingValue(name) : 0n);
  }
  if (scaleUpWithUnready) { for (const name of groups.unready) values.set(name, 0n); }

  const adjustedRatio = usageOf(values).ratio;
  const counted = new Set(samples.map(({ name }) => name));
  const assumed = [...values].filter(([name]) => !counted.has(name))
    .map(([name, milli]) => ({ name, milli }));
  const adjusted = { adjustedRatio, assumed };
  if (isWithinTolerance(adjustedRatio, tolerances)) {
    return { ...unchanged, ...adjusted, rule: "within tolerance" };
  }
  const pods = values.size;
  const unrounded = adjustedRatio * pods;
  const replicas = toInt32(unrounded);
  const flips = (usage.ratio < 1 && adjustedRatio > 1) || (usage.ratio > 1 && adjustedRatio < 1) ||
    (adjustedRatio < 1 && replicas > specReplicas) ||
    (adjustedRatio > 1 && replicas < specReplicas);
  if (flips) return { ...unchanged, ...adjusted, rule: "direction flip" };
  return { ...base, replicas, ...adjusted, rule: "ratio times pods", pods, unrounded };
}
