import type { StateFile } from "../seams.ts";

/** The part of a state file under `prefix`; it is committed with the whole. */
export function scopedState(state: StateFile, prefix: string): StateFile {
  return {
    get: (key) => state.get(prefix + key),
    getBytes: (key) => state.getBytes(prefix + key),
    *entries(inner) {
      for (const [key, value] of state.entries(prefix + inner)) {
        yield [key.slice(prefix.length), value];
      }
    },
    *keys(inner) {
      for (const key of state.keys(prefix + inner)) yield key.slice(prefix.length);
    },
    put: (key, value) => state.put(prefix + key, value),
    delete: (key) => state.delete(prefix + key),
    deletePrefix: (inner) => state.deletePrefix(prefix + inner),
    commit: () => {},
    close: () => {},
  };
}
