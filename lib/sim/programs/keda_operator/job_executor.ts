import { decideJobs, type QueueState, strategyOf } from "../../../autoscale/mod.ts";
import { rfc3339 } from "../../../go/mod.ts";
import { ApiError, isConditionTrue } from "../../../kube/mod.ts";
import type { ContainerContext } from "../../seams.ts";
import type { Zap } from "../shared/zap.ts";
import { beyondHistory, countJobs, jobFor } from "./jobs.ts";
import { type Condition, keyText, withCondition, writeStatus } from "./scalable.ts";
import { JOBS, SCALED_JOBS, type ScaledJob } from "./scaled_job.ts";

/** What one poll of a ScaledJob's triggers found. */
export interface JobScaleState extends QueueState {
  isError: boolean;
  /** The metrics of all triggers, and of those that are active. */
  triggers: readonly string[];
  activeTriggers: readonly string[];
}

/** Jobs that a poll has yet to make, as they survive a restart of the tutor. */
export interface JobBatch {
  state: JobScaleState;
  /** How many there were to make, and how many still are. */
  starts: number;
  left: number;
  /** When the next of them are made. */
  dueMs: number;
}

/** A poll that is under way. */
interface Poll {
  /** Whether its loop has ended meanwhile, or begun anew. */
  isStopped: () => boolean;
  done: () => void;
}

/**
 * How many requests the operator's client sends at once, and each second after that.
 * Source: kedacore/keda cmd/operator/main.go (kube-api-burst, kube-api-qps).
 */
const BURST = 30;
const PER_SECOND = 20;

const ACTIVE = "Scaling is performed because triggers are active";
const INACTIVE = "Scaling is not performed because triggers are not active";

/**
 * Starts the Jobs that a ScaledJob's triggers ask for, writes down what a poll came to, and deletes old Jobs.
 * Source: kedacore/keda pkg/scaling/executor/scale_jobs.go, pkg/scaling/scale_handler.go (handleResult).
 */
export class JobExecutor {
  readonly #batches = new Map<string, JobBatch>();

  constructor(private readonly context: ContainerContext, private readonly rootLog: Zap) {}

  /** What polls have yet to make, by key. */
  batches(): Record<string, JobBatch> {
    return Object.fromEntries(this.#batches);
  }

  requestJobScale(object: ScaledJob, state: JobScaleState, poll: Poll): void {
    const log = this.#log(object);
    const starts = this.#wanted(object, state, log);
    if (starts === undefined) this.#finish(object, state, poll, log);
    else {
      const dueMs = this.context.now();
      this.#create(object, { state, starts, left: starts, dueMs }, BURST, poll);
    }
  }

  /** Goes on with a poll that a restart of the tutor has cut. */
  resume(object: ScaledJob, batch: JobBatch, poll: Poll): void {
    this.#later(object, batch, poll);
  }

  #log({ metadata: { namespace, name } }: ScaledJob): Zap {
    return this.rootLog.named("scaleexecutor").with({
      "scaledJob.Name": name,
      "scaledJob.Namespace": namespace,
    });
  }

