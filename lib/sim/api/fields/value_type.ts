import { apiVersionOf } from "../../../kube/mod.ts";
import type { Schema } from "../_data.ts";
import { messageOf } from "../protobuf.ts";
import type { ResourceType } from "../resources.ts";
import { namedSchema, ownProperty, refName, schemaOf, withObjectMeta } from "../schemas.ts";
import { type GoStruct, goStruct } from "./go_struct.ts";

/** What a value may be, for telling who owns what in it. A value of no type may be all three. */
export interface ValueType {
  scalar?: "numeric" | "string" | "boolean" | "untyped";
  list?: ListType;
  map?: MapType;
}

export interface ListType {
  /** Atomic lists are owned whole; of the others the items are, found by their keys or, in sets, by themselves. */
  relation: "atomic" | "set" | "map";
  keys: readonly string[];
  item(): ValueType;
}

export interface MapType {
  /** Owned whole. */
  atomic: boolean;
  /** A field that the schema names. */
  field(name: string): ValueType | undefined;
  /** What the others may be; undefined when there are none. */
  other(): ValueType | undefined;
  /** A default, for the key of a list's item. */
  defaultOf(name: string): unknown;
  struct?: GoStruct;
}

const UNTYPED: ValueType = {
  scalar: "untyped",
  list: { relation: "atomic", keys: [], item: () => UNTYPED },
  map: { atomic: true, field: () => undefined, other: () => UNTYPED, defaultOf: () => undefined },
};

/** Free-form: maps are owned by their keys, lists whole. */
const DEDUCED: ValueType = {
  scalar: "untyped",
  list: { relation: "atomic", keys: [], item: () => UNTYPED },
  map: { atomic: false, field: () => undefined, other: () => DEDUCED, defaultOf: () => undefined },
};

const types = new WeakMap<ResourceType, ValueType>();
const byName = new Map<string, ValueType>();

/**
 * The type of a resource's objects, from its published schema.
 * Source: kubernetes/kube-openapi pkg/schemaconv (openapi.go, smd.go).
 */
export function valueTypeOf(type: ResourceType): ValueType {
  let found = types.get(type);
  if (!found) types.set(type, found = made(type));
  return found;
}

function made(type: ResourceType): ValueType {
  const schema = schemaOf(type);
  if (!schema) return DEDUCED;
  if (!type.definition) return compile(schema, messageOf(apiVersionOf(type), type.kind), false);
  return compile(withObjectMeta(schema), undefined, false);
}

/**
 * @param message the Go struct of the value or of its items, where one is known.
 * @param preserve whether a schema above keeps what it does not name.
 */
function compile(given: Schema, message: string | undefined, preserve: boolean): ValueType {
  const name = refName(given);
  if (name) return named(name, given["x-kubernetes-map-type"], message);
  const schema = given["x-kubernetes-embedded-resource"] ? withObjectMeta(given) : given;
  const keeps = preserve || schema["x-kubernetes-preserve-unknown-fields"] === true;
  switch (schema.type) {
    case "object":
      return { map: mapType(schema, message, keeps) };
    case "array":
      return { list: listType(schema, message, keeps) };
    case "integer":
    case "number":
      return { scalar: "numeric" };
    case "boolean":
      return { scalar: "boolean" };
    case "string":
      return { scalar: !schema.format || schema.format === "byte" ? "string" : "untyped" };
    default:
      return {
        scalar: "untyped",
        list: listType(schema, message, keeps),
        map: mapType(schema, message, keeps),
      };
  }
}

function named(
  name: string,
  mapOverride: string | undefined,
  message: string | undefined,
): ValueType {
  const key = `${name} ${mapOverride ?? ""} ${message ?? ""}`;
  let found = byName.get(key);
  if (!found) {
    byName.set(key, found = compileNamed(name, message));
    if (mapOverride && found.map) {
      found = { ...found, map: { ...found.map, atomic: mapOverride === "atomic" } };
      byName.set(key, found);
    }
  }
  return found;
}

function compileNamed(name: string, message: string | undefined): ValueType {
  if (name.endsWith(".resource.Quantity")) return { scalar: "untyped" };
  if (name.endsWith(".runtime.RawExtension")) return UNTYPED;
  const schema = namedSchema(name);
  return schema ? compile(schema, message, false) : DEDUCED;
}

function mapType(schema: Schema, message: string | undefined, keeps: boolean): MapType {
  const struct = message && schema.properties ? goStruct(message) : undefined;
  const fields = new Map<string, ValueType>();
  const more = schema.additionalProperties;
  let other: ValueType | undefined;
  if (more === true || (more === undefined && (keeps || !schema.properties))) other = DEDUCED;
  return {
    atomic: schema["x-kubernetes-map-type"] === "atomic",
    field(name) {
      let found = fields.get(name);
      const property = ownProperty(schema, name);
      if (!found && property && Object.hasOwn(schema.properties!, name)) {
        fields.set(name, found = compile(property, struct?.fields.get(name)?.struct, keeps));
      }
      return found;
    },
    other() {
      if (!other && typeof more === "object") other = compile(more, message, keeps);
      return other;
    },
    defaultOf: (name) => {
      const property = ownProperty(schema, name);
      return property?.default ?? property?.allOf?.[0]?.default;
    },
    ...(struct ? { struct } : {}),
  };
}

function listType(schema: Schema, message: string | undefined, keeps: boolean): ListType {
  let item: ValueType | undefined;
  const { items } = schema;
  return {
    ...relationOf(schema),
    item: () => item ??= items ? compile(items, message, keeps) : UNTYPED,
  };
}

function relationOf(schema: Schema): Pick<ListType, "relation" | "keys"> {
  switch (schema["x-kubernetes-list-type"]) {
    case "atomic":
      return { relation: "atomic", keys: [] };
    case "set":
      return { relation: "set", keys: [] };
    case "map":
      return { relation: "map", keys: schema["x-kubernetes-list-map-keys"] ?? [] };
  }
  const strategy = schema["x-kubernetes-patch-strategy"];
  if (strategy !== "merge" && strategy !== "merge,retainKeys") {
    return { relation: "atomic", keys: [] };
  }
  const key = schema["x-kubernetes-patch-merge-key"];
  return key ? { relation: "map", keys: [key] } : { relation: "set", keys: [] };
}
