import type { Command } from "./command.ts";

/** What this runtime says when something is larger than it can hold. */
const TOO_LARGE = /call stack size exceeded|^Invalid (string|array) length|allocation failed/;

/**
 * A command that ends by itself when what it is given is too large to be worked on: nested so deeply, or so long,
 * that this runtime gives up.
 */
export function guarded(command: Command): Command {
  return {
    ...command,
    async execute(args, io) {
      try {
        return await command.execute(args, io);
      } catch (error) {
        if (!(error instanceof RangeError && TOO_LARGE.test(error.message))) throw error;
        io.err(`${command.name}: what it was given is too large, or nested too deeply\n`);
        return 1;
      }
    },
  };
}
