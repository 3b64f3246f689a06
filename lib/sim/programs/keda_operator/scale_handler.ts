import { decideKeda, KEDA_DEFAULTS, type KedaDecision } from "../../../autoscale/mod.ts";
import type { HorizontalPodAutoscaler } from "../../../kube/mod.ts";
import { type Cancel, formatGoDuration } from "../../../base/mod.ts";
import type { ContainerContext } from "../../seams.ts";
import { rfc3339 } from "../_aggregated.ts";
import type { Zap } from "../_zap.ts";
import { fallbackMetric } from "./fallback.ts";
import {
  type Condition,
  conditionOf,
  isActivationForced,
  isPaused,
  isScaleInPaused,
  isScaleOutPaused,
  SCALED_OBJECTS,
  type ScaledObject,
  ScaledObjectError,
  type ScaledObjectStatus,
  usesModifiers,
  withCondition,
} from "./scaled_object.ts";
import { buildScaler, type ExternalMetricValue, type Scaler, ScalerError } from "./scalers.ts";
import {
  gvkString,
  isApiError,
  readScale,
  type ScaleTarget,
  targetOf,
  writeScale,
} from "./scale_target.ts";

/** A scale loop, as it is kept over a restart. */
export interface Loop {
  originMs: number;
  generation: number;
}

interface RunningLoop extends Loop {
  cancel: Cancel;
}

interface Cache {
  generation: number;
  scalers: Scaler[];
}

interface Reading {
  metrics: ExternalMetricValue[];
  isActive: boolean;
  isFallback: boolean;
  error?: string;
}

const HPA_GRACE_MS = 60_000;

/** The event texts of upstream's pkg/common/message. */
const FALLBACK_ON = "ScaledObject fallback is active";
const FALLBACK_OFF = "ScaledObject fallback is no longer active";

/**
 * Polls the triggers of every ScaledObject, moves targets between zero and one, and answers the
 * metrics server.
 * Source: kedacore/keda pkg/scaling/scale_handler.go, pkg/scaling/executor/scale_scaledobjects.go.
 * Differs: no push scalers; scalingModifiers are refused.
 */
export class ScaleHandler {
  readonly #loops = new Map<string, RunningLoop>();
  readonly #caches = new Map<string, Cache>();
  /** ScaledObjects whose scalers were built before a restart: building them again is no news. */
  readonly #restored = new Set<string>();
  /** Values of triggers with useCachedMetrics, by ScaledObject and metric. */
  readonly #records = new Map<string, Reading>();
  readonly #log: Zap;

  constructor(
    private readonly context: ContainerContext,
    private readonly rootLog: Zap,
    saved: Record<string, Loop> = {},
  ) {
    this.#log = rootLog.named("scale_handler");
    for (const [key, loop] of Object.entries(saved)) {
      const [namespace, name] = key.split("/");
      const object = context.kube.get<ScaledObject>(SCALED_OBJECTS, namespace, name);
      if (!object) continue;
      this.#restored.add(key);
      this.#run(key, object, loop);
    }
  }

  /** The loops that run. */
  loops(): Record<string, Loop> {
    return Object.fromEntries(
      [...this.#loops].map(([key, { originMs, generation }]) => [key, { originMs, generation }]),
    );
  }

  /** The generation that a loop was started for. */
  generationOf(key: string): number | undefined {
    return this.#loops.get(key)?.generation;
  }

  /** Starts the loop of a ScaledObject, or starts it again; it polls at once. */
  start(object: ScaledObject): void {
    const key = keyOf(object);
    const running = this.#loops.get(key);
    if (running) running.cancel();
    else this.#event(object, "Normal", "KEDAScalersStarted", "Started scalers watch");
    const loop = { originMs: this.context.now(), generation: object.metadata.generation ?? 0 };
    const interval = object.spec!.pollingInterval ?? KEDA_DEFAULTS.pollingIntervalSeconds;
    this.#log.with(about(object)).debug("Watching with pollingInterval", {
      PollingInterval: formatGoDuration(interval * 1000),
    });
    this.#run(key, object, loop);
    this.context.after(0, () => this.#check(key));
  }

