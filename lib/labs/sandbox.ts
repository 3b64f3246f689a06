import { setImmediate } from "node:timers";
import { VirtualClock } from "../base/mod.ts";
import { ApiError } from "../kube/mod.ts";
import { type Chart, NetworkError, type Program, type StateFile } from "../sim/seams.ts";
import { GroupCommit } from "./group_commit.ts";
import { type HomeLock, lockHome } from "./home.ts";
import type { Lab, LabClock, LabStream, LabStreamOptions } from "./lab.ts";
import { type HostPort, openHostPort, type OpenPort, toHttpRequest, toResponse } from "./ports.ts";
import { Pump } from "./pump.ts";

type Sim = typeof import("../sim/mod.ts");
type Cluster = import("../sim/mod.ts").Cluster;

/** Something the learner should know, apart from any command. */
export type LabNotice =
  | { kind: "port"; port: HostPort }
  /** Time stopped because nobody worked, or goes on. */
  | { kind: "idle" | "awake" }
  /** A state file that could not be read was kept under this name, and a new one begun. */
  | { kind: "set-aside"; path: string; reason: string }
  /** What happened in the last seconds could not be saved; it is tried again. */
  | { kind: "unsaved"; reason: string };

export interface SandboxOptions {
  /** Where the state is kept. */
  homeDir: string;
  /** What this process does, for whoever finds the home in use. */
  purpose?: string;
  seed?: number;
  /** The virtual time of a new lab; default is the wall's. */
  startMs?: number;
  /** Whether the node ports are opened on 127.0.0.1. */
  hostPorts?: boolean;
  /** Wall minutes without a sign of life after which time stops; 0 means never. */
  idleMinutes?: number;
  onNotice?(notice: LabNotice): void;
  /** Programs for further images. */
  programs?: readonly Program[] | (() => Promise<readonly Program[]>);
}

/** The embedded cluster as a lab, and what only it can do. */
export interface Sandbox extends Lab {
  readonly kind: "sandbox";
  readonly homeDir: string;
  /** Resolves when the cluster of an earlier session is back; the first request waits for it. */
  ready(): Promise<void>;
  /** Lets time pass with the wall from now on. */
  startTime(): void;
  stopTime(): void;
  /** A sign of life: time that stopped for idleness goes on. */
  touch(): void;
  readonly idle: boolean;
  readonly hostPorts: readonly HostPort[];
  /** Serves the API over HTTPS for other processes, and writes a kubeconfig for it. */
  serveApi(): Promise<{ url: string; kubeconfigPath: string }>;
}

const NO_CLUSTER =
  "The connection to the server localhost:8080 was refused - did you specify the right host or port?";

/** Lab seconds per wall second while a learner works. */
export const USUAL_SPEED = 10;

const RECORD = "lab/cluster";
const TIME = "lab/now";
/** How fast lab time was told to pass. */
const SPEED = "lab/speed";
const NAMESPACE = "lab/namespace";

interface ClusterRecord {
  name: string;
  hostPorts: number[];
}

/**
 * Opens the lab in `homeDir`; the cluster of an earlier session is brought back in the background.
 * Errors: HomeInUseError; StateError when the disk refuses.
 */
