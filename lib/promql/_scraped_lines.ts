import type { MetricType } from "./_format_reader.ts";

/** What is known of lines that differ in their values alone. */
export interface Known<T> {
  /** The line up to its value, as written. */
  key: string;
  target: T;
  /** The comments above it, and the type that they declare. */
  above: string;
  declared?: MetricType;
  /** The scan that saw it last; 0 when its first scan failed. */
  scan: number;
  /** The last time that it was visited. */
  visit: number;
  /** Its place among the last scan's lines. */
  index: number;
}

/** Lines with samples, in their order, as columns. */
export class Lines<T> {
  known: Known<T>[] = [];
  values: number[] = [];
  /** NaN for a line that carries no time. */
  timesMs: number[] = [];
  /** Where each line's text ends. */
  ends: number[] = [];
  /** The type in force at each line. */
  types: (MetricType | undefined)[] = [];

  get length(): number {
    return this.known.length;
  }

  push(known: Known<T>, value: number, timeMs: number): void {
    this.known.push(known);
    this.values.push(value);
    this.timesMs.push(timeMs);
  }

  /** Puts other lines in the place of those from `from` to `to`; the ends of later ones move by `shift`. */
  replace(from: number, to: number, by: Lines<T>, shift: number): void {
    if (shift !== 0) {
      for (let i = to; i < this.ends.length; i++) this.ends[i] += shift;
    }
    this.known = replaced(this.known, from, to, by.known);
    this.values = replaced(this.values, from, to, by.values);
    this.timesMs = replaced(this.timesMs, from, to, by.timesMs);
    this.ends = replaced(this.ends, from, to, by.ends);
    this.types = replaced(this.types, from, to, by.types);
  }

  /** How many lines end at or before a place in the text. */
  countUntil(at: number): number {
    let low = 0;
    let high = this.ends.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.ends[middle] <= at) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function replaced<Item>(items: Item[], from: number, to: number, by: Item[]): Item[] {
  if (from === 0 && to === items.length) return by;
  if (to - from !== by.length) return items.slice(0, from).concat(by, items.slice(to));
  for (let i = 0; i < by.length; i++) items[from + i] = by[i];
  return items;
}
