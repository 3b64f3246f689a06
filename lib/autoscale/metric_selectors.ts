import { quote } from "../go/mod.ts";
import { labelKeyFaults, type LabelSelector, labelValueFaults } from "../kube/mod.ts";

/**
 * Why a metric's selector cannot be used; undefined when it can. The API server stores any.
 * Source: kubernetes/apimachinery pkg/apis/meta/v1/helpers.go (LabelSelectorAsSelector),
 * pkg/labels/selector.go (NewRequirement).
 */
export function selectorFault(selector: LabelSelector | undefined): string | undefined {
  const labels = Object.entries(selector?.matchLabels ?? {})
    .map(([key, value]) => ({ key, operator: "", values: [value] }));
  for (const { key, operator, values = [] } of [...labels, ...selector?.matchExpressions ?? []]) {
    if (!["", "In", "NotIn", "Exists", "DoesNotExist"].includes(operator)) {
      return `${quote(operator)} is not a valid label selector operator`;
    }
    const faults = requirementFaults(key, operator, values);
    if (faults.length > 0) return faults.length === 1 ? faults[0] : `[${faults.join(", ")}]`;
  }
  return undefined;
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
