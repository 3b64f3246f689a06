import {
  conditionOf,
  type DaemonSet,
  isReady,
  type KubeObject,
  type models,
  type Pod,
  scaledValue,
} from "../../kube/mod.ts";
import { keyOf, ownerKeys, type Reconciler } from "../reconcile.ts";
import type { PodContext } from "./_pod_index.ts";
import { matchesNodeAffinity, untolerated } from "../node_fit.ts";
import { availableAtMs, byCreation, canonical, isAvailable } from "./_objects.ts";
import { createPod, deletePod, podFromTemplate } from "./_pods.ts";
import { REVISION_HASH, syncRevisions, truncateRevisions } from "./_revisions.ts";

const COMPONENT = "daemonset-controller";

/** Tolerations every daemon pod has. Source: kubernetes pkg/controller/daemon/util/daemonset_util.go. */
const TOLERATIONS = ([
  ["node.kubernetes.io/not-ready", "NoExecute"],
  ["node.kubernetes.io/unreachable", "NoExecute"],
  ["node.kubernetes.io/disk-pressure", "NoSchedule"],
  ["node.kubernetes.io/memory-pressure", "NoSchedule"],
  ["node.kubernetes.io/pid-pressure", "NoSchedule"],
  ["node.kubernetes.io/unschedulable", "NoSchedule"],
] as const).map(([key, effect]): models.Toleration => ({ key, operator: "Exists", effect }));

/**
 * Keeps one pod of a DaemonSet on every node it fits.
 * Source: kubernetes pkg/controller/daemon/daemon_controller.go, update.go.
 */
export function daemonSetController(context: PodContext): Reconciler {
  const { api } = context;
  return {
    name: COMPONENT,
    watches: [
      { resource: "daemonsets.apps" },
      { resource: "pods", keys: ownerKeys("DaemonSet") },
      {
        resource: "nodes",
        keys: ({ type, object, previous }) => {
          const same = type === "MODIFIED" && previous &&
            canonical([object.spec, object.metadata.labels]) ===
              canonical([previous.spec, previous.metadata.labels]);
          return same ? [] : api.list("daemonsets.apps").map(keyOf);
        },
      },
    ],
    reconcile(key) {
      const set = api.get<DaemonSet>("daemonsets.apps", key.namespace, key.name);
      if (!set || set.metadata.deletionTimestamp) return;
      return sync(context, set);
    },
  };
}

function sync(context: PodContext, set: DaemonSet): { requeueAfterMs?: number } | void {
  const { api, clock } = context;
  const revisions = syncRevisions(api, set);
  const hash = revisions.update.metadata.labels![REVISION_HASH];
  const template = podFromTemplate(set, set.spec!.template, {});
  const nodes = api.list("nodes");
  const wanted = new Set(
    nodes.filter((node) => shouldRun(template, node)).map(({ metadata }) => metadata.name),
  );
  const state: DaemonState = { set, hash, wanted, nowMs: clock.now() };
  const surge = surgeOf(set, wanted.size);
  const waitMs = settle(context, state, surge > 0);
  if (set.spec?.updateStrategy?.type !== "OnDelete") {
    if (surge > 0) rollWithSurge(context, state, surge);
    else roll(context, state);
  }
  writeStatus(context, state);
  const live = new Set(
    [...podsByNode(context, set).values()].flat().map((pod) =>
      `${set.metadata.name}-${pod.metadata.labels?.[REVISION_HASH]}`
    ),
  ).add(revisions.update.metadata.name);
  truncateRevisions(api, set, revisions, live);
  if (waitMs > 0) return { requeueAfterMs: waitMs };
  return nextCheck(context, state);
}

/** What one pass works on. */
interface DaemonState {
  set: DaemonSet;
  hash: string;
  /** The names of the nodes that are to have a pod. */
  wanted: ReadonlySet<string>;
  nowMs: number;
}

function surgeOf(set: DaemonSet, total: number): number {
  if (set.spec?.updateStrategy?.type === "OnDelete") return 0;
  return scaledValue(set.spec?.updateStrategy?.rollingUpdate?.maxSurge, total, true);
}

/** How long a failed pod stays before it is replaced: 1 s, 2 s, up to 15 min; Source: failedPodsBackoff. */
const FIRST_FAILURE_MS = 1000;

