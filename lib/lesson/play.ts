import { mendingLines, plantingLines } from "./breaks/break.ts";
import {
  type JudgeOptions,
  judgeStep,
  type PlayedLine,
  runOptions,
  type Stage,
  viewOf,
} from "./judge.ts";
import type { StepResult } from "./judge.ts";
import type { Lesson, RunStep, Step, TaskStep } from "./lesson.ts";

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
    for (const line of await linesOf(stage, step)) {
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

/** The lines of a step's solution, as the lab is now. */
async function linesOf(stage: Stage, step: RunStep | TaskStep): Promise<readonly string[]> {
  if (step.kind === "run") return step.lines;
  if (!step.repairs) return step.solution;
  const [found] = await step.check(viewOf(stage));
  const broken = step.repairs.find(({ id }) => id === found?.repair);
  return broken ? mendingLines(broken) : [];
}

/** How long it takes until all that was planted shows, in lab time: Prometheus forgets, the adapter lists anew. */
const UNTIL_IT_SHOWS = "clock +6m";

/** Plants the breaks of a stage that is at a lesson's start. Gives the first line that failed, if one did. */
export async function plantBreaks(
  stage: Stage,
  { breaks }: Lesson,
  options: PlayOptions = {},
): Promise<PlayedLine | undefined> {
  const drawn = breaks?.from.filter(({ id }) => stage.drawn?.includes(id)) ?? [];
  if (drawn.length === 0) return undefined;
  // A chart that is upgraded sets its objects right again.
  const inOrder = drawn.toSorted((a, b) => Number("name" in a.change) - Number("name" in b.change));
  for (const line of [...inOrder.flatMap(plantingLines), UNTIL_IT_SHOWS]) {
    const played = { line, ...await stage.shell.run(line, { signal: options.signal }) };
    if (played.exitCode !== 0) return played;
  }
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
