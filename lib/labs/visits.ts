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

/** Who visits. */
export const VISITOR = { "user-agent": "load" };

/** The visits of a plan, as they fall due, and what came of them. */
export class Visits {
  readonly tally: Tally = { sent: 0, statuses: new Map(), refused: 0, lastError: "" };
  readonly #plan: VisitPlan;
  readonly #startMs: number;
  readonly #total: number;
  readonly #stepMs: number;
  #toldMs = 0;

  /** `startMs` is the lab's time. */
  constructor(plan: VisitPlan, startMs: number) {
    this.#plan = plan;
    this.#startMs = startMs;
    this.#total = Math.round(plan.rps * plan.durationMs / 1000);
    this.#stepMs = Math.min(MAX_STEP_MS, Math.max(1000 / plan.rps, MIN_STEP_MS));
  }

  /** How many have still to be sent at `nowMs`, in the lab's time. */
  due(nowMs: number): number {
    const due = Math.floor(this.#passedMs(nowMs) * this.#plan.rps / 1000);
    return Math.min(this.#total, due) - this.tally.sent;
  }

  /** Notes what came of one: a status, or the TypeError of a connection that failed. Errors: any other, as it is. */
  note(came: number | unknown): void {
    const { tally } = this;
    tally.sent++;
    if (typeof came === "number") {
      tally.statuses.set(came, (tally.statuses.get(came) ?? 0) + 1);
      return;
    }
    if (!(came instanceof TypeError)) throw came;
    tally.refused++;
    tally.lastError = came.message;
  }

  /** When it is to be looked again what is due, in the lab's time; undefined at the end. Tells how far it is. */
  next(nowMs: number, onProgress: VisitOptions["onProgress"]): number | undefined {
    const { durationMs } = this.#plan;
    const passedMs = this.#passedMs(nowMs);
    if (passedMs >= durationMs) return undefined;
    if (passedMs - this.#toldMs >= PROGRESS_MS) {
      this.#toldMs = Math.floor(passedMs / PROGRESS_MS) * PROGRESS_MS;
      onProgress(this.#toldMs, this.tally);
    }
    return nowMs + Math.min(this.#stepMs, durationMs - passedMs);
  }

  #passedMs(nowMs: number): number {
    return Math.min(nowMs - this.#startMs, this.#plan.durationMs);
  }
}

/** Visits a page again and again, and moves the lab's clock along; ends early when `signal` aborts. */
export async function visitPage(
  { http, clock }: { http: Transport; clock: LabClock },
  plan: VisitPlan,
  { signal, onProgress }: VisitOptions,
): Promise<Tally> {
  const visits = new Visits(plan, clock.now());
  while (!signal.aborted) {
    while (visits.due(clock.now()) > 0 && !signal.aborted) {
      visits.note(await statusOf(http, plan.url).catch((error) => error));
    }
    const beforeMs = clock.now();
    const toMs = visits.next(beforeMs, onProgress);
    if (toMs === undefined) break;
    await clock.advance(toMs - beforeMs, { signal });
    if (clock.now() === beforeMs) break; // It stands still, and would do so for ever.
  }
  return visits.tally;
}

async function statusOf(http: Transport, url: string): Promise<number> {
  const response = await http(new Request(url, { headers: VISITOR }));
  await response.body?.cancel();
  return response.status;
}
