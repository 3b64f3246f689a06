/**
 * Where lessons run, behind one {@linkcode Lab}. The `sandbox` is the embedded cluster with its state
 * in a folder, its clock tied to the wall while someone works, and its node ports on 127.0.0.1.
 *
 * @module
 */
export { type Asked, watched } from "./asked.ts";
export { Board } from "./board.ts";
export type { Connection, ContextLab, Survey } from "./context/mod.ts";
export type { Finding, FindingCode, KindLab, Level, Subject } from "./kind/mod.ts";
export { SILENCE_MS } from "./cluster_thread.ts";
export * from "./lab.ts";
export { type NamedObject, objectsAt } from "./doing.ts";
export * from "./home.ts";
export { FILES_DUE } from "./lines.ts";
export { carryToPod } from "./port_stream.ts";
export type { LabNotice } from "./notice.ts";
export * from "./ports.ts";
export type { ProgramIo, ProgramRun } from "./programs.ts";
export * from "./pump.ts";
export {
  LAB_ERRORS,
  loadCharts,
  loadContextLabs,
  loadKindLabs,
  lossOf,
  MADE,
  NAMESPACE,
  RemoteLab,
  SPEED,
  TIME,
  USUAL_SPEED,
} from "./remote_lab.ts";
export * from "./sandbox.ts";
export { writePrivately } from "../sim/state/mod.ts";
export { type ServedLab, serveLab } from "./serve_lab.ts";
export * from "./visits.ts";
