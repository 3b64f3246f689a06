import { jsonTypeName } from "../../go/mod.ts";
import { ApiError, type KubeObject } from "../../kube/mod.ts";
import {
  checkFields,
  checkTypeMeta,
  type FieldValidation,
  missingTypeMeta,
} from "./field_validation.ts";
import type { UserInfo } from "./rbac/identity.ts";
import type { ResourceType } from "./resources.ts";

/** A request as the API server reads it. */
export interface ApiRequest {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: Record<string, string>;
  body: string;
  /** Who asks; absent for the parts of the control plane, which may do everything. */
  user?: UserInfo;
  /** What it is warned of so far, for its answer, whichever that is. */
  warnings?: string[];
}

export function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw ApiError.badRequest(`invalid URL escape "${part}"`);
  }
}

export function selectors(
  query: URLSearchParams,
): { labelSelector?: string; fieldSelector?: string } {
  return {
    labelSelector: query.get("labelSelector") ?? "",
    fieldSelector: query.get("fieldSelector") ?? "",
  };
}

/**
 * Checks the fields of a patched object; what is wrong with them is said of the patch.
 * Source: kubernetes/apiserver pkg/endpoints/handlers/patch.go.
 * @param shown the patch, or undefined where upstream shows what came of it.
 */
export function checkPatched(
  type: ResourceType,
  next: KubeObject,
  mode: FieldValidation,
  shown: string | undefined,
): string[] {
  try {
    for (const field of ["apiVersion", "kind"] as const) {
      if (typeof next[field] === "string") continue;
      throw ApiError.badRequest(
        `json: cannot unmarshal ${
          jsonTypeName(next[field])
        } into Go struct field .${field} of type string`,
      );
    }
    const missing = type.definition && missingTypeMeta(next);
    if (missing) throw ApiError.badRequest(missing);
    checkTypeMeta(type, next);
    return checkFields(type, next, mode);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const said = error.message.replace(/^.*? cannot be handled as a \w+: /, "");
    const detail = shown === undefined ? said : unstructuredWords(said);
    const value = JSON.stringify(shown ?? JSON.stringify(next));
    const message = `Invalid value: ${value}: ${detail}`;
    throw new ApiError(422, "Invalid", ` "" is invalid: patch: ${message}`, {
      causes: [{ reason: "FieldValueInvalid", message, field: "patch" }],
    });
  }
}

/**
 * What is wrong with a field, in the words of who reads a patched map and not a text.
 * Source: kubernetes/apimachinery pkg/runtime/converter.go (fromUnstructured).
 */
function unstructuredWords(said: string): string {
  const [, found, number, wanted] =
    /^json: cannot unmarshal (\w+)(?: (\S+))? into Go struct field \S+ of type (.+)$/.exec(said) ??
      [];
  if (found === undefined) return said;
  const kinds: Record<string, string> = { array: "slice", object: "map", number: "int64" };
  const kind = number?.includes(".") ? "float64" : kinds[found] ?? found;
  if (wanted.startsWith("[]")) return `cannot restore slice from ${kind}`;
  if (wanted.startsWith("map[")) return `cannot restore map from ${kind}`;
  if (/[A-Z]/.test(wanted)) return `cannot restore struct from: ${kind}`;
  const converts = wanted === "string" ? kind === "int64" : wanted !== "bool" && kind === "float64";
  return converts ? `cannot convert ${kind} to ${wanted}` : `unrecognized type: ${wanted}`;
}

/** Custom resources are not updated blindly. Source: apiextensions-apiserver customresource/strategy.go. */
export function checkUpdatable({ resource }: ResourceType, { metadata }: KubeObject): void {
  if (metadata.resourceVersion) return;
  throw ApiError.invalid(resource, metadata.name, [{
    reason: "FieldValueInvalid",
    message: "Invalid value: 0: must be specified for an update",
    field: "metadata.resourceVersion",
  }]);
}

/**
 * That an object is the one on the URL. Errors: ApiError (BadRequest).
 * Source: kubernetes/apiserver pkg/endpoints/handlers/rest.go (checkName).
 */
export function checkName(object: KubeObject, name: string, namespace?: string): void {
  if (!object.metadata?.name) {
    throw ApiError.badRequest(
      `the name of the object (${name} based on URL) was undeterminable: name must be provided`,
    );
  }
  if (namespace && (object.metadata.namespace ??= namespace) !== namespace) {
    throw ApiError.badRequest(
      "the namespace of the provided object does not match the namespace sent on the request",
    );
  }
  if (object.metadata.name !== name) {
    throw ApiError.badRequest(
      `the name of the object (${object.metadata.name}) does not match the name on the URL (${name})`,
    );
  }
}
