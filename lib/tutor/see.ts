import { pause } from "../base/mod.ts";
import { DurationSyntaxError, parsePromDuration } from "../go/mod.ts";
import { labView } from "../lesson/mod.ts";
import {
  type Autoscaler,
  clockText,
  listAutoscalers,
  readPast,
  readWay,
  tellGraph,
  tellMap,
} from "../seeing/mod.ts";
import { asOpened } from "./addresses.ts";
import { courseOf } from "./course.ts";
import { drawGraph, whyEmpty } from "./draw_graph.ts";
import { drawMap } from "./draw_map.ts";
import { hpaOf } from "./hpa_of_step.ts";
import type { Teaching } from "./teaching.ts";

/** What is looked at when nobody says how far back. */
const SPAN_MS = 15 * 60_000;
const LEAST_SPAN_MS = 60_000;
/** Wall time between two drawings. */
const LIVE_MS = 1_000;

/** What was typed after `graph` or `map`. */
export interface Asked {
  name?: string;
  namespace?: string;
  /** As it was typed. */
  last?: string;
  isLive?: boolean;
}

const viewOf = ({ lab, shell }: Teaching) => labView(lab, shell.files);

/** The autoscalers that can be meant; in the present namespace where some are there and no other is named. */
async function candidates(teaching: Teaching, asked: Asked): Promise<Autoscaler[]> {
  const all = (await listAutoscalers(viewOf(teaching), asked.namespace))
    .filter(({ name }) => asked.name === undefined || name === asked.name);
  const near = all.filter(({ namespace }) => namespace === teaching.lab.namespace);
  return asked.namespace === undefined && near.length > 0 ? near : all;
}

/** Says why there is no autoscaler to show; the lines of the verb for those that there are. */
async function sayWhich(
  verb: "graph" | "map",
  teaching: Teaching,
  { name }: Asked,
): Promise<void> {
  const { present } = teaching;
  const { seeing } = present;
  const all = await listAutoscalers(viewOf(teaching));
  if (all.length === 0) return present.line(seeing.noAutoscaler);
  const isUnknown = name !== undefined && all.every((hpa) => hpa.name !== name);
  present.line(isUnknown ? seeing.noSuchAutoscaler(name) : seeing.whichAutoscaler);
  for (const hpa of all) present.line(`  ${verb} ${hpa.name} -n ${hpa.namespace}`);
}

export async function autoscalerNames(teaching: Teaching): Promise<string[]> {
  return (await listAutoscalers(viewOf(teaching))).map(({ name }) => name);
}

/** Draws an autoscaler's past, or tells it; again and again where that is asked for. */
export async function showGraph(teaching: Teaching, asked: Asked): Promise<void> {
  const { present, screen } = teaching;
  const spanMs = lengthOf(asked.last);
  if (spanMs === undefined) return present.prose(present.seeing.notALength(asked.last!));
  const [hpa, ...others] = await candidates(teaching, asked);
  if (!hpa || others.length > 0) return await sayWhich("graph", teaching, asked);
  const again = { name: hpa.name, namespace: hpa.namespace };
  const { plain, interactive } = screen.capabilities;
  if (asked.isLive && !plain && interactive) return await live(teaching, again, spanMs);
  if (asked.isLive) present.prose(present.seeing.needsTerminal);
  present.rows(await graphLines(teaching, hpa, spanMs));
}

/** Milliseconds of a length of time; undefined where it is none. */
function lengthOf(text: string | undefined): number | undefined {
  if (text === undefined) return SPAN_MS;
  try {
    return Math.max(LEAST_SPAN_MS, parsePromDuration(/^\d+$/.test(text) ? `${text}m` : text));
  } catch (error) {
    if (error instanceof DurationSyntaxError) return undefined;
    throw error;
  }
}

/** The graph, or what is said in its place, in rows that fit. */
async function graphLines(teaching: Teaching, hpa: Autoscaler, spanMs: number): Promise<string[]> {
  const { present, screen } = teaching;
  const past = await readPast({ view: viewOf(teaching), lab: teaching.lab }, hpa, spanMs);
  const { plain, columns, rows } = screen.capabilities;
  const { seeing } = present;
  const isDrawn = !plain && past.gap === undefined;
  const others = hpa.metrics.slice(1).map(({ name }) => name).join(", ");
  return [
    ...isDrawn
      ? [
        ...drawGraph(past, seeing, { columns, rows, style: screen.style }),
        ...whyEmpty(past, seeing).flatMap((line) => present.wrapped(line)),
      ]
      : tellGraph(past, seeing).flatMap((line) => present.wrapped(line)),
    ...others === "" ? [] : present.wrapped(seeing.otherMetrics(others)),
  ];
}

/** Draws in one place, again and again, until Ctrl-C; what stands above stays. */
async function live(teaching: Teaching, asked: Asked, spanMs: number): Promise<void> {
  const { screen, present } = teaching;
  let drawn = { lines: 0, columns: 0 };
  await teaching.interruptibly(async (signal) => {
    while (!signal.aborted) {
      const [hpa] = await candidates(teaching, asked);
      if (!hpa) return present.line(present.seeing.noAutoscaler);
      const lines = await graphLines(teaching, hpa, spanMs);
      const { columns } = screen.capabilities;
      // In another width the old lines were broken anew, and none knows where they begin.
      const back = drawn.lines > 0 && drawn.columns === columns
        ? `\x1b[${drawn.lines}A\r\x1b[J`
        : "";
      const shown = [...lines, screen.style.dim(present.seeing.endsLive)];
      screen.write(`${back}${shown.join("\n")}\n`);
      drawn = { lines: shown.length, columns };
      await pause(LIVE_MS, signal);
    }
  });
}

/** Draws the way of a metric through the lab, or tells it. */
export async function showMap(teaching: Teaching, asked: Asked): Promise<void> {
  const { present, screen, lab, step } = teaching;
  const { seeing: said, language } = present;
  if ((await lab.clusters()).length === 0) return present.line(present.words.noCluster);
  const found = await candidates(teaching, asked);
  const hpa = found.find(({ name }) => name === hpaOf(step)) ?? found.at(-1);
  if (!hpa && asked.name !== undefined) return await sayWhich("map", teaching, asked);
  const way = await readWay(
    viewOf(teaching),
    hpa,
    asked.namespace ?? lab.namespace,
    courseOf(teaching),
  );
  const { later, ofResource } = way;
  const hops = way.hops.map((hop) => ({ ...hop, what: asOpened(hop.what, lab.hostPorts) }));
  const at = clockText(lab.clock.now());
  const metric = hpa?.metrics[0]?.name ?? "";
  const title = hpa
    ? said.mapOf(metric, hpa.name, at)
    : ofResource
    ? said.mapOfResource(at)
    : said.mapOfNothing(at);
  const room = { words: said, language, here: step?.about };
  const { plain } = screen.capabilities;
  if (plain) present.line(`${title}.`);
  else present.line(title, screen.style.bold);
  if (plain) { for (const line of tellMap(hops, room)) present.line(line); }
  else {
    const { style, capabilities: { columns } } = screen;
    present.rows(drawMap(hops, room, { style, columns }));
  }
  if (later.length > 0) present.line(said.stillToCome(later));
  const others = found.filter((other) => other !== hpa).map(({ name }) => name).join(", ");
  if (others !== "") present.note(said.others(others));
}
