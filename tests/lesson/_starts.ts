import type { AuthorStage, LessonGate } from "../../lib/authoring/mod.ts";
import { openGate } from "../../lib/cli/author_stage.ts";
import { LESSONS_URL, type LoadedLesson } from "../../lib/lesson/mod.ts";

/**
 * The gate of the project's lessons, which keeps their starts where `lesson check` does: the test that comes first plays
 * what a lesson requires, and those in other files go on from there, as long as no file of program and lessons changes.
 */
export async function gateOf(
  lessons: LoadedLesson[],
  options: { draws?: number } = {},
): Promise<LessonGate> {
  const folders = { all: [LESSONS_URL], others: [] };
  return (await openGate(folders, Promise.resolve({ lessons }), options)).gate;
}

/** The gate's one stage at a lesson's start, its setup done. */
export async function atStartOf(gate: LessonGate, loaded: LoadedLesson): Promise<AuthorStage> {
  const { stage, problems: [problem] } = await gate.open(loaded);
  if (!stage) throw new Error(problem.what.en);
  return stage;
}
