import type { LabClock } from "../labs/lab.ts";

/** How often the lab's clock is set by the wall's. */
const LOOK_MS = 1000;
/** What the two may differ by; the pump's own ticks are finer. */
const SLACK_MS = 150;
/** A lead that is waited for: the lab's clock stands until the wall's is there. */
const WAIT_MS = 60_000;
/** How far a clock that was left behind goes at once. */
const STEP_MS = 3_600_000;
/** How long before now a new cluster begins: its installation takes some of the lab's time. */
export const BEFORE_MS = 3 * 60_000;

/** What is told while the clocks are brought together. */
export interface WallWords {
  behind(ms: number): void;
  ahead(ms: number): void;
}

/**
 * Keeps a lab's clock at the wall's, at its pace, so that programs that go by the wall's time find the lab's objects,
 * samples and leases as old as they are. What the lab missed passes at first. A lab that is a minute ahead, or less, is
 * held until the wall is there; one that is further ahead keeps its lead, for its time cannot go back, and that is told.
 */
export class WallTime {
  #leadMs = 0;
  #timer: ReturnType<typeof setInterval> | undefined;
  #moving: Promise<void> | undefined;
  readonly #usualSpeed: number;

  constructor(private readonly clock: LabClock, private readonly wall: () => number = Date.now) {
    this.#usualSpeed = clock.speed;
  }

  /** Brings the clocks together, and keeps them so until {@linkcode WallTime.end}. */
  async begin(words: WallWords, signal?: AbortSignal): Promise<void> {
    const aheadMs = this.#aheadMs();
    if (aheadMs > WAIT_MS) {
      this.#leadMs = aheadMs;
      words.ahead(aheadMs);
    }
    this.clock.setSpeed(1);
    if (aheadMs < -STEP_MS) words.behind(-aheadMs);
    await this.#keepUp(signal);
    this.#timer = setInterval(() => {
      this.#moving ??= this.#keepUp(signal).finally(() => this.#moving = undefined);
    }, LOOK_MS);
  }

  /** Lets the clock go as it went before. */
  async end(): Promise<void> {
    clearInterval(this.#timer);
    await this.#moving;
    this.clock.setSpeed(this.#usualSpeed);
  }

  #aheadMs(): number {
    return this.clock.now() - this.wall() - this.#leadMs;
  }

  async #keepUp(signal?: AbortSignal): Promise<void> {
    for (;;) {
      const aheadMs = this.#aheadMs();
      const speed = aheadMs > SLACK_MS ? 0 : 1;
      if (this.clock.speed !== speed) this.clock.setSpeed(speed);
      if (aheadMs >= -SLACK_MS || signal?.aborted) return;
      await this.clock.advance(Math.min(-aheadMs, STEP_MS), { signal });
    }
  }
}
