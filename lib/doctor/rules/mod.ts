/**
 * What prometheus-adapter makes of rules: tried before they are deployed, on a cluster's Prometheus, on any other or on
 * a recording of one; where a metric comes from, and the same scaling with KEDA.
 *
 * @module
 */
export * from "./cluster_ground.ts";
export * from "./hpa_file.ts";
export { isCount, isQuantity, strangeBehavior } from "./_hpa_shape.ts";
export * from "./rules_file.ts";
export * from "./tell_rules.ts";
export * from "./to_keda.ts";
export {
  type Answer,
  type Dropped,
  type Exposed,
  type NamedSeries,
  readyRules,
  type RuleReport,
  type RulesTrial,
  Served,
  type TrialGround,
  tryRules,
} from "./try_rules.ts";
export type { HpaAnswer } from "./_hpa_answers.ts";
export * from "./why_metric.ts";
