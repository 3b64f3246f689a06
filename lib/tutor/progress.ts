import { said, tutorCommand } from "../base/mod.ts";
import type { Language } from "../lesson/lesson.ts";
import type { StateFile } from "../labs/lab.ts";
import { StateError } from "../labs/mod.ts";

/**
 * How a step ended; a number that was asked for: guessed at once, at the second try, or not (`missed`). One that was
 * looked up counts as skipped.
 */
export type Ending = typeof ENDINGS[number];

/** The best first. */
const ENDINGS = ["done", "second-try", "missed", "skipped"] as const;

/** How often a number may be guessed. */
export const TRIES = 2;

/** What a step took of a learner, in every pass; to undo a line does not take it back. */
export interface StepRecord {
  /** How often it was judged: after its own line, by `check` or `next`, or by a number. */
  attempts: number;
  hints: number;
  /** How often the tutor did it. */
  skips: number;
  /** Wall milliseconds in which it was open and somebody was there. */
  timeMs: number;
}

/** Where a learner is. */
export interface Progress {
  version: 1;
  language?: Language;
  /** The lesson that is open, by id. */
  lesson?: string;
  /** The step that is open, by id; undefined before the first. */
  step?: string;
  /** When the open step was opened, in lab milliseconds; what it asks to be done is done after that. */
  sinceMs?: number;
  /** Whether the open step is done and only waits for Enter. */
  stepDone?: boolean;
  /** How many hints were shown of the open step, as it stood then. */
  hints: number;
  /** How many of them were told with a finding, unasked: they have no number. */
  hintsTold?: number;
  /** What those hints were about, where a finding says it. */
  hintOf?: string;
  /** How many numbers were guessed in vain at the open step; all there are when the answer was looked up. */
  tries?: number;
  /** How each step ended, by lesson and step id. */
  done: Record<string, Record<string, Ending>>;
  /** How a lesson's steps ended in an earlier pass, of a lesson that was begun anew; the best of the passes. */
  earlier?: Record<string, Record<string, Ending>>;
  /** What each step took so far, by lesson and step id. */
  records?: Record<string, Record<string, StepRecord>>;
  /** What was told to be missing at each step, in English, and how often; by lesson and step id. */
  findings?: Record<string, Record<string, Record<string, number>>>;
  /** What the learner's own draws are made of. */
  seed?: string;
  /** How often each lesson that plants breaks was begun, by its id. */
  passes?: Record<string, number>;
  /** Whether the learner tries what they like: nothing that is done counts. */
  free?: true;
  /** Lessons whose work is in the lab as it stands, in the order they were done. */
  inLab: string[];
}

const KEY = "tutor/progress";
/** Rises when an older tutor would misread what is kept. */
const VERSION = 1;

export function freshProgress(): Progress {
  return { version: VERSION, hints: 0, done: {}, inLab: [] };
}

/**
 * Reads the progress kept with the lab. What cannot be read is kept under another key, whose name
 * is given back, and a fresh one begun. Errors: StateError for a newer version's, which stays as it is.
 */
export function loadProgress(state: StateFile): { progress: Progress; setAside?: string } {
  const text = state.get(KEY);
  if (text === undefined) return { progress: freshProgress() };
  const progress = parseProgress(text);
  if (progress) return { progress };
  let number = 1;
  while (state.get(`${KEY}.broken-${number}`) !== undefined) number++;
  const setAside = `${KEY}.broken-${number}`;
  state.put(setAside, text);
  state.delete(KEY);
  return { progress: freshProgress(), setAside };
}

/** The better of two endings, where there are any. */
export function betterOf(one: Ending | undefined, other: Ending | undefined): Ending | undefined {
  return ENDINGS.find((ending) => ending === one || ending === other);
}

/** Where a learner is, as a text to compare; hints, tries, records and language are no place. */
export function placeIn({ lesson, step, stepDone, done, inLab, free }: Progress): string {
  return JSON.stringify([lesson, step, stepDone, done, inLab, free]);
}

