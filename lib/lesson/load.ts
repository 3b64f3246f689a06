import { asIs, isInterrupt, messageOf, said } from "../base/mod.ts";
import { type Language, LANGUAGES, type Lesson, LessonError, type Localized } from "./lesson.ts";
import { mistakesIn, type ShapeMistake } from "./define_lesson.ts";
import { examineSource } from "./source.ts";
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
  why: Localized;
}

/** The lessons of a folder, in order; one that is broken keeps no other from being taught. */
export interface Shelf {
  lessons: LoadedLesson[];
  broken: BrokenLesson[];
}

/** Why a step of a lesson's thread was ended that need not have been at fault. */
export const STARVED = "this machine had no time for it";

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

/** What brings in a module of a lesson, of whose sources it may be said that none waits at its top. */
export type Importer = (url: URL, source: Pick<LessonSource, "isPrompt">) => unknown;

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
    module = await bring(url, source) as typeof module;
  } catch (error) {
    throw notLoaded(error, path, source.text);
  }
  const lesson = module.default;
  if (!lesson) {
    const write = "export default defineLesson({ … })";
    throw at(
      `${path}:1`,
      `it has no default export. Write: ${write}`,
      `default export가 없습니다. 쓸 것: ${write}`,
    );
  }
  const mistakes = mistakesIn(lesson);
  if (mistakes.length > 0) throw shapeError(mistakes, path, source.text);
  if (lesson.id !== id) {
    throw at(
      `${path}:${lineOf(source.text, ["id"])}`,
      `it says it is "${lesson.id}"; make both the same: id: "${id}"`,
      `id가 "${lesson.id}"입니다. 폴더와 같게 쓰세요: id: "${id}"`,
    );
  }
  const prose = {} as Record<Language, Prose>;
  for (const language of LANGUAGES) prose[language] = await readProse(lesson, language, folder);
  return { lesson, prose };
}

/** What is wrong at a place: a file, and the line in it where there is one. */
function at(place: string, en: string, ko: string): LessonError {
  return new LessonError(said(`${place}: ${en}`, `${place}: ${ko}`));
}

function shapeError(mistakes: ShapeMistake[], path: string, source: string): LessonError {
  const line = lineOf(source, mistakes[0].at);
  const all = (language: Language) => mistakes.map(({ text }) => text[language]).join("; ");
  return at(`${path}:${line}`, all("en"), all("ko"));
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
    return at(
      `${path}:1`,
      "it does not come to an end as it is loaded. Let a loop end, or leave it out: " +
        "a file of a lesson describes steps, and does nothing by itself",
      "읽는 일이 끝나지 않습니다. 반복이 끝나게 하거나 빼세요. " +
        "수업의 파일은 단계를 적을 뿐, 스스로 무엇을 하지 않습니다",
    );
  }
  if (isWaiting(error)) {
    return at(
      `${path}:1`,
      "it waits for something as it is loaded. A file of a lesson describes steps: " +
        "leave out the await that stands outside of every function",
      "읽는 동안 무언가를 기다립니다. 수업의 파일은 단계를 적을 뿐입니다. " +
        "함수 밖에 있는 await를 빼세요",
    );
  }
  const message = messageOf(error);
  const [first] = message.split("\n");
  // Deno says where, in its own words, at the end of the first line or in the stack.
  const [, line] =
    /lesson\.ts:(\d+):\d+/.exec(`${message}\n${(error as Error | undefined)?.stack ?? ""}`) ?? [];
  const what = first.replace(/ at file:\S+$/, "").replace(/file:\S*\/(?=[^/]*$)/, "");
  return at(
    `${path}:${line ?? 1}`,
    `it does not load: ${what}. Mend it there`,
    `읽을 수 없습니다: ${what}. 그 줄을 고치세요`,
  );
}

/** A lesson's module as it is written. */
export interface LessonSource {
  text: string;
  /** Whether it, and each file of its own, surely waits for nothing as it is loaded. */
  isPrompt: boolean;
}

/** A file of a lesson's folder. Errors: LessonError. */
export async function readSource(id: string, file: string, folder: URL): Promise<string> {
  try {
    return await Deno.readTextFile(new URL(`${id}/${file}`, folder));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw new LessonError(asIs(messageOf(error)));
    throw at(
      shownPath(id, file, folder),
      "there is no such file, so it does not load. Write one: lesson new",
      "그런 파일이 없어 읽을 수 없습니다. 만드세요: lesson new",
    );
  }
}

