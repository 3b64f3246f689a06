import type { KubeObject } from "../../../kube/mod.ts";
import type { Causes } from "./_causes.ts";

/**
 * How the numbers of a kind's status hang together.
 * Source: kubernetes/kubernetes pkg/apis/apps/validation/validation.go, pkg/apis/core/validation/validation.go
 * (ValidateReplicationControllerStatus), pkg/apis/autoscaling/validation/validation.go.
 */
export interface StatusRules {
  /** Those that may not be below 0, in upstream's order. */
  counts: readonly string[];
  /** Those that `replicas` bounds. */
  within?: readonly string[];
  /** What upstream calls `readyReplicas` when more are available than ready. */
  ready?: string;
}

const READY = "readyReplicas";

/** The status that somebody outside writes. */
export function checkStatus(
  causes: Causes,
  { counts, within = [], ready }: StatusRules,
  { status = {} }: KubeObject,
  previous: KubeObject,
): void {
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
