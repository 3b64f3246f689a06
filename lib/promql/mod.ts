/**
 * PromQL as Prometheus v3 speaks it, and the store it asks: samples in memory, the text format
 * they arrive in. It knows no Kubernetes, no HTTP and no clock.
 *
 *     const store = new SeriesStore();
 *     const ref = store.series({ __name__: "http_requests_total", job: "web" });
 *     store.append(ref, 15_000, 1);
 *     store.append(ref, 30_000, 4);
 *     toApiData(evaluateInstant(store, "rate(http_requests_total[1m])", 30_000));
 *
 * @module
 */
export * from "./api_data.ts";
export * from "./ast.ts";
export * from "./evaluate.ts";
export * from "./exposition.ts";
export { formatSample } from "./format.ts";
export {
  compareStrings,
  formatLabels,
  labelOf,
  type Labels,
  labelsKey,
  METRIC_NAME,
  sanitizeLabelName,
  sortedLabels,
} from "./labels.ts";
export * from "./matchers.ts";
export * from "./scrape_cache.ts";
export { parse, type ParseOptions, parseSelector } from "./parse.ts";
export { prettyExpr, writtenExpr } from "./pretty.ts";
export { typeOf } from "./_check_types.ts";
export * from "./query_budget.ts";
export * from "./series_store.ts";
export { SIGNATURES } from "./signatures.ts";
export { type Point } from "./_series.ts";
export { SegmentError, type SegmentState } from "./_segments.ts";
export { EvaluationError } from "./_vector.ts";
