import type { Asked } from "../labs/mod.ts";
import { fills } from "./_holes.ts";
import type { Expectation } from "./lesson.ts";

/** What a line printed. */
export interface Output {
  stdout: string;
  stderr: string;
  exitCode: number;
  /** Both, in the order in which they came, where that is known. */
  printed?: string;
  /** What was asked of the lab for it, where that is known. */
  asked?: readonly Asked[];
}

/** One place where expected and actual part. */
export interface Difference {
  /** The row and column, the JSON path, or the line. */
  where: string;
  expected: string;
  /** "" when it is not there at all. */
  actual: string;
}

/** Expected beside actual. */
export interface Comparison {
  ok: boolean;
  /** Lines side by side, in reading order; a missing half is undefined. */
  rows: { expected?: string; actual?: string; same: boolean }[];
  differences: Difference[];
}

/** The exit code of a line that Ctrl-C ended. */
const INTERRUPTED = 130;

/**
 * What kubectl logs beside what it says, of a version's own: `E1201 00:33:37.492116    6904 memcache.go:265] "Unhandled…`.
 * Source: kubernetes/klog internal/buffer/buffer.go (FormatHeader).
 */
const LOGGED = /^[IWEF]\d{4} \d\d:\d\d:\d\d\.\d{6} +\d+ \S+\.go:\d+\] .*(?:\n|$)/gm;

/** Compares what a line printed with what its author expects. */
export function compareOutput(expectation: Expectation, output: Output): Comparison {
  const wantedExit = expectation.exitCode ?? 0;
  const all = output.stdout + output.stderr.replace(LOGGED, "");
  const text = wantedExit === 0 ? output.stdout : all;
  const compare = { table: compareTables, json: compareJson, text: compareText }[expectation.as];
  // What follows (`-f`, `-w`) ends by Ctrl-C alone, and that is no failure.
  const exitsWell = output.exitCode === wantedExit || output.exitCode === INTERRUPTED;
  const comparison = compare(expectation, exitsWell ? text : all);
  if (!exitsWell) {
    comparison.ok = false;
    comparison.differences.push({
      where: "exit code",
      expected: String(wantedExit),
      actual: String(output.exitCode),
    });
  }
  return comparison;
}

function linesOf(text: string): string[] {
  const lines = text.split("\n").map((line) => line.trimEnd());
  while (lines.length > 0 && lines[lines.length - 1] === "") lines.pop();
  while (lines.length > 0 && lines[0] === "") lines.shift();
  return lines;
}

/** Splits table lines at the columns of the header, which stand two blanks apart or more. */
function cellsOf(lines: string[]): string[][] {
  const starts: number[] = [];
  for (const match of (lines[0] ?? "").matchAll(/\S+(?: \S+)*/g)) starts.push(match.index);
  return lines.map((line) => {
    const aligned = starts.every((start) =>
      start === 0 || start > line.length || line[start - 1] === " "
    );
    if (!aligned) return line.trim().split(/\s{2,}/);
    return starts.map((start, i) => line.slice(start, starts[i + 1]).trim());
  });
}

function compareTables(expectation: Expectation, actualText: string): Comparison {
  const expectedLines = linesOf(expectation.output).filter((line) => line.trim() !== "...");
  const actualLines = linesOf(actualText);
  const expected = cellsOf(expectedLines);
  const actual = cellsOf(actualLines);
  const header = expected[0] ?? [];
  const comparison: Comparison = { ok: true, rows: [], differences: [] };
  const free = new Set(actual.keys());
  expected.forEach((cells, i) => {
    const score = (row: string[]) => cells.filter((cell, c) => fills(cell, row[c] ?? "")).length;
    const named = [...free].filter((at) => fills(cells[0], actual[at][0] ?? ""));
    const best = named.sort((a, b) => score(actual[b]) - score(actual[a]) || a - b)[0];
    if (best === undefined) {
      comparison.rows.push({ expected: expectedLines[i], same: false });
      comparison.differences.push({
        where: cells[0],
        expected: expectedLines[i].trim(),
        actual: "",
      });
      return;
    }
    free.delete(best);
    const wrong = cells.flatMap((cell, c) =>
      fills(cell, actual[best][c] ?? "") ? [] : [{
        where: `${cells[0]}, ${header[c] ?? c + 1}`,
        expected: cell,
        actual: actual[best][c] ?? "",
      }]
    );
    comparison.differences.push(...wrong);
    comparison.rows.push({
      expected: expectedLines[i],
      actual: actualLines[best],
      same: wrong.length === 0,
    });
  });
  const allowMore = expectation.allowMore ?? true;
  for (const at of free) {
    comparison.rows.push({ actual: actualLines[at], same: allowMore });
    if (!allowMore) {
      comparison.differences.push({ where: actual[at][0], expected: "", actual: actualLines[at] });
    }
  }
  comparison.ok = comparison.differences.length === 0;
  return comparison;
}

