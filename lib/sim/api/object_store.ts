import type { KubeObject, Manifest, ObjectOf } from "../../kube/mod.ts";
import type { Cancel } from "../../base/mod.ts";
import { StoredSets } from "./fields/stored_sets.ts";
import { sizeOf } from "./object_size.ts";
import { nameOf } from "../reconcile.ts";
import type { StateFile, WatchEvent } from "../seams.ts";
import { listKey, type Lookup, Shelf } from "./_shelf.ts";

export { type IndexKey, listKey, type Lookup } from "./_shelf.ts";

/** How many past changes of each resource a watch can begin in, and a list be continued from. */
const HISTORY_LENGTH = 2_000;
/** How much the past changes of each resource may take. */
const MAX_HISTORY_BYTES = 32 * 1024 * 1024;
const OBJECTS = "object/";
const REVISION = "api/revision";

/** A change as it was stored. */
export interface StoreEvent extends WatchEvent {
  resource: string;
  revision: number;
}

/** A watch that begins, or a list that is asked for, before the history does. */
export class RevisionTooOldError extends Error {
  override name = "RevisionTooOldError";
  constructor(readonly asked: number, readonly oldest: number) {
    super(`too old resource version: ${asked} (${oldest - 1})`);
  }
}

/** Which objects of a resource to list. */
export interface Selection {
  /** undefined is every namespace. */
  namespace?: string;
  /** What narrows the objects that have to be looked at. */
  lookups?: readonly Lookup[];
  /** Which of them are meant; all when absent. */
  matches?: (object: KubeObject) => boolean;
}

/** A part of a list, at one revision. */
export interface PageOptions extends Selection {
  /** As of which revision; the last one when absent. */
  revision?: number;
  /** The least key that belongs to it. */
  from?: string;
  /** How many objects it has at most; 0 or absent for all. */
  limit?: number;
}

export interface Page {
  objects: KubeObject[];
  revision: number;
  /** Whether more follow. */
  more: boolean;
  /** How many follow, where that is known without looking at them. */
  remaining?: number;
}

type Handler = (event: StoreEvent) => void;
/** What was before the changes since some revision, and whether it is still there, by key. */
type Past = Map<string, { before: KubeObject | undefined; there: boolean }>;

/**
 * Every object, by resource, namespace and name, with one revision that rises with each write. Upstream this is
 * etcd, the storage in front of it (etcd3.store) and the watch cache (Cacher); a controller's lister reads it too.
 *
 * Objects are deeply frozen as they come in and handed out as they are. A listener runs inside the
 * write that caused its event.
 */
export class ObjectStore {
  #revision: number;
  /** Nothing is known of what happened up to here but its outcome. */
  readonly #firstRevision: number;
  readonly #shelves = new Map<string, Shelf>();
  readonly #histories = new Map<string, StoreEvent[]>();
  /** How much they take, by resource. */
  readonly #historyBytes = new Map<string, number>();
  readonly #sets: StoredSets;
  readonly #listeners = new Map<string, Set<Handler>>();
  readonly #dirty = new Set<string>();
  /** By resource, the first revision that is still remembered, once some are not. */
  readonly #forgotten = new Map<string, number>();
  #visited = 0;
  #bytes = 0;
  /** What the state has of the revision. */
  #savedRevision: number;

  /**
   * @param revive makes of an object that an earlier version stored what this one would have; it may change it.
   * @param fence does what an object, named by its resource and key, takes; one that fails is left out of the store, and
   * stays in the state.
   */
  constructor(
    state: StateFile,
    revive: (object: KubeObject, text: string) => void = () => {},
    fence: (about: string, work: () => void) => void = (_, work) => work(),
  ) {
    this.#sets = new StoredSets(state);
    // Nobody who outlives this process was told of a later one.
    this.#revision = this.#savedRevision = Number(state.get(REVISION) ?? 1);
    this.#firstRevision = this.#revision + 1;
    for (const [key, text] of state.entries(OBJECTS)) {
      const [resource, namespace, name] = key.slice(OBJECTS.length).split("/");
      fence(nameOf(resource, { namespace, name }), () => {
        const read = this.#sets.read(text);
        revive(read, text);
        const object = deepFreeze(read);
        this.#bytes += sizeOf(object);
        this.#shelf(resource).put(object);
      });
    }
  }

  /** The revision of the last write. */
  get revision(): number {
    return this.#revision;
  }

