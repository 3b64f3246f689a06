/** What anything thrown says, as Go's `err.Error()` would give it. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
