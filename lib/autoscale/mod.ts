/**
 * The arithmetic of the horizontal pod autoscaler and of KEDA: what is read, what it is divided by,
 * how it is rounded, held back and limited. Pure: readings, pods, history and the time come in, a
 * decision comes out, and every decision carries its derivation, so that a lesson can show it as a
 * sum that a person can follow.
 *
 * @module
 */
export * from "./decide.ts";
export * from "./defaults.ts";
export * from "./explain.ts";
export * from "./group_pods.ts";
export * from "./hpa_types.ts";
export * from "./items.ts";
export * from "./keda.ts";
export * from "./keda_jobs.ts";
export * from "./metric_questions.ts";
export * from "./metric_selectors.ts";
export * from "./pod_views.ts";
export * from "./reconcile.ts";
export * from "./replica_calculator.ts";
export * from "./scaling_modifiers.ts";
export { SCALER_TYPES } from "./scaler_types.ts";
export * from "./scaling_rules.ts";
export * from "./selector_check.ts";
export * from "./shown_metric.ts";
export * from "./stabilization.ts";
export * from "./texts.ts";
