import { age, columns } from "../tables/mod.ts";
import { kind } from "./_kind.ts";

/** Source: kubernetes/kubernetes pkg/registry/storage/volumeattachment/strategy.go. */
export const volumeattachments = kind("volumeattachments.storage.k8s.io", {
  countsChanges: false,
  returnsDeleted: true,
  printer: {
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
});
