import { sameJson } from "../../../kube/mod.ts";
import { fieldsOf, goSprint, isMap, setOwn } from "../../../go/mod.ts";
import {
  elementOf,
  elementText,
  EMPTY_SET,
  type FieldSet,
  hasElement,
  isEmptySet,
  LEAF,
  ordered,
} from "./field_set.ts";
import { written } from "./go_struct.ts";
import type { ListType, MapType, ValueType } from "./value_type.ts";

/*
 * What can be done with a value and its type. A value is `undefined` where it is absent; fields that upstream's
 * structs always write are seen though they are not there.
 */

/** What differs between two values. */
export interface Comparison {
  added: FieldSet;
  modified: FieldSet;
  removed: FieldSet;
}

/** The same of a part; absent where nothing does. */
interface Differences {
  added?: FieldSet;
  modified?: FieldSet;
  removed?: FieldSet;
}

const CHANGES = ["added", "modified", "removed"] as const;

type Kind = "map" | "list" | "scalar";

/** Which of the possible kinds a value is; one that fits none is taken for the first. */
function kindOf(type: ValueType, value: unknown): Kind {
  if (Array.isArray(value)) { if (type.list) return "list"; }
  else if (value !== null && typeof value === "object") { if (type.map) return "map"; }
  else if (value !== null && type.scalar) return "scalar";
  return type.map ? "map" : type.scalar ? "scalar" : "list";
}

