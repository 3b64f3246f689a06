import type { KubeObject } from "../../kube/mod.ts";
import { goJson } from "../../base/mod.ts";

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
