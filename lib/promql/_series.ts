import type { Metric } from "./labels.ts";

/** Samples a chunk holds; a full one is never touched again. */
export const CHUNK_SAMPLES = 128;
const SLAB_CHUNKS = 256;
/** The longest span of one chunk, so that offsets in it fit 31 bits. */
const MAX_CHUNK_SPAN_MS = 0x7fff_ffff;

interface ChunkSpace {
  values: Float64Array;
  /** Milliseconds since the chunk's first sample; bitwise inverted for a staleness marker. */
  deltas: Int32Array;
  offset: number;
}

/** Hands out chunk space from large arrays: small typed arrays would cost more than they hold. */
export class ChunkPool {
  #free: ChunkSpace[] = [];

  take(): ChunkSpace {
    if (this.#free.length === 0) {
      const values = new Float64Array(SLAB_CHUNKS * CHUNK_SAMPLES);
      const deltas = new Int32Array(SLAB_CHUNKS * CHUNK_SAMPLES);
      for (let chunk = SLAB_CHUNKS - 1; chunk >= 0; chunk--) {
        this.#free.push({ values, deltas, offset: chunk * CHUNK_SAMPLES });
      }
    }
    return this.#free.pop()!;
  }

  release(space: ChunkSpace): void {
    this.#free.push({ values: space.values, deltas: space.deltas, offset: space.offset });
  }
}

/** A run of samples of one series, in time order. */
export class Chunk implements ChunkSpace {
  count = 0;
  readonly values: Float64Array;
  readonly deltas: Int32Array;
  readonly offset: number;

  constructor(readonly baseMs: number, space: ChunkSpace) {
    this.values = space.values;
    this.deltas = space.deltas;
    this.offset = space.offset;
  }

  timeAt(index: number): number {
    const delta = this.deltas[this.offset + index];
    return this.baseMs + (delta < 0 ? ~delta : delta);
  }

  isStale(index: number): boolean {
    return this.deltas[this.offset + index] < 0;
  }

  valueAt(index: number): number {
    return this.values[this.offset + index];
  }

  get lastMs(): number {
    return this.timeAt(this.count - 1);
  }

  hasRoomFor(tMs: number): boolean {
    return this.count < CHUNK_SAMPLES && tMs - this.baseMs <= MAX_CHUNK_SPAN_MS;
  }

  push(tMs: number, value: number, stale: boolean): void {
    const at = this.offset + this.count++;
    const delta = tMs - this.baseMs;
    this.deltas[at] = stale ? ~delta : delta;
    this.values[at] = value;
  }

  /** How many samples are at or before `tMs`. */
  countUntil(tMs: number): number {
    if (this.count === 0 || tMs >= this.lastMs) return this.count;
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.timeAt(middle) <= tMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** One sample. */
export interface Point {
  tMs: number;
  value: number;
}

/** Samples of one series in a range, as two columns; `length` of them are valid. */
export class Window {
  readonly times: number[] = [];
  readonly values: number[] = [];
  length = 0;

  push(tMs: number, value: number): void {
    this.times[this.length] = tMs;
    this.values[this.length++] = value;
  }
}

/**
 * One series of a store, and the handle to append to it by. Callers hold it and look no deeper.
 */
export class Series {
  readonly chunks: Chunk[] = [];
  /** Time of the newest sample, -Infinity without one. */
  lastMs = -Infinity;
  /** Whether the store's index lists it: retention takes an empty series out. */
  indexed = true;
  /** Samples ever appended, dropped ones included. */
  appended = 0;
  /** How many of those the last save had written. */
  saved = 0;
  /** Whether it is on the store's list of series to save. */
  dirty = false;

  constructor(readonly metric: Metric) {}

  get labels(): Readonly<Record<string, string>> {
    return this.metric.labels;
  }

  /** Whether the newest sample is a staleness marker. */
  get isStale(): boolean {
    const last = this.chunks.at(-1);
    return last !== undefined && last.isStale(last.count - 1);
  }

  /** Puts a sample at the end. The caller has checked its time. */
  push(tMs: number, value: number, stale: boolean, pool: ChunkPool): void {
    let chunk = this.chunks[this.chunks.length - 1];
    if (chunk === undefined || !chunk.hasRoomFor(tMs)) {
      this.chunks.push(chunk = new Chunk(tMs, pool.take()));
    }
    chunk.push(tMs, value, stale);
    this.lastMs = tMs;
    this.appended++;
  }

  /** The sample an instant query at `tMs` sees: the newest in (tMs - lookbackMs, tMs], if not stale. */
  at(tMs: number, lookbackMs: number): Point | undefined {
    for (let i = this.chunks.length - 1; i >= 0; i--) {
      const chunk = this.chunks[i];
      if (chunk.baseMs > tMs) continue;
      const index = chunk.countUntil(tMs) - 1;
      const sampleMs = chunk.timeAt(index);
      if (sampleMs <= tMs - lookbackMs || chunk.isStale(index)) return undefined;
      return { tMs: sampleMs, value: chunk.valueAt(index) };
    }
    return undefined;
  }

  /** Adds the samples in (afterMs, untilMs] to `out`, staleness markers left out. */
  window(afterMs: number, untilMs: number, out: Window): void {
    let i = this.chunks.length - 1;
    while (i > 0 && this.chunks[i].baseMs > afterMs) i--;
    for (; i < this.chunks.length && i >= 0; i++) {
      const chunk = this.chunks[i];
      if (chunk.baseMs > untilMs) return;
      const to = chunk.countUntil(untilMs);
      for (let index = chunk.countUntil(afterMs); index < to; index++) {
        if (!chunk.isStale(index)) out.push(chunk.timeAt(index), chunk.valueAt(index));
      }
    }
  }

  /** Whether a chunk overlaps [minMs, maxMs]: what the series API goes by. */
  overlaps(minMs: number, maxMs: number): boolean {
    return this.chunks.some((chunk) => chunk.baseMs <= maxMs && chunk.lastMs >= minMs);
  }

  /** Lets go of the chunks that end before `tMs`. */
  dropBefore(tMs: number, pool: ChunkPool): void {
    let dropped = 0;
    while (dropped < this.chunks.length && this.chunks[dropped].lastMs < tMs) {
      pool.release(this.chunks[dropped++]);
    }
    this.chunks.splice(0, dropped);
  }

  /** Calls `fn` for the samples from the `from`-th appended on, oldest first. */
  eachFrom(from: number, fn: (tMs: number, value: number, stale: boolean) => void): void {
    let position = this.appended;
    let first = this.chunks.length;
    while (first > 0 && position > from) position -= this.chunks[--first].count;
    for (; first < this.chunks.length; first++) {
      const chunk = this.chunks[first];
      for (let index = Math.max(0, from - position); index < chunk.count; index++) {
        fn(chunk.timeAt(index), chunk.valueAt(index), chunk.isStale(index));
      }
      position += chunk.count;
    }
  }
}
