import { setImmediate } from "node:timers";
import { Script } from "node:vm";
import { threadCpuMs } from "./thread_cpu.ts";

/** Runs `work` now, and no longer than its bound. */
export type Bounded = <T>(work: () => T) => T;

const STEP = "hpa-tutor step";
const script = new Script(`globalThis[${JSON.stringify(STEP)}]()`);

/** How much longer than its CPU time a step may take at most, where this thread has to wait for its turn. */
const MAX_PACE = 32;
/** After how much of the steps' wall time it is looked how much of it they had, in milliseconds. */
const LOOK_EVERY_MS = 250;
/** How often the thread's CPU time is asked at most, in milliseconds of the wall's: it costs as much as many a step. */
const ASK_EVERY_MS = 5;

/** How many milliseconds of the wall's a step takes for one of its thread's: more than 1 on a busy machine. */
function paceOf(wallMs: number, cpuMs: number): number {
  return Math.min(Math.max(wallMs / Math.max(cpuMs, 1), 1), MAX_PACE);
}

/** As it was while this thread came up, which is work alone. */
const FIRST_PACE = paceOf(performance.now(), threadCpuMs());

/** A {@linkcode paceOf} that is looked at again and again: the slower one of the last two times. */
class Pace {
  #last: number;
  #before = 1;
  #wallMs = 0;
  #cpuMs = 0;

  constructor(first: number) {
    this.#last = first;
  }

  get value(): number {
    return Math.max(this.#last, this.#before);
  }

  took(wallMs: number, cpuMs: number): void {
    this.#wallMs += wallMs;
    this.#cpuMs += cpuMs;
    if (this.#wallMs < LOOK_EVERY_MS) return;
    this.#before = this.#last;
    this.#last = paceOf(this.#wallMs, this.#cpuMs);
    this.#wallMs = 0;
    this.#cpuMs = 0;
  }
}

/** A step that was interrupted. */
export interface Interrupted {
  /** Whether the machine had no time for it: it had not half of what it may take, and no fault need be its own. */
  isStarved: boolean;
  /** The pace at which it went, for the {@linkcode BoundOptions} of whoever tries it again. */
  pace: number;
}

export interface BoundOptions {
  onInterrupt?(interrupted: Interrupted): void;
  /** How many milliseconds of the wall's a step takes for one of this thread's, as far as is known. */
  pace?: number;
  /** The CPU time of this thread, in milliseconds. */
  cpu?(): number;
}

/**
 * Runs steps for no longer than `boundMs` each, of this thread's CPU time: what can be set is a time of the wall's, and
 * that is as much longer as the steps before had to wait for the machine. One that takes longer is interrupted where it
 * stands, whatever it is at; `onInterrupt` is told how much it had, and what the step had in its hands is not to be
 * trusted any more. JavaScript has no other way to interrupt a thread that does not yield: a worker that loops outlives
 * its own `terminate()`.
 * Errors: those of the step; an Error with the code ERR_SCRIPT_EXECUTION_TIMEOUT.
 */
export function boundedBy(boundMs: number, options: BoundOptions = {}): Bounded {
  const { onInterrupt, cpu = threadCpuMs } = options;
  const pace = new Pace(options.pace ?? FIRST_PACE);
  let within = false;
  let askedAtMs = -Infinity;
  let cpuBeganMs = 0;
  return <T>(work: () => T): T => {
    if (within) return work();
    let result: T;
    const steps = globalThis as unknown as Record<string, () => void>;
    steps[STEP] = () => {
      result = work();
    };
    within = true;
    const beganMs = performance.now();
    // Of steps that come close together one stands for all.
    const isMeasured = beganMs - askedAtMs >= ASK_EVERY_MS;
    if (isMeasured) {
      askedAtMs = beganMs;
      cpuBeganMs = cpu();
    }
    try {
      script.runInThisContext({ timeout: Math.ceil(boundMs * pace.value) });
      return result!;
    } catch (error) {
      if (isInterrupt(error)) {
        const cpuMs = cpu() - cpuBeganMs;
        onInterrupt?.({
          isStarved: cpuMs < boundMs / 2,
          pace: paceOf(performance.now() - beganMs, cpuMs),
        });
      }
      throw error;
    } finally {
      within = false;
      const tookMs = performance.now() - beganMs;
      // One that lasts is measured in any case, from a little before.
      if (isMeasured || tookMs >= ASK_EVERY_MS) pace.took(tookMs, cpu() - cpuBeganMs);
    }
  };
}

/**
 * {@linkcode boundedBy} for what messages bring about: each in a turn of its own, with all that waits for promises
 * which it settles. (A message comes within a promise's turn, where no other can be waited for.)
 */
export function boundedTurns(
  boundMs: number,
  onInterrupt: (interrupted: Interrupted) => void,
): (work: () => void) => void {
  const bounded = boundedBy(boundMs, { onInterrupt });
  return (work) =>
    void setImmediate(() => {
      try {
        bounded(() => {
          work();
          runMicrotasks();
        });
      } catch (error) {
        if (!isInterrupt(error)) throw error;
      }
    });
}

/** Bounds what this thread's timers bring about, too: see {@linkcode boundedTurns}. */
export function boundTimers(bounded: (work: () => void) => void): void {
  for (const name of ["setTimeout", "setInterval"] as const) {
    const set = globalThis[name] as unknown as (work: () => void, delayMs?: number) => number;
    const boundedSet = (work: (...args: unknown[]) => void, delayMs?: number, ...args: unknown[]) =>
      set(() => bounded(() => work(...args)), delayMs);
    Object.assign(globalThis, { [name]: boundedSet });
  }
}

/**
 * Runs everything that waits for a promise which is settled already, as happens at the end of a step anyway: called
 * within a bounded step, that counts too. Deno has this for its own use and no public name for it; where it is
 * missing, such work is not bounded.
 */
function runMicrotasks(): void {
  const internals = Deno as unknown as Record<symbol, { core?: { runMicrotasks?(): void } }>;
  internals[(Deno as unknown as { internal: symbol }).internal]?.core?.runMicrotasks?.();
}

/** Whether an error says that a step was interrupted. */
export function isInterrupt(error: unknown): boolean {
  return (error as { code?: string } | undefined)?.code === "ERR_SCRIPT_EXECUTION_TIMEOUT";
}
