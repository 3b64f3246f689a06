import { decideKeda, type KedaDecision } from "../../../autoscale/mod.ts";
import { formatGoDuration, rfc3339 } from "../../../go/mod.ts";
import {
  ApiError,
  conditionOf,
  type HorizontalPodAutoscaler,
  isApiError,
} from "../../../kube/mod.ts";
import type { ContainerContext } from "../../seams.ts";
import type { Zap } from "../shared/zap.ts";
import { currentReplicas, knownTarget } from "./resolver.ts";
import { readScale, writeScale } from "./scale_target.ts";
import { type Condition, ScaledObjectError, withCondition } from "./scalable.ts";
import {
  HPAS,
  isActivationForced,
  isPaused,
  isScaleInPaused,
  isScaleOutPaused,
  PAUSED,
  SCALED_OBJECTS,
  type ScaledObject,
  type ScaledObjectStatus,
  updateStatus,
} from "./scaled_object.ts";

/** What one poll found. */
export interface ScaleState {
  isActive: boolean;
  isError: boolean;
  /** The metrics of the triggers that are active. */
  activeTriggers: readonly string[];
}

/**
 * Moves targets between zero (or idle) and one, and writes down what a poll came to.
 * Source: kedacore/keda pkg/scaling/executor/scale_scaledobjects.go, pkg/scaling/scale_handler.go
 * (handleResult).
 */
export class ScaleExecutor {
  constructor(private readonly context: ContainerContext, private readonly rootLog: Zap) {}

