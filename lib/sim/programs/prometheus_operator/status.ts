import { conditionOf, isReady, type KubeObject, type Pod } from "../../../kube/mod.ts";
import type { SimApi } from "../../seams.ts";
import { prefixedName, selectorLabels, shardCount } from "./names.ts";

interface Condition {
  type: string;
  status: "True" | "False" | "Degraded" | "Unknown";
  reason: string;
  message: string;
  lastTransitionTime: string;
  observedGeneration?: number;
}

/** How the last reconciliation of an object went. */
export interface Reconciled {
  error?: string;
  reason?: string;
  message?: string;
}

/**
 * The status of a Prometheus, from its StatefulSet and pods.
 * Source: prometheus-operator/prometheus-operator pkg/prometheus/operator.go (StatusReporter),
 * pkg/operator/statefulset_reporter.go.
 */
export function prometheusStatus(
  kube: SimApi,
  prometheus: KubeObject,
  reconciled: Reconciled,
  now: string,
): Record<string, unknown> {
  const { namespace = "", name, generation } = prometheus.metadata;
  const selector = selectorLabels(name);
  const statefulSet = kube.get("statefulsets.apps", namespace, prefixedName(prometheus));
  const pods = statefulSet
    ? kube.list<Pod>("pods", { namespace, labelSelector: { matchLabels: selector } })
    : [];
  const revision = statefulSet?.status?.updateRevision;
  const updated = pods.filter((pod) =>
    revision === undefined || pod.metadata.labels?.["controller-revision-hash"] === revision
  );
  const ready = pods.filter(isReady);
  const counts = {
    replicas: pods.length,
    updatedReplicas: updated.length,
    availableReplicas: ready.length,
    unavailableReplicas: pods.length - ready.length,
  };
  const available = availability(prometheus, statefulSet, pods, ready.length, updated);
  const conditions: Omit<Condition, "lastTransitionTime">[] = [
    { type: "Available", ...available, observedGeneration: generation },
    {
      type: "Reconciled",
      status: reconciled.error === undefined ? "True" : "False",
      reason: reconciled.error === undefined ? reconciled.reason ?? "" : "ReconciliationFailed",
      message: reconciled.error ?? reconciled.message ?? "",
      observedGeneration: generation,
    },
  ];
  return {
    paused: prometheus.spec?.paused ?? false,
    ...counts,
    shardStatuses: [{ shardID: "0", ...counts }],
    shards: shardCount(prometheus.spec ?? {}),
    selector: Object.entries(selector).map(([key, value]) => `${key}=${value}`).sort().join(","),
    conditions: conditions.map((one) => withTransition(one, prometheus.status?.conditions, now)),
  };
}

function availability(
  prometheus: KubeObject,
  statefulSet: KubeObject | undefined,
  pods: readonly Pod[],
  ready: number,
  updated: readonly Pod[],
): Pick<Condition, "status" | "reason" | "message"> {
  const { namespace, metadata } = { namespace: prometheus.metadata.namespace, ...prometheus };
  if (!statefulSet) {
    return {
      status: "False",
      reason: "StatefulSetNotFound",
      message: `shard 0: statefulset ${namespace}/prometheus-${metadata.name} not found`,
    };
  }
  const expected = prometheus.spec?.replicas ?? 1;
  const updatedReady = updated.filter((pod) => podMessage(pod) === "").length;
  if (updatedReady >= expected && ready >= expected) {
    return { status: "True", reason: "", message: "" };
  }
  const messages = pods.map((pod) => [pod.metadata.name, podMessage(pod)])
    .filter(([, message]) => message !== "")
    .map(([name, message]) => `shard 0: pod ${name}: ${message}`);
  return {
    status: ready === 0 ? "False" : "Degraded",
    reason: ready === 0 ? "NoPodReady" : "SomePodsNotReady",
    message: messages.join("\n"),
  };
}

/** Why a pod is not ready, as its own condition tells. */
function podMessage(pod: Pod): string {
  for (const type of ["Initialized", "ContainersReady", "PodScheduled", "Ready"]) {
    const condition = conditionOf(pod, type);
    if (condition && condition.status !== "True" && condition.message) return condition.message;
  }
  return "";
}

function withTransition(
  condition: Omit<Condition, "lastTransitionTime">,
  before: readonly Condition[] | undefined,
  now: string,
): Condition {
  const old = before?.find(({ type }) => type === condition.type);
  return {
    ...condition,
    lastTransitionTime: old && old.status === condition.status ? old.lastTransitionTime : now,
  };
}
