import { CommanderError } from "commander";
import { type Localized, withParticles } from "../base/mod.ts";
import type { Language } from "../lesson/lesson.ts";
import { UsageError } from "./errors.ts";
import { helpWords } from "./help_words.ts";
import { languageOfLine } from "./language.ts";
import { warn } from "./output.ts";
import { jobOf } from "./program.ts";

/** Runs the program on its arguments; gives the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const language = languageOfLine(args);
  tellStrays(language);
  try {
    return await (await jobOf(args, language))();
  } catch (error) {
    if (error instanceof CommanderError) {
      // Help and version are no errors; what is wrong on the command line is exit code 2.
      return error.exitCode === 0 ? 0 : 2;
    }
    if (error instanceof UsageError) {
      warn(await error.told(language));
      return 2;
    }
    if (isTold(error)) {
      warn(withParticles(error.told?.[language] ?? error.message));
      return 1;
    }
    const told = error instanceof Error ? error.stack ?? error.message : String(error);
    warn(`${helpWords(language).bug}\n${told}`);
    return 70;
  }
}

/** The last fence: what nobody waits for ends nothing. */
function tellStrays(language: Language): void {
  for (const kind of ["unhandledrejection", "error"] as const) {
    globalThis.addEventListener(kind, (event) => {
      event.preventDefault();
      const error = "reason" in event ? event.reason : (event as ErrorEvent).error;
      warn(`${helpWords(language).bug} ${error?.stack ?? error}`);
    });
  }
}

/** Errors whose message is meant for the person at the keyboard. */
function isTold(error: unknown): error is Error & { told?: Localized } {
  const names = [
    "HomeInUseError",
    "StateError",
    "LessonError",
    "TransferError",
    "ClusterError",
  ];
  return error instanceof Error && names.includes(error.name);
}
