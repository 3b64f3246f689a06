import { own } from "../../go/mod.ts";
import {
  type KubeObject,
  type LabelSelector,
  type models,
  type Pod,
  selects,
} from "../../kube/mod.ts";
import { matchesNodeAffinity, untolerated } from "../node_fit.ts";
import type { NodeUsage, Refusal } from "./_node_usage.ts";

const MISMATCH = "node(s) didn't match pod topology spread constraints";

interface Constraint {
  topologyKey: string;
  maxSkew: number;
  minDomains: number;
  required: boolean;
  selector: LabelSelector | undefined;
  /** How many of the pods selected each domain has. */
  counts: Map<string, number>;
}

/**
 * The spread constraints of one pod, held against the pods that are there.
 * Source: kubernetes pkg/scheduler/framework/plugins/podtopologyspread/filtering.go.
 */
export class TopologySpread {
  readonly #constraints: Constraint[];

  constructor(private readonly pod: Pod, nodes: readonly NodeUsage[]) {
    const given = pod.spec?.topologySpreadConstraints ?? [];
    const keys = given.filter(isRequired).map(({ topologyKey }) => topologyKey);
    this.#constraints = given.map((one) => {
      const selector = withOwnLabels(one, pod);
      const counts = new Map<string, number>();
      for (const { node, pods } of nodes) {
        const domain = own(node.metadata.labels, one.topologyKey);
        const complete = keys.every((key) => own(node.metadata.labels, key) !== undefined);
        if (domain === undefined || !complete || !counted(pod, node, one)) continue;
        const mates = pods.filter((other) =>
          other.metadata.namespace === pod.metadata.namespace &&
          !other.metadata.deletionTimestamp && selects(selector, other.metadata.labels)
        );
        counts.set(domain, (counts.get(domain) ?? 0) + mates.length);
      }
      return {
        topologyKey: one.topologyKey,
        maxSkew: one.maxSkew,
        minDomains: one.minDomains ?? 1,
        required: isRequired(one),
        selector,
        counts,
      };
    });
  }

  refusal(node: KubeObject): Refusal | undefined {
    for (const one of this.#constraints) {
      if (!one.required) continue;
      const domain = own(node.metadata.labels, one.topologyKey);
      if (domain === undefined) {
        return { reasons: [`${MISMATCH} (missing required label)`], final: true };
      }
      const least = one.counts.size < one.minDomains ? 0 : Math.min(...one.counts.values());
      const self = selects(one.selector, this.pod.metadata.labels) ? 1 : 0;
      if ((one.counts.get(domain) ?? 0) + self - least > one.maxSkew) {
        return { reasons: [MISMATCH], final: false };
      }
    }
    return undefined;
  }

  /** How many of its kind a node's domains have, over all constraints. */
  crowd(node: KubeObject): number {
    if (this.#constraints.length === 0) return 0;
    return this.#constraints.reduce(
      (sum, { topologyKey, counts }) =>
        sum + (counts.get(own(node.metadata.labels, topologyKey) ?? "") ?? 0),
      0,
    );
  }
}

function isRequired({ whenUnsatisfiable }: models.TopologySpreadConstraint): boolean {
  return (whenUnsatisfiable ?? "DoNotSchedule") === "DoNotSchedule";
}

function withOwnLabels(
  { labelSelector, matchLabelKeys }: models.TopologySpreadConstraint,
  pod: Pod,
): LabelSelector | undefined {
  if (!matchLabelKeys?.length) return labelSelector;
  const labels = pod.metadata.labels ?? {};
  const own = Object.fromEntries(
    matchLabelKeys.filter((key: string) => Object.hasOwn(labels, key)).map((
      key: string,
    ) => [key, labels[key]]),
  );
  return { ...labelSelector, matchLabels: { ...labelSelector?.matchLabels, ...own } };
}

/** Whether the pods of a node count: by default those of any node the pod's affinity lets it onto. */
function counted(
  pod: Pod,
  node: KubeObject,
  { nodeAffinityPolicy, nodeTaintsPolicy }: models.TopologySpreadConstraint,
): boolean {
  if (nodeAffinityPolicy !== "Ignore" && !matchesNodeAffinity(pod, node)) return false;
  return nodeTaintsPolicy !== "Honor" ||
    !untolerated(pod.spec?.tolerations, node, ["NoSchedule", "NoExecute"]);
}
