import { createHash } from "node:crypto";
import { readSome, type Task } from "../channels.ts";
import type { Tool } from "../tool.ts";
import { findTool } from "../tool.ts";
import type { Proc } from "../machine.ts";
import { Signalled, SIGSEGV } from "../signalled.ts";
import { signalNumber } from "../signals.ts";
import type { Work } from "../work.ts";
import { badOption, fail, isGnu, looked, openInput, showUsage } from "./common.ts";
import { readOptions } from "./options.ts";
import { posixPattern, withPatterns } from "./regexp.ts";
import { test } from "./test.ts";

const UNITS: Record<string, number> = { "": 1, s: 1, m: 60, h: 3600, d: 86400 };

/** Milliseconds of `1.5`, `2m`, `infinity`; undefined when it is none. */
export function sleepMs(words: readonly string[]): number | undefined {
  let totalMs = 0;
  for (const word of words) {
    if (word === "infinity" || word === "inf") return Infinity;
    const match = /^(\d*\.?\d+|\d+\.)([smhd]?)$/.exec(word);
    if (!match) return undefined;
    totalMs += Number(match[1]) * UNITS[match[2]] * 1000;
  }
  return totalMs;
}

const FOREVER_MS = 365 * 86_400_000;

/** Sleeps a round year at a time when there is no end. */
function* pause(
  machine: { sleep(ms: number): import("../channels.ts").Wait },
  ms: number,
): Task<void> {
  while (ms === Infinity) yield machine.sleep(FOREVER_MS);
  yield machine.sleep(ms);
}

const SLEEP_USAGE = `[N]...

Pause for a time equal to the total of the args given, where each arg can
have an optional suffix of (s)econds, (m)inutes, (h)ours, or (d)ays`;

const sleep: Tool = (call) => {
  if (call.args.length === 0) {
    return isGnu(call)
      ? fail(call, "missing operand\nTry 'sleep --help' for more information.")
      : showUsage(call, SLEEP_USAGE);
  }
  const ms = sleepMs(call.args);
  if (ms === undefined) {
    const wrong = call.args.find((word) => sleepMs([word]) === undefined)!;
    return fail(
      call,
      isGnu(call)
        ? `invalid time interval ‘${wrong}’\nTry 'sleep --help' for more information.`
        : `invalid number '${wrong}'`,
    );
  }
  return sleeping(call.machine, ms);
};

function* sleeping(machine: Parameters<typeof pause>[0], ms: number): Task<number> {
  yield* pause(machine, ms);
  return 0;
}

const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];

/** A time by strftime's letters, in UTC. */
export function formatTime(format: string, ms: number): string {
  const at = new Date(ms);
  const two = (value: number) => String(value).padStart(2, "0");
  const known: Record<string, () => string> = {
    Y: () => String(at.getUTCFullYear()),
    y: () => two(at.getUTCFullYear() % 100),
    m: () => two(at.getUTCMonth() + 1),
    d: () => two(at.getUTCDate()),
    e: () => String(at.getUTCDate()).padStart(2),
    H: () => two(at.getUTCHours()),
    I: () => two((at.getUTCHours() + 11) % 12 + 1),
    M: () => two(at.getUTCMinutes()),
    S: () => two(at.getUTCSeconds()),
    N: () => `${String(ms % 1000).padStart(3, "0")}000000`,
    p: () => at.getUTCHours() < 12 ? "AM" : "PM",
    a: () => DAYS[at.getUTCDay()].slice(0, 3),
    A: () => DAYS[at.getUTCDay()],
    b: () => MONTHS[at.getUTCMonth()].slice(0, 3),
    B: () => MONTHS[at.getUTCMonth()],
    s: () => String(Math.floor(ms / 1000)),
    Z: () => "UTC",
    z: () => "+0000",
    u: () => String(at.getUTCDay() || 7),
    w: () => String(at.getUTCDay()),
    n: () => "\n",
    t: () => "\t",
    "%": () => "%",
    F: () => formatTime("%Y-%m-%d", ms),
    T: () => formatTime("%H:%M:%S", ms),
    R: () => formatTime("%H:%M", ms),
    D: () => formatTime("%m/%d/%y", ms),
    c: () => formatTime("%a %b %e %H:%M:%S %Y", ms),
  };
  return format.replace(/%([a-zA-Z%])/g, (all, letter: string) => known[letter]?.() ?? all);
}

