import type { KubeObject, Pod } from "../../kube/mod.ts";
import { keyOf, type Reconciler } from "../reconcile.ts";
import type { SimContext } from "../seams.ts";
import { condition, controllerOf, isFinished, isReady, timestamp } from "./_objects.ts";
import { filterNode, isPreemptable, NodeUsage, usageOf } from "./_scheduling.ts";

const COMPONENT = "default-scheduler";
/** How often a pod that fits nowhere is tried again without news; upstream flushes after 5 min. */
const RETRY_MS = 300_000;

/**
 * Puts pods on nodes: filters by taints, affinity, ports and requests, then spreads.
 * Source: kubernetes pkg/scheduler/schedule_one.go, framework/types.go (FitError).
 * Differs: scores only by spread over nodes and by free requests; never preempts.
 */
export function scheduler(context: SimContext): Reconciler {
  const { api } = context;
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
          return freed ? waitingKeys(context) : [];
        },
      },
      {
        resource: "nodes",
        keys: ({ type, object, previous }) =>
          type === "MODIFIED" && previous && !nodeChanged(object, previous)
            ? []
            : waitingKeys(context),
      },
    ],
    reconcile(key) {
      const pod = api.get<Pod>("pods", key.namespace, key.name);
      if (!pod || !isWaiting(pod)) return;
      return schedule(context, pod);
    },
  };
}

function isWaiting(pod: Pod): boolean {
  return !pod.spec?.nodeName && !pod.metadata.deletionTimestamp && !isFinished(pod) &&
    (pod.spec?.schedulerName ?? "default-scheduler") === "default-scheduler" &&
    !(pod.spec as any)?.schedulingGates?.length;
}

function specChanged(a: KubeObject, b: KubeObject): boolean {
  return a.spec !== b.spec && JSON.stringify(a.spec) !== JSON.stringify(b.spec);
}

function nodeChanged(a: KubeObject, b: KubeObject): boolean {
  const facts = (node: KubeObject) =>
    JSON.stringify([node.spec, node.metadata.labels, node.status?.allocatable, isReady(node)]);
  return facts(a) !== facts(b);
}

function waitingKeys({ api }: SimContext) {
  return api.list<Pod>("pods").filter(isWaiting).map(keyOf);
}

function schedule(context: SimContext, pod: Pod): { requeueAfterMs?: number } | void {
  const { api } = context;
  const nodes = api.list("nodes");
  if (nodes.length === 0) return fail(context, pod, "no nodes available to schedule pods");
  const usage = usageOf(api.list<Pod>("pods"), nodes);
  const reasons = new Map<string, string[]>();
  const fitting: KubeObject[] = [];
  for (const node of nodes) {
    const why = filterNode(pod, node, usage.get(node.metadata.name)!, usage);
    if (why.length === 0) fitting.push(node);
    else reasons.set(node.metadata.name, why);
  }
  if (fitting.length === 0) {
    return fail(context, pod, fitError(nodes.length, [...reasons.values()]));
  }
  bind(context, pod, best(context, pod, fitting, usage).metadata.name);
}

/** The node with the fewest pods of the same owner, then with the most left to request. */
function best(
  { random }: SimContext,
  pod: Pod,
  nodes: readonly KubeObject[],
  usage: ReadonlyMap<string, NodeUsage>,
): KubeObject {
  const owner = controllerOf(pod)?.uid;
  const score = (node: KubeObject) => {
    const used = usage.get(node.metadata.name)!;
    const siblings = owner
      ? used.pods.filter((other) => controllerOf(other)?.uid === owner).length
      : 0;
    return used.freeShare(node) - siblings * 10;
  };
  const scores = nodes.map(score);
  const top = Math.max(...scores);
  const candidates = nodes.filter((_, i) => scores[i] === top);
  return candidates.length === 1 ? candidates[0] : random.pick(candidates);
}

function bind({ api, clock }: SimContext, pod: Pod, nodeName: string): void {
  const { namespace, name } = pod.metadata;
  const conditions = (pod.status?.conditions ?? []).filter(({ type }) => type !== "PodScheduled");
  api.patch("pods", namespace!, name, {
    spec: { nodeName },
    status: {
      conditions: [...conditions, {
        type: "PodScheduled",
        status: "True",
        observedGeneration: pod.metadata.generation,
        lastProbeTime: null,
        lastTransitionTime: timestamp(clock.now()),
      }],
    },
  }, { subresource: "binding" });
  const message = `Successfully assigned ${namespace}/${name} to ${nodeName}`;
  api.event(pod, { type: "Normal", reason: "Scheduled", message, component: COMPONENT });
}

function fail({ api, clock }: SimContext, pod: Pod, message: string) {
  const { namespace, name } = pod.metadata;
  api.event(pod, { type: "Warning", reason: "FailedScheduling", message, component: COMPONENT });
  const present = condition(pod, "PodScheduled");
  if (present?.status !== "False" || present.message !== message) {
    const others = (pod.status?.conditions ?? []).filter(({ type }) => type !== "PodScheduled");
    api.patch("pods", namespace!, name, {
      status: {
        conditions: [...others, {
          type: "PodScheduled",
          status: "False",
          observedGeneration: pod.metadata.generation,
          lastProbeTime: null,
          lastTransitionTime: present?.status === "False"
            ? present.lastTransitionTime
            : timestamp(clock.now()),
          reason: "Unschedulable",
          message,
        }],
      },
    }, { subresource: "status" });
  }
  return { requeueAfterMs: RETRY_MS };
}

/** Source: kubernetes pkg/scheduler/framework/types.go (FitError), preemption/preemption.go. */
function fitError(total: number, reasons: readonly string[][]): string {
  const histogram = (texts: readonly string[]) => {
    const counts = new Map<string, number>();
    for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
    return [...counts].map(([text, count]) => `${count} ${text}`).sort().join(", ");
  };
  const helpful = reasons.map((one) =>
    one.every(isPreemptable)
      ? "No preemption victims found for incoming pod"
      : "Preemption is not helpful for scheduling"
  );
  const head = `0/${total} nodes are available:`;
  return `${head} ${histogram(reasons.flat())}. no new claims to deallocate, ` +
    `preemption: ${head} ${histogram(helpful)}.`;
}
