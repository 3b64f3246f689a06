import {
  judgeStep,
  type PlayedLine,
  type Stage,
  type Step,
  type StepResult,
} from "../lesson/mod.ts";
import { codeSpan } from "../term/mod.ts";
import { noteGapTold } from "./hints.ts";
import type { Place } from "./place.ts";
import { type Presenter, printedBy, span } from "./present.ts";

/** Runs something that Ctrl-C may stop. */
type Interruptibly = <T>(work: (signal: AbortSignal) => Promise<T>) => Promise<T>;

/** Says whether the open step is done, and what is missing when it is not. */
export class Judge {
  /** The line that the open step asks for, as it was typed last, and what it printed. */
  #attempt: PlayedLine | undefined;

  constructor(
    readonly stage: Stage,
    readonly place: Place,
    readonly present: Presenter,
    readonly interruptibly: Interruptibly,
  ) {}

  /** Another step was opened. */
  forget(): void {
    this.#attempt = undefined;
  }

  /** Whether a line that was run brought the open step about; says what is missing when it is the step's own. */
  async judge(played: PlayedLine): Promise<boolean> {
    const { step } = this.place;
    if (!step) return false;
    const result = await this.#settle(step, played, { unasked: true });
    if (result.isAsked) {
      this.#attempt = played;
      this.place.tried();
    }
    if (!result.ok && result.isAsked && !result.failed) this.explain(result, step);
    return result.ok;
  }

  /** Whether the open step is done, letting lab time pass where it needs some; says what is missing. */
  async check(): Promise<boolean> {
    const { step, progress } = this.place;
    const { words } = this.present;
    const isDone = progress.stepDone === true;
    if (!step || step.kind === "predict") {
      if (!isDone) this.present.line(words.predictPrompt);
      return isDone;
    }
    this.place.tried();
    const result = await this.#settle(step, this.#attempt);
    if (!result.isAsked) {
      if (!isDone && step.kind === "run") {
        this.present.prose(words.nothingTyped(codeSpan(step.lines.at(-1)!)));
      }
      return isDone;
    }
    if (!result.ok) this.explain(result, step);
    return result.ok;
  }

  /** Lets lab time pass until the step is done or its bound is reached, and says so. */
  async #settle(
    step: Step,
    ran: PlayedLine | undefined,
    how: { unasked?: boolean } = {},
  ): Promise<StepResult> {
    const { present } = this;
    const { words } = present;
    const result = await this.interruptibly((signal) =>
      judgeStep(this.stage, step, ran, {
        ...how,
        signal,
        onWait: (waitedMs, boundMs) => present.waiting(waitedMs, boundMs),
      })
    );
    if (result.isAsked) present.endProgress();
    if (result.waitedMs > 0) {
      const waited = span(result.waitedMs);
      present.note(result.ok ? words.waited(waited) : words.waitedInVain(waited));
      if (result.rerun) {
        present.note(words.rerun(codeSpan(result.rerun.line)));
        if (result.ok) present.output.show(printedBy(result.rerun));
      }
    }
    return result;
  }

  /** Says what is still missing. */
  explain(result: StepResult, step: Step): void {
    const { present, place } = this;
    const { words } = present;
    present.bad(words.notDone);
    if (result.findings.length > 0) {
      present.finding(result.findings[0]);
      noteGapTold(place.progress, result.findings[0]);
      if (result.findings.length > 1) present.note(words.moreFindings(result.findings.length - 1));
    }
    if (result.comparison && !result.comparison.ok) {
      const prose = place.loaded?.prose[present.language].steps.get(step.id);
      present.comparison(result.comparison, prose?.why ?? "");
    } else if (result.findings.length === 0 && step.kind === "run") {
      present.prose(words.nothingTyped(codeSpan(step.lines.at(-1)!)));
    }
  }
}
