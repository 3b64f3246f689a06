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
  /** The same in Korean. */
  ko: string;
}

/** A part of a line, in both languages. */
type Told = [en: string, ko: string];

function line(step: DerivationLine["step"], [text, ko]: Told): DerivationLine {
  return { step, text, ko };
}

/** How many numbers of a sum, and how many recommendations, are shown one by one. */
const MOST_SHOWN = 6;

/**
 * A derivation as lines that a person can follow: reading, ratio, pods, rounding, window, limits.
 * Our own words; not imitated from upstream. A Korean particle behind a number stands in both its forms, as in 3(으)로.
 */
export function explain(derivation: Derivation): DerivationLine[] {
  const { currentReplicas: current, desiredReplicas: desired } = derivation;
  const lines: DerivationLine[] = [];
  switch (derivation.shortcut) {
    case "at zero":
      return [line("result", [
        "0 replicas: scaling is disabled until somebody scales up",
        "레플리카 0: 누군가 늘릴 때까지 조절하지 않습니다",
      ])];
    case "above maximum":
      return [line("limit", [
        `${current} replicas > maxReplicas ${derivation.maxReplicas} → ${desired}`,
        `레플리카 ${current} > maxReplicas ${derivation.maxReplicas} → ${desired}`,
      ])];
    case "below minimum":
      return [line("limit", [
        `${current} replicas < minReplicas ${derivation.minReplicas} → ${desired}`,
        `레플리카 ${current} < minReplicas ${derivation.minReplicas} → ${desired}`,
      ])];
    case "no selector":
      return [line("result", [
        "the selector gives no pods of its own: nothing is changed",
        "셀렉터가 자기만의 파드를 고르지 못합니다: 아무것도 바꾸지 않습니다",
      ])];
  }
  for (const metric of derivation.metrics) {
    if (metric.ok) lines.push(...explainProposal(metric.title, metric.proposal));
    else lines.push(line("reading", same(metric.message)));
  }
  lines.push(...explainChoice(derivation));
  // Without a stabilization no replica count came out of the metrics at all.
  if (derivation.stabilization) lines.push(...explainWindow(derivation.stabilization, current));
  if (derivation.limit) lines.push(...explainLimit(derivation, derivation.limit));
  if (derivation.raisedTo !== undefined) {
    const to = `minReplicas ${derivation.raisedTo}`;
    lines.push(line("limit", [`woken from 0 to ${to}`, `0에서 깨움: ${to}`]));
  }
  lines.push(line(
    "result",
    current === desired
      ? [`${replicas(current)}, no change`, `레플리카 ${current}, 그대로`]
      : [`${replicas(current)} → ${desired}`, `레플리카 ${current} → ${desired}`],
  ));
  return lines;
}

// ---------------------------------------------------------------- one metric

function explainProposal(title: string, proposal: Proposal): DerivationLine[] {
  const { ratio, target, groups, format } = proposal;
  const isPercent = proposal.utilization !== undefined;
  const shown = isPercent
    ? `${proposal.utilization}%`
    : formatMilli(groups === undefined ? proposal.totalMilli : proposal.usageMilli, format);
  const goal = isPercent ? `${target}%` : formatMilli(target, format);
  const isPerPod = proposal.rule === "total over target" ||
    (groups === undefined && proposal.pods !== undefined && proposal.rule === "within tolerance");
  const sum = `${shown} ÷ ${goal} = ${round(ratio)}`;
  return [
    line("reading", [`${title}: ${shown}, target ${goal}`, `${title}: ${shown}, 목표 ${goal}`]),
    ...explainSum(proposal),
    line(
      "ratio",
      isPerPod
        ? [
          `${shown} ÷ (${goal} × ${replicas(proposal.pods!)}) = ${round(ratio)}`,
          `${shown} ÷ (${goal} × 레플리카 ${proposal.pods}) = ${round(ratio)}`,
        ]
        : same(sum),
    ),
    ...explainPods(proposal),
    line("rounding", explainRounding(proposal, shown, goal)),
  ];
}

/** The sum behind a reading, when it is of more than one number. */
function explainSum(proposal: Proposal): DerivationLine[] {
  const { samples = [], requestsTotalMilli, groups, format } = proposal;
  const total = formatMilli(proposal.totalMilli, format);
  const [en, ko] = samples.length > 1
    ? addition(samples, format).map((sum) => `${sum} = ${total}`)
    : [total, total];
  if (requestsTotalMilli !== undefined) {
    const [requested, percent] = [
      formatMilli(requestsTotalMilli, format),
      `${proposal.utilization}%`,
    ];
    const of = (sum: string) => samples.length > 1 ? `${sum}; ` : "";
    return [line("reading", [
      `${of(en)}${total} used ÷ ${requested} requested = ${percent}`,
      `${of(ko)}사용 ${total} ÷ 요청 ${requested} = ${percent}`,
    ])];
  }
  if (samples.length < 2) return [];
  if (!groups) return [line("reading", [en, ko])];
  const mean = formatMilli(proposal.usageMilli, format);
  return [line("reading", [
    `${en}; ${total} ÷ ${samples.length} pods = ${mean}`,
    `${ko}; ${total} ÷ 파드 ${samples.length}개 = ${mean}`,
  ])];
}

