/** What KEDA calls the metric that a formula gives. Source: kedacore/keda apis/keda/v1alpha1/scaledobject_types.go. */
export const COMPOSITE_METRIC = "composite-metric";

/** The label by which KEDA knows whose metric is asked for. Source: as above (ScaledObjectOwnerAnnotation). */
export const OWNER_LABEL = "scaledobject.keda.sh/name";

/** What the scale loop of KEDA does with one ScaledObject at one poll. */
export type KedaAction =
  /** 0 (or idle) → at least one. */
  | { kind: "activate"; to: number }
  /** Down to zero, or to idle. */
  | { kind: "deactivate"; to: number; isIdle: boolean }
  /** Up to minReplicaCount although nothing is active. */
  | { kind: "raise to minimum"; to: number }
  /** Still inside the cooldown. */
  | { kind: "cooling down"; cooldownMs: number; leftMs: number }
  /** Nothing to do: what is left belongs to the HPA. */
  | { kind: "none" };

/** What one poll depends on. */
export interface KedaInput {
  currentReplicas: number;
  isActive: boolean;
  isError: boolean;
  minReplicaCount?: number;
  idleReplicaCount?: number;
  cooldownPeriodSeconds?: number;
  initialCooldownPeriodSeconds?: number;
  fallbackReplicas?: number;
  pausedScaleIn?: boolean;
  pausedScaleOut?: boolean;
  /** `autoscaling.keda.sh/force-activation`. */
  forceActivation?: boolean;
  createdMs: number;
  lastActiveMs?: number;
  nowMs: number;
}

export interface KedaCondition {
  status: "True" | "False" | "Unknown";
  reason: string;
  message: string;
}

/** What a poll came to, and the conditions it leaves. */
export interface KedaDecision {
  action: KedaAction;
  active: KedaCondition;
  ready: KedaCondition;
  /** Whether `status.lastActiveTime` becomes now. */
  touchesLastActive: boolean;
  /** What a log at debug level says, when it says something. */
  debug?: string;
  /** Why nothing is done although there is something to do. */
  held?: string;
}

/** Source: kedacore/keda apis/keda/v1alpha1/withtriggers_types.go and pkg/scaling/executor. */
export const KEDA_DEFAULTS = {
  pollingIntervalSeconds: 30,
  cooldownPeriodSeconds: 300,
  initialCooldownPeriodSeconds: 0,
  minReplicaCount: 0,
  maxReplicaCount: 100,
};

const READY: KedaCondition = {
  status: "True",
  reason: "ScaledObjectReady",
  message: "ScaledObject is defined correctly and is ready for scaling",
};

/** Whether a trigger is active: strictly above its activation threshold. */
export function isTriggerActive(value: number, activationThreshold = 0): boolean {
  return value > activationThreshold;
}

/**
 * One poll of the scale loop: only the way between zero (or idle) and one is KEDA's own; the rest is
 * the HPA's.
 * Source: kedacore/keda pkg/scaling/executor/scale_scaledobjects.go (RequestScale).
 */
export function decideKeda(input: KedaInput): KedaDecision {
  return input.isActive || input.forceActivation ? whenActive(input) : whenInactive(input);
}

function whenActive(input: KedaInput): KedaDecision {
  const min = input.minReplicaCount ?? KEDA_DEFAULTS.minReplicaCount;
  const active: KedaCondition = {
    status: "True",
    reason: "ScalerActive",
    message: input.forceActivation
      ? "Scaling is performed because activation is being forced by annotation"
      : "Scaling is performed because triggers are active",
  };
  const belowMinimum = input.idleReplicaCount !== undefined && input.currentReplicas < min;
  if (belowMinimum || input.currentReplicas === 0) {
    if (input.pausedScaleOut) {
      const held =
        "Pause Scale Out annotation set on ScaledObject, no scaling out on active trigger";
      return { action: { kind: "none" }, active, ready: READY, touchesLastActive: false, held };
    }
    const to = Math.max(min, 1);
    return { action: { kind: "activate", to }, active, ready: READY, touchesLastActive: true };
  }
  if (input.isError) {
    const message = "Some triggers defined in ScaledObject are not working correctly";
    const ready: KedaCondition = { status: "Unknown", reason: "PartialTriggerError", message };
    return { action: { kind: "none" }, active, ready, touchesLastActive: false, debug: message };
  }
  return { action: { kind: "none" }, active, ready: READY, touchesLastActive: true };
}

