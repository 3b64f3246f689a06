import { Aggregator } from "./_aggregate.ts";
import { Annotations } from "./_annotations.ts";
import {
  type Aggregate,
  type Binary,
  type Call,
  type Expr,
  type MatrixSelector,
  type StringLiteral,
  type Subquery,
  TRIMMING,
  unparen,
} from "./ast.ts";
import { scalarBinary, VectorBinary, vectorScalarBinary } from "./_binary.ts";
import { typeOf } from "./_check_types.ts";
import { bucketFraction, bucketQuantile, gatherHistograms } from "./_histograms.ts";
import { DATE_FUNCTIONS, dateOf, FLOAT_FUNCTIONS } from "./_instant_functions.ts";
import { absentLabels, labelJoin, labelReplace, type Relabelling } from "./_label_functions.ts";
import { type Metric, METRIC_NAME, type Metrics } from "./labels.ts";
import { NAME_KEEPING, RANGE_FUNCTIONS, type RangeContext } from "./_range_functions.ts";
import type { Holding, QueryBudget } from "./query_budget.ts";
import { SampleReader, type SeriesWindow } from "./_sample_reader.ts";
import { type Point, Window } from "./_series.ts";
import type { SeriesStore } from "./series_store.ts";
import { SIGNATURES } from "./signatures.ts";
import { orderOf } from "./_sort_functions.ts";
import { isStepInvariant } from "./_step_invariant.ts";
import { EvaluationError, unique, type Vector } from "./_vector.ts";

/** What an instant of a subquery costs in steps of {@linkcode QueryBudget}: to evaluate and remember, and to look up again. */
const STEPS_PER_SUBQUERY_INSTANT = 64;
const STEPS_PER_REMEMBERED_INSTANT = 8;
/** What one more sample of a range costs where the function sorts them. */
const STEPS_PER_SORTED_SAMPLE = 8;
/** What making a label of a value costs. */
const STEPS_PER_COUNTED_VALUE = 384;
/** What gathering, sorting and mending a bucket of a histogram costs. */
const STEPS_PER_BUCKET = 64;
/** Range functions that put the samples in order. */
const SORTING = new Set(["quantile_over_time", "mad_over_time"]);
/** How upstream holds an expression's operands and result. Source: promql/engine.go (eval). */
function holdingOf(expr: Expr): Holding {
  switch (expr.kind) {
    case "unary":
      return "in place";
    case "aggregate":
      return expr.op === "count_values" ? "with copies" : "in place";
    case "call":
      if (expr.name === "label_replace" || expr.name === "label_join") return "in place";
      if (expr.name === "absent_over_time") return "in place";
      return SIGNATURES.get(expr.name)!.args.includes("matrix") ? "beside" : "with copies";
    default:
      return "with copies";
  }
}

/**
 * Upstream's steps are whole milliseconds, and one of less than a millisecond is none.
 * Errors: EvaluationError, that of upstream's engine when it divides by it.
 */
export function checkStep(stepMs: number): void {
  if (stepMs >= 1) return;
  throw new EvaluationError("unexpected error: runtime error: integer divide by zero");
}

/**
 * One query in the course of its evaluation: it works out an expression at one instant at a time
 * and keeps between instants what does not change (series, groups, matches).
 */
export class Evaluator {
  readonly annotations = new Annotations();
  readonly samples: SampleReader;
  readonly #metrics: Metrics;
  #aggregators = new Map<Aggregate, Aggregator>();
  #binaries = new Map<Binary, VectorBinary>();
  #invariant = new Map<Expr, boolean>();
  /** What those expressions gave that are the same at every instant. */
  #invariantScalars = new Map<Expr, number>();
  #invariantVectors = new Map<Expr, Vector>();
  /** What a subquery's expression gave at the instants of its grid. */
  #subqueryVectors = new Map<Subquery, Map<number, Vector>>();
  /** What an expression that is the same at every instant looks at. */
  #invariantLooks = new Map<Expr, number>();
  /** What was last found to have no label set twice. */
  #unique = new Map<Expr, Vector>();
  /** Whether the expression at hand is evaluated at more than one instant. */
  #ranged: boolean;
  /** How far these instants lie apart: the query's step, or that of the subquery around it. */
  #gridMs: number;
  /** How many characters of labels were written when they were last counted. */
  #written: number;

