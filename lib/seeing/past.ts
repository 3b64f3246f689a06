import type { Autoscaler, AutoscalerMetric } from "./autoscaler.ts";
import {
  type Moment,
  readTimeline,
  type ScaleEvent,
  type Seat,
  stepOf,
  type Timeline,
  type Values,
} from "./timeline.ts";

/** What an autoscaler went through, from `fromMs` to `toMs` of lab time, in both Unix milliseconds. */
export interface Past {
  hpa: Autoscaler;
  /** The metric that is told; an autoscaler's first. */
  metric?: AutoscalerMetric;
  fromMs: number;
  toMs: number;
  /** All three have as many values; empty when `gap` says why nothing is known but now. */
  values: Values;
  desired: Values;
  ready: Values;
  events: ScaleEvent[];
  gap?: Timeline["gap"];
}

/** The past of an autoscaler at even distances, for a drawing of so many columns; the last value is the one of now. */
export async function readPast(seat: Seat, hpa: Autoscaler, spanMs: number): Promise<Past> {
  return pastOf(await readTimeline(seat, hpa, spanMs));
}

/** A timeline at even distances. */
export function pastOf({ hpa, fromMs, toMs, moments, holdsMs, events, gap }: Timeline): Past {
  const [metric] = hpa.metrics;
  const past = { hpa, ...(metric ? { metric } : {}), fromMs, toMs, events };
  if (gap) return { ...past, values: [], desired: [], ready: [], gap };
  const stepMs = stepOf(toMs - fromMs);
  const times = Array.from(
    { length: Math.round((toMs - fromMs) / stepMs) + 1 },
    (_, at) => fromMs + at * stepMs,
  );
  let next = 0;
  const then = times.map((tMs) => {
    while (next < moments.length && moments[next].atMs <= tMs) next++;
    const moment: Moment | undefined = moments[next - 1];
    return moment && tMs - moment.atMs < holdsMs ? moment : undefined;
  });
  return {
    ...past,
    values: endingWith(then.map((moment) => moment?.values[0]), metric?.current),
    desired: endingWith(then.map((moment) => moment?.desired), hpa.desired),
    ready: endingWith(then.map((moment) => moment?.ready ?? moment?.current), hpa.replicas),
  };
}

function endingWith(values: Values, now: number | undefined): Values {
  return now === undefined ? values : [...values.slice(0, -1), now];
}
