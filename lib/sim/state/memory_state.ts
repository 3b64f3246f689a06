import type { StateFile } from "../seams.ts";

/** A state file that lives and dies with the process, for tests and throw-away labs. */
export function memoryState(): StateFile {
  const values = new Map<string, string | Uint8Array>();
  const sortedKeys = (prefix: string) =>
    [...values.keys()].filter((key) => key.startsWith(prefix)).sort();
  return {
    get(key) {
      const value = values.get(key);
      return value instanceof Uint8Array ? new TextDecoder().decode(value) : value;
    },
    getBytes(key) {
      const value = values.get(key);
      return typeof value === "string" ? new TextEncoder().encode(value) : value;
    },
    *entries(prefix) {
      for (const key of sortedKeys(prefix)) yield [key, this.get(key)!];
    },
    keys: sortedKeys,
    put: (key, value) => void values.set(key, value),
    delete: (key) => void values.delete(key),
    deletePrefix: (prefix) => sortedKeys(prefix).forEach((key) => values.delete(key)),
    commit() {},
    close() {},
  };
}
