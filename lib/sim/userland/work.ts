/** CPU time, in microseconds, that one step of a process costs however little it does. */
const STEP_US = 2;
/** A process that owes this much CPU pays before it goes on. */
const SLICE_US = 20_000;
/** Steps that a container may take at full speed before it is slowed down. */
const BURST_STEPS = 20_000;
/** Steps that are added to them for each second in which the container waits. */
const STEPS_PER_IDLE_SECOND = 1_000;
/** What a container that has none left takes for each second of CPU. */
const STEPS_PER_CPU_SECOND = 600;

/**
 * What a container's processes have done and not yet paid for in CPU time. Work has two prices: that
 * of the real program, and, for a container that works on and on, one that holds the steps of this
 * machine to so many for each second of CPU it gets.
 * Differs: after {@linkcode BURST_STEPS} steps without a pause a script runs some fifty times slower.
 */
export class Work {
  #owedUs = 0;
  #credit = BURST_STEPS;
  #busyUntilMs: number;
  #steps = 0;

  constructor(startMs: number) {
    this.#busyUntilMs = startMs;
  }

  /** Steps taken since the start. */
  get steps(): number {
    return this.#steps;
  }

  /** Whether it is time to pay. */
  get isDue(): boolean {
    return this.#owedUs >= SLICE_US;
  }

  /** Notes work: what the real program takes, and the steps it took here. */
  spend(us: number, steps = 1): void {
    this.#steps += steps;
    this.#credit -= steps;
    this.#owedUs += us + STEP_US;
    if (this.#credit >= 0) return;
    this.#owedUs += -this.#credit * 1e6 / STEPS_PER_CPU_SECOND;
    this.#credit = 0;
  }

  /** Notes that bytes went through somebody's hands. */
  move(bytes: number): void {
    if (bytes > 0) this.spend(bytes / 1_000, bytes / 16_384);
  }

  /**
   * The CPU time that is owed, in milliseconds, which is paid by what `pay` gives: how long it takes
   * until it is done.
   */
  settle(nowMs: number, pay: (cpuMs: number) => number): number {
    const idleMs = Math.max(0, nowMs - this.#busyUntilMs);
    this.#credit = Math.min(BURST_STEPS, this.#credit + idleMs / 1000 * STEPS_PER_IDLE_SECOND);
    const owedMs = this.#owedUs / 1000;
    this.#owedUs = 0;
    const takesMs = owedMs > 0 ? pay(owedMs) : 0;
    this.#busyUntilMs = Math.max(this.#busyUntilMs, nowMs + takesMs);
    return takesMs;
  }
}
