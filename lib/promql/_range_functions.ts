import { EvaluationError } from "./_vector.ts";
import { KahanSum, Mean, quantile } from "./_math.ts";
import type { Window } from "./_series.ts";

/** Where and how a range function is evaluated. */
export interface RangeContext {
  /** The evaluation time. */
  tMs: number;
  /** The range is (startMs, endMs]. */
  startMs: number;
  endMs: number;
  /** The scalar arguments, in order. */
  args: number[];
}

/**
 * A function of one series' samples in a range; undefined when it has nothing to say about them.
 * It is only called with samples.
 */
export type RangeFunction = (samples: Window, context: RangeContext) => number | undefined;

/**
 * rate, increase and delta: the difference between the first and last sample, with counter resets
 * added for counters, stretched towards the ends of the range as far as the samples' spacing
 * makes it likely that the series reached there.
 * Source: prometheus/prometheus promql/functions.go (extrapolatedRate).
 */
function extrapolated(
  samples: Window,
  { startMs, endMs }: RangeContext,
  isCounter: boolean,
  isRate: boolean,
): number | undefined {
  const { times, values, length } = samples;
  if (length < 2) return undefined;
  const last = length - 1;
  let result = values[last] - values[0];
  if (isCounter) {
    for (let i = 1; i < length; i++) {
      if (values[i] < values[i - 1]) result += values[i - 1];
    }
  }
  let toStart = (times[0] - startMs) / 1000;
  let toEnd = (endMs - times[last]) / 1000;
  const sampled = (times[last] - times[0]) / 1000;
  const spacing = sampled / last;
  const threshold = spacing * 1.1;
  if (toStart >= threshold) toStart = spacing / 2;
  if (isCounter) {
    // A counter is never negative: do not stretch past where it would have been zero.
    let toZero = toStart;
    if (result > 0 && values[0] >= 0) toZero = sampled * (values[0] / result);
    if (toZero < toStart) toStart = toZero;
  }
  if (toEnd >= threshold) toEnd = spacing / 2;
  let factor = (sampled + toStart + toEnd) / sampled;
  if (isRate) factor /= (endMs - startMs) / 1000;
  return result * factor;
}

/** irate and idelta: from the last two samples. Source: promql/functions.go (instantValue). */
function instant({ times, values, length }: Window, isRate: boolean): number | undefined {
  if (length < 2) return undefined;
  const [before, last] = [values[length - 2], values[length - 1]];
  const result = isRate && last < before ? last : last - before;
  return isRate ? result / ((times[length - 1] - times[length - 2]) / 1000) : result;
}

/** Least squares. Source: promql/functions.go (linearRegression). */
function linearRegression(
  { times, values, length }: Window,
  interceptMs: number,
): { slope: number; intercept: number } {
  const sumX = new KahanSum();
  const sumY = new KahanSum();
  const sumXY = new KahanSum();
  const sumX2 = new KahanSum();
  let constant = true;
  for (let i = 0; i < length; i++) {
    if (i > 0 && values[i] !== values[0]) constant = false;
    const x = (times[i] - interceptMs) / 1e3;
    sumX.add(x);
    sumY.add(values[i]);
    sumXY.add(x * values[i]);
    sumX2.add(x * x);
  }
  if (constant) {
    if (Math.abs(values[0]) === Infinity) return { slope: NaN, intercept: NaN };
    return { slope: 0, intercept: values[0] };
  }
  const [x, y] = [sumX.total, sumY.total];
  const covariance = sumXY.total - x * y / length;
  const variance = sumX2.total - x * x / length;
  const slope = covariance / variance;
  return { slope, intercept: y / length - slope * x / length };
}

/** Source: promql/functions.go (funcDoubleExponentialSmoothing). */
function doubleExponentialSmoothing(
  { values, length }: Window,
  [smoothing, trend]: number[],
): number | undefined {
  if (smoothing <= 0 || smoothing >= 1) {
    throw new EvaluationError(
      `invalid smoothing factor. Expected: 0 < sf < 1, got: ${smoothing.toFixed(6)}`,
    );
  }
  if (trend <= 0 || trend >= 1) {
    throw new EvaluationError(
      `invalid trend factor. Expected: 0 < tf < 1, got: ${trend.toFixed(6)}`,
    );
  }
  if (length < 2) return undefined;
  let previous = 0;
  let smoothed = values[0];
  let slope = values[1] - values[0];
  for (let i = 1; i < length; i++) {
    if (i > 1) slope = trend * (smoothed - previous) + (1 - trend) * slope;
    const next = smoothing * values[i] + (1 - smoothing) * (smoothed + slope);
    previous = smoothed;
    smoothed = next;
  }
  return smoothed;
}

