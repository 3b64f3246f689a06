import { Quantity } from "../../../base/mod.ts";
import type { Pod } from "../../../kube/mod.ts";
import { rfc3339 } from "../_aggregated.ts";
import type { ContainerContext } from "../../seams.ts";
import type { ScaledObject } from "./scaled_object.ts";
import { type ExternalMetricValue, kedaQuantity, type Scaler } from "./scalers.ts";
import type { TargetScale } from "./scale_target.ts";

/**
 * The value that stands for a trigger that keeps failing: such that the HPA comes to the fallback's
 * replicas. Undefined when there is none to give.
 * Source: kedacore/keda pkg/fallback/fallback.go (doFallback).
 */
export function fallbackMetric(
  context: ContainerContext,
  object: ScaledObject,
  scaler: Scaler,
  scale: TargetScale,
): ExternalMetricValue | undefined {
  const fallback = object.spec!.fallback!;
  const target = scaler.spec.external!.target;
  let replicas = fallbackReplicas(fallback, scale.replicas);
  if (target.type === "Value") {
    const ready = context.kube.list<Pod>("pods", {
      namespace: object.metadata.namespace,
      labelSelector: scale.selector,
    }).filter(({ status }) =>
      status?.phase === "Running" &&
      status.conditions?.some(({ type, status }) => type === "Ready" && status === "True")
    ).length;
    if (ready === 0) return undefined;
    replicas /= ready;
  }
  const each = Quantity.parse((target.averageValue ?? target.value)!).asNumber();
  return {
    metricName: scaler.metricName!,
    metricLabels: null,
    timestamp: rfc3339(context.now()),
    value: kedaQuantity(each * replicas),
  };
}

function fallbackReplicas(
  { behavior, replicas }: { behavior?: string; replicas: number },
  current: number,
): number {
  switch (behavior) {
    case "currentReplicas":
      return current;
    case "currentReplicasIfHigher":
      return Math.max(current, replicas);
    case "currentReplicasIfLower":
      return Math.min(current, replicas);
    default:
      return replicas;
  }
}
