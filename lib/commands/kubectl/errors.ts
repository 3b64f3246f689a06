import { ConnectionError, NameError as PathNameError } from "../../kube/mod.ts";
import { quote } from "../../go/mod.ts";

/**
 * A kubectl run that ends here: `message` goes to standard error as it is (a newline is added), and
 * `exitCode` is the command's. An empty message prints nothing.
 */
export class CliError extends Error {
  override name = "CliError";
  constructor(message: string, readonly exitCode = 1) {
    super(message);
  }
}

/** An error kubectl prints behind `error: `. */
export function failure(message: string): CliError {
  return new CliError(message.startsWith("error: ") ? message : `error: ${message}`);
}

/** What a request failed of that was no answer of the server's, as kubectl ends with it. */
export function inOwnWords(error: unknown): unknown {
  if (error instanceof ConnectionError) return new CliError(error.message);
  if (error instanceof PathNameError) return new NameError(error.message);
  const isAbort = error instanceof DOMException && error.name === "AbortError";
  return isAbort ? new CliError("", 130) : error;
}

/** A name that no request can be made of, printed like any {@linkcode failure}. */
export class NameError extends CliError {
  override name = "NameError";
  constructor(readonly why: string) {
    super(`error: ${why}`);
  }
}

/** A wrong use of a command, with where to read about it. Source: kubectl pkg/cmd/util/helpers.go. */
export function usageError(command: string, message: string): CliError {
  return new CliError(`error: ${message}\nSee 'kubectl ${command} -h' for help and examples`);
}

/** Several errors of one run, printed one below the other. */
export class ManyErrors extends Error {
  override name = "ManyErrors";
  constructor(readonly errors: unknown[]) {
    super(`${errors.length} errors`);
  }
}

/** Throws what `errors` amount to: nothing, the only one, or all together. */
export function throwAll(errors: unknown[]): void {
  if (errors.length === 0) return;
  if (errors.length === 1) throw errors[0];
  throw new ManyErrors(errors);
}

/** No resource goes by that name. */
export function noResourceType(resource: string): CliError {
  return failure(`the server doesn't have a resource type ${quote(resource)}`);
}
