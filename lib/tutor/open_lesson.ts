import { dirname } from "node:path/posix";
import { type Lesson, type LoadedLesson, plantBreaks } from "../lesson/mod.ts";
import { FRESH_ENVIRONMENT, HOME, type ShellLike } from "../shell/mod.ts";
import { arrive } from "./arrive.ts";
import { drawNext, drawnIn, drawOnce } from "./draws.ts";
import { findLesson, nearestLessons } from "./lesson_names.ts";
import { printedBy } from "./present.ts";
import { beginAnew } from "./progress.ts";
import { tellLessons } from "./reports.ts";
import { enterLesson, showLesson } from "./show.ts";
import { bringToStart, type BuildResult, isAtStart } from "./start_state.ts";
import type { Teaching } from "./teaching.ts";
import type { FilesReset } from "./workspace.ts";

/** A lesson by id, by its number, or by part of its id; says so when there is none. */
export function lessonNamed(teaching: Teaching, name: string): LoadedLesson | undefined {
  const { present, words, lessons } = teaching;
  const found = findLesson(name, lessons);
  if (found) return found;
  // The list is as long as a screen, so what is wrong stands below it.
  tellLessons(present, teaching.place);
  present.line();
  present.bad(words.unknownLesson(name));
  const near = nearestLessons(name, lessons.map(({ lesson }) => lesson.id));
  if (near.length > 0) present.prose(words.didYouMean(near.join(", ")));
  return undefined;
}

/**
 * Opens a lesson; where the lab is not at its start, builds it after asking. `tell` says what came before, as soon as
 * that is kept. With `goesOn` the lesson is the next one, and the learner asked to go on.
 */
export async function startLesson(
  teaching: Teaching,
  found: LoadedLesson,
  tell?: () => void,
  { goesOn = false } = {},
): Promise<void> {
  const { lab, place, present, progress, words } = teaching;
  const { lesson } = found;
  const isKnown = !place.isUnderWay && !progress.free;
  // Nothing may be broken in the lab but what is planted.
  if (isKnown && !lesson.breaks && isAtStart(lesson.id, progress.inLab, teaching.lessons)) {
    return await beginLesson(teaching, lesson, tell);
  }
  if (tell) await teaching.keep();
  tell?.();
  const empty = (await lab.clusters()).length === 0 && progress.inLab.length === 0 && isKnown;
  const title = present.local(lesson.title);
  if (!empty && !(await teaching.confirm(askStart(teaching, title, goesOn)))) {
    return present.line(words.kept);
  }
  await buildLesson(teaching, found, { draw: drawNext });
}

/** What is asked before a lab is built anew: on a real cluster, what that does there. */
function askStart({ lab, present, words }: Teaching, title: string, goesOn: boolean): string {
  return lab.context === undefined
    ? words.confirmStart(title, goesOn)
    : present.real.confirmStart(title, lab.context);
}

/** Opens a lesson in a lab that is at its start. */
export async function beginLesson(
  teaching: Teaching,
  lesson: Lesson,
  tell?: () => void,
): Promise<void> {
  for (const line of lesson.setup ?? []) await teaching.run(line);
  beginAnew(teaching.progress, lesson.id);
  enterLesson(teaching, lesson);
  const tellArrival = await arrive(teaching);
  await teaching.keep(lesson.id);
  tell?.();
  showLesson(teaching);
  tellArrival();
}

/**
 * Builds the lab as it is at the start of a lesson, and opens it; where that fails, all is as before. What is planted at
 * its start is what was before, unless `draw` goes on to the next; the shell is at home, or in `folder` as far as there is
 * one.
 */
