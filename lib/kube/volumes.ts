import type { KubeObject } from "./types.ts";

const BETA_CLASS = "volume.beta.kubernetes.io/storage-class";

/**
 * The class that a claim or a volume names; "" for none.
 * Source: kubernetes/component-helpers storage/volume/helpers.go (GetPersistentVolumeClaimClass).
 */
export function storageClassName({ metadata, spec }: KubeObject): string {
  return metadata.annotations?.[BETA_CLASS] ?? spec?.storageClassName ?? "";
}

/** Whether a claim says its class, if only that it has none. Source: as above (PersistentVolumeClaimHasClass). */
export function hasStorageClass({ metadata, spec }: KubeObject): boolean {
  return metadata.annotations?.[BETA_CLASS] !== undefined || spec?.storageClassName !== undefined;
}

/** What a volume says of the claim that it is for. Source: kubernetes/client-go tools/reference/ref.go. */
export function claimReference({ metadata }: KubeObject) {
  const { namespace, name, uid, resourceVersion } = metadata;
  const kind = "PersistentVolumeClaim";
  return { apiVersion: "v1", kind, name, namespace, resourceVersion, uid };
}

const SHORT_MODES: readonly [mode: string, short: string][] = [
  ["ReadWriteOnce", "RWO"],
  ["ReadOnlyMany", "ROX"],
  ["ReadWriteMany", "RWX"],
  ["ReadWriteOncePod", "RWOP"],
];

/** Access modes as tables show them: `RWO,ROX`. Source: kubernetes/kubectl pkg/util/storage/storage.go. */
export function accessModesText(modes: readonly string[] = []): string {
  return SHORT_MODES.filter(([mode]) => modes.includes(mode)).map(([, short]) => short).join(",");
}
