import { goSprint, goSprintf, isMap, jsonTypeName, own, setOwn } from "../go/mod.ts";
import { ApiError } from "./errors.ts";
import { type PatchMeta, patchMetaOf, typeOfKind } from "./_patch_meta.ts";

const ORDER = "$setElementOrder/";
const DELETIONS = "$deleteFromPrimitiveList/";

/**
 * What a strategic merge patch makes of an object of a built-in kind: lists with a merge key are merged by that key, lists
 * of plain values with the merge strategy are joined, others are replaced; `$patch`, `$retainKeys`,
 * `$deleteFromPrimitiveList` and `$setElementOrder` are obeyed. What is not patched is shared with `target`.
 * Errors: ApiError, worded as the API server words them.
 * Source: kubernetes/apimachinery pkg/util/strategicpatch/patch.go (StrategicMergeMapPatch).
 */
export function strategicMerge(target: unknown, patch: unknown, kind: string): unknown {
  return merge(target, patch, typeOfKind(kind));
}

function merge(target: unknown, patch: unknown, type: string | undefined): unknown {
  if (!isMap(patch)) return patch;
  if (Object.hasOwn(patch, "$patch")) {
    if (target === undefined || patch.$patch === "delete") return undefined;
    if (patch.$patch === "replace") return withoutDirective(patch);
    throw unknownDirective(patch);
  }
  const base: Record<string, unknown> = isMap(target) ? { ...target } : {};
  retainKeys(base, patch);
  for (const [key, value] of Object.entries(patch)) {
    if (key === "$retainKeys" || key.startsWith(ORDER)) continue;
    if (key.startsWith(DELETIONS)) {
      deleteFromList(base, key.slice(DELETIONS.length), value);
      continue;
    }
    const meta = patchMetaOf(type, key);
    if (value === null) delete base[key];
    else if (Array.isArray(value)) {
      setOwn(base, key, mergeList(own(base, key), value, meta, patch[ORDER + key]));
    } else if (isMap(value)) {
      const before = meta.strategy === "replace" ? undefined : own(base, key);
      const merged = merge(before, value, meta.type);
      if (merged === undefined) delete base[key];
      else setOwn(base, key, merged);
    } else setOwn(base, key, value);
  }
  for (const [key, order] of Object.entries(patch)) {
    if (!key.startsWith(ORDER)) continue;
    const name = key.slice(ORDER.length);
    if (!Array.isArray(order)) throw badFormat("setElementOrder list");
    const present = own(base, name);
    if (Object.hasOwn(patch, name) || !Array.isArray(present)) continue;
    setOwn(base, name, inOrder(present, order, present, patchMetaOf(type, name).mergeKey));
  }
  return base;
}

/** Source: kubernetes/apimachinery pkg/util/strategicpatch/patch.go (applyRetainKeysDirective). */
function retainKeys(base: Record<string, unknown>, patch: Record<string, unknown>): void {
  const retained = patch.$retainKeys;
  if (retained === undefined) return;
  if (!Array.isArray(retained)) throw badFormat("retainKeys");
  const kept = new Set(retained);
  for (const [key, value] of Object.entries(patch)) {
    const isDirective = key === "$retainKeys" || key.startsWith(ORDER) || key.startsWith(DELETIONS);
    if (value !== null && !isDirective && !kept.has(key)) throw badFormat("retainKeys");
  }
  for (const key of Object.keys(base)) if (!kept.has(key)) delete base[key];
}

function deleteFromList(base: Record<string, unknown>, name: string, items: unknown): void {
  const present = own(base, name) ?? [];
  if (!Array.isArray(items) || !Array.isArray(present)) throw badFormat("primitive list");
  const gone = new Set(items);
  setOwn(base, name, present.filter((item: unknown) => !gone.has(item)));
}

/** Source: kubernetes/apimachinery pkg/util/mergepatch/errors.go. */
function badFormat(what: string): ApiError {
  return ApiError.badRequest(`invalid patch format of ${what}`);
}

function mergeList(
  target: unknown,
  patch: unknown[],
  { strategy, mergeKey: key, type }: PatchMeta,
  order: unknown,
): unknown[] {
  const current: unknown[] = Array.isArray(target) ? target : [];
  if (order !== undefined && !Array.isArray(order)) throw badFormat("setElementOrder list");
  if (strategy !== "merge") return patch;
  if (order) checkOrder(patch, order, key);
  if (current.length === 0) {
    const plain = patch.filter((item) => !hasDirective(item));
    const items = plain.map((item) => merge(undefined, item, type));
    return order ? inOrder(items, order, [], key) : items;
  }
  checkAlike(current, patch, key);
  if (key === undefined) {
    return inOrder([...new Set([...current, ...patch])], order ?? patch, current, undefined);
  }
  const plain = patch.filter((item) => !hasDirective(item));
  if (patch.some((item) => own(item, "$patch") === "replace")) return plain;
  const gone = new Set(
    patch.filter((item) => own(item, "$patch") === "delete").map((item) => own(item, key)),
  );
  const items = current.filter((item) => !gone.has(own(item, key)));
  const places = new Map<unknown, number>();
  for (const [i, item] of items.entries()) {
    if (!places.has(own(item, key))) places.set(own(item, key), i);
  }
  for (const item of plain) {
    const at = places.get(own(item, key));
    if (at !== undefined) items[at] = merge(items[at], item, type);
    else {
      places.set(own(item, key), items.length);
      items.push(merge(undefined, item, type));
    }
  }
  return inOrder(items, order ?? plain, current, key);
}

