import type { ClockScope } from "../../base/mod.ts";
import { ApiError } from "../../kube/mod.ts";

/**
 * Answers one request: what goes wrong in the server itself is reported, and is a 500 for this request alone.
 * Errors: ApiError.
 * Source: kubernetes/apiserver pkg/server/filters/wrap.go (WithPanicRecovery).
 * Differs: the words come in a Status instead of as plain text.
 */
export function answered<T>(scope: ClockScope, work: () => T, about: string): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof ApiError) throw error;
    scope.report(error, about);
    throw panicked();
  }
}

/** What the client of a request is told that the server broke over. */
export function panicked(): ApiError {
  return ApiError.internal(
    "This request caused apiserver to panic. Look in the logs for details.",
  );
}
