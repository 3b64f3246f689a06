/** A rule of a role, or of an answer about access. */
export interface PolicyRule {
  verbs?: string[];
  apiGroups?: string[];
  resources?: string[];
  resourceNames?: string[];
  nonResourceURLs?: string[];
}

/** What somebody wants to do. */
export interface AccessAttributes {
  verb: string;
  /** A path that is no resource; then nothing else counts but the verb. */
  path?: string;
  group: string;
  resource: string;
  subresource: string;
  /** "" is the cluster. */
  namespace: string;
  name: string;
}

/** Whether a rule allows it. Source: kubernetes/kubernetes plugin/pkg/auth/authorizer/rbac/rbac.go (RuleAllows). */
export function ruleAllows(rule: PolicyRule, wanted: AccessAttributes): boolean {
  const { verb, path, group, resource, subresource, name } = wanted;
  if (!has(rule.verbs, verb)) return false;
  if (path !== undefined) {
    return (rule.nonResourceURLs ?? []).some((url) =>
      url === "*" || url === path || url.endsWith("*") && path.startsWith(url.slice(0, -1))
    );
  }
  if (!has(rule.apiGroups, group)) return false;
  const full = subresource === "" ? resource : `${resource}/${subresource}`;
  const isResource = (rule.resources ?? []).some((one) =>
    one === "*" || one === full || subresource !== "" && one === `*/${subresource}`
  );
  return isResource && (!rule.resourceNames?.length || rule.resourceNames.includes(name));
}

function has(list: readonly string[] | undefined, value: string): boolean {
  return list !== undefined && (list.includes("*") || list.includes(value));
}