/**
 * That the items of a patch are all named in the order that it asks for, and come in it. Errors: ApiError.
 * Source: kubernetes/apimachinery pkg/util/strategicpatch/patch.go (validatePatchWithSetOrderList), apiserver
 * pkg/endpoints/handlers/patch.go, which has no better answer to what it says.
 */
function checkOrder(patch: unknown[], order: unknown[], key: string | undefined): void {
  if (order.length === 0 || patch.length === 0) return;
  const id = (item: unknown) => key === undefined || !isMap(item) ? item : own(item, key);
  const items = patch.filter((item) => !hasDirective(item));
  let at = 0;
  for (const item of order) if (at < items.length && id(items[at]) === id(item)) at++;
  if (at === items.length) return;
  const [patched, wanted] = [goSprint(patch), goSprint(order)];
  throw new ApiError(
    500,
    "",
    `The order in patch list:\n${patched}\n doesn't match $setElementOrder list:\n${wanted}\n`,
  );
}

/**
 * That items are of one type and none is a list, and that those with a key all have it. Errors: ApiError.
 * Source: kubernetes/apimachinery pkg/util/strategicpatch/patch.go (sliceElementType, mergeSliceWithoutSpecialElements).
 */
function checkAlike(current: unknown[], patch: unknown[], key: string | undefined): void {
  const items = [...current, ...patch];
  const kinds = new Set(items.map(goType));
  const [kind] = kinds;
  if (kinds.size > 1) {
    throw broken(`list element types are not identical: ${goSprint([current, patch])}`);
  }
  if (kinds.size !== 1 || kind === "array" || (kind === "object") !== (key !== undefined)) {
    throw ApiError.unprocessable();
  }
  if (key === undefined) return;
  for (const item of items) {
    const directive = own(item, "$patch");
    const isKnown = directive === undefined || directive === "replace" || directive === "delete";
    if (directive === "merge") throw broken("merging lists cannot yet be specified in the patch");
    if (!isKnown) throw unknownDirective(item);
    if (isMap(item) && Object.hasOwn(item, key) || directive === "replace") continue;
    throw broken(`map: ${goSprint(item)} does not contain declared merge key: ${key}`);
  }
}

/** What upstream has no better answer to than its own error. Source: kubernetes/apimachinery pkg/util/mergepatch/errors.go. */
function broken(message: string): ApiError {
  return new ApiError(500, "", message);
}

function unknownDirective(map: unknown): ApiError {
  return broken(
    `unknown patch type: ${goSprintf("%s", [own(map, "$patch")])} in map: ${goSprint(map)}`,
  );
}

/** What tells apart the types that Go's decoder gives values: whole numbers have one of their own. */
function goType(value: unknown): string {
  return Number.isInteger(value) ? "integer" : jsonTypeName(value);
}

/**
 * Items that `order` names come in that order. The others keep theirs, each before the first of the named ones that it
 * stood before in `live`.
 * Source: kubernetes/apimachinery pkg/util/strategicpatch/patch.go (normalizeElementOrder, mergeSortedSlice).
 */
function inOrder(
  items: unknown[],
  order: unknown[],
  live: unknown[],
  key: string | undefined,
): unknown[] {
  if (key !== undefined && ![...items, ...order].every(isMap)) throw ApiError.unprocessable();
  const id = (item: unknown) => key === undefined ? item : own(item, key);
  const rank = new Map(order.map((item, i) => [id(item), i]));
  const place = new Map(live.map((item, i) => [id(item), i]));
  const named = items.filter((item) => rank.has(id(item)))
    .sort((a, b) => rank.get(id(a))! - rank.get(id(b))!);
  const others = items.filter((item) => !rank.has(id(item)));
  const out: unknown[] = [];
  let next = 0;
  for (const item of named) {
    const at = place.get(id(item)) ?? -1;
    while (next < others.length && place.get(id(others[next]))! < at) out.push(others[next++]);
    out.push(item);
  }
  return [...out, ...others.slice(next)];
}

function hasDirective(item: unknown): boolean {
  return isMap(item) && Object.hasOwn(item, "$patch");
}

function withoutDirective({ $patch: _, ...rest }: Record<string, unknown>): unknown {
  return rest;
}
