import { signalNumber } from "../signals.ts";
import type { Tool } from "../tool.ts";
import { fail, isGnu } from "./common.ts";

const ps: Tool = (call) => {
  const { machine } = call;
  const user = machine.image.user.name;
  const rows: { pid: number; ms: number; argv: string }[] = [];
  for (const proc of machine.processes) {
    const argv = proc === call.proc && proc.child === undefined && proc.pid !== 1
      ? [call.name, ...call.args]
      : proc.argv;
    rows.push({ pid: proc.pid, ms: machine.now() - proc.startedAtMs, argv: argv.join(" ") });
    if (proc.child) rows.push({ pid: proc.child.pid, ms: 0, argv: proc.child.argv.join(" ") });
  }
  if (machine.main) {
    rows.unshift({
      pid: 1,
      ms: machine.now() - machine.host.startedAtMs,
      argv: machine.main.title,
    });
  }
  if (isGnu(call)) {
    call.out("    PID TTY          TIME CMD\n");
    for (const { pid, argv } of rows) {
      call.out(`${String(pid).padStart(7)} ?        00:00:00 ${argv.split(" ")[0]}\n`);
    }
    return 0;
  }
  call.out("PID   USER     TIME  COMMAND\n");
  for (const { pid, argv } of rows.sort((a, b) => a.pid - b.pid)) {
    call.out(`${String(pid).padStart(5)} ${user.padEnd(8)}  0:00 ${argv}\n`);
  }
  return 0;
};

const kill: Tool = (call) => {
  const [first, ...rest] = call.args;
  const named = first === "-s" ? rest.shift() : first?.startsWith("-") ? first.slice(1) : undefined;
  const signal = named === undefined ? 15 : signalNumber(named);
  if (signal === undefined) return fail(call, `bad signal name '${named}'`);
  let status = 0;
  for (const word of named === undefined ? call.args : rest) {
    if (!call.machine.signal(Number(word), signal)) {
      status = fail(call, `can't kill pid ${word}: No such process`);
    }
  }
  return status;
};

/** Tools about processes. */
export const processTools: Readonly<Record<string, Tool>> = { kill, ps };
