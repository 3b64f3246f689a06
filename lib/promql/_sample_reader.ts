import type { MatrixSelector, TimeShift, VectorSelector } from "./ast.ts";
import type { Metric } from "./labels.ts";
import type { QueryBudget } from "./query_budget.ts";
import { type Point, type Series, SlidingWindow, Window } from "./_series.ts";
import type { SeriesStore } from "./series_store.ts";
import type { Sample, Vector } from "./_vector.ts";

/** What looking for a sample of one series costs, in steps of {@linkcode QueryBudget}. */
const STEPS_PER_SERIES = 8;

/** The most samples that windows hold from one instant to the next. */
const MOST_SLID_SAMPLES = 1_000_000;

/** Takes the samples of a series in a range, open at its start. The window is lent: it must not be kept. */
export type SeriesWindow = (
  metric: Metric,
  samples: Window,
  range: { startMs: number; endMs: number },
) => void;

/**
 * What the selectors of one query find in the store, an instant at a time: each one's series are looked up once, and
 * the windows of ranges that overlap slide from one instant to the next.
 */
export class SampleReader {
  readonly #range: { startMs: number; endMs: number };
  readonly #lookbackMs: number;
  readonly #budget: QueryBudget;
  readonly #series = new Map<VectorSelector, Series[]>();
  readonly #window = new Window();
  /** Of range selectors in a range query, the window of each of their series. */
  readonly #sliding = new Map<MatrixSelector, SlidingWindow[]>();
  #slidSamples = 0;
  /** Until when the samples of a range selector have been read. */
  readonly #readUntil = new Map<MatrixSelector, number>();
  /**
   * Samples that the query's instants look at, and those that were read for them: what windows have in common is
   * looked at by each of them, and read once. Source: prometheus/prometheus util/stats/query_stats.go (QuerySamples).
   */
  looked = 0;
  read = 0;

  constructor(
    readonly store: SeriesStore,
    { range, lookbackMs, budget }: {
      /** That of the query. */
      range: { startMs: number; endMs: number };
      lookbackMs: number;
      budget: QueryBudget;
    },
  ) {
    this.#range = range;
    this.#lookbackMs = lookbackMs;
    this.#budget = budget;
  }

  /** The instant a selector looks at when the query is at `tMs`. */
  instantOf(shift: TimeShift, tMs: number): number {
    const at = shift.at === "start"
      ? this.#range.startMs
      : shift.at === "end"
      ? this.#range.endMs
      : shift.at ?? tMs;
    return at - shift.offsetMs;
  }

  /** The last sample of every series that a selector finds at `tMs`. */
  select(
    selector: VectorSelector,
    tMs: number,
    sampleOf: (metric: Metric, point: Point) => Sample,
  ): Vector {
    const atMs = this.instantOf(selector, tMs);
    const vector: Vector = [];
    for (const series of this.#seriesOf(selector)) {
      const point = series.at(atMs, this.#lookbackMs);
      if (point) vector.push(sampleOf(series.metric, point));
    }
    this.looked += vector.length;
    this.read += vector.length;
    return vector;
  }

  /**
   * Calls `fn` with every series that has samples in the range that a selector means at `tMs`; `apartMs` is how far
   * such instants lie apart, Infinity where there is but one.
   */
  eachWindow(
    source: MatrixSelector,
    { tMs, apartMs }: { tMs: number; apartMs: number },
    fn: SeriesWindow,
  ): void {
    const endMs = this.instantOf(source.selector, tMs);
    const range = { startMs: endMs - source.rangeMs, endMs };
    const readUntil = this.#readUntil.get(source) ?? -Infinity;
    this.#readUntil.set(source, endMs);
    const found = this.#seriesOf(source.selector);
    const sliding = this.#slidingOf(source, apartMs);
    if (!sliding) {
      const window = this.#window;
      for (const series of found) {
        window.length = 0;
        series.window(range.startMs, endMs, window);
        this.read += window.countAfter(readUntil);
        if (window.length > 0) fn(series.metric, window, range);
      }
      return;
    }
    for (let i = 0; i < found.length; i++) {
      const window = sliding[i] ??= new SlidingWindow();
      this.#slidSamples -= window.length;
      found[i].slide(window, range.startMs, endMs);
      this.#slidSamples += window.length;
      this.read += window.countAfter(readUntil);
      if (window.length > 0) fn(found[i].metric, window, range);
    }
  }

  /** The windows of a range selector that are kept to the next instant; none where they overlap little, or hold much. */
  #slidingOf(source: MatrixSelector, apartMs: number): SlidingWindow[] | undefined {
    if (source.rangeMs <= apartMs) return undefined;
    if (this.#slidSamples > MOST_SLID_SAMPLES) {
      this.#sliding.clear();
      return undefined;
    }
    let windows = this.#sliding.get(source);
    if (!windows) this.#sliding.set(source, windows = []);
    return windows;
  }

  #seriesOf(selector: VectorSelector): Series[] {
    let series = this.#series.get(selector);
    if (!series) {
      const spend = (steps: number) => this.#budget.spend(steps);
      series = this.store.select(selector.matchers, undefined, spend);
      this.#series.set(selector, series);
    }
    this.#budget.spend(series.length * STEPS_PER_SERIES);
    return series;
  }
}
