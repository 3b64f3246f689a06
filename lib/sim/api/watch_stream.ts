import { messageOf } from "../../base/mod.ts";
import type { Cancel, Clock, ClockScope } from "../../base/mod.ts";
import { ApiError, type KubeObject } from "../../kube/mod.ts";
import { type ListOptions, revisionOf } from "./list_options.ts";
import { tooLarge } from "./list_pages.ts";
import {
  atRevision,
  type ObjectStore,
  RevisionTooOldError,
  type Selection,
  type StoreEvent,
} from "./object_store.ts";
import { isSelected } from "./selection.ts";

/**
 * How many events wait for a client that reads slowly before its watch is ended. They are references to
 * objects that the history holds too, so that a client which has stopped reading costs next to nothing.
 * Source: kubernetes/apiserver pkg/storage/cacher/cache_watcher.go (add); its channels hold up to a thousand.
 */
const MAX_WAITING = 5_000;
/** Source: kubernetes/apiserver pkg/storage/cacher/cacher.go (bookmarkFrequency). */
const BOOKMARK_MS = 60_000;
/** How many messages that were sent are let go of at a time. */
const SHED = 1_000;

/** One message of a watch. An object is in its storage version, but for BOOKMARK and ERROR. */
export interface WatchMessage {
  type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  object: KubeObject;
  /** What it tells of; the same for every watch that is told the same. */
  event?: StoreEvent;
  /** When it came. */
  atMs: number;
}

/** Where messages go. */
export interface WatchSink {
  send(message: WatchMessage): void;
  /** Ends the stream, which cancels the watch. */
  end(): void;
  /** Whether the client has not read what it has been sent. */
  readonly full: boolean;
  /** Calls `resume` once when it has. */
  onRoom(resume: () => void): void;
}

export interface WatchRequest {
  resource: string;
  /** The kind and apiVersion of bookmarks. */
  kind: string;
  apiVersion: string;
  selection: Selection;
  options: ListOptions;
}

/**
 * Sends a client what it is to know: present objects when it asks for them, then each change, with objects
 * that begin or cease to match its selectors added and deleted. It goes at the client's pace: what is there at
 * first is read out as the client reads, and a client that stops reading is dropped.
 * Source: kubernetes/apiserver pkg/storage/cacher/{cacher,cache_watcher}.go, pkg/endpoints/handlers/watch.go.
 * Differs: minutes and seconds are the lab's; a watch without `timeoutSeconds` goes on.
 */
export function startWatch(
  store: ObjectStore,
  clock: Clock,
  request: WatchRequest,
  sink: WatchSink,
): Cancel {
  return new Watch(store, clock, request, sink).start();
}

/**
 * The revision that a watch begins after, undefined for present objects first.
 * Errors: ApiError for what is no revision.
 */
export function watchedFrom(options: ListOptions): number | undefined {
  const { resourceVersion, sendInitialEvents } = options;
  const revision = cachedRevision(resourceVersion);
  if (sendInitialEvents) return undefined;
  return revision;
}

/** Errors: ApiError for what is no revision: an internal one, as the watch cache passes it on. */
export function cachedRevision(resourceVersion: string): number {
  try {
    return revisionOf(resourceVersion);
  } catch (error) {
    const value = JSON.stringify(resourceVersion);
    const why = messageOf(error);
    throw new ApiError(500, "", `resourceVersion: Invalid value: ${value}: ${why}`);
  }
}

class Watch {
  readonly #store: ObjectStore;
  /** What breaks while a client is told ends its stream. */
  readonly #clock: ClockScope;
  readonly #request: WatchRequest;
  readonly #sink: WatchSink;
  /** What is still to be told, first things first. */
  #waiting: WatchMessage[] = [];
  #next = 0;
  /** Initial objects still to be told are not counted as waiting. */
  #initial = 0;
  #started = false;
  #resuming = false;
  #over = false;
  readonly #cancels: Cancel[] = [];

  constructor(store: ObjectStore, clock: Clock, request: WatchRequest, sink: WatchSink) {
    this.#store = store;
    this.#clock = clock.scope(`watch stream ${request.resource}`, () => this.#end());
    this.#request = request;
    this.#sink = sink;
  }

