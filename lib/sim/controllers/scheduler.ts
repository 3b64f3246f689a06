import { rfc3339 } from "../../go/mod.ts";
import {
  conditionOf,
  controllerOf,
  isApiError,
  isFinished,
  isReady,
  type KubeObject,
  type Pod,
} from "../../kube/mod.ts";
import { keyOf, type Reconciler } from "../reconcile.ts";
import { matchesTerm, untoleratedCount } from "../node_fit.ts";
import { ClusterUsage, type NodeUsage, type Refusal } from "./_node_usage.ts";
import { PodAffinity } from "./_pod_affinity.ts";
import type { PodContext } from "./_pod_index.ts";
import { type Candidate, findVictims, type Trial } from "./_preemption.ts";
import { filterNode, type Fit, histogram, priorityOf } from "./_scheduling.ts";
import { TopologySpread } from "./_topology_spread.ts";
import { claimNames, PodVolumeClaims } from "./_volume_binding.ts";

const COMPONENT = "default-scheduler";
/** How often a pod that fits nowhere is tried again without news; upstream flushes after 5 min. */
const RETRY_MS = 300_000;
const PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution";

/**
 * Puts pods on nodes: filters, scores, and makes room for those of more priority.
 * Source: kubernetes pkg/scheduler/schedule_one.go, framework/types.go (FitError).
 * Differs: scores by free requests, siblings, affinity, spread and taints; not by images or balance.
 */
export function scheduler(context: PodContext): Reconciler {
  const { api, pods } = context;
  const usage = new ClusterUsage(api, pods);
  const waiting = () =>
    pods.onNode("").filter(isWaiting)
      .sort((a, b) => priorityOf(b) - priorityOf(a)).map(keyOf);
  return {
    name: COMPONENT,
    watches: [
      {
        resource: "pods",
        keys: ({ type, object, previous }) => {
          if (type !== "DELETED" && isWaiting(object)) {
            return previous && isWaiting(previous) && !specChanged(object, previous)
              ? []
              : [keyOf(object)];
          }
          const freed = type === "DELETED" ||
            (isFinished(object) && previous && !isFinished(previous));
          const bound = previous && !previous.spec?.nodeName && object.spec?.nodeName;
          return freed || (bound && pods.anyAffine) ? waiting() : [];
        },
      },
      {
        resource: "nodes",
        keys: ({ type, object, previous }) =>
          type === "MODIFIED" && previous && !nodeChanged(object, previous) ? [] : waiting(),
      },
      ...["persistentvolumeclaims", "persistentvolumes", "storageclasses.storage.k8s.io"].map(
        (resource) => ({
          resource,
          keys: () =>
            pods.onNode("").filter((pod) => isWaiting(pod) && claimNames(pod).length > 0).map(
              keyOf,
            ),
        }),
      ),
    ],
    reconcile(key) {
      const pod = api.get<Pod>("pods", key.namespace, key.name);
      if (!pod || !isWaiting(pod)) return;
      return new Attempt(context, pod, withNominated(context, pod, usage.now())).run();
    },
  };
}

function isWaiting(pod: Pod): boolean {
  return !pod.spec?.nodeName && !pod.metadata.deletionTimestamp && !isFinished(pod) &&
    (pod.spec?.schedulerName ?? "default-scheduler") === "default-scheduler" &&
    !pod.spec?.schedulingGates?.length;
}

function specChanged(a: KubeObject, b: KubeObject): boolean {
  return a.spec !== b.spec && JSON.stringify(a.spec) !== JSON.stringify(b.spec);
}

function nodeChanged(a: KubeObject, b: KubeObject): boolean {
  const facts = (node: KubeObject) =>
    JSON.stringify([node.spec, node.metadata.labels, node.status?.allocatable, isReady(node)]);
  return facts(a) !== facts(b);
}

/** A node that room is being made on counts as having the pod that the room is for. */
function withNominated({ pods }: PodContext, pod: Pod, nodes: NodeUsage[]): NodeUsage[] {
  const nominated = pods.nominated().filter((other) =>
    other.metadata.uid !== pod.metadata.uid &&
    isWaiting(other) && priorityOf(other) >= priorityOf(pod)
  );
  if (nominated.length === 0) return nodes;
  return nodes.map((used) => {
    const here = nominated.filter(({ status }) => status?.nominatedNodeName === used.name);
    return here.length > 0 ? used.with([...used.pods, ...here]) : used;
  });
}

/** One attempt to find a node for one pod. */
class Attempt {
  readonly #volumes: PodVolumeClaims;

  constructor(
    readonly context: PodContext,
    readonly pod: Pod,
    readonly nodes: readonly NodeUsage[],
  ) {
    this.#volumes = new PodVolumeClaims(context.api, pod);
  }

