import type { Lab, RecordedPast } from "../labs/lab.ts";
import { type LabView, prometheusOf } from "../lesson/mod.ts";
import { dataOf } from "../prometheus/mod.ts";
import type { Autoscaler } from "./autoscaler.ts";

/** Values at one distance from each other, the oldest first; undefined where there was none. */
export type Values = (number | undefined)[];

/** A change of size by an autoscaler. */
export interface ScaleEvent {
  atMs: number;
  to: number;
  isUp: boolean;
  /** In the controller's words: `Service metric … above target`. */
  reason: string;
}

/** An autoscaler at one moment. */
export interface Moment {
  atMs: number;
  /** By the metrics of the autoscaler, in their order; undefined for what could not be read then. */
  values: Values;
  targets: Values;
  current?: number;
  desired?: number;
  ready?: number;
}

/** What an autoscaler went through, from `fromMs` to `toMs` of lab time, in both Unix milliseconds. */
export interface Timeline {
  hpa: Autoscaler;
  fromMs: number;
  toMs: number;
  /** Each holds until the next, or for `holdsMs`. */
  moments: Moment[];
  holdsMs: number;
  /** The changes of size since `fromMs`, the oldest first. */
  events: ScaleEvent[];
  /** Who remembered: the cluster, each sync with its sum; or Prometheus, what kube-state-metrics told. */
  from?: "cluster" | "prometheus";
  /** Why there is no past: Prometheus does not answer, or has no series of this autoscaler. */
  gap?: "no prometheus" | "no series";
}

/** Where a past is read. */
export interface Seat {
  view: LabView;
  /** The lab, where it may have recorded it. */
  lab: Pick<Lab, "recorded">;
}

/** As many values as a span is asked for. */
const POINTS = 240;
/** No series of the lab is scraped more often than this. */
const LEAST_STEP_MS = 5_000;
/** Longer than from one sync to the next. */
const SYNC_HOLDS_MS = 20_000;

/** How far apart the values of a span are. */
export function stepOf(spanMs: number): number {
  return Math.max(LEAST_STEP_MS, Math.ceil(spanMs / POINTS));
}

/**
 * The past of an autoscaler, as the lab's cluster recorded it; of another cluster what kube-state-metrics told
 * Prometheus of its status, and its events. So it is what happened, and is there after a restart.
 */
export async function readTimeline(
  { view, lab }: Seat,
  hpa: Autoscaler,
  spanMs: number,
): Promise<Timeline> {
  const toMs = view.now();
  const stepMs = stepOf(spanMs);
  const fromMs = toMs - Math.floor(spanMs / stepMs) * stepMs;
  const { namespace, name } = hpa;
  const recorded = await lab.recorded?.({ namespace, name, fromMs });
  const line: Timeline = {
    hpa,
    fromMs,
    toMs,
    moments: [],
    holdsMs: SYNC_HOLDS_MS,
    events: [],
  };
  if (recorded && recorded.decisions.length > 0) {
    return { ...line, ...fromRecord(hpa, recorded), from: "cluster" };
  }
  const events = (await scaleEvents(view, hpa)).filter(({ atMs }) => atMs >= fromMs);
  const told = await fromPrometheus(view, hpa, { fromMs, toMs, stepMs });
  return { ...line, events, holdsMs: stepMs, ...told };
}

function fromRecord(
  hpa: Autoscaler,
  { decisions }: RecordedPast,
): Pick<Timeline, "moments" | "events"> {
  const moments = decisions.map(({ atMs, metrics, current, desired, ready }): Moment => {
    const then = hpa.metrics.map(({ name }) => metrics.find((metric) => metric.name === name));
    return {
      atMs,
      values: then.map((metric) => metric?.value),
      targets: then.map((metric) => metric?.target),
      ...(current === undefined ? {} : { current }),
      ...(desired === undefined ? {} : { desired }),
      ...(ready === undefined ? {} : { ready }),
    };
  });
  const events = decisions.flatMap(({ atMs, events }) =>
    events.flatMap((event) => scaleEventOf(event, atMs) ?? [])
  );
  return { moments, events };
}

