import { type ActivityBoard, type Bounded, isInterrupt, VirtualClock } from "../base/mod.ts";
import { Cluster, type FurtherControllers, scopedState } from "../sim/mod.ts";
import type { PastQuestion, RecordedPast, RecordedSum, SumQuestion } from "../sim/record/mod.ts";
import {
  type Chart,
  type HttpRequest,
  type HttpResponse,
  NetworkError,
  type SimulatedImage,
} from "../sim/seams.ts";
import type { Board, Pulse } from "./board.ts";
import { hurry, turn } from "./hurry.ts";
import type { HostPort, Lab, LabClock, LabStream, LabStreamOptions } from "./lab.ts";
import type { Batch, MirrorState } from "./mirror_state.ts";
import { MADE, SPEED, TIME, USUAL_SPEED } from "./remote_lab.ts";
import { toHttpRequest, toResponse } from "./ports.ts";
import { Pump } from "./pump.ts";
import { type Tally, type VisitOptions, VISITOR, type VisitPlan, Visits } from "./visits.ts";

/** What the cluster's side of the wall tells without being asked. */
export interface ClusterNews {
  /** Time stopped because nobody worked, or goes on. */
  onIdle(idle: boolean): void;
  /** What changed, to be made durable; nobody waits for it. */
  onAutosave(batch: Batch): void;
  /** The cluster is there with these host ports, or is no more. */
  onPorts(ports: readonly number[]): void;
  /** What a number of {@linkcode ActivityBoard} stands for. */
  onLabel(number: number, label: string | undefined): void;
  /** Something threw where nothing should, and was kept from doing more harm. */
  onFault(label: string, message: string): void;
}

export interface ClusterLabOptions {
  state: MirrorState;
  board: Board;
  pulse: Pulse;
  activity: ActivityBoard;
  news: ClusterNews;
  /** Runs each step of the cluster for no longer than it may take. */
  bounded: Bounded;
  seed?: number;
  /** The virtual time of a new lab. */
  startMs: number;
  /** Wall minutes without a sign of life after which time stops; 0 means never. */
  idleMinutes: number;
  /** Programs for further images. */
  programs: readonly SimulatedImage[];
  /** What works on the objects besides the cluster's own controllers. */
  controllers?: FurtherControllers;
  /** Brings the objects back and nothing that runs: no controller, no kubelet, no time. */
  frozen?: boolean;
}

const NO_CLUSTER =
  "The connection to the server localhost:8080 was refused - did you specify the right host or port?";

const RECORD = "lab/cluster";
const CLUSTER_PREFIX = "cluster/";

interface ClusterRecord {
  name: string;
  hostPorts: number[];
}

/**
 * The embedded cluster as a lab, on the thread where it runs. It has no disk, no ports and no terminal: what
 * is to be kept is handed over in batches.
 */
export class ClusterLab implements Lab {
  readonly kind = "sandbox";
  /** In-process helm runs on the shell's thread, and has them there. */
  readonly charts: readonly Chart[] = [];
  /** Of the side that opens them. */
  readonly hostPorts: readonly HostPort[] = [];
  readonly state: MirrorState;
  readonly clock: ClusterClock;
  readonly pump: Pump;
  readonly #options: ClusterLabOptions;
  #cluster: Cluster | undefined;
  /** The revisions of the clusters that were deleted. */
  #revisionsBefore = 0;
  /** Time while there is no cluster. */
  #idleClock: VirtualClock;
  /** Why nothing can be written, in etcd's words. */
  #alarm: string | undefined;
  #moved = false;

  constructor(options: ClusterLabOptions) {
    const { state, board, pulse, news } = options;
    this.state = state;
    this.#options = options;
    this.#idleClock = new VirtualClock(Number(state.get(TIME)) || options.startMs);
    this.pump = new Pump(
      { now: () => this.#time.now(), advanceTo: (toMs) => this.#tick(toMs) },
      Number(state.get(SPEED) ?? USUAL_SPEED),
      {
        idleMinutes: options.idleMinutes,
        onIdle: (idle) => news.onIdle(idle),
        onAutosave: () => news.onAutosave(this.stage()),
      },
    );
    board.speed = this.pump.speed;
    board.nowMs = this.#time.now();
    this.clock = new ClusterClock(
      { now: () => this.#time.now(), advanceTo: (toMs) => this.#advanceTo(toMs) },
      this.pump,
      (speed) => void (board.speed = speed),
      pulse,
      options.bounded,
    );
    const record = this.#record();
    if (record) this.#startCluster(record, this.#idleClock.now());
    news.onPorts(record?.hostPorts ?? []);
  }

  get #time(): VirtualClock {
    return this.#cluster?.clock ?? this.#idleClock;
  }

  /** {@linkcode ClusterLab.#advanceTo} where nobody waits for what comes of it. */
  #tick(toMs: number): void {
    try {
      this.#advanceTo(toMs);
    } catch (error) {
      if (!isInterrupt(error)) throw error;
    }
  }

