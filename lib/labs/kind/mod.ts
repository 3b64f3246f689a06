/**
 * A kind cluster as a lab, made and deleted with the learner's own `kind`, and whether this machine can have one. Loaded
 * when it is asked for.
 *
 * @module
 */
export {
  type Finding,
  type FindingCode,
  findings,
  type Level,
  standsInTheWay,
  type Subject,
} from "./findings.ts";
export { lookAtMachine, type Machine } from "./machine.ts";
export { findKindCluster, KIND_CONTEXT, type KindLab, openKindLab } from "./kind_lab.ts";
export { lookAtPrograms } from "./machine.ts";
