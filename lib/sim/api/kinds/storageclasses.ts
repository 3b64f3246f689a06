import type { ObjectOf } from "../../../kube/mod.ts";
import { age, columns } from "../tables/mod.ts";
import { checkStorageClass } from "../validation/mod.ts";
import { fallback } from "./_defaulting.ts";
import { kind } from "./_kind.ts";

/** Source: kubernetes/kubernetes pkg/registry/storage/storageclass/strategy.go. */
export const storageclasses = kind("storageclasses.storage.k8s.io", {
  specless: true,
  countsChanges: false,
  returnsDeleted: true,
  defaults: (storageClass) =>
    fallback(storageClass, { reclaimPolicy: "Delete", volumeBindingMode: "Immediate" }),
  validate: checkStorageClass,
  printer: {
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
});
