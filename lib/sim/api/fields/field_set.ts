/**
 * A set of field paths, as `fieldsV1` writes it: `f:name` is a field, `k:{…}` an item by its keys, `v:…` an item by
 * its value. An element with nothing below it is in the set; one with elements below is in it when it holds `.`.
 * The outermost one is no element: empty, it is the empty set. Sets are never changed, so that they can be shared.
 * Source: sigs.k8s.io/structured-merge-diff fieldpath (set.go, serialize.go).
 */
export interface FieldSet {
  readonly [element: string]: FieldSet;
}

const SELF = ".";
export const EMPTY_SET: FieldSet = Object.freeze({});
/** An element with nothing below it. */
export const LEAF: FieldSet = EMPTY_SET;

export function isEmptySet(set: FieldSet): boolean {
  if (set === EMPTY_SET) return true;
  for (const _ in set) return false;
  return true;
}

function isMember(node: FieldSet | undefined): boolean {
  return node !== undefined && (SELF in node || isEmptySet(node));
}

/** Whether an element directly below the set's root is in it. */
export function hasElement(set: FieldSet, element: string): boolean {
  return isMember(set[element]);
}

/** Whether a path is in the set. */
export function hasPath(set: FieldSet, path: readonly string[]): boolean {
  let at: FieldSet | undefined = set;
  for (const element of path) at = at?.[element];
  return isMember(at);
}

/** An element with its children in order; undefined when it is not in the set and has none. */
export function elementOf(
  member: boolean,
  children: readonly (readonly [string, FieldSet])[],
): FieldSet | undefined {
  if (children.length === 0) return member ? LEAF : undefined;
  const out: Record<string, FieldSet> = {};
  if (member) out[SELF] = LEAF;
  for (const [key, child] of inOrder(children)) out[key] = child;
  return out;
}

/** The set of one path. */
export function setOfPath(path: readonly string[]): FieldSet {
  return path.reduceRight<FieldSet>((below, element) => ({ [element]: below }), LEAF);
}

const RANK: Readonly<Record<string, number>> = { f: 0, k: 1, v: 2, i: 3 };

/** Fields before keys before values, each in their own order; what an element names is read once. */
function inOrder(
  children: readonly (readonly [string, FieldSet])[],
): (readonly [string, FieldSet])[] {
  return children.map((child) => {
    const [element] = child;
    return {
      child,
      rank: RANK[element[0]],
      value: element[0] === "f" ? element : JSON.parse(element.slice(2)),
    };
  }).sort((a, b) => a.rank - b.rank || compareValues(a.value, b.value))
    .map(({ child }) => child);
}

function compareValues(a: unknown, b: unknown): number {
  if (typeof a === "object" && typeof b === "object" && a !== null && b !== null) {
    const [left, right] = [Object.entries(a), Object.entries(b)];
    for (let i = 0; i < Math.min(left.length, right.length); i++) {
      const order = compareValues(left[i][0], right[i][0]) ||
        compareValues(left[i][1], right[i][1]);
      if (order !== 0) return order;
    }
    return left.length - right.length;
  }
  return (a as string) < (b as string) ? -1 : (a as string) > (b as string) ? 1 : 0;
}

/** What is in either set. Gives the very set it was given when the other adds nothing. */
export function union(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b || isEmptySet(b)) return a;
  if (isEmptySet(a)) return b;
  return join(a, b, false);
}

function join(a: FieldSet, b: FieldSet, member: boolean): FieldSet {
  const added: [string, FieldSet][] = [];
  const changed = new Map<string, FieldSet>();
  for (const key in b) {
    if (key === SELF) continue;
    const mine = a[key];
    if (mine === undefined) added.push([key, b[key]]);
    else if (mine !== b[key]) {
      const joined = join(mine, b[key], isMember(mine) || isMember(b[key]));
      if (joined !== mine) changed.set(key, joined);
    }
  }
  if (added.length === 0 && changed.size === 0 && (!member || isMember(a))) return a;
  const kept = childrenOf(a).map(([key, child]): [string, FieldSet] => [
    key,
    changed.get(key) ?? child,
  ]);
  return elementOf(member, [...kept, ...added]) ?? EMPTY_SET;
}

function childrenOf(node: FieldSet): [string, FieldSet][] {
  const out: [string, FieldSet][] = [];
  for (const key in node) if (key !== SELF) out.push([key, node[key]]);
  return out;
}

