import type { Metric } from "./labels.ts";

/** One element of an instant vector. */
export interface Sample {
  metric: Metric;
  value: number;
}

export type Vector = Sample[];

/** A query that failed while it ran; the message is upstream's. */
export class EvaluationError extends Error {
  override name = "EvaluationError";
}

/** What no vector may have, in upstream's words. */
export const SAME_LABELS = "vector cannot contain metrics with the same labelset";

/** Gives the vector back. Errors: EvaluationError when two elements have the same labels. */
export function unique(vector: Vector): Vector {
  if (vector.length < 2) return vector;
  const seen = new Set<Metric>();
  for (const { metric } of vector) seen.add(metric);
  if (seen.size === vector.length) return vector;
  throw new EvaluationError(SAME_LABELS);
}
