import type { LabOptions } from "./bench.ts";
import type { FurtherLessons } from "./further_lessons.ts";

/** Opens the guided shell. The lessons are read, on their own thread, while the rest of it is loaded. */
export async function openGuided(
  options: LabOptions & FurtherLessons & { api?: boolean },
  lesson?: string,
): Promise<number> {
  const { loadLessonsApart } = await import("../lesson/remote_lessons.ts");
  const others = options.lessons === undefined
    ? []
    : await (await import("./further_lessons.ts")).agreedLessons(options);
  const shelf = loadLessonsApart(undefined, { others });
  shelf.catch(() => {}); // Told by who waits for it.
  return await (await import("./tutor.ts")).openTutor(options, shelf, lesson, others);
}
