/**
 * The embedded cluster: a Kubernetes API in front, simulated containers behind, on a virtual clock.
 *
 * @module
 */
export { type BootOptions, Cluster } from "./cluster.ts";
export type { FaultRecord } from "./faults.ts";
export type { FurtherControllers } from "./reconcile.ts";
export * from "./seams.ts";
export { memoryState, scopedState, StateError, type StateFault } from "./state/mod.ts";
