import { quote } from "../go/mod.ts";
import { groupOf, versionOf } from "./types.ts";

/** A resource without its version: `{ group: "batch", resource: "jobs" }`. */
export interface GroupResource {
  group: string;
  /** The plural. */
  resource: string;
}

/** A resource in one of its versions. */
export interface GroupVersionResource extends GroupResource {
  version: string;
  /** False for a resource of the cluster, whose paths name no namespace. */
  namespaced?: boolean;
}

/** A resource as discovery gives it, or in a word: `v1/pods`, `apps/v1/deployments`. */
export type ResourceRef = GroupVersionResource | string;

/** Where in a resource: a collection where no name is given, of all namespaces where none is. */
export interface Place {
  namespace?: string | undefined;
  name?: string | undefined;
  subresource?: string | undefined;
}

/** A name that would lead a path elsewhere: to a whole collection, or up. */
export class NameError extends Error {
  override name = "NameError";
}

/** The parts of a {@linkcode ResourceRef}. */
export function resourceOf(ref: ResourceRef): GroupVersionResource {
  if (typeof ref !== "string") return ref;
  const slash = ref.lastIndexOf("/");
  const apiVersion = ref.slice(0, slash);
  return {
    group: groupOf(apiVersion),
    version: versionOf(apiVersion),
    resource: ref.slice(slash + 1),
  };
}

/** `apps/v1`, or `v1` for the core group. */
export function apiVersionOf({ group, version }: { group: string; version: string }): string {
  return group === "" ? version : `${group}/${version}`;
}

/** `deployments.apps`, as errors and the API from inside name a resource; `pods` of the core group. */
export function groupResource({ group, resource }: GroupResource): string {
  return group === "" ? resource : `${resource}.${group}`;
}

/** The parts of `deployments.apps`. Source: kubernetes/apimachinery pkg/runtime/schema (ParseGroupResource). */
export function parseGroupResource(text: string): GroupResource {
  const [resource, ...group] = text.split(".");
  return { resource, group: group.join(".") };
}

/**
 * The singular of a resource, by its ending: `pods`, `ingresses`, `networkpolicies`.
 * Source: kubernetes/apimachinery pkg/api/meta/restmapper.go (UnsafeGuessKindToResource), the other way round.
 */
export function singularOf(resource: string): string {
  return resource.endsWith("ies")
    ? `${resource.slice(0, -3)}y`
    : resource.replace(/(?<=ss|x|sh|ch)es$|s$/, "");
}

/** `Deployment.apps`, as errors name a kind. */
export function groupKind({ group, kind }: { group: string; kind: string }): string {
  return group === "" ? kind : `${kind}.${group}`;
}

/** Where a version of a group is served: `/api/v1`, `/apis/apps/v1`. */
export function rootPath(apiVersion: string): string {
  return `/${apiVersion.includes("/") ? "apis" : "api"}/${apiVersion}`;
}

/** Where the versions of a group are told of. */
export function groupPath(group: string): string {
  return group === "" ? "/api" : `/apis/${group}`;
}

/**
 * The path of a resource. Errors: NameError.
 * Source: kubernetes/client-go rest/request.go (URL).
 */
export function pathOf(ref: ResourceRef, { namespace, name, subresource }: Place = {}): string {
  const resource = resourceOf(ref);
  const parts = [rootPath(apiVersionOf(resource))];
  // A Namespace is in none, though who reads its path is told one.
  const isNamespace = resource.group === "" && resource.resource === "namespaces";
  if (namespace && resource.namespaced !== false && !isNamespace) {
    parts.push("namespaces", segment("namespace", namespace));
  }
  parts.push(resource.resource);
  if (name !== undefined) parts.push(segment("resource name", name));
  if (subresource) parts.push(subresource);
  return parts.join("/");
}

/** Source: as above (Name, Namespace), kubernetes/apimachinery pkg/api/validation/path/name.go. */
function segment(what: "namespace" | "resource name", name: string): string {
  if (name === "") throw new NameError(`${what} may not be empty`);
  const faults = name === "." || name === ".."
    ? [`may not be '${name}'`]
    : ["/", "%"].filter((part) => name.includes(part)).map((part) => `may not contain '${part}'`);
  if (faults.length > 0) {
    throw new NameError(`invalid ${what} ${quote(name)}: [${faults.join(" ")}]`);
  }
  return encodeURIComponent(name.toWellFormed());
}

/** What a path names: {@linkcode pathOf} backwards. Parts that it lacks are empty. */
export interface PathParts {
  group: string;
  version: string;
  /** Also of a Namespace itself, as upstream has it. */
  namespace: string;
  resource: string;
  name: string;
  subresource: string;
  /** What follows the subresource. */
  rest: readonly string[];
}

/** Below a namespace, yet of the Namespace itself. */
const NAMESPACE_SUBRESOURCES = ["status", "finalize"];

/**
 * What the decoded parts of a path name; undefined for one that leads to no resource.
 * Source: kubernetes/apiserver pkg/endpoints/request/requestinfo.go (NewRequestInfo).
 */
export function readPath(parts: readonly string[]): PathParts | undefined {
  const [root, ...below] = parts;
  if (root !== "api" && root !== "apis") return undefined;
  const group = root === "apis" ? below.shift() ?? "" : "";
  const [version = "", ...inside] = below;
  if (inside.length === 0) return undefined;
  const isInNamespace = inside[0] === "namespaces" && inside.length > 1;
  const isOfNamespace = isInNamespace &&
    (inside.length === 2 || NAMESPACE_SUBRESOURCES.includes(inside[2]));
  const namespace = isInNamespace ? inside[1] : "";
  const [resource, name = "", subresource = "", ...rest] = isInNamespace && !isOfNamespace
    ? inside.slice(2)
    : inside;
  return { group, version, namespace, resource, name, subresource, rest };
}
