import type { ConfigMap, KubeObject } from "../../../kube/mod.ts";
import type { SimApi } from "../../seams.ts";

/**
 * Creates an object, or brings the one there is in line: its own labels, annotations and owners are
 * kept beside the wanted ones, everything else is replaced. Gives whether anything was written.
 */
export function createOrUpdate(
  kube: SimApi,
  resource: string,
  wanted: KubeObject,
): boolean {
  const { namespace = "", name } = wanted.metadata;
  const present = kube.get(resource, namespace, name);
  if (!present) {
    kube.create(resource, wanted);
    return true;
  }
  const { metadata, status: _status, ...rest } = wanted;
  const next: KubeObject = {
    ...structuredClone(present),
    ...rest,
    metadata: {
      ...structuredClone(present.metadata),
      labels: { ...present.metadata.labels, ...metadata.labels },
      annotations: { ...present.metadata.annotations, ...metadata.annotations },
      ...(metadata.ownerReferences ? { ownerReferences: metadata.ownerReferences } : {}),
    },
  };
  if (includes(present, { ...rest, metadata: { ...metadata } }) && !hasMoreData(present, wanted)) {
    return false;
  }
  keepImmutable(resource, present, next);
  kube.update(resource, next);
  return true;
}

/** Whether there is data that is no longer wanted, such as the file of a rule that is gone: nobody fills data in. */
function hasMoreData(present: ConfigMap, wanted: ConfigMap): boolean {
  return Object.keys(present.data ?? {}).some((key) => !Object.hasOwn(wanted.data ?? {}, key));
}

/** Fields the API server chose for a Service stay. */
function keepImmutable(resource: string, present: KubeObject, next: KubeObject): void {
  if (resource !== "services") return;
  next.spec = { ...present.spec, ...next.spec };
}

/** Whether `present` has everything that `wanted` says; what the API server filled in does not count. */
export function includes(present: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted)) {
    return Array.isArray(present) && present.length === wanted.length &&
      wanted.every((item, index) => includes(present[index], item));
  }
  if (typeof wanted === "object" && wanted !== null) {
    return typeof present === "object" && present !== null &&
      Object.entries(wanted).every(([name, value]) =>
        value === undefined || includes((present as Record<string, unknown>)[name], value)
      );
  }
  return present === wanted;
}
