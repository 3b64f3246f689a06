import type {
  HpaBehavior,
  HpaHistory,
  ScaleEvent,
  ScalingPolicy,
  ScalingRules,
} from "./hpa_types.ts";

/** How far replicas may move in one sync, and what the ScalingLimited condition says of it. */
export interface Limit {
  /** The stabilized wish. */
  wished: number;
  allowed: number;
  reason:
    | "DesiredWithinRange"
    | "TooFewReplicas"
    | "TooManyReplicas"
    | "ScaleUpLimit"
    | "ScaleDownLimit";
  message: string;
  /** What the rate of change alone would allow, when it was asked. */
  rateLimit?: number;
  /** What each policy of a behavior allows, when they were asked. */
  policies?: PolicyAllowance[];
  /** Which of them counts. */
  selectPolicy?: string;
}

/** How far one policy lets replicas go. */
export interface PolicyAllowance extends ScalingPolicy {
  /** The replicas at the start of its period. */
  start: number;
  allows: number;
}

const LIMIT_MESSAGES: Record<Limit["reason"], string> = {
  DesiredWithinRange: "the desired count is within the acceptable range",
  TooFewReplicas: "the desired replica count is less than the minimum replica count",
  TooManyReplicas: "the desired replica count is more than the maximum replica count",
  ScaleUpLimit: "the desired replica count is increasing faster than the maximum scale rate",
  ScaleDownLimit: "the desired replica count is decreasing faster than the maximum scale rate",
};

function limit(
  wished: number,
  allowed: number,
  reason: Limit["reason"],
  rateLimit?: number,
): Limit {
  return { wished, allowed, reason, message: LIMIT_MESSAGES[reason], rateLimit };
}

/**
 * Limits without a behavior: at most twice the current replicas or 4, whichever is more, and within
 * the bounds of the spec.
 * Source: kubernetes/kubernetes pkg/controller/podautoscaler/horizontal.go
 * (convertDesiredReplicasWithRules, calculateScaleUpLimit).
 */
export function limitByDefaults(
  args: { current: number; wished: number; min: number; max: number },
): Limit {
  const { current, wished, min, max } = args;
  const rateLimit = Math.max(2 * current, 4);
  if (wished < min) return limit(wished, min, "TooFewReplicas", rateLimit);
  const [maximum, reason] = max > rateLimit
    ? [rateLimit, "ScaleUpLimit"] as const
    : [max, "TooManyReplicas"] as const;
  if (wished > maximum) return limit(wished, maximum, reason, rateLimit);
  return limit(wished, wished, "DesiredWithinRange", rateLimit);
}

/**
 * Limits with a behavior: its policies over their periods, and the bounds of the spec.
 * Source: kubernetes/kubernetes pkg/controller/podautoscaler/horizontal.go
 * (convertDesiredReplicasWithBehaviorRate).
 */
export function limitByBehavior(
  args: {
    current: number;
    wished: number;
    min: number;
    max: number;
    behavior: { scaleUp: ScalingRules; scaleDown: ScalingRules };
    history: HpaHistory;
    nowMs: number;
  },
): Limit {
  const { current, wished, min, max, behavior, history, nowMs } = args;
  if (wished === current) return limit(wished, wished, "DesiredWithinRange");
  const direction = wished > current ? "up" : "down";
  const rules = direction === "up" ? behavior.scaleUp : behavior.scaleDown;
  const policies = allowances(direction, current, rules, history, nowMs);
  const selected = select(direction, current, rules, policies);
  const asked = { policies, selectPolicy: rules.selectPolicy };
  if (direction === "up") {
    const rate = Math.max(selected, current);
    const [maximum, reason] = max > rate
      ? [rate, "ScaleUpLimit"] as const
      : [max, "TooManyReplicas"] as const;
    return wished > maximum
      ? { ...limit(wished, maximum, reason, rate), ...asked }
      : { ...limit(wished, wished, "DesiredWithinRange", rate), ...asked };
  }
  const rate = Math.min(selected, current);
  const [minimum, reason] = min < rate
    ? [rate, "ScaleDownLimit"] as const
    : [min, "TooFewReplicas"] as const;
  return wished < minimum
    ? { ...limit(wished, minimum, reason, rate), ...asked }
    : { ...limit(wished, wished, "DesiredWithinRange", rate), ...asked };
}

