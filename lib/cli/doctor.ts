import { elsewhereCommand, ownCommand, typedPath } from "../base/mod.ts";
import { AT_DESK, type Desk, FileError } from "../commands/mod.ts";
import { InputError, said } from "../doctor/mod.ts";
import type { Sandbox } from "../labs/mod.ts";
import { type CommonOptions, homeDir, openWorkbench, usualLanguage, warnOf } from "./context.ts";
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
      language: options.lang ?? usualLanguage(),
      ...Deno.stdout.isTerminal() ? { columns: Deno.consoleSize().columns } : {},
      plain: options.plain || !Deno.stdout.isTerminal() || Deno.env.get("TERM") === "dumb",
      color: !Deno.env.get("NO_COLOR"),
      read: (path) => readFile(path, task),
      fetch: (url) => ask(url, task, signal),
      elsewhere: async (named) => {
        if (!mayReachAll()) throw needsElsewhere(task);
        return { ...await clusterElsewhere(named, signal), nowMs: Date.now() };
      },
      lab: async () => {
        if (opened) return opened;
        const bench = await openWorkbench(homeDir(options), {
          purpose: `${ownCommand().tasks} ${task}`,
          onNotice: warnOf(options),
        });
        close = bench.close;
        return opened = bench.lab;
      },
    };
    return await run(args, desk);
  }, () => close());
}

/** Whether this task reaches any host: that of `why` does, those of `rules` and `what-if` reach this machine alone. */
function mayReachAll(): boolean {
  return Deno.permissions.querySync({ name: "net" }).state === "granted";
}

function needsElsewhere(task: DoctorTask): InputError {
  return new InputError(said(
    `This task reaches no cluster but the lab. The one that does: ${elsewhereCommand(task)} …`,
    `이 작업은 실습 클러스터만 볼 수 있습니다. 다른 클러스터도 보는 작업: ${
      elsewhereCommand(task)
    } …`,
  ));
}

/** The text of a file that was named where the command was typed. Errors: FileError, InputError. */
async function readFile(path: string, task: DoctorTask): Promise<string> {
  try {
    return await readText(typedPath(path));
  } catch (error) {
    const isKept = error instanceof FileError && error.cause instanceof Deno.errors.NotCapable;
    if (!isKept || mayReachAll()) throw error;
    throw new InputError(said(
      `This task reads below the folder where it is typed, and not ${path}. One that does: ${
        elsewhereCommand(task)
      } …`,
      `이 작업은 입력한 폴더 아래만 읽고 ${path}은(는) 읽지 않습니다. 읽는 작업: ${
        elsewhereCommand(task)
      } …`,
    ));
  }
}

/** How long an answer may take: as long as Prometheus gives a query by itself, and a little. */
const ANSWER_MS = 125_000;

/** The network is reached only where an address was given. Errors: TypeError as `fetch`; InputError where this task may not. */
async function ask(url: string, task: DoctorTask, signal: AbortSignal): Promise<Response> {
  const patience = AbortSignal.timeout(ANSWER_MS);
  try {
    return await fetch(url, { signal: AbortSignal.any([signal, patience]) });
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) {
      const { host } = new URL(url);
      throw new InputError(said(
        `This task asks this machine alone, and not ${host}. One that does: ${
          elsewhereCommand(task)
        } …`,
        `이 작업은 이 컴퓨터에만 묻고 ${host}에는 묻지 않습니다. 묻는 작업: ${
          elsewhereCommand(task)
        } …`,
      ));
    }
    if (patience.aborted) throw new TypeError(`no answer in ${ANSWER_MS / 1000} s`);
    throw error;
  }
}
