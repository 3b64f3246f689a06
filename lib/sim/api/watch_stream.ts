import type { Cancel } from "../../base/mod.ts";
import { ApiError, type KubeObject } from "../../kube/mod.ts";
import { fromStorage } from "./conversion.ts";
import { type ObjectStore, RevisionTooOldError, type StoreEvent } from "./object_store.ts";
import { apiVersionOf, type ResourceType } from "./resources.ts";

/** One message of a watch, as a client reads it. */
export interface WatchMessage {
  type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  object: unknown;
}

export interface WatchRequest {
  type: ResourceType;
  /** undefined watches every namespace. */
  namespace: string | undefined;
  /** Which objects the client selected. */
  selects: (object: KubeObject) => boolean;
  query: URLSearchParams;
}

/**
 * Sends a client what it is to know: present objects when it asks for them, then each change, with objects
 * that begin or cease to match its selectors added and deleted.
 * Source: kubernetes/apiserver pkg/storage/cacher/cache_watcher.go.
 */
export function startWatch(
  store: ObjectStore,
  { type, namespace, selects, query }: WatchRequest,
  send: (message: WatchMessage) => void,
): Cancel {
  const inScope = (object: KubeObject) =>
    namespace === undefined || object.metadata.namespace === namespace;
  const shows = (object: KubeObject | undefined) =>
    object !== undefined && inScope(object) && selects(object);
  const served = (object: KubeObject) => fromStorage(type, object);

  const pass = (event: StoreEvent) => {
    const before = event.type !== "ADDED" && shows(event.previous);
    const after = event.type !== "DELETED" && shows(event.object);
    if (after) send({ type: before ? "MODIFIED" : "ADDED", object: served(event.object) });
    else if (before) send({ type: "DELETED", object: served(event.object) });
  };

  const asked = query.get("resourceVersion") ?? "";
  const wantsInitial = query.get("sendInitialEvents") === "true";
  if (asked === "" || asked === "0" || wantsInitial) {
    for (const object of store.list(type.resource, namespace)) {
      if (selects(object)) send({ type: "ADDED", object: served(object) });
    }
    if (wantsInitial && query.get("allowWatchBookmarks") === "true") {
      send({ type: "BOOKMARK", object: bookmark(type, store.revision) });
    }
  } else {
    try {
      store.since(type.resource, Number(asked)).forEach(pass);
    } catch (error) {
      if (!(error instanceof RevisionTooOldError)) throw error;
      send({ type: "ERROR", object: new ApiError(410, "Expired", error.message).toStatus() });
      return () => {};
    }
  }
  return store.listen(type.resource, pass);
}

function bookmark(type: ResourceType, revision: number): unknown {
  return {
    kind: type.kind,
    apiVersion: apiVersionOf(type),
    metadata: {
      resourceVersion: String(revision),
      creationTimestamp: null,
      annotations: { "k8s.io/initial-events-end": "true" },
    },
  };
}
