import type { Metric } from "./labels.ts";

/** Samples a chunk holds; a full one is never touched again. */
const CHUNK_SAMPLES = 128;
const SLAB_CHUNKS = 256;
/** The longest span of one chunk, so that offsets in it fit 31 bits. */
const MAX_CHUNK_SPAN_MS = 0x7fff_ffff;

/** Room for the times or the values of one chunk, in an array that many chunks share. */
interface Column<Numbers> {
  numbers: Numbers;
  offset: number;
}

/** Hands out chunk space from large arrays: small typed arrays would cost more than they hold. */
export class ChunkPool {
  #times: Column<Int32Array>[] = [];
  #values: Column<Float64Array>[] = [];

  takeTimes(): Column<Int32Array> {
    if (this.#times.length === 0) this.#times = slab(new Int32Array(SLAB_CHUNKS * CHUNK_SAMPLES));
    return this.#times.pop()!;
  }

  takeValues(): Column<Float64Array> {
    if (this.#values.length === 0) {
      this.#values = slab(new Float64Array(SLAB_CHUNKS * CHUNK_SAMPLES));
    }
    return this.#values.pop()!;
  }

  releaseTimes(column: Column<Int32Array>): void {
    this.#times.push(column);
  }

  releaseValues(column: Column<Float64Array>): void {
    this.#values.push(column);
  }
}

function slab<Numbers>(numbers: Numbers): Column<Numbers>[] {
  return Array.from(
    { length: SLAB_CHUNKS },
    (_, chunk) => ({ numbers, offset: chunk * CHUNK_SAMPLES }),
  );
}

/**
 * A run of samples of one series, in time order. Once full, a column that grows by equal steps
 * (times of a steady scrape, a constant, a steady counter) is kept as its first number and step.
 */
class Chunk {
  count = 0;
  /** Milliseconds since `baseMs`, from `#timesAt` on; bitwise inverted for a staleness marker. */
  #times: Int32Array | undefined;
  #timesAt: number;
  #values: Float64Array | undefined;
  #valuesAt: number;
  #stepMs = 0;
  #firstValue = 0;
  #valueStep = 0;

  constructor(readonly baseMs: number, pool: ChunkPool) {
    const times = pool.takeTimes();
    const values = pool.takeValues();
    this.#times = times.numbers;
    this.#timesAt = times.offset;
    this.#values = values.numbers;
    this.#valuesAt = values.offset;
  }

