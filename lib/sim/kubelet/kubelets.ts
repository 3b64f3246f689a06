import type { Cancel } from "../../base/mod.ts";
import { quote, rfc3339 } from "../../go/mod.ts";
import { isFinished, type KubeObject, type models, type Pod } from "../../kube/mod.ts";
import {
  type ContainerLogs,
  type ContainerStreams,
  type Durable,
  ExecError,
  type LogLine,
  NetworkError,
  type Peer,
  type Program,
  type SimApi,
  type SimContext,
  type StateFile,
  type WatchEvent,
} from "../seams.ts";
import { keyOf, nameOf } from "../reconcile.ts";
import { logKey } from "./container_runner.ts";
import { ImageCatalog } from "./images.ts";
import { ContainerLog } from "./logs.ts";
import { type KubeletWorld, NodeRuntime } from "./node.ts";
import { serveNode } from "./node_server.ts";
import { rejection } from "./pod_admission.ts";
import { PodWorker } from "./pod_worker.ts";
import { type PodRecord, readJson } from "./records.ts";
import { sharedMemory } from "./shared_memory.ts";
import { VolumeStore } from "./volume_store.ts";

/** How the kubelets are wired beside their context. */
export interface KubeletOptions {
  /** The API as a service account; by default the kubelet's own. */
  apiFor?: (account: { namespace: string; name: string }, program: string) => SimApi;
  /** What the token file of a service account holds. */
  tokenFor?: (account: { namespace: string; name: string }) => string;
}

/** The running kubelets of every node. */
export interface Kubelets extends Durable {
  /** For `ApiServer.registerLogs`. */
  readonly logs: ContainerLogs;
  /** For `ApiServer.registerStreams`. */
  readonly streams: ContainerStreams;
  /** Stops everything without a trace in the API; what was saved resumes. */
  stop(): void;
}

const RECORDS = "kubelet/pod/";
/** How often an unchanged node status is reported; Source: nodeStatusReportFrequency. */
const REPORT_MS = 300_000;

/**
 * Starts a kubelet for every node there is or will be. Pods that ran when the state was saved run on
 * as they were.
 */
export function startKubelets(
  context: SimContext,
  programs: readonly Program[],
  options: KubeletOptions = {},
): Kubelets {
  return new KubeletSet(context, programs, options);
}

class KubeletSet implements Kubelets {
  readonly #world: KubeletWorld;
  readonly #nodes = new Map<string, { runtime: NodeRuntime; stop: Cancel }>();
  readonly #workers = new Map<string, PodWorker>();
  readonly #cancels: Cancel[] = [];
  #stopped = false;