  requestScale(object: ScaledObject, state: ScaleState): void {
    const { kube } = this.context;
    const { namespace = "", name } = object.metadata;
    const { spec } = object;
    const log = this.rootLog.named("scaleexecutor").with({
      "scaledobject.Name": name,
      "scaledObject.Namespace": namespace,
      "scaleTarget.Name": spec!.scaleTargetRef.name,
    });
    const activity = Object.fromEntries(
      (object.status?.externalMetricNames ?? []).map((metric) => [
        metric,
        { isActive: state.activeTriggers.includes(metric) },
      ]),
    );
    let replicas: number;
    try {
      replicas = currentReplicas(kube, object, this.rootLog);
    } catch (error) {
      if (!isApiError(error) && !(error instanceof ScaledObjectError)) throw error;
      log.error(error.message, "Error getting current replicas count for ScaleTarget");
      this.rootLog.named("scale_handler").with({ namespace, name }).error(
        `error getting current replicas count for ScaleTarget: ${error.message}`,
        "error during scaling",
      );
      this.#conclude(object, [{
        type: "Ready",
        status: "False",
        reason: "ErrorGettingCurrentReplicas",
        message: `Error getting current replicas count for ScaleTarget: ${error.message}`,
      }], { triggersActivity: activity });
      return;
    }
    if (isPaused(object)) {
      this.#conclude(object, [READY, PAUSED], { triggersActivity: activity });
      return;
    }
    const decision = this.#decide(object, state, replicas);
    const acted = this.#act(object, decision, state.activeTriggers, log);
    const conditions = [
      { type: "Ready", ...decision.ready },
      { type: "Active", ...decision.active },
      ...this.#hpaHealth(object, log),
    ];
    this.#conclude(object, conditions, {
      triggersActivity: activity,
      ...(decision.touchesLastActive && acted
        ? { lastActiveTime: rfc3339(this.context.now()) }
        : {}),
    });
  }

  #decide(object: ScaledObject, state: ScaleState, replicas: number): KedaDecision {
    const { spec, status, metadata } = object;
    return decideKeda({
      ...spec!,
      ...state,
      currentReplicas: replicas,
      cooldownPeriodSeconds: spec!.cooldownPeriod,
      initialCooldownPeriodSeconds: spec!.initialCooldownPeriod,
      fallbackReplicas: spec!.fallback?.replicas,
      pausedScaleIn: isScaleInPaused(object),
      pausedScaleOut: isScaleOutPaused(object),
      forceActivation: isActivationForced(object),
      createdMs: Date.parse(metadata.creationTimestamp!),
      lastActiveMs: status?.lastActiveTime ? Date.parse(status.lastActiveTime) : undefined,
      nowMs: this.context.now(),
    });
  }

  /** Carries a decision out; false when the scale could not be written. */
  #act(
    object: ScaledObject,
    { action, debug, held }: KedaDecision,
    activeTriggers: readonly string[],
    log: Zap,
  ): boolean {
    if (held) log.info(held);
    if (debug && action.kind !== "cooling down") log.debug(debug);
    if (action.kind === "none") return true;
    if (action.kind === "cooling down") {
      log.debug("ScaleTarget cooling down", {
        LastActiveTime: object.status?.lastActiveTime ?? null,
        CoolDownPeriod: formatGoDuration(action.cooldownMs),
      });
      return true;
    }
    const { to } = action;
    const what = `${object.status?.scaleTargetKind} ${object.metadata.namespace}/` +
      object.spec!.scaleTargetRef.name;
    const { from, error } = this.#write(object, to);
    if (error !== undefined) {
      if (action.kind === "activate") {
        const message = `Failed to scale ${what} from ${from} to ${to}`;
        this.#event(object, "Warning", "KEDAScaleTargetActivationFailed", message);
      } else if (action.kind === "deactivate") {
        const message = `Failed to deactivate ${what} from ${from} to ${to}`;
        this.#event(object, "Warning", "KEDAScaleTargetDeactivationFailed", message);
      }
      return false;
    }
    const counts = { "Original Replicas Count": from, "New Replicas Count": to };
    const success = "Successfully set ScaleTarget replicas count to ScaledObject";
    switch (action.kind) {
      case "activate": {
        log.info("Successfully updated ScaleTarget", counts);
        const why = isActivationForced(object)
          ? "caused by forced activation annotation"
          : `triggered by ${activeTriggers.join(";")}`;
        const message = `Scaled ${what} from ${from} to ${to}, ${why}`;
        this.#event(object, "Normal", "KEDAScaleTargetActivated", message);
        break;
      }
      case "deactivate": {
        log.info(`${success} ${action.isIdle ? "idleReplicaCount" : "minReplicaCount"}`, counts);
        const message = `Deactivated ${what} from ${from} to ${to}`;
        this.#event(object, "Normal", "KEDAScaleTargetDeactivated", message);
        break;
      }
      case "raise to minimum":
        log.info(`${success} minReplicaCount`, counts);
    }
    return true;
  }

  /** Writes the target's scale; `from` is what it was, -1 when it could not be read. */
  #write(object: ScaledObject, to: number): { from: number; error?: string } {
    const { kube } = this.context;
    const { namespace = "" } = object.metadata;
    let from = -1;
    try {
      const target = knownTarget(object);
      from = readScale(kube, target, namespace).replicas;
      writeScale(kube, target, namespace, to);
      return { from };
    } catch (error) {
      if (!(error instanceof ApiError || error instanceof ScaledObjectError)) throw error;
      return { from, error: error.message };
    }
  }

  /** What the HPA says of itself; nothing while it says nothing. Source: getHPAHealth. */
  #hpaHealth(object: ScaledObject, log: Zap): Condition[] {
    const { namespace = "" } = object.metadata;
    const { hpaName } = object.status ?? {};
    if (!hpaName) {
      log.debug("HPA name not found in ScaledObject status, skipping health check");
      return [];
    }
    const hpa = this.context.kube.get<HorizontalPodAutoscaler>(HPAS, namespace, hpaName);
    if (!hpa) {
      log.error(
        `HorizontalPodAutoscaler.autoscaling "${hpaName}" not found`,
        "Could not read HPA status, skipping health check",
      );
      return [];
    }
    const active = conditionOf(hpa, "ScalingActive");
    if (!active) {
      log.debug("HPA has not yet reported a ScalingActive condition, skipping health check");
      return [];
    }
    const type = "HPAActive";
    if (active.status === "True") {
      return [{ type, status: "True", reason: "HPAActive", message: "HPA is actively scaling" }];
    }
    if (active.reason === "ScalingDisabled") {
      return [{ type, status: "True", reason: "ScalingDisabled", message: active.message }];
    }
    return [{
      type,
      status: "False",
      reason: active.reason || "HPAMetricsUnavailable",
      message: `HPA is not actively scaling: ${active.message}`,
    }];
  }

  #conclude(
    object: ScaledObject,
    conditions: readonly Condition[],
    changes: Partial<ScaledObjectStatus>,
  ): void {
    const { namespace = "", name } = object.metadata;
    const fresh = this.context.kube.get<ScaledObject>(SCALED_OBJECTS, namespace, name);
    if (!fresh) return;
    const merged = conditions.reduce(withCondition, fresh.status?.conditions ?? []);
    updateStatus(this.context.kube, fresh, { ...changes, conditions: [...merged] });
  }

  #event(object: ScaledObject, type: "Normal" | "Warning", reason: string, message: string): void {
    this.context.kube.event(object, { type, reason, message, component: "keda-operator" });
  }
}

const READY: Condition = {
  type: "Ready",
  status: "True",
  reason: "ScaledObjectReady",
  message: "ScaledObject is defined correctly and is ready for scaling",
};
