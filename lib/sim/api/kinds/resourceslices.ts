import { age, columns } from "../tables/mod.ts";
import { kind } from "./_kind.ts";

/** Source: kubernetes/kubernetes pkg/registry/resource/resourceslice/strategy.go. */
export const resourceslices = kind("resourceslices.resource.k8s.io", {
  returnsDeleted: true,
  printer: {
    columns: columns("Name:name, Node, Driver, Pool, Age"),
    cells: (object, nowMs) => [
      object.metadata.name,
      object.spec?.nodeName ?? "",
      object.spec?.driver ?? "",
      object.spec?.pool?.name ?? "",
      age(object, nowMs),
    ],
  },
});
