import type { ValueType } from "./ast.ts";

/** The parameters of a function. */
export interface Signature {
  args: readonly ValueType[];
  /** How many arguments may follow the listed ones, counting from the last (-1: any number). */
  variadic: number;
  returns: ValueType;
  /** Refused unless the caller asks for experimental functions, as a stock Prometheus does. */
  experimental: boolean;
}

function signatures(
  names: string,
  args: ValueType[],
  options: { variadic?: number; returns?: ValueType; experimental?: boolean } = {},
): [string, Signature][] {
  const { variadic = 0, returns = "vector", experimental = false } = options;
  return names.split(" ").map((name) => [name, { args, variadic, returns, experimental }]);
}

const V: ValueType = "vector";
const M: ValueType = "matrix";
const S: ValueType = "scalar";
const T: ValueType = "string";

/**
 * Every function, with the types it takes and gives.
 * Source: prometheus/prometheus promql/parser/functions.go.
 */
export const SIGNATURES: ReadonlyMap<string, Signature> = new Map([
  ...signatures(
    "abs absent acos acosh asin asinh atan atanh ceil cos cosh deg exp floor histogram_avg " +
      "histogram_count histogram_sum histogram_stddev histogram_stdvar ln log10 log2 rad sgn sin " +
      "sinh sort sort_desc sqrt tan tanh timestamp",
    [V],
  ),
  ...signatures(
    "absent_over_time avg_over_time changes count_over_time delta deriv first_over_time idelta " +
      "increase irate last_over_time max_over_time min_over_time present_over_time rate resets " +
      "stddev_over_time stdvar_over_time sum_over_time",
    [M],
  ),
  ...signatures(
    "mad_over_time ts_of_first_over_time ts_of_last_over_time ts_of_max_over_time " +
      "ts_of_min_over_time",
    [M],
    { experimental: true },
  ),
  ...signatures(
    "days_in_month day_of_month day_of_week day_of_year hour minute month year",
    [V],
    { variadic: 1 },
  ),
  ...signatures("clamp", [V, S, S]),
  ...signatures("clamp_max clamp_min", [V, S]),
  ...signatures("double_exponential_smoothing", [M, S, S], { experimental: true }),
  ...signatures("histogram_fraction", [S, S, V]),
  ...signatures("histogram_quantile", [S, V]),
  ...signatures("histogram_quantiles", [V, T, S, S], { variadic: 9, experimental: true }),
  ...signatures("start_timestamp", [V], { experimental: true }),
  ...signatures("info", [V, V], { variadic: 1, experimental: true }),
  ...signatures("label_replace", [V, T, T, T, T]),
  ...signatures("label_join", [V, T, T, T], { variadic: -1 }),
  ...signatures("predict_linear", [M, S]),
  ...signatures("quantile_over_time", [S, M]),
  ...signatures("round", [V, S], { variadic: 1 }),
  ...signatures("scalar", [V], { returns: S }),
  ...signatures("vector", [S]),
  ...signatures("time pi", [], { returns: S }),
  ...signatures("max_of min_of", [S, S], { returns: S, experimental: true }),
  ...signatures("start end step range", [], { returns: S, experimental: true }),
  ...signatures("sort_by_label sort_by_label_desc", [V, T], { variadic: -1, experimental: true }),
]);