/** Puts a pod on every node that lacks one, and takes away those that are too many or have ended. */
function settle(context: PodContext, state: DaemonState, surges: boolean): number {
  const { api } = context;
  const { set, hash, wanted, nowMs } = state;
  const byNode = podsByNode(context, set);
  const remove = (pod: Pod) => deletePod(api, set, pod, COMPONENT);
  let waitMs = 0;
  for (const node of wanted) {
    const pods = byNode.get(node) ?? [];
    const running: Pod[] = [];
    for (const pod of pods) {
      if (pod.metadata.deletionTimestamp) continue;
      const phase = pod.status?.phase;
      if (phase !== "Failed" && phase !== "Succeeded") running.push(pod);
      else {
        const leftMs = phase === "Failed" ? failureWaitMs(pod, nowMs) : 0;
        if (leftMs > 0) waitMs = waitMs === 0 ? leftMs : Math.min(waitMs, leftMs);
        else {
          tellEnded(context, set, pod, node);
          remove(pod);
        }
      }
    }
    const absent = surges ? running.length === 0 && waitMs === 0 : pods.length === 0;
    if (absent) createPod(api, set, daemonPod(set, node, hash), COMPONENT);
    running.sort(byCreation);
    if (!surges) running.slice(1).forEach(remove);
    else surplus(state, running).forEach(remove);
  }
  for (const [node, pods] of byNode) {
    if (wanted.has(node)) continue;
    pods.filter((pod) => !pod.metadata.deletionTimestamp).forEach(remove);
  }
  return waitMs;
}

function failureWaitMs(pod: Pod, nowMs: number): number {
  const changed = conditionOf(pod, "Ready");
  const atMs = Date.parse(changed?.lastTransitionTime ?? pod.metadata.creationTimestamp ?? "");
  return Math.max(0, atMs + FIRST_FAILURE_MS - nowMs);
}

function tellEnded({ api }: PodContext, set: DaemonSet, pod: Pod, node: string): void {
  const failed = isFailed(pod);
  const { namespace, name } = pod.metadata;
  const message =
    `Found ${failed ? "failed" : "succeeded"} daemon pod ${namespace}/${name} on node ` +
    `${node}, will try to ${failed ? "kill" : "delete"} it`;
  api.event(set, {
    type: failed ? "Warning" : "Normal",
    reason: failed ? "FailedDaemonPod" : "SucceededDaemonPod",
    message,
    component: COMPONENT,
  });
}

/** With surge a node may have one pod of each revision, until the new one serves. */
function surplus({ set, hash, nowMs }: DaemonState, running: readonly Pod[]): Pod[] {
  const isNew = (pod: Pod) => pod.metadata.labels?.[REVISION_HASH] === hash;
  const newest = running.find(isNew);
  const old = running.find((pod) => !isNew(pod));
  const out = running.filter((pod) => pod !== newest && pod !== old);
  if (!newest || !old) return out;
  const serves = isAvailable(newest, set.spec?.minReadySeconds ?? 0, nowMs);
  return !isReady(old) || serves ? [...out, old] : out;
}

/** Starts new pods beside old ones, `surge` at a time; an old one that does not serve is replaced at once. */
function rollWithSurge(context: PodContext, state: DaemonState, surge: number): void {
  const { set, hash, wanted, nowMs } = state;
  const minReadySeconds = set.spec?.minReadySeconds ?? 0;
  const byNode = podsByNode(context, set);
  let surging = 0;
  const urgent: string[] = [];
  const candidates: string[] = [];
  for (const node of wanted) {
    const pods = (byNode.get(node) ?? []).filter((pod) => !pod.metadata.deletionTimestamp);
    const old = pods.find((pod) => pod.metadata.labels?.[REVISION_HASH] !== hash);
    const fresh = pods.find((pod) => pod.metadata.labels?.[REVISION_HASH] === hash);
    if (!old) continue;
    if (fresh) surging++;
    else if (isAvailable(old, minReadySeconds, nowMs)) candidates.push(node);
    else urgent.push(node);
  }
  for (const node of [...urgent, ...candidates.slice(0, Math.max(0, surge - surging))]) {
    createPod(context.api, set, daemonPod(set, node, hash), COMPONENT);
  }
}

/** A pod becomes available by time alone when minReadySeconds is set. */
function nextCheck(
  context: PodContext,
  { set, nowMs }: DaemonState,
): { requeueAfterMs?: number } | void {
  const minReadySeconds = set.spec?.minReadySeconds ?? 0;
  if (minReadySeconds <= 0) return;
  const waits = context.pods.ownedBy(set.metadata.uid!)
    .map((pod) => (availableAtMs(pod, minReadySeconds) ?? 0) - nowMs)
    .filter((waitMs) => waitMs > 0);
  if (waits.length > 0) return { requeueAfterMs: Math.min(...waits) };
}

function shouldRun(template: Pod, node: KubeObject): boolean {
  const tolerations = [...template.spec?.tolerations ?? [], ...TOLERATIONS];
  return matchesNodeAffinity(template, node) &&
    !untolerated(tolerations, node, ["NoSchedule", "NoExecute"]);
}

