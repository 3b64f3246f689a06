import { documentedType, type Expr } from "./ast.ts";
import { typeOf } from "./_check_types.ts";
import { checkStep, Evaluator } from "./_evaluator.ts";
import { compareLabels, type Labels, type Metric } from "./labels.ts";
import { parse, type ParseOptions, withTimes } from "./parse.ts";
import { QueryBudget } from "./query_budget.ts";
import type { SeriesStore } from "./series_store.ts";
import type { Point } from "./_series.ts";
import { EvaluationError, SAME_LABELS, unique, type Vector } from "./_vector.ts";

export interface VectorSample extends Point {
  metric: Labels;
}

export interface MatrixSeries {
  metric: Labels;
  points: Point[];
}

/** What a query gives. Times are milliseconds since the epoch. */
export type QueryValue =
  | { type: "scalar"; tMs: number; value: number }
  | { type: "string"; tMs: number; value: string }
  | { type: "vector"; samples: VectorSample[] }
  | { type: "matrix"; series: MatrixSeries[] };

/** A query's value and what there is to remark on it, as the API shows it. */
export interface QueryResult {
  value: QueryValue;
  warnings: string[];
  infos: string[];
  samples: QuerySamples;
}

/** What a query took. Source: prometheus/prometheus util/stats/query_stats.go (querySamples). */
export interface QuerySamples {
  /** Those that each instant looked at, summed. */
  totalQueryableSamples: number;
  /** Those that were read for that. */
  samplesRead: number;
  /** The most that were held at once. */
  peakSamples: number;
}

export interface QueryOptions extends ParseOptions {
  /** How far back an instant selector looks for a sample; upstream's default is 5 minutes. */
  lookbackMs?: number;
  /** Step of a subquery that names none: the global evaluation interval, 1 minute by default. */
  defaultStepMs?: number;
  /** What the query may use; afterwards it tells what was used. Upstream's defaults without one. */
  budget?: QueryBudget;
  /**
   * Names are dropped when the query is at its end, and not at once: as with the feature flag
   * `promql-delayed-name-removal`.
   */
  delaysNames?: boolean;
  /** The text of an expression given as a tree, for the positions in warnings. */
  text?: string;
}

/** The instants of a range query: `startMs`, then every `stepMs` up to `endMs`. */
export interface QueryRange {
  startMs: number;
  endMs: number;
  stepMs: number;
}

const LOOKBACK_MS = 5 * 60_000;
const DEFAULT_STEP_MS = 60_000;

/**
 * Evaluates an expression at one instant, as `/api/v1/query` does.
 * Errors: PromqlSyntaxError for the text; EvaluationError with upstream's message.
 * Source: prometheus/prometheus promql/engine.go (execEvalStmt).
 */
export function evaluateInstant(
  store: SeriesStore,
  query: string | Expr,
  tMs: number,
  options: QueryOptions = {},
): QueryResult {
  const expr = withTimes(
    typeof query === "string" ? parse(query, options) : query,
    { stepMs: 0, rangeMs: 0 },
  );
  const evaluator = newEvaluator(store, { startMs: tMs, endMs: tMs, stepMs: 1 }, options);
  return recovered(() => finish(evaluator, query, options, instantValue(evaluator, expr, tMs)));
}

/**
 * Runs an evaluation so that what the machine refuses (a call too deep, a text too long) fails the
 * query alone. Source: prometheus/prometheus promql/engine.go (evaluator.recover).
 */
function recovered<T>(evaluation: () => T): T {
  try {
    return evaluation();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new EvaluationError(`unexpected error: ${error.message}`);
  }
}

function instantValue(evaluator: Evaluator, expr: Expr, tMs: number): QueryValue {
  switch (typeOf(expr)) {
    case "scalar":
      return { type: "scalar", tMs, value: evaluator.scalar(expr, tMs) };
    case "string":
      return { type: "string", tMs, value: evaluator.string(expr) };
    case "vector": {
      const vector = withoutDropped(evaluator, evaluator.vector(expr, tMs));
      evaluator.budget.spendResult(vector.length);
      return {
        type: "vector",
        samples: vector.map(({ metric, value }) => ({ metric: metric.labels, tMs, value })),
      };
    }
    case "matrix":
      return { type: "matrix", series: sorted(merged(evaluator, evaluator.matrix(expr, tMs))) };
  }
}

