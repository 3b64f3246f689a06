import {
  controllerOf,
  isApiError,
  isReady,
  type KubeObject,
  type models,
  type OwnerReference,
  pathOf,
  type Pod,
  scaledValue,
  selects,
} from "../../kube/mod.ts";
import { disruptionCondition } from "../disruptions.ts";
import { keyOf, type Reconciler } from "../reconcile.ts";
import type { SimApi, WatchEvent } from "../seams.ts";
import { canonical } from "./_objects.ts";
import type { PodContext } from "./_pod_index.ts";

const COMPONENT = "controllermanager";
const BUDGETS = "poddisruptionbudgets.policy";
/** How long an evicted pod may take to be deleted before it counts as healthy again. */
const DELETION_TIMEOUT_MS = 120_000;

/**
 * Keeps the status of PodDisruptionBudgets: how many of their pods may go now.
 * Source: kubernetes pkg/controller/disruption/disruption.go.
 */
export function disruptionController(context: PodContext): Reconciler {
  const { api } = context;
  return {
    name: "disruption-controller",
    watches: [
      { resource: BUDGETS },
      { resource: "pods", keys: (event) => budgetsOf(api, event).map(keyOf) },
    ],
    reconcile(key) {
      const budget = api.get(BUDGETS, key.namespace, key.name);
      if (budget && !budget.metadata.deletionTimestamp) return sync(context, budget);
    },
  };
}

function budgetsOf(api: SimApi, { object, previous }: WatchEvent<Pod>): KubeObject[] {
  const budgets = api.list(BUDGETS, { namespace: object.metadata.namespace });
  if (budgets.length === 0) return [];
  const facts = (pod: Pod) =>
    canonical([pod.metadata.labels, pod.metadata.deletionTimestamp, isReady(pod)]);
  if (previous && facts(previous) === facts(object)) return [];
  return budgets.filter(({ spec }) =>
    [object, previous].some((pod) => pod && selects(spec.selector, pod.metadata.labels))
  );
}

function sync(context: PodContext, budget: KubeObject): { requeueAfterMs?: number } | void {
  const { api, clock } = context;
  const { namespace } = budget.metadata;
  const pods = api.list<Pod>("pods", { namespace })
    .filter((pod) => selects(budget.spec.selector, pod.metadata.labels));
  const event = (type: "Normal" | "Warning", reason: string, message: string) =>
    api.event(budget, { type, reason, message, component: COMPONENT });
  if (pods.length === 0) event("Normal", "NoPods", "No matching pods found");
  let expected: Expected;
  try {
    expected = expectedPods(api, budget, pods);
  } catch (error) {
    if (!(error instanceof NoScaleError)) throw error;
    const { message } = error;
    const text = `Failed to calculate the number of expected pods: ${message}`;
    event("Warning", "CalculateExpectedPodCountFailed", text);
    return write(context, budget, { ...budget.status, disruptionsAllowed: 0 }, message);
  }
  if (expected.unmanaged) event("Warning", "UnmanagedPods", unmanagedText(budget));
  const { disrupted, nextMs } = disruptedPods(context, budget, pods);
  const currentHealthy =
    pods.filter((pod) =>
      !pod.metadata.deletionTimestamp && !(pod.metadata.name in disrupted) && isReady(pod)
    ).length;
  const { count, desiredHealthy } = expected;
  write(context, budget, {
    ...(Object.keys(disrupted).length > 0 ? { disruptedPods: disrupted } : {}),
    disruptionsAllowed: count > 0 ? Math.max(0, currentHealthy - desiredHealthy) : 0,
    currentHealthy,
    desiredHealthy,
    expectedPods: count,
    observedGeneration: budget.metadata.generation,
    ...(budget.status?.conditions ? { conditions: budget.status.conditions } : {}),
  });
  if (nextMs !== undefined) return { requeueAfterMs: Math.max(0, nextMs - clock.now()) };
}

