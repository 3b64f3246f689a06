import { languageOf } from "../base/mod.ts";
import type { Language } from "../lesson/lesson.ts";

/** The language of whoever sits there, as the system has it. */
export function localeLanguage(): Language {
  return languageOf(Deno.env.get("LC_ALL") || Deno.env.get("LANG"));
}

/** The language that a command line asks for, before it is read: what is wrong with it is told in that. */
export function languageOfLine(args: readonly string[]): Language {
  const asked = args.flatMap((arg, at) =>
    arg === "--lang" ? args.slice(at + 1, at + 2) : /^--lang=/.test(arg) ? [arg.slice(7)] : []
  ).findLast((word): word is Language => word === "en" || word === "ko");
  return asked ?? localeLanguage();
}
