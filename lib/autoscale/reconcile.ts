import { rfc3339 } from "../go/mod.ts";
import {
  decide,
  hasOutsideMetric,
  type HpaDecision,
  type HpaInput,
  needsMetrics,
  withCondition,
  withoutCondition,
} from "./decide.ts";
import type { HpaCondition, HpaEvent, HpaHistory, HpaStatus, ScaleView } from "./hpa_types.ts";
import { rememberRescale } from "./scaling_rules.ts";

/** Why the target has no scale that can be read; `step` is how far the controller came. */
export interface ScaleProblem {
  error: string;
  step: "group" | "mapping" | "get";
}

/** One sync of one HPA as the controller sees it. */
export interface ReconcileInput extends Pick<HpaInput, "namespace" | "spec" | "nowMs" | "options"> {
  status: HpaStatus | undefined;
  scale: ScaleView | ScaleProblem;
  /** The pods and readings; called once, and only when metrics decide. */
  observe(): Pick<HpaInput, "pods" | "readings" | "selectorProblem">;
  history: HpaHistory | undefined;
  /** Writes the scale; gives the error when that failed. */
  writeScale(replicas: number): string | undefined;
}

/** What a sync left behind. */
export interface ReconcileResult {
  /** The whole new status. */
  status: HpaStatus;
  events: HpaEvent[];
  /** What the controller logs of a sync that failed, or of metrics that did. */
  error?: string;
  /** The replicas written to the scale, when some were. */
  scaledTo?: number;
  history: HpaHistory | undefined;
  /** Absent when there was no scale to decide about. */
  decision?: HpaDecision;
}

/**
 * One sync of one HPA, from reading its target to the status it leaves.
 * Source: kubernetes/kubernetes pkg/controller/podautoscaler/horizontal.go (reconcileAutoscaler).
 */
export function reconcile(input: ReconcileInput): ReconcileResult {
  const { namespace, spec, status, scale, history, nowMs, options } = input;
  const { kind, name } = spec.scaleTargetRef;
  const reference = `${kind}/${namespace}/${name}`;
  if ("error" in scale) return withoutScale(input, scale, reference);

  const conditions = status?.conditions ?? [];
  const base = { namespace, spec, conditions, scale, history, nowMs, options };
  const observed = needsMetrics(base) ? input.observe() : { pods: [], readings: [] };
  const decision = decide({ ...base, ...observed });
  const outcome = { events: [...decision.events], history: decision.history, decision };
  if (!decision.ok) {
    return {
      ...outcome,
      status: statusOf(input, decision, decision.conditions, status?.desiredReplicas ?? 0),
      error: "failed to compute desired number of replicas based on listed metrics for " +
        `${reference}: ${decision.error}`,
    };
  }
  const { error } = decision;
  if (decision.rescaleReason === undefined) {
    return { ...outcome, status: statusOf(input, decision, decision.conditions), error };
  }
  return { error, ...rescale(input, decision, reference), decision };
}

function withoutScale(
  { status, history, nowMs }: ReconcileInput,
  { error, step }: ScaleProblem,
  reference: string,
): ReconcileResult {
  const conditions = withCondition(status?.conditions ?? [], {
    type: "AbleToScale",
    status: "False",
    reason: "FailedGetScale",
    message: `the HPA controller was unable to get the target's current scale: ${error}`,
  }, nowMs);
  const logged = {
    group: "invalid API version in scale target reference: ",
    mapping: "unable to determine resource for scale target reference: ",
    get: `failed to query scale subresource for ${reference}: `,
  };
  return {
    status: { desiredReplicas: 0, currentMetrics: null, ...status, conditions },
    events: [{ type: "Warning", reason: "FailedGetScale", message: error }],
    error: logged[step] + error,
    history,
  };
}

/** Writes the scale, and says in events, conditions and history what came of it. */
function rescale(
  input: ReconcileInput,
  decision: HpaDecision,
  reference: string,
): ReconcileResult {
  const { spec, status, nowMs } = input;
  const { currentReplicas, desiredReplicas, rescaleReason } = decision;
  const able = (status: "True" | "False", reason: string, message: string) =>
    withCondition(decision.conditions, { type: "AbleToScale", status, reason, message }, nowMs);
  const size = `New size: ${desiredReplicas}; reason: ${rescaleReason}`;
  const error = input.writeScale(desiredReplicas);
  if (error !== undefined) {
    const conditions = able(
      "False",
      "FailedUpdateScale",
      `the HPA controller was unable to update the target scale: ${error}`,
    );
    const message = `${size}; error: ${error}`;
    return {
      status: statusOf(input, decision, conditions, status?.desiredReplicas ?? 0),
      events: [...decision.events, { type: "Warning", reason: "FailedRescale", message }],
      error: `failed to rescale ${reference}: ${error}`,
      history: decision.history,
    };
  }
  const conditions = able(
    "True",
    "SucceededRescale",
    `the HPA controller was able to update the target scale to ${desiredReplicas}`,
  );
  return {
    status: {
      ...statusOf(input, decision, withScaledToZero(input, decision, conditions)),
      lastScaleTime: rfc3339(nowMs),
    },
    events: [
      ...decision.events,
      { type: "Normal", reason: "SuccessfulRescale", message: size },
    ],
    scaledTo: desiredReplicas,
    history: rememberRescale(
      decision.history,
      spec.behavior,
      currentReplicas,
      desiredReplicas,
      nowMs,
    ),
  };
}

/** Marks who brought the workload to zero, for a later sync to know that it may wake it. */
function withScaledToZero(
  { spec, options, nowMs }: ReconcileInput,
  { currentReplicas, desiredReplicas, derivation: { minReplicas } }: HpaDecision,
  conditions: readonly HpaCondition[],
): HpaCondition[] {
  const type = "ScaledToZero";
  if (!options?.scaleToZero) return withoutCondition(conditions, type);
  const isAsleep = currentReplicas > 0 && desiredReplicas === 0 && minReplicas === 0 &&
    hasOutsideMetric(spec);
  return withCondition(
    conditions,
    isAsleep
      ? {
        type,
        status: "True",
        reason: "ScaledToZero",
        message: "the HPA controller scaled the workload to zero",
      }
      : {
        type,
        status: "False",
        reason: "NotScaledToZero",
        message: "the HPA controller did not scale the workload to zero",
      },
    nowMs,
  );
}

function statusOf(
  { status }: ReconcileInput,
  { currentReplicas, currentMetrics, desiredReplicas }: HpaDecision,
  conditions: HpaCondition[],
  shownReplicas = desiredReplicas,
): HpaStatus {
  return {
    ...(status?.lastScaleTime ? { lastScaleTime: status.lastScaleTime } : {}),
    ...(currentReplicas === 0 ? {} : { currentReplicas }),
    desiredReplicas: shownReplicas,
    currentMetrics,
    conditions,
  };
}
