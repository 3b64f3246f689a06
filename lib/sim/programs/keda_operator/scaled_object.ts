import { parseGoInt, quote } from "../../../go/mod.ts";
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

/*
 * ScaledObjects as the operator sees them.
 * Source: kedacore/keda apis/keda/v1alpha1/scaledobject_types.go, scaletriggers_types.go,
 * condition_types.go.
 */

export interface Trigger {
  type: string;
  name?: string;
  metricType?: string;
  useCachedMetrics?: boolean;
  metadata: Record<string, string>;
  authenticationRef?: { name: string; kind?: string };
}

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

export interface Condition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
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
export const FINALIZER = "finalizer.keda.sh";

const PREFIX = "autoscaling.keda.sh/";
const PAUSED_REPLICAS = `${PREFIX}paused-replicas`;

/** A ScaledObject that cannot be handled; the message is upstream's. */
export class ScaledObjectError extends Error {
  override name = "ScaledObjectError";
}

/** Whether a boolean annotation is set; what is not a boolean counts as true. */
function boolAnnotation(object: ScaledObject, name: string): boolean {
  const value = object.metadata.annotations?.[PREFIX + name];
  return value !== undefined && !/^(0|f|F|FALSE|false|False)$/.test(value);
}

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

/** Errors: ScaledObjectError. Source: scaletriggers_types.go (ValidateTriggers). */
export function checkTriggers(triggers: readonly Trigger[]): void {
  if (triggers.length === 0) {
    throw new ScaledObjectError("no triggers defined in the ScaledObject/ScaledJob");
  }
  const names = new Set<string>();
  for (const { type, name, useCachedMetrics } of triggers) {
    if (useCachedMetrics && ["cpu", "memory", "cron"].includes(type)) {
      throw new ScaledObjectError(
        `property "useCachedMetrics" is not supported for ${quote(type)} scaler`,
      );
    }
    if (!name) continue;
    if (names.has(name)) {
      throw new ScaledObjectError(
        `triggerName ${quote(name)} is defined multiple times in the ` +
          "ScaledObject/ScaledJob, but it must be unique",
      );
    }
    names.add(name);
  }
}

/** Writes status when it changes; what is undefined goes. */
export function updateStatus(
  kube: SimApi,
  object: ScaledObject,
  changes: Partial<ScaledObjectStatus>,
): void {
  const status = Object.fromEntries(
    Object.entries({ ...object.status, ...changes }).filter(([, value]) => value !== undefined),
  );
  if (JSON.stringify(status) === JSON.stringify(object.status ?? {})) return;
  kube.updateStatus(SCALED_OBJECTS, { ...object, status } as ScaledObject);
}

export const PAUSED: Condition = {
  type: "Paused",
  status: "True",
  reason: "ScaledObjectPaused",
  message: "ScaledObject is paused",
};

/** Conditions with one set. */
export function withCondition(conditions: readonly Condition[], condition: Condition): Condition[] {
  const index = conditions.findIndex(({ type }) => type === condition.type);
  return index < 0 ? [...conditions, condition] : conditions.with(index, condition);
}

/** Source: condition_types.go (GetInitializedConditions). */
export const INITIAL_CONDITIONS: readonly Condition[] = [
  { type: "Ready", status: "Unknown" },
  { type: "Active", status: "Unknown" },
  { type: "Fallback", status: "Unknown" },
  { type: "Paused", status: "False" },
];
