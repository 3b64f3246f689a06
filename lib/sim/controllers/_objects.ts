import { fnv32a, safeEncode } from "../../base/mod.ts";
import {
  conditionOf,
  isFinished,
  isReady,
  type KubeObject,
  type Pod,
  transitionMs,
} from "../../kube/mod.ts";

/** Not finished and not being deleted. Source: kubernetes pkg/controller/controller_utils.go. */
export function isActive(pod: Pod): boolean {
  return !isFinished(pod) && !pod.metadata.deletionTimestamp;
}

/** When a ready pod counts as available, in ms; undefined when it is not ready. */
export function availableAtMs(pod: Pod, minReadySeconds: number): number | undefined {
  const ready = conditionOf(pod, "Ready");
  if (ready?.status !== "True") return undefined;
  return transitionMs(ready) + minReadySeconds * 1000;
}

/** Whether a ready pod has been so for `minReadySeconds`. */
export function isAvailable(pod: Pod, minReadySeconds: number, nowMs: number): boolean {
  if (!isReady(pod)) return false;
  return minReadySeconds <= 0 || availableAtMs(pod, minReadySeconds)! <= nowMs;
}

/**
 * `value` as JSON with sorted keys and without what the API treats as absent: nulls and empty
 * lists and maps. Two objects are semantically equal when this is the same.
 * Source: kubernetes/apimachinery pkg/api/equality.
 */
export function canonical(value: unknown): string {
  return JSON.stringify(strip(value)) ?? "";
}

function strip(value: unknown): unknown {
  if (value === null || value === undefined || typeof value !== "object") return value ?? undefined;
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map(strip);
  const out: Record<string, unknown> = {};
  let filled = false;
  const fields: Record<string, unknown> = { ...value };
  for (const key of Object.keys(fields).sort()) {
    const inner = strip(fields[key]);
    if (inner === undefined) continue;
    out[key] = inner;
    filled = true;
  }
  return filled ? out : undefined;
}

/**
 * The hash of a pod template in the letters of generated names, up to ten of them.
 * Source: kubernetes pkg/controller/controller_utils.go (ComputeHash).
 * Differs: hashes canonical JSON, not Go's dump of the struct, so the letters are others.
 */
export function templateHash(template: unknown, collisionCount?: number): string {
  const salt = collisionCount === undefined ? "" : `/${collisionCount}`;
  return safeEncode(String(fnv32a(canonical(template) + salt)));
}

export function byCreation(a: KubeObject, b: KubeObject): number {
  const [left, right] = [a.metadata.creationTimestamp ?? "", b.metadata.creationTimestamp ?? ""];
  if (left !== right) return left < right ? -1 : 1;
  return a.metadata.name < b.metadata.name ? -1 : a.metadata.name > b.metadata.name ? 1 : 0;
}
