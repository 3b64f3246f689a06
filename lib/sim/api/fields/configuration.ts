import { fromYaml, isMap, jsonTypeName, YamlError } from "../../../go/mod.ts";
import { ApiError, apiVersionOf, groupOf, type KubeObject, versionOf } from "../../../kube/mod.ts";
import type { FieldValidation } from "../field_validation.ts";
import type { ResourceType } from "../resources.ts";

/**
 * Reads the body of an apply. Gives warnings of keys that come twice. Errors: ApiError (BadRequest).
 * Source: kubernetes/apiserver pkg/endpoints/handlers/patch.go (applyPatcher).
 */
export function readConfiguration(
  body: string,
  mode: FieldValidation,
): { config: KubeObject; warnings: string[] } {
  const duplicates: string[] = [];
  let value: unknown;
  try {
    value = fromYaml(body, duplicates) ?? {};
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    const why = `error converting YAML to JSON: ${error.message}`;
    throw ApiError.badRequest(`error decoding YAML: ${why}`);
  }
  if (typeof value !== "object" || Array.isArray(value)) {
    throw ApiError.badRequest(
      "error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal " +
        `${jsonTypeName(value)} into Go value of type map[string]interface {}`,
    );
  }
  if (duplicates.length > 0 && mode === "Strict") {
    throw ApiError.badRequest(
      "error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:\n" +
        duplicates.map((text) => `  ${text}`).join("\n"),
    );
  }
  return { config: value as KubeObject, warnings: mode === "Ignore" ? [] : duplicates };
}

/** Refuses a configuration of another kind or version. Errors: ApiError (BadRequest). */
export function checkApplied(type: ResourceType, config: KubeObject): void {
  for (const field of ["apiVersion", "kind"] as const) {
    if (typeof (config[field] ?? "") !== "string") {
      throw ApiError.badRequest(`${field} is not a string`);
    }
  }
  const apiVersion = config.apiVersion ?? "";
  const kind = config.kind ?? "";
  if (apiVersion !== apiVersionOf(type) || kind !== type.kind) {
    const shown = `${groupOf(apiVersion)}/${versionOf(apiVersion)}, Kind=${kind}`;
    throw ApiError.badRequest(`invalid object type: ${shown}`);
  }
  const { metadata } = config;
  if (metadata !== undefined && !isMap(metadata)) {
    throw ApiError.badRequest("metadata is not an object");
  }
  for (const field of ["name", "namespace"] as const) {
    if (typeof (metadata?.[field] ?? "") !== "string") {
      throw ApiError.badRequest(`metadata.${field} is not a string`);
    }
  }
}