function isFailed(pod: Pod): boolean {
  return pod.status?.phase === "Failed";
}

function podsByNode({ pods }: PodContext, set: DaemonSet): Map<string, Pod[]> {
  const out = new Map<string, Pod[]>();
  for (const pod of pods.ownedBy(set.metadata.uid!)) {
    const node = pod.spec?.nodeName || targetOf(pod);
    out.set(node, [...out.get(node) ?? [], pod]);
  }
  return out;
}

/** The node that a daemon pod's affinity names. */
function targetOf(pod: Pod): string {
  const terms = pod.spec?.affinity?.nodeAffinity
    ?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  return terms[0]?.matchFields?.[0]?.values?.[0] ?? "";
}

function daemonPod(set: DaemonSet, node: string, hash: string): Pod {
  const pod = podFromTemplate(set, set.spec!.template, {
    generateName: `${set.metadata.name}-`,
  });
  pod.metadata.labels = {
    ...pod.metadata.labels,
    [REVISION_HASH]: hash,
    "pod-template-generation":
      set.metadata.annotations?.["deprecated.daemonset.template.generation"] ?? "1",
  };
  const spec = pod.spec!;
  const onNode: models.NodeSelectorTerm = {
    matchFields: [{ key: "metadata.name", operator: "In", values: [node] }],
  };
  spec.affinity = {
    ...spec.affinity,
    nodeAffinity: {
      ...spec.affinity?.nodeAffinity,
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [onNode] },
    },
  };
  const network: models.Toleration = {
    key: "node.kubernetes.io/network-unavailable",
    operator: "Exists",
    effect: "NoSchedule",
  };
  spec.tolerations = [
    ...spec.tolerations ?? [],
    ...TOLERATIONS,
    ...(spec.hostNetwork ? [network] : []),
  ];
  return pod;
}

/** Replaces outdated pods, as many at a time as `maxUnavailable` lets. */
function roll(context: PodContext, { set, hash, wanted, nowMs }: DaemonState): void {
  const { maxUnavailable = 1 } = set.spec?.updateStrategy?.rollingUpdate ?? {};
  const limit = Math.max(1, scaledValue(maxUnavailable, wanted.size, true));
  const minReadySeconds = set.spec?.minReadySeconds ?? 0;
  const byNode = podsByNode(context, set);
  let unavailable = 0;
  const outdated: Pod[] = [];
  for (const node of wanted) {
    const pod = byNode.get(node)?.find((one) => !one.metadata.deletionTimestamp);
    const available = pod && isAvailable(pod, minReadySeconds, nowMs);
    if (!available) unavailable++;
    if (!pod || pod.metadata.labels?.[REVISION_HASH] === hash) continue;
    // Replacing what does not serve anyway costs no availability.
    if (!available) deletePod(context.api, set, pod, COMPONENT);
    else outdated.push(pod);
  }
  for (const pod of outdated.slice(0, Math.max(0, limit - unavailable))) {
    deletePod(context.api, set, pod, COMPONENT);
  }
}

function writeStatus(context: PodContext, { set, hash, wanted, nowMs }: DaemonState): void {
  const { api } = context;
  const minReadySeconds = set.spec?.minReadySeconds ?? 0;
  const counts = { current: 0, ready: 0, available: 0, updated: 0, misscheduled: 0 };
  for (const [node, pods] of podsByNode(context, set)) {
    const running = [...pods].sort(byCreation).filter((one) => !one.metadata.deletionTimestamp);
    if (running.length === 0) continue;
    if (!wanted.has(node)) {
      counts.misscheduled++;
      continue;
    }
    counts.current++;
    // The oldest pod of a node speaks for it.
    const [pod] = running;
    if (isReady(pod)) counts.ready++;
    if (isAvailable(pod, minReadySeconds, nowMs)) counts.available++;
    if (pod.metadata.labels?.[REVISION_HASH] === hash) counts.updated++;
  }
  const unavailable = wanted.size - counts.available;
  const status: models.DaemonSetStatus = {
    currentNumberScheduled: counts.current,
    numberMisscheduled: counts.misscheduled,
    desiredNumberScheduled: wanted.size,
    numberReady: counts.ready,
    observedGeneration: set.metadata.generation,
    ...(counts.updated ? { updatedNumberScheduled: counts.updated } : {}),
    ...(counts.available ? { numberAvailable: counts.available } : {}),
    ...(unavailable ? { numberUnavailable: unavailable } : {}),
  };
  if (canonical(set.status) === canonical(status)) return;
  const { namespace, name } = set.metadata;
  const present = api.get<DaemonSet>("daemonsets.apps", namespace!, name);
  if (present) api.updateStatus("daemonsets.apps", { ...structuredClone(present), status });
}
