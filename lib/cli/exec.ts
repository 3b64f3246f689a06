import { type CommonOptions, homeDir, openWorkbench, warnOf, writeAll } from "./context.ts";
import { endingWell } from "./signals.ts";

/** Runs shell lines one after another; gives the exit code of the last. */
export async function exec(options: CommonOptions, lines: string[]): Promise<number> {
  const { lab, shell, close } = await openWorkbench(homeDir(options), {
    purpose: "tutor exec",
    onNotice: warnOf,
  });
  return await endingWell(async (signal) => {
    let exitCode = 0;
    for (const line of lines) {
      const result = await shell.run(line, {
        out: (text) => writeAll(Deno.stdout, text),
        err: (text) => writeAll(Deno.stderr, text),
        signal,
      });
      exitCode = result.exitCode;
      await lab.save();
      if (signal.aborted) break;
    }
    return exitCode;
  }, close);
}
