import type { Lesson, LoadedLesson, Step } from "../lesson/mod.ts";
import type { Ending, Progress } from "./progress.ts";

/** The lesson and step that are open, as progress names them; it moves progress along. */
export class Place {
  constructor(
    readonly lessons: readonly LoadedLesson[],
    readonly progress: Progress,
  ) {}

  /** The open lesson; undefined before the first, or when it is there no more. */
  get loaded(): LoadedLesson | undefined {
    return this.lessons.find(({ lesson }) => lesson.id === this.progress.lesson);
  }

  get step(): Step | undefined {
    return this.loaded?.lesson.steps.find((step) => step.id === this.progress.step);
  }

  /** Numbers from 1; 0 when nothing is open. */
  get position(): { lesson: number; step: number; steps: number } {
    const steps = this.loaded?.lesson.steps ?? [];
    return {
      lesson: this.lessons.findIndex(({ lesson }) => lesson.id === this.progress.lesson) + 1,
      step: steps.findIndex((step) => step.id === this.progress.step) + 1,
      steps: steps.length,
    };
  }

  /** Whether a number is asked for, and not given yet. */
  get isAsking(): boolean {
    return this.step?.kind === "predict" && this.progress.stepDone !== true;
  }

  get isLastStep(): boolean {
    return this.loaded?.lesson.steps.at(-1)?.id === this.progress.step;
  }

  /** The step after the open one. */
  get followingStep(): Step | undefined {
    return this.loaded?.lesson.steps[this.position.step];
  }

  /** The step before the open one. */
  get precedingStep(): Step | undefined {
    return this.loaded?.lesson.steps[this.position.step - 2];
  }

  /** The lesson after the open one. */
  get followingLesson(): LoadedLesson | undefined {
    return this.lessons[this.position.lesson];
  }

  /** Whether the open lesson has left something in the lab and is not at its end. */
  get isUnderWay(): boolean {
    const { lesson, inLab, done } = this.progress;
    if (lesson === undefined || inLab.includes(lesson)) return false;
    return Object.keys(done[lesson] ?? {}).length > 0;
  }

  /** `nowMs` is the lab's time. */
  enter(lesson: Lesson, nowMs: number): void {
    this.progress.lesson = lesson.id;
    this.open(lesson.steps[0], nowMs);
  }

  open(step: Step, nowMs: number): void {
    this.progress.step = step.id;
    this.progress.sinceMs = nowMs;
    this.progress.stepDone = this.isDone(step.id);
    this.progress.hints = 0;
    delete this.progress.tries;
  }

  /** Whether a step of the open lesson is done, by its id. */
  isDone(step: string): boolean {
    const { lesson, done } = this.progress;
    return done[lesson!]?.[step] !== undefined;
  }

  /** The number of a step of the open lesson, from 1. */
  numberOf(step: Step): number {
    return this.loaded!.lesson.steps.indexOf(step) + 1;
  }

  /** Notes that a step of the open lesson was done out of its turn. */
  count(step: Step): void {
    (this.progress.done[this.progress.lesson!] ??= {})[step.id] = "done";
  }

  /** Notes how the open step ended. */
  finish(how: Ending): void {
    const { lesson, step, inLab } = this.progress;
    (this.progress.done[lesson!] ??= {})[step!] = how;
    this.progress.stepDone = true;
    if (this.isLastStep && !inLab.includes(lesson!)) inLab.push(lesson!);
  }
}
