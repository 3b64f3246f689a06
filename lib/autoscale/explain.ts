import { formatMilli } from "./texts.ts";
import type { Derivation } from "./decide.ts";
import type { Proposal } from "./replica_calculator.ts";
import { formatGoDuration } from "../base/mod.ts";

/** One line of a derivation: what is computed, the sum, and what it gives. */
export interface DerivationLine {
  step: "reading" | "ratio" | "pods" | "rounding" | "choice" | "stabilization" | "limit" | "result";
  text: string;
}

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
  derivation.metrics.forEach((metric) => {
    if (metric.ok) lines.push(...explainProposal(metric.name, metric.proposal));
    else lines.push({ step: "reading", text: metric.message });
  });
  if (derivation.metrics.length > 1 && derivation.chosen !== undefined) {
    const chosen = derivation.metrics[derivation.chosen];
    if (chosen.ok) {
      lines.push({ step: "choice", text: `the highest wins: ${chosen.proposal.replicas}` });
    }
  }
  lines.push(...explainNormalization(derivation));
  return lines;
}

function explainProposal(name: string, proposal: Proposal): DerivationLine[] {
  const { ratio, adjustedRatio, unrounded, replicas, tolerances, target, groups } = proposal;
  const isPercent = proposal.utilization !== undefined;
  const shown = isPercent ? `${proposal.utilization}%` : formatMilli(
    proposal.rule === "total over target" || groups === undefined
      ? proposal.totalMilli
      : proposal.usageMilli,
  );
  const goal = isPercent ? `${target}%` : formatMilli(target);
  const lines: DerivationLine[] = [{ step: "reading", text: `${name}: ${shown}, target ${goal}` }];
  if (isPercent) {
    lines.push({
      step: "reading",
      text: `${formatMilli(proposal.totalMilli)} used ÷ ${
        formatMilli(proposal.requestsTotalMilli!)
      } requested = ${proposal.utilization}%`,
    });
  }
  const isPerPod = proposal.rule === "total over target" ||
    (groups === undefined && proposal.pods !== undefined && proposal.rule === "within tolerance");
  lines.push({
    step: "ratio",
    text: isPerPod
      ? `${shown} ÷ (${goal} × ${proposal.pods} replicas) = ${round(ratio)}`
      : `${shown} ÷ ${goal} = ${round(ratio)}`,
  });
  if (groups && (groups.missing.length > 0 || groups.unready.length > 0)) {
    const parts = [
      ...groups.missing.map((pod) => `${pod} has no sample`),
      ...groups.unready.map((pod) => `${pod} is not ready`),
    ];
    const then = adjustedRatio === undefined ? "" : `; the ratio becomes ${round(adjustedRatio)}`;
    lines.push({ step: "pods", text: parts.join(", ") + then });
  }
  switch (proposal.rule) {
    case "within tolerance":
      lines.push({
        step: "rounding",
        text: `${round(adjustedRatio ?? ratio)} lies between ${
          round(1 - tolerances.scaleDown)
        } and ${round(1 + tolerances.scaleUp)}: stay at ${replicas}`,
      });
      break;
    case "direction flip":
      lines.push({
        step: "rounding",
        text: `counting those pods turns the direction round: stay at ${replicas}`,
      });
      break;
    case "total over target":
      lines.push({
        step: "rounding",
        text: `${shown} ÷ ${goal} = ${round(unrounded!)}, rounded up to ${replicas}`,
      });
      break;
    case "ratio from zero":
      lines.push({ step: "rounding", text: `${round(ratio)}, rounded up to ${replicas}` });
      break;
    case "ratio times pods": {
      const pods = proposal.pods === 1 ? "1 pod" : `${proposal.pods} pods`;
      lines.push({
        step: "rounding",
        text: `${round(adjustedRatio ?? ratio)} × ${pods} = ${
          round(unrounded!)
        }, rounded up to ${replicas}`,
      });
    }
  }
  return lines;
}

function explainNormalization(derivation: Derivation): DerivationLine[] {
  const lines: DerivationLine[] = [];
  const { stabilization, limit } = derivation;
  if (stabilization && stabilization.stabilized !== stabilization.desired) {
    const isDown = stabilization.reason === "ScaleDownStabilized";
    const window = formatGoDuration(
      isDown ? stabilization.downWindowMs : stabilization.upWindowMs,
    );
    lines.push({
      step: "stabilization",
      text: `${isDown ? "highest" : "lowest"} recommendation of the last ${window}: ` +
        `${stabilization.stabilized}, not ${stabilization.desired}`,
    });
  }
  if (limit && limit.allowed !== limit.wished) {
    const bound = limit.reason === "TooFewReplicas"
      ? `minReplicas ${derivation.minReplicas}`
      : limit.reason === "TooManyReplicas"
      ? `maxReplicas ${derivation.maxReplicas}`
      : `the rate of change, ${limit.rateLimit}`;
    lines.push({
      step: "limit",
      text: `${limit.wished} is limited to ${limit.allowed} by ${bound}`,
    });
  }
  if (derivation.raisedTo !== undefined) {
    lines.push({ step: "limit", text: `woken from 0 to minReplicas ${derivation.raisedTo}` });
  }
  const { currentReplicas: from, desiredReplicas: to } = derivation;
  lines.push({
    step: "result",
    text: from === to ? `${from} replicas, no change` : `${from} replicas → ${to}`,
  });
  return lines;
}

function round(value: number): string {
  return String(Number(value.toFixed(3)));
}
