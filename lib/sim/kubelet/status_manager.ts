import type { Pod } from "../../kube/mod.ts";
import type { PodStatus } from "./pod_status.ts";
import type { SimApi } from "../seams.ts";

/**
 * Writes a pod's status where it is another than the pod has.
 * Source: kubernetes pkg/kubelet/status/status_manager.go (syncPod).
 */
export function syncStatus(api: SimApi, pod: Pod, status: PodStatus): void {
  if (JSON.stringify(status) === JSON.stringify(pick(pod.status, status))) return;
  api.updateStatus("pods", { ...structuredClone(pod), status });
}

/** The fields of `from` that `like` has, in its order, so that two statuses compare as text. */
function pick(from: unknown, like: unknown): unknown {
  if (Array.isArray(like)) {
    if (!Array.isArray(from) || from.length !== like.length) return from;
    return like.map((one, i) => pick(from[i], one));
  }
  if (!isObject(like) || !isObject(from)) return from;
  const out: Record<string, unknown> = {};
  for (const key of Object.keys(like)) out[key] = pick(from[key], like[key]);
  for (const key of Object.keys(from)) if (!(key in like)) out[key] = from[key];
  return out;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
