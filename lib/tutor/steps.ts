import type { PlayedLine } from "../lesson/mod.ts";
import { arrive } from "./arrive.ts";
import { startLesson } from "./open_lesson.ts";
import { countOthers } from "./others_done.ts";
import { tellWhatNext } from "./reports.ts";
import { endOf, openStep, showStep } from "./show.ts";
import type { Ending } from "./progress.ts";
import type { Teaching } from "./teaching.ts";

/**
 * Notes how the open step ended, keeps that, and then tells it; with `goesOn` what comes after is opened too. `by` is the
 * line that did it, which may have done others as well.
 */
export async function finishStep(
  teaching: Teaching,
  how: Ending,
  { goesOn = false, by }: { goesOn?: boolean; by?: PlayedLine } = {},
): Promise<void> {
  const { place, present, words } = teaching;
  const tellEnd = endOf(teaching, how);
  const tell = () => {
    // What came in meanwhile is not set between the last word of a step and the prompt that it leads to.
    present.notices(teaching.notices);
    if (how === "done" || how === "second-try") present.good(words.done);
    tellEnd(tellOthers ?? undefined);
  };
  place.finish(how);
  // What another step's check fails with is told after what was done.
  let failure: { error: unknown } | undefined;
  const tellOthers = by &&
    await countOthers(teaching, by).catch((error) => void (failure = { error }));
  if (goesOn) await goOn(teaching, tell);
  else {
    await teaching.keep();
    tell();
  }
  if (failure) throw failure.error;
}

/** Opens the step, or the lesson, that comes after a done one. What is to be told first is kept before. */
export async function goOn(teaching: Teaching, tell?: () => void): Promise<void> {
  const { followingStep, followingLesson } = teaching.place;
  if (!followingStep && followingLesson) {
    return await startLesson(teaching, followingLesson, tell, { goesOn: true });
  }
  if (!followingStep) {
    if (tell) await teaching.keep();
    tell?.();
    return tellWhatNext(teaching.present, teaching.place);
  }
  openStep(teaching, followingStep);
  const tellArrival = await arrive(teaching);
  if (tell) await teaching.keep();
  tell?.();
  showStep(teaching);
  tellArrival();
}
