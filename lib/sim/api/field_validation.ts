import { jsonTypeName, setOwn, timeFault, type TimeLayout, writtenTime } from "../../go/mod.ts";
import {
  ApiError,
  apiVersionOf,
  groupKind,
  groupOf,
  type KubeObject,
  Quantity,
  QuantitySyntaxError,
  versionOf,
} from "../../kube/mod.ts";
import type { Schema } from "./_data.ts";
import { summary, type TextFields } from "./bodies.ts";
import { messageOf } from "./protobuf.ts";
import type { ResourceType } from "./resources.ts";
import { OBJECT_META, ownProperty, refName, resolve, schemaOf, withObjectMeta } from "./schemas.ts";

const NO_FIELDS: TextFields = { order: new Map(), duplicates: [] };

/** What is done about fields that the schema does not know. */
export type FieldValidation = "Strict" | "Warn" | "Ignore";

/**
 * Checks types and unknown fields of an object from outside. Gives warnings. Unknown fields of built-in
 * kinds are taken away and nulls in lists and maps filled in, as decoding does; those of custom resources are
 * pruned later.
 * Errors: ApiError (BadRequest) with upstream's words for a value of the wrong type, and, when Strict,
 * for unknown fields.
 * Source: kubernetes/apiserver pkg/endpoints/handlers/create.go; sigs.k8s.io/json for the texts.
 */
export function checkFields(
  type: ResourceType,
  object: KubeObject,
  mode: FieldValidation,
  fields: TextFields = NO_FIELDS,
): string[] {
  const schema = schemaOf(type);
  const unknown: string[] = [];
  const custom = type.definition !== undefined;
  const out = { unknown, custom, refusal: cannotHandle(type) };
  if (schema) walk(custom ? withObjectMeta(schema) : schema, object, "", type.kind, out);
  if (custom) {
    const { metadata } = object;
    if (metadata !== undefined && jsonTypeName(metadata) !== "object") {
      throw ApiError.badRequest(
        `${out.refusal}: json: cannot unmarshal ${
          jsonTypeName(metadata)
        } into Go value of type v1.ObjectMeta`,
      );
    }
    const inside = { unknown: [], custom: false, refusal: out.refusal };
    walk({ $ref: OBJECT_META }, metadata, "", "ObjectMeta", inside);
  }
  if (mode === "Ignore") return [];
  const { order, duplicates, yaml } = fields;
  const found = [
    ...duplicates.map(([path, at]) => [`duplicate field "${path}"`, at] as const),
    ...unknown.map((path) => [`unknown field "${path}"`, order.get(path) ?? Infinity] as const),
  ];
  // In the order of the text; what is in no text is in that of the object.
  const texts: string[] = found.sort(([, a], [, b]) => a === b ? 0 : a - b).map(([text]) => text);
  if (yaml !== undefined) texts.unshift(yaml);
  if (texts.length === 0) return [];
  if (mode === "Warn") return texts;
  const errors = `strict decoding error: ${texts.join(", ")}`;
  throw ApiError.badRequest(`${cannotHandle(type)}: ${errors}`);
}

function cannotHandle(type: ResourceType): string {
  return `${type.kind} in version "${type.version}" cannot be handled as a ${type.kind}`;
}

interface Walk {
  unknown: string[];
  /** Custom resources are checked for types by their own validation, with other words. */
  custom: boolean;
  /** How a message about this object begins. */
  refusal: string;
}

function walk(
  given: Schema | undefined,
  value: unknown,
  path: string,
  owner: string,
  out: Walk,
  /** What a message about the type calls the value: of a map's it knows no key. */
  field = path,
  /** The struct that the value is in. */
  holder = owner,
): void {
  const schema = resolve(given);
  if (!schema || value === null || value === undefined) return;
  if (!out.custom) {
    checkType(given, schema, value, field, holder, out.refusal);
    checkFormat(given, schema, value, out.refusal);
  }
  if (Array.isArray(value)) {
    if (!out.custom) fillNulls(schema.items, value);
    value.forEach((item, i) =>
      walk(schema.items, item, `${path}[${i}]`, structName(schema.items, owner), out)
    );
    return;
  }
  if (typeof value !== "object") return;
  if (schema["x-kubernetes-embedded-resource"]) {
    const at = path ? `${path}.metadata` : "metadata";
    walk({ $ref: OBJECT_META }, (value as KubeObject).metadata, at, "ObjectMeta", out);
  }
  if (schema["x-kubernetes-preserve-unknown-fields"] && !schema.properties) return;
  const more = schema.additionalProperties;
  if (!out.custom && typeof more === "object") fillNulls(more, value);
  for (const [key, item] of Object.entries(value)) {
    const at = path ? `${path}.${key}` : key;
    const property = ownProperty(schema, key);
    if (property) walk(property, item, at, structName(property, owner), out, at, owner);
    else if (more && typeof more === "object") walk(more, item, at, owner, out, path);
    const inner = property ?? more;
    if (!out.custom && item !== null) {
      const written = writtenForm(inner, item);
      if (written !== item) (value as Record<string, unknown>)[key] = written;
    }
    if (property || (more && typeof more === "object")) continue;
    if (more === true || schema["x-kubernetes-preserve-unknown-fields"]) continue;
    else if (schema.properties) {
      out.unknown.push(at);
      if (!out.custom) delete (value as Record<string, unknown>)[key];
    }
  }
}

