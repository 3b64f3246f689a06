import type { PolicyRule } from "../../kube/mod.ts";

/**
 * Rules as kubectl lists them, a row each: of one resource or path, alike ones joined, in order.
 * Source: kubernetes/kubectl pkg/util/rbac/rbac.go (BreakdownRule, CompactRules, SortableRuleSlice),
 * pkg/describe/describe.go (CombineResourceGroup).
 */
export function ruleRows(
  rules: readonly PolicyRule[],
): [resource: string, urls: string, names: string, verbs: string][] {
  return compact(rules.flatMap(breakDown))
    .map((rule) => ({ rule, text: goString(rule) }))
    .sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0))
    .map(({ rule: { resources, apiGroups, nonResourceURLs, resourceNames, verbs } }) => [
      combined(resources[0], apiGroups[0]),
      list(nonResourceURLs),
      list(resourceNames),
      list(verbs),
    ]);
}

function breakDown(rule: PolicyRule): Required<PolicyRule>[] {
  const { apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule;
  // Without any it is null.
  const verbs = rule.verbs ?? [];
  const simple: Required<PolicyRule>[] = [];
  const names = resourceNames.length > 0 ? resourceNames.map((name) => [name]) : [[]];
  for (const group of apiGroups) {
    for (const resource of resources) {
      for (const verb of verbs) {
        for (const resourceName of names) {
          simple.push({
            verbs: [verb],
            apiGroups: [group],
            resources: [resource],
            resourceNames: resourceName,
            nonResourceURLs: [],
          });
        }
      }
    }
  }
  for (const url of nonResourceURLs) {
    for (const verb of verbs) {
      simple.push({
        verbs: [verb],
        apiGroups: [],
        resources: [],
        resourceNames: [],
        nonResourceURLs: [url],
      });
    }
  }
  return simple;
}

/** Paths stay as they are; rules of one resource and name share their verbs. */
function compact(rules: readonly Required<PolicyRule>[]): Required<PolicyRule>[] {
  const found: Required<PolicyRule>[] = [];
  const byResource = new Map<string, Required<PolicyRule>>();
  for (const rule of rules) {
    if (rule.nonResourceURLs.length > 0) {
      found.push(rule);
      continue;
    }
    const key = JSON.stringify([rule.apiGroups, rule.resources, rule.resourceNames]);
    const present = byResource.get(key);
    if (!present) byResource.set(key, { ...rule, verbs: [...rule.verbs] });
    else present.verbs.push(...rule.verbs.filter((verb) => !present.verbs.includes(verb)));
  }
  return [...found, ...byResource.values()];
}

function goString(rule: Required<PolicyRule>): string {
  const { verbs, apiGroups, resources, resourceNames, nonResourceURLs } = rule;
  return `&PolicyRule{Verbs:${list(verbs)},APIGroups:${list(apiGroups)},Resources:` +
    `${list(resources)},ResourceNames:${list(resourceNames)},NonResourceURLs:` +
    `${list(nonResourceURLs)},}`;
}

function combined(resource = "", group = ""): string {
  const [name, ...rest] = resource.split("/");
  return [name + (group === "" ? "" : `.${group}`), ...rest].join("/");
}

function list(words: readonly string[]): string {
  return `[${words.join(" ")}]`;
}