  run(): { requeueAfterMs?: number } | void {
    const total = this.nodes.length;
    if (total === 0) return this.#fail("no nodes available to schedule pods");
    const head = `0/${total} nodes are available:`;
    if (this.#volumes.blocked) {
      const helpless = `${total} Preemption is not helpful for scheduling`;
      return this.#fail(
        `${head} ${this.#volumes.blocked}. no new claims to deallocate, ` +
          `preemption: ${head} ${helpless}.`,
      );
    }
    const fit = this.#fit(this.nodes);
    const refusals = new Map<NodeUsage, Refusal>();
    const fitting = this.nodes.filter((used) => {
      const refusal = filterNode(fit, used);
      if (refusal) refusals.set(used, refusal);
      return !refusal;
    });
    if (fitting.length > 0) {
      const { node } = this.#best(fit, fitting);
      if (!this.#volumes.bindOn(node)) this.#bind(node.metadata.name);
      return;
    }
    const reasons = histogram([...refusals.values()].flatMap((one) => one.reasons));
    const trial: Trial = (used) => {
      const others = this.nodes.map((one) => one.name === used.name ? used : one);
      return filterNode(this.#fit(others), used);
    };
    const found = findVictims(this.context.api, this.pod, refusals, trial);
    if (typeof found === "string") {
      return this.#fail(`${head} ${reasons}. no new claims to deallocate, preemption: ${found}`);
    }
    this.#preempt(found);
    return this.#fail(`${head} ${reasons}.`, found.used.name);
  }

  #fit(nodes: readonly NodeUsage[]): Fit {
    const { api } = this.context;
    return {
      pod: this.pod,
      volumes: this.#volumes,
      spread: new TopologySpread(this.pod, nodes),
      affinity: new PodAffinity(api, this.pod, nodes),
    };
  }

  /** Each scorer gives up to 100, times its weight; ties are drawn. */
  #best(fit: Fit, nodes: readonly NodeUsage[]): NodeUsage {
    if (nodes.length === 1) return nodes[0];
    const owner = controllerOf(this.pod)?.uid;
    const scorers: [weight: number, score: (used: NodeUsage) => number][] = [
      [2, (used) => owner === undefined ? 0 : -used.siblingsOf(owner)],
      [2, ({ node }) => -fit.spread.crowd(node)],
      [2, ({ node }) => fit.affinity.preference(node)],
      [2, ({ node }) => preferred(this.pod, node)],
      [3, ({ node }) => -untoleratedCount(this.pod.spec?.tolerations, node, "PreferNoSchedule")],
    ];
    const totals = nodes.map((used) => used.freeShare * 100);
    for (const [weight, score] of scorers) {
      const values = nodes.map(score);
      const [least, most] = [Math.min(...values), Math.max(...values)];
      if (least === most) continue;
      values.forEach((value, i) => totals[i] += weight * 100 * (value - least) / (most - least));
    }
    const top = Math.max(...totals);
    const candidates = nodes.filter((_, i) => totals[i] === top);
    return candidates.length === 1 ? candidates[0] : this.context.random.pick(candidates);
  }

  #preempt({ used, victims }: Candidate): void {
    const { api, clock } = this.context;
    for (const victim of victims) {
      const { namespace, name } = victim.metadata;
      if (victim.metadata.deletionTimestamp) continue;
      const others = (victim.status?.conditions ?? [])
        .filter(({ type }) => type !== "DisruptionTarget");
      const disruption = {
        type: "DisruptionTarget",
        status: "True",
        observedGeneration: victim.metadata.generation,
        lastProbeTime: null,
        lastTransitionTime: rfc3339(clock.now()),
        reason: "PreemptionByScheduler",
        message: `${COMPONENT}: preempting to accommodate a higher priority pod`,
      };
      try {
        api.patch("pods", namespace!, name, {
          status: { conditions: [...others, disruption] },
        }, { subresource: "status" });
        api.delete("pods", namespace!, name);
      } catch (error) {
        if (!isApiError(error, 404, 409)) throw error;
        continue;
      }
      api.event(victim, {
        type: "Normal",
        reason: "Preempted",
        message: `Preempted by pod ${this.pod.metadata.uid} on node ${used.name}`,
        component: COMPONENT,
      });
    }
  }

  #bind(nodeName: string): void {
    const { api } = this.context;
    const { namespace, name } = this.pod.metadata;
    api.patch("pods", namespace!, name, { spec: { nodeName } }, { subresource: "binding" });
    const message = `Successfully assigned ${namespace}/${name} to ${nodeName}`;
    api.event(this.pod, { type: "Normal", reason: "Scheduled", message, component: COMPONENT });
  }

  /** The pod's conditions with a new verdict about its scheduling. */
  #conditionOf(verdict: object): unknown[] {
    const { metadata, status } = this.pod;
    const others = (status?.conditions ?? []).filter(({ type }) => type !== "PodScheduled");
    return [...others, {
      type: "PodScheduled",
      observedGeneration: metadata.generation,
      lastProbeTime: null,
      ...verdict,
    }];
  }

  #fail(message: string, nominatedNodeName?: string): { requeueAfterMs: number } {
    const { api, clock } = this.context;
    api.event(this.pod, {
      type: "Warning",
      reason: "FailedScheduling",
      message,
      component: COMPONENT,
    });
    const present = conditionOf(this.pod, "PodScheduled");
    const nominated = this.pod.status?.nominatedNodeName;
    const same = present?.status === "False" && present.message === message &&
      (nominatedNodeName === undefined || nominated === nominatedNodeName);
    if (!same) {
      const { namespace, name } = this.pod.metadata;
      const conditions = this.#conditionOf({
        status: "False",
        lastTransitionTime: present?.status === "False"
          ? present.lastTransitionTime
          : rfc3339(clock.now()),
        reason: "Unschedulable",
        message,
      });
      api.patch("pods", namespace!, name, {
        status: { conditions, ...(nominatedNodeName ? { nominatedNodeName } : {}) },
      }, { subresource: "status" });
    }
    return { requeueAfterMs: RETRY_MS };
  }
}

/** The weights of the preferred terms of a pod's node affinity that a node meets. */
function preferred(pod: Pod, node: KubeObject): number {
  const terms = pod.spec?.affinity?.nodeAffinity?.[PREFERRED] ?? [];
  return terms.filter(({ preference }) => matchesTerm(preference, node))
    .reduce((sum, { weight }) => sum + weight, 0);
}
