import {
  addResources,
  ApiError,
  type KubeObject,
  Quantity,
  type Resources,
  resourcesOf,
} from "../../kube/mod.ts";
import { inScopes, quotaNames, quotaOmission, quotaUsage } from "../quota.ts";
import type { ObjectStore } from "./object_store.ts";
import type { ResourceType } from "./resources.ts";

const QUOTAS = "resourcequotas";

/** A write that a quota may forbid. */
export interface QuotaCharge {
  object: KubeObject;
  previous?: KubeObject;
  nowMs: number;
  dryRun?: boolean;
}

/**
 * Charges the quotas of a namespace for what an object newly takes.
 * Errors: ApiError (Forbidden) when one would be exceeded.
 * Source: kubernetes/apiserver pkg/admission/plugin/resourcequota/controller.go (CheckRequest).
 */
export function chargeQuotas(store: ObjectStore, type: ResourceType, charge: QuotaCharge): void {
  const { object, previous, nowMs, dryRun } = charge;
  const { namespace, name } = object.metadata;
  if (!type.namespaced || !namespace || type.resource === "events") return;
  if (previous && type.resource !== "services" && type.resource !== "persistentvolumeclaims") {
    return;
  }
  const quotas = store.list(QUOTAS, namespace);
  if (quotas.length === 0) return;
  const forbid = (why: string) => ApiError.forbidden(type.resource, name, why);
  const taken = quotaUsage(type.resource, object, nowMs);
  if (previous) subtract(taken, quotaUsage(type.resource, previous, nowMs));
  const writes: KubeObject[] = [];
  for (const quota of quotas) {
    const hard = resourcesOf(quota.status?.hard);
    const names = quotaNames(type.resource, [...hard.keys()]);
    if (names.length === 0 || !inScopes(quota, type.resource, object)) continue;
    const omission = type.resource === "pods" && quotaOmission(object, names);
    if (omission) throw forbid(`failed quota: ${quota.metadata.name}: ${omission}`);
    const used = resourcesOf(quota.status.used);
    const unknown = names.filter((one) => !used.has(one)).sort();
    if (unknown.length > 0) {
      throw forbid(`status unknown for quota: ${quota.metadata.name}, resources: ${unknown}`);
    }
    const requested: Resources = new Map(
      [...taken].filter(([one, value]) => names.includes(one) && value.nano !== 0n),
    );
    if (requested.size === 0) continue;
    const next: Resources = new Map(used);
    addResources(next, requested);
    const over = [...requested.keys()].filter((one) => next.get(one)!.nano > hard.get(one)!.nano);
    if (over.length > 0) {
      const [asked, had, limit] = [requested, used, hard].map((of) => shown(of, over));
      const { name: quotaName } = quota.metadata;
      throw forbid(
        `exceeded quota: ${quotaName}, requested: ${asked}, used: ${had}, limited: ${limit}`,
      );
    }
    writes.push(withUsed(quota, next));
  }
  if (!dryRun) writes.forEach((quota) => store.put(QUOTAS, quota));
}

function subtract(total: Resources, less: Resources): void {
  for (const [name, value] of less) {
    const present = total.get(name);
    if (!present) continue;
    const left = present.add(new Quantity(-value.nano, value.format));
    if (left.nano <= 0n) total.delete(name);
    else total.set(name, left);
  }
}

function shown(resources: Resources, names: readonly string[]): string {
  return [...names].sort().map((name) => `${name}=${resources.get(name)}`).join(",");
}

function withUsed(quota: KubeObject, used: Resources): KubeObject {
  return {
    ...quota,
    metadata: { ...quota.metadata },
    status: {
      ...quota.status,
      used: Object.fromEntries([...used].map(([name, value]) => [name, String(value)])),
    },
  };
}
