import { compileGoRegexp, isMap, own, quote } from "../../go/mod.ts";
import { sameJson, type StatusCause } from "../../kube/mod.ts";
import type { Schema } from "./_data.ts";
import { formatFits } from "./schema_formats.ts";
import { sortedJson } from "./json_values.ts";

const INT32 = 2 ** 31;

/**
 * What is wrong with a value by its schema, in upstream's words and order.
 * Source: kubernetes/kube-openapi pkg/validation/validate; apiextensions-apiserver pkg/apiserver/validation.
 * @param path how messages name the value.
 */
export function schemaFaults(schema: Schema, value: unknown, path: string): StatusCause[] {
  const out: StatusCause[] = [];
  validate(schema, value, path, out);
  return out;
}

function invalid(path: string, message: string): StatusCause {
  return { reason: "FieldValueInvalid", message, field: path || "<nil>" };
}

/** A fault that upstream gives no field. */
function homeless(message: string): StatusCause {
  return { reason: "FieldValueInvalid", message: `Invalid value: "": ${message}`, field: "<nil>" };
}

function validate(schema: Schema, value: unknown, path: string, out: StatusCause[]): void {
  if (value === null && schema.nullable) return;
  const actual = typeOf(value);
  const isEither = schema["x-kubernetes-int-or-string"];
  if (isEither && actual !== "integer" && actual !== "string") {
    out.push(wrongType(path, actual, "integer,string"));
    return;
  }
  const fits = !schema.type || schema.type === actual ||
    (schema.type === "number" && actual === "integer");
  if (!fits) {
    out.push(wrongType(path, actual, schema.type!));
    if (schema.type === "integer" && actual === "number") {
      out.push(homeless(`Checked value must be of type integer (default format) in ${path}`));
    }
    return;
  }
  combined(schema, value, path, out);
  if (typeof value === "string") stringFault(schema, value, path, out);
  if (typeof value === "number") numberFaults(schema, value, path, out);
  if (Array.isArray(value)) listFaults(schema, value, path, out);
  if (schema.enum && !schema.enum.some((choice) => sameJson(choice, value))) {
    const choices = schema.enum.map((choice) => JSON.stringify(choice)).join(", ");
    out.push({
      reason: "FieldValueNotSupported",
      message: `Unsupported value: ${JSON.stringify(value)}: supported values: ${choices}`,
      field: path,
    });
  }
  if (isMap(value)) objectFaults(schema, value, path, out);
}

function wrongType(path: string, actual: string, wanted: string): StatusCause {
  const found = JSON.stringify(actual);
  return {
    reason: "FieldValueTypeInvalid",
    message: `Invalid value: ${found}: ${path} in body must be of type ${wanted}: ${found}`,
    field: path || "<nil>",
  };
}

/** Adds faults, of which there may be more than a call can have arguments. */
function add(out: StatusCause[], faults: readonly StatusCause[]): void {
  for (const fault of faults) out.push(fault);
}

/** allOf, anyOf, oneOf and not. */
function combined(schema: Schema, value: unknown, path: string, out: StatusCause[]): void {
  const faults = (part: Schema) => schemaFaults(part, value, path);
  const { anyOf, oneOf, allOf, not } = schema;
  if (anyOf?.length) {
    const found = anyOf.map(faults);
    if (found.every(({ length }) => length > 0)) {
      add(out, [homeless(`"${path}" must validate at least one schema (anyOf)`), ...found[0]]);
    }
  }
  if (oneOf?.length) {
    const found = oneOf.map(faults);
    const good = found.filter(({ length }) => length === 0).length;
    const head = `"${path}" must validate one and only one schema (oneOf).`;
    if (good === 0) add(out, [homeless(`${head} Found none valid`), ...found[0]]);
    else if (good > 1) out.push(homeless(`${head} Found ${good} valid alternatives`));
  }
  if (allOf?.length) {
    const found = allOf.flatMap(faults);
    if (found.length > 0) {
      add(out, [...found, homeless(`"${path}" must validate all the schemas (allOf)`)]);
    }
  }
  if (not && faults(not).length === 0) {
    out.push(homeless(`"${path}" must not validate the schema (not)`));
  }
}

/** Only the first. */
function stringFault(schema: Schema, value: string, path: string, out: StatusCause[]): void {
  const length = [...value].length;
  const shown = `Invalid value: ${quote(value)}: ${path} in body`;
  if (schema.maxLength !== undefined && length > schema.maxLength) {
    const message = `Too long: may not be more than ${schema.maxLength} bytes`;
    out.push({ reason: "FieldValueTooLong", message, field: path });
  } else if (schema.minLength !== undefined && length < schema.minLength) {
    out.push(invalid(path, `${shown} should be at least ${schema.minLength} chars long`));
  } else if (schema.pattern && !compileGoRegexp(schema.pattern).test(value)) {
    out.push(invalid(path, `${shown} should match '${schema.pattern}'`));
  }
  if (schema.format && !formatFits(schema.format, value)) {
    out.push({
      reason: "FieldValueTypeInvalid",
      message: `${shown} must be of type ${schema.format}: ${JSON.stringify(value)}`,
      field: path,
    });
  }
}

