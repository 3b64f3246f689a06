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
  const others = (budget.status.conditions ?? []).filter((one: any) => one !== present);
  budget.status.conditions = [...others, {
    type: "DisruptionAllowed",
    status,
    observedGeneration: budget.status.observedGeneration,
    lastTransitionTime: present?.status === status
      ? present.lastTransitionTime
      : `${new Date(nowMs).toISOString().slice(0, 19)}Z`,
    reason: failure ? "SyncFailed" : allowed ? "SufficientPods" : "InsufficientPods",
    message: failure ?? "",
  }];
}
