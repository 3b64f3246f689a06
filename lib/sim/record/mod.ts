/**
 * What the cluster remembers for whoever looks back: each sum that its HPA controller came to, and when pods and
 * nodes were there. Bounded, kept with the cluster, and seen by nothing inside it.
 *
 * @module
 */
export * from "./recorder.ts";
export * from "./recorded.ts";
