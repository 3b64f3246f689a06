import { ApiError, conditionOf, isConditionTrue, type Job } from "../../../kube/mod.ts";
import type { ContainerContext } from "../../seams.ts";
import type { Zap } from "../shared/zap.ts";
import type { JobScaleHandler } from "./job_scale_handler.ts";
import { type QueuedKeys, ReconcileQueue } from "./reconcile_queue.ts";
import {
  checkTriggers,
  type Condition,
  FINALIZER,
  INITIAL_CONDITIONS,
  keyParts,
  keyText,
  typesOf,
  withCondition,
  writeStatus,
} from "./scalable.ts";
import {
  isJobPaused,
  JOB_GENERATION,
  JOBS,
  jobsOf,
  SCALED_JOBS,
  type ScaledJob,
  type ScaledJobStatus,
} from "./scaled_job.ts";
import { isProblem, step, StepError } from "./step.ts";
import { noteUse } from "./trigger_authentications.ts";

const PAUSED_MESSAGE = "ScaledJob is paused";
const UNPAUSED_MESSAGE = "ScaledJob is unpaused";
const NO_JOB = "ScaledJob.spec.jobTargetRef not found";

/**
 * Brings about what a ScaledJob asks for: its scale loop and its status. Jobs of an earlier generation go.
 * Source: kedacore/keda controllers/keda/scaledjob_controller.go, scaledjob_finalizer.go.
 */
export class ScaledJobReconciler {
  readonly #queue: ReconcileQueue;
  /** What was last seen of each ScaledJob that a change of would matter. */
  readonly #seen: Map<string, string>;

