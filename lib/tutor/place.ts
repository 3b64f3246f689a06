import type { Lesson, LoadedLesson, Step } from "../lesson/mod.ts";
import { lessonNumber } from "./lesson_names.ts";
import type { Ending, Progress } from "./progress.ts";
import { note } from "./records.ts";

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

  /** The lesson's number as its id has it, and its step's from 1; 0 when nothing is open. */
  get position(): { lesson: number; step: number; steps: number } {
    const steps = this.loaded?.lesson.steps ?? [];
    return {
      lesson: this.loaded ? lessonNumber(this.loaded.lesson.id) : 0,
      step: steps.findIndex((step) => step.id === this.progress.step) + 1,
      steps: steps.length,
    };
  }

  /** Whether a number is asked for, and not given yet. */
  get isAsking(): boolean {
    const { stepDone, free } = this.progress;
    return this.step?.kind === "predict" && stepDone !== true && !free;
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
    const { loaded } = this;
    return loaded && this.lessons[this.lessons.indexOf(loaded) + 1];
  }

  /** Whether the open lesson has left something in the lab and is not at its end. */
  get isUnderWay(): boolean {
    const { lesson, inLab, done } = this.progress;
    if (lesson === undefined || inLab.includes(lesson)) return false;
    return Object.keys(done[lesson] ?? {}).length > 0;
  }

  /** `nowMs` is the lab's time. */
  enter(lesson: Lesson, nowMs: number): void {
    delete this.progress.free;
    this.progress.lesson = lesson.id;
    this.open(lesson.steps[0], nowMs);
  }

  open(step: Step, nowMs: number): void {
    this.progress.step = step.id;
    this.progress.sinceMs = nowMs;
    this.progress.stepDone = this.isDone(step.id);
    if (this.progress.stepDone) this.#noteInLab();
    this.progress.hints = 0;
    delete this.progress.hintOf;
    delete this.progress.hintsTold;
    delete this.progress.tries;
  }

  /** Notes that the open step was judged. */
  tried(): void {
    if (this.progress.stepDone !== true) note(this.progress, "attempts");
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
    const { lesson, step } = this.progress;
    (this.progress.done[lesson!] ??= {})[step!] = how;
    if (how === "skipped") note(this.progress, "skips");
    this.progress.stepDone = true;
    this.#noteInLab();
  }

  /** Notes that the lab holds what the open lesson makes, where its last step is done. */
  #noteInLab(): void {
    const { lesson, inLab } = this.progress;
    if (this.isLastStep && !inLab.includes(lesson!)) inLab.push(lesson!);
  }
}