  /** How many objects lists have looked at since the start: what they cost. */
  get visited(): number {
    return this.#visited;
  }

  /** How much all objects take, about. */
  get bytes(): number {
    return this.#bytes;
  }

  /** How many objects of a resource there are. */
  count(resource: string): number {
    return this.#shelves.get(resource)?.size ?? 0;
  }

  /** How many watches there are now. */
  get listeners(): number {
    let count = 0;
    for (const handlers of this.#listeners.values()) count += handlers.size;
    return count;
  }

  get<R extends string>(resource: R, namespace: string, name: string): ObjectOf<R> | undefined;
  get(resource: string, namespace: string, name: string): KubeObject | undefined {
    return this.#shelves.get(resource)?.get(namespace, name);
  }

  /** Objects of a resource, in one namespace or all, in the order of their keys. */
  list<R extends string>(resource: R, namespace?: string): ObjectOf<R>[];
  list(resource: string, namespace?: string): KubeObject[] {
    const shelf = this.#shelves.get(resource);
    if (!shelf) return [];
    const objects = [...shelf.walk(namespace)];
    this.#visited += objects.length;
    return objects;
  }

  /** Objects that a selection lets through, in the order of their keys. */
  select(resource: string, selection: Selection): KubeObject[] {
    return this.page(resource, selection).objects;
  }

  /**
   * A part of a list. It costs what it gives: objects that an index rules out are not looked at, nor those
   * after the last one.
   * Errors: RevisionTooOldError.
   */
  page(resource: string, options: PageOptions): Page {
    const { namespace, matches, limit = 0 } = options;
    const shelf = this.#shelf(resource);
    const revision = options.revision ?? this.#revision;
    const past = this.#past(resource, namespace, revision);
    const objects: KubeObject[] = [];
    let more = false;
    for (const object of this.#inOrder(shelf, options, past)) {
      this.#visited++;
      if (matches && !matches(object)) continue;
      if (limit > 0 && objects.length === limit) {
        more = true;
        break;
      }
      objects.push(object);
    }
    const page: Page = { objects, revision, more };
    if (more && !matches) {
      const after = listKey(objects[limit - 1]) + "\0";
      page.remaining = shelf.countFrom(namespace, after) + correction(past, after);
    }
    return page;
  }

  /** Candidates as they were at a page's revision, from its first key on. */
  *#inOrder(
    shelf: Shelf,
    { namespace, lookups = [], from = "" }: PageOptions,
    past: Past,
  ): Generator<KubeObject> {
    const found = lookups.length > 0 ? shelf.candidates(namespace, lookups) : undefined;
    const present = found ? found.sort(byKey) : shelf.walk(namespace, from);
    const earlier = [...past].filter(([key]) => key >= from).sort(([a], [b]) => a < b ? -1 : 1);
    let next = 0;
    for (const object of present) {
      const key = listKey(object);
      if (key < from) continue;
      for (; next < earlier.length && earlier[next][0] < key; next++) {
        if (earlier[next][1].before) yield earlier[next][1].before!;
      }
      if (earlier[next]?.[0] === key) {
        const { before } = earlier[next++][1];
        if (before) yield before;
      } else yield object;
    }
    for (; next < earlier.length; next++) {
      if (earlier[next][1].before) yield earlier[next][1].before!;
    }
  }

  /** What has changed since `revision`, by key. */
  #past(resource: string, namespace: string | undefined, revision: number): Past {
    const past: Past = new Map();
    if (revision >= this.#revision) return past;
    for (const { type, object, previous } of this.since(resource, revision)) {
      if (namespace !== undefined && object.metadata.namespace !== namespace) continue;
      const key = listKey(object);
      const known = past.get(key);
      const there = type !== "DELETED";
      if (known) known.there = there;
      else past.set(key, { before: previous, there });
    }
    return past;
  }