  start(): Cancel {
    const { resource, options } = this.#request;
    try {
      this.#tellPast();
    } catch (error) {
      const status = error instanceof RevisionTooOldError
        ? new ApiError(410, "Expired", error.message)
        : error;
      if (!(status instanceof ApiError)) throw error;
      const object = status.toStatus() as unknown as KubeObject;
      this.#sink.send({ type: "ERROR", object, atMs: this.#clock.now() });
      this.#end();
      return () => {};
    }
    this.#started = true;
    this.#initial = this.#waiting.length;
    this.#cancels.push(
      this.#store.listen(
        resource,
        (event) => this.#clock.run(() => this.#pass(event), () => this.#end()),
      ),
    );
    if (options.allowWatchBookmarks) {
      this.#cancels.push(this.#clock.every(BOOKMARK_MS, () => this.#bookmark(), { originMs: 0 }));
    }
    if (options.timeoutSeconds) {
      this.#cancels.push(
        this.#clock.after(options.timeoutSeconds * 1000, () => this.#timeOut()),
      );
    }
    this.#flush();
    return () => this.#stop();
  }

  /** What the client asks to be told before anything happens. */
  #tellPast(): void {
    const { resource, selection, options } = this.#request;
    const revision = watchedFrom(options);
    if (revision === undefined) {
      const asked = revisionOf(options.resourceVersion);
      if (asked > this.#store.revision) throw tooLarge(asked, this.#store.revision);
      for (const object of this.#store.select(resource, selection)) {
        this.#tell({ type: "ADDED", object });
      }
      if (options.allowWatchBookmarks) this.#bookmark({ "k8s.io/initial-events-end": "true" });
    } else if (revision > 0) {
      for (const event of this.#store.since(resource, revision)) this.#pass(event);
    }
  }

  #shows(object: KubeObject | undefined): boolean {
    if (!object) return false;
    const { namespace } = this.#request.selection;
    return (namespace === undefined || object.metadata.namespace === namespace) &&
      isSelected(this.#request.selection, object);
  }

  #pass(event: StoreEvent): void {
    const { options } = this.#request;
    // A watch may begin after a revision that is still to come.
    if (event.revision <= Number(options.resourceVersion)) return;
    const before = event.type !== "ADDED" && this.#shows(event.previous);
    const after = event.type !== "DELETED" && this.#shows(event.object);
    if (after) {
      this.#tell({ type: before ? "MODIFIED" : "ADDED", object: event.object, event });
    } else if (before) {
      const { type, object, previous, revision } = event;
      const last = type === "DELETED" ? object : atRevision(previous!, revision);
      this.#tell({ type: "DELETED", object: last, event });
    }
  }

  #bookmark(annotations?: Record<string, string>): void {
    const { kind, apiVersion } = this.#request;
    const metadata = {
      resourceVersion: String(this.#store.revision),
      ...(annotations ? { annotations } : {}),
    };
    this.#tell({ type: "BOOKMARK", object: { kind, apiVersion, metadata: metadata as never } });
  }

  #tell(message: Omit<WatchMessage, "atMs">): void {
    if (this.#over) return;
    this.#waiting.push({ ...message, atMs: this.#clock.now() });
    if (!this.#started) return;
    this.#flush();
    const late = this.#waiting.length - Math.max(this.#next, this.#initial);
    if (late > MAX_WAITING) this.#end();
  }

  #flush(): void {
    while (!this.#over && this.#next < this.#waiting.length) {
      if (this.#sink.full) {
        if (this.#resuming) return;
        this.#resuming = true;
        this.#sink.onRoom(() => {
          this.#resuming = false;
          this.#flush();
        });
        return;
      }
      this.#sink.send(this.#waiting[this.#next++]);
      if (this.#next === SHED) {
        this.#waiting.splice(0, SHED);
        this.#initial = Math.max(0, this.#initial - SHED);
        this.#next = 0;
      }
    }
    this.#waiting = [];
    this.#next = this.#initial = 0;
  }

  #timeOut(): void {
    if (this.#request.options.allowWatchBookmarks) this.#bookmark();
    this.#end();
  }

  #end(): void {
    this.#stop();
    this.#sink.end();
  }

  #stop(): void {
    this.#over = true;
    this.#waiting = [];
    this.#next = 0;
    for (const cancel of this.#cancels.splice(0)) cancel();
    this.#clock.close();
  }
}
