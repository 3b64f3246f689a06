import {
  fallbackMilliValue,
  fallbackReplicas,
  isFallbackValid,
  parseFloatStrictly,
} from "../../../autoscale/mod.ts";
import { goInt64, isApiError, isReady, type Pod, Quantity } from "../../../kube/mod.ts";
import type { ContainerContext } from "../../seams.ts";
import type { Zap } from "../shared/zap.ts";
import { currentReplicas, knownTarget } from "./resolver.ts";
import { readScale } from "./scale_target.ts";
import { ScaledObjectError, withCondition } from "./scalable.ts";
import {
  COMPOSITE_METRIC,
  SCALED_OBJECTS,
  type ScaledObject,
  updateStatus,
  usesModifiers,
} from "./scaled_object.ts";
import { type ExternalMetricValue, metricOf, type Reading, type Scaler } from "./scaler.ts";

/** A reading with the fallback in the place of an error that has lasted. */
export interface SettledReading extends Reading {
  isFallback: boolean;
}

/**
 * Counts how often each metric of a ScaledObject has failed in a row, and past the threshold puts the
 * fallback in its place. Without a fallback nothing is counted.
 * Source: kedacore/keda pkg/fallback/fallback.go.
 */
export class Fallback {
  readonly #log: Zap;

  constructor(private readonly context: ContainerContext, private readonly rootLog: Zap) {
    this.#log = rootLog.named("fallback");
  }

  settle(object: ScaledObject, scaler: Scaler, reading: Reading): SettledReading {
    const { fallback } = object.spec!;
    const metricName = scaler.metricName!;
    const { error } = reading;
    const isValid = fallback !== undefined && isFallbackValid(fallback, formulaTarget(object));
    if (error === undefined) {
      if (isValid) this.#note(object, metricName, false);
      return { ...reading, isFallback: false };
    }
    const failed = (why = error): SettledReading => ({
      metrics: [],
      isActive: reading.isActive,
      isFallback: false,
      error: why,
    });
    if (!fallback) return failed();
    if (!isValid) {
      this.#log.info(
        "Failed to validate ScaledObject Spec. Please check that parameters are positive integers",
        aboutObject(object),
      );
      return failed();
    }
    if (this.#note(object, metricName, true) <= fallback.failureThreshold) return failed();
    if (fallback.behavior === "scalingModifiers") {
      // The formula takes it for nil.
      const placeholder = metricOf(this.context, metricName, "-1");
      return { metrics: [placeholder], isActive: reading.isActive, isFallback: false };
    }
    let current = 0;
    try {
      if (fallback.behavior !== "static") {
        current = currentReplicas(this.context.kube, object, this.rootLog);
      }
    } catch (problem) {
      if (!isApiError(problem) && !(problem instanceof ScaledObjectError)) throw problem;
      return failed();
    }
    const metric = this.#metric(object, scaler, current, error);
    if (!metric) return failed("error performing fallback");
    return { metrics: [metric], isActive: reading.isActive, isFallback: true };
  }

  /** The value that stands for a trigger that keeps failing; undefined when there is none to give. */
  #metric(
    object: ScaledObject,
    scaler: Scaler,
    current: number,
    suppressedError: string,
  ): ExternalMetricValue | undefined {
    const fallback = object.spec!.fallback!;
    const modifiers = usesModifiers(object) ? object.spec!.advanced!.scalingModifiers! : undefined;
    const { type, averageValue, value } = scaler.spec.external!.target;
    const isValue = (modifiers ? modifiers.metricType : type) === "Value";
    let readyPods = 0;
    if (isValue) {
      readyPods = this.#readyPods(object);
      if (readyPods === 0) {
        this.#log.error(
          "readyReplicas is zero, cannot do fallback",
          "failed to do fallback for metric of type Value",
          { ...aboutObject(object), metricName: scaler.metricName },
        );
      }
    }
    const target = modifiers
      ? parseFloatStrictly(modifiers.target ?? "")
      : Quantity.parse((averageValue ?? value)!).asNumber();
    const milliValue = fallbackMilliValue({
      target,
      type: isValue ? "Value" : "AverageValue",
      replicas: fallbackReplicas(fallback, current),
      readyPods,
    });
    if (milliValue === undefined) return undefined;
    this.#log.info("Suppressing error, using fallback metrics", {
      ...aboutObject(object),
      suppressedError,
      "fallback.behavior": fallback.behavior ?? "",
      "fallback.replicas": fallback.replicas,
      "workload.currentReplicas": current,
    });
    const metricName = modifiers ? COMPOSITE_METRIC : scaler.metricName!;
    return metricOf(this.context, metricName, Quantity.fromMilli(goInt64(milliValue)).toString());
  }

  #readyPods(object: ScaledObject): number {
    const { kube } = this.context;
    const { namespace = "" } = object.metadata;
    const { selector } = readScale(kube, knownTarget(object), namespace);
    return kube.list<Pod>("pods", { namespace, labelSelector: selector }).filter((pod) =>
      pod.status?.phase === "Running" && isReady(pod)
    ).length;
  }

  /** Keeps in the status how often a metric has failed in a row, and gives it. */
  #note(object: ScaledObject, metricName: string, failed: boolean): number {
    const { namespace = "", name } = object.metadata;
    const { kube } = this.context;
    const fresh = kube.get<ScaledObject>(SCALED_OBJECTS, namespace, name);
    if (!fresh) return 0;
    const before = fresh.status?.health?.[metricName]?.numberOfFailures ?? 0;
    const numberOfFailures = failed ? before + 1 : 0;
    const health = {
      ...fresh.status?.health,
      [metricName]: { numberOfFailures, status: failed ? "Failing" : "Happy" },
    };
    const { failureThreshold } = object.spec!.fallback!;
    const isFallback = Object.values(health).some((one) =>
      one.status === "Failing" && one.numberOfFailures > failureThreshold
    );
    updateStatus(kube, fresh, {
      health,
      conditions: withCondition(
        fresh.status?.conditions ?? [],
        isFallback
          ? {
            type: "Fallback",
            status: "True",
            reason: "FallbackExists",
            message: "At least one trigger is falling back on this scaled object",
          }
          : NO_FALLBACK,
      ),
    });
    return numberOfFailures;
  }
}

export const NO_FALLBACK = {
  type: "Fallback",
  status: "False",
  reason: "NoFallbackFound",
  message: "No fallbacks are active on this scaled object",
};

/** The target of a ScaledObject's formula; undefined without scalingModifiers. */
export function formulaTarget(object: ScaledObject): string | undefined {
  return usesModifiers(object) ? object.spec!.advanced!.scalingModifiers!.target ?? "" : undefined;
}

function aboutObject({ metadata: { namespace, name } }: ScaledObject) {
  return { "scaledObject.Namespace": namespace, "scaledObject.Name": name };
}
