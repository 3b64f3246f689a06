import { setOwn } from "../../go/mod.ts";
/** A copy of a JSON value that shares nothing with it. */
export function copyOf<T>(value: T): T {
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map(copyOf) as T;
  const copy: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) setOwn(copy, key, copyOf(item));
  return copy as T;
}

/** JSON with keys in order, as Go writes maps. */
export function sortedJson(value: unknown): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  return JSON.stringify(
    value,
    (_, item) =>
      item === null || typeof item !== "object" || Array.isArray(item)
        ? item
        : Object.fromEntries(Object.keys(item).sort().map((key) => [key, item[key]])),
  );
}
