import {
  controllerOf,
  controllerReference,
  type Deployment,
  isApiError,
  isFinished,
  type Pod,
  type ReplicaSet,
} from "../../kube/mod.ts";
import { keyOf, ownerKeys, type Reconciler } from "../reconcile.ts";
import type { PodContext } from "./_pod_index.ts";
import {
  calculateStatus,
  carryFailure,
  findCondition,
  hasDeadline,
  isComplete,
  judgeProgress,
  progressCheckAfterMs,
  PROGRESSING,
  sameStatus,
  setCondition,
} from "./_deployment_status.ts";
import { byCreation, templateHash } from "./_objects.ts";
import { claim } from "./_pods.ts";
import {
  DESIRED_REPLICAS,
  findNew,
  isActiveSet,
  isRolling,
  maxUnavailable,
  newReplicaCount,
  newSetAnnotations,
  proportionalSizes,
  replicasAnnotations,
  replicasOf,
  REVISION,
  revisionOf,
  sumReplicas,
  sumStatus,
  TEMPLATE_HASH,
  templateWithoutHash,
} from "./_rollout.ts";

const COMPONENT = "deployment-controller";
const SETS = "replicasets.apps";

/**
 * Rolls a Deployment's ReplicaSets towards its template and size.
 * Source: kubernetes pkg/controller/deployment/deployment_controller.go, sync.go, rolling.go, recreate.go.
 */
export function deploymentController(context: PodContext): Reconciler {
  return {
    name: COMPONENT,
    watches: [
      { resource: "deployments.apps" },
      { resource: SETS, keys: ownerKeys("Deployment") },
      {
        resource: "pods",
        // Recreate waits until the last old pod has gone.
        keys: ({ type, object }) => type === "DELETED" ? deploymentOfPod(context, object) : [],
      },
    ],
    reconcile(key) {
      const deployment = context.api.get<Deployment>("deployments.apps", key.namespace, key.name);
      if (deployment) return new Sync(context, deployment).run();
    },
  };
}

function deploymentOfPod({ api }: PodContext, pod: Pod) {
  const owner = controllerOf(pod);
  if (owner?.kind !== "ReplicaSet") return [];
  const set = api.get<ReplicaSet>(SETS, pod.metadata.namespace!, owner.name);
  const deployment = set && controllerOf(set);
  return deployment ? [{ namespace: pod.metadata.namespace!, name: deployment.name }] : [];
}

/** One pass over one Deployment. */
class Sync {
  #deployment: Deployment;
  #newSet: ReplicaSet | undefined;
  #oldSets: ReplicaSet[] = [];

  constructor(readonly context: PodContext, deployment: Deployment) {
    this.#deployment = deployment;
  }