/** Errors: LessonError where a lesson's module, or a file of its own, has what may not stand there. */
export async function readSources(id: string, folder: URL): Promise<LessonSource> {
  const seen = new Set<string>();
  let isPrompt = true;
  const read = async (file: string): Promise<string> => {
    seen.add(file);
    const text = await readSource(id, file, folder);
    const { faults: [fault], ownImports, awaitsWithin } = examineSource(text);
    if (fault) {
      const told = (language: Language) =>
        `${fault.what[language]}. ${asSentence(fault.remedy[language])}`;
      throw at(`${shownPath(id, file, folder)}:${fault.line}`, told("en"), told("ko"));
    }
    isPrompt &&= awaitsWithin;
    for (const own of ownImports) if (!seen.has(own.slice(2))) await read(own.slice(2));
    return text;
  };
  return { text: await read("lesson.ts"), isPrompt };
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
    throw at(
      `${name}:1`,
      'it is missing: a lesson is told in every language. Write it, with "## STEP" for each step',
      '없습니다. 수업은 모든 언어로 씁니다. 단계마다 "## 단계"를 두어 쓰세요',
    );
  }
  const prose = parseProse(text, name);
  const lines = text.split("\n");
  for (const step of lesson.steps) {
    if (!prose.steps.get(step.id)?.body) {
      const heading = lines.findIndex((line) => line.trim() === `## ${step.id}`);
      throw at(
        `${name}:${heading < 0 ? lines.length : heading + 1}`,
        `it has no text under "## ${step.id}"; say there what the step is for`,
        `"## ${step.id}" 아래에 글이 없습니다. 무엇을 위한 단계인지 쓰세요`,
      );
    }
  }
  for (const heading of prose.steps.keys()) {
    if (!lesson.steps.some((step) => step.id === heading)) {
      const index = lines.findIndex((line) => line.trim() === `## ${heading}`);
      const steps = lesson.steps.map(({ id }) => id).join(", ");
      throw at(
        `${name}:${index + 1}`,
        `it tells of "## ${heading}", which is no step of the lesson. The steps are: ${steps}`,
        `"## ${heading}"(이)라는 단계는 이 수업에 없습니다. 있는 단계: ${steps}`,
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
  const ids = only ?? await lessonIds(folder);
  const loaded = await Promise.allSettled(ids.map((id) => loadLesson(id, folder, bring)));
  loaded.forEach((outcome, index) => {
    if (outcome.status === "fulfilled") lessons.push(outcome.value);
    else noteBroken(broken, ids[index], outcome.reason);
  });
  return { lessons, broken };
}

function noteBroken(broken: BrokenLesson[], id: string, error: unknown): void {
  if (!(error instanceof LessonError)) throw error;
  broken.push({ id, why: error.told });
}

/** Of what was read, what can be taught: a lesson is broken too where one that it requires is, or is not there. */
export function standing({ lessons: read, broken: unread }: Shelf): Shelf {
  const broken = [...unread];
  const lessons = read.filter(({ lesson: { id, requires } }) => {
    const missing = requires.find((required) => broken.some((other) => other.id === required));
    try {
      if (missing) {
        throw new LessonError(said(
          `lessons/${id}/lesson.ts requires "${missing}", which is broken: mend that one first`,
          `lessons/${id}/lesson.ts에 필요한 "${missing}"에 문제가 있습니다. 그것부터 고치세요`,
        ));
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
      const circle = [...path, wanted].join(" → ");
      throw new LessonError(said(
        `Lessons require each other: ${circle}. Take one of them out of "requires"`,
        `수업들이 서로를 필요로 합니다: ${circle}. 하나를 "requires"에서 빼세요`,
      ));
    }
    const found = lessons.find(({ lesson }) => lesson.id === wanted);
    if (!found) {
      const ids = lessons.map(({ lesson: { id } }) => id).join(", ");
      throw new LessonError(said(
        `Lesson "${path.at(-1)}" requires "${wanted}", which does not exist. There are: ${ids}`,
        `"${path.at(-1)}" 수업에 필요한 "${wanted}"은(는) 없습니다. 있는 것: ${ids}`,
      ));
    }
    for (const required of found.lesson.requires) visit(required, [...path, wanted]);
    if (!order.includes(found.lesson)) order.push(found.lesson);
  };
  visit(id, []);
  return order.slice(0, -1);
}
