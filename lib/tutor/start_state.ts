import {
  type Lesson,
  lessonChain,
  type LoadedLesson,
  type PlayedLine,
  playLesson,
  playSetup,
  type Stage,
} from "../lesson/mod.ts";

/** How far a lab is on its way to a lesson's start. */
export interface BuildProgress {
  lesson: Lesson;
  /** From 1. */
  step: number;
  /** Of all that is played on the way, how many hundredths are done. */
  percent: number;
}

/** What came of bringing a lab to a lesson's start. */
export type BuildResult =
  | { ok: true; inLab: string[] }
  | { ok: false; lesson: Lesson; failed: PlayedLine | undefined };

/**
 * Brings a lab to a lesson's start: its cluster is deleted, and the solutions of all that the lesson
 * requires are played, then the lesson's own setup. The workspace must hold the project's files.
 */
export async function bringToStart(
  stage: Stage,
  id: string,
  lessons: readonly LoadedLesson[],
  options: { signal?: AbortSignal; onProgress?: (progress: BuildProgress) => void } = {},
): Promise<BuildResult> {
  for (const name of await stage.lab.clusters()) await stage.lab.deleteCluster(name);
  const chain = lessonChain(id, lessons);
  const all = chain.reduce((sum, { steps }) => sum + steps.length, 0);
  let done = 0;
  for (const lesson of chain) {
    let step = 1;
    const tell = () =>
      options.onProgress?.({ lesson, step, percent: Math.floor(100 * done / all) });
    tell();
    const played = await playLesson(stage, lesson, {
      signal: options.signal,
      onStep: () => {
        step = Math.min(step + 1, lesson.steps.length);
        done++;
        tell();
      },
    });
    if (!played.ok) {
      const failed = played.failedSetup ?? played.steps.at(-1)?.lines.at(-1);
      return { ok: false, lesson, failed };
    }
  }
  const lesson = lessons.find((loaded) => loaded.lesson.id === id)!.lesson;
  const failed = await playSetup(stage, lesson, { signal: options.signal });
  if (failed) return { ok: false, lesson, failed };
  return { ok: true, inLab: chain.map((required) => required.id) };
}

/** Whether a lab in which `inLab` was done is where a lesson starts. */
export function isAtStart(
  id: string,
  inLab: readonly string[],
  lessons: readonly LoadedLesson[],
): boolean {
  const needed = lessonChain(id, lessons).map((lesson) => lesson.id);
  return needed.length === inLab.length && needed.every((lesson) => inLab.includes(lesson));
}
