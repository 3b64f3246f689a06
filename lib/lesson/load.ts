import { messageOf } from "../base/mod.ts";
import type { SimulatedImage } from "../labs/lab.ts";
import { type Language, LANGUAGES, type Lesson, LessonError } from "./lesson.ts";
import { mistakesIn } from "./define_lesson.ts";
import { parseProse, type Prose } from "./prose.ts";

/** A lesson with its prose. */
export interface LoadedLesson {
  lesson: Lesson;
  prose: Record<Language, Prose>;
}

/** A lesson that cannot be taught as it stands. */
export interface BrokenLesson {
  id: string;
  /** For its author: the file, what is wrong in it, and how it is written. */
  why: string;
}

/** The lessons of a folder, in order; one that is broken keeps no other from being taught. */
export interface Shelf {
  lessons: LoadedLesson[];
  broken: BrokenLesson[];
}

/** The project's own lessons. */
export const LESSONS_URL = new URL("../../lessons/", import.meta.url);

/** Ids of the lessons in a folder, in order. */
export async function lessonIds(folder: URL = LESSONS_URL): Promise<string[]> {
  const ids: string[] = [];
  for await (const entry of Deno.readDir(folder)) {
    if (entry.isDirectory && /^\d{2}-/.test(entry.name)) ids.push(entry.name);
  }
  return ids.sort();
}

/** Reads one lesson. Errors: LessonError that names the file and what to do. */
export async function loadLesson(id: string, folder: URL = LESSONS_URL): Promise<LoadedLesson> {
  const url = new URL(`${id}/lesson.ts`, folder);
  let module: { default?: Lesson };
  try {
    module = await import(url.href);
  } catch (error) {
    const message = messageOf(error);
    throw new LessonError(`lessons/${id}/lesson.ts does not load: ${message}`);
  }
  const lesson = module.default;
  if (!lesson) {
    throw new LessonError(
      `lessons/${id}/lesson.ts has no default export. Write: export default defineLesson({ … })`,
    );
  }
  const mistakes = mistakesIn(lesson);
  if (mistakes.length > 0) {
    throw new LessonError(`lessons/${id}/lesson.ts: ${mistakes.join("; ")}`);
  }
  if (lesson.id !== id) {
    throw new LessonError(`lessons/${id}/lesson.ts says it is "${lesson.id}"; make both the same`);
  }
  const prose = {} as Record<Language, Prose>;
  for (const language of LANGUAGES) prose[language] = await readProse(lesson, language, folder);
  return { lesson, prose };
}

async function readProse(lesson: Lesson, language: Language, folder: URL): Promise<Prose> {
  const name = `lessons/${lesson.id}/${language}.md`;
  let text: string;
  try {
    text = await Deno.readTextFile(new URL(`${lesson.id}/${language}.md`, folder));
  } catch {
    throw new LessonError(`${name} is missing: a lesson is told in every language`);
  }
  const prose = parseProse(text, name);
  for (const step of lesson.steps) {
    if (!prose.steps.get(step.id)?.body) {
      throw new LessonError(`${name} has no text under "## ${step.id}"`);
    }
  }
  for (const heading of prose.steps.keys()) {
    if (!lesson.steps.some((step) => step.id === heading)) {
      throw new LessonError(`${name} tells of "## ${heading}", which is no step of the lesson`);
    }
  }
  return prose;
}

/** Every lesson, in order. Errors: LessonError of the first that is broken. */
export async function loadLessons(folder: URL = LESSONS_URL): Promise<LoadedLesson[]> {
  const { lessons, broken: [first] } = await readShelf(folder);
  if (first) throw new LessonError(first.why);
  return lessons;
}

/** Every lesson that can be taught, and why the others cannot: what one requires has to be there too. */
export async function readShelf(folder: URL = LESSONS_URL): Promise<Shelf> {
  const broken: BrokenLesson[] = [];
  const note = (id: string, error: unknown) => {
    if (!(error instanceof LessonError)) throw error;
    broken.push({ id, why: error.message });
  };
  const ids = await lessonIds(folder);
  const read = (await Promise.all(
    ids.map((id) => loadLesson(id, folder).catch((error) => note(id, error))),
  )).filter((loaded) => loaded !== undefined);
  const lessons = read.filter(({ lesson: { id, requires } }) => {
    const missing = requires.find((required) => broken.some((other) => other.id === required));
    try {
      if (missing) {
        throw new LessonError(
          `lessons/${id}/lesson.ts requires "${missing}", which is broken: mend that one first`,
        );
      }
      lessonChain(id, read);
      return true;
    } catch (error) {
      note(id, error);
      return false;
    }
  });
  broken.sort((a, b) => a.id < b.id ? -1 : 1);
  return { lessons, broken };
}

/** The programs that lessons bring; a lesson that does not load brings none. */
export async function lessonPrograms(
  folder: URL = LESSONS_URL,
): Promise<readonly SimulatedImage[]> {
  const modules = await Promise.allSettled(
    (await lessonIds(folder)).map((id) => import(new URL(`${id}/lesson.ts`, folder).href)),
  );
  return modules.flatMap((module) =>
    module.status === "fulfilled" ? (module.value.default as Lesson)?.programs ?? [] : []
  );
}

/**
 * The lessons whose solutions bring about the start state of `id`, in the order to play them.
 * Errors: LessonError when one is missing or they need each other.
 */
export function lessonChain(id: string, lessons: readonly LoadedLesson[]): Lesson[] {
  const order: Lesson[] = [];
  const visit = (wanted: string, path: string[]) => {
    if (path.includes(wanted)) {
      throw new LessonError(`Lessons require each other: ${[...path, wanted].join(" → ")}`);
    }
    const found = lessons.find(({ lesson }) => lesson.id === wanted);
    if (!found) {
      throw new LessonError(`Lesson "${path.at(-1)}" requires "${wanted}", which does not exist`);
    }
    for (const required of found.lesson.requires) visit(required, [...path, wanted]);
    if (!order.includes(found.lesson)) order.push(found.lesson);
  };
  visit(id, []);
  return order.slice(0, -1);
}
