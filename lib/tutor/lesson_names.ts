import { nearestWords } from "../base/mod.ts";
import type { LoadedLesson } from "../lesson/mod.ts";

/** What a lesson is called by for short; it keeps it when another is not there. */
export function lessonNumber(id: string): number {
  return Number.parseInt(id);
}

/** A lesson by id, by its number in the list, or by a part of its id that only it has. */
export function findLesson(
  name: string,
  lessons: readonly LoadedLesson[],
): LoadedLesson | undefined {
  const exact = lessons.find(({ lesson }) => lesson.id === name);
  if (exact) return exact;
  if (/^\d+$/.test(name)) {
    const number = Number(name);
    return lessons.find(({ lesson }) => lessonNumber(lesson.id) === number);
  }
  const part = lessons.filter(({ lesson }) => lesson.id.includes(name));
  return name.length >= 3 && part.length === 1 ? part[0] : undefined;
}

/** Ids of lessons most like what was typed; a number in front counts for nothing. */
export function nearestLessons(name: string, ids: readonly string[]): string[] {
  const bare = (id: string) => id.replace(/^\d+-/, "");
  const words = ids.flatMap((id) => [bare(id), ...bare(id).split("-")]);
  const near = nearestWords(bare(name), words.filter((word) => word.length > 2));
  return ids.filter((id) =>
    near.some((word) => bare(id) === word || bare(id).split("-").includes(word))
  );
}
