import { nested, type Task, type Wait } from "./channels.ts";
import { FileFault } from "./files.ts";
import { TOOL_US } from "./machine.ts";
import type { ShellState } from "./shell_state.ts";
import { SIGINT, Signalled } from "./signalled.ts";
import { signalName } from "./signals.ts";
import type { Tool, ToolCall } from "./tool.ts";

/** Programs may be given so much; Source: linux fs/exec.c (MAX_ARG_STRLEN, a quarter of the stack). */
const MAX_ARGUMENT_BYTES = 131_072;
const MAX_ARGUMENTS_BYTES = 2 << 20;
/** How much of a command's name is told where it cannot be started. */
const MAX_TITLE = 4_096;

/** Whether a program cannot be started with so much to be told. */
export function isTooLong(words: readonly string[]): boolean {
  let total = 0;
  for (const { length } of words) {
    if (length >= MAX_ARGUMENT_BYTES) return true;
    total += length + 9;
  }
  return total > MAX_ARGUMENTS_BYTES;
}

/** Runs a program to its end; gives its exit code. */
export function* runProgram(
  shell: ShellState,
  words: readonly string[],
  assigned: Record<string, string> = {},
): Task<number> {
  const [name, ...args] = words;
  const path = shell.find(name);
  if (path === undefined) {
    if (name.includes("/") && shell.machine.files.kind(shell.path(name)) === "directory") {
      shell.complain(`${name}: Permission denied`);
      return 126;
    }
    shell.complain(`${name}: not found`, "command");
    return 127;
  }
  const tool = shell.settings.tools.get(path);
  if (tool) return yield* runTool(shell, tool, words, assigned);
  return yield* runScript(shell, path, args, name, assigned);
}

function* runScript(
  shell: ShellState,
  path: string,
  args: readonly string[],
  name: string,
  assigned: Record<string, string>,
): Task<number> {
  const { files } = shell.machine;
  if (!files.isExecutable(path)) {
    shell.complain(`${name}: Permission denied`);
    return 126;
  }
  const text = files.read(path);
  const [interpreter = "/bin/sh", ...options] = /^#! *(.*)/.exec(text)?.[1].trim().split(/\s+/) ??
    ["/bin/sh"];
  const tool = shell.settings.tools.get(interpreter);
  if (!tool) {
    shell.complain(`${name}: not found`, "command");
    return 127;
  }
  return yield* runTool(shell, tool, [interpreter, ...options, path, ...args], assigned);
}

function* runTool(
  shell: ShellState,
  tool: Tool,
  words: readonly string[],
  assigned: Record<string, string>,
): Task<number> {
  const { machine, proc } = shell;
  if (isTooLong(words)) {
    shell.complain(`${words[0].slice(0, MAX_TITLE)}: Argument list too long`);
    return 126;
  }
  const outer = proc.child;
  if (outer && machine.isCrowded) return shell.cannotFork();
  machine.work.spend(TOOL_US, 2);
  const call = callOf(shell, words, assigned);
  machine.countChild(outer ? 1 : 0);
  try {
    const result = tool(call);
    if (typeof result === "number") return result;
    const child = { pid: machine.takePid(), argv: words, signal: 0 };
    proc.child = child;
    let sent: IteratorResult<Wait | Task<unknown>, number> = result.next();
    while (!sent.done) {
      let outcome: { value: unknown } | { error: unknown };
      try {
        outcome = { value: yield sent.value };
      } catch (error) {
        outcome = { error };
      }
      if (child.signal !== 0) {
        result.return(0);
        return toolSignalled(shell, child.signal);
      }
      sent = "error" in outcome ? result.throw(outcome.error) : result.next(outcome.value);
    }
    return sent.value;
  } catch (error) {
    if (error instanceof FileFault) {
      call.err(`${call.name}: write error: ${error.message}\n`);
      return 1;
    }
    const signal = machine.fatalSignal(error);
    if (signal === undefined) throw error;
    return toolSignalled(shell, signal);
  } finally {
    machine.countChild(outer ? -1 : 0);
    proc.child = outer;
    call.held.release();
  }
}

function toolSignalled(shell: ShellState, signal: number): number {
  if (signal === SIGINT) {
    const isTrapped = shell.traps.has(signalName(SIGINT));
    // Back to the prompt, or to the end, out of whatever loop this is.
    if (shell.proc.interrupted || (shell.settings.interactive && !isTrapped)) {
      throw new Signalled(SIGINT);
    }
  }
  return shell.ended(signal);
}

/** What a tool is started with. */
export function callOf(
  shell: ShellState,
  words: readonly string[],
  assigned: Record<string, string> = {},
): ToolCall {
  const [stdin, stdout, stderr] = [0, 1, 2].map((fd) => shell.channel(fd));
  return {
    machine: shell.machine,
    proc: shell.proc,
    tools: shell.settings.tools,
    held: shell.machine.memory.part(),
    name: words[0].slice(words[0].lastIndexOf("/") + 1),
    args: words.slice(1),
    get env() {
      return { ...shell.environment(), ...assigned };
    },
    cwd: shell.cwd,
    stdin,
    stdout,
    stderr,
    out: (text) => stdout.write?.(text),
    err: (text) => stderr.write?.(text),
    path: (path) => shell.path(path),
    run: function* (argv, inner = {}) {
      const channels = new Map(shell.channels);
      channels.set(0, inner.stdin ?? stdin);
      channels.set(1, inner.stdout ?? stdout);
      const fork = shell.fork(shell.proc, channels);
      for (const [name, value] of Object.entries(assigned)) {
        fork.put(name, value);
        fork.exported.add(name);
      }
      try {
        return yield* nested(runProgram(fork, argv));
      } finally {
        fork.dispose();
      }
    },
  };
}
