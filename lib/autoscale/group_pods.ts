import type { HpaOptions } from "./defaults.ts";
import type { PodReading, PodView } from "./hpa_types.ts";
import { toMilli } from "./texts.ts";

/** How the pods of a workload count in one metric. */
export interface PodGroups {
  /** Pods whose sample counts. */
  ready: string[];
  /** Pending pods and, for CPU, pods too young or unready to trust: left out, or 0 on a scale-up. */
  unready: string[];
  /** Pods without a sample: as if on target on a scale-down, 0 on a scale-up. */
  missing: string[];
  /** Pods being deleted, or failed: as if they were not there. */
  ignored: string[];
}

/**
 * Sorts pods by how their samples may be used. Readiness is examined for CPU alone.
 * Source: kubernetes/kubernetes pkg/controller/podautoscaler/replica_calculator.go (groupPods).
 */
export function groupPods(
  pods: readonly PodView[],
  readings: Readonly<Record<string, PodReading>>,
  resource: string,
  nowMs: number,
  options: Pick<HpaOptions, "cpuInitializationMs" | "initialReadinessDelayMs">,
): PodGroups {
  const groups: PodGroups = { ready: [], unready: [], missing: [], ignored: [] };
  for (const pod of pods) {
    const reading = Object.hasOwn(readings, pod.name) ? readings[pod.name] : undefined;
    if (pod.deleting || pod.phase === "Failed") groups.ignored.push(pod.name);
    else if (pod.phase === "Pending") groups.unready.push(pod.name);
    else if (!reading) groups.missing.push(pod.name);
    else if (resource === "cpu" && isUnreadyForCpu(pod, reading, nowMs, options)) {
      groups.unready.push(pod.name);
    } else groups.ready.push(pod.name);
  }
  return groups;
}

function isUnreadyForCpu(
  pod: PodView,
  reading: PodReading,
  nowMs: number,
  options: Pick<HpaOptions, "cpuInitializationMs" | "initialReadinessDelayMs">,
): boolean {
  if (!pod.ready || pod.startMs === undefined) return true;
  if (pod.startMs + options.cpuInitializationMs > nowMs) {
    // A young pod: its sample counts once it is ready and one whole window lies after that.
    return !pod.ready.status ||
      reading.timestampMs < pod.ready.lastTransitionMs + reading.windowMs;
  }
  // An old pod that never became ready.
  return !pod.ready.status &&
    pod.startMs + options.initialReadinessDelayMs > pod.ready.lastTransitionMs;
}

/** A pod without the request that a utilization is a percentage of. */
export class MissingRequestError extends Error {
  override name = "MissingRequestError";
}

/**
 * Each pod's request for a resource, in thousandths, by pod name; of one container when `container`
 * is named, of the whole pod when it is "".
 * Errors: MissingRequestError with upstream's wording.
 * Source: kubernetes/kubernetes pkg/controller/podautoscaler/replica_calculator.go
 * (calculateRequests).
 */
export function podRequests(
  pods: readonly PodView[],
  container: string,
  resource: string,
): Record<string, number> {
  const requests: Record<string, number> = {};
  for (const pod of pods) requests[pod.name] = podRequest(pod, container, resource);
  return requests;
}

function podRequest(pod: PodView, container: string, resource: string): number {
  if (pod.podRequests && container === "") {
    const request = pod.podRequests[resource];
    if (request === undefined) {
      throw new MissingRequestError(
        `missing pod-level request for ${resource} in Pod ${pod.name}`,
      );
    }
    return toMilli(request);
  }
  let total = 0;
  for (const { name, requests } of pod.containers) {
    if (container !== "" && container !== name) continue;
    const request = requests[resource];
    if (request === undefined) {
      throw new MissingRequestError(
        `missing request for ${resource} in container ${name} of Pod ${pod.name}`,
      );
    }
    total += toMilli(request);
    if (container === name) return total;
  }
  if (container !== "") {
    throw new MissingRequestError(`container ${container} not found in Pod ${pod.name}`);
  }
  return total;
}
