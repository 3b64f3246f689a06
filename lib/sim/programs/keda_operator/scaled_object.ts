import { parseGoInt } from "../../../go/mod.ts";
import type {
  HpaBehavior,
  KedaFallback,
  MetricSpec,
  ScalingModifiers,
} from "../../../autoscale/mod.ts";
import { kedaHpaBounds } from "../../../autoscale/mod.ts";
export { COMPOSITE_METRIC, OWNER_LABEL } from "../../../autoscale/mod.ts";
import type { KubeObject } from "../../../kube/mod.ts";
import type { SimApi } from "../../seams.ts";
import {
  ANNOTATION_PREFIX,
  boolAnnotation,
  type Condition,
  ScaledObjectError,
  type Trigger,
  writeStatus,
} from "./scalable.ts";

/*
 * ScaledObjects as the operator sees them.
 * Source: kedacore/keda apis/keda/v1alpha1/scaledobject_types.go.
 */

export interface ScaledObjectSpec {
  scaleTargetRef: {
    name: string;
    apiVersion?: string;
    kind?: string;
    envSourceContainerName?: string;
  };
  pollingInterval?: number;
  initialCooldownPeriod?: number;
  cooldownPeriod?: number;
  idleReplicaCount?: number;
  minReplicaCount?: number;
  maxReplicaCount?: number;
  advanced?: {
    restoreToOriginalReplicaCount?: boolean;
    horizontalPodAutoscalerConfig?: { name?: string; behavior?: HpaBehavior };
    scalingModifiers?: ScalingModifiers;
  };
  fallback?: KedaFallback;
  triggers: Trigger[];
}

export interface ScaledObjectStatus {
  scaleTargetKind?: string;
  scaleTargetGVKR?: { group: string; version: string; kind: string; resource: string };
  originalReplicaCount?: number;
  lastActiveTime?: string;
  externalMetricNames?: string[];
  resourceMetricNames?: string[];
  compositeScalerName?: string;
  conditions?: Condition[];
  health?: Record<string, { numberOfFailures: number; status: string }>;
  pausedReplicaCount?: number;
  hpaName?: string;
  triggersTypes?: string;
  authenticationsTypes?: string;
  triggersActivity?: Record<string, { isActive: boolean }>;
}

export type ScaledObject = KubeObject<ScaledObjectSpec, ScaledObjectStatus>;

/** A metric spec with what KEDA adds. */
export type KedaMetricSpec = MetricSpec;

export const SCALED_OBJECTS = "scaledobjects.keda.sh";
export const HPAS = "horizontalpodautoscalers.autoscaling";

const PAUSED_REPLICAS = `${ANNOTATION_PREFIX}paused-replicas`;

export function isPaused(object: ScaledObject): boolean {
  return object.metadata.annotations?.[PAUSED_REPLICAS] !== undefined ||
    boolAnnotation(object, "paused");
}

export const isScaleInPaused = (object: ScaledObject) => boolAnnotation(object, "paused-scale-in");
export const isScaleOutPaused = (object: ScaledObject) =>
  boolAnnotation(object, "paused-scale-out");
export const isActivationForced = (object: ScaledObject) =>
  boolAnnotation(object, "force-activation");

/** The replicas to pause at, when an annotation says. Errors: ScaledObjectError. */
export function pausedReplicas(object: ScaledObject): number | undefined {
  const text = object.metadata.annotations?.[PAUSED_REPLICAS];
  if (text === undefined) return undefined;
  const replicas = parseGoInt(text, { bits: 32 });
  if (typeof replicas === "object") throw new ScaledObjectError(replicas.problem);
  return replicas;
}

export function usesModifiers(object: ScaledObject): boolean {
  return Object.keys(object.spec?.advanced?.scalingModifiers ?? {}).length > 0;
}

export function hpaNameOf(object: ScaledObject): string {
  return object.spec?.advanced?.horizontalPodAutoscalerConfig?.name ||
    `keda-hpa-${object.metadata.name}`;
}

/** Errors: ScaledObjectError. Source: scaledobject_types.go (CheckReplicaCountBoundsAreValid). */
export function checkReplicaBounds({ spec }: ScaledObject): void {
  const { minReplicaCount, idleReplicaCount } = spec!;
  const { minReplicas, maxReplicas } = kedaHpaBounds(spec!);
  const min = minReplicaCount === undefined ? 0 : minReplicas;
  if (min > maxReplicas) {
    throw new ScaledObjectError(
      `MinReplicaCount=${min} must be less than MaxReplicaCount=${maxReplicas}`,
    );
  }
  if (idleReplicaCount !== undefined && idleReplicaCount >= min) {
    throw new ScaledObjectError(
      `IdleReplicaCount=${idleReplicaCount} must be less than MinReplicaCount=${min}`,
    );
  }
}

/** Writes status when it changes; what is undefined goes. */
export function updateStatus(
  kube: SimApi,
  object: ScaledObject,
  changes: Partial<ScaledObjectStatus>,
): void {
  writeStatus(kube, SCALED_OBJECTS, object, changes);
}

export const PAUSED: Condition = {
  type: "Paused",
  status: "True",
  reason: "ScaledObjectPaused",
  message: "ScaledObject is paused",
};
