import { rfc3339 } from "../../go/mod.ts";
import {
  conditionOf,
  controllerOf,
  isFinished,
  isReady,
  type models,
  type Pod,
  type ReplicaSet,
  selects,
} from "../../kube/mod.ts";
import { type Key, keyOf, ownerKeys, type Reconciler } from "../reconcile.ts";
import type { SimApi, WatchEvent } from "../seams.ts";
import { availableAtMs, canonical, isActive, isAvailable } from "./_objects.ts";
import type { PodContext } from "./_pod_index.ts";
import {
  claimPods,
  createPod,
  deletePod,
  podFromTemplate,
  rankForDeletion,
  relatedPods,
  selectorOf,
} from "./_pods.ts";

/** What a ReplicaSet and a ReplicationController differ in. */
interface Kind {
  kind: "ReplicaSet" | "ReplicationController";
  resource: string;
  component: string;
}

/** Keeps the wanted number of pods of a ReplicaSet. */
export function replicaSetController(context: PodContext): Reconciler {
  return controllerFor(context, {
    kind: "ReplicaSet",
    resource: "replicasets.apps",
    component: "replicaset-controller",
  });
}

/**
 * The same for a ReplicationController, whose selector is a map.
 * Source: kubernetes pkg/controller/replication/replication_controller.go.
 */
export function replicationController(context: PodContext): Reconciler {
  return controllerFor(context, {
    kind: "ReplicationController",
    resource: "replicationcontrollers",
    component: "replication-controller",
  });
}

/** Source: kubernetes pkg/controller/replicaset/replica_set.go. */
function controllerFor(context: PodContext, { kind, resource, component }: Kind): Reconciler {
  const { api, clock } = context;
  return {
    name: component,
    watches: [
      { resource },
      { resource: "pods", keys: (event) => podKeys(api, { kind, resource }, event) },
    ],
    reconcile(key) {
      const replicaSet = api.get<ReplicaSet>(resource, key.namespace, key.name);
      if (!replicaSet) return;
      const pods = claimPods(context, replicaSet);
      const active = pods.filter(isActive);
      let failure: Error | undefined;
      if (!replicaSet.metadata.deletionTimestamp) {
        failure = manage(active, replicaSet);
      }
      const current = failure ? active : claimPods(context, replicaSet);
      writeStatus(replicaSet, current, failure);
      if (failure) throw failure;
      return nextCheck(replicaSet, current);
    },
  };

  /** Creates or deletes until the count is right. Gives the error that stopped it. */
  function manage(active: Pod[], replicaSet: ReplicaSet): Error | undefined {
    const missing = (replicaSet.spec?.replicas ?? 1) - active.length;
    const { labels } = replicaSet.spec?.template?.metadata ?? {};
    // Validation lets no such thing in any more: its pods would never be its own, and made without end.
    if (missing > 0 && !selects(selectorOf(replicaSet), labels)) return;
    try {
      if (missing > 0) {
        for (let i = 0; i < missing; i++) {
          const names = { generateName: `${replicaSet.metadata.name}-` };
          const pod = podFromTemplate(replicaSet, replicaSet.spec?.template ?? {}, names);
          createPod(api, replicaSet, pod, component);
        }
      } else if (missing < 0) {
        const ranked = rankForDeletion(active, relatedPods(context, replicaSet), clock.now());
        for (const pod of ranked.slice(0, -missing)) {
          deletePod(api, replicaSet, pod, component);
        }
      }
    } catch (error) {
      if (!(error instanceof Error) || error.name !== "ApiError") throw error;
      return error;
    }
  }

  function writeStatus(replicaSet: ReplicaSet, pods: Pod[], failure: Error | undefined): void {
    const active = pods.filter(isActive);
    const template = replicaSet.spec!.template?.metadata?.labels ?? {};
    const minReadySeconds = replicaSet.spec?.minReadySeconds ?? 0;
    const available = active.filter((pod) => isAvailable(pod, minReadySeconds, clock.now()));
    const labeled = active.filter((pod) => selects({ matchLabels: template }, pod.metadata.labels));
    const terminating = pods.filter((pod) => pod.metadata.deletionTimestamp && !isFinished(pod));
    const ready = active.filter(isReady).length;
    const status: models.ReplicaSetStatus = {
      replicas: active.length,
      ...(labeled.length > 0 ? { fullyLabeledReplicas: labeled.length } : {}),
      ...(ready > 0 ? { readyReplicas: ready } : {}),
      ...(available.length > 0 ? { availableReplicas: available.length } : {}),
      ...(kind === "ReplicaSet" ? { terminatingReplicas: terminating.length } : {}),
      observedGeneration: replicaSet.metadata.generation,
    };
    const conditions = failureConditions(replicaSet, active.length, failure);
    if (conditions.length > 0) status.conditions = conditions;
    const present: ReplicaSet | undefined = api.get(
      resource,
      replicaSet.metadata.namespace!,
      replicaSet.metadata.name,
    );
    if (!present || canonical(present.status) === canonical(status)) return;
    api.updateStatus(resource, { ...structuredClone(present), status });
  }

  function failureConditions(
    replicaSet: ReplicaSet,
    count: number,
    failure?: Error,
  ): models.ReplicaSetCondition[] {
    const others = (replicaSet.status?.conditions ?? [])
      .filter((one) => one.type !== "ReplicaFailure");
    if (!failure) return others;
    const known = conditionOf(replicaSet, "ReplicaFailure");
    return [
      ...others,
      known ?? {
        type: "ReplicaFailure",
        status: "True",
        lastTransitionTime: rfc3339(clock.now()),
        reason: count < (replicaSet.spec?.replicas ?? 1) ? "FailedCreate" : "FailedDelete",
        message: failure.message,
      },
    ];
  }

  /** A pod becomes available by time alone when minReadySeconds is set. */
  function nextCheck(replicaSet: ReplicaSet, pods: Pod[]): { requeueAfterMs?: number } | void {
    const minReadySeconds = replicaSet.spec?.minReadySeconds ?? 0;
    if (minReadySeconds <= 0) return;
    const waits = pods.map((pod) => availableAtMs(pod, minReadySeconds))
      .filter((atMs) => atMs !== undefined)
      .map((atMs) => atMs - clock.now())
      .filter((waitMs) => waitMs > 0);
    if (waits.length > 0) return { requeueAfterMs: Math.min(...waits) };
  }
}

/** The ReplicaSet that owns a pod, or owned it before; for an orphan, those that would have it. */
function podKeys(
  api: SimApi,
  { kind, resource }: Pick<Kind, "kind" | "resource">,
  event: WatchEvent,
): Key[] {
  const owners = ownerKeys(kind);
  const keys = owners(event);
  if (event.previous) keys.push(...owners({ ...event, object: event.previous }));
  if (!controllerOf(event.object) && event.type !== "DELETED") {
    const { namespace, labels } = event.object.metadata;
    if (!labels) return keys;
    for (const replicaSet of api.list<ReplicaSet>(resource, { namespace })) {
      if (selects(selectorOf(replicaSet), labels)) keys.push(keyOf(replicaSet));
    }
  }
  return keys;
}
