import { isMap, own } from "../go/mod.ts";
import { sameJson } from "./equality.ts";
import { type PatchMeta, patchMetaOf, typeOfKind } from "./_patch_meta.ts";
import { createMergePatch, type PatchType } from "./patches.ts";
import { groupOf } from "./types.ts";

/** What `apply` sends: the patch and how it is to be read. */
export interface ApplyPatch {
  patch: Record<string, unknown>;
  type: PatchType;
}

type Json = Record<string, unknown>;

/**
 * The patch that makes `current` what `modified` says, and deletes what `original` said and `modified`
 * does not; fields nobody applied stay. Empty when there is nothing to do.
 * Source: kubernetes/apimachinery pkg/util/strategicpatch/patch.go (CreateThreeWayMergePatch) for
 * built-in kinds, pkg/util/jsonmergepatch/patch.go for the others.
 */
export function threeWayPatch(
  original: Json | undefined,
  modified: Json,
  current: Json,
): ApplyPatch {
  const { apiVersion, kind } = modified as { apiVersion: string; kind: string };
  if (!isBuiltIn(groupOf(apiVersion))) {
    return { patch: mergeThree(original ?? {}, modified, current), type: "merge" };
  }
  const type = typeOfKind(kind);
  const additions = diff(current, modified, type, { deletions: false });
  const deletions = diff(original ?? {}, modified, type, { deletions: true });
  return { patch: combine(additions, deletions, type), type: "strategic" };
}

const BUILT_IN_GROUPS = new Set([
  "",
  "admissionregistration.k8s.io",
  "apiextensions.k8s.io",
  "apiregistration.k8s.io",
  "apps",
  "authentication.k8s.io",
  "authorization.k8s.io",
  "autoscaling",
  "batch",
  "certificates.k8s.io",
  "coordination.k8s.io",
  "discovery.k8s.io",
  "events.k8s.io",
  "flowcontrol.apiserver.k8s.io",
  "networking.k8s.io",
  "node.k8s.io",
  "policy",
  "rbac.authorization.k8s.io",
  "resource.k8s.io",
  "scheduling.k8s.io",
  "storage.k8s.io",
]);

/** Whether kinds of the group are compiled into kubectl, and so patched strategically. */
function isBuiltIn(group: string): boolean {
  return BUILT_IN_GROUPS.has(group);
}

/** Names the members that stay, when others have to go or anything changes. */
function retainKeys(patch: Json, from: Json, to: Json): void {
  const others = Object.keys(from).some((key) => from[key] !== null && !Object.hasOwn(to, key));
  if (!others && Object.keys(patch).length === 0) return;
  patch.$retainKeys = Object.keys(to).filter((key) => to[key] !== null).sort();
}

interface DiffMode {
  /** Find only what `to` lacks; otherwise only what it adds or changes. */
  deletions: boolean;
}

function diff(from: Json, to: Json, type: string | undefined, mode: DiffMode): Json {
  const patch: Json = {};
  for (const [field, value] of Object.entries(to)) {
    const before = from[field];
    if (!Object.hasOwn(from, field)) {
      if (!mode.deletions) patch[field] = withoutNulls(value);
      continue;
    }
    const meta = patchMetaOf(type, field);
    if (meta.strategy === "replace") {
      // Sent whole, also when it did not change.
      if (!mode.deletions) patch[field] = value;
      continue;
    }
    if (isMap(before) && isMap(value)) {
      const nested = diff(before, value, meta.type, mode);
      if (meta.retainKeys) retainKeys(nested, before, value);
      if (Object.keys(nested).length > 0) patch[field] = nested;
    } else if (sameJson(before, value)) continue;
    else if (Array.isArray(before) && Array.isArray(value)) {
      Object.assign(patch, diffLists(field, before, value, meta, mode));
    } else if (!mode.deletions) patch[field] = value;
  }
  if (mode.deletions) {
    for (const field of Object.keys(from)) {
      if (!Object.hasOwn(to, field)) patch[field] = null;
    }
  }
  return patch;
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isMap(value)) return value;
  return Object.fromEntries(
    Object.entries(value).filter(([, inner]) => inner !== null)
      .map(([key, inner]) => [key, withoutNulls(inner)]),
  );
}

