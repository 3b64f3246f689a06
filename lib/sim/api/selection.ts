import {
  type LabelSelector,
  matches,
  parseSelector,
  selectorRequirements,
  SelectorSyntaxError,
} from "../../base/mod.ts";
import { ApiError, type KubeObject } from "../../kube/mod.ts";

/** Fields that can be selected besides name and namespace; Source: pkg/registry/<group>/<kind>/strategy.go. */
const SELECTABLE: Record<string, string[]> = {
  pods: [
    "spec.nodeName",
    "spec.restartPolicy",
    "spec.schedulerName",
    "spec.serviceAccountName",
    "spec.hostNetwork",
    "status.phase",
    "status.podIP",
    "status.nominatedNodeName",
  ],
  events: [
    "involvedObject.kind",
    "involvedObject.namespace",
    "involvedObject.name",
    "involvedObject.uid",
    "involvedObject.apiVersion",
    "involvedObject.resourceVersion",
    "involvedObject.fieldPath",
    "reason",
    "reportingComponent",
    "source",
    "type",
  ],
  namespaces: ["status.phase"],
  nodes: ["spec.unschedulable"],
  secrets: ["type"],
  services: ["spec.clusterIP", "spec.type"],
  "replicasets.apps": ["status.replicas"],
  "jobs.batch": ["status.successful"],
};
/** The names that events.k8s.io gives the same fields. */
const ALIASES: Record<string, string> = { "regarding.": "involvedObject." };

type Predicate = (object: KubeObject) => boolean;

/** The objects that label and field selectors let through. Errors: ApiError (BadRequest) as upstream words it. */
export function selection(
  resource: string,
  options: { labelSelector?: string | LabelSelector; fieldSelector?: string },
): Predicate {
  const byLabels = labelPredicate(options.labelSelector);
  const byFields = fieldPredicate(resource, options.fieldSelector);
  return (object) => byLabels(object) && byFields(object);
}

function labelPredicate(selector: string | LabelSelector | undefined): Predicate {
  if (selector === undefined || selector === "") return () => true;
  try {
    const requirements = typeof selector === "string"
      ? parseSelector(selector)
      : selectorRequirements(selector) ?? [];
    return ({ metadata }) => matches(requirements, metadata.labels);
  } catch (error) {
    if (error instanceof SelectorSyntaxError) {
      throw ApiError.badRequest(error.message);
    }
    throw error;
  }
}

function fieldPredicate(resource: string, selector: string | undefined): Predicate {
  if (!selector) return () => true;
  const terms = selector.split(",").map((term) => {
    const match = /^([^=!]+)(==|=|!=)(.*)$/.exec(term);
    if (!match) {
      throw ApiError.badRequest(`invalid selector: '${selector}'; can't understand '${term}'`);
    }
    const field = Object.entries(ALIASES).reduce(
      (name, [from, to]) => (name.startsWith(from) ? to + name.slice(from.length) : name),
      match[1],
    );
    const known = field === "metadata.name" || field === "metadata.namespace" ||
      SELECTABLE[resource]?.includes(field);
    if (!known) throw ApiError.badRequest(`field label not supported: ${match[1]}`);
    return { path: field.split("."), equal: match[2] !== "!=", value: match[3] };
  });
  return (object) =>
    terms.every(({ path, equal, value }) => (fieldOf(object, path) === value) === equal);
}

function fieldOf(object: KubeObject, path: string[]): string {
  let at: unknown = object;
  for (const key of path) at = (at as Record<string, unknown> | undefined)?.[key];
  if (path.length === 1 && path[0] === "source") at = object.source?.component;
  return at === undefined || at === null ? "" : String(at);
}
