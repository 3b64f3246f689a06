import type { Files } from "../commands/command.ts";
import type { Lab } from "../labs/lab.ts";
import { compareOutput, type Comparison, type Output } from "./expect.ts";
import type {
  Finding,
  LabView,
  Localized,
  PredictStep,
  RunStep,
  Step,
  TaskStep,
} from "./lesson.ts";
import { asksFor, isAllSeen, nothingSeen, notice, noticePages, type Seen } from "./_looks.ts";
import { isSameLine } from "./same_line.ts";
import { labView } from "./view.ts";

/** How much lab time passes between two looks at something that needs time. */
const LOOK_EVERY_MS = 5_000;
/** The same where somebody waits for as long, on a real cluster. */
const REAL_LOOK_EVERY_MS = 2_000;

/** How long a line that is played is run again until it prints what is expected, in lab milliseconds. */
const PRINTED_WITHIN_MS = 60_000;

/** Where a lesson is played: a lab, its learner's files, and a shell on both. */
export interface Stage {
  lab: Lab;
  files: Files;
  /** Ids of the breaks that were planted at the start of the lesson. */
  drawn?: readonly string[];
  shell: {
    run(line: string, options?: StageRunOptions): Promise<Output>;
  };
}

/** How a stage's line is run: as whoever plays it, at a terminal so wide, in a language. */
interface StageRunOptions {
  followMs?: number;
  signal?: AbortSignal;
  language?: string;
  columns?: number;
}

/** What checks look at on a stage; `since` is when the step was opened. */
export function viewOf({ lab, files, drawn }: Stage, since?: number): LabView {
  return labView(lab, files, { since, drawn });
}

/** A line as played. */
export interface PlayedLine extends Output {
  line: string;
}

/** What a step came to. */
export interface StepResult {
  /** Whether state and what was seen are as the author asks. */
  ok: boolean;
  findings: Finding[];
  /** What is still to be looked at; the author's own line stands for it where its step has no `look`. */
  unseen?: Localized | { line: string };
  /** What was printed beside what is expected, where the line was typed as it stands in the lesson. */
  comparison?: Comparison;
  /** Whether the line is one that the step is about: it looks at what the step asks for, or is its own. */
  isAbout: boolean;
  /** Lab time that passed while waiting. */
  waitedMs: number;
  /** The line that was run again after that time, with what it printed in the end. */
  rerun?: PlayedLine;
  /** What a step that asks for a number wanted to hear. */
  answer?: { value: number; arithmetic: Localized[] };
}

export interface JudgeOptions {
  signal?: AbortSignal;
  /** Told before each wait, with what is missing first, where a check says it. */
  onWait?: (waitedMs: number, boundMs: number, missing?: Finding) => void;
  /** A line was run, and nobody asked: time is let pass only where the line changed or looked at something of the step. */
  unasked?: boolean;
  /** The step's own line has to print what is expected, too: a check may be content with the first of it. */
  asPrinted?: boolean;
  /** How much lab time passes between two looks, in milliseconds; a learner is looked after more often. */
  everyMs?: number;
  /** No lab time at all is let pass. */
  atOnce?: boolean;
  /** When the step was opened, in lab milliseconds. */
  sinceMs?: number;
  /** What of the step was seen by earlier lines; it is added to. */
  seen?: Seen;
}

/**
 * What `ran` makes of a step: a line with what it printed and asked, for a number to guess the guess. Without it, as the
 * state is. What a check says time can bring gets lab time, within the step's bound; a line that looks at it is run
 * again then, as a learner would.
 */
export async function judgeStep(
  stage: Stage,
  step: Step,
  ran: PlayedLine | undefined,
  options: JudgeOptions = {},
): Promise<StepResult> {
  const view = viewOf(stage, options.sinceMs);
  if (step.kind === "predict") {
    return options.unasked ? result({}) : await judgeGuess(view, step, ran);
  }
  return await new Judging(stage, view, step, ran, options).settle();
}

/** Whether only the state counts in a step. */
export function isOfStateAlone(step: Step): boolean {
  return step.kind !== "predict" && !wantsToBeSeen(step);
}

/** Whether a line may have done a step, as far as can be told without looking at the lab. */
export function mayBeDoneBy(step: Step, ran: PlayedLine): boolean {
  if (step.kind === "predict") return false;
  if (!wantsToBeSeen(step)) return writes(ran) || visits(ran);
  if (!step.look) return isAbout(step, ran);
  const seen = nothingSeen();
  notice(step.look, seen, ran);
  return isAllSeen(step.look, seen);
}

