import {
  compileModifiers,
  parseFloatStrictly,
  type ScalingFormula,
  ScalingModifiersError,
} from "../../../autoscale/mod.ts";
import { numError } from "../../../go/mod.ts";
import { isConditionTrue, Quantity } from "../../../kube/mod.ts";
import type { ContainerContext } from "../../seams.ts";
import type { Zap } from "../shared/zap.ts";
import { ScaleExecutor, type ScaleState } from "./executor.ts";
import { Fallback, type SettledReading } from "./fallback.ts";

import { applyModifiers, pairOf } from "./modifiers.ts";
import { targetPods } from "./resolver.ts";
import { about, identifierOf, keyParts, keyText, ScaledObjectError } from "./scalable.ts";
import { type ScaleLoop, ScaleLoops } from "./scale_loops.ts";
import {
  COMPOSITE_METRIC,
  SCALED_OBJECTS,
  type ScaledObject,
  usesModifiers,
} from "./scaled_object.ts";
import {
  type ExternalMetricValue,
  nameOf,
  type Reading,
  readOf,
  type Scaler,
  ScalerError,
} from "./scaler.ts";
import { buildScalers } from "./scalers.ts";
import { isProblem } from "./step.ts";

/** A scale loop, as it is kept over a restart. */
export interface Loop extends ScaleLoop {
  /** Values of triggers with useCachedMetrics, by metric. */
  records?: Record<string, Reading>;
}

/** The scalers of a ScaledObject, and its formula. */
export interface ScalersCache {
  generation: number;
  scalers: readonly Scaler[];
  formula?: ScalingFormula;
}

/** The event texts of upstream's pkg/common/message. */
const FALLBACK_ON = "ScaledObject fallback is active";
const FALLBACK_OFF = "ScaledObject fallback is no longer active";

/**
 * Polls the triggers of every ScaledObject and answers the metrics server.
 * Source: kedacore/keda pkg/scaling/scale_handler.go.
 * Differs: no push scalers.
 */
export class ScaleHandler {
  readonly #loops: ScaleLoops;
  readonly #caches = new Map<string, ScalersCache>();
  /** ScaledObjects whose scalers were built before a restart: building them again is no news. */
  readonly #restored = new Set<string>();
  /** Values of triggers with useCachedMetrics, by ScaledObject and metric. */
  readonly #records = new Map<string, Map<string, Reading>>();
  readonly #log: Zap;
  readonly #fallback: Fallback;
  readonly #executor: ScaleExecutor;

  constructor(
    private readonly context: ContainerContext,
    private readonly rootLog: Zap,
    saved: Record<string, Loop> = {},
  ) {
    this.#log = rootLog.named("scale_handler");
    this.#fallback = new Fallback(context, rootLog);
    this.#executor = new ScaleExecutor(context, rootLog);
    this.#loops = new ScaleLoops(context, this.#log, (key) => this.#check(key));
    for (const [key, loop] of Object.entries(saved)) {
      const [namespace, name] = keyParts(key);
      const object = context.kube.get<ScaledObject>(SCALED_OBJECTS, namespace, name);
      if (!object) continue;
      this.#restored.add(key);
      if (loop.records) this.#records.set(key, new Map(Object.entries(loop.records)));
      this.#loops.resume(object, loop);
    }
  }

  // ------------------------------------------------------------ loops

