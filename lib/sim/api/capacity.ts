import { ApiError, type KubeObject } from "../../kube/mod.ts";
import type { ObjectStore } from "./object_store.ts";
import { sizeOf } from "./object_size.ts";
import type { ResourceType } from "./resources.ts";

/** Source: etcd-io/etcd server/embed/config.go (DefaultMaxRequestBytes). */
const MAX_OBJECT_BYTES = 1.5 * 1024 * 1024;
/** Upstream's database may take 2 GiB. */
const MAX_STORE_BYTES = 128 * 1024 * 1024;
/** A node runs 110 pods; the others wait. A lab has two nodes. */
const MAX_PODS_PER_NODE = 250;
const MAX_OBJECTS_PER_NODE = 2_500;
const USUAL_NODES = 2;

/** Whether an object is more than the store takes, whoever comes to own its fields. */
export function isTooLarge(object: KubeObject): boolean {
  return sizeOf(object) > MAX_OBJECT_BYTES;
}

/**
 * Refuses a write that would take more room than a lab has: controllers that go on creating pods meet it as they
 * would a quota, and say so in an event and in a condition.
 * Errors: ApiError, in etcd's words for bytes, and (Forbidden) in our own for numbers.
 * Source: etcd-io/etcd api/v3rpc/rpctypes/error.go.
 * Differs: the lab's own bounds on the number of objects, and 128 MiB in all.
 */
export function checkCapacity(
  store: ObjectStore,
  { resource }: ResourceType,
  object: KubeObject,
  previous?: KubeObject,
): void {
  if (isTooLarge(object)) throw new ApiError(500, "", "etcdserver: request is too large");
  const more = sizeOf(object) - (previous ? sizeOf(previous) : 0);
  if (more > 0 && store.bytes + more > MAX_STORE_BYTES) {
    throw new ApiError(500, "", "etcdserver: mvcc: database space exceeded");
  }
  if (previous) return;
  const nodes = Math.max(USUAL_NODES, store.count("nodes"));
  const limit = nodes * (resource === "pods" ? MAX_PODS_PER_NODE : MAX_OBJECTS_PER_NODE);
  if (store.count(resource) < limit) return;
  const why = `this lab holds at most ${limit} ${resource}, and all of them are there`;
  throw ApiError.forbidden(resource, object.metadata.name, why);
}
