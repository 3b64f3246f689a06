import type { LoadedLesson } from "../lesson/mod.ts";
import { nearestLessons } from "../tutor/mod.ts";

/** Something on the command line cannot be done as it was asked. */
export class UsageError extends Error {
  override name = "UsageError";
}

/** Says that a lesson is not there, which are like it, and how to see them all. */
export function unknownLesson(name: string, lessons: readonly LoadedLesson[]): UsageError {
  const ids = lessons.map(({ lesson }) => lesson.id);
  const near = nearestLessons(name, ids);
  const hint = near.length > 0 ? ` Did you mean ${near.map((id) => `"${id}"`).join(" or ")}?` : "";
  return new UsageError(`There is no lesson "${name}".${hint} The lessons are: ${ids.join(", ")}`);
}
