import { ApiError } from "../../kube/mod.ts";
import type { ResourceRegistry, ResourceType } from "./resources.ts";

/** A path below a group and version. */
export interface Target {
  type: ResourceType;
  namespace: string;
  name: string | undefined;
  subresource: string | undefined;
}

/** What the parts of a path below a group and version name. Errors: ApiError (NotFound). */
export function targetOf(
  registry: ResourceRegistry,
  apiVersion: string,
  parts: readonly string[],
): Target {
  const inNamespace = parts[0] === "namespaces" && parts.length >= 3 &&
    registry.byPath(apiVersion, parts[2])?.namespaced;
  const [namespace, tail] = inNamespace ? [parts[1], parts.slice(2)] : ["", parts];
  const type = registry.byPath(apiVersion, tail[0]);
  if (!type || tail.length > 3) throw ApiError.noSuchResource();
  if (type.namespaced && !inNamespace && tail.length > 1) throw ApiError.noSuchResource();
  return { type, namespace, name: tail[1], subresource: tail[2] };
}
