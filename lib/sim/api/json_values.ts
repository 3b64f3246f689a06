import { setOwn } from "../../base/mod.ts";

export { setOwn };

type Json = any;

/** Deep equality of JSON values, whatever the order of keys; undefined is absent. */
export function equal(a: Json, b: Json): boolean {
  if (a === b) return true;
  if (a === null || b === null || typeof a !== "object" || typeof b !== "object") return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  if (Array.isArray(a)) return a.length === b.length && a.every((item, i) => equal(item, b[i]));
  let count = 0;
  for (const key in a) {
    if (a[key] === undefined) continue;
    if (!equal(a[key], b[key])) return false;
    count++;
  }
  for (const key in b) if (b[key] !== undefined) count--;
  return count === 0;
}

/** A JSON value as Go's fmt prints it: `map[spec:map[replicas:1]]`. */
export function goText(value: Json): string {
  if (value === null) return "<nil>";
  if (Array.isArray(value)) return `[${value.map(goText).join(" ")}]`;
  if (typeof value !== "object") return String(value);
  return `map[${Object.keys(value).sort().map((key) => `${key}:${goText(value[key])}`).join(" ")}]`;
}

/** A copy of a JSON value that shares nothing with it. */
export function copyOf<T>(value: T): T {
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map(copyOf) as T;
  const copy: Record<string, Json> = {};
  for (const key of Object.keys(value)) setOwn(copy, key, copyOf((value as Json)[key]));
  return copy as T;
}

/** JSON with keys in order, as Go writes maps. */
export function sortedJson(value: Json): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  return JSON.stringify(
    value,
    (_, item) =>
      item === null || typeof item !== "object" || Array.isArray(item)
        ? item
        : Object.fromEntries(Object.keys(item).sort().map((key) => [key, item[key]])),
  );
}
