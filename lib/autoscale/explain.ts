import { formatGoDuration } from "../go/mod.ts";
import type { Derivation } from "./decide.ts";
import type { MetricOutcome } from "./metric_proposal.ts";
import type { Proposal, Sample } from "./replica_calculator.ts";
import type { Limit } from "./scaling_rules.ts";
import type { Stabilization } from "./stabilization.ts";
import { formatMilli } from "./texts.ts";

/** One line of a derivation: what is computed, the sum, and what it gives. */
export interface DerivationLine {
  step: "reading" | "ratio" | "pods" | "rounding" | "choice" | "stabilization" | "limit" | "result";
  text: string;
}

/** How many numbers of a sum, and how many recommendations, are shown one by one. */
const MOST_SHOWN = 6;

/**
 * A derivation as lines that a person can follow: reading, ratio, pods, rounding, window, limits.
 * Our own words; not imitated from upstream.
 */
export function explain(derivation: Derivation): DerivationLine[] {
  const { currentReplicas: current, desiredReplicas: desired } = derivation;
  const lines: DerivationLine[] = [];
  switch (derivation.shortcut) {
    case "at zero":
      return [{ step: "result", text: "0 replicas: scaling is disabled until somebody scales up" }];
    case "above maximum":
      return [{
        step: "limit",
        text: `${current} replicas > maxReplicas ${derivation.maxReplicas} → ${desired}`,
      }];
    case "below minimum":
      return [{
        step: "limit",
        text: `${current} replicas < minReplicas ${derivation.minReplicas} → ${desired}`,
      }];
    case "no selector":
      return [{
        step: "result",
        text: "the selector gives no pods of its own: nothing is changed",
      }];
  }
  for (const metric of derivation.metrics) {
    if (metric.ok) lines.push(...explainProposal(metric.name, metric.proposal));
    else lines.push({ step: "reading", text: metric.message });
  }
  lines.push(...explainChoice(derivation));
  // Without a stabilization no replica count came out of the metrics at all.
  if (derivation.stabilization) lines.push(...explainWindow(derivation.stabilization, current));
  if (derivation.limit) lines.push(...explainLimit(derivation, derivation.limit));
  if (derivation.raisedTo !== undefined) {
    lines.push({ step: "limit", text: `woken from 0 to minReplicas ${derivation.raisedTo}` });
  }
  lines.push({
    step: "result",
    text: current === desired
      ? `${replicas(current)}, no change`
      : `${replicas(current)} → ${desired}`,
  });
  return lines;
}

// ---------------------------------------------------------------- one metric

function explainProposal(name: string, proposal: Proposal): DerivationLine[] {
  const { ratio, target, groups, format } = proposal;
  const isPercent = proposal.utilization !== undefined;
  const shown = isPercent
    ? `${proposal.utilization}%`
    : formatMilli(groups === undefined ? proposal.totalMilli : proposal.usageMilli, format);
  const goal = isPercent ? `${target}%` : formatMilli(target, format);
  const isPerPod = proposal.rule === "total over target" ||
    (groups === undefined && proposal.pods !== undefined && proposal.rule === "within tolerance");
  return [
    { step: "reading", text: `${name}: ${shown}, target ${goal}` },
    ...explainSum(proposal),
    {
      step: "ratio",
      text: isPerPod
        ? `${shown} ÷ (${goal} × ${replicas(proposal.pods!)}) = ${round(ratio)}`
        : `${shown} ÷ ${goal} = ${round(ratio)}`,
    },
    ...explainPods(proposal),
    { step: "rounding", text: explainRounding(proposal, shown, goal) },
  ];
}

/** The sum behind a reading, when it is of more than one number. */
function explainSum(proposal: Proposal): DerivationLine[] {
  const { samples = [], requestsTotalMilli, groups, format } = proposal;
  const total = formatMilli(proposal.totalMilli, format);
  const sum = samples.length > 1 ? `${addition(samples, format)} = ${total}` : total;
  if (requestsTotalMilli !== undefined) {
    return [{
      step: "reading",
      text: (samples.length > 1 ? `${sum}; ` : "") +
        `${total} used ÷ ${
          formatMilli(requestsTotalMilli, format)
        } requested = ${proposal.utilization}%`,
    }];
  }
  if (samples.length < 2) return [];
  const mean = groups
    ? `; ${total} ÷ ${samples.length} pods = ${formatMilli(proposal.usageMilli, format)}`
    : "";
  return [{ step: "reading", text: sum + mean }];
}

function addition(samples: readonly Sample[], format: Proposal["format"]): string {
  if (samples.length > MOST_SHOWN) return `${samples.length} samples`;
  return samples.map(({ name, milli }) => (name ? `${name} ` : "") + formatMilli(milli, format))
    .join(" + ");
}

/** Pods that do not count as they are, and what they were taken for. */
function explainPods({ groups, assumed = [], adjustedRatio, format }: Proposal): DerivationLine[] {
  if (!groups) return [];
  const taken = new Map(assumed.map(({ name, milli }) => [name, milli]));
  const as = (pod: string, left: string) => {
    const milli = taken.get(pod);
    return milli === undefined ? left : ` and counts as ${formatMilli(milli, format)}`;
  };
  const parts = [
    ...groups.missing.map((pod) => `${pod} has no sample${as(pod, "")}`),
    ...groups.unready.map((pod) => `${pod} is not ready${as(pod, " and is left out")}`),
    ...groups.ignored.map((pod) => `${pod} is as if it were not there`),
  ];
  if (parts.length === 0) return [];
  const shown = parts.length > MOST_SHOWN
    ? [...parts.slice(0, MOST_SHOWN), `and ${parts.length - MOST_SHOWN} more`]
    : parts;
  const then = adjustedRatio === undefined ? "" : `; the ratio becomes ${round(adjustedRatio)}`;
  return [{ step: "pods", text: shown.join(", ") + then }];
}

