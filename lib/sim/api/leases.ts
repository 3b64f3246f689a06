import { microTime } from "../../go/mod.ts";
import { isConditionTrue, type KubeObject, type Pod } from "../../kube/mod.ts";
import type { ObjectStore } from "./object_store.ts";

export const LEASES = "leases.coordination.k8s.io";
/** How often a node says that it is there, and a leader that it leads; Source: kubelet nodeLeaseDurationSeconds, leaderelection RetryPeriod. */
const NODE_PERIOD_MS = 10_000;
const LEADER_PERIOD_MS = 2000;
const NODE_NAMESPACE = "kube-node-lease";

/**
 * Renews the leases whose holders would have by now. It is done when somebody looks, so that nodes that nobody
 * asks about cost nothing.
 * Differs: a watch sees the renewals that a read brings about, and no others.
 */
export function renewLeases(store: ObjectStore, nowMs: number): void {
  for (const lease of store.list(LEASES)) {
    const { holderIdentity = "", renewTime } = lease.spec ?? {};
    const periodMs = lease.metadata.namespace === NODE_NAMESPACE
      ? NODE_PERIOD_MS
      : LEADER_PERIOD_MS;
    const sinceMs = nowMs - Date.parse(renewTime ?? "");
    // Not a number means that it was never held.
    if (!(sinceMs >= periodMs) || !holds(store, lease, holderIdentity)) continue;
    const renewedMs = nowMs - sinceMs % periodMs;
    store.put(LEASES, {
      ...lease,
      metadata: { ...lease.metadata },
      spec: {
        ...lease.spec,
        renewTime: microTime(renewedMs),
      },
    });
  }
}

/** Whether the holder still runs: a node that is ready, a component of the control plane on one, or a process in a pod. */
function holds(store: ObjectStore, lease: KubeObject, holder: string): boolean {
  const { metadata } = lease;
  if (metadata.namespace === NODE_NAMESPACE) {
    return isConditionTrue(store.get("nodes", "", holder), "Ready");
  }
  const [node] = holder.split("_");
  const pod = store.get("pods", metadata.namespace!, node);
  if (pod) return runsSince(store, pod, Date.parse(lease.spec?.acquireTime));
  const component = metadata.labels?.["apiserver.kubernetes.io/identity"] ?? metadata.name;
  return isConditionTrue(
    store.get("pods", "kube-system", `${component}-${node.replace(/^apiserver-/, "")}`),
    "Ready",
  );
}

/** Whether a container of a pod that runs now ran at `sinceMs` already, and the pod's node still answers. */
function runsSince(store: ObjectStore, pod: Pod, sinceMs: number): boolean {
  if (!isConditionTrue(store.get("nodes", "", pod.spec?.nodeName ?? ""), "Ready")) return false;
  return (pod.status?.containerStatuses ?? []).some(({ state, lastState }) => {
    const endedAt = lastState?.terminated?.finishedAt;
    // A status tells whole seconds; who took over did so seconds later.
    return state?.running && !(endedAt && sinceMs < Date.parse(endedAt) + 1000);
  });
}
