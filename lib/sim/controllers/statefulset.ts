import { messageOf } from "../../base/mod.ts";
import {
  isFinished,
  isReady,
  type KubeObject,
  type models,
  type Pod,
  type StatefulSet,
} from "../../kube/mod.ts";
import { keyOf, ownerKeys, type Reconciler } from "../reconcile.ts";
import type { PodContext } from "./_pod_index.ts";
import { canonical, isAvailable } from "./_objects.ts";
import { podFromTemplate } from "./_pods.ts";
import { StatefulClaims } from "./_stateful_claims.ts";
import {
  REVISION_HASH,
  type Revisions,
  syncRevisions,
  templateOf,
  truncateRevisions,
} from "./_revisions.ts";

const COMPONENT = "statefulset-controller";

/**
 * Keeps the numbered pods of a StatefulSet: one after another unless told otherwise, each with its
 * own name and claims.
 * Source: kubernetes pkg/controller/statefulset/stateful_set_control.go.
 */
export function statefulSetController(context: PodContext): Reconciler {
  const { api } = context;
  return {
    name: COMPONENT,
    watches: [
      { resource: "statefulsets.apps" },
      { resource: "pods", keys: ownerKeys("StatefulSet") },
      {
        // A pod waits until a claim of one before it has gone.
        resource: "persistentvolumeclaims",
        keys: ({ type, object }) =>
          type === "DELETED"
            ? api.list("statefulsets.apps", { namespace: object.metadata.namespace }).map(keyOf)
            : [],
      },
    ],
    reconcile(key) {
      const set = api.get<StatefulSet>("statefulsets.apps", key.namespace, key.name);
      if (!set || set.metadata.deletionTimestamp) return;
      return new Sync(context, set).run();
    },
  };
}

class Sync {
  readonly #revisions: Revisions;
  readonly #current: KubeObject;
  readonly #claims: StatefulClaims;

  constructor(readonly context: PodContext, readonly set: StatefulSet) {
    this.#revisions = syncRevisions(context.api, set);
    const name = set.status?.currentRevision;
    this.#current = this.#revisions.all.find((one) => one.metadata.name === name) ??
      this.#revisions.update;
    this.#claims = new StatefulClaims(context.api, set);
  }

