import { type Channel, readSome, writeTo } from "../channels.ts";
import { FileFault, orRefused } from "../files.ts";
import { openFile } from "../open.ts";
import type { Tool } from "../tool.ts";
import {
  badOption,
  BLOCK_BYTES,
  complain,
  eachLine,
  fail,
  inputs,
  isGnu,
  linesOf,
  looked,
  printLines,
  showUsage,
  textOf,
} from "./common.ts";
import { dd } from "./dd.ts";
import { head, tail } from "./ends.ts";
import { readOptions } from "./options.ts";
import { echoText, printfText } from "./print.ts";
import { sort, uniq } from "./sort.ts";
import { tr } from "./tr.ts";
import { xargs } from "./xargs.ts";

const echo: Tool = (call) => {
  call.out(echoText(call.args));
  return 0;
};

const printf: Tool = (call) => {
  const { text, problem } = printfText(call.args, (bytes) => call.held.grow(bytes));
  if (problem !== undefined) fail(call, problem);
  call.out(text);
  return problem === undefined ? 0 : 1;
};

const cat: Tool = function* (call) {
  const options = readOptions(call.args, "netvAbsTE");
  if (options.unknown) return badOption(call, options.unknown, "[-nbvteA] [FILE]...");
  let number = 0;
  return yield* inputs(call, options.rest, function* (input) {
    for (;;) {
      const text = yield* readSome(input);
      if (text === undefined) return;
      const isNumbered = options.has("n", "b");
      if (isNumbered) looked(call, text.length * 8);
      const shown = isNumbered
        ? text.replace(
          /^.*\n?/gm,
          (line) => line === "" ? "" : `${String(++number).padStart(6)}\t${line}`,
        )
        : text;
      yield* writeTo(call.stdout, shown);
    }
  });
};

const tac: Tool = function* (call) {
  const { text, status } = yield* textOf(call, call.args);
  yield* printLines(call, linesOf(call, text).reverse());
  return status;
};

const NEWLINE = 10;
const SPACES = new Set([9, 10, 11, 12, 13, 32]);

const wc: Tool = function* (call) {
  const options = readOptions(call.args, "lwcmL");
  if (options.unknown) return badOption(call, options.unknown, "[-clw] [FILE]...");
  const wanted = ["l", "w", "c"].filter((letter) =>
    options.has(letter) || (letter === "c" && options.has("m"))
  );
  const columns = wanted.length > 0 ? wanted : ["l", "w", "c"];
  const totals: Record<string, number> = { l: 0, w: 0, c: 0 };
  const alone = columns.length === 1 && options.rest.length <= 1;
  const width = isGnu(call) ? (options.rest.length === 0 && !alone ? 7 : 1) : 9;
  const row = (counts: Record<string, number>, name: string) => {
    const cells = columns.map((letter) =>
      alone ? String(counts[letter]) : String(counts[letter]).padStart(width)
    );
    call.out(`${cells.join(" ")}${name === "" ? "" : ` ${name}`}\n`);
  };
  const status = yield* inputs(call, options.rest, function* (input, path) {
    const counts: Record<string, number> = { l: 0, w: 0, c: 0 };
    let inWord = false;
    for (let text = yield* readSome(input); text !== undefined; text = yield* readSome(input)) {
      looked(call, text.length);
      counts.c += text.length;
      for (let i = 0; i < text.length; i++) {
        const isSpace = SPACES.has(text.charCodeAt(i));
        if (text.charCodeAt(i) === NEWLINE) counts.l++;
        if (inWord && isSpace) counts.w++;
        inWord = !isSpace;
      }
    }
    if (inWord) counts.w++;
    for (const letter of columns) totals[letter] += counts[letter];
    row(counts, options.rest.length === 0 ? "" : path);
  });
  if (options.rest.length > 1) row(totals, "total");
  return status;
};

const cut: Tool = function* (call) {
  const options = readOptions(call.args, "d:f:c:b:s");
  if (options.unknown) return badOption(call, options.unknown, "[OPTIONS] [FILE]...");
  const list = options.value("f", "c", "b");
  if (list === undefined) {
    return fail(
      call,
      isGnu(call)
        ? "you must specify a list of bytes, characters, or fields\nTry 'cut --help' for more information."
        : "expected a list of bytes, characters, or fields",
    );
  }
  const ranges = list.split(",").map((part) => {
    const match = /^(\d*)(-?)(\d*)$/.exec(part);
    const from = Number(match?.[1] || 1);
    return { from, to: match?.[2] ? Number(match[3] || Infinity) : from };
  });
  const picks = (index: number) => ranges.some(({ from, to }) => index >= from && index <= to);
  const delimiter = options.value("d") ?? "\t";
  return yield* inputs(call, options.rest, function* (input) {
    yield* eachLine(call, input, (line) => {
      if (!options.has("f")) {
        call.out(`${[...line].filter((_, i) => picks(i + 1)).join("")}\n`);
        return;
      }
      if (!line.includes(delimiter)) {
        if (!options.has("s")) call.out(`${line}\n`);
        return;
      }
      call.out(`${line.split(delimiter).filter((_, i) => picks(i + 1)).join(delimiter)}\n`);
    });
  });
};

