import type { Tool, ToolCall } from "../tool.ts";
import { badOption, eachLine, fail, looked, openInput } from "./common.ts";
import { readOptions } from "./options.ts";
import type { GoRegexp } from "../../../go/mod.ts";
import { posixPattern, withPatterns } from "./regexp.ts";

const LONG = {
  "ignore-case": "i",
  "invert-match": "v",
  count: "c",
  quiet: "q",
  silent: "q",
  "only-matching": "o",
  "line-number": "n",
  "extended-regexp": "E",
  "fixed-strings": "F",
  "word-regexp": "w",
  recursive: "r",
  "regexp=": "e",
  "color=": "color",
  color: "color",
};

/** `grep`, `egrep` and `fgrep`. Source: busybox findutils/grep.c. */
export const grep: Tool = withPatterns(function* (call) {
  const options = readOptions(call.args, "ivcqonEFwxlLhHsrRe:m:A:B:C:f:P", { long: LONG });
  if (options.unknown) {
    return badOption(
      call,
      options.unknown,
      "[-HhnlLoqvsrRiwFE] [-m N] [-A|B|C N] { PATTERN | -e PATTERN... | -f FILE... } [FILE]...",
    );
  }
  const rest = [...options.rest];
  const patterns = options.values("e");
  if (patterns.length === 0) {
    const pattern = rest.shift();
    if (pattern === undefined) {
      return fail(call, "no pattern", 2);
    }
    patterns.push(...pattern.split("\n"));
  }
  const regexps = patterns.map((pattern) =>
    compile(call, pattern, { options, among: patterns.length })
  );
  const recursive = options.has("r", "R");
  const paths = recursive ? rest.flatMap((path) => filesUnder(call, path)) : rest;
  const named = (paths.length > 1 || recursive || options.has("H")) && !options.has("h");
  const limit = Number(options.value("m") ?? Infinity);
  const after = Number(options.value("A", "C") ?? 0);
  const before = Number(options.value("B", "C") ?? 0);
  let matched = false;
  let missing = false;
  for (const path of paths.length > 0 ? paths : ["-"]) {
    const input = openInput(call, path);
    if (!input) {
      missing = true;
      continue;
    }
    let number = 0;
    let count = 0;
    let trailing = 0;
    let held: { text: string; number: number }[] = [];
    let lastShown = 0;
    const show = (text: string, at: number, separator: string) => {
      if ((after > 0 || before > 0) && lastShown > 0 && at > lastShown + 1) call.out("--\n");
      lastShown = at;
      const name = named ? `${path === "-" ? "(standard input)" : path}${separator}` : "";
      call.out(`${name}${options.has("n") ? `${at}${separator}` : ""}${text}\n`);
    };
    yield* eachLine(call, input, (line) => {
      number++;
      looked(call, line.length * regexps.length);
      const hit = regexps.some((regexp) => regexp.test(line)) !== options.has("v");
      if (!hit) {
        if (trailing > 0) {
          trailing--;
          show(line, number, "-");
        } else if (before > 0) {
          call.held.grow(line.length + ROW_BYTES);
          held.push({ text: line, number });
          if (held.length > before) {
            call.held.shrinkTo(call.held.bytes - held.shift()!.text.length - ROW_BYTES);
          }
        }
        return true;
      }
      matched = true;
      count++;
      if (options.has("q")) return false;
      if (options.has("l", "L")) return false;
      if (!options.has("c")) {
        for (const one of held) {
          show(one.text, one.number, "-");
          call.held.shrinkTo(call.held.bytes - one.text.length - ROW_BYTES);
        }
        held = [];
        if (options.has("o") && !options.has("v")) {
          for (const regexp of regexps) {
            for (const [text] of regexp.matches(line)) {
              if (text !== "") show(text, number, ":");
            }
          }
        } else show(line, number, ":");
        trailing = after;
      }
      return count < limit;
    });
    if (options.has("q") && matched) return 0;
    if (options.has("l") && count > 0) call.out(`${path === "-" ? "(standard input)" : path}\n`);
    if (options.has("L") && count === 0) call.out(`${path === "-" ? "(standard input)" : path}\n`);
    if (options.has("c")) call.out(`${named ? `${path}:` : ""}${count}\n`);
  }
  if (missing && !options.has("s")) return matched && options.has("q") ? 0 : 2;
  return matched ? 0 : 1;
}, 2);

/** What a row that is held for what comes after it takes beside its text. */
const ROW_BYTES = 48;

function compile(
  call: ToolCall,
  pattern: string,
  { options, among }: { options: { has(...names: string[]): boolean }; among: number },
): GoRegexp {
  return posixPattern(pattern, {
    fixed: options.has("F") || call.name === "fgrep",
    extended: options.has("E", "P") || call.name === "egrep",
    ignoreCase: options.has("i"),
    only: options.has("x") ? "line" : options.has("w") ? "word" : undefined,
    lenient: true,
    work: call.machine.work,
    among,
  });
}

function filesUnder(call: ToolCall, path: string): string[] {
  const { files } = call.machine;
  const full = call.path(path);
  if (files.kind(full) !== "directory") return [path];
  return files.names(full).flatMap((name) =>
    filesUnder(call, `${path.replace(/\/$/, "")}/${name}`)
  );
}
