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
export function strangePart(spec: any): string | undefined {
  if (!isCount(spec?.maxReplicas)) return "maxReplicas";
  const { minReplicas = 1 } = spec;
  if (!isCount(minReplicas) || minReplicas > spec.maxReplicas) return "minReplicas";
  if (!isReference(spec.scaleTargetRef)) return "scaleTargetRef";
  if (!Array.isArray(spec.metrics ?? [])) return "metrics";
  for (const [index, metric] of (spec.metrics ?? []).entries()) {
    const strange = strangeMetric(metric);
    if (strange) return `metrics.${index}.${strange}`;
  }
  const strange = strangeBehavior(spec.behavior);
  return strange && `behavior.${strange}`;
}

function strangeMetric(metric: any): string | undefined {
  const field = SOURCE_FIELDS[metric?.type];
  if (!field) return "type";
  const { [field]: source } = metric;
  const { target } = source ?? {};
  if (typeof target !== "object" || target === null) return `${field}.target`;
  if (typeof (source.metric?.name ?? source.name) !== "string") return field;
  if (field === "object" && !isReference(source.describedObject)) return "object.describedObject";
  if (!isLabelSelector(source.metric?.selector)) return `${field}.metric.selector`;
  for (const amount of ["value", "averageValue"]) {
    if (!isQuantity(target[amount] ?? 0)) return `${field}.target.${amount}`;
  }
  return isCount(target.averageUtilization ?? 1) ? undefined : `${field}.target.averageUtilization`;
}

/** The path of the first part of a behavior that is none. */
export function strangeBehavior(behavior: any): string | undefined {
  for (const way of ["scaleUp", "scaleDown"]) {
    const rules = behavior?.[way];
    if (!rules) continue;
    if (!isCount(rules.stabilizationWindowSeconds ?? 0)) return `${way}.stabilizationWindowSeconds`;
    if (!isQuantity(rules.tolerance ?? 0)) return `${way}.tolerance`;
    if (!Array.isArray(rules.policies ?? [])) return `${way}.policies`;
    for (const [index, policy] of (rules.policies ?? []).entries()) {
      if (!["Pods", "Percent"].includes(policy?.type)) return `${way}.policies.${index}.type`;
      for (const field of ["value", "periodSeconds"]) {
        if (!isCount(policy[field])) return `${way}.policies.${index}.${field}`;
      }
    }
  }
}

/** Whether something names an object. */
function isReference(reference: any): boolean {
  const { kind, name, apiVersion = "" } = reference ?? {};
  return [kind, name, apiVersion].every((text) => typeof text === "string");
}

function isLabelSelector(selector: any): boolean {
  const { matchLabels = {}, matchExpressions = [] } = selector ?? {};
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
export function isCount(value: unknown): boolean {
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
