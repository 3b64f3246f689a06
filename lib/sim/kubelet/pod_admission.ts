import { type KubeObject, type Pod, quantityOr0 } from "../../kube/mod.ts";
import { matchesNodeAffinity } from "../node_fit.ts";
import { milliRequests } from "../pod_resources.ts";

/** Why a kubelet will not run a pod that was put on its node. */
export interface Rejection {
  reason: string;
  message: string;
}

/**
 * Whether a node can run a pod beside `others`; a scheduler has asked already, but `nodeName` can be set by
 * anyone. Source: kubernetes pkg/kubelet/lifecycle/predicate.go.
 */
export function rejection(
  node: KubeObject,
  pod: Pod,
  others: readonly Pod[],
): Rejection | undefined {
  const allocatable = node.status?.allocatable ?? {};
  const capacity = Number(allocatable.pods ?? 110);
  if (others.length + 1 > capacity) {
    return insufficient("pods", { requested: 1, used: others.length, capacity });
  }
  for (const [name, wanted] of milliRequests(pod)) {
    if (wanted === 0 || allocatable[name] === undefined) continue;
    const used = others.reduce((sum, one) => sum + (milliRequests(one).get(name) ?? 0), 0);
    const total = quantityOr0(allocatable[name]).milliValue;
    if (wanted <= total - used) continue;
    const unit = name === "cpu" ? 1 : 1000;
    return insufficient(name, {
      requested: wanted / unit,
      used: used / unit,
      capacity: total / unit,
    });
  }
  if (!matchesNodeAffinity(pod, node)) {
    const what = "node(s) didn't match Pod's node affinity/selector";
    return { reason: "NodeAffinity", message: `Predicate NodeAffinity failed: ${what}` };
  }
  const taken = new Set(others.flatMap(hostPorts));
  if (hostPorts(pod).some((port) => taken.has(port))) {
    const what = "node(s) didn't have free ports for the requested pod ports";
    return { reason: "NodePorts", message: `Predicate NodePorts failed: ${what}` };
  }
  return undefined;
}

function insufficient(
  name: string,
  { requested, used, capacity }: { requested: number; used: number; capacity: number },
): Rejection {
  const amounts = `requested: ${requested}, used: ${used}, capacity: ${capacity}`;
  return {
    reason: `OutOf${name}`,
    message: `Node didn't have enough resource: ${name}, ${amounts}`,
  };
}

function hostPorts(pod: Pod): string[] {
  return (pod.spec?.containers ?? []).flatMap(({ ports = [] }) =>
    ports.flatMap(({ hostPort, protocol }) => hostPort ? [`${protocol ?? "TCP"}/${hostPort}`] : [])
  );
}
