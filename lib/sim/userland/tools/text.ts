import { type Channel, CHECKPOINT, readAll, readSome, writeTo } from "../channels.ts";
import { FileFault } from "../files.ts";
import { findTool, type Tool, type ToolCall } from "../tool.ts";
import { openFile } from "../open.ts";
import { CLASSES } from "../glob.ts";
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
  openInput,
  printLines,
  showUsage,
  textOf,
} from "./common.ts";
import { readOptions } from "./options.ts";
import { echoText, printfText, unescape } from "./print.ts";

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

/** `-5` for `-n 5`. */
function oldCounts(args: readonly string[]): string[] {
  return args.map((arg) => /^-\d+$/.test(arg) ? `-n${arg.slice(1)}` : arg);
}

const head: Tool = function* (call) {
  const options = readOptions(oldCounts(call.args), "n:c:qv");
  if (options.unknown) return badOption(call, options.unknown, "[OPTIONS] [FILE]...");
  const bytes = options.value("c");
  const count = Number(bytes ?? options.value("n") ?? 10);
  const many = options.rest.length > 1 && !options.has("q");
  let first = true;
  return yield* inputs(call, options.rest, function* (input, path) {
    if (many) call.out(`${first ? "" : "\n"}==> ${path} <==\n`);
    first = false;
    if (bytes !== undefined) {
      let left = count;
      while (left > 0) {
        const text = yield* readSome(input);
        if (text === undefined) return;
        yield* writeTo(call.stdout, text.slice(0, left));
        left -= text.length;
      }
      return;
    }
    if (count < 0) {
      const lines = linesOf(call, yield* readAll(input, call.held));
      yield* printLines(call, lines.slice(0, count));
      return;
    }
    let left = count;
    if (left === 0) return;
    yield* eachLine(call, input, (line, whole) => {
      call.out(line + (whole ? "\n" : ""));
      return --left > 0;
    });
  });
};

const FOLLOW_MS = 1000;

/** Where a text goes on after its first lines. */
function afterLines(text: string, count: number): number {
  let at = 0;
  for (let left = count; left > 0; left--) {
    const end = text.indexOf("\n", at);
    if (end < 0) return text.length;
    at = end + 1;
  }
  return at;
}

/** Where the last lines of a text begin. */
function beforeLines(text: string, count: number): number {
  if (!(count > 0)) return text.length;
  let at = text.endsWith("\n") ? text.length - 1 : text.length;
  for (let left = count; left > 0; left--) {
    at = at <= 0 ? -1 : text.lastIndexOf("\n", at - 1);
    if (at < 0) return 0;
  }
  return at + 1;
}

