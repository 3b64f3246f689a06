import { own } from "../base/mod.ts";
import type { HpaOptions } from "./defaults.ts";
import { Quantity } from "../kube/mod.ts";
import type { PodReading, PodView, Requests } from "./hpa_types.ts";
import { milliOf, toMilli } from "./texts.ts";

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
  // A pod whose node is silent is Unknown, which is not unready.
  const isUnready = pod.ready.status === "False";
  if (pod.startMs + options.cpuInitializationMs > nowMs) {
    // A young pod: its sample counts once it is ready and one whole window lies after that.
    return isUnready || reading.timestampMs < pod.ready.lastTransitionMs + reading.windowMs;
  }
  // An old pod that never became ready.
  return isUnready && pod.startMs + options.initialReadinessDelayMs > pod.ready.lastTransitionMs;
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
): Record<string, bigint> {
  const requests: Record<string, bigint> = {};
  for (const pod of pods) requests[pod.name] = podRequest(pod, container, resource);
  return requests;
}

function podRequest(pod: PodView, container: string, resource: string): bigint {
  if (container === "" && Object.keys(pod.podRequests ?? {}).some(isPodLevelResource)) {
    const request = podLevelRequest(pod, resource);
    if (request === undefined) {
      throw new MissingRequestError(
        `missing pod-level request for ${resource} in Pod ${pod.name}`,
      );
    }
    return milliOf(request);
  }
  let total = 0n;
  for (const { name, requests } of pod.containers) {
    if (container !== "" && container !== name) continue;
    const request = own(requests, resource);
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

function isPodLevelResource(resource: string): boolean {
  return resource === "cpu" || resource === "memory" || resource.startsWith("hugepages-");
}

/**
 * What a pod that names requests of its own asks for: those, its containers' for what they leave
 * out, and its overhead on top.
 * Source: kubernetes/component-helpers resource/helpers.go (PodRequests).
 */
function podLevelRequest(pod: PodView, resource: string): Quantity | undefined {
  const own = isPodLevelResource(resource) ? pod.podRequests?.[resource] : undefined;
  const base = own === undefined ? containersRequest(pod, resource) : Quantity.parse(own);
  return plus(base, pod.overhead?.[resource]);
}

/** The containers together, or the init container that asks for more while it runs. */
function containersRequest(pod: PodView, resource: string): Quantity | undefined {
  const of = ({ requests }: { requests: Requests }) => own(requests, resource);
  const running = pod.containers.reduce<Quantity | undefined>(
    (sum, container) => plus(sum, of(container)),
    undefined,
  );
  let most = running;
  let sidecars: Quantity | undefined;
  for (const container of pod.initContainers ?? []) {
    if (container.isSidecar) sidecars = plus(sidecars, of(container));
    const asked = container.isSidecar ? sidecars : plus(sidecars, of(container));
    if (asked && (!most || asked.nano > most.nano)) most = asked;
  }
  return most;
}

function plus(sum: Quantity | undefined, added: string | number | undefined) {
  if (added === undefined) return sum;
  const quantity = Quantity.parse(added);
  return sum ? sum.add(quantity) : quantity;
}