  constructor(
    private readonly context: ContainerContext,
    private readonly rootLog: Zap,
    private readonly handler: JobScaleHandler,
    saved: { seen?: Record<string, string>; queue?: QueuedKeys } = {},
  ) {
    this.#seen = new Map(Object.entries(saved.seen ?? {}));
    this.#queue = new ReconcileQueue(context, {
      reconcile: (key) => this.#reconcile(key),
      failed: (key, message) => this.#log(key).error(message, "Reconciler error"),
    }, saved.queue);
  }

  /** Signatures of the ScaledJobs seen, for a snapshot. */
  seen(): Record<string, string> {
    return Object.fromEntries(this.#seen);
  }

  /** The ScaledJobs that wait to be looked at, for a snapshot. */
  waiting(): QueuedKeys {
    return this.#queue.waiting();
  }

  watch(): void {
    this.context.kube.watch<ScaledJob>(SCALED_JOBS, ({ type, object }) => {
      const key = keyText(object);
      if (type === "DELETED") {
        this.#seen.delete(key);
        return;
      }
      const signature = signatureOf(object);
      if (this.#seen.get(key) === signature) return;
      this.#seen.set(key, signature);
      this.#queue.add(key);
    });
  }

  #log(key: string): Zap {
    const [namespace, name] = keyParts(key);
    return this.rootLog.with({
      controller: "scaledjob",
      controllerGroup: "keda.sh",
      controllerKind: "ScaledJob",
      ScaledJob: { name, namespace },
      namespace,
      name,
      reconcileID: this.context.random.uuid(),
    });
  }

  /** True when nothing is left to do. Errors: ApiError. */
  #reconcile(key: string): boolean {
    this.context.note(`${SCALED_JOBS} ${key}`);
    const [namespace, name] = keyParts(key);
    const get = () => this.context.kube.get<ScaledJob>(SCALED_JOBS, namespace, name);
    let object = get();
    if (!object) return true;
    const log = this.#log(key);
    log.info("Reconciling ScaledJob");
    if (object.metadata.deletionTimestamp) {
      this.#finalize(object, log);
      return true;
    }
    const { finalizers = [] } = object.metadata;
    if (!finalizers.includes(FINALIZER)) {
      log.info("Adding Finalizer for the ScaledJob");
      this.#setFinalizers(object, [...finalizers, FINALIZER]);
      object = get()!;
    }
    if (!INITIAL_CONDITIONS.every(({ type }) => conditionOf(object!, type))) {
      this.#updateStatus(object, { conditions: [...INITIAL_CONDITIONS] });
      object = get()!;
    }
    if (!object.spec?.jobTargetRef) {
      log.error(NO_JOB, NO_JOB);
      this.#event(object, "Warning", "ScaledJobCheckFailed", NO_JOB);
      log.error(NO_JOB, "Reconciler error");
      return false;
    }
    const wasReady = isConditionTrue(object, "Ready");
    let failure: StepError | undefined;
    let message = "";
    try {
      message = this.#bringAbout(object, log);
    } catch (error) {
      if (!(error instanceof StepError)) throw error;
      failure = error;
    }
    this.#conclude(get() ?? object, { message, failure, wasReady }, log);
    if (failure) log.error(failure.message, "Reconciler error");
    return failure === undefined;
  }

  #conclude(
    object: ScaledJob,
    { message, failure, wasReady }: { message: string; failure?: StepError; wasReady: boolean },
    log: Zap,
  ): void {
    if (failure) {
      log.error(failure.message, failure.step);
      this.#setConditions(object, [
        { type: "Ready", status: "False", reason: "ScaledJobCheckFailed", message: failure.step },
        {
          type: "Active",
          status: "Unknown",
          reason: "UnknownState",
          message: "ScaledJob check failed",
        },
      ]);
      this.#event(object, "Warning", "ScaledJobCheckFailed", failure.step);
    } else {
      if (!wasReady) {
        this.#event(object, "Normal", "ScaledJobReady", "ScaledJob is ready for scaling");
      }
      log.debug(message);
      const ready = { type: "Ready", status: "True", reason: "ScaledJobReady", message };
      this.#setConditions(object, [ready]);
    }
    noteUse(this.context, object, true, log);
  }

  /** Gives the message of the Ready condition. Errors: StepError. */
  #bringAbout(object: ScaledJob, log: Zap): string {
    if (this.#notePausing(object, log)) return `${PAUSED_MESSAGE}, skipping reconcile loop`;
    const { namespace = "", name } = object.metadata;
    const { triggers } = object.spec!;
    const fresh = () => this.context.kube.get<ScaledJob>(SCALED_JOBS, namespace, name)!;
    step("ScaledJob doesn't have correct triggers specification", () => checkTriggers(triggers));
    const types = typesOf(triggers);
    log.debug("Updating ScaledJob status with triggers and authentications types", types);
    this.#updateStatus(fresh(), types);
    this.#rollOut(object, log);
    step(
      "Failed to ensure ScaledJob is correctly created",
      () => this.#checkScalers(object, log),
    );
    for (const { useCachedMetrics, metricType } of triggers) {
      if (useCachedMetrics) {
        log.info("Warning: property useCachedMetrics is not supported for ScaledJobs.");
      }
      if (!metricType) continue;
      const message = "metricType is set in one of the ScaledJob scaler";
      log.error(message, "metricType cannot be set in ScaledJob triggers");
      throw new StepError("Cannot set metricType in ScaledJob triggers", message);
    }
    log.debug("Starting a new ScaleLoop");
    this.handler.start(fresh());
    log.info("Initializing Scaling logic according to ScaledJob Specification");
    return "ScaledJob is defined correctly and is ready to scaling";
  }

  /** Errors: as isProblem() knows them. */
  #checkScalers(object: ScaledJob, log: Zap): void {
    try {
      this.handler.scalersOf(object);
    } catch (error) {
      if (isProblem(error)) log.error(error.message, "Error getting scalers");
      throw error;
    }
  }

  /** Whether it is paused. Source: scaledjob_controller.go (checkIfPaused). */
  #notePausing(object: ScaledJob, log: Zap): boolean {
    const wasPaused = isConditionTrue(object, "Paused");
    if (isJobPaused(object)) {
      if (!wasPaused) {
        const [status, message] = ["True", PAUSED_MESSAGE];
        this.#setConditions(object, [{
          type: "Paused",
          status,
          reason: "ScaledJobPaused",
          message,
        }]);
        this.#event(object, "Normal", "ScaledJobPaused", message);
      }
      log.debug("Stopping a ScaleLoop");
      this.handler.stop(object);
      return true;
    }
    if (wasPaused) {
      const [status, message] = ["False", UNPAUSED_MESSAGE];
      this.#setConditions(object, [{
        type: "Paused",
        status,
        reason: "ScaledJobUnpaused",
        message,
      }]);
      this.#event(object, "Normal", "ScaledJobUnpaused", message);
    }
    return false;
  }

  /**
   * Deletes the Jobs of earlier generations, unless they are to run to their end.
   * Errors: StepError. Source: scaledjob_controller.go (deletePreviousVersionScaleJobs).
   */
  #rollOut(object: ScaledJob, log: Zap): void {
    const { kube } = this.context;
    const { rolloutStrategy, rollout = {} } = object.spec!;
    if (rolloutStrategy) {
      log.info(
        "RolloutStrategy is deprecated, please use Rollout.Strategy in order to define the desired strategy for " +
          "job rollouts",
      );
    }
    if ((rolloutStrategy || rollout.strategy) === "gradual") {
      log.info(
        "RolloutStrategy: gradual, Not deleting jobs owned by the previous version of the scaleJob",
      );
      return;
    }
    const generation = String(object.metadata.generation ?? 0);
    const old = kube.list<Job>(JOBS, jobsOf(object))
      .filter(({ metadata }) => metadata.annotations?.[JOB_GENERATION] !== generation);
    if (old.length === 0) {
      log.info(
        "RolloutStrategy: immediate, No jobs owned by the previous version of the scaledJob",
      );
      return;
    }
    const what = `${old.length} jobs owned by the previous version of the scaledJob`;
    log.info(
      "RolloutStrategy: immediate, Deleting jobs owned by the previous version of the scaledJob",
      { numJobsToDelete: old.length },
    );
    this.#event(object, "Normal", "ScaledJobRolloutCleanupStarted", `Deleting ${what}`);
    const isForeground = rollout.propagationPolicy === "foreground";
    for (const { metadata: { namespace = "", name } } of old) {
      try {
        kube.delete(JOBS, namespace, name, {
          propagationPolicy: isForeground ? "Foreground" : "Background",
        });
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        const message = `Failed to delete job ${name}: ${error.message}`;
        this.#event(object, "Warning", "ScaledJobRolloutCleanupFailed", message);
        throw new StepError(`Not able to delete job: ${name}`, error.message);
      }
    }
    this.#event(object, "Normal", "ScaledJobRolloutCleanupCompleted", `Deleted ${what}`);
  }

  /** What it made goes with it, as the garbage collector does. Source: scaledjob_finalizer.go. */
  #finalize(object: ScaledJob, log: Zap): void {
    const { finalizers = [] } = object.metadata;
    if (finalizers.includes(FINALIZER)) {
      log.debug("Stopping a ScaleLoop");
      this.handler.stop(object);
      this.#setFinalizers(object, finalizers.filter((one) => one !== FINALIZER));
      noteUse(this.context, object, false, log);
    }
    log.info("Successfully finalized ScaledJob");
    this.#event(object, "Warning", "ScaledJobDeleted", "ScaledJob was deleted");
  }

  #setFinalizers(object: ScaledJob, finalizers: string[]): void {
    const next = structuredClone(object) as ScaledJob;
    next.metadata.finalizers = finalizers;
    this.context.kube.update(SCALED_JOBS, next);
  }

  #setConditions(object: ScaledJob, changes: readonly Condition[]): void {
    const { kube } = this.context;
    const { namespace = "", name } = object.metadata;
    const fresh = kube.get<ScaledJob>(SCALED_JOBS, namespace, name);
    if (!fresh) return;
    const conditions = changes.reduce(withCondition, fresh.status?.conditions ?? []);
    this.#updateStatus(fresh, { conditions: [...conditions] });
  }

  #updateStatus(object: ScaledJob, changes: Partial<ScaledJobStatus>): void {
    writeStatus(this.context.kube, SCALED_JOBS, object, changes);
  }

  #event(object: ScaledJob, type: "Normal" | "Warning", reason: string, message: string): void {
    this.context.kube.event(object, { type, reason, message, component: "keda-operator" });
  }
}

/** What a change must touch to matter: spec, the annotation that pauses, deletion. */
function signatureOf({ metadata }: ScaledJob): string {
  const { generation, deletionTimestamp, uid, annotations = {} } = metadata;
  const pausing = annotations["autoscaling.keda.sh/paused"] ?? null;
  return JSON.stringify([uid, generation, deletionTimestamp ?? null, pausing]);
}
