import { compileGoRegexp } from "../../base/mod.ts";
import type { KubeObject, StatusCause } from "../../kube/mod.ts";
import type { Schema } from "./_data.ts";
import { resourceName, type ResourceType } from "./resources.ts";
import { schemaOf } from "./schemas.ts";

type Json = any;

/** The types that a CustomResourceDefinition serves, one per served version. */
export function typesOf(definition: KubeObject): ResourceType[] {
  const { group, names, scope, versions } = definition.spec;
  const storage = versions.find((version: Json) => version.storage) ?? versions[0];
  return versions.filter((version: Json) => version.served).map((version: Json) => ({
    group,
    version: version.name,
    kind: names.kind,
    plural: names.plural,
    singular: names.singular ?? names.kind.toLowerCase(),
    namespaced: scope === "Namespaced",
    shortNames: names.shortNames ?? [],
    categories: names.categories ?? [],
    verbs: ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"],
    subresources: new Set(Object.keys(version.subresources ?? {})),
    resource: resourceName(names.plural, group),
    storageVersion: `${group}/${storage.name}`,
    definition,
  }));
}

/** Removes what the schema does not name; Source: apiextensions-apiserver pkg/apiserver/schema/pruning. */
export function prune(type: ResourceType, object: KubeObject): void {
  const schema = schemaOf(type);
  if (!schema || schema["x-kubernetes-preserve-unknown-fields"]) return;
  for (const key of Object.keys(object)) {
    if (["apiVersion", "kind", "metadata"].includes(key)) continue;
    const property = schema.properties?.[key];
    if (property) pruneValue(property, object[key]);
    else delete object[key];
  }
}

function pruneValue(schema: Schema, value: Json): void {
  if (value === null || typeof value !== "object") return;
  if (Array.isArray(value)) {
    if (schema.items) { for (const item of value) pruneValue(schema.items, item); }
    return;
  }
  const more = schema.additionalProperties;
  for (const key of Object.keys(value)) {
    const property = schema.properties?.[key] ?? (typeof more === "object" ? more : undefined);
    if (property) pruneValue(property, value[key]);
    else if (more !== true && !schema["x-kubernetes-preserve-unknown-fields"]) delete value[key];
  }
}

/** Fills in the schema's defaults. */
export function schemaDefaults(type: ResourceType, object: KubeObject): void {
  const schema = schemaOf(type);
  if (schema) defaultValue(schema, object);
}

function defaultValue(schema: Schema, value: Json): void {
  if (value === null || typeof value !== "object") return;
  if (Array.isArray(value)) {
    if (schema.items) { for (const item of value) defaultValue(schema.items, item); }
    return;
  }
  for (const [key, property] of Object.entries(schema.properties ?? {})) {
    const isMissing = value[key] === undefined || (value[key] === null && !property.nullable);
    if (isMissing && property.default !== undefined) {
      value[key] = structuredClone(property.default);
    }
    if (value[key] !== undefined) defaultValue(property, value[key]);
  }
  if (typeof schema.additionalProperties === "object") {
    for (const item of Object.values(value)) defaultValue(schema.additionalProperties, item);
  }
}

/**
 * What is wrong with a custom resource by its schema, in upstream's words.
 * Source: kube-openapi pkg/validation/validate, apiextensions-apiserver pkg/apiserver/validation.
 */
export function schemaCauses(type: ResourceType, object: KubeObject): StatusCause[] {
  const schema = schemaOf(type);
  const causes: StatusCause[] = [];
  if (schema) {
    const { apiVersion: _, kind: __, metadata: ___, ...rest } = schema.properties ?? {};
    validate({ ...schema, properties: rest }, object, "", causes);
  }
  return causes;
}

