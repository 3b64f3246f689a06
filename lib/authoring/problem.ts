import {
  asSentence,
  type Language,
  lineOf,
  type LoadedLesson,
  type Localized,
} from "../lesson/mod.ts";

/** What keeps a lesson from being taught: where it stands, what is wrong, and what to write instead. */
export interface Problem {
  file: string;
  /** From 1. */
  line: number;
  what: Localized;
  remedy: Localized;
}

/** A problem as one text: `lessons/12-labels/lesson.ts:30: what is wrong. What to do`. */
export function problemText({ file, line, what, remedy }: Problem, language: Language): string {
  return `${file}:${line}: ${what[language]}. ${asSentence(remedy[language])}`;
}

/** The files of a lesson as they stand on the disk. */
export class LessonFiles {
  private constructor(
    /** Where it is, as its author is told: `lessons/12-labels`. */
    readonly path: string,
    readonly names: readonly string[],
    readonly texts: ReadonlyMap<string, string>,
  ) {}

  /** Of the first of some folders that has the lesson. Errors: Deno's. */
  static async read(id: string, folders: readonly URL[]): Promise<LessonFiles> {
    for (const folder of folders) {
      const own = new URL(`${id}/`, folder);
      const isThere = await Deno.stat(own).then(() => true, () => false);
      if (!isThere) continue;
      const names = [...Deno.readDirSync(own)].map(({ name, isDirectory }) =>
        isDirectory ? `${name}/` : name
      ).sort();
      const texts = new Map<string, string>();
      for (const name of names.filter((name) => /\.(ts|md)$/.test(name))) {
        texts.set(name, await Deno.readTextFile(new URL(encodeURIComponent(name), own)));
      }
      const last = decodeURIComponent(folder.pathname.split("/").at(-2) ?? "lessons");
      return new LessonFiles(`${last}/${id}`, names, texts);
    }
    throw new Deno.errors.NotFound(`No folder has the lesson ${id}`);
  }

  /** Something wrong in the lesson's module, at the last of `at`. */
  inModule(at: readonly string[], what: Localized, remedy: Localized): Problem {
    return this.#problem("lesson.ts", lineOf(this.texts.get("lesson.ts") ?? "", at), what, remedy);
  }

  /** Something wrong in the prose of a language, at the last of `at`, each a line or the beginning of one. */
  inProse(
    language: Language,
    at: readonly string[],
    what: Localized,
    remedy: Localized,
  ): Problem {
    const file = `${language}.md`;
    const lines = (this.texts.get(file) ?? "").split("\n").map((line) => line.trim());
    let found = 0;
    for (const text of at) {
      const next = lines.findIndex((line, index) => index >= found && line.startsWith(text));
      if (next < 0) break;
      found = next;
    }
    return this.#problem(file, found + 1, what, remedy);
  }

  /** Something wrong with a file, as a whole. */
  inFile(file: string, what: Localized, remedy: Localized): Problem {
    return this.#problem(file, 1, what, remedy);
  }

  #problem(name: string, line: number, what: Localized, remedy: Localized): Problem {
    return { file: `${this.path}/${name}`, line, what, remedy };
  }
}

/** A lesson beside its files. */
export interface Manuscript extends LoadedLesson {
  files: LessonFiles;
}