const date: Tool = (call) => {
  const options = readOptions(call.args, "ud:Is:r:R", {
    long: { utc: "u", "date=": "d", "iso-8601": "I" },
  });
  if (options.unknown) return badOption(call, options.unknown, "[OPTIONS] [+FMT] [[-s] TIME]");
  const given = options.value("d");
  const ms = given === undefined
    ? call.machine.now()
    : given.startsWith("@")
    ? Number(given.slice(1)) * 1000
    : Date.parse(given.includes("T") ? given : `${given}Z`);
  if (Number.isNaN(ms)) return fail(call, `invalid date '${given}'`);
  const format = options.rest[0]?.startsWith("+")
    ? options.rest[0].slice(1)
    : options.has("I")
    ? "%Y-%m-%d"
    : options.has("R")
    ? "%a, %d %b %Y %H:%M:%S %z"
    : "%a %b %e %H:%M:%S %Z %Y";
  call.out(`${formatTime(format, ms)}\n`);
  return 0;
};

const env: Tool = function* (call) {
  const options = readOptions(call.args, "iu:", { stopAtFirst: true });
  if (options.unknown) {
    return badOption(call, options.unknown, "[-i0] [-u NAME]... [-] [NAME=VALUE]... [PROG ARGS]");
  }
  const rest = [...options.rest];
  const given: Record<string, string> = options.has("i") ? {} : { ...call.env };
  for (const name of options.values("u")) delete given[name];
  while (rest.length > 0 && /^[A-Za-z_]\w*=/.test(rest[0])) {
    const [name, value] = [
      rest[0].slice(0, rest[0].indexOf("=")),
      rest[0].slice(rest[0].indexOf("=") + 1),
    ];
    given[name] = value;
    rest.shift();
  }
  if (rest.length > 0) {
    const words = Object.entries(given).map(([name, value]) =>
      `export ${name}='${value.replaceAll("'", `'\\''`)}'`
    );
    return yield* call.run(["sh", "-c", `${words.join(";")}\n"$@"`, "env", ...rest]);
  }
  for (const [name, value] of Object.entries(given)) call.out(`${name}=${value}\n`);
  return 0;
};

const printenv: Tool = (call) => {
  if (call.args.length === 0) {
    for (const [name, value] of Object.entries(call.env)) call.out(`${name}=${value}\n`);
    return 0;
  }
  let status = 0;
  for (const name of call.args) {
    if (Object.hasOwn(call.env, name)) call.out(`${call.env[name]}\n`);
    else status = 1;
  }
  return status;
};

const hostname: Tool = (call) => {
  const { pod } = call.machine.host;
  call.out(
    `${
      call.args.includes("-i") || call.args.includes("-I") ? pod.ip : call.env.HOSTNAME ?? pod.name
    }\n`,
  );
  return 0;
};

const id: Tool = (call) => {
  const { uid, name } = call.machine.image.user;
  if (call.args.includes("-u")) call.out(`${call.args.includes("-n") ? name : uid}\n`);
  else if (call.args.includes("-un")) call.out(`${name}\n`);
  else if (call.args.includes("-g")) call.out(`${uid}\n`);
  else {
    const groups = uid === 0 ? (isGnu(call) ? "0(root)" : "0(root),10(wheel)") : `${uid}(${name})`;
    call.out(`uid=${uid}(${name}) gid=${uid}(${uid === 0 ? "root" : name}) groups=${groups}\n`);
  }
  return 0;
};

const whoami: Tool = (call) => {
  call.out(`${call.machine.image.user.name}\n`);
  return 0;
};

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

const uname: Tool = (call) => {
  const { nodeName } = call.machine.host.pod;
  const name = call.env.HOSTNAME ?? nodeName;
  if (call.args.includes("-a")) {
    call.out(
      `Linux ${name} 6.8.0-47-generic #47-Ubuntu SMP PREEMPT_DYNAMIC Fri Sep 27 21:40:26 UTC 2024 x86_64 ${
        isGnu(call) ? "GNU/Linux" : "GNU/Linux"
      }\n`,
    );
  } else if (call.args.includes("-r")) call.out("6.8.0-47-generic\n");
  else if (call.args.includes("-m")) call.out("x86_64\n");
  else if (call.args.includes("-n")) call.out(`${name}\n`);
  else call.out("Linux\n");
  return 0;
};

const timeout: Tool = function* (call) {
  const options = readOptions(call.args, "s:k:t:", { stopAtFirst: true });
  const rest = [...options.rest];
  const limit = options.value("t") ?? rest.shift();
  const ms = sleepMs([limit ?? ""]);
  if (ms === undefined || rest.length === 0) {
    return fail(call, `invalid number '${limit ?? ""}'`, isGnu(call) ? 125 : 1);
  }
  const inner = call.machine.spawn(rest, call.proc.pid, () => call.run(rest), [
    call.stdin,
    call.stdout,
  ]);
  let late = false;
  const cancel = ms === Infinity ? () => {} : call.machine.host.after(ms, () => {
    late = true;
    endProc(call.machine, inner);
  });
  try {
    const code = yield* call.machine.join(inner);
    if (!late) return code;
    if (isGnu(call)) return 124;
    call.err("Terminated\n");
    return 143;
  } finally {
    cancel();
    endProc(call.machine, inner);
  }
};

function endProc(machine: { signalProc(proc: Proc, signal: number): void }, proc: Proc): void {
  machine.signalProc(proc, 15);
}

const time: Tool = function* (call) {
  const startMs = call.machine.now();
  const code = yield* call.run(call.args);
  const ms = call.machine.now() - startMs;
  const shown = `${Math.floor(ms / 60000)}m ${((ms % 60000) / 1000).toFixed(2)}s`;
  call.err(`real\t${shown}\nuser\t0m 0.00s\nsys\t0m 0.00s\n`);
  return code;
};

const which: Tool = (call) => {
  let status = 0;
  for (const name of call.args.filter((arg) => !arg.startsWith("-"))) {
    const found = findTool(call.machine, name, { path: call.env.PATH ?? "", cwd: call.cwd });
    if (found) call.out(`${found}\n`);
    else status = 1;
  }
  return status;
};

const testTool: Tool = (call) => {
  const args = call.name === "[" ? call.args.slice(0, -1) : call.args;
  const result = test(args, {
    files: call.machine.files,
    path: (path) => call.path(path),
    isTty: (fd) => (fd === 0 ? call.stdin : call.stdout).isTty === true,
    patterns: false,
    work: call.machine.work,
  });
  if (typeof result === "boolean") return result ? 0 : 1;
  return fail(call, result.problem, 2);
};

const tty: Tool = (call) => {
  call.out(call.stdin.isTty ? "/dev/pts/0\n" : "not a tty\n");
  return call.stdin.isTty ? 0 : 1;
};

function digest(algorithm: string): Tool {
  return function* (call) {
    let status = 0;
    for (const path of call.args.length > 0 ? call.args : ["-"]) {
      const input = openInput(call, path);
      if (!input) {
        status = 1;
        continue;
      }
      const hash = createHash(algorithm);
      for (let some = yield* readSome(input); some !== undefined; some = yield* readSome(input)) {
        looked(call, some.length / 4);
        hash.update(some, "latin1");
      }
      call.out(`${hash.digest("hex")}  ${path}\n`);
    }
    return status;
  };
}

/** As many as the stack of the real one can bear when all of them are parentheses. */
const MAX_WORDS = 500;
class ZeroDivision extends Error {}

/** `expr`: integers, comparisons, `:` matches and the word functions. */
const expr: Tool = withPatterns((call) => {
  const words = [...call.args];
  looked(call, words.length * 64);
  if (words.length > MAX_WORDS) throw new Signalled(SIGSEGV);
  let value: string | undefined;
  try {
    value = exprOr(words, call.machine.work);
  } catch (error) {
    if (error instanceof ZeroDivision) return fail(call, "division by zero", 2);
    throw error;
  }
  if (value === undefined || words.length > 0) return fail(call, "syntax error", 2);
  call.out(`${value}\n`);
  return value === "" || value === "0" ? 1 : 0;
}, 2);

type ExprLevel = (words: string[], work: Work) => string | undefined;

function exprBinary(
  next: ExprLevel,
  operators: Record<string, (a: string, b: string, work: Work) => string>,
): ExprLevel {
  return (words, work) => {
    let left = next(words, work);
    while (left !== undefined && words.length > 0 && Object.hasOwn(operators, words[0])) {
      const operator = operators[words.shift()!];
      const right = next(words, work);
      if (right === undefined) return undefined;
      left = operator(left, right, work);
    }
    return left;
  };
}

const truth = (value: boolean) => value ? "1" : "0";
const isNumber = (text: string) => /^-?\d+$/.test(text);
const compares = (test: (order: number) => boolean) => (a: string, b: string) =>
  truth(test(isNumber(a) && isNumber(b) ? Number(a) - Number(b) : a < b ? -1 : a > b ? 1 : 0));
const counts = (work: (a: number, b: number) => number) => (a: string, b: string) =>
  String(work(Number(a), Number(b)));

const exprWord: ExprLevel = (words, work) => {
  const word = words.shift();
  if (word === "(") {
    const value = exprOr(words, work);
    return words.shift() === ")" ? value : undefined;
  }
  if (word === "length" && words.length > 0) return String(words.shift()!.length);
  if (word === "substr" && words.length >= 3) {
    const [text, from, length] = words.splice(0, 3);
    return text.substr(Number(from) - 1, Number(length));
  }
  return word;
};
const exprMatch = exprBinary(exprWord, {
  ":": (text, pattern, work) => {
    const match = posixPattern(pattern, { only: "start", work }).exec(text);
    if (/\\\(/.test(pattern)) return match?.[1] ?? "";
    return String(match?.[0].length ?? 0);
  },
});
function nonZero(value: number): number {
  if (value === 0) throw new ZeroDivision();
  return value;
}
const exprProduct = exprBinary(exprMatch, {
  "*": counts((a, b) => a * b),
  "/": counts((a, b) => Math.trunc(a / nonZero(b))),
  "%": counts((a, b) => a % nonZero(b)),
});
const exprSum = exprBinary(exprProduct, {
  "+": counts((a, b) => a + b),
  "-": counts((a, b) => a - b),
});
const exprOrder = exprBinary(exprSum, {
  "<": compares((order) => order < 0),
  "<=": compares((order) => order <= 0),
  "=": compares((order) => order === 0),
  "==": compares((order) => order === 0),
  "!=": compares((order) => order !== 0),
  ">=": compares((order) => order >= 0),
  ">": compares((order) => order > 0),
});
const isNull = (text: string) => text === "" || text === "0";
const exprAnd = exprBinary(exprOrder, { "&": (a, b) => isNull(a) || isNull(b) ? "0" : a });
const exprOr: ExprLevel = exprBinary(exprAnd, { "|": (a, b) => isNull(a) ? b : a });

/** Tools about processes, time and the machine. */
export const systemTools: Readonly<Record<string, Tool>> = {
  "[": testTool,
  clear: (call) => {
    call.out("\x1b[H\x1b[J");
    return 0;
  },
  date,
  env,
  expr,
  false: () => 1,
  hostname,
  id,
  kill,
  md5sum: digest("md5"),
  nproc: (call) => {
    call.out("2\n");
    return 0;
  },
  printenv,
  ps,
  pwd: (call) => {
    call.out(`${call.cwd}\n`);
    return 0;
  },
  sha256sum: digest("sha256"),
  sleep,
  test: testTool,
  time,
  timeout,
  true: () => 0,
  tty,
  uname,
  which,
  whoami,
};