/** A field of a map, as upstream's struct would write it. */
function fieldOf({ struct }: MapType, value: unknown, key: string): unknown {
  const raw = isMap(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  const field = struct?.fields.get(key);
  return field ? written(field, raw) : raw;
}

function keysOf({ struct }: MapType, value: unknown): string[] {
  const keys = isMap(value) ? Object.keys(value) : [];
  for (const [key] of struct?.always ?? []) if (!isMap(value) || !(key in value)) keys.push(key);
  return keys;
}

function isEmptyList(value: unknown): boolean {
  return !Array.isArray(value) || value.length === 0;
}

/** How the fields of the second value are seen. */
type View = (type: MapType, value: unknown, key: string) => unknown;

/** As upstream's structs write them. */
const AS_WRITTEN: View = fieldOf;

/** As a merge leaves them: empty ones too, and of those always written what the first value has. */
export const AS_MERGED: View = (type, value, key) =>
  isMap(value) && Object.hasOwn(value, key) ? value[key] : fieldOf(type, undefined, key);

/**
 * What differs between two values of a type.
 * Source: sigs.k8s.io/structured-merge-diff typed/compare.go.
 */
export function compare(
  type: ValueType,
  before: unknown,
  after: unknown,
  view: View = AS_WRITTEN,
): Comparison {
  const { added = EMPTY_SET, modified = EMPTY_SET, removed = EMPTY_SET } =
    differences(type, before, after, view) ?? {};
  return { added, modified, removed };
}

function differences(
  type: ValueType,
  before: unknown,
  after: unknown,
  view: View,
): Differences | undefined {
  if (before === after) return undefined;
  if (before === undefined) return { added: everything(type, after) };
  if (after === undefined) return { removed: everything(type, before) };
  const kind = before === null ? kindOf(type, after) : kindOf(type, before);
  if (kind === "map" && !type.map!.atomic) return mapDifferences(type.map!, before, after, view);
  if (kind === "list" && type.list!.relation !== "atomic") {
    return listDifferences(type.list!, before, after, view);
  }
  return sameJson(before, after) ? undefined : { modified: LEAF };
}

function mapDifferences(
  type: MapType,
  before: unknown,
  after: unknown,
  view: View,
): Differences | undefined {
  const parts: [string, Differences][] = [];
  let count = 0;
  const look = (key: string) => {
    const [left, right] = [fieldOf(type, before, key), view(type, after, key)];
    if (left === undefined && right === undefined) return;
    count++;
    if (left === right) return;
    const own = type.field(key) ?? type.other();
    const found = own && differences(own, left, right, view);
    if (found) parts.push([`f:${key}`, found]);
  };
  for (const key of keysOf(type, after)) look(key);
  if (isMap(before)) { for (const key in before) if (!isMap(after) || !(key in after)) look(key); }
  if (count === 0) return sameJson(before, after) ? undefined : { modified: LEAF };
  return together(parts);
}

function listDifferences(
  type: ListType,
  before: unknown,
  after: unknown,
  view: View,
): Differences | undefined {
  if (isEmptyList(before) && isEmptyList(after)) {
    return sameJson(before, after) ? undefined : { modified: LEAF };
  }
  if (sameJson(before, after)) return undefined;
  const [left, right] = [itemsOf(type, before), itemsOf(type, after)];
  const parts: [string, Differences][] = [];
  for (const element of new Set([...left.keys(), ...right.keys()])) {
    const found = itemDifferences(type, left.get(element) ?? [], right.get(element) ?? [], view);
    if (found) parts.push([element, found]);
  }
  return together(parts);
}

/** Items that come more than once under one key are one thing. */
function itemDifferences(
  type: ListType,
  left: unknown[],
  right: unknown[],
  view: View,
): Differences | undefined {
  if (left.length <= 1 && right.length <= 1) {
    return differences(type.item(), left[0], right[0], view);
  }
  if (left.length > 1 && right.length > 1) {
    return sameJson(left, right) ? undefined : { modified: LEAF };
  }
  return left.length > 1 ? { removed: LEAF } : { added: LEAF };
}

function together(parts: [string, Differences][]): Differences | undefined {
  if (parts.length === 0) return undefined;
  const out: Differences = {};
  for (const change of CHANGES) {
    const children = parts.flatMap(([key, part]) =>
      part[change] ? [[key, part[change]] as const] : []
    );
    if (children.length > 0) out[change] = elementOf(false, children);
  }
  return out;
}

/** A value that is wholly new or gone: every part of it. */
function everything(type: ValueType, value: unknown): FieldSet {
  const kind = kindOf(type, value);
  const children: [string, FieldSet][] = [];
  if (kind === "map" && !type.map!.atomic) {
    for (const key of keysOf(type.map!, value)) {
      const part = fieldOf(type.map!, value, key);
      const own = type.map!.field(key) ?? type.map!.other();
      if (part !== undefined && own) children.push([`f:${key}`, everything(own, part)]);
    }
  } else if (kind === "list" && type.list!.relation !== "atomic") {
    for (const [element, items] of itemsOf(type.list!, value)) {
      children.push([element, items.length > 1 ? LEAF : everything(type.list!.item(), items[0])]);
    }
  }
  return elementOf(true, children)!;
}

function itemsOf(type: ListType, value: unknown): Map<string, unknown[]> {
  const out = new Map<string, unknown[]>();
  for (const item of Array.isArray(value) ? value : []) {
    const element = elementOfItem(type, item);
    if (element === undefined) continue;
    const known = out.get(element);
    if (known) known.push(item);
    else out.set(element, [item]);
  }
  return out;
}

/** How an item of a list is named in a set; undefined for one that cannot be. */
function elementOfItem(type: ListType, item: unknown): string | undefined {
  if (type.relation === "set") {
    return item === null || typeof item === "object" ? undefined : `v:${JSON.stringify(item)}`;
  }
  if (!isMap(item)) return undefined;
  const { map } = type.item();
  const keys: Record<string, unknown> = {};
  for (const name of [...type.keys].sort()) {
    let value = Object.hasOwn(item, name) ? item[name] : undefined;
    if (value === undefined && map) value = fieldOf(map, item, name);
    keys[name] = value ?? map?.defaultOf(name);
  }
  const text = JSON.stringify(keys);
  return text === "{}" ? undefined : `k:${text}`;
}

/**
 * The fields that a configuration names, all of which its applier owns.
 * Source: sigs.k8s.io/structured-merge-diff typed/tofieldset.go.
 */
export function fieldSetOf(type: ValueType, value: unknown): FieldSet {
  return named(type, value, false) ?? EMPTY_SET;
}

function named(type: ValueType, value: unknown, member: boolean): FieldSet | undefined {
  const kind = kindOf(type, value);
  const children: [string, FieldSet][] = [];
  if (kind === "map" && !type.map!.atomic) {
    for (const [key, part] of Object.entries(fieldsOf(value))) {
      const declared = type.map!.field(key);
      const own = declared ?? type.map!.other();
      if (!own) continue;
      const isVoid = part === null || (isMap(part) && Object.keys(part).length === 0);
      const found = named(own, part, isVoid || !declared);
      if (found) children.push([`f:${key}`, found]);
    }
  } else if (kind === "list" && type.list!.relation !== "atomic") {
    for (const [element, items] of itemsOf(type.list!, value)) {
      children.push([element, items.length > 1 ? LEAF : named(type.list!.item(), items[0], true)!]);
    }
  } else return LEAF;
  return elementOf(member, children);
}

/**
 * A value with what a configuration says of it.
 * Source: sigs.k8s.io/structured-merge-diff typed/merge.go.
 */
export function merge(type: ValueType, live: unknown, config: unknown): unknown {
  if (config === undefined) return live;
  if (live === undefined) return config;
  const kind = kindOf(type, config);
  if (kind !== kindOf(type, live) && live !== null && config !== null) return config;
  if (kind === "map" && !type.map!.atomic) return mergeMap(type.map!, live, config);
  if (kind === "list" && type.list!.relation !== "atomic") {
    return isEmptyList(live) && isEmptyList(config) ? config : mergeList(type.list!, live, config);
  }
  return config;
}

function mergeMap(type: MapType, live: unknown, config: unknown): unknown {
  const [left, right] = [fieldsOf(live), fieldsOf(config)];
  const out: Record<string, unknown> = {};
  for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
    const own = type.field(key) ?? type.other();
    const mine = Object.hasOwn(left, key) ? left[key] : undefined;
    const theirs = Object.hasOwn(right, key) ? right[key] : undefined;
    const value = own ? merge(own, mine, theirs) : theirs ?? mine;
    if (value !== undefined) setOwn(out, key, value);
  }
  return Object.keys(out).length === 0 ? config : out;
}

