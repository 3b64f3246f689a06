/**
 * Why an autoscaler does what it does, on any cluster: every hop of its metrics and the sum of its decision, what
 * prometheus-adapter's rules make of the series that are there, and what an autoscaler would have done with metrics of
 * the past. It reads; it changes nothing.
 *
 * @module
 */
export * from "./metric_source.ts";
export * from "./prometheus_source.ts";
export * from "./recorded_source.ts";
export * from "./report.ts";
export * from "./said.ts";
export * from "./rules/mod.ts";
export {
  type Evidence,
  type Fault,
  type HopName,
  type HopNow,
  type HopState,
  type Remedy,
} from "./hop.ts";
export { NotSeen } from "./reads.ts";
export { type Decided, type Undecided } from "./decide.ts";
export * from "./why/mod.ts";
export * from "./what_if/mod.ts";
