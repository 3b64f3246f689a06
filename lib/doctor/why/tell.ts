import type { Decided } from "../decide.ts";
import type { Evidence, Fault, HopNow, HopState } from "../hop.ts";
import type { ReportLine } from "../report.ts";
import { asIs, type Localized, said } from "../said.ts";
import type { Diagnosis, Subject, Verdict } from "./why.ts";

const STATES: Record<HopState, Localized> = {
  ok: said("ok", "정상"),
  broken: said("BROKEN", "끊김"),
  warns: said("mind", "주의"),
  waits: said("waits", "대기"),
  unknown: said("unknown", "모름"),
  absent: said("-", "없음"),
};
const TONES: Partial<Record<HopState, ReportLine["tone"]>> = {
  broken: "bad",
  warns: "warning",
  unknown: "warning",
};

/** How wide a hop's name is written, and its state in English; in Korean every state is as wide. */
const NAME_COLUMNS = 15;
const STATE_COLUMNS = 8;
/** As much of what a command printed as is shown. */
const MOST_PRINTED = 240;

/** `hpa/web`, as `why` takes it. */
export function subjectText({ kind, name }: Subject): string {
  return kind === "metric" ? `metric ${name}` : `${kind}/${name}`;
}

const VERDICTS: Record<Verdict, (at: string) => Localized> = {
  whole: () => said("the chain is whole", "모든 지점이 이어져 있습니다"),
  broken: (at) => said(`broken at ${at}`, `${at}에서 끊겼습니다`),
  waiting: () =>
    said(
      "nothing is broken, and it has not come through yet",
      "끊긴 곳은 없고, 아직 다 오지 않았습니다",
    ),
  unknown: () =>
    said(
      "no broken hop was seen, but not all could be looked at",
      "끊긴 곳을 보지 못했지만 다 볼 수는 없었습니다",
    ),
};

/** What stands over a diagnosis, in one line. */
function titleOf({ subject, namespace, verdict, first }: Diagnosis): Localized {
  const is = VERDICTS[verdict](first?.hop ?? "");
  const of = `${subjectText(subject)} (${namespace})`;
  const mind = verdict === "whole" && first
    ? said(", with something to mind", ". 살펴볼 것이 있습니다")
    : asIs("");
  return said(`${of}: ${is.en}${mind.en}`, `${of}: ${is.ko}${mind.ko}`);
}

/**
 * A diagnosis in full: every hop, and what is to be done at the first that is broken. The hops of several metrics are more
 * than a screen, or are folded: there the cause is told before them too.
 */
export function tellDiagnosis(diagnosis: Diagnosis): ReportLine[] {
  const { hops, first, verdict, decided } = diagnosis;
  const metrics = new Set(hops.flatMap(({ metric }) => metric ?? []));
  const lines: ReportLine[] = [
    { indent: 0, text: titleOf(diagnosis), tone: "title" },
    ...(metrics.size > 1 && first?.fault ? faultLines(first.hop, first.fault).slice(0, 1) : []),
    ...hops.flatMap((hop, at) => hopLines(hop, hops[at - 1]?.metric)),
  ];
  if (first?.fault) lines.push(blank(), ...faultLines(first.hop, first.fault));
  const others = hops.filter(({ state, fault }) =>
    state === "broken" && fault && !first?.fault?.told.en.includes(fault.told.en)
  );
  for (const { hop, fault } of others) {
    lines.push({
      indent: 0,
      label: said("then", "다음"),
      text: said(`${hop}: ${fault!.told.en}`, `${hop}: ${fault!.told.ko}`),
    });
  }
  const unseen = hops.filter(({ state }) => state === "unknown");
  if (verdict !== "whole" && unseen.length > 0) {
    const names = [...new Set(unseen.map(({ hop }) => hop))].join(", ");
    lines.push(blank(), {
      indent: 0,
      text: said(
        `Could not be looked at, so unknown: ${names}.`,
        `볼 수 없어서 모르는 것: ${names}.`,
      ),
      tone: "warning",
    });
  }
  if (verdict !== "broken") lines.push(...awaitedLines(hops));
  if (verdict !== "broken" && decided) lines.push(blank(), ...tellDecided(decided));
  return lines;
}

/** What comes by itself, each once, the nearest to the container first: the others wait for it. */
function awaitedLines(hops: readonly HopNow[]): ReportLine[] {
  const texts = new Map(hops.flatMap(({ awaits }) => awaits ? [[awaits.en, awaits]] : []));
  return [...texts.values()].toReversed().flatMap((text, at): ReportLine[] => [
    ...(at === 0 ? [blank()] : []),
    {
      indent: 0,
      label: at === 0 ? said("waits for", "기다림") : said("and      ", ""),
      text: said(`${text.en}.`, `${text.ko}.`),
    },
  ]);
}

function blank(): ReportLine {
  return { indent: 0, text: asIs("") };
}

function hopLines(
  { hop, metric, object, state, saw }: HopNow,
  before: string | undefined,
): ReportLine[] {
  const text = (language: keyof Localized) =>
    [object[language], saw[language]].filter((part) => part !== "").join(": ");
  const { en, ko } = STATES[state];
  const name = hop.padEnd(NAME_COLUMNS);
  return [
    ...(metric === undefined || metric === before ? [] : [{ indent: 0, text: asIs(`${metric}:`) }]),
    {
      indent: 0,
      label: said(name + en.padEnd(STATE_COLUMNS), `${name}${ko} `),
      text: said(text("en"), text("ko")),
      ...(TONES[state] ? { tone: TONES[state] } : {}),
    },
  ];
}