export async function buildLesson(
  teaching: Teaching,
  { lesson }: LoadedLesson,
  { draw = drawOnce, folder }: { draw?: typeof drawOnce; folder?: string } = {},
): Promise<void> {
  const { lab, shell, present, progress, words } = teaching;
  present.line(words.building(present.local(lesson.title)));
  const startedMs = performance.now();
  teaching.lines.note();
  const before = await lab.checkpoint?.(`start ${lesson.id}`);
  const { inLab, passes } = progress;
  let files = undefined as FilesReset | undefined;
  const goBack = async () => {
    present.endProgress();
    try {
      await files?.undo();
    } finally {
      try {
        await before?.undo();
      } finally {
        if (before) progress.inLab = inLab;
        progress.passes = passes;
        teaching.followLab();
      }
    }
  };
  const build = async () => {
    progress.inLab = [];
    draw(progress, lesson);
    files = await teaching.resetFiles();
    // Lines are played where they were written for.
    shell.forget?.(FRESH_ENVIRONMENT);
    return await bringAndPlant(teaching, lesson);
  };
  const { result, isInterrupted } = await build().catch(async (error) => {
    await goBack();
    throw error;
  });
  present.endProgress();
  if (!result.ok || isInterrupted) {
    await goBack();
    if (result.ok || isInterrupted) return present.line(words.kept);
    const title = present.local(result.lesson.title);
    present.bad(words.buildFailed(title, result.failed?.line ?? ""));
    if (result.failed) present.output.show(printedBy(result.failed));
    return;
  }
  progress.inLab = result.inLab;
  beginAnew(progress, lesson.id);
  enterLesson(teaching, lesson);
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  if (folder !== undefined) {
    const PWD = await nearestFolder(shell.files, folder);
    shell.forget?.({ ...FRESH_ENVIRONMENT, ...shell.environment, PWD });
  }
  teaching.lines.note();
  await teaching.keep(lesson.id);
  if (before) {
    // What is not on the disk was not built; why was told.
    if (!teaching.isSaved) {
      await goBack();
      return present.line(words.kept);
    }
    await before.drop().catch(async (error) => {
      await goBack();
      throw error;
    });
  }
  await files?.drop();
  if (files?.aside) {
    present.note(`${words.filesAside(files.aside)}. ${words.openThere(files.isWhole)}`);
  }
  present.good(words.built(seconds));
  showLesson(teaching);
}

/** A folder, or the nearest one above it that is there. */
async function nearestFolder(files: ShellLike["files"], folder: string): Promise<string> {
  if (!folder.startsWith(`${HOME}/`)) return HOME;
  if ((await files.stat(folder))?.isDirectory) return folder;
  return await nearestFolder(files, dirname(folder));
}

type Brought = { result: BuildResult; isInterrupted: boolean };

/** One Ctrl-C gives all of it up, whatever it is at. */
function bringAndPlant(teaching: Teaching, lesson: Lesson): Promise<Brought> {
  return teaching.interruptibly(async (signal) => {
    const result = await bring(teaching, lesson, signal);
    if (!result.ok || signal.aborted) return { result, isInterrupted: signal.aborted };
    const stage = { ...teaching.stage, drawn: drawnIn(teaching.progress, lesson) };
    const failed = await plantBreaks(stage, lesson, { signal });
    const isInterrupted = signal.aborted;
    return { result: failed ? { ok: false, lesson, failed } : result, isInterrupted };
  });
}

/** Brings the lab to a lesson's start: as it was kept when this version built it last, or by playing, and keeps that. */
async function bring(
  teaching: Teaching,
  lesson: Lesson,
  signal: AbortSignal,
): Promise<BuildResult> {
  const { lab, files, present } = teaching;
  present.progress(present.words.takingStart);
  const version = lab.takeStart && files ? await teaching.version() : undefined;
  if (version === undefined) return await play(teaching, lesson, signal);
  const about = await lab.takeStart!(lesson.id, version);
  if (about !== undefined) {
    teaching.restoreFiles();
    teaching.shell.forget?.();
    return { ok: true, inLab: JSON.parse(about) };
  }
  const played = await play(teaching, lesson, signal);
  if (played.ok && !signal.aborted) {
    files!.changes().stage();
    // One that cannot be kept is built again.
    await lab.keepStart!(lesson.id, version, JSON.stringify(played.inLab)).catch(() => {});
  }
  return played;
}

async function play(
  teaching: Teaching,
  { id }: Lesson,
  signal: AbortSignal,
): Promise<BuildResult> {
  const { present, words } = teaching;
  return await bringToStart(teaching.stage, id, teaching.lessons, {
    signal,
    onProgress: ({ lesson, step, percent }) => {
      const title = present.local(lesson.title);
      // Where nothing is drawn over itself, a line a lesson is enough.
      if (!teaching.screen.capabilities.plain) {
        present.progress(words.buildingStep(title, step, lesson.steps.length, percent));
      } else if (step === 1) present.line(title);
    },
  });
}
