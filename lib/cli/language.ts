import { languageOf } from "../base/mod.ts";
import type { Language } from "../lesson/lesson.ts";

/** What the learner of the home that a command works on has chosen. */
let chosen: Language | undefined;

/** The language of whoever sits there: as chosen at the prompt of that home, or as the system has it. */
export function usualLanguage(): Language {
  return chosen ?? languageOf(Deno.env.get("LC_ALL") || Deno.env.get("LANG"));
}

/** From here on what is said is in the language that was chosen in a home, where one was. */
export async function recallLanguage(options: { home?: string }): Promise<void> {
  try {
    const { homeDir } = await import("./home.ts");
    const { recordsHome } = await import("./choice.ts");
    const path = `${recordsHome(homeDir(options))}/state.db`;
    Deno.statSync(path);
    const [{ readStateFile }, { loadProgress }] = await Promise.all([
      import("../sim/state/mod.ts"),
      import("../tutor/mod.ts"),
    ]);
    const state = readStateFile(path);
    try {
      chosen = loadProgress(state).progress.language;
    } finally {
      state.close();
    }
  } catch {
    // What is wrong with the home is for who needs it to tell.
    chosen = undefined;
  }
}

/** The language that a command line asks for, before it is read: what is wrong with it is told in that. */
export function languageOfLine(args: readonly string[]): Language {
  const asked = valuesOf("--lang", args)
    .findLast((word): word is Language => word === "en" || word === "ko");
  return asked ?? usualLanguage();
}

/** The home that a command line names, before it is read. */
export function homeOfLine(args: readonly string[]): string | undefined {
  return valuesOf("--home", args).at(-1);
}

/** `--name value` and `--name=value`. */
function valuesOf(name: string, args: readonly string[]): string[] {
  return args.flatMap((arg, at) =>
    arg === name
      ? args.slice(at + 1, at + 2)
      : arg.startsWith(`${name}=`)
      ? [arg.slice(name.length + 1)]
      : []
  );
}
