/** The state file could not be written or is in use; the message says what to do. */
export class StateError extends Error {
  override name = "StateError";
}
