import type { PriorityClass } from "../../../kube/mod.ts";
import { age, columns } from "../tables/mod.ts";
import { checkPriorityClass } from "../validation/mod.ts";
import { fallback } from "./_defaulting.ts";
import { kind } from "./_kind.ts";

/** Source: kubernetes/kubernetes pkg/registry/scheduling/priorityclass/strategy.go. */
export const priorityclasses = kind("priorityclasses.scheduling.k8s.io", {
  specless: true,
  defaults: (priorityClass) =>
    fallback(priorityClass, { preemptionPolicy: "PreemptLowerPriority" }),
  validate: checkPriorityClass,
  printer: {
    columns: columns(
      "Name:name, Value:integer, Global-Default:boolean, Age, PreemptionPolicy",
    ),
    cells: (object: PriorityClass, nowMs) => [
      object.metadata.name,
      object.value ?? 0,
      object.globalDefault ?? false,
      age(object, nowMs),
      object.preemptionPolicy ?? "",
    ],
  },
});
