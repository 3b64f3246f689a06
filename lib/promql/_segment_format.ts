import { ByteReader, ByteWriter } from "./_bytes.ts";

/** One series' samples in a segment; a staleness marker is `undefined`. */
export interface Run {
  times: number[];
  values: (number | undefined)[];
}

/** What stands before the runs of a segment. */
export interface SegmentHeader {
  /** How often it was merged: that many segments of one level become one of the next. */
  level: number;
  /** What times are counted from. */
  baseMs: number;
  maxMs: number;
}

const FORMAT = 1;
/** Where the newest time stands, which is known last. */
const MAX_MS_OFFSET = 10;

/** How a value is written: most samples repeat the last one or count on from it. */
const SAME = 0;
const STEP = 1;
const FLOAT = 2;
const STALE = 3;

/** Writes a segment run by run. */
export class SegmentWriter {
  readonly #out = new ByteWriter();
  readonly #baseMs: number;
  #maxMs = -Infinity;

  constructor(level: number, baseMs: number, runs: number) {
    this.#baseMs = baseMs;
    this.#out.byte(FORMAT);
    this.#out.byte(level);
    this.#out.float(baseMs);
    this.#out.float(baseMs);
    this.#out.unsigned(runs);
  }

  run(number: number, { times, values }: Run): void {
    const out = this.#out;
    out.unsigned(number);
    out.unsigned(times.length);
    let previousMs = this.#baseMs;
    let previousStep = 0;
    let previous = 0;
    for (let i = 0; i < times.length; i++) {
      const step = times[i] - previousMs;
      out.signed(step - previousStep);
      previousMs = times[i];
      previousStep = step;
      const value = values[i];
      if (value === undefined) out.byte(STALE);
      else {
        writeValue(out, value, previous);
        previous = value;
      }
    }
    if (times.length > 0 && previousMs > this.#maxMs) this.#maxMs = previousMs;
  }

  finish(): { bytes: Uint8Array; maxMs: number } {
    this.#out.floatAt(MAX_MS_OFFSET, this.#maxMs);
    return { bytes: this.#out.bytes(), maxMs: this.#maxMs };
  }
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

/** Reads a segment run by run. Errors: RangeError when it ends too soon or is no segment. */
export class SegmentReader {
  readonly header: SegmentHeader;
  readonly #input: ByteReader;
  #left: number;

  constructor(bytes: Uint8Array) {
    this.#input = new ByteReader(bytes);
    if (this.#input.byte() !== FORMAT) throw new RangeError("Not a segment");
    this.header = {
      level: this.#input.byte(),
      baseMs: this.#input.float(),
      maxMs: this.#input.float(),
    };
    this.#left = this.#input.unsigned();
  }

  /** Calls `visit` with each sample of the next run, oldest first. Gives the run's number, undefined at the end. */
  next(
    visit: (number: number, tMs: number, value: number, stale: boolean) => void,
  ): number | undefined {
    if (this.#left === 0) return undefined;
    this.#left--;
    const input = this.#input;
    const number = input.unsigned();
    let tMs = this.header.baseMs;
    let step = 0;
    let value = 0;
    for (let left = input.unsigned(); left > 0; left--) {
      step += input.signed();
      tMs += step;
      const tag = input.byte();
      if (tag === STEP) value += input.signed();
      else if (tag === FLOAT) value = input.float();
      visit(number, tMs, tag === STALE ? NaN : value, tag === STALE);
    }
    return number;
  }
}