  run(): { requeueAfterMs?: number } | void {
    this.#bringAbout();
    const pods = this.#pods();
    this.#writeStatus([...pods.values()]);
    const live = new Set([this.#current.metadata.name, this.#revisions.update.metadata.name]);
    pods.forEach((pod) => live.add(revisionName(pod)));
    truncateRevisions(this.context.api, this.set, this.#revisions, live);
    const unsettled = (this.set.spec?.minReadySeconds ?? 0) > 0 &&
      [...pods.values()].some((pod) => isReady(pod) && !this.#isHealthy(pod));
    if (unsettled) return { requeueAfterMs: 1000 };
  }

  get #start(): number {
    return this.set.spec?.ordinals?.start ?? 0;
  }

  get #replicas(): number {
    return this.set.spec?.replicas ?? 1;
  }

  get #monotonic(): boolean {
    return (this.set.spec?.podManagementPolicy ?? "OrderedReady") === "OrderedReady";
  }

  /** One step towards the wanted pods: as far as ordering lets it go now. */
  #bringAbout(): void {
    const pods = this.#pods();
    const end = this.#start + this.#replicas;
    for (let ordinal = this.#start; ordinal < end; ordinal++) {
      const pod = pods.get(ordinal);
      if (pod && isFinished(pod) && !pod.metadata.deletionTimestamp) {
        this.#delete(pod);
        return;
      }
      if (!pod && !this.#create(ordinal)) return;
      if (pod?.status?.phase === "Pending") this.#claims.ensure(pod, ordinal);
      if (this.#monotonic && !(pod && this.#isHealthy(pod))) return;
      if (pod) this.#claims.own(pod, ordinal, { inRange: true });
    }
    const condemned = [...pods.keys()].filter((ordinal) => ordinal < this.#start || ordinal >= end)
      .sort((a, b) => b - a);
    for (const ordinal of condemned) {
      this.#claims.own(pods.get(ordinal)!, ordinal, { inRange: false });
    }
    for (const ordinal of condemned) {
      const pod = pods.get(ordinal)!;
      if (!pod.metadata.deletionTimestamp) this.#delete(pod);
      if (this.#monotonic) return;
    }
    this.#update(pods, end);
  }

  /** Replaces pods of an older revision, the highest number first. */
  #update(pods: Map<number, Pod>, end: number): void {
    if (this.set.spec?.updateStrategy?.type === "OnDelete") return;
    const partition = this.set.spec?.updateStrategy?.rollingUpdate?.partition ?? 0;
    for (let ordinal = end - 1; ordinal >= Math.max(this.#start, partition); ordinal--) {
      const pod = pods.get(ordinal);
      if (!pod) continue;
      const outdated = revisionName(pod) !== this.#revisions.update.metadata.name;
      if (outdated && !pod.metadata.deletionTimestamp) {
        this.#delete(pod);
        return;
      }
      if (!this.#isHealthy(pod)) return;
    }
  }

  #isHealthy(pod: Pod): boolean {
    const minReadySeconds = this.set.spec?.minReadySeconds ?? 0;
    return !pod.metadata.deletionTimestamp && pod.status?.phase === "Running" &&
      isAvailable(pod, minReadySeconds, this.context.clock.now());
  }

  #pods(): Map<number, Pod> {
    const out = new Map<number, Pod>();
    const prefix = `${this.set.metadata.name}-`;
    for (const pod of this.context.pods.ownedBy(this.set.metadata.uid!)) {
      const ordinal = Number(pod.metadata.name.slice(prefix.length));
      if (pod.metadata.name.startsWith(prefix) && Number.isInteger(ordinal)) out.set(ordinal, pod);
    }
    return out;
  }

  /** Creates a pod and its claims; not while a claim of one before it is going. */
  #create(ordinal: number): boolean {
    const { api } = this.context;
    const partition = this.set.spec?.updateStrategy?.rollingUpdate?.partition ?? 0;
    const old = ordinal - this.#start < partition;
    const revision = old ? this.#current : this.#revisions.update;
    const name = `${this.set.metadata.name}-${ordinal}`;
    const pod = podFromTemplate(this.set, templateOf(revision), { name });
    pod.metadata.labels = {
      ...pod.metadata.labels,
      [REVISION_HASH]: revision.metadata.name,
      "statefulset.kubernetes.io/pod-name": name,
      "apps.kubernetes.io/pod-index": String(ordinal),
    };
    const spec = pod.spec!;
    spec.hostname = name;
    spec.subdomain = this.set.spec?.serviceName;
    if (!this.#claims.mount(pod, ordinal)) return false;
    this.#record("create", name, () => api.create("pods", pod));
    return true;
  }

  #delete(pod: Pod): void {
    const { namespace, name } = pod.metadata;
    this.#record("delete", name, () => this.context.api.delete("pods", namespace!, name));
  }

  #record(verb: "create" | "delete", pod: string, write: () => void): void {
    const capital = verb === "create" ? "Create" : "Delete";
    const about = `${capital} Pod ${pod} in StatefulSet ${this.set.metadata.name}`;
    try {
      write();
    } catch (error) {
      this.context.api.event(this.set, {
        type: "Warning",
        reason: `Failed${capital}`,
        message: `${about} failed error: ${messageOf(error)}`,
        component: COMPONENT,
      });
      throw error;
    }
    this.context.api.event(this.set, {
      type: "Normal",
      reason: `Successful${capital}`,
      message: `${about} successful`,
      component: COMPONENT,
    });
  }

  #writeStatus(pods: Pod[]): void {
    const update = this.#revisions.update.metadata.name;
    const alive = pods.filter((pod) => !isFinished(pod));
    const isOf = (name: string) => (pod: Pod) =>
      !pod.metadata.deletionTimestamp && revisionName(pod) === name;
    const minReadySeconds = this.set.spec?.minReadySeconds ?? 0;
    const nowMs = this.context.clock.now();
    const ready = alive.filter((pod) => pod.status?.phase === "Running" && isReady(pod));
    const updated = alive.filter(isOf(update)).length;
    let current = this.#current.metadata.name;
    const done = updated === this.#replicas && alive.length === this.#replicas &&
      ready.length === this.#replicas;
    if (done) current = update;
    const currentReplicas = alive.filter(isOf(current)).length;
    const present: Partial<models.StatefulSetStatus> = this.set.status ?? {};
    const status: models.StatefulSetStatus = {
      observedGeneration: this.set.metadata.generation,
      replicas: alive.length,
      ...(ready.length ? { readyReplicas: ready.length } : {}),
      ...(currentReplicas ? { currentReplicas } : {}),
      ...(updated ? { updatedReplicas: updated } : {}),
      currentRevision: current,
      updateRevision: update,
      collisionCount: present.collisionCount ?? 0,
      availableReplicas: ready.filter((pod) => isAvailable(pod, minReadySeconds, nowMs)).length,
    };
    if (present.conditions) status.conditions = present.conditions;
    if (canonical(present) === canonical(status)) return;
    const { namespace, name } = this.set.metadata;
    const stored = this.context.api.get<StatefulSet>("statefulsets.apps", namespace!, name);
    if (!stored) return;
    this.context.api.updateStatus("statefulsets.apps", { ...structuredClone(stored), status });
  }
}

function revisionName(pod: Pod): string {
  return pod.metadata.labels?.[REVISION_HASH] ?? "";
}
