import { compareGo, goStructJson, isMap } from "../../../go/mod.ts";
import { type GoField, type GoStruct, goStruct, isEmpty } from "./go_struct.ts";

/**
 * JSON as `encoding/json` writes one of upstream's structs: its fields in their order, those included that are written
 * though nobody set them, as null where Go has nil. What is stored went through protocol buffers, to which an empty list
 * is none.
 * Source: golang/go src/encoding/json/encode.go; kubernetes/api, a types.go for each group (who says `omitempty`).
 */
export function structJson(value: Record<string, unknown>, struct: GoStruct): string {
  let parts = "";
  // An object within an object says what it is: that is in no message.
  for (const key of ["kind", "apiVersion"]) {
    if (value[key] && !struct.fields.has(key)) parts += `,"${key}":${goStructJson(value[key])}`;
  }
  for (const [name, field] of struct.fields) {
    const text = fieldJson(value[name], field);
    if (text !== undefined) parts += `,"${name}":${text}`;
  }
  return `{${parts.slice(1)}}`;
}

function fieldJson(value: unknown, field: GoField): string | undefined {
  const { struct, unset, omits } = field;
  if (value === undefined || value === null) {
    if (unset === undefined) return undefined;
    return struct && unset !== null ? structJson({}, goStruct(struct)) : JSON.stringify(unset);
  }
  if (omits && isEmpty(value)) return undefined;
  if (Array.isArray(value)) {
    if (value.length === 0) return unset === null ? "null" : "[]";
    return `[${value.map((item) => itemJson(item, field)).join(",")}]`;
  }
  if (!field.isMap || !isMap(value)) return itemJson(value, field);
  const entries = Object.keys(value).sort(compareGo).map((key) =>
    `${goStructJson(key)}:${itemJson(value[key], field)}`
  );
  return `{${entries.join(",")}}`;
}

function itemJson(value: unknown, { struct }: GoField): string {
  if (typeof value === "boolean") return value ? "true" : "false";
  return struct && isMap(value) ? structJson(value, goStruct(struct)) : goStructJson(value);
}