  stop(object: ScaledObject): void {
    const key = keyOf(object);
    const running = this.#loops.get(key);
    if (!running) {
      this.#log.debug("ScalableObject was not found in controller cache", { key });
      return;
    }
    running.cancel();
    this.#loops.delete(key);
    this.#caches.delete(key);
    this.#event(object, "Normal", "KEDAScalersStopped", "Stopped scalers watch");
  }

  #run(key: string, object: ScaledObject, loop: Loop): void {
    const interval = object.spec!.pollingInterval ?? KEDA_DEFAULTS.pollingIntervalSeconds;
    const cancel = this.context.every(Math.max(1, interval) * 1000, () => this.#check(key), {
      originMs: loop.originMs,
    });
    this.#loops.set(key, { ...loop, cancel });
  }

  /** The scalers of a ScaledObject. Errors: ScalerError, ScaledObjectError. */
  scalersOf(object: ScaledObject): Scaler[] {
    const key = keyOf(object);
    const generation = object.metadata.generation ?? 0;
    const cached = this.#caches.get(key);
    if (cached?.generation === generation) return cached.scalers;
    if (usesModifiers(object)) {
      throw new ScaledObjectError("scalingModifiers are not supported by this cluster's KEDA");
    }
    const { namespace = "", name } = object.metadata;
    const isNews = !this.#restored.delete(key);
    const scalers = object.spec!.triggers.map((trigger, index) => {
      try {
        const built = buildScaler(trigger, index, {
          context: this.context,
          log: this.rootLog,
          namespace,
          name,
        });
        const message = `Scaler ${trigger.type} is built`;
        if (isNews) this.#event(object, "Normal", "KEDAScalersStarted", message);
        return built;
      } catch (error) {
        if (!(error instanceof ScalerError)) throw error;
        this.#event(object, "Warning", "KEDAScalerFailed", error.message);
        this.#log.with(about(object)).error(error.message, "error resolving auth params", {
          triggerIndex: index,
        });
        throw error;
      }
    });
    this.#caches.set(key, { generation, scalers });
    return scalers;
  }

  /**
   * The value of one metric, for the metrics server; asked of the trigger's source now.
   * Errors: ScalerError. Source: scale_handler.go (GetScaledObjectMetrics).
   */
  metrics(namespace: string, name: string, metricName: string): ExternalMetricValue[] {
    const object = this.context.kube.get<ScaledObject>(SCALED_OBJECTS, namespace, name);
    if (!object) {
      const missing = `ScaledObject.keda.sh "${name}" not found`;
      this.#log.error(missing, "failed to get ScaledObject", { name, namespace });
      throw new ScalerError(`error getting scalers ${missing}`);
    }
    const log = this.#log.with(aboutScaledObject(object));
    let scalers: Scaler[];
    try {
      scalers = this.scalersOf(object);
    } catch (error) {
      if (!(error instanceof ScalerError || error instanceof ScaledObjectError)) throw error;
      throw new ScalerError(`error getting scalers ${error.message}`);
    }
    const scaler = scalers.find((one) => one.metricName === metricName);
    if (!scaler) throw new ScalerError(`no matching metrics found for ${metricName}`);
    const trigger = scaler.trigger.name || scaler.goName;
    const record = scaler.trigger.useCachedMetrics
      ? this.#records.get(`${keyOf(object)}/${metricName}`)
      : undefined;
    const raw = record ?? this.#read(scaler);
    if (!record) {
      log.debug("Getting metrics from trigger", {
        trigger,
        metricName,
        metrics: raw.metrics,
        scalerError: raw.error,
      });
    }
    const reading = this.#withFallback(object, scaler, raw, log, trigger);
    if (reading.error !== undefined) {
      this.#caches.delete(keyOf(object));
      log.debug("scaler error encountered, clearing scaler cache");
      throw new ScalerError(`metric:${metricName} encountered error`);
    }
    return reading.metrics;
  }

  #read(scaler: Scaler): Reading {
    try {
      return { ...scaler.read(), isFallback: false };
    } catch (error) {
      if (!(error instanceof ScalerError)) throw error;
      return { metrics: [], isActive: false, isFallback: false, error: error.message };
    }
  }

  /** Counts failures, and past the threshold puts the fallback in. Source: pkg/fallback/fallback.go. */
  #withFallback(
    object: ScaledObject,
    scaler: Scaler,
    reading: Reading,
    log: Zap,
    trigger: string,
  ): Reading {
    const failures = this.#countFailure(object, scaler.metricName!, reading.error !== undefined);
    if (reading.error === undefined) return reading;
    const { fallback } = object.spec!;
    if (fallback && failures > fallback.failureThreshold) {
      try {
        const target = targetOf(this.context.kube, object);
        const scale = readScale(this.context.kube, target, object.metadata.namespace ?? "");
        const metric = fallbackMetric(this.context, object, scaler, scale);
        if (metric) return { metrics: [metric], isActive: true, isFallback: true };
      } catch (error) {
        if (!isApiError(error) && !(error instanceof ScaledObjectError)) throw error;
      }
    }
    log.error(reading.error, "error getting metric for trigger", { trigger });
    return reading;
  }

  /** How often a metric has failed in a row, kept in the ScaledObject's status. */
  #countFailure(object: ScaledObject, metricName: string, failed: boolean): number {
    const { namespace = "", name } = object.metadata;
    const fresh = this.context.kube.get<ScaledObject>(SCALED_OBJECTS, namespace, name);
    if (!fresh) return 0;
    const before = fresh.status?.health?.[metricName]?.numberOfFailures ?? 0;
    const numberOfFailures = failed ? before + 1 : 0;
    const status = failed ? "Failing" : "Happy";
    const isFallback = failed && fresh.spec!.fallback !== undefined &&
      numberOfFailures > fresh.spec!.fallback.failureThreshold;
    const fallback: Condition = isFallback
      ? {
        type: "Fallback",
        status: "True",
        reason: "FallbackExists",
        message: "At least one trigger is falling back on this scaled object",
      }
      : {
        type: "Fallback",
        status: "False",
        reason: "NoFallbackFound",
        message: "No fallbacks are active on this scaled object",
      };
    this.updateStatus(fresh, {
      health: { ...fresh.status?.health, [metricName]: { numberOfFailures, status } },
      conditions: withCondition(fresh.status?.conditions ?? [], fallback),
    });
    return numberOfFailures;
  }

  /** One poll. Source: scale_handler.go (checkScalers). */
  #check(key: string): void {
    const [namespace, name] = key.split("/");
    const { kube } = this.context;
    const object = kube.get<ScaledObject>(SCALED_OBJECTS, namespace, name);
    if (!object || !this.#loops.has(key)) return;
    const log = this.#log.with(aboutScaledObject(object));
    let scalers: Scaler[];
    try {
      scalers = this.scalersOf(object);
    } catch (error) {
      if (!(error instanceof ScalerError || error instanceof ScaledObjectError)) throw error;
      log.error(
        `error getting scalers cache ${error.message}`,
        "error getting state of scaledObject",
      );
      return;
    }
    const wasFallback = conditionOf(object, "Fallback")?.status === "True";
    const state = this.#state(object, scalers, log);
    if (state.isFallback && !wasFallback) {
      this.#event(object, "Normal", "ScaledObjectFallbackActivated", FALLBACK_ON);
    } else if (!state.isFallback && wasFallback) {
      this.#event(object, "Normal", "ScaledObjectFallbackDeactivated", FALLBACK_OFF);
    }
    this.#requestScale(kube.get<ScaledObject>(SCALED_OBJECTS, namespace, name) ?? object, state);
  }

  /** Source: scale_handler.go (getScaledObjectState, getScalerState). */
  #state(object: ScaledObject, scalers: readonly Scaler[], log: Zap) {
    const state = {
      isActive: false,
      isError: false,
      isFallback: false,
      activeTriggers: [] as string[],
    };
    for (const scaler of scalers) {
      if (scaler.metricName === undefined) continue;
      const raw = this.#read(scaler);
      const trigger = scaler.trigger.name || scaler.goName;
      log.debug("Getting metrics and activity from scaler", {
        scaler: trigger,
        metricName: scaler.metricName,
        metrics: raw.metrics,
        activity: raw.isActive,
        scalerError: raw.error,
      });
      const reading = this.#withFallback(object, scaler, raw, log, trigger);
      if (scaler.trigger.useCachedMetrics) {
        this.#records.set(`${keyOf(object)}/${scaler.metricName}`, reading);
      }
      if (reading.error !== undefined) {
        state.isError = true;
        log.error(reading.error, "error getting scale decision", { scaler: trigger });
        this.#event(object, "Warning", "KEDAScalerFailed", reading.error);
      }
      if (reading.isFallback) state.isFallback = true;
      if (reading.isActive) {
        state.isActive = true;
        state.activeTriggers.push(scaler.metricName);
        log.debug("Scaler for scaledObject is active", {
          scaler: trigger,
          metricName: scaler.metricName,
        });
      }
    }
    if (state.isError) {
      this.#caches.delete(keyOf(object));
      log.debug("scaler error encountered, clearing scaler cache");
    }
    // Only cpu and memory: they cannot wake a target that sleeps, so it never does.
    const all = scalers.every(({ metricName }) => metricName === undefined);
    if (all && !state.isError) state.isActive = true;
    return state;
  }

  /** Source: executor/scale_scaledobjects.go (RequestScale). */
  #requestScale(
    object: ScaledObject,
    state: { isActive: boolean; isError: boolean; activeTriggers: string[] },
  ): void {
    const { kube } = this.context;
    const { namespace = "", name } = object.metadata;
    const spec = object.spec!;
    const log = this.rootLog.named("scaleexecutor").with({
      "scaledobject.Name": name,
      "scaledObject.Namespace": namespace,
      "scaleTarget.Name": spec.scaleTargetRef.name,
    });
    const activity = Object.fromEntries(
      (object.status?.externalMetricNames ?? []).map((metric) => [
        metric,
        { isActive: state.activeTriggers.includes(metric) },
      ]),
    );
    let target: ScaleTarget;
    let currentReplicas: number;
    try {
      target = targetOf(kube, object);
      currentReplicas = readScale(kube, target, namespace).replicas;
    } catch (error) {
      if (!isApiError(error) && !(error instanceof ScaledObjectError)) throw error;
      const message = `Error getting current replicas count for ScaleTarget: ${error.message}`;
      log.error(error.message, "Error getting current replicas count for ScaleTarget");
      const ready = {
        type: "Ready",
        status: "False",
        reason: "ErrorGettingCurrentReplicas",
        message,
      };
      this.#applyConditions(object, [ready], { triggersActivity: activity });
      return;
    }
    if (isPaused(object)) return;
    const decision = decideKeda({
      ...spec,
      ...state,
      currentReplicas,
      cooldownPeriodSeconds: spec.cooldownPeriod,
      initialCooldownPeriodSeconds: spec.initialCooldownPeriod,
      fallbackReplicas: spec.fallback?.replicas,
      pausedScaleIn: isScaleInPaused(object),
      pausedScaleOut: isScaleOutPaused(object),
      forceActivation: isActivationForced(object),
      createdMs: Date.parse(object.metadata.creationTimestamp!),
      lastActiveMs: object.status?.lastActiveTime
        ? Date.parse(object.status.lastActiveTime)
        : undefined,
      nowMs: this.context.now(),
    });
    const acted = this.#act(object, target, currentReplicas, decision, state.activeTriggers, log);
    const ready = this.#checkHpaHealth(object, { type: "Ready", ...decision.ready }, log);
    this.#applyConditions(object, [ready, { type: "Active", ...decision.active }], {
      triggersActivity: activity,
      ...(decision.touchesLastActive && acted
        ? { lastActiveTime: rfc3339(this.context.now()) }
        : {}),
    });
  }

  /** Carries a decision out; false when the scale could not be written. */
  #act(
    object: ScaledObject,
    target: ScaleTarget,
    from: number,
    { action, debug }: KedaDecision,
    activeTriggers: readonly string[],
    log: Zap,
  ): boolean {
    const { namespace = "" } = object.metadata;
    const what = `${gvkString(target)} ${namespace}/${target.name}`;
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
    const counts = { "Original Replicas Count": from, "New Replicas Count": to };
    try {
      writeScale(this.context.kube, target, namespace, to);
    } catch (error) {
      if (!isApiError(error)) throw error;
      if (action.kind === "activate") {
        const message = `Failed to scale ${what} from -1 to ${to}`;
        this.#event(object, "Warning", "KEDAScaleTargetActivationFailed", message);
      } else if (action.kind === "deactivate") {
        const message = `Failed to deactivate ${what} from -1 to ${to}`;
        this.#event(object, "Warning", "KEDAScaleTargetDeactivationFailed", message);
      }
      return false;
    }
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

  /** Source: executor/scale_scaledobjects.go (checkHPAHealth). */
  #checkHpaHealth(object: ScaledObject, ready: Condition, log: Zap): Condition {
    const { namespace = "" } = object.metadata;
    const hpaName = object.status?.hpaName;
    const hpa = hpaName
      ? this.context.kube.get<HorizontalPodAutoscaler>(
        "horizontalpodautoscalers.autoscaling",
        namespace,
        hpaName,
      )
      : undefined;
    if (!hpa) return ready;
    if (Date.parse(hpa.metadata.creationTimestamp!) + HPA_GRACE_MS > this.context.now()) {
      log.debug("HPA is still initializing, skipping health check");
      return ready;
    }
    const active = hpa.status?.conditions?.find(({ type }) => type === "ScalingActive");
    if (!active || active.status === "True" || active.reason === "ScalingDisabled") return ready;
    return ready.status === "True"
      ? {
        type: "Ready",
        status: "False",
        reason: "HPAMetricsUnavailable",
        message: `ScaledObject is configured correctly but HPA is not healthy: ${active.reason}`,
      }
      : {
        type: "Ready",
        status: "False",
        reason: "ScalingDegraded",
        message: `Not ready because HPA is not healthy: ${active.reason} and SO is not healthy: ` +
          `${ready.reason} - ${ready.message}`,
      };
  }

  #applyConditions(
    object: ScaledObject,
    conditions: readonly Condition[],
    changes: Partial<ScaledObjectStatus>,
  ): void {
    const { namespace = "", name } = object.metadata;
    const fresh = this.context.kube.get<ScaledObject>(SCALED_OBJECTS, namespace, name);
    if (!fresh) return;
    const merged = conditions.reduce(withCondition, fresh.status?.conditions ?? []);
    this.updateStatus(fresh, { ...changes, conditions: [...merged] });
  }

  /** Writes status when it changes. */
  updateStatus(object: ScaledObject, changes: Partial<ScaledObjectStatus>): void {
    const status = Object.fromEntries(
      Object.entries({ ...object.status, ...changes }).filter(([, value]) => value !== undefined),
    );
    if (JSON.stringify(status) === JSON.stringify(object.status ?? {})) return;
    this.context.kube.updateStatus(SCALED_OBJECTS, { ...object, status } as ScaledObject);
  }

  #event(object: ScaledObject, type: "Normal" | "Warning", reason: string, message: string): void {
    this.context.kube.event(object, { type, reason, message, component: "keda-operator" });
  }
}

/** `namespace/name`. */
export function keyOf({ metadata: { namespace = "", name } }: ScaledObject): string {
  return `${namespace}/${name}`;
}

function about({ metadata: { namespace, name } }: ScaledObject) {
  return { type: "ScaledObject", namespace, name };
}

function aboutScaledObject({ metadata: { namespace, name } }: ScaledObject) {
  return { "scaledObject.Namespace": namespace, "scaledObject.Name": name };
}
