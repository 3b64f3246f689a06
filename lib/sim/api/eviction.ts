import { type Clock } from "../../base/mod.ts";
import { ApiError, conditionOf, isReady, type KubeObject, selects } from "../../kube/mod.ts";
import { disruptionCondition } from "../disruptions.ts";
import type { ResourceServer } from "./resource_server.ts";
import type { DeleteOptions } from "./write_options.ts";
import type { ResourceType } from "./resources.ts";

const BUDGETS = "poddisruptionbudgets.policy";
const TOO_MANY = "Cannot evict pod as it would violate the pod's disruption budget.";

/** Which pod is to be evicted, and how. */
export interface Eviction {
  namespace: string;
  name: string;
  options: DeleteOptions;
}

/**
 * Deletes a pod if its disruption budget has room for it, which it then has no more.
 * Errors: ApiError; TooManyRequests when the budget has none.
 * Source: kubernetes/kubernetes pkg/registry/core/pod/storage/eviction.go.
 */
export function evict(
  server: ResourceServer,
  clock: Clock,
  pods: ResourceType,
  { namespace, name, options }: Eviction,
): void {
  const pod = server.get(pods, namespace, name);
  const { phase } = pod.status ?? {};
  const over = ["Succeeded", "Failed", "Pending"].includes(phase) || pod.metadata.deletionTimestamp;
  if (!over) spend(server, clock, pod, options);
  if (!options.dryRun) markDisrupted(server, pods, pod);
  server.delete(pods, namespace, name, options);
}

function spend(
  server: ResourceServer,
  clock: Clock,
  pod: KubeObject,
  { dryRun }: DeleteOptions,
): void {
  const { namespace, name, labels } = pod.metadata;
  const budgets = server.store.list(BUDGETS, namespace)
    .filter(({ spec }) => spec.selector && selects(spec.selector, labels));
  if (budgets.length > 1) {
    throw new ApiError(
      500,
      "",
      "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.",
    );
  }
  const [budget] = budgets;
  if (!budget) return;
  const { status = {}, spec } = budget;
  if (!isReady(pod)) {
    const guarded = status.currentHealthy >= status.desiredHealthy && status.desiredHealthy > 0;
    if (spec.unhealthyPodEvictionPolicy === "AlwaysAllow" || guarded) return;
  }
  refuseWithoutRoom(budget);
  if (dryRun) return;
  const next = structuredClone(budget);
  next.status.disruptionsAllowed--;
  next.status.disruptedPods = { ...status.disruptedPods, [name]: server.timestamp() };
  disruptionCondition(next, clock.now());
  server.store.put(BUDGETS, next);
}

function refuseWithoutRoom({ metadata, status = {} }: KubeObject): void {
  const { name, generation = 0 } = metadata;
  const refuse = (message: string, retryAfterSeconds?: number) =>
    new ApiError(429, "TooManyRequests", TOO_MANY, {
      ...(retryAfterSeconds ? { retryAfterSeconds } : {}),
      causes: [{ reason: "DisruptionBudget", message }],
    });
  if ((status.observedGeneration ?? 0) < generation) {
    throw refuse(`The disruption budget ${name} is still being processed by the server.`, 10);
  }
  if (status.disruptionsAllowed > 0) return;
  const condition = conditionOf({ status }, "DisruptionAllowed");
  const head = `The disruption budget ${name}`;
  if (condition?.reason === "SyncFailed") {
    throw refuse(
      `${head} does not allow evicting pods currently because it failed sync: ${condition.message}`,
    );
  }
  const { currentHealthy, desiredHealthy } = status;
  throw refuse(
    currentHealthy <= desiredHealthy
      ? `${head} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`
      : `${head} does not allow evicting pods currently`,
  );
}

function markDisrupted(server: ResourceServer, pods: ResourceType, pod: KubeObject): void {
  const next = structuredClone(pod);
  next.status.conditions = [
    ...(pod.status.conditions ?? []).filter(({ type }: { type: string }) =>
      type !== "DisruptionTarget"
    ),
    {
      type: "DisruptionTarget",
      status: "True",
      lastProbeTime: null,
      lastTransitionTime: server.timestamp(),
      reason: "EvictionByEvictionAPI",
      message: "Eviction API: evicting",
    },
  ];
  server.update(pods, next, { subresource: "status" });
}
