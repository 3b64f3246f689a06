import { own } from "../go/mod.ts";
import { PATCH_TAGS } from "./_patch_tags.ts";

/**
 * How strategic merge patch treats a field.
 * Source: kubernetes/apimachinery pkg/util/strategicpatch/meta.go (PatchMeta, LookupPatchMeta).
 */
export interface PatchMeta {
  /** `merge` for a list that is merged; `replace` for a map that is not; else maps merge and lists do not. */
  strategy?: "merge" | "replace";
  /** What tells the items of a merged list apart; without it they are plain values. */
  mergeKey?: string;
  /** Whether it, or each item of it, is a union: of its fields those stay that a patch names. */
  retainKeys?: true;
  /** The type of what lies below, where fields of that have a strategy. */
  type?: string;
}

const PLAIN: PatchMeta = {};

/** What is known of a field of a type; `type` is undefined below fields of which nothing is known. */
export function patchMetaOf(type: string | undefined, field: string): PatchMeta {
  return (type === undefined ? undefined : own(own(PATCH_TAGS, type), field)) ?? PLAIN;
}

/** The type of a built-in kind's objects. */
export function typeOfKind(kind: string): string {
  return Object.hasOwn(PATCH_TAGS, kind) ? kind : "Object";
}
