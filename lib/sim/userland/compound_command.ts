import type { Task } from "./channels.ts";
import {
  arithmetic,
  expandPattern,
  expandText,
  expandWords,
  matched,
  patternOf,
} from "./expand.ts";
import { BUILTIN_US } from "./machine.ts";
import type { ShellState } from "./shell_state.ts";
import { Jump } from "./signals.ts";
import type { Command, Sequence } from "./syntax.ts";

export type Compound = Exclude<Command, { kind: "simple" | "function" }>;

/** Runs a command that is made of others; gives its exit code. */
export function* runCompound(shell: ShellState, command: Compound): Task<number> {
  switch (command.kind) {
    case "group":
      yield* shell.runSequence(command.body);
      return shell.status;
    case "subshell":
      return yield* shell.runInside(command.body, shell.channels);
    case "if":
      return yield* runIf(shell, command);
    case "loop":
      return yield* runLoop(shell, command);
    case "for":
      return yield* runFor(shell, command);
    case "count":
      return yield* runCount(shell, command);
    case "case":
      return yield* runCase(shell, command);
    case "evaluate": {
      const text = yield* expandText(shell, command.expression);
      try {
        return arithmetic(shell, text) === 0n ? 1 : 0;
      } catch (error) {
        return shell.failedExpansion(error);
      }
    }
  }
}

/** Whether a condition holds; it may fail though `set -e` is in force. */
function* holds(shell: ShellState, sequence: Sequence): Task<boolean> {
  shell.tested++;
  try {
    yield* shell.runSequence(sequence);
  } finally {
    shell.tested--;
  }
  return shell.status === 0;
}

function* runIf(
  shell: ShellState,
  { branches, otherwise }: Command & { kind: "if" },
): Task<number> {
  for (const { test, body } of branches) {
    if (!(yield* holds(shell, test))) continue;
    yield* shell.runSequence(body);
    return shell.status;
  }
  shell.status = 0;
  if (otherwise) yield* shell.runSequence(otherwise);
  return shell.status;
}

function* runLoop(
  shell: ShellState,
  { until, test, body }: Command & { kind: "loop" },
): Task<number> {
  let status = 0;
  for (;;) {
    shell.machine.work.spend(BUILTIN_US);
    try {
      if ((yield* holds(shell, test)) === until) return status;
      yield* shell.runSequence(body);
      status = shell.status;
    } catch (error) {
      const more = loopJump(shell, error);
      status = shell.status;
      if (!more) return status;
    }
  }
}

function* runFor(
  shell: ShellState,
  { name, words, body }: Command & { kind: "for" },
): Task<number> {
  const values = words ? yield* expandWords(shell, words) : shell.parameters;
  let status = 0;
  for (const value of values) {
    shell.machine.work.spend(BUILTIN_US);
    shell.set(name, value);
    try {
      yield* shell.runSequence(body);
    } catch (error) {
      if (!loopJump(shell, error)) return shell.status;
    }
    status = shell.status;
  }
  return status;
}

function* runCount(
  shell: ShellState,
  { start, test, step, body }: Command & { kind: "count" },
): Task<number> {
  arithmetic(shell, yield* expandText(shell, start));
  for (;;) {
    shell.machine.work.spend(BUILTIN_US);
    const condition = yield* expandText(shell, test);
    if (condition.trim() !== "" && arithmetic(shell, condition) === 0n) return 0;
    try {
      yield* shell.runSequence(body);
    } catch (error) {
      if (!loopJump(shell, error)) return shell.status;
    }
    arithmetic(shell, yield* expandText(shell, step));
  }
}

/** Whether the loop that `error` came out of goes on; throws what is not meant for it. */
function loopJump(shell: ShellState, error: unknown): boolean {
  if (!(error instanceof Jump) || (error.to !== "break" && error.to !== "continue")) throw error;
  if (error.value > 1) throw new Jump(error.to, error.value - 1);
  shell.status = 0;
  return error.to === "continue";
}

function* runCase(shell: ShellState, { word, arms }: Command & { kind: "case" }): Task<number> {
  const value = yield* expandText(shell, word);
  for (const { patterns, body } of arms) {
    for (const pattern of patterns) {
      const glob = patternOf(shell, yield* expandPattern(shell, pattern));
      shell.scan(value.length / 16);
      if (!(yield* matched(shell, glob.matches(value)))) continue;
      shell.status = 0;
      yield* shell.runSequence(body);
      return shell.status;
    }
  }
  return 0;
}
