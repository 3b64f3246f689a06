import { jobBounds, joinQueues, type QueueReading, queueReading } from "../../../autoscale/mod.ts";
import { Quantity } from "../../../kube/mod.ts";
import type { ContainerContext } from "../../seams.ts";
import type { Zap } from "../shared/zap.ts";
import { type JobBatch, JobExecutor, type JobScaleState } from "./job_executor.ts";
import { about, identifierOf, keyParts, keyText } from "./scalable.ts";
import { type ScaleLoop, ScaleLoops } from "./scale_loops.ts";
import { SCALED_JOBS, type ScaledJob } from "./scaled_job.ts";
import { nameOf, type Reading, readOf, type Scaler } from "./scaler.ts";
import { type BuildContext, buildScaler, buildScalers } from "./scalers.ts";
import { isProblem } from "./step.ts";

interface ScalersCache {
  generation: number;
  scalers: Scaler[];
}

/**
 * Polls the triggers of every ScaledJob.
 * Source: kedacore/keda pkg/scaling/scale_handler.go (getScaledJobMetrics, getScaledJobState).
 */
export class JobScaleHandler {
  readonly #loops: ScaleLoops;
  readonly #caches = new Map<string, ScalersCache>();
  /** ScaledJobs whose scalers were built before a restart: building them again is no news. */
  readonly #restored = new Set<string>();
  /** Loops whose poll has not come to its end. */
  readonly #busy = new WeakSet<ScaleLoop>();
  readonly #log: Zap;
  readonly #executor: JobExecutor;

  constructor(
    private readonly context: ContainerContext,
    private readonly rootLog: Zap,
    saved: { jobLoops?: Record<string, ScaleLoop>; jobBatches?: Record<string, JobBatch> } = {},
  ) {
    this.#log = rootLog.named("scale_handler");
    this.#executor = new JobExecutor(context, rootLog);
    this.#loops = new ScaleLoops(context, this.#log, (key) => this.#check(key));
    for (const [key, loop] of Object.entries(saved.jobLoops ?? {})) {
      const [namespace, name] = keyParts(key);
      const object = context.kube.get<ScaledJob>(SCALED_JOBS, namespace, name);
      if (!object) continue;
      this.#restored.add(key);
      this.#loops.resume(object, loop);
      const batch = saved.jobBatches?.[key];
      if (batch) this.#executor.resume(object, batch, this.#poll(key));
    }
  }

  /** The loops that run. */
  loops(): Record<string, ScaleLoop> {
    return Object.fromEntries(this.#loops.running());
  }

  /** What polls have yet to make. */
  batches(): Record<string, JobBatch> {
    return this.#executor.batches();
  }

  /** Starts the loop of a ScaledJob, or starts it again; it polls at once. */
  start(object: ScaledJob): void {
    if (this.#loops.start(object)) {
      this.#event(object, "Normal", "KEDAScalersStarted", "Started scalers watch");
    }
  }

  stop(object: ScaledJob): void {
    if (!this.#loops.stop(object)) return;
    if (this.#caches.delete(keyText(object))) {
      this.#log.debug("Removing entry from ScalersCache; scaler close runs asynchronously", {
        key: identifierOf(object),
      });
    }
    this.#event(object, "Normal", "KEDAScalersStopped", "Stopped scalers watch");
  }

  /** The scalers of a ScaledJob. Errors: ScalerError. */
  scalersOf(object: ScaledJob): Scaler[] {
    const key = keyText(object);
    const generation = object.metadata.generation ?? 0;
    const cached = this.#caches.get(key);
    if (cached?.generation === generation) return cached.scalers;
    const scalers = buildScalers(object, {
      ...this.#build(object),
      isNews: !this.#restored.delete(key),
      tell: (type, reason, message) => this.#event(object, type, reason, message),
    });
    this.#caches.set(key, { generation, scalers });
    return scalers;
  }

