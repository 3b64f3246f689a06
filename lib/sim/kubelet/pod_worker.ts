import type { Cancel, ClockScope } from "../../base/mod.ts";
import { type Container, isFinished, type Pod } from "../../kube/mod.ts";
import { ContainerRunner } from "./container_runner.ts";
import { ImagePuller, type ImageResult } from "./image_puller.ts";
import { hexOf } from "./images.ts";
import type { KubeletWorld, NodeRuntime } from "./node.ts";
import { containersToStart } from "./pod_actions.ts";
import { PodEnding } from "./pod_ending.ts";
import { mainIsOver, podPhase, podStatus } from "./pod_status.ts";
import {
  backoffEndMs,
  type ContainerRecord,
  newContainerRecord,
  nextBackoff,
  type PodRecord,
} from "./records.ts";
import { PodVolumes } from "./pod_volumes.ts";
import type { RunningPod } from "./running_pod.ts";
import { syncStatus } from "./status_manager.ts";
import { MountError } from "./volumes.ts";

const COMPONENT = "kubelet";
const RECORDS = "kubelet/pod/";
/** The kubelet looks at a troubled pod again after 10 to 15 s. */
const RESYNC_MS = 10_000;
/** How long it takes the kubelet to notice that a container has ended. */
const NOTICE_MS = 1000;
const MOUNT_RETRY_MS = 500;
const MAX_MOUNT_RETRY_MS = 122_000;
/** How long a pod whose kubelet could not go on is left alone: at first, and at most. */
const TROUBLE_MS = 10_000;
const MAX_TROUBLE_MS = 300_000;

/**
 * One pod on one node, from the moment it is assigned until it is gone.
 *
 * What is to be done is worked out afresh at every {@linkcode PodWorker.sync}; what takes time is a
 * chain of timers during which further syncs wait.
 * Source: kubernetes pkg/kubelet/pod_workers.go, kuberuntime/kuberuntime_manager.go (SyncPod).
 */
export class PodWorker implements RunningPod {
  #pod: Pod;
  readonly #record: PodRecord;
  readonly #runners = new Map<string, ContainerRunner>();
  readonly #volumes: PodVolumes;
  readonly #puller: ImagePuller;
  readonly #timers = new Set<Cancel>();
  #wake: { atMs: number; cancel: Cancel } | undefined;
  #deadlineTimer: Cancel | undefined;
  #busy = false;
  #ending = false;
  #finishing = false;
  readonly #end = new PodEnding(this);
  #gone = false;
  #mountRetryMs = MOUNT_RETRY_MS;
  #troubleMs = TROUBLE_MS;
  #saved = "";
  readonly scope: ClockScope;

