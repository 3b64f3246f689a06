import { type Channel, CHECKPOINT, readAll, type Task } from "./channels.ts";
import { arithmetic } from "./expand.ts";
import { FileFault } from "./files.ts";
import { openFile } from "./open.ts";
import { runProgram } from "./run_program.ts";
import { OPTIONS, type ShellState } from "./shell_state.ts";
import { Jump, SIGNAL_NAMES, signalName, signalNumber } from "./signals.ts";
import { echoText, printfText } from "./tools/print.ts";
import { test } from "./tools/test.ts";

/** A command that the shell runs itself. */
export type Builtin = (shell: ShellState, args: readonly string[]) => number | Task<number>;

const lengthOf = (args: readonly string[]) => args.reduce((sum, arg) => sum + arg.length + 1, 0);

function out(shell: ShellState, text: string): void {
  shell.channel(1).write?.(text);
}

/** busybox's builtins that are tools too complain in the shell's name alone. */
function toolWords(shell: ShellState, name: string, words: string): string {
  return shell.machine.image.flavor === "busybox" ? words : `${name}: ${words}`;
}

/** Those whose assignments last, and that functions do not hide. */
export const SPECIAL_BUILTINS: ReadonlyMap<string, Builtin> = new Map<string, Builtin>([
  [":", () => 0],
  [".", sourceFile],
  ["source", sourceFile],
  ["break", (_, [count = "1"]) => {
    throw new Jump("break", Math.max(1, Number(count) || 1));
  }],
  ["continue", (_, [count = "1"]) => {
    throw new Jump("continue", Math.max(1, Number(count) || 1));
  }],
  ["return", (shell, [code]) => {
    throw new Jump("return", code === undefined ? shell.status : Number(code) & 255);
  }],
  ["exit", (shell, [code]) => {
    if (code !== undefined && !/^\d+$/.test(code)) {
      shell.complain(`exit: Illegal number: ${code}`);
      throw new Jump("exit", 2);
    }
    throw new Jump("exit", code === undefined ? shell.status : Number(code) & 255);
  }],
  ["eval", function* (shell, args) {
    shell.status = 0;
    shell.grow(lengthOf(args));
    yield* shell.source(args.join(" "));
    return shell.status;
  }],
  ["exec", function* (shell, args) {
    if (args.length === 0) return 0;
    shell.proc.argv = args;
    shell.proc.handler = undefined;
    throw new Jump("exit", yield* runProgram(shell, args));
  }],
  ["export", (shell, args) => declare(shell, args, { exports: true, verb: "export" })],
  ["readonly", (shell, args) => declare(shell, args, { locks: true, verb: "readonly" })],
  ["set", set],
  ["shift", (shell, [count = "1"]) => {
    if (!(Number(count) <= shell.parameters.length)) return 1;
    shell.machine.work.spend(0, shell.parameters.length / 1_000);
    shell.parameters = shell.parameters.slice(Number(count));
    return 0;
  }],
  ["trap", trap],
  ["unset", (shell, args) => {
    for (const name of args) {
      if (name === "-f" || name === "-v") continue;
      if (args[0] === "-f") shell.undefine(name);
      else {
        shell.put(name, undefined);
        shell.exported.delete(name);
      }
    }
    return 0;
  }],
]);

