import { LineKeeper } from "../tutor/mod.ts";
import { type LabOptions, openBench } from "./bench.ts";
import { CLI_WORDS } from "./cli_words.ts";
import { homeDir, usualLanguage, warnOf } from "./context.ts";
import { outputEnds, warn, writeAll } from "./output.ts";
import { UsageError } from "./errors.ts";
import { endingWell } from "./signals.ts";

/** Runs shell lines one after another; gives the exit code of the last. */
export async function exec(options: LabOptions, lines: string[]): Promise<number> {
  const [first, ...others] = lines;
  if (others.length > 0 && isUnquoted(first, others)) {
    throw new UsageError(({ quoteLine }) => quoteLine(lines.join(" ")));
  }
  const option = lines.find((line) => line.startsWith("-"));
  if (option !== undefined) throw new UsageError(({ noExecOption }) => noExecOption(option));
  const { lab, shell, files, close } = await openBench(homeDir(options), options, {
    purpose: "tutor exec",
    onNotice: warnOf(options),
  });
  return await endingWell(async (signal) => {
    let exitCode = 0;
    const keeper = new LineKeeper({ lab, shell, files, onFailure: (error) => warn(String(error)) });
    for (const line of lines) {
      await keeper.begin(line);
      const result = await shell.run(line, {
        out: (text) => writeAll(Deno.stdout, text),
        err: (text) => writeAll(Deno.stderr, text),
        signal,
      });
      exitCode = result.exitCode;
      await keeper.end();
      await lab.save();
      if (signal.aborted) break;
    }
    if (outputEnds.aborted && !(outputEnds.reason instanceof Deno.errors.BrokenPipe)) {
      const { notWritten } = CLI_WORDS[options.lang ?? usualLanguage()];
      warn(notWritten(outputEnds.reason?.message ?? ""));
      return 1;
    }
    return exitCode;
  }, close);
}

/** Whether a line's other words stand after its first, without quotes. */
function isUnquoted(first: string, others: readonly string[]): boolean {
  return NO_LINE.test(first) || MAY_BE_LINE.test(first) && !others.some((line) => /\s/.test(line));
}

const NO_LINE = /^(kubectl|helm|curl|cat|echo|load|grep|jq)$/;
const MAY_BE_LINE = /^(clock|kind|ls|make|sed)$/;
