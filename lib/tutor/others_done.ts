import { judgeStep, mayBeDoneBy, type PlayedLine, type Step } from "../lesson/mod.ts";
import type { Teaching } from "./teaching.ts";

/** Counts the steps that the line does too which has just done the open one; gives what tells of them. */
export async function countOthers(teaching: Teaching, played: PlayedLine): Promise<() => void> {
  return countSteps(teaching, await stepsDoneBy(teaching, played));
}

/** Counts steps as done; gives what tells of them. */
export function countSteps(
  { place, present, words }: Teaching,
  steps: readonly Step[],
): () => void {
  const numbers = steps.map((step) => place.numberOf(step));
  for (const step of steps) place.count(step);
  return () => {
    if (numbers.length > 0) present.line(words.countsToo(numbers));
  };
}

/**
 * The steps of the lesson that are not done and that a line does. A diagnosis does no step but the open one: it shows all
 * of the chain, and the learner asked for one thing.
 */
export async function stepsDoneBy(teaching: Teaching, played: PlayedLine): Promise<Step[]> {
  const { place, progress, stage } = teaching;
  const found: Step[] = [];
  if (played.asked?.some(({ diagnosis }) => diagnosis)) return found;
  for (const step of place.loaded?.lesson.steps ?? []) {
    if (step === place.step || place.isDone(step.id) || !mayBeDoneBy(step, played)) continue;
    if (step.after !== undefined && !place.isDone(step.after)) continue;
    const { ok } = await judgeStep(stage, step, played, {
      unasked: true,
      atOnce: true,
      sinceMs: progress.sinceMs,
    });
    if (ok) found.push(step);
  }
  return found;
}
