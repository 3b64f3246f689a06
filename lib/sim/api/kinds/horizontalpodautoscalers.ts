import type { models } from "../../../kube/mod.ts";
import { age, columns } from "../tables/mod.ts";
import { checkAutoscaler } from "../validation/mod.ts";
import { targetsText } from "./_autoscaler_targets.ts";
import { fallback, quantityOrNone } from "./_defaulting.ts";
import { kind } from "./_kind.ts";

/** Source: kubernetes/kubernetes pkg/registry/autoscaling/horizontalpodautoscaler/strategy.go. */
export const horizontalpodautoscalers = kind("horizontalpodautoscalers.autoscaling", {
  countsChanges: false,
  defaults: ({ spec }) => {
    fallback(spec, { minReplicas: 1 });
    if (!spec.metrics?.length) {
      spec.metrics = [{
        type: "Resource",
        resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } },
      }];
    }
    if (spec.behavior) behavior(spec.behavior);
    canonicalQuantities(spec);
  },
  validate: checkAutoscaler,
  statusRules: { counts: ["currentReplicas", "desiredReplicas"] },
  printer: {
    columns: columns("Name:name, Reference, Targets, MinPods, MaxPods, Replicas, Age"),
    cells: (object, nowMs) => {
      const { metadata, spec, status = {} } = object;
      return [
        metadata.name,
        `${spec.scaleTargetRef?.kind ?? ""}/${spec.scaleTargetRef?.name ?? ""}`,
        targetsText(spec.metrics ?? [], status.currentMetrics ?? []),
        spec.minReplicas === undefined ? "<unset>" : String(spec.minReplicas),
        spec.maxReplicas ?? 0,
        status.currentReplicas ?? 0,
        age(object, nowMs),
      ];
    },
  },
});

/** Quantities are stored as Go prints them, `0.5` as `500m`. */
function canonicalQuantities(spec: models.HorizontalPodAutoscalerSpec): void {
  const { metrics = [], behavior } = spec;
  const canonical = <K extends string>(
    holder: { [key in K]?: models.Quantity } | undefined,
    key: K,
  ) => {
    const value = holder?.[key];
    if (!holder || value === undefined || value === null) return;
    holder[key] = quantityOrNone(value)?.toString() ?? value;
  };
  for (const { object, pods, resource, containerResource, external } of metrics) {
    for (const source of [object, pods, resource, containerResource, external]) {
      canonical(source?.target, "value");
      canonical(source?.target, "averageValue");
    }
  }
  for (const rules of [behavior?.scaleUp, behavior?.scaleDown]) canonical(rules, "tolerance");
}

/** Source: kubernetes/kubernetes pkg/apis/autoscaling/v2/defaults.go. */
function behavior(value: models.HorizontalPodAutoscalerBehavior): void {
  value.scaleUp ??= {};
  fallback(value.scaleUp, {
    stabilizationWindowSeconds: 0,
    selectPolicy: "Max",
    policies: [
      { type: "Pods", value: 4, periodSeconds: 15 },
      { type: "Percent", value: 100, periodSeconds: 15 },
    ],
  });
  value.scaleDown ??= {};
  fallback(value.scaleDown, {
    selectPolicy: "Max",
    policies: [{ type: "Percent", value: 100, periodSeconds: 15 }],
  });
}
