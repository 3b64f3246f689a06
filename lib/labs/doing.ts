import { readPath } from "../kube/mod.ts";

/** One thing that the cluster's thread is at: a scope of its clock, and what of that. */
export interface Doing {
  label: string;
  about: string;
}

/** An object that something was at; `uid` where its name is not known. */
export interface NamedObject {
  /** The plural with its group: `deployments.apps`. */
  resource: string;
  namespace: string;
  name?: string;
  uid?: string;
}

const WITHIN = " → ";

/**
 * What the cluster's thread is at, the outermost first: `controller replicaset replicasets.apps default/web → api server
 * POST /api/v1/namespaces/default/pods`. Undefined for nothing.
 */
export function doingText(doing: readonly Doing[]): string | undefined {
  const texts = doing.map(({ label, about }) => `${label} ${about}`.replace(/\s+/g, " ").trim());
  const told = texts.filter((text, at) => text !== "" && text !== texts[at - 1]);
  return told.length === 0 ? undefined : told.join(WITHIN);
}

/**
 * The objects that such a text names, those first that are most likely at fault: the innermost, but for a container that
 * answers a query, which is not at fault for that.
 */
export function objectsAt(doing: string): NamedObject[] {
  const parts = doing.split(WITHIN).reverse();
  const asked = parts.filter((part) => QUERY.test(part));
  return [...parts.filter((part) => !QUERY.test(part)), ...asked].flatMap(objectsOf);
}

const QUERY = /^container \S+ query /;
const POD = /^(?:container|kubelet) ([^/\s]+)\/([^/\s]+)/;
const REQUEST = /^api server [A-Z]+ (\/\S+)$/;
/** A rule of Prometheus', in a file that its operator has written of a PrometheusRule. */
const RULE = / rule \S*-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.yaml /;
const OBJECT = / ([a-z][a-z0-9.-]*) (?:([^/\s]+)\/)?([^/\s]+)$/;

function objectsOf(part: string): NamedObject[] {
  const request = REQUEST.exec(part);
  if (request) return requested(request[1]);
  const [, podNamespace, pod] = POD.exec(part) ?? [];
  const pods = pod ? [{ resource: "pods", namespace: podNamespace, name: pod }] : [];
  if (QUERY.test(part)) return pods;
  const [, uid] = RULE.exec(part) ?? [];
  if (uid) {
    return [{ resource: "prometheusrules.monitoring.coreos.com", namespace: "", uid }, ...pods];
  }
  const [, resource, namespace = "", name] = OBJECT.exec(part) ?? [];
  return name ? [{ resource, namespace, name }, ...pods] : pods;
}

function requested(path: string): NamedObject[] {
  const parts = readPath(path.slice(1).split("/"));
  if (!parts?.name) return [];
  const { group, namespace, resource, name } = parts;
  return [{ resource: group ? `${resource}.${group}` : resource, namespace, name }];
}
