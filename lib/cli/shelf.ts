import {
  type BrokenLesson,
  type Language,
  LessonError,
  type LoadedLesson,
  loadLessonsApart,
  type Shelf,
} from "../lesson/mod.ts";
import { findLesson, lessonNumber, nearestLessons, WORDS } from "../tutor/mod.ts";
import { type CommonOptions, localeLanguage } from "./context.ts";
import { warn } from "./output.ts";
import type { FurtherLessons } from "./further_lessons.ts";
import { UsageError } from "./errors.ts";

/** The lessons that can be taught; each that cannot is told on standard error. Errors: LessonError when there is none. */
export async function openShelf(options: CommonOptions & FurtherLessons): Promise<Shelf> {
  const others = options.lessons === undefined
    ? []
    : await (await import("./further_lessons.ts")).agreedLessons(options);
  const shelf = await notEmpty(loadLessonsApart(undefined, { others }));
  const words = WORDS[options.lang ?? localeLanguage()];
  for (const broken of shelf.broken) {
    warn(words.brokenLesson(broken.id, brokenText(broken, options.lang ?? localeLanguage())));
  }
  return shelf;
}

/** Why a lesson cannot be taught, in a language where it is said in it. */
export function brokenText({ why, ko }: BrokenLesson, language: Language): string {
  return language === "ko" ? ko ?? why : why;
}

/** What was read, for who tells what is broken elsewhere. Errors: LessonError when nothing can be taught. */
export async function notEmpty(read: Promise<Shelf>): Promise<Shelf> {
  const shelf = await read;
  if (shelf.lessons.length === 0) {
    const why = shelf.broken.map(({ why }) => why).join("\n");
    throw new LessonError(`There is no lesson that can be taught.${why && `\n${why}`}`);
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
