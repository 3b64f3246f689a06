import { own } from "./maps.ts";
import { sortedKeys } from "./text.ts";

const ESCAPED = /[<>&\u2028\u2029]/;
const EACH = /[<>&\u2028\u2029]/g;

/**
 * JSON as `encoding/json` writes a struct: fields in the value's own order, and what could end a script in a page
 * escaped. `indent` is MarshalIndent's. Source: golang/go src/encoding/json/encode.go (HTMLEscape), indent.go.
 */
export function goStructJson(value: unknown, indent = ""): string {
  const text = written(value, indent);
  if (!ESCAPED.test(text)) return text;
  return text.replace(EACH, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

function written(value: unknown, indent: string): string {
  try {
    return JSON.stringify(value, null, indent);
  } catch (error) {
    // An int64 that no double holds is written as it is; to look for one each time would cost every other answer.
    if (!(error instanceof TypeError)) throw error;
    const whole = (_: string, of: unknown) =>
      typeof of === "bigint"
        ? (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(String(of))
        : of;
    return JSON.stringify(value, whole, indent);
  }
}

/** JSON as `encoding/json` writes a map: as {@linkcode goStructJson}, with sorted keys. */
export function goJson(value: unknown, indent = ""): string {
  return writeMap(value, indent, "\n");
}

function writeMap(value: unknown, indent: string, lineStart: string): string {
  if (value === null || value === undefined) return "null";
  if (typeof value === "string") return goStructJson(value);
  if (typeof value !== "object") return String(value);
  const inner = lineStart + indent;
  const colon = indent === "" ? ":" : ": ";
  const isArray = Array.isArray(value);
  const parts = isArray
    ? value.map((item) => writeMap(item, indent, inner))
    : sortedKeys(value).map((key) =>
      goStructJson(key) + colon + writeMap(own(value, key), indent, inner)
    );
  const [open, close] = isArray ? ["[", "]"] : ["{", "}"];
  if (parts.length === 0) return open + close;
  if (indent === "") return open + parts.join(",") + close;
  return open + inner + parts.join("," + inner) + lineStart + close;
}