  #finish(object: ScaledJob, state: JobScaleState, { done }: Poll, log: Zap): void {
    const ready = readyCondition(state);
    if (ready.status !== "True") log.debug(ready.message!);
    const active = this.#noteActivity(object, state.isActive);
    this.#cleanUp(object, log);
    this.#conclude(object, state, [ready, active]);
    done();
  }

  /** How many Jobs are to be made; undefined where none are. */
  #wanted(object: ScaledJob, state: JobScaleState, log: Zap): number | undefined {
    const counts = countJobs(this.context.kube, object);
    log.info("Scaling Jobs", { "Number of running Jobs": counts.running });
    log.info("Scaling Jobs", { "Number of pending Jobs": counts.pending });
    const { strategy, effectiveMaxScale, starts } = decideJobs(object.spec!, state, counts);
    if (strategy !== "minimum") logStrategy(object, log);
    if (!state.isActive) {
      log.debug("No change in activity");
      return undefined;
    }
    log.debug("At least one scaler is active");
    if (effectiveMaxScale === 0) {
      log.info("No need to create jobs - all requested jobs already exist", { jobs: 0 });
      return undefined;
    }
    log.info("Creating jobs", { "Effective number of max jobs": effectiveMaxScale });
    log.info("Creating jobs", { "Number of jobs": starts });
    return starts;
  }

  /** Makes Jobs as fast as the operator's client may ask the API. */
  #create(object: ScaledJob, batch: JobBatch, most: number, poll: Poll): void {
    const log = this.#log(object);
    const { state, starts, left } = batch;
    for (let i = 0; i < Math.min(left, most); i++) this.#createOne(object, log);
    if (left > most) {
      const dueMs = this.context.now() + 1000;
      return this.#later(object, { ...batch, left: left - most, dueMs }, poll);
    }
    log.info("Created jobs", { "Number of jobs": starts });
    this.#event(object, "Normal", "KEDAJobsCreated", `Created ${starts} jobs`);
    this.#finish(object, state, poll, log);
  }

  #later(object: ScaledJob, batch: JobBatch, poll: Poll): void {
    const key = keyText(object);
    this.#batches.set(key, batch);
    this.context.after(Math.max(0, batch.dueMs - this.context.now()), () => {
      // A loop that began anew meanwhile has a batch of its own.
      if (this.#batches.get(key) === batch) this.#batches.delete(key);
      if (!poll.isStopped()) this.#create(object, batch, PER_SECOND, poll);
    });
  }

  #createOne(object: ScaledJob, log: Zap): void {
    const job = jobFor(object);
    if (!object.spec!.jobTargetRef!.template?.spec?.restartPolicy) {
      log.debug(
        "Job RestartPolicy is not set, setting it to 'OnFailure', to avoid setting it to the client's " +
          "default value 'Always'",
      );
    }
    try {
      this.context.kube.create(JOBS, job);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      log.error(error.message, "Failed to create a new Job");
      const message = `Failed to create job ${job.metadata.generateName}: ${error.message}`;
      this.#event(object, "Warning", "KEDAJobCreateFailed", message);
    }
  }

  /** Tells of a change of activity, and gives the condition. */
  #noteActivity(object: ScaledJob, isActive: boolean): Condition {
    const wasActive = isConditionTrue(object, "Active");
    if (isActive && !wasActive) this.#event(object, "Normal", "ScaledJobActive", ACTIVE);
    if (!isActive && wasActive) this.#event(object, "Normal", "ScaledJobInactive", INACTIVE);
    return isActive
      ? { type: "Active", status: "True", reason: "ScalerActive", message: ACTIVE }
      : { type: "Active", status: "False", reason: "ScalerNotActive", message: INACTIVE };
  }

  #cleanUp(object: ScaledJob, log: Zap): void {
    const { kube } = this.context;
    try {
      for (const { job, limit } of beyondHistory(kube, object)) {
        const { namespace = "", name } = job.metadata;
        kube.delete(JOBS, namespace, name, { propagationPolicy: "Background" });
        log.info("Remove a job by reaching the historyLimit", {
          "job.Name": name,
          historyLimit: limit,
        });
      }
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      log.error(error.message, "Failed to cleanUp jobs");
    }
  }

  #conclude(
    object: ScaledJob,
    { isActive, triggers, activeTriggers }: JobScaleState,
    conditions: readonly Condition[],
  ): void {
    const { kube } = this.context;
    const { namespace = "", name } = object.metadata;
    const fresh = kube.get<ScaledJob>(SCALED_JOBS, namespace, name);
    if (!fresh) return;
    const activity = Object.fromEntries(
      triggers.map((metric) => [metric, { isActive: activeTriggers.includes(metric) }]),
    );
    writeStatus(kube, SCALED_JOBS, fresh, {
      conditions: conditions.reduce(withCondition, fresh.status?.conditions ?? []),
      ...(isActive ? { lastActiveTime: rfc3339(this.context.now()) } : {}),
      triggersActivity: triggers.length > 0 ? activity : undefined,
    });
  }

  #event(object: ScaledJob, type: "Normal" | "Warning", reason: string, message: string): void {
    this.context.kube.event(object, { type, reason, message, component: "scale-handler" });
  }
}

function readyCondition({ isError, isActive }: JobScaleState): Condition {
  const type = "Ready";
  if (!isError) {
    const message = "ScaledJob is defined correctly and is ready for scaling";
    return { type, status: "True", reason: "ScaledJobReady", message };
  }
  return isActive
    ? {
      type,
      status: "Unknown",
      reason: "PartialTriggerError",
      message: "Some triggers defined in ScaledJob are not working correctly",
    }
    : {
      type,
      status: "False",
      reason: "TriggerError",
      message: "Triggers defined in ScaledJob are not working correctly",
    };
}

/** Source: scale_jobs.go (NewScalingStrategy). */
function logStrategy({ spec }: ScaledJob, log: Zap): void {
  const { scalingStrategy = {} } = spec!;
  const { strategy: specified = "" } = scalingStrategy;
  const selected = strategyOf(spec!);
  if (specified !== "custom") {
    log.debug("Selecting Scale Strategy", { specified, selected });
    return;
  }
  const percentage = scalingStrategy.customScalingRunningJobPercentage ?? "";
  log.debug("Selecting Scale Strategy", {
    specified,
    "selected:": "custom",
    customScalingQueueLength: scalingStrategy.customScalingQueueLengthDeduction ?? null,
    customScallingRunningJobPercentage: percentage,
  });
  if (selected === "custom") return;
  log.debug("Fail to convert CustomScalingRunningJobPercentage into float", {
    error: null,
    CustomScalingRunningJobPercentage: percentage,
  });
  log.debug("Selecting Scale has been changed", { selected });
}
