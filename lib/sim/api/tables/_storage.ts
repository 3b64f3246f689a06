import {
  accessModesText,
  type KubeObject,
  type models,
  type ObjectOf,
  quantityText,
  storageClassName,
} from "../../../kube/mod.ts";
import { age, columns, type Printer } from "./_cells.ts";

/** Source: kubernetes/kubernetes pkg/printers/internalversion/printers.go. */
export const storagePrinters: Record<string, Printer> = {
  persistentvolumes: {
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
  persistentvolumeclaims: {
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
  "storageclasses.storage.k8s.io": {
    columns: columns(
      "Name:name, Provisioner, ReclaimPolicy, VolumeBindingMode, AllowVolumeExpansion, Age",
    ),
    cells: (object: ObjectOf<"storageclasses.storage.k8s.io">, nowMs) => {
      const { annotations = {}, name } = object.metadata;
      const isDefault = annotations["storageclass.kubernetes.io/is-default-class"] === "true" ||
        annotations["storageclass.beta.kubernetes.io/is-default-class"] === "true";
      return [
        `${name}${isDefault ? " (default)" : ""}`,
        object.provisioner,
        object.reclaimPolicy ?? "Delete",
        object.volumeBindingMode ?? "Immediate",
        object.allowVolumeExpansion ?? false,
        age(object, nowMs),
      ];
    },
  },
  "csidrivers.storage.k8s.io": {
    columns: columns(
      "Name:name, AttachRequired:boolean, PodInfoOnMount:boolean, StorageCapacity:boolean, TokenRequests, RequiresRepublish:boolean, Modes, Age",
    ),
    cells: (object, nowMs) => {
      const spec: models.CSIDriverSpec = object.spec ?? {};
      return [
        object.metadata.name,
        spec.attachRequired ?? true,
        spec.podInfoOnMount ?? false,
        spec.storageCapacity ?? false,
        spec.tokenRequests
          ? spec.tokenRequests.map(({ audience }) => audience).join(",")
          : "<unset>",
        spec.requiresRepublish ?? false,
        (spec.volumeLifecycleModes ?? []).join(",") || "<none>",
        age(object, nowMs),
      ];
    },
  },
  "csinodes.storage.k8s.io": {
    columns: columns("Name:name, Drivers:integer, Age"),
    cells: (object, nowMs) => [
      object.metadata.name,
      (object.spec?.drivers ?? []).length,
      age(object, nowMs),
    ],
  },
  "csistoragecapacities.storage.k8s.io": {
    columns: columns("Name:name, StorageClassName, Capacity"),
    cells: (object: KubeObject & { storageClassName?: string; capacity?: string }) => [
      object.metadata.name,
      object.storageClassName ?? "",
      object.capacity === undefined ? "<unset>" : quantityText(object.capacity),
    ],
  },
  "volumeattachments.storage.k8s.io": {
    columns: columns("Name:name, Attacher:name, PV, Node, Attached:boolean, Age"),
    cells: (object, nowMs) => [
      object.metadata.name,
      object.spec.attacher,
      object.spec.source?.persistentVolumeName ?? "",
      object.spec.nodeName,
      object.status?.attached ?? false,
      age(object, nowMs),
    ],
  },
  "volumeattributesclasses.storage.k8s.io": {
    columns: columns("Name:name, DriverName, Age"),
    cells: (object: KubeObject & { driverName?: string }, nowMs) => [
      object.metadata.name,
      object.driverName,
      age(object, nowMs),
    ],
  },
};

function phase({ metadata, status }: KubeObject): string {
  return metadata.deletionTimestamp ? "Terminating" : status?.phase ?? "";
}
