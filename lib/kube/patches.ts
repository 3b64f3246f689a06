import { isMap, setOwn } from "../go/mod.ts";
import { sameJson } from "./equality.ts";

/** How a patch is to be read, by the words of `kubectl patch --type`; `apply` is server-side apply. */
export const PATCH_TYPES = {
  json: "application/json-patch+json",
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
  apply: "application/apply-patch+yaml",
} as const;

export type PatchType = keyof typeof PATCH_TYPES;

type Json = Record<string, unknown>;

/**
 * What a merge patch makes of a value: null takes away, objects merge, everything else replaces (RFC 7386).
 * What is not patched is shared with `target`.
 */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isMap(patch)) return patch;
  const out: Json = isMap(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete out[key];
    else setOwn(out, key, mergePatch(Object.hasOwn(out, key) ? out[key] : undefined, value));
  }
  return out;
}

/** The merge patch that makes one object of another. Source: github.com/evanphx/json-patch merge.go (CreateMergePatch). */
export function createMergePatch(from: Json, to: Json): Json {
  const patch: Json = {};
  for (const [field, value] of Object.entries(to)) {
    const before = from[field];
    if (sameJson(before, value)) continue;
    if (isMap(before) && isMap(value)) {
      const nested = createMergePatch(before, value);
      if (Object.keys(nested).length > 0) patch[field] = nested;
    } else patch[field] = value;
  }
  for (const field of Object.keys(from)) {
    if (!Object.hasOwn(to, field)) patch[field] = null;
  }
  return patch;
}
