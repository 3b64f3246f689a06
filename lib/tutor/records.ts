import type { Finding, Lesson, LoadedLesson } from "../lesson/mod.ts";
import { betterOf, type Ending, type Progress, type StepRecord } from "./progress.ts";

const NONE: Readonly<StepRecord> = { attempts: 0, hints: 0, skips: 0, timeMs: 0 };

/** Longer than this without a line nobody was there. */
const AWAY_MS = 5 * 60_000;

/** What was noted of a step. */
export function recordOf(progress: Progress, lesson: string, step: string): StepRecord {
  return { ...NONE, ...progress.records?.[lesson]?.[step] };
}

/** Adds to what is noted of the open step. */
export function note(progress: Progress, what: keyof StepRecord, by = 1): void {
  const { lesson, step } = progress;
  if (lesson === undefined || step === undefined) return;
  const record = recordOf(progress, lesson, step);
  record[what] += by;
  ((progress.records ??= {})[lesson] ??= {})[step] = record;
}

/** How many findings of a step are told apart: they may hold what a learner made up. */
const MAX_FINDINGS = 20;

/** Notes that something was told to be missing at the open step. */
export function noteFinding(progress: Progress, { expected }: Finding): void {
  const { lesson, step } = progress;
  if (lesson === undefined || step === undefined) return;
  const found = ((progress.findings ??= {})[lesson] ??= {})[step] ??= {};
  if (!(expected.en in found) && Object.keys(found).length >= MAX_FINDINGS) return;
  found[expected.en] = (found[expected.en] ?? 0) + 1;
}

/** Takes over what was noted elsewhere, where that is more. */
export function keepRecords(records: Progress["records"], into: Progress): void {
  for (const [lesson, steps] of Object.entries(records ?? {})) {
    for (const [step, then] of Object.entries(steps)) {
      const now = recordOf(into, lesson, step);
      for (const what of Object.keys(NONE) as (keyof StepRecord)[]) {
        now[what] = Math.max(now[what], then[what]);
      }
      ((into.records ??= {})[lesson] ??= {})[step] = now;
    }
  }
}

/** The wall time between lines, as far as somebody was there. */
export class Stopwatch {
  readonly #nowMs: () => number;
  #lastMs: number;

  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
    this.#lastMs = nowMs();
  }

  /** Milliseconds since the last lap. */
  lap(): number {
    const nowMs = this.#nowMs();
    const sinceMs = Math.round(Math.min(nowMs - this.#lastMs, AWAY_MS));
    this.#lastMs = nowMs;
    return sinceMs;
  }
}

/** How far a learner is: a step counts as it ended best, and one that was skipped is not done. */
export interface Tally extends StepRecord {
  steps: number;
  done: number;
  /** Of those that are done, the numbers that were guessed wrong twice. */
  missed: number;
  skipped: number;
  /** The lessons' own minutes, of the steps that are not done. */
  minutesLeft: number;
}

/** How far a learner is in one lesson, in its best passes. */
export function tallyLesson(lesson: Lesson, progress: Progress): Tally {
  const endings = lesson.steps.map(({ id }) =>
    betterOf(progress.done[lesson.id]?.[id], progress.earlier?.[lesson.id]?.[id])
  );
  const records = lesson.steps.map(({ id }) => recordOf(progress, lesson.id, id));
  const sum = (what: keyof StepRecord) => records.reduce((all, record) => all + record[what], 0);
  const steps = endings.length;
  const done = countDone(endings);
  return {
    steps,
    done,
    missed: endings.filter((ending) => ending === "missed").length,
    skipped: endings.filter((ending) => ending === "skipped").length,
    attempts: sum("attempts"),
    hints: sum("hints"),
    skips: sum("skips"),
    timeMs: sum("timeMs"),
    minutesLeft: lesson.minutes * (steps - done) / steps,
  };
}

/** How far a learner is in all lessons. */
export function tallyAll(lessons: readonly LoadedLesson[], progress: Progress): Tally {
  const [first, ...others] = lessons.map(({ lesson }) => tallyLesson(lesson, progress));
  const all = { ...first };
  for (const other of others) {
    for (const what of Object.keys(all) as (keyof Tally)[]) all[what] += other[what];
  }
  return all;
}

/** How many steps are done; what was skipped is not. */
export function countDone(endings: readonly (Ending | undefined)[]): number {
  return endings.filter((ending) => ending !== undefined && ending !== "skipped").length;
}