export async function openSandbox(options: SandboxOptions): Promise<Sandbox> {
  const lock = lockHome(options.homeDir, options.purpose ?? "hpa-tutor");
  try {
    const state = await openState(options);
    return new SandboxLab(options, lock, state);
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function openState(options: SandboxOptions): Promise<StateFile> {
  const { openStateFile } = await import("../sim/state/mod.ts");
  const path = `${options.homeDir}/state.db`;
  const { state, setAside } = openStateFile(path, fileStamp());
  if (setAside) {
    const reason = "not a readable database";
    options.onNotice?.({ kind: "set-aside", path: setAside, reason });
  }
  return state;
}

/** The wall's time as part of a file name. */
function fileStamp(): string {
  return new Date().toISOString().replace(/[:.]/g, "-");
}

class SandboxLab implements Sandbox {
  readonly kind = "sandbox";
  readonly homeDir: string;
  readonly state: StateFile;
  readonly clock: LabClock;
  readonly #options: SandboxOptions;
  readonly #lock: HomeLock;
  readonly #pump: Pump;
  #sim: Sim | undefined;
  #programs: readonly Program[] = [];
  #cluster: Cluster | undefined;
  #booting: Promise<void> | undefined;
  /** Time while there is no cluster. */
  #idleClock: VirtualClock;
  #ports: OpenPort[] = [];
  #listener: { close(): Promise<void> } | undefined;
  readonly #commits = new GroupCommit(() => this.#saveNow({ flush: true }));
  /** The revision up to which everything is durable. */
  #durableRevision = 0;
  #unsaved = false;
  #closed = false;

  constructor(options: SandboxOptions, lock: HomeLock, state: StateFile) {
    this.homeDir = options.homeDir;
    this.state = state;
    this.#options = options;
    this.#lock = lock;
    const savedMs = Number(state.get(TIME));
    const startMs = savedMs || (options.startMs ?? Math.floor(Date.now() / 1000) * 1000);
    this.#idleClock = new VirtualClock(startMs);
    this.#pump = new Pump(
      { now: () => this.#time.now(), advanceTo: (toMs) => this.#time.advanceTo(toMs) },
      Number(state.get(SPEED) ?? USUAL_SPEED),
      {
        idleMinutes: options.idleMinutes ?? 0,
        onIdle: (idle) => options.onNotice?.({ kind: idle ? "idle" : "awake" }),
        onAutosave: () => this.#autosave(),
      },
    );
    this.clock = new SandboxClock(
      () => this.#time,
      this.#pump,
      (speed) => state.put(SPEED, String(speed)),
    );
  }

  get #time(): VirtualClock {
    return this.#cluster?.clock ?? this.#idleClock;
  }

  get charts(): readonly Chart[] {
    return this.#sim?.charts ?? [];
  }

  get namespace(): string {
    return this.state.get(NAMESPACE) ?? "default";
  }

  setNamespace(namespace: string): void {
    this.state.put(NAMESPACE, namespace);
  }

  get idle(): boolean {
    return this.#pump.idle;
  }

  get hostPorts(): readonly HostPort[] {
    return this.#ports;
  }

  readonly api = async (request: Request): Promise<Response> => {
    await this.ready();
    if (!this.#cluster) {
      throw new TypeError(NO_CLUSTER);
    }
    return await this.#cluster.handle(request);
  };

  readonly stream = async (path: string, options: LabStreamOptions): Promise<LabStream> => {
    await this.ready();
    if (!this.#cluster) throw new TypeError(NO_CLUSTER);
    const url = new URL(path, "https://lab");
    const { protocol, start } = this.#cluster.api.openStream({
      path: url.pathname,
      query: url.searchParams,
      headers: { "sec-websocket-protocol": options.protocols.join(", ") },
    });
    let open = true;
    const handler = start({
      send: (bytes) => options.onMessage(bytes),
      close: () => {
        if (!open) return;
        open = false;
        queueMicrotask(() => options.onClose());
      },
    });
    return {
      protocol,
      send: (bytes) => {
        if (open) handler.onMessage(bytes);
      },
      close: () => {
        if (!open) return;
        open = false;
        handler.onClose();
      },
    };
  };

  readonly http = async (request: Request): Promise<Response> => {
    await this.ready();
    const port = Number(new URL(request.url).port || 80);
    const mapped = this.#record()?.hostPorts.includes(port);
    if (!this.#cluster || !mapped) {
      throw new TypeError(`connect to 127.0.0.1 port ${port} failed: Connection refused`);
    }
    try {
      return toResponse(this.#cluster.http(await toHttpRequest(request)));
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      // kind's port mapping takes the connection, and then finds nobody behind.
      throw new TypeError("Recv failure: Connection reset by peer", { cause: error });
    }
  };

  ready(): Promise<void> {
    this.#booting ??= this.#boot();
    return this.#booting;
  }

  async #boot(): Promise<void> {
    const { programs = [] } = this.#options;
    [this.#sim, this.#programs] = await Promise.all([
      import("../sim/mod.ts"),
      typeof programs === "function" ? programs() : programs,
    ]);
    const record = this.#record();
    if (!record || this.#closed) return;
    try {
      this.#startCluster(record, this.#idleClock.now());
    } catch (error) {
      this.#giveUpCluster(error);
      return;
    }
    await this.#openPorts(record);
  }

  #startCluster(record: ClusterRecord, startMs: number): void {
    const { Cluster } = this.#sim!;
    this.#cluster = Cluster.boot({
      state: clusterState(this.state),
      name: record.name,
      startMs,
      seed: this.#options.seed,
      programs: this.#programs,
    });
    this.#cluster.api.exposed = this.#listener !== undefined;
    this.#durableRevision = 0;
  }

  /** A cluster that cannot be brought back: the state is kept aside whole, progress goes on. */
  #giveUpCluster(error: unknown): void {
    const path = `${this.homeDir}/state.db.corrupt-${fileStamp()}`;
    this.state.commit();
    Deno.copyFileSync(`${this.homeDir}/state.db`, path);
    this.#cluster = undefined;
    this.#forgetCluster();
    this.state.commit();
    const reason = error instanceof Error ? error.message : String(error);
    this.#options.onNotice?.({ kind: "set-aside", path, reason });
  }

  #record(): ClusterRecord | undefined {
    const text = this.state.get(RECORD);
    return text === undefined ? undefined : JSON.parse(text) as ClusterRecord;
  }

  async #openPorts(record: ClusterRecord): Promise<void> {
    if (!this.#options.hostPorts) return;
    for (const port of record.hostPorts) {
      const open = await openHostPort(port, (request) => {
        this.#pump.touch();
        return this.#cluster!.http(request);
      });
      this.#ports.push(open);
      if (open.state !== "open") this.#options.onNotice?.({ kind: "port", port: open });
    }
  }

  async #closePorts(): Promise<void> {
    const ports = this.#ports.splice(0);
    await Promise.all(ports.map((port) => port.close()));
  }

  async clusters(): Promise<string[]> {
    await this.ready();
    return this.#cluster ? [this.#record()!.name] : [];
  }

  async createCluster(
    name: string,
    options: { config?: unknown; onProgress?: (line: string) => void },
  ): Promise<void> {
    await this.ready();
    if (this.#cluster) {
      throw new Error(
        `node(s) already exist for a cluster with the name "${this.#record()!.name}"`,
      );
    }
    const record = { name, hostPorts: mappedPorts(options.config) };
    this.#startCluster(record, this.#time.now());
    this.state.put(RECORD, JSON.stringify(record));
    await this.#openPorts(record);
    await this.save();
  }

  async deleteCluster(name: string): Promise<void> {
    await this.ready();
    if (this.#record()?.name !== name) return;
    const nowMs = this.#time.now();
    this.#cluster?.close();
    this.#cluster = undefined;
    this.#idleClock = new VirtualClock(nowMs);
    await this.#closePorts();
    this.#forgetCluster();
    await this.save();
  }

  #forgetCluster(): void {
    this.state.deletePrefix(CLUSTER_PREFIX);
    this.state.delete(RECORD);
    this.state.delete(NAMESPACE);
  }

  startTime(): void {
    this.#pump.start();
  }

  stopTime(): void {
    this.#pump.stop();
  }

  touch(): void {
    this.#pump.touch();
  }

  async serveApi(): Promise<{ url: string; kubeconfigPath: string }> {
    await this.ready();
    const { startListener } = await import("../sim/api/listener.ts");
    const kubeconfigPath = `${this.homeDir}/kubeconfig`;
    if (this.#cluster) this.#cluster.api.exposed = true;
    await this.save();
    const listener = await startListener({
      handle: (request) => this.#acknowledged(request),
      stream: async (request, accept) => {
        await this.ready();
        if (!this.#cluster) return new Response(null, { status: 503 });
        return await this.#cluster.api.stream(request, accept);
      },
      kubeconfigPath,
    });
    this.#listener = listener;
    return { url: listener.url, kubeconfigPath };
  }

  /** Answers a request from outside; a write is durable before its answer goes out. */
  async #acknowledged(request: Request): Promise<Response> {
    const { method, signal } = request;
    const response = await this.api(request);
    const reads = method === "GET" || method === "HEAD" || method === "OPTIONS";
    const revision = this.#cluster?.api.revision ?? 0;
    if (reads || signal.aborted || revision <= this.#durableRevision) return response;
    try {
      await this.#commits.settled();
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return Response.json(ApiError.internal(message).toStatus(), { status: 500 });
    }
    return response;
  }

  async save(): Promise<void> {
    if (!this.#closed) await this.#saveNow();
  }

  #saveNow(options?: { flush?: boolean }): void {
    if (this.#closed) return;
    this.state.put(TIME, String(this.#time.now()));
    const revision = this.#cluster?.api.revision ?? 0;
    if (this.#cluster) this.#cluster.save(options);
    else this.state.commit(options);
    this.#durableRevision = revision;
  }

  /** What cannot be saved now stays staged, and is saved as soon as it can be. */
  #autosave(): void {
    try {
      this.#saveNow();
      this.#unsaved = false;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (!this.#unsaved) this.#options.onNotice?.({ kind: "unsaved", reason });
      this.#unsaved = true;
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#pump.stop();
    // A boot that failed was told to whoever asked for the cluster.
    await this.#booting?.catch(() => {});
    await this.#closePorts();
    await this.#listener?.close();
    if (this.#cluster) this.#cluster.api.exposed = false;
    try {
      await this.save();
    } finally {
      this.#closed = true;
      this.#cluster?.close();
      this.state.close();
      this.#lock.release();
    }
  }
}

const CLUSTER_PREFIX = "cluster/";

/** The cluster's own corner of the state file; its commits are the whole file's. */
function clusterState(state: StateFile): StateFile {
  const inner = (key: string) => key.slice(CLUSTER_PREFIX.length);
  return {
    get: (key) => state.get(CLUSTER_PREFIX + key),
    getBytes: (key) => state.getBytes(CLUSTER_PREFIX + key),
    *entries(prefix) {
      for (const [key, value] of state.entries(CLUSTER_PREFIX + prefix)) yield [inner(key), value];
    },
    *keys(prefix) {
      for (const key of state.keys(CLUSTER_PREFIX + prefix)) yield inner(key);
    },
    put: (key, value) => state.put(CLUSTER_PREFIX + key, value),
    delete: (key) => state.delete(CLUSTER_PREFIX + key),
    deletePrefix: (prefix) => state.deletePrefix(CLUSTER_PREFIX + prefix),
    commit: (options) => state.commit(options),
    close: () => {},
  };
}

/** Host ports that a kind configuration maps from its nodes; without one, none. */
function mappedPorts(config: unknown): number[] {
  const nodes =
    (config as { nodes?: { extraPortMappings?: { hostPort?: number }[] }[] } | undefined)
      ?.nodes ?? [];
  return nodes.flatMap((node) => node.extraPortMappings ?? [])
    .map((mapping) => Number(mapping.hostPort))
    .filter((port) => Number.isInteger(port) && port > 0);
}

/** How far a moving clock goes before the event loop gets its turn, in lab milliseconds. */
const SLICE_MS = 1_000;
/** How long it may keep the event loop, in wall milliseconds. */
const BUDGET_MS = 40;

/** How long, of that, before what is ready runs: promises, streams, sockets. */
const TURN_MS = 4;

class SandboxClock implements LabClock {
  readonly movable = true;
  readonly #time: () => VirtualClock;
  readonly #pump: Pump;
  readonly #keepSpeed: (speed: number) => void;

  constructor(time: () => VirtualClock, pump: Pump, keepSpeed: (speed: number) => void) {
    this.#time = time;
    this.#pump = pump;
    this.#keepSpeed = keepSpeed;
  }

  now(): number {
    return this.#time().now();
  }

  get speed(): number {
    return this.#pump.speed;
  }

  setSpeed(speed: number): void {
    this.#pump.speed = speed;
    this.#keepSpeed(speed);
  }

  /** Ends early, without an error, when `signal` aborts. */
  advance(
    durationMs: number,
    options: { signal?: AbortSignal; onProgress?: (doneMs: number) => void } = {},
  ): Promise<void> {
    return this.#pump.hold(async () => {
      const startMs = this.now();
      const endMs = startMs + durationMs;
      let deadlineMs = performance.now() + BUDGET_MS;
      let turnMs = 0;
      while (this.now() < endMs && !options.signal?.aborted) {
        this.#time().advanceTo(Math.min(endMs, this.now() + SLICE_MS));
        const wallMs = performance.now();
        if (wallMs < Math.min(turnMs, deadlineMs)) continue;
        if (wallMs < deadlineMs) await turn();
        else {
          options.onProgress?.(this.now() - startMs);
          await new Promise((resolve) => setTimeout(resolve, 0));
          deadlineMs = performance.now() + BUDGET_MS;
        }
        turnMs = performance.now() + TURN_MS;
      }
      options.onProgress?.(this.now() - startMs);
    });
  }

  async hurry<T>(
    promise: Promise<T>,
    options: { limitMs?: number; signal?: AbortSignal } = {},
  ): Promise<T> {
    let settled = false;
    const settle = () => void (settled = true);
    promise.then(settle, settle);
    await this.#pump.hold(async () => {
      const startMs = this.now();
      const endMs = startMs + (options.limitMs ?? 30 * 60_000);
      await turn();
      while (!settled && this.now() < endMs && !options.signal?.aborted) {
        // Small steps first: what is waited for should not be overshot by much.
        const stepMs = Math.max(100, Math.min(SLICE_MS, (this.now() - startMs) / 100));
        this.#time().advanceTo(Math.min(endMs, this.now() + stepMs));
        await turn();
        await turn();
      }
    });
    return await promise;
  }
}

/** Lets everything that is ready run: promises, streams, sockets. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
