import { ApiError } from "../../../kube/mod.ts";
import { ScaledObjectError } from "./scalable.ts";
import { ScalerError } from "./scaler.ts";

/** A step of the reconciliation that failed, and what went wrong in it. */
export class StepError extends Error {
  constructor(readonly step: string, message: string) {
    super(message);
  }
}

/** What the object itself can be the reason of. */
export function isProblem(error: unknown): error is Error {
  return error instanceof ApiError || error instanceof ScalerError ||
    error instanceof ScaledObjectError;
}

/** Runs a step; its failure is named after it. */
export function step<T>(name: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (isProblem(error)) throw new StepError(name, error.message);
    throw error;
  }
}

/** Runs a part of a step; its failure is told after `what`. Errors: ScaledObjectError. */
export function worded<T>(what: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof ApiError || error instanceof ScaledObjectError)) throw error;
    throw new ScaledObjectError(`${what}: ${error.message}`);
  }
}
