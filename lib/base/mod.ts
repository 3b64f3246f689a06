/**
 * What every other room may lean on: the virtual clock and its scopes, seeded chance, invariants; a text in each
 * language, what an error says and which names are near; threads, the messages between them, and bounds on their
 * steps. It imports nothing and knows neither Go nor Kubernetes.
 *
 * @module
 */
export { type Activity, ActivityBoard } from "./activity.ts";
export * from "./bounded.ts";
export * from "./clock.ts";
export { type Cancel, type Clock, type ClockScope, type Fault } from "./clock_scope.ts";
export * from "./edit_distance.ts";
export * from "./invariant.ts";
export * from "./key_values.ts";
export * from "./localized.ts";
export { messageOf } from "./message_of.ts";
export * from "./nearest.ts";
export * from "./own_command.ts";
export { withParticles } from "./particles.ts";
export { pause } from "./pause.ts";
export * from "./peer.ts";
export * from "./random.ts";
export * from "./shell_word.ts";
export * from "./thread.ts";
export * from "./typed_path.ts";
export * from "./visible.ts";
