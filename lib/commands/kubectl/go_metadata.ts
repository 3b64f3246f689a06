import { jsonTypeName, timeFault } from "../../go/mod.ts";

/** A type of Go's that JSON is read into. */
type GoType = string | GoMap | GoList | GoStruct;

/** A map of texts. */
interface GoMap {
  map: true;
}

interface GoList {
  name: string;
  item: GoType;
}

interface GoStruct {
  name: string;
  fields: Readonly<Record<string, GoType>>;
}

const OWNER_REFERENCE: GoStruct = {
  name: "v1.OwnerReference",
  fields: {
    apiVersion: "string",
    kind: "string",
    name: "string",
    uid: "types.UID",
    controller: "bool",
    blockOwnerDeletion: "bool",
  },
};
const MANAGED_FIELDS: GoStruct = {
  name: "v1.ManagedFieldsEntry",
  fields: {
    manager: "string",
    operation: "v1.ManagedFieldsOperationType",
    apiVersion: "string",
    time: "time",
    fieldsType: "string",
    subresource: "string",
  },
};
const OBJECT_META: GoStruct = {
  name: "v1.ObjectMeta",
  fields: {
    name: "string",
    generateName: "string",
    namespace: "string",
    selfLink: "string",
    uid: "types.UID",
    resourceVersion: "string",
    generation: "int64",
    creationTimestamp: "time",
    deletionTimestamp: "time",
    deletionGracePeriodSeconds: "int64",
    labels: { map: true },
    annotations: { map: true },
    ownerReferences: { name: "[]v1.OwnerReference", item: OWNER_REFERENCE },
    finalizers: { name: "[]string", item: "string" },
    managedFields: { name: "[]v1.ManagedFieldsEntry", item: MANAGED_FIELDS },
  },
};

/**
 * The first of an object's own fields and of its metadata's that Go could not decode, in the words of its decoder;
 * undefined when it can.
 * Source: kubernetes/apimachinery pkg/apis/meta/v1/types.go (ObjectMeta), golang/go src/encoding/json/decode.go.
 */
export function metadataMistake(object: Record<string, unknown>): string | undefined {
  for (const key of Object.keys(object)) {
    const value = object[key];
    if (key === "metadata") {
      const mistake = mistakeIn(OBJECT_META, value, "metadata", "metadataOnlyObject");
      if (mistake !== undefined) return mistake;
    } else if (key === "apiVersion" || key === "kind") {
      const mistake = mistakeIn("string", value, `TypeMeta.${key}`, "metadataOnlyObject");
      if (mistake !== undefined) return mistake;
    }
  }
  return undefined;
}

function mistakeIn(
  type: GoType,
  value: unknown,
  path: string,
  owner: string,
): string | undefined {
  if (value === null) return undefined;
  const found = jsonTypeName(value);
  const cannot = (what: string, name: string) =>
    `json: cannot unmarshal ${what} into Go struct field ${owner}.${path} of type ${name}`;
  if (typeof type === "string") {
    if (type === "time") return timeMistake(value);
    if (type === "int64") {
      if (found !== "number") return cannot(found, type);
      return Number.isInteger(value) ? undefined : cannot(`number ${value}`, type);
    }
    return found === (type === "bool" ? "bool" : "string") ? undefined : cannot(found, type);
  }
  if ("map" in type) {
    if (found !== "object") return cannot(found, "map[string]string");
    return first(Object.values(value as object), (item) => mistakeIn("string", item, path, owner));
  }
  if ("item" in type) {
    if (!Array.isArray(value)) return cannot(found, type.name);
    return first(value, (item) => mistakeIn(type.item, item, path, owner));
  }
  if (found !== "object") return cannot(found, type.name);
  const struct = type.name.replace("v1.", "");
  return first(Object.entries(value as object), ([key, item]) => {
    const field = Object.hasOwn(type.fields, key) ? type.fields[key] : undefined;
    return field === undefined ? undefined : mistakeIn(field, item, `${path}.${key}`, struct);
  });
}

function first<T>(items: T[], mistakeOf: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const mistake = mistakeOf(item);
    if (mistake !== undefined) return mistake;
  }
  return undefined;
}

/** Source: kubernetes/apimachinery pkg/apis/meta/v1/time.go (Time.UnmarshalJSON). */
function timeMistake(value: unknown): string | undefined {
  if (typeof value !== "string") {
    return `json: cannot unmarshal ${jsonTypeName(value)} into Go value of type string`;
  }
  return timeFault(value, "seconds");
}