/** The configuration's items in its order, with live ones between them where they were. */
function mergeList(type: ListType, live: unknown, config: unknown): unknown {
  const [left, right] = [indexed(type, live), indexed(type, config)];
  const merged = new Set<string>();
  const shared = right.order.filter((element) => left.items.has(element));
  const out: unknown[] = [];
  let s = 0;
  let next = shared[s++];
  const take = (element: string) => {
    merged.add(element);
    out.push(merge(type.item(), left.items.get(element), right.items.get(element)));
  };
  let [l, r] = [0, 0];
  while (l < left.order.length || r < right.order.length) {
    const [mine, theirs] = [left.order[l], right.order[r]];
    if (mine !== undefined && theirs !== undefined) {
      if (mine === theirs) {
        take(mine);
        l++;
        r++;
        next = shared[s++];
        continue;
      }
      if (right.items.has(mine) && next !== undefined && next !== mine) {
        l++;
        continue;
      }
    }
    if (mine !== undefined) {
      if (!right.items.has(mine)) {
        out.push(left.values[l]);
        l++;
        continue;
      }
      if (merged.has(mine)) l++;
    }
    if (theirs !== undefined) {
      take(theirs);
      r++;
      if (next === theirs) next = shared[s++];
    }
  }
  return out;
}

function indexed(type: ListType, value: unknown) {
  const items = new Map<string, unknown>();
  const order: string[] = [];
  const values: unknown[] = [];
  for (const item of Array.isArray(value) ? value : []) {
    const element = elementOfItem(type, item);
    if (element === undefined) continue;
    // An item that comes twice is not merged with anything.
    items.set(element, items.has(element) ? null : item);
    order.push(element);
    values.push(item);
  }
  return { items, order, values };
}

/**
 * A value without the parts in a set. What is emptied by it stays as null.
 * Source: sigs.k8s.io/structured-merge-diff typed/remove.go.
 */
export function removeItems(type: ValueType, value: unknown, set: FieldSet): unknown {
  switch (kindOf(type, value)) {
    case "scalar":
      return value;
    case "list":
      return removeFromList(type.list!, value, set);
    default:
      return removeFromMap(type.map!, value, set);
  }
}

function removeFromList(type: ListType, value: unknown, set: FieldSet): unknown {
  if (!Array.isArray(value) || value.length === 0 || type.relation === "atomic") return null;
  const kept: unknown[] = [];
  for (const item of value) {
    const element = elementOfItem(type, item) ?? "";
    if (hasElement(set, element)) continue;
    const below = set[element];
    kept.push(below ? removeItems(type.item(), item, below) : item);
  }
  return kept.length > 0 ? kept : null;
}

function removeFromMap(type: MapType, value: unknown, set: FieldSet): unknown {
  if (!isMap(value) || Object.keys(value).length === 0 || type.atomic) return null;
  const out: Record<string, unknown> = {};
  for (const [key, part] of Object.entries(value)) {
    const element = `f:${key}`;
    if (hasElement(set, element)) continue;
    const below = set[element];
    const own = type.field(key) ?? type.other();
    setOwn(out, key, below && own ? removeItems(own, part, below) : part);
  }
  return Object.keys(out).length > 0 ? out : null;
}

