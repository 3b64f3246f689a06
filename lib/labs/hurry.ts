import { setImmediate } from "node:timers";

/** How far a hurried clock goes before it is looked whether what is waited for has come, in lab milliseconds. */
const LONGEST_STEP_MS = 1_000;
const SHORTEST_STEP_MS = 100;
const USUAL_LIMIT_MS = 30 * 60_000;

/** A clock that can be moved in steps, and kept for oneself meanwhile. */
export interface SteppedClock {
  now(): number;
  advance(durationMs: number, options?: { signal?: AbortSignal }): Promise<void>;
  /** Leaves the clock to `work`: it does not follow the wall meanwhile. */
  hold<T>(work: () => Promise<T>): Promise<T>;
}

/** {@linkcode LabClock.hurry} by steps: small ones first, so that what is waited for is not overshot by much. */
export async function hurry<T>(
  clock: SteppedClock,
  promise: Promise<T>,
  options: { limitMs?: number; signal?: AbortSignal } = {},
): Promise<T> {
  let settled = false;
  const settle = () => void (settled = true);
  promise.then(settle, settle);
  await clock.hold(async () => {
    const startMs = clock.now();
    const endMs = startMs + (options.limitMs ?? USUAL_LIMIT_MS);
    await turn();
    while (!settled && clock.now() < endMs && !options.signal?.aborted) {
      const beforeMs = clock.now();
      const wantedMs = Math.max(SHORTEST_STEP_MS, (beforeMs - startMs) / 100);
      await clock.advance(Math.min(wantedMs, LONGEST_STEP_MS, endMs - beforeMs), {
        signal: options.signal,
      });
      await turn();
      await turn();
      if (clock.now() === beforeMs) break; // It stands still: what comes, comes without it.
    }
  });
  return await promise;
}

/** Lets everything that is ready run: promises, streams, sockets. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