function validate(schema: Schema, value: Json, path: string, out: StatusCause[]): void {
  if (value === null && schema.nullable) return;
  const invalid = (message: string, reason = "FieldValueInvalid") => {
    out.push({ reason, message, field: path || "<nil>" });
  };
  const actual = typeOf(value);
  if (schema["x-kubernetes-int-or-string"]) {
    if (actual !== "integer" && actual !== "string") wrongType("integer,string");
    return;
  }
  if (
    schema.type && schema.type !== actual && !(schema.type === "number" && actual === "integer")
  ) {
    return wrongType(schema.type);
  }
  function wrongType(wanted: string): void {
    invalid(
      `Invalid value: ${JSON.stringify(actual)}: ${path} in body must be of type ${wanted}: ${
        JSON.stringify(actual)
      }`,
      "FieldValueTypeInvalid",
    );
  }
  if (schema.enum && !schema.enum.includes(value)) {
    const choices = schema.enum.map((choice) => JSON.stringify(choice)).join(", ");
    invalid(
      `Unsupported value: ${JSON.stringify(value)}: supported values: ${choices}`,
      "FieldValueNotSupported",
    );
  }
  if (typeof value === "number") {
    if (schema.minimum !== undefined && value < schema.minimum) {
      invalid(
        `Invalid value: ${value}: ${path} in body should be greater than or equal to ${schema.minimum}`,
      );
    }
    if (schema.maximum !== undefined && value > schema.maximum) {
      invalid(
        `Invalid value: ${value}: ${path} in body should be less than or equal to ${schema.maximum}`,
      );
    }
  }
  if (typeof value === "string") {
    if (schema.pattern && !compileGoRegexp(schema.pattern).test(value)) {
      invalid(
        `Invalid value: ${JSON.stringify(value)}: ${path} in body should match '${schema.pattern}'`,
      );
    }
    if (schema.maxLength !== undefined && value.length > schema.maxLength) {
      const message = `Too long: may not be more than ${schema.maxLength} bytes`;
      out.push({ reason: "FieldValueTooLong", message, field: path });
    }
    if (schema.minLength && value.length < schema.minLength) {
      invalid(
        `Invalid value: ${
          JSON.stringify(value)
        }: ${path} in body should be at least ${schema.minLength} chars long`,
      );
    }
  }
  if (Array.isArray(value)) {
    if (schema.minItems && value.length < schema.minItems) {
      invalid(
        `Invalid value: ${value.length}: ${path} in body should have at least ${schema.minItems} items`,
      );
    }
    if (schema.maxItems !== undefined && value.length > schema.maxItems) {
      const message = `Too many: ${value.length}: must have at most ${schema.maxItems} items`;
      out.push({ reason: "FieldValueTooMany", message, field: path });
    }
    value.forEach((item, i) => schema.items && validate(schema.items, item, `${path}[${i}]`, out));
  } else if (actual === "object") validateObject(schema, value, path, out);
}

function validateObject(schema: Schema, value: Json, path: string, out: StatusCause[]): void {
  const at = (key: string) => (path ? `${path}.${key}` : key);
  for (const key of schema.required ?? []) {
    if (value[key] === undefined) {
      out.push({ reason: "FieldValueRequired", message: "Required value", field: at(key) });
    }
  }
  for (const key of Object.keys(value).sort()) {
    const item = value[key];
    const more = schema.additionalProperties;
    const property = schema.properties?.[key] ?? (typeof more === "object" ? more : undefined);
    if (property) validate(property, item, at(key), out);
  }
}

function typeOf(value: Json): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}

/** The conditions of a definition whose names are taken up at once. */
export function establishedStatus(definition: KubeObject, now: string): Json {
  const condition = (type: string, reason: string, message: string) => ({
    lastTransitionTime: now,
    message,
    reason,
    status: "True",
    type,
  });
  return {
    acceptedNames: definition.spec.names,
    conditions: [
      condition("NamesAccepted", "NoConflicts", "no conflicts found"),
      condition("Established", "InitialNamesAccepted", "the initial names have been accepted"),
    ],
    storedVersions: definition.spec.versions.filter((version: Json) => version.storage)
      .map((version: Json) => version.name),
  };
}
