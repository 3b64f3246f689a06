import { own } from "../../go/mod.ts";
import { type KubeObject, type models, type Pod, selects } from "../../kube/mod.ts";
import type { SimApi } from "../seams.ts";
import type { NodeUsage, Refusal } from "./_node_usage.ts";

const REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution";

/**
 * Affinity between one pod and those that are there, both ways.
 * Source: kubernetes pkg/scheduler/framework/plugins/interpodaffinity.
 */
export class PodAffinity {
  readonly #wanted: models.PodAffinityTerm[];
  readonly #unwanted: models.PodAffinityTerm[];
  readonly #crowded: readonly NodeUsage[];

  constructor(
    private readonly api: SimApi,
    private readonly pod: Pod,
    private readonly nodes: readonly NodeUsage[],
  ) {
    const affinity = pod.spec?.affinity ?? {};
    this.#wanted = affinity.podAffinity?.[REQUIRED] ?? [];
    this.#unwanted = affinity.podAntiAffinity?.[REQUIRED] ?? [];
    this.#crowded = nodes.filter(({ antiAffine }) => antiAffine.length > 0);
  }

  refusal({ node }: NodeUsage): Refusal | undefined {
    for (const term of this.#wanted) {
      if (this.#mates(term, node) > 0) continue;
      const alone = this.#matches(term, this.pod, this.pod) &&
        !this.nodes.some(({ pods }) => pods.some((other) => this.#matches(term, this.pod, other)));
      if (!alone || own(node.metadata.labels, term.topologyKey) === undefined) {
        return { reasons: ["node(s) didn't match pod affinity rules"], final: true };
      }
    }
    if (this.#unwanted.some((term) => this.#mates(term, node) > 0)) {
      return { reasons: ["node(s) didn't match pod anti-affinity rules"], final: false };
    }
    const refused = this.#crowded.some((used) =>
      used.antiAffine.some((other) =>
        (other.spec?.affinity?.podAntiAffinity?.[REQUIRED] ?? []).some((term) =>
          sameDomain(term, node, used.node) && this.#matches(term, other, this.pod)
        )
      )
    );
    if (!refused) return undefined;
    const reason = "node(s) didn't satisfy existing pods anti-affinity rules";
    return { reasons: [reason], final: false };
  }

  /** The weights of the preferred terms that a node meets, less those it should not. */
  preference(node: KubeObject): number {
    const affinity = this.pod.spec?.affinity;
    if (!affinity) return 0;
    const sum = (terms: models.WeightedPodAffinityTerm[] = []) =>
      terms.reduce(
        (total, { weight, podAffinityTerm }) => total + weight * this.#mates(podAffinityTerm, node),
        0,
      );
    return sum(affinity.podAffinity?.[PREFERRED]) - sum(affinity.podAntiAffinity?.[PREFERRED]);
  }

  /** How many pods a term means in a node's domain. */
  #mates(term: models.PodAffinityTerm, node: KubeObject): number {
    let count = 0;
    for (const used of this.nodes) {
      if (!sameDomain(term, node, used.node)) continue;
      count += used.pods.filter((other) => this.#matches(term, this.pod, other)).length;
    }
    return count;
  }

  #matches(term: models.PodAffinityTerm, owner: Pod, other: Pod): boolean {
    return this.#inNamespaces(term, owner, other.metadata.namespace!) &&
      selects(term.labelSelector, other.metadata.labels);
  }

  #inNamespaces(term: models.PodAffinityTerm, owner: Pod, namespace: string): boolean {
    if (term.namespaces?.includes(namespace)) return true;
    if (term.namespaceSelector) {
      const space = this.api.get("namespaces", "", namespace);
      return space !== undefined && selects(term.namespaceSelector, space.metadata.labels);
    }
    return !term.namespaces?.length && namespace === owner.metadata.namespace;
  }
}

function sameDomain(term: models.PodAffinityTerm, a: KubeObject, b: KubeObject): boolean {
  const value = own(a.metadata.labels, term.topologyKey);
  return value !== undefined && value === own(b.metadata.labels, term.topologyKey);
}
