import { InvariantError } from "../../base/mod.ts";
import { quote } from "../../go/mod.ts";
import { ApiError } from "../../kube/mod.ts";
import { CliError, ManyErrors, NameError } from "./errors.ts";

/** How a run ended: its last words and its exit code. */
export interface Ending {
  message: string;
  exitCode: number;
}

/**
 * The words and the exit code an error ends kubectl with; what is no failure of the learner's is thrown on.
 * Source: kubernetes/kubectl pkg/cmd/util/helpers.go (checkErr, StandardErrorMessage).
 */
export function endingOf(error: unknown): Ending {
  if (error instanceof InvariantError) throw error;
  if (error instanceof CliError) return { message: error.message, exitCode: error.exitCode };
  if (error instanceof ManyErrors) return endingOfMany(error.errors);
  if (error instanceof ApiError) {
    return { message: error.reason === "Invalid" ? invalid(error) : refused(error), exitCode: 1 };
  }
  throw error;
}

function endingOfMany(errors: unknown[]): Ending {
  const endings = errors.map(endingOf);
  const interrupted = endings.find((each) => each.exitCode === 130);
  if (interrupted) return interrupted;
  // Of several, those that are no answers of the server's stand without a prefix.
  return {
    message: endings.map((each) => each.message.replace(/^error: |\n$/g, "")).join("\n"),
    exitCode: 1,
  };
}

function refused(error: ApiError): string {
  if (error.reason === "Unauthorized") {
    return `error: You must be logged in to the server (${error.message})`;
  }
  const reason = error.reason === "" ? "" : ` (${error.reason})`;
  return `Error from server${reason}: ${error.message}`;
}

function invalid({ message, details }: ApiError): string {
  if (!details) return message ? `The request is invalid: ${message}` : "The request is invalid";
  const { kind = "", name = "", causes = [] } = details;
  let text = "The request is invalid";
  if (kind !== "" || name !== "") text = `The ${kind} ${quote(name)} is invalid`;
  else if (message && causes.length === 0) text += `: ${message}`;
  const lines = [...new Set(causes.map((cause) => `${cause.field ?? ""}: ${cause.message ?? ""}`))];
  if (lines.length === 0) return text;
  if (lines.length === 1) return `${text}: ${lines[0]}`;
  return `${text}: \n${lines.map((line) => `* ${line}`).join("\n")}`;
}

/** Whether an error is about one object, so that others can still be tried. */
export function isOfOneObject(error: unknown): boolean {
  return error instanceof ApiError || error instanceof NameError;
}

/** An error about an object, with what was being done to which file. */
export function withSource(error: unknown, verb: string, source: string | undefined): unknown {
  if (!source) return error;
  if (error instanceof NameError) {
    return new NameError(`error when ${verb} ${quote(source)}: ${error.why}`);
  }
  if (!(error instanceof ApiError)) return error;
  return new ApiError(
    error.code,
    error.reason,
    `error when ${verb} ${quote(source)}: ${error.message}`,
    error.details,
  );
}
