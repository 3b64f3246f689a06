/** A helm run that ends here: the message follows `Error: ` on standard error. */
export class HelmError extends Error {
  override name = "HelmError";
  constructor(message: string, readonly exitCode = 1) {
    super(message);
  }
}

/** The message of anything thrown, as Go's `err.Error()` would give it. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