function explainRounding(proposal: Proposal, shown: string, goal: string): string {
  const { ratio, adjustedRatio, unrounded, tolerances, replicas: count } = proposal;
  const last = round(adjustedRatio ?? ratio);
  switch (proposal.rule) {
    case "within tolerance":
      return `${last} lies between ${round(1 - tolerances.scaleDown)} and ${
        round(1 + tolerances.scaleUp)
      }: stay at ${count}`;
    case "direction flip":
      return `counting those pods turns the direction round: stay at ${count}`;
    case "total over target":
      return `${shown} ÷ ${goal} = ${round(unrounded!)}, rounded up to ${count}`;
    case "ratio from zero":
      return `${last}, rounded up to ${count}`;
    case "ratio times pods": {
      const pods = proposal.pods === 1 ? "1 pod" : `${proposal.pods} pods`;
      return `${last} × ${pods} = ${round(unrounded!)}, rounded up to ${count}`;
    }
  }
}

function explainChoice({ metrics, chosen, currentReplicas }: Derivation): DerivationLine[] {
  const failed = metrics.filter((metric) => !metric.ok).length;
  if (chosen === undefined) {
    if (failed === 0) return [];
    const text = failed === metrics.length
      ? "no metric can be read: nothing is changed"
      : `a metric that cannot be read might ask for more than ${currentReplicas}: nothing is changed`;
    return [{ step: "choice", text }];
  }
  const best = metrics[chosen] as MetricOutcome & { ok: true };
  if (metrics.length < 2) return [];
  return [{ step: "choice", text: `the highest wins: ${best.proposal.replicas}` }];
}

// ---------------------------------------------------------------- the window and the limits

function explainWindow(stabilization: Stabilization, current: number): DerivationLine[] {
  const { desired, stabilized, considered, nowMs } = stabilization;
  const isDown = stabilization.reason === "ScaleDownStabilized";
  const windowMs = isDown ? stabilization.downWindowMs : stabilization.upWindowMs;
  if (windowMs === 0 && considered.length === 0 && stabilized === desired) return [];
  const past = considered.length === 0 ? "" : `${recent(considered, nowMs)}, `;
  const held = stabilized === desired
    ? ""
    : stabilized === current
    ? `, so it stays at ${stabilized}`
    : `, so it is ${stabilized}`;
  return [{
    step: "stabilization",
    text: `recommended in the last ${formatGoDuration(windowMs)}: ${past}now ${desired}; the ${
      isDown ? "highest" : "lowest"
    } counts${held}`,
  }];
}

/** Recommendations from the oldest on, equal ones together: `3 (1m30s to 45s ago), 2 (30s ago)`. */
function recent(considered: Stabilization["considered"], nowMs: number): string {
  const runs: { replicas: number; from: number; to: number; isUndated: boolean }[] = [];
  for (
    const { replicas, atMs, isUndated = false } of considered.toSorted((a, b) => a.atMs - b.atMs)
  ) {
    const last = runs.at(-1);
    if (last?.replicas === replicas && last.isUndated === isUndated) last.to = atMs;
    else runs.push({ replicas, from: atMs, to: atMs, isUndated });
  }
  const ago = (atMs: number) => formatGoDuration(nowMs - atMs);
  const shown = runs.slice(-MOST_SHOWN).map(({ replicas, from, to, isUndated }) =>
    isUndated
      ? `${replicas} (since when is not told)`
      : to === nowMs
      ? `${replicas} (as it was found)`
      : from === to
      ? `${replicas} (${ago(from)} ago)`
      : `${replicas} (${ago(from)} to ${ago(to)} ago)`
  );
  const left = runs.length - shown.length;
  if (left > 0) {
    const all = runs.slice(0, left).map(({ replicas }) => replicas);
    shown.unshift(`from ${Math.min(...all)} to ${Math.max(...all)} before`);
  }
  return shown.join(", ");
}

function explainLimit(derivation: Derivation, limit: Limit): DerivationLine[] {
  const lines: DerivationLine[] = [];
  const { currentReplicas: current } = derivation;
  if (limit.policies && limit.wished !== current) {
    lines.push({ step: "limit", text: explainPolicies(limit) });
  }
  if (limit.allowed === limit.wished) return lines;
  const bound = limit.reason === "TooFewReplicas"
    ? `minReplicas ${derivation.minReplicas}`
    : limit.reason === "TooManyReplicas"
    ? `maxReplicas ${derivation.maxReplicas}`
    : limit.policies
    ? "those policies"
    : `the rate of change: twice ${current}, or 4 if that is more`;
  lines.push({
    step: "limit",
    text: `${limit.wished} is limited to ${limit.allowed} by ${bound}`,
  });
  return lines;
}

function explainPolicies({ policies = [], selectPolicy, rateLimit }: Limit): string {
  if (selectPolicy === "Disabled") return "selectPolicy Disabled allows no change";
  const each = policies.map(({ type, value, periodSeconds, start, allows }) =>
    `${value}${type === "Percent" ? "%" : value === 1 ? " pod" : " pods"} in ${periodSeconds}s ` +
    `from ${start}: ${allows}`
  );
  const choice = policies.length > 1 ? `; ${selectPolicy ?? "Max"} allows ${rateLimit}` : "";
  return each.join(", ") + choice;
}

function replicas(count: number): string {
  return count === 1 ? "1 replica" : `${count} replicas`;
}

/** Six digits, or more where those would hide why it is rounded up. */
function round(value: number): string {
  const short = Number(value.toPrecision(6));
  return String(Math.ceil(short) === Math.ceil(value) ? short : Number(value.toPrecision(12)));
}
