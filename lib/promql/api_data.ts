import { formatFloat, parseGoFloat } from "../go/mod.ts";
import type { QueryResult, QueryValue } from "./evaluate.ts";
import { formatSample } from "./format.ts";
import { type Labels, sortedLabels } from "./labels.ts";
import type { Point } from "./_series.ts";

/** Seconds since the epoch, and a value as text. */
export type ApiPoint = [seconds: number, value: string];

/** The `data` of a successful `/api/v1/query` or `/api/v1/query_range`. */
export type ApiData =
  | { resultType: "vector"; result: { metric: Labels; value: ApiPoint }[] }
  | { resultType: "matrix"; result: { metric: Labels; values: ApiPoint[] }[] }
  | { resultType: "scalar" | "string"; result: ApiPoint };

/** A query's value as the HTTP API's JSON has it. Source: prometheus/prometheus web/api/v1, promql/value.go. */
export function toApiData(result: QueryResult | QueryValue): ApiData {
  const value = "type" in result ? result : result.value;
  const point = (tMs: number, sample: number): ApiPoint => [tMs / 1000, formatSample(sample)];
  switch (value.type) {
    case "scalar":
      // A scalar has a marshaler of its own, which knows no exponents.
      return {
        resultType: "scalar",
        result: [value.tMs / 1000, formatFloat(value.value, "f")],
      };
    case "string":
      return { resultType: "string", result: [value.tMs / 1000, value.value] };
    case "vector":
      return {
        resultType: "vector",
        result: value.samples.map((sample) => ({
          metric: sortedLabels(sample.metric),
          value: point(sample.tMs, sample.value),
        })),
      };
    case "matrix":
      return {
        resultType: "matrix",
        result: value.series.map(({ metric, points }) => ({
          metric: sortedLabels(metric),
          values: points.map((sample) => point(sample.tMs, sample.value)),
        })),
      };
  }
}

/** A point of an answer. Source: prometheus/common model/value_float.go (SamplePair.UnmarshalJSON). */
export function fromApiPoint([seconds, text]: ApiPoint): Point {
  return { tMs: Math.round(seconds * 1000), value: parseGoFloat(text) ?? NaN };
}
