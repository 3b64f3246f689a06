import { toBytes } from "../../go/mod.ts";
import { type Channel, readLine, type Task } from "./channels.ts";
import { orRefused } from "./files.ts";
import type { Image } from "./image.ts";
import type { Machine, Standard } from "./machine.ts";
import type { MemoryPart } from "./memory.ts";
import { type Proc } from "./proc.ts";
import { Shell } from "./shell.ts";
import { OPTIONS } from "./shell_state.ts";
import { SIGINT, Signalled } from "./signalled.ts";
import { Jump } from "./signals.ts";
import { ShellSyntaxError } from "./syntax.ts";
import type { Tool, ToolCall } from "./tool.ts";

/** How `sh` was called. */
interface Invocation {
  script?: string;
  file?: string;
  name: string;
  parameters: string[];
  options: string[];
  interactive: boolean;
}

/** `sh`, `ash`, `dash` and `bash`. */
export const sh: Tool = (call) => runShell(call, call.proc, { own: false });

/**
 * Runs a shell as a whole process, whose signals it handles (`own`), or as a tool inside another shell.
 */
export function* runShell(call: ToolCall, proc: Proc, options: { own: boolean }): Task<number> {
  const invocation = parseArgs(call);
  if (typeof invocation === "number") return invocation;
  const { machine } = call;
  const outer = proc.handler;
  const shell = new Shell(machine, proc, call, {
    name: invocation.name,
    tools: call.tools,
    parameters: invocation.parameters,
    bash: call.name.endsWith("bash"),
    interactive: invocation.interactive,
    cwd: call.cwd,
    env: call.env,
  });
  for (const option of invocation.options) shell.options.add(option);
  try {
    const script = scriptOf(call, invocation);
    if (typeof script === "number") return script;
    if (script === undefined) return yield* shell.runToEnd(() => converse(shell, call.stdin));
    const parsed = shell.read(script);
    if (!parsed) return 2;
    return yield* shell.runToEnd(parsed);
  } finally {
    if (!options.own) proc.handler = outer;
    shell.dispose();
  }
}

function parseArgs(call: ToolCall): Invocation | number {
  const { args } = call;
  const options: string[] = [];
  let wantsScript = false;
  let interactive = false;
  let at = 0;
  for (; at < args.length && /^-./.test(args[at]) && args[at] !== "--"; at++) {
    if (args[at].startsWith("--")) continue;
    for (const letter of args[at].slice(1)) {
      if (letter === "c") wantsScript = true;
      else if (letter === "i") interactive = true;
      else if (letter === "o") options.push(args[++at] ?? "");
      else if (OPTIONS[letter]) options.push(OPTIONS[letter]);
      else if (letter !== "l" && letter !== "s") {
        call.err(`${call.name}: illegal option -${letter}\n`);
        return 2;
      }
    }
  }
  if (args[at] === "--") at++;
  const rest = args.slice(at);
  const own = call.name;
  if (wantsScript) {
    if (rest.length === 0) {
      call.err(`${own}: -c requires an argument\n`);
      return 2;
    }
    const [script, name = own, ...parameters] = rest;
    return { script, name, parameters, options, interactive };
  }
  if (rest.length > 0) {
    return { file: rest[0], name: rest[0], parameters: rest.slice(1), options, interactive };
  }
  return {
    name: own,
    parameters: [],
    options,
    interactive: interactive || call.stdin.isTty === true,
  };
}

