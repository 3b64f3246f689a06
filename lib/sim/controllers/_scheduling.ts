import { Quantity, selects } from "../../base/mod.ts";
import type { KubeObject, Pod } from "../../kube/mod.ts";
import { matchesNodeAffinity, untolerated } from "./_node_fit.ts";
import { isFinished } from "./_objects.ts";

/** Requests of a pod in whole thousandths, by resource. */
type Requests = Map<string, number>;

/**
 * What a pod asks for: the larger of its containers together and any one init container.
 * Source: kubernetes/component-helpers resource/helpers.go (PodRequests).
 */
export function podRequests(pod: Pod): Requests {
  const total: Requests = new Map();
  for (const container of pod.spec?.containers ?? []) addTo(total, container.resources?.requests);
  for (const container of pod.spec?.initContainers ?? []) {
    if ((container as any).restartPolicy === "Always") {
      addTo(total, container.resources?.requests);
      continue;
    }
    for (const [name, value] of Object.entries(container.resources?.requests ?? {})) {
      total.set(name, Math.max(total.get(name) ?? 0, milli(value)));
    }
  }
  return total;
}

function addTo(total: Requests, requests: Record<string, any> | undefined): void {
  for (const [name, value] of Object.entries(requests ?? {})) {
    total.set(name, (total.get(name) ?? 0) + milli(value));
  }
}

function milli(value: string | number): number {
  return Quantity.parse(value).milliValue;
}

/** The pods on a node and what they have taken. */
export class NodeUsage {
  readonly pods: Pod[] = [];
  readonly requested: Requests = new Map();
  readonly hostPorts = new Set<string>();

  constructor(readonly node: KubeObject) {}

  add(pod: Pod): void {
    this.pods.push(pod);
    for (const [name, value] of podRequests(pod)) {
      this.requested.set(name, (this.requested.get(name) ?? 0) + value);
    }
    hostPortsOf(pod).forEach((port) => this.hostPorts.add(port));
  }

  /** The mean free share of CPU and memory, from 0 to 1. */
  freeShare(node: KubeObject): number {
    const shares = ["cpu", "memory"].map((name) => {
      const total = milli(node.status?.allocatable?.[name] ?? "0");
      return total === 0 ? 0 : 1 - (this.requested.get(name) ?? 0) / total;
    });
    return (shares[0] + shares[1]) / 2;
  }
}

export function usageOf(
  pods: readonly Pod[],
  nodes: readonly KubeObject[],
): Map<string, NodeUsage> {
  const usage = new Map(nodes.map((node) => [node.metadata.name, new NodeUsage(node)]));
  for (const pod of pods) {
    if (pod.spec?.nodeName && !isFinished(pod)) usage.get(pod.spec.nodeName)?.add(pod);
  }
  return usage;
}

const UNSCHEDULABLE = "node(s) were unschedulable";
const TAINTED = "node(s) had untolerated taint(s)";
const AFFINITY = "node(s) didn't match Pod's node affinity/selector";
const PORTS = "node(s) didn't have free ports for the requested pod ports";
const POD_AFFINITY = "node(s) didn't match pod affinity rules";
const ANTI_AFFINITY = "node(s) didn't match pod anti-affinity rules";
const EXISTING_ANTI_AFFINITY = "node(s) didn't satisfy existing pods anti-affinity rules";

/** Whether evicting pods could ever remove a reason. */
export function isPreemptable(reason: string): boolean {
  return ![UNSCHEDULABLE, TAINTED, AFFINITY, POD_AFFINITY].includes(reason);
}

/**
 * Why a pod cannot be on a node, in the words of the first plugin that refuses; empty when it can.
 * Source: kubernetes pkg/scheduler/framework/plugins/*.
 */
export function filterNode(
  pod: Pod,
  node: KubeObject,
  used: NodeUsage,
  usage: ReadonlyMap<string, NodeUsage>,
): string[] {
  const unschedulable = { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" };
  const cordoned = node.spec?.unschedulable &&
    untolerated(pod.spec?.tolerations, { ...node, spec: { taints: [unschedulable] } }, [
      "NoSchedule",
    ]);
  if (cordoned) return [UNSCHEDULABLE];
  if (untolerated(pod.spec?.tolerations, node, ["NoSchedule", "NoExecute"])) return [TAINTED];
  if (!matchesNodeAffinity(pod, node)) return [AFFINITY];
  if (hostPortsOf(pod).some((port) => used.hostPorts.has(port))) return [PORTS];
  const short = shortages(pod, node, used);
  return short.length > 0 ? short : podAffinity(pod, node, usage);
}

function shortages(pod: Pod, node: KubeObject, used: NodeUsage): string[] {
  const allocatable = node.status?.allocatable ?? {};
  const out: string[] = [];
  if (used.pods.length + 1 > Number(allocatable.pods ?? 110)) out.push("Too many pods");
  for (const [name, wanted] of podRequests(pod)) {
    if (wanted === 0) continue;
    const total = milli(allocatable[name] ?? "0");
    if (wanted > total - (used.requested.get(name) ?? 0)) out.push(`Insufficient ${name}`);
  }
  return out;
}

function hostPortsOf(pod: Pod): string[] {
  return (pod.spec?.containers ?? []).flatMap((container) =>
    (container.ports ?? []).flatMap((port) => {
      const number = port.hostPort ?? (pod.spec?.hostNetwork ? port.containerPort : undefined);
      return number ? [`${port.protocol ?? "TCP"}/${number}`] : [];
    })
  );
}

/** Required inter-pod affinity and anti-affinity. */
function podAffinity(
  pod: Pod,
  node: KubeObject,
  usage: ReadonlyMap<string, NodeUsage>,
): string[] {
  const required = "requiredDuringSchedulingIgnoredDuringExecution";
  const affinity: any = pod.spec?.affinity ?? {};
  for (const term of affinity.podAffinity?.[required] ?? []) {
    const mates = matesIn(term, pod, node, usage);
    const selfMatch = selects(term.labelSelector, pod.metadata.labels) &&
      ![...usage.values()].some((one) => one.pods.some((other) => matchesTerm(term, pod, other)));
    if (!mates && !selfMatch) return [POD_AFFINITY];
  }
  for (const term of affinity.podAntiAffinity?.[required] ?? []) {
    if (matesIn(term, pod, node, usage)) return [ANTI_AFFINITY];
  }
  for (const used of usage.values()) {
    for (const other of used.pods) {
      const terms = (other.spec?.affinity?.podAntiAffinity as any)?.[required] ?? [];
      const refused = terms.some((term: any) =>
        sameDomain(term, node, used.node) && matchesTerm(term, other, pod)
      );
      if (refused) return [EXISTING_ANTI_AFFINITY];
    }
  }
  return [];
}

function matesIn(
  term: any,
  pod: Pod,
  node: KubeObject,
  usage: ReadonlyMap<string, NodeUsage>,
): boolean {
  return [...usage.values()].some((used) =>
    sameDomain(term, node, used.node) && used.pods.some((other) => matchesTerm(term, pod, other))
  );
}

function sameDomain(term: any, a: KubeObject, b: KubeObject): boolean {
  const value = a.metadata.labels?.[term.topologyKey];
  return value !== undefined && value === b.metadata.labels?.[term.topologyKey];
}

function matchesTerm(term: any, owner: Pod, other: Pod): boolean {
  const namespaces: string[] = term.namespaces?.length
    ? term.namespaces
    : [owner.metadata.namespace!];
  return namespaces.includes(other.metadata.namespace!) &&
    selects(term.labelSelector, other.metadata.labels);
}
