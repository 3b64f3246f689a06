import type { ReportLine } from "../report.ts";
import { asIs, type Localized, said, withoutSelector } from "../said.ts";
import type { Syncs } from "./replay.ts";
import type { Outcome, WhatIf } from "./what_if.ts";

/** What the replicas are called that were there. */
export const AS_RECORDED = said("as recorded", "기록된 것");

/** As many changes of size as are told one by one. */
const MOST_MOVES = 8;

/** What the replay is of, and what it assumes. */
export function tellAssumptions(result: WhatIf): ReportLine[] {
  const { source, syncs, assumes } = result;
  const { startMs, stepMs, count } = syncs;
  const [from, to] = [timeText(startMs), timeText(startMs + (count - 1) * stepMs)];
  return [
    {
      indent: 0,
      tone: "title",
      text: said(
        `From ${from} to ${to} UTC, ${count} syncs of ${stepMs / 1000} s, by ${source}`,
        `${from}부터 ${to}까지(UTC), ${stepMs / 1000}초 간격 동기화 ${count}번, 기록: ${source}`,
      ),
    },
    ...assumes.map((text) => ({ indent: 1, label: asIs("-"), text })),
  ];
}

/** What each scaler would have done, in sentences. */
export function tellStories(result: WhatIf): ReportLine[] {
  return result.outcomes.flatMap((outcome) => storyOf(outcome, result.syncs));
}

function storyOf(outcome: Outcome, { startMs }: Syncs): ReportLine[] {
  const { label, replicas, scalings, failed, firstError, figures, max, min } = outcome;
  const begins = scalings[0]?.from ?? replicas[0];
  const lines: ReportLine[] = [{
    indent: 0,
    tone: "title",
    text: said(
      `${label} (${min} to ${max}): begins with ${begins}, ends with ${
        replicas.at(-1)
      }, ${figures.least} to ${figures.most} on the way.`,
      `${label} (${min}~${max}): ${begins}개로 시작해 ${
        replicas.at(-1)
      }개로 끝남. 그사이 ${figures.least}~${figures.most}개.`,
    ),
  }];
  const shown = scalings.slice(0, MOST_MOVES);
  for (const { atMs, from, to, reason } of shown) {
    const move = `${clockText(atMs, startMs)}  ${from} → ${to}`;
    const why = KEDA_MOVES[reason] ?? asIs(withoutSelector(reason));
    lines.push({ indent: 1, text: said(`${move}  ${why.en}`, `${move}  ${why.ko}`) });
  }
  const rest = scalings.length - shown.length;
  if (rest > 0) {
    lines.push({
      indent: 1,
      text: said(
        `and ${rest} more changes of size (-o csv has every sync)`,
        `그 밖에 크기 변경 ${rest}번 (-o csv에 모든 동기화가 있음)`,
      ),
    });
  }
  if (scalings.length === 0) {
    lines.push({ indent: 1, text: said("It never scales.", "크기를 바꾸지 않습니다.") });
  }
  if (failed > 0) {
    lines.push({
      indent: 1,
      tone: "warning",
      text: said(
        `${failed} syncs could not decide, and left the size as it was: ${firstError}`,
        `동기화 ${failed}번은 결정하지 못해 크기를 그대로 두었습니다: ${firstError}`,
      ),
    });
  }
  return lines;
}

/** What KEDA does by itself, by its reason. */
const KEDA_MOVES: Record<string, Localized> = {
  "KEDA: activate": said("KEDA: a trigger is active", "KEDA: 트리거가 활성"),
  "KEDA: deactivate": said("KEDA: no trigger is active", "KEDA: 활성 트리거가 없음"),
  "KEDA: raise to minimum": said("KEDA: raised to minReplicaCount", "KEDA: minReplicaCount로 올림"),
};

const HEAD: readonly Localized[] = [
  asIs(""),
  said("POD-HOURS", "파드·시간"),
  said("UP", "늘림"),
  said("DOWN", "줄임"),
  said("MIN-OVER", "초과(분)"),
  said("MIN-AT-MAX", "최대치(분)"),
  said("PODS", "파드"),
];

/** The table of figures, cell by cell; minutes are those over the target and those at maxReplicas. */
export function figureRows(result: WhatIf, language: keyof Localized): string[][] {
  const recorded = result.recorded
    ? [{ label: AS_RECORDED[language], figures: result.recorded.figures }]
    : [];
  return [
    HEAD.map((head) => head[language]),
    ...[...result.outcomes, ...recorded].map(({ label, figures }) => [
      label,
      figures.podHours.toFixed(1),
      String(figures.scaleUps),
      String(figures.scaleDowns),
      round(figures.minutesOverTarget),
      round(figures.minutesAtMax),
      `${figures.least}-${figures.most}`,
    ]),
  ];
}

function round(value: number | undefined): string {
  return value === undefined ? "-" : String(Math.round(value));
}

/** `2026-01-05 09:30`, in UTC. */
export function timeText(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 16).replace("T", " ");
}

/** A time of day, with its date when it is not the day that the replay began on. */
function clockText(atMs: number, startMs: number): string {
  const [day, time] = new Date(atMs).toISOString().split("T");
  const isFirst = new Date(startMs).toISOString().startsWith(day);
  return `${isFirst ? "" : `${day.slice(5)} `}${time.slice(0, 8)}`;
}
