import { ActivityBoard } from "./activity.ts";
import {
  type Cancel,
  type Clock,
  ClockScope,
  everyOn,
  type Fault,
  type ScopedTimer,
} from "./clock_scope.ts";
import { InvariantError } from "./invariant.ts";
import { threadCpuMs } from "./thread_cpu.ts";
import { TimerHeap } from "./timer_heap.ts";

/** How many callbacks of one scope may run at one virtual instant before it is looping. */
const MAX_CALLBACKS_PER_INSTANT = 100_000;
/**
 * How long, in milliseconds, the callbacks of one scope may run at one instant before it is looping, and how many
 * do not count: one that is slow loops no more than it is many.
 */
const MAX_MS_PER_INSTANT = 3_000;
/** From when on it is asked how much of the wall's time the thread had: on a busy machine it may be a tenth. */
const UNASKED_MS = 1_000;
const UNCOUNTED = 4;
/** How long a scope that loops is held back: at first, at most, and until that is forgotten. */
const FIRST_HOLD_MS = 1000;
const MAX_HOLD_MS = 300_000;
const FORGET_MS = 600_000;

/** How the owner of a clock hears of what goes wrong on it, and of what it is doing. */
export interface ClockOptions {
  /** Told of everything that a callback throws. Without it what is thrown goes out to the caller. */
  onFault?: (fault: Fault) => void;
  /** Told the label of every scope when it begins, and undefined when it is closed. */
  onScope?: (id: number, label: string | undefined) => void;
  /** Is kept at what runs, for another thread to read. */
  activity?: ActivityBoard;
  /** The wall's time in milliseconds; a test brings its own. */
  wall?: () => number;
  /** The CPU time that this thread has used, in milliseconds; a test brings its own. */
  cpu?: () => number;
}

/**
 * The one clock of the embedded cluster: it owns every timer and moves only when told.
 *
 * Times are whole milliseconds since the Unix epoch. Timers due at the same instant run in the order
 * they were set; work posted with {@linkcode VirtualClock.post} runs before time moves on.
 *
 * With an `onFault` time always moves on: a callback that throws is reported under the label of its scope
 * ({@linkcode VirtualClock.scope}), and a scope that has too many callbacks at one instant is reported too
 * and what it has left is put off. Without one a throw stops the clock at that instant and goes out to the caller.
 */
export class VirtualClock implements Clock {
  #nowMs: number;
  #seq = 0;
  #scopes = 0;
  readonly #timers = new TimerHeap<ScopedTimer>();
  #posts: ScopedTimer[] = [];
  #draining = false;
  #round = 0;
  readonly #options: ClockOptions;
  readonly #activity: ActivityBoard;
  readonly #wall: () => number;
  readonly #cpu: () => number;
  readonly #root: ClockScope;

  constructor(startMs: number, options: ClockOptions = {}) {
    this.#nowMs = Math.floor(startMs);
    this.#options = options;
    this.#activity = options.activity ?? new ActivityBoard();
    this.#wall = options.wall ?? (() => performance.now());
    this.#cpu = options.cpu ?? options.wall ?? threadCpuMs;
    this.#root = this.scope("clock");
  }

  /** Virtual time, in milliseconds since the Unix epoch. */
  now(): number {
    return this.#nowMs;
  }

  /** Rises with every instant, and with every call from outside at the same one. */
  get round(): number {
    return this.#round;
  }

  /** Runs `fn` once at `atMs`; a time already past means as soon as the clock moves or drains. */
  at(atMs: number, fn: () => void): Cancel {
    return this.#root.at(atMs, fn);
  }

  /** Runs `fn` once, `delayMs` from now. */
  after(delayMs: number, fn: () => void): Cancel {
    return this.#root.at(this.#nowMs + delayMs, fn);
  }

  /**
   * Runs `fn` at every `originMs + k * intervalMs` that lies after now.
   *
   * The grid depends on the origin alone, so a timer set again after a restart fires at the same
   * instants as the one that was lost.
   */
  every(intervalMs: number, fn: () => void, options: { originMs?: number } = {}): Cancel {
    return everyOn(this, intervalMs, fn, options);
  }

  /** Runs `fn` at the present instant, after the current callback and before time moves. */
  post(fn: () => void): void {
    this.#root.post(fn);
  }

  /**
   * A part of what runs on the clock, under a name of its own: what its callbacks throw is reported with
   * the label, and `onThrow` puts right what it can. A scope whose callbacks come and go is to be closed.
   */
  scope(label: string, onThrow?: (error: unknown) => void): ClockScope {
    const id = this.#scopes++;
    let isOpen = true;
    this.#options.onScope?.(id, label);
    return new ClockScope({ id, label, onThrow }, {
      now: () => this.#nowMs,
      round: () => this.#round,
      add: (atMs, fn, scope) => this.#add(atMs, fn, scope),
      spentMs: (scope) => this.#spentMs(scope),
      post: (fn, scope) => void this.#posts.push(this.#timer(this.#nowMs, fn, scope)),
      scope: (inner, handler) => this.scope(inner, handler),
      enter: (next, about) => this.#activity.enter(next, about),
      leave: () => this.#activity.leave(),
      failed: (error) => this.#activity.failed(error),
      note: (about) => this.#activity.note(about),
      report: (error, about) => this.#report(about, error),
      close: () => {
        if (isOpen) this.#options.onScope?.(id, undefined);
        isOpen = false;
      },
    });
  }

