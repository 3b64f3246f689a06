import type { KubeObject } from "../../kube/mod.ts";
import type { Cancel } from "../../base/mod.ts";
import type { StateFile, WatchEvent } from "../seams.ts";

/** How many past changes a watch can begin in. */
const HISTORY_LENGTH = 4_000;
const OBJECTS = "object/";
const REVISION = "api/revision";

/** A change as it was stored. */
export interface StoreEvent extends WatchEvent {
  resource: string;
  revision: number;
}

/** A watch that begins before the history does. */
export class RevisionTooOldError extends Error {
  override name = "RevisionTooOldError";
  constructor(readonly asked: number, readonly oldest: number) {
    super(`too old resource version: ${asked} (${oldest})`);
  }
}

type Handler = (event: StoreEvent) => void;

/**
 * Every object, by resource, namespace and name, with one revision that rises with each write.
 *
 * Objects are deeply frozen as they come in and handed out as they are. A listener runs inside the
 * write that caused its event.
 */
export class ObjectStore {
  #revision: number;
  /** resource → namespace → name → object; cluster-scoped objects lie in the namespace "". */
  readonly #objects = new Map<string, Map<string, Map<string, KubeObject>>>();
  readonly #history: StoreEvent[] = [];
  readonly #listeners = new Map<string, Set<Handler>>();
  readonly #dirty = new Set<string>();

  constructor(state: StateFile) {
    this.#revision = Number(state.get(REVISION) ?? 1);
    for (const [key, text] of state.entries(OBJECTS)) {
      const [resource, namespace, name] = key.slice(OBJECTS.length).split("/");
      this.#names(resource, namespace).set(name, deepFreeze(JSON.parse(text)));
    }
  }

  /** The revision of the last write. */
  get revision(): number {
    return this.#revision;
  }

  get(resource: string, namespace: string, name: string): KubeObject | undefined {
    return this.#objects.get(resource)?.get(namespace)?.get(name);
  }

  /** Objects of a resource, in one namespace or all, in order of namespace and name. */
  list(resource: string, namespace?: string): KubeObject[] {
    const spaces = this.#objects.get(resource);
    if (!spaces) return [];
    const names = namespace === undefined ? [...spaces.keys()].sort() : [namespace];
    return names.flatMap((name) => {
      const objects = spaces.get(name);
      return objects ? [...objects.keys()].sort().map((key) => objects.get(key)!) : [];
    });
  }

  /** How many objects of each resource there are. */
  counts(): [resource: string, count: number][] {
    return [...this.#objects].map(([resource, spaces]) => {
      let count = 0;
      for (const names of spaces.values()) count += names.size;
      return [resource, count];
    });
  }

  /** Objects of a namespace whose names begin with `prefix` and go on without a dot; in no order. */
  *under(resource: string, namespace: string, prefix: string): Iterable<KubeObject> {
    for (const [name, object] of this.#objects.get(resource)?.get(namespace) ?? []) {
      if (name.startsWith(prefix) && !name.includes(".", prefix.length)) yield object;
    }
  }

  /** Stores an object under the next revision and tells the listeners. Gives what was stored. */
  put(resource: string, object: KubeObject): KubeObject {
    const { namespace = "", name } = object.metadata;
    const names = this.#names(resource, namespace);
    const previous = names.get(name);
    const revision = ++this.#revision;
    object.metadata.resourceVersion = String(revision);
    const stored = deepFreeze(object);
    names.set(name, stored);
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
    const names = this.#objects.get(resource)?.get(namespace);
    const previous = names?.get(name);
    if (!names || !previous) return undefined;
    names.delete(name);
    this.#dirty.add(`${resource}/${namespace}/${name}`);
    const revision = ++this.#revision;
    const metadata = { ...previous.metadata, resourceVersion: String(revision) };
    const object = deepFreeze({ ...previous, metadata });
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
    const oldest = this.#history.length < HISTORY_LENGTH
      ? this.#firstRevision()
      : this.#history[0].revision;
    if (revision < oldest - 1) throw new RevisionTooOldError(revision, oldest);
    return this.#history.filter((event) =>
      event.resource === resource && event.revision > revision
    );
  }

  /** What a process resumed from a file knows nothing of lies before this revision. */
  #firstRevision(): number {
    return this.#history[0]?.revision ?? this.#revision + 1;
  }

  /** Stages what changed since the last save. */
  save(state: StateFile): void {
    for (const path of this.#dirty) {
      const [resource, namespace, name] = path.split("/");
      const object = this.get(resource, namespace, name);
      if (object) state.put(OBJECTS + path, JSON.stringify(object));
      else state.delete(OBJECTS + path);
    }
    if (this.#dirty.size > 0) state.put(REVISION, String(this.#revision));
    this.#dirty.clear();
  }

  #names(resource: string, namespace: string): Map<string, KubeObject> {
    let spaces = this.#objects.get(resource);
    if (!spaces) this.#objects.set(resource, spaces = new Map());
    let names = spaces.get(namespace);
    if (!names) spaces.set(namespace, names = new Map());
    return names;
  }

  #tell(event: StoreEvent): void {
    this.#history.push(event);
    if (this.#history.length > HISTORY_LENGTH) this.#history.splice(0, HISTORY_LENGTH / 4);
    for (const handler of [...this.#listeners.get(event.resource) ?? []]) handler(event);
  }
}

/** Freezes a JSON value in depth; what is frozen already is taken to be so throughout. */
export function deepFreeze<T>(value: T): T {
  if (value === null || typeof value !== "object" || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const key in value) deepFreeze(value[key]);
  return value;
}
