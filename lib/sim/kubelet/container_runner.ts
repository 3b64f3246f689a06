import type { Container, models } from "../../kube/mod.ts";
import type { Cancel } from "../../base/mod.ts";
import { toReadable, utf8Bytes } from "../../go/mod.ts";
import { ExecError, type Execution, type Program, type StateFile, type Stdio } from "../seams.ts";
import { environment, expand } from "./env.ts";
import { ContainerConfigError } from "./fields.ts";
import { runHook } from "./hooks.ts";
import { programIn } from "./images.ts";
import { ContainerLog } from "./logs.ts";
import { ContainerInput, ContainerOutput } from "./output.ts";
import { containerId } from "./pod_status.ts";
import { type ProbeKind, runProbe, startExecProbe, startProbe } from "./probes.ts";
import { Process } from "./process.ts";
import { scopedState } from "../state/mod.ts";
import { type ContainerRecord, readJson } from "./records.ts";
import type { RunningContainer, RunningPod, StopOptions } from "./running_pod.ts";
import { burn, endUsage, isOverMemory, memoryOf, setUsage } from "./usage.ts";

const BASELINE = { cpuMillicores: 1, memoryBytes: 12 << 20 };
const SIGKILLED = 137;
/** Source: kubernetes pkg/kubelet/kuberuntime (minimumGracePeriodInSeconds). */
const MIN_GRACE_MS = 2000;
/**
 * What is kept of a message and of a log in its place, in bytes and lines. Source: kubernetes
 * pkg/kubelet/container/runtime.go (MaxContainerTerminationMessageLength, …LogLength, …LogLines).
 */
const MAX_MESSAGE = 4096;
const MAX_MESSAGE_LOG = 2048;
const MAX_MESSAGE_LINES = 80;

