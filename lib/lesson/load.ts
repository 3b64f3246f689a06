import type { SimulatedImage } from "../labs/lab.ts";
import { type Language, LANGUAGES, type Lesson, LessonError } from "./lesson.ts";
import { parseProse, type Prose } from "./prose.ts";

/** A lesson with its prose. */
export interface LoadedLesson {
  lesson: Lesson;
  prose: Record<Language, Prose>;
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
    const message = error instanceof Error ? error.message : String(error);
    throw new LessonError(`lessons/${id}/lesson.ts does not load: ${message}`);
  }
  const lesson = module.default;
  if (!lesson) {
    throw new LessonError(
      `lessons/${id}/lesson.ts has no default export. Write: export default defineLesson({ … })`,
    );
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

/** Every lesson, in order. Errors: LessonError, also when `requires` names what is not there. */
export async function loadLessons(folder: URL = LESSONS_URL): Promise<LoadedLesson[]> {
  const ids = await lessonIds(folder);
  const lessons = await Promise.all(ids.map((id) => loadLesson(id, folder)));
  for (const { lesson } of lessons) lessonChain(lesson.id, lessons);
  return lessons;
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
