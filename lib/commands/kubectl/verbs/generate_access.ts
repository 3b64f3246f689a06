import { CliError, failure } from "../errors.ts";
import { quote } from "../../../go/mod.ts";
import type { Session, Verb } from "../session.ts";
import { creator, nameOf } from "./generate.ts";
import { requireFlags } from "./scale.ts";

async function rulesOf(session: Session): Promise<unknown[] | null> {
  const { flags } = session;
  if (flags.string("aggregation-rule") !== "") return null;
  const verbs = flags.list("verb");
  if (verbs.length === 0) throw failure("at least one verb must be specified");
  const resources = flags.list("resource");
  const urls = flags.list("non-resource-url");
  if (resources.length === 0 && urls.length === 0) {
    throw failure("at least one resource must be specified");
  }
  const mapper = await session.mapper();
  const byGroup = new Map<string, string[]>();
  for (const word of resources) {
    const [name, subresource] = word.split("/");
    const mapping = name === "*" ? { group: "", resource: "*" } : mapper.find(name);
    if (!mapping) throw new CliError(`the server doesn't have a resource type ${quote(name)}`);
    const { group, resource } = mapping;
    const full = resource + (subresource ? `/${subresource}` : "");
    byGroup.set(group, [...byGroup.get(group) ?? [], full]);
  }
  const resourceNames = flags.list("resource-name");
  const rules: unknown[] = [...byGroup].toSorted(([a], [b]) => a < b ? -1 : 1)
    .map(([group, names]) => ({
      apiGroups: [group],
      resources: names,
      verbs,
      ...(resourceNames.length > 0 ? { resourceNames } : {}),
    }));
  if (urls.length > 0) rules.push({ nonResourceURLs: urls, verbs });
  return rules;
}

/** `kubectl create role` and `clusterrole`. */
export const createRole = roleOf("Role");
export const createClusterRole = roleOf("ClusterRole");

function roleOf(kind: string): Verb {
  return creator("", async (session) => ({
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind,
    metadata: { name: nameOf(session) },
    ...aggregationOf(session),
    rules: await rulesOf(session),
  }));
}

function aggregationOf({ flags }: Session): Record<string, unknown> {
  const text = flags.string("aggregation-rule");
  if (text === "") return {};
  const matchLabels = Object.fromEntries(text.split(",").map((pair) => pair.split("=", 2)));
  return { aggregationRule: { clusterRoleSelectors: [{ matchLabels }] } };
}

/** `kubectl create rolebinding` and `clusterrolebinding`. */
export const createRoleBinding = bindingOf("RoleBinding");
export const createClusterRoleBinding = bindingOf("ClusterRoleBinding");

function bindingOf(kind: string): Verb {
  return creator(kind.toLowerCase(), (session) => {
    const { flags } = session;
    const apiGroup = "rbac.authorization.k8s.io";
    const name = nameOf(session);
    const role = flags.string("role");
    const clusterRole = flags.string("clusterrole");
    if (kind === "ClusterRoleBinding") requireFlags(session, ["clusterrole"]);
    if ((role === "") === (clusterRole === "")) {
      throw failure("exactly one of clusterrole or role must be specified");
    }
    const accounts = flags.list("serviceaccount").map((spec) => {
      const [namespace, account] = spec.split(":");
      if (!account) throw failure("serviceaccount must be <namespace>:<name>");
      return { kind: "ServiceAccount", name: account, namespace };
    });
    const subjects = [
      ...flags.list("user").map((user) => ({ kind: "User", apiGroup, name: user })),
      ...flags.list("group").map((group) => ({ kind: "Group", apiGroup, name: group })),
      ...accounts,
    ];
    return {
      apiVersion: `${apiGroup}/v1`,
      kind,
      metadata: { name },
      roleRef: { apiGroup, kind: role === "" ? "ClusterRole" : "Role", name: role || clusterRole },
      subjects,
    };
  });
}
