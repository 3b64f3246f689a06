import { setImmediate } from "node:timers";
import { Script } from "node:vm";
import { threadCpuMs } from "./thread_cpu.ts";

/** Runs `work` now, and no longer than its bound. */
export type Bounded = <T>(work: () => T) => T;

const STEP = "hpa-tutor step";
const script = new Script(`globalThis[${JSON.stringify(STEP)}]()`);

/** How much longer than its CPU time a step may take at most, where this thread has to wait for its turn. */
const MAX_PACE = 8;
/** After how much of the steps' wall time it is looked how much of it they had, in milliseconds. */
const LOOK_EVERY_MS = 250;

/** How many milliseconds of the wall's a step takes lately for one of its own: more than 1 on a busy machine. */
class Pace {
  value: number;
  readonly #cpu: () => number;
  #stepsMs = 0;
  #cpuFromMs: number;

  constructor(cpu: () => number, value: number) {
    this.value = value;
    this.#cpu = cpu;
    this.#cpuFromMs = cpu();
  }

  took(ms: number): void {
    this.#stepsMs += ms;
    if (this.#stepsMs < LOOK_EVERY_MS) return;
    const cpuMs = this.#cpu();
    this.value = paceOf(this.#stepsMs, cpuMs - this.#cpuFromMs);
    this.#cpuFromMs = cpuMs;
    this.#stepsMs = 0;
  }
}

function paceOf(wallMs: number, cpuMs: number): number {
  return Math.min(Math.max(wallMs / Math.max(cpuMs, 1), 1), MAX_PACE);
}

/**
 * The pace of this thread since it began, for the steps that come before any was measured: the first is often the
 * longest. To be asked while the thread has not waited for anything yet.
 */
export function paceSoFar(wallMs = performance.now(), cpuMs = threadCpuMs()): number {
  return paceOf(wallMs, cpuMs);
}

/**
 * Runs steps for no longer than `boundMs` each, by the wall; longer where this thread does not get the machine to
 * itself. One that takes longer is interrupted where it stands, whatever it is at; `onInterrupt` is called, and what the
 * step had in its hands is not to be trusted any more. JavaScript has no other way to interrupt a thread that does not
 * yield: a worker that loops outlives its own `terminate()`.
 * Errors: those of the step; an Error with the code ERR_SCRIPT_EXECUTION_TIMEOUT.
 */
export function boundedBy(
  boundMs: number,
  onInterrupt: () => void = () => {},
  { cpu = threadCpuMs, pace: firstPace = 1 }: { cpu?: () => number; pace?: number } = {},
): Bounded {
  const pace = new Pace(cpu, firstPace);
  let within = false;
  return <T>(work: () => T): T => {
    if (within) return work();
    let result: T;
    const steps = globalThis as unknown as Record<string, () => void>;
    steps[STEP] = () => {
      result = work();
    };
    within = true;
    const beganMs = performance.now();
    try {
      script.runInThisContext({ timeout: Math.ceil(boundMs * pace.value) });
      return result!;
    } catch (error) {
      if (isInterrupt(error)) onInterrupt();
      throw error;
    } finally {
      within = false;
      pace.took(performance.now() - beganMs);
    }
  };
}

/**
 * {@linkcode boundedBy} for what messages bring about: each in a turn of its own, with all that waits for promises
 * which it settles. (A message comes within a promise's turn, where no other can be waited for.)
 */
export function boundedTurns(
  boundMs: number,
  onInterrupt: () => void,
): (work: () => void) => void {
  const bounded = boundedBy(boundMs, onInterrupt);
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