/** One run of a container: its process, log and probes; upstream the runtime manager's, over the CRI. */
export class ContainerRunner implements RunningContainer {
  readonly name: string;
  log: ContainerLog;
  /** The log of the run before this one. */
  previousLog: ContainerLog | undefined;
  #process: Process | undefined;
  #program: Program | undefined;
  readonly #output = new ContainerOutput((text, partial) =>
    this.log.append({ timeMs: this.worker.nowMs, text, ...(partial ? { partial } : {}) })
  );
  readonly #input: ContainerInput | undefined;
  readonly #attached = new Set<(code: number) => void>();
  #env: Record<string, string> = {};
  readonly #probes: Cancel[] = [];
  /** Exec probes under way. */
  readonly #running = new Map<ProbeKind, Cancel>();
  #snapshot = "";

  constructor(
    private readonly worker: RunningPod,
    public container: Container,
    private readonly own: ContainerRecord,
  ) {
    this.name = container.name;
    if (container.stdin) this.#input = new ContainerInput();
    this.log = new ContainerLog(this.#logKey(own.restartCount));
  }

  get alive(): boolean {
    return this.#process?.alive ?? false;
  }

  /** It goes on with other requests and limits. */
  resize(resources: models.ResourceRequirements | undefined): void {
    this.container = { ...this.container, resources };
  }

  get record(): ContainerRecord {
    return this.own;
  }

  /** Makes ready what the process needs. Gives the kubelet's words when it cannot. */
  prepare(program: Program): string | undefined {
    this.#program = program;
    try {
      this.#env = this.#environment();
    } catch (error) {
      if (!(error instanceof ContainerConfigError)) throw error;
      return error.message;
    }
    return undefined;
  }

  start(): void {
    const { own, worker } = this;
    const startedAtMs = worker.nowMs;
    const first = own.restartCount === 0;
    if (!first) {
      // The log of the run before last is kept no longer.
      new ContainerLog(this.#logKey(own.restartCount - 2)).erase(worker.world.state);
    }
    this.log = new ContainerLog(this.#logKey(own.restartCount));
    own.files = {};
    own.subPaths = {};
    own.probes = {};
    own.started = this.container.startupProbe === undefined;
    own.ready = own.started && this.container.readinessProbe === undefined;
    delete own.waiting;
    const id = containerId(`${worker.record.uid}/${this.name}/${own.restartCount}`);
    own.running = { startedAtMs, containerId: id };
    own.cpuSinceMs = startedAtMs;
    this.#use(this.#program!.baseline ?? BASELINE);
    this.#run(undefined);
  }

  /** Takes up the run that `own.running` tells of. */
  resume(): void {
    const { world } = this.worker;
    this.log = ContainerLog.load(world.state, this.#logKey(this.own.restartCount));
    if (this.own.restartCount > 0) {
      this.previousLog = ContainerLog.load(world.state, this.#logKey(this.own.restartCount - 1));
    }
    const program = programIn(world.catalog, this.container.image ?? "");
    if (!program) {
      // Nobody knows any more what ran.
      this.#ended(SIGKILLED);
      return;
    }
    this.#program = program;
    try {
      this.#env = this.#environment();
    } catch (error) {
      // The process has its environment already; what it came from may be gone.
      if (!(error instanceof ContainerConfigError)) throw error;
    }
    this.#snapshot = world.state.get(this.#snapshotKey) ?? "";
    this.#run(readJson(this.#snapshot));
  }

  #run(resumed: unknown): void {
    const { worker, own } = this;
    const { world, node, pod, record } = worker;
    const program = this.#program!;
    const words = (list: readonly string[] | undefined) =>
      (list ?? []).map((word) => expand(word, this.#env));
    const hostNetwork = pod.spec?.hostNetwork === true;
    const clusterDns = !hostNetwork || pod.spec?.dnsPolicy === "ClusterFirstWithHostNet";
    this.#process = new Process(program, {
      clock: worker.scope,
      network: world.network,
      random: world.random,
      kube: world.apiFor(pod, program.name),
      storage: scopedState(world.state, `kubelet/storage/${record.uid}/${this.name}/`),
      files: worker.volumes.view(this.container, own, this.#env),
      peer: { ip: record.ip!, ...(clusterDns ? { namespace: record.namespace } : {}) },
      view: {
        command: words(this.container.command),
        args: words(this.container.args),
        env: this.#env,
        pod: {
          name: record.name,
          namespace: record.namespace,
          uid: record.uid,
          ip: record.ip!,
          nodeName: node.name,
          nodeIp: node.ip,
          serviceAccountName: pod.spec?.serviceAccountName ?? "default",
          labels: pod.metadata.labels ?? {},
        },
        containerName: this.name,
        image: this.container.image ?? "",
        startedAtMs: own.running!.startedAtMs,
        tty: this.container.tty === true,
      },
      input: this.#input,
      resumed,
      onLog: (text) => this.#output.line(text),
      onWrite: (bytes) => this.#output.write(bytes),
      onUse: (usage) => this.#use(usage),
      onBurn: (cpuMs) => burn(own, cpuMs, { container: this.container, node, nowMs: worker.nowMs }),
      onExit: (code, how) => this.#ended(code, how),
      room: { ...world.memory, memoryBytes: memoryOf(this.container, node) },
    });
    if (this.alive) this.#startProbes();
  }

  #environment(): Record<string, string> {
    const { world, pod, record, node } = this.worker;
    const source = { pod, podIp: record.ip!, nodeIp: node.ip };
    return environment(world.api, source, this.container);
  }

  #use(usage: { cpuMillicores: number; memoryBytes: number }): void {
    const { own, worker } = this;
    setUsage(own, usage, { container: this.container, nowMs: worker.nowMs });
    if (!isOverMemory(own, this.container)) return;
    // The kernel kills at once, but never inside the call that asked for too much.
    worker.scope.post(() => {
      if (this.alive) this.#kill(SIGKILLED, "OOMKilled");
    });
  }

  // ------------------------------------------------------------ probes

  #startProbes(): void {
    for (const kind of ["startup", "liveness", "readiness"] as const) {
      const probe = this.container[`${kind}Probe`];
      if (!probe || (kind === "startup" && this.own.started)) continue;
      const cancel = startProbe(
        this.worker.scope,
        probe,
        this.own.running!.startedAtMs,
        () => this.#probe(kind, probe),
      );
      this.#probes.push(cancel);
    }
  }

  #probe(kind: ProbeKind, probe: models.Probe): void {
    const { own, worker } = this;
    if (!this.alive || (kind === "startup") === own.started) return;
    if (probe.exec) {
      // The next one waits for the one that runs.
      if (this.#running.has(kind)) return;
      const settle = (problem: string | undefined) => {
        this.#running.delete(kind);
        if (this.alive) this.#probed(kind, probe, problem);
      };
      this.#running.set(kind, () => {});
      const cancel = startExecProbe(
        worker.scope,
        probe,
        (command, stdio) => this.exec(command, stdio),
        settle,
      );
      if (this.#running.has(kind)) this.#running.set(kind, cancel);
      return;
    }
    const problem = runProbe(worker.world.network, {
      ip: worker.record.ip!,
      nodeIp: worker.node.ip,
      container: this.container,
    }, probe);
    this.#probed(kind, probe, problem);
  }

  #probed(kind: ProbeKind, probe: models.Probe, problem: string | undefined): void {
    const { own, worker } = this;
    const counts = own.probes[kind] ??= { successes: 0, failures: 0 };
    if (problem === undefined) {
      counts.failures = 0;
      if (counts.successes < 1000) counts.successes++;
      if (counts.successes >= (probe.successThreshold ?? 1)) this.#succeeded(kind);
      return;
    }
    counts.successes = 0;
    counts.failures++;
    const capital = kind[0].toUpperCase() + kind.slice(1);
    worker.event("Warning", "Unhealthy", `${capital} probe failed: ${problem}`, this.container);
    if (counts.failures >= (probe.failureThreshold ?? 3)) this.#failed(kind);
  }

  #succeeded(kind: ProbeKind): void {
    const { own } = this;
    if (kind === "readiness" && !own.ready) {
      own.ready = true;
      this.worker.publish();
    } else if (kind === "startup") {
      own.started = true;
      if (!this.container.readinessProbe) own.ready = true;
      this.worker.sync();
      this.worker.publish();
    }
  }

  #failed(kind: ProbeKind): void {
    const { own, worker } = this;
    if (kind === "readiness") {
      if (!own.ready) return;
      own.ready = false;
      worker.publish();
      return;
    }
    worker.event(
      "Normal",
      "Killing",
      `Container ${this.name} failed ${kind} probe, will be restarted`,
      this.container,
    );
    const seconds = this.container[`${kind}Probe`]?.terminationGracePeriodSeconds ??
      worker.pod.spec?.terminationGracePeriodSeconds ?? 30;
    this.stop({ exitCode: SIGKILLED, usuallyMs: 500, graceMs: seconds * 1000 });
    this.#stopProbes();
  }

  #stopProbes(): void {
    this.#probes.splice(0).forEach((cancel) => cancel());
    this.#running.forEach((cancel) => cancel());
    this.#running.clear();
  }

  // ------------------------------------------------------------ the end

  /** SIGTERM. Gives "running" when the process means to go on. */
  terminate(): void | "running" {
    this.#stopProbes();
    return this.#process?.terminate();
  }

  stop({ exitCode = 0, usuallyMs, graceMs }: StopOptions): void {
    const { worker } = this;
    const process = this.#process;
    const startMs = worker.nowMs;
    this.#stopProbes();
    this.#preStop(graceMs, () => {
      if (this.#process !== process || !this.alive) return;
      const leftMs = Math.max(MIN_GRACE_MS, graceMs - (worker.nowMs - startMs));
      const lingers = this.terminate() === "running";
      worker.after(lingers ? leftMs : Math.min(usuallyMs, leftMs), () => {
        if (this.#process === process) this.kill(lingers ? SIGKILLED : exitCode);
      });
    });
  }

  #preStop(graceMs: number, then: () => void): void {
    const hook = this.container.lifecycle?.preStop;
    if (!hook || graceMs <= 0) return then();
    let over = false;
    const go = () => {
      if (over) return;
      over = true;
      then();
    };
    this.worker.after(graceMs, go);
    this.#runHook(hook, (worked) => {
      if (!worked && !over) {
        this.worker.event("Warning", "FailedPreStopHook", "PreStopHook failed", this.container);
      }
      go();
    });
  }

  /** Runs the postStart hook, when there is one; `then` is told whether it worked. */
  postStart(then: (worked: boolean) => void): void {
    const hook = this.container.lifecycle?.postStart;
    if (!hook) return then(true);
    this.#runHook(hook, then);
  }

  #runHook(hook: models.LifecycleHandler, done: (worked: boolean) => void): void {
    const { worker } = this;
    runHook(
      worker.world,
      {
        ip: worker.record.ip!,
        nodeIp: worker.node.ip,
        container: this.container,
        exec: (command, stdio) => this.exec(command, stdio),
        after: (delayMs, fn) => worker.after(delayMs, fn),
      },
      hook,
      done,
    );
  }

  // ------------------------------------------------------------ further commands

  /** Errors: ExecError. */
  exec(command: readonly string[], stdio: Stdio): Execution {
    if (!this.alive) throw new ExecError("container not running");
    return this.#process!.exec(command, stdio);
  }

  /** Joins the main process. */
  attach(stdio: Stdio): Execution {
    const unlisten = this.#output.listen((bytes) => stdio.onStdout(bytes));
    const onExit = (code: number) => stdio.onExit(code);
    this.#attached.add(onExit);
    const leave = () => {
      unlisten();
      this.#attached.delete(onExit);
    };
    const input = stdio.stdin ? this.#input : undefined;
    return {
      write: (bytes) => input?.write(bytes),
      closeStdin: () => {
        if (this.container.stdinOnce) input?.end();
      },
      kill: () => {
        leave();
        if (this.container.stdinOnce) input?.end();
      },
    };
  }

  kill(exitCode: number): void {
    this.#kill(exitCode);
  }

  #kill(exitCode: number, reason?: string): void {
    if (!this.alive) return;
    this.#process!.kill();
    this.#ended(exitCode, reason === undefined ? undefined : { reason });
  }

  #ended(exitCode: number, how: { reason?: string; message?: string } = {}): void {
    const { own, worker } = this;
    const { reason = exitCode === 0 ? "Completed" : "Error", message } = how;
    if (message !== undefined) {
      worker.event("Warning", "Failed", `Error: ${message}`, this.container);
    }
    this.#output.end();
    this.#stopProbes();
    endUsage(own, worker.nowMs);
    own.terminated = {
      exitCode,
      reason,
      ...(message === undefined ? this.#message(exitCode) : { message }),
      startedAtMs: own.running!.startedAtMs,
      finishedAtMs: worker.nowMs,
      containerId: own.running!.containerId,
    };
    delete own.running;
    own.started = false;
    own.ready = false;
    this.log.close();
    this.#snapshot = "";
    worker.world.state.delete(this.#snapshotKey);
    for (const onExit of this.#attached) onExit(exitCode);
    this.#attached.clear();
    worker.containerEnded();
  }

  /**
   * What the process left where the container says, or else the last of the log, for those that ask for it.
   * Source: kubernetes pkg/kubelet/kuberuntime/kuberuntime_container.go (getTerminationMessage).
   */
  #message(exitCode: number): { message?: string } {
    const { terminationMessagePath = "", terminationMessagePolicy } = this.container;
    const files = this.worker.volumes.view(this.container, this.own, this.#env);
    const left = lastBytes(files.read(terminationMessagePath) ?? "", MAX_MESSAGE);
    if (left !== "") return { message: left };
    if (exitCode === 0 || terminationMessagePolicy !== "FallbackToLogsOnError") return {};
    const text = this.log.lines.slice(-MAX_MESSAGE_LINES).map((line) => `${line.text}\n`).join("");
    return text ? { message: lastBytes(text, MAX_MESSAGE_LOG) } : {};
  }

  /** Ends for good, with the pod. */
  discard(): void {
    this.#stopProbes();
    this.#process?.kill();
    this.log.close();
  }

  /** Ends with the tutor, to be resumed. */
  suspend(): void {
    this.#stopProbes();
    this.#process?.kill();
  }

  save(state: StateFile): void {
    // A program that breaks over it says so in its log.
    if (this.alive) this.#saveProgram(state);
    this.previousLog?.save(state);
    this.log.save(state);
  }

  #saveProgram(state: StateFile): void {
    this.#process!.save();
    const text = this.#process!.snapshot();
    if (!this.alive || text === this.#snapshot) return;
    this.#snapshot = text;
    if (text === "") state.delete(this.#snapshotKey);
    else state.put(this.#snapshotKey, text);
  }

  get #snapshotKey(): string {
    return `kubelet/program/${this.worker.record.uid}/${this.name}`;
  }

  #logKey(run: number): string {
    return logKey(this.worker.record.uid, this.name, run);
  }
}

/** The end of a text; of a character that is cut U+FFFD for each byte that is left. */
function lastBytes(text: string, bytes: number): string {
  return toReadable(utf8Bytes(text).slice(-bytes));
}

/** Where the log of one run is kept. */
export function logKey(uid: string, container: string, run: number): string {
  return `${uid}/${container}/${run}`;
}
