import { ApiError, isConditionTrue, type Job } from "../../../kube/mod.ts";
import type { ContainerContext } from "../../seams.ts";
import type { Zap } from "../shared/zap.ts";
import type { JobScaleHandler } from "./job_scale_handler.ts";
import { type Outcome, ReconcileFrame, type SavedReconciler } from "./reconcile_frame.ts";
import { checkTriggers, type Condition, typesOf, withCondition, writeStatus } from "./scalable.ts";
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

const PAUSED_MESSAGE = "ScaledJob is paused";
const UNPAUSED_MESSAGE = "ScaledJob is unpaused";
const NO_JOB = "ScaledJob.spec.jobTargetRef not found";

/**
 * Brings about what a ScaledJob asks for: its scale loop and its status. Jobs of an earlier generation go.
 * Source: kedacore/keda controllers/keda/scaledjob_controller.go, scaledjob_finalizer.go.
 */
export class ScaledJobReconciler {
  readonly #frame: ReconcileFrame<ScaledJob>;

  constructor(
    private readonly context: ContainerContext,
    rootLog: Zap,
    private readonly handler: JobScaleHandler,
    saved: SavedReconciler = {},
  ) {
    this.#frame = new ReconcileFrame(context, rootLog, {
      kind: "ScaledJob",
      resource: SCALED_JOBS,
      signatureOf,
      isRefused: (object, log) => this.#isRefused(object, log),
      bringAbout: (object, log) => this.#bringAbout(object, log),
      conclude: (object, outcome, log) => this.#conclude(object, outcome, log),
      letGo: (object, log) => {
        log.debug("Stopping a ScaleLoop");
        handler.stop(object);
      },
    }, saved);
  }

  /** What is to be kept over a restart. */
  snapshot(): Required<SavedReconciler> {
    return { seen: this.#frame.seen(), queue: this.#frame.waiting() };
  }

  watch(): void {
    this.#frame.watch();
  }

  #isRefused(object: ScaledJob, log: Zap): boolean {
    if (object.spec?.jobTargetRef) return false;
    log.error(NO_JOB, NO_JOB);
    this.#event(object, "Warning", "ScaledJobCheckFailed", NO_JOB);
    log.error(NO_JOB, "Reconciler error");
    return true;
  }

  #conclude(
    object: ScaledJob,
    { message, failure, wasReady }: Outcome,
    log: Zap,
  ): void {
    if (failure) {
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
    this.#frame.event(object, type, reason, message);
  }
}

/** What a change must touch to matter: spec, the annotation that pauses, deletion. */
function signatureOf({ metadata }: ScaledJob): string {
  const { generation, deletionTimestamp, uid, annotations = {} } = metadata;
  const pausing = annotations["autoscaling.keda.sh/paused"] ?? null;
  return JSON.stringify([uid, generation, deletionTimestamp ?? null, pausing]);
}
