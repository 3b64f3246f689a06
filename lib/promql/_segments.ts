import type { Labels } from "./labels.ts";
import type { Series } from "./_series.ts";
import { type Run, SegmentReader, SegmentWriter } from "./_segment_format.ts";

/** What the store needs of a durable key-value file. Writes are staged; the owner commits. */
export interface SegmentState {
  get(key: string): string | undefined;
  getBytes(key: string): Uint8Array | undefined;
  /** Keys that start with `prefix`, in key order. */
  keys(prefix: string): Iterable<string>;
  put(key: string, value: string | Uint8Array): void;
  delete(key: string): void;
}

/** Saved series that cannot be read back. */
export class SegmentError extends Error {
  override name = "SegmentError";
}

/** Where loaded series and samples go. */
interface Sink {
  series(labels: Labels): Series;
  append(series: Series, tMs: number, value: number, stale: boolean): unknown;
}

/** What is known of one stored segment of samples. */
interface Segment {
  /** Place in the order of segments; a merged one keeps the place of its first part. */
  sequence: number;
  level: number;
  maxMs: number;
  bytes: number;
}

/** Samples read or written, of which merging is made up. */
type MergeWork = Generator<number, void>;

const MERGE_COUNT = 16;
/** Segments are merged while they are no larger together: a larger one costs nothing to keep. */
const MERGE_BYTES = 1 << 18;
/** How many samples a save takes further in merging, for each that it saves and at the least. */
const MERGE_PER_SAMPLE = 8;
const MERGE_LEAST = 1_000;
const DEFINITION_BATCHES = 32;

/**
 * Series on disk: batches of definitions (number and labels) and segments of samples, both only
 * ever added to. Every save adds one small segment; sixteen of a level are merged into one of the
 * next, so that each sample is rewritten a few times at most and keys stay few. Merging goes on a little at every
 * save, so that no save takes much longer than what it saves.
 */
export class Segments {
  #numbers = new Map<Series, number>();
  #nextNumber = 0;
  #nextBatch = 0;
  #batches: number[] = [];
  #nextSequence = 0;
  #segments: Segment[] = [];
  #retentionMs = -Infinity;
  /** The merge under way; nothing of it is staged before its end. */
  #merging: MergeWork | undefined;

  dropBefore(tMs: number): void {
    this.#retentionMs = tMs;
  }

  save(state: SegmentState, prefix: string, dirty: readonly Series[]): void {
    this.#expire(state, prefix);
    if (dirty.length === 0) return;
    this.#define(state, prefix, dirty);
    const writer = new SegmentWriter(0, dirty[0].lastMs, dirty.length);
    const run: Run = { times: [], values: [] };
    let samples = 0;
    for (const series of dirty) {
      run.times.length = run.values.length = 0;
      series.eachFrom(series.saved, (tMs, value, stale) => {
        run.times.push(tMs);
        run.values.push(stale ? undefined : value);
      });
      samples += run.times.length;
      writer.run(this.#numbers.get(series)!, run);
    }
    if (samples === 0) return;
    this.#put(state, prefix, { sequence: this.#nextSequence++, level: 0, writer });
    this.#merge(state, prefix, Math.max(MERGE_LEAST, samples * MERGE_PER_SAMPLE));
  }

  /** Stages a segment in its place. */
  #put(
    state: SegmentState,
    prefix: string,
    { sequence, level, writer }: { sequence: number; level: number; writer: SegmentWriter },
  ): void {
    const { bytes, maxMs } = writer.finish();
    state.put(samplesKey(prefix, sequence), bytes);
    const next = this.#segments.findIndex((segment) => segment.sequence > sequence);
    const segment = { sequence, level, maxMs, bytes: bytes.length };
    this.#segments.splice(next < 0 ? this.#segments.length : next, 0, segment);
  }

  static load(state: SegmentState, prefix: string, sink: Sink): Segments {
    const loaded = new Segments();
    const byNumber = new Map<number, Series>();
    // Samples come run by run.
    let last = -1;
    let series: Series | undefined;
    for (const key of state.keys(`${prefix}series/`)) {
      const batch = Number(key.slice(key.lastIndexOf("/") + 1));
      loaded.#batches.push(batch);
      loaded.#nextBatch = Math.max(loaded.#nextBatch, batch + 1);
      for (const [number, labels] of definitions(state, key)) {
        const series = sink.series(labels);
        byNumber.set(number, series);
        loaded.#numbers.set(series, number);
        loaded.#nextNumber = Math.max(loaded.#nextNumber, number + 1);
      }
    }
    for (const key of state.keys(`${prefix}samples/`)) {
      const sequence = Number(key.slice(key.lastIndexOf("/") + 1));
      const segment = {
        sequence,
        ...read(state, key, (number, tMs, value, stale) => {
          if (number !== last) series = byNumber.get(last = number);
          // Retention took the series; its last samples go too.
          if (series !== undefined) sink.append(series, tMs, value, stale);
        }),
      };
      loaded.#segments.push(segment);
      loaded.#nextSequence = Math.max(loaded.#nextSequence, sequence + 1);
    }
    return loaded;
  }

