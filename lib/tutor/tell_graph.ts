import { amountText, type Past, type Values } from "../seeing/mod.ts";
import { clockText, eventLine } from "./draw_graph.ts";
import { visible } from "./present.ts";
import type { SeeingWords, Span } from "./seeing_words.ts";

/** A bend counts when it is of more than this part of all that a metric did. */
const BEND = 0.1;
/** A change of less than this part is none. */
const STILL = 0.03;
/** Values that stand still for fewer than these, on the way, are a scrape that was not there yet. */
const SHORT = 13;
const MOST_EVENTS = 8;

/** A past in sentences, for who hears it; where there is none, what is so now. */
export function tellGraph(past: Past, words: SeeingWords): string[] {
  const { hpa, metric, gap } = past;
  const said = [words.graphOf(hpa.name, hpa.namespace)];
  if (gap) said.push(words.gap[gap]);
  else {said.push(
      words.from(clockText(past.fromMs), clockText(past.toMs)),
      ...metricStory(past, words),
    );}
  if (metric) {
    const target = amountText(metric.target, metric.targetType);
    said.push(
      metric.current === undefined
        ? words.nothingRead(metric.name, target)
        : words.now(metric.name, amountText(metric.current, metric.targetType), target),
    );
  }
  if (hpa.trouble) said.push(visible(hpa.trouble));
  if (gap) said.push(words.replicas(String(hpa.replicas ?? "?"), hpa.min, hpa.max));
  else {
    for (const run of ["ready", "desired"] as const) {
      said.push(`${words.runs[run]}: ${runsOf(past, past[run], words) || words.none}.`);
    }
  }
  const events = past.events.slice(-MOST_EVENTS).map((event) => eventLine(event, words));
  return [...said, ...(events.length > 0 ? events : [words.neverScaled])];
}

function timeOf({ fromMs, toMs }: Past, at: number, of: number): string {
  return clockText(fromMs + at / Math.max(1, of - 1) * (toMs - fromMs));
}

/** Where the metric rose, fell, stayed and was not there. */
function metricStory(past: Past, words: SeeingWords): string[] {
  const { values, metric } = past;
  if (!metric) return [];
  const known = values.filter((value) => value !== undefined);
  const height = Math.max(...known) - Math.min(...known);
  const when = (at: number) => timeOf(past, at, values.length);
  return stretches(values).flatMap(({ from, to, isKnown }) => {
    // One alone is a scrape that went wrong.
    if (!isKnown) {
      const end = Math.min(to + 1, values.length - 1);
      return to === from ? [] : [words.noValue(when(from), when(end))];
    }
    return legsOf(values as number[], from, to, height).map(({ from, to, way }) => {
      const amount = (at: number) => amountText(values[at]!, metric.targetType);
      const span: Span = { from: when(from), to: when(to), first: amount(from), last: amount(to) };
      return words[way](metric.name, span);
    });
  });
}

/** A part of a line of values that goes one way. */
interface Leg {
  from: number;
  to: number;
  way: "rose" | "fell" | "stayed";
}

/** The legs of a line of values; those that go one way after another are one, as are the steps of a staircase. */
function legsOf(values: readonly number[], from: number, to: number, height: number): Leg[] {
  const bends = bendsOf(values, from, to, height * BEND);
  const legs: Leg[] = [];
  [from, ...bends].forEach((from, index) => {
    const end = bends[index] ?? to;
    const grew = values[end] - values[from];
    const way = Math.abs(grew) <= height * STILL ? "stayed" : grew > 0 ? "rose" : "fell";
    const [before, last] = legs.slice(-2);
    if (legs.at(-1)?.way === way) legs.at(-1)!.to = end;
    else if (last?.way === "stayed" && before.way === way && last.to - last.from < SHORT) {
      legs.pop();
      before.to = end;
    } else legs.push({ from, to: end, way });
  });
  return legs;
}

/** Stretches in which there are values, or none. */
function stretches(values: Values): { from: number; to: number; isKnown: boolean }[] {
  const found: { from: number; to: number; isKnown: boolean }[] = [];
  values.forEach((value, at) => {
    const isKnown = value !== undefined;
    const last = found.at(-1);
    if (last?.isKnown === isKnown) last.to = at;
    else found.push({ from: at, to: at, isKnown });
  });
  return found;
}

/**
 * Where a line of values bends: the place farthest from the straight line between two, when it is farther than
 * `least`, and so on to both sides of it. Source: Ramer, Douglas and Peucker's way to draw with fewer points.
 */
function bendsOf(values: readonly number[], from: number, to: number, least: number): number[] {
  let farthest = { at: from, by: least };
  for (let at = from + 1; at < to; at++) {
    const straight = values[from] + (values[to] - values[from]) * (at - from) / (to - from);
    const by = Math.abs(values[at] - straight);
    if (by > farthest.by) farthest = { at, by };
  }
  const { at } = farthest;
  if (at === from) return [];
  return [...bendsOf(values, from, at, least), at, ...bendsOf(values, at, to, least)];
}

/** Equal values in a row: `1 from 14:17:00, 3 from 14:29:12`. */
function runsOf(past: Past, values: Values, words: SeeingWords): string {
  const starts = values.flatMap((value, at) =>
    value !== undefined && value !== values[at - 1] ? [[value, at]] : []
  );
  return starts.map(([value, at]) => words.run(String(value), timeOf(past, at, values.length)))
    .join(", ");
}
