import { type LabelSelector, Quantity, type QuantityFormat } from "../kube/mod.ts";
import type { MetricSpec } from "./hpa_types.ts";

/**
 * A `*metav1.LabelSelector` as Go's `%+v` prints it.
 * Source: kubernetes/apimachinery pkg/apis/meta/v1/generated.pb.go (LabelSelector.String).
 */
export function goLabelSelector(selector: LabelSelector | undefined): string {
  if (!selector) return "nil";
  const labels = Object.entries(selector.matchLabels ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}: ${value},`).join("");
  const expressions = (selector.matchExpressions ?? []).map(({ key, operator, values }) =>
    `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${
      (values ?? []).join(" ")
    }],},`
  ).join("");
  return `&LabelSelector{MatchLabels:map[string]string{${labels}},` +
    `MatchExpressions:[]LabelSelectorRequirement{${expressions}},}`;
}

/**
 * How events and conditions name a metric. Upstream prints an Object metric with an AverageValue
 * target as if it were external; so does this.
 * Source: kubernetes/kubernetes pkg/controller/podautoscaler/horizontal.go (computeStatusFor*).
 */
export function metricName(spec: MetricSpec): string {
  switch (spec.type) {
    case "Object": {
      const { describedObject, metric, target } = spec.object!;
      return target.type === "Value"
        ? `${describedObject.kind} metric ${metric.name}`
        : `external metric ${metric.name}(${goLabelSelector(metric.selector)})`;
    }
    case "Pods":
      return `pods metric ${spec.pods!.metric.name}`;
    case "Resource":
      return resourceName(
        spec.resource!.name,
        isSet(spec.resource!.target.averageValue),
        "",
      );
    case "ContainerResource":
      return resourceName(
        spec.containerResource!.name,
        isSet(spec.containerResource!.target.averageValue),
        "container ",
      );
    default: {
      const { metric } = spec.external!;
      return `external metric ${metric.name}(${goLabelSelector(metric.selector)})`;
    }
  }
}

/** How a person is told of a metric: as upstream names it, but for an Object metric, which is external in no way. */
export function metricTitle(spec: MetricSpec): string {
  if (spec.type !== "Object") return metricName(spec);
  const { describedObject, metric } = spec.object!;
  return `${describedObject.kind} metric ${metric.name}`;
}

function resourceName(resource: string, isAverageValue: boolean, infix: string): string {
  return isAverageValue
    ? `${resource} resource`
    : `${resource} ${infix}resource utilization (percentage of request)`;
}

/** A number of thousandths as the API prints it: `160`, `500m`. */
export function formatMilli(milli: bigint, format: QuantityFormat = "DecimalSI"): string {
  return Quantity.fromMilli(milli, format).toString();
}

/**
 * Thousandths in a quantity, rounded away from zero; an int64, which wraps around.
 * Source: kubernetes/apimachinery pkg/api/resource/quantity.go (MilliValue).
 */
export function toMilli(quantity: string | number): bigint {
  return milliOf(Quantity.parse(quantity));
}

export function milliOf({ nano }: Quantity): bigint {
  const rest = nano % 1_000_000n;
  const cut = nano / 1_000_000n;
  return BigInt.asIntN(64, rest === 0n ? cut : rest > 0n ? cut + 1n : cut - 1n);
}

/** Whether an optional field has a value. */
export function isSet(value: unknown): boolean {
  return value !== undefined && value !== null;
}
