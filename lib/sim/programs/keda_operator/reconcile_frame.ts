import { conditionOf, isConditionTrue, type ObjectMeta } from "../../../kube/mod.ts";
import type { ContainerContext } from "../../seams.ts";
import type { Zap } from "../shared/zap.ts";
import { type QueuedKeys, ReconcileQueue } from "./reconcile_queue.ts";
import { FINALIZER, INITIAL_CONDITIONS, keyParts, keyText, writeStatus } from "./scalable.ts";
import type { ScaledJob } from "./scaled_job.ts";
import type { ScaledObject } from "./scaled_object.ts";
import { StepError } from "./step.ts";
import { noteUse } from "./trigger_authentications.ts";

/** What is kept over a restart: the signatures that were seen, and what waits to be looked at. */
export interface SavedReconciler {
  seen?: Record<string, string>;
  queue?: QueuedKeys;
}

/** What bringing an object about came to: the message of its Ready condition, or the step that failed. */
export interface Outcome {
  message: string;
  failure: StepError | undefined;
  wasReady: boolean;
}

/** A kind of KEDA's, and what is its own in bringing an object of it about. */
interface ReconciledKind<T> {
  kind: "ScaledObject" | "ScaledJob";
  resource: string;
  /** What a change must touch to matter, as one text. */
  signatureOf(object: T): string;
  /** Whether a change matters that leaves the signature as it is. */
  matters?(object: T, previous: T): boolean;
  /** Whether nothing can be made of an object, which is told. */
  isRefused?(object: T, log: Zap): boolean;
  /** Gives the message of the Ready condition. Errors: StepError. */
  bringAbout(object: T, log: Zap): string;
  conclude(object: T, outcome: Outcome, log: Zap): void;
  /** Lets go of what is scaled, before the finalizer goes. */
  letGo(object: T, log: Zap): void;
}

/**
 * What the reconcilers of ScaledObjects and ScaledJobs have in common: the queue, the finalizer, the first conditions.
 * Source: kedacore/keda controllers/keda/scaledobject_controller.go, scaledjob_controller.go (Reconcile).
 */
export class ReconcileFrame<T extends ScaledObject | ScaledJob> {
  readonly #queue: ReconcileQueue;
  /** What was last seen of each object that a change of would matter. */
  readonly #seen: Map<string, string>;

  constructor(
    private readonly context: ContainerContext,
    private readonly rootLog: Zap,
    private readonly of: ReconciledKind<T>,
    saved: SavedReconciler,
  ) {
    this.#seen = new Map(Object.entries(saved.seen ?? {}));
    this.#queue = new ReconcileQueue(context, {
      reconcile: (key) => this.#reconcile(key),
      failed: (key, message) => this.#log(key).error(message, "Reconciler error"),
    }, saved.queue);
  }

  /** Signatures of the objects seen, for a snapshot. */
  seen(): Record<string, string> {
    return Object.fromEntries(this.#seen);
  }

  /** The objects that wait to be looked at, for a snapshot. */
  waiting(): QueuedKeys {
    return this.#queue.waiting();
  }

  /** Has an object looked at. */
  add(key: string): void {
    this.#queue.add(key);
  }

  watch(): void {
    const { resource, signatureOf, matters } = this.of;
    this.context.kube.watch<T>(resource, ({ type, object, previous }) => {
      const key = keyText(object);
      if (type === "DELETED") {
        this.#seen.delete(key);
        return;
      }
      const signature = signatureOf(object);
      const isSame = this.#seen.get(key) === signature;
      this.#seen.set(key, signature);
      if (!isSame || (previous && matters?.(object, previous))) this.#queue.add(key);
    });
  }

  get(key: string): T | undefined {
    const [namespace, name] = keyParts(key);
    return this.context.kube.get<T>(this.of.resource, namespace, name);
  }

  updateMetadata(object: T, changes: Partial<ObjectMeta>): void {
    const next = structuredClone(object);
    Object.assign(next.metadata, changes);
    this.context.kube.update(this.of.resource, next);
  }

  event(object: T, type: "Normal" | "Warning", reason: string, message: string): void {
    this.context.kube.event(object, { type, reason, message, component: "keda-operator" });
  }

  #log(key: string): Zap {
    const [namespace, name] = keyParts(key);
    const { kind } = this.of;
    return this.rootLog.with({
      controller: kind.toLowerCase(),
      controllerGroup: "keda.sh",
      controllerKind: kind,
      [kind]: { name, namespace },
      namespace,
      name,
      reconcileID: this.context.random.uuid(),
    });
  }

  /** True when nothing is left to do. Errors: ApiError. */
  #reconcile(key: string): boolean {
    const { kind, resource } = this.of;
    this.context.note(`${resource} ${key}`);
    let object = this.get(key);
    if (!object) return true;
    const log = this.#log(key);
    log.info(`Reconciling ${kind}`);
    if (object.metadata.deletionTimestamp) {
      this.#finalize(object, log);
      return true;
    }
    object = this.#prepared(key, object, log);
    if (this.of.isRefused?.(object, log)) return false;
    const outcome: Outcome = {
      message: "",
      failure: undefined,
      wasReady: isConditionTrue(object, "Ready"),
    };
    try {
      outcome.message = this.of.bringAbout(object, log);
    } catch (error) {
      if (!(error instanceof StepError)) throw error;
      outcome.failure = error;
    }
    const { failure } = outcome;
    const present = this.get(key) ?? object;
    if (failure) log.error(failure.message, failure.step);
    this.of.conclude(present, outcome, log);
    noteUse(this.context, present, true, log);
    if (failure) log.error(failure.message, "Reconciler error");
    return failure === undefined;
  }

  /** The object with its finalizer and the conditions that it begins with. */
  #prepared(key: string, present: T, log: Zap): T {
    const { kind, resource } = this.of;
    let object = present;
    const { finalizers = [] } = object.metadata;
    if (!finalizers.includes(FINALIZER)) {
      log.info(`Adding Finalizer for the ${kind}`);
      this.updateMetadata(object, { finalizers: [...finalizers, FINALIZER] });
      object = this.get(key) ?? object;
    }
    if (!INITIAL_CONDITIONS.every(({ type }) => conditionOf(object, type))) {
      writeStatus(this.context.kube, resource, object, { conditions: [...INITIAL_CONDITIONS] });
      object = this.get(key) ?? object;
    }
    return object;
  }

  /** What it made goes with it, as the garbage collector does. Source: scaledobject_finalizer.go, scaledjob_finalizer.go. */
  #finalize(object: T, log: Zap): void {
    const { kind } = this.of;
    const { finalizers = [] } = object.metadata;
    if (finalizers.includes(FINALIZER)) {
      this.of.letGo(object, log);
      this.updateMetadata(object, { finalizers: finalizers.filter((one) => one !== FINALIZER) });
      noteUse(this.context, object, false, log);
    }
    log.info(`Successfully finalized ${kind}`);
    this.event(object, "Warning", `${kind}Deleted`, `${kind} was deleted`);
  }
}
