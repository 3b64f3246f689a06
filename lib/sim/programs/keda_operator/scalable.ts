import { KEDA_DEFAULTS } from "../../../autoscale/mod.ts";
import { quote } from "../../../go/mod.ts";
import type { KubeObject } from "../../../kube/mod.ts";
import type { SimApi } from "../../seams.ts";

/*
 * What ScaledObjects and ScaledJobs have in common.
 * Source: kedacore/keda apis/keda/v1alpha1/withtriggers_types.go, scaletriggers_types.go, condition_types.go.
 */

export interface Trigger {
  type: string;
  name?: string;
  metricType?: string;
  useCachedMetrics?: boolean;
  metadata: Record<string, string>;
  authenticationRef?: { name: string; kind?: string };
}

export interface Condition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
}

/** A ScaledObject or a ScaledJob. */
export type Scalable = KubeObject<{ pollingInterval?: number; triggers: Trigger[] }, object>;

/** The kinds of a Scalable. */
export type ScalableKind = "ScaledObject" | "ScaledJob";

export function kindOf({ kind }: Scalable): ScalableKind {
  return kind === "ScaledJob" ? kind : "ScaledObject";
}

export const FINALIZER = "finalizer.keda.sh";

/** How the annotations begin that steer either. */
export const ANNOTATION_PREFIX = "autoscaling.keda.sh/";

/** A ScaledObject or ScaledJob that cannot be handled; the message is upstream's. */
export class ScaledObjectError extends Error {
  override name = "ScaledObjectError";
}

/** Whether a boolean annotation is set; what is not a boolean counts as true. */
export function boolAnnotation(object: Scalable, name: string): boolean {
  const value = object.metadata.annotations?.[ANNOTATION_PREFIX + name];
  return value !== undefined && !/^(0|f|F|FALSE|false|False)$/.test(value);
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

/** What an object is kept by: `namespace/name`. */
export function keyText({ metadata: { namespace = "", name } }: Scalable): string {
  return `${namespace}/${name}`;
}

/** Whose key it is. */
export function keyParts(key: string): [namespace: string, name: string] {
  const [namespace, name] = key.split("/");
  return [namespace, name];
}

/** How the operator itself calls it. Source: apis/keda/v1alpha1/identifier.go. */
export function identifierOf(object: Scalable): string {
  const { namespace = "", name } = object.metadata;
  return `${kindOf(object)}.${namespace}.${name}`.toLowerCase();
}

/** The fields by which the scale handler's log lines name it. */
export function about(object: Scalable) {
  const { namespace, name } = object.metadata;
  return { type: kindOf(object), namespace, name };
}

export function intervalMs({ spec }: Scalable): number {
  return Math.max(1, spec!.pollingInterval ?? KEDA_DEFAULTS.pollingIntervalSeconds) * 1000;
}

/** The types of the triggers and the names of their authentications, each once. */
export function typesOf(triggers: readonly Trigger[]) {
  const unique = (values: (string | undefined)[]) =>
    [...new Set(values.filter((value) => value))].join(",");
  return {
    triggersTypes: unique(triggers.map(({ type }) => type)),
    authenticationsTypes: unique(triggers.map(({ authenticationRef }) => authenticationRef?.name)),
  };
}

/** Writes status when it changes; what is undefined goes. */
export function writeStatus<T extends Scalable>(
  kube: SimApi,
  resource: string,
  object: T,
  changes: Partial<NonNullable<T["status"]>>,
): void {
  const status = Object.fromEntries(
    Object.entries({ ...object.status, ...changes }).filter(([, value]) => value !== undefined),
  );
  if (JSON.stringify(status) === JSON.stringify(object.status ?? {})) return;
  kube.updateStatus(resource, { ...object, status });
}

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
