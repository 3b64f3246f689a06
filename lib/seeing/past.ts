import { type KubeObject, type LabView, prometheusOf } from "../lesson/mod.ts";
import { dataOf } from "../prometheus/mod.ts";
import type { Autoscaler, AutoscalerMetric } from "./autoscaler.ts";

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
  /** Why there is no past: Prometheus does not answer, or has no series of this autoscaler. */
  gap?: "no prometheus" | "no series";
}

/** As many values as a span is asked for. */
const POINTS = 240;
/** No series of the lab is scraped more often than this. */
const LEAST_STEP_MS = 5_000;

/**
 * The past of an autoscaler, from what the lab itself remembers: what kube-state-metrics told Prometheus of its
 * status, and its events. So it is what happened, and is there after a restart. The last value is the one of now.
 */
export async function readPast(view: LabView, hpa: Autoscaler, spanMs: number): Promise<Past> {
  const toMs = view.now();
  const stepMs = Math.max(LEAST_STEP_MS, Math.ceil(spanMs / POINTS));
  const fromMs = toMs - Math.floor(spanMs / stepMs) * stepMs;
  const [metric] = hpa.metrics;
  const past: Past = {
    hpa,
    ...(metric ? { metric } : {}),
    fromMs,
    toMs,
    values: [],
    desired: [],
    ready: [],
    events: (await scaleEvents(view, hpa)).filter(({ atMs }) => atMs >= fromMs),
  };
  const own = `horizontalpodautoscaler="${hpa.name}",namespace="${hpa.namespace}"`;
  const range = { fromMs, toMs, stepMs };
  const ask = (name: string, labels: string) => rangeOf(view, `max(${name}{${labels}})`, range);
  const desired = await ask("kube_horizontalpodautoscaler_status_desired_replicas", own);
  if (desired === undefined) return { ...past, gap: "no prometheus" };
  const ready = await readyReplicas(hpa, ask) ?? [];
  const which = `metric_name="${metric?.name}",metric_target_type="${metric?.targetType}"`;
  const values =
    await ask("kube_horizontalpodautoscaler_status_target_metric", `${own},${which}`) ?? [];
  if (![...desired, ...values].some((value) => value !== undefined)) {
    return { ...past, gap: "no series" };
  }
  return {
    ...past,
    values: endingWith(values, metric?.current),
    // An autoscaler that has not come to a sum yet says 0, and never means it.
    desired: endingWith(desired.map((value) => value || undefined), hpa.desired),
    ready: endingWith(ready, hpa.replicas),
  };
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

function endingWith(values: Values, now: number | undefined): Values {
  return now === undefined ? values : [...values.slice(0, -1), now];
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

/** The changes of size that the lab still remembers, the oldest first. */
async function scaleEvents(view: LabView, { namespace, name }: Autoscaler): Promise<ScaleEvent[]> {
  const all = await view.list<KubeObject & Record<string, any>>("events", { namespace });
  return all.flatMap((event): ScaleEvent[] => {
    const { kind, name: of } = event.involvedObject ?? {};
    const [, to, reason] = /^New size: (\d+); reason: (.*)$/s.exec(event.message ?? "") ?? [];
    const isIts = kind === "HorizontalPodAutoscaler" && of === name;
    if (!isIts || to === undefined || event.reason !== "SuccessfulRescale") return [];
    // Equal ones are one event with a first and a last time; those between are not remembered.
    const times = new Set([event.firstTimestamp, event.lastTimestamp ?? event.eventTime]);
    return [...times].filter(Boolean).map((time) => ({
      atMs: Date.parse(time),
      to: Number(to),
      isUp: !DOWN.test(reason),
      reason,
    }));
  }).sort((a, b) => a.atMs - b.atMs);
}

/** Reasons to have fewer replicas. Source: kubernetes pkg/controller/podautoscaler/horizontal.go (reconcileAutoscaler). */
const DOWN = /^All metrics below target|above Spec\.MaxReplicas/;