/**
 * Evaluates an expression at every step of a range, as `/api/v1/query_range` does.
 * Errors: as {@linkcode evaluateInstant}; also for an expression that is neither scalar nor
 * instant vector, and RangeError for a step that is not positive.
 */
export function evaluateRange(
  store: SeriesStore,
  query: string | Expr,
  range: QueryRange,
  options: QueryOptions = {},
): QueryResult {
  if (!(range.stepMs > 0)) throw new RangeError(`Step must be positive, got ${range.stepMs} ms`);
  const expr = typeof query === "string" ? parse(query, options) : query;
  const type = typeOf(expr);
  if (type !== "scalar" && type !== "vector") {
    throw new EvaluationError(
      `invalid expression type "${documentedType(type)}" for range query, ` +
        "must be Scalar or instant Vector",
    );
  }
  checkStep(range.stepMs);
  const { startMs, endMs, stepMs } = range;
  const timed = withTimes(expr, { stepMs, rangeMs: endMs - startMs });
  const evaluator = newEvaluator(store, range, options);
  return recovered(() =>
    finish(evaluator, query, options, rangeValue(evaluator, timed, type === "scalar"))
  );
}

function rangeValue(evaluator: Evaluator, expr: Expr, isScalar: boolean): QueryValue {
  const { store, range: { startMs, endMs, stepMs }, budget } = evaluator;
  const points = new Map<Metric, Point[]>();
  const instants = Math.floor((endMs - startMs) / stepMs) + 1;
  for (let i = 0; i < instants; i++) {
    const tMs = startMs + i * stepMs;
    const vector: Vector = isScalar
      ? [{ metric: store.metrics.of({}), value: evaluator.scalar(expr, tMs) }]
      : evaluator.vector(expr, tMs);
    budget.samples = 0;
    budget.spendResult(vector.length);
    for (const { metric, value } of vector) {
      const known = points.get(metric);
      if (known) known.push({ tMs, value });
      else points.set(metric, [{ tMs, value }]);
    }
  }
  return { type: "matrix", series: sorted(merged(evaluator, points)) };
}

/** Drops the names that were to be dropped at the end. Source: promql/engine.go (cleanupMetricLabels). */
function withoutDropped({ delaysNames, store }: Evaluator, vector: Vector): Vector {
  if (!delaysNames) return vector;
  return unique(
    vector.map(({ metric, value }) => ({
      metric: metric.kept ? store.metrics.withoutName(metric) : metric,
      value,
    })),
  );
}

/** Likewise of series; those that are one then must not have samples of one time. Source: as above (mergeSeriesWithSameLabelset). */
function merged(
  { delaysNames, store }: Evaluator,
  points: Map<Metric, Point[]>,
): Map<Metric, Point[]> {
  if (!delaysNames) return points;
  const all = new Map<Metric, Point[]>();
  for (const [metric, series] of points) {
    const nameless = metric.kept ? store.metrics.withoutName(metric) : metric;
    const known = all.get(nameless);
    all.set(nameless, known ? [...known, ...series].sort((a, b) => a.tMs - b.tMs) : series);
  }
  for (const series of all.values()) {
    if (series.some(({ tMs }, i) => tMs === series[i - 1]?.tMs)) {
      throw new EvaluationError(SAME_LABELS);
    }
  }
  return all;
}

function newEvaluator(store: SeriesStore, range: QueryRange, options: QueryOptions): Evaluator {
  return new Evaluator(
    store,
    range,
    options.lookbackMs ?? LOOKBACK_MS,
    options.defaultStepMs ?? DEFAULT_STEP_MS,
    options.budget ?? new QueryBudget(),
    options.delaysNames ?? false,
  );
}

function finish(
  evaluator: Evaluator,
  query: string | Expr,
  options: QueryOptions,
  value: QueryValue,
): QueryResult {
  const text = typeof query === "string" ? query : options.text ?? "";
  const { annotations, budget, samples: { looked, read } } = evaluator;
  return {
    value,
    warnings: annotations.warnings(text),
    infos: annotations.infos(text),
    samples: { totalQueryableSamples: looked, samplesRead: read, peakSamples: budget.peak },
  };
}

function sorted(points: Map<Metric, Point[]>): MatrixSeries[] {
  return Array.from(points, ([metric, series]) => ({ metric: metric.labels, points: series }))
    .sort((a, b) => compareLabels(a.metric, b.metric));
}
