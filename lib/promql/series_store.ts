import { compareStrings, type Labels, Metrics } from "./labels.ts";
import type { Matcher } from "./matchers.ts";
import { ChunkPool, Series } from "./_series.ts";
import { Segments, type SegmentState } from "./_segments.ts";

/** The handle of a series: get it once with {@linkcode SeriesStore.series}, then append by it. */
export type SeriesRef = Series;

/**
 * What became of a sample. The refusals are worded as upstream's errors.
 * Source: prometheus/prometheus storage/interface.go, tsdb/head_append.go (appendable).
 */
export type AppendOutcome = "ok" | "out of order sample" | "duplicate sample for timestamp";

/** A closed range of time, in milliseconds. */
export interface TimeRange {
  minMs: number;
  maxMs: number;
}

const HALF_A_HEAD_MS = 3_600_000;
/** Selectors whose series a store remembers. */
const MAX_SELECTIONS = 500;
/** Derived label sets a store may remember before it forgets them. */
const MAX_DERIVED_METRICS = 50_000;

/**
 * Time series in memory: per label set a growing column of times and one of values. Prometheus has its TSDB's head there.
 *
 * Samples of a series arrive in time order. Times are whole milliseconds since the epoch. A
 * staleness marker ends a series until its next sample.
 */
export class SeriesStore {
  #pool = new ChunkPool();
  #byKey = new Map<string, Series>();
  /** Label name, then value, to the series that carry it, in the order they were made. */
  #index = new Map<string, Map<string, Set<Series>>>();
  #minMs = Infinity;
  #maxMs = -Infinity;
  #segments = new Segments();
  #dirty: Series[] = [];
  #samples = 0;
  #metrics = new Metrics();
  /** What selectors found among the series that there are now. */
  #selections = new Map<string, { found: Series[]; steps: number }>();

  /** The label sets of this store and of what queries make of them. */
  get metrics(): Metrics {
    if (this.#metrics.size > MAX_DERIVED_METRICS + 2 * this.#byKey.size) {
      this.#metrics.keepOnly(Array.from(this.#byKey.values(), (series) => series.metric));
    }
    return this.#metrics;
  }

  get seriesCount(): number {
    return this.#byKey.size;
  }

  /** Samples held now. */
  get sampleCount(): number {
    return this.#samples;
  }

  /** Time of the oldest and newest sample ever held (retention moves the oldest), if any. */
  get timeRange(): TimeRange | undefined {
    return this.#maxMs === -Infinity ? undefined : { minMs: this.#minMs, maxMs: this.#maxMs };
  }

  /**
   * The oldest time that a sample may bring: an hour before the newest, half of what a head holds.
   * Source: prometheus/prometheus tsdb/head_append.go (appendableMinValidTime).
   */
  get minValidMs(): number {
    return this.#maxMs - HALF_A_HEAD_MS;
  }

  /** The series with these labels, made when there is none. Labels with empty values do not count. */
  series(labels: Labels): SeriesRef {
    const metric = this.#metrics.of(labels);
    return this.#byKey.get(metric.key) ?? this.#add(new Series(metric));
  }

  /** Appends a sample. A refused one changes nothing. */
  append(ref: SeriesRef, tMs: number, value: number): AppendOutcome {
    return this.#append(ref, tMs, value, false);
  }

  /** Appends a staleness marker: from `tMs` on queries do not see the series. */
  appendStale(ref: SeriesRef, tMs: number): AppendOutcome {
    return this.#append(ref, tMs, NaN, true);
  }

