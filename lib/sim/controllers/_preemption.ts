import { type Pod, selects } from "../../kube/mod.ts";
import type { SimApi } from "../seams.ts";
import type { NodeUsage, Refusal } from "./_node_usage.ts";
import { histogram, priorityOf } from "./_scheduling.ts";

/** A node, and the pods that would have to go from it. */
export interface Candidate {
  used: NodeUsage;
  victims: Pod[];
  violations: number;
}

/** What is asked whether a pod would fit with other pods on a node. */
export type Trial = (used: NodeUsage) => Refusal | undefined;

/**
 * The best node to make room on by evicting pods of less priority, or why there is none.
 * Source: kubernetes pkg/scheduler/framework/preemption/preemption.go,
 * plugins/defaultpreemption/default_preemption.go.
 */
export function findVictims(
  api: SimApi,
  pod: Pod,
  refusals: ReadonlyMap<NodeUsage, Refusal>,
  trial: Trial,
): Candidate | string {
  const not = "not eligible due to";
  if (pod.spec?.preemptionPolicy === "Never") return `${not} preemptionPolicy=Never.`;
  const nominated = pod.status?.nominatedNodeName;
  const reasons: string[] = [];
  const candidates: Candidate[] = [];
  for (const [used, { final }] of refusals) {
    const weaker = used.pods.filter((other) => priorityOf(other) < priorityOf(pod));
    if (used.name === nominated && weaker.some(({ metadata }) => metadata.deletionTimestamp)) {
      return `${not} a terminating pod on the nominated node.`;
    }
    if (final) {
      reasons.push("Preemption is not helpful for scheduling");
      continue;
    }
    const found = victimsOn(api, used, weaker, trial);
    if (Array.isArray(found)) reasons.push(...found);
    else candidates.push(found);
  }
  if (candidates.length > 0) return candidates.sort(byCost)[0];
  return `0/${refusals.size} nodes are available: ${histogram(reasons)}.`;
}

function victimsOn(
  api: SimApi,
  used: NodeUsage,
  weaker: readonly Pod[],
  trial: Trial,
): Candidate | string[] {
  if (weaker.length === 0) return ["No preemption victims found for incoming pod"];
  let kept = used.pods.filter((pod) => !weaker.includes(pod));
  const refusal = trial(used.with(kept));
  if (refusal) return refusal.reasons;
  const victims: Pod[] = [];
  let violations = 0;
  const guarded = guardedBy(api, weaker);
  const byImportance = [...weaker].sort((a, b) =>
    priorityOf(b) - priorityOf(a) || startOf(a).localeCompare(startOf(b))
  );
  // Those that a disruption budget guards are spared first.
  const order = [
    ...byImportance.filter((pod) => guarded.has(pod)),
    ...byImportance.filter((pod) => !guarded.has(pod)),
  ];
  for (const pod of order) {
    const spared = [...kept, pod];
    if (trial(used.with(spared))) {
      victims.push(pod);
      if (guarded.has(pod)) violations++;
    } else kept = spared;
  }
  return { used, victims, violations };
}

/** The pods whose eviction would go past a disruption budget. */
function guardedBy(api: SimApi, pods: readonly Pod[]): Set<Pod> {
  const left = new Map<object, number>();
  const out = new Set<Pod>();
  for (const pod of pods) {
    const { namespace, labels, name } = pod.metadata;
    for (const budget of api.list("poddisruptionbudgets.policy", { namespace })) {
      if (!budget.spec.selector || !selects(budget.spec.selector, labels)) continue;
      if (budget.status?.disruptedPods?.[name]) continue;
      const allowed = (left.get(budget) ?? budget.status?.disruptionsAllowed ?? 0) - 1;
      left.set(budget, allowed);
      if (allowed < 0) out.add(pod);
    }
  }
  return out;
}

/** Fewest broken budgets, then least priority, sum of priorities, number of pods, latest start. */
function byCost(a: Candidate, b: Candidate): number {
  const highest = ({ victims }: Candidate) => Math.max(...victims.map(priorityOf));
  const sum = ({ victims }: Candidate) =>
    victims.reduce((total, pod) => total + priorityOf(pod) + 2 ** 31, 0);
  const earliest = ({ victims }: Candidate) => victims.map(startOf).sort()[0];
  return a.violations - b.violations || highest(a) - highest(b) || sum(a) - sum(b) ||
    a.victims.length - b.victims.length || earliest(b).localeCompare(earliest(a));
}

function startOf(pod: Pod): string {
  return String(pod.status?.startTime ?? pod.metadata.creationTimestamp ?? "~");
}
