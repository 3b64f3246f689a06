/**
 * Where lessons run, behind one {@linkcode Lab}. The `sandbox` is the embedded cluster with its state
 * in a folder, its clock tied to the wall while someone works, and its node ports on 127.0.0.1.
 *
 * @module
 */
export * from "./lab.ts";
export * from "./home.ts";
export * from "./ports.ts";
export * from "./pump.ts";
export * from "./sandbox.ts";
