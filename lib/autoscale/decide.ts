import { rfc3339 } from "../go/mod.ts";
import { Quantity } from "../kube/mod.ts";
import { DEFAULT_HPA_OPTIONS, type HpaOptions } from "./defaults.ts";
import type {
  HpaCondition,
  HpaEvent,
  HpaHistory,
  HpaSpec,
  MetricReading,
  MetricStatus,
  PodView,
  ScaleView,
} from "./hpa_types.ts";
import { type MetricOutcome, proposeForMetric } from "./metric_proposal.ts";
import type { Tolerances } from "./replica_calculator.ts";
import {
  defaultedBehavior,
  type Limit,
  limitByBehavior,
  limitByDefaults,
} from "./scaling_rules.ts";
import { type Stabilization, stabilize, stabilizeWithBehavior } from "./stabilization.ts";
import { isSet } from "./texts.ts";

/** Everything that one sync of one HPA depends on. */
export interface HpaInput {
  namespace: string;
  spec: HpaSpec;
  /** `status.conditions` as they stand. */
  conditions: readonly HpaCondition[];
  scale: ScaleView;
  /** The pods that the scale's selector selects. */
  pods: readonly PodView[];
  /**
   * Why the selector cannot be used, as the event's reason and message and the condition's; the
   * controller finds out, for it takes other HPAs to know.
   */
  selectorProblem?: { event: HpaEvent; reason: string; message: string; error: string };
  /** One per metric of the spec, in its order; not looked at when {@linkcode needsMetrics} is false. */
  readings: readonly MetricReading[];
  history: HpaHistory | undefined;
  nowMs: number;
  options?: Partial<HpaOptions>;
}

/** How the desired replicas came about, step by step. */
export interface Derivation {
  currentReplicas: number;
  minReplicas: number;
  maxReplicas: number;
  /** Why no metric was asked, when none was. */
  shortcut?: "at zero" | "above maximum" | "below minimum" | "no selector";
  metrics: MetricOutcome[];
  /** Index of the metric that asked for most. */
  chosen?: number;
  stabilization?: Stabilization;
  limit?: Limit;
  /** The minimum, when it alone wakes a workload at zero. */
  raisedTo?: number;
  desiredReplicas: number;
}

/** What a sync came to; the controller carries it out. */
export interface HpaDecision {
  /** False when nothing could be decided; `error` says why. */
  ok: boolean;
  error?: string;
  currentReplicas: number;
  desiredReplicas: number;
  /** Set when the scale is to be written. */
  rescaleReason?: string;
  conditions: HpaCondition[];
  /** Null when no metric was read. */
  currentMetrics: MetricStatus[] | null;
  events: HpaEvent[];
  history: HpaHistory;
  derivation: Derivation;
}

/** What a brand-new HPA remembers. */
export function emptyHistory(): HpaHistory {
  return { recommendations: [], scaleUps: [], scaleDowns: [] };
}

/** What tells whether the sync looks at metrics at all, or the bounds alone decide. */
type Bounds = Pick<HpaInput, "spec" | "scale" | "conditions" | "options">;

/** Whether the sync looks at metrics at all, or the bounds alone decide. */
export function needsMetrics(bounds: Bounds): boolean {
  return shortcutOf(bounds) === undefined;
}

function shortcutOf(bounds: Bounds): Derivation["shortcut"] {
  const { spec, scale: { specReplicas } } = bounds;
  const minReplicas = spec.minReplicas ?? 1;
  if (specReplicas === 0) {
    const mayWake = wasScaledToZero(bounds) && (minReplicas !== 0 || hasOutsideMetric(spec));
    return mayWake ? undefined : "at zero";
  }
  if (specReplicas > spec.maxReplicas) return "above maximum";
  if (specReplicas < minReplicas) return "below minimum";
  return undefined;
}

/** Whether this controller, not a person, brought the workload to zero. */
function wasScaledToZero({ conditions, options }: Pick<Bounds, "conditions" | "options">): boolean {
  return options?.scaleToZero === true &&
    conditions.find(({ type }) => type === "ScaledToZero")?.status === "True";
}

/** Whether a metric is there that can be read without pods. */
export function hasOutsideMetric({ metrics = [] }: HpaSpec): boolean {
  return metrics.some(({ type }) => type === "Object" || type === "External");
}

/**
 * One sync of one HPA, from a scale that could be read to the replicas it should have.
 * Source: kubernetes/kubernetes pkg/controller/podautoscaler/horizontal.go (reconcileAutoscaler,
 * computeReplicasForMetrics).
 */
