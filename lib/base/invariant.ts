/** A broken promise inside this program; broad catches rethrow it first. */
export class InvariantError extends Error {
  override name = "InvariantError";
}
