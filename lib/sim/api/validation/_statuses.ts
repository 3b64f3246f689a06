import type { KubeObject } from "../../../kube/mod.ts";
import type { Causes } from "./_causes.ts";

/** How the numbers of a kind's status hang together. */
interface StatusRules {
  /** Those that may not be below 0, in upstream's order. */
  counts: readonly string[];
  /** Those that `replicas` bounds. */
  within?: readonly string[];
  /** What upstream calls `readyReplicas` when more are available than ready. */
  ready?: string;
}

const READY = "readyReplicas";
const REPLICA_SET: StatusRules = {
  counts: [
    "replicas",
    "fullyLabeledReplicas",
    READY,
    "availableReplicas",
    "observedGeneration",
    "terminatingReplicas",
  ],
  within: ["fullyLabeledReplicas", READY, "availableReplicas"],
  ready: READY,
};

/**
 * Source: kubernetes/kubernetes pkg/apis/apps/validation/validation.go, pkg/apis/core/validation/validation.go
 * (ValidateReplicationControllerStatus), pkg/apis/autoscaling/validation/validation.go.
 */
const STATUSES: Readonly<Record<string, StatusRules>> = {
  "deployments.apps": {
    counts: [
      "observedGeneration",
      "replicas",
      "updatedReplicas",
      READY,
      "availableReplicas",
      "unavailableReplicas",
      "terminatingReplicas",
      "collisionCount",
    ],
    within: ["updatedReplicas", READY, "availableReplicas"],
    ready: READY,
  },
  "replicasets.apps": REPLICA_SET,
  replicationcontrollers: REPLICA_SET,
  "statefulsets.apps": {
    counts: [
      "replicas",
      READY,
      "currentReplicas",
      "updatedReplicas",
      "availableReplicas",
      "observedGeneration",
      "collisionCount",
    ],
    within: [READY, "currentReplicas", "updatedReplicas", "availableReplicas"],
    ready: `status.${READY}`,
  },
  "daemonsets.apps": {
    counts: [
      "currentNumberScheduled",
      "numberMisscheduled",
      "desiredNumberScheduled",
      "numberReady",
      "observedGeneration",
      "updatedNumberScheduled",
      "numberAvailable",
      "numberUnavailable",
      "collisionCount",
    ],
  },
  "horizontalpodautoscalers.autoscaling": { counts: ["currentReplicas", "desiredReplicas"] },
};

/** The status that somebody outside writes. */
export function checkStatus(
  causes: Causes,
  resource: string,
  { status = {} }: KubeObject,
  previous: KubeObject,
): void {
  const rules = STATUSES[resource];
  if (!rules) return;
  const { counts, within = [], ready } = rules;
  for (const name of counts) causes.notNegative(`status.${name}`, status[name]);
  const of = (name: string): number => status[name] ?? 0;
  for (const name of within) {
    if (of(name) <= of("replicas")) continue;
    causes.invalid(`status.${name}`, of(name), "cannot be greater than status.replicas");
  }
  if (ready && of("availableReplicas") > of(READY)) {
    const why = `cannot be greater than ${ready}`;
    causes.invalid("status.availableReplicas", of("availableReplicas"), why);
  }
  const before = previous.status?.collisionCount;
  if (!counts.includes("collisionCount") || typeof before !== "number") return;
  if (status.collisionCount === undefined || status.collisionCount < before) {
    causes.invalid("status.collisionCount", of("collisionCount"), "cannot be decremented");
  }
}