/**
 * To upstream's structs a null in a list or a map is an empty item.
 * Source: golang/go src/encoding/json/decode.go (literalStore).
 */
function fillNulls(items: Schema | undefined, held: object): void {
  for (const [key, item] of Object.entries(held)) {
    if (item === null) setOwn(held, key, zeroOf(items));
  }
}

/** What Go makes of an item that nothing was read into; null where that is written as null. */
function zeroOf(given: Schema | undefined): unknown {
  if (isQuantity(given)) return "0";
  const { type, format } = resolve(given) ?? {};
  if (type === "string") return format === "date-time" ? null : "";
  const zeros: Record<string, unknown> = { boolean: false, object: {}, array: [] };
  return type ? zeros[type] ?? 0 : null;
}

function structName(schema: Schema | undefined, owner: string): string {
  return refName(schema)?.split(".").at(-1) ?? owner;
}

/** A value as the type that upstream decodes it to writes it: 0.1 as 100m, a time in UTC. */
function writtenForm(schema: Schema | boolean | undefined, value: unknown): unknown {
  if (typeof schema !== "object") return value;
  if (isQuantity(schema)) return Quantity.parse(value as string | number).toString();
  const isTime = typeof value === "string" && resolve(schema)?.format === "date-time";
  return isTime ? writtenTime(value, timeLayout(schema)) : value;
}

function timeLayout(schema: Schema | undefined): TimeLayout {
  return refName(schema)?.endsWith(".MicroTime") ? "microseconds" : "seconds";
}

function isQuantity(schema: Schema | boolean | undefined): boolean {
  return typeof schema === "object" && refName(schema)?.endsWith(".resource.Quantity") === true;
}

/** Strings that decode into something else. */
function checkFormat(
  given: Schema | undefined,
  schema: Schema,
  value: unknown,
  refusal: string,
): void {
  if (isQuantity(given)) {
    try {
      Quantity.parse(typeof value === "object" ? "" : value as string | number);
    } catch (error) {
      if (!(error instanceof QuantitySyntaxError)) throw error;
      throw ApiError.badRequest(`${refusal}: ${error.message}`);
    }
  } else if (schema.format === "date-time" && typeof value === "string") {
    const fault = timeFault(value, timeLayout(given));
    if (fault !== undefined) throw ApiError.badRequest(`${refusal}: ${fault}`);
  } else if (schema.format === "byte" && typeof value === "string") {
    const at = base64Fault(value);
    if (at !== undefined) {
      throw ApiError.badRequest(`${refusal}: illegal base64 data at input byte ${at}`);
    }
  }
}

/** Where a text stops being base64; Source: golang/go src/encoding/base64. */
function base64Fault(text: string): number | undefined {
  const plain = text.replace(/[\r\n]/g, "");
  const good = /^[A-Za-z0-9+/]*/.exec(plain)![0].length;
  const padding = plain.slice(good);
  if (plain.length % 4 === 0 && /^={0,2}$/.test(padding)) return undefined;
  return padding === "" ? plain.length - plain.length % 4 : good;
}

function checkType(
  given: Schema | undefined,
  schema: Schema,
  value: unknown,
  path: string,
  owner: string,
  refusal: string,
): void {
  const named = schema.type === "object" ? refName(given) : undefined;
  const goType = named ? shortName(named) : goTypeOf(schema);
  const actual = Array.isArray(value)
    ? "array"
    : typeof value === "boolean"
    ? "bool"
    : typeof value;
  const wanted = schema.type;
  const fits = schema.oneOf || schema.anyOf || schema["x-kubernetes-int-or-string"] || !wanted ||
    (wanted === "integer" && isInteger(value, schema.format)) ||
    (wanted === "boolean" ? "bool" : wanted) === actual;
  if (fits) return;
  const shown = actual === "number" && wanted === "integer" ? `number ${value}` : actual;
  throw ApiError.badRequest(
    `${refusal}: json: cannot unmarshal ${shown} into Go struct field ${owner}.${
      path.replace(/\[\d+\]/g, "")
    } of type ${goType}`,
  );
}

