import { jsonTypeName } from "./json.ts";

/** What a JSON value is decoded into: a type of Go's, with its name. `any` takes everything. */
export type JsonType =
  | "string"
  | "any"
  | { go: string; kind: "string" | "number" }
  | { go: string; items: JsonType }
  | { go: string; /** Of a map. */ values: JsonType }
  | JsonStruct;

export interface JsonStruct {
  go: string;
  /** Its name without that of its package; a struct that is written where it is used has none. */
  name?: string;
  fields: Readonly<Record<string, JsonType>>;
}

/**
 * What Go's decoder says of a value that does not fit a type: of the first part that does not. Undefined where all fits;
 * what is null or missing does.
 * Source: golang/go src/encoding/json/decode.go (UnmarshalTypeError).
 */
export function unmarshalError(value: unknown, type: JsonType): string | undefined {
  return misfit(value, type, "", []);
}

function misfit(
  value: unknown,
  type: JsonType,
  struct: string,
  path: readonly string[],
): string | undefined {
  if (type === "any" || value === null || value === undefined) return undefined;
  const wrong = (what = jsonTypeName(value)) => {
    const into = path.length > 0
      ? `Go struct field ${struct}.${path.join(".")} of type`
      : "Go value of type";
    return `json: cannot unmarshal ${what} into ${into} ${type === "string" ? type : type.go}`;
  };
  if (type === "string" || "kind" in type && type.kind === "string") {
    return typeof value === "string" ? undefined : wrong();
  }
  if ("kind" in type) {
    if (typeof value !== "number") return wrong();
    return type.go === "int" && !Number.isInteger(value) ? wrong(`number ${value}`) : undefined;
  }
  if ("items" in type) {
    if (!Array.isArray(value)) return wrong();
    return firstOf(value, (item) => misfit(item, type.items, struct, path));
  }
  if (typeof value !== "object" || Array.isArray(value)) return wrong();
  if ("values" in type) {
    return firstOf(Object.values(value), (one) => misfit(one, type.values, struct, path));
  }
  return firstOf(Object.entries(value), ([name, field]) => {
    const known = Object.hasOwn(type.fields, name) ? type.fields[name] : "any";
    return misfit(field, known, type.name ?? "", [...path, name]);
  });
}

function firstOf<Item>(
  items: readonly Item[],
  told: (item: Item) => string | undefined,
): string | undefined {
  for (const item of items) {
    const found = told(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