  /** The loops that run. */
  loops(): Record<string, Loop> {
    return Object.fromEntries(
      this.#loops.running().map(([key, loop]) => {
        const records = this.#records.get(key);
        return [key, { ...loop, ...(records ? { records: Object.fromEntries(records) } : {}) }];
      }),
    );
  }

  /** The generation that a loop was started for. */
  generationOf(key: string): number | undefined {
    return this.#loops.generationOf(key);
  }

  /** Starts the loop of a ScaledObject, or starts it again; it polls at once. */
  start(object: ScaledObject): void {
    if (this.#loops.start(object)) {
      this.#event(object, "Normal", "KEDAScalersStarted", "Started scalers watch");
    }
  }

  stop(object: ScaledObject): void {
    if (!this.#loops.stop(object)) return;
    this.#forget(object);
    this.#event(object, "Normal", "KEDAScalersStopped", "Stopped scalers watch");
  }

  // ------------------------------------------------------------ scalers

  /** The scalers of a ScaledObject. Errors: ScalerError, ScaledObjectError. */
  scalersOf(object: ScaledObject): ScalersCache {
    const key = keyText(object);
    const generation = object.metadata.generation ?? 0;
    const cached = this.#caches.get(key);
    if (cached?.generation === generation) return cached;
    const cache: ScalersCache = { generation, scalers: this.#build(object, key) };
    const modifiers = object.spec!.advanced?.scalingModifiers;
    if (modifiers?.formula) {
      try {
        cache.formula = compileModifiers(
          modifiers,
          object.spec!.triggers,
          this.context.now(),
        );
      } catch (error) {
        if (!(error instanceof ScalingModifiersError)) throw error;
        this.#log.error(error.message, "error validating-compiling scalingModifiers");
        throw new ScaledObjectError(error.message);
      }
    }
    this.#caches.set(key, cache);
    return cache;
  }

  #build(object: ScaledObject, key: string): Scaler[] {
    const { context, rootLog } = this;
    const pods = targetPods(context.kube, object, rootLog.named("scale_resolver"));
    return buildScalers(object, {
      context,
      rootLog,
      log: this.#log.with(about(object)),
      pods,
      asMetricSource: usesModifiers(object),
      isNews: !this.#restored.delete(key),
      tell: (type, reason, message) => this.#event(object, type, reason, message),
    });
  }

  /** Scalers are built again at the next call, and cached values are gone. */
  #forget(object: ScaledObject): void {
    const key = keyText(object);
    this.#records.delete(key);
    if (!this.#caches.delete(key)) return;
    this.#log.debug("Removing entry from ScalersCache; scaler close runs asynchronously", {
      key: identifierOf(object),
    });
  }

  // ------------------------------------------------------------ the metrics server

  /**
   * The value of one metric, for the metrics server; asked of the trigger's source now, unless the
   * trigger says to use the value of the last poll.
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
    let cache: ScalersCache;
    try {
      cache = this.scalersOf(object);
    } catch (error) {
      if (!isProblem(error)) throw error;
      throw new ScalerError(`error getting scalers ${error.message}`);
    }
    // A formula needs them all.
    const wanted = object.spec!.advanced?.scalingModifiers?.target
      ? object.status?.externalMetricNames ?? []
      : [metricName];
    const isWanted = (one: string) =>
      wanted.some((each) => each.toLowerCase() === one.toLowerCase());
    const found = new Collection();
    for (const scaler of cache.scalers) {
      if (scaler.metricName === undefined || !isWanted(scaler.metricName)) continue;
      this.#pair(object, scaler, found, log);
      const raw = this.#recorded(object, scaler, log) ?? this.#readForHpa(scaler, log);
      const settled = this.#settle(object, scaler, raw, log);
      found.add(settled);
    }
    if (found.isError) this.#giveUpCache(object, log);
    if (!found.isFallback && found.isError) {
      throw new ScalerError(`metric:${metricName} encountered error`);
    }
    if (found.metrics.length === 0) {
      throw new ScalerError(`no matching metrics found for ${metricName}`);
    }
    return applyModifiers(this.context, this.#fresh(object), found, cache.formula, log);
  }

  #recorded(object: ScaledObject, scaler: Scaler, log: Zap): Reading | undefined {
    if (!scaler.trigger.useCachedMetrics) return undefined;
    const record = this.#records.get(keyText(object))?.get(scaler.metricName!);
    if (record) {
      log.debug("Reading metrics from cache", {
        scaler: nameOf(scaler),
        metricName: scaler.metricName,
        metricsRecord: recordText(record),
      });
    }
    return record;
  }

  #readForHpa(scaler: Scaler, log: Zap): Reading {
    const raw = readOf(scaler);
    log.debug("Getting metrics from trigger", {
      trigger: nameOf(scaler),
      metricName: scaler.metricName,
      metrics: raw.metrics,
      scalerError: raw.error,
    });
    return raw;
  }

  #settle(object: ScaledObject, scaler: Scaler, raw: Reading, log: Zap): SettledReading {
    const settled = this.#fallback.settle(object, scaler, raw);
    if (settled.error !== undefined) {
      log.error(settled.error, "error getting metric for trigger", { trigger: nameOf(scaler) });
    }
    return settled;
  }

  #pair(object: ScaledObject, scaler: Scaler, found: Collection, log: Zap): void {
    try {
      const name = pairOf(object, scaler.metricName!, scaler.trigger.name);
      if (name !== undefined) found.pairs.set(scaler.metricName!, name);
    } catch (error) {
      if (!(error instanceof ScalerError)) throw error;
      log.error(error.message, "error pairing triggers & metrics for compositeScaler");
    }
  }

  #giveUpCache(object: ScaledObject, log: Zap): void {
    this.#forget(object);
    log.debug("scaler error encountered, clearing scaler cache");
  }

  #fresh(object: ScaledObject): ScaledObject {
    const { namespace = "", name } = object.metadata;
    return this.context.kube.get<ScaledObject>(SCALED_OBJECTS, namespace, name) ?? object;
  }

  // ------------------------------------------------------------ polling

  /** One poll. Source: scale_handler.go (checkScalers). */
  #check(key: string): void {
    this.context.note(`${SCALED_OBJECTS} ${key}`);
    const [namespace, name] = keyParts(key);
    const object = this.context.kube.get<ScaledObject>(SCALED_OBJECTS, namespace, name);
    if (!object || !this.#loops.current(key)) return;
    const log = this.#log.with(aboutScaledObject(object));
    let state: ScaleState & { isFallback: boolean; records: Map<string, Reading> };
    try {
      state = this.#state(object, log);
    } catch (error) {
      if (!isProblem(error)) throw error;
      log.error(error.message, "error getting state of scaledObject");
      return;
    }
    const wasFallback = isConditionTrue(object, "Fallback");
    if (state.isFallback && !wasFallback) {
      this.#event(object, "Normal", "ScaledObjectFallbackActivated", FALLBACK_ON);
    } else if (!state.isFallback && wasFallback) {
      this.#event(object, "Normal", "ScaledObjectFallbackDeactivated", FALLBACK_OFF);
    }
    this.#executor.requestScale(this.#fresh(object), state);
    if (state.records.size === 0) return;
    log.debug("Storing metrics to cache", {
      metricsRecords: Object.fromEntries(
        [...state.records].map(([metric, record]) => [metric, recordText(record)]),
      ),
    });
    this.#records.set(key, state.records);
  }

  /** Errors: ScalerError, ScaledObjectError. Source: getScaledObjectState, getScalerState. */
  #state(object: ScaledObject, log: Zap) {
    let cache: ScalersCache;
    try {
      cache = this.scalersOf(object);
    } catch (error) {
      if (!isProblem(error)) throw error;
      throw new ScalerError(`error getting scalers cache ${error.message}`);
    }
    const found = new Collection();
    const records = new Map<string, Reading>();
    let isActive = false;
    let activeTriggers: string[] = [];
    for (const scaler of cache.scalers) {
      if (scaler.metricName === undefined) continue;
      const settled = this.#poll(object, scaler, log);
      found.add(settled);
      if (scaler.trigger.useCachedMetrics) records.set(scaler.metricName, settled);
      if (settled.error === undefined && settled.isActive) {
        isActive = true;
        activeTriggers.push(...settled.metrics.map(({ metricName }) => metricName));
      }
      this.#pair(object, scaler, found, log);
    }
    if (found.isError) this.#giveUpCache(object, log);
    const metrics = applyModifiers(
      this.context,
      this.#fresh(object),
      found,
      cache.formula,
      log,
    );
    if (usesModifiers(object)) {
      isActive = !found.isError && isCompositeActive(object, metrics);
      activeTriggers = isActive ? [COMPOSITE_METRIC] : [];
    }
    // Only cpu and memory: they cannot wake a target that sleeps, so it never does.
    const own = object.spec!.triggers.filter(({ type }) => type === "cpu" || type === "memory");
    if (object.spec!.triggers.length <= own.length && !found.isError) isActive = true;
    const { isError, isFallback } = found;
    return { isActive, isError, isFallback, activeTriggers, records };
  }

  #poll(object: ScaledObject, scaler: Scaler, log: Zap): SettledReading {
    const raw = readOf(scaler);
    const trigger = nameOf(scaler);
    log.debug("Getting metrics and activity from scaler", {
      scaler: trigger,
      metricName: scaler.metricName,
      metrics: raw.metrics,
      activity: raw.isActive,
      scalerError: raw.error,
    });
    const settled = this.#settle(object, scaler, raw, log);
    const isActive = settled.isFallback || settled.isActive;
    const isSource = usesModifiers(object);
    if (settled.error !== undefined) {
      if (isSource) {
        log.error(settled.error, "error getting metric source", { source: trigger });
        this.#event(object, "Warning", "KEDAMetricSourceFailed", settled.error);
      } else {
        log.error(settled.error, "error getting scale decision", { scaler: trigger });
        this.#event(object, "Warning", "KEDAScalerFailed", settled.error);
      }
    } else if (isActive && !isSource) {
      log.debug("Scaler for scaledObject is active", {
        scaler: trigger,
        metricName: scaler.metricName,
      });
    }
    return { ...settled, isActive };
  }

  #event(object: ScaledObject, type: "Normal" | "Warning", reason: string, message: string): void {
    this.context.kube.event(object, { type, reason, message, component: "keda-operator" });
  }
}