/** A set with the named fields above what is in it. Source: fieldpath/set.go (EnsureNamedFieldsAreMembers). */
export function withNamedFields(type: ValueType | undefined, set: FieldSet): FieldSet {
  if (isEmptySet(set)) return set;
  const children: [string, FieldSet][] = [];
  for (const element in set) {
    if (element === ".") continue;
    if (isEmptySet(set[element])) {
      children.push([element, LEAF]);
      continue;
    }
    const key = element.slice(2);
    const isField = element[0] === "f";
    const declared = isField ? type?.map?.field(key) : undefined;
    const own = isField
      ? declared ?? type?.map?.other()
      : element[0] === "k"
      ? type?.list?.item()
      : undefined;
    const below = withNamedFields(own, set[element]);
    const member = hasElement(set, element) || declared !== undefined;
    const inner = Object.entries(below).filter(([name]) => name !== ".");
    children.push([element, elementOf(member, inner) ?? LEAF]);
  }
  return ordered("." in set, children) ?? EMPTY_SET;
}

/**
 * What is wrong with a configuration by its type, as paths and texts.
 * Source: sigs.k8s.io/structured-merge-diff typed/validate.go.
 */
export function faultsOf(type: ValueType, value: unknown): string[] {
  if (value === null) return [];
  const kind = kindOf(type, value);
  if (kind === "map") {
    return isMap(value) ? mapFaults(type.map!, value) : [`: expected map, got ${goValue(value)}`];
  }
  if (kind === "list") {
    return Array.isArray(value)
      ? listFaults(type.list!, value)
      : [`: expected list, got ${goValue(value)}`];
  }
  return scalarFaults(type.scalar!, value);
}

function scalarFaults(scalar: NonNullable<ValueType["scalar"]>, value: unknown): string[] {
  if (scalar === "untyped") {
    return typeof value === "object" ? [`: expected any scalar, got ${goValue(value)}`] : [];
  }
  const actual = typeof value === "number" ? "numeric" : typeof value;
  if (actual === scalar) return [];
  if (scalar === "numeric") {
    return [`: expected numeric (int or float), got ${goTypeName(value)}`];
  }
  return scalar === "string"
    ? [`: expected string, got &value.valueUnstructured{Value:${goSyntax(value)}}`]
    : [`: expected boolean, got ${goValue(value)}`];
}

function mapFaults(type: MapType, value: Record<string, unknown>): string[] {
  const out: string[] = [];
  for (const key of Object.keys(value).sort()) {
    const part = value[key];
    const own = type.field(key) ?? type.other();
    // Nothing of the map is looked at after a field that it does not have.
    if (!own) return [...out, `.${key}: field not declared in schema`];
    // A long list of arguments would not fit on the stack.
    for (const fault of faultsOf(own, part)) out.push(`.${key}${fault}`);
  }
  return out;
}

function listFaults(type: ListType, value: unknown[]): string[] {
  const seen = new Set<string>();
  return value.flatMap((item, i) => {
    if (type.relation === "atomic") {
      return faultsOf(type.item(), item).map((fault) => `[${i}]${fault}`);
    }
    const element = elementOfItem(type, item);
    if (element === undefined) return [`: element ${i}: ${unnamed(type, item)}`];
    const shown = elementText(element);
    const out = seen.has(element) ? [`: duplicate entries for key ${shown}`] : [];
    seen.add(element);
    return [...out, ...faultsOf(type.item(), item).map((fault) => shown + fault)];
  });
}

function unnamed({ relation, keys }: ListType, item: unknown): string {
  if (relation === "set") {
    if (item === null) {
      return "associative list without keys has an element that's an explicit null";
    }
    return Array.isArray(item)
      ? "not supported: associative list with lists as elements"
      : "associative list without keys has an element that's a map type";
  }
  if (item === null) return "associative list with keys may not have a null element";
  if (!isMap(item)) return "associative list with keys may not have non-map elements";
  const names = keys.map((key) => `"${key}"`).join(" ");
  return `associative list with keys has an element that omits all key fields [${names}] (and doesn't have default values for any key fields)`;
}

function goTypeName(value: unknown): string {
  if (Array.isArray(value)) return "[]interface {}";
  if (typeof value === "object") return "map[string]interface {}";
  return typeof value === "boolean" ? "bool" : typeof value;
}

function goSyntax(value: unknown): string {
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(", ")}}`;
  if (isMap(value)) {
    const parts = Object.keys(value).sort().map((key) => `"${key}":${goSyntax(value[key])}`);
    return `map[string]interface {}{${parts.join(", ")}}`;
  }
  return value === null ? "interface {}(nil)" : JSON.stringify(value);
}

/** A wrapped value as Go's `%v` shows it. */
function goValue(value: unknown): string {
  return `&{${goSprint(value)}}`;
}
