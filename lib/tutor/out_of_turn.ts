import { isOfStateAlone, type PlayedLine, type Step } from "../lesson/mod.ts";
import { countSteps, stepsDoneBy } from "./others_done.ts";
import { openStep, showStep } from "./show.ts";
import { finishStep } from "./steps.ts";
import type { Teaching } from "./teaching.ts";

/**
 * Notes the steps of the lesson, other than the open one, that a line does. Where the open one is not done and a later
 * one is, the learner is taken there; but not over a step whose work is missing in the lab.
 */
export async function noteOutOfTurn(teaching: Teaching, played: PlayedLine): Promise<void> {
  const { place, present, words } = teaching;
  // A number that is asked for is not passed over.
  const stays = teaching.progress.stepDone === true || place.isAsking;
  const done = await stepsDoneBy(teaching, played);
  const target = stays ? undefined : furthest(teaching, done);
  countSteps(teaching, done.filter((step) => step !== target))();
  if (!target) return;
  present.prose(words.takenAhead(place.numberOf(target)));
  openStep(teaching, target);
  showStep(teaching);
  await finishStep(teaching, "done");
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
