import { type ExpositionFormat, ExpositionSyntaxError, type MetricType } from "./_format_reader.ts";
import { endsAsOpenMetrics, readerOf } from "./exposition.ts";
import { commonPrefix, commonSuffix } from "./_common_text.ts";
import type { Labels } from "./labels.ts";
import { type Known, Lines } from "./_scraped_lines.ts";

/** What a scan found. */
export interface ScanResult<T> {
  /** Lines with samples. */
  samples: number;
  /** Targets made by this scan. */
  added: T[];
  /** Targets that an earlier scan saw and this one did not; they are forgotten. */
  gone: T[];
}

/** How far a scan came. */
export interface Reached<T> {
  /** Of the lines with samples. */
  targets: readonly T[];
  /** Those of them that were made. */
  added: readonly T[];
}

/** Lines that may be known beyond twice those of the last good scan. */
const SPARE = 1000;
/** Characters of a number that is surely no infinity. */
const LONGEST_NUMBER = 300;
/** Digits that a float surely holds. */
const SAFE_DIGITS = 15;
const POWERS_OF_TEN = Array.from({ length: SAFE_DIGITS + 1 }, (_, digits) => 10 ** digits);
const WHOLE_NUMBER = /^\d{1,15}$/;
/** Numbers that JavaScript and Go's parser read alike. */
const NUMBER = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,2})?$/;

/**
 * Reads expositions of one target again and again, cheaply: what `targetOf` makes of a line's
 * labels (a series handle, say) is kept by the line's text up to its value, so that a line seen
 * before costs a comparison and the reading of a number. What stands at the beginning and at the end
 * of the last text too is not read again.
 * Source of the first: prometheus/prometheus scrape/scrape.go (scrapeCache).
 */
export class ScrapeCache<T> {
  #known = new Map<string, Known<T>>();
  /** The last scan's text and lines: the next one most likely has them in the same order. */
  #text = "";
  #lines = new Lines<T>();
  /** How many lines the last good scan had. */
  #goodCount = 0;
  #format: ExpositionFormat = "text";
  #scan = 0;
  #visit = 0;
  /** Whether the lines are to be numbered anew, whatever the next scan finds: one has failed since they were. */
  #failed = false;
  /** How far the last scan that failed came. */
  failedAfter: Reached<T> = { targets: [], added: [] };

  /**
   * `targetOf` is called once per line; it may give something that stands for "leave it out", or throw, which ends the
   * scan. `twice` is a label that the line has more than once.
   */
  constructor(readonly targetOf: (labels: Labels, twice?: string) => T) {}

