/**
 * What can be seen of an autoscaler on any lab, through a lesson's view of it: its past over lab time, and the
 * hops that its metric travels, each with what it shows now. It changes nothing and draws nothing.
 *
 * @module
 */
export * from "./autoscaler.ts";
export * from "./past.ts";
export * from "./pipeline.ts";