export function decide(input: HpaInput): HpaDecision {
  const options = { ...DEFAULT_HPA_OPTIONS, ...input.options };
  const { spec, scale, nowMs } = input;
  const currentReplicas = scale.specReplicas;
  const minReplicas = spec.minReplicas ?? 1;
  const history = input.history ?? emptyHistory();
  const decision: HpaDecision = {
    ok: true,
    currentReplicas,
    desiredReplicas: currentReplicas,
    conditions: [...input.conditions],
    currentMetrics: null,
    events: [],
    // The first sync counts the replicas it finds as a recommendation, so that nothing shrinks
    // right after the controller starts.
    history: history.recommendations.length > 0
      ? history
      : { ...history, recommendations: [{ replicas: currentReplicas, atMs: nowMs }] },
    derivation: {
      currentReplicas,
      minReplicas,
      maxReplicas: spec.maxReplicas,
      metrics: [],
      shortcut: shortcutOf(input),
      desiredReplicas: currentReplicas,
    },
  };
  const set = (type: string, status: "True" | "False", reason: string, message: string) => {
    decision.conditions = withCondition(decision.conditions, {
      type,
      status,
      reason,
      message,
    }, nowMs);
  };
  set(
    "AbleToScale",
    "True",
    "SucceededGetScale",
    "the HPA controller was able to get the target's current scale",
  );
  switch (decision.derivation.shortcut) {
    case "at zero":
      set(
        "ScalingActive",
        "False",
        "ScalingDisabled",
        "scaling is disabled since the replica count of the target is zero",
      );
      if (!options.scaleToZero) {
        decision.conditions = withoutCondition(decision.conditions, "ScaledToZero");
      }
      return settle(decision, 0);
    case "above maximum":
      decision.rescaleReason = "Current number of replicas above Spec.MaxReplicas";
      return settle(decision, spec.maxReplicas);
    case "below minimum":
      decision.rescaleReason = "Current number of replicas below Spec.MinReplicas";
      return settle(decision, minReplicas);
  }
  return decideByMetrics(input, options, decision, set);
}

function decideByMetrics(
  input: HpaInput,
  options: HpaOptions,
  decision: HpaDecision,
  set: (type: string, status: "True" | "False", reason: string, message: string) => void,
): HpaDecision {
  const { selectorProblem } = input;
  const { currentReplicas, derivation } = decision;
  if (selectorProblem) {
    decision.events.push(selectorProblem.event);
    set("ScalingActive", "False", selectorProblem.reason, selectorProblem.message);
    derivation.shortcut = "no selector";
    return fail(decision, selectorProblem.error);
  }
  const outcomes = proposeAll(input, options);
  derivation.metrics = outcomes;
  decision.currentMetrics = outcomes.map((outcome) => (outcome.ok ? outcome.status : { type: "" }));
  const failures = outcomes.filter((outcome) => !outcome.ok);
  for (const { reason, message } of failures) {
    decision.events.push({ type: "Warning", reason, message });
  }
  const chosen = highest(outcomes);
  const best = chosen === undefined ? undefined : outcomes[chosen];
  const proposed = best?.ok ? best.proposal.replicas : 0;
  const error = failures.length === 0
    ? undefined
    : `invalid metrics (${failures.length} invalid out of ${outcomes.length}), first error is: ` +
      failures[0].error;
  if (failures.length > 0 && (!best?.ok || proposed < currentReplicas)) {
    const { reason, message } = failures[0];
    set(
      "ScalingActive",
      "False",
      reason,
      reason === "InvalidMetricSourceType"
        ? message
        : `the HPA was unable to compute the replica count: ${message}`,
    );
    return fail(decision, error!);
  }
  if (best?.ok) {
    set(
      "ScalingActive",
      "True",
      "ValidMetricFound",
      `the HPA was able to successfully calculate a replica count from ${best.name}`,
    );
  } else {
    // No metric at all, which the API server's defaults rule out; upstream then sets a blank.
    decision.conditions = withCondition(decision.conditions, BLANK, input.nowMs);
  }
  derivation.chosen = chosen;
  decision.error = error;
  // Metrics below zero, and those above what an int32 holds, ask for nothing.
  const wanted = Math.max(0, proposed);
  if (wanted > currentReplicas && best?.ok) decision.rescaleReason = `${best.name} above target`;
  if (wanted < currentReplicas) decision.rescaleReason = "All metrics below target";
  let desired = normalize(input, options, decision, wanted, set);
  const { minReplicas } = derivation;
  if (currentReplicas === 0 && desired < minReplicas && wasScaledToZero(input)) {
    desired = derivation.raisedTo = minReplicas;
    decision.rescaleReason ??= "Current number of replicas below Spec.MinReplicas";
  }
  return settle(decision, desired);
}

const BLANK = { type: "", status: "", reason: "", message: "" };

function proposeAll(input: HpaInput, options: HpaOptions): MetricOutcome[] {
  const context = {
    specReplicas: input.scale.specReplicas,
    statusReplicas: input.scale.statusReplicas,
    pods: input.pods,
    tolerances: tolerancesOf(input.spec, options),
    nowMs: input.nowMs,
    options,
  };
  return (input.spec.metrics ?? []).map((metric, index) =>
    proposeForMetric(metric, input.readings[index], input.namespace, context)
  );
}

