import { rfc3339 } from "../../go/mod.ts";
import {
  conditionOf,
  isApiError,
  isFinished,
  type KubeObject,
  type models,
  type Node,
  type Pod,
} from "../../kube/mod.ts";
import { keyOf, type Reconciler } from "../reconcile.ts";
import { canonical } from "./_objects.ts";
import type { PodContext } from "./_pod_index.ts";

/** The taints that follow from a node's conditions; Source: node_lifecycle_controller.go. */
const BY_CONDITION: readonly [type: string, status: string, key: string][] = [
  ["Ready", "False", "node.kubernetes.io/not-ready"],
  ["Ready", "Unknown", "node.kubernetes.io/unreachable"],
  ["MemoryPressure", "True", "node.kubernetes.io/memory-pressure"],
  ["DiskPressure", "True", "node.kubernetes.io/disk-pressure"],
  ["PIDPressure", "True", "node.kubernetes.io/pid-pressure"],
  ["NetworkUnavailable", "True", "node.kubernetes.io/network-unavailable"],
];
const CORDON = "node.kubernetes.io/unschedulable";
const OWN_KEYS = new Set([CORDON, ...BY_CONDITION.map(([, , key]) => key)]);

/**
 * Taints nodes that are cordoned or in trouble, and calls the pods on them not ready.
 * Source: kubernetes pkg/controller/nodelifecycle/node_lifecycle_controller.go.
 */
export function nodeLifecycleController(context: PodContext): Reconciler {
  const { api, clock, pods } = context;
  const known = new Set(api.list("nodes").map(({ metadata }) => metadata.name));
  const tell = (node: KubeObject) => {
    const { name } = node.metadata;
    const isThere = api.get("nodes", "", name) !== undefined;
    if (known.has(name) === isThere) return;
    if (isThere) known.add(name);
    else known.delete(name);
    const [reason, what] = isThere
      ? ["RegisteredNode", `Registered Node ${name} in`]
      : ["RemovingNode", `Removing Node ${name} from`];
    const message = `Node ${name} event: ${what} Controller`;
    api.event(node, { type: "Normal", reason, message, component: "node-controller" });
  };
  return {
    name: "node-lifecycle-controller",
    watches: [{
      resource: "nodes",
      keys: ({ type, object, previous }) => {
        if (type !== "MODIFIED") clock.post(() => tell(object));
        const same = previous && canonical(facts(previous)) === canonical(facts(object));
        return type === "DELETED" || same ? [] : [keyOf(object)];
      },
    }],
    reconcile({ name }) {
      const node = api.get("nodes", "", name);
      if (!node) return;
      const taints = wantedTaints(node, rfc3339(clock.now()));
      if (canonical(taints) !== canonical(node.spec?.taints)) {
        api.patch("nodes", "", name, { spec: { taints: taints.length > 0 ? taints : null } });
      }
      // A node that has never said anything is not known to be in trouble.
      if ((conditionOf(node, "Ready")?.status ?? "True") === "True") return;
      pods.onNode(name).forEach((pod) => markNotReady(context, pod));
    },
  };
}

function facts({ spec, status }: Node): unknown {
  const conditions = (status?.conditions ?? []).map(({ type, status }) => [type, status]);
  return [spec?.unschedulable, spec?.taints, conditions];
}

function wantedTaints(node: KubeObject, now: string): models.Taint[] {
  const present: models.Taint[] = node.spec?.taints ?? [];
  const wanted: models.Taint[] = [];
  const add = (key: string, effect: models.Taint["effect"]) => {
    const known = present.find((taint) => taint.key === key && taint.effect === effect);
    wanted.push(known ?? { effect, key, timeAdded: now });
  };
  if (node.spec?.unschedulable) add(CORDON, "NoSchedule");
  for (const [type, status, key] of BY_CONDITION) {
    if (conditionOf(node, type)?.status !== status) continue;
    add(key, "NoSchedule");
    if (type === "Ready") add(key, "NoExecute");
  }
  return [...present.filter(({ key }) => !OWN_KEYS.has(key)), ...wanted];
}

function markNotReady({ api, clock }: PodContext, pod: Pod): void {
  const ready = conditionOf(pod, "Ready");
  if (ready?.status !== "True" || isFinished(pod)) return;
  const conditions = pod.status!.conditions!.map((one) =>
    one === ready ? { ...one, status: "False", lastTransitionTime: rfc3339(clock.now()) } : one
  );
  api.patch("pods", pod.metadata.namespace!, pod.metadata.name, { status: { conditions } }, {
    subresource: "status",
  });
  const message = "Node is not ready";
  const component = "node-controller";
  api.event(pod, { type: "Warning", reason: "NodeNotReady", message, component });
}

/** How long a node has to be missing before its pods are deleted. */
const QUARANTINE_MS = 40_000;

/**
 * Deletes the pods of nodes that are no more.
 * Source: kubernetes pkg/controller/podgc/gc_controller.go (gcOrphaned).
 */
export function podGarbageCollector({ api, clock, pods }: PodContext): Reconciler {
  const missingSince = new Map<string, number>();
  return {
    name: "pod-garbage-collector",
    watches: [
      { resource: "nodes", keys: ({ type, object }) => type === "DELETED" ? [keyOf(object)] : [] },
      {
        resource: "pods",
        keys: ({ type, object, previous }) => {
          const name = object.spec?.nodeName;
          const placed = type !== "DELETED" && name && name !== previous?.spec?.nodeName;
          return placed && !api.get("nodes", "", name) ? [{ namespace: "", name }] : [];
        },
      },
    ],
    reconcile({ name }) {
      if (api.get("nodes", "", name)) {
        missingSince.delete(name);
        return;
      }
      const sinceMs = missingSince.get(name) ?? clock.now();
      missingSince.set(name, sinceMs);
      const leftMs = sinceMs + QUARANTINE_MS - clock.now();
      if (leftMs > 0) return { requeueAfterMs: leftMs };
      for (const { metadata } of pods.onNode(name)) {
        try {
          api.delete("pods", metadata.namespace!, metadata.name, { gracePeriodSeconds: 0 });
        } catch (error) {
          if (!isApiError(error, 404)) throw error;
        }
      }
    },
  };
}