  /** How many objects of each resource there are. */
  counts(): [resource: string, count: number][] {
    return [...this.#shelves].map(([resource, shelf]) => [resource, shelf.size]);
  }

  /** Objects of a namespace whose names begin with `prefix` and go on without a dot. */
  *under<R extends string>(
    resource: R,
    namespace: string,
    prefix: string,
  ): Iterable<ObjectOf<R>> {
    for (const object of this.#shelves.get(resource)?.named(namespace, prefix) ?? []) {
      if (!object.metadata.name.includes(".", prefix.length)) yield object as ObjectOf<R>;
    }
  }

  /** Stores an object under the next revision and tells the listeners. Gives what was stored. */
  put(resource: string, object: Manifest): KubeObject {
    const { namespace = "", name } = object.metadata;
    const revision = ++this.#revision;
    object.metadata.resourceVersion = String(revision);
    const stored = deepFreeze(object);
    const previous = this.#shelf(resource).put(stored);
    this.#bytes += sizeOf(stored) - (previous ? sizeOf(previous) : 0);
    this.#dirty.add(`${resource}/${namespace}/${name}`);
    this.#tell({
      type: previous ? "MODIFIED" : "ADDED",
      object: stored,
      ...(previous ? { previous } : {}),
      resource,
      revision,
    });
    return stored;
  }

  /** Takes an object away under the next revision. Gives its last state. */
  remove(resource: string, namespace: string, name: string): KubeObject | undefined {
    const previous = this.#shelves.get(resource)?.remove(namespace, name);
    if (!previous) return undefined;
    this.#bytes -= sizeOf(previous);
    this.#dirty.add(`${resource}/${namespace}/${name}`);
    const revision = ++this.#revision;
    const object = atRevision(previous, revision);
    this.#tell({ type: "DELETED", object, previous, resource, revision });
    return object;
  }

  /** Calls `handler` with every change of a resource from now on. */
  listen(resource: string, handler: Handler): Cancel {
    const handlers = this.#listeners.get(resource) ?? new Set();
    this.#listeners.set(resource, handlers);
    handlers.add(handler);
    return () => void handlers.delete(handler);
  }

  /** The changes of a resource after `revision`. Errors: RevisionTooOldError. */
  since(resource: string, revision: number): StoreEvent[] {
    const oldest = this.#forgotten.get(resource) ?? this.#firstRevision;
    if (revision < oldest - 1) throw new RevisionTooOldError(revision, oldest);
    const history = this.#histories.get(resource) ?? [];
    return history.slice(firstAfter(history, revision));
  }

  /** Stages what changed since the last save. */
  save(state: StateFile): void {
    for (const path of this.#dirty) {
      const [resource, namespace, name] = path.split("/");
      const object = this.get(resource, namespace, name);
      if (object) state.put(OBJECTS + path, this.#sets.write(object, state));
      else state.delete(OBJECTS + path);
    }
    this.#dirty.clear();
    if (this.#revision === this.#savedRevision) return;
    this.#savedRevision = this.#revision;
    state.put(REVISION, String(this.#revision));
  }

  #shelf(resource: string): Shelf {
    let shelf = this.#shelves.get(resource);
    if (!shelf) this.#shelves.set(resource, shelf = new Shelf());
    return shelf;
  }

  #tell(event: StoreEvent): void {
    const { resource } = event;
    let history = this.#histories.get(resource);
    if (!history) this.#histories.set(resource, history = []);
    history.push(event);
    let bytes = (this.#historyBytes.get(resource) ?? 0) + sizeOf(event.object);
    if (history.length > HISTORY_LENGTH || bytes > MAX_HISTORY_BYTES) {
      const forgotten = history.splice(0, Math.ceil(history.length / 4));
      for (const { object } of forgotten) bytes -= sizeOf(object);
      this.#forgotten.set(resource, history[0]?.revision ?? this.#revision + 1);
    }
    this.#historyBytes.set(resource, bytes);
    for (const handler of [...this.#listeners.get(resource) ?? []]) handler(event);
  }
}

/** A copy of an object under another revision. */
export function atRevision(object: KubeObject, revision: number): KubeObject {
  return deepFreeze({
    ...object,
    metadata: { ...object.metadata, resourceVersion: String(revision) },
  });
}

/** How many more objects there were at a past revision than now, among keys from `from` on. */
function correction(past: Past, from: string): number {
  let count = 0;
  for (const [key, { before, there }] of past) {
    if (key < from) continue;
    if (before) count++;
    if (there) count--;
  }
  return count;
}

function byKey(a: KubeObject, b: KubeObject): number {
  return listKey(a) < listKey(b) ? -1 : 1;
}

/** Where the changes after `revision` begin. */
function firstAfter(history: readonly StoreEvent[], revision: number): number {
  let low = 0;
  let high = history.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (history[middle].revision <= revision) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Freezes a JSON value in depth; what is frozen already is taken to be so throughout. */
function deepFreeze<T>(value: T): T {
  if (value === null || typeof value !== "object" || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const key in value) deepFreeze(value[key]);
  return value;
}
