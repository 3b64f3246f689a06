import { quote } from "../go/mod.ts";
import { labelKeyFaults, type LabelSelector, labelValueFaults } from "../kube/mod.ts";

/**
 * Why a metric's selector cannot be used; undefined when it can. The API server stores any.
 * Source: kubernetes/apimachinery pkg/apis/meta/v1/helpers.go (LabelSelectorAsSelector),
 * pkg/labels/selector.go (NewRequirement).
 */
export function selectorFault(selector: LabelSelector | undefined): string | undefined {
  for (const [key, value] of Object.entries(selector?.matchLabels ?? {})) {
    const fault = requirementFault(key, "Equals", [value]);
    if (fault !== undefined) return fault;
  }
  for (const { key = "", operator = "", values } of selector?.matchExpressions ?? []) {
    if (!["In", "NotIn", "Exists", "DoesNotExist"].includes(operator)) {
      return `${quote(operator)} is not a valid label selector operator`;
    }
    const fault = requirementFault(key, operator, values ?? []);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function requirementFault(
  key: string,
  operator: string,
  values: readonly string[],
): string | undefined {
  const faults = requirementFaults(key, operator, values);
  return faults.length > 1 ? `[${faults.join(", ")}]` : faults[0];
}

function requirementFaults(key: string, operator: string, values: readonly string[]): string[] {
  const faults: string[] = [];
  const invalid = (field: string, value: unknown, detail: string) =>
    faults.push(`${field}: Invalid value: ${JSON.stringify(value)}: ${detail}`);
  const wrongKey = labelKeyFaults(key);
  if (wrongKey.length > 0) invalid("key", key, wrongKey.join("; "));
  if (operator.endsWith("In") && values.length === 0) {
    invalid("values", null, "for 'in', 'notin' operators, values set can't be empty");
  }
  if (operator.endsWith("Exist") || operator === "Exists") {
    if (values.length > 0) {
      invalid("values", values, "values set must be empty for exists and does not exist");
    }
  }
  values.forEach((value, i) => {
    const wrong = labelValueFaults(value);
    if (wrong.length > 0) invalid(`values[${i}][${key}]`, value, wrong.join("; "));
  });
  return faults;
}
