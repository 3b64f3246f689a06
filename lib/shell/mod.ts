/**
 * One line in, one result out. Lines are read as Bash reads them, on the learner's files and nothing
 * else; kubectl, helm, make and their like run in this process and stream when they stand alone.
 * Completion and history are here too.
 *
 * @module
 */
export * from "./complete.ts";
export * from "./history.ts";
export type { OpenPart } from "./syntax.ts";
export * from "./paste.ts";
export * from "./remote_shell.ts";
export * from "./shell.ts";
export * from "./syntax.ts";
export * from "./workspace.ts";
