import { age, columns } from "../tables/mod.ts";
import { checkDisruptionBudget } from "../validation/mod.ts";
import { kind } from "./_kind.ts";

/** Source: kubernetes/kubernetes pkg/registry/policy/poddisruptionbudget/strategy.go. */
export const poddisruptionbudgets = kind("poddisruptionbudgets.policy", {
  validate: checkDisruptionBudget,
  printer: {
    columns: columns("Name:name, Min Available, Max Unavailable, Allowed Disruptions:integer, Age"),
    cells: (object, nowMs) => [
      object.metadata.name,
      String(object.spec?.minAvailable ?? "N/A"),
      String(object.spec?.maxUnavailable ?? "N/A"),
      object.status?.disruptionsAllowed ?? 0,
      age(object, nowMs),
    ],
  },
});
