import { formatSelector, type models } from "../../../kube/mod.ts";
import { age, columns, type Printer } from "../tables/mod.ts";
import { fallback } from "./_defaulting.ts";

/** Source: kubernetes/kubernetes pkg/apis/admissionregistration/v1/defaults.go (SetDefaults_MatchResources). */
export function matchResources(match: models.MatchResources): void {
  fallback(match, { matchPolicy: "Equivalent", namespaceSelector: {}, objectSelector: {} });
  const { resourceRules = [], excludeResourceRules = [] } = match;
  for (const rule of [...resourceRules, ...excludeResourceRules]) fallback(rule, { scope: "*" });
}

export function policyPrinter(column: string, field: string): Printer {
  return {
    columns: columns(`Name:name, ${column}:integer, ParamKind, Age`),
    cells: (object, nowMs) => {
      const kind = object.spec?.paramKind;
      return [
        object.metadata.name,
        (object.spec?.[field] ?? []).length,
        kind ? `${kind.apiVersion}/${kind.kind}` : "<unset>",
        age(object, nowMs),
      ];
    },
  };
}

export const policyBindingPrinter: Printer = {
  columns: columns("Name:name, PolicyName, ParamRef, Age"),
  cells: (object, nowMs) => [
    object.metadata.name,
    object.spec?.policyName ?? "",
    paramText(object.spec?.paramRef),
    age(object, nowMs),
  ],
};

function paramText(ref: models.ParamRef | undefined): string {
  if (ref?.name) return `${ref.namespace || "*"}/${ref.name}`;
  return ref?.selector ? formatSelector(ref.selector) : "<unset>";
}
