/** Something on the command line cannot be done as it was asked. */
export class UsageError extends Error {
  override name = "UsageError";
}

/** A cluster was never agreed to, or is no longer. */
export class NotAgreedError extends UsageError {}

/** A real cluster is not to be had, or not to be worked on; what to do stands beside why. */
export class ClusterError extends Error {
  override name = "ClusterError";
}