const SEQ_USAGE = `[-w] [-s SEP] [FIRST [INC]] LAST

Print numbers from FIRST to LAST, in steps of INC.
FIRST, INC default to 1.

\t-w\tPad to last with leading zeros
\t-s SEP\tString separator`;

/** As many digits as a number can be written with. */
const MAX_DIGITS = 100;

const seq: Tool = function* (call) {
  const options = readOptions(
    call.args.map((arg) => /^-\d/.test(arg) ? `\u0001${arg}` : arg),
    "ws:",
  );
  const numbers = options.rest.map((word) => Number(word.replace("\u0001", "")));
  if (numbers.length === 0 || numbers.some(Number.isNaN)) {
    const wrong = options.rest.find((word) => Number.isNaN(Number(word.replace("\u0001", ""))));
    if (!isGnu(call)) return showUsage(call, SEQ_USAGE);
    return fail(
      call,
      wrong === undefined ? "missing operand" : `invalid floating point argument: '${wrong}'`,
    );
  }
  const [from, step, to] = numbers.length === 1
    ? [1, 1, numbers[0]]
    : numbers.length === 2
    ? [numbers[0], 1, numbers[1]]
    : numbers;
  if (step === 0) return fail(call, "zero increment");
  const digits = Math.min(
    MAX_DIGITS,
    Math.max(...options.rest.slice(0, 3).map((word) => /\.(\d+)/.exec(word)?.[1].length ?? 0)),
  );
  const width = options.has("w")
    ? Math.max(from.toFixed(digits).length, to.toFixed(digits).length)
    : 0;
  const separator = options.value("s") ?? "\n";
  const count = Math.floor((to - from) / step + 1e-9);
  let block = "";
  for (let i = 0; i <= count; i++) {
    block += (from + i * step).toFixed(digits).padStart(width, "0") +
      (i === count ? "\n" : separator);
    if (i < count && block.length < BLOCK_BYTES) continue;
    call.machine.work.spend(0, block.length / 40);
    yield* writeTo(call.stdout, block);
    block = "";
  }
  return 0;
};

const yes: Tool = function* (call) {
  const line = `${call.args.length > 0 ? call.args.join(" ") : "y"}\n`;
  const block = line.repeat(Math.max(1, Math.floor(1_024 / line.length)));
  for (;;) {
    call.machine.work.spend(5_000);
    yield* writeTo(call.stdout, block);
  }
};

const tee: Tool = function* (call) {
  const options = readOptions(call.args, "ai");
  if (options.unknown) return badOption(call, options.unknown, "[-ai] [FILE]...");
  const outputs: Channel[] = [call.stdout];
  let status = 0;
  for (const path of options.rest) {
    const how = options.has("a") ? "append" : "write";
    const output = orRefused(
      () => openFile(call.machine, call.path(path), how, new Map()),
      (why) => complain(call, path, why),
    );
    if (output) outputs.push(output);
    else status = 1;
  }
  for (;;) {
    const text = yield* readSome(call.stdin);
    if (text === undefined) return status;
    try {
      for (const output of outputs) yield* writeTo(output, text);
    } catch (error) {
      if (!(error instanceof FileFault)) throw error;
      status = fail(call, `write error: ${error.message}`);
    }
  }
};

const rev: Tool = function* (call) {
  return yield* inputs(
    call,
    call.args,
    (input) => eachLine(call, input, (line) => call.out(`${[...line].reverse().join("")}\n`)),
  );
};

const base64: Tool = function* (call) {
  const options = readOptions(call.args, "dw:", { long: { decode: "d", "wrap=": "w" } });
  if (options.unknown) return badOption(call, options.unknown, "[-d] [-w COL] [FILE]");
  const { text, status } = yield* textOf(call, options.rest);
  call.held.grow(text.length * 3);
  looked(call, text.length);
  if (options.has("d")) {
    try {
      call.out(atob(text.replace(/\s/g, "")));
      return status;
    } catch {
      return fail(call, isGnu(call) ? "invalid input" : "truncated input");
    }
  }
  const columns = Number(options.value("w") ?? 76);
  const encoded = btoa(text);
  if (columns > 0) {
    const count = Math.ceil(encoded.length / columns);
    call.held.grow(count * 32);
    const lines = Array.from(
      { length: count },
      (_, i) => encoded.slice(i * columns, (i + 1) * columns),
    );
    yield* printLines(call, lines);
  } else yield* writeTo(call.stdout, encoded);
  return status;
};

const nl: Tool = function* (call) {
  let number = 0;
  return yield* inputs(
    call,
    call.args.filter((arg) => !arg.startsWith("-")),
    (input) =>
      eachLine(call, input, (line) =>
        call.out(
          line === "" ? `${" ".repeat(7)}\n` : `${String(++number).padStart(6)}\t${line}\n`,
        )),
  );
};

/** Tools that read and print text. */
export const textTools: Readonly<Record<string, Tool>> = {
  base64,
  cat,
  cut,
  dd,
  echo,
  head,
  nl,
  printf,
  rev,
  seq,
  sort,
  tac,
  tail,
  tee,
  tr,
  uniq,
  wc,
  xargs,
  yes,
};
