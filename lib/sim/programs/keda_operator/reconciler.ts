import { ApiError, type KubeObject } from "../../../kube/mod.ts";
import type { ContainerContext, WatchEvent } from "../../seams.ts";
import type { Zap } from "../_zap.ts";
import { differs, hpaFor, metricSpecs } from "./hpa_spec.ts";
import {
  checkReplicaBounds,
  checkTriggers,
  type Condition,
  conditionOf,
  FINALIZER,
  hpaNameOf,
  INITIAL_CONDITIONS,
  isPaused,
  isScaleInPaused,
  isScaleOutPaused,
  OWNER_LABEL,
  pausedReplicas,
  SCALED_OBJECTS,
  type ScaledObject,
  ScaledObjectError,
  withCondition,
} from "./scaled_object.ts";
import { keyOf, type ScaleHandler } from "./scale_handler.ts";
import { ScalerError } from "./scalers.ts";
import {
  groupResource,
  gvkString,
  readScale,
  type ScaleTarget,
  targetOf,
  writeScale,
} from "./scale_target.ts";

const HPAS = "horizontalpodautoscalers.autoscaling";
const READY_MESSAGE = "ScaledObject is defined correctly and is ready for scaling";
const PAUSED_MESSAGE = "ScaledObject is paused";
const TARGET_PROBLEM = "ScaledObject doesn't have correct scaleTargetRef specification";

/** A step of the reconciliation that failed, and what went wrong in it. */
class StepError extends Error {
  constructor(readonly step: string, message: string) {
    super(message);
  }
}

/**
 * Brings about what a ScaledObject asks for: its HPA, its scale loop, its status.
 * Source: kedacore/keda controllers/keda/scaledobject_controller.go, scaledobject_finalizer.go.
 */
export class ScaledObjectReconciler {
  readonly #queued = new Set<string>();
  readonly #failures = new Map<string, number>();
  /** What was last seen of each ScaledObject that a change of would matter. */
  readonly #seen: Map<string, string>;

  constructor(
    private readonly context: ContainerContext,
    private readonly rootLog: Zap,
    private readonly handler: ScaleHandler,
    seen: Record<string, string> = {},
  ) {
    this.#seen = new Map(Object.entries(seen));
  }

  /** Signatures of the ScaledObjects seen, for a snapshot. */
  seen(): Record<string, string> {
    return Object.fromEntries(this.#seen);
  }

  /** Watches ScaledObjects and the HPAs they own. */
  watch(): void {
    this.context.kube.watch<ScaledObject>(SCALED_OBJECTS, ({ type, object }) => {
      const key = keyOf(object);
      if (type === "DELETED") {
        this.#seen.delete(key);
        return;
      }
      const signature = signatureOf(object);
      if (this.#seen.get(key) === signature) return;
      this.#seen.set(key, signature);
      this.#enqueue(key);
    });
    this.context.kube.watch(HPAS, (event) => {
      const owner = event.object.metadata.ownerReferences?.find(({ kind, controller }) =>
        kind === "ScaledObject" && controller
      );
      if (!owner || event.type === "ADDED" || !isHpaChange(event)) return;
      this.#enqueue(`${event.object.metadata.namespace}/${owner.name}`);
    });
  }

  #enqueue(key: string, delayMs = 0): void {
    if (this.#queued.has(key)) return;
    this.#queued.add(key);
    this.context.after(delayMs, () => {
      this.#queued.delete(key);
      this.#run(key);
    });
  }

  /** Failures are tried again after 5 ms, then twice as long each time, up to 1000 s. */
  #run(key: string): void {
    let failed = true;
    try {
      failed = !this.#reconcile(key);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#log(key).error(error.message, "Reconciler error");
    }
    if (!failed) {
      this.#failures.delete(key);
      return;
    }
    const count = this.#failures.get(key) ?? 0;
    this.#failures.set(key, count + 1);
    this.#enqueue(key, Math.min(5 * 2 ** count, 1_000_000));
  }

  #log(key: string): Zap {
    const [namespace, name] = key.split("/");
    return this.rootLog.with({
      controller: "scaledobject",
      controllerGroup: "keda.sh",
      controllerKind: "ScaledObject",
      ScaledObject: { name, namespace },
      namespace,
      name,
      reconcileID: this.context.random.uuid(),
    });
  }

