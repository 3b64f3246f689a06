import { compileGoRegexp, parseGoFloat, parsePromDuration, unquote } from "../../../lib/go/mod.ts";
import { type Labels, parse, PromqlSyntaxError } from "../../../lib/promql/mod.ts";

/** A script that cannot be read: the line, counted from 1, and in a query the column, and what is wrong there. */
export class ScriptError extends SyntaxError {
  override name = "ScriptError";

  constructor(readonly line: number, message: string, readonly column?: number) {
    super(message);
  }
}

/** How scripts' queries are read. */
export const OPTIONS = {
  enableExperimentalFunctions: true,
  delaysNames: true,
  defaultStepMs: 60_000,
};
/** What a stock Prometheus refuses unless a feature flag is set, and so does this one. */
export const SWITCHED_OFF =
  /experimental and (not enabled|must be enabled)|unhandled function: (info|histogram_quantiles)/;

/** One place of a sequence: a number, no sample, the end of the series, or a histogram as it is written. */
export type SequenceValue =
  | { kind: "value"; value: number }
  | { kind: "omitted" | "stale" }
  | { kind: "histogram"; text: string };

export interface SeriesLine {
  metric: Labels;
  values: SequenceValue[];
}

export type ExpectKind = "fail" | "warn" | "info" | "no_warn" | "no_info" | "ordered";

export interface Expectation {
  kind: ExpectKind;
  message?: string;
  pattern?: string;
}

export interface Evaluation {
  kind: "eval";
  line: number;
  expr: string;
  /** Milliseconds; of an instant query, start and end are one. */
  startMs: number;
  endMs: number;
  /** Undefined for an instant query. */
  stepMs?: number;
  /** An instant query that gives a range vector: the times of its samples. */
  matrix?: { startMs: number; endMs: number; stepMs: number };
  expects: Expectation[];
  series: SeriesLine[];
  scalar?: number;
  text?: string;
}

export type Command =
  | { kind: "clear"; line: number }
  | { kind: "load"; line: number; stepMs: number; series: SeriesLine[]; leftOut?: string }
  | Evaluation;

const LOAD = /^load(?:_(with_nhcb))?\s+(.+?)$/;
const INSTANT = /^eval(?:_(fail|warn|ordered|info))?\s+instant\s+(?:at\s+(.+?))?\s+(.+)$/;
const RANGE =
  /^eval(?:_(fail|warn|info))?\s+range\s+from\s+(.+)\s+to\s+(.+)\s+step\s+(.+?)\s+(.+)$/;
const EXPECT = /^expect\s+(ordered|fail|warn|no_warn|info|no_info)(?:\s+(regex|msg):(.+))?$/;
const MATRIX = /^expect range vector\s+from\s+(.+)\s+to\s+(.+)\s+step\s+(.+)$/;

/**
 * The commands of a script in Prometheus' test language.
 * Errors: ScriptError. Source: prometheus/prometheus promql/promqltest/test.go (parse).
 */
export function parseScript(text: string): Command[] {
  // As upstream reads it: lines without their ends, comments gone, a block ended by an empty line.
  const written = text.split("\n");
  const lines = written.map((line) => line.trim().startsWith("#") ? "" : line.trim());
  const commands: Command[] = [];
  for (let at = 0; at < lines.length; at++) {
    if (lines[at] === "") continue;
    let end = at + 1;
    while (end < lines.length && lines[end] !== "") end++;
    const indent = written[at].length - written[at].trimStart().length;
    const { command, length } = commandOf(lines.slice(at, end), at + 1, indent);
    commands.push(command);
    at += length - 1;
  }
  return commands;
}

/** A command, and how many lines of the block are its own. */
interface Read {
  command: Command;
  length: number;
}

function commandOf(block: string[], line: number, indent: number): Read {
  const [first] = block;
  const word = first.split(/\s/)[0].toLowerCase();
  if (word === "clear") return { command: { kind: "clear", line }, length: 1 };
  if (word.startsWith("load")) return { command: loadOf(block, line), length: block.length };
  if (word.startsWith("eval")) return evalOf(block, line, indent);
  throw new ScriptError(line, `invalid command "${first}"`);
}

