import { compileGoRegexp } from "../../../lib/go/mod.ts";
import {
  evaluateInstant,
  evaluateRange,
  EvaluationError,
  everyPart,
  formatLabels,
  type Labels,
  labelsKey,
  METRIC_NAME,
  parse,
  PromqlSyntaxError,
  type QueryResult,
  type QueryValue,
  SeriesStore,
} from "../../../lib/promql/mod.ts";
import {
  type Command,
  type Evaluation,
  type ExpectKind,
  OPTIONS,
  type SequenceValue,
  SWITCHED_OFF,
} from "./script.ts";

/** What became of an evaluation: `problem` tells how it differs, `leftOut` what of it is not simulated. */
export interface Verdict {
  line: number;
  expr: string;
  problem?: string;
  leftOut?: string;
}

const EPSILON = 1e-6;
const MIN_NORMAL = 2.2250738585072014e-308;

/** Source: prometheus/prometheus util/almost/almost.go. */
function almostEqual(a: number, b: number): boolean {
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return true;
  const sum = Math.abs(a) + Math.abs(b);
  const difference = Math.abs(a - b);
  if (a === 0 || b === 0 || sum < MIN_NORMAL) return difference < EPSILON * MIN_NORMAL;
  return difference / Math.min(sum, Number.MAX_VALUE) < EPSILON;
}

/** Series with samples that the store has no room for: the name in their metrics' names, their labels, what they are. */
interface LeftOut {
  name: string;
  metric: Labels;
  what: string;
}

/** Runs the commands of one script on a store of its own. */
export function runScript(commands: readonly Command[]): Verdict[] {
  let store = new SeriesStore();
  let leftOut: LeftOut[] = [];
  const verdicts: Verdict[] = [];
  for (const command of commands) {
    if (command.kind === "clear") {
      store = new SeriesStore();
      leftOut = [];
    } else if (command.kind === "load") load(store, command, leftOut);
    else verdicts.push(judge(store, command, leftOut));
  }
  return verdicts;
}

function load(
  store: SeriesStore,
  { stepMs, series, leftOut: what }: Command & { kind: "load" },
  leftOut: LeftOut[],
): void {
  // Of two lines with the same labels the later one counts.
  const last = new Map(series.map((one) => [labelsKey(one.metric), one]));
  for (const { metric, values } of last.values()) {
    const name = metric[METRIC_NAME] ?? "";
    if (what) leftOut.push({ name: name.replace(/_(bucket|sum|count)$/, ""), metric, what });
    const ref = store.series(metric);
    for (const [i, value] of values.entries()) {
      if (value.kind === "value") store.append(ref, i * stepMs, value.value);
      else if (value.kind === "stale") store.appendStale(ref, i * stepMs);
      else if (value.kind === "histogram") {
        leftOut.push({ name, metric, what: "native histograms" });
      }
    }
  }
}

function judge(
  store: SeriesStore,
  evaluation: Evaluation,
  leftOut: readonly LeftOut[],
): Verdict {
  const { line, expr } = evaluation;
  const named = leftOut.find(({ name, metric }) =>
    name === "" || expr.includes(name) || selects(expr, metric)
  )?.what;
  const expected = evaluation.series.some(({ values }) =>
    values.some(({ kind }) => kind === "histogram")
  );
  const problem = problemOf(store, evaluation);
  const isOff = problem !== undefined && SWITCHED_OFF.test(problem);
  const about = named ?? (expected ? "native histograms" : isOff ? "switched off" : undefined);
  if (problem !== undefined && about !== undefined) return { line, expr, leftOut: about };
  return { line, expr, problem };
}

/** Whether a series is among those that a query reads by its labels alone. */
function selects(expr: string, metric: Labels): boolean {
  try {
    return [...everyPart(parse(expr, OPTIONS))].some((part) => {
      const selector = part.kind === "matrixSelector" ? part.selector : part;
      return selector.kind === "vectorSelector" &&
        selector.matchers.every((matcher) => matcher.matchesLabels(metric));
    });
  } catch (error) {
    if (!(error instanceof PromqlSyntaxError)) throw error;
    return false;
  }
}

/** What means another instant in a range query. */
const OF_THE_RANGE = /\b(start|end|range|step)\s*\(\s*\)/;

function problemOf(store: SeriesStore, evaluation: Evaluation): string | undefined {
  const { expr, startMs, endMs, stepMs, expects } = evaluation;
  const failing = expects.find(({ kind }) => kind === "fail");
  let result: QueryResult;
  try {
    result = stepMs === undefined
      ? evaluateInstant(store, expr, endMs, OPTIONS)
      : evaluateRange(store, expr, { startMs, endMs, stepMs }, OPTIONS);
  } catch (error) {
    if (!(error instanceof PromqlSyntaxError || error instanceof EvaluationError)) throw error;
    if (!failing) return `failed: ${error.message}`;
    return matches(failing, error.message) ? undefined : `failed otherwise: ${error.message}`;
  }
  if (failing) return "expected a failure, got none";
  const problem = annotated(evaluation, result) ?? compare(evaluation, result.value);
  if (problem !== undefined) return problem;
  return stepMs === undefined ? inRange(store, evaluation, result.value) : undefined;
}

