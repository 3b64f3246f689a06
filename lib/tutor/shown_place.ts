import type { Hop, Language } from "../lesson/mod.ts";
import { asOpened } from "./addresses.ts";
import { hpaOf } from "./hpa_of_step.ts";
import { lessonNumber } from "./lesson_names.ts";
import type { Ending } from "./progress.ts";
import { tallyLesson } from "./records.ts";
import type { Teaching } from "./teaching.ts";

/** Where the learner is, for a picture beside the prompt. */
export interface ShownPlace {
  lessons: {
    id: string;
    number: number;
    title: string;
    minutes: number;
    isOpen: boolean;
    done: number;
    steps: { id: string; ended?: Ending; isOpen: boolean }[];
  }[];
  /** What the open step says, in Markdown; undefined where none is open. */
  step?: { lesson: number; number: number; of: number; text: string; isDone: boolean };
  isFree: boolean;
  /** Whether a number is asked for, so that no sum may be shown. */
  isAsking: boolean;
  /** The hop that the step is about, and the HPA that its lines name. */
  about?: Hop;
  hpa?: string;
}

export function shownPlace(teaching: Teaching, language: Language): ShownPlace {
  const { lessons, progress, place, lab, step } = teaching;
  const { position, loaded } = place;
  const text = step && loaded?.prose[language].steps.get(step.id)?.body;
  const hpa = hpaOf(step);
  return {
    lessons: lessons.map(({ lesson }) => {
      const ended = progress.done[lesson.id] ?? {};
      const isOpen = lesson.id === progress.lesson;
      return {
        id: lesson.id,
        number: lessonNumber(lesson.id),
        title: lesson.title[language],
        minutes: lesson.minutes,
        isOpen,
        done: tallyLesson(lesson, progress).done,
        steps: lesson.steps.map(({ id }) => ({
          id,
          ...(ended[id] ? { ended: ended[id] } : {}),
          isOpen: isOpen && id === progress.step,
        })),
      };
    }),
    ...(text === undefined ? {} : {
      step: {
        lesson: position.lesson,
        number: position.step,
        of: position.steps,
        text: asOpened(text, lab.hostPorts),
        isDone: progress.stepDone === true,
      },
    }),
    isFree: progress.free === true,
    isAsking: place.isAsking,
    ...(step?.about ? { about: step.about } : {}),
    ...(hpa === undefined ? {} : { hpa }),
  };
}