/** Makes a lesson one of which nothing is done in this pass; what was is its record. */
export function beginAnew(progress: Progress, lesson: string): void {
  const { [lesson]: ended, ...done } = progress.done;
  if (!ended) return;
  progress.done = done;
  const earlier = (progress.earlier ??= {})[lesson] ?? {};
  for (const [step, how] of Object.entries(ended)) {
    earlier[step] = betterOf(how, earlier[step]) ?? how;
  }
  progress.earlier[lesson] = earlier;
}

/** Stages the progress; it is durable after the lab's next save, together with the cluster. */
export function stageProgress(state: StateFile, progress: Progress): void {
  state.put(KEY, JSON.stringify(progress));
}

/** The progress as it was recorded last: the lab takes it along when it goes back to an earlier save. */
export class RecordedProgress {
  readonly #state: StateFile;
  #text: string | undefined;

  constructor(state: StateFile) {
    this.#state = state;
    this.#text = state.get(KEY);
  }

  stage(progress: Progress): void {
    stageProgress(this.#state, progress);
    this.#text = this.#state.get(KEY);
  }

  /** Makes `progress` what the lab went back to, if it did; `mayBeNone`: also where that is before there was any. */
  goBack(progress: Progress, { mayBeNone = false } = {}): boolean {
    const text = this.#state.get(KEY);
    if (text === this.#text || (text === undefined && !mayBeNone)) return false;
    this.#text = text;
    const { language } = progress;
    for (const key of Object.keys(progress)) delete (progress as Partial<Progress>)[key as "hints"];
    Object.assign(progress, { language }, loadProgress(this.#state).progress);
    return true;
  }
}

function parseProgress(text: string): Progress | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  checkVersion(value);
  if (value === null || typeof value !== "object" || Array.isArray(value)) return undefined;
  const progress = { ...freshProgress(), ...value } as Progress;
  const whole = progress.version === VERSION &&
    isOptional(progress.lesson, "string") && isOptional(progress.step, "string") &&
    isOptional(progress.stepDone, "boolean") && isOptional(progress.tries, "number") &&
    isOptional(progress.hintOf, "string") && isOptional(progress.seed, "string") &&
    isOptional(progress.hintsTold, "number") &&
    isOptional(progress.free, "boolean") &&
    isOptional(progress.sinceMs, "number") &&
    (progress.language === undefined || ["en", "ko"].includes(progress.language)) &&
    Number.isInteger(progress.hints) &&
    Array.isArray(progress.inLab) && progress.inLab.every((id) => typeof id === "string") &&
    isRecord(progress.done) && isRecord(progress.earlier ?? {}) &&
    Object.values(progress.passes ?? {}).every((count) => Number.isInteger(count) && count >= 0);
  if (!whole) return undefined;
  // Nobody loses a place for a count.
  if (!areRecords(progress.records)) delete progress.records;
  const found = progress.findings ?? {};
  if (!isRecord(found) || !Object.values(found).every(isRecord)) delete progress.findings;
  return progress;
}

function checkVersion(value: unknown): void {
  const { version } = (value ?? {}) as { version?: unknown };
  if (typeof version !== "number" || !(version > VERSION)) return;
  throw new StateError(
    said(
      "Your progress was written by a newer version of the tutor " +
        `(version ${version}; this one reads up to ${VERSION}), and is left as it is. ` +
        `Update this one, or go on from another state: ${tutorCommand("lab states")}`,
      `진도는 더 새로운 tutor가 썼습니다(버전 ${version}, 이 프로그램은 ${VERSION}까지). 그대로 둡니다. ` +
        `이 프로그램을 업데이트하거나 다른 상태에서 이어 가세요: ${tutorCommand("lab states")}`,
    ),
    "newer",
  );
}

function isRecord(value: unknown): boolean {
  const isObject = (of: unknown) => of !== null && typeof of === "object";
  return isObject(value) && Object.values(value as object).every(isObject);
}

function areRecords(records: unknown): boolean {
  return isRecord(records) && Object.values(records as NonNullable<Progress["records"]>).every(
    (steps) =>
      isRecord(steps) &&
      Object.values(steps).every((record) =>
        Object.values(record).every((count) => Number.isFinite(count) && count >= 0)
      ),
  );
}

function isOptional(value: unknown, type: string): boolean {
  return value === undefined || typeof value === type;
}
