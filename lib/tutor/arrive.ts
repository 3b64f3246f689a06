import { isOfStateAlone, judgeStep } from "../lesson/mod.ts";
import { endOf } from "./show.ts";
import type { Teaching } from "./teaching.ts";

/** Counts the step that was just opened as done where it was done before its turn, or is so already; tells so. */
export async function arrive(teaching: Teaching): Promise<() => void> {
  const { place, step, stage, progress, present, words } = teaching;
  if (!step) return () => {};
  const isOpen = !progress.stepDone && isOfStateAlone(step) &&
    (step.after === undefined || place.isDone(step.after));
  if (isOpen) {
    const options = { atOnce: true, sinceMs: progress.sinceMs };
    const { ok } = await judgeStep(stage, step, undefined, options);
    if (ok) place.finish("done");
  }
  if (!progress.stepDone) return () => {};
  const tellEnd = endOf(teaching, "done");
  return () => {
    present.good(words.soAlready);
    tellEnd();
  };
}