/** The first metric that asks for more than those before it. */
function highest(outcomes: readonly MetricOutcome[]): number | undefined {
  let chosen: number | undefined;
  let replicas = 0;
  outcomes.forEach((outcome, index) => {
    if (outcome.ok && (replicas === 0 || outcome.proposal.replicas > replicas)) {
      replicas = outcome.proposal.replicas;
      chosen = index;
    }
  });
  return chosen;
}

/** Source: kubernetes/kubernetes pkg/controller/podautoscaler/horizontal.go (tolerancesForHpa). */
function tolerancesOf(spec: HpaSpec, options: HpaOptions): Tolerances {
  const own = (value: string | number | undefined) =>
    !isSet(value) || !options.configurableTolerance ? options.tolerance : approximate(value!);
  return {
    scaleDown: own(spec.behavior?.scaleDown?.tolerance),
    scaleUp: own(spec.behavior?.scaleUp?.tolerance),
  };
}

/** Source: kubernetes/apimachinery pkg/api/resource/quantity.go (AsApproximateFloat64). */
function approximate(quantity: string | number): number {
  const [, digits, suffix] = /^(-?\d+)(\D*.*)$/.exec(Quantity.parse(quantity).toString())!;
  const exact: Record<string, number> = { n: 1e-9, u: 1e-6, m: 1e-3, "": 1 };
  return suffix in exact ? Number(digits) * exact[suffix] : Quantity.parse(quantity).asNumber();
}

/** Stabilizes and limits what the metrics ask for. */
function normalize(
  input: HpaInput,
  options: HpaOptions,
  decision: HpaDecision,
  wanted: number,
  set: (type: string, status: "True" | "False", reason: string, message: string) => void,
): number {
  const { spec, nowMs } = input;
  const { currentReplicas, history, derivation } = decision;
  const bounds = { current: currentReplicas, min: derivation.minReplicas, max: spec.maxReplicas };
  const behavior = spec.behavior &&
    defaultedBehavior(spec.behavior, options.downscaleStabilizationMs / 1000);

  const stabilization = behavior
    ? stabilizeWithBehavior(history.recommendations, {
      current: currentReplicas,
      desired: wanted,
      upWindowMs: behavior.scaleUp.stabilizationWindowSeconds! * 1000,
      downWindowMs: behavior.scaleDown.stabilizationWindowSeconds! * 1000,
      nowMs,
    })
    : stabilize(history.recommendations, wanted, options.downscaleStabilizationMs, nowMs);
  derivation.stabilization = stabilization;
  decision.history = { ...history, recommendations: stabilization.recommendations };
  if (stabilization.stabilized !== wanted) {
    set("AbleToScale", "True", stabilization.reason, stabilization.message);
  } else {
    set("AbleToScale", "True", "ReadyForNewScale", "recommended size matches current size");
  }

  const limit = behavior
    ? limitByBehavior({ ...bounds, wished: stabilization.stabilized, behavior, history, nowMs })
    : limitByDefaults({ ...bounds, wished: stabilization.stabilized });
  derivation.limit = limit;
  const isLimited = limit.allowed !== limit.wished;
  set("ScalingLimited", isLimited ? "True" : "False", limit.reason, limit.message);
  return limit.allowed;
}

function settle(decision: HpaDecision, desired: number): HpaDecision {
  decision.desiredReplicas = desired;
  decision.derivation.desiredReplicas = desired;
  if (desired === decision.currentReplicas) decision.rescaleReason = undefined;
  else decision.rescaleReason ??= "";
  return decision;
}

function fail(decision: HpaDecision, error: string): HpaDecision {
  decision.ok = false;
  decision.error = error;
  decision.events.push({ type: "Warning", reason: "FailedComputeMetricsReplicas", message: error });
  return decision;
}

/**
 * Conditions with one set; its transition time moves only with its status.
 * Source: kubernetes/kubernetes pkg/controller/podautoscaler/horizontal.go (setConditionInList).
 */
export function withCondition(
  conditions: readonly HpaCondition[],
  condition: Omit<HpaCondition, "lastTransitionTime">,
  nowMs: number,
): HpaCondition[] {
  const now = rfc3339(nowMs);
  const index = conditions.findIndex(({ type }) => type === condition.type);
  if (index < 0) {
    // A condition without a status has never changed it.
    const since = condition.status === "" ? {} : { lastTransitionTime: now };
    return [...conditions, { ...ordered(condition), ...since }];
  }
  const before = conditions[index];
  const lastTransitionTime = before.status === condition.status ? before.lastTransitionTime : now;
  const since = lastTransitionTime === undefined ? {} : { lastTransitionTime };
  return conditions.with(index, { ...ordered(condition), ...since });
}

/** Conditions without those of one type. */
export function withoutCondition(
  conditions: readonly HpaCondition[],
  type: string,
): HpaCondition[] {
  return conditions.filter((condition) => condition.type !== type);
}

function ordered({ type, status, reason, message }: Omit<HpaCondition, "lastTransitionTime">) {
  return { type, status, reason, message };
}
