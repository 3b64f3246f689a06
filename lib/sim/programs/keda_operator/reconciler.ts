import { isFallbackValid } from "../../../autoscale/mod.ts";
import {
  ApiError,
  conditionOf,
  groupKind,
  groupResource,
  isConditionTrue,
  type KubeObject,
} from "../../../kube/mod.ts";
import type { ContainerContext, WatchEvent } from "../../seams.ts";
import type { Zap } from "../shared/zap.ts";
import { OwnedHpa } from "./owned_hpa.ts";
import { type Outcome, ReconcileFrame, type SavedReconciler } from "./reconcile_frame.ts";
import {
  checkTriggers,
  type Condition,
  FINALIZER,
  keyText,
  ScaledObjectError,
  typesOf,
  withCondition,
} from "./scalable.ts";
import {
  checkReplicaBounds,
  HPAS,
  isPaused,
  isScaleInPaused,
  isScaleOutPaused,
  OWNER_LABEL,
  PAUSED,
  pausedReplicas,
  SCALED_OBJECTS,
  type ScaledObject,
  updateStatus,
} from "./scaled_object.ts";
import type { ScaleHandler } from "./scale_handler.ts";
import { formulaTarget, NO_FALLBACK } from "./fallback.ts";
import { step, StepError, worded } from "./step.ts";
import { gvkString, readScale, type ScaleTarget, targetOf, writeScale } from "./scale_target.ts";

const READY_MESSAGE = "ScaledObject is defined correctly and is ready for scaling";
const TARGET_PROBLEM = "ScaledObject doesn't have correct scaleTargetRef specification";

/**
 * Brings about what a ScaledObject asks for: its HPA, its scale loop, its status.
 * Source: kedacore/keda controllers/keda/scaledobject_controller.go, scaledobject_finalizer.go.
 */
export class ScaledObjectReconciler {
  readonly #frame: ReconcileFrame<ScaledObject>;
  readonly #hpa: OwnedHpa;