  /**
   * Reads a text and then calls `visit` with each sample in order; `again` where the same line came before.
   * Errors: ExpositionSyntaxError, before any visit; nothing is forgotten then.
   */
  scan(
    text: string,
    visit: (target: T, value: number, timestampMs: number | undefined, again: boolean) => void,
    format: ExpositionFormat = "text",
  ): ScanResult<T> {
    if (format !== this.#format) this.#readAnew();
    this.#format = format;
    const { added, gone } = this.#take(text);
    const { known, values, timesMs } = this.#lines;
    const visits = ++this.#visit;
    for (let i = 0; i < known.length; i++) {
      const timeMs = timesMs[i];
      const again = known[i].visit === visits;
      known[i].visit = visits;
      visit(known[i].target, values[i], timeMs === timeMs ? timeMs : undefined, again);
    }
    return { samples: known.length, added, gone };
  }

  /** Every target that the last scan saw. */
  targets(): T[] {
    return Array.from(new Set(this.#lines.known), (known) => known.target);
  }

  /**
   * Sees nothing, for a target that could not be read, and gives what was there. What is known is known still when it
   * comes again, unless too much of it has gathered.
   * Source: prometheus/prometheus scrape/scrape.go (scrapeCache.iterDone).
   */
  pause(): T[] {
    const targets = this.targets();
    const isFull = this.#known.size > 2 * this.#goodCount + SPARE;
    this.#readAnew();
    if (isFull) this.#known.clear();
    for (const known of this.#known.values()) known.scan = 0;
    return targets;
  }

  #readAnew(): void {
    this.#lines = new Lines();
    this.#text = "";
    this.#failed = true;
  }

  /** Reads what differs from the last text, and makes the lines those of `text`. */
  #take(text: string): { added: T[]; gone: T[] } {
    const lines = this.#lines;
    const same = commonPrefix(this.#text, text);
    const from = lines.countUntil(same);
    const reading: Reading<T> = {
      lines: new Lines(),
      added: [],
      type: from > 0 ? lines.types[from - 1] : undefined,
      declared: undefined,
      next: from,
      moved: this.#failed,
    };
    this.#failed = true;
    let to: number;
    try {
      to = this.#readBetween(text, from, same, reading);
      if (this.#format === "openmetrics" && !endsAsOpenMetrics(text)) throw noEnd(text);
    } catch (error) {
      const before = [...lines.known.slice(0, from), ...reading.lines.known];
      this.failedAfter = { targets: before.map(({ target }) => target), added: reading.added };
      throw error;
    }
    this.#failed = false;
    const moved = reading.moved || reading.lines.length !== to - from;
    lines.replace(from, to, reading.lines, text.length - this.#text.length);
    this.#text = text;
    this.#goodCount = lines.length;
    return { added: reading.added, gone: moved ? this.#renumber() : [] };
  }

  /**
   * Reads a text from its `from`-th line to where it goes on, to its end, as the last one did. Gives how many of the
   * last one's lines come before that place.
   */
  #readBetween(text: string, from: number, same: number, reading: Reading<T>): number {
    const lines = this.#lines;
    const start = from > 0 ? lines.ends[from - 1] : 0;
    const rest = this.#text.length - commonSuffix(this.#text, text, same);
    // Where both texts surely have the end of an entry.
    const last = lines.countUntil(rest - 1);
    if (last === lines.length) {
      this.#read(text, start, text.length, reading);
      return lines.length;
    }
    const stop = lines.ends[last] + text.length - this.#text.length;
    const at = this.#read(text, start, stop, reading);
    if (at === stop && reading.type === lines.types[last]) return last + 1;
    // A label value has what looks like the end of a line, or the lines to come are of another type.
    this.#read(text, at, text.length, reading);
    return lines.length;
  }

  /** Notes which lines are there and where. Gives the targets of those that are not any more. */
  #renumber(): T[] {
    const scan = ++this.#scan;
    this.#lines.known.forEach((known, index) => {
      known.scan = scan;
      known.index = index;
    });
    const gone: T[] = [];
    for (const known of this.#known.values()) {
      if (known.scan === scan) continue;
      if (known.scan > 0) gone.push(known.target);
      this.#known.delete(known.key);
    }
    return gone;
  }

  /** Reads entries from `at` up to `stop`, or past it where one does not end there. Gives where it came to. */
  #read(text: string, at: number, stop: number, reading: Reading<T>): number {
    const { lines } = reading;
    let above = at;
    while (at < stop) {
      const below = this.#skipAbove(text, at, reading);
      if (below > at) {
        above = at = below;
        continue;
      }
      const start = at;
      const count = lines.length;
      const usual = this.#readUsual(text, at, reading);
      at = usual > at ? usual : this.#readLine(text, at, reading);
      if (lines.length === count) continue;
      if (start > above) this.#learnAbove(lines.known[count], text.slice(above, start), reading);
      reading.declared = undefined;
      lines.ends.push(at);
      lines.types.push(reading.type);
      above = at;
    }
    return at;
  }

  /** Passes the comments above the line that most likely comes next. Gives `at` for anything else. */
  #skipAbove(text: string, at: number, reading: Reading<T>): number {
    if (text.charCodeAt(at) !== 0x23 /* # */) return at;
    const usual = this.#lines.known[reading.next];
    if (usual === undefined || usual.above === "") return at;
    const end = at + usual.above.length;
    if (text.slice(at, end) !== usual.above) return at;
    reading.type = usual.declared ?? reading.type;
    return end;
  }

