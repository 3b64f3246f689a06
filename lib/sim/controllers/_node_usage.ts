import {
  controllerOf,
  isFinished,
  type KubeObject,
  type Pod,
  quantityOr0,
} from "../../kube/mod.ts";
import { milliRequests } from "../pod_resources.ts";
import type { SimApi } from "../seams.ts";
import type { PodIndex } from "./_pod_index.ts";

/** Why a pod cannot be on a node; `final` when no eviction could ever change it. */
export interface Refusal {
  reasons: string[];
  final: boolean;
}

const allocatables = new WeakMap<object, Map<string, number>>();

/** What a stored node has of a resource, in thousandths. */
export function allocatable({ status }: KubeObject, name: string): number {
  const list = status?.allocatable;
  if (!list) return 0;
  let known = allocatables.get(list);
  if (!known) allocatables.set(list, known = new Map());
  let value = known.get(name);
  if (value === undefined) known.set(name, value = quantityOr0(list[name]).milliValue);
  return value;
}

const portsOf = new WeakMap<object, string[]>();

/** The host ports a stored pod takes: `TCP/8080`. */
export function hostPortsOf(pod: Pod): string[] {
  const spec = pod.spec as object;
  let ports = portsOf.get(spec);
  if (!ports) portsOf.set(spec, ports = hostPorts(pod));
  return ports;
}

function hostPorts(pod: Pod): string[] {
  const ports = (pod.spec?.containers ?? []).flatMap((container) => container.ports ?? []);
  return ports.flatMap((port) => {
    const number = port.hostPort ?? (pod.spec?.hostNetwork ? port.containerPort : undefined);
    return number ? [`${port.protocol ?? "TCP"}/${number}`] : [];
  });
}

/** The pods on a node, and what they have taken of it. */
export class NodeUsage {
  readonly requested = new Map<string, number>();
  readonly hostPorts = new Set<string>();
  /** Those that want some others away from them. */
  readonly antiAffine: readonly Pod[];
  /** How many pods each controller has here, by its uid. */
  #freeShare: number | undefined;
  readonly #siblings = new Map<string, number>();

  constructor(readonly node: KubeObject, readonly pods: readonly Pod[]) {
    for (const pod of pods) {
      for (const [name, value] of milliRequests(pod)) {
        this.requested.set(name, (this.requested.get(name) ?? 0) + value);
      }
      hostPortsOf(pod).forEach((port) => this.hostPorts.add(port));
      const owner = controllerOf(pod)?.uid;
      if (owner) this.#siblings.set(owner, this.siblingsOf(owner) + 1);
    }
    this.antiAffine = pods.filter((pod) => pod.spec?.affinity?.podAntiAffinity);
  }

  get name(): string {
    return this.node.metadata.name;
  }

  /** How many pods of a controller are here. */
  siblingsOf(owner: string): number {
    return this.#siblings.get(owner) ?? 0;
  }

  /** The same node with other pods on it. */
  with(pods: readonly Pod[]): NodeUsage {
    return new NodeUsage(this.node, pods);
  }

  /** The mean free share of CPU and memory, from 0 to 1. */
  get freeShare(): number {
    return this.#freeShare ??= this.#share();
  }

  #share(): number {
    const shares = ["cpu", "memory"].map((name) => {
      const total = allocatable(this.node, name);
      return total === 0 ? 0 : 1 - (this.requested.get(name) ?? 0) / total;
    });
    return (shares[0] + shares[1]) / 2;
  }
}

/** What is taken of every node, worked out again only where a pod has come or gone. */
export class ClusterUsage {
  readonly #byNode = new Map<string, NodeUsage>();

  constructor(private readonly api: SimApi, private readonly pods: PodIndex) {
    pods.onChange((node) => this.#byNode.delete(node));
  }

  /** Every node in order of its name, with the pods on it that have not ended. */
  now(): NodeUsage[] {
    return this.api.list("nodes").map((node) => {
      const { name } = node.metadata;
      const known = this.#byNode.get(name);
      if (known?.node === node) return known;
      const usage = known
        ? new NodeUsage(node, known.pods)
        : new NodeUsage(node, this.pods.onNode(name).filter((pod) => !isFinished(pod)));
      this.#byNode.set(name, usage);
      return usage;
    });
  }
}