  constructor(
    private readonly context: ContainerContext,
    rootLog: Zap,
    private readonly handler: ScaleHandler,
    saved: SavedReconciler = {},
  ) {
    this.#hpa = new OwnedHpa(context, handler);
    this.#frame = new ReconcileFrame(context, rootLog, {
      kind: "ScaledObject",
      resource: SCALED_OBJECTS,
      signatureOf,
      matters: becomesReady,
      bringAbout: (object, log) => this.#bringAbout(object, log),
      conclude: (object, outcome, log) => this.#conclude(object, outcome, log),
      letGo: (object, log) => {
        handler.stop(object);
        if (object.spec!.advanced?.restoreToOriginalReplicaCount) this.#restore(object, log);
      },
    }, saved);
  }

  /** What is to be kept over a restart. */
  snapshot(): Required<SavedReconciler> {
    return { seen: this.#frame.seen(), queue: this.#frame.waiting() };
  }

  /** Watches ScaledObjects and the HPAs they own; `isResumed` when what is there was seen before. */
  watch(isResumed: boolean): void {
    const { kube } = this.context;
    let isStarting = isResumed;
    this.#frame.watch();
    kube.watch(HPAS, (event) => {
      const owner = event.object.metadata.ownerReferences?.find(({ kind, controller }) =>
        kind === "ScaledObject" && controller
      );
      if (!owner || isStarting || !isHpaChange(event)) return;
      this.#frame.add(`${event.object.metadata.namespace}/${owner.name}`);
    });
    isStarting = false;
  }

  #conclude(
    object: ScaledObject,
    { message, failure, wasReady }: Outcome,
    log: Zap,
  ): void {
    const changes: Condition[] = [];
    if (failure) {
      const text = `${failure.step}: ${failure.message}`;
      changes.push(
        { type: "Ready", status: "False", reason: "ScaledObjectCheckFailed", message: text },
        {
          type: "Active",
          status: "Unknown",
          reason: "UnknownState",
          message: "ScaledObject check failed",
        },
      );
      this.#event(object, "Warning", "ScaledObjectCheckFailed", text);
    } else {
      if (!wasReady) {
        this.#event(object, "Normal", "ScaledObjectReady", "ScaledObject is ready for scaling");
      }
      log.debug(message);
      changes.push({ type: "Ready", status: "True", reason: "ScaledObjectReady", message });
    }
    const { fallback } = object.spec!;
    if (!fallback || !isFallbackValid(fallback, formulaTarget(object))) changes.push(NO_FALLBACK);
    const conditions = changes.reduce(withCondition, object.status?.conditions ?? []);
    updateStatus(this.context.kube, object, { conditions: [...conditions] });
  }

  /** Gives the message of the Ready condition. Errors: StepError. */
  #bringAbout(object: ScaledObject, log: Zap): string {
    const { namespace = "", name } = object.metadata;
    const fresh = () => this.context.kube.get<ScaledObject>(SCALED_OBJECTS, namespace, name)!;
    if (isPaused(object)) return this.#pause(object, log);
    this.#notePausing(object);
    if (!object.spec!.scaleTargetRef.name) {
      throw new StepError(TARGET_PROBLEM, "ScaledObject.spec.scaleTargetRef.name is missing");
    }
    if (object.metadata.labels?.[OWNER_LABEL] !== name) {
      log.debug('Adding "scaledobject.keda.sh/name" label on ScaledObject', { value: name });
      this.#frame.updateMetadata(fresh(), {
        labels: { ...object.metadata.labels, [OWNER_LABEL]: name },
      });
    }
    const target = this.#checkTarget(fresh(), log);
    step(
      "ScaledObject doesn't have correct Idle/Min/Max Replica Counts specification",
      () => checkReplicaBounds(object),
    );
    step(
      "ScaledObject doesn't have correct triggers specification",
      () => checkTriggers(object.spec!.triggers ?? []),
    );
    updateStatus(this.context.kube, fresh(), typesOf(object.spec!.triggers));
    const isNew = step(
      "failed to ensure HPA is correctly created for ScaledObject",
      () => this.#hpa.ensure(fresh(), target, log),
    );
    const generation = fresh().metadata.generation ?? 0;
    if (isNew || this.handler.generationOf(keyText(object)) !== generation) {
      log.debug("Notify scaleHandler of an update in scaledObject");
      this.handler.start(fresh());
      log.info("Initializing Scaling logic according to ScaledObject Specification");
    }
    return READY_MESSAGE;
  }

  /** The target, which must be there and have a scale. Errors: StepError. */
  #checkTarget(object: ScaledObject, log: Zap): ScaleTarget {
    const { kube } = this.context;
    const { namespace = "" } = object.metadata;
    let target: ScaleTarget;
    try {
      target = targetOf(kube, object);
    } catch (error) {
      if (!(error instanceof ScaledObjectError)) throw error;
      const { apiVersion = "", kind = "" } = object.spec!.scaleTargetRef;
      log.error(error.message, "Failed to parse Group, Version, Kind, Resource", {
        apiVersion,
        kind,
      });
      this.#event(object, "Warning", "ScaledObjectUpdateFailed", error.message);
      throw new StepError(TARGET_PROBLEM, error.message);
    }
    const gvk = gvkString(target);
    const { group, version, kind, resource, name } = target;
    log.debug("Parsed Group, Version, Kind, Resource", { GVK: gvk, Resource: resource });
    const refuse = (message: string, error: string) => {
      log.error(error, message, { resource: gvk, name });
      this.#event(object, "Warning", "ScaledObjectCheckFailed", message);
      return new StepError(TARGET_PROBLEM, error);
    };
    let replicas: number;
    try {
      replicas = readScale(kube, target, namespace).replicas;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (kube.get(groupResource(target), namespace, name)) {
        throw refuse("Target resource doesn't expose /scale subresource", error.message);
      }
      // The client's cache names what is missing by its kind.
      throw refuse(
        "Target resource doesn't exist",
        `${groupKind({ group, kind })} "${name}" not found`,
      );
    }
    const { status } = object;
    if (status?.scaleTargetKind !== gvk || status.originalReplicaCount === undefined) {
      updateStatus(this.context.kube, object, {
        scaleTargetKind: gvk,
        scaleTargetGVKR: { group, version, kind, resource },
        originalReplicaCount: status?.originalReplicaCount ?? replicas,
      });
      log.info("Detected resource targeted for scaling", { resource: gvk, name });
    }
    return target;
  }

  /** The conditions and events of the one-way pauses, and of the end of a pause. */
  #notePausing(object: ScaledObject): void {
    const wasPaused = isConditionTrue(object, "Paused");
    const { namespace = "", name } = object.metadata;
    if (isScaleInPaused(object) || isScaleOutPaused(object)) {
      this.#setPaused(object);
      if (!wasPaused) this.#event(object, "Normal", "ScaledObjectPaused", PAUSED.message!);
    } else if (wasPaused) {
      const message = "pause annotation removed for ScaledObject";
      const conditions = withCondition(object.status?.conditions ?? [], {
        type: "Paused",
        status: "False",
        reason: "ScaledObjectUnpaused",
        message,
      });
      updateStatus(this.context.kube, object, { conditions, pausedReplicaCount: undefined });
      const fresh = this.context.kube.get<ScaledObject>(SCALED_OBJECTS, namespace, name)!;
      this.#event(fresh, "Normal", "ScaledObjectUnpaused", message);
    }
  }

  #setPaused(object: ScaledObject): void {
    const conditions = withCondition(object.status?.conditions ?? [], PAUSED);
    updateStatus(this.context.kube, object, { conditions });
  }

  /** Stops the loop, deletes the HPA, and scales to the count an annotation asks for. */
  #pause(object: ScaledObject, log: Zap): string {
    const { kube } = this.context;
    const { namespace = "", name } = object.metadata;
    if (conditionOf(object, "Paused")?.status !== "True") {
      log.info("Setting Paused condition before stopping scale loop");
      this.#setPaused(object);
      this.#event(object, "Normal", "ScaledObjectPaused", PAUSED.message!);
    }
    this.handler.stop(object);
    this.#hpa.delete(object, log);
    const count = step(
      "failed to scale target to paused replica count",
      () => this.#scaleToPaused(object, log),
    );
    const fresh = kube.get<ScaledObject>(SCALED_OBJECTS, namespace, name)!;
    updateStatus(this.context.kube, fresh, { pausedReplicaCount: count });
    return PAUSED.message!;
  }

  /** Gives the count, when an annotation asks for one. Source: scaleTargetToPausedCount. */
  #scaleToPaused(object: ScaledObject, log: Zap): number | undefined {
    const { kube } = this.context;
    const { namespace = "" } = object.metadata;
    const wanted = worded("failed to parse paused replica count", () => pausedReplicas(object));
    if (wanted === undefined) return undefined;
    const target = worded(
      "failed to parse Group, Version, Kind, Resource",
      () => targetOf(kube, object),
    );
    const { replicas } = worded(
      "failed to get scale for target resource",
      () => readScale(kube, target, namespace),
    );
    if (replicas === wanted) return wanted;
    log.info("Scaling target to paused replica count", {
      currentReplicas: replicas,
      pausedReplicas: wanted,
    });
    worded(
      "failed to scale target to paused replica count",
      () => writeScale(kube, target, namespace, wanted),
    );
    return wanted;
  }

  /** Source: scaledobject_finalizer.go (finalizeScaledObject). */
  #restore(object: ScaledObject, log: Zap): void {
    const { kube } = this.context;
    const { namespace = "" } = object.metadata;
    const { scaleTargetGVKR, originalReplicaCount: replicaCount = 0 } = object.status ?? {};
    if (!scaleTargetGVKR) {
      log.debug(
        "Failed to restore scaleTarget's replica count back to the original, the scaling haven't " +
          "been probably initialized yet.",
      );
      return;
    }
    const target = { ...scaleTargetGVKR, name: object.spec!.scaleTargetRef.name };
    try {
      readScale(kube, target, namespace);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.code === 404) {
        log.debug("Failed to get scaleTarget's scale status, because it was probably deleted", {
          error: error.message,
        });
      } else {
        log.error(error.message, "Failed to get scaleTarget's scale status from a finalizer", {
          finalizer: FINALIZER,
        });
      }
      return;
    }
    try {
      writeScale(kube, target, namespace, replicaCount);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      log.error(
        error.message,
        "Failed to restore scaleTarget's replica count back to the original",
        { finalizer: FINALIZER },
      );
    }
    log.info("Successfully restored scaleTarget's replica count back to the original", {
      replicaCount,
    });
  }

  #event(object: ScaledObject, type: "Normal" | "Warning", reason: string, message: string): void {
    this.#frame.event(object, type, reason, message);
  }
}

/** What a change must touch to matter: spec, the annotations that steer, deletion. */
function signatureOf({ metadata }: ScaledObject): string {
  const { generation, deletionTimestamp, uid, annotations = {} } = metadata;
  const steering = Object.entries(annotations)
    .filter(([key]) => key.startsWith("autoscaling.keda.sh/")).sort();
  return JSON.stringify([uid, generation, deletionTimestamp ?? null, steering]);
}

function becomesReady(object: ScaledObject, previous: ScaledObject): boolean {
  const isReady = (one: ScaledObject) => isConditionTrue(one, "Ready");
  return isReady(object) && !isReady(previous);
}

function isHpaChange({ type, object, previous }: WatchEvent): boolean {
  if (type === "DELETED" || !previous) return true;
  const part = ({ spec, metadata }: KubeObject) =>
    JSON.stringify([spec, metadata.labels, metadata.annotations]);
  return part(object) !== part(previous);
}