  timeAt(index: number): number {
    const times = this.#times;
    if (times === undefined) return this.baseMs + index * this.#stepMs;
    const delta = times[this.#timesAt + index];
    return this.baseMs + (delta < 0 ? ~delta : delta);
  }

  isStale(index: number): boolean {
    const times = this.#times;
    return times !== undefined && times[this.#timesAt + index] < 0;
  }

  valueAt(index: number): number {
    const values = this.#values;
    return values === undefined
      ? this.#firstValue + index * this.#valueStep
      : values[this.#valuesAt + index];
  }

  get lastMs(): number {
    return this.timeAt(this.count - 1);
  }

  hasRoomFor(tMs: number): boolean {
    return this.count < CHUNK_SAMPLES && tMs - this.baseMs <= MAX_CHUNK_SPAN_MS;
  }

  push(tMs: number, value: number, stale: boolean, pool: ChunkPool): void {
    const index = this.count++;
    const delta = tMs - this.baseMs;
    this.#times![this.#timesAt + index] = stale ? ~delta : delta;
    this.#values![this.#valuesAt + index] = value;
    if (this.count === CHUNK_SAMPLES) this.#seal(pool);
  }

  /** Gives the chunk's space back. */
  release(pool: ChunkPool): void {
    this.#releaseTimes(pool);
    this.#releaseValues(pool);
    this.count = 0;
  }

  #seal(pool: ChunkPool): void {
    const stepMs = equalStep(this.#times!, this.#timesAt);
    if (stepMs !== undefined) {
      this.#stepMs = stepMs;
      this.#releaseTimes(pool);
    }
    const valueStep = equalStep(this.#values!, this.#valuesAt);
    if (valueStep !== undefined) {
      this.#firstValue = this.#values![this.#valuesAt];
      this.#valueStep = valueStep;
      this.#releaseValues(pool);
    }
  }

  #releaseTimes(pool: ChunkPool): void {
    if (this.#times) pool.releaseTimes({ numbers: this.#times, offset: this.#timesAt });
    this.#times = undefined;
  }

  #releaseValues(pool: ChunkPool): void {
    if (this.#values) pool.releaseValues({ numbers: this.#values, offset: this.#valuesAt });
    this.#values = undefined;
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

/** The step by which the numbers of a full column grow, if it gives each of them exactly. */
function equalStep(numbers: Int32Array | Float64Array, offset: number): number | undefined {
  const first = numbers[offset];
  const step = Object.is(numbers[offset + 1], first) ? 0 : numbers[offset + 1] - first;
  for (let i = 0; i < CHUNK_SAMPLES; i++) {
    if (!Object.is(first + i * step, numbers[offset + i])) return undefined;
  }
  return step;
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

  /** How many of the samples are later than `tMs`. */
  countAfter(tMs: number): number {
    // So it is for the first instant, and wherever windows do not overlap.
    if (this.times[0] > tMs) return this.length;
    let count = 0;
    while (count < this.length && this.times[this.length - 1 - count] > tMs) count++;
    return count;
  }
}

/** The samples of one series in a range that moves on: what it has already is not looked up again. */
export class SlidingWindow extends Window {
  afterMs = Infinity;
  untilMs = -Infinity;
  /** Where the next sample is looked for. */
  chunk = 0;
  index = 0;
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
      this.chunks.push(chunk = new Chunk(tMs, pool));
    }
    chunk.push(tMs, value, stale, pool);
    this.lastMs = tMs;
    this.appended++;
  }

  /** The sample an instant query at `tMs` sees: the newest in (tMs - lookbackMs, tMs], if not stale. */
  at(tMs: number, lookbackMs: number): Point | undefined {
    const chunk = this.chunks[this.#lastChunkFrom(tMs)];
    if (chunk === undefined) return undefined;
    const index = chunk.countUntil(tMs) - 1;
    const sampleMs = chunk.timeAt(index);
    if (sampleMs <= tMs - lookbackMs || chunk.isStale(index)) return undefined;
    return { tMs: sampleMs, value: chunk.valueAt(index) };
  }

  /** The place of the last chunk that begins at or before `tMs`, -1 when there is none. */
  #lastChunkFrom(tMs: number): number {
    const { chunks } = this;
    let high = chunks.length - 1;
    // Newest first: that is what is mostly asked for.
    if (high < 0 || chunks[high].baseMs <= tMs) return high;
    let low = -1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (chunks[middle].baseMs <= tMs) low = middle;
      else high = middle;
    }
    return low;
  }

  /** Adds the samples in (afterMs, untilMs] to `out`, staleness markers left out. */
  window(afterMs: number, untilMs: number, out: Window): void {
    for (let i = Math.max(0, this.#lastChunkFrom(afterMs)); i < this.chunks.length; i++) {
      const chunk = this.chunks[i];
      if (chunk.baseMs > untilMs) return;
      const to = chunk.countUntil(untilMs);
      for (let index = chunk.countUntil(afterMs); index < to; index++) {
        if (!chunk.isStale(index)) out.push(chunk.timeAt(index), chunk.valueAt(index));
      }
    }
  }

  /** Moves a window of this series to (afterMs, untilMs]. */
  slide(window: SlidingWindow, afterMs: number, untilMs: number): void {
    const { times, values } = window;
    if (afterMs < window.afterMs || untilMs < window.untilMs || window.untilMs <= afterMs) {
      times.length = values.length = 0;
      window.chunk = Math.max(0, this.#lastChunkFrom(afterMs));
      window.index = this.chunks[window.chunk]?.countUntil(afterMs) ?? 0;
    } else {
      let gone = 0;
      while (gone < times.length && times[gone] <= afterMs) gone++;
      if (gone === 1) {
        times.shift();
        values.shift();
      } else if (gone > 1) {
        times.splice(0, gone);
        values.splice(0, gone);
      }
    }
    window.afterMs = afterMs;
    window.untilMs = untilMs;
    for (; window.chunk < this.chunks.length; window.chunk++, window.index = 0) {
      const chunk = this.chunks[window.chunk];
      while (window.index < chunk.count) {
        const tMs = chunk.timeAt(window.index);
        if (tMs > untilMs) {
          window.length = times.length;
          return;
        }
        if (!chunk.isStale(window.index)) {
          times.push(tMs);
          values.push(chunk.valueAt(window.index));
        }
        window.index++;
      }
      // The last chunk may be the only one that is not full: its end is where the search goes on.
      if (window.chunk === this.chunks.length - 1) break;
    }
    window.length = times.length;
  }

  /** Whether a chunk overlaps [minMs, maxMs]: what the series API goes by. */
  overlaps(minMs: number, maxMs: number): boolean {
    // Newest first: that is what is asked for, and older chunks end before it.
    let lastMs = this.lastMs;
    for (let i = this.chunks.length - 1; i >= 0 && lastMs >= minMs; i--) {
      if (this.chunks[i].baseMs <= maxMs) return true;
      lastMs = this.chunks[i - 1]?.lastMs;
    }
    return false;
  }

  /** Lets go of the chunks that end before `tMs`. */
  dropBefore(tMs: number, pool: ChunkPool): void {
    let dropped = 0;
    while (dropped < this.chunks.length && this.chunks[dropped].lastMs < tMs) {
      this.chunks[dropped++].release(pool);
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
