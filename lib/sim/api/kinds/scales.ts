import { age, columns } from "../tables/mod.ts";
import { kind } from "./_kind.ts";

/** Source: kubernetes/kubernetes pkg/printers/internalversion/printers.go (printScale). */
export const scales = kind("scales.autoscaling", {
  printer: {
    columns: columns("Name, Desired:integer, Available:integer, Age"),
    cells: (object, nowMs) => [
      object.metadata.name,
      object.spec?.replicas ?? 0,
      object.status?.replicas ?? 0,
      age(object, nowMs),
    ],
  },
});
