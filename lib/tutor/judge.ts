import {
  compareOutput,
  type Finding,
  labView,
  type PlayedLine,
  type RunStep,
  settle,
  type Stage,
  type Step,
  type StepResult,
  type TaskStep,
} from "../lesson/mod.ts";
import { isSameLine, lastLine, looksLike } from "./likeness.ts";
import type { Place } from "./place.ts";
import { type Presenter, printedBy, span } from "./present.ts";

/** Runs something that Ctrl-C may stop. */
type Interruptibly = <T>(work: (signal: AbortSignal) => Promise<T>) => Promise<T>;

/** Says whether the open step is done, and what is missing when it is not. */
export class Judge {
  /** The last line that was typed for the open step, and what it printed. */
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

  /** Whether a line that was run brought the open step about. */
  async judge(played: PlayedLine): Promise<boolean> {
    const { step } = this.place;
    if (!step || step.kind === "predict") return false;
    if (step.kind === "task") return (await this.#findings(step)).length === 0;
    const expected = step.lines.at(-1)!;
    const typed = lastLine(played.line);
    const fits = step.expect && looksLike(expected, typed) && compareOutput(step.expect, played).ok;
    const isIt = isSameLine(expected, typed);
    // Another way to the same state will do where only the state counts.
    if (!isIt && !fits) return !step.expect && await this.#isReached(step);
    this.#attempt = { ...played, line: typed };
    if (played.exitCode !== 0 && !step.expect) return false;
    const result = await this.#settle(step);
    if (!result.ok) this.explain(result, step);
    return result.ok;
  }

  /** Whether the open step is done, letting lab time pass where it needs some; says what is missing. */
  async check(): Promise<boolean> {
    const { step, progress } = this.place;
    const { words } = this.present;
    if (!step || step.kind === "predict") {
      if (!progress.stepDone) this.present.line(words.predictPrompt);
      return progress.stepDone === true;
    }
    const needsLine = step.kind === "run" && (step.expect !== undefined || !step.check);
    if (needsLine && this.#attempt === undefined) {
      if (!progress.stepDone) this.present.prose(words.nothingTyped(step.lines.at(-1)!));
      return progress.stepDone === true;
    }
    const result = await this.#settle(step);
    if (!result.ok) this.explain(result, step);
    return result.ok;
  }

  async #isReached(step: RunStep): Promise<boolean> {
    return step.check !== undefined && (await this.#findings(step)).length === 0;
  }

  async #findings(step: RunStep | TaskStep): Promise<Finding[]> {
    return await step.check?.(labView(this.stage.lab, this.stage.files)) ?? [];
  }

  /** Lets lab time pass until the step is done or its bound is reached, and says so. */
  async #settle(step: RunStep | TaskStep): Promise<StepResult> {
    const { present } = this;
    const { words } = present;
    const result = await this.interruptibly((signal) =>
      settle(this.stage, step, this.#attempt, {
        signal,
        onWait: (waitedMs, boundMs) => present.waiting(waitedMs, boundMs),
      })
    );
    present.endProgress();
    if (result.waitedMs > 0) {
      const waited = span(result.waitedMs);
      present.note(result.ok ? words.waited(waited) : words.waitedInVain(waited));
      if (result.rerun) {
        present.note(words.rerun(`\`${result.rerun.line}\``));
        if (result.ok) present.screen.write(printedBy(result.rerun));
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
      if (result.findings.length > 1) present.note(words.moreFindings(result.findings.length - 1));
    }
    if (result.comparison && !result.comparison.ok) {
      const prose = place.loaded?.prose[present.language].steps.get(step.id);
      present.comparison(result.comparison, prose?.why ?? "");
    } else if (result.findings.length === 0 && step.kind === "run") {
      present.prose(words.nothingTyped(step.lines.at(-1)!));
    }
  }
}
