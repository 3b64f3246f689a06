import type { Due } from "./timer_heap.ts";

/** Cancels the timer or listener it was returned for; calling it twice is harmless. */
export type Cancel = () => void;

/** Something that went wrong while the clock ran. */
export interface Fault {
  /** Virtual time, in milliseconds since the Unix epoch. */
  atMs: number;
  /** Where: `container default/web/nginx`, `controller deployment default/web`. */
  label: string;
  error: unknown;
}

/** A clock as those see it whose work runs on it. */
export interface Clock {
  now(): number;
  /** Rises with every instant, and with every call from outside at the same one. */
  readonly round: number;
  at(atMs: number, fn: () => void): Cancel;
  after(delayMs: number, fn: () => void): Cancel;
  every(intervalMs: number, fn: () => void, options?: { originMs?: number }): Cancel;
  post(fn: () => void): void;
  scope(label: string, onThrow?: (error: unknown) => void): ClockScope;
}

/** A callback that waits for its instant. */
export interface ScopedTimer extends Due {
  fn: () => void;
  scope: ClockScope;
  cancelled: boolean;
}

/** What a scope asks of the clock that it is part of. */
interface Engine {
  now(): number;
  round(): number;
  add(atMs: number, fn: () => void, scope: ClockScope): Cancel;
  spentMs(scope: ClockScope): number;
  post(fn: () => void, scope: ClockScope): void;
  scope(label: string, onThrow?: (error: unknown) => void): ClockScope;
  /** Notes what runs now, within what ran before, until it is left. */
  enter(id: number, about?: string): void;
  leave(): void;
  /** Notes that what runs now throws this. */
  failed(error: unknown): void;
  /** Notes what the innermost that runs is about. */
  note(about: string): void;
  /** Tells the owner of the clock; throws the error when nobody is to be told. */
  report(error: unknown, label: string): void;
  close(): void;
}

/** One part of what runs on a clock: a fence with a name, around its callbacks and calls into it. */
export class ClockScope implements Clock {
  readonly id: number;
  readonly label: string;
  readonly onThrow: ((error: unknown) => void) | undefined;
  /**
   * The clock's own account of what has run at one instant, by number, by wall time and, where that is long, by the CPU
   * its thread had used when it was found to be; and how long the scope was held back for it.
   */
  readonly load = {
    round: -1,
    count: 0,
    spentMs: 0,
    cpuFromMs: undefined as number | undefined,
    heldRound: -1,
    heldAtMs: -Infinity,
    holdMs: 0,
  };
  readonly #engine: Engine;

  constructor(
    { id, label, onThrow }: { id: number; label: string; onThrow?: (error: unknown) => void },
    engine: Engine,
  ) {
    this.id = id;
    this.label = label;
    this.onThrow = onThrow;
    this.#engine = engine;
  }

  now(): number {
    return this.#engine.now();
  }

  get round(): number {
    return this.#engine.round();
  }

  /**
   * How long its callbacks have run at this instant, in milliseconds of the wall, or of its thread's CPU where that gave
   * less; the first few do not count.
   */
  get spentMs(): number {
    return this.load.round === this.round ? this.#engine.spentMs(this) : 0;
  }

  at(atMs: number, fn: () => void): Cancel {
    return this.#engine.add(atMs, fn, this);
  }

  after(delayMs: number, fn: () => void): Cancel {
    return this.#engine.add(this.#engine.now() + delayMs, fn, this);
  }

  every(intervalMs: number, fn: () => void, options: { originMs?: number } = {}): Cancel {
    return everyOn(this, intervalMs, fn, options);
  }

  post(fn: () => void): void {
    this.#engine.post(fn, this);
  }

  /** Another scope of the same clock. */
  scope(label: string, onThrow?: (error: unknown) => void): ClockScope {
    return this.#engine.scope(label, onThrow);
  }

  /** Tells what the callback that runs is about, for whoever finds it running too long. */
  note(about: string): void {
    this.#engine.note(about);
  }

  /** Runs `work` at once under the name of this scope. Errors: those of the work. */
  during<T>(about: string | undefined, work: () => T): T {
    this.#engine.enter(this.id, about);
    try {
      return work();
    } catch (error) {
      this.#engine.failed(error);
      throw error;
    } finally {
      this.#engine.leave();
    }
  }

  /**
   * Runs `work` at once as part of this scope, whoever calls. What it throws is reported, about a part of
   * the scope when that is named, and `otherwise` answers in its place.
   */
  run<T>(work: () => T, otherwise: (error: unknown) => T, about?: string): T {
    return this.during(about, () => {
      try {
        return work();
      } catch (error) {
        this.report(error, about);
        return otherwise(error);
      }
    });
  }

  /** Reports what this scope has caught itself. Errors: the error, on a clock whose owner hears of none. */
  report(error: unknown, about?: string): void {
    this.#engine.report(error, about === undefined ? this.label : `${this.label} ${about}`);
  }

  /** Forgets the label; timers that are left still run. */
  close(): void {
    this.#engine.close();
  }
}

/** A timer on a grid, made of single ones. Errors: RangeError when the interval is not positive. */
export function everyOn(
  clock: Clock,
  intervalMs: number,
  fn: () => void,
  options: { originMs?: number },
): Cancel {
  if (!(intervalMs > 0)) throw new RangeError(`Interval must be positive, got ${intervalMs} ms`);
  const originMs = options.originMs ?? clock.now();
  let cancelled = false;
  let cancelNext: Cancel = () => {};
  const arm = () => {
    const periods = Math.floor((clock.now() - originMs) / intervalMs) + 1;
    cancelNext = clock.at(originMs + periods * intervalMs, () => {
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
