import type { DaemonSet, KubeObject, Pod } from "../../kube/mod.ts";
import { keyOf, ownerKeys, type Reconciler } from "../reconcile.ts";
import type { PodContext } from "./_pod_index.ts";
import { matchesNodeAffinity, untolerated } from "./_node_fit.ts";
import { byCreation, canonical, isAvailable, isReady, scaledValue } from "./_objects.ts";
import { createPod, deletePod, podFromTemplate } from "./_pods.ts";
import { REVISION_HASH, syncRevisions, truncateRevisions } from "./_revisions.ts";

const COMPONENT = "daemonset-controller";

/** Tolerations every daemon pod has. Source: kubernetes pkg/controller/daemon/util/daemonset_util.go. */
const TOLERATIONS = [
  ["node.kubernetes.io/not-ready", "NoExecute"],
  ["node.kubernetes.io/unreachable", "NoExecute"],
  ["node.kubernetes.io/disk-pressure", "NoSchedule"],
  ["node.kubernetes.io/memory-pressure", "NoSchedule"],
  ["node.kubernetes.io/pid-pressure", "NoSchedule"],
  ["node.kubernetes.io/unschedulable", "NoSchedule"],
].map(([key, effect]) => ({ key, operator: "Exists", effect }));

/**
 * Keeps one pod of a DaemonSet on every node it fits.
 * Source: kubernetes pkg/controller/daemon/daemon_controller.go, update.go.
 * Differs: rolling updates replace, and never surge.
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
  const { api } = context;
  const revisions = syncRevisions(api, set);
  const hash = revisions.update.metadata.labels![REVISION_HASH];
  const nodes = api.list("nodes");
  const template = podFromTemplate(set, set.spec!.template, {});
  const wanted = nodes.filter((node) => shouldRun(template, node));
  const byNode = podsByNode(context, set);
  for (const node of wanted) {
    const pods = byNode.get(node.metadata.name) ?? [];
    const [kept, ...extra] = pods.filter((pod) => !pod.metadata.deletionTimestamp).sort(byCreation);
    extra.forEach((pod) => deletePod(api, set, pod, COMPONENT));
    if (kept && isFailed(kept)) {
      const { namespace, name } = kept.metadata;
      const message =
        `Found failed daemon pod ${namespace}/${name} on node ${node.metadata.name}, ` +
        "will try to kill it";
      api.event(set, { type: "Warning", reason: "FailedDaemonPod", message, component: COMPONENT });
      deletePod(api, set, kept, COMPONENT);
    } else if (pods.length === 0) {
      createPod(api, set, daemonPod(set, node.metadata.name, hash), COMPONENT);
    }
  }
  const wantedNames = new Set(wanted.map((node) => node.metadata.name));
  for (const [node, pods] of byNode) {
    if (wantedNames.has(node)) continue;
    pods.filter((pod) => !pod.metadata.deletionTimestamp)
      .forEach((pod) => deletePod(api, set, pod, COMPONENT));
  }
  roll(context, set, hash, wanted);
  writeStatus(context, set, hash, wantedNames);
  const live = new Set(
    [...podsByNode(context, set).values()].flat().map((pod) =>
      `${set.metadata.name}-${pod.metadata.labels?.[REVISION_HASH]}`
    ),
  ).add(revisions.update.metadata.name);
  truncateRevisions(api, set, revisions, live);
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
    "pod-template-generation": String(set.metadata.generation),
  };
  const spec: any = pod.spec;
  const onNode = { matchFields: [{ key: "metadata.name", operator: "In", values: [node] }] };
  spec.affinity = {
    ...spec.affinity,
    nodeAffinity: {
      ...spec.affinity?.nodeAffinity,
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [onNode] },
    },
  };
  const network = { key: "node.kubernetes.io/network-unavailable", operator: "Exists" };
  spec.tolerations = [
    ...spec.tolerations ?? [],
    ...TOLERATIONS,
    ...(spec.hostNetwork ? [{ ...network, effect: "NoSchedule" }] : []),
  ];
  return pod;
}

/** Replaces outdated pods, as many at a time as `maxUnavailable` lets. */
function roll(context: PodContext, set: DaemonSet, hash: string, wanted: KubeObject[]): void {
  const strategy = set.spec?.updateStrategy;
  if (strategy?.type === "OnDelete") return;
  const total = wanted.length;
  const limit = Math.max(1, scaledValue(strategy?.rollingUpdate?.maxUnavailable ?? 1, total, true));
  const minReadySeconds = set.spec?.minReadySeconds ?? 0;
  const byNode = podsByNode(context, set);
  let unavailable = 0;
  const outdated: Pod[] = [];
  for (const node of wanted) {
    const pod = byNode.get(node.metadata.name)?.find((one) => !one.metadata.deletionTimestamp);
    const available = pod && isAvailable(pod, minReadySeconds, context.clock.now());
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

function writeStatus(
  context: PodContext,
  set: DaemonSet,
  hash: string,
  wanted: ReadonlySet<string>,
): void {
  const { api, clock } = context;
  const minReadySeconds = set.spec?.minReadySeconds ?? 0;
  const counts = { current: 0, ready: 0, available: 0, updated: 0, misscheduled: 0 };
  for (const [node, pods] of podsByNode(context, set)) {
    const pod = [...pods].sort(byCreation).find((one) => !one.metadata.deletionTimestamp);
    if (!pod) continue;
    if (!wanted.has(node)) {
      counts.misscheduled++;
      continue;
    }
    counts.current++;
    if (isReady(pod)) counts.ready++;
    if (isAvailable(pod, minReadySeconds, clock.now())) counts.available++;
    if (pod.metadata.labels?.[REVISION_HASH] === hash) counts.updated++;
  }
  const unavailable = wanted.size - counts.available;
  const status: any = {
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
