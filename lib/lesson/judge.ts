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
import { callsSame, isSameLine } from "./same_line.ts";
import { labView } from "./view.ts";

/** How much lab time passes between two looks at something that needs time. */
const LOOK_EVERY_MS = 5_000;

/** Where a lesson is played: a lab, its learner's files, and a shell on both. */
export interface Stage {
  lab: Lab;
  files: Files;
  shell: {
    run(line: string, options?: { followMs?: number; signal?: AbortSignal }): Promise<Output>;
  };
}

/** A line as played. */
export interface PlayedLine extends Output {
  line: string;
}

/** What a step came to. */
export interface StepResult {
  /** Whether output and state are as the author expects. */
  ok: boolean;
  /** Whether what the step asks for was run, where it asks for a line; what is missing is worth telling only then. */
  isAsked: boolean;
  /** Whether what the step asks for was run and failed by itself, where it should not: its own words say why. */
  failed?: boolean;
  comparison?: Comparison;
  findings: Finding[];
  /** Lab time that passed while waiting. */
  waitedMs: number;
  /** The last line run again while waiting, with what it printed in the end. */
  rerun?: PlayedLine;
  /** What a step that asks for a number wanted to hear. */
  answer?: { value: number; arithmetic: Localized[] };
}

export interface JudgeOptions {
  signal?: AbortSignal;
  onWait?: (waitedMs: number, boundMs: number) => void;
  /** A line was run, and nobody asked: time is let pass only for the line that the step asks for. */
  unasked?: boolean;
}

/**
 * What `ran` makes of a step: a line with what it printed, for a number to guess the guess. Without it, as the state
 * is. What needs time gets lab time, within the step's bound; the line is run again as time passes, as a learner would.
 */
export async function judgeStep(
  stage: Stage,
  step: Step,
  ran: PlayedLine | undefined,
  options: JudgeOptions = {},
): Promise<StepResult> {
  const view = labView(stage.lab, stage.files);
  if (step.kind === "predict") {
    return options.unasked ? result({ isAsked: false }) : await judgeGuess(view, step, ran);
  }
  if (options.unasked && !(ran && isAskedFor(step, ran))) return await judgeState(view, step);
  if (options.unasked && ran!.exitCode !== 0 && step.kind === "run" && !step.expect) {
    return result({ failed: true });
  }
  const needsLine = step.kind === "run" && (step.expect !== undefined || !step.check);
  if (needsLine && !ran) return result({ isAsked: false });
  return await settle(stage, view, step, ran, options);
}

/** Whether a line is the one that a step ends with; or, with other words, prints what is expected of it. */
function isAskedFor(step: RunStep | TaskStep, ran: PlayedLine): boolean {
  if (step.kind === "task") return false;
  const expected = step.lines.at(-1)!;
  return isSameLine(expected, ran.line) ||
    step.expect !== undefined && callsSame(expected, ran.line) && namesAll(step, ran.line) &&
      compareOutput(step.expect, ran).ok;
}

/** Whether a line names, each as a whole word, what the step asks about. */
function namesAll({ names = [] }: RunStep, line: string): boolean {
  const words = line.split(/[\s"'|]+/);
  return names.every((name) => words.includes(name));
}

/** Another way to the same state will do where only the state counts. */
async function judgeState(view: LabView, step: RunStep | TaskStep): Promise<StepResult> {
  const counts = step.check !== undefined && !(step.kind === "run" && step.expect);
  const findings = counts ? await step.check!(view) : [];
  return result({ ok: counts && findings.length === 0, isAsked: false, findings });
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

/** Lets lab time pass until all is as expected, no time can bring it, or the step's bound is reached. */
async function settle(
  stage: Stage,
  view: LabView,
  step: RunStep | TaskStep,
  last: PlayedLine | undefined,
  options: JudgeOptions,
): Promise<StepResult> {
  // Without a cluster nothing comes true by waiting.
  const canWait = stage.lab.clock.movable && (await stage.lab.clusters()).length > 0;
  const boundMs = canWait ? step.withinMs ?? 0 : 0;
  let rerun: PlayedLine | undefined;
  for (let waitedMs = 0;;) {
    const found = await look(view, step, rerun ?? last);
    const mayWait = found.findings.every(({ waits }) => waits);
    if (found.ok || !mayWait || waitedMs >= boundMs || options.signal?.aborted) {
      return { ...found, waitedMs, ...(rerun ? { rerun } : {}) };
    }
    options.onWait?.(waitedMs, boundMs);
    const nextMs = Math.min(LOOK_EVERY_MS, boundMs - waitedMs);
    await stage.lab.clock.advance(nextMs, { signal: options.signal });
    waitedMs += nextMs;
    if (last && found.comparison && !found.comparison.ok) {
      const output = await stage.shell.run(last.line, runOptions(step, options));
      rerun = { line: last.line, ...output };
    }
  }
}

async function look(
  view: LabView,
  step: RunStep | TaskStep,
  last: PlayedLine | undefined,
): Promise<StepResult> {
  const expect = step.kind === "run" ? step.expect : undefined;
  const comparison = expect && last ? compareOutput(expect, last) : undefined;
  const findings = await step.check?.(view) ?? [];
  return result({ ok: findings.length === 0 && (comparison?.ok ?? true), comparison, findings });
}

function result(found: Partial<StepResult>): StepResult {
  return { ok: false, isAsked: true, findings: [], waitedMs: 0, ...found };
}

/** How a step's lines are run when nobody sits there to press Ctrl-C. */
export function runOptions(
  step: RunStep | TaskStep,
  { signal }: { signal?: AbortSignal },
): { signal?: AbortSignal; followMs?: number } {
  return { signal, ...(step.kind === "run" && step.followMs ? { followMs: step.followMs } : {}) };
}
