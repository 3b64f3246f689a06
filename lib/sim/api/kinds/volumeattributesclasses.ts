import type { KubeObject } from "../../../kube/mod.ts";
import { age, columns } from "../tables/mod.ts";
import { kind } from "./_kind.ts";

/** Source: kubernetes/kubernetes pkg/registry/storage/volumeattributesclass/strategy.go. */
export const volumeattributesclasses = kind("volumeattributesclasses.storage.k8s.io", {
  countsChanges: false,
  returnsDeleted: true,
  printer: {
    columns: columns("Name:name, DriverName, Age"),
    cells: (object: KubeObject & { driverName?: string }, nowMs) => [
      object.metadata.name,
      object.driverName,
      age(object, nowMs),
    ],
  },
});