  constructor(
    readonly world: KubeletWorld,
    readonly node: NodeRuntime,
    pod: Pod,
    record?: PodRecord,
  ) {
    this.#pod = pod;
    this.#record = record ?? {
      uid: pod.metadata.uid!,
      namespace: pod.metadata.namespace!,
      name: pod.metadata.name,
      nodeName: node.name,
      startedAtMs: world.clock.now(),
      containers: {},
      scratch: {},
    };
    this.scope = world.clock.scope(
      `kubelet ${this.#record.namespace}/${this.#record.name}`,
      () => this.#troubled(),
    );
    this.#volumes = new PodVolumes(world, this);
    this.#puller = new ImagePuller(this);
  }

  get pod(): Pod {
    return this.#pod;
  }

  get record(): PodRecord {
    return this.#record;
  }

  get volumes(): PodVolumes {
    return this.#volumes;
  }

  get nowMs(): number {
    return this.world.clock.now();
  }

  containerRecord(name: string): ContainerRecord {
    return this.#record.containers[name] ??= newContainerRecord();
  }

  runner(name: string): ContainerRunner | undefined {
    return this.#runners.get(name);
  }

  get runners(): Iterable<ContainerRunner> {
    return this.#runners.values();
  }

  event(
    type: "Normal" | "Warning",
    reason: string,
    message: string,
    container?: { name: string },
  ): void {
    const { initContainers = [], ephemeralContainers = [] } = this.#pod.spec ?? {};
    const has = (list: { name: string }[]) => list.some(({ name }) => name === container?.name);
    const list = has(initContainers)
      ? "initContainers"
      : has(ephemeralContainers)
      ? "ephemeralContainers"
      : "containers";
    this.world.api.event(this.#pod, {
      type,
      reason,
      message,
      component: COMPONENT,
      host: this.node.name,
      ...(container ? { fieldPath: `spec.${list}{${container.name}}` } : {}),
    });
  }

  after(delayMs: number, fn: () => void): Cancel {
    const cancel = this.scope.after(delayMs, () => {
      this.#timers.delete(cancel);
      if (!this.#gone) fn();
    });
    this.#timers.add(cancel);
    return cancel;
  }

  /** Does a part of the pod's work at once. */
  #fenced(work: () => void): void {
    this.scope.run(work, () => this.#troubled());
  }

  /** What was under way is lost: the pod is looked at afresh, later each time. */
  #troubled(): void {
    if (this.#gone) return;
    this.#busy = false;
    this.after(this.#troubleMs, () => this.#ending ? this.#finishEnding() : this.sync());
    this.#troubleMs = Math.min(this.#troubleMs * 2, MAX_TROUBLE_MS);
  }

  // ------------------------------------------------------------ what happens to the pod

  /** The pod's object has changed. */
  update(pod: Pod): void {
    this.#fenced(() => this.#changed(pod));
  }

  #changed(pod: Pod): void {
    const before = this.#pod;
    this.#pod = pod;
    if (pod.metadata.deletionTimestamp && !this.#ending) this.#beginEnd();
    else if (pod.metadata.generation !== before.metadata.generation) this.#specChanged();
  }

  /** An image may change under a running container, which is then started anew. */
  #specChanged(): void {
    for (const container of this.#containers()) {
      const runner = this.#runners.get(container.name);
      if (!runner?.alive) continue;
      if (runner.container.image === container.image) {
        runner.resize(container.resources);
        continue;
      }
      this.event(
        "Normal",
        "Killing",
        `Container ${container.name} definition changed, will be restarted`,
        container,
      );
      runner.stop({ usuallyMs: 500, graceMs: this.#end.graceMs });
    }
    this.sync();
  }

  /** Takes back the address the pod had before the tutor was restarted. */
  reclaim(): void {
    const { ip } = this.record;
    this.#fenced(() => {
      if (ip && !this.#pod.spec?.hostNetwork) this.node.occupy(ip);
    });
  }

  /** Takes up what ran before the tutor was restarted. */
  resume(): void {
    this.#fenced(() => this.#takeUp());
  }

  #takeUp(): void {
    const { record } = this;
    if (record.ip) this.#volumes.remount();
    for (const container of this.#containers()) {
      const own = record.containers[container.name];
      if (!own?.running) continue;
      const runner = new ContainerRunner(this, container, own);
      this.#runners.set(container.name, runner);
      runner.resume();
    }
    if (this.#pod.metadata.deletionTimestamp) this.#beginEnd();
    else this.sync();
  }

  /** The pod's object is gone: stop everything at once. */
  remove(): void {
    this.#leave((runner) => runner.discard());
    if (this.#record.ip && !this.#pod.spec?.hostNetwork) this.node.free(this.#record.ip);
  }

  /** Stops without a trace: the tutor ends, and the pod will be resumed. */
  suspend(): void {
    this.#leave((runner) => runner.suspend());
  }

  #leave(part: (runner: ContainerRunner) => void): void {
    this.#gone = true;
    this.#timers.forEach((cancel) => cancel());
    this.#wake?.cancel();
    for (const runner of this.#runners.values()) this.#fenced(() => part(runner));
    this.scope.close();
  }

  save(): void {
    this.#fenced(() => this.#save());
  }

  #save(): void {
    const { state } = this.world;
    for (const runner of this.#runners.values()) runner.save(state);
    const text = JSON.stringify(this.#record);
    if (text === this.#saved) return;
    state.put(RECORDS + this.#record.uid, text);
    this.#saved = text;
  }

  /** Deletes all that was saved of a pod that is gone. */
  erase(): void {
    const { state } = this.world;
    state.delete(RECORDS + this.#record.uid);
    state.deletePrefix(`kubelet/log/${this.#record.uid}/`);
    state.deletePrefix(`kubelet/storage/${this.#record.uid}/`);
    state.deletePrefix(`kubelet/program/${this.#record.uid}/`);
  }

  // ------------------------------------------------------------ bringing the pod about

  /** Begins with a pod that is new here. */
  begin(): void {
    this.#fenced(() => this.sync());
  }

  sync(): void {
    if (this.#busy || this.#ending || this.#gone) return;
    if (isFinished(this.#pod) || this.#record.failure) return;
    if (this.#checkDeadline()) return;
    if (mainIsOver(this.#pod, this.#record)) return this.#endSidecars();
    if (!this.#record.ip) {
      this.publish();
      this.#createSandbox();
      return;
    }
    const pending = containersToStart(this.#pod, this.#record)
      .flatMap((container) => this.#dueNow(container));
    if (pending.length === 0) {
      this.publish();
      return;
    }
    this.#busy = true;
    this.#startNext(pending);
  }

  /** Fails a pod that has been active for too long. Gives whether it has. */
  #checkDeadline(): boolean {
    const seconds = this.#pod.spec?.activeDeadlineSeconds;
    if (seconds === undefined) return false;
    const leftMs = this.#record.startedAtMs + seconds * 1000 - this.nowMs;
    if (leftMs > 0) {
      this.#deadlineTimer ??= this.after(leftMs, () => this.sync());
      return false;
    }
    const reason = "DeadlineExceeded";
    const message = "Pod was active on the node longer than the specified deadline";
    this.event("Normal", reason, message);
    this.#record.failure = { reason, message };
    this.#end.begin();
    this.publish();
    return true;
  }

  /** A pod whose work is done ends its sidecars. */
  #endSidecars(): void {
    this.publish();
    if (this.#finishing) return;
    this.#finishing = this.#end.begin();
  }

  /** Asks for a sync at the latest after `delayMs`. */
  wakeAfter(delayMs: number): void {
    const atMs = this.nowMs + delayMs;
    if (this.#wake && this.#wake.atMs <= atMs && this.#wake.atMs > this.nowMs) return;
    this.#wake?.cancel();
    const cancel = this.scope.after(delayMs, () => {
      this.#wake = undefined;
      this.sync();
    });
    this.#wake = { atMs, cancel };
  }

  resyncMs(): number {
    return RESYNC_MS + this.world.random.int(RESYNC_MS / 2);
  }

  publish(): void {
    const { api } = this.world;
    const { namespace, name, uid } = this.#pod.metadata;
    const present = api.get<Pod>("pods", namespace!, name);
    if (present?.metadata.uid !== uid) return;
    this.#pod = present!;
    const status = podStatus(present!, this.#record, { nodeIp: this.node.ip, nowMs: this.nowMs });
    syncStatus(api, present!, status);
  }

  #containers(): Container[] {
    const { initContainers = [], containers = [], ephemeralContainers = [] } = this.#pod.spec ?? {};
    return [...initContainers, ...containers, ...ephemeralContainers];
  }

  #createSandbox(): void {
    try {
      this.#volumes.mount();
    } catch (error) {
      if (!(error instanceof MountError)) throw error;
      this.event("Warning", "FailedMount", error.message);
      this.wakeAfter(this.#mountRetryMs);
      this.#mountRetryMs = Math.min(this.#mountRetryMs * 2, MAX_MOUNT_RETRY_MS);
      return;
    }
    this.#busy = true;
    this.after(250 + this.world.random.int(500), () => {
      this.#busy = false;
      const ip = this.#pod.spec?.hostNetwork ? this.node.ip : this.node.allocate();
      if (ip === undefined) return this.#sandboxFailed();
      this.#record.ip = ip;
      if (this.#ending) this.#finishEnding();
      else this.sync();
    });
  }

  /** Source: containernetworking/plugins plugins/ipam/host-local/backend/allocator/allocator.go (Get). */
  #sandboxFailed(): void {
    this.event(
      "Warning",
      "FailedCreatePodSandBox",
      "Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox " +
        `"${
          hexOf(`${this.#record.uid} ${this.nowMs}`)
        }": plugin type="ptp" failed (add): failed to allocate ` +
        `for range 0: no IP addresses available in range set: ${this.node.range}`,
    );
    if (this.#ending) this.#finishEnding();
    else this.wakeAfter(this.resyncMs());
  }

  /** The container, unless it has crashed too often too lately. */
  #dueNow(container: Container): Container[] {
    const own = this.#record.containers[container.name];
    if (!own?.terminated || own.running) return [container];
    const sinceMs = own.terminated.finishedAtMs;
    const unnoticedMs = sinceMs + NOTICE_MS - this.nowMs;
    if (unnoticedMs > 0) {
      this.wakeAfter(unnoticedMs);
      return [];
    }
    const endMs = backoffEndMs(own.crashBackoff, sinceMs, this.nowMs);
    if (endMs === undefined) return [container];
    const { namespace, name, uid } = this.#pod.metadata;
    const pod = `${name}_${namespace}(${uid})`;
    this.event(
      "Warning",
      "BackOff",
      `Back-off restarting failed container ${container.name} in pod ${pod}`,
      container,
    );
    const seconds = Math.floor(own.crashBackoff!.delayMs / 1000);
    const delay = seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
    own.waiting = {
      reason: "CrashLoopBackOff",
      message: `back-off ${delay} restarting failed container=${container.name} pod=${pod}`,
    };
    this.wakeAfter(Math.min(endMs - this.nowMs, this.resyncMs()));
    return [];
  }

  #startNext([container, ...rest]: Container[]): void {
    if (this.#ending) {
      this.#busy = false;
      this.#finishEnding();
      return;
    }
    if (!container) {
      this.#busy = false;
      this.publish();
      // What ended meanwhile is looked at again.
      this.scope.post(() => this.#resyncIfPending());
      return;
    }
    this.#puller.ensure(container, (result) => this.#create(container, result, rest));
  }

  #resyncIfPending(): void {
    if (this.#gone || this.#ending || this.#busy) return;
    const waits = this.#containers().some(({ name }) => this.#record.containers[name]?.waiting);
    if (!waits) this.sync();
  }

  #create(container: Container, result: ImageResult, rest: Container[]): void {
    const own = this.containerRecord(container.name);
    if (this.#ending) {
      this.#startNext([]);
      return;
    }
    if (!result.program) {
      own.waiting = result.waiting;
      this.wakeAfter(result.retryMs!);
      this.#startNext(rest);
      return;
    }
    const { program } = result;
    this.after(40 + this.world.random.int(80), () => {
      const runner = new ContainerRunner(this, container, own);
      const problem = runner.prepare(program);
      if (problem) {
        this.event("Warning", "Failed", `Error: ${problem}`, container);
        own.waiting = { reason: "CreateContainerConfigError", message: problem };
        this.wakeAfter(this.resyncMs());
        this.#startNext(rest);
        return;
      }
      this.event("Normal", "Created", "Container created", container);
      this.after(30 + this.world.random.int(60), () => {
        if (this.#ending) {
          this.#startNext([]);
          return;
        }
        if (own.terminated) {
          own.crashBackoff = nextBackoff(own.crashBackoff, this.nowMs);
          own.restartCount++;
          // Whoever starts again sees what its volumes come from as it is now: the kubelet has looked at the pod.
          this.volumes.remount(({ message }) => this.event("Warning", "FailedMount", message));
        }
        const before = this.#runners.get(container.name);
        before?.discard();
        runner.previousLog = before?.log;
        this.#runners.set(container.name, runner);
        this.event("Normal", "Started", "Container started", container);
        runner.start();
        runner.postStart((worked) => {
          if (!worked && runner.alive) this.#failPostStart(runner, container);
          this.#startNext(rest);
        });
      });
    });
  }

  /** A container whose postStart hook fails is killed, and restarted as its pod's policy says. */
  #failPostStart(runner: ContainerRunner, container: Container): void {
    this.event("Warning", "FailedPostStartHook", "PostStartHook failed", container);
    this.event("Normal", "Killing", "FailedPostStartHook", container);
    runner.stop({ exitCode: 137, usuallyMs: 500, graceMs: this.#end.graceMs });
  }

  containerEnded(): void {
    if (this.#gone) return;
    if (this.#ending || this.#record.failure) {
      if (this.#end.running.length > 0) this.#end.next();
      else if (this.#ending) this.#settle();
      else this.publish();
      return;
    }
    if (this.#finishing) this.#end.next();
    this.after(NOTICE_MS / 2, () => {
      if (!this.#ending && !this.#busy) this.publish();
    });
    this.after(NOTICE_MS, () => this.sync());
  }

  // ------------------------------------------------------------ bringing the pod to its end

  #beginEnd(): void {
    this.#ending = true;
    this.#wake?.cancel();
    if (!this.#busy) this.#finishEnding();
  }

  #finishEnding(): void {
    if (!this.#end.begin()) this.after(50, () => this.#settle());
  }

  #settle(): void {
    this.publish();
    this.after(100 + this.world.random.int(400), () => this.#deleteObject());
  }

  #deleteObject(): void {
    const { namespace, name, uid } = this.#pod.metadata;
    const { api } = this.world;
    if (api.get<Pod>("pods", namespace!, name)?.metadata.uid !== uid) return;
    api.delete("pods", namespace!, name, { gracePeriodSeconds: 0, preconditions: { uid } });
  }

  /** The phase by what is known now, for the metrics. */
  get phase(): string {
    return podPhase(this.#pod, this.#record);
  }
}
