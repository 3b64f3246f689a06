import { MONTHS, shortName, WEEKDAYS } from "../../../go/mod.ts";
import type { Task, Wait } from "../channels.ts";
import type { Proc } from "../proc.ts";
import type { Tool } from "../tool.ts";
import { badOption, fail, isGnu, showUsage } from "./common.ts";
import { readOptions } from "./options.ts";

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

/** Sleeps without end where `ms` has none. */
function* pause(
  machine: { sleep(ms: number): Wait },
  ms: number,
): Task<void> {
  while (ms === Infinity) yield machine.sleep(Infinity);
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

/** A time by strftime's letters, in UTC. */
function formatTime(format: string, ms: number): string {
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
    a: () => shortName(WEEKDAYS[at.getUTCDay()]),
    A: () => WEEKDAYS[at.getUTCDay()],
    b: () => shortName(MONTHS[at.getUTCMonth()]),
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

/** Tools that tell time, and that let it pass. */
export const timeTools: Readonly<Record<string, Tool>> = { date, sleep, time, timeout };
