import { type KubeObject, sameJson } from "../../kube/mod.ts";
import { equalButForTimes, type ManagedFieldsEntry } from "./fields/managers.ts";

/** Whether nothing holds an object that is being deleted any more. */
export function isDone({ kind, metadata, spec }: KubeObject): boolean {
  return metadata.deletionTimestamp !== undefined && !metadata.finalizers?.length &&
    !(metadata.deletionGracePeriodSeconds) &&
    !(kind === "Namespace" && spec?.finalizers?.length);
}

/** Whether anything but metadata and status is another. */
export function specChanged(next: KubeObject, previous: KubeObject): boolean {
  const body = ({ metadata: _, status: __, ...rest }: KubeObject) => rest;
  return !sameJson(body(next), body(previous));
}

/** Whether a write changes nothing but when its manager wrote last, which alone is not stored. */
export function isUnchanged(next: KubeObject, previous: KubeObject): boolean {
  const managed = (object: KubeObject) => object.metadata.managedFields as ManagedFieldsEntry[];
  const before = previous.metadata.managedFields;
  return equalButForTimes(managed(next), managed(previous)) &&
    sameBut({ ...next, metadata: { ...next.metadata, managedFields: before } }, previous);
}

/** Whether two objects differ in nothing but their resourceVersion. */
export function sameBut(next: KubeObject, previous: KubeObject): boolean {
  const plain = ({ metadata, ...rest }: KubeObject) => {
    const { resourceVersion: _, ...kept } = metadata;
    return { ...rest, metadata: kept };
  };
  return sameJson(plain(next), plain(previous));
}
