import { parseGoFloat } from "../go/mod.ts";
import type { Metric, Metrics } from "./labels.ts";
import type { Vector } from "./_vector.ts";

/** A bucket of a classic histogram: how many observations were at most `upperBound`. */
export interface Bucket {
  upperBound: number;
  count: number;
}

/** The buckets of one histogram. */
export interface Histogram {
  /** The labels of the result: those of the buckets, without name and `le`. */
  metric: Metric;
  buckets: Bucket[];
}

const BUCKET_LABEL = "le";
/** Relative difference between neighbouring buckets that counts as rounding. */
const SMALL_DELTA_TOLERANCE = 1e-12;

/**
 * Gathers classic buckets into histograms; `onBadLabel` hears of samples without a usable `le`.
 * Source: prometheus/prometheus promql/engine.go (resetHistograms).
 */
export function gatherHistograms(
  vector: Vector,
  metrics: Metrics,
  { nameless, onBadLabel }: {
    nameless: (metric: Metric) => Metric;
    onBadLabel: (value: string, metric: Metric) => void;
  },
): Histogram[] {
  const bySignature = new Map<Metric, Histogram>();
  for (const { metric, value } of vector) {
    const label = metric.get(BUCKET_LABEL);
    const upperBound = parseGoFloat(label);
    if (upperBound === undefined || Number.isNaN(upperBound)) {
      onBadLabel(label, metric);
      continue;
    }
    const signature = metrics.without(metric, [BUCKET_LABEL]);
    let histogram = bySignature.get(signature);
    if (!histogram) {
      histogram = { metric: nameless(signature), buckets: [] };
      bySignature.set(signature, histogram);
    }
    histogram.buckets.push({ upperBound, count: value });
  }
  return Array.from(bySignature.values());
}

/** Where a histogram's counts fell although they can only rise. */
export interface ForcedMonotonicity {
  fromBucket: number;
  toBucket: number;
  maxDiff: number;
}

/**
 * The q-quantile of a classic histogram, interpolated within its bucket.
 * Source: prometheus/prometheus promql/quantile.go (BucketQuantile).
 */
export function bucketQuantile(
  q: number,
  unsorted: readonly Bucket[],
): { value: number; forced?: ForcedMonotonicity } {
  if (Number.isNaN(q)) return { value: NaN };
  if (q < 0) return { value: -Infinity };
  if (q > 1) return { value: Infinity };
  const buckets = coalesce(unsorted);
  if (buckets.at(-1)?.upperBound !== Infinity) return { value: NaN };
  const forced = ensureMonotonic(buckets);
  const last = buckets.length - 1;
  const observations = buckets[last].count;
  if (buckets.length < 2 || observations === 0) return { value: NaN, forced };
  let rank = q * observations;
  let at = buckets.findIndex((bucket, i) => i === last || bucket.count >= rank);
  if (Number.isNaN(rank)) at = last;
  if (at === last) return { value: buckets[last - 1].upperBound, forced };
  if (at === 0 && buckets[0].upperBound <= 0) return { value: buckets[0].upperBound, forced };
  const { upperBound } = buckets[at];
  let { count } = buckets[at];
  let lowerBound = 0;
  if (at > 0) {
    lowerBound = buckets[at - 1].upperBound;
    count -= buckets[at - 1].count;
    rank -= buckets[at - 1].count;
  }
  return { value: lowerBound + (upperBound - lowerBound) * (rank / count), forced };
}

/**
 * The share of observations between two bounds.
 * Source: prometheus/prometheus promql/quantile.go (BucketFraction).
 */
export function bucketFraction(lower: number, upper: number, unsorted: readonly Bucket[]): number {
  const buckets = coalesce(unsorted);
  if (buckets.at(-1)?.upperBound !== Infinity) return NaN;
  const total = buckets[buckets.length - 1].count;
  if (total === 0 || Number.isNaN(lower) || Number.isNaN(upper)) return NaN;
  if (lower >= upper) return 0;
  return (rankOf(upper, buckets) - rankOf(lower, buckets)) / total;
}

/** How many observations lie below `bound`, interpolated within its bucket. */
function rankOf(bound: number, buckets: readonly Bucket[]): number {
  let below = 0;
  let lowerBound = buckets[0].upperBound <= 0 ? -Infinity : 0;
  for (const { upperBound, count } of buckets) {
    if (lowerBound >= bound) return below;
    if (upperBound > bound) {
      if (lowerBound === -Infinity) return count;
      return below + (count - below) * (bound - lowerBound) / (upperBound - lowerBound);
    }
    below = count;
    lowerBound = upperBound;
  }
  return buckets[buckets.length - 1].count;
}

/** Sorts buckets by bound and adds up those with the same one. */
function coalesce(buckets: readonly Bucket[]): Bucket[] {
  const merged: Bucket[] = [];
  for (
    const bucket of buckets.slice().sort((a, b) =>
      a.upperBound < b.upperBound ? -1 : a.upperBound > b.upperBound ? 1 : 0
    )
  ) {
    const last = merged.at(-1);
    if (last?.upperBound === bucket.upperBound) last.count += bucket.count;
    else merged.push({ ...bucket });
  }
  return merged;
}

/**
 * Makes counts rise, in place: differences of rounding are levelled silently, real falls are told.
 * Source: promql/quantile.go (ensureMonotonicAndIgnoreSmallDeltas).
 */
function ensureMonotonic(buckets: Bucket[]): ForcedMonotonicity | undefined {
  let forced: ForcedMonotonicity | undefined;
  let previous = buckets[0].count;
  for (const bucket of buckets.slice(1)) {
    const { count, upperBound } = bucket;
    if (count === previous) continue;
    if (almostEqual(previous, count)) bucket.count = previous;
    else if (count < previous) {
      bucket.count = previous;
      forced = {
        fromBucket: Math.min(forced?.fromBucket ?? Infinity, upperBound),
        toBucket: Math.max(forced?.toBucket ?? -Infinity, upperBound),
        maxDiff: Math.max(forced?.maxDiff ?? 0, previous - count),
      };
    } else previous = count;
  }
  return forced;
}

/** Source: prometheus/prometheus util/almost/almost.go (Equal). */
function almostEqual(a: number, b: number): boolean {
  if (Number.isNaN(a) && Number.isNaN(b)) return true;
  if (a === b) return true;
  const sum = Math.abs(a) + Math.abs(b);
  const difference = Math.abs(a - b);
  const smallest = 2.2250738585072014e-308;
  if (a === 0 || b === 0 || sum < smallest) return difference < SMALL_DELTA_TOLERANCE * smallest;
  return difference / Math.min(sum, Number.MAX_VALUE) < SMALL_DELTA_TOLERANCE;
}
