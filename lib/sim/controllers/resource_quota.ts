import type { Cancel } from "../../base/mod.ts";
import {
  addResources,
  isFinished,
  type KubeObject,
  type Resources,
  resourcesOf,
} from "../../kube/mod.ts";
import { countedResource, inScopes, quotaUsage } from "../quota.ts";
import { type Key, keyOf, type Reconciler } from "../reconcile.ts";
import type { SimContext, WatchEvent } from "../seams.ts";
import { canonical } from "./_objects.ts";

const QUOTAS = "resourcequotas";

/**
 * Counts what a namespace has used of its ResourceQuotas, and counts again when something goes. What is
 * created the API server has charged already.
 * Source: kubernetes pkg/controller/resourcequota/resource_quota_controller.go.
 */
export function resourceQuotaController(context: SimContext): Reconciler {
  const { api } = context;
  const watched = new Map<string, Cancel>();
  let enqueue: (key: Key) => void = () => {};
  /** Quotas in the namespace of an object that has gone, or has ended. */
  const freed = (resource: string) => (event: WatchEvent) => {
    if (resource !== QUOTAS && !frees(resource, event)) return;
    const { namespace } = event.object.metadata;
    for (const quota of api.list(QUOTAS, { namespace })) {
      const counts = Object.keys(quota.spec?.hard ?? {})
        .some((name) => countedResource(name) === resource);
      if (counts) enqueue(keyOf(quota));
    }
  };
  return {
    name: "resourcequota-controller",
    // What the API server charges changes the status alone, and is right as it is.
    watches: [{
      resource: QUOTAS,
      keys: ({ object, previous }) =>
        previous && canonical(object.spec) === canonical(previous.spec) ? [] : [keyOf(object)],
    }],
    follow(given) {
      enqueue = given;
      return () => watched.forEach((cancel) => cancel());
    },
    reconcile(key) {
      const quota = api.get(QUOTAS, key.namespace, key.name);
      if (!quota || quota.metadata.deletionTimestamp) return;
      for (const name of Object.keys(quota.spec?.hard ?? {})) {
        const resource = countedResource(name);
        if (!resource || watched.has(resource) || !api.serves(resource)) continue;
        watched.set(resource, api.watch(resource, freed(resource)));
      }
      write(context, quota);
    },
  };
}

function frees(resource: string, { type, object, previous }: WatchEvent): boolean {
  if (type === "DELETED") return true;
  if (!previous) return false;
  if (resource === "pods") return isFinished(object) && !isFinished(previous);
  if (resource === "services" || resource === "persistentvolumeclaims") {
    return canonical(object.spec) !== canonical(previous.spec);
  }
  return false;
}

function write({ api, clock }: SimContext, quota: KubeObject): void {
  const hard: Record<string, string> = quota.spec?.hard ?? {};
  const total: Resources = new Map();
  const resources = new Set(Object.keys(hard).map(countedResource));
  for (const resource of resources) {
    if (!resource || !api.serves(resource)) continue;
    for (const object of api.list(resource, { namespace: quota.metadata.namespace })) {
      if (!inScopes(quota, resource, object)) continue;
      addResources(total, quotaUsage(resource, object, clock.now()));
    }
  }
  const texts = (of: Resources) =>
    Object.fromEntries(Object.keys(hard).map((name) => [name, String(of.get(name) ?? 0)]));
  const status = { hard: texts(resourcesOf(hard)), used: texts(total) };
  if (canonical(status) === canonical(quota.status)) return;
  api.updateStatus(QUOTAS, { ...structuredClone(quota), status });
}
