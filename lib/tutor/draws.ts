import { dealBreaks, type Lesson } from "../lesson/mod.ts";
import type { Progress } from "./progress.ts";

/** Ids of what is planted in this pass through a lesson; none before its first. */
export function drawnIn({ seed, passes }: Progress, { id, breaks }: Lesson): string[] {
  const begun = passes?.[id] ?? 0;
  if (!breaks || begun === 0 || seed === undefined) return [];
  return dealBreaks(breaks, { seed: `${seed}/${id}`, pass: begun - 1 }).map((one) => one.id);
}

/** Goes on to a lesson's next draw, where it has any; the learner's seed is made at the first. */
export function drawNext(progress: Progress, { id, breaks }: Lesson): void {
  if (!breaks) return;
  progress.seed ??= crypto.randomUUID();
  const passes = progress.passes ?? {};
  progress.passes = { ...passes, [id]: (passes[id] ?? 0) + 1 };
}

/** Makes sure that a lesson has a draw: a start that is brought back is the same start. */
export function drawOnce(progress: Progress, lesson: Lesson): void {
  if ((progress.passes?.[lesson.id] ?? 0) === 0) drawNext(progress, lesson);
}
