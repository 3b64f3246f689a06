/** What a value takes besides its text, about. */
const NODE_BYTES = 4;
/** The sizes of objects that are frozen, and so will not change. */
const known = new WeakMap<object, number>();

/**
 * How many bytes an object takes where it is stored, about: upstream's are those of its protocol buffer, or of its
 * JSON for custom resources.
 */
export function sizeOf(value: unknown): number {
  if (typeof value === "string") return value.length + NODE_BYTES;
  if (value === null || typeof value !== "object") return NODE_BYTES;
  const before = known.get(value);
  if (before !== undefined) return before;
  let bytes = NODE_BYTES;
  if (Array.isArray(value)) { for (const item of value) bytes += sizeOf(item); }
  else {
    for (const key in value) {
      bytes += key.length + sizeOf((value as Record<string, unknown>)[key]);
    }
  }
  if (Object.isFrozen(value)) known.set(value, bytes);
  return bytes;
}
