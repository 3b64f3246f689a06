import type { ObjectOf } from "../../../kube/mod.ts";
import { age, columns, count } from "../tables/mod.ts";
import { checkConfigMap } from "../validation/mod.ts";
import { kind } from "./_kind.ts";

/** Source: kubernetes/kubernetes pkg/registry/core/configmap/strategy.go. */
export const configmaps = kind("configmaps", {
  countsChanges: false,
  validate: checkConfigMap,
  printer: {
    columns: columns("Name:name, Data, Age"),
    cells: (object: ObjectOf<"configmaps">, nowMs) => [
      object.metadata.name,
      count(object.data) + count(object.binaryData),
      age(object, nowMs),
    ],
  },
});
