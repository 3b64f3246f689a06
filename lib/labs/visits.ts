import type { LabClock, Transport } from "./lab.ts";

/** Traffic in the lab's time. */
export interface VisitPlan {
  url: string;
  /** Requests per second of the lab's time. */
  rps: number;
  durationMs: number;
}

/** What came back so far: how many of each status, and how many connections that failed. */
export interface Tally {
  sent: number;
  statuses: Map<number, number>;
  refused: number;
  lastError: string;
}

export interface VisitOptions {
  signal: AbortSignal;
  /** Told now and then how far it is, in the lab's time. */
  onProgress(doneMs: number, tally: Tally): void;
}

/** How far the clock goes between two bursts at most; a request is late by no more than this. */
const MAX_STEP_MS = 250;
const MIN_STEP_MS = 10;
/** How often a run tells how far it is, in the lab's time. */
const PROGRESS_MS = 30_000;

/** Visits a page again and again, and moves the lab's clock along; ends early when `signal` aborts. */
export async function visitPage(
  lab: { http: Transport; clock: LabClock },
  plan: VisitPlan,
  { signal, onProgress }: VisitOptions,
): Promise<Tally> {
  const { clock } = lab;
  const startMs = clock.now();
  const tally: Tally = { sent: 0, statuses: new Map(), refused: 0, lastError: "" };
  const total = Math.round(plan.rps * plan.durationMs / 1000);
  const stepMs = Math.min(MAX_STEP_MS, Math.max(1000 / plan.rps, MIN_STEP_MS));
  let toldMs = 0;
  while (!signal.aborted) {
    const passedMs = Math.min(clock.now() - startMs, plan.durationMs);
    const due = Math.min(total, Math.floor(passedMs * plan.rps / 1000));
    while (tally.sent < due && !signal.aborted) await visit(lab.http, plan.url, tally);
    if (passedMs >= plan.durationMs) break;
    if (passedMs - toldMs >= PROGRESS_MS) {
      toldMs = Math.floor(passedMs / PROGRESS_MS) * PROGRESS_MS;
      onProgress(toldMs, tally);
    }
    const beforeMs = clock.now();
    await clock.advance(Math.min(stepMs, plan.durationMs - passedMs), { signal });
    if (clock.now() === beforeMs) break; // It stands still, and would do so for ever.
  }
  return tally;
}

async function visit(http: Transport, url: string, tally: Tally): Promise<void> {
  tally.sent++;
  try {
    const response = await http(new Request(url, { headers: { "user-agent": "load" } }));
    await response.body?.cancel();
    tally.statuses.set(response.status, (tally.statuses.get(response.status) ?? 0) + 1);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    tally.refused++;
    tally.lastError = error.message;
  }
}
