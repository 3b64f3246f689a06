/**
 * Texts in Go's order, and JSON with sorted keys. kubectl's output is full of them.
 * Source: golang/go src/encoding/json.
 */

export { goQuoted as quote } from "./quote.ts";

/** Orders strings as Go does, by bytes of their UTF-8 (which is the order of code points). */
export function compareGo(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let i = 0; i < length; i++) {
    const a = left.charCodeAt(i), b = right.charCodeAt(i);
    // Halves of a pair stand for code points behind all others.
    if (a !== b) {
      return (a & 0xf800) === 0xd800 || (b & 0xf800) === 0xd800 ? rank(a) - rank(b) : a - b;
    }
  }
  return left.length - right.length;
}

function rank(unit: number): number {
  return (unit & 0xf800) === 0xd800 ? unit + 0x10000 : unit;
}

/** The keys of a Go map as they are printed: sorted. */
export function sortedKeys(value: object): string[] {
  return Object.keys(value).filter((key) => (value as any)[key] !== undefined).sort(compareGo);
}

/** JSON as `encoding/json` writes a map: sorted keys, `<`, `>` and `&` escaped. */
export function goJson(value: unknown, indent = ""): string {
  return writeJson(value, indent, "\n");
}

function writeJson(value: unknown, indent: string, lineStart: string): string {
  if (value === null || value === undefined) return "null";
  if (typeof value === "string") return jsonString(value);
  if (typeof value === "number") return String(value);
  if (typeof value !== "object") return String(value);
  const inner = lineStart + indent;
  const colon = indent === "" ? ":" : ": ";
  const isArray = Array.isArray(value);
  const parts = isArray
    ? value.map((item) => writeJson(item, indent, inner))
    : sortedKeys(value).map((key) =>
      jsonString(key) + colon + writeJson((value as any)[key], indent, inner)
    );
  const [open, close] = isArray ? ["[", "]"] : ["{", "}"];
  if (parts.length === 0) return open + close;
  if (indent === "") return open + parts.join(",") + close;
  return open + inner + parts.join("," + inner) + lineStart + close;
}

function jsonString(text: string): string {
  return JSON.stringify(text).replace(
    /[<>&\u2028\u2029\x7f]/g,
    (char) => char === "\x7f" ? char : `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
