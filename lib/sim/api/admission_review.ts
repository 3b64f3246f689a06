import { type KubeObject, type models, selects } from "../../kube/mod.ts";
import { CelProblem, celValue, compile } from "./cel/expression.ts";
import { fromStorage } from "./conversion.ts";
import type { ObjectStore } from "./object_store.ts";
import { ADMIN, type UserInfo, userNamed } from "./rbac/identity.ts";
import type { ResourceRegistry, ResourceType } from "./resources.ts";

/** A change that is about to happen. */
export interface ReviewedWrite {
  operation: "CREATE" | "UPDATE" | "DELETE";
  /** What it is to be; absent for a deletion. */
  object?: KubeObject;
  previous?: KubeObject;
  subresource?: string;
  dryRun?: boolean;
  user?: string;
  /** Takes what is warned of. */
  warnings?: string[];
}

/** A change as it is told to whoever reviews it: in the version that was asked for. */
export interface Review {
  type: ResourceType;
  write: ReviewedWrite;
  object: KubeObject | null;
  previous: KubeObject | null;
}

/** Where objects and their kinds are found. */
export interface ReviewWorld {
  store: ObjectStore;
  registry: ResourceRegistry;
}

/**
 * The change as a rule asks for it, in another version of the same resource where its matchPolicy is Equivalent;
 * undefined when no rule names it.
 * Source: kubernetes/apiserver pkg/admission/plugin/webhook (predicates/rules/rules.go, generic/webhook.go).
 */
export function reviewBy(
  { registry }: ReviewWorld,
  rules: readonly Rule[] = [],
  { type, write, matchPolicy = "Equivalent" }: {
    type: ResourceType;
    write: ReviewedWrite;
    matchPolicy?: string;
  },
): Review | undefined {
  const same = matchPolicy === "Equivalent"
    ? [...registry.all()].filter(({ resource }) => resource === type.resource)
    : [];
  const asked = [type, ...same].find((one) => rules.some((rule) => isNamed(rule, one, write)));
  if (!asked) return undefined;
  const inVersion = (object?: KubeObject) => object ? fromStorage(asked, object) : null;
  return {
    type: asked,
    write,
    object: inVersion(write.object),
    previous: inVersion(write.previous),
  };
}

/** What a webhook or a policy names of what it is asked about. */
type Rule = models.NamedRuleWithOperations;

function isNamed(
  rule: Rule,
  type: ResourceType,
  { operation, subresource = "", ...write }: ReviewedWrite,
) {
  const has = (list: string[] | undefined, value: string) =>
    list === undefined || list.includes("*") || list.includes(value);
  const { resources = ["*"], resourceNames, scope = "*" } = rule;
  const resource = resources.some((pattern) => {
    const [plural, below = ""] = pattern.split("/");
    return (plural === "*" || plural === type.plural) &&
      (below === subresource || (below === "*") || (pattern === "*" && subresource === ""));
  });
  const { name } = (write.object ?? write.previous)!.metadata;
  return resource && has(rule.operations, operation) && has(rule.apiGroups, type.group) &&
    has(rule.apiVersions, type.version) &&
    (!resourceNames?.length || resourceNames.includes(name)) &&
    (scope === "*" || (scope === "Namespaced") === type.namespaced);
}

/** Whether an object, as it is or as it was, and its namespace are selected. */
export function isSelected(
  { store }: ReviewWorld,
  { objectSelector = {}, namespaceSelector = {} }: {
    objectSelector?: models.LabelSelector;
    namespaceSelector?: models.LabelSelector;
  },
  { object, previous }: Review,
): boolean {
  const held = [object, previous].filter((one) => one !== null);
  if (!held.some(({ metadata }) => selects(objectSelector, metadata.labels))) return false;
  const space = namespaceOf(store, held[0]);
  return !space || selects(namespaceSelector, space.metadata.labels);
}

function namespaceOf(store: ObjectStore, object: KubeObject): KubeObject | undefined {
  if (object.kind === "Namespace") return object;
  const { namespace } = object.metadata;
  return namespace ? store.get("namespaces", "", namespace) : undefined;
}

/** What a change is about: what there will be, or what there was. */
export function reviewed({ object, previous }: Review): KubeObject {
  return (object ?? previous)!;
}

/** What an AdmissionReview says of a request, and expressions know as `request`. */
export function requestOf(review: Review): Record<string, unknown> {
  const { type, write, object, previous } = review;
  const { group, version, plural } = type;
  const kind = { group, version, kind: type.kind };
  const resource = { group, version, resource: plural };
  const { metadata } = reviewed(review);
  const subResource = write.subresource ? { subResource: write.subresource } : {};
  return {
    kind,
    resource,
    ...subResource,
    requestKind: kind,
    requestResource: resource,
    ...(write.subresource ? { requestSubResource: write.subresource } : {}),
    name: metadata.name,
    ...(metadata.namespace ? { namespace: metadata.namespace } : {}),
    operation: write.operation,
    userInfo: userOf(write.user),
    object,
    oldObject: previous,
    dryRun: write.dryRun ?? false,
    options: { kind: OPTIONS[write.operation], apiVersion: "meta.k8s.io/v1" },
  };
}

const OPTIONS = { CREATE: "CreateOptions", UPDATE: "UpdateOptions", DELETE: "DeleteOptions" };

function userOf(name: string = ADMIN.name) {
  const { groups, uid }: UserInfo = name === ADMIN.name ? ADMIN : userNamed(name);
  return { username: name, ...(uid ? { uid } : {}), groups: [...groups] };
}

/** The values of what expressions about a change know. */
export function reviewValues({ store }: ReviewWorld, review: Review, params: unknown = null) {
  const { object, previous } = review;
  const { object: _, oldObject: __, ...request } = requestOf(review);
  return {
    object: celValue(object),
    oldObject: celValue(previous),
    request: celValue(request),
    params: celValue(params),
    namespaceObject: celValue(namespaceOf(store, reviewed(review)) ?? null),
  };
}

/**
 * Whether a change meets conditions, all of which have to hold. Errors: CelProblem when one cannot be decided and none
 * says no.
 * Source: kubernetes/apiserver pkg/admission/plugin/webhook/matchconditions/matcher.go.
 */
export function meets(
  conditions: readonly models.MatchCondition[] = [],
  values: Record<string, unknown>,
): boolean {
  let problem: CelProblem | undefined;
  for (const { expression } of conditions) {
    try {
      if (compile(expression, Object.keys(values)).evaluate(values) !== true) return false;
    } catch (error) {
      if (!(error instanceof CelProblem)) throw error;
      problem ??= error;
    }
  }
  if (problem) throw problem;
  return true;
}
