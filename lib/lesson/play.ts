import { type JudgeOptions, judgeStep, type PlayedLine, runOptions, type Stage } from "./judge.ts";
import type { StepResult } from "./judge.ts";
import type { Lesson, Step } from "./lesson.ts";

/** A step played with its author's solution. */
export interface PlayedStep extends StepResult {
  step: Step;
  lines: PlayedLine[];
}

/** What watches a play. */
export interface PlayOptions extends Omit<JudgeOptions, "unasked"> {
  onLine?: (line: PlayedLine) => void;
  onStep?: (step: PlayedStep, lesson: Lesson) => void;
}

/** Plays one step with its author's solution. */
export async function playStep(
  stage: Stage,
  step: Step,
  { signal, onWait, onLine }: PlayOptions = {},
): Promise<PlayedStep> {
  const lines: PlayedLine[] = [];
  const sinceMs = stage.lab.clock.now();
  if (step.kind !== "predict") {
    for (const line of step.kind === "run" ? step.lines : step.solution) {
      const played = { line, ...await stage.shell.run(line, runOptions(step, { signal })) };
      lines.push(played);
      onLine?.(played);
    }
  }
  const result = await judgeStep(stage, step, lines.at(-1), {
    signal,
    onWait,
    sinceMs,
    asPrinted: true,
  });
  // One line that fails makes it no solution, unless the failure is what is expected.
  const failed = !(step.kind === "run" && step.expect) && lines.some((line) => line.exitCode !== 0);
  const isPrinted = result.comparison?.ok ?? true;
  return { ...result, ok: result.ok && isPrinted && !failed, step, lines };
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
