import { isInterrupt, messageOf } from "../base/mod.ts";
import { type Language, LANGUAGES, type Lesson, LessonError } from "./lesson.ts";
import { mistakesIn, type ShapeMistake } from "./define_lesson.ts";
import { ownImports, sourceFaults } from "./source.ts";
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
  /** The same in Korean, where it is said. */
  ko?: string;
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

/** What brings in a module of a lesson. */
export type Importer = (url: URL) => unknown;

const importer: Importer = (url) => import(url.href);

/** Where a lesson is, as its author is told: `lessons/09-labels/lesson.ts`. */
function shownPath(id: string, file: string, folder: URL): string {
  const name = decodeURIComponent(folder.pathname.split("/").at(-2) ?? "lessons");
  return `${name}/${id}/${file}`;
}

/** Reads one lesson. Errors: LessonError that names the file, the line where there is one, and what to do. */
export async function loadLesson(
  id: string,
  folder: URL = LESSONS_URL,
  bring: Importer = importer,
): Promise<LoadedLesson> {
  const path = shownPath(id, "lesson.ts", folder);
  const url = new URL(`${id}/lesson.ts`, folder);
  const source = await readSources(id, folder);
  let module: { default?: Lesson };
  try {
    module = await bring(url) as typeof module;
  } catch (error) {
    throw notLoaded(error, path, source);
  }
  const lesson = module.default;
  if (!lesson) {
    throw new LessonError(
      `${path}:1: it has no default export. Write: export default defineLesson({ … })`,
    );
  }
  const mistakes = mistakesIn(lesson);
  if (mistakes.length > 0) throw shapeError(mistakes, path, source);
  if (lesson.id !== id) {
    throw new LessonError(
      `${path}:${lineOf(source, ["id"])}: it says it is "${lesson.id}"; make both the same: ` +
        `id: "${id}"`,
    );
  }
  const prose = {} as Record<Language, Prose>;
  for (const language of LANGUAGES) prose[language] = await readProse(lesson, language, folder);
  return { lesson, prose };
}

function shapeError(mistakes: ShapeMistake[], path: string, source: string): LessonError {
  const line = lineOf(source, mistakes[0].at);
  return new LessonError(`${path}:${line}: ${mistakes.map(({ text }) => text).join("; ")}`);
}

/** Whether a module waits for something before it is there. */
export function isWaiting(error: unknown): boolean {
  const { code, message = "" } = (error ?? {}) as { code?: string; message?: string };
  return code === "ERR_REQUIRE_ASYNC_MODULE" || /top-level await/i.test(message);
}

/** What its author is told of a module that cannot be brought in: what was thrown, at its line. */
function notLoaded(error: unknown, path: string, source: string): LessonError {
  const mistake = (error as { mistake?: ShapeMistake } | undefined)?.mistake;
  if (mistake) return shapeError([mistake], path, source);
  if (isInterrupt(error)) {
    return new LessonError(
      `${path}:1: it does not come to an end as it is loaded. Let a loop end, or leave it out: ` +
        "a file of a lesson describes steps, and does nothing by itself",
    );
  }
  if (isWaiting(error)) {
    return new LessonError(
      `${path}:1: it waits for something as it is loaded. A file of a lesson describes steps: ` +
        "leave out the await that stands outside of every function",
    );
  }
  const message = messageOf(error);
  const [first] = message.split("\n");
  // Deno says where, in its own words, at the end of the first line or in the stack.
  const [, line] =
    /lesson\.ts:(\d+):\d+/.exec(`${message}\n${(error as Error | undefined)?.stack ?? ""}`) ?? [];
  const what = first.replace(/ at file:\S+$/, "").replace(/file:\S*\/(?=[^/]*$)/, "");
  return new LessonError(`${path}:${line ?? 1}: it does not load: ${what}. Mend it there`);
}

/** The text of a lesson's module. Errors: LessonError where it, or a file of its own, has what may not stand there. */
export async function readSources(id: string, folder: URL): Promise<string> {
  const texts = new Map<string, string>();
  const read = async (file: string): Promise<void> => {
    if (texts.has(file)) return;
    const path = shownPath(id, file, folder);
    let text: string;
    try {
      text = await Deno.readTextFile(new URL(`${id}/${file}`, folder));
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw new LessonError(messageOf(error));
      throw new LessonError(
        `${path}: there is no such file, so it does not load. Write one: lesson new`,
      );
    }
    texts.set(file, text);
    const [fault] = sourceFaults(text);
    if (fault) {
      const said = (language: Language) =>
        `${path}:${fault.line}: ${fault.what[language]}. ${asSentence(fault.remedy[language])}`;
      throw new LessonError(said("en"), said("ko"));
    }
    for (const own of ownImports(text)) await read(own.slice(2));
  };
  await read("lesson.ts");
  return texts.get("lesson.ts")!;
}

