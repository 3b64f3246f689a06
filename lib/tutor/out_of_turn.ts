import {
  isOfStateAlone,
  judgeStep,
  mayBeDoneBy,
  type PlayedLine,
  type Step,
} from "../lesson/mod.ts";
import { openStep, showStep } from "./show.ts";
import { finishStep } from "./steps.ts";
import type { Teaching } from "./teaching.ts";

/**
 * Notes the steps of the lesson, other than the open one, that a line does. Where the open one is not done and a later
 * one is, the learner is taken there; but not over a step whose work is missing in the lab. A diagnosis does no step but
 * the open one: it shows all of the chain, and the learner asked for one thing.
 */
export async function noteOutOfTurn(teaching: Teaching, played: PlayedLine): Promise<void> {
  const { place, present, words } = teaching;
  // A number that is asked for is not passed over.
  const stays = teaching.progress.stepDone === true || place.isAsking;
  const done = await stepsDoneBy(teaching, played);
  const target = stays ? undefined : furthest(teaching, done);
  count(teaching, done.filter((step) => step !== target))();
  if (!target) return;
  present.prose(words.takenAhead(place.numberOf(target)));
  openStep(teaching, target);
  showStep(teaching);
  await finishStep(teaching, "done");
}

/** Counts the steps that the line does too which has just done the open one; gives what tells of them. */
export async function countOthers(teaching: Teaching, played: PlayedLine): Promise<() => void> {
  return count(teaching, await stepsDoneBy(teaching, played));
}

function count({ place, present, words }: Teaching, steps: readonly Step[]): () => void {
  const numbers = steps.map((step) => place.numberOf(step));
  for (const step of steps) place.count(step);
  return () => {
    if (numbers.length > 0) present.line(words.countsToo(numbers));
  };
}

/** The steps of the lesson that are not done and that a line does. */
async function stepsDoneBy(teaching: Teaching, played: PlayedLine): Promise<Step[]> {
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

/** The last of these that comes later than the open step, with no step between whose work is missing. */
function furthest({ place }: Teaching, done: readonly Step[]): Step | undefined {
  const steps = place.loaded!.lesson.steps;
  const from = steps.indexOf(place.step!);
  let reached: Step | undefined;
  for (const step of steps.slice(from)) {
    if (done.includes(step)) reached = step;
    else if (isOfStateAlone(step) && !place.isDone(step.id)) break;
  }
  return reached;
}
