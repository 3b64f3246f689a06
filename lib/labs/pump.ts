/** What a pump moves. */
export interface Pumped {
  now(): number;
  /** Runs what is due up to `toMs`. */
  advanceTo(toMs: number): void;
}

export interface PumpOptions {
  /** Called when nobody has worked for a while and time stops, and when it goes on. */
  onIdle?(idle: boolean): void;
  /** Called every few seconds of wall time in which lab time passed. */
  onAutosave?(): void;
  /** Wall minutes without a sign of life after which time stops; 0 means never. */
  idleMinutes?: number;
  /** The wall's time in milliseconds; a test brings its own. */
  wall?(): number;
}

const TICK_MS = 50;
/** How much of a tick time may take to move, in wall milliseconds. */
const BUDGET_MS = 20;
/** How long, of that, before what is ready runs: who asks something meanwhile waits no longer. */
const TURN_MS = 4;
/** How far one slice goes before the budget is looked at, in lab milliseconds. */
const SLICE_MS = 250;
const AUTOSAVE_MS = 5_000;

/**
 * Ties lab time to the wall while someone works: every tick moves the clock by the wall time that
 * passed times the speed. What does not fit into a tick's budget is dropped, so that a slow machine
 * has a slow lab and not a stuck prompt.
 */
export class Pump {
  speed: number;
  readonly #clock: Pumped;
  readonly #options: PumpOptions;
  readonly #wall: () => number;
  #timer: ReturnType<typeof setInterval> | undefined;
  #lastTickMs = 0;
  #lastSignMs = 0;
  #lastSaveMs = 0;
  #moved = false;
  #idle = false;
  #restMs = 0;
  /** What is left of a tick, after a turn for others. */
  #rest: ReturnType<typeof setTimeout> | undefined;
  /** How many callers move the clock themselves just now. */
  #held = 0;

  constructor(clock: Pumped, speed: number, options: PumpOptions = {}) {
    this.#clock = clock;
    this.speed = speed;
    this.#options = options;
    this.#wall = options.wall ?? (() => performance.now());
    this.#lastTickMs = this.#lastSignMs = this.#lastSaveMs = this.#wall();
  }

  get running(): boolean {
    return this.#timer !== undefined;
  }

  get idle(): boolean {
    return this.#idle;
  }

  start(): void {
    if (this.#timer !== undefined) return;
    this.#lastTickMs = this.#lastSignMs = this.#lastSaveMs = this.#wall();
    this.#timer = setInterval(() => this.tick(), TICK_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
    clearTimeout(this.#rest);
    this.#timer = undefined;
  }

  /** A sign of life from the learner. */
  touch(): void {
    this.#lastSignMs = this.#wall();
    if (this.#idle) {
      this.#idle = false;
      this.#options.onIdle?.(false);
    }
  }

  /** Leaves the clock to `work`. */
  async hold<T>(work: () => Promise<T>): Promise<T> {
    this.#held++;
    clearTimeout(this.#rest);
    try {
      return await work();
    } finally {
      this.#held--;
      this.#moved = true;
    }
  }

  /** Catches up with the wall; called by the timer. */
  tick(): void {
    const wallMs = this.#wall();
    const passedMs = Math.min(wallMs - this.#lastTickMs, 1000);
    this.#lastTickMs = wallMs;
    const idleMs = (this.#options.idleMinutes ?? 0) * 60_000;
    if (idleMs > 0 && !this.#idle && wallMs - this.#lastSignMs > idleMs) {
      this.#idle = true;
      this.#options.onIdle?.(true);
    }
    if (this.speed > 0 && !this.#idle && this.#held === 0) this.#move(passedMs * this.speed);
    if (this.#moved && wallMs - this.#lastSaveMs > AUTOSAVE_MS && this.#held === 0) {
      this.#lastSaveMs = wallMs;
      this.#moved = false;
      this.#options.onAutosave?.();
    }
  }

  #move(durationMs: number): void {
    // The clock knows whole milliseconds; what is left of one counts at the next tick.
    const dueMs = durationMs + this.#restMs;
    this.#restMs = dueMs % 1;
    this.#moveTo(this.#clock.now() + Math.floor(dueMs), BUDGET_MS);
  }

  /** Works for `leftMs` at most; what is not there by then is dropped. */
  #moveTo(endMs: number, leftMs: number): void {
    clearTimeout(this.#rest);
    const startMs = this.#wall();
    const turnMs = Math.min(TURN_MS, leftMs);
    while (this.#clock.now() < endMs && this.#wall() - startMs < turnMs) {
      this.#clock.advanceTo(Math.min(endMs, this.#clock.now() + SLICE_MS));
    }
    this.#moved = true;
    const restMs = leftMs - (this.#wall() - startMs);
    if (this.#clock.now() >= endMs || restMs <= 0) return;
    // Between immediates, messages of other threads have no turn.
    this.#rest = setTimeout(() => {
      if (this.speed > 0) this.#moveTo(endMs, restMs);
    }, 0);
  }
}
