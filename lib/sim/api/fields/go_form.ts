import { isMap } from "../../../go/mod.ts";
import type { KubeObject } from "../../../kube/mod.ts";
import { messageOf } from "../protobuf.ts";
import { type GoStruct, goStruct, isEmpty } from "./go_struct.ts";

/**
 * Makes an object of a built-in kind what upstream's structs, having read it, would write: without null and what is
 * empty and may be left out, and with what is written though nobody set it. What would be written as null is not there.
 * @param object is changed in place.
 */
export function toGoForm(object: KubeObject): void {
  const message = messageOf(object.apiVersion, object.kind);
  if (!message) return dropNulls(object);
  const { metadata } = object;
  trim(object, goStruct(message), true);
  object.metadata = metadata ?? {};
}

/**
 * Takes away what upstream's structs cannot tell from what was not said, so that it is defaulted: null, and an empty
 * text, 0 or false that is no pointer.
 * @param object is changed in place.
 */
export function dropUnsaid(object: KubeObject): void {
  const message = messageOf(object.apiVersion, object.kind);
  if (!message) return dropNulls(object);
  const { metadata } = object;
  trim(object, goStruct(message), false);
  object.metadata = metadata ?? {};
}

/** Whether upstream's struct of an object's kind writes a field though nobody set it. */
export function alwaysHas({ apiVersion, kind }: KubeObject, field: string): boolean {
  const message = messageOf(apiVersion, kind);
  return message !== undefined && goStruct(message).fields.get(field)?.unset !== undefined;
}

function trim(value: Record<string, unknown>, struct: GoStruct, completes: boolean): void {
  // What is stored already was trimmed then.
  if (Object.isFrozen(value)) return;
  for (const key of Object.keys(value)) {
    const item = value[key];
    const field = struct.fields.get(key);
    const isKept = !completes && typeof item === "object";
    if (item === null || (field?.omits && isEmpty(item) && !isKept)) delete value[key];
    else if (typeof item !== "object") continue;
    else if (!field?.struct) dropNulls(item);
    else trimAll(item as object, goStruct(field.struct), completes, field.isMap);
  }
  if (completes) addUnset(value, struct);
}

/** What upstream's struct of an object's kind writes of a field that nobody set; undefined for nothing. */
export function unsetOf(
  { apiVersion, kind }: KubeObject,
  field: string,
): Record<string, unknown> | undefined {
  const message = messageOf(apiVersion, kind);
  const held = message && goStruct(message).fields.get(field);
  if (!held || !held.struct || typeof held.unset !== "object" || held.unset === null) return;
  const own = {};
  addUnset(own, goStruct(held.struct));
  return own;
}

/** Adds what is written though nobody set it. */
function addUnset(value: Record<string, unknown>, struct: GoStruct): void {
  for (const [key, unset] of struct.always) {
    if (unset === null || Object.hasOwn(value, key)) continue;
    value[key] = unset;
    if (typeof unset !== "object") continue;
    const own: Record<string, unknown> = value[key] = {};
    addUnset(own, goStruct(struct.fields.get(key)!.struct!));
  }
}

function trimAll(value: object, struct: GoStruct, completes: boolean, ofMap = false): void {
  for (const item of partsOf(value, ofMap)) if (isMap(item)) trim(item, struct, completes);
}

/** The structs in a field: itself, or its items. */
function partsOf(value: object, ofMap = false): unknown[] {
  return Array.isArray(value) || ofMap ? Object.values(value) : [value];
}

/**
 * Adds to a stored object of a built-in kind, at any depth, what is written though nobody set it: an earlier version
 * may have stored it without.
 * @param object is changed in place.
 */
export function completeGoForm(object: KubeObject): void {
  const message = messageOf(object.apiVersion, object.kind);
  if (message) complete(object, goStruct(message));
}

function complete(value: Record<string, unknown>, struct: GoStruct): void {
  for (const [key, held] of Object.entries(value)) {
    const field = struct.fields.get(key);
    if (!field?.struct || held === null || typeof held !== "object") continue;
    const own = goStruct(field.struct);
    for (const item of partsOf(held, field.isMap)) if (isMap(item)) complete(item, own);
  }
  addUnset(value, struct);
}

/** To upstream's structs null is absent. */
export function dropNulls(value: unknown): void {
  if (value === null || typeof value !== "object" || Object.isFrozen(value)) return;
  if (Array.isArray(value)) return value.forEach(dropNulls);
  const map = value as Record<string, unknown>;
  for (const [key, item] of Object.entries(map)) {
    if (item === null) delete map[key];
    else dropNulls(item);
  }
}