/** What is in `a` and not in `b`; what lies below an element of `b` stays unless it is named too. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  return without(a, b, false) ?? EMPTY_SET;
}

function without(a: FieldSet, b: FieldSet, member: boolean): FieldSet | undefined {
  let touched = false;
  const kept: [string, FieldSet][] = [];
  for (const [key, child] of childrenOf(a)) {
    const other = b[key];
    const rest = other === undefined
      ? child
      : without(child, other, isMember(child) && !isMember(other));
    if (rest !== child) touched = true;
    if (rest !== undefined) kept.push([key, rest]);
  }
  if (!touched && member === isMember(a)) return a;
  return ordered(member, kept);
}

/** What is in `a` and neither in `b` nor below what is. */
export function recursiveDifference(a: FieldSet, b: FieldSet): FieldSet {
  let touched = false;
  const kept: [string, FieldSet][] = [];
  for (const [key, child] of childrenOf(a)) {
    const other = b[key];
    if (isMember(other)) {
      touched = true;
      continue;
    }
    const rest = other === undefined ? child : recursiveDifference(child, other);
    if (rest !== child) touched = true;
    if (rest === child || !isEmptySet(rest)) kept.push([key, rest]);
  }
  return touched ? ordered(SELF in a, kept) ?? EMPTY_SET : a;
}

/** What is in both sets. */
export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  return common(a, b, false) ?? EMPTY_SET;
}

function common(a: FieldSet, b: FieldSet, member: boolean): FieldSet | undefined {
  const kept: [string, FieldSet][] = [];
  for (const [key, child] of childrenOf(a)) {
    const other = b[key];
    if (other === undefined) continue;
    const both = common(child, other, isMember(child) && isMember(other));
    if (both !== undefined) kept.push([key, both]);
  }
  return ordered(member, kept);
}

/** As {@linkcode elementOf}, of children that are in order already. */
export function ordered(
  member: boolean,
  children: readonly (readonly [string, FieldSet])[],
): FieldSet | undefined {
  if (children.length === 0) return member ? LEAF : undefined;
  return Object.fromEntries(member ? [[SELF, LEAF], ...children] : children);
}

/** The paths of a set, each as its elements: at every level what is in it first, then what lies below. */
export function* paths(
  set: FieldSet,
  prefix: readonly string[] = [],
): Generator<readonly string[]> {
  const children = childrenOf(set);
  for (const [key, child] of children) if (isMember(child)) yield [...prefix, key];
  for (const [key, child] of children) yield* paths(child, [...prefix, key]);
}

/** A path as messages show it: `.spec.containers[name="web"].image`. */
export function pathText(path: readonly string[]): string {
  return path.map(elementText).join("");
}

/** An element as messages show it: `.image`, `[name="web"]`. */
export function elementText(element: string): string {
  const text = element.slice(2);
  if (element[0] === "f") return `.${text}`;
  if (element[0] === "v") return `[=${text}]`;
  if (element[0] === "i") return `[${text}]`;
  const keys = Object.entries(JSON.parse(text));
  return `[${keys.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(",")}]`;
}

/** Reads a set that came from outside; elements of no known sort are dropped. Errors: SyntaxError. */
export function readSet(given: unknown): FieldSet {
  if (given === null || typeof given !== "object" || Array.isArray(given)) {
    throw new SyntaxError("fieldsV1 is not an object");
  }
  return readElement(given as Record<string, unknown>, false) ?? EMPTY_SET;
}

function readElement(given: Record<string, unknown>, nested: boolean): FieldSet | undefined {
  const children: [string, FieldSet][] = [];
  let member = false;
  let any = false;
  for (const [key, value] of Object.entries(given)) {
    if (key === SELF) {
      member = true;
      continue;
    }
    if (!/^[fkvi]:/.test(key)) continue;
    if (key[0] !== "f") JSON.parse(key.slice(2));
    if (value === null || typeof value !== "object" || Array.isArray(value)) {
      throw new SyntaxError(`fieldsV1: ${key} is not an object`);
    }
    any = true;
    const child = readElement(value as Record<string, unknown>, true);
    if (child !== undefined) children.push([key, child]);
  }
  if (nested && !any) member = true;
  return elementOf(nested && member, children);
}
