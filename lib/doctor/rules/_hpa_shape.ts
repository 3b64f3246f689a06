import { fieldsOf, own } from "../../go/mod.ts";
import { Quantity, QuantitySyntaxError } from "../../kube/mod.ts";

/** The field of a metric's spec that holds its source, by type. */
export const SOURCE_FIELDS: Readonly<Record<string, string>> = {
  Object: "object",
  Pods: "pods",
  External: "external",
  Resource: "resource",
  ContainerResource: "containerResource",
};

/** The path of the first part of a spec that an HPA cannot have; what is not told of can be worked with. */
export function strangePart(spec: unknown): string | undefined {
  const { minReplicas = 1, maxReplicas, scaleTargetRef, behavior, ...rest } = fieldsOf(spec);
  if (!isCount(maxReplicas)) return "maxReplicas";
  if (!isCount(minReplicas) || minReplicas > maxReplicas) return "minReplicas";
  if (!isReference(scaleTargetRef)) return "scaleTargetRef";
  const metrics = rest.metrics ?? [];
  if (!Array.isArray(metrics)) return "metrics";
  for (const [index, metric] of metrics.entries()) {
    const strange = strangeMetric(metric);
    if (strange) return `metrics.${index}.${strange}`;
  }
  const strange = strangeBehavior(behavior);
  return strange && `behavior.${strange}`;
}

function strangeMetric(metric: unknown): string | undefined {
  const { type, ...sources } = fieldsOf(metric);
  const field = own(SOURCE_FIELDS, String(type));
  if (!field) return "type";
  const source = fieldsOf(sources[field]);
  const { target } = source;
  if (typeof target !== "object" || target === null) return `${field}.target`;
  if (typeof (own(source.metric, "name") ?? source.name) !== "string") return field;
  if (field === "object" && !isReference(source.describedObject)) return "object.describedObject";
  if (!isLabelSelector(own(source.metric, "selector"))) return `${field}.metric.selector`;
  for (const amount of ["value", "averageValue"]) {
    if (!isQuantity(own(target, amount) ?? 0)) return `${field}.target.${amount}`;
  }
  const path = `${field}.target.averageUtilization`;
  return isCount(own(target, "averageUtilization") ?? 1) ? undefined : path;
}

/** The path of the first part of a behavior that is none. */
export function strangeBehavior(behavior: unknown): string | undefined {
  for (const way of ["scaleUp", "scaleDown"]) {
    const found = own(behavior, way);
    if (!found) continue;
    const rules = fieldsOf(found);
    if (!isCount(rules.stabilizationWindowSeconds ?? 0)) return `${way}.stabilizationWindowSeconds`;
    if (!isQuantity(rules.tolerance ?? 0)) return `${way}.tolerance`;
    const policies = rules.policies ?? [];
    if (!Array.isArray(policies)) return `${way}.policies`;
    for (const [index, each] of policies.entries()) {
      const policy = fieldsOf(each);
      if (policy.type !== "Pods" && policy.type !== "Percent") {
        return `${way}.policies.${index}.type`;
      }
      for (const field of ["value", "periodSeconds"]) {
        if (!isCount(policy[field])) return `${way}.policies.${index}.${field}`;
      }
    }
  }
}

/** Whether something names an object. */
function isReference(reference: unknown): boolean {
  const { kind, name, apiVersion = "" } = fieldsOf(reference);
  return [kind, name, apiVersion].every((text) => typeof text === "string");
}

function isLabelSelector(selector: unknown): boolean {
  const { matchLabels = {}, matchExpressions = [] } = fieldsOf(selector);
  return typeof matchLabels === "object" && matchLabels !== null &&
    Object.values(matchLabels).every((value) => typeof value === "string") &&
    Array.isArray(matchExpressions) &&
    matchExpressions.every((each) =>
      typeof each?.key === "string" && typeof each.operator === "string" &&
      Array.isArray(each.values ?? []) &&
      (each.values ?? []).every((value: unknown) => typeof value === "string")
    );
}

/** Whether something is a number of the API's int32 fields that count: replicas, seconds, percents. */
export function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value < 2 ** 31;
}

export function isQuantity(value: unknown): boolean {
  if (typeof value !== "string" && typeof value !== "number") return false;
  try {
    Quantity.parse(value);
    return true;
  } catch (error) {
    if (error instanceof QuantitySyntaxError) return false;
    throw error;
  }
}
