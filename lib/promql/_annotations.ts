import { formatFloat, formatGoFloat, quote, rfc3339 } from "../go/mod.ts";
import { linePosition, type Span } from "./ast.ts";

/** How far histogram_quantile had to bend its input. */
interface Forced {
  fromBucket: number;
  toBucket: number;
  maxDiff: number;
  samples: number;
  minMs: number;
  maxMs: number;
}

/**
 * Remarks on a query beside its value: equal ones are kept once, at the place of the first.
 * Source: prometheus/prometheus util/annotations/annotations.go.
 */
export class Annotations {
  #warnings = new Map<string, Span>();
  #infos = new Map<string, Span>();
  /** By the name of the metric, where it is told. */
  #forced = new Map<string, { span: Span; details: Forced }>();

  invalidQuantile(q: number, span: Span): void {
    this.#warn(`quantile value should be between 0 and 1, got ${formatGoFloat(q)}`, span);
  }

  badBucketLabel(value: string, span: Span, name: string): void {
    this.#warn(
      `bucket label "le" is missing or has a malformed value of ${quote(value)}${ofMetric(name)}`,
      span,
    );
  }

  sortInRangeQuery(span: Span): void {
    this.#warn(
      "sort is ineffective for range queries since results are always ordered by labels",
      span,
    );
  }

  possibleNonCounter(metricName: string, span: Span): void {
    this.#info(
      "metric might not be a counter, name does not end in _total/_sum/_count/_bucket: " +
        quote(metricName),
      span,
    );
  }

  incompatibleFloats(op: string, span: Span): void {
    this.#info(
      "incompatible sample types encountered for binary operator " +
        `${quote(op)}: float ${op} float`,
      span,
    );
  }

  forcedMonotonicity(
    tMs: number,
    bounds: Omit<Forced, "samples" | "minMs" | "maxMs">,
    { span, name }: { span: Span; name: string },
  ) {
    const before = this.#forced.get(name);
    const known = before?.details;
    this.#forced.set(name, {
      span: before?.span ?? span,
      details: {
        fromBucket: Math.min(bounds.fromBucket, known?.fromBucket ?? Infinity),
        toBucket: Math.max(bounds.toBucket, known?.toBucket ?? -Infinity),
        maxDiff: Math.max(bounds.maxDiff, known?.maxDiff ?? -Infinity),
        samples: (known?.samples ?? 0) + 1,
        minMs: Math.min(tMs, known?.minMs ?? Infinity),
        maxMs: Math.max(tMs, known?.maxMs ?? -Infinity),
      },
    });
  }

  /** At most ten warnings, as the API shows them, and how many more there are. */
  warnings(query: string): string[] {
    const warnings = Array.from(
      this.#warnings,
      ([text, span]) => `PromQL warning: ${text} (${linePosition(query, span.start)})`,
    );
    return limited(warnings, "warning");
  }

  /** Likewise. */
  infos(query: string): string[] {
    const infos = Array.from(
      this.#infos,
      ([text, span]) => `PromQL info: ${text} (${linePosition(query, span.start)})`,
    );
    for (const [name, { span, details: at }] of this.#forced) {
      infos.push(
        "PromQL info: input to histogram_quantile needed to be fixed for monotonicity (see " +
          "https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile)" +
          `${ofMetric(name)}, from buckets ${formatGoFloat(at.fromBucket)} to ${
            formatGoFloat(at.toBucket)
          }, ` +
          `with a max diff of ${formatFloat(at.maxDiff, "g", 2)}, ` +
          `over ${at.samples} samples from ${rfc3339(at.minMs)} to ${rfc3339(at.maxMs)} ` +
          `(${linePosition(query, span.start)})`,
      );
    }
    return limited(infos, "info");
  }

  #warn(text: string, span: Span): void {
    if (!this.#warnings.has(text)) this.#warnings.set(text, span);
  }

  #info(text: string, span: Span): void {
    if (!this.#infos.has(text)) this.#infos.set(text, span);
  }
}

/** Source: prometheus/prometheus util/annotations/annotations.go (maybeAddMetricName). */
function ofMetric(name: string): string {
  return name === "" ? "" : ` for metric name ${quote(name)}`;
}

const MAX_ANNOTATIONS = 10;

function limited(texts: string[], kind: string): string[] {
  const omitted = texts.length - MAX_ANNOTATIONS;
  if (omitted <= 0) return texts;
  return [...texts.slice(0, MAX_ANNOTATIONS), `${omitted} more ${kind} annotations omitted`];
}
