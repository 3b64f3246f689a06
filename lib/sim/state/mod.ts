/**
 * Where the cluster's objects, series and programs outlive the process: one key-value file with one
 * transaction at a time.
 *
 * @module
 */
export * from "./errors.ts";
export * from "./memory_state.ts";
export * from "./scoped_state.ts";
export * from "./sqlite_state.ts";
