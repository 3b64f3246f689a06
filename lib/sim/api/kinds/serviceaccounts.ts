import { age, columns } from "../tables/mod.ts";
import { kind } from "./_kind.ts";

/** Source: kubernetes/kubernetes pkg/registry/core/serviceaccount/strategy.go. */
export const serviceaccounts = kind("serviceaccounts", {
  countsChanges: false,
  returnsDeleted: true,
  printer: {
    columns: columns("Name:name, Age"),
    cells: (object, nowMs) => [object.metadata.name, age(object, nowMs)],
  },
});
