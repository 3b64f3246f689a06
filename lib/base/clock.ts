import { InvariantError } from "./invariant.ts";

/** Cancels the timer or listener it was returned for; calling it twice is harmless. */
export type Cancel = () => void;

interface Timer {
  atMs: number;
  seq: number;
  fn: () => void;
  cancelled: boolean;
}

/** How many callbacks may run at one virtual instant before something is looping. */
const MAX_POSTS_PER_INSTANT = 1_000_000;

/**
 * The one clock of the embedded cluster: it owns every timer and moves only when told.
 *
 * Times are whole milliseconds since the Unix epoch. Timers due at the same instant run in the order
 * they were set; work posted with {@linkcode VirtualClock.post} runs before time moves on.
 * A callback that throws stops the clock at that instant and throws out of the caller.
 */
export class VirtualClock {
  #nowMs: number;
  #seq = 0;
  #heap: Timer[] = [];
  #posts: (() => void)[] = [];
  #draining = false;

  constructor(startMs: number) {
    this.#nowMs = Math.floor(startMs);
  }

  /** Virtual time, in milliseconds since the Unix epoch. */
  now(): number {
    return this.#nowMs;
  }

  /** Runs `fn` once at `atMs`; a time already past means as soon as the clock moves or drains. */
  at(atMs: number, fn: () => void): Cancel {
    const timer: Timer = {
      atMs: Math.max(Math.ceil(atMs), this.#nowMs),
      seq: this.#seq++,
      fn,
      cancelled: false,
    };
    this.#push(timer);
    return () => {
      timer.cancelled = true;
    };
  }

  /** Runs `fn` once, `delayMs` from now. */
  after(delayMs: number, fn: () => void): Cancel {
    return this.at(this.#nowMs + delayMs, fn);
  }

  /**
   * Runs `fn` at every `originMs + k * intervalMs` that lies after now.
   *
   * The grid depends on the origin alone, so a timer set again after a restart fires at the same
   * instants as the one that was lost.
   */
  every(intervalMs: number, fn: () => void, options: { originMs?: number } = {}): Cancel {
    if (!(intervalMs > 0)) throw new RangeError(`Interval must be positive, got ${intervalMs} ms`);
    const originMs = options.originMs ?? this.#nowMs;
    let cancelled = false;
    let cancelNext: Cancel = () => {};
    const arm = () => {
      const periods = Math.floor((this.#nowMs - originMs) / intervalMs) + 1;
      cancelNext = this.at(originMs + periods * intervalMs, () => {
        if (cancelled) return;
        arm();
        fn();
      });
    };
    arm();
    return () => {
      cancelled = true;
      cancelNext();
    };
  }

  /** Runs `fn` at the present instant, after the current callback and before time moves. */
  post(fn: () => void): void {
    this.#posts.push(fn);
  }

  /** Runs everything posted, and what that posts, until nothing is left. Time stands still. */
  drain(): void {
    if (this.#draining) return;
    this.#draining = true;
    let ran = 0;
    let index = 0;
    try {
      while (index < this.#posts.length) {
        const fn = this.#posts[index++];
        if (++ran > MAX_POSTS_PER_INSTANT) {
          throw new InvariantError(`More than ${MAX_POSTS_PER_INSTANT} callbacks at one instant`);
        }
        fn();
      }
    } finally {
      this.#posts.splice(0, index);
      this.#draining = false;
    }
  }

  /** When the next timer is due, or undefined when none is set. */
  nextTimerMs(): number | undefined {
    while (this.#heap.length > 0 && this.#heap[0].cancelled) this.#pop();
    return this.#heap[0]?.atMs;
  }

  /** Moves time to `toMs`, running every timer due on the way at its own instant. */
  advanceTo(toMs: number): void {
    const endMs = Math.floor(toMs);
    this.drain();
    for (
      let next = this.nextTimerMs();
      next !== undefined && next <= endMs;
      next = this.nextTimerMs()
    ) {
      const timer = this.#pop()!;
      this.#nowMs = Math.max(this.#nowMs, timer.atMs);
      timer.fn();
      this.drain();
    }
    this.#nowMs = Math.max(this.#nowMs, endMs);
  }

  /** Moves time forward by `durationMs`. */
  advance(durationMs: number): void {
    this.advanceTo(this.#nowMs + durationMs);
  }

  #push(timer: Timer): void {
    const heap = this.#heap;
    let child = heap.push(timer) - 1;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (!before(heap[child], heap[parent])) break;
      [heap[child], heap[parent]] = [heap[parent], heap[child]];
      child = parent;
    }
  }

  #pop(): Timer | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (heap.length === 0 || last === undefined) return top;
    heap[0] = last;
    for (let parent = 0;;) {
      let least = parent;
      for (const child of [2 * parent + 1, 2 * parent + 2]) {
        if (child < heap.length && before(heap[child], heap[least])) least = child;
      }
      if (least === parent) return top;
      [heap[parent], heap[least]] = [heap[least], heap[parent]];
      parent = least;
    }
  }
}

function before(a: Timer, b: Timer): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.seq < b.seq);
}