function addition(samples: readonly Sample[], format: Proposal["format"]): Told {
  const { length } = samples;
  if (length > MOST_SHOWN) return [`${length} samples`, `샘플 ${length}개`];
  const sum = samples
    .map(({ name, milli }) => (name ? `${name} ` : "") + formatMilli(milli, format)).join(" + ");
  return same(sum);
}

/** Pods that do not count as they are, and what they were taken for. */
function explainPods({ groups, assumed = [], adjustedRatio, format }: Proposal): DerivationLine[] {
  if (!groups) return [];
  const taken = new Map(assumed.map(({ name, milli }) => [name, milli]));
  const as = (pod: string, [en, ko]: Told): Told => {
    const milli = taken.get(pod);
    if (milli === undefined) return [en, ko];
    const value = formatMilli(milli, format);
    return [` and counts as ${value}`, `, ${value}(으)로 셈`];
  };
  const join = (pod: string, [en, ko]: Told, [then, thenKo]: Told): Told => [
    `${pod} ${en}${then}`,
    `${pod}: ${ko}${thenKo}`,
  ];
  const parts = [
    ...groups.missing.map((pod) => join(pod, ["has no sample", "샘플 없음"], as(pod, ["", ""]))),
    ...groups.unready.map((pod) =>
      join(pod, ["is not ready", "준비되지 않음"], as(pod, [" and is left out", ", 세지 않음"]))
    ),
    ...groups.ignored.map((pod) =>
      join(pod, ["is as if it were not there", "없는 것으로 침"], ["", ""])
    ),
  ];
  if (parts.length === 0) return [];
  const more = parts.length - MOST_SHOWN;
  const shown: Told[] = more > 0
    ? [...parts.slice(0, MOST_SHOWN), [`and ${more} more`, `그 밖에 ${more}개`]]
    : parts;
  const ratio = adjustedRatio === undefined ? undefined : round(adjustedRatio);
  return [line("pods", [
    shown.map(([en]) => en).join(", ") +
    (ratio === undefined ? "" : `; the ratio becomes ${ratio}`),
    shown.map(([, ko]) => ko).join("; ") + (ratio === undefined ? "" : `; 비율은 ${ratio}`),
  ])];
}

function explainRounding(proposal: Proposal, shown: string, goal: string): Told {
  const { ratio, adjustedRatio, unrounded, tolerances, replicas: count } = proposal;
  const last = round(adjustedRatio ?? ratio);
  const up = (sum: string, ko = sum): Told => [
    `${sum}, rounded up to ${count}`,
    `${ko}, 올림: ${count}`,
  ];
  switch (proposal.rule) {
    case "within tolerance": {
      const [from, to] = [round(1 - tolerances.scaleDown), round(1 + tolerances.scaleUp)];
      return [
        `${last} lies between ${from} and ${to}: stay at ${count}`,
        `${last}: ${from}에서 ${to} 사이라 ${count} 그대로`,
      ];
    }
    case "direction flip":
      return [
        `counting those pods turns the direction round: stay at ${count}`,
        `그 파드들을 세면 방향이 바뀌므로 ${count} 그대로`,
      ];
    case "total over target":
      return up(`${shown} ÷ ${goal} = ${round(unrounded!)}`);
    case "ratio from zero":
      return up(last);
    case "ratio times pods": {
      const pods = proposal.pods === 1 ? "1 pod" : `${proposal.pods} pods`;
      const result = round(unrounded!);
      return up(`${last} × ${pods} = ${result}`, `${last} × 파드 ${proposal.pods}개 = ${result}`);
    }
  }
}

function explainChoice({ metrics, chosen, currentReplicas }: Derivation): DerivationLine[] {
  const failed = metrics.filter((metric) => !metric.ok).length;
  if (chosen === undefined) {
    if (failed === 0) return [];
    return [line(
      "choice",
      failed === metrics.length
        ? [
          "no metric can be read: nothing is changed",
          "읽을 수 있는 메트릭이 없습니다: 아무것도 바꾸지 않습니다",
        ]
        : [
          `a metric that cannot be read might ask for more than ${currentReplicas}: nothing is changed`,
          `읽을 수 없는 메트릭이 ${currentReplicas}보다 많이 원할 수도 있습니다: 아무것도 바꾸지 않습니다`,
        ],
    )];
  }
  const best = metrics[chosen] as MetricOutcome & { ok: true };
  if (metrics.length < 2) return [];
  const { replicas: most } = best.proposal;
  return [line("choice", [`the highest wins: ${most}`, `가장 큰 것을 따릅니다: ${most}`])];
}

// ---------------------------------------------------------------- the window and the limits