function diffLists(
  field: string,
  from: unknown[],
  to: unknown[],
  meta: PatchMeta,
  mode: DiffMode,
): Json {
  if (meta.strategy !== "merge") return mode.deletions ? {} : { [field]: to };
  const key = meta.mergeKey;
  const patch = key === undefined
    ? diffPlainLists(field, from, to, mode)
    : diffKeyedLists(field, from as Json[], to as Json[], { ...meta, mergeKey: key }, mode);
  if (mode.deletions) return patch;
  const keyOf = (item: unknown) => key === undefined ? item : own(item, key);
  const sameOrder = from.length === to.length &&
    to.every((item, index) => keyOf(item) === keyOf(from[index]));
  if (!Object.hasOwn(patch, field) && sameOrder) return patch;
  const order = key === undefined ? to : to.map((item) => ({ [key]: keyOf(item) }));
  return { [`$setElementOrder/${field}`]: order, ...patch };
}

function diffPlainLists(field: string, from: unknown[], to: unknown[], mode: DiffMode): Json {
  if (mode.deletions) {
    const kept = new Set(to);
    const missing = from.filter((item) => !kept.has(item));
    return missing.length > 0 ? { [`$deleteFromPrimitiveList/${field}`]: missing } : {};
  }
  const known = new Set(from);
  const added = to.filter((item) => !known.has(item));
  return added.length > 0 ? { [field]: added } : {};
}

function diffKeyedLists(
  field: string,
  from: Json[],
  to: Json[],
  { mergeKey: key, retainKeys: retains, type }: PatchMeta & { mergeKey: string },
  mode: DiffMode,
): Json {
  const items: Json[] = [];
  const known = firstByKey(from, key);
  for (const item of to) {
    // What is no map has no key: the server says what is wrong with it.
    const before = isMap(item) ? known.get(item[key]) : undefined;
    if (!before) {
      if (!mode.deletions) items.push(withoutNulls(item) as Json);
      continue;
    }
    const nested = diff(before, item, type, mode);
    if (retains) retainKeys(nested, before, item);
    if (Object.keys(nested).length === 0) continue;
    items.push({ ...nested, [key]: item[key] });
  }
  if (mode.deletions) {
    const kept = firstByKey(to, key);
    for (const item of from) {
      if (isMap(item) && !kept.has(item[key])) {
        items.push({ $patch: "delete", [key]: item[key] });
      }
    }
  }
  return items.length > 0 ? { [field]: items } : {};
}

/** The first of the maps in a list with each value of a key. */
function firstByKey(items: unknown[], key: string): Map<unknown, Json> {
  const found = new Map<unknown, Json>();
  for (const item of items) {
    if (isMap(item) && !found.has(item[key])) found.set(item[key], item);
  }
  return found;
}

/** Lays the deletions over the additions. */
function combine(additions: Json, deletions: Json, type: string | undefined): Json {
  const patch: Json = { ...additions };
  for (const [field, value] of Object.entries(deletions)) {
    const present = patch[field];
    if (isMap(present) && isMap(value)) {
      patch[field] = combine(present, value, patchMetaOf(type, field).type);
    } else if (Array.isArray(present) && Array.isArray(value) && field[0] !== "$") {
      patch[field] = combineItems(present, value, patchMetaOf(type, field));
    } else if (!Object.hasOwn(patch, field)) patch[field] = value;
  }
  return patch;
}

function combineItems(
  additions: Json[],
  deletions: Json[],
  { mergeKey: key, type }: PatchMeta,
): Json[] {
  if (key === undefined) return additions;
  const items = [...additions];
  const places = new Map<unknown, number>();
  for (const [i, item] of items.entries()) {
    if (isMap(item) && !places.has(item[key])) places.set(item[key], i);
  }
  for (const deletion of deletions) {
    const index = places.get(deletion[key]);
    if (index === undefined) items.push(deletion);
    else items[index] = combine(items[index], deletion, type);
  }
  return items;
}

function mergeThree(original: Json, modified: Json, current: Json): Json {
  const additions = keepNulls(createMergePatch(current, modified), false);
  const deletions = keepNulls(createMergePatch(original, modified), true);
  return overlay(additions, deletions);
}

/** Of a merge patch, only its deletions, or everything but them. */
function keepNulls(patch: Json, nulls: boolean): Json {
  const kept: Json = {};
  for (const [field, value] of Object.entries(patch)) {
    if (value === null) {
      if (nulls) kept[field] = null;
    } else if (isMap(value)) {
      const nested = keepNulls(value, nulls);
      if (Object.keys(nested).length > 0 || (!nulls && Object.keys(value).length === 0)) {
        kept[field] = nested;
      }
    } else if (!nulls) kept[field] = value;
  }
  return kept;
}

function overlay(additions: Json, deletions: Json): Json {
  const patch: Json = { ...additions };
  for (const [field, value] of Object.entries(deletions)) {
    const present = patch[field];
    patch[field] = isMap(present) && isMap(value) ? overlay(present, value) : value;
  }
  return patch;
}
