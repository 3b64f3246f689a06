import { quote } from "../go/mod.ts";
import type { LabelSelector } from "../kube/mod.ts";

const NAME = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const CHARACTERS =
  "alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";

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
  const keyProblem = keyFault(key);
  if (keyProblem) invalid("key", key, keyProblem);
  if (operator.endsWith("In") && values.length === 0) {
    invalid("values", null, "for 'in', 'notin' operators, values set can't be empty");
  }
  if (operator.endsWith("Exist") || operator === "Exists") {
    if (values.length > 0) {
      invalid("values", values, "values set must be empty for exists and does not exist");
    }
  }
  values.forEach((value, i) => {
    const field = `values[${i}][${key}]`;
    if (value.length > 63) invalid(field, value, "must be no more than 63 characters");
    if (!new RegExp(`^(${NAME})?$`).test(value)) {
      invalid(
        field,
        value,
        `a valid label must be an empty string or consist of ${CHARACTERS} (e.g. 'MyValue',  or ` +
          `'my_value',  or '12345', regex used for validation is '(${NAME})?')`,
      );
    }
  });
  return faults;
}

/** The name part of a label's key; a prefix is let pass. */
function keyFault(key: string): string | undefined {
  const name = key.slice(key.indexOf("/") + 1);
  if (new RegExp(`^${NAME}$`).test(name)) return undefined;
  const rule = `name part must consist of ${CHARACTERS} (e.g. 'MyName',  or 'my.name',  or ` +
    `'123-abc', regex used for validation is '${NAME}')`;
  return name === "" ? `name part must be non-empty; ${rule}` : rule;
}
