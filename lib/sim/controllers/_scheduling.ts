import type { Pod } from "../../kube/mod.ts";
import { matchesNodeAffinity, untolerated } from "../node_fit.ts";
import { milliRequests } from "../pod_resources.ts";
import { allocatable, hostPortsOf, type NodeUsage, type Refusal } from "./_node_usage.ts";
import type { PodAffinity } from "./_pod_affinity.ts";
import type { TopologySpread } from "./_topology_spread.ts";
import type { PodVolumeClaims } from "./_volume_binding.ts";

/** What a pod is held against beside the node itself. */
export interface Fit {
  pod: Pod;
  volumes: PodVolumeClaims;
  spread: TopologySpread;
  affinity: PodAffinity;
}

const final = (reason: string): Refusal => ({ reasons: [reason], final: true });
const movable = (reason: string): Refusal => ({ reasons: [reason], final: false });

/**
 * Why a pod cannot be on a node, in the words of the first plugin that refuses; undefined when it can.
 * Source: kubernetes pkg/scheduler/framework/plugins, in the order of apis/config/v1/default_plugins.go.
 */
export function filterNode(fit: Fit, used: NodeUsage): Refusal | undefined {
  const { pod } = fit;
  const { node } = used;
  const tolerations = pod.spec?.tolerations;
  const cordon = { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" };
  const cordoned = node.spec?.unschedulable &&
    untolerated(tolerations, { ...node, spec: { taints: [cordon] } }, ["NoSchedule"]);
  if (cordoned) return final("node(s) were unschedulable");
  if (untolerated(tolerations, node, ["NoSchedule", "NoExecute"])) {
    return final("node(s) had untolerated taint(s)");
  }
  if (namedNodes(pod)?.has(used.name) === false) {
    return final("node(s) didn't satisfy plugin(s) [NodeAffinity]");
  }
  if (!matchesNodeAffinity(pod, node)) {
    return final("node(s) didn't match Pod's node affinity/selector");
  }
  if (hostPortsOf(pod).some((port) => used.hostPorts.has(port))) {
    return movable("node(s) didn't have free ports for the requested pod ports");
  }
  return shortages(pod, used) ?? refusalOf(fit.volumes.conflict(node)) ??
    fit.spread.refusal(node) ?? fit.affinity.refusal(used);
}

function refusalOf(reason: string | undefined): Refusal | undefined {
  return reason === undefined ? undefined : final(reason);
}

/** The nodes that every term of a pod's affinity names, as those of daemon pods do. */
function namedNodes(pod: Pod): Set<string> | undefined {
  const terms = pod.spec?.affinity?.nodeAffinity
    ?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  if (terms.length === 0) return undefined;
  const named = new Set<string>();
  for (const { matchFields = [] } of terms) {
    const field = matchFields.find(({ key, operator }) =>
      key === "metadata.name" && operator === "In"
    );
    if (!field) return undefined;
    field.values?.forEach((name) => named.add(name));
  }
  return named;
}

function shortages(pod: Pod, used: NodeUsage): Refusal | undefined {
  const { node } = used;
  const reasons: string[] = [];
  let hopeless = false;
  if (used.pods.length + 1 > Number(node.status?.allocatable?.pods ?? 110)) {
    reasons.push("Too many pods");
  }
  for (const [name, wanted] of milliRequests(pod)) {
    if (wanted === 0) continue;
    const total = allocatable(node, name);
    if (wanted <= total - (used.requested.get(name) ?? 0)) continue;
    reasons.push(`Insufficient ${name}`);
    hopeless ||= wanted > total;
  }
  return reasons.length > 0 ? { reasons, final: hopeless } : undefined;
}

/** `1 Insufficient cpu, 2 node(s) were unschedulable`. */
export function histogram(reasons: Iterable<string>): string {
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts].map(([reason, count]) => `${count} ${reason}`).sort().join(", ");
}

export function priorityOf(pod: Pod): number {
  return pod.spec?.priority ?? 0;
}