function wantsToBeSeen(step: RunStep | TaskStep): step is RunStep {
  return step.kind === "run" &&
    (step.look !== undefined || step.expect !== undefined || !step.check);
}

async function judgeGuess(
  view: LabView,
  step: PredictStep,
  ran: PlayedLine | undefined,
): Promise<StepResult> {
  const answer = await step.answer(view);
  const guess = ran ? Number(ran.line) : answer.value;
  return result({ ok: Math.abs(guess - answer.value) <= (step.tolerance ?? 0), answer });
}

/** One judging of a step that is no number. */
class Judging {
  readonly #seen: Seen;
  #waitedMs = 0;
  #rerun: PlayedLine | undefined;

  constructor(
    readonly stage: Stage,
    readonly view: LabView,
    readonly step: RunStep | TaskStep,
    readonly ran: PlayedLine | undefined,
    readonly options: JudgeOptions,
  ) {
    this.#seen = options.seen ?? nothingSeen();
  }

  /** Lets lab time pass until all is as expected, no time can bring it, or the step's bound is reached. */
  async settle(): Promise<StepResult> {
    const { options: { signal, onWait, ...options }, stage: { lab: { clock } } } = this;
    const boundMs = await this.#boundMs();
    for (;;) {
      const found = await this.#look();
      const isOver = this.#waitedMs >= boundMs || signal?.aborted;
      const isDone = found.ok && !(this.#printsLater && found.comparison?.ok === false);
      if (isDone || isOver || !this.#mayCome(found)) return found;
      onWait?.(this.#waitedMs, boundMs, found.findings[0]);
      const everyMs = options.everyMs ?? (clock.movable ? LOOK_EVERY_MS : REAL_LOOK_EVERY_MS);
      const nextMs = Math.min(everyMs, boundMs - this.#waitedMs);
      await clock.advance(nextMs, { signal });
      this.#waitedMs += nextMs;
    }
  }

  get #asPrinted(): boolean {
    return this.options.asPrinted === true;
  }

  /** Whether time may bring what the line prints, though nobody bounds it: a check is content with the first of it. */
  get #printsLater(): boolean {
    return this.#asPrinted && (!this.stage.lab.clock.movable || this.step.check !== undefined);
  }

  /** How much lab time may pass for the line. */
  async #boundMs(): Promise<number> {
    const { step, ran, options: { unasked, atOnce }, stage: { lab } } = this;
    // Without a cluster nothing comes true by waiting.
    const isThere = (await lab.clusters()).length > 0;
    if (atOnce || !isThere) return 0;
    const hasFailed = isOfStateAlone(step) && ran?.exitCode !== 0;
    const hasPart = !unasked ||
      !hasFailed && (isAbout(step, ran!) || isOfStateAlone(step) && worksOnIt(ran!));
    if (!hasPart) return 0;
    return Math.max(step.withinMs ?? 0, this.#printsLater ? PRINTED_WITHIN_MS : 0);
  }

  /** Whether time can bring what is missing; where there is no check to say so, the step's bound does. */
  #mayCome({ findings, isAbout }: StepResult): boolean {
    if (findings.length > 0) return findings.every(({ waits }) => waits);
    return this.#printsLater || this.step.check === undefined && isAbout;
  }

  async #look(): Promise<StepResult> {
    const { step } = this;
    const findings = await step.check?.(this.view) ?? [];
    const expect = step.kind === "run" ? step.expect : undefined;
    const compared = (line?: PlayedLine) =>
      expect && line && isSameLine(ownLine(step), line.line)
        ? compareOutput(expect, line)
        : undefined;
    const again = lookingLine(step, this.ran);
    // The lab does not stand still between a line that is played and the look at what it came to.
    const isLate = this.#waitedMs > 0 || this.#asPrinted && compared(this.ran)?.ok === false;
    // A line that does more than look does it once more, and not at every look.
    const mayRun = again !== undefined && (!this.#rerun || LOOKS_ONLY.test(again));
    if (isLate && findings.length === 0 && mayRun) {
      const options = runOptions(step, this.options);
      this.#rerun = { line: again, ...await this.stage.shell.run(again, options) };
    }
    const last = this.#rerun ?? this.ran;
    const comparison = compared(last);
    const unseen = wantsToBeSeen(step) ? this.#unseen(step, last, findings.length > 0) : undefined;
    return result({
      ok: findings.length === 0 && unseen === undefined,
      findings,
      isAbout: last !== undefined && isAbout(step, last),
      waitedMs: this.#waitedMs,
      ...(unseen ? { unseen } : {}),
      ...(comparison ? { comparison } : {}),
      ...(this.#rerun ? { rerun: this.#rerun } : {}),
    });
  }

  /** What is still to be seen; what is seen before the state is right does not count. */
  #unseen(
    step: RunStep,
    last: PlayedLine | undefined,
    isTooEarly: boolean,
  ): StepResult["unseen"] {
    const { look, expect } = step;
    const seen = this.#seen;
    if (isTooEarly) Object.assign(seen, nothingSeen());
    if (look) {
      if (last && !isTooEarly) notice(look, seen, last);
      if (!isTooEarly) noticePages(look, seen, this.stage.lab.pagesOpened?.(this.view.since) ?? []);
      return isAllSeen(look, seen) ? undefined : look.at;
    }
    const isIt = last !== undefined && isAbout(step, last) &&
      (!expect || compareOutput(expect, last).ok);
    return isIt && !isTooEarly ? undefined : { line: ownLine(step) };
  }
}

/** The line that a step ends with, as its author has it. */
function ownLine(step: RunStep | TaskStep): string {
  return (step.kind === "run" ? step.lines : step.solution).at(-1)!;
}

/** Whether a line is one that the step is about. */
function isAbout(step: RunStep | TaskStep, ran: PlayedLine): boolean {
  if (isSameLine(ownLine(step), ran.line)) return true;
  if (step.kind !== "run") return false;
  if (step.look) return step.look.asks.length > 0 && asksFor(step.look, ran);
  return step.expect !== undefined && callsSame(ownLine(step), ran.line) &&
    compareOutput(step.expect, ran).ok;
}

/** Whether two lines call the same command, so that what they print may be compared. */
function callsSame(a: string, b: string): boolean {
  const name = (line: string) => line.trim().split(/\s+/)[0];
  return name(a) === name(b);
}

/** Whether a line changed something in the lab. */
function writes({ asked }: PlayedLine): boolean {
  return asked?.some((asked) => asked.writes) === true;
}

/** Whether a line changed something by itself, and not by letting time pass. */
function worksOnIt({ asked }: PlayedLine): boolean {
  return asked?.some(({ target, writes }) => writes && target !== "clock") === true;
}

/** Whether a line asked for a page, which is counted. */
function visits({ asked }: PlayedLine): boolean {
  return asked?.some(({ target }) => target.startsWith(":")) === true;
}

/** One command that looks at something, and nothing after it. */
const LOOKS_ONLY = /^\s*(kubectl|curl)\b[^;&\n]*$/;

/** Commands that change nothing. */
const READS = /^\s*(curl|kubectl\b.*? (get|describe|logs|top)) /;

/** The last line of a step, where that does nothing but look at what the lines before it did. */
export function lookBehindWork(step: RunStep | TaskStep): string | undefined {
  const line = ownLine(step);
  const isBehind = step.kind === "run" && step.lines.length > 1;
  return isBehind && LOOKS_ONLY.test(line) && READS.test(line) ? line : undefined;
}

/** What is run again after time has passed: the line itself, where that does nothing but look, or the step's own. */
function lookingLine(step: RunStep | TaskStep, ran: PlayedLine | undefined): string | undefined {
  if (!ran || !wantsToBeSeen(step) || !isAbout(step, ran)) return undefined;
  const isFollowing = ran.exitCode === 130;
  return LOOKS_ONLY.test(ran.line) && !writes(ran) && !isFollowing ? ran.line : ownLine(step);
}

function result(found: Partial<StepResult>): StepResult {
  return { ok: false, isAbout: false, findings: [], waitedMs: 0, ...found };
}

/** How a step's lines are run when nobody sits there to press Ctrl-C. */
export function runOptions(
  step: RunStep | TaskStep,
  { signal }: { signal?: AbortSignal },
): { signal?: AbortSignal; followMs?: number } {
  return { signal, ...(step.kind === "run" && step.followMs ? { followMs: step.followMs } : {}) };
}
