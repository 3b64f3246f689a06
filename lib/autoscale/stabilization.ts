import type { Recommendation } from "./hpa_types.ts";

/** The outcome of looking back over recent recommendations. */
export interface Stabilization {
  /** What the metrics ask for now. */
  desired: number;
  /** What may be asked for, given the recent past. */
  stabilized: number;
  /** Windows looked back over, in milliseconds. */
  upWindowMs: number;
  downWindowMs: number;
  /** Earlier recommendations that lie inside the window that mattered. */
  considered: Recommendation[];
  /** The time of the sync. */
  nowMs: number;
  /** The history with the newest recommendation in it. */
  recommendations: Recommendation[];
  /** The AbleToScale condition's reason and message when `stabilized` differs from `desired`. */
  reason: "ScaleUpStabilized" | "ScaleDownStabilized";
  message: string;
}

const MESSAGES = {
  ScaleUpStabilized:
    "recent recommendations were lower than current one, applying the lowest recent recommendation",
  ScaleDownStabilized:
    "recent recommendations were higher than current one, applying the highest recent recommendation",
};

/**
 * The highest recommendation of the last `windowMs`, when the spec has no behavior.
 * Source: kubernetes/kubernetes pkg/controller/podautoscaler/horizontal.go (stabilizeRecommendation).
 */
export function stabilize(
  history: readonly Recommendation[],
  desired: number,
  windowMs: number,
  nowMs: number,
): Stabilization {
  const cutoff = nowMs - windowMs;
  const considered = history.filter(({ atMs }) => atMs >= cutoff);
  return {
    desired,
    stabilized: Math.max(desired, ...considered.map(({ replicas }) => replicas)),
    upWindowMs: 0,
    downWindowMs: windowMs,
    considered,
    nowMs,
    recommendations: remember(history, { replicas: desired, atMs: nowMs }, (r) => r.atMs < cutoff),
    reason: "ScaleDownStabilized",
    message: MESSAGES.ScaleDownStabilized,
  };
}

/**
 * The current replicas, moved only as far as every recommendation of the window agrees to: up to the
 * lowest of the scale-up window, down to the highest of the scale-down window.
 * Source: kubernetes/kubernetes pkg/controller/podautoscaler/horizontal.go
 * (stabilizeRecommendationWithBehaviors).
 */
export function stabilizeWithBehavior(
  history: readonly Recommendation[],
  args: {
    current: number;
    desired: number;
    upWindowMs: number;
    downWindowMs: number;
    nowMs: number;
  },
): Stabilization {
  const { current, desired, upWindowMs, downWindowMs, nowMs } = args;
  const upCutoff = nowMs - upWindowMs;
  const downCutoff = nowMs - downWindowMs;
  const recentUp = history.filter(({ atMs }) => atMs > upCutoff);
  const recentDown = history.filter(({ atMs }) => atMs > downCutoff);
  const up = Math.min(desired, ...recentUp.map(({ replicas }) => replicas));
  const down = Math.max(desired, ...recentDown.map(({ replicas }) => replicas));
  const stabilized = Math.min(Math.max(current, up), down);
  const reason = desired >= current ? "ScaleUpStabilized" : "ScaleDownStabilized";
  return {
    desired,
    stabilized,
    upWindowMs,
    downWindowMs,
    considered: desired >= current ? recentUp : recentDown,
    nowMs,
    recommendations: remember(
      history,
      { replicas: desired, atMs: nowMs },
      (r) => r.atMs < upCutoff && r.atMs < downCutoff,
    ),
    reason,
    message: MESSAGES[reason],
  };
}

/** Puts `newest` in the place of the last outdated recommendation, or at the end. */
function remember(
  history: readonly Recommendation[],
  newest: Recommendation,
  isOutdated: (recommendation: Recommendation) => boolean,
): Recommendation[] {
  const next = [...history];
  const index = next.findLastIndex(isOutdated);
  if (index < 0) next.push(newest);
  else next[index] = newest;
  return next;
}
