import type { LabOptions } from "./bench.ts";

/** Opens the guided shell. The lessons are read, on their own thread, while the rest of it is loaded. */
export async function openGuided(
  options: LabOptions & { api?: boolean },
  lesson?: string,
): Promise<number> {
  const { loadLessonsApart } = await import("../lesson/remote_lessons.ts");
  const shelf = loadLessonsApart();
  shelf.catch(() => {}); // Told by who waits for it.
  return await (await import("./tutor.ts")).openTutor(options, shelf, lesson);
}
