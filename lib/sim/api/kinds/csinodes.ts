import { age, columns } from "../tables/mod.ts";
import { kind } from "./_kind.ts";

/** Source: kubernetes/kubernetes pkg/registry/storage/csinode/strategy.go. */
export const csinodes = kind("csinodes.storage.k8s.io", {
  countsChanges: false,
  returnsDeleted: true,
  printer: {
    columns: columns("Name:name, Drivers:integer, Age"),
    cells: (object, nowMs) => [
      object.metadata.name,
      (object.spec?.drivers ?? []).length,
      age(object, nowMs),
    ],
  },
});