  /** Deletes segments that lie before the retention limit. */
  #expire(state: SegmentState, prefix: string): void {
    const kept = this.#segments.filter((segment) => segment.maxMs >= this.#retentionMs);
    if (kept.length < this.#segments.length) this.#merging = undefined;
    for (const segment of this.#segments) {
      if (segment.maxMs < this.#retentionMs) state.delete(samplesKey(prefix, segment.sequence));
    }
    this.#segments = kept;
  }

  /** Writes the definitions of series that were never saved. */
  #define(state: SegmentState, prefix: string, dirty: readonly Series[]): void {
    const added: [number, Labels][] = [];
    for (const series of dirty) {
      if (this.#numbers.has(series)) continue;
      this.#numbers.set(series, this.#nextNumber);
      added.push([this.#nextNumber++, series.labels]);
    }
    if (added.length === 0) return;
    this.#putBatch(state, prefix, added);
    if (this.#batches.length <= DEFINITION_BATCHES) return;
    for (const batch of this.#batches) state.delete(seriesKey(prefix, batch));
    this.#batches = [];
    for (const series of this.#numbers.keys()) {
      if (!series.indexed) this.#numbers.delete(series);
    }
    this.#putBatch(
      state,
      prefix,
      Array.from(this.#numbers, ([series, number]) => [number, series.labels]),
    );
  }

  #putBatch(state: SegmentState, prefix: string, batch: [number, Labels][]): void {
    this.#batches.push(this.#nextBatch);
    state.put(seriesKey(prefix, this.#nextBatch++), JSON.stringify(batch));
  }

  /** Goes on with merging, until `budget` samples were read or written. */
  #merge(state: SegmentState, prefix: string, budget: number): void {
    while (budget > 0) {
      if (this.#merging === undefined) {
        const parts = this.#mergeable();
        if (parts === undefined) return;
        this.#merging = this.#mergeWork(state, prefix, parts);
      }
      const { done, value } = this.#merging.next();
      if (done) this.#merging = undefined;
      else budget -= value;
    }
  }

  /** Sixteen neighbours of one level that are not too large together. */
  #mergeable(): Segment[] | undefined {
    for (let end = this.#segments.length; end >= MERGE_COUNT; end--) {
      const parts = this.#segments.slice(end - MERGE_COUNT, end);
      if (parts.some((part) => part.level !== parts[0].level)) continue;
      if (parts.reduce((sum, { bytes }) => sum + bytes, 0) <= MERGE_BYTES) return parts;
    }
  }

  *#mergeWork(state: SegmentState, prefix: string, parts: readonly Segment[]): MergeWork {
    const runs = new Map<number, Run>();
    let samples = 0;
    let last = -1;
    let run: Run = { times: [], values: [] };
    for (const part of parts) {
      read(state, samplesKey(prefix, part.sequence), (number, tMs, value, stale) => {
        if (number !== last) {
          run = runs.get(last = number) ?? { times: [], values: [] };
          runs.set(number, run);
        }
        run.times.push(tMs);
        run.values.push(stale ? undefined : value);
        samples++;
      });
      yield samples;
      samples = 0;
    }
    const [first] = runs.values();
    const writer = new SegmentWriter(parts[0].level + 1, first.times[0], runs.size);
    for (const [number, run] of runs) {
      writer.run(number, run);
      yield run.times.length;
    }
    for (const part of parts) state.delete(samplesKey(prefix, part.sequence));
    this.#segments = this.#segments.filter((segment) => !parts.includes(segment));
    this.#put(state, prefix, { sequence: parts[0].sequence, level: parts[0].level + 1, writer });
  }
}

function seriesKey(prefix: string, batch: number): string {
  return `${prefix}series/${String(batch).padStart(10, "0")}`;
}

function samplesKey(prefix: string, sequence: number): string {
  return `${prefix}samples/${String(sequence).padStart(10, "0")}`;
}

function definitions(state: SegmentState, key: string): [number, Labels][] {
  try {
    return JSON.parse(state.get(key) ?? "");
  } catch (error) {
    throw new SegmentError(`Saved series ${JSON.stringify(key)} cannot be read`, { cause: error });
  }
}

/** Calls `visit` with each sample of a stored segment. Errors: SegmentError. */
function read(
  state: SegmentState,
  key: string,
  visit: (number: number, tMs: number, value: number, stale: boolean) => void,
): Omit<Segment, "sequence"> {
  const bytes = state.getBytes(key) ?? new Uint8Array();
  try {
    const reader = new SegmentReader(bytes);
    while (reader.next(visit) !== undefined);
    const { level, maxMs } = reader.header;
    return { level, maxMs, bytes: bytes.length };
  } catch (error) {
    throw new SegmentError(`Saved samples ${JSON.stringify(key)} cannot be read`, { cause: error });
  }
}
