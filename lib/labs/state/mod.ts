/**
 * The states of a home: the one that is worked on, copies of it that were taken on the way, and those that
 * were put aside. Loaded when one of them is asked for.
 *
 * @module
 */
export * from "./kept_states.ts";
export * from "./packs.ts";
export * from "./snapshots.ts";
export * from "./starts.ts";
