import { microTime } from "../../go/mod.ts";
import { isConditionTrue, type KubeObject } from "../../kube/mod.ts";
import type { Cancel } from "../../base/mod.ts";
import type { ObjectStore } from "./object_store.ts";

export const LEASES = "leases.coordination.k8s.io";
/** How often a node says that it is there, and a leader that it leads; Source: kubelet nodeLeaseDurationSeconds, leaderelection RetryPeriod. */
const NODE_PERIOD_MS = 10_000;
const LEADER_PERIOD_MS = 2000;
const NODE_NAMESPACE = "kube-node-lease";

/** The identities of processes that lead, by the namespace and name of their lease. */
export class LeaseHolders {
  readonly #held = new Map<string, Set<string>>();

  /** Until the answer is called, `identity` renews the lease as long as it holds it. */
  hold(namespace: string, name: string, identity: string): Cancel {
    const key = `${namespace}/${name}`;
    const held = this.#held.get(key) ?? new Set();
    this.#held.set(key, held.add(identity));
    return () => held.delete(identity);
  }

  has({ metadata: { namespace, name } }: KubeObject, identity: string): boolean {
    return this.#held.get(`${namespace}/${name}`)?.has(identity) ?? false;
  }
}

/**
 * Renews the leases whose holders would have by now, or the one that is named. It is done when somebody looks, so that
 * nodes that nobody asks about cost nothing.
 * Differs: a watch sees the renewals that a read brings about, and no others.
 */
export function renewLeases(
  { store, leaseHolders }: { store: ObjectStore; leaseHolders: LeaseHolders },
  nowMs: number,
  only?: { namespace: string; name: string },
): void {
  const one = only && store.get(LEASES, only.namespace, only.name);
  for (const lease of only ? one ? [one] : [] : store.list(LEASES)) {
    const { holderIdentity = "", renewTime } = lease.spec ?? {};
    const periodMs = lease.metadata.namespace === NODE_NAMESPACE
      ? NODE_PERIOD_MS
      : LEADER_PERIOD_MS;
    const sinceMs = nowMs - Date.parse(renewTime ?? "");
    // Not a number means that it was never held.
    if (!(sinceMs >= periodMs) || !holds(store, leaseHolders, lease, holderIdentity)) continue;
    const renewedMs = nowMs - sinceMs % periodMs;
    store.put(LEASES, {
      ...lease,
      metadata: { ...lease.metadata },
      spec: { ...lease.spec, renewTime: microTime(renewedMs) },
    });
  }
}

/** Whether the holder still runs: a node that is ready, a component of the control plane on one, or a process in a pod. */
function holds(
  store: ObjectStore,
  holders: LeaseHolders,
  lease: KubeObject,
  holder: string,
): boolean {
  const { metadata } = lease;
  const isReady = (node: string) => isConditionTrue(store.get("nodes", "", node), "Ready");
  if (metadata.namespace === NODE_NAMESPACE) return isReady(holder);
  const [host] = holder.split("_");
  if (holders.has(lease, holder)) {
    const pod = store.get("pods", metadata.namespace!, host);
    return isReady(pod?.spec?.nodeName ?? "");
  }
  const component = metadata.labels?.["apiserver.kubernetes.io/identity"] ?? metadata.name;
  return isConditionTrue(
    store.get("pods", "kube-system", `${component}-${host.replace(/^apiserver-/, "")}`),
    "Ready",
  );
}
