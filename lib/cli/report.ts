import type { Shelf } from "../lesson/mod.ts";
import { diskFault, TIME } from "../labs/mod.ts";
import { Terminal } from "../term/mod.ts";
import {
  freshProgress,
  loadProgress,
  Place,
  Presenter,
  type Progress,
  recordOf,
  type Tally,
  tallyAll,
  tallyLesson,
  tellLessons,
  tellPlace,
} from "../tutor/mod.ts";
import { recordsHome } from "./choice.ts";
import { type CommonOptions, homeDir, usualLanguage } from "./context.ts";
import type { LessonsOption } from "./lessons_folder.ts";
import { print } from "./output.ts";
import { openShelf } from "./shelf.ts";

interface Recorded {
  progress: Progress;
  /** Lab time in milliseconds since the Unix epoch, and the cluster's name, when there is one. */
  nowMs?: number;
  cluster?: string;
}

/** Prints the lessons and how far the learner is. */
export async function list(
  options: CommonOptions & LessonsOption & { json?: boolean },
): Promise<number> {
  const shelf = await openShelf(options);
  const { progress } = await readRecord(recordsHome(homeDir(options)));
  if (options.json) print(`${JSON.stringify(listJson(shelf, progress), null, 2)}\n`);
  else tellLessons(presenter(options, progress), new Place(shelf.lessons, progress));
  return 0;
}

function listJson({ lessons, broken }: Shelf, progress: Progress) {
  const rows = lessons.map(({ lesson }) => ({
    id: lesson.id,
    title: lesson.title,
    minutes: lesson.minutes,
    requires: lesson.requires,
    ...tallyJson(tallyLesson(lesson, progress)),
    current: lesson.id === progress.lesson,
  }));
  return [...rows, ...broken];
}

function tallyJson({ timeMs, minutesLeft, ...counts }: Tally) {
  return {
    ...counts,
    minutesSpent: Math.round(timeMs / 60_000),
    minutesLeft: Math.round(minutesLeft),
  };
}

/** Prints where the learner is and how the lab stands. */
export async function status(
  options: CommonOptions & LessonsOption & { json?: boolean; receipt?: boolean; name?: string },
): Promise<number> {
  const { lessons } = await openShelf(options);
  const home = recordsHome(homeDir(options));
  const record = await readRecord(home);
  const { progress } = record;
  if (options.receipt) {
    const { printReceipt } = await import("./receipt.ts");
    return printReceipt(options, home, { lessons, progress });
  }
  if (options.json) {
    const { lesson, step } = progress;
    const told = {
      home,
      language: languageFor(options, progress),
      lesson: lesson ?? null,
      step: step ?? null,
      stepDone: progress.stepDone ?? false,
      record: lesson && step ? recordOf(progress, lesson, step) : null,
      done: progress.done,
      all: tallyJson(tallyAll(lessons, progress)),
      cluster: record.cluster ?? null,
      labTime: record.nowMs ? new Date(record.nowMs).toISOString() : null,
    };
    print(`${JSON.stringify(told, null, 2)}\n`);
    return 0;
  }
  const present = presenter(options, progress);
  const { words } = present;
  tellPlace(present, new Place(lessons, progress));
  if (record.nowMs) {
    const time = new Date(record.nowMs).toISOString().slice(0, 19).replace("T", " ");
    // Nobody lets it pass.
    present.line(words.clockLine(time, words.paused));
    present.line(record.cluster ?? words.noCluster);
  }
  present.line(words.filesAt(home));
  return 0;
}

function presenter(options: CommonOptions, progress: Progress): Presenter {
  return new Presenter(new Terminal({ plain: options.plain }), languageFor(options, progress));
}

function languageFor(options: CommonOptions, progress: Progress) {
  return options.lang ?? progress.language ?? usualLanguage();
}

/** Reads what is kept, also while another process works on it; makes nothing. Errors: StateError. */
async function readRecord(home: string): Promise<Recorded> {
  const path = `${home}/state.db`;
  try {
    await Deno.stat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return { progress: freshProgress() };
    throw diskFault(error, home) ?? error;
  }
  const { readStateFile } = await import("../sim/state/mod.ts");
  const state = readStateFile(path);
  try {
    const cluster = state.get("lab/cluster");
    return {
      progress: loadProgress(state).progress,
      nowMs: Number(state.get(TIME)) || undefined,
      cluster: cluster ? JSON.parse(cluster).name : undefined,
    };
  } finally {
    state.close();
  }
}