  constructor(
    readonly store: SeriesStore,
    readonly range: { startMs: number; endMs: number; stepMs: number },
    lookbackMs: number,
    readonly defaultStepMs: number,
    readonly budget: QueryBudget,
    /** Whether names are dropped when the query is at its end, and not at once. */
    readonly delaysNames: boolean,
  ) {
    this.samples = new SampleReader(store, { range, lookbackMs, budget });
    this.#metrics = store.metrics;
    this.#written = this.#metrics.written;
    this.#ranged = range.startMs !== range.endMs;
    this.#gridMs = range.stepMs;
  }

  string(expr: Expr): string {
    return (unparen(expr) as StringLiteral).value;
  }

  scalar(expr: Expr, tMs: number): number {
    if (expr.kind === "paren") return this.scalar(expr.expr, tMs);
    const { budget } = this;
    const before = budget.samples;
    const isInvariant = this.#ranged && expr.kind !== "number" && this.#isInvariant(expr);
    const value = (isInvariant ? this.#invariantScalars.get(expr) : undefined) ??
      this.#scalar(expr, tMs);
    if (isInvariant) this.#invariantScalars.set(expr, value);
    budget.settle(expr, before, 1, "with copies");
    return value;
  }

  #scalar(expr: Expr, tMs: number): number {
    switch (expr.kind) {
      case "number":
        return expr.value;
      case "unary":
        return expr.op === "-" ? -this.scalar(expr.expr, tMs) : this.scalar(expr.expr, tMs);
      case "binary":
        return scalarBinary(expr.op, this.scalar(expr.left, tMs), this.scalar(expr.right, tMs));
      case "call":
        return this.#scalarCall(expr, tMs);
    }
    throw new EvaluationError(`unhandled expression of type: ${expr.kind}`);
  }