function numberFaults(schema: Schema, value: number, path: string, out: StatusCause[]): void {
  const { multipleOf, maximum, minimum, exclusiveMaximum, exclusiveMinimum, format } = schema;
  const fault = (what: string) =>
    out.push(invalid(path, `Invalid value: ${value}: ${path} in body ${what}`));
  if (format === "int32" && (value >= INT32 || value < -INT32)) {
    out.push(homeless(`Checked value must be of type integer with format int32 in ${path}`));
  }
  if (multipleOf !== undefined && !Number.isInteger(value / multipleOf)) {
    fault(`should be a multiple of ${multipleOf}`);
  }
  if (maximum !== undefined && (exclusiveMaximum ? value >= maximum : value > maximum)) {
    fault(`should be less than ${exclusiveMaximum ? "" : "or equal to "}${maximum}`);
  }
  if (minimum !== undefined && (exclusiveMinimum ? value <= minimum : value < minimum)) {
    fault(`should be greater than ${exclusiveMinimum ? "" : "or equal to "}${minimum}`);
  }
}

function listFaults(schema: Schema, value: unknown[], path: string, out: StatusCause[]): void {
  const { items, minItems, maxItems } = schema;
  if (items) value.forEach((item, i) => validate(items, item, `${path}[${i}]`, out));
  if (minItems !== undefined && value.length < minItems) {
    const shown = `Invalid value: ${value.length}: ${path} in body`;
    out.push(invalid(path, `${shown} should have at least ${minItems} items`));
  }
  if (maxItems !== undefined && value.length > maxItems) {
    out.push(tooMany(path, value.length, maxItems));
  }
}

function tooMany(path: string, count: number, limit: number): StatusCause {
  const message = `Too many: ${count}: must have at most ${limit} items`;
  return { reason: "FieldValueTooMany", message, field: path };
}

function objectFaults(
  schema: Schema,
  value: Record<string, unknown>,
  path: string,
  out: StatusCause[],
): void {
  const at = (key: string) => (path ? `${path}.${key}` : key);
  const { minProperties, maxProperties } = schema;
  const count = Object.keys(value).length;
  if (minProperties !== undefined && count < minProperties) {
    const shown = `Invalid value: ${count}: ${path} in body`;
    out.push(invalid(path, `${shown} should have at least ${minProperties} properties`));
  }
  if (maxProperties !== undefined && count > maxProperties) {
    out.push(tooMany(path, count, maxProperties));
  }
  const required = schema["x-kubernetes-embedded-resource"]
    ? [...schema.required ?? [], "apiVersion", "kind"]
    : schema.required ?? [];
  for (const key of required) {
    if (own(value, key) !== undefined) continue;
    out.push({ reason: "FieldValueRequired", message: "Required value", field: at(key) });
  }
  const more = schema.additionalProperties;
  for (const key of Object.keys(value).sort()) {
    const inner = own(schema.properties, key) ?? (typeof more === "object" ? more : undefined);
    if (inner) validate(inner, value[key], at(key), out);
  }
}

/** What an integer is to Go: a number without a fraction. */
function typeOf(value: unknown): string {
  if (value === null || value === undefined) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}

/**
 * Items that are twice in a set, or in a map under the same keys.
 * Source: apiextensions-apiserver pkg/apiserver/schema/listtype/validation.go.
 */
export function duplicateItems(schema: Schema, value: unknown, path: string): StatusCause[] {
  if (value === null || typeof value !== "object") return [];
  if (Array.isArray(value)) {
    const below = value.flatMap((item, i) =>
      schema.items ? duplicateItems(schema.items, item, `${path}[${i}]`) : []
    );
    return [...twice(schema, value, path), ...below];
  }
  const more = schema.additionalProperties;
  return Object.keys(value).sort().flatMap((key) => {
    const inner = own(schema.properties, key) ?? (typeof more === "object" ? more : undefined);
    return inner ? duplicateItems(inner, own(value, key), path ? `${path}.${key}` : key) : [];
  });
}

function twice(schema: Schema, items: unknown[], path: string): StatusCause[] {
  const kind = schema["x-kubernetes-list-type"];
  if (kind !== "set" && kind !== "map") return [];
  const keys = schema["x-kubernetes-list-map-keys"] ?? [];
  const idOf = (item: unknown) =>
    kind === "set" ? item : Object.fromEntries(
      keys.map((key) => [key, own(item, key)]).filter(([, value]) => value !== undefined),
    );
  const seen = new Set<string>();
  return items.flatMap((item, i) => {
    const text = sortedJson(idOf(item));
    const known = seen.has(text);
    seen.add(text);
    if (!known) return [];
    const message = `Duplicate value: ${text}`;
    return [{ reason: "FieldValueDuplicate", message, field: `${path}[${i}]` }];
  });
}
