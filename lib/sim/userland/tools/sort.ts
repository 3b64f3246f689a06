import { CHECKPOINT } from "../channels.ts";
import { orRefused } from "../files.ts";
import type { Tool } from "../tool.ts";
import { badOption, eachLine, fail, inputs, linesOf, printLines, textOf } from "./common.ts";
import { readOptions } from "./options.ts";

export const sort: Tool = function* (call) {
  const options = readOptions(call.args, "nrufbhk:t:o:V");
  if (options.unknown) {
    return badOption(
      call,
      options.unknown,
      "[-nrugMcszbdfiokt] [-o FILE] [-k START[.OFS][OPTS][,END[.OFS][OPTS]] [-t CHAR] [FILE]...",
    );
  }
  const { text, status } = yield* textOf(call, options.rest);
  const separator = options.value("t");
  const keys = options.values("k").map((key) => {
    const match = /^(\d+)(?:\.\d+)?([a-zA-Z]*)(?:,(\d+)(?:\.\d+)?([a-zA-Z]*))?$/.exec(key);
    return {
      from: Number(match?.[1] ?? 1),
      to: match?.[3] ? Number(match[3]) : undefined,
      flags: (match?.[2] ?? "") + (match?.[4] ?? ""),
    };
  });
  const fieldOf = (line: string, key: { from: number; to?: number }) => {
    const fields = separator ? line.split(separator) : line.trim().split(/\s+/);
    return fields.slice(key.from - 1, key.to).join(separator ?? " ");
  };
  const compare = (a: string, b: string, flags: string): number => {
    const numeric = flags.includes("n") || flags.includes("h") || flags.includes("V");
    const fold = flags.includes("f");
    const [x, y] = fold ? [a.toLowerCase(), b.toLowerCase()] : [a, b];
    const by = numeric ? number(x) - number(y) : x < y ? -1 : x > y ? 1 : 0;
    return flags.includes("r") ? -by : by;
  };
  const global = ["n", "r", "f", "h", "V"].filter((letter) => options.has(letter)).join("");
  const byKeys = (a: string, b: string) => {
    if (keys.length === 0) return compare(a, b, global);
    for (const key of keys) {
      const by = compare(fieldOf(a, key), fieldOf(b, key), key.flags || global);
      if (by !== 0) return by;
    }
    return 0;
  };
  const last = global.replace(/[nhVf]/g, "");
  let lines = linesOf(call, text);
  // Comparing takes longer than reading.
  call.machine.work.spend(0, lines.length * Math.log2(lines.length + 1) / 4);
  yield CHECKPOINT;
  lines = lines.sort((a, b) => byKeys(a, b) || compare(a, b, last));
  if (options.has("u")) {
    lines = lines.filter((line, i) => i === 0 || byKeys(line, lines[i - 1]) !== 0);
  }
  const target = options.value("o");
  if (target === undefined) {
    yield* printLines(call, lines);
    return status;
  }
  call.held.grow(text.length);
  const failed = orRefused(
    () => call.machine.files.write(call.path(target), lines.map((line) => `${line}\n`).join("")),
    (why) => fail(call, `can't open '${target}': ${why}`),
  );
  return failed ?? status;
};

const UNITS = "KMGTPE";

function number(text: string): number {
  const match = /^\s*(-?\d*\.?\d+)([KMGTPE]?)/i.exec(text);
  if (!match) return 0;
  return Number(match[1]) * 1024 ** (UNITS.indexOf(match[2].toUpperCase() || "-") + 1);
}

export const uniq: Tool = function* (call) {
  const options = readOptions(call.args, "cdui");
  if (options.unknown) {
    return badOption(call, options.unknown, "[-cduiz] [-f,s,w N] [FILE [OUTFILE]]");
  }
  const same = (a: string, b: string) =>
    options.has("i") ? a.toLowerCase() === b.toLowerCase() : a === b;
  let last: string | undefined;
  let count = 0;
  const show = () => {
    if (last === undefined || (options.has("d") && count < 2)) return;
    if (options.has("u") && count > 1) return;
    call.out(options.has("c") ? `${String(count).padStart(7)} ${last}\n` : `${last}\n`);
  };
  const status = yield* inputs(call, options.rest.slice(0, 1), function* (input) {
    yield* eachLine(call, input, (line) => {
      if (last !== undefined && same(last, line)) count++;
      else {
        show();
        last = line;
        count = 1;
      }
    });
  });
  show();
  return status;
};