  #append(ref: Series, tMs: number, value: number, stale: boolean): AppendOutcome {
    // Retention emptied it: the labels may have a new series by now, and get one if not.
    if (!ref.indexed) return this.#append(this.series(ref.labels), tMs, value, stale);
    if (tMs <= ref.lastMs) {
      if (tMs < ref.lastMs) return "out of order sample";
      const last = ref.chunks.at(-1)!;
      const same = Object.is(last.valueAt(last.count - 1), value) && ref.isStale === stale;
      return same ? "ok" : "duplicate sample for timestamp";
    }
    ref.push(tMs, value, stale, this.#pool);
    this.#samples++;
    if (tMs > this.#maxMs) this.#maxMs = tMs;
    if (tMs < this.#minMs) this.#minMs = tMs;
    if (!ref.dirty) {
      ref.dirty = true;
      this.#dirty.push(ref);
    }
    return "ok";
  }

  /**
   * The series every matcher accepts, oldest first; with a range, those with samples in it.
   * `spend` is told the steps of the search as it goes and may end it by throwing.
   */
  select(
    matchers: readonly Matcher[],
    range?: TimeRange,
    spend?: (steps: number) => void,
  ): SeriesRef[] {
    const found = this.#accepted(matchers, spend);
    return range
      ? found.filter((series) => series.overlaps(range.minMs, range.maxMs))
      : found.slice();
  }

  /** Rules ask the same again and again, and seldom a series comes or goes. */
  #accepted(
    matchers: readonly Matcher[],
    spend: (steps: number) => void = () => {},
  ): readonly Series[] {
    let question = "";
    for (const { name, type, value } of matchers) question += `${name}${type}${value}\xff`;
    const known = this.#selections.get(question);
    if (known) {
      // What is remembered costs what it cost: a query ends at the same place every time.
      spend(known.steps);
      return known.found;
    }
    const each = matchers.reduce((sum, matcher) => sum + matcher.steps, 1);
    const found: Series[] = [];
    let steps = 0;
    for (const series of this.#candidates(matchers)) {
      spend(each);
      steps += each;
      if (matchers.every((matcher) => matcher.matchesLabels(series.labels))) found.push(series);
    }
    if (this.#selections.size >= MAX_SELECTIONS) this.#selections.clear();
    this.#selections.set(question, { found, steps });
    return found;
  }

  /** The smallest list of series that the equality matchers allow. */
  #candidates(matchers: readonly Matcher[]): Iterable<Series> {
    let best: Set<Series> | undefined;
    for (const matcher of matchers) {
      if (matcher.type !== "=" || matcher.value === "") continue;
      const series = this.#index.get(matcher.name)?.get(matcher.value);
      if (series === undefined) return [];
      if (best === undefined || series.size < best.size) best = series;
    }
    return best ?? this.#byKey.values();
  }

  /** Names of the labels of the selected series (of all without matchers), sorted. */
  labelNames(
    matchers?: readonly Matcher[],
    range?: TimeRange,
    spend?: (steps: number) => void,
  ): string[] {
    if (!this.#holds(range)) return [];
    if (matchers === undefined) return Array.from(this.#index.keys()).sort(compareStrings);
    const names = new Set<string>();
    for (const series of this.select(matchers, undefined, spend)) {
      for (const name in series.labels) names.add(name);
    }
    return Array.from(names).sort(compareStrings);
  }

  /** Values of one label among the selected series (all without matchers), sorted. */
  labelValues(
    name: string,
    matchers?: readonly Matcher[],
    range?: TimeRange,
    spend?: (steps: number) => void,
  ): string[] {
    if (!this.#holds(range)) return [];
    if (matchers === undefined) {
      return Array.from(this.#index.get(name)?.keys() ?? []).sort(compareStrings);
    }
    const values = new Set<string>();
    for (const series of this.select(matchers, undefined, spend)) {
      if (Object.hasOwn(series.labels, name)) values.add(series.labels[name]);
    }
    return Array.from(values).sort(compareStrings);
  }

  /** Upstream answers label queries from the whole head when it overlaps the range at all. */
  #holds(range: TimeRange | undefined): boolean {
    return range === undefined || (this.#minMs <= range.maxMs && this.#maxMs >= range.minMs);
  }

  /**
   * Retention: lets go of samples before `tMs`, by whole chunks, and of series left empty.
   * Handles of such series stay good: the next append brings the series back.
   */
  dropBefore(tMs: number): void {
    for (const series of Array.from(this.#byKey.values())) {
      if (series.chunks.length === 0 ? series.lastMs >= tMs : series.chunks[0].lastMs >= tMs) {
        continue;
      }
      const before = countSamples(series);
      series.dropBefore(tMs, this.#pool);
      this.#samples -= before - countSamples(series);
      if (series.chunks.length === 0 && series.lastMs > -Infinity) this.#remove(series);
    }
    this.#minMs = Math.max(this.#minMs, tMs);
    this.#segments.dropBefore(tMs);
  }

  /** Stages what came since the last save under `prefix`; the caller commits. */
  save(state: SegmentState, prefix: string): void {
    this.#segments.save(state, prefix, this.#dirty);
    for (const series of this.#dirty) {
      series.dirty = false;
      series.saved = series.appended;
    }
    this.#dirty = [];
  }

  /**
   * A store with everything saved under `prefix`; an empty one when there is nothing.
   * Errors: SegmentError when what is there cannot be read.
   */
  static load(state: SegmentState, prefix: string): SeriesStore {
    const store = new SeriesStore();
    store.#segments = Segments.load(state, prefix, {
      series: (labels) => store.series(labels),
      append: (series, tMs, value, stale) => store.#append(series, tMs, value, stale),
    });
    for (const series of store.#dirty) {
      series.dirty = false;
      series.saved = series.appended;
    }
    store.#dirty = [];
    return store;
  }

  #add(series: Series): Series {
    series.indexed = true;
    this.#selections.clear();
    this.#byKey.set(series.metric.key, series);
    for (const name in series.labels) {
      let values = this.#index.get(name);
      if (!values) this.#index.set(name, values = new Map());
      const value = series.labels[name];
      const list = values.get(value);
      if (list) list.add(series);
      else values.set(value, new Set([series]));
    }
    return series;
  }

  #remove(series: Series): void {
    series.indexed = false;
    this.#selections.clear();
    this.#byKey.delete(series.metric.key);
    for (const name in series.labels) {
      const values = this.#index.get(name)!;
      const list = values.get(series.labels[name])!;
      list.delete(series);
      if (list.size > 0) continue;
      values.delete(series.labels[name]);
      if (values.size === 0) this.#index.delete(name);
    }
  }
}

function countSamples(series: Series): number {
  return series.chunks.reduce((sum, chunk) => sum + chunk.count, 0);
}
