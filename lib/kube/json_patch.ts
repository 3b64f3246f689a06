import { isMap, jsonTypeName, own, setOwn } from "../go/mod.ts";
import { sameJson } from "./equality.ts";
import { ApiError } from "./errors.ts";

/** One operation of RFC 6902. */
export interface JsonPatchOperation {
  op: string | null;
  path: string;
  from?: string | null;
  value?: unknown;
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
export function jsonPatch(target: unknown, operations: unknown): unknown {
  if (operations === null) return target;
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
      if (copied > MAX_COPIED_CHARS) throw ApiError.unprocessable();
      add(root, path, JSON.parse(text));
    } else if (op === "test") {
      const found = path === "" ? root.doc : find(root, path);
      if (!sameJson(found, value)) throw ApiError.unprocessable();
    } else throw ApiError.unprocessable();
  }
  return root.doc;
}

interface Root {
  doc: unknown;
  /** How many items of lists have moved so far. */
  moved: number;
}

function checkOperations(operations: unknown): asserts operations is JsonPatchOperation[] {
  const refuse = (value: unknown, into: string) =>
    ApiError.badRequest(
      `error decoding patch: json: cannot unmarshal ${jsonTypeName(value)} into Go ${into}`,
    );
  if (!Array.isArray(operations)) throw refuse(operations, "value of type []handlers.jsonPatchOp");
  for (const operation of operations) {
    if (operation === null) throw ApiError.unprocessable();
    if (!isMap(operation)) throw refuse(operation, "value of type handlers.jsonPatchOp");
    for (const key of ["op", "path", "from"]) {
      const value = operation[key] ?? "";
      if (typeof value === "string") continue;
      throw refuse(value, `struct field jsonPatchOp.${key} of type string`);
    }
    if (typeof operation.path !== "string") throw ApiError.unprocessable();
  }
  if (operations.length > MAX_OPERATIONS) {
    throw ApiError.tooLarge(
      `The allowed maximum operations in a JSON patch is ${MAX_OPERATIONS}, got ${operations.length}`,
    );
  }
}

function pointer(path: string): string[] {
  return path.split("/").slice(1).map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}

type Parent = Record<string, unknown> | unknown[];

/** The object or list that a path ends in, and the key or index there. Errors: ApiError. */
function parentOf(root: Root, path: string): [parent: Parent, key: string] {
  const parts = pointer(path);
  const last = parts.pop();
  let at = root.doc;
  for (const part of parts) at = childOf(at, part);
  if (last === undefined || !(isMap(at) || Array.isArray(at))) throw ApiError.unprocessable();
  return [at, last];
}

/** What is under a key that is there itself (a path must not lead into JavaScript's prototypes), or at an index. Errors: ApiError. */
function childOf(parent: unknown, key: string): unknown {
  if (Array.isArray(parent)) return parent[indexOf(key, parent.length)];
  if (!isMap(parent) || !Object.hasOwn(parent, key)) throw ApiError.unprocessable();
  return parent[key];
}

/** Errors: ApiError for an index that is none of a list of that length. */
function indexOf(key: string, length: number): number {
  const index = /^[-+]?\d+$/.test(key) ? Number(key) : NaN;
  const from = index < 0 ? index + length : index;
  if (from >= 0 && from < length) return from;
  throw ApiError.unprocessable();
}

/** What a path leads to; null for what an object has not, as upstream has it. */
function find(root: Root, path: string): unknown {
  const [parent, key] = parentOf(root, path);
  return Array.isArray(parent) ? childOf(parent, key) : own(parent, key) ?? null;
}

function replace(root: Root, path: string, value: unknown): void {
  if (path === "") {
    if (value === null || typeof value !== "object") throw ApiError.unprocessable();
    root.doc = value;
    return;
  }
  const [parent, key] = parentOf(root, path);
  if (Array.isArray(parent)) parent[indexOf(key, parent.length)] = value;
  // Of an object also what is not there yet: upstream's has no other answer to what it asks first.
  else setOwn(parent, key, value);
}

function add(root: Root, path: string, value: unknown): void {
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
  if (root.moved > MAX_MOVED_ITEMS) throw ApiError.unprocessable();
}

function take(root: Root, path: string): unknown {
  const [parent, key] = parentOf(root, path);
  const value = childOf(parent, key);
  if (Array.isArray(parent)) {
    const at = indexOf(key, parent.length);
    countMoved(root, parent.length - at);
    parent.splice(at, 1);
  } else delete parent[key];
  return value;
}
