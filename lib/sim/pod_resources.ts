import { type Pod, podRequests } from "../kube/mod.ts";

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
