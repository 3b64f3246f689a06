import type { SeededRandom } from "../../../base/mod.ts";
import { formatGoFloat, sortedKeys } from "../../../go/mod.ts";
import type { MetricConfig } from "./metric_config.ts";
import { valueAt } from "./rates.ts";
import { expandNames, type Names } from "./texts.ts";

/** One series: its value, or how many observations fell at or below each bound. */
interface Series {
  value: number;
  /** Of a histogram: the number in each bucket alone. */
  counts?: number[];
  sum?: number;
  /** When `value` was so. */
  atMs: number;
}

/** The series of each family by their labels, as they are written. */
export type MetricState = Record<string, Record<string, Series>>;

/** What a request was, for the metrics that it moves. */
export interface Served {
  path: string;
  names: Names;
  durationMs: number;
  atMs: number;
}

/** The present numbers that gauges show: requests under way, the items of a queue. */
export type Present = (of: string) => number;

/** Series of one family that are kept; a label that differs with every request would fill the memory. */
const MAX_SERIES = 1_000;

/** An app's own metrics, as requests and time move them. */
export class MetricSet {
  readonly state: MetricState;

  constructor(
    private readonly metrics: readonly MetricConfig[],
    private readonly world: {
      pod: Names;
      random: SeededRandom;
      startedAtMs: number;
      present: Present;
    },
    resumed?: MetricState,
  ) {
    // Without what objects inherit: `constructor` is a metric's name like others.
    this.state = Object.assign(Object.create(null), resumed);
    for (const metric of metrics) {
      const of = this.state[metric.name] ??= {};
      if (metric.byRequest || resumed) continue;
      const first = this.#newSeries(metric, world.startedAtMs);
      of[labelsText(metric, world.pod)] ??= first;
    }
  }

  #newSeries({ type, start, buckets }: MetricConfig, atMs: number): Series {
    if (type !== "histogram") return { value: start, atMs };
    return { value: 0, counts: buckets.map(() => 0), sum: 0, atMs };
  }

  /** Moves what a request moves. Errors: MeasureError for an amount that follows from it, and is none. */
  count({ path, names, durationMs, atMs }: Served): void {
    for (const metric of this.metrics) {
      const isCounted = metric.on.has(path);
      const set = metric.sets.get(path)?.(names, this.world.random);
      if (!isCounted && set === undefined) continue;
      const series = this.#seriesFor(metric, { names, atMs });
      if (!series) continue;
      const amount = metric.on.get(path)?.(names, this.world.random);
      if (metric.type === "histogram") observe(metric, series, amount ?? durationMs / 1000);
      else this.#move(metric, series, { atMs, set, add: isCounted ? amount ?? 1 : 0 });
    }
  }

  #seriesFor(
    metric: MetricConfig,
    { names, atMs }: { names: Names; atMs: number },
  ): Series | undefined {
    const of = this.state[metric.name];
    const labels = labelsText(metric, { ...this.world.pod, ...names });
    if (!of[labels] && Object.keys(of).length >= MAX_SERIES) return undefined;
    return of[labels] ??= this.#newSeries(metric, atMs);
  }

  #move(
    metric: MetricConfig,
    series: Series,
    { atMs, set, add }: { atMs: number; set: number | undefined; add: number },
  ): void {
    const value = (set ?? drifted(metric, series, atMs)) + add;
    // A counter never falls.
    if (metric.type === "counter" && add < 0) return;
    series.value = bounded(metric, value);
    series.atMs = atMs;
  }

  /** In Prometheus' text format, without the runtime's. */
  text(nowMs: number): string {
    return [...this.metrics].sort((a, b) => a.name < b.name ? -1 : 1)
      .map((metric) => this.#family(metric, nowMs)).join("");
  }

  #family(metric: MetricConfig, nowMs: number): string {
    const { name, type, help } = metric;
    const of = this.state[name];
    const keys = sortedKeys(of);
    // A vector without series is not shown. Source: prometheus/client_golang prometheus/registry.go (Gather).
    if (keys.length === 0) return "";
    const lines = keys.flatMap((labels) =>
      of[labels].counts
        ? histogramLines(metric, labels, of[labels])
        : [`${name}${braced(labels)} ${formatGoFloat(this.#value(metric, of[labels], nowMs))}`]
    );
    return `${head(name, type, help)}${lines.join("\n")}\n`;
  }

  #value(metric: MetricConfig, series: Series, nowMs: number): number {
    const { of, wave } = metric;
    const still = of === undefined ? drifted(metric, series, nowMs) : this.world.present(of);
    return bounded(metric, still + (wave ? valueAt(wave, nowMs) : 0));
  }
}

/** The lines above a family's samples. */
export function head(name: string, type: string, help: string): string {
  const told = help === "" ? name : help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
  return `# HELP ${name} ${told}\n# TYPE ${name} ${type}\n`;
}

function observe({ buckets }: MetricConfig, series: Series, value: number): void {
  const at = buckets.findIndex((bound) => value <= bound);
  if (at >= 0) series.counts![at]++;
  series.value++;
  series.sum! += value;
}

function histogramLines(
  { name, buckets }: MetricConfig,
  labels: string,
  series: Series,
): string[] {
  let below = 0;
  const before = labels === "" ? "" : `${labels},`;
  return [
    ...buckets.map((bound, i) => {
      below += series.counts![i];
      return `${name}_bucket{${before}le="${formatGoFloat(bound)}"} ${below}`;
    }),
    `${name}_bucket{${before}le="+Inf"} ${series.value}`,
    `${name}_sum${braced(labels)} ${formatGoFloat(series.sum!)}`,
    `${name}_count${braced(labels)} ${series.value}`,
  ];
}

/** What time alone makes of a value. */
function drifted(metric: MetricConfig, { value, atMs }: Series, nowMs: number): number {
  return bounded(metric, value + metric.perSecond * (nowMs - atMs) / 1000);
}

function bounded({ min, max }: MetricConfig, value: number): number {
  return Math.min(max, Math.max(min, value));
}

function braced(labels: string): string {
  return labels === "" ? "" : `{${labels}}`;
}

/** `code="200",method="GET"`, in the order of the names. */
function labelsText({ labels }: MetricConfig, names: Names): string {
  return [...labels].sort(([a], [b]) => a < b ? -1 : 1)
    .map(([name, text]) => labelText(name, expandNames(text, names))).join(",");
}

/** A label with its value, as the text format writes it. */
export function labelText(name: string, value: string): string {
  const escaped = value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
  return `${name}="${escaped}"`;
}
