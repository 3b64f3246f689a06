import type { models } from "../../../kube/mod.ts";
import { age, columns } from "../tables/mod.ts";
import { kind } from "./_kind.ts";

/** Source: kubernetes/kubernetes pkg/registry/storage/csidriver/strategy.go. */
export const csidrivers = kind("csidrivers.storage.k8s.io", {
  returnsDeleted: true,
  printer: {
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
});
