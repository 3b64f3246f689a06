import { quote } from "../../../go/mod.ts";
import {
  type AccessAttributes,
  type models,
  type ObjectOf,
  type PolicyRule,
  ruleAllows,
} from "../../../kube/mod.ts";
import type { ObjectStore } from "../object_store.ts";
import { serviceAccountOf, type UserInfo } from "./identity.ts";

export interface Decision {
  allowed: boolean;
  /** Which binding allows it, or what kept roles from being read. */
  reason: string;
}

/** A rule that somebody has, and through what. */
interface Grant {
  rule: PolicyRule;
  through: string;
}

interface Grants {
  list: Grant[];
  /** What could not be found out, such as a role that is not there. */
  problems: string[];
}

const GROUP = "rbac.authorization.k8s.io";
const ROLES = `roles.${GROUP}` as const;
const CLUSTER_ROLES = `clusterroles.${GROUP}` as const;
const BINDINGS = `rolebindings.${GROUP}` as const;
const CLUSTER_BINDINGS = `clusterrolebindings.${GROUP}` as const;
type Binding = ObjectOf<typeof BINDINGS | typeof CLUSTER_BINDINGS>;
const MASTERS = "system:masters";

/**
 * Who may do what, by roles and bindings. Decisions are remembered until one of these changes.
 * Source: kubernetes/kubernetes plugin/pkg/auth/authorizer/rbac/rbac.go,
 * pkg/registry/rbac/validation/rule.go, pkg/apis/rbac/v1/evaluation_helpers.go.
 * Differs: of the control plane only what the HPA controller reads is asked about, and no role is checked
 * for what its writer does not have.
 */
export class RbacAuthorizer {
  readonly #store: ObjectStore;
  #decisions = new Map<string, Decision>();
  #grants = new Map<string, Grants>();
  readonly #waiting = new Set<() => void>();
  /** Rises with every change of a role or binding. */
  #generation = 0;

  constructor(store: ObjectStore) {
    this.#store = store;
    for (const resource of [ROLES, CLUSTER_ROLES, BINDINGS, CLUSTER_BINDINGS]) {
      store.listen(resource, () => this.#forget());
    }
  }

  get generation(): number {
    return this.#generation;
  }

  /** Calls `fn` whenever a role or binding has changed; inside the write, so it only takes note. */
  onChange(fn: () => void): () => void {
    this.#waiting.add(fn);
    return () => this.#waiting.delete(fn);
  }

  decide(user: UserInfo, wanted: AccessAttributes): Decision {
    const { verb, path = "", group, resource, subresource, namespace, name } = wanted;
    const who = keyOf(user);
    const key = `${who}|${verb}|${path}|${group}|${resource}|${subresource}|${namespace}|${name}`;
    let decision = this.#decisions.get(key);
    if (!decision) {
      if (this.#decisions.size > 10_000) this.#decisions.clear();
      this.#decisions.set(key, decision = this.#decide(user, wanted));
    }
    return decision;
  }

  /** The rules somebody has in a namespace, and what could not be found out. */
  rulesFor(user: UserInfo, namespace: string): { rules: PolicyRule[]; problems: string[] } {
    if (user.groups.includes(MASTERS)) {
      const all = ["*"];
      const rules = [
        { verbs: all, apiGroups: all, resources: all },
        { verbs: all, nonResourceURLs: all },
      ];
      return { rules, problems: [] };
    }
    const everywhere = this.#grantsOf(user, "");
    const here = namespace === "" ? NOTHING : this.#grantsOf(user, namespace);
    return {
      rules: [...everywhere.list, ...here.list].map(({ rule }) => rule),
      problems: [...everywhere.problems, ...here.problems],
    };
  }

  #decide(user: UserInfo, wanted: AccessAttributes): Decision {
    if (user.groups.includes(MASTERS)) return { allowed: true, reason: "" };
    const everywhere = this.#grantsOf(user, "");
    const here = wanted.namespace === "" ? NOTHING : this.#grantsOf(user, wanted.namespace);
    const grant = everywhere.list.find(({ rule }) => ruleAllows(rule, wanted)) ??
      here.list.find(({ rule }) => ruleAllows(rule, wanted));
    if (grant) return { allowed: true, reason: `RBAC: allowed by ${grant.through}` };
    const problems = [...everywhere.problems, ...here.problems];
    const text = problems.length > 1 ? `[${problems.join(", ")}]` : problems[0];
    return { allowed: false, reason: text === undefined ? "" : `RBAC: ${text}` };
  }

  /** What bindings of one namespace, or of the cluster for "", give somebody. */
  #grantsOf(user: UserInfo, namespace: string): Grants {
    const key = `${keyOf(user)}|${namespace}`;
    let grants = this.#grants.get(key);
    if (grants) return grants;
    grants = { list: [], problems: [] };
    const bindings = namespace === ""
      ? this.#store.list(CLUSTER_BINDINGS)
      : this.#store.list(BINDINGS, namespace);
    for (const binding of bindings) {
      const subject = (binding.subjects ?? []).find((one) => isMeant(one, user, namespace));
      if (subject) this.#add(grants, binding, subject);
    }
    this.#grants.set(key, grants);
    return grants;
  }

  #add(grants: Grants, binding: Binding, subject: models.Subject): void {
    const { roleRef, metadata: { name, namespace = "" } } = binding;
    if (!roleRef) return;
    const isLocal = roleRef.kind === "Role";
    const role = isLocal
      ? this.#store.get(ROLES, namespace, roleRef.name)
      : this.#store.get(CLUSTER_ROLES, "", roleRef.name);
    if (!role) {
      const resource = isLocal ? ROLES : CLUSTER_ROLES;
      grants.problems.push(
        `${resource.replace("s.", ".")} ${quote(roleRef.name)} not found`,
      );
      return;
    }
    const bound = namespace === ""
      ? `ClusterRoleBinding ${quote(name)}`
      : `RoleBinding ${quote(`${name}/${namespace}`)}`;
    const whom = subject.kind === "ServiceAccount"
      ? `${subject.name}/${subject.namespace ?? namespace}`
      : subject.name;
    const through = `${bound} of ${roleRef.kind} ${quote(roleRef.name)} to ` +
      `${subject.kind} ${quote(whom)}`;
    for (const rule of role.rules ?? []) grants.list.push({ rule, through });
  }

  #forget(): void {
    this.#generation++;
    this.#decisions = new Map();
    this.#grants = new Map();
    for (const fn of [...this.#waiting]) fn();
  }
}

const NOTHING: Grants = { list: [], problems: [] };

function keyOf({ name, groups }: UserInfo): string {
  return `${name}\n${groups.join("\n")}`;
}

/** Source: pkg/registry/rbac/validation/rule.go (appliesToUser). */
function isMeant(
  subject: models.Subject,
  user: UserInfo,
  bindingNamespace: string,
): boolean {
  switch (subject.kind) {
    case "User":
      return user.name === subject.name;
    case "Group":
      return user.groups.includes(subject.name);
    case "ServiceAccount": {
      const account = serviceAccountOf(user.name);
      const namespace = subject.namespace ?? bindingNamespace;
      return account?.name === subject.name && account.namespace === namespace;
    }
    default:
      return false;
  }
}
