import type { Cancel } from "../../base/mod.ts";
import {
  discoverPreferred,
  FOREGROUND,
  groupResource,
  isApiError,
  type KubeObject,
  ORPHAN,
  type OwnerReference,
} from "../../kube/mod.ts";
import { type Key, nameOf, type Reconciler } from "../reconcile.ts";
import type { SimContext, WatchEvent } from "../seams.ts";

/** Where an object with a uid is, and who owns it. */
interface Place {
  resource: string;
  namespace: string;
  name: string;
  owners: readonly OwnerReference[];
}

/** Never owned and never owning, and very many. */
const IGNORED = new Set(["events", "events.events.k8s.io", "leases.coordination.k8s.io"]);

/**
 * Deletes what has lost its owners, and carries out foreground and orphaning deletion.
 * Source: kubernetes pkg/controller/garbagecollector/garbagecollector.go (attemptToDeleteItem,
 * processDeletingDependentsItem), graph_builder.go (addUnblockedOwnersToDeleteQueue).
 */
export function garbageCollector({ api }: SimContext): Reconciler {
  const places = new Map<string, Place>();
  const dependents = new Map<string, Set<string>>();
  const watched = new Map<string, Cancel>();
  let enqueue: (key: Key) => void = () => {};
  const look = (uid: string) => enqueue({ namespace: "", name: uid });

  const note = (resource: string, { type, object }: WatchEvent) => {
    const uid = object.metadata.uid!;
    const before = places.get(uid);
    const owners = object.metadata.ownerReferences ?? [];
    for (const owner of before?.owners ?? []) dependents.get(owner.uid)?.delete(uid);
    if (type === "DELETED") {
      places.delete(uid);
      for (const dependent of dependents.get(uid) ?? []) look(dependent);
      dependents.delete(uid);
      // An owner that waits in the foreground may be free now.
      for (const owner of owners) look(owner.uid);
      return;
    }
    const { namespace = "", name } = object.metadata;
    places.set(uid, { resource, namespace, name, owners });
    // An owner that waits in the foreground may be blocked no longer.
    for (const owner of before?.owners ?? []) {
      if (owner.blockOwnerDeletion && !blocks(owners, owner.uid)) look(owner.uid);
    }
    for (const owner of owners) {
      const set = dependents.get(owner.uid) ?? new Set<string>();
      dependents.set(owner.uid, set.add(uid));
    }
    if (owners.length > 0 || object.metadata.deletionTimestamp) look(uid);
  };

  const watchResources = () => {
    const names = new Set(
      discoverPreferred((path, accept) => api.raw(path, accept)).resources
        .filter(({ verbs }) => verbs.includes("watch") && verbs.includes("delete"))
        .map(groupResource).filter((resource) => !IGNORED.has(resource)),
    );
    for (const resource of names) {
      if (watched.has(resource) || !api.serves(resource)) continue;
      watched.set(resource, api.watch(resource, (event) => note(resource, event)));
    }
    for (const [resource, cancel] of watched) {
      if (names.has(resource)) continue;
      cancel();
      watched.delete(resource);
    }
  };

  const reconciler: Reconciler = {
    name: "garbage-collector",
    watches: [{
      resource: "customresourcedefinitions.apiextensions.k8s.io",
      keys: () => [{ namespace: "", name: RESOURCES }],
    }],
    subject({ name }) {
      const place = places.get(name);
      return place ? nameOf(place.resource, place) : name;
    },
    follow(name) {
      enqueue = name;
      watchResources();
      return () => watched.forEach((cancel) => cancel());
    },
    reconcile({ name }) {
      if (name === RESOURCES) watchResources();
      else examine(name);
    },
  };

  const examine = (uid: string) => {
    const place = places.get(uid);
    if (!place) return;
    const object = api.get(place.resource, place.namespace, place.name);
    if (!object || object.metadata.uid !== uid) return;
    if (object.metadata.deletionTimestamp) {
      if (object.metadata.finalizers?.includes(ORPHAN)) return orphan(object, place);
      if (object.metadata.finalizers?.includes(FOREGROUND)) deleteDependents(object, place);
      return;
    }
    collect(object, place);
  };

  /** Deletes an object none of whose owners is left; else drops references that lead nowhere. */
  const collect = (object: KubeObject, place: Place) => {
    const references = object.metadata.ownerReferences ?? [];
    if (references.length === 0) return;
    const solid: OwnerReference[] = [];
    const waiting: OwnerReference[] = [];
    for (const reference of references) {
      const state = ownerState(reference, place.namespace);
      if (state === "solid") solid.push(reference);
      if (state === "waiting") waiting.push(reference);
    }
    const { resource, namespace, name } = place;
    if (solid.length === references.length) return;
    if (solid.length > 0) {
      api.patch(resource, namespace, name, { metadata: { ownerReferences: solid } });
      return;
    }
    const uid = object.metadata.uid!;
    const below = waiting.length > 0 ? [...dependents.get(uid) ?? []] : [];
    // A dependent that waits for its own dependents may be waiting for this one, in a circle.
    if (below.some(isDeletingDependents)) {
      const ownerReferences = references.map((one) => ({ ...one, blockOwnerDeletion: false }));
      ignoringGone(() => api.patch(resource, namespace, name, { metadata: { ownerReferences } }));
    }
    const finalizers = object.metadata.finalizers ?? [];
    const own = finalizers.includes(ORPHAN)
      ? "Orphan"
      : finalizers.includes(FOREGROUND)
      ? "Foreground"
      : "Background";
    const propagationPolicy = below.length > 0 ? "Foreground" : own;
    const preconditions = { uid };
    ignoringGone(() => api.delete(resource, namespace, name, { propagationPolicy, preconditions }));
  };

  const ownerState = (
    reference: OwnerReference,
    namespace: string,
  ): "solid" | "waiting" | "gone" => {
    const known = places.get(reference.uid);
    const resource = known?.resource ?? api.resourceFor(reference.apiVersion, reference.kind);
    // A kind that is not served cannot be proved absent.
    if (!resource || !api.serves(resource)) return "solid";
    const owner = known
      ? api.get(resource, known.namespace, known.name)
      : api.get(resource, namespace, reference.name) ?? api.get(resource, "", reference.name);
    if (!owner || owner.metadata.uid !== reference.uid) return "gone";
    const deleting = owner.metadata.deletionTimestamp &&
      owner.metadata.finalizers?.includes(FOREGROUND);
    return deleting ? "waiting" : "solid";
  };

  /** A foreground deletion ends when nothing that blocks it is left. */
  const deleteDependents = (object: KubeObject, place: Place) => {
    const uid = object.metadata.uid!;
    const blocking = [...dependents.get(uid) ?? []]
      .filter((dependent) => blocks(places.get(dependent)?.owners ?? [], uid));
    if (blocking.length === 0) return removeFinalizer(object, place, FOREGROUND);
    for (const dependent of blocking) if (!isDeletingDependents(dependent)) look(dependent);
  };

  const isDeletingDependents = (uid: string): boolean => {
    const place = places.get(uid);
    const object = place && api.get(place.resource, place.namespace, place.name);
    return object?.metadata.deletionTimestamp !== undefined &&
      (object.metadata.finalizers?.includes(FOREGROUND) ?? false);
  };

  const orphan = (object: KubeObject, place: Place) => {
    for (const dependent of [...dependents.get(object.metadata.uid!) ?? []]) {
      const { resource, namespace, name, owners } = places.get(dependent)!;
      const rest = owners.filter((reference) => reference.uid !== object.metadata.uid);
      const ownerReferences = rest.length > 0 ? rest : null;
      ignoringGone(() => api.patch(resource, namespace, name, { metadata: { ownerReferences } }));
    }
    removeFinalizer(object, place, ORPHAN);
  };

  const removeFinalizer = (object: KubeObject, place: Place, finalizer: string) => {
    const rest = object.metadata.finalizers!.filter((one) => one !== finalizer);
    ignoringGone(() =>
      api.patch(place.resource, place.namespace, place.name, {
        metadata: { finalizers: rest.length > 0 ? rest : null },
      })
    );
  };

  return reconciler;
}

/** Whether references keep the owner with a uid from going before them. */
function blocks(references: readonly OwnerReference[], uid: string): boolean {
  return references.some((one) => one.uid === uid && one.blockOwnerDeletion);
}

/** The key that stands for the list of resources; no uid looks like it. */
const RESOURCES = "resources";

function ignoringGone(write: () => void): void {
  try {
    write();
  } catch (error) {
    if (!isApiError(error, 404, 409)) throw error;
  }
}
