import type { Task } from "./channels.ts";
import type { ShellState } from "./shell_state.ts";
import { SIGNAL_NAMES, signalName, signalNumber } from "./signals.ts";

/** `jobs`: processes behind a shell that nobody waited for. */
export function jobs(shell: ShellState): number {
  let number = 0;
  for (const proc of shell.jobs.values()) {
    number++;
    const mark = number === shell.jobs.size ? "+" : " ";
    const state = proc.exitCode === undefined ? "Running" : "Done";
    shell.out(`[${number}]${mark} ${state.padEnd(27)}${proc.argv.at(-1)}\n`);
  }
  return 0;
}

/** `wait`: until processes behind the shell have ended, or a trapped signal comes. */
export function* wait(shell: ShellState, args: readonly string[]): Task<number> {
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

/** `kill`: sends a signal to processes and jobs. */
export function* kill(shell: ShellState, args: readonly string[]): Task<number> {
  let signal = 15;
  let rest = [...args];
  if (rest[0] === "-l") {
    const rows = Object.entries(SIGNAL_NAMES).map(([id, name]) => `${id.padStart(2)}) ${name}\n`);
    shell.out(rows.join(""));
    return 0;
  }
  const named = rest[0] === "-s" ? rest[1] : /^-(.[^]*)/.exec(rest[0] ?? "")?.[1];
  if (named !== undefined) {
    const number = signalNumber(named);
    if (number === undefined) {
      shell.complainAs("kill", `bad signal name '${named}'`);
      return 1;
    }
    signal = number;
    rest = rest.slice(rest[0] === "-s" ? 2 : 1);
  }
  if (rest.length === 0) {
    shell.complainAs("kill", "you need to specify whom to kill");
    return 1;
  }
  let status = 0;
  for (const word of rest) {
    const pid = Number(word.replace(/^%/, ""));
    const job = word.startsWith("%") ? [...shell.jobs.values()][pid - 1]?.pid : pid;
    if (job === undefined || !Number.isInteger(job)) {
      shell.complainAs("kill", `invalid number '${word}'`);
      status = 1;
    } else if (!shell.machine.signal(job, signal)) {
      shell.complainAs("kill", `can't kill pid ${word}: No such process`);
      status = 1;
    }
  }
  // A signal to the shell itself takes effect before the next command.
  yield* shell.runTraps();
  return status;
}

/** `trap`: what a signal, or the end of the shell, sets off. */
export function trap(shell: ShellState, args: readonly string[]): number {
  if (args.length === 0) {
    for (const [name, action] of shell.traps) shell.out(`trap -- '${action}' ${name}\n`);
    return 0;
  }
  if (args[0] === "-l") {
    shell.out(`${Object.values(SIGNAL_NAMES).join(" ")}\n`);
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