export const BUILTINS: ReadonlyMap<string, Builtin> = new Map<string, Builtin>([
  ["true", () => 0],
  ["false", () => 1],
  ["echo", (shell, args) => {
    shell.grow(lengthOf(args));
    out(shell, echoText(args, shell.isDash));
    return 0;
  }],
  ["printf", (shell, args) => {
    const { text, problem } = printfText(args, (bytes) => shell.grow(bytes));
    if (problem !== undefined) shell.complain(toolWords(shell, "printf", problem));
    out(shell, text);
    return problem === undefined ? 0 : 1;
  }],
  ["test", (shell, args) => testing(shell, args, "test")],
  ["[", (shell, args) => {
    if (args.at(-1) !== "]") {
      shell.complain(toolWords(shell, "[", "missing ]"));
      return 2;
    }
    return testing(shell, args.slice(0, -1), "[");
  }],
  [
    "[[",
    (shell, args) => testing(shell, args.slice(0, args.at(-1) === "]]" ? -1 : undefined), "[["),
  ],
  ["cd", cd],
  ["pwd", (shell) => {
    out(shell, `${shell.cwd}\n`);
    return 0;
  }],
  ["read", read],
  ["wait", wait],
  ["kill", kill],
  ["jobs", (shell) => {
    let number = 0;
    for (const proc of shell.jobs.values()) {
      number++;
      const mark = number === shell.jobs.size ? "+" : " ";
      const state = proc.exitCode === undefined ? "Running" : "Done";
      out(shell, `[${number}]${mark} ${state.padEnd(27)}${proc.argv.at(-1)}\n`);
    }
    return 0;
  }],
  ["local", (shell, args) => {
    if (!shell.inFunction) {
      shell.complain("local: not in a function");
      return 2;
    }
    for (const arg of args) {
      const [name, value] = pair(arg);
      shell.local(name);
      if (value !== undefined) shell.set(name, value);
    }
    return 0;
  }],
  ["let", (shell, args) => {
    let value = 0n;
    for (const arg of args) value = arithmetic(shell, arg);
    return value === 0n ? 1 : 0;
  }],
  ["type", (shell, args) => describe(shell, args, true)],
  ["command", function* (shell, args) {
    if (args[0] === "-v" || args[0] === "-V") {
      return describe(shell, args.slice(1), args[0] === "-V");
    }
    const words = args[0] === "-p" || args[0] === "--" ? args.slice(1) : args;
    if (words.length === 0) return 0;
    const builtin = SPECIAL_BUILTINS.get(words[0]) ?? BUILTINS.get(words[0]);
    if (!builtin) return yield* runProgram(shell, words);
    const result = builtin(shell, words.slice(1));
    return typeof result === "number" ? result : yield* result;
  }],
  ["umask", (shell, args) => {
    if (args.length === 0) out(shell, "0022\n");
    return 0;
  }],
  ["ulimit", (shell) => {
    out(shell, "unlimited\n");
    return 0;
  }],
  ["hash", () => 0],
  ["getopts", getopts],
]);

function pair(arg: string): [string, string | undefined] {
  const equals = arg.indexOf("=");
  return equals < 0 ? [arg, undefined] : [arg.slice(0, equals), arg.slice(equals + 1)];
}

const NAME = /^[A-Za-z_]\w*$/;

function declare(
  shell: ShellState,
  args: readonly string[],
  options: { exports?: boolean; locks?: boolean; verb: string },
): number {
  const names = args.filter((arg) => arg !== "-p");
  if (names.length === 0) {
    const set = options.exports ? shell.exported : shell.readonlyNames;
    for (const name of [...set].sort()) {
      out(shell, `${options.verb} ${name}='${shell.get(name) ?? ""}'\n`);
    }
    return 0;
  }
  for (const arg of names) {
    const [name, value] = pair(arg);
    if (!NAME.test(name)) {
      shell.complain(`${options.verb}: ${name}: bad variable name`);
      return 2;
    }
    if (value !== undefined) shell.set(name, value);
    if (options.exports) shell.exported.add(name);
    if (options.locks) shell.readonlyNames.add(name);
  }
  return 0;
}

const OPTION_NAMES = [...Object.values(OPTIONS), "pipefail", "noclobber", "monitor", "vi", "emacs"];

