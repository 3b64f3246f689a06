import { age, columns } from "../tables/mod.ts";
import { kind } from "./_kind.ts";

/** Source: kubernetes/kubernetes pkg/registry/coordination/lease/strategy.go. */
export const leases = kind("leases.coordination.k8s.io", {
  countsChanges: false,
  printer: {
    columns: columns("Name:name, Holder, Age"),
    cells: (object, nowMs) => [
      object.metadata.name,
      object.spec?.holderIdentity ?? "",
      age(object, nowMs),
    ],
  },
});
