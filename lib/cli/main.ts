import type { CommanderError } from "commander";
import { setOwnCommand } from "../base/mod.ts";
import { openGuided } from "./guided.ts";
import { commandOf } from "./home.ts";
import { warn } from "./output.ts";

/** Runs the program on its arguments; gives the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  tellStrays();
  try {
    if (args.length === 0) return await openWithoutArguments();
    return await (await import("./program.ts")).jobOf(args)();
  } catch (error) {
    if (isOfCommander(error)) {
      // Help and version are no errors; what is wrong on the command line is exit code 2.
      return error.exitCode === 0 ? 0 : 2;
    }
    if (isTold(error)) {
      warn(error.message);
      return error.name === "UsageError" ? 2 : 1;
    }
    const told = error instanceof Error ? error.stack ?? error.message : String(error);
    warn(`This is a mistake in hpa-tutor, not yours:\n${told}`);
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
function tellStrays(): void {
  for (const kind of ["unhandledrejection", "error"] as const) {
    globalThis.addEventListener(kind, (event) => {
      event.preventDefault();
      const error = "reason" in event ? event.reason : (event as ErrorEvent).error;
      warn(`This is a mistake in hpa-tutor, not yours: ${error?.stack ?? error}`);
    });
  }
}

/** Errors whose message is meant for the person at the keyboard. */
function isTold(error: unknown): error is Error {
  const names = [
    "HomeInUseError",
    "StateError",
    "LessonError",
    "UsageError",
    "TransferError",
    "ClusterError",
  ];
  return error instanceof Error && names.includes(error.name);
}