/** A text that stands behind a full stop. */
export function asSentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The line on which the last of `at` stands, each looked for behind the one before; the last that is there. */
export function lineOf(source: string, at: readonly string[]): number {
  let from = 0;
  let found = 0;
  for (const text of at) {
    const isField = /^[A-Za-z]\w*$/.test(text);
    const escaped = RegExp.escape(text);
    const pattern = new RegExp(isField ? `(?<![\\w."])${escaped}\\b\\s*[:(,]` : escaped, "g");
    pattern.lastIndex = from;
    const match = pattern.exec(source);
    if (!match) break;
    found = match.index;
    from = match.index + match[0].length;
  }
  return source.slice(0, found).split("\n").length;
}

async function readProse(lesson: Lesson, language: Language, folder: URL): Promise<Prose> {
  const name = shownPath(lesson.id, `${language}.md`, folder);
  let text: string;
  try {
    text = await Deno.readTextFile(new URL(`${lesson.id}/${language}.md`, folder));
  } catch {
    throw new LessonError(
      `${name}:1: it is missing: a lesson is told in every language. Write it, with "## STEP" for each step`,
    );
  }
  const prose = parseProse(text, name);
  const lines = text.split("\n");
  for (const step of lesson.steps) {
    if (!prose.steps.get(step.id)?.body) {
      const heading = lines.findIndex((line) => line.trim() === `## ${step.id}`);
      throw new LessonError(
        `${name}:${heading < 0 ? lines.length : heading + 1}: it has no text under ` +
          `"## ${step.id}"; say there what the step is for`,
      );
    }
  }
  for (const heading of prose.steps.keys()) {
    if (!lesson.steps.some((step) => step.id === heading)) {
      const at = lines.findIndex((line) => line.trim() === `## ${heading}`);
      throw new LessonError(
        `${name}:${at + 1}: it tells of "## ${heading}", which is no step of the lesson. ` +
          `The steps are: ${lesson.steps.map(({ id }) => id).join(", ")}`,
      );
    }
  }
  return prose;
}

/** Every lesson, in order. Errors: LessonError of the first that is broken. */
export async function loadLessons(folder: URL = LESSONS_URL): Promise<LoadedLesson[]> {
  const { lessons, broken: [first] } = standing(await readLessons(folder));
  if (first) throw new LessonError(first.why);
  return lessons;
}

/** The lessons of a folder, each by itself; those with these ids, where some are named. */
export async function readLessons(
  folder: URL,
  bring: Importer = importer,
  only?: readonly string[],
): Promise<Shelf> {
  const broken: BrokenLesson[] = [];
  const lessons: LoadedLesson[] = [];
  for (const id of only ?? await lessonIds(folder)) {
    try {
      lessons.push(await loadLesson(id, folder, bring));
    } catch (error) {
      noteBroken(broken, id, error);
    }
  }
  return { lessons, broken };
}

function noteBroken(broken: BrokenLesson[], id: string, error: unknown): void {
  if (!(error instanceof LessonError)) throw error;
  broken.push({ id, why: error.message, ...(error.ko ? { ko: error.ko } : {}) });
}

/** Of what was read, what can be taught: a lesson is broken too where one that it requires is, or is not there. */
export function standing({ lessons: read, broken: unread }: Shelf): Shelf {
  const broken = [...unread];
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
      noteBroken(broken, id, error);
      return false;
    }
  });
  broken.sort((a, b) => a.id < b.id ? -1 : 1);
  return { lessons, broken };
}

/**
 * The lessons whose solutions bring about the start state of `id`, in the order to play them.
 * Errors: LessonError when one is missing or they need each other.
 */
export function lessonChain(id: string, lessons: readonly LoadedLesson[]): Lesson[] {
  const order: Lesson[] = [];
  const visit = (wanted: string, path: string[]) => {
    if (path.includes(wanted)) {
      throw new LessonError(
        `Lessons require each other: ${[...path, wanted].join(" → ")}. ` +
          `Take one of them out of "requires"`,
      );
    }
    const found = lessons.find(({ lesson }) => lesson.id === wanted);
    if (!found) {
      throw new LessonError(
        `Lesson "${path.at(-1)}" requires "${wanted}", which does not exist. ` +
          `There are: ${lessons.map(({ lesson: { id } }) => id).join(", ")}`,
      );
    }
    for (const required of found.lesson.requires) visit(required, [...path, wanted]);
    if (!order.includes(found.lesson)) order.push(found.lesson);
  };
  visit(id, []);
  return order.slice(0, -1);
}
