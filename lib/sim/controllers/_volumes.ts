import {
  type KubeObject,
  type models,
  type ObjectOf,
  quantityOr0,
  selects,
  storageClassName,
} from "../../kube/mod.ts";
import type { SimApi } from "../seams.ts";

export function classOf(
  api: SimApi,
  name: string,
): ObjectOf<"storageclasses.storage.k8s.io"> | undefined {
  return name === "" ? undefined : api.get("storageclasses.storage.k8s.io", "", name);
}

/** Whether a claim is bound only when a pod that uses it is put on a node. */
export function isDelayed(api: SimApi, claim: KubeObject): boolean {
  return classOf(api, storageClassName(claim))?.volumeBindingMode === "WaitForFirstConsumer";
}

/**
 * The smallest free volume that satisfies a claim, one reserved for it first.
 * Source: kubernetes/component-helpers storage/volume/pv_helpers.go (FindMatchingVolume).
 */
export function bestVolume(
  api: SimApi,
  claim: KubeObject,
  allows: (volume: KubeObject) => boolean,
): KubeObject | undefined {
  const free = api.list("persistentvolumes").filter((volume) =>
    !volume.metadata.deletionTimestamp && mismatch(volume, claim) === undefined && allows(volume)
  );
  const reserved = free.find(({ spec }) => spec.claimRef && isFor(spec.claimRef, claim));
  if (reserved) return reserved;
  return free
    .filter(({ spec, status }) => !spec.claimRef && status?.phase === "Available")
    .sort((a, b) => sizeOf(a.spec.capacity) < sizeOf(b.spec.capacity) ? -1 : 1)[0];
}

/** Whether a volume's reference means the claim, and not an earlier one of its name. */
export function isFor(
  reference: models.ObjectReference,
  { metadata }: KubeObject,
): boolean {
  return reference.name === metadata.name && reference.namespace === metadata.namespace &&
    (!reference.uid || reference.uid === metadata.uid);
}

/** Why a volume does not satisfy a claim. Source: pv_controller.go (checkVolumeSatisfyClaim). */
export function mismatch(volume: KubeObject, claim: KubeObject): string | undefined {
  const { spec } = volume;
  if (sizeOf(spec.capacity) < sizeOf(claim.spec.resources?.requests)) {
    return "requested PV is too small";
  }
  if (storageClassName(volume) !== storageClassName(claim)) {
    return "storageClassName does not match";
  }
  if ((spec.volumeMode ?? "Filesystem") !== (claim.spec.volumeMode ?? "Filesystem")) {
    return "incompatible volumeMode";
  }
  const modes: string[] = spec.accessModes ?? [];
  if (!(claim.spec.accessModes ?? []).every((mode: string) => modes.includes(mode))) {
    return "incompatible accessMode";
  }
  const { selector } = claim.spec;
  return selector && !selects(selector, volume.metadata.labels) ? "labels do not match" : undefined;
}

function sizeOf(list: Record<string, models.Quantity> | undefined): bigint {
  return quantityOr0(list?.storage).nano;
}
