/**
 * Where the cluster's objects, series and programs outlive the process: one key-value file with one
 * transaction at a time. The file is worked on by the main thread alone; whoever runs a cluster elsewhere
 * hands it a {@linkcode memoryState} or a state of its own.
 *
 * @module
 */
export * from "./errors.ts";
export * from "./memory_state.ts";
export * from "./private_file.ts";
export * from "./scoped_state.ts";
export * from "./sqlite_state.ts";
