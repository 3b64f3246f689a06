import { posixWord } from "../../base/mod.ts";
import { type Builtin, BUILTINS, SPECIAL_BUILTINS } from "./builtins.ts";
import type { Task } from "./channels.ts";
import { expandText, expandWords } from "./expand.ts";
import { FileFault } from "./files.ts";
import { BUILTIN_US } from "./machine.ts";
import { redirect } from "./redirect.ts";
import { runProgram } from "./run_program.ts";
import type { ShellState } from "./shell_state.ts";
import { Jump } from "./signals.ts";
import type { Assignment, Command } from "./syntax.ts";

/** Source: dash src/eval.c (MAX_RECURSION). */
const DASH_DEPTH = 1_000;

/** Runs a function, a builtin or a program, or sets variables; gives the exit code. */
export function* runSimple(
  shell: ShellState,
  command: Command & { kind: "simple" },
): Task<number> {
  if (command.fixed) {
    if (shell.options.has("xtrace")) trace(shell, [], command.fixed);
    return yield* call(shell, command.fixed, []);
  }
  const saved = shell.channels;
  let keeps = false;
  try {
    shell.substituted = 0;
    const words = yield* expandWords(shell, command.words);
    const assigned: [string, string][] = [];
    for (const assignment of command.assignments) {
      assigned.push([assignment.name, yield* valueOf(shell, assignment)]);
      if (words.length === 0) shell.set(...assigned.at(-1)!);
    }
    if (shell.options.has("xtrace")) trace(shell, assigned, words);
    if (command.redirects.length > 0) {
      const problem = yield* redirect(shell, command.redirects);
      if (problem !== undefined) return problem;
      keeps = words[0] === "exec" && words.length === 1;
    }
    if (words.length === 0) return shell.substituted;
    return yield* call(shell, words, assigned);
  } catch (error) {
    return shell.failedExpansion(error);
  } finally {
    if (!keeps) shell.channels = saved;
  }
}

function* valueOf(shell: ShellState, { name, value, append }: Assignment): Task<string> {
  const text = yield* expandText(shell, value);
  if (!append) return text;
  const before = shell.get(name) ?? "";
  shell.grow(before.length);
  return before + text;
}

function trace(shell: ShellState, assigned: [string, string][], words: readonly string[]): void {
  const shown = [
    ...assigned.map(([name, value]) => `${name}=${posixWord(value)}`),
    ...words.map(posixWord),
  ];
  shell.grow(shown.reduce((sum, { length }) => sum + length + 1, 0));
  shell.channel(2).write?.(`+ ${shown.join(" ")}\n`);
}

function* call(
  shell: ShellState,
  words: readonly string[],
  assigned: [string, string][],
): Task<number> {
  const [name] = words;
  // In bash a function hides even these.
  const isHidden = shell.settings.bash && shell.functions.has(name);
  const special = isHidden ? undefined : SPECIAL_BUILTINS.get(name);
  if (special) {
    for (const [key, value] of assigned) shell.set(key, value);
    return yield* callBuiltin(shell, special, words);
  }
  const body = shell.functions.get(name);
  if (body) return yield* withVariables(shell, assigned, () => callFunction(shell, body, words));
  const builtin = BUILTINS.get(name);
  if (builtin) {
    return yield* withVariables(shell, assigned, () => callBuiltin(shell, builtin, words));
  }
  return yield* runProgram(shell, words, Object.fromEntries(assigned));
}

function* callBuiltin(
  shell: ShellState,
  builtin: Builtin,
  words: readonly string[],
): Task<number> {
  shell.machine.work.spend(BUILTIN_US);
  let status: number;
  try {
    const result = builtin(shell, words.slice(1));
    status = typeof result === "number" ? result : yield* result;
  } catch (error) {
    if (!(error instanceof FileFault)) throw error;
    shell.complain(`write error: ${error.message}`);
    status = 1;
  }
  const output = shell.channel(1);
  while (output.full) yield output.drained!;
  return status;
}

function* withVariables(
  shell: ShellState,
  assigned: [string, string][],
  work: () => Task<number>,
): Task<number> {
  if (assigned.length === 0) return yield* work();
  const before = assigned.map(([name]) =>
    [name, shell.variables.get(name), shell.exported.has(name)] as const
  );
  for (const [name, value] of assigned) {
    shell.set(name, value);
    shell.exported.add(name);
  }
  try {
    return yield* work();
  } finally {
    for (const [name, value, wasExported] of before) {
      shell.put(name, value);
      if (!wasExported) shell.exported.delete(name);
    }
  }
}

function* callFunction(shell: ShellState, body: Command, words: readonly string[]): Task<number> {
  if (shell.locals.length >= DASH_DEPTH && shell.isDash) {
    shell.complain(`Maximum function recursion depth (${DASH_DEPTH}) reached`);
    throw new Jump("exit", 2);
  }
  const saved = shell.parameters;
  shell.parameters = words.slice(1);
  shell.locals.push(new Map());
  try {
    return yield* shell.runCommand(body);
  } catch (error) {
    if (!(error instanceof Jump) || error.to !== "return") throw error;
    return error.value;
  } finally {
    for (const [name, value] of shell.locals.pop()!) shell.put(name, value);
    shell.parameters = saved;
  }
}
