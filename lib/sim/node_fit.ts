import { own } from "../go/mod.ts";
import {
  type KubeObject,
  type Labels,
  matches,
  type models,
  type Pod,
  type Requirement,
} from "../kube/mod.ts";

/*
 * Whether a pod may be on a node, whatever else is there.
 * Source: kubernetes/component-helpers scheduling/corev1.
 */

type Taint = models.Taint;

/** The first taint with one of `effects` that the pod does not tolerate. */
export function untolerated(
  tolerations: readonly models.Toleration[] | undefined,
  node: KubeObject,
  effects: readonly string[],
): Taint | undefined {
  const taints: Taint[] | undefined = node.spec?.taints;
  return taints?.find((taint) =>
    effects.includes(taint.effect) && !tolerations?.some((one) => tolerates(one, taint))
  );
}

/** How many taints of one effect the pod does not tolerate. */
export function untoleratedCount(
  tolerations: readonly models.Toleration[] | undefined,
  node: KubeObject,
  effect: string,
): number {
  const taints: Taint[] = node.spec?.taints ?? [];
  return taints.filter((taint) =>
    taint.effect === effect && !tolerations?.some((one) => tolerates(one, taint))
  ).length;
}

/** Whether a toleration tolerates a taint. */
export function tolerates(toleration: models.Toleration, taint: Taint): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false;
  if (toleration.key && toleration.key !== taint.key) return false;
  if (toleration.operator === "Exists") return true;
  return Boolean(toleration.key) && (toleration.value ?? "") === (taint.value ?? "");
}

/** Whether nodeSelector and required node affinity let the pod onto the node. */
export function matchesNodeAffinity(pod: Pod, node: KubeObject): boolean {
  const labels = node.metadata.labels ?? {};
  for (const [key, value] of Object.entries(pod.spec?.nodeSelector ?? {})) {
    if (own(labels, key) !== value) return false;
  }
  const required = pod.spec?.affinity?.nodeAffinity
    ?.requiredDuringSchedulingIgnoredDuringExecution;
  if (!required) return true;
  return required.nodeSelectorTerms.some((term) => matchesTerm(term, node));
}

/** Whether a node selector term selects the node; an empty term selects none. */
export function matchesTerm(term: models.NodeSelectorTerm, node: KubeObject): boolean {
  const fields = { "metadata.name": node.metadata.name };
  const expressions = term.matchExpressions ?? [];
  const onFields = term.matchFields ?? [];
  if (expressions.length + onFields.length === 0) return false;
  return meets(expressions, node.metadata.labels ?? {}) && meets(onFields, fields);
}

const OPERATORS: Record<string, Requirement["operator"]> = {
  In: "in",
  NotIn: "notin",
  Exists: "exists",
  DoesNotExist: "!",
  Gt: "gt",
  Lt: "lt",
};

function meets(expressions: readonly models.NodeSelectorRequirement[], labels: Labels): boolean {
  const requirements = expressions.map(({ key, operator, values }) => ({
    key,
    operator: OPERATORS[operator],
    values: values ?? [],
  }));
  return matches(requirements, labels);
}
