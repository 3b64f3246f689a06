import { accessModesText, quantityText, storageClassName } from "../../../kube/mod.ts";
import { age, columns } from "../tables/mod.ts";
import { checkVolume } from "../validation/mod.ts";
import { fallback } from "./_defaulting.ts";
import { kind } from "./_kind.ts";
import { phase } from "./_volume_phase.ts";

/** Source: kubernetes/kubernetes pkg/registry/core/persistentvolume/strategy.go. */
export const persistentvolumes = kind("persistentvolumes", {
  countsChanges: false,
  returnsDeleted: true,
  defaults: ({ spec }) => {
    fallback(spec, { persistentVolumeReclaimPolicy: "Retain", volumeMode: "Filesystem" });
    if (spec.hostPath) fallback(spec.hostPath, { type: "" });
  },
  validate: checkVolume,
  firstStatus: ({ metadata }) => ({
    phase: "Pending",
    lastPhaseTransitionTime: metadata.creationTimestamp,
  }),
  printer: {
    columns: columns(
      "Name:name, Capacity, Access Modes, Reclaim Policy, Status, Claim, StorageClass, VolumeAttributesClass, Reason, Age, VolumeMode:wide",
    ),
    cells: (object, nowMs) => {
      const { metadata, spec, status = {} } = object;
      return [
        metadata.name,
        quantityText(spec.capacity?.storage),
        accessModesText(spec.accessModes),
        spec.persistentVolumeReclaimPolicy ?? "",
        phase(object),
        spec.claimRef ? `${spec.claimRef.namespace}/${spec.claimRef.name}` : "",
        storageClassName(object),
        spec.volumeAttributesClassName ?? "<unset>",
        status.reason ?? "",
        age(object, nowMs),
        spec.volumeMode ?? "<unset>",
      ];
    },
  },
});
