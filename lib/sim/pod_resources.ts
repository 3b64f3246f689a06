import { type Pod, Quantity } from "../kube/mod.ts";

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

export function resourcesOf(list: Record<string, any> | undefined): Resources {
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
 * before it, whichever is more; what the pod itself states goes before both.
 * Source: kubernetes/component-helpers resource/helpers.go (PodRequests, PodLimits).
 */
export function podRequests(pod: Pod): Resources {
  const out = total(pod, "requests");
  addResources(out, resourcesOf((pod.spec as any)?.overhead));
  return out;
}

export function podLimits(pod: Pod): Resources {
  return total(pod, "limits");
}

function total(pod: Pod, part: "requests" | "limits"): Resources {
  const spec: any = pod.spec ?? {};
  const out: Resources = new Map();
  for (const { resources } of spec.containers ?? []) {
    addResources(out, resourcesOf(resources?.[part]));
  }
  const sidecars: Resources = new Map();
  const most: Resources = new Map();
  for (const { resources, restartPolicy } of spec.initContainers ?? []) {
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
  for (const [name, value] of resourcesOf(spec.resources?.[part])) out.set(name, value);
  return out;
}

/** Requests in whole thousandths, by resource. */
export type MilliRequests = ReadonlyMap<string, number>;

const requestsOf = new WeakMap<object, MilliRequests>();

/** What a stored pod asks for: its spec is frozen, and its requests with it. */
export function milliRequests(pod: Pod): MilliRequests {
  const spec = pod.spec as object;
  let requests = requestsOf.get(spec);
  if (!requests) {
    requests = new Map([...podRequests(pod)].map(([name, { milliValue }]) => [name, milliValue]));
    requestsOf.set(spec, requests);
  }
  return requests;
}
