import { own, setOwn } from "../../base/mod.ts";
import { ApiError, sameJson } from "../../kube/mod.ts";
import { goName } from "./bodies.ts";
import type { Schema } from "./_data.ts";
import { itemSchema, propertySchema } from "./schemas.ts";

type Json = any;

/** One operation of RFC 6902. */
export interface JsonPatchOperation {
  op: string | null;
  path: string;
  from?: string | null;
  value?: Json;
}

/** Source: kubernetes/apiserver pkg/endpoints/handlers/patch.go (maxJSONPatchOperations). */
const MAX_OPERATIONS = 10_000;
/** Source: kubernetes/apiserver pkg/server/config.go (JSONPatchMaxCopyBytes). */
const MAX_COPIED_CHARS = 3 * 1024 * 1024;
/** How many items of lists may move up or down to make room, or to close a gap. */
const MAX_MOVED_ITEMS = 300_000_000;

/**
 * RFC 6902, with negative indices. Errors: ApiError, worded as the API server words them.
 * Source: kubernetes/apiserver pkg/endpoints/handlers/patch.go, evanphx/json-patch v4.
 * Differs: thousands of operations at the head of a list of a million items are refused, not worked off.
 */
export function jsonPatch(target: Json, operations: JsonPatchOperation[]): Json {
  checkOperations(operations);
  const root: Root = { doc: structuredClone(target), moved: 0 };
  let copied = 0;
  for (const operation of operations) {
    const { op, path, value = null } = operation;
    // That of nowhere leads to nothing.
    const from = operation.from ?? "";
    if (op === "add") add(root, path, value);
    else if (op === "replace") replace(root, path, value);
    else if (op === "remove") take(root, path);
    else if (op === "move") add(root, path, take(root, from));
    else if (op === "copy") {
      const text = JSON.stringify(find(root, from) ?? null);
      copied += text.length;
      if (copied > MAX_COPIED_CHARS) throw unprocessable();
      add(root, path, JSON.parse(text));
    } else if (op === "test") {
      const found = path === "" ? root.doc : find(root, path);
      if (!sameJson(found, value)) throw unprocessable();
    } else throw unprocessable();
  }
  return root.doc;
}

interface Root {
  doc: Json;
  /** How many items of lists have moved so far. */
  moved: number;
}

function checkOperations(operations: unknown): void {
  const refuse = (value: Json, into: string) =>
    ApiError.badRequest(
      `error decoding patch: json: cannot unmarshal ${goName(value)} into Go ${into}`,
    );
  if (!Array.isArray(operations)) throw refuse(operations, "value of type []handlers.jsonPatchOp");
  for (const operation of operations) {
    if (operation === null) throw unprocessable();
    if (!isObject(operation)) throw refuse(operation, "value of type handlers.jsonPatchOp");
    for (const key of ["op", "path", "from"]) {
      const value = operation[key] ?? "";
      if (typeof value === "string") continue;
      throw refuse(value, `struct field jsonPatchOp.${key} of type string`);
    }
    if (typeof operation.path !== "string") throw unprocessable();
  }
  if (operations.length > MAX_OPERATIONS) {
    throw ApiError.tooLarge(
      `The allowed maximum operations in a JSON patch is ${MAX_OPERATIONS}, got ${operations.length}`,
    );
  }
}

/** Upstream keeps to itself what was wrong. */
export function unprocessable(): ApiError {
  const message = "the server rejected our request due to an error in our request";
  return new ApiError(422, "Invalid", message, {});
}

