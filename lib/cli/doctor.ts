import { resolve } from "node:path";
import { AT_DESK, type Desk, FileError } from "../commands/mod.ts";
import { InputError, said } from "../doctor/mod.ts";
import type { Sandbox } from "../labs/mod.ts";
import { type CommonOptions, homeDir, localeLanguage, openWorkbench, warnOf } from "./context.ts";
import { print, writeAll } from "./output.ts";
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
      read: (path) => readFile(path, task),
      fetch: (url) => ask(url, task, signal),
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

/** `deno task` runs in the project's folder; INIT_CWD is where it was typed. Errors: FileError, InputError. */
async function readFile(path: string, task: DoctorTask): Promise<string> {
  const absolute = resolve(Deno.env.get("INIT_CWD") ?? Deno.cwd(), path);
  try {
    return await Deno.readTextFile(absolute);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) {
      const run = `deno run --quiet -P=doctor --allow-read=${absolute} main.ts ${task} …`;
      throw new InputError(said(
        `This task may not read ${path}. Copy it below the project or /tmp, give it as - on standard input, or begin with: ${run}`,
        `이 작업은 ${path}을(를) 읽을 수 없습니다. 프로젝트나 /tmp 아래로 복사하거나, 표준 입력(-)으로 주거나, 이렇게 시작하세요: ${run}`,
      ));
    }
    if (error instanceof Deno.errors.NotFound) throw new FileError("no such file or directory");
    if (error instanceof Error) throw new FileError(error.message);
    throw error;
  }
}

/** How long an answer may take: as long as Prometheus gives a query by itself, and a little. */
const ANSWER_MS = 125_000;

/** The network is reached only where an address was given. Errors: InputError where the task may not go there. */
async function ask(url: string, task: DoctorTask, signal: AbortSignal): Promise<Response> {
  const patience = AbortSignal.timeout(ANSWER_MS);
  try {
    return await fetch(url, { signal: AbortSignal.any([signal, patience]) });
  } catch (error) {
    if (patience.aborted) throw new TypeError(`no answer in ${ANSWER_MS / 1000} s`);
    if (!(error instanceof Deno.errors.NotCapable)) throw error;
    const { host } = new URL(url);
    const run = `deno run --quiet -P=doctor --allow-net=${host} main.ts ${task} …`;
    throw new InputError(said(
      `This task may ask this machine alone, and not ${host}. Let it, with: ${run}`,
      `이 작업은 이 컴퓨터에만 물을 수 있고 ${host}에는 물을 수 없습니다. 허락하려면: ${run}`,
    ));
  }
}
