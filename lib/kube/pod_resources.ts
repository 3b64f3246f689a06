import { Quantity } from "./quantity.ts";

/** A pod, as far as its resources go. */
export interface WithSpec {
  spec?: {
    containers?: readonly WithResources[];
    initContainers?: readonly WithResources[];
    resources?: Stated;
    overhead?: Amounts;
  };
}

/** Amounts as they are written, by resource name. */
type Amounts = Record<string, string | number>;

/** What a container or a pod asks for, and what it may use. */
export interface Stated {
  requests?: Amounts;
  limits?: Amounts;
}

interface WithResources {
  resources?: Stated;
  restartPolicy?: string;
}

/** Amounts by resource name: `cpu`, `memory`, `example.com/gpu`. */
export type Resources = Map<string, Quantity>;

/** An amount that may not parse counts as nothing; validation has its own words for it. */
export function quantityOr0(value: string | number | undefined): Quantity {
  try {
    return Quantity.parse(value ?? 0);
  } catch {
    return new Quantity(0n);
  }
}

export function resourcesOf(list: Amounts | undefined): Resources {
  return new Map(Object.entries(list ?? {}).map(([name, value]) => [name, quantityOr0(value)]));
}

/** Adds `more` to `total`, which is changed. */
export function addResources(total: Resources, more: Resources): void {
  for (const [name, value] of more) {
    const present = total.get(name);
    total.set(name, present ? present.add(value) : value);
  }
}

function raiseTo(total: Resources, floor: Resources): void {
  for (const [name, value] of floor) {
    const present = total.get(name);
    if (!present || value.nano > present.nano) total.set(name, value);
  }
}

/**
 * What a pod asks for: its containers and sidecars together, or any one init container with the sidecars
 * before it, whichever is more; what the pod itself states goes before both, and its overhead comes on top.
 * Source: kubernetes/component-helpers resource/helpers.go (PodRequests).
 */
export function podRequests(
  pod: WithSpec,
  options: { withoutOverhead?: boolean } = {},
): Resources {
  const out = stated(pod, "requests");
  if (!options.withoutOverhead) addResources(out, resourcesOf(pod.spec?.overhead));
  return out;
}

/**
 * What a pod may use; overhead counts where there is a limit.
 * Source: kubernetes/component-helpers resource/helpers.go (PodLimits).
 */
export function podLimits(pod: WithSpec, options: { withoutOverhead?: boolean } = {}): Resources {
  const out = stated(pod, "limits");
  if (options.withoutOverhead) return out;
  for (const [name, value] of resourcesOf(pod.spec?.overhead)) {
    const limit = out.get(name);
    if (limit && limit.nano !== 0n) out.set(name, limit.add(value));
  }
  return out;
}

function stated(pod: WithSpec, part: "requests" | "limits"): Resources {
  const out = containerResources(pod, part);
  for (const [name, value] of resourcesOf(pod.spec?.resources?.[part])) {
    if (isPodLevelResource(name)) out.set(name, value);
  }
  return out;
}

/** Whether a pod as a whole can ask for a resource. Source: as above (IsSupportedPodLevelResource). */
export function isPodLevelResource(name: string): boolean {
  return name === "cpu" || name === "memory" || name.startsWith("hugepages-");
}

/** The containers' part of it. Source: as above (AggregateContainerRequests, AggregateContainerLimits). */
export function containerResources(pod: WithSpec, part: "requests" | "limits"): Resources {
  const { containers = [], initContainers = [] } = pod.spec ?? {};
  const out: Resources = new Map();
  for (const { resources } of containers) addResources(out, resourcesOf(resources?.[part]));
  const sidecars: Resources = new Map();
  const most: Resources = new Map();
  for (const { resources, restartPolicy } of initContainers) {
    const own = resourcesOf(resources?.[part]);
    if (restartPolicy === "Always") {
      addResources(out, own);
      addResources(sidecars, own);
      raiseTo(most, sidecars);
    } else {
      addResources(own, sidecars);
      raiseTo(most, own);
    }
  }
  raiseTo(out, most);
  return out;
}