function loadOf(block: string[], line: number): Command {
  const match = LOAD.exec(block[0]);
  if (!match) {
    throw new ScriptError(line, "invalid load command. (load[_with_nhcb] <step:duration>)");
  }
  let leftOut = match[1] ? "histograms with custom buckets" : undefined;
  const series: SeriesLine[] = [];
  for (const [i, one] of block.slice(1).entries()) {
    if (/^[^\s]*@st\s/.test(one)) leftOut = "start timestamps";
    else series.push(seriesOf(one, line + 1 + i));
  }
  return { kind: "load", line, stepMs: duration(match[2], line), series, leftOut };
}

function duration(text: string, line: number): number {
  try {
    return parsePromDuration(text);
  } catch (error) {
    throw new ScriptError(line, `invalid duration "${text}": ${(error as Error).message}`);
  }
}

/** A series and what follows it. Errors: ScriptError. */
function seriesOf(text: string, line: number): SeriesLine {
  const at = endOfMetric(text);
  const name = text.slice(0, at).trim();
  try {
    return { metric: metricOf(name), values: sequence(text.slice(at), line) };
  } catch (error) {
    if (error instanceof ScriptError) throw error;
    throw new ScriptError(line, `${text}: ${(error as Error).message}`);
  }
}

/** Where the metric ends: after its braces, or at the first space where it has none. */
function endOfMetric(text: string): number {
  let mark = "";
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (mark !== "") {
      if (char === "\\" && mark !== "`") i++;
      else if (char === mark) mark = "";
    } else if (/["'`]/.test(char)) mark = char;
    else if (char === "{") depth++;
    else if (char === "}" && --depth === 0) return i + 1;
    else if (depth === 0 && /\s/.test(char) && !/^\s*\{(?!\{)/.test(text.slice(i))) return i;
  }
  return text.length;
}

function metricOf(text: string): Labels {
  if (text === "{}" || text === "") return {};
  const expr = parse(text);
  if (expr.kind !== "vectorSelector") throw new SyntaxError("not a series");
  const labels = expr.matchers.map(({ name, value }) => [name, value]);
  return Object.fromEntries(labels.filter(([, value]) => value !== ""));
}

const ITEM =
  /\s*(?:(\{\{[\s\S]*?\}\})|(_)|(stale)|([-+]?(?:(?:\d[\d_]*)?\.?\d+(?:[eE][-+]?\d+)?|\d+\.|[iI]nf|[nN]a[nN])))/y;
const REPEAT = /(?:([-+])(\{\{[\s\S]*?\}\}|[\d.]+(?:[eE][-+]?\d+)?|[iI]nf|[nN]a[nN]))?x(\d+)/y;

/** `1`, `1x3`, `1+2x3`, `_`, `_x3`, `stale`, `{{…}}`. Source: promql/parser/generated_parser.y (series_values). */
function sequence(text: string, line: number): SequenceValue[] {
  const values: SequenceValue[] = [];
  for (let at = 0; text.slice(at).trim() !== "";) {
    ITEM.lastIndex = at;
    const item = ITEM.exec(text);
    if (!item) throw new ScriptError(line, `no value at "${text.slice(at).trim()}"`);
    REPEAT.lastIndex = ITEM.lastIndex;
    const repeat = REPEAT.exec(text);
    at = repeat ? REPEAT.lastIndex : ITEM.lastIndex;
    const [, histogram, omitted, stale, number] = item;
    const count = repeat ? Number(repeat[3]) : 0;
    if (omitted) {
      for (let i = 0; i < Math.max(count, 1); i++) values.push({ kind: "omitted" });
      continue;
    }
    const step = repeat?.[2] ? numberOf(repeat[1] + repeat[2]) : 0;
    for (let i = 0; i <= count; i++) {
      if (histogram) values.push({ kind: "histogram", text: histogram });
      else if (stale) values.push({ kind: "stale" });
      // Added one after the other, as upstream does: the sums round alike.
      else {
        const last = values.at(-1);
        const value = i === 0 || last?.kind !== "value" ? numberOf(number) : last.value + step;
        values.push({ kind: "value", value });
      }
    }
  }
  return values;
}

function numberOf(text: string): number {
  const hex = /^([-+]?)(0[xX][\da-fA-F]+)$/.exec(text);
  if (hex) return (hex[1] === "-" ? -1 : 1) * Number(hex[2]);
  return parseGoFloat(text) ?? NaN;
}

function evalOf(block: string[], line: number, indent: number): Read {
  const [first] = block;
  const instant = INSTANT.exec(first);
  const range = RANGE.exec(first);
  if (!instant && !range) {
    throw new ScriptError(
      line,
      `invalid evaluation command "${first}", wanted: eval instant at <time> <query> or ` +
        "eval range from <time> to <time> step <step> <query>",
    );
  }
  const expr = instant ? instant[3] : range![5];
  checkQuery(expr, line, indent + first.lastIndexOf(expr));
  const evaluation: Evaluation = instant
    ? { kind: "eval", line, expr, ...at(duration(instant[2] ?? "", line)), ...empty() }
    : { kind: "eval", line, expr, ...rangeOf(range!.slice(2, 5), line), ...empty() };
  const kind = (instant ?? range)![1] as ExpectKind | undefined;
  if (kind) evaluation.expects.push({ kind });
  let length = 1;
  while (length < block.length) {
    const goesOn = expectation(evaluation, block[length], line + length);
    length++;
    if (!goesOn) break;
  }
  checkExpectations(evaluation);
  return { command: evaluation, length };
}

/** Upstream reads a script's queries before it runs any. */
function checkQuery(expr: string, line: number, indent: number): void {
  try {
    parse(expr, OPTIONS);
  } catch (error) {
    if (!(error instanceof PromqlSyntaxError)) throw error;
    if (SWITCHED_OFF.test(error.message)) return;
    throw new ScriptError(line, `parse error: ${error.reason}`, indent + error.start + 1);
  }
}

function rangeOf([from, to, step]: string[], line: number) {
  const [startMs, endMs, stepMs] = [from, to, step].map((one) => duration(one, line));
  if (endMs >= startMs) return { startMs, endMs, stepMs };
  throw new ScriptError(line, `end timestamp (${to}) is before start timestamp (${from})`);
}

function checkExpectations({ line, expects, series, stepMs, matrix }: Evaluation): void {
  const has = (kind: ExpectKind) => expects.some((one) => one.kind === kind);
  for (const kind of ["info", "warn"] as const) {
    if (has(kind) && has(`no_${kind}`)) {
      throw new ScriptError(line, `expect ${kind} and no_${kind} cannot be used together`);
    }
  }
  if (expects.filter(({ kind }) => kind === "fail").length > 1) {
    throw new ScriptError(line, "multiple expect fail lines are not allowed");
  }
  const hasMany = series.some(({ values }) => values.length > 1);
  if (hasMany && stepMs === undefined && matrix === undefined) {
    throw new ScriptError(
      line,
      "an instant query gives one value for a series: several need a line " +
        "'expect range vector from <time> to <time> step <step>'",
    );
  }
}

const at = (ms: number) => ({ startMs: ms, endMs: ms });
const empty = () => ({ expects: [] as Expectation[], series: [] as SeriesLine[] });

/** Errors: ScriptError for what is no regular expression. */
function pattern(text: string, line: number): string {
  try {
    compileGoRegexp(text);
    return text;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new ScriptError(line, `invalid regex ${text}: ${error.message}`);
  }
}

/** Takes a line of what is expected; false where it is the last that counts. */
function expectation(evaluation: Evaluation, text: string, line: number): boolean {
  const failing = evaluation.expects.find(({ kind }) => kind === "fail");
  const old = /^expected_fail_(message|regexp)\s+(.*)$/.exec(text);
  if (failing && old) {
    if (old[1] === "message") failing.message = old[2].trim();
    else failing.pattern = pattern(old[2].trim(), line);
    return false;
  }
  const matrix = MATRIX.exec(text);
  if (matrix) {
    evaluation.matrix = rangeOf(matrix.slice(1), line);
    evaluation.startMs = evaluation.endMs = evaluation.matrix.endMs;
    return true;
  }
  if (text.startsWith("expect string")) {
    const value = unquote(text.slice("expect string".length).trim());
    if (value === undefined) throw new ScriptError(line, "expected string literal not valid");
    evaluation.text = value;
    return true;
  }
  if (text.split(" ")[0] === "expect") {
    const match = EXPECT.exec(text);
    if (!match) throw new ScriptError(line, `invalid expect statement "${text}"`);
    const [, kind, form, value] = match;
    evaluation.expects.push({
      kind: kind as ExpectKind,
      ...(form === "msg" ? { message: value.trim() } : {}),
      ...(form === "regex" ? { pattern: pattern(value.trim(), line) } : {}),
    });
    return true;
  }
  if (/^[-+]?(?:[\d.]+(?:e[-+]?\d+)?|0x[\da-f]+|inf|nan)$/i.test(text)) {
    evaluation.scalar = numberOf(text);
    return false;
  }
  evaluation.series.push(seriesOf(text, line));
  return true;
}
