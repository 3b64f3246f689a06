/**
 * What can be seen of an autoscaler on any lab, through a lesson's view of it: its past over lab time, and the
 * hops that its metric travels, each with what it shows now; and both in sentences. It changes nothing and draws
 * nothing: the terminal and the lab's page draw from what it gives.
 *
 * @module
 */
export * from "./autoscaler.ts";
export * from "./past.ts";
export * from "./pipeline.ts";
export * from "./tell_hops.ts";
export * from "./tell_past.ts";
export * from "./there.ts";
export * from "./timeline.ts";
export * from "./words.ts";
