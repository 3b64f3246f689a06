/*
 * Plain objects as Go's maps: they have the keys that were put there, and none that JavaScript's objects inherit.
 */

/**
 * What is under a key that comes from a user: `constructor` and `toString` are there only when somebody put them
 * there. Undefined for what is not, and for no object.
 */
export function own<T>(
  object: Readonly<Record<string, T>> | null | undefined,
  key: string,
): T | undefined;
export function own(object: unknown, key: string): unknown;
export function own(object: unknown, key: string): unknown {
  return typeof object === "object" && object !== null && Object.hasOwn(object, key)
    ? (object as Record<string, unknown>)[key]
    : undefined;
}

/** Sets a key that may be called `__proto__`, as JSON.parse does. */
export function setOwn(object: object, key: string, value: unknown): void {
  if (key !== "__proto__") (object as Record<string, unknown>)[key] = value;
  else {
    const plain = { value, writable: true, enumerable: true, configurable: true };
    Object.defineProperty(object, key, plain);
  }
}

/** Whether a decoded value is a map. */
export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A decoded value's fields; none where it is no map. */
export function fieldsOf(value: unknown): Record<string, unknown> {
  return isMap(value) ? value : {};
}
