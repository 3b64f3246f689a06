import { accessModesText, type models, quantityText, storageClassName } from "../../../kube/mod.ts";
import { age, columns } from "../tables/mod.ts";
import { checkClaim, checkClaimUpdate } from "../validation/mod.ts";
import { fallback } from "./_defaulting.ts";
import { kind } from "./_kind.ts";
import { phase } from "./_volume_phase.ts";

/** Source: kubernetes/kubernetes pkg/registry/core/persistentvolumeclaim/strategy.go. */
export const persistentvolumeclaims = kind("persistentvolumeclaims", {
  countsChanges: false,
  returnsDeleted: true,
  defaults: ({ spec }) => {
    fallback(spec, { volumeMode: "Filesystem" });
    claimSource(spec);
  },
  validate: (causes, claim, previous) => {
    checkClaim(causes, claim);
    if (previous && causes.list.length === 0) checkClaimUpdate(causes, claim, previous);
  },
  firstStatus: () => ({ phase: "Pending" }),
  printer: {
    columns: columns(
      "Name:name, Status, Volume, Capacity, Access Modes, StorageClass, VolumeAttributesClass, Age, VolumeMode:wide",
    ),
    cells: (object, nowMs) => {
      const { metadata, spec, status = {} } = object;
      const bound = Boolean(spec.volumeName);
      return [
        metadata.name,
        phase(object),
        spec.volumeName ?? "",
        bound ? quantityText(status.capacity?.storage) : "",
        bound ? accessModesText(status.accessModes) : "",
        storageClassName(object),
        spec.volumeAttributesClassName ?? "<unset>",
        age(object, nowMs),
        spec.volumeMode ?? "<unset>",
      ];
    },
  },
});

/**
 * What a claim is filled from is told in both of its fields, or in none where it is no such thing.
 * Source: kubernetes/kubernetes pkg/api/persistentvolumeclaim/util.go (NormalizeDataSources, DropDisabledFields).
 */
function claimSource(spec: models.PersistentVolumeClaimSpec): void {
  const { dataSource, dataSourceRef } = spec;
  if (dataSource && !dataSourceRef) {
    const { apiGroup = null, kind } = dataSource;
    const isClaim = kind === "PersistentVolumeClaim" && !apiGroup;
    const isSnapshot = kind === "VolumeSnapshot" && apiGroup === "snapshot.storage.k8s.io";
    if (isClaim || isSnapshot) spec.dataSourceRef = { ...dataSource };
    else delete spec.dataSource;
  } else if (dataSourceRef && !dataSource && !dataSourceRef.namespace) {
    const { namespace: _, ...source } = dataSourceRef;
    spec.dataSource = source;
  }
}