function pointer(path: string): string[] {
  return path.split("/").slice(1).map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** The object or list that a path ends in, and the key or index there. Errors: ApiError. */
function parentOf(root: Root, path: string): [parent: Json, key: string] {
  const parts = pointer(path);
  const last = parts.pop();
  let at = root.doc;
  for (const part of parts) at = at?.[keyOf(at, part)];
  if (last === undefined || at === null || typeof at !== "object") throw unprocessable();
  return [at, last];
}

/** A key that is there itself (a path must not lead into JavaScript's prototypes), or an index. Errors: ApiError. */
function keyOf(parent: Json, key: string): string | number {
  if (Array.isArray(parent)) return indexOf(key, parent.length);
  if (parent === null || typeof parent !== "object" || !Object.hasOwn(parent, key)) {
    throw unprocessable();
  }
  return key;
}

/** Errors: ApiError for an index that is none of a list of that length. */
function indexOf(key: string, length: number): number {
  const index = /^[-+]?\d+$/.test(key) ? Number(key) : NaN;
  const from = index < 0 ? index + length : index;
  if (from >= 0 && from < length) return from;
  throw unprocessable();
}

function find(root: Root, path: string): Json {
  const [parent, key] = parentOf(root, path);
  return parent[keyOf(parent, key)];
}

function replace(root: Root, path: string, value: Json): void {
  if (path === "") {
    if (value === null || typeof value !== "object") throw unprocessable();
    root.doc = value;
    return;
  }
  const [parent, key] = parentOf(root, path);
  const at = keyOf(parent, key);
  if (typeof at === "number") parent[at] = value;
  else setOwn(parent, at, value);
}

function add(root: Root, path: string, value: Json): void {
  const [parent, key] = parentOf(root, path);
  if (!Array.isArray(parent)) setOwn(parent, key, value);
  else if (key === "-") parent.push(value);
  else {
    const index = indexOf(key, parent.length + 1);
    countMoved(root, parent.length - index);
    parent.splice(index, 0, value);
  }
}

/** Errors: ApiError. */
function countMoved(root: Root, items: number): void {
  root.moved += items;
  if (root.moved > MAX_MOVED_ITEMS) throw unprocessable();
}

function take(root: Root, path: string): Json {
  const [parent, key] = parentOf(root, path);
  const at = keyOf(parent, key);
  const value = parent[at];
  if (typeof at === "number") {
    countMoved(root, parent.length - at);
    parent.splice(at, 1);
  } else delete parent[at];
  return value;
}

/**
 * Kubernetes' strategic merge: lists with a merge key are merged by that key, lists of primitives
 * with the merge strategy are joined, others are replaced; `$patch`, `$retainKeys`,
 * `$deleteFromPrimitiveList` and `$setElementOrder` are obeyed.
 * Source: kubernetes/apimachinery pkg/util/strategicpatch/patch.go.
 */
export function strategicMerge(target: Json, patch: Json, schema: Schema | undefined): Json {
  if (!isObject(patch)) return patch;
  if (Object.hasOwn(patch, "$patch")) {
    if (target === undefined || patch.$patch === "delete") return undefined;
    if (patch.$patch === "replace") return without(patch, "$patch");
    throw unprocessable();
  }
  const base: Record<string, Json> = isObject(target) ? { ...target } : {};
  const retain: string[] | undefined = patch.$retainKeys;
  if (retain !== undefined && !Array.isArray(retain)) throw badFormat("retainKeys");
  if (retain) {
    const kept = new Set(retain);
    for (const key of Object.keys(base)) if (!kept.has(key)) delete base[key];
  }
  for (const [key, value] of Object.entries(patch)) {
    if (key === "$retainKeys" || key.startsWith("$setElementOrder/")) continue;
    if (key.startsWith("$deleteFromPrimitiveList/")) {
      const name = key.slice(key.indexOf("/") + 1);
      const present = own(base, name) ?? [];
      if (!Array.isArray(value) || !Array.isArray(present)) throw badFormat("primitive list");
      const gone = new Set(value);
      setOwn(base, name, present.filter((item: Json) => !gone.has(item)));
      continue;
    }
    const property = propertySchema(schema, key);
    if (value === null) delete base[key];
    else if (Array.isArray(value)) {
      const order = patch[`$setElementOrder/${key}`];
      setOwn(base, key, mergeList(own(base, key), value, property, order));
    } else if (isObject(value)) {
      const merged = strategicMerge(own(base, key), value, property?.own);
      if (merged === undefined) delete base[key];
      else setOwn(base, key, merged);
    } else setOwn(base, key, value);
  }
  for (const [key, order] of Object.entries(patch)) {
    if (!key.startsWith("$setElementOrder/")) continue;
    const name = key.slice(key.indexOf("/") + 1);
    if (!Array.isArray(order)) throw badFormat("setElementOrder list");
    const present = own(base, name);
    if (Object.hasOwn(patch, name) || !Array.isArray(present)) continue;
    setOwn(base, name, inOrder(present, order, propertySchema(schema, name)?.mergeKey));
  }
  return base;
}

/** Source: kubernetes/apimachinery pkg/util/mergepatch/errors.go. */
function badFormat(what: string): ApiError {
  return ApiError.badRequest(`invalid patch format of ${what}`);
}

/** Where an item was that a patch deletes. */
const GONE = Symbol("gone");

function mergeList(
  target: Json,
  patch: Json[],
  property: ReturnType<typeof propertySchema>,
  order: Json[] | undefined,
): Json[] {
  const current: Json[] = Array.isArray(target) ? target : [];
  if (order !== undefined && !Array.isArray(order)) throw badFormat("setElementOrder list");
  if (!property?.merges) return patch;
  const key = property.mergeKey;
  const items = itemSchema(property.own);
  if (current.length === 0) {
    const plain = patch.filter((item) => !(isObject(item) && Object.hasOwn(item, "$patch")));
    return inOrder(plain.map((item) => strategicMerge(undefined, item, items)), order, key);
  }
  checkAlike([...current, ...patch], key);
  if (key === undefined) return inOrder([...new Set([...current, ...patch])], order, undefined);
  if (patch.some((item) => item.$patch === "replace")) {
    return patch.filter((item) => !Object.hasOwn(item, "$patch"));
  }
  const out: (Json | typeof GONE)[] = [...current];
  const places = new Map<Json, number>();
  for (const [i, item] of current.entries()) {
    const id = item[key];
    if (!places.has(id)) places.set(id, i);
  }
  for (const item of patch) {
    const id = item[key];
    const at = places.get(id);
    if (item.$patch === "delete") {
      if (at === undefined) continue;
      out[at] = GONE;
      places.delete(id);
    } else if (at !== undefined) out[at] = strategicMerge(out[at], item, items);
    else {
      places.set(id, out.length);
      out.push(strategicMerge(undefined, item, items));
    }
  }
  return inOrder(out.filter((item) => item !== GONE), order, key);
}

/**
 * That items are of one type and none is a list, and that those with a key all have it. Errors: ApiError.
 * Source: kubernetes/apimachinery pkg/util/strategicpatch/patch.go (sliceElementType, mergeSliceWithoutSpecialElements).
 */
function checkAlike(items: Json[], key: string | undefined): void {
  const kinds = new Set(items.map(goKind));
  const [kind] = kinds;
  if (kinds.size !== 1 || kind === "array" || (kind === "object") !== (key !== undefined)) {
    throw unprocessable();
  }
  if (key === undefined) return;
  for (const item of items) {
    const isKnown = item.$patch === undefined || ["replace", "delete"].includes(item.$patch);
    if (!isKnown || !(Object.hasOwn(item, key) || item.$patch === "replace")) throw unprocessable();
  }
}

/** The type that Go's decoder gives a value. */
function goKind(value: Json): string {
  return Number.isInteger(value) ? "integer" : goName(value);
}

/** Items named in `order` come in that order; the others keep their places relative to them. */
function inOrder(items: Json[], order: Json[] | undefined, key: string | undefined): Json[] {
  if (!order) return items;
  if (key !== undefined && [...items, ...order].some((item) => !isObject(item))) {
    throw unprocessable();
  }
  const id = (item: Json) => (key === undefined ? item : item?.[key]);
  const rank = new Map(order.map((item, i) => [id(item), i]));
  const named = items.filter((item) => rank.has(id(item)))
    .sort((a, b) => rank.get(id(a))! - rank.get(id(b))!);
  const others = items.filter((item) => !rank.has(id(item)));
  return [...named, ...others];
}

function without(object: Record<string, Json>, key: string): Record<string, Json> {
  const { [key]: _, ...rest } = object;
  return rest;
}

function isObject(value: Json): value is Record<string, Json> {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