  /** Source: pkg/scaling/resolver/scale_resolvers.go (ResolveScaleTargetPodSpec). */
  #build(object: ScaledJob): BuildContext {
    const { jobTargetRef, envSourceContainerName } = object.spec!;
    const spec = jobTargetRef!.template?.spec ?? { containers: [] };
    return {
      context: this.context,
      rootLog: this.rootLog,
      log: this.#log.with(about(object)),
      pods: { spec, container: envSourceContainerName || undefined },
      asMetricSource: false,
    };
  }

  /** One poll. Source: scale_handler.go (checkScalers). */
  #check(key: string): void {
    this.context.note(`${SCALED_JOBS} ${key}`);
    const [namespace, name] = keyParts(key);
    const object = this.context.kube.get<ScaledJob>(SCALED_JOBS, namespace, name);
    const loop = this.#loops.current(key);
    // A poll that is still making Jobs holds the next one up.
    if (!object || !loop || this.#busy.has(loop)) return;
    const poll = this.#poll(key);
    this.#executor.requestJobScale(object, this.#state(object), poll);
  }

  /** A poll of the loop that runs. */
  #poll(key: string) {
    const loop = this.#loops.current(key)!;
    this.#busy.add(loop);
    return {
      isStopped: () => this.#loops.current(key) !== loop,
      done: () => this.#busy.delete(loop),
    };
  }

  #state(object: ScaledJob): JobScaleState {
    const { name } = object.metadata;
    const { readings, ...found } = this.#readings(object);
    const { jobsExactly, ...state } = joinQueues(readings, object.spec!);
    this.rootLog.named("scalemetrics").with({ "scaledJob.Name": name }).debug(
      "Checking if ScaleJob Scalers are active",
      {
        isActive: state.isActive,
        maxValue: jobsExactly,
        MultipleScalersCalculation: object.spec!.scalingStrategy?.multipleScalersCalculation ?? "",
        activeTriggers: found.activeTriggers,
      },
    );
    return { ...state, ...found };
  }

  #readings(object: ScaledJob) {
    const { namespace, name } = object.metadata;
    const log = this.#log.with({ "scaledJob.Namespace": namespace, "scaledJob.Name": name });
    const readings: QueueReading[] = [];
    const triggers: string[] = [];
    const activeTriggers: string[] = [];
    let isError = false;
    let scalers: Scaler[];
    try {
      scalers = this.scalersOf(object);
    } catch (error) {
      if (!isProblem(error)) throw error;
      log.error(error.message, "error getting scalers cache");
      return { readings, triggers, activeTriggers, isError: true };
    }
    for (const [index, scaler] of scalers.entries()) {
      const { metricName, goName } = scaler;
      // cpu and memory are for the HPA to measure, and there is none.
      if (metricName === undefined) continue;
      triggers.push(metricName);
      const own = this.#log.with({ "scaledJob.Name": name, Scaler: `*scalers.${goName}:` });
      const reading = this.#read(object, index, scalers);
      if (reading.error !== undefined) {
        own.error(reading.error, "Error getting scaler metrics and activity, but continue");
        this.#event(object, "Warning", "KEDAScalerFailed", reading.error);
        isError = true;
        continue;
      }
      const target = targetOf(scaler);
      const queueLength = lengthOf(reading, metricName);
      const { isActive } = reading;
      own.debug("Scaler Metric value", {
        isTriggerActive: isActive,
        [metricName]: queueLength,
        targetAverageValue: target,
      });
      readings.push(queueReading(queueLength, {
        target,
        isActive,
        more: jobBounds(object.spec!).more,
      }));
      if (!isActive) continue;
      activeTriggers.push(metricName);
      log.debug("Scaler for scaledJob is active", { scaler: nameOf(scaler), metricName });
    }
    return { readings, triggers, activeTriggers, isError };
  }

  /**
   * What a trigger gives; one that fails is built again and asked once more.
   * Source: pkg/scaling/cache/scalers_cache.go (GetMetricsAndActivityForScaler).
   */
  #read(object: ScaledJob, index: number, scalers: Scaler[]): Reading {
    const reading = readOf(scalers[index]);
    if (reading.error === undefined) return reading;
    try {
      scalers[index] = buildScaler(object, index, this.#build(object));
    } catch (error) {
      if (!isProblem(error)) throw error;
      return { metrics: [], isActive: false, error: error.message };
    }
    return readOf(scalers[index]);
  }

  #event(object: ScaledJob, type: "Normal" | "Warning", reason: string, message: string): void {
    this.context.kube.event(object, { type, reason, message, component: "scale-handler" });
  }
}

/** What a trigger is divided by. Source: pkg/scaling/scaledjob/metrics.go (getTargetAverageValue). */
function targetOf({ spec }: Scaler): number {
  const { averageValue } = spec.external!.target;
  return averageValue === undefined ? 0 : Quantity.parse(averageValue).asNumber();
}

function lengthOf({ metrics }: Reading, metric: string): number {
  return metrics.filter(({ metricName }) => metricName === metric)
    .reduce((sum, { value }) => sum + Quantity.parse(value).asNumber(), 0);
}
