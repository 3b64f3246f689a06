import { type KubeObject, quantityText } from "../../../kube/mod.ts";
import { columns } from "../tables/mod.ts";
import { kind } from "./_kind.ts";

/** Source: kubernetes/kubernetes pkg/registry/storage/csistoragecapacity/strategy.go. */
export const csistoragecapacities = kind("csistoragecapacities.storage.k8s.io", {
  countsChanges: false,
  printer: {
    columns: columns("Name:name, StorageClassName, Capacity"),
    cells: (object: KubeObject & { storageClassName?: string; capacity?: string }) => [
      object.metadata.name,
      object.storageClassName ?? "",
      object.capacity === undefined ? "<unset>" : quantityText(object.capacity),
    ],
  },
});
