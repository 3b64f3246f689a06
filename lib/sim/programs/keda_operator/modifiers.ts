import {
  ExprError,
  parseFloatStrictly,
  type ScalingFormula,
  ScalingModifiersError,
} from "../../../autoscale/mod.ts";
import { Quantity } from "../../../kube/mod.ts";
import type { ContainerContext } from "../../seams.ts";
import type { Zap } from "../shared/zap.ts";
import { COMPOSITE_METRIC, type ScaledObject, usesModifiers } from "./scaled_object.ts";
import { type ExternalMetricValue, metricOf, ScalerError } from "./scaler.ts";

/** What the triggers of a ScaledObject gave together. */
export interface Collected {
  metrics: ExternalMetricValue[];
  /** The name of the trigger that each metric comes from. */
  pairs: ReadonlyMap<string, string>;
  isFallback: boolean;
  fallbackMetrics: readonly ExternalMetricValue[];
}

/**
 * Puts the formula's value in the place of the triggers' values, when a ScaledObject has a formula.
 * Source: kedacore/keda pkg/scaling/modifiers/formula.go (HandleScalingModifiers).
 */
export function applyModifiers(
  context: ContainerContext,
  object: ScaledObject,
  collected: Collected,
  formula: ScalingFormula | undefined,
  log: Zap,
): ExternalMetricValue[] {
  if (!usesModifiers(object)) return collected.metrics;
  const [first] = collected.fallbackMetrics;
  if (collected.isFallback) {
    return first ? [{ ...first, metricName: COMPOSITE_METRIC }] : collected.metrics;
  }
  let metrics = collected.metrics;
  if (object.spec!.advanced!.scalingModifiers!.formula) {
    try {
      metrics = [compositeMetric(context, object, collected, formula)];
    } catch (error) {
      if (!(error instanceof ScalerError)) throw error;
      log.error(error.message, "error applying custom scalingModifiers.Formula");
      metrics = [];
    }
  }
  log.debug("returned metrics after formula is applied", { metrics });
  return metrics;
}

/** Errors: ScalerError. */
function compositeMetric(
  context: ContainerContext,
  object: ScaledObject,
  { metrics, pairs }: Collected,
  formula: ScalingFormula | undefined,
): ExternalMetricValue {
  if (!formula) throw new ScalerError("cached compiled formula is nil during its calculation");
  const values: Record<string, number | null> = {};
  for (const metric of metrics) {
    values[pairs.get(metric.metricName) ?? ""] = triggerValue(object, metric);
  }
  let value: number | null;
  try {
    value = formula.evaluate(values, context.now());
  } catch (error) {
    if (error instanceof ExprError) {
      throw new ScalerError(`error trying to run custom formula: ${error.message}`);
    }
    if (!(error instanceof ScalingModifiersError)) throw error;
    throw new ScalerError(error.message);
  }
  const quantity = Quantity.fromFloat(value ?? fallbackTarget(object)).toString();
  return metricOf(context, COMPOSITE_METRIC, quantity);
}

/** A trigger's value; null for one that has failed too often, when the formula can do with that. */
function triggerValue(object: ScaledObject, metric: ExternalMetricValue): number | null {
  const { fallback } = object.spec!;
  const health = object.status?.health?.[metric.metricName];
  const isGone = fallback?.behavior === "scalingModifiers" &&
    (health?.numberOfFailures ?? 0) > fallback.failureThreshold;
  return isGone ? null : Quantity.parse(metric.value).asNumber();
}

/** What the formula comes to when it comes to nil. Errors: ScalerError. */
function fallbackTarget(object: ScaledObject): number {
  const { fallback, advanced } = object.spec!;
  if (!fallback) {
    throw new ScalerError(
      "scalingModifiers formula evaluated to nil but no fallback is configured",
    );
  }
  return fallback.replicas * parseFloatStrictly(advanced!.scalingModifiers!.target ?? "");
}

/**
 * The trigger name that a metric goes by in the formula.
 * Errors: ScalerError. Source: formula.go (GetPairTriggerAndMetric).
 */
export function pairOf(
  object: ScaledObject,
  metricName: string,
  triggerName: string | undefined,
): string | undefined {
  if (!object.spec!.advanced?.scalingModifiers?.formula) return undefined;
  if (triggerName) return triggerName;
  throw new ScalerError(`trigger name not given with compositeScaler for metric ${metricName}`);
}