/** An instant query gives in the middle of a range what it gave alone. */
function inRange(
  store: SeriesStore,
  evaluation: Evaluation,
  value: QueryValue,
): string | undefined {
  const { expr, endMs, expects, matrix, text } = evaluation;
  const isOrdered = expects.some(({ kind }) => kind === "ordered");
  if (matrix || text !== undefined || isOrdered || OF_THE_RANGE.test(expr)) return undefined;
  const range = { startMs: endMs - 60_000, endMs: endMs + 60_000, stepMs: 60_000 };
  try {
    const { value: whole } = evaluateRange(store, expr, range, OPTIONS);
    if (whole.type !== "matrix") return "in a range: no matrix";
    const samples = whole.series.flatMap(({ metric, points }) =>
      points.filter(({ tMs }) => tMs === endMs).map((point) => ({ metric, ...point }))
    );
    const problem = value.type === "scalar"
      ? compare(evaluation, { type: "scalar", tMs: endMs, value: samples[0]?.value ?? NaN })
      : compare(evaluation, { type: "vector", samples });
    return problem && `in a range: ${problem}`;
  } catch (error) {
    return `in a range: ${(error as Error).message}`;
  }
}

/** A message may be told with its place in the expression or without, and without the buckets that it is of. */
function matches({ message, pattern }: { message?: string; pattern?: string }, text: string) {
  const bare = text.replace(/ \(\d+:\d+\)$/, "");
  const texts = [text, bare, bare.replace(/, from buckets .* to \S+$/, "")];
  if (pattern === undefined) return message === undefined || texts.includes(message);
  const regexp = compileGoRegexp(pattern);
  return texts.some((one) => regexp.test(one));
}

function annotated({ expects }: Evaluation, { warnings, infos }: QueryResult): string | undefined {
  for (const [kind, given] of [["warn", warnings], ["info", infos]] as const) {
    const wanted = expects.filter((one) => one.kind === kind);
    const none = `no_${kind}` as ExpectKind;
    if (wanted.length > 0 && given.length === 0) return `expected ${kind}, got none`;
    if (expects.some((one) => one.kind === none) && given.length > 0) {
      return `expected no ${kind}, got ${given.join("; ")}`;
    }
    const missing = wanted.find((one) => !given.some((text) => matches(one, text)));
    const extra = given.find((text) => !wanted.some((one) => matches(one, text)));
    if (missing) return `${kind} differs: ${given.join("; ")}`;
    if (wanted.length > 0 && extra) return `unexpected ${kind}: ${extra}`;
  }
  return undefined;
}

function shown(value: SequenceValue | undefined): string {
  if (value === undefined) return "nothing";
  if (value.kind === "value") return String(value.value);
  return value.kind === "histogram" ? value.text : value.kind;
}

function isValue(value: SequenceValue | undefined, given: number): boolean {
  return value?.kind === "value" && almostEqual(value.value, given);
}

function compare(evaluation: Evaluation, value: QueryValue): string | undefined {
  const { scalar, text, series } = evaluation;
  switch (value.type) {
    case "string":
      return text === value.value ? undefined : `expected "${text}", got "${value.value}"`;
    case "scalar":
      if (scalar === undefined) return `got the scalar ${value.value}`;
      return almostEqual(scalar, value.value)
        ? undefined
        : `expected ${scalar}, got ${value.value}`;
  }
  if (scalar !== undefined) return `expected the scalar ${scalar}, got a ${value.type}`;
  const wanted = new Map(series.map((one, i) => [labelsKey(one.metric), { ...one, place: i }]));
  const given = value.type === "vector"
    ? value.samples.map(({ metric, ...point }) => ({ metric, points: [point] }))
    : value.series;
  const isOrdered = evaluation.expects.some(({ kind }) => kind === "ordered");
  for (const [place, { metric, points }] of given.entries()) {
    const one = wanted.get(labelsKey(metric));
    const name = formatLabels(metric);
    if (!one) return `unexpected ${name}: ${points.map((point) => point.value).join(" ")}`;
    if (isOrdered && one.place !== place) return `${name} stands at ${place + 1}`;
    wanted.delete(labelsKey(metric));
    const problem = value.type === "vector"
      ? isValue(one.values[0], points[0].value)
        ? undefined
        : `expected ${shown(one.values[0])}, got ${points[0].value}`
      : pointsDiffer(evaluation, one.values, points);
    if (problem) return `${name}: ${problem}`;
  }
  const [missing] = wanted.values();
  return missing && `expected ${formatLabels(missing.metric)}, which is not there`;
}

function pointsDiffer(
  { matrix, startMs, stepMs }: Evaluation,
  values: readonly SequenceValue[],
  points: readonly { tMs: number; value: number }[],
): string | undefined {
  const from = matrix?.startMs ?? startMs;
  const step = matrix?.stepMs ?? stepMs ?? 0;
  const wanted = values.map((value, i) => ({ value, tMs: from + i * step }))
    .filter(({ value }) => value.kind !== "omitted");
  const texts = () =>
    `expected ${wanted.map(({ value, tMs }) => `${shown(value)}@${tMs}`).join(" ")}, got ${
      points.map(({ tMs, value }) => `${value}@${tMs}`).join(" ")
    }`;
  if (wanted.length !== points.length) return texts();
  const isSame = wanted.every(({ value, tMs }, i) =>
    tMs === points[i].tMs && isValue(value, points[i].value)
  );
  return isSame ? undefined : texts();
}
