import {
  addResources,
  type Resources,
  resourcesOf,
  type Stated,
  type WithSpec,
} from "./pod_resources.ts";

export type QosClass = "BestEffort" | "Burstable" | "Guaranteed";

const COUNTED = ["cpu", "memory"];

/**
 * The quality of service of a pod: Guaranteed when every container (init containers as well) limits CPU and
 * memory and asks in sum for as much, BestEffort when none states either. Amounts of zero do not count. A pod
 * that states resources of its own is judged by them alone.
 * Source: kubernetes/kubernetes pkg/apis/core/v1/helper/qos/qos.go (ComputePodQOS).
 */
export function computeQosClass(pod: WithSpec): QosClass {
  const { containers = [], initContainers = [], resources } = pod.spec ?? {};
  const stated: Stated[] = resources
    ? [resources]
    : [...containers, ...initContainers].map((container) => container.resources ?? {});
  const requests: Resources = new Map();
  const limits: Resources = new Map();
  let isGuaranteed = true;
  for (const part of stated) {
    const own = positive(part.limits);
    addResources(requests, positive(part.requests));
    addResources(limits, own);
    const mayLackLimits = resources && Object.keys(part.limits ?? {}).length === 0;
    if (own.size < COUNTED.length && !mayLackLimits) isGuaranteed = false;
  }
  if (requests.size === 0 && limits.size === 0) return "BestEffort";
  const isAlike = requests.size === limits.size &&
    [...requests].every(([name, value]) => limits.get(name)?.nano === value.nano);
  return isGuaranteed && isAlike ? "Guaranteed" : "Burstable";
}

/** The class that a pod was given, or is to be given. Source: as above (GetPodQOS). */
export function qosClass(pod: WithSpec & { status?: { qosClass?: QosClass } }): QosClass {
  return pod.status?.qosClass || computeQosClass(pod);
}

function positive(list: Record<string, string | number> | undefined): Resources {
  const all = resourcesOf(list);
  return new Map(COUNTED.flatMap((name) => {
    const value = all.get(name);
    return value && value.nano > 0n ? [[name, value]] : [];
  }));
}
