import {
  type BrokenLesson,
  type Language,
  LessonError,
  type LoadedLesson,
  loadLessonsApart,
  type Shelf,
} from "../lesson/mod.ts";
import { findLesson, lessonNumber, nearestLessons, WORDS } from "../tutor/mod.ts";
import { type CommonOptions, usualLanguage } from "./context.ts";
import { warn } from "./output.ts";
import type { FurtherLessons } from "./further_lessons.ts";
import { UsageError } from "./errors.ts";

/**
 * The lessons that can be taught, and the folders of others among them; each that cannot is told on standard error.
 * Errors: LessonError when there is none.
 */
export async function openShelf(
  options: CommonOptions & FurtherLessons,
): Promise<Shelf & { others: readonly URL[] }> {
  const others = options.lessons === undefined
    ? []
    : await (await import("./further_lessons.ts")).agreedLessons(options);
  const shelf = await notEmpty(loadLessonsApart(undefined, { others }));
  const language = options.lang ?? usualLanguage();
  const words = WORDS[language];
  for (const broken of shelf.broken) {
    warn(words.brokenLesson(broken.id, broken.why));
  }
  return { ...shelf, others };
}

/** What was read, for who tells what is broken elsewhere. Errors: LessonError when nothing can be taught. */
export async function notEmpty(read: Promise<Shelf>): Promise<Shelf> {
  const shelf = await read;
  if (shelf.lessons.length === 0) {
    const { CLI_WORDS } = await import("./cli_words.ts");
    const told = (language: Language) =>
      CLI_WORDS[language].noLessons(shelf.broken.map(({ why }) => why[language]).join("\n"));
    throw new LessonError({ en: told("en"), ko: told("ko") });
  }
  return shelf;
}

/** The lessons that were named and cannot be taught: by id, with or without its number, or by the number. */
export function brokenOf(name: string, { broken }: Pick<Shelf, "broken">): BrokenLesson[] {
  return broken.filter(({ id }) =>
    id === name || id.replace(/^\d+-/, "") === name || lessonNumber(id) === Number(name)
  );
}

/** The lesson that was named, by id, number, or a part of its id. Errors: UsageError, which names those like it. */
export function lessonOf(name: string, { lessons, broken }: Shelf): LoadedLesson {
  const found = findLesson(name, lessons);
  if (found) return found;
  const [spoilt] = brokenOf(name, { broken });
  if (spoilt) {
    throw new UsageError(({ spoiltLesson }) => spoiltLesson(spoilt.id, spoilt.why));
  }
  const ids = lessons.map(({ lesson }) => lesson.id);
  const near = nearestLessons(name, ids);
  throw new UsageError(({ noLesson }) => noLesson(name, near, ids));
}
