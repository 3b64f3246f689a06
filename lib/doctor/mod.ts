/**
 * Why an autoscaler does what it does, on any cluster: what prometheus-adapter's rules make of the series that are
 * there, and what an autoscaler would have done with metrics of the past. It reads; it changes nothing.
 *
 * @module
 */
export * from "./metric_source.ts";
export * from "./prometheus_source.ts";
export * from "./recorded_source.ts";
export * from "./report.ts";
export * from "./said.ts";
export * from "./standard_mapper.ts";
export * from "./rules/mod.ts";
export * from "./what_if/mod.ts";