  /** Runs everything posted, and what that posts, until nothing is left. Time stands still. */
  drain(): void {
    if (this.#draining) return;
    this.#round++;
    this.#drain();
  }

  #drain(): void {
    this.#draining = true;
    let index = 0;
    try {
      while (index < this.#posts.length) this.#run(this.#posts[index++]);
    } finally {
      this.#posts.splice(0, index);
      this.#draining = false;
    }
  }

  /** When the next timer is due, or undefined when none is set. */
  nextTimerMs(): number | undefined {
    while (this.#timers.top?.cancelled) this.#timers.pop();
    return this.#timers.top?.atMs;
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
      const timer = this.#timers.pop()!;
      if (timer.atMs > this.#nowMs) {
        this.#nowMs = timer.atMs;
        this.#round++;
      }
      this.#run(timer);
      if (!this.#draining) this.#drain();
    }
    this.#nowMs = Math.max(this.#nowMs, endMs);
  }

  /** Moves time forward by `durationMs`. */
  advance(durationMs: number): void {
    this.advanceTo(this.#nowMs + durationMs);
  }

  #add(atMs: number, fn: () => void, scope: ClockScope): Cancel {
    const timer = this.#timer(Math.max(Math.ceil(atMs), this.#nowMs), fn, scope);
    this.#timers.push(timer);
    return () => {
      timer.cancelled = true;
    };
  }

  #timer(atMs: number, fn: () => void, scope: ClockScope): ScopedTimer {
    // A time that is no number would never come, nor let what is behind it come.
    if (Number.isNaN(atMs)) throw new RangeError("A timer needs a time");
    return { atMs, seq: this.#seq++, fn, scope, cancelled: false };
  }

  #run(timer: ScopedTimer): void {
    const { scope } = timer;
    const { load } = scope;
    if (load.round !== this.#round) {
      load.round = this.#round;
      load.count = 0;
      load.spentMs = 0;
      load.cpuFromMs = undefined;
    }
    if (++load.count > MAX_CALLBACKS_PER_INSTANT || this.#isLong(scope)) {
      return this.#holdBack(timer);
    }
    const beganMs = load.count > UNCOUNTED ? this.#wall() : undefined;
    this.#activity.enter(scope.id);
    try {
      timer.fn();
    } catch (error) {
      this.#failed(scope, error);
    } finally {
      this.#activity.leave();
      if (beganMs !== undefined) load.spentMs += this.#wall() - beganMs;
      if (load.spentMs >= UNASKED_MS) load.cpuFromMs ??= this.#cpu() - UNASKED_MS;
    }
  }

  #isLong(scope: ClockScope): boolean {
    return scope.load.spentMs > MAX_MS_PER_INSTANT && this.#spentMs(scope) > MAX_MS_PER_INSTANT;
  }

  /** What else the thread did meanwhile counts too, which is at most what the wall says. */
  #spentMs({ load }: ClockScope): number {
    if (load.cpuFromMs === undefined) return load.spentMs;
    return Math.min(load.spentMs, this.#cpu() - load.cpuFromMs);
  }

  /** Puts off what a scope that loops has left at this instant, longer each time. */
  #holdBack(timer: ScopedTimer): void {
    const { load } = timer.scope;
    if (load.heldRound !== this.#round) {
      load.heldRound = this.#round;
      if (this.#nowMs - load.heldAtMs > FORGET_MS) load.holdMs = 0;
      load.heldAtMs = this.#nowMs;
      load.holdMs = Math.min(Math.max(load.holdMs * 2, FIRST_HOLD_MS), MAX_HOLD_MS);
      const much = this.#isLong(timer.scope)
        ? `${MAX_MS_PER_INSTANT / 1000} s of callbacks`
        : `${MAX_CALLBACKS_PER_INSTANT} callbacks`;
      this.#failed(timer.scope, new InvariantError(`More than ${much} at one instant`));
    }
    if (timer.cancelled) return;
    timer.atMs = this.#nowMs + load.holdMs;
    this.#timers.push(timer);
  }

  #failed(scope: ClockScope, error: unknown): void {
    this.#report(scope.label, error);
    try {
      scope.onThrow?.(error);
    } catch (another) {
      this.#report(scope.label, another);
    }
  }

  #report(label: string, error: unknown): void {
    if (!this.#options.onFault) throw error;
    this.#options.onFault({ atMs: this.#nowMs, label, error });
  }
}