  #scalarCall(expr: Call, tMs: number): number {
    const { startMs, endMs, stepMs } = this.range;
    switch (expr.name) {
      case "time":
        return tMs / 1000;
      case "pi":
        return Math.PI;
      case "scalar": {
        const vector = this.vector(expr.args[0], tMs);
        return vector.length === 1 ? vector[0].value : NaN;
      }
      case "max_of":
      case "min_of": {
        const [one, other] = expr.args.map((arg) => this.scalar(arg, tMs));
        return expr.name === "max_of" ? Math.max(one, other) : Math.min(one, other);
      }
      case "start":
        return startMs / 1000;
      case "end":
        return endMs / 1000;
      case "range":
        return (endMs - startMs) / 1000;
      case "step":
        return startMs === endMs ? 0 : stepMs / 1000;
    }
    throw new EvaluationError(`unhandled function: ${expr.name}`);
  }

  vector(expr: Expr, tMs: number): Vector {
    if (expr.kind === "paren") return this.vector(expr.expr, tMs);
    const { budget } = this;
    const before = budget.samples;
    const isInvariant = this.#ranged && this.#isInvariant(expr);
    const vector = isInvariant ? this.#invariantVector(expr, tMs) : this.#vector(expr, tMs);
    budget.settle(expr, before, vector.length, holdingOf(expr));
    this.#countWritten();
    return vector;
  }

  #invariantVector(expr: Expr, tMs: number): Vector {
    const known = this.#invariantVectors.get(expr);
    if (known) {
      this.samples.looked += this.#invariantLooks.get(expr) ?? 0;
      return known;
    }
    const before = this.samples.looked;
    const vector = this.#vector(expr, tMs);
    this.#invariantVectors.set(expr, vector);
    this.#invariantLooks.set(expr, this.samples.looked - before);
    return vector;
  }

  /** Counts the label sets that were put together since the last count. */
  #countWritten(): void {
    const { written } = this.#metrics;
    if (written === this.#written) return;
    this.budget.spendCharacters(written - this.#written);
    this.#written = written;
  }

  #vector(expr: Expr, tMs: number): Vector {
    switch (expr.kind) {
      case "vectorSelector":
        return this.samples.select(expr, tMs, (metric, { value }) => ({ metric, value }));
      case "unary": {
        const vector = this.vector(expr.expr, tMs);
        if (expr.op === "+") return vector;
        return this.#mapped(vector, (value) => -value);
      }
      case "aggregate":
        return this.#aggregate(expr, tMs);
      case "binary":
        return this.#binary(expr, tMs);
      case "call":
        return this.#call(expr, tMs);
    }
    throw new EvaluationError(`unhandled expression of type: ${expr.kind}`);
  }

  /** The samples of a range selector or subquery at `tMs`, by series. */
  matrix(expr: Expr, tMs: number): Map<Metric, Point[]> {
    const points = new Map<Metric, Point[]>();
    this.#eachWindow(expr, tMs, (metric, { times, values, length }) => {
      this.budget.spendResult(length);
      if (unparen(expr).kind !== "subquery") this.samples.looked += length;
      if (unparen(expr).kind !== "subquery") this.budget.hold(length);
      const series: Point[] = [];
      for (let i = 0; i < length; i++) series.push({ tMs: times[i], value: values[i] });
      points.set(metric, series);
    });
    return points;
  }

  /**
   * Calls `fn` with every series that has samples in the range that `expr` means at `tMs`, and
   * gives the range, open at its start. The window is lent: `fn` must not keep it.
   */
  #eachWindow(
    expr: Expr,
    tMs: number,
    fn: SeriesWindow,
  ): void {
    const source = unparen(expr) as MatrixSelector | Subquery;
    if (source.kind === "subquery") return this.#eachSubqueryWindow(source, tMs, fn);
    this.samples.eachWindow(source, { tMs, apartMs: this.#ranged ? this.#gridMs : Infinity }, fn);
  }

  /** As {@linkcode unique}, without another look at what it looked at before. */
  #checked(expr: Expr, vector: Vector): Vector {
    const before = this.#unique.get(expr);
    const isSame = before?.length === vector.length &&
      vector.every(({ metric }, i) => metric === before[i].metric);
    if (!isSame) this.#unique.set(expr, unique(vector));
    return vector;
  }

  #eachSubqueryWindow(
    subquery: Subquery,
    tMs: number,
    fn: SeriesWindow,
  ): void {
    const endMs = this.samples.instantOf(subquery, tMs);
    const range = { startMs: endMs - subquery.rangeMs, endMs };
    const stepMs = subquery.stepMs ?? this.defaultStepMs;
    checkStep(stepMs);
    let known = this.#subqueryVectors.get(subquery);
    if (!known) this.#subqueryVectors.set(subquery, known = new Map());
    // The grid is aligned to the epoch, not to the query, so that it is the same at every step.
    const firstMs = (Math.floor(range.startMs / stepMs) + 1) * stepMs;
    const instants = Math.max(0, Math.floor((endMs - firstMs) / stepMs) + 1);
    // Unless it would first hold too many samples: that is told then.
    const counted = Math.min(instants, this.budget.maxSamples);
    if (known.size === 0) this.budget.require(counted * STEPS_PER_SUBQUERY_INSTANT);
    const isOnce = !this.#ranged;
    const ranged = this.#ranged;
    const gridMs = this.#gridMs;
    this.#ranged = instants > 1;
    this.#gridMs = stepMs;
    const windows = new Map<Metric, Window>();
    let held = 0;
    const outer = this.budget.enterSubquery();
    for (let i = 0; i < instants; i++) {
      const at = firstMs + i * stepMs;
      this.budget.spend(STEPS_PER_REMEMBERED_INSTANT);
      let vector = known.get(at);
      if (!vector) {
        this.budget.spend(STEPS_PER_SUBQUERY_INSTANT);
        vector = this.vector(subquery.expr, at);
        this.budget.samples = 0;
        held += vector.length;
        if (!isOnce) known.set(at, vector);
      }
      for (const { metric, value } of vector) {
        let window = windows.get(metric);
        if (!window) windows.set(metric, window = new Window());
        window.push(at, value);
      }
    }
    this.budget.leaveSubquery(outer);
    this.budget.hold(held);
    this.#ranged = ranged;
    this.#gridMs = gridMs;
    for (const [metric, window] of windows) fn(metric, window, range);
  }

  #aggregate(expr: Aggregate, tMs: number): Vector {
    let aggregator = this.#aggregators.get(expr);
    if (!aggregator) {
      this.#aggregators.set(expr, aggregator = new Aggregator(expr, this.#metrics));
    }
    const { param } = expr;
    const label = expr.op === "count_values" ? this.string(param!) : "";
    const number = param && label === "" && expr.op !== "count_values"
      ? this.scalar(param, tMs)
      : 0;
    if (expr.op === "quantile") this.#checkQuantile(number, unparen(param!));
    const vector = this.vector(expr.expr, tMs);
    if (param) {
      const isCount = expr.op === "count_values";
      this.budget.spend(
        vector.length * (isCount ? STEPS_PER_COUNTED_VALUE : STEPS_PER_SORTED_SAMPLE),
      );
    }
    return aggregator.evaluate(vector, number, label);
  }

  #checkQuantile(q: number, expr: Expr): void {
    if (Number.isNaN(q) || q < 0 || q > 1) this.annotations.invalidQuantile(q, expr);
  }

  #binary(expr: Binary, tMs: number): Vector {
    if (TRIMMING.has(expr.op)) return this.#trimmed(expr, tMs);
    const leftIsScalar = typeOf(expr.left) === "scalar";
    if (leftIsScalar || typeOf(expr.right) === "scalar") {
      const [vectorSide, scalarSide] = leftIsScalar
        ? [expr.right, expr.left]
        : [expr.left, expr.right];
      return vectorScalarBinary(
        expr,
        this.vector(vectorSide, tMs),
        this.scalar(scalarSide, tMs),
        leftIsScalar,
        this.#nameless,
      );
    }
    let binary = this.#binaries.get(expr);
    if (!binary) {
      this.#binaries.set(
        expr,
        binary = new VectorBinary(expr, this.#metrics, this.delaysNames),
      );
    }
    return binary.evaluate(this.vector(expr.left, tMs), this.vector(expr.right, tMs));
  }

  /** Trims native histograms, and finds floats in their place. Source: promql/engine.go (vectorElemBinop). */
  #trimmed(expr: Binary, tMs: number): Vector {
    const sizes = [expr.left, expr.right].map((side) =>
      typeOf(side) === "scalar" ? 1 : this.vector(side, tMs).length
    );
    if (!sizes.includes(0)) this.annotations.incompatibleFloats(expr.op, expr);
    return [];
  }

  /** The set without its metadata labels, or one that is to lose them. */
  readonly #nameless = (metric: Metric): Metric =>
    this.delaysNames ? this.#metrics.dropping(metric) : this.#metrics.withoutName(metric);

  /** Applies `fn` to the values and drops the names. */
  #mapped(vector: Vector, fn: (value: number) => number): Vector {
    return unique(
      vector.map(({ metric, value }) => ({ metric: this.#nameless(metric), value: fn(value) })),
    );
  }

  #call(expr: Call, tMs: number): Vector {
    const { name, args } = expr;
    if (Object.hasOwn(RANGE_FUNCTIONS, name)) return this.#rangeCall(expr, tMs);
    if (Object.hasOwn(FLOAT_FUNCTIONS, name)) {
      const scalars = args.slice(1).map((arg) => this.scalar(arg, tMs));
      // An empty interval clamps everything away.
      if (name === "clamp" && scalars[1] < scalars[0]) return [];
      const fn = FLOAT_FUNCTIONS[name];
      return this.#mapped(this.vector(args[0], tMs), (value) => fn(value, scalars));
    }
    if (Object.hasOwn(DATE_FUNCTIONS, name)) {
      const fn = DATE_FUNCTIONS[name];
      if (args.length === 0) {
        return [{ metric: this.#metrics.of({}), value: fn(dateOf(Math.floor(tMs / 1000))) }];
      }
      return this.#mapped(this.vector(args[0], tMs), (value) => fn(dateOf(value)));
    }
    switch (name) {
      case "vector":
        return [{ metric: this.#metrics.of({}), value: this.scalar(args[0], tMs) }];
      case "timestamp":
        return this.#timestamp(expr, tMs);
      case "absent":
        return this.#absent(args[0], this.vector(args[0], tMs).length > 0);
      case "absent_over_time": {
        const before = this.samples.looked;
        let looked = 0;
        this.#eachWindow(args[0], tMs, (_, { length }) => {
          looked += length;
          this.budget.window(expr, 1, length);
        });
        this.samples.looked = before + looked;
        return this.#absent(args[0], looked > 0);
      }
      case "sort":
      case "sort_desc":
      case "sort_by_label":
      case "sort_by_label_desc":
        return this.#sort(expr, tMs);
      case "label_replace":
      case "label_join": {
        const texts = args.slice(1).map((arg) => this.string(arg));
        const relabel = name === "label_join" ? labelJoin : labelReplace;
        const names = texts[0] === METRIC_NAME;
        return this.#relabelled(args[0], tMs, { labelsOf: relabel(texts, this.budget), names });
      }
      case "histogram_quantile":
        return this.#histogramQuantile(args, tMs);
      case "histogram_fraction": {
        const [lower, upper] = [this.scalar(args[0], tMs), this.scalar(args[1], tMs)];
        return unique(
          this.#histograms(args[2], tMs).map(({ metric, buckets }) => ({
            metric,
            value: bucketFraction(lower, upper, buckets),
          })),
        );
      }
      case "histogram_avg":
      case "histogram_count":
      case "histogram_sum":
      case "histogram_stddev":
      case "histogram_stdvar":
      case "start_timestamp":
        // These read native histograms and start timestamps; samples here are floats with one time.
        this.vector(args[0], tMs);
        return [];
    }
    throw new EvaluationError(`unhandled function: ${name}`);
  }

  #rangeCall(expr: Call, tMs: number): Vector {
    const fn = RANGE_FUNCTIONS[expr.name];
    const types = SIGNATURES.get(expr.name)!.args;
    const source = expr.args[types.indexOf("matrix")];
    const context: RangeContext = {
      tMs,
      startMs: 0,
      endMs: 0,
      args: expr.args.filter((arg) => arg !== source).map((arg) => this.scalar(arg, tMs)),
    };
    // Upstream puts the subquery's samples in place of the subquery, at no place of their own.
    const place = unparen(source).kind === "subquery" ? { start: 0, end: 0 } : unparen(source);
    const wantsCounter = expr.name === "rate" || expr.name === "increase";
    const vector: Vector = [];
    // Of a subquery its points are looked at, and not what they were made of.
    const before = this.samples.looked;
    let looked = 0;
    this.#eachWindow(source, tMs, (metric, samples, { startMs, endMs }) => {
      looked += samples.length;
      this.budget.window(expr, vector.length + 1, samples.length);
      if (SORTING.has(expr.name)) this.budget.spend(samples.length * STEPS_PER_SORTED_SAMPLE);
      if (expr.name === "quantile_over_time") {
        this.#checkQuantile(context.args[0], unparen(expr.args[0]));
      }
      context.startMs = startMs;
      context.endMs = endMs;
      const value = fn(samples, context);
      if (value === undefined) return;
      if (wantsCounter && !metric.mayBeCounter) {
        this.annotations.possibleNonCounter(metric.get(METRIC_NAME), place);
      }
      const kept = NAME_KEEPING.has(expr.name) ? metric : this.#nameless(metric);
      vector.push({ metric: kept, value });
    });
    this.samples.looked = before + looked;
    return this.#checked(expr, vector);
  }

  #timestamp(expr: Call, tMs: number): Vector {
    const [arg] = expr.args;
    const selector = unparen(arg);
    if (selector.kind !== "vectorSelector") {
      const vector = this.vector(arg, tMs);
      return this.#mapped(vector, () => tMs / 1000);
    }
    const vector = this.samples.select(selector, tMs, (metric, point) => ({
      metric,
      value: point.tMs / 1000,
    }));
    this.budget.window(expr, vector.length, vector.length);
    return this.#mapped(vector, (value) => value);
  }

  #absent(arg: Expr, present: boolean): Vector {
    if (present) return [];
    return [{ metric: this.#metrics.of(absentLabels(arg)), value: 1 }];
  }

  #isInvariant(expr: Expr): boolean {
    let known = this.#invariant.get(expr);
    if (known === undefined) this.#invariant.set(expr, known = isStepInvariant(expr));
    return known;
  }

  #sort(expr: Call, tMs: number): Vector {
    if (this.#ranged && !this.#isInvariant(expr)) this.annotations.sortInRangeQuery(expr);
    const vector = this.vector(expr.args[0], tMs).slice();
    this.budget.spend(vector.length * (expr.args.length + 1) * STEPS_PER_SORTED_SAMPLE);
    return vector.sort(orderOf(expr.name, expr.args.slice(1).map((arg) => this.string(arg))));
  }

  /** `names`: it is the name that is written, which then is not to be lost. */
  #relabelled(
    arg: Expr,
    tMs: number,
    { labelsOf, names }: { labelsOf: Relabelling; names: boolean },
  ): Vector {
    return unique(
      this.vector(arg, tMs).map(({ metric, value }) => {
        const labels = labelsOf(metric);
        let relabelled = labels ? this.#metrics.of(labels) : metric;
        if (labels && metric.kept && !names) relabelled = this.#metrics.dropping(relabelled);
        this.#countWritten();
        return { metric: relabelled, value };
      }),
    );
  }

  #histograms(arg: Expr, tMs: number) {
    const vector = this.vector(arg, tMs);
    this.budget.spend(vector.length * STEPS_PER_BUCKET);
    return gatherHistograms(vector, this.#metrics, {
      nameless: this.#nameless,
      onBadLabel: (value, metric) =>
        this.annotations.badBucketLabel(value, unparen(arg), this.#nameToTell(metric)),
    });
  }

  /** A name is told where it is still there. Source: prometheus/prometheus promql/engine.go (resetHistograms). */
  #nameToTell(metric: Metric): string {
    return this.delaysNames ? metric.get(METRIC_NAME) : "";
  }

  #histogramQuantile(args: readonly Expr[], tMs: number): Vector {
    const q = this.scalar(args[0], tMs);
    this.#checkQuantile(q, unparen(args[0]));
    const vector = this.#histograms(args[1], tMs).map(({ metric, buckets }) => {
      const { value, forced } = bucketQuantile(q, buckets);
      if (forced) {
        const name = this.#nameToTell(metric);
        this.annotations.forcedMonotonicity(tMs, forced, { span: unparen(args[1]), name });
      }
      return { metric, value };
    });
    return unique(vector);
  }
}
