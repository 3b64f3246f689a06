import type { KubeObject } from "../../kube/mod.ts";
import { goJson, parseJson } from "../../go/mod.ts";

/** Where `apply` keeps what was applied. */
export const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

/** The object with its own text in the annotation by which the next apply finds what to delete. */
export function withLastApplied(object: KubeObject): KubeObject {
  const annotations = { ...object.metadata.annotations };
  delete annotations[LAST_APPLIED];
  const plain = { ...object, metadata: { ...object.metadata, annotations } };
  return {
    ...plain,
    metadata: {
      ...plain.metadata,
      annotations: { ...annotations, [LAST_APPLIED]: goJson(plain) + "\n" },
    },
  };
}

/** What was applied last is no object any more; the message tells between what a patch was to be made. */
export class LastAppliedError extends SyntaxError {
  override name = "LastAppliedError";
  readonly why = "invalid JSON document";
}

/**
 * What was applied last, as the annotation of a live object keeps it; undefined when there is nothing.
 * Errors: LastAppliedError. Source: kubernetes/kubectl pkg/cmd/apply/patcher.go (buildStrategicMergePatch).
 */
export function lastApplied(current: KubeObject, modified: KubeObject): KubeObject | undefined {
  const text = current.metadata.annotations?.[LAST_APPLIED] ?? "";
  if (text === "") return undefined;
  try {
    const value: unknown = parseJson(text) ?? {};
    if (typeof value === "object" && !Array.isArray(value)) return value as KubeObject;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new LastAppliedError(
    `creating patch with:\noriginal:\n${text}\nmodified:\n${goJson(modified)}\n\ncurrent:\n${
      goJson(current)
    }\n\nfor:`,
  );
}
