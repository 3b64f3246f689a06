import { readAll, type Task } from "./channels.ts";
import { arithmetic } from "./expand.ts";
import { FileFault } from "./files.ts";
import { jobs, kill, trap, wait } from "./jobs.ts";
import { openFile } from "./open.ts";
import { read } from "./read_line.ts";
import { runProgram } from "./run_program.ts";
import { OPTIONS, type ShellState } from "./shell_state.ts";
import { Jump } from "./signals.ts";
import { echoText, printfText } from "./tools/print.ts";
import { test } from "./tools/test.ts";

/** A command that the shell runs itself. */
export type Builtin = (shell: ShellState, args: readonly string[]) => number | Task<number>;

const lengthOf = (args: readonly string[]) => args.reduce((sum, arg) => sum + arg.length + 1, 0);

/** Those whose assignments last, and that functions do not hide. */
export const SPECIAL_BUILTINS: ReadonlyMap<string, Builtin> = new Map<string, Builtin>([
  [":", () => 0],
  [".", sourceFile],
  ["source", sourceFile],
  ["break", (_, [count]) => leaveLoops("break", count)],
  ["continue", (_, [count]) => leaveLoops("continue", count)],
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
    shell.out(echoText(args, shell.isDash));
    return 0;
  }],
  ["printf", (shell, args) => {
    const { text, problem } = printfText(args, (bytes) => shell.grow(bytes));
    if (problem !== undefined) shell.complainAs("printf", problem);
    shell.out(text);
    return problem === undefined ? 0 : 1;
  }],
  ["test", (shell, args) => testing(shell, args, "test")],
  ["[", (shell, args) => {
    if (args.at(-1) !== "]") {
      shell.complainAs("[", "missing ]");
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
    shell.out(`${shell.cwd}\n`);
    return 0;
  }],
  ["read", read],
  ["wait", wait],
  ["kill", kill],
  ["jobs", jobs],
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
    if (args.length === 0) shell.out("0022\n");
    return 0;
  }],
  ["ulimit", (shell) => {
    shell.out("unlimited\n");
    return 0;
  }],
  ["hash", () => 0],
  ["getopts", getopts],
]);

function leaveLoops(to: "break" | "continue", count = "1"): never {
  throw new Jump(to, Math.max(1, Number(count) || 1));
}

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
      shell.out(`${options.verb} ${name}='${shell.get(name) ?? ""}'\n`);
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
      shell.out(`${name}='${value.replaceAll("'", `'"'"'`)}'\n`);
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
    shell.complainAs(name === "test" ? name : "[", result.problem);
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
  if (given === "-") shell.out(`${path}\n`);
  return 0;
}

function describe(shell: ShellState, names: readonly string[], wordy: boolean): number {
  let status = 0;
  for (const name of names) {
    const isBuiltin = SPECIAL_BUILTINS.has(name) || BUILTINS.has(name);
    const own = shell.functions.has(name) ? "a function" : isBuiltin && "a shell builtin";
    const path = own ? name : shell.find(name);
    if (path !== undefined) shell.out(wordy ? `${name} is ${own || path}\n` : `${path}\n`);
    else {
      status = 127;
      if (wordy) shell.out(`${name}: not found\n`);
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
