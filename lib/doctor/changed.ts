import type { KubeObject } from "../kube/mod.ts";

/** What one writer wrote of an object, and when. */
export interface ManagedEntry {
  manager: string;
  time: string;
  subresource?: string;
  fieldsV1?: {
    "f:spec"?: Record<string, unknown>;
    "f:metadata"?: { "f:annotations"?: Record<string, unknown> };
  };
}

/** The writers of an object; of one that tells none there are none. */
export function managedEntries({ metadata }: KubeObject): ManagedEntry[] {
  return (metadata.managedFields ?? []) as ManagedEntry[];
}

/** When an object was written, by each of its writers; what only its status was told does not count. */
export function writtenTimes(object: KubeObject): string[] {
  return managedEntries(object)
    .filter(({ time, subresource }) => time && subresource !== "status")
    .map(({ time }) => time);
}

/** When an object was last changed, in Unix milliseconds to the second. */
export function changedAt(object: KubeObject): number {
  const times = writtenTimes(object).map((time) => Date.parse(time));
  return Math.max(...times, Date.parse(object.metadata.creationTimestamp ?? "") || 0);
}
