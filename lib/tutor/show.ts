import type { Lesson, Step } from "../lesson/mod.ts";
import { movedIn } from "./addresses.ts";
import { lessonNumber } from "./lesson_names.ts";
import type { Ending } from "./progress.ts";
import { tellWhatNext } from "./reports.ts";
import { tallyLesson } from "./records.ts";
import type { Teaching } from "./teaching.ts";

/** Makes a lesson's first step the open one. */
export function enterLesson({ place, judge, lab, edits }: Teaching, lesson: Lesson): void {
  place.enter(lesson, lab.clock.now());
  judge.forget();
  edits.forget();
}

/** Makes a step the open one. */
export function openStep({ place, judge, lab }: Teaching, step: Step): void {
  place.open(step, lab.clock.now());
  judge.forget();
}

/** Shows the open lesson's beginning, and its open step. */
export function showLesson(teaching: Teaching): void {
  const { present, place, words } = teaching;
  const { lesson, prose } = place.loaded!;
  const title = present.local(lesson.title);
  present.heading(words.lesson(place.position.lesson, title, lesson.minutes));
  present.prose(prose[present.language].intro);
  showStep(teaching);
}

export function showStep(teaching: Teaching): void {
  const { present, place, words } = teaching;
  const at = place.position;
  present.heading(words.step(at.step, at.steps));
  const body = teaching.prose()?.body ?? "";
  present.prose(body);
  const moved = movedIn(body, teaching.lab.hostPorts);
  if (moved.length > 0) {
    present.line();
    present.note(words.portsHere(moved));
  }
  if (place.isAsking) {
    // A question ends with its own words, or with a command to read the number from.
    if (body !== "") present.line();
    present.note(words.predictPrompt);
  }
  present.line();
}

/** What is told at the end of the open step, something else before its last words; at a lesson's last, how that ends. */
export function endOf(teaching: Teaching, how: Ending): (tellElse?: () => void) => void {
  const { present, place, words } = teaching;
  const { lesson, prose } = place.loaded!;
  const done = teaching.prose()?.done ?? "";
  const { isLastStep, followingLesson } = place;
  return (tellElse) => {
    present.prose(done);
    tellElse?.();
    if (!isLastStep) {
      // What is skipped goes on by itself.
      return how === "skipped" ? undefined : present.note(words.goOn);
    }
    const title = present.local(lesson.title);
    const { skipped } = tallyLesson(lesson, teaching.progress);
    present.heading(skipped > 0 ? words.lessonEnded(title, skipped) : words.lessonDone(title));
    present.prose(prose[present.language].outro);
    if (!followingLesson) return tellWhatNext(present, place);
    present.note(words.nextLesson(
      lessonNumber(followingLesson.lesson.id),
      present.local(followingLesson.lesson.title),
    ));
  };
}