/** Source: promql/functions.go (varianceOverTime). */
function variance({ values, length }: Window): number {
  const mean = new KahanSum();
  const squares = new KahanSum();
  for (let i = 0; i < length; i++) {
    const delta = values[i] - mean.total;
    mean.add(delta / (i + 1));
    squares.add(delta * (values[i] - mean.total));
  }
  return squares.total / length;
}

/** The index of the first sample that no other is `better` than; NaN is worse than anything. */
function best({ values, length }: Window, better: (a: number, b: number) => boolean): number {
  let at = 0;
  for (let i = 0; i < length; i++) {
    if (better(values[i], values[at]) || Number.isNaN(values[at])) at = i;
  }
  return at;
}

function count(samples: Window, counts: (previous: number, value: number) => boolean): number {
  let total = 0;
  for (let i = 1; i < samples.length; i++) {
    if (counts(samples.values[i - 1], samples.values[i])) total++;
  }
  return total;
}

function median(values: readonly number[]): number {
  return quantile(0.5, values);
}

const greater = (a: number, b: number) => a > b;
const less = (a: number, b: number) => a < b;
const valuesOf = (samples: Window) => samples.values.slice(0, samples.length);

/** Every function of a range vector but absent_over_time, which looks at all series at once. */
export const RANGE_FUNCTIONS: Readonly<Record<string, RangeFunction>> = {
  rate: (samples, context) => extrapolated(samples, context, true, true),
  increase: (samples, context) => extrapolated(samples, context, true, false),
  delta: (samples, context) => extrapolated(samples, context, false, false),
  irate: (samples) => instant(samples, true),
  idelta: (samples) => instant(samples, false),
  deriv: (samples) =>
    samples.length < 2 ? undefined : linearRegression(samples, samples.times[0]).slope,
  predict_linear: (samples, { tMs, args }) => {
    if (samples.length < 2) return undefined;
    const { slope, intercept } = linearRegression(samples, tMs);
    return slope * args[0] + intercept;
  },
  double_exponential_smoothing: (samples, { args }) => doubleExponentialSmoothing(samples, args),
  changes: (samples) => count(samples, (a, b) => a !== b && !(Number.isNaN(a) && Number.isNaN(b))),
  resets: (samples) => count(samples, (a, b) => b < a),
  count_over_time: (samples) => samples.length,
  present_over_time: () => 1,
  first_over_time: (samples) => samples.values[0],
  last_over_time: (samples) => samples.values[samples.length - 1],
  sum_over_time: (samples) => {
    const sum = new KahanSum();
    for (let i = 0; i < samples.length; i++) sum.add(samples.values[i]);
    return Math.abs(sum.sum) === Infinity ? sum.sum : sum.total;
  },
  avg_over_time: (samples) => {
    const mean = new Mean(samples.values[0]);
    for (let i = 1; i < samples.length; i++) mean.add(samples.values[i]);
    return mean.value;
  },
  max_over_time: (samples) => samples.values[best(samples, greater)],
  min_over_time: (samples) => samples.values[best(samples, less)],
  ts_of_max_over_time: (samples) => samples.times[best(samples, (a, b) => a >= b)] / 1000,
  ts_of_min_over_time: (samples) => samples.times[best(samples, (a, b) => a <= b)] / 1000,
  ts_of_first_over_time: (samples) => samples.times[0] / 1000,
  ts_of_last_over_time: (samples) => samples.times[samples.length - 1] / 1000,
  quantile_over_time: (samples, { args }) => quantile(args[0], valuesOf(samples)),
  stddev_over_time: (samples) => Math.sqrt(variance(samples)),
  stdvar_over_time: variance,
  mad_over_time: (samples) => {
    const values = valuesOf(samples);
    if (values.some(Number.isNaN)) return NaN;
    const middle = median(values);
    return median(values.map((value) => Math.abs(value - middle)));
  },
};

/** Range functions that keep the metric's name: they only choose one of the samples. */
export const NAME_KEEPING: ReadonlySet<string> = new Set(["first_over_time", "last_over_time"]);