  get #all(): ReplicaSet[] {
    return this.#newSet ? [...this.#oldSets, this.#newSet] : this.#oldSets;
  }

  get #nowMs(): number {
    return this.context.clock.now();
  }

  run(): { requeueAfterMs?: number } | void {
    const sets = claim<ReplicaSet>(this.context.api, this.#deployment, SETS);
    this.#newSet = findNew(this.#deployment, sets);
    this.#oldSets = sets.filter((one) => one !== this.#newSet).sort(byCreation);
    if (this.#deployment.metadata.deletionTimestamp) {
      this.#writeStatus(false);
      return;
    }
    this.#notePause();
    if (this.#newSet) this.#syncRevision();
    const paused = this.#deployment.spec?.paused === true;
    if (paused || this.#isScalingEvent()) {
      this.#scale();
      if (paused) this.#cleanup();
      this.#writeStatus(false);
      return;
    }
    if (isRolling(this.#deployment)) this.#roll();
    else this.#recreate();
    return this.#writeStatus(true);
  }

  #roll(): void {
    if (!this.#newSet) this.#createNew();
    if (this.#resizeNew()) return;
    if (this.#shrinkOld()) return;
    if (isComplete(this.#deployment, this.#deployment.status)) this.#cleanup();
  }

  #recreate(): void {
    let shrunk = false;
    for (const old of this.#oldSets.filter(isActiveSet)) shrunk = this.#resize(old, 0) || shrunk;
    if (shrunk || this.#oldPodsRun()) return;
    if (!this.#newSet) this.#createNew();
    this.#resize(this.#newSet!, replicasOf(this.#deployment));
    if (isComplete(this.#deployment, this.#deployment.status)) this.#cleanup();
  }

  #oldPodsRun(): boolean {
    if (sumStatus(this.#oldSets, "replicas") > 0) return true;
    return this.#oldSets.some((set) =>
      this.context.pods.ownedBy(set.metadata.uid!).some((pod) => !isFinished(pod))
    );
  }

  /** A pause must not count against the deadline, so it is noted as a condition. */
  #notePause(): void {
    if (!hasDeadline(this.#deployment)) return;
    const present = findCondition(this.#deployment.status, PROGRESSING);
    if (present?.reason === "ProgressDeadlineExceeded") return;
    const paused = this.#deployment.spec?.paused === true;
    if (paused === (present?.reason === "DeploymentPaused")) return;
    this.#setProgressing("Unknown", {
      reason: paused ? "DeploymentPaused" : "DeploymentResumed",
      message: paused ? "Deployment is paused" : "Deployment is resumed",
    });
  }

  #setProgressing(status: string, why: { reason: string; message: string }): void {
    const next = structuredClone(this.#deployment);
    const changed = { conditions: [], ...structuredClone(this.#deployment.status) };
    setCondition(changed, this.#nowMs, { type: PROGRESSING, status, ...why });
    next.status = changed;
    this.#deployment = this.context.api.updateStatus("deployments.apps", next);
  }

  #setRevision(revision: string | undefined): void {
    if (!revision || this.#deployment.metadata.annotations?.[REVISION] === revision) return;
    const { namespace, name } = this.#deployment.metadata;
    this.#deployment = this.context.api.patch("deployments.apps", namespace!, name, {
      metadata: { annotations: { [REVISION]: revision } },
    });
  }

  #syncRevision(): void {
    const set = this.#newSet!;
    const revision = Math.max(0, ...this.#oldSets.map(revisionOf)) + 1;
    const present = set.metadata.annotations ?? {};
    const annotations = newSetAnnotations(this.#deployment, present, revision);
    const minReadySeconds = this.#deployment.spec?.minReadySeconds ?? 0;
    if (!sameStatus(annotations, present) || (set.spec?.minReadySeconds ?? 0) !== minReadySeconds) {
      const next = structuredClone(set);
      next.metadata.annotations = annotations;
      next.spec!.minReadySeconds = minReadySeconds;
      this.#newSet = this.context.api.update(SETS, next);
    }
    this.#setRevision(annotations[REVISION]);
    if (hasDeadline(this.#deployment) && !findCondition(this.#deployment.status, PROGRESSING)) {
      const message = `Found new replica set "${set.metadata.name}"`;
      this.#setProgressing("True", { reason: "FoundNewReplicaSet", message });
    }
  }

  #createNew(): void {
    const { api } = this.context;
    const wanted = this.#newSetObject();
    const count = replicasOf(wanted);
    let created: ReplicaSet;
    try {
      created = api.create<ReplicaSet>(SETS, wanted);
    } catch (error) {
      if (isApiError(error, 409)) this.#noteCollision(wanted);
      else if (isApiError(error)) this.#noteCreateFailure(wanted, error as Error);
      throw error;
    }
    this.#newSet = created;
    if (count > 0) this.#scaledEvent("up", created.metadata.name, 0, count);
    this.#setRevision(wanted.metadata.annotations![REVISION]);
    if (hasDeadline(this.#deployment)) {
      const message = `Created new replica set "${created.metadata.name}"`;
      this.#setProgressing("True", { reason: "NewReplicaSetCreated", message });
    }
  }

  #newSetObject(): ReplicaSet {
    const deployment = this.#deployment;
    const template = structuredClone(deployment.spec!.template);
    const hash = templateHash(template, deployment.status?.collisionCount);
    template.metadata = {
      ...template.metadata,
      labels: { ...template.metadata?.labels, [TEMPLATE_HASH]: hash },
    };
    const selector = structuredClone(deployment.spec!.selector);
    selector.matchLabels = { ...selector.matchLabels, [TEMPLATE_HASH]: hash };
    const revision = Math.max(0, ...this.#oldSets.map(revisionOf)) + 1;
    return {
      apiVersion: "apps/v1",
      kind: "ReplicaSet",
      metadata: {
        name: `${deployment.metadata.name.slice(0, 252 - hash.length)}-${hash}`,
        namespace: deployment.metadata.namespace,
        labels: { ...template.metadata.labels },
        annotations: {
          ...newSetAnnotations(deployment, {}, revision),
          ...replicasAnnotations(deployment),
        },
        ownerReferences: [controllerReference(deployment)],
      },
      spec: {
        replicas: newReplicaCount(deployment, this.#oldSets, 0),
        ...(deployment.spec?.minReadySeconds
          ? { minReadySeconds: deployment.spec.minReadySeconds }
          : {}),
        selector,
        template,
      },
    };
  }

  /** Another template hashed to the same name: count it, so that the next hash differs. */
  #noteCollision(wanted: ReplicaSet): void {
    const { api } = this.context;
    const present = api.get<ReplicaSet>(SETS, wanted.metadata.namespace!, wanted.metadata.name);
    const mine = present && controllerOf(present)?.uid === this.#deployment.metadata.uid &&
      templateWithoutHash(present.spec!.template) ===
        templateWithoutHash(this.#deployment.spec!.template);
    if (mine) return;
    const next = structuredClone(this.#deployment);
    const status = next.status ?? {};
    next.status = { ...status, collisionCount: (status.collisionCount ?? 0) + 1 };
    this.#deployment = api.updateStatus("deployments.apps", next);
  }

  #noteCreateFailure(wanted: ReplicaSet, error: Error): void {
    const reason = "ReplicaSetCreateError";
    const message = `Failed to create new replica set "${wanted.metadata.name}": ${error.message}`;
    if (hasDeadline(this.#deployment)) this.#setProgressing("False", { reason, message });
    this.context.api.event(this.#deployment, {
      type: "Warning",
      reason,
      message,
      component: COMPONENT,
    });
  }

  #isScalingEvent(): boolean {
    const wanted = replicasOf(this.#deployment);
    return this.#all.filter(isActiveSet).some((set) => {
      const desired = set.metadata.annotations?.[DESIRED_REPLICAS];
      return desired !== undefined && Number(desired) !== wanted;
    });
  }

  /** Resizes without hurrying a rollout on: in proportion when several sets are active. */
  #scale(): void {
    const wanted = replicasOf(this.#deployment);
    const active = this.#all.filter(isActiveSet);
    if (active.length <= 1) {
      const one = active[0] ?? this.#newSet ?? this.#oldSets.at(-1);
      if (one) this.#resize(one, wanted);
      return;
    }
    if (this.#isSaturated()) {
      for (const old of this.#oldSets.filter(isActiveSet)) this.#resize(old, 0);
      return;
    }
    if (!isRolling(this.#deployment)) return;
    for (const [set, size] of proportionalSizes(this.#deployment, active)) {
      this.#resize(set, size, { always: true });
    }
  }

  #isSaturated(): boolean {
    const set = this.#newSet;
    const wanted = replicasOf(this.#deployment);
    return set !== undefined && replicasOf(set) === wanted &&
      Number(set.metadata.annotations?.[DESIRED_REPLICAS]) === wanted &&
      (set.status?.availableReplicas ?? 0) === wanted;
  }

  #resizeNew(): boolean {
    const wanted = replicasOf(this.#deployment);
    const count = replicasOf(this.#newSet!);
    if (count === wanted) return false;
    if (count > wanted) return this.#resize(this.#newSet!, wanted);
    return this.#resize(this.#newSet!, newReplicaCount(this.#deployment, this.#all, count));
  }

  #shrinkOld(): boolean {
    const active = this.#oldSets.filter(isActiveSet);
    if (active.length === 0) return false;
    const minAvailable = replicasOf(this.#deployment) - maxUnavailable(this.#deployment);
    const newSet = this.#newSet!;
    const newUnavailable = replicasOf(newSet) - (newSet.status?.availableReplicas ?? 0);
    const room = sumReplicas(this.#all) - minAvailable - newUnavailable;
    if (room <= 0) return false;
    const unhealthy = this.#shrink(
      room,
      (set) => replicasOf(set) - (set.status?.availableReplicas ?? 0),
    );
    const healthy = this.#shrink(
      sumStatus(this.#all, "availableReplicas") - minAvailable,
      replicasOf,
    );
    return unhealthy + healthy > 0;
  }

  /** Takes up to `limit` replicas from the old sets, oldest first, `most` from each. */
  #shrink(limit: number, most: (set: ReplicaSet) => number): number {
    let taken = 0;
    for (const set of this.#oldSets.filter(isActiveSet)) {
      const count = Math.min(limit - taken, most(set), replicasOf(set));
      if (count <= 0) continue;
      this.#resize(set, replicasOf(set) - count);
      taken += count;
    }
    return taken;
  }

  #resize(set: ReplicaSet, size: number, options: { always?: boolean } = {}): boolean {
    const before = replicasOf(set);
    if (before === size && !options.always) return false;
    const annotations = { ...set.metadata.annotations, ...replicasAnnotations(this.#deployment) };
    if (before === size && sameStatus(annotations, set.metadata.annotations)) return false;
    const next = structuredClone(set);
    next.spec!.replicas = size;
    next.metadata.annotations = annotations;
    const stored = this.context.api.update<ReplicaSet>(SETS, next);
    if (this.#newSet === set) this.#newSet = stored;
    else this.#oldSets = this.#oldSets.map((one) => one === set ? stored : one);
    if (before === size) return false;
    this.#scaledEvent(before < size ? "up" : "down", stored.metadata.name, before, size);
    return true;
  }

  #scaledEvent(direction: "up" | "down", name: string, from: number, to: number): void {
    const message = `Scaled ${direction} replica set ${name} from ${from} to ${to}`;
    this.context.api.event(this.#deployment, {
      type: "Normal",
      reason: "ScalingReplicaSet",
      message,
      component: COMPONENT,
    });
  }

  /** Deletes old ReplicaSets past `revisionHistoryLimit`. */
  #cleanup(): void {
    const limit = this.#deployment.spec?.revisionHistoryLimit ?? 10;
    const alive = this.#oldSets.filter((set) => !set.metadata.deletionTimestamp)
      .sort((a, b) => revisionOf(a) - revisionOf(b));
    for (const set of alive.slice(0, Math.max(0, alive.length - limit))) {
      const settled = (set.status?.observedGeneration ?? 0) >= set.metadata.generation!;
      if (replicasOf(set) !== 0 || (set.status?.replicas ?? 0) !== 0 || !settled) continue;
      const { namespace, name } = keyOf(set);
      this.context.api.delete(SETS, namespace, name, { propagationPolicy: "Background" });
    }
  }

  #writeStatus(rollout: boolean): { requeueAfterMs?: number } | void {
    const { api } = this.context;
    const { namespace, name } = this.#deployment.metadata;
    const status = calculateStatus(this.#deployment, this.#all, this.#newSet, this.#nowMs);
    if (rollout) {
      judgeProgress(this.#deployment, this.#newSet, status, this.#nowMs);
      carryFailure(status, this.#all, this.#newSet);
    }
    if (!sameStatus(this.#deployment.status, status)) {
      const present = api.get<Deployment>("deployments.apps", namespace!, name);
      if (!present) return;
      api.updateStatus("deployments.apps", { ...structuredClone(present), status });
    }
    if (!rollout) return;
    const requeueAfterMs = progressCheckAfterMs(this.#deployment, status, this.#nowMs);
    if (requeueAfterMs !== undefined) return { requeueAfterMs };
  }
}