  constructor(context: SimContext, programs: readonly Program[], options: KubeletOptions) {
    const account = (pod: Pod) => ({
      namespace: pod.metadata.namespace!,
      name: pod.spec?.serviceAccountName ?? "default",
    });
    this.#world = {
      ...context,
      clock: context.clock.scope("kubelet"),
      catalog: new ImageCatalog(programs),
      volumes: new VolumeStore(context.state),
      memory: sharedMemory(),
      apiFor: (pod, program) => options.apiFor?.(account(pod), program) ?? context.api,
      tokenFor: (pod) => {
        const { namespace, name } = account(pod);
        return options.tokenFor?.({ namespace, name }) ??
          `system:serviceaccount:${namespace}:${name}`;
      },
    };
    this.#watchNodes();
    this.#watchPods();
    for (const resource of ["configmaps", "secrets"]) this.#watchVolumes(resource);
    this.#cancels.push(context.api.watch("persistentvolumes", ({ type, object }) => {
      if (type === "DELETED") this.#world.volumes.drop(`claim/${object.metadata.name}`);
    }));
    this.#cancels.push(
      this.#world.clock.every(REPORT_MS, () => this.#reportNodes(), { originMs: 0 }),
    );
  }

  readonly logs: ContainerLogs = {
    read: (namespace, pod, container, options) =>
      this.#log(namespace, pod, container, options?.previous ?? false)?.lines,
    follow: (namespace, pod, container, onLine, onEnd) =>
      this.#follow(this.#workerOf(namespace, pod), container, { onLine, onEnd }),
  };

  readonly streams: ContainerStreams = {
    exec: ({ namespace, pod, container }, command, stdio) => {
      const runner = this.#workerOf(namespace, pod)?.runner(container);
      if (!runner) throw new ExecError(`container not found (${quote(container)})`);
      return runner.exec(command, stdio);
    },
    attach: ({ namespace, pod, container }, stdio) => {
      const runner = this.#workerOf(namespace, pod)?.runner(container);
      return runner?.alive ? runner.attach(stdio) : undefined;
    },
    request: ({ namespace, pod }, request) =>
      this.#world.network.request(this.#peerOf(namespace, pod), request),
    dial: ({ namespace, pod }, port) =>
      this.#world.network.dial(this.#peerOf(namespace, pod), "localhost", port),
  };

  #peerOf(namespace: string, pod: string): Peer {
    const ip = this.#workerOf(namespace, pod)?.record.ip;
    if (ip === undefined) throw new NetworkError("pod has no address");
    return { ip, namespace };
  }

  save(state: StateFile): void {
    for (const { runtime } of this.#nodes.values()) runtime.save(state);
    for (const worker of this.#workers.values()) worker.save();
    this.#world.volumes.save(state);
  }

  stop(): void {
    this.#stopped = true;
    this.#cancels.forEach((cancel) => cancel());
    this.#workers.forEach((worker) => worker.suspend());
    this.#nodes.forEach(({ stop }) => stop());
  }

  // ------------------------------------------------------------ nodes

  #watchNodes(): void {
    const { api, state } = this.#world;
    this.#cancels.push(api.watch("nodes", ({ type, object, previous }) => {
      const { name } = object.metadata;
      const cordoned = Boolean(object.spec?.unschedulable);
      if (previous && cordoned !== Boolean(previous.spec?.unschedulable)) {
        this.#world.clock.post(() => this.#tellCordon(object, cordoned));
      }
      if (type === "DELETED") {
        this.#nodes.get(name)?.stop();
        this.#nodes.delete(name);
        return;
      }
      if (this.#nodes.has(name) || !object.status?.addresses) return;
      const runtime = new NodeRuntime(object, state);
      const stop = serveNode(this.#world, runtime, () => this.#workersOn(name));
      this.#nodes.set(name, { runtime, stop });
      this.#world.clock.post(() => this.#adoptPodsOf(name));
    }));
  }

  /** Source: kubernetes pkg/kubelet/kubelet_node_status.go (recordNodeSchedulableEvent). */
  #tellCordon(node: KubeObject, cordoned: boolean): void {
    const { name } = node.metadata;
    const reason = cordoned ? "NodeNotSchedulable" : "NodeSchedulable";
    // The kubelet knows its node by name alone.
    const reference = { ...node, metadata: { name, uid: name } };
    this.#world.api.event(reference, {
      type: "Normal",
      reason,
      message: `Node ${name} status is now: ${reason}`,
      component: "kubelet",
      host: name,
    });
  }

  *#workersOn(node: string): Iterable<PodWorker> {
    for (const worker of this.#workers.values()) if (worker.node.name === node) yield worker;
  }

  /** A node may come after pods that are bound to it. */
  #adoptPodsOf(node: string): void {
    if (this.#stopped) return;
    for (const pod of this.#world.api.list<Pod>("pods")) {
      if (pod.spec?.nodeName === node) this.#podChanged(pod);
    }
  }

  #reportNodes(): void {
    const { api, clock } = this.#world;
    for (const name of this.#nodes.keys()) {
      const node = api.get("nodes", "", name);
      if (!node?.status?.conditions) continue;
      const next = structuredClone(node);
      for (const condition of next.status.conditions) {
        condition.lastHeartbeatTime = rfc3339(clock.now());
      }
      api.updateStatus("nodes", next);
    }
  }

  // ------------------------------------------------------------ pods

  #watchPods(): void {
    const { api, clock, state } = this.#world;
    const records = new Map<string, PodRecord>();
    for (const [, text] of state.entries(RECORDS)) {
      const record = readJson<PodRecord>(text);
      if (record) records.set(record.uid, record);
    }
    const present: Pod[] = [];
    let starting = true;
    this.#cancels.push(api.watch<Pod>("pods", (event) => {
      if (starting) present.push(event.object);
      else clock.post(() => this.#podEvent(event));
    }));
    starting = false;
    const uids = new Set(present.map((pod) => pod.metadata.uid));
    for (const record of records.values()) {
      if (uids.has(record.uid)) continue;
      for (const part of ["pod", "log", "storage", "program"]) {
        state.deletePrefix(`kubelet/${part}/${record.uid}`);
      }
    }
    this.#resume(present, records);
  }

  /** Pods come back in the order in which they were first seen. */
  #resume(present: readonly Pod[], records: ReadonlyMap<string, PodRecord>): void {
    const startedMs = (pod: Pod) => records.get(pod.metadata.uid!)?.startedAtMs ?? Infinity;
    const resumed: PodWorker[] = [];
    for (const pod of [...present].sort((a, b) => startedMs(a) < startedMs(b) ? -1 : 1)) {
      const record = records.get(pod.metadata.uid!);
      const node = pod.spec?.nodeName && this.#nodes.get(pod.spec.nodeName)?.runtime;
      if (!node) continue;
      if (!record) {
        this.#world.clock.post(() => this.#podChanged(pod));
        continue;
      }
      this.#world.clock.run(
        () => {
          const worker = new PodWorker(this.#world, node, pod, record);
          this.#workers.set(pod.metadata.uid!, worker);
          resumed.push(worker);
        },
        () => {},
        nameOf("pods", keyOf(pod)),
      );
    }
    // Every address is taken before any program starts to look around.
    resumed.forEach((worker) => worker.reclaim());
    resumed.forEach((worker) => worker.resume());
  }

  #podEvent({ type, object }: WatchEvent<Pod>): void {
    if (this.#stopped) return;
    if (type !== "DELETED") {
      this.#podChanged(object);
      return;
    }
    const worker = this.#workers.get(object.metadata.uid!);
    if (!worker) return;
    worker.remove();
    worker.erase();
    this.#workers.delete(object.metadata.uid!);
  }

  #podChanged(pod: Pod): void {
    const uid = pod.metadata.uid!;
    const worker = this.#workers.get(uid);
    if (worker) {
      worker.update(pod);
      return;
    }
    const node = pod.spec?.nodeName && this.#nodes.get(pod.spec.nodeName)?.runtime;
    const stored = this.#world.api.get<Pod>("pods", pod.metadata.namespace!, pod.metadata.name);
    if (!node || stored?.metadata.uid !== uid) return;
    if (!isFinished(stored) && this.#reject(node.name, stored)) return;
    const started = new PodWorker(this.#world, node, stored);
    this.#workers.set(uid, started);
    if (stored.metadata.deletionTimestamp) started.update(stored);
    else started.begin();
  }

  /** Whether the node cannot run a pod, which then has failed. */
  #reject(nodeName: string, pod: Pod): boolean {
    const { api } = this.#world;
    const node = api.get("nodes", "", nodeName);
    if (!node || pod.metadata.annotations?.["kubernetes.io/config.mirror"]) return false;
    const others = [...this.#workersOn(nodeName)].map((worker) => worker.pod)
      .filter((other) => !isFinished(other));
    const why = rejection(node, pod, others);
    if (!why) return false;
    const { reason, message } = why;
    api.event(pod, { type: "Warning", reason, message, component: "kubelet", host: nodeName });
    const { qosClass } = pod.status ?? {};
    const status: models.PodStatus = {
      phase: "Failed",
      reason,
      message: `Pod was rejected: ${message}`,
      startTime: rfc3339(this.#world.clock.now()),
      ...(qosClass ? { qosClass } : {}),
    };
    api.updateStatus("pods", { ...structuredClone(pod), status });
    return true;
  }

  #watchVolumes(resource: string): void {
    this.#cancels.push(this.#world.api.watch(resource, ({ type, object }) => {
      if (type === "ADDED") return;
      for (const worker of this.#workers.values()) {
        if (worker.record.namespace !== object.metadata.namespace) continue;
        worker.volumes.changed(`${resource}/${object.metadata.name}`);
      }
    }));
  }

  // ------------------------------------------------------------ logs

  #workerOf(namespace: string, name: string): PodWorker | undefined {
    const uid = this.#world.api.get("pods", namespace, name)?.metadata.uid;
    return uid === undefined ? undefined : this.#workers.get(uid);
  }

  #log(
    namespace: string,
    pod: string,
    container: string,
    previous: boolean,
  ): ContainerLog | undefined {
    const worker = this.#workerOf(namespace, pod);
    const own = worker?.record.containers[container];
    if (!worker || !own || (!own.running && !own.terminated)) return undefined;
    const runner = worker.runner(container);
    // A container that waits to be restarted has ended, and that run is not the previous one yet.
    const run = own.restartCount - (previous ? 1 : 0);
    if (run < 0) return undefined;
    const held = previous ? runner?.previousLog : runner?.log;
    return held ?? ContainerLog.load(this.#world.state, logKey(worker.record.uid, container, run));
  }

  #follow(
    worker: PodWorker | undefined,
    container: string,
    to: { onLine: (line: LogLine) => void; onEnd: () => void },
  ): Cancel {
    const runner = worker?.runner(container);
    if (!runner) {
      to.onEnd();
      return () => {};
    }
    return runner.log.follow(to.onLine, to.onEnd);
  }
}
