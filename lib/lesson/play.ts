import type { Files } from "../commands/command.ts";
import type { Lab } from "../labs/lab.ts";
import { compareOutput, type Comparison, type Output } from "./expect.ts";
import type {
  Finding,
  LabView,
  Lesson,
  Localized,
  PredictStep,
  RunStep,
  Step,
  TaskStep,
} from "./lesson.ts";
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

/** How a step stands. */
export interface StepResult {
  /** Whether output and state are as the author expects. */
  ok: boolean;
  comparison?: Comparison;
  findings: Finding[];
  /** Lab time that passed while waiting. */
  waitedMs: number;
  /** The last line run again while waiting, with what it printed in the end. */
  rerun?: PlayedLine;
}

/** A step played with its author's solution. */
export interface PlayedStep extends StepResult {
  step: Step;
  lines: PlayedLine[];
  answer?: { value: number; arithmetic: Localized[] };
}

/** What watches a play. */
export interface PlayOptions {
  signal?: AbortSignal;
  onLine?: (line: PlayedLine) => void;
  onWait?: (waitedMs: number, boundMs: number) => void;
  onStep?: (step: PlayedStep, lesson: Lesson) => void;
}

/**
 * Whether a step is done, letting lab time pass, within the step's bound, for what needs time.
 *
 * `last` is the step's last line as it was just run; it is run again as time passes, as a learner
 * would. Without it only the check counts.
 */
export async function settle(
  stage: Stage,
  step: RunStep | TaskStep,
  last: PlayedLine | undefined,
  options: PlayOptions = {},
): Promise<StepResult> {
  const view = labView(stage.lab, stage.files);
  // Without a cluster nothing comes true by waiting.
  const canWait = stage.lab.clock.movable && (await stage.lab.clusters()).length > 0;
  const boundMs = canWait ? step.withinMs ?? 0 : 0;
  let rerun: PlayedLine | undefined;
  for (let waitedMs = 0;;) {
    const result = await judge(view, step, rerun ?? last);
    if (result.ok || waitedMs >= boundMs || options.signal?.aborted) {
      return { ...result, waitedMs, ...(rerun ? { rerun } : {}) };
    }
    options.onWait?.(waitedMs, boundMs);
    const nextMs = Math.min(LOOK_EVERY_MS, boundMs - waitedMs);
    await stage.lab.clock.advance(nextMs, { signal: options.signal });
    waitedMs += nextMs;
    if (last && result.comparison && !result.comparison.ok) {
      const output = await stage.shell.run(last.line, runOptions(step, options));
      rerun = { line: last.line, ...output };
    }
  }
}

async function judge(
  view: LabView,
  step: RunStep | TaskStep,
  last: PlayedLine | undefined,
): Promise<Omit<StepResult, "waitedMs">> {
  const expect = step.kind === "run" ? step.expect : undefined;
  const comparison = expect && last ? compareOutput(expect, last) : undefined;
  const findings = await step.check?.(view) ?? [];
  return { ok: findings.length === 0 && (comparison?.ok ?? true), comparison, findings };
}

function runOptions(step: RunStep | TaskStep, options: PlayOptions) {
  return {
    signal: options.signal,
    ...(step.kind === "run" && step.followMs ? { followMs: step.followMs } : {}),
  };
}

/** Plays one step with its author's solution. */
export async function playStep(
  stage: Stage,
  step: Step,
  options: PlayOptions = {},
): Promise<PlayedStep> {
  if (step.kind === "predict") return await playPrediction(stage, step);
  const lines: PlayedLine[] = [];
  for (const line of step.kind === "run" ? step.lines : step.solution) {
    const played = { line, ...await stage.shell.run(line, runOptions(step, options)) };
    lines.push(played);
    options.onLine?.(played);
  }
  const result = await settle(stage, step, lines.at(-1), options);
  // A solution whose last line fails is no solution, unless the failure is what is expected.
  const failed = !(step.kind === "run" && step.expect) && lines.find((line) => line.exitCode !== 0);
  return { ...result, ok: result.ok && !failed, step, lines };
}

async function playPrediction(stage: Stage, step: PredictStep): Promise<PlayedStep> {
  const answer = await step.answer(labView(stage.lab, stage.files));
  return { ok: Number.isFinite(answer.value), findings: [], waitedMs: 0, step, lines: [], answer };
}

/** Plays the lines that come before a lesson's first step. Gives the first that failed, if one did. */
export async function playSetup(
  stage: Stage,
  lesson: Lesson,
  options: PlayOptions = {},
): Promise<PlayedLine | undefined> {
  for (const line of lesson.setup ?? []) {
    const played = { line, ...await stage.shell.run(line, { signal: options.signal }) };
    options.onLine?.(played);
    if (played.exitCode !== 0) return played;
  }
}

/** Plays a lesson, its setup first; stops at what fails. */
export async function playLesson(
  stage: Stage,
  lesson: Lesson,
  options: PlayOptions = {},
): Promise<{ ok: boolean; steps: PlayedStep[]; failedSetup?: PlayedLine }> {
  const failedSetup = await playSetup(stage, lesson, options);
  if (failedSetup) return { ok: false, steps: [], failedSetup };
  return await playSteps(stage, lesson, options);
}

/** Plays a lesson's steps from its start state; stops at the first that fails. */
export async function playSteps(
  stage: Stage,
  lesson: Lesson,
  options: PlayOptions = {},
): Promise<{ ok: boolean; steps: PlayedStep[] }> {
  const steps: PlayedStep[] = [];
  for (const step of lesson.steps) {
    const played = await playStep(stage, step, options);
    steps.push(played);
    options.onStep?.(played, lesson);
    if (!played.ok || options.signal?.aborted) return { ok: false, steps };
  }
  return { ok: true, steps };
}
