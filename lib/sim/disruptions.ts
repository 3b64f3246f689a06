import { rfc3339 } from "../go/mod.ts";
import { conditionOf, type KubeObject } from "../kube/mod.ts";

/**
 * Sets the condition of a disruption budget that follows from how many disruptions it allows.
 * Source: kubernetes pkg/controller/disruption (pdbhelper.UpdateDisruptionAllowedCondition).
 * @param budget is changed in place.
 */
export function disruptionCondition(budget: KubeObject, nowMs: number, failure?: string): void {
  const allowed = !failure && budget.status.disruptionsAllowed > 0;
  const status = allowed ? "True" : "False";
  const present = conditionOf(budget, "DisruptionAllowed");
  const others = (budget.status.conditions ?? []).filter((one: unknown) => one !== present);
  budget.status.conditions = [...others, {
    type: "DisruptionAllowed",
    status,
    observedGeneration: budget.status.observedGeneration,
    lastTransitionTime: present?.status === status ? present.lastTransitionTime : rfc3339(nowMs),
    reason: failure ? "SyncFailed" : allowed ? "SufficientPods" : "InsufficientPods",
    message: failure ?? "",
  }];
}
