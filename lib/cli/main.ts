import { CommanderError } from "commander";
import { warn } from "./output.ts";
import { jobOf } from "./program.ts";

/** Runs the program on its arguments; gives the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  tellStrays();
  try {
    return await jobOf(args)();
  } catch (error) {
    if (error instanceof CommanderError) {
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