async function fromPrometheus(
  view: LabView,
  hpa: Autoscaler,
  range: { fromMs: number; toMs: number; stepMs: number },
): Promise<Partial<Timeline>> {
  const own = `horizontalpodautoscaler="${hpa.name}",namespace="${hpa.namespace}"`;
  const ask = (name: string, labels: string) => rangeOf(view, `max(${name}{${labels}})`, range);
  const desired = await ask("kube_horizontalpodautoscaler_status_desired_replicas", own);
  if (desired === undefined) return { gap: "no prometheus" };
  const ready = await readyReplicas(hpa, ask) ?? [];
  const values: Values[] = [];
  for (const { name, targetType } of hpa.metrics) {
    const which = `metric_name="${name}",metric_target_type="${targetType}"`;
    values.push(
      await ask("kube_horizontalpodautoscaler_status_target_metric", `${own},${which}`) ?? [],
    );
  }
  if (![desired, ...values].flat().some((value) => value !== undefined)) {
    return { gap: "no series" };
  }
  const moments = desired.flatMap((wanted, at): Moment[] => {
    const now = values.map((of) => of[at]);
    if (wanted === undefined && ready[at] === undefined && now.every((one) => one === undefined)) {
      return [];
    }
    return [{
      atMs: range.fromMs + at * range.stepMs,
      values: now,
      targets: hpa.metrics.map(({ target }) => target),
      // An autoscaler that has not come to a sum yet says 0, and never means it.
      ...(wanted ? { desired: wanted } : {}),
      ...(ready[at] === undefined ? {} : { ready: ready[at] }),
    }];
  });
  return { moments, from: "prometheus" };
}

/** Replicas that were ready; what the autoscaler counted where its target is of a kind that tells nothing else. */
async function readyReplicas(
  { scales, namespace, name }: Autoscaler,
  ask: (name: string, labels: string) => Promise<Values | undefined>,
): Promise<Values | undefined> {
  const kind = scales.kind.toLowerCase();
  const series = ["deployment", "statefulset"].includes(kind)
    ? await ask(
      `kube_${kind}_status_replicas_ready`,
      `${kind}="${scales.name}",namespace="${namespace}"`,
    )
    : undefined;
  if (series?.some((value) => value !== undefined)) return series;
  return await ask(
    "kube_horizontalpodautoscaler_status_current_replicas",
    `horizontalpodautoscaler="${name}",namespace="${namespace}"`,
  );
}

/** The values of a query over a span; undefined when Prometheus does not answer. */
async function rangeOf(
  view: LabView,
  query: string,
  { fromMs, toMs, stepMs }: { fromMs: number; toMs: number; stepMs: number },
): Promise<Values | undefined> {
  const range = { startMs: fromMs, endMs: toMs, stepMs };
  const found = dataOf(await prometheusOf(view).range(query, range));
  if (!found) return undefined;
  const values: Values = Array(Math.round((toMs - fromMs) / stepMs) + 1).fill(undefined);
  for (const { tMs, value } of found[0]?.points ?? []) {
    values[Math.round((tMs - fromMs) / stepMs)] = value;
  }
  return values;
}

/** The changes of size that a cluster still remembers, the oldest first. */
async function scaleEvents(view: LabView, { namespace, name }: Autoscaler): Promise<ScaleEvent[]> {
  const all = await view.list("events", { namespace });
  return all.flatMap((event): ScaleEvent[] => {
    const { kind, name: of } = event.involvedObject ?? {};
    if (kind !== "HorizontalPodAutoscaler" || of !== name) return [];
    const said = { reason: String(event.reason), message: event.message };
    // Equal ones are one event with a first and a last time; those between are not remembered.
    const times = new Set([event.firstTimestamp, event.lastTimestamp ?? event.eventTime]);
    return [...times].filter(Boolean)
      .flatMap((time) => scaleEventOf(said, Date.parse(time ?? "")) ?? []);
  }).sort((a, b) => a.atMs - b.atMs);
}

function scaleEventOf(
  { reason, message }: { reason: string; message?: string },
  atMs: number,
): ScaleEvent | undefined {
  const [, to, why] = /^New size: (\d+); reason: (.*)$/s.exec(message ?? "") ?? [];
  if (to === undefined || reason !== "SuccessfulRescale") return undefined;
  return { atMs, to: Number(to), isUp: !DOWN.test(why), reason: why };
}

/** Reasons to have fewer replicas. Source: kubernetes pkg/controller/podautoscaler/horizontal.go (reconcileAutoscaler). */
const DOWN = /^All metrics below target|above Spec\.MaxReplicas/;