  #advanceTo(toMs: number): void {
    // Whoever froze the cluster wants to look at it as it is.
    const { frozen, bounded } = this.#options;
    if (!frozen) bounded(() => this.#time.advanceTo(toMs));
    this.#options.board.nowMs = this.#time.now();
    this.#moved = true;
  }

  /** Rises with every write, also of one cluster after another. */
  get revision(): number {
    return this.#revisionsBefore + (this.#cluster?.api.revision ?? 0);
  }

  get namespace(): string {
    return "default";
  }

  setNamespace(): void {}

  readonly api = async (request: Request): Promise<Response> => {
    if (!this.#cluster) throw new TypeError(NO_CLUSTER);
    const reads = ["GET", "HEAD", "OPTIONS"].includes(request.method);
    if (this.#alarm !== undefined && !reads) return refused(this.#alarm);
    return await this.#cluster.handle(request);
  };

  readonly stream = async (path: string, options: LabStreamOptions): Promise<LabStream> => {
    if (!this.#cluster) throw new TypeError(NO_CLUSTER);
    const url = new URL(path, "https://lab");
    const { protocol, start } = this.#cluster.api.openStream({
      path: url.pathname,
      query: url.searchParams,
      headers: {
        "sec-websocket-protocol": options.protocols.join(", "),
        ...(options.authorization ? { authorization: options.authorization } : {}),
      },
    });
    let open = true;
    const handler = start({
      send: (bytes) => options.onMessage(bytes),
      close: (code, reason) => {
        if (!open) return;
        open = false;
        queueMicrotask(() => options.onClose(code, reason));
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
    return toResponse(this.#answered(await toHttpRequest(request)));
  };

  /** What a page of the lab's addresses answers, now. Errors: TypeError where nothing does. */
  #answered(request: HttpRequest): HttpResponse {
    const port = Number(new URL(request.url).port || 80);
    const mapped = this.#record()?.hostPorts.includes(port);
    const cluster = this.#cluster;
    if (!cluster || !mapped) {
      throw new TypeError(`connect to 127.0.0.1 port ${port} failed: Connection refused`);
    }
    try {
      return this.#options.bounded(() => cluster.http(request));
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      // kind's port mapping takes the connection, and then finds nobody behind.
      throw new TypeError("Recv failure: Connection reset by peer", { cause: error });
    }
  }

  /** As {@linkcode visitPage}, without a turn of the event loop for each. */
  async visit(plan: VisitPlan, { signal, onProgress }: VisitOptions): Promise<Tally> {
    const visits = new Visits(plan, this.clock.now());
    const request = { method: "GET", url: plan.url, headers: VISITOR };
    await this.clock.follow((nowMs) => {
      while (visits.due(nowMs) > 0) visits.note(this.#statusOf(request));
      return visits.next(nowMs, onProgress);
    }, signal);
    return visits.tally;
  }

  #statusOf(request: HttpRequest): number | unknown {
    try {
      return this.#answered(request).status;
    } catch (error) {
      return error;
    }
  }

  /** `made` clusters were there before: each has its own chance, and so names of its own. */
  #startCluster(record: ClusterRecord, startMs: number, made = 0): void {
    const { seed = 1, programs, controllers, frozen, board, activity, news, bounded } =
      this.#options;
    this.#cluster = bounded(() =>
      Cluster.boot({
        state: scopedState(this.state, CLUSTER_PREFIX),
        name: record.name,
        startMs,
        seed: seed + made,
        programs,
        controllers,
        frozen,
        bounded,
        activity,
        onScope: (number, label) => news.onLabel(number, label),
        // The first of its kind: a container that crashes again and again has its own log for that.
        onFault: ({ label, message, count }) => {
          if (count === 1) news.onFault(label, message);
        },
      })
    );
    board.nowMs = this.#time.now();
  }

  #record(): ClusterRecord | undefined {
    const text = this.state.get(RECORD);
    return text === undefined ? undefined : JSON.parse(text) as ClusterRecord;
  }

  async recorded(question: PastQuestion): Promise<RecordedPast | undefined> {
    return this.#cluster?.record?.past(question);
  }

  async recordedSum(question: SumQuestion): Promise<RecordedSum | undefined> {
    return this.#cluster?.record?.sum(question);
  }

  clusters(): Promise<string[]> {
    return Promise.resolve(this.#cluster ? [this.#record()!.name] : []);
  }

  createCluster(name: string, options: { config?: unknown }): Promise<void> {
    if (this.#cluster) {
      throw new Error(
        `node(s) already exist for a cluster with the name "${this.#record()!.name}"`,
      );
    }
    if (this.#alarm !== undefined) throw new Error(this.#alarm);
    const record = { name, hostPorts: mappedPorts(options.config) };
    const made = Number(this.state.get(MADE) ?? 0);
    this.#startCluster(record, this.#time.now(), made);
    this.state.put(MADE, String(made + 1));
    this.state.put(RECORD, JSON.stringify(record));
    this.#options.news.onPorts(record.hostPorts);
    return Promise.resolve();
  }

  deleteCluster(name: string): Promise<void> {
    if (this.#record()?.name !== name) return Promise.resolve();
    const nowMs = this.#time.now();
    this.#revisionsBefore = this.revision;
    this.#cluster?.close();
    this.#cluster = undefined;
    this.#idleClock = new VirtualClock(nowMs);
    this.state.deletePrefix(CLUSTER_PREFIX);
    this.state.delete(RECORD);
    this.#options.news.onPorts([]);
    return Promise.resolve();
  }

  /** Refuses every write from now on, in these words; or no more. */
  set alarm(words: string | undefined) {
    this.#alarm = words;
  }

  /** What changed since the last time: everything, or what clients of the API are told of. */
  stage(options: { objectsOnly?: boolean } = {}): Batch {
    if (this.#moved || this.#cluster) this.state.put(TIME, String(this.#time.now()));
    this.#cluster?.save(options);
    this.#moved = false;
    return this.state.take();
  }

  ready(): Promise<void> {
    return Promise.resolve();
  }

  /** Nothing of the disk is here; see {@linkcode ClusterLab.stage}. */
  save(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.pump.stop();
    this.#cluster?.close();
    return Promise.resolve();
  }
}

/** Source: kubernetes/apiserver pkg/endpoints/handlers/responsewriters/status.go: an error that is no Status. */
function refused(message: string): Response {
  const status = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure" };
  return Response.json({ ...status, message, code: 500 }, { status: 500 });
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

class ClusterClock implements LabClock {
  readonly movable = true;
  readonly #time: { now(): number; advanceTo(toMs: number): void };
  readonly #pump: Pump;
  readonly #keepSpeed: (speed: number) => void;
  readonly #pulse: Pulse;
  readonly #bounded: Bounded;

  constructor(
    time: { now(): number; advanceTo(toMs: number): void },
    pump: Pump,
    keepSpeed: (speed: number) => void,
    pulse: Pulse,
    bounded: Bounded,
  ) {
    this.#time = time;
    this.#pump = pump;
    this.#keepSpeed = keepSpeed;
    this.#pulse = pulse;
    this.#bounded = bounded;
  }

  now(): number {
    return this.#time.now();
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
    { signal, onProgress }: { signal?: AbortSignal; onProgress?: (doneMs: number) => void } = {},
  ): Promise<void> {
    const startMs = this.now();
    const endMs = startMs + durationMs;
    const next = (nowMs: number) => nowMs < endMs ? Math.min(endMs, nowMs + SLICE_MS) : undefined;
    return this.follow(next, signal, () => onProgress?.(this.now() - startMs));
  }

  /**
   * Moves time on to what `next` gives, until that is undefined, time stands still or `signal` aborts. `next` is asked
   * at the time that was reached; `onTurn` is told now and then, and at the end.
   */
  follow(
    next: (nowMs: number) => number | undefined,
    signal?: AbortSignal,
    onTurn?: () => void,
  ): Promise<void> {
    return this.#pump.hold(async () => {
      let deadlineMs = performance.now() + BUDGET_MS;
      let toMs = next(this.now());
      while (toMs !== undefined && !signal?.aborted) {
        // A bound costs a thread of its own: one for all that comes before the next turn.
        this.#bounded(() => {
          const turnMs = Math.min(performance.now() + TURN_MS, deadlineMs);
          do {
            const beforeMs = this.now();
            this.#time.advanceTo(toMs!);
            this.#pulse.beat();
            toMs = this.now() === beforeMs ? undefined : next(this.now());
          } while (toMs !== undefined && performance.now() < turnMs);
        });
        if (performance.now() < deadlineMs) await turn();
        else {
          onTurn?.();
          await new Promise((resolve) => setTimeout(resolve, 0));
          deadlineMs = performance.now() + BUDGET_MS;
        }
      }
      // What this brought about is on its way before the caller hears that it is over.
      await turn();
      await turn();
      onTurn?.();
    });
  }

  async hold<T>(work: () => Promise<T>): Promise<T> {
    return await this.#pump.hold(work);
  }

  async hurry<T>(
    promise: Promise<T>,
    options?: { limitMs?: number; signal?: AbortSignal },
  ): Promise<T> {
    return await hurry(this, promise, options);
  }
}
