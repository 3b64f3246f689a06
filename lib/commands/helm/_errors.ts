/**
 * A helm run that ends here: the message follows `Error: ` on standard error. A hint, which helm itself
 * would not give, follows on a line of its own.
 */
export class HelmError extends Error {
  override name = "HelmError";
  constructor(message: string, readonly exitCode = 1, readonly hint?: string) {
    super(message);
  }
}
