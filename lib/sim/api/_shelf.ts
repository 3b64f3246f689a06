import type { KubeObject } from "../../kube/mod.ts";

/** How many indexes a shelf keeps; the one that was made first makes room for another. */
const MAX_INDEXES = 24;

/** What an index is made of: the values an object is found under. */
export interface IndexKey {
  /** The same for the same values: `label/app`, `field/spec.nodeName`. */
  id: string;
  valueOf(object: KubeObject): string | undefined;
}

/** One thing that every selected object has: one of `values` under an index, or its name. */
export type Lookup = { index: IndexKey; values: readonly string[] } | { name: string };

type Names = Map<string, KubeObject>;
/** value → namespace → name → object */
type Index = { key: IndexKey; buckets: Map<string, Map<string, Names>> };

/** The names of one namespace, always in order. */
interface Space {
  objects: Names;
  names: string[];
}

/** An object's place in the order of a list: as etcd's keys are, by `<namespace>/<name>`. */
export function listKey({ metadata }: Pick<KubeObject, "metadata">): string {
  return metadata.namespace ? `${metadata.namespace}/${metadata.name}` : metadata.name;
}

/**
 * The objects of one resource, in the order of their keys, and by the values that lists have asked for.
 * An index is made when a list first asks for it, and kept up with every write from then on.
 */
export class Shelf {
  readonly #spaces = new Map<string, Space>();
  /** Namespaces with a slash behind, in order: the order of whole keys. */
  readonly #order: string[] = [];
  readonly #indexes = new Map<string, Index>();

  get(namespace: string, name: string): KubeObject | undefined {
    return this.#spaces.get(namespace)?.objects.get(name);
  }

  get size(): number {
    let size = 0;
    for (const { names } of this.#spaces.values()) size += names.length;
    return size;
  }

  put(object: KubeObject): KubeObject | undefined {
    const { namespace = "", name } = object.metadata;
    const space = this.#space(namespace);
    const previous = space.objects.get(name);
    space.objects.set(name, object);
    if (!previous) insert(space.names, name);
    for (const index of this.#indexes.values()) reindex(index, previous, object);
    return previous;
  }

  remove(namespace: string, name: string): KubeObject | undefined {
    const space = this.#spaces.get(namespace);
    const previous = space?.objects.get(name);
    if (!space || !previous) return undefined;
    space.objects.delete(name);
    space.names.splice(lowerBound(space.names, name), 1);
    if (space.names.length === 0) {
      this.#spaces.delete(namespace);
      this.#order.splice(lowerBound(this.#order, `${namespace}/`), 1);
    }
    for (const index of this.#indexes.values()) reindex(index, previous, undefined);
    return previous;
  }

  /** Objects of one namespace or all, from the first whose key is not below `from`, in order. */
  *walk(namespace: string | undefined, from = ""): Generator<KubeObject> {
    for (const { objects, names, start } of this.#slices(namespace, from)) {
      for (let i = start; i < names.length; i++) yield objects.get(names[i])!;
    }
  }

  /** How many objects {@linkcode Shelf.walk} would give, without looking at them. */
  countFrom(namespace: string | undefined, from: string): number {
    let count = 0;
    for (const { names, start } of this.#slices(namespace, from)) count += names.length - start;
    return count;
  }

  *#slices(
    namespace: string | undefined,
    from: string,
  ): Generator<Space & { start: number }> {
    const prefixes = namespace === undefined ? this.#order : [`${namespace}/`];
    for (const prefix of prefixes) {
      const space = this.#spaces.get(prefix.slice(0, -1));
      if (!space) continue;
      const keyed = prefix === "/" ? "" : prefix;
      if (from.startsWith(keyed)) {
        yield { ...space, start: lowerBound(space.names, from.slice(keyed.length)) };
      } else if (keyed > from) yield { ...space, start: 0 };
    }
  }

  /**
   * The objects that the most telling of `lookups` leaves to be looked at, in no order; undefined when there
   * is none to go by.
   */
  candidates(namespace: string | undefined, lookups: readonly Lookup[]): KubeObject[] | undefined {
    let least: Names[] | undefined;
    let leastSize = Infinity;
    for (const lookup of lookups) {
      if ("name" in lookup) return this.#byName(namespace, lookup.name);
      const { index: key, values } = lookup;
      const index = this.#indexes.get(key.id) ?? this.#makeIndex(key);
      const found = [...new Set(values)].flatMap((value) => {
        const spaces = index.buckets.get(value);
        if (!spaces) return [];
        if (namespace === undefined) return [...spaces.values()];
        return spaces.get(namespace) ?? [];
      });
      const size = found.reduce((sum, names) => sum + names.size, 0);
      if (size < leastSize) [least, leastSize] = [found, size];
    }
    return least?.flatMap((names) => [...names.values()]);
  }

  #byName(namespace: string | undefined, name: string): KubeObject[] {
    const spaces = namespace === undefined ? [...this.#spaces.keys()] : [namespace];
    return spaces.flatMap((space) => this.get(space, name) ?? []);
  }

  #makeIndex(key: IndexKey): Index {
    if (this.#indexes.size >= MAX_INDEXES) {
      this.#indexes.delete(this.#indexes.keys().next().value!);
    }
    const index: Index = { key, buckets: new Map() };
    for (const object of this.walk(undefined)) reindex(index, undefined, object);
    this.#indexes.set(key.id, index);
    return index;
  }

  #space(namespace: string): Space {
    let space = this.#spaces.get(namespace);
    if (!space) {
      this.#spaces.set(namespace, space = { objects: new Map(), names: [] });
      insert(this.#order, `${namespace}/`);
    }
    return space;
  }

  /** Objects of a namespace whose names begin with `prefix`, in order. */
  *named(namespace: string, prefix: string): Generator<KubeObject> {
    const space = this.#spaces.get(namespace);
    if (!space) return;
    const { names, objects } = space;
    for (let i = lowerBound(names, prefix); names[i]?.startsWith(prefix); i++) {
      yield objects.get(names[i])!;
    }
  }
}

function reindex(
  { key, buckets }: Index,
  previous: KubeObject | undefined,
  next: KubeObject | undefined,
): void {
  const before = previous && key.valueOf(previous);
  const after = next && key.valueOf(next);
  const { namespace = "", name } = (next ?? previous)!.metadata;
  if (before !== undefined && before !== after) {
    const spaces = buckets.get(before);
    const names = spaces?.get(namespace);
    names?.delete(name);
    if (names?.size === 0) spaces!.delete(namespace);
    if (spaces?.size === 0) buckets.delete(before);
  }
  if (after === undefined) return;
  let spaces = buckets.get(after);
  if (!spaces) buckets.set(after, spaces = new Map());
  let names = spaces.get(namespace);
  if (!names) spaces.set(namespace, names = new Map());
  names.set(name, next!);
}

/** Where the first that is not below `value` lies in an ordered list. */
function lowerBound(ordered: readonly string[], value: string): number {
  let low = 0;
  let high = ordered.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ordered[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function insert(ordered: string[], value: string): void {
  // What comes last is added most: names are loaded in order, and generated ones are compared once.
  if (ordered.length === 0 || ordered[ordered.length - 1] < value) ordered.push(value);
  else ordered.splice(lowerBound(ordered, value), 0, value);
}