function isInteger(value: unknown, format: string | undefined): boolean {
  if (typeof value !== "number" || !Number.isInteger(value)) return false;
  return format === "int32" ? value === (value | 0) : value >= -(2 ** 63) && value < 2 ** 63;
}

/** `v1.ObjectMeta`, as Go names a type of another package. */
function shortName(name: string): string {
  return name.split(".").slice(-2).join(".");
}

function goTypeOf(schema: Schema): string {
  switch (schema.type) {
    case "integer":
      return schema.format ?? "int";
    case "number":
      return "float64";
    case "boolean":
      return "bool";
    case "array":
      return `[]${
        refName(schema.items) ? shortName(refName(schema.items)!) : goTypeOf(schema.items ?? {})
      }`;
    case "object":
      if (schema.additionalProperties && typeof schema.additionalProperties === "object") {
        return `map[string]${goTypeOf(schema.additionalProperties)}`;
      }
      return "struct";
    default:
      return schema.type ?? "interface {}";
  }
}

/** That a body says its kind and apiVersion. Errors: ApiError (BadRequest). */
function requireTypeMeta(type: ResourceType, object: KubeObject): void {
  const missing = missingTypeMeta(object);
  if (missing === undefined) return;
  throw ApiError.badRequest(
    `the object provided is unrecognized (must be of type ${type.kind}): ${missing} (${
      summary(JSON.stringify(object))
    })`,
  );
}

/** What of an object's kind and apiVersion is missing, in upstream's words; undefined where both are there. */
export function missingTypeMeta(object: KubeObject): string | undefined {
  const missing = !object.kind ? "Kind" : !object.apiVersion ? "apiVersion" : undefined;
  return missing && `Object '${missing}' is missing in '${JSON.stringify(object)}'`;
}

/** The apiVersion and kind that a body must carry. Errors: ApiError (BadRequest). */
export function checkTypeMeta(type: ResourceType, object: KubeObject): void {
  const wanted = apiVersionOf(type);
  if (!type.definition) {
    // Source: kubernetes/apimachinery pkg/runtime/serializer/json/json.go (gvkWithDefaults).
    object.kind ||= type.kind;
    object.apiVersion ||= wanted;
  }
  requireTypeMeta(type, object);
  const { kind, apiVersion } = object;
  if (!type.definition && (apiVersion !== wanted || kind !== type.kind)) {
    throw ApiError.badRequest(otherKind(type, object));
  }
  if (apiVersion !== wanted) {
    throw ApiError.badRequest(
      `the API version in the data (${apiVersion}) does not match the expected API version (${wanted})`,
    );
  }
  if (kind !== type.kind) {
    // Source: apiextensions-apiserver pkg/registry/customresource/validator.go (validateKubeMetadata).
    throw ApiError.invalid(groupKind({ ...type, kind }), object.metadata?.name ?? "", [{
      reason: "FieldValueInvalid",
      message: `Invalid value: ${JSON.stringify(kind)}: must be ${type.kind}`,
      field: "kind",
    }]);
  }
}

/** Why an object is not of a built-in kind. */
function otherKind(type: ResourceType, { apiVersion, kind }: KubeObject): string {
  const version = versionOf(apiVersion);
  const head = `${kind} in version "${version}" cannot be handled as a ${type.kind}: `;
  if (!messageOf(apiVersion, kind)) {
    return `${head}no kind "${kind}" is registered for version "${apiVersion}" in scheme "pkg/runtime/scheme.go:111"`;
  }
  // Events of both groups are one kind inside.
  const isSame = kind === type.kind && (groupOf(apiVersion) === type.group || kind === "Event");
  if (isSame) {
    // Source: kubernetes/apiserver pkg/endpoints/handlers/create.go.
    const wanted = apiVersionOf(type);
    return `the API version in the data (${apiVersion}) does not match the expected API version (${wanted})`;
  }
  const internal = type.group.split(".")[0] || "core";
  return `${head}converting (${version}.${kind}) to (${internal}.${type.kind}): unknown conversion`;
}
