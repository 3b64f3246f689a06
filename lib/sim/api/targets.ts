import { ApiError, apiVersionOf, readPath } from "../../kube/mod.ts";
import type { ResourceRegistry, ResourceType } from "./resources.ts";

/** What a path leads to. */
export interface Target {
  type: ResourceType;
  /** Empty for a resource of the cluster, and for all namespaces. */
  namespace: string;
  name: string | undefined;
  subresource: string | undefined;
}

/** What the decoded parts of a path name. Errors: ApiError (NotFound). */
export function targetOf(registry: ResourceRegistry, parts: readonly string[]): Target {
  const wanted = readPath(parts);
  const type = wanted && registry.byPath(apiVersionOf(wanted), wanted.resource);
  // A slash that came encoded is part of a name, and none has one.
  const isMeant = type?.group === wanted?.group && type?.version === wanted?.version;
  if (!type || !isMeant || wanted.rest.length > 0) throw ApiError.noSuchResource();
  const { name, subresource } = wanted;
  // Upstream counts a Namespace itself as in its namespace.
  const namespace = type.resource === "namespaces" ? "" : wanted.namespace;
  if (type.namespaced ? namespace === "" && name !== "" : namespace !== "") {
    throw ApiError.noSuchResource();
  }
  return { type, namespace, name: name || undefined, subresource: subresource || undefined };
}
