import { rfc3339 } from "../../go/mod.ts";
import {
  isApiError,
  isFinished,
  type KubeObject,
  type models,
  type Node,
  type Pod,
} from "../../kube/mod.ts";
import { keyOf, nameOf, type Reconciler } from "../reconcile.ts";
import { tolerates } from "../node_fit.ts";
import { canonical } from "./_objects.ts";
import type { PodContext } from "./_pod_index.ts";

const COMPONENT = "taint-eviction-controller";

/**
 * Deletes pods from nodes with NoExecute taints that they do not tolerate, or no longer.
 * Source: kubernetes pkg/controller/tainteviction/taint_eviction.go.
 */
export function taintEvictionController(context: PodContext): Reconciler {
  const { api, clock, pods } = context;
  /** Since when each pod has been waiting for its tolerations to run out. */
  const since = new Map<string, number>();
  return {
    name: COMPONENT,
    subject: (key) => nameOf("pods", key),
    watches: [
      {
        resource: "nodes",
        keys: ({ type, object, previous }) => {
          if (type === "DELETED" || (!previous && !hasNoExecute(object))) return [];
          const same = previous && canonical(noExecute(previous)) === canonical(noExecute(object));
          return same ? [] : pods.onNode(object.metadata.name).map(keyOf);
        },
      },
      {
        resource: "pods",
        keys: ({ type, object, previous }) => {
          if (type === "DELETED") {
            since.delete(object.metadata.uid!);
            return [];
          }
          const { nodeName, tolerations } = object.spec ?? {};
          const same = previous && nodeName === previous.spec?.nodeName &&
            canonical(tolerations) === canonical(previous.spec?.tolerations);
          if (same || !nodeName) return [];
          const node = api.get("nodes", "", nodeName);
          return node && hasNoExecute(node) ? [keyOf(object)] : [];
        },
      },
    ],
    reconcile(key) {
      const pod = api.get<Pod>("pods", key.namespace, key.name);
      const node = pod?.spec?.nodeName && api.get("nodes", "", pod.spec.nodeName);
      if (!pod || !node || pod.metadata.deletionTimestamp || isFinished(pod)) return;
      const uid = pod.metadata.uid!;
      const leftMs = remainingMs(pod, node, clock.now() - (since.get(uid) ?? clock.now()));
      if (leftMs === Infinity) {
        if (since.delete(uid)) tell(pod, "Cancelling deletion of");
        return;
      }
      if (leftMs <= 0) return evict(pod);
      if (!since.has(uid)) since.set(uid, clock.now());
      return { requeueAfterMs: leftMs };
    },
  };

  function tell({ metadata }: Pod, what: string): void {
    const { namespace, name } = metadata;
    const reference = { apiVersion: "v1", kind: "Pod", metadata: { namespace, name } };
    const message = `${what} Pod ${namespace}/${name}`;
    const reason = "TaintManagerEviction";
    api.event(reference, { type: "Normal", reason, message, component: COMPONENT });
  }

  function evict(pod: Pod): void {
    const { namespace, name, generation } = pod.metadata;
    tell(pod, "Marking for deletion");
    const others = (pod.status?.conditions ?? []).filter(({ type }) => type !== "DisruptionTarget");
    const condition = {
      type: "DisruptionTarget",
      status: "True",
      observedGeneration: generation,
      lastProbeTime: null,
      lastTransitionTime: rfc3339(clock.now()),
      reason: "DeletionByTaintManager",
      message: "Taint manager: deleting due to NoExecute taint",
    };
    try {
      api.patch("pods", namespace!, name, { status: { conditions: [...others, condition] } }, {
        subresource: "status",
      });
      api.delete("pods", namespace!, name);
    } catch (error) {
      if (!isApiError(error, 404)) throw error;
    }
  }
}

function noExecute(node: Node): models.Taint[] {
  return (node.spec?.taints ?? []).filter(({ effect }) => effect === "NoExecute");
}

function hasNoExecute(node: KubeObject): boolean {
  return noExecute(node).length > 0;
}

/** How long a pod may stay when it has tolerated the taints of a node for `elapsedMs`. */
function remainingMs(pod: Pod, node: KubeObject, elapsedMs: number): number {
  const tolerations = pod.spec?.tolerations ?? [];
  let least = Infinity;
  for (const taint of noExecute(node)) {
    const fitting = tolerations.filter((one) => tolerates(one, taint));
    if (fitting.length === 0) return 0;
    for (const { tolerationSeconds } of fitting) {
      if (tolerationSeconds === undefined) continue;
      least = Math.min(least, Math.max(0, tolerationSeconds * 1000 - elapsedMs));
    }
  }
  return least;
}