function scriptOf(
  call: ToolCall,
  { script, file }: Invocation,
): string | number | undefined {
  if (script !== undefined || file === undefined) return script;
  return orRefused(() => call.machine.files.read(call.path(file)), (why) => {
    const isBash = call.machine.image.flavor === "gnu" && call.name === "bash";
    call.err(`${call.name}: ${isBash ? file : `can't open '${file}'`}: ${why}\n`);
    return isBash ? 127 : 2;
  });
}

/** Runs commands as they come on standard input, with a prompt where a person types them. */
function* converse(shell: Shell, stdin: Channel): Task<void> {
  let text = "";
  const held = shell.machine.memory.part();
  for (;;) {
    held.shrinkTo(text.length);
    if (shell.settings.interactive) {
      shell.channel(2).write?.(text === "" ? prompt(shell) : "> ");
    }
    try {
      const line = yield* lineFor(shell, stdin, held);
      if (line === undefined) {
        if (text !== "") yield* shell.source(text);
        else if (shell.settings.interactive && stdin.isTty) shell.channel(2).write?.("\n");
        return;
      }
      held.grow(line.length);
      text += line;
      if (isIncomplete(text, shell)) continue;
      const whole = text;
      text = "";
      yield* shell.source(whole);
    } catch (error) {
      text = "";
      leaveLine(shell, error);
    }
    yield* shell.runTraps();
  }
}

function* lineFor(shell: Shell, stdin: Channel, held: MemoryPart): Task<string | undefined> {
  shell.isAtPrompt = shell.settings.interactive === true;
  try {
    return yield* readLine(stdin, held);
  } finally {
    shell.isAtPrompt = false;
  }
}

/**
 * What ends a line alone: Ctrl-C where there is a prompt, and `break` and `return` outside of anything.
 * Source: busybox shell/ash.c (main: EXINT).
 */
function leaveLine(shell: Shell, error: unknown): void {
  if (error instanceof Signalled && error.signal === SIGINT && shell.settings.interactive) {
    shell.proc.interrupted = false;
    shell.status = 128 + SIGINT;
    return;
  }
  if (!(error instanceof Jump) || error.to === "exit") throw error;
}

function isIncomplete(text: string, shell: Shell): boolean {
  if (/(^|[^\\])\\\n$/.test(text)) return true;
  try {
    shell.tryToParse(text);
    return hasOpenHereDoc(text);
  } catch (error) {
    if (!(error instanceof ShellSyntaxError)) throw error;
    return error.incomplete;
  }
}

function hasOpenHereDoc(text: string): boolean {
  const match = /<<-?\s*(['"]?)([A-Za-z_]\w*)\1/.exec(text);
  if (!match) return false;
  return !text.split("\n").slice(1).some((line) => line.replace(/^\t+/, "") === match[2]);
}

function prompt(shell: Shell): string {
  const given = shell.get("PS1");
  const { image } = shell.machine;
  const { name: user, uid } = image.user;
  const sign = uid === 0 ? "#" : "$";
  const home = shell.get("HOME") ?? "/";
  const where = home !== "/" && (shell.cwd === home || shell.cwd.startsWith(`${home}/`))
    ? `~${shell.cwd.slice(home.length)}`
    : shell.cwd;
  const host = shell.machine.host.pod.name;
  if (given !== undefined) {
    const known: Record<string, string> = {
      w: where,
      W: where.slice(where.lastIndexOf("/") + 1) || "/",
      $: sign,
      h: host.split(".")[0],
      H: host,
      u: user,
      n: "\n",
    };
    return given.replace(/\\([wW$hHun])/g, (_, letter: string) => known[letter]);
  }
  if (image.flavor === "busybox") return `${where} ${sign} `;
  return shell.settings.bash ? `${user}@${host}:${where}${sign} ` : `${sign} `;
}

/** What a tool needs when no shell has called it: for commands that a container runs by themselves. */
export function shellFor(
  machine: Machine,
  proc: Proc,
  streams: Standard,
  image: Image<Tool>,
): Shell {
  const env = Object.fromEntries(
    Object.entries({ ...image.env, ...machine.host.env })
      .map(([name, value]) => [name, toBytes(value)]),
  );
  return new Shell(machine, proc, streams, {
    name: "sh",
    tools: image.tools,
    cwd: image.workingDir,
    env,
  });
}
