/**
 * What an autoscaler would have done with metrics that were recorded: they go through the controller's own arithmetic,
 * sync by sync, on a workload whose pods come and go as it decides.
 *
 * @module
 */
export * from "./export_what_if.ts";
export * from "./figures.ts";
export * from "./load_model.ts";
export * from "./page.ts";
export * from "./replay.ts";
export * from "./scaler_file.ts";
export * from "./tell_what_if.ts";
export * from "./what_if.ts";
