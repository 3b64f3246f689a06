import { visible } from "../base/mod.ts";
import {
  isOfStateAlone,
  judgeStep,
  nothingSeen,
  type PlayedLine,
  type Seen,
  type Stage,
  type Step,
  type StepResult,
} from "../lesson/mod.ts";
import { codeSpan } from "../term/mod.ts";
import { noteTold, TOLD } from "./hints.ts";
import { brokenChain, isSaidBy } from "./broken_chain.ts";
import type { Place } from "./place.ts";
import { noteFinding } from "./records.ts";
import { type Presenter, printedBy, span } from "./present.ts";

/** Runs something that Ctrl-C may stop. */
type Interruptibly = <T>(work: (signal: AbortSignal) => Promise<T>) => Promise<T>;

/** Says whether the open step is done, and what is missing when it is not. */
export class Judge {
  /** The line about the open step that was typed last, and what it printed. */
  #attempt: PlayedLine | undefined;
  /** What of the open step was seen so far. */
  #seen: Seen = nothingSeen();
  /** What was said last to be so far, where something else has to come. */
  #toldSoFar = "";

  constructor(
    readonly stage: Stage,
    readonly place: Place,
    readonly present: Presenter,
    readonly interruptibly: Interruptibly,
  ) {}

  /** Another step was opened. */
  forget(): void {
    this.#attempt = undefined;
    this.#seen = nothingSeen();
    this.#toldSoFar = "";
  }

  /** What a line that was run makes of the open step. */
  async judge(step: Step, played: PlayedLine): Promise<StepResult> {
    const result = await this.#settle(step, played, { unasked: true });
    if (result.isAbout) {
      this.#attempt = played;
      this.place.tried();
    }
    return result;
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
    if (isDone && !isOfStateAlone(step)) return true;
    this.place.tried();
    const result = await this.#settle(step, this.#attempt);
    if (!result.ok) {
      this.explain(result, step);
      await this.#tellBroken(result, step);
    }
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
    const isReal = !this.stage.lab.clock.movable;
    const told = isReal ? present.real : words;
    let waits = false;
    const result = await this.interruptibly((signal) =>
      judgeStep(this.stage, step, ran, {
        ...how,
        signal,
        sinceMs: this.place.progress.sinceMs,
        seen: this.#seen,
        onWait: (waitedMs, boundMs, missing) => {
          waits = true;
          present.waiting(waitedMs, boundMs, isReal ? { missing } : undefined);
        },
      })
    );
    if (waits) present.endProgress();
    if (result.waitedMs > 0) {
      const waited = span(result.waitedMs);
      present.note(result.ok ? told.waited(waited) : told.waitedInVain(waited));
      if (result.rerun) {
        present.note(words.rerun(codeSpan(result.rerun.line)));
        if (result.ok) present.output.show(printedBy(result.rerun));
      }
    }
    return result;
  }

  /** Says in a sentence what the step still waits for; a line of the lesson's own is set beside what it should print. */
  remark(result: StepResult, step: Step, { exitCode }: PlayedLine): void {
    const isOther = result.findings.length === 0 && result.comparison?.ok === false;
    if (isOther || result.waitedMs > 0) return this.explain(result, step);
    const { present } = this;
    // Where a number is asked for, what was no command may have been meant as one.
    const isNeither = step.kind === "predict" && exitCode === 127;
    const missing = isNeither ? present.words.predictNotANumber : this.#missing(result, step);
    present.line(missing, present.screen.style.dim);
    if (result.findings.length > 0) noteTold(this.place.progress, result.findings[0], TOLD.gap);
  }

  #missing({ findings: [finding], unseen }: StepResult, step: Step): string {
    const { present } = this;
    const { words } = present;
    if (finding) {
      noteFinding(this.place.progress, finding);
      const expected = present.local(finding.expected);
      const actual = present.local(finding.actual);
      // What is as it was before this line needs no second reading.
      const isTold = actual === this.#toldSoFar;
      this.#toldSoFar = actual;
      return visible(words.stillToCome(expected, isTold ? undefined : actual));
    }
    if (!unseen || step.kind === "predict") return words.waitsForNumber;
    if ("line" in unseen) return words.stillToType(unseen.line);
    return words.stillToSee(present.local(unseen));
  }

  /**
   * Where the cluster is not as it has to be, also the hop that `why` finds broken first on the way to the step's, unless
   * the finding names it already.
   */
  async #tellBroken({ findings: [finding] }: StepResult, step: Step): Promise<void> {
    if (!finding) return;
    const about = step.kind === "task" && step.rule ? "adapter" : step.about;
    const broken = await brokenChain(this.stage.lab, about);
    if (!broken || isSaidBy(finding, broken.told)) return;
    const { present } = this;
    const { words } = present;
    present.line(words.brokenChain(visible(present.local(broken.told))));
    present.note(words.wholeChain(codeSpan(broken.line)));
  }

  /** Says what is still missing. */
  explain(result: StepResult, step: Step): void {
    const { present, place } = this;
    const { words } = present;
    const { findings, comparison } = result;
    present.bad(words.notDone);
    if (findings.length > 0) {
      present.finding(findings[0]);
      noteTold(place.progress, findings[0], TOLD.gapAndWhy);
      noteFinding(place.progress, findings[0]);
      if (findings.length > 1) present.note(words.moreFindings(findings.length - 1));
    }
    const prose = place.loaded?.prose[present.language].steps.get(step.id);
    if (comparison?.ok === false) {
      present.comparison(comparison, prose?.why ?? "");
    } else if (findings.length === 0) {
      present.line(this.#missing(result, step));
      const hasHints = (prose?.hints.length ?? 0) > 0;
      present.quoted([[words.next, hasHints ? words.hintSays : words.solutionShows]]);
    }
  }
}
