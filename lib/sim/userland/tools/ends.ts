import { readAll, readSome, writeTo } from "../channels.ts";
import type { Tool } from "../tool.ts";
import {
  badOption,
  eachLine,
  fail,
  inputs,
  isGnu,
  linesOf,
  openInput,
  printLines,
} from "./common.ts";
import { readOptions } from "./options.ts";

/** `-5` for `-n 5`. */
function oldCounts(args: readonly string[]): string[] {
  return args.map((arg) => /^-\d+$/.test(arg) ? `-n${arg.slice(1)}` : arg);
}

export const head: Tool = function* (call) {
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

export const tail: Tool = function* (call) {
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