function unmanagedText({ spec }: KubeObject): string {
  const labels = Object.entries(spec.selector?.matchLabels ?? {}).sort()
    .map(([key, value]) => `${key}:${value}`).join(" ");
  return "Pods selected by this PodDisruptionBudget (selector: " +
    `&LabelSelector{MatchLabels:map[string]string{${
      labels ? labels.replaceAll(":", ": ") + "," : ""
    }},` +
    "MatchExpressions:[]LabelSelectorRequirement{},}) were found to be unmanaged. As a result, the " +
    "status of the PDB cannot be calculated correctly, which may result in undefined behavior. To " +
    'account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.';
}

interface Expected {
  count: number;
  desiredHealthy: number;
  unmanaged: boolean;
}

/** A pod whose owner has no number of replicas. */
class NoScaleError extends Error {}

function expectedPods(api: SimApi, { spec }: KubeObject, pods: readonly Pod[]): Expected {
  const { minAvailable, maxUnavailable } = spec;
  if (maxUnavailable === undefined && typeof minAvailable !== "string") {
    return { count: pods.length, desiredHealthy: minAvailable ?? 0, unmanaged: false };
  }
  const scales = new Map<string, number>();
  let unmanaged = false;
  for (const pod of pods) {
    const owner = controllerOf(pod);
    if (!owner) unmanaged = true;
    else if (!scales.has(owner.uid)) {
      const [uid, scale] = scaleOf(api, pod, owner);
      scales.set(uid, scale);
    }
  }
  const count = [...scales.values()].reduce((sum, scale) => sum + scale, 0);
  const desiredHealthy = maxUnavailable !== undefined
    ? Math.max(0, count - scaledValue(maxUnavailable, count, true))
    : scaledValue(minAvailable, count, true);
  return { count, desiredHealthy, unmanaged };
}

/** The uid and size of what decides on the number of a pod's siblings. */
function scaleOf(api: SimApi, pod: Pod, owner: OwnerReference): [uid: string, scale: number] {
  const namespace = pod.metadata.namespace!;
  const resource = api.resourceFor(owner.apiVersion, owner.kind);
  const found = resource && api.get(resource, namespace, owner.name);
  if (!found || found.metadata.uid !== owner.uid) {
    throw new NoScaleError(`found no controllers for pod "${pod.metadata.name}"`);
  }
  const above = owner.kind === "ReplicaSet" ? controllerOf(found) : undefined;
  if (above?.kind === "Deployment") return scaleOf(api, pod, above);
  const [plural] = resource.split(".");
  const place = { namespace, name: owner.name, subresource: "scale" };
  try {
    const scale = api.raw(pathOf(`${owner.apiVersion}/${plural}`, place));
    return [owner.uid, scale.spec.replicas ?? 0];
  } catch (error) {
    if (!isApiError(error, 404, 405)) throw error;
    throw new NoScaleError(`${resource} does not implement the scale subresource`);
  }
}

/** Evicted pods that are still there and may yet go; until when the first of them may take. */
function disruptedPods({ api, clock }: PodContext, budget: KubeObject, pods: readonly Pod[]) {
  const disrupted: Record<string, string> = {};
  let nextMs: number | undefined;
  for (const pod of pods) {
    const at = budget.status?.disruptedPods?.[pod.metadata.name];
    if (pod.metadata.deletionTimestamp || at === undefined) continue;
    const endMs = Date.parse(at) + DELETION_TIMEOUT_MS;
    if (endMs < clock.now()) {
      const { namespace } = budget.metadata;
      const message =
        `Pod was expected by PDB ${namespace}/${namespace} to be deleted but it wasn't`;
      api.event(pod, { type: "Warning", reason: "NotDeleted", message, component: COMPONENT });
    } else {
      disrupted[pod.metadata.name] = at;
      nextMs = Math.min(nextMs ?? Infinity, endMs + 1);
    }
  }
  return { disrupted, nextMs };
}

function write(
  context: PodContext,
  budget: KubeObject,
  status: models.PodDisruptionBudgetStatus,
  failure?: string,
): void {
  const next = structuredClone({ ...budget, status });
  disruptionCondition(next, context.clock.now(), failure);
  if (canonical(next.status) === canonical(budget.status)) return;
  context.api.updateStatus(BUDGETS, next);
}