function set(shell: ShellState, args: readonly string[]): number {
  if (args.length === 0) {
    for (const [name, value] of [...shell.variables].sort(([a], [b]) => a < b ? -1 : 1)) {
      out(shell, `${name}='${value.replaceAll("'", `'"'"'`)}'\n`);
    }
    return 0;
  }
  for (let i = 0; i < args.length; i++) {
    const arg = args[i];
    if (arg === "--" || !/^[-+]./.test(arg)) {
      shell.setParameters(args.slice(arg === "--" ? i + 1 : i));
      return 0;
    }
    const change = (name: string) =>
      arg[0] === "-" ? shell.options.add(name) : shell.options.delete(name);
    for (const letter of arg.slice(1)) {
      if (letter === "o") {
        const name = args[++i] ?? "";
        if (!OPTION_NAMES.includes(name)) {
          shell.complain(`set: illegal option ${arg[0]}o ${name}`);
          throw new Jump("exit", 2);
        }
        change(name);
      } else if (OPTIONS[letter]) change(OPTIONS[letter]);
    }
  }
  return 0;
}

function trap(shell: ShellState, args: readonly string[]): number {
  if (args.length === 0) {
    for (const [name, action] of shell.traps) out(shell, `trap -- '${action}' ${name}\n`);
    return 0;
  }
  if (args[0] === "-l") {
    out(shell, `${Object.values(SIGNAL_NAMES).join(" ")}\n`);
    return 0;
  }
  const [action, ...names] = args[0] === "--" ? args.slice(1) : args;
  const resets = names.length === 0 || action === "-";
  for (const name of names.length === 0 ? [action] : names) {
    const number = signalNumber(name);
    if (number === undefined) {
      shell.complain(`trap: ${name}: invalid signal specification`);
      return 1;
    }
    const key = number === 0 ? "EXIT" : signalName(number);
    if (resets) shell.traps.delete(key);
    else shell.traps.set(key, action);
  }
  return 0;
}

function* sourceFile(shell: ShellState, [name, ...parameters]: readonly string[]): Task<number> {
  if (name === undefined) {
    shell.complain(".: filename argument required");
    return 2;
  }
  const path = shell.path(name);
  let text: string;
  const held = shell.machine.memory.part();
  try {
    text = yield* readAll(openFile(shell.machine, path, "read", shell.channels), held);
  } catch (error) {
    if (!(error instanceof FileFault)) throw error;
    shell.complain(`.: can't open '${name}': ${error.message}`);
    throw new Jump("exit", 2);
  } finally {
    held.release();
  }
  const saved = shell.parameters;
  if (parameters.length > 0) shell.parameters = parameters;
  try {
    shell.status = 0;
    yield* shell.source(text);
  } catch (error) {
    if (!(error instanceof Jump) || error.to !== "return") throw error;
    return error.value;
  } finally {
    if (parameters.length > 0) shell.parameters = saved;
  }
  return shell.status;
}

function testing(shell: ShellState, args: readonly string[], name: string): number {
  const result = test(args, {
    files: shell.machine.files,
    path: (path) => shell.path(path),
    isTty: (fd) => shell.channel(fd).isTty === true,
    patterns: name === "[[",
    work: shell.machine.work,
  });
  if (typeof result === "boolean") return result ? 0 : 1;
  if (result.problem !== "") {
    shell.complain(toolWords(shell, name === "test" ? name : "[", result.problem));
  }
  return 2;
}

function cd(shell: ShellState, args: readonly string[]): number {
  const [given] = args.filter((arg) => !/^-[LP]$/.test(arg));
  const target = given === "-" ? shell.get("OLDPWD") ?? "" : given ?? shell.get("HOME") ?? "/";
  const path = shell.path(target);
  const kind = shell.machine.files.kind(path);
  if (kind !== "directory") {
    const why = kind ? "Not a directory" : "No such file or directory";
    shell.complain(
      shell.machine.image.flavor === "busybox"
        ? `cd: ${shell.settings.interactive ? "" : "line 0: "}can't cd to ${target}: ${why}`
        : shell.settings.bash
        ? `cd: ${target}: ${why}`
        : `cd: can't cd to ${target}`,
    );
    return shell.machine.image.flavor === "gnu" ? shell.settings.bash ? 1 : 2 : 2;
  }
  shell.put("OLDPWD", shell.cwd);
  shell.cwd = path;
  shell.put("PWD", path);
  if (given === "-") out(shell, `${path}\n`);
  return 0;
}

function* read(shell: ShellState, args: readonly string[]): Task<number> {
  let raw = false;
  let limit = Infinity;
  let timeoutMs: number | undefined;
  let at = 0;
  let prompt = "";
  for (; at < args.length && /^-./.test(args[at]); at++) {
    const arg = args[at];
    const letter = arg[1];
    if (letter === "r") raw = true;
    const valued = "pntdu".includes(letter);
    const value = valued ? (arg.length > 2 ? arg.slice(2) : args[++at] ?? "") : "";
    if (letter === "p") prompt = value;
    if (letter === "n") limit = Number(value) || 0;
    if (letter === "t") timeoutMs = (Number(value) || 0) * 1000;
  }
  const names = args.slice(at);
  if (prompt !== "") shell.channel(2).write?.(prompt);
  const { text, complete } = yield* readInput(shell, shell.channel(0), { raw, limit, timeoutMs });
  const ifs = shell.get("IFS") ?? " \t\n";
  const blanks = [...ifs].filter((char) => " \t\n".includes(char)).join("");
  const trim = (value: string) => {
    let from = 0;
    let to = value.length;
    while (from < to && blanks.includes(value[from])) from++;
    while (to > from && blanks.includes(value[to - 1])) to--;
    return value.slice(from, to);
  };
  const variables = names.length > 0 ? names : ["REPLY"];
  let rest = names.length > 0 ? trim(text) : text;
  variables.forEach((name, i) => {
    if (i === variables.length - 1) {
      shell.set(name, rest);
      return;
    }
    let end = 0;
    while (end < rest.length && !ifs.includes(rest[end])) end++;
    shell.set(name, rest.slice(0, end));
    let next = end;
    while (next < rest.length && blanks.includes(rest[next])) next++;
    if (next < rest.length && next === end) next++;
    rest = rest.slice(next);
  });
  return complete ? 0 : 1;
}

function* readInput(
  shell: ShellState,
  input: Channel,
  options: { raw: boolean; limit: number; timeoutMs: number | undefined },
): Task<{ text: string; complete: boolean }> {
  const endMs = options.timeoutMs === undefined
    ? Infinity
    : shell.machine.now() + options.timeoutMs;
  let text = "";
  for (;;) {
    yield CHECKPOINT;
    const some = input.read ? input.read() : undefined;
    if (some === undefined) return { text, complete: false };
    if (some === null) {
      if (shell.machine.now() >= endMs) return { text, complete: false };
      yield (resume) => {
        const cancelRead = input.readable!(resume);
        const cancelTime = endMs === Infinity
          ? () => {}
          : shell.machine.host.after(endMs - shell.machine.now(), resume);
        return () => {
          cancelRead();
          cancelTime();
        };
      };
      continue;
    }
    const pieces: string[] = [];
    let taken = text.length;
    const join = (read: number) => {
      shell.machine.work.spend(0, read / 1_000);
      shell.grow(pieces.length);
      text += pieces.join("");
    };
    for (let i = 0; i < some.length; i++) {
      const char = some[i];
      const atEnd = char === "\n" || taken >= options.limit;
      if (!options.raw && char === "\\" && i + 1 < some.length) {
        i++;
        if (some[i] !== "\n" && taken++ >= 0) pieces.push(some[i]);
        continue;
      }
      if (!atEnd) {
        // Bytes that are no characters are passed over.
        if (char !== "\0" && taken++ >= 0) pieces.push(char);
        continue;
      }
      const rest = some.slice(char === "\n" ? i + 1 : i);
      if (rest !== "") input.unread!(rest);
      join(i);
      return { text, complete: true };
    }
    join(some.length);
    if (text.length >= options.limit) return { text, complete: true };
  }
}

function* wait(shell: ShellState, args: readonly string[]): Task<number> {
  const procs = args.length === 0
    ? [...shell.jobs.values()]
    : args.filter((arg) => arg !== "-n").map((arg) =>
      shell.jobs.get(Number(arg.replace(/^%/, "")))
    );
  let status = 0;
  for (const proc of procs) {
    if (!proc) {
      status = 127;
      continue;
    }
    shell.waiting = true;
    try {
      while (proc.exitCode === undefined && shell.pending.length === 0) yield proc.end;
    } finally {
      shell.waiting = false;
    }
    if (proc.exitCode === undefined) return 128 + shell.pending[0];
    if (proc.exitCode === 143) shell.channel(2).write?.("Terminated\n");
    shell.jobs.delete(proc.pid);
    status = proc.exitCode;
  }
  return args.length === 0 ? 0 : status;
}

function* kill(shell: ShellState, args: readonly string[]): Task<number> {
  let signal = 15;
  let rest = [...args];
  if (rest[0] === "-l") {
    const rows = Object.entries(SIGNAL_NAMES).map(([id, name]) => `${id.padStart(2)}) ${name}\n`);
    out(shell, rows.join(""));
    return 0;
  }
  const named = rest[0] === "-s"
    ? rest[1]
    : /^-./.test(rest[0] ?? "")
    ? rest[0].slice(1)
    : undefined;
  if (named !== undefined) {
    const number = signalNumber(named);
    if (number === undefined) {
      shell.complain(toolWords(shell, "kill", `bad signal name '${named}'`));
      return 1;
    }
    signal = number;
    rest = rest.slice(rest[0] === "-s" ? 2 : 1);
  }
  if (rest.length === 0) {
    shell.complain(toolWords(shell, "kill", "you need to specify whom to kill"));
    return 1;
  }
  let status = 0;
  for (const word of rest) {
    const pid = Number(word.replace(/^%/, ""));
    const job = word.startsWith("%") ? [...shell.jobs.values()][pid - 1]?.pid : pid;
    if (job === undefined || !Number.isInteger(job)) {
      shell.complain(toolWords(shell, "kill", `invalid number '${word}'`));
      status = 1;
    } else if (!shell.machine.signal(job, signal)) {
      shell.complain(toolWords(shell, "kill", `can't kill pid ${word}: No such process`));
      status = 1;
    }
  }
  // A signal to the shell itself takes effect before the next command.
  yield* shell.runTraps();
  return status;
}

function describe(shell: ShellState, names: readonly string[], wordy: boolean): number {
  let status = 0;
  for (const name of names) {
    if (shell.functions.has(name)) out(shell, wordy ? `${name} is a function\n` : `${name}\n`);
    else if (SPECIAL_BUILTINS.has(name) || BUILTINS.has(name)) {
      out(shell, wordy ? `${name} is a shell builtin\n` : `${name}\n`);
    } else {
      const path = shell.find(name);
      if (path !== undefined) out(shell, wordy ? `${name} is ${path}\n` : `${path}\n`);
      else {
        status = 127;
        if (wordy) out(shell, `${name}: not found\n`);
      }
    }
  }
  return status;
}

function getopts(
  shell: ShellState,
  [spec = "", name = "opt", ...given]: readonly string[],
): number {
  const args = given.length > 0 ? given : shell.parameters;
  let index = Number(shell.get("OPTIND") ?? "1");
  const word = args[index - 1];
  if (word === undefined || !/^-./.test(word) || word === "--") {
    if (word === "--") shell.set("OPTIND", String(index + 1));
    shell.set(name, "?");
    return 1;
  }
  const letter = word[1];
  const at = spec.indexOf(letter);
  index++;
  if (at < 0 || letter === ":") {
    shell.set(name, "?");
    if (spec.startsWith(":")) shell.set("OPTARG", letter);
    else shell.complain(`Illegal option -${letter}`);
  } else {
    shell.set(name, letter);
    if (spec[at + 1] === ":") {
      const value = word.length > 2 ? word.slice(2) : args[index++ - 1];
      if (value === undefined) {
        shell.set(name, spec.startsWith(":") ? ":" : "?");
        if (!spec.startsWith(":")) shell.complain(`No arg for -${letter} option`);
      }
      shell.set("OPTARG", value ?? "");
    }
  }
  shell.set("OPTIND", String(index));
  return 0;
}
