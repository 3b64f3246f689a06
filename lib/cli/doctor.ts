import { resolve } from "node:path";
import { AT_DESK, type Desk } from "../commands/mod.ts";
import type { Sandbox } from "../labs/mod.ts";
import { type CommonOptions, homeDir, localeLanguage, openWorkbench, warnOf } from "./context.ts";
import { print, writeAll } from "./output.ts";
import { readText } from "./read_text.ts";
import { clusterElsewhere } from "./elsewhere.ts";
import { endingWell } from "./signals.ts";

/** The commands of the doctor that a task runs. */
export type DoctorTask = keyof typeof AT_DESK;

/** Runs a command of the doctor from the command line; gives the exit code. */
export async function runDoctor(
  task: DoctorTask,
  options: CommonOptions,
  args: string[],
): Promise<number> {
  const run = await AT_DESK[task]();
  let close = () => Promise.resolve();
  let opened: Sandbox | undefined;
  return await endingWell(async (signal) => {
    const desk: Desk = {
      stdin: args.includes("-") ? await new Response(Deno.stdin.readable).text() : "",
      out: print,
      err: (text) => writeAll(Deno.stderr, text),
      signal,
      language: options.lang ?? localeLanguage(),
      ...Deno.stdout.isTerminal() ? { columns: Deno.consoleSize().columns } : {},
      plain: options.plain || !Deno.stdout.isTerminal() || Deno.env.get("TERM") === "dumb",
      color: !Deno.env.get("NO_COLOR"),
      read: (path) => readFile(path),
      fetch: (url) => ask(url, signal),
      elsewhere: async (named) => ({
        ...await clusterElsewhere(named, signal),
        nowMs: Date.now(),
      }),
      lab: async () => {
        if (opened) return opened;
        const bench = await openWorkbench(homeDir(options), {
          purpose: `deno task ${task}`,
          onNotice: warnOf(options),
        });
        close = bench.close;
        return opened = bench.lab;
      },
    };
    return await run(args, desk);
  }, () => close());
}

/** `deno task` runs in the project's folder; INIT_CWD is where it was typed. Errors: FileError. */
function readFile(path: string): Promise<string> {
  return readText(resolve(Deno.env.get("INIT_CWD") ?? Deno.cwd(), path));
}

/** How long an answer may take: as long as Prometheus gives a query by itself, and a little. */
const ANSWER_MS = 125_000;

/** The network is reached only where an address was given. Errors: TypeError as `fetch`. */
async function ask(url: string, signal: AbortSignal): Promise<Response> {
  const patience = AbortSignal.timeout(ANSWER_MS);
  try {
    return await fetch(url, { signal: AbortSignal.any([signal, patience]) });
  } catch (error) {
    if (patience.aborted) throw new TypeError(`no answer in ${ANSWER_MS / 1000} s`);
    throw error;
  }
}
