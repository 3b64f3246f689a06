import type { KubeObject } from "../../../kube/mod.ts";

/** The phase of a volume or a claim, or that it goes. */
export function phase({ metadata, status }: KubeObject): string {
  return metadata.deletionTimestamp ? "Terminating" : status?.phase ?? "";
}
