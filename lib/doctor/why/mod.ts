/**
 * Why an autoscaler does what it does: every hop of its metrics, what was seen there, and of the first that is broken
 * the cause, its evidence and its remedy.
 *
 * @module
 */
export * from "./ask.ts";
export * from "./not_there.ts";
export * from "./tell.ts";
export type { Diagnosis, Subject, Verdict } from "./why.ts";
