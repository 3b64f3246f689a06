import {
  type CommonOptions,
  homeDir,
  noticeLine,
  openWorkbench,
  warn,
  writeAll,
} from "./context.ts";

/** Runs shell lines one after another; gives the exit code of the last. */
export async function exec(options: CommonOptions, lines: string[]): Promise<number> {
  const { lab, shell } = await openWorkbench(homeDir(options), {
    purpose: "tutor exec",
    onNotice: (notice) => warn(noticeLine(notice) ?? ""),
    extra: async () => [(await import("../commands/mod.ts")).edit()],
  });
  const controller = new AbortController();
  const interrupt = () => controller.abort();
  Deno.addSignalListener("SIGINT", interrupt);
  try {
    let exitCode = 0;
    for (const line of lines) {
      const result = await shell.run(line, {
        out: (text) => writeAll(Deno.stdout, text),
        err: (text) => writeAll(Deno.stderr, text),
        signal: controller.signal,
      });
      exitCode = result.exitCode;
      await lab.save();
      if (controller.signal.aborted) break;
    }
    return exitCode;
  } finally {
    Deno.removeSignalListener("SIGINT", interrupt);
    await lab.close();
  }
}