/**
 * How far a behavior's policies let replicas go in one direction, counting from where each policy's
 * period began.
 * Source: kubernetes/kubernetes pkg/controller/podautoscaler/horizontal.go
 * (calculateScaleUpLimitWithScalingRules, calculateScaleDownLimitWithBehaviors).
 */
function allowances(
  direction: "up" | "down",
  current: number,
  rules: ScalingRules,
  history: HpaHistory,
  nowMs: number,
): PolicyAllowance[] {
  return (rules.policies ?? []).map((policy) => {
    const { type, value, periodSeconds } = policy;
    const start = current - changeWithin(periodSeconds, history.scaleUps, nowMs) +
      changeWithin(periodSeconds, history.scaleDowns, nowMs);
    const allows = direction === "up"
      ? type === "Pods" ? start + value : Math.ceil(start * (1 + value / 100))
      : type === "Pods"
      ? start - value
      : Math.trunc(start * (1 - value / 100));
    return { ...policy, start, allows };
  });
}

/** What the policies together allow. */
function select(
  direction: "up" | "down",
  current: number,
  rules: ScalingRules,
  policies: readonly PolicyAllowance[],
): number {
  if (rules.selectPolicy === "Disabled") return current;
  const proposals = policies.map(({ allows }) => allows);
  // "Max" is the greatest change: up, the highest count; down, the lowest.
  const wantsHighest = (rules.selectPolicy === "Min") === (direction === "down");
  return wantsHighest ? Math.max(...proposals) : Math.min(...proposals);
}

function changeWithin(
  periodSeconds: number,
  events: readonly ScaleEvent[],
  nowMs: number,
): number {
  const cutoff = nowMs - periodSeconds * 1000;
  return events.reduce((sum, { change, atMs }) => (atMs > cutoff ? sum + change : sum), 0);
}

/**
 * The history with a rescale added; an event older than every policy's period makes room for it.
 * Without a behavior nothing is kept, for nothing would read it.
 * Source: kubernetes/kubernetes pkg/controller/podautoscaler/horizontal.go (storeScaleEvent).
 */
export function rememberRescale(
  history: HpaHistory,
  behavior: HpaBehavior | undefined,
  from: number,
  to: number,
  nowMs: number,
): HpaHistory {
  if (!behavior) return history;
  const isUp = to > from;
  const rules = isUp ? behavior.scaleUp : behavior.scaleDown;
  const longest = Math.max(0, ...(rules?.policies ?? []).map(({ periodSeconds }) => periodSeconds));
  const cutoff = nowMs - longest * 1000;
  const events = [...(isUp ? history.scaleUps : history.scaleDowns)];
  const event = { change: Math.abs(to - from), atMs: nowMs };
  const outdated = events.findLastIndex(({ atMs }) => atMs < cutoff);
  if (outdated < 0) events.push(event);
  else events[outdated] = event;
  return isUp ? { ...history, scaleUps: events } : { ...history, scaleDowns: events };
}

/**
 * A behavior with the defaults that the API server fills in, for specs that did not pass through one.
 * Source: kubernetes/kubernetes pkg/apis/autoscaling/v2/defaults.go.
 */
export function defaultedBehavior(
  behavior: HpaBehavior,
  downscaleStabilizationSeconds: number,
): { scaleUp: ScalingRules; scaleDown: ScalingRules } {
  return {
    scaleUp: {
      stabilizationWindowSeconds: 0,
      selectPolicy: "Max",
      policies: [
        { type: "Pods", value: 4, periodSeconds: 15 },
        { type: "Percent", value: 100, periodSeconds: 15 },
      ],
      ...present(behavior.scaleUp),
    },
    scaleDown: {
      stabilizationWindowSeconds: downscaleStabilizationSeconds,
      selectPolicy: "Max",
      policies: [{ type: "Percent", value: 100, periodSeconds: 15 }],
      ...present(behavior.scaleDown),
    },
  };
}

function present(rules: ScalingRules | undefined): ScalingRules {
  return Object.fromEntries(
    Object.entries(rules ?? {}).filter(([, value]) => value !== undefined && value !== null),
  );
}