const tail: Tool = function* (call) {
  const options = readOptions(oldCounts(call.args), "n:c:fFqvs:", {
    long: { follow: "f", lines: "n" },
  });
  if (options.unknown) return badOption(call, options.unknown, "[OPTIONS] [FILE]...");
  const paths = options.rest;
  const wanted = options.value("c", "n") ?? "10";
  const bytes = options.has("c");
  const last = (text: string) => {
    const from = wanted.startsWith("+");
    const count = Math.abs(Number(wanted));
    if (bytes) return from ? text.slice(count - 1) : count === 0 ? "" : text.slice(-count);
    return from ? text.slice(afterLines(text, count - 1)) : text.slice(beforeLines(text, count));
  };
  const follows = options.has("f", "F");
  const sizes = new Map<string, number>();
  const many = paths.length > 1 && !options.has("q");
  let shown = "";
  const title = (path: string) => {
    if (!many || shown === path) return;
    call.out(`${shown === "" ? "" : "\n"}==> ${path} <==\n`);
    shown = path;
  };
  const status = yield* inputs(call, paths, function* (input, path) {
    if (follows && path !== "-" && call.path(path).startsWith("/dev/")) return;
    const before = call.held.bytes;
    const text = yield* readAll(input, call.held);
    title(path);
    yield* writeTo(call.stdout, last(text));
    sizes.set(path, text.length);
    call.held.shrinkTo(before);
  });
  if (status !== 0 && sizes.size === 0 && !isGnu(call)) return fail(call, "no files");
  if (!follows || (paths.length === 0 && !call.stdin.isTty)) return status;
  for (;;) {
    // Nothing is ever added to a device: it is looked at seldom.
    yield call.machine.sleep(sizes.size === 0 ? 3_600_000 : FOLLOW_MS);
    for (const [path, size] of sizes) {
      const input = path === "-"
        ? undefined
        : call.machine.files.kind(call.path(path)) && openInput(call, path);
      if (!input) continue;
      const before = call.held.bytes;
      const text = yield* readAll(input, call.held);
      call.held.shrinkTo(before);
      if (text.length !== size) {
        title(path);
        call.out(text.slice(text.length < size ? 0 : size));
        sizes.set(path, text.length);
      }
    }
  }
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

const sort: Tool = function* (call) {
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
  const order = (a: string, b: string) => {
    for (const key of keys) {
      const by = compare(fieldOf(a, key), fieldOf(b, key), key.flags || global);
      if (by !== 0) return by;
    }
    const by = keys.length === 0 ? compare(a, b, global) : 0;
    return by !== 0 ? by : compare(a, b, global.replace(/[nhVf]/g, ""));
  };
  let lines = linesOf(call, text);
  // Comparing takes longer than reading.
  call.machine.work.spend(0, lines.length * Math.log2(lines.length + 1) / 4);
  yield CHECKPOINT;
  lines = lines.sort(order);
  if (options.has("u")) {
    lines = lines.filter((line, i) =>
      i === 0 ||
      (keys.length > 0
        ? keys.some((key) =>
          compare(fieldOf(line, key), fieldOf(lines[i - 1], key), key.flags || global) !== 0
        )
        : compare(line, lines[i - 1], global) !== 0)
    );
  }
  const target = options.value("o");
  if (target === undefined) {
    yield* printLines(call, lines);
    return status;
  }
  try {
    call.held.grow(text.length);
    call.machine.files.write(call.path(target), lines.map((line) => `${line}\n`).join(""));
  } catch (error) {
    if (!(error instanceof FileFault)) throw error;
    return fail(call, `can't open '${target}': ${error.message}`);
  }
  return status;
};

const UNITS = "KMGTPE";

function number(text: string): number {
  const match = /^\s*(-?\d*\.?\d+)([KMGTPE]?)/i.exec(text);
  if (!match) return 0;
  return Number(match[1]) * 1024 ** (UNITS.indexOf(match[2].toUpperCase() || "-") + 1);
}

const uniq: Tool = function* (call) {
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

const TR_USAGE = `[-cds] STRING1 [STRING2]

Translate, squeeze, or delete characters from stdin, writing to stdout

\t-c\tTake complement of STRING1
\t-d\tDelete input characters coded STRING1
\t-s\tSqueeze multiple output characters of STRING2 into one character`;

const tr: Tool = function* (call) {
  const options = readOptions(call.args, "dsc");
  if (options.unknown) return badOption(call, options.unknown, "[-cds] STRING1 [STRING2]");
  if (options.rest.length === 0) {
    return isGnu(call) ? fail(call, "missing operand") : showUsage(call, TR_USAGE);
  }
  const [from = "", to = ""] = options.rest.map(trSet);
  const inFrom = (char: string) => from.includes(char) !== options.has("c");
  const squeeze = options.has("s")
    ? (options.has("d") || options.rest.length > 1 ? to : from)
    : undefined;
  let last = "";
  for (;;) {
    const text = yield* readSome(call.stdin);
    if (text === undefined) return 0;
    let out = "";
    looked(call, text.length * (4 + from.length / 64));
    for (const char of text) {
      if (options.has("d") && inFrom(char)) continue;
      let next = char;
      if (!options.has("d") && to !== "" && inFrom(char)) {
        const at = options.has("c") ? to.length - 1 : Math.min(from.indexOf(char), to.length - 1);
        next = to[at];
      }
      if (squeeze !== undefined && next === last) {
        const squeezes = options.rest.length > 1 ? squeeze.includes(next) : inFrom(next);
        if (squeezes) continue;
      }
      last = next;
      out += next;
    }
    yield* writeTo(call.stdout, out);
  }
};

function trSet(text: string): string {
  const plain = unescape(text).out.replace(
    /\[:(\w+):\]/g,
    (_, name: string) =>
      (CLASSES[name] ?? "").replace(
        /\\([trnfv])/g,
        (_all, letter: string) => unescape(`\\${letter}`).out,
      )
        .replace(/\\(.)/g, "$1"),
  );
  return plain.replace(/(.)-(.)/gs, (all, from: string, to: string) => {
    const [a, b] = [from.charCodeAt(0), to.charCodeAt(0)];
    if (b < a) return all;
    return Array.from({ length: b - a + 1 }, (_, i) => String.fromCharCode(a + i)).join("");
  });
}

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
    try {
      outputs.push(
        openFile(call.machine, call.path(path), options.has("a") ? "append" : "write", new Map()),
      );
    } catch (error) {
      if (!(error instanceof FileFault)) throw error;
      complain(call, path, error.message);
      status = 1;
    }
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

const xargs: Tool = function* (call) {
  const options = readOptions(call.args, "n:I:rt0P:", { stopAtFirst: true, long: { null: "0" } });
  if (options.unknown) return badOption(call, options.unknown, "[OPTIONS] [PROG ARGS]");
  const text = yield* readAll(call.stdin, call.held);
  call.held.grow(text.length * 8);
  looked(call, text.length * 4);
  const replace = options.value("I");
  const items = replace !== undefined
    ? linesOf(call, text).map((line) => line.trim()).filter((line) => line !== "")
    : options.has("0")
    ? text.split("\0").filter((word) => word !== "")
    : words(text);
  const command = options.rest.length > 0 ? options.rest : ["echo"];
  const size = replace !== undefined ? 1 : Math.max(1, Number(options.value("n") ?? Infinity) || 1);
  if (items.length === 0 && (options.has("r") || replace !== undefined)) return 0;
  const batches = batchesOf(items, size);
  let status = 0;
  for (const batch of batches.length > 0 ? batches : [[]]) {
    const argv = replace !== undefined
      ? command.map((word) => inserted(call, word, { replace, by: batch[0] }))
      : [...command, ...batch];
    if (options.has("t")) call.err(`${argv.join(" ")}\n`);
    if (!findTool(call.machine, argv[0], { path: call.env.PATH ?? "", cwd: call.cwd })) {
      return fail(call, `${argv[0]}: No such file or directory`, 127);
    }
    const code = yield* call.run(argv);
    if (code !== 0) status = code === 126 || code === 127 ? code : 123;
  }
  return status;
};

function inserted(
  call: ToolCall,
  word: string,
  { replace, by }: { replace: string; by: string },
): string {
  if (replace === "") return word;
  const parts = word.split(replace);
  call.held.grow(word.length + (parts.length - 1) * by.length);
  return parts.join(by);
}

/** Source: busybox findutils/xargs.c (what a command line of its own may hold). */
const MAX_LINE_BYTES = 131_072 - 2_048;

/** Words in lists of at most `size` of them, and of what a command line holds. */
function batchesOf(items: readonly string[], size: number): string[][] {
  const out: string[][] = [];
  let bytes = Infinity;
  for (const item of items) {
    bytes += item.length + 1;
    if (bytes > MAX_LINE_BYTES || out.at(-1)!.length >= size) {
      out.push([]);
      bytes = item.length + 1;
    }
    out.at(-1)!.push(item);
  }
  return out;
}

function words(text: string): string[] {
  return [...text.matchAll(/"([^"]*)"|'([^']*)'|((?:\\.|[^\s"'\\])+)/g)]
    .map(([, double, single, plain]) => double ?? single ?? plain.replace(/\\(.)/g, "$1"));
}

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

const SIZES: Record<string, number> = {
  "": 1,
  c: 1,
  w: 2,
  b: 512,
  k: 1024,
  K: 1024,
  M: 1 << 20,
  G: 1 << 30,
};

/** `dd` with if, of, bs, count and skip. Source: busybox coreutils/dd.c. */
const dd: Tool = function* (call) {
  const given = Object.fromEntries(call.args.map((arg) => {
    const equals = arg.indexOf("=");
    return [arg.slice(0, equals), arg.slice(equals + 1)];
  }));
  const size = (text: string | undefined, otherwise: number) => {
    const match = /^(\d+)([cwbkKMG]?)B?$/.exec(text ?? "");
    return match ? Number(match[1]) * SIZES[match[2]] : otherwise;
  };
  const block = Math.max(1, size(given.bs, 512));
  const count = given.count === undefined ? Infinity : size(given.count, 0);
  const input = given.if === undefined ? call.stdin : openInput(call, given.if);
  if (!input) return 1;
  let output = call.stdout;
  if (given.of !== undefined) {
    try {
      output = openFile(call.machine, call.path(given.of), "write", new Map());
    } catch (error) {
      if (!(error instanceof FileFault)) throw error;
      return fail(call, `can't open '${given.of}': ${error.message}`);
    }
  }
  call.machine.memory.touch(block);
  const startMs = call.machine.now();
  let skip = size(given.skip, 0) * block;
  let left = count * block;
  let total = 0;
  let status = 0;
  while (left > 0) {
    const text = yield* readSome(input);
    if (text === undefined) break;
    const part = text.slice(skip).slice(0, left);
    skip = Math.max(0, skip - text.length);
    left -= part.length;
    total += part.length;
    try {
      yield* writeTo(output, part);
    } catch (error) {
      if (!(error instanceof FileFault)) throw error;
      total -= part.length;
      status = fail(call, `error writing '${given.of}': ${error.message}`);
      break;
    }
  }
  const whole = Math.floor(total / block);
  const records = `${whole}+${total % block === 0 ? 0 : 1}`;
  const seconds = Math.max(0.000001, (call.machine.now() - startMs) / 1000);
  call.err(
    `${records} records in\n${records} records out\n` +
      `${total} bytes (${humanBytes(total)}) copied, ${seconds.toFixed(6)} seconds, ${
        humanBytes(total / seconds)
      }/s\n`,
  );
  return status;
};

function humanBytes(bytes: number): string {
  let value = bytes;
  let unit = "B";
  for (const next of ["KB", "MB", "GB", "TB"]) {
    if (value < 1024) break;
    value /= 1024;
    unit = next;
  }
  return `${value.toFixed(1)}${unit}`;
}

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
