import { rfc3339 } from "../../../go/mod.ts";
import { Quantity } from "../../../kube/mod.ts";
import type { ContainerContext } from "../../seams.ts";
import type { Zap } from "../shared/zap.ts";
import type { ScalableKind, Trigger } from "./scalable.ts";
import type { KedaMetricSpec } from "./scaled_object.ts";
import { ScalerError, type TriggerConfig } from "./typed_config.ts";

export { ScalerError };

/** A value as the operator passes it on. */
export interface ExternalMetricValue {
  metricName: string;
  metricLabels: null;
  timestamp: string;
  value: string;
}

/** One trigger made ready for use. */
export interface Scaler {
  /** How log lines name it: `prometheusScaler`. */
  readonly goName: string;
  readonly trigger: Trigger;
  readonly spec: KedaMetricSpec;
  /** The name of its external metric; undefined for cpu and memory. */
  readonly metricName?: string;
  /** Errors: ScalerError. */
  read(): { metrics: ExternalMetricValue[]; isActive: boolean };
}

/** What a trigger gave, or why it gave nothing. */
export interface Reading {
  metrics: ExternalMetricValue[];
  isActive: boolean;
  error?: string;
}

/** What a trigger gives now. */
export function readOf(scaler: Scaler): Reading {
  try {
    return scaler.read();
  } catch (error) {
    if (!(error instanceof ScalerError)) throw error;
    return { metrics: [], isActive: false, error: error.message };
  }
}

/** How log lines name a trigger. */
export function nameOf({ trigger, goName }: Scaler): string {
  return trigger.name || goName;
}

/** What a scaler is built of. */
export interface ScalerParts {
  context: ContainerContext;
  log: Zap;
  /** The ScaledObject's or ScaledJob's. */
  kind: ScalableKind;
  namespace: string;
  name: string;
  trigger: Trigger;
  index: number;
  config: TriggerConfig;
  /** Whether a formula works on its value: it needs no target of its own then. */
  asMetricSource: boolean;
}

/** Errors: ScalerError. Source: kedacore/keda pkg/scalers/scaler.go (GetMetricTargetType). */
export function targetType({ metricType }: Trigger): "AverageValue" | "Value" {
  if (metricType === "Utilization") {
    throw new ScalerError(
      "error getting scaler metric type: 'Utilization' metric type is unsupported for external metrics, allowed values are 'Value' or 'AverageValue'",
    );
  }
  return metricType === "Value" ? "Value" : "AverageValue";
}

/** The HPA's metric of an external trigger. Source: pkg/scalers/scaler.go (GetMetricTargetMili). */
export function externalSpec(
  metricName: string,
  type: "AverageValue" | "Value",
  target: number,
): KedaMetricSpec {
  const quantity = kedaQuantity(target);
  return {
    type: "External",
    external: {
      metric: { name: metricName },
      target: type === "Value" ? { type, value: quantity } : { type, averageValue: quantity },
    },
  };
}

/**
 * To the thousandth; what is not a number, or below zero, is 0.
 * Source: pkg/scalers/scaler.go (quantityFromFloat64).
 */
export function kedaQuantity(value: number): string {
  if (!Number.isFinite(value) || value < 0) return "0";
  return Quantity.parse(value < 1e21 ? value.toFixed(3) : String(BigInt(value))).toString();
}

/** A metric's value, now. */
export function metricOf(
  context: Pick<ContainerContext, "now">,
  metricName: string,
  value: string,
): ExternalMetricValue {
  return { metricName, metricLabels: null, timestamp: rfc3339(context.now()), value };
}

/** Source: kedacore/keda pkg/util/normalize_string.go. */
export function normalized(text: string): string {
  return text.replace(/[/.:%()]/g, "-");
}

/** Runs a step whose error gets a prefix. Errors: ScalerError. */
export function prefixed<T>(prefix: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof ScalerError)) throw error;
    throw new ScalerError(prefix + error.message);
  }
}
