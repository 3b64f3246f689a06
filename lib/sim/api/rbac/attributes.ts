import { type AccessAttributes, ApiError, groupResource, readPath } from "../../../kube/mod.ts";
import { decodePart } from "../requests.ts";
import type { UserInfo } from "./identity.ts";

const VERBS: Record<string, string> = {
  GET: "get",
  HEAD: "get",
  POST: "create",
  PUT: "update",
  PATCH: "patch",
  DELETE: "delete",
};

/**
 * What a request is about.
 * Source: kubernetes/apiserver pkg/endpoints/request/requestinfo.go (NewRequestInfo).
 */
export function attributesOf(
  { method, path, query }: { method: string; path: string; query: URLSearchParams },
): AccessAttributes {
  const parts = path.split("/").filter((part) => part !== "").map(decodePart);
  const wanted = readPath(parts);
  if (!wanted) {
    const verb = method.toLowerCase();
    return { verb, path, group: "", resource: "", subresource: "", namespace: "", name: "" };
  }
  const { group, resource, subresource, namespace, name: named } = wanted;
  let verb = VERBS[method] ?? "";
  let name = named;
  if (name === "" && verb === "get") {
    const selected = /(?:^|,)metadata\.name==?([^,]+)/.exec(query.get("fieldSelector") ?? "");
    if (selected) name = selected[1];
    const isWatch = /^(?:1|t|true)$/i.test(query.get("watch") ?? "");
    verb = isWatch ? "watch" : "list";
  }
  if (named === "" && verb === "delete") verb = "deletecollection";
  return { verb, group, resource, subresource, namespace, name };
}

/**
 * The answer to somebody who may not.
 * Source: kubernetes/apiserver pkg/endpoints/handlers/responsewriters/errors.go (Forbidden).
 */
export function forbidden(user: UserInfo, wanted: AccessAttributes, reason: string): ApiError {
  const { verb, path, group, resource, subresource, namespace, name } = wanted;
  const quoted = JSON.stringify;
  const why = (text: string) => reason === "" ? text : `${text}: ${reason}`;
  if (path !== undefined) {
    const text = why(`User ${quoted(user.name)} cannot ${verb} path ${quoted(path)}`);
    return new ApiError(403, "Forbidden", `forbidden: ${text}`, {});
  }
  const full = subresource === "" ? resource : `${resource}/${subresource}`;
  const where = namespace === "" ? "at the cluster scope" : `in the namespace ${quoted(namespace)}`;
  const text = why(
    `User ${quoted(user.name)} cannot ${verb} resource ${quoted(full)} in API group ` +
      `${quoted(group)} ${where}`,
  );
  const message = `${groupResource({ group, resource })}${
    name === "" ? "" : ` ${quoted(name)}`
  } is forbidden: ${text}`;
  return new ApiError(403, "Forbidden", message, {
    ...(name === "" ? {} : { name }),
    ...(group === "" ? {} : { group }),
    kind: resource,
  });
}
