import { ownCommand, shellWord, typedPath } from "../base/mod.ts";
import { AUTHOR_WORDS } from "../authoring/mod.ts";
import { type CommonOptions, usualLanguage } from "./context.ts";
import { UsageError } from "./errors.ts";

/** Where further lessons are. */
export interface LessonsOption {
  lessons?: string;
}

/** Whose leave is asked for: the task that the command is of, and what it does with the folder. */
interface Use {
  task: "tutor" | "lesson";
  use?: "read" | "write";
}

/**
 * The folder that `--lessons` names, from where the command was typed; undefined where none is. Errors: UsageError where
 * there is none, or this process may not use it, with the command that may.
 */
export function lessonsFolder(
  options: CommonOptions & LessonsOption,
  { task, use = "read" }: Use,
): string | undefined {
  if (options.lessons === undefined) return undefined;
  const said = AUTHOR_WORDS[options.lang ?? usualLanguage()];
  const dir = typedPath(options.lessons);
  const may = (name: "read" | "write") =>
    Deno.permissions.querySync({ name, path: dir }).state === "granted";
  if (!may("read") || use === "write" && !may("write")) {
    throw new UsageError(said.mayNot(dir, leaveFor(dir, { task, use })));
  }
  try {
    if (Deno.statSync(dir).isDirectory) return dir;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  throw new UsageError(said.noFolder(shellWord(dir)));
}

/** The command that was typed, with leave to use the folder besides what its task may. */
function leaveFor(dir: string, { task, use }: Use): string {
  const folder = shellWord(dir);
  const npx = ownCommand().tasks.startsWith("npx") ? "npx --yes " : "";
  const write = use === "write" ? ` --allow-write=.tutor,lessons,${folder}` : "";
  const read = task === "lesson" ? `.,${folder}` : `.,/tmp,${folder}`;
  const words = Deno.args.filter((word, at) =>
    !/^--lessons(=|$)/.test(word) && Deno.args[at - 1] !== "--lessons"
  );
  return `${npx}deno run --quiet --no-prompt -P=${task} --allow-read=${read}${write} main.ts ` +
    [...words.map(shellWord), "--lessons", folder].join(" ");
}
