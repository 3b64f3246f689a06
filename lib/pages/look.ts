import { asIs, type Localized, withParticles } from "../base/mod.ts";
import { askWhy, type HopName, NotSeen, tellDiagnosis } from "../doctor/mod.ts";
import { isApiError, KubeClient } from "../kube/mod.ts";
import type { Lab } from "../labs/mod.ts";
import type { Hop, LabView, Language } from "../lesson/mod.ts";
import {
  type Autoscaler,
  clockText,
  type Course,
  listAutoscalers,
  pastOf,
  readThere,
  readTimeline,
  readWay,
  SEEING_WORDS,
  tellGraph,
  tellMap,
} from "../seeing/mod.ts";
import { asOpened, type ShownPlace } from "../tutor/mod.ts";
import type { Frame, FrameQuestion, ShownHop, ShownSum } from "./frame.ts";

/** What is looked at, and where the learner is and what was taught; on a lab without a tutor nowhere. */
export interface Scene {
  lab: Lab;
  view: LabView;
  place?(language: Language): ShownPlace;
  course?(): Course;
}

/** The hop of the picture that a hop of `why` is a part of. */
const PART_OF: Record<HopName, Hop> = {
  hpa: "hpa",
  decision: "hpa",
  target: "deployment",
  object: "service",
  api: "api-service",
  adapter: "adapter",
  rule: "adapter",
  query: "adapter",
  keda: "keda",
  scaledobject: "keda",
  scaledjob: "keda",
  jobs: "keda",
  authentication: "keda",
  trigger: "keda",
  "metrics-server": "metrics-server",
  requests: "container",
  readings: "container",
  prometheus: "prometheus",
  series: "prometheus",
  scrape: "prometheus",
  monitor: "service-monitor",
  service: "service",
  endpoints: "service",
  container: "container",
};

/** How the lab's time stands; it is read without asking the lab anything. */
export function clockNow({ lab }: Scene): Frame["clock"] {
  const { speed } = lab.clock;
  return {
    nowMs: lab.clock.now(),
    speed,
    stands: speed === 0 || lab.timeRuns === false || lab.frozen === true,
    ...(lab.context === undefined ? {} : { context: lab.context }),
  };
}

/** Everything but the clock, as it is now. */
export async function lookAround(
  scene: Scene,
  { language, hpa: wanted, spanMs }: FrameQuestion,
): Promise<Omit<Frame, "clock">> {
  const { lab, view } = scene;
  const place = scene.place?.(language) ?? null;
  const all = await listAutoscalers(view);
  const near = all.filter(({ namespace }) => namespace === lab.namespace);
  const hpa = all.find((one) => idOf(one) === wanted) ??
    all.find(({ name }) => name === place?.hpa) ?? near.at(-1) ?? all.at(-1);
  const { hops: way, later, ofResource } = await readWay(
    view,
    hpa,
    lab.namespace,
    scene.course?.(),
  );
  const hops = way.map((hop) => ({ ...hop, what: asOpened(hop.what, lab.hostPorts) }));
  // Who was asked for a number works it out himself.
  const why = hpa && await whyNow(lab, hpa, place?.isAsking === true);
  const words = SEEING_WORDS[language];
  const at = clockText(view.now());
  const here = place?.about;
  const line = hpa && await readTimeline({ view, lab }, hpa, spanMs);
  const namespace = hpa?.namespace ?? lab.namespace;
  const toMs = line?.toMs ?? view.now();
  const there = await readThere({ view, lab }, namespace, toMs - spanMs);
  return {
    place,
    hpas: all.map(idOf),
    chain: {
      title: hpa
        ? withParticles(words.mapOf(hpa.metrics[0]?.name ?? "", hpa.name, at))
        : ofResource
        ? words.mapOfResource(at)
        : words.mapOfNothing(at),
      later: later.length > 0 ? withParticles(words.stillToCome(later)) : "",
      hops: hops.map(({ hop, what, state, shows }): ShownHop => ({
        hop,
        name: words.hops[hop],
        what,
        state,
        stateName: words.states[state],
        shows: withParticles(shows[language]),
        isHere: hop === here,
        isBroken: hop === why?.hop,
      })),
      told: tellMap(hops, { words, language, here }),
    },
    why: why
      ? {
        title: why.title[language],
        isBroken: why.hop !== undefined,
        lines: why.lines.map(({ label, text, ...line }) => ({
          ...line,
          ...(label ? { label: label[language].trim() } : {}),
          text: withParticles(text[language]),
        })),
      }
      : null,
    timeline: line
      ? { ...line, id: idOf(line.hpa), told: tellGraph(pastOf(line), words).map(withParticles) }
      : null,
    there: { ...there, namespace, toMs, ...(hpa ? { scaled: hpa.scales.name } : {}) },
  };
}

const idOf = ({ namespace, name }: Autoscaler) => `${namespace}/${name}`;

interface Told {
  /** The hop of the picture that is broken first. */
  hop?: Hop;
  title: Localized;
  lines: ReturnType<typeof tellDiagnosis>;
}

/** What `why` says of an HPA, without its sum where that is held back; why it cannot be said where it cannot. */
async function whyNow(lab: Lab, hpa: Autoscaler, holdsSum: boolean): Promise<Told | undefined> {
  const { namespace, name } = hpa;
  const question = { subject: { kind: "hpa", name } as const, namespace, nowMs: lab.clock.now() };
  try {
    const { found: [whole] } = await askWhy(new KubeClient(lab.api), question);
    if (!whole) return undefined;
    const { decided: _, ...bare } = whole;
    const [title, ...lines] = tellDiagnosis(holdsSum ? bare : whole);
    const { verdict, first } = whole;
    const hop = verdict === "broken" && first ? PART_OF[first.hop] : undefined;
    return { title: title.text, lines, ...(hop ? { hop } : {}) };
  } catch (error) {
    if (error instanceof NotSeen) return { title: error.said, lines: [] };
    if (isApiError(error, 401)) return { title: asIs(error.message), lines: [] };
    throw error;
  }
}

/** The sum of the decision that an HPA, as `namespace/name`, stood by at a moment. */
export async function sumAt(
  scene: Scene,
  { id, atMs, language }: { id: string; atMs: number; language: Language },
): Promise<ShownSum> {
  const place = scene.place?.(language);
  if (place?.isAsking) return { lines: [HELD[language]] };
  const { lab } = scene;
  if (!lab.recordedSum) return { lines: [NOT_RECORDED[language]] };
  const [namespace, name] = id.split("/");
  const sum = await lab.recordedSum({ namespace, name, atMs });
  if (!sum) return { lines: [NONE[language]] };
  return {
    atMs: sum.atMs,
    lines: sum.lines.map(({ text, ko }) => withParticles(language === "ko" ? ko : text)),
  };
}

const HELD: Localized = {
  en: "The sum is held back until you have given your number.",
  ko: "계산은 숫자를 입력할 때까지 보여 주지 않습니다.",
};
const NOT_RECORDED: Localized = {
  en: "This cluster records no sums of its past; `decide` works out the one of now.",
  ko: "이 클러스터는 지난 계산을 기록하지 않습니다. 지금의 계산은 `decide`가 보여 줍니다.",
};
const NONE: Localized = {
  en: "Nothing was decided yet at this moment.",
  ko: "이때는 아직 결정이 없었습니다.",
};