function compareText(expectation: Expectation, actualText: string): Comparison {
  const expected = linesOf(expectation.output);
  const actual = linesOf(actualText);
  const comparison: Comparison = { ok: true, rows: [], differences: [] };
  const loose = expectation.allowMore ?? false;
  let at = 0;
  for (let i = 0; i < expected.length; i++) {
    const skips = expected[i].trim() === "..." || loose;
    const wanted = expected[i].trim() === "..." ? expected[++i] : expected[i];
    if (wanted === undefined) {
      for (; at < actual.length; at++) comparison.rows.push({ actual: actual[at], same: true });
      break;
    }
    if (skips) {
      const found = actual.findIndex((line, index) => index >= at && fills(wanted, line));
      for (; found >= 0 && at < found; at++) {
        comparison.rows.push({ actual: actual[at], same: true });
      }
    }
    const line = actual[at];
    const same = line !== undefined && fills(wanted, line);
    comparison.rows.push({ expected: wanted, actual: line, same });
    if (!same) {
      comparison.differences.push({ where: `line ${i + 1}`, expected: wanted, actual: line ?? "" });
    }
    if (line !== undefined) at++;
  }
  for (; at < actual.length; at++) {
    comparison.rows.push({ actual: actual[at], same: loose });
    if (!loose) {
      comparison.differences.push({ where: `line ${at + 1}`, expected: "", actual: actual[at] });
    }
  }
  comparison.ok = comparison.differences.length === 0;
  return comparison;
}

function compareJson(expectation: Expectation, actualText: string): Comparison {
  const expected = JSON.parse(expectation.output);
  let actual: unknown;
  try {
    actual = JSON.parse(actualText);
  } catch {
    const shown = actualText.trim().split("\n")[0] ?? "";
    const differences = [{ where: "$", expected: "JSON", actual: shown }];
    return {
      ok: false,
      differences,
      rows: sideBySide(expectation.output, actualText, differences),
    };
  }
  const differences: Difference[] = [];
  diffJson("$", expected, actual, expectation.allowMore ?? true, differences);
  const rows = sideBySide(
    JSON.stringify(expected, null, 2),
    JSON.stringify(actual, null, 2),
    differences,
  );
  return { ok: differences.length === 0, differences, rows };
}

function diffJson(
  where: string,
  expected: unknown,
  actual: unknown,
  allowMore: boolean,
  out: Difference[],
): void {
  const differ = () =>
    out.push({ where, expected: show(expected), actual: actual === undefined ? "" : show(actual) });
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual)) return void differ();
    const free = [...actual];
    expected.forEach((item, i) => {
      const found = free.findIndex((candidate) => jsonFills(item, candidate, allowMore));
      if (found >= 0) free.splice(found, 1);
      else if (expected.length === 1 && actual.length === 1) {
        diffJson(`${where}[${i}]`, item, actual[0], allowMore, out);
        free.length = 0;
      } else out.push({ where: `${where}[${i}]`, expected: show(item), actual: "" });
    });
    if (free.length > 0 && (!allowMore || expected.length === 0)) {
      out.push({ where, expected: `${expected.length} items`, actual: `${actual.length} items` });
    }
    return;
  }
  if (expected !== null && typeof expected === "object") {
    if (actual === null || typeof actual !== "object" || Array.isArray(actual)) {
      return void differ();
    }
    const has = actual as Record<string, unknown>;
    for (const [key, value] of Object.entries(expected)) {
      diffJson(`${where}.${key}`, value, has[key], allowMore, out);
    }
    if (!allowMore) {
      for (const key of Object.keys(has)) {
        if (!(key in expected)) {
          out.push({ where: `${where}.${key}`, expected: "", actual: show(has[key]) });
        }
      }
    }
    return;
  }
  if (typeof expected === "string" && actual !== undefined && fills(expected, String(actual))) {
    return;
  }
  if (expected !== actual) differ();
}

function jsonFills(expected: unknown, actual: unknown, allowMore: boolean): boolean {
  const differences: Difference[] = [];
  diffJson("$", expected, actual, allowMore, differences);
  return differences.length === 0;
}

function show(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function sideBySide(
  expected: string,
  actual: string,
  differences: Difference[],
): Comparison["rows"] {
  const marks = differences.flatMap(({ where, expected, actual }) => {
    const key = where.split(".").at(-1)!.replace(/\[\d+\]$/, "");
    return [key, expected, actual].filter((text) => text !== "" && text !== "$");
  });
  const marked = (line: string | undefined) =>
    line !== undefined && marks.some((mark) => line.includes(mark));
  const left = linesOf(expected);
  const right = linesOf(actual);
  return Array.from({ length: Math.max(left.length, right.length) }, (_, i) => ({
    expected: left[i],
    actual: right[i],
    same: !marked(left[i]) && !marked(right[i]),
  }));
}