/** A cause with its evidence, its remedy and where upstream tells of it. */
function faultLines(
  hop: string,
  { told, evidence, remedy, upstream, warns }: Fault,
): ReportLine[] {
  return [
    {
      indent: 0,
      text: said(`${hop}: ${told.en}`, `${hop}: ${told.ko}`),
      tone: warns ? "warning" : "bad",
    },
    ...evidence.flatMap(evidenceLines),
    ...(remedy.command ? commandLine(said("mend", "해결"), remedy.command) : []),
    ...(remedy.diff
      ? remedy.diff.split("\n").flatMap((line, at) =>
        labelled(at === 0 ? said("mend", "해결") : asIs(""), asIs(line), true)
      )
      : []),
    ...(remedy.told
      ? labelled(remedy.command || remedy.diff ? asIs("") : said("mend", "해결"), remedy.told)
      : []),
    ...labelled(said("docs", "문서"), asIs(upstream), true),
  ];
}

function evidenceLines({ command, printed }: Evidence, at: number): ReportLine[] {
  const shown = printed.length > MOST_PRINTED ? `${printed.slice(0, MOST_PRINTED)}…` : printed;
  return [
    ...commandLine(at === 0 ? said("seen", "증거") : asIs(""), command),
    ...shown.split("\n").flatMap((line) =>
      labelled(asIs(""), line === "" ? said("(nothing)", "(없음)") : asIs(line))
    ),
  ];
}

function commandLine(label: Localized, command: string): ReportLine[] {
  return [{ indent: 1, label, text: asIs(`$ ${command}`), isCommand: true }];
}

function labelled(label: Localized, text: Localized, isWhole = false): ReportLine[] {
  return [{ indent: 1, label, text, ...(isWhole ? { isWhole } : {}) }];
}

/** The sum behind a decision, and how it goes with what the controller said. */
export function tellDecided({ lines, decision, said: last, differs }: Decided): ReportLine[] {
  const told: ReportLine[] = lines.map(({ text, ko }) => ({ indent: 1, text: said(text, ko) }));
  if (last === undefined) return told;
  if (last === decision.desiredReplicas) {
    return [...told, {
      indent: 1,
      text: said(
        `as its controller says: status.desiredReplicas is ${last}`,
        `컨트롤러와 같습니다: status.desiredReplicas는 ${last}`,
      ),
    }];
  }
  return [
    ...told,
    {
      indent: 1,
      text: said(
        `its controller's last sync says ${last} (status.desiredReplicas):`,
        `컨트롤러의 마지막 sync는 ${last}입니다 (status.desiredReplicas):`,
      ),
      tone: "warning",
    },
    ...differs.map((text): ReportLine => ({ indent: 2, text })),
  ];
}

/** A diagnosis in one line, of many. */
export function tellBriefly(diagnosis: Diagnosis): ReportLine {
  const { subject, namespace, verdict, first, decided } = diagnosis;
  const state: HopState = verdict === "whole"
    ? first ? "warns" : "ok"
    : verdict === "broken"
    ? "broken"
    : verdict === "waiting"
    ? "waits"
    : "unknown";
  const of = `${subjectText(subject)} (${namespace})`;
  const sum = decided
    ? `${decided.decision.currentReplicas} → ${decided.decision.desiredReplicas}`
    : "";
  const fault = first?.fault;
  return {
    indent: 0,
    label: STATES[state],
    text: fault
      ? said(`${of}: ${first!.hop}: ${fault.told.en}`, `${of}: ${first!.hop}: ${fault.told.ko}`)
      : asIs([of, sum].filter((part) => part !== "").join(": ")),
    ...(TONES[state] ? { tone: TONES[state] } : {}),
  };
}

/** A diagnosis as programs read it. */
export function diagnosisJson({ subject, namespace, verdict, first, hops, decided }: Diagnosis) {
  return {
    subject: subjectText(subject),
    namespace,
    verdict,
    first: first?.fault
      ? {
        hop: first.hop,
        ...(first.metric ? { metric: first.metric } : {}),
        ...faultJson(first.fault),
      }
      : null,
    hops: hops.map(({ hop, metric, object, state, saw, awaits, fault }) => ({
      hop,
      ...(metric === undefined ? {} : { metric }),
      object: object.en,
      state,
      saw: saw.en,
      ...(awaits ? { awaits: awaits.en } : {}),
      ...(fault ? { fault: faultJson(fault) } : {}),
    })),
    ...(decided ? { decision: decidedJson(decided) } : {}),
  };
}

function faultJson({ cause, told, evidence, remedy, upstream, warns = false }: Fault) {
  const { told: note, ...how } = remedy;
  return {
    cause,
    told: told.en,
    evidence,
    remedy: { ...how, ...(note ? { note: note.en } : {}) },
    upstream,
    warns,
  };
}

/** A decision as programs read it. */
export function decidedJson({ lines, decision, said: last, differs }: Decided) {
  return {
    currentReplicas: decision.currentReplicas,
    desiredReplicas: decision.desiredReplicas,
    ...(last === undefined
      ? {}
      : { statusDesiredReplicas: last, agrees: last === decision.desiredReplicas }),
    sum: lines.map(({ step, text }) => ({ step, text })),
    ...(differs.length > 0 ? { differs: differs.map(({ en }) => en) } : {}),
  };
}