function whenInactive(input: KedaInput): KedaDecision {
  const min = input.minReplicaCount ?? KEDA_DEFAULTS.minReplicaCount;
  const { currentReplicas, idleReplicaCount } = input;
  const decision: KedaDecision = {
    action: { kind: "none" },
    active: {
      status: "False",
      reason: "ScalerNotActive",
      message: "Scaling is not performed because triggers are not active",
    },
    ready: READY,
    touchesLastActive: false,
  };
  if (input.isError && (input.fallbackReplicas ?? 0) !== 0) {
    return {
      ...decision,
      debug: "ScaleTarget will fallback to Fallback.Replicas after Fallback.FailureThreshold",
    };
  }
  if (input.isError && input.fallbackReplicas === undefined) {
    const message = "Triggers defined in ScaledObject are not working correctly";
    const ready: KedaCondition = { status: "False", reason: "TriggerError", message };
    return { ...decision, ready, debug: message };
  }
  const aboveIdle = idleReplicaCount !== undefined && currentReplicas > idleReplicaCount;
  if (aboveIdle || (currentReplicas > 0 && min === 0)) return scaleIn(input, decision);
  if (idleReplicaCount === undefined && currentReplicas < min) {
    return { ...decision, action: { kind: "raise to minimum", to: min } };
  }
  return { ...decision, debug: "ScaleTarget no change" };
}

/** Down to zero or idle, once the cooldown is over. */
function scaleIn(input: KedaInput, decision: KedaDecision): KedaDecision {
  if (input.pausedScaleIn) {
    const held =
      "Pause Scale Down annotation set on ScaledObject, no scaling down on inactive trigger";
    return { ...decision, held };
  }
  const cooldownMs = 1000 *
    (input.cooldownPeriodSeconds ?? KEDA_DEFAULTS.cooldownPeriodSeconds);
  const initialMs = 1000 *
    (input.initialCooldownPeriodSeconds ?? KEDA_DEFAULTS.initialCooldownPeriodSeconds);
  const endsMs = input.lastActiveMs === undefined
    ? input.createdMs + initialMs
    : input.lastActiveMs + cooldownMs;
  if (endsMs < input.nowMs) {
    const isIdle = input.idleReplicaCount !== undefined;
    const to = input.idleReplicaCount ?? input.minReplicaCount ?? 0;
    return { ...decision, action: { kind: "deactivate", to, isIdle } };
  }
  return {
    ...decision,
    action: { kind: "cooling down", cooldownMs, leftMs: endsMs - input.nowMs },
    active: {
      status: "False",
      reason: "ScalerCooldown",
      message: "Scaler cooling down because triggers are not active",
    },
    debug: "ScaleTarget cooling down",
  };
}

/** The bounds that KEDA writes into the HPA it owns. Source: kedacore/keda apis/keda/v1alpha1/scaledobject_types.go. */
export function kedaHpaBounds(spec: { minReplicaCount?: number; maxReplicaCount?: number }) {
  const min = spec.minReplicaCount ?? 0;
  return {
    minReplicas: min > 0 ? min : 1,
    maxReplicas: spec.maxReplicaCount ?? KEDA_DEFAULTS.maxReplicaCount,
  };
}

/** `spec.fallback` of a ScaledObject. */
export interface KedaFallback {
  failureThreshold: number;
  replicas: number;
  behavior?: string;
}

/**
 * How many replicas a ScaledObject falls back to.
 * Source: kedacore/keda pkg/fallback/fallback.go (doFallback).
 */
export function fallbackReplicas({ behavior, replicas }: KedaFallback, current: number): number {
  switch (behavior) {
    case "currentReplicas":
      return current;
    case "currentReplicasIfHigher":
      return Math.max(current, replicas);
    case "currentReplicasIfLower":
      return Math.min(current, replicas);
    default:
      return replicas;
  }
}

/**
 * The value that makes the HPA come to `replicas`, in thousandths. A target of type Value is compared
 * with the whole, per ready pod; undefined when there is none to divide by.
 * Source: kedacore/keda pkg/fallback/fallback.go (doFallback).
 */
export function fallbackMilliValue(
  { target, type, replicas, readyPods }: {
    target: number;
    type: "AverageValue" | "Value";
    replicas: number;
    readyPods: number;
  },
): number | undefined {
  if (type === "AverageValue") return Math.trunc(target * 1000 * replicas);
  return readyPods === 0 ? undefined : Math.trunc(target * 1000 * (replicas / readyPods));
}

/**
 * Whether a fallback can be used: with a formula its target has to be a whole number above zero.
 * Source: kedacore/keda pkg/fallback/fallback.go (HasValidFallback).
 */
export function isFallbackValid(
  fallback: KedaFallback,
  formulaTarget: string | undefined,
): boolean {
  const { failureThreshold, replicas } = fallback;
  if (
    formulaTarget !== undefined && !(/^[-+]?\d+$/.test(formulaTarget) && Number(formulaTarget) > 0)
  ) {
    return false;
  }
  return failureThreshold >= 0 && replicas >= 0;
}
