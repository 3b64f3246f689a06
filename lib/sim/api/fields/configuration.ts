import { type Document, parseDocument } from "yaml";
import { ApiError, groupOf, type KubeObject, versionOf } from "../../../kube/mod.ts";
import type { FieldValidation } from "../field_validation.ts";
import { apiVersionOf, type ResourceType } from "../resources.ts";

/** What go-yaml says of mistakes that this parser knows by a code. */
const YAML_MISTAKES: Readonly<Record<string, string>> = {
  BLOCK_AS_IMPLICIT_KEY: "mapping values are not allowed in this context",
  TAB_AS_INDENT: "found character that cannot start any token",
};

/**
 * Reads the body of an apply. Gives warnings of keys that come twice. Errors: ApiError (BadRequest).
 * Source: kubernetes/apiserver pkg/endpoints/handlers/patch.go (applyPatcher).
 */
export function readConfiguration(
  body: string,
  mode: FieldValidation,
): { config: KubeObject; warnings: string[] } {
  const document = parseDocument(body, { uniqueKeys: true, merge: true });
  const twice = document.errors.filter(({ code }) => code === "DUPLICATE_KEY");
  const [mistake] = document.errors.filter(({ code }) => code !== "DUPLICATE_KEY");
  if (mistake) {
    const why = YAML_MISTAKES[mistake.code] ?? mistake.message.split("\n")[0];
    throw ApiError.badRequest(`error decoding YAML: error converting YAML to JSON: yaml: ${why}`);
  }
  const config = toJson(document);
  const texts = mode === "Ignore" ? [] : twice.map(({ pos, linePos }) => {
    const key = /^[^:\s]*/.exec(body.slice(pos[0]))?.[0] ?? "";
    return `line ${linePos?.[0].line ?? 0}: key ${JSON.stringify(key)} already set in map`;
  });
  if (texts.length > 0 && mode === "Strict") {
    throw ApiError.badRequest(
      "error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:\n" +
        texts.map((text) => `  ${text}`).join("\n"),
    );
  }
  return { config, warnings: texts };
}

/** What an alias makes circular or too large is refused. */
function asJson(document: Document): unknown {
  try {
    return JSON.parse(JSON.stringify(document.toJS() ?? null));
  } catch (error) {
    const why = error instanceof Error ? error.message.split("\n")[0] : String(error);
    throw ApiError.badRequest(`error decoding YAML: error converting YAML to JSON: yaml: ${why}`);
  }
}

function toJson(document: Document): KubeObject {
  const value: unknown = asJson(document) ?? {};
  if (typeof value === "object" && !Array.isArray(value)) return value as KubeObject;
  const found = Array.isArray(value) ? "array" : typeof value === "boolean" ? "bool" : typeof value;
  throw ApiError.badRequest(
    "error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal " +
      `${found} into Go value of type map[string]interface {}`,
  );
}

/** Refuses a configuration of another kind or version. Errors: ApiError (BadRequest). */
export function checkApplied(type: ResourceType, config: KubeObject): void {
  for (const field of ["apiVersion", "kind"]) {
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
  const isObject = typeof metadata === "object" && metadata !== null && !Array.isArray(metadata);
  if (metadata !== undefined && !isObject) {
    throw ApiError.badRequest("metadata is not an object");
  }
  for (const field of ["name", "namespace"] as const) {
    if (typeof (metadata?.[field] ?? "") !== "string") {
      throw ApiError.badRequest(`metadata.${field} is not a string`);
    }
  }
}
