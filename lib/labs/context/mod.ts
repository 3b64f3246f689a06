/**
 * Any cluster that a kubeconfig leads to as a lab: its API through client-node's credentials, TLS and WebSockets, the
 * lab's addresses by forwards to its Services, the wall's time. What is changed there is marked, and what is not the
 * lab's own is not changed. Loaded when such a lab is asked for.
 *
 * @module
 */
export { connect, type Connection } from "./connection.ts";
export type { Left } from "./leave.ts";
export { clusterUid, type Survey, survey } from "./survey.ts";
export {
  CLUSTER,
  type ContextLab,
  type Durable,
  type Entered,
  openContextLab,
  openOn,
  PORTS,
  RealLab,
  type RealLabOptions,
} from "./context_lab.ts";
export { programEnvironment } from "./own_programs.ts";
