import type { Labels } from "./labels.ts";
import type { Series } from "./_series.ts";
import { ByteReader, ByteWriter } from "./_bytes.ts";

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
  /** How often it was merged: that many segments of one level become one of the next. */
  level: number;
  minMs: number;
  maxMs: number;
}

/** One series' samples in a segment; a staleness marker is `undefined`. */
interface Run {
  times: number[];
  values: (number | undefined)[];
}

const FORMAT = 1;
const MERGE_COUNT = 16;
const DEFINITION_BATCHES = 32;

/**
 * Series on disk: batches of definitions (number and labels) and segments of samples, both only
 * ever added to. Every save adds one small segment; sixteen of a level are merged into one of the
 * next, so that each sample is rewritten a few times at most and keys stay few.
 */
export class Segments {
  #numbers = new Map<Series, number>();
  #nextNumber = 0;
  #nextBatch = 0;
  #batches: number[] = [];
  #nextSequence = 0;
  #segments: Segment[] = [];
  #retentionMs = -Infinity;

  dropBefore(tMs: number): void {
    this.#retentionMs = tMs;
  }

  save(state: SegmentState, prefix: string, dirty: readonly Series[]): void {
    this.#expire(state, prefix);
    if (dirty.length === 0) return;
    this.#define(state, prefix, dirty);
    const runs = new Map<number, Run>();
    for (const series of dirty) {
      const run: Run = { times: [], values: [] };
      series.eachFrom(series.saved, (tMs, value, stale) => {
        run.times.push(tMs);
        run.values.push(stale ? undefined : value);
      });
      if (run.times.length > 0) runs.set(this.#numbers.get(series)!, run);
    }
    if (runs.size === 0) return;
    this.#segments.push(write(state, prefix, this.#nextSequence++, 0, runs));
    this.#merge(state, prefix);
  }

  static load(state: SegmentState, prefix: string, sink: Sink): Segments {
    const loaded = new Segments();
    const byNumber = new Map<number, Series>();
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
      const { segment, runs } = read(state, key, sequence);
      loaded.#segments.push(segment);
      loaded.#nextSequence = Math.max(loaded.#nextSequence, sequence + 1);
      for (const [number, run] of runs) {
        const series = byNumber.get(number);
        if (series === undefined) continue; // Retention took the series; its last samples go too.
        run.times.forEach((tMs, i) =>
          sink.append(series, tMs, run.values[i] ?? NaN, run.values[i] === undefined)
        );
      }
    }
    return loaded;
  }

  /** Deletes segments that lie before the retention limit. */
  #expire(state: SegmentState, prefix: string): void {
    const kept = this.#segments.filter((segment) => segment.maxMs >= this.#retentionMs);
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

  /** Merges the newest segments while sixteen of one level stand at the end. */
  #merge(state: SegmentState, prefix: string): void {
    for (;;) {
      const last = this.#segments.at(-1)!;
      const parts = this.#segments.slice(-MERGE_COUNT);
      if (parts.length < MERGE_COUNT || parts.some((part) => part.level !== last.level)) return;
      const runs = new Map<number, Run>();
      for (const part of parts) {
        const key = samplesKey(prefix, part.sequence);
        for (const [number, run] of read(state, key, part.sequence).runs) {
          const merged = runs.get(number);
          if (merged === undefined) runs.set(number, run);
          else {
            for (const tMs of run.times) merged.times.push(tMs);
            for (const value of run.values) merged.values.push(value);
          }
        }
        state.delete(key);
      }
      const merged = write(state, prefix, parts[0].sequence, last.level + 1, runs);
      this.#segments.splice(-MERGE_COUNT, MERGE_COUNT, merged);
    }
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

/** How a value is written: most samples repeat the last one or count on from it. */
const SAME = 0;
const STEP = 1;
const FLOAT = 2;
const STALE = 3;

function write(
  state: SegmentState,
  prefix: string,
  sequence: number,
  level: number,
  runs: Map<number, Run>,
): Segment {
  let minMs = Infinity;
  let maxMs = -Infinity;
  for (const { times } of runs.values()) {
    minMs = Math.min(minMs, times[0]);
    maxMs = Math.max(maxMs, times[times.length - 1]);
  }
  const out = new ByteWriter();
  out.byte(FORMAT);
  out.byte(level);
  out.float(minMs);
  out.float(maxMs);
  out.unsigned(runs.size);
  for (const [number, run] of runs) {
    out.unsigned(number);
    out.unsigned(run.times.length);
    let previousMs = minMs;
    let previousStep = 0;
    let previous = 0;
    run.times.forEach((tMs, i) => {
      const step = tMs - previousMs;
      out.signed(step - previousStep);
      previousMs = tMs;
      previousStep = step;
      const value = run.values[i];
      if (value === undefined) out.byte(STALE);
      else {
        writeValue(out, value, previous);
        previous = value;
      }
    });
  }
  state.put(samplesKey(prefix, sequence), out.bytes());
  return { sequence, level, minMs, maxMs };
}

function writeValue(out: ByteWriter, value: number, previous: number): void {
  const step = value - previous;
  if (Object.is(value, previous)) out.byte(SAME);
  else if (
    Number.isInteger(step) && Math.abs(step) < 2 ** 31 && Object.is(previous + step, value)
  ) {
    out.byte(STEP);
    out.signed(step);
  } else {
    out.byte(FLOAT);
    out.float(value);
  }
}

function read(
  state: SegmentState,
  key: string,
  sequence: number,
): { segment: Segment; runs: Map<number, Run> } {
  const bytes = state.getBytes(key);
  const unreadable = (cause?: unknown) =>
    new SegmentError(`Saved samples ${JSON.stringify(key)} cannot be read`, { cause });
  if (bytes === undefined || bytes[0] !== FORMAT) throw unreadable();
  try {
    const input = new ByteReader(bytes);
    input.byte();
    const segment = {
      sequence,
      level: input.byte(),
      minMs: input.float(),
      maxMs: input.float(),
    };
    const runs = new Map<number, Run>();
    for (let left = input.unsigned(); left > 0; left--) {
      runs.set(input.unsigned(), readRun(input, segment.minMs));
    }
    return { segment, runs };
  } catch (error) {
    throw unreadable(error);
  }
}

function readRun(input: ByteReader, minMs: number): Run {
  const run: Run = { times: [], values: [] };
  let tMs = minMs;
  let step = 0;
  let value = 0;
  for (let left = input.unsigned(); left > 0; left--) {
    step += input.signed();
    tMs += step;
    run.times.push(tMs);
    const tag = input.byte();
    if (tag === STALE) run.values.push(undefined);
    else {
      if (tag === STEP) value += input.signed();
      else if (tag === FLOAT) value = input.float();
      run.values.push(value);
    }
  }
  return run;
}