  /** True when nothing is left to do. Errors: ApiError. */
  #reconcile(key: string): boolean {
    const [namespace, name] = key.split("/");
    const get = () => this.context.kube.get<ScaledObject>(SCALED_OBJECTS, namespace, name);
    let object = get();
    if (!object) return true;
    const log = this.#log(key);
    log.info("Reconciling ScaledObject");
    if (object.metadata.deletionTimestamp) {
      this.#finalize(object, log);
      return true;
    }
    if (!object.metadata.finalizers?.includes(FINALIZER)) {
      log.info("Adding Finalizer for the ScaledObject");
      this.#updateMetadata(object, {
        finalizers: [...object.metadata.finalizers ?? [], FINALIZER],
      });
      object = get()!;
    }
    if (!INITIAL_CONDITIONS.every(({ type }) => conditionOf(object!, type))) {
      this.handler.updateStatus(object, { conditions: [...INITIAL_CONDITIONS] });
      object = get()!;
    }
    const wasReady = conditionOf(object, "Ready")?.status === "True";
    let failure: StepError | undefined;
    let message = READY_MESSAGE;
    try {
      message = this.#bringAbout(object, log);
    } catch (error) {
      if (!(error instanceof StepError)) throw error;
      failure = error;
    }
    this.#conclude(get() ?? object, message, failure, wasReady, log);
    return failure === undefined;
  }

  #conclude(
    object: ScaledObject,
    message: string,
    failure: StepError | undefined,
    wasReady: boolean,
    log: Zap,
  ): void {
    const changes: Condition[] = [];
    if (failure) {
      log.error(failure.message, failure.step);
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
    if (!object.spec!.fallback) {
      changes.push({
        type: "Fallback",
        status: "False",
        reason: "NoFallbackFound",
        message: "No fallbacks are active on this scaled object",
      });
    }
    const conditions = changes.reduce(withCondition, object.status?.conditions ?? []);
    this.handler.updateStatus(object, { conditions: [...conditions] });
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
      this.#updateMetadata(fresh(), { labels: { ...object.metadata.labels, [OWNER_LABEL]: name } });
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
    this.#noteTriggers(fresh());
    const isNew = step(
      "failed to ensure HPA is correctly created for ScaledObject",
      () => this.#ensureHpa(fresh(), target, log),
    );
    const generation = fresh().metadata.generation ?? 0;
    if (isNew || this.handler.generationOf(keyOf(object)) !== generation) {
      log.debug("Notify scaleHandler of an update in scaledObject");
      this.handler.start(fresh());
      log.info("Initializing Scaling logic according to ScaledObject Specification");
    }
    return READY_MESSAGE;
  }

  #noteTriggers(object: ScaledObject): void {
    const { triggers } = object.spec!;
    const unique = (values: (string | undefined)[]) =>
      [...new Set(values.filter((value) => value))].join(",");
    this.handler.updateStatus(object, {
      triggersTypes: unique(triggers.map(({ type }) => type)),
      authenticationsTypes: unique(
        triggers.map(({ authenticationRef }) => authenticationRef?.name),
      ),
    });
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
      const named = group ? `${kind}.${group}` : kind;
      throw refuse("Target resource doesn't exist", `${named} "${name}" not found`);
    }
    const { status } = object;
    if (status?.scaleTargetKind !== gvk || status.originalReplicaCount === undefined) {
      this.handler.updateStatus(object, {
        scaleTargetKind: gvk,
        scaleTargetGVKR: { group, version, kind, resource },
        originalReplicaCount: status?.originalReplicaCount ?? replicas,
      });
      log.info("Detected resource targeted for scaling", { resource: gvk, name });
    }
    return target;
  }

  /** True when the HPA was created now. Errors: StepError by way of step(). */
  #ensureHpa(object: ScaledObject, target: ScaleTarget, log: Zap): boolean {
    const { kube } = this.context;
    const { namespace = "", name } = object.metadata;
    const wantedName = hpaNameOf(object);
    const nameNow = object.status?.hpaName || wantedName;
    const about = { "HPA.Namespace": namespace, "HPA.Name": wantedName };
    let found = kube.get(HPAS, namespace, nameNow);
    if (found && nameNow !== wantedName) {
      log.info("Deleting existing HPA", { "HPA.Namespace": namespace, "HPA.Name": nameNow });
      kube.delete(HPAS, namespace, nameNow);
      found = undefined;
    }
    if (!found) log.info("Creating a new HPA", about);
    const wanted = this.#wantedHpa(object, target, log, about);
    if (!found) {
      try {
        kube.create(HPAS, wanted);
      } catch (error) {
        if (error instanceof ApiError) {
          log.error(error.message, "Failed to create new HPA in cluster", about);
        }
        throw error;
      }
    } else if (differs(wanted, found)) {
      log.debug("Found difference in the HPA spec accordint to ScaledObject", {
        currentHPA: found.spec,
        newHPA: wanted.spec,
      });
      kube.update(HPAS, wanted);
      log.info("Updated HPA according to ScaledObject", about);
    }
    const fresh = kube.get<ScaledObject>(SCALED_OBJECTS, namespace, name)!;
    this.handler.updateStatus(fresh, { hpaName: wantedName });
    return !found;
  }

  #wantedHpa(
    object: ScaledObject,
    target: ScaleTarget,
    log: Zap,
    about: Record<string, string>,
  ): KubeObject {
    const { group, version, kind } = target;
    const { namespace = "", name } = object.metadata;
    const { health = {} } = object.status ?? {};
    try {
      const scalers = this.handler.scalersOf(object);
      const metrics = metricSpecs(object, scalers);
      const external = scalers.flatMap(({ metricName }) => metricName ?? []);
      const resources = metrics.flatMap(({ resource }) => resource?.name ?? []);
      const fresh = this.context.kube.get<ScaledObject>(SCALED_OBJECTS, namespace, name)!;
      this.handler.updateStatus(fresh, {
        ...(external.length > 0 ? { externalMetricNames: external } : {}),
        ...(resources.length > 0 ? { resourceMetricNames: resources } : {}),
        health: Object.fromEntries(
          Object.entries(health).filter(([key]) => external.includes(key)),
        ),
      });
      return hpaFor(object, { kind, apiVersion: group ? `${group}/${version}` : version }, metrics);
    } catch (error) {
      if (error instanceof ScalerError || error instanceof ScaledObjectError) {
        log.error(error.message, "Failed to create new HPA resource", about);
      }
      throw error;
    }
  }

  /** The conditions and events of the one-way pauses, and of the end of a pause. */
  #notePausing(object: ScaledObject): void {
    const wasPaused = conditionOf(object, "Paused")?.status === "True";
    const { namespace = "", name } = object.metadata;
    if (isScaleInPaused(object) || isScaleOutPaused(object)) {
      this.#setPaused(object);
      if (!wasPaused) this.#event(object, "Normal", "ScaledObjectPaused", PAUSED_MESSAGE);
    } else if (wasPaused) {
      const message = "pause annotation removed for ScaledObject";
      const conditions = withCondition(object.status?.conditions ?? [], {
        type: "Paused",
        status: "False",
        reason: "ScaledObjectUnpaused",
        message,
      });
      this.handler.updateStatus(object, { conditions, pausedReplicaCount: undefined });
      const fresh = this.context.kube.get<ScaledObject>(SCALED_OBJECTS, namespace, name)!;
      this.#event(fresh, "Normal", "ScaledObjectUnpaused", message);
    }
  }

  #setPaused(object: ScaledObject): void {
    const conditions = withCondition(object.status?.conditions ?? [], {
      type: "Paused",
      status: "True",
      reason: "ScaledObjectPaused",
      message: PAUSED_MESSAGE,
    });
    this.handler.updateStatus(object, { conditions });
  }

  /** Stops the loop, deletes the HPA, and scales to the count an annotation asks for. */
  #pause(object: ScaledObject, log: Zap): string {
    const { kube } = this.context;
    const { namespace = "", name } = object.metadata;
    if (conditionOf(object, "Paused")?.status !== "True") {
      log.info("Setting Paused condition before stopping scale loop");
      this.#setPaused(object);
      this.#event(object, "Normal", "ScaledObjectPaused", PAUSED_MESSAGE);
    }
    this.handler.stop(object);
    const hpaName = object.status?.hpaName || hpaNameOf(object);
    if (kube.get(HPAS, namespace, hpaName)) {
      log.info("Deleting existing HPA", { "HPA.Namespace": namespace, "HPA.Name": hpaName });
      kube.delete(HPAS, namespace, hpaName);
    }
    const count = step("failed to scale target to paused replica count", () => {
      const wanted = pausedReplicas(object);
      if (wanted === undefined) return undefined;
      const target = targetOf(kube, object);
      const { replicas } = readScale(kube, target, namespace);
      if (replicas !== wanted) {
        log.info("Scaling target to paused replica count", {
          currentReplicas: replicas,
          pausedReplicas: wanted,
        });
        writeScale(kube, target, namespace, wanted);
      }
      return wanted;
    });
    const fresh = kube.get<ScaledObject>(SCALED_OBJECTS, namespace, name)!;
    this.handler.updateStatus(fresh, { pausedReplicaCount: count });
    return PAUSED_MESSAGE;
  }

  #finalize(object: ScaledObject, log: Zap): void {
    const { kube } = this.context;
    const { namespace = "", finalizers = [] } = object.metadata;
    if (finalizers.includes(FINALIZER)) {
      this.handler.stop(object);
      const { originalReplicaCount: replicaCount } = object.status ?? {};
      if (object.spec!.advanced?.restoreToOriginalReplicaCount && replicaCount !== undefined) {
        try {
          writeScale(kube, targetOf(kube, object), namespace, replicaCount);
          log.info("Successfully restored scaleTarget's replica count back to the original", {
            replicaCount,
          });
        } catch (error) {
          if (!(error instanceof ApiError || error instanceof ScaledObjectError)) throw error;
          log.error(
            error.message,
            "Failed to restore scaleTarget's replica count back to the original",
            { finalizer: FINALIZER },
          );
        }
      }
      this.#updateMetadata(object, { finalizers: finalizers.filter((one) => one !== FINALIZER) });
    }
    log.info("Successfully finalized ScaledObject");
    this.#event(object, "Warning", "ScaledObjectDeleted", "ScaledObject was deleted");
  }

  #updateMetadata(object: ScaledObject, changes: Partial<ScaledObject["metadata"]>): void {
    const next = structuredClone(object) as ScaledObject;
    Object.assign(next.metadata, changes);
    this.context.kube.update(SCALED_OBJECTS, next);
  }

  #event(object: ScaledObject, type: "Normal" | "Warning", reason: string, message: string): void {
    this.context.kube.event(object, { type, reason, message, component: "keda-operator" });
  }
}

/** What a change must touch to matter: spec, the annotations that steer, deletion. */
function signatureOf({ metadata }: ScaledObject): string {
  const { generation, deletionTimestamp, uid, annotations = {} } = metadata;
  const steering = Object.entries(annotations)
    .filter(([key]) => key.startsWith("autoscaling.keda.sh/")).sort();
  return JSON.stringify([uid, generation, deletionTimestamp ?? null, steering]);
}

function isHpaChange({ type, object, previous }: WatchEvent): boolean {
  if (type === "DELETED" || !previous) return true;
  const part = ({ spec, metadata }: KubeObject) =>
    JSON.stringify([spec, metadata.labels, metadata.annotations]);
  return part(object) !== part(previous);
}

/** Runs a step; its failure is named after it. */
function step<T>(name: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (
      error instanceof ApiError || error instanceof ScalerError ||
      error instanceof ScaledObjectError
    ) throw new StepError(name, error.message);
    throw error;
  }
}
