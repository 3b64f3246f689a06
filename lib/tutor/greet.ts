import { beginLesson, lessonNamed, startLesson } from "./open_lesson.ts";
import { tellLessons } from "./reports.ts";
import { endOf, enterLesson, showLesson, showStep } from "./show.ts";
import type { Teaching } from "./teaching.ts";

/** Opens what the learner sees first: the lesson called `wanted`, the place of last time, or the first lesson. */
export async function greet(teaching: Teaching, wanted?: string): Promise<void> {
  const { place, present, progress } = teaching;
  const isFresh = progress.lesson === undefined;
  if (progress.language === undefined) await chooseLanguage(teaching);
  const { words } = teaching;
  const { context, kind } = teaching.lab;
  const welcome = context === undefined
    ? words.welcome
    : present.real.welcome(context, kind === "kind");
  if (isFresh) present.prose(welcome.join("\n"));
  if (wanted !== undefined) {
    const found = lessonNamed(teaching, wanted);
    if (found) await startLesson(teaching, found);
    if (progress.lesson !== undefined) return;
  }
  const { loaded } = place;
  if (progress.lesson === undefined) {
    return await beginLesson(teaching, teaching.lessons[0].lesson);
  }
  if (loaded === undefined) return tellAway(teaching);
  if (teaching.step === undefined) {
    // The step was renamed since.
    enterLesson(teaching, loaded.lesson);
    return showLesson(teaching);
  }
  const at = place.position;
  present.line(words.back(present.local(loaded.lesson.title), at.step, at.steps));
  if (progress.free) return present.prose(words.freeNow);
  if (progress.stepDone) endOf(teaching, "done")();
  else showStep(teaching);
}

/** Says that the open lesson is not there, and which are. */
export function tellAway({ present, place, progress, words }: Teaching): void {
  const { lesson } = progress;
  present.prose(lesson === undefined ? words.notBegun : words.lessonAway(lesson));
  tellLessons(present, place);
}

async function chooseLanguage(teaching: Teaching): Promise<void> {
  const { screen, present, words } = teaching;
  const read = (text: string) =>
    /^(1|en|english)/i.test(text)
      ? "en"
      : /^(2|ko|한)/i.test(text)
      ? "ko"
      : text === ""
      ? guess
      : undefined;
  const guess = present.language;
  if (!screen.capabilities.interactive) return teaching.speak(guess);
  const question = `${words.chooseLanguage} [${guess === "ko" ? 2 : 1}] `;
  teaching.speak(await teaching.ask(question, { read, again: words.chooseLanguage }) ?? guess);
}
