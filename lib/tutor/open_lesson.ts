import type { Lesson, LoadedLesson } from "../lesson/mod.ts";
import { findLesson, nearestLessons } from "./lesson_names.ts";
import { printedBy } from "./present.ts";
import { tellLessons } from "./reports.ts";
import { enterLesson, showLesson } from "./show.ts";
import { bringToStart, type BuildResult, isAtStart } from "./start_state.ts";
import type { Teaching } from "./teaching.ts";

/** A lesson by id, by its number, or by part of its id; says so when there is none. */
export function lessonNamed(teaching: Teaching, name: string): LoadedLesson | undefined {
  const { present, words, lessons } = teaching;
  const found = findLesson(name, lessons);
  if (found) return found;
  present.bad(words.unknownLesson(name));
  const near = nearestLessons(name, lessons.map(({ lesson }) => lesson.id));
  if (near.length > 0) present.prose(words.didYouMean(near.join(", ")));
  tellLessons(present, teaching.place);
  return undefined;
}

/**
 * Opens a lesson; where the lab is not at its start, builds it after asking. `tell` says what came before, as soon as
 * that is kept.
 */
export async function startLesson(
  teaching: Teaching,
  found: LoadedLesson,
  tell?: () => void,
): Promise<void> {
  const { lab, place, present, progress, words } = teaching;
  const { lesson } = found;
  if (isAtStart(lesson.id, progress.inLab, teaching.lessons) && !place.isUnderWay) {
    return await beginLesson(teaching, lesson, tell);
  }
  if (tell) await teaching.keep();
  tell?.();
  const empty = (await lab.clusters()).length === 0 && progress.inLab.length === 0 &&
    !place.isUnderWay;
  const title = present.local(lesson.title);
  if (!empty && !(await teaching.confirm(words.confirmStart(title)))) {
    return present.line(words.kept);
  }
  await buildLesson(teaching, found);
}

/** Opens a lesson in a lab that is at its start. */
export async function beginLesson(
  teaching: Teaching,
  lesson: Lesson,
  tell?: () => void,
): Promise<void> {
  for (const line of lesson.setup ?? []) await teaching.run(line);
  enterLesson(teaching, lesson);
  await teaching.keep(lesson.id);
  tell?.();
  showLesson(teaching);
}

/** Builds the lab as it is at the start of a lesson, and opens it; where that fails, all is as before. */
export async function buildLesson(teaching: Teaching, { lesson }: LoadedLesson): Promise<void> {
  const { lab, present, progress, shell, words } = teaching;
  present.line(words.building(present.local(lesson.title)));
  const startedMs = performance.now();
  const before = await lab.checkpoint?.();
  const { inLab } = progress;
  progress.inLab = [];
  const files = await teaching.resetFiles();
  const goBack = async () => {
    present.endProgress();
    await files.undo();
    await before?.undo();
    before?.drop();
    shell.forget?.();
    if (before) progress.inLab = inLab;
  };
  const { result, isInterrupted } = await play(teaching, lesson).catch(async (error) => {
    await goBack();
    throw error;
  });
  present.endProgress();
  if (!result.ok) {
    await goBack();
    if (isInterrupted) return present.line(words.kept);
    const title = present.local(result.lesson.title);
    present.bad(words.buildFailed(title, result.failed?.line ?? ""));
    if (result.failed) present.output.show(printedBy(result.failed));
    return;
  }
  before?.drop();
  await files.drop();
  if (files.aside) present.note(words.filesAside(files.aside));
  progress.inLab = result.inLab;
  delete progress.done[lesson.id];
  enterLesson(teaching, lesson);
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  await teaching.keep(lesson.id);
  present.good(words.built(seconds));
  showLesson(teaching);
}

async function play(
  teaching: Teaching,
  { id }: Lesson,
): Promise<{ result: BuildResult; isInterrupted: boolean }> {
  const { present, words } = teaching;
  return await teaching.interruptibly(async (signal) => {
    const result = await bringToStart(teaching.stage, id, teaching.lessons, {
      signal,
      onProgress: ({ lesson, step }) => {
        const title = present.local(lesson.title);
        // Where nothing is drawn over itself, a line a lesson is enough.
        if (!teaching.screen.capabilities.plain) {
          present.progress(words.buildingStep(title, step, lesson.steps.length));
        } else if (step === 1) present.line(title);
      },
    });
    return { result, isInterrupted: signal.aborted };
  });
}