/** What the scalers of a ScaledObject gave together. */
class Collection {
  readonly metrics: ExternalMetricValue[] = [];
  readonly fallbackMetrics: ExternalMetricValue[] = [];
  readonly pairs = new Map<string, string>();
  isError = false;
  isFallback = false;

  add({ metrics, error, isFallback }: SettledReading): void {
    if (error !== undefined) this.isError = true;
    if (isFallback) {
      this.isFallback = true;
      this.fallbackMetrics.push(...metrics);
    }
    this.metrics.push(...metrics);
  }
}

/** Errors: ScalerError. */
function isCompositeActive(object: ScaledObject, metrics: readonly ExternalMetricValue[]): boolean {
  const text = object.spec!.advanced!.scalingModifiers!.activationTarget ?? "";
  const threshold = text === "" ? 0 : parseFloatStrictly(text);
  if (Number.isNaN(threshold)) {
    throw new ScalerError(
      `scalingModifiers.ActivationTarget parsing error ${numError("ParseFloat", text)}`,
    );
  }
  return metrics.some(({ value }) => Quantity.parse(value).asNumber() > threshold);
}

function recordText({ isActive, metrics, error }: Reading) {
  return { IsActive: isActive, Metric: metrics, ScalerError: error ?? null };
}

function aboutScaledObject({ metadata: { namespace, name } }: ScaledObject) {
  return { "scaledObject.Namespace": namespace, "scaledObject.Name": name };
}