function explainWindow(stabilization: Stabilization, current: number): DerivationLine[] {
  const { desired, stabilized, considered, nowMs } = stabilization;
  const isDown = stabilization.reason === "ScaleDownStabilized";
  const windowMs = isDown ? stabilization.downWindowMs : stabilization.upWindowMs;
  if (windowMs === 0 && considered.length === 0 && stabilized === desired) return [];
  const [past, pastKo] = considered.length === 0
    ? ["", ""]
    : recent(considered, nowMs).map((one) => `${one}, `);
  const [held, heldKo] = stabilized === desired
    ? ["", ""]
    : stabilized === current
    ? [`, so it stays at ${stabilized}`, `, 그래서 ${stabilized} 그대로`]
    : [`, so it is ${stabilized}`, `, 그래서 ${stabilized}`];
  const window = formatGoDuration(windowMs);
  return [line("stabilization", [
    `recommended in the last ${window}: ${past}now ${desired}; the ${
      isDown ? "highest" : "lowest"
    } counts${held}`,
    `지난 ${window}의 권고: ${pastKo}지금 ${desired}; 가장 ${
      isDown ? "큰" : "작은"
    } 것을 따름${heldKo}`,
  ])];
}

/** Recommendations from the oldest on, equal ones together: `3 (1m30s to 45s ago), 2 (30s ago)`. */
function recent(considered: Stabilization["considered"], nowMs: number): Told {
  const runs: { replicas: number; from: number; to: number; isUndated: boolean }[] = [];
  for (
    const { replicas, atMs, isUndated = false } of considered.toSorted((a, b) => a.atMs - b.atMs)
  ) {
    const last = runs.at(-1);
    if (last?.replicas === replicas && last.isUndated === isUndated) last.to = atMs;
    else runs.push({ replicas, from: atMs, to: atMs, isUndated });
  }
  const ago = (atMs: number) => formatGoDuration(nowMs - atMs);
  const shown = runs.slice(-MOST_SHOWN).map(({ replicas, from, to, isUndated }): Told =>
    isUndated
      ? [`${replicas} (since when is not told)`, `${replicas} (언제부터인지 모름)`]
      : to === nowMs
      ? [`${replicas} (as it was found)`, `${replicas} (처음부터)`]
      : from === to
      ? [`${replicas} (${ago(from)} ago)`, `${replicas} (${ago(from)} 전)`]
      : [
        `${replicas} (${ago(from)} to ${ago(to)} ago)`,
        `${replicas} (${ago(from)}~${ago(to)} 전)`,
      ]
  );
  const left = runs.length - shown.length;
  if (left > 0) {
    const all = runs.slice(0, left).map(({ replicas }) => replicas);
    const [least, most] = [Math.min(...all), Math.max(...all)];
    shown.unshift([`from ${least} to ${most} before`, `그 전에는 ${least}~${most}`]);
  }
  return [shown.map(([en]) => en).join(", "), shown.map(([, ko]) => ko).join(", ")];
}

function explainLimit(derivation: Derivation, limit: Limit): DerivationLine[] {
  const lines: DerivationLine[] = [];
  const { currentReplicas: current } = derivation;
  if (limit.policies && limit.wished !== current) {
    lines.push(line("limit", explainPolicies(limit)));
  }
  if (limit.allowed === limit.wished) return lines;
  const [by, byKo] = limit.reason === "TooFewReplicas"
    ? same(`minReplicas ${derivation.minReplicas}`)
    : limit.reason === "TooManyReplicas"
    ? same(`maxReplicas ${derivation.maxReplicas}`)
    : limit.policies
    ? ["those policies", "그 정책"]
    : [
      `the rate of change: twice ${current}, or 4 if that is more`,
      `변화의 한도: ${current}의 두 배, 또는 그보다 크면 4`,
    ];
  lines.push(line("limit", [
    `${limit.wished} is limited to ${limit.allowed} by ${by}`,
    `${limit.wished} → ${limit.allowed}(으)로 제한: ${byKo}`,
  ]));
  return lines;
}

function explainPolicies({ policies = [], selectPolicy, rateLimit }: Limit): Told {
  if (selectPolicy === "Disabled") {
    return ["selectPolicy Disabled allows no change", "selectPolicy Disabled는 변화를 막습니다"];
  }
  const each = policies.map(({ type, value, periodSeconds, start, allows }): Told => [
    `${value}${type === "Percent" ? "%" : value === 1 ? " pod" : " pods"} in ${periodSeconds}s ` +
    `from ${start}: ${allows}`,
    `${periodSeconds}초에 ${type === "Percent" ? `${value}%` : `파드 ${value}개`}, ` +
    `${start}부터: ${allows}`,
  ]);
  const choice = selectPolicy ?? "Max";
  const [then, thenKo] = policies.length > 1
    ? [`; ${choice} allows ${rateLimit}`, `; ${choice}: ${rateLimit}까지`]
    : ["", ""];
  return [
    each.map(([en]) => en).join(", ") + then,
    each.map(([, ko]) => ko).join("; ") + thenKo,
  ];
}

function same(text: string): Told {
  return [text, text];
}

function replicas(count: number): string {
  return count === 1 ? "1 replica" : `${count} replicas`;
}

/** Six digits, or more where those would hide why it is rounded up. */
function round(value: number): string {
  const short = Number(value.toPrecision(6));
  return String(Math.ceil(short) === Math.ceil(value) ? short : Number(value.toPrecision(12)));
}