  #learnAbove(known: Known<T>, above: string, { declared }: Reading<T>): void {
    if (known.above !== above) known.above = detached(above);
    known.declared = declared;
  }

  /** Most lines are those of the last scan with another number. Gives `at` for any other. */
  #readUsual(text: string, at: number, reading: Reading<T>): number {
    const usual = this.#lines.known[reading.next];
    if (usual === undefined || !startsSample(text, at, usual.key)) return at;
    const start = at + usual.key.length + 1;
    let end = start;
    let value = 0;
    let point = -1;
    let code = text.charCodeAt(end);
    for (; isDigit(code) || (code === 0x2e && point < 0); code = text.charCodeAt(++end)) {
      if (code === 0x2e /* . */) point = end;
      else value = value * 10 + code - 0x30;
    }
    const digits = end - start - (point < 0 ? 0 : 1);
    if (digits === 0) return at;
    if (digits > LONGEST_NUMBER) return at;
    if (digits > SAFE_DIGITS) value = Number(text.slice(start, end));
    // Both are exact, and so their quotient is what the whole text would give.
    else if (point >= 0) value /= POWERS_OF_TEN[end - point - 1];
    let timeMs = NaN;
    if (code === 0x20 /* blank */) {
      if (this.#format === "openmetrics") return at;
      const timeStart = end + 1;
      timeMs = 0;
      for (code = text.charCodeAt(++end); isDigit(code); code = text.charCodeAt(++end)) {
        timeMs = timeMs * 10 + code - 0x30;
      }
      if (end === timeStart || end - timeStart > SAFE_DIGITS) return at;
    }
    if (code !== 0x0a /* newline */) return at;
    reading.lines.push(usual, value, timeMs);
    reading.next++;
    return end + 1;
  }

  /** Reads a line of any kind and gives the place after it. */
  #readLine(text: string, at: number, reading: Reading<T>): number {
    const end = text.indexOf("\n", at);
    const lineEnd = end < 0 ? text.length : end;
    if (lineEnd === at && this.#format === "text") return at + 1;
    if (text.charCodeAt(at) === 0x23 /* # */) {
      if (this.#format === "openmetrics") return this.#readCarefully(text, at, reading);
      const declared = readMetadata(text, at);
      if (declared !== undefined) reading.type = reading.declared = declared;
      return lineEnd + 1;
    }
    const known = this.#lookUp(text, at, lineEnd, reading);
    if (known === undefined) return this.#readCarefully(text, at, reading);
    const valueStart = at + known.key.length + 1;
    const blank = text.indexOf(" ", valueStart);
    const valueEnd = blank < 0 || blank > lineEnd ? lineEnd : blank;
    const written = text.slice(valueStart, valueEnd);
    if (!NUMBER.test(written) || written.length > LONGEST_NUMBER) {
      return this.#readCarefully(text, at, reading);
    }
    let timeMs = NaN;
    if (valueEnd < lineEnd) {
      const timestamp = text.slice(valueEnd + 1, lineEnd);
      if (this.#format === "openmetrics") return this.#readCarefully(text, at, reading);
      if (!WHOLE_NUMBER.test(timestamp)) return this.#readCarefully(text, at, reading);
      timeMs = Number(timestamp);
    }
    this.#passed(known, reading);
    reading.lines.push(known, Number(written), timeMs);
    return lineEnd + 1;
  }

  #lookUp(text: string, at: number, lineEnd: number, reading: Reading<T>): Known<T> | undefined {
    const expected: Known<T> | undefined = this.#lines.known[reading.next];
    return expected !== undefined && startsSample(text, at, expected.key)
      ? expected
      : this.#known.get(text.slice(at, keyEnd(text, at, lineEnd)));
  }

  /** Notes where the line after `known` is looked for first. */
  #passed(known: Known<T>, reading: Reading<T>): void {
    if (this.#lines.known[reading.next] === known) reading.next++;
    else {
      reading.next = known.index + 1;
      reading.moved = true;
    }
  }

  /** Reads a new line, or one with a timestamp or a value such as NaN. */
  #readCarefully(text: string, at: number, reading: Reading<T>): number {
    const reader = readerOf(this.#format, text, at, reading.type);
    const entry = reader.next();
    if (entry === undefined) return text.length;
    if (entry.kind !== "sample") {
      if (entry.kind === "type") reading.type = reading.declared = entry.type;
      return reader.position;
    }
    let known = this.#known.get(entry.key);
    if (known === undefined) {
      known = this.#learn(entry.key, entry.labels, entry.twice);
      reading.added.push(known.target);
      reading.moved = true;
    } else this.#passed(known, reading);
    reading.lines.push(known, entry.value, entry.timestampMs ?? NaN);
    return reader.position;
  }

  #learn(written: string, labels: Labels, twice: string | undefined): Known<T> {
    const key = detached(written);
    const target = this.targetOf(detachedLabels(labels), twice);
    const known: Known<T> = {
      key,
      target,
      above: "",
      declared: undefined,
      scan: 0,
      visit: 0,
      index: -1,
    };
    this.#known.set(key, known);
    return known;
  }
}

/** A text in the course of being read. */
interface Reading<T> {
  lines: Lines<T>;
  added: T[];
  /** That of the last TYPE line. */
  type: MetricType | undefined;
  /** That of the last TYPE line since the last sample. */
  declared: MetricType | undefined;
  /** Where among the last scan's lines the next line is looked for first. */
  next: number;
  /** Whether a line stood elsewhere, or nowhere, in the last text. */
  moved: boolean;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** Whether the text has, from `at` on, `key` and then a blank. */
function startsSample(text: string, at: number, key: string): boolean {
  // Several times as fast as startsWith() with a position.
  if (text.slice(at, at + key.length) !== key) return false;
  const next = text.charCodeAt(at + key.length);
  return next === 0x20 || next === 0x09;
}

/** Where the name and labels of a line end, for lines in the usual shape. */
function keyEnd(text: string, at: number, lineEnd: number): number {
  // Within the line alone: in a text without braces the search would go back to its beginning.
  const brace = text.slice(at, lineEnd).lastIndexOf("}");
  if (brace >= 0) return at + brace + 1;
  const blank = text.indexOf(" ", at);
  return blank < 0 || blank > lineEnd ? lineEnd : blank;
}

/** The type that the line at `at` declares, if it does. Errors: ExpositionSyntaxError. */
function readMetadata(text: string, at: number): MetricType | undefined {
  const entry = readerOf("text", text, at).next();
  return entry?.kind === "type" ? entry.type : undefined;
}

function noEnd(text: string): ExpositionSyntaxError {
  return new ExpositionSyntaxError("data does not end with # EOF", text.split("\n").length);
}

/** A copy that does not keep the text it was cut from in memory. */
function detached(text: string): string {
  return text.length < 13 ? text : text.split("").join("");
}

function detachedLabels(labels: Labels): Labels {
  return Object.fromEntries(
    Object.entries(labels).map(([name, value]) => [detached(name), detached(value)]),
  );
}
