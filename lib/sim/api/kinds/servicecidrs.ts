import { age, columns } from "../tables/mod.ts";
import { kind } from "./_kind.ts";

/** Source: kubernetes/kubernetes pkg/registry/networking/servicecidr/strategy.go. */
export const servicecidrs = kind("servicecidrs.networking.k8s.io", {
  countsChanges: false,
  printer: {
    columns: columns("Name:name, CIDRs, Age"),
    cells: (object, nowMs) => [
      object.metadata.name,
      (object.spec?.cidrs ?? []).join(","),
      age(object, nowMs),
    ],
  },
});
