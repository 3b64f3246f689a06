import type { CommanderError } from "commander";
import { type Localized, setOwnCommand, withParticles } from "../base/mod.ts";
import { UsageError } from "./errors.ts";
import { openGuided } from "./guided.ts";
import { commandOf } from "./home.ts";
import { languageOfLine } from "./language.ts";
import { warn } from "./output.ts";

/** Runs the program on its arguments; gives the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  tellStrays(args);
  try {
    if (args.length === 0) return await openWithoutArguments();
    return await (await (await import("./program.ts")).jobOf(args))();
  } catch (error) {
    if (isOfCommander(error)) {
      // Help and version are no errors; what is wrong on the command line is exit code 2.
      return error.exitCode === 0 ? 0 : 2;
    }
    if (error instanceof UsageError) {
      // By now a home may have been looked at, and the language that was chosen there.
      warn(await error.told(languageOfLine(args)));
      return 2;
    }
    if (isTold(error)) {
      warn(withParticles(error.told?.[languageOfLine(args)] ?? error.message));
      return 1;
    }
    const told = error instanceof Error ? error.stack ?? error.message : String(error);
    warn(`${await bugWords(args)}\n${told}`);
    return 70;
  }
}

/** What most begin with; what reads arguments is not loaded for it, which is a good part of all that stands before the prompt. */
async function openWithoutArguments(): Promise<number> {
  setOwnCommand(commandOf({}));
  return await openGuided({});
}

function isOfCommander(error: unknown): error is CommanderError {
  return error instanceof Error && (error as CommanderError).code?.startsWith?.("commander.");
}

/** The last fence: what nobody waits for ends nothing. */
function tellStrays(args: readonly string[]): void {
  for (const kind of ["unhandledrejection", "error"] as const) {
    globalThis.addEventListener(kind, async (event) => {
      event.preventDefault();
      const error = "reason" in event ? event.reason : (event as ErrorEvent).error;
      warn(`${await bugWords(args)} ${error?.stack ?? error}`);
    });
  }
}

/** How it is told that the mistake is the program's; loaded when there is one. */
async function bugWords(args: readonly string[]): Promise<string> {
  return (await import("./help_words.ts")).helpWords(languageOfLine(args)).bug;
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
