import { setImmediate } from "node:timers";
import { Script } from "node:vm";

/** Runs `work` now, and no longer than its bound. */
export type Bounded = <T>(work: () => T) => T;

const STEP = "hpa-tutor step";
const script = new Script(`globalThis[${JSON.stringify(STEP)}]()`);

/**
 * Runs steps for no longer than `boundMs` of wall time each. One that takes longer is interrupted where it
 * stands, whatever it is at; `onInterrupt` is called, and what the step had in its hands is not to be trusted
 * any more. JavaScript has no other way to interrupt a thread that does not yield: a worker that loops outlives
 * its own `terminate()`.
 * Errors: those of the step; an Error with the code ERR_SCRIPT_EXECUTION_TIMEOUT.
 */
export function boundedBy(boundMs: number, onInterrupt: () => void = () => {}): Bounded {
  let within = false;
  return <T>(work: () => T): T => {
    if (within) return work();
    let result: T;
    const steps = globalThis as unknown as Record<string, () => void>;
    steps[STEP] = () => {
      result = work();
    };
    within = true;
    try {
      script.runInThisContext({ timeout: boundMs });
      return result!;
    } catch (error) {
      if (isInterrupt(error)) onInterrupt();
      throw error;
    } finally {
      within = false;
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
