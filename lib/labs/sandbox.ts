import {
  type Localized,
  messageOf,
  PeerGoneError,
  said,
  type ThreadPermissions,
} from "../base/mod.ts";
import { Board } from "./board.ts";
import { ApiError } from "../kube/mod.ts";
import type { Chart, StateFile } from "../sim/seams.ts";
import type { OpenRequest } from "./cluster_host.ts";
import { ClusterThread, MAX_TROUBLES, type SharedParts, Troubles } from "./cluster_thread.ts";
import { type HomeLock, lockHome } from "./home.ts";
import type { SteppedClock } from "./hurry.ts";
import type {
  Checkpoint,
  EmbeddedParts,
  HostPort,
  ImageNames,
  Lab,
  LabClock,
  LabStream,
  LabStreamOptions,
  PastQuestion,
  RecordedPast,
  RecordedSum,
  Snapshot,
  SumQuestion,
} from "./lab.ts";
import type { Batch } from "./mirror_state.ts";
import { Disk, GroupCommit } from "./_disk.ts";
import { CHANGE_MS, Doors, isRead } from "./_doors.ts";
import type { LabNotice } from "./notice.ts";
import { RemoteLab, SPEED, TIME, USUAL_SPEED } from "./remote_lab.ts";
import { LAB_PARTS, Lines } from "./lines.ts";
import type { Tally, VisitOptions, VisitPlan } from "./visits.ts";

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
  /** The module that runs the cluster on its thread, when it is to have further programs. */
  worker?: URL;
  /** What that module needs. */
  permissions?: ThreadPermissions;
  /** Nobody comes back to it: nothing waits for the disk, and no line of it is undone. */
  isFleeting?: boolean;
}

/** The embedded cluster as a lab: it has all that only such a one can have, and can be served to others. */
export interface Sandbox extends Omit<Lab, keyof EmbeddedParts>, EmbeddedParts {
  readonly kind: "sandbox";
  readonly homeDir: string;
  readonly clock: LabClock & SteppedClock;
  /** Its time, for other threads to read. */
  readonly board: Board;
  /** Serves the API over HTTPS for other processes, and writes a kubeconfig for it. */
  serveApi(): Promise<{ url: string; kubeconfigPath: string }>;
}

/** The schemas that the API server reads. */
const USUAL_PERMISSIONS: ThreadPermissions = {
  read: [new URL("../sim/", import.meta.url)],
};

/** How long it has to live for that to be forgotten, in wall milliseconds. */
const WELL_MS = 20_000;
/** How long a save waits for a cluster that does not answer: usually, and where nothing else is left to do. */
const SAVE_MS = 1_000;
const LAST_SAVE_MS = 2_500;
/** Source: etcd server/etcdserver/api/v3rpc/rpctypes/error.go (ErrGRPCNoSpace), as kube-apiserver passes it on. */
const NO_SPACE = "etcdserver: mvcc: database space exceeded";

/**
 * Opens the lab in `homeDir`; the cluster of an earlier session is brought back in the background.
 * Errors: HomeInUseError; StateError when the disk refuses.
 */
export async function openSandbox(options: SandboxOptions): Promise<Sandbox> {
  const lock = lockHome(options.homeDir, options.purpose ?? "hpa-tutor");
  try {
    return new SandboxLab(options, lock, await openState(options));
  } catch (error) {
    lock.release();
    throw error;
  }
}

type DiskState = import("../sim/state/mod.ts").DiskState;

async function openState({ homeDir, isFleeting }: SandboxOptions): Promise<DiskState> {
  const { openStateFile } = await import("../sim/state/mod.ts");
  const options = isFleeting ? { isFleeting } : { undoes: LAB_PARTS };
  return openStateFile(`${homeDir}/state.db`, options).state;
}

/** The prompt's side of the wall: the state file, the doors, and whoever watches over the cluster's thread. */
class SandboxLab implements Sandbox {
  readonly kind = "sandbox";
  readonly homeDir: string;
  readonly state: StateFile;
  readonly board = new Board();
  readonly lines: Lines;
  readonly #options: SandboxOptions;
  readonly #lock: HomeLock;
  readonly #durable: DiskState;
  readonly #disk: Disk;
  readonly #troubles: Troubles;
  readonly #remote: RemoteLab;
  readonly #commits = new GroupCommit(async () => void await this.#save({ objectsOnly: true }));
  #thread: ClusterThread;
  #up: Promise<void> | undefined;
  /** How many clusters there were before the one that is there. */
  #lives = 0;
  readonly #doors: Doors;
  #listener: { close(): Promise<void> } | undefined;
  /** The revision up to which everything is durable. */
  #durableRevision = 0;
  /** Why the last batch was not made durable. */
  #refused: unknown;
  /** How much longer than its CPU time a step of the cluster took when the machine had no time for it. */
  #pace: number | undefined;
  #timeRuns = false;
  #toldSilent = false;
  #frozen: boolean;
  /** When the cluster came up last, by the wall. */
  #upMs = performance.now();
  #closing = false;
  #closed = false;

  constructor(options: SandboxOptions, lock: HomeLock, state: DiskState) {
    this.homeDir = options.homeDir;
    this.state = state;
    this.#durable = state;
    this.#options = options;
    this.#lock = lock;
    this.#disk = new Disk(state, {
      full: (reason) => this.#onFull(reason),
      takeUp: () => this.#takeUpLines(),
      room: () => this.#onRoom(),
    });
    this.#troubles = new Troubles(this.#disk);
    this.#frozen = this.#troubles.isFrozen;
    if (this.#disk.full !== undefined) {
      this.#durableRevision = Infinity;
      this.#tell({ kind: "unsaved", reason: this.#disk.full });
    }
    this.lines = new Lines(state, {
      save: (waitMs) => this.#save({ waitMs }),
      replace: (reason, between) => this.#replace(reason, between),
      step: (work, batch) => this.#disk.durably(() => state.step(work, batch)),
      stepLater: (work) => state.stepLater(work),
      refused: () => this.#disk.refusal(),
    });
    if (this.#disk.full === undefined) this.#takeUpLines();
    this.#doors = new Doors({
      hostPorts: options.hostPorts === true,
      isClosing: () => this.#closing,
      silentMs: () => this.silentMs,
      doing: () => this.doing,
      now: () => this.clock.now(),
      touch: () => this.touch(),
      http: (request) => this.#remote.http(request),
      tell: (notice) => this.#tell(notice),
    });
    this.#thread = this.#newThread();
    this.#remote = new RemoteLab({
      onMove: () => this.lines.changed(),
      peer: async () => {
        await this.ready();
        return this.#thread.peer;
      },
      board: this.board,
      state,
    });
    this.board.nowMs = Number(state.get(TIME)) || this.#startMs;
    this.board.speed = Number(state.get(SPEED) ?? USUAL_SPEED);
  }

  /** Errors: StateError. */
  #takeUpLines(): void {
    const undone = this.lines.takeUp();
    if (undone) this.#tell({ kind: "undone", what: undone });
  }

  get clock(): LabClock & SteppedClock {
    return this.#remote.clock;
  }

  get #startMs(): number {
    return this.#options.startMs ?? Math.floor(Date.now() / 1000) * 1000;
  }

  /** In-process helm runs on the shell's thread, and has them there. */
  readonly charts: readonly Chart[] = [];

  get namespace(): string {
    return this.#remote.namespace;
  }

  setNamespace(namespace: string): void {
    this.#remote.setNamespace(namespace);
  }

  get hostPorts(): readonly HostPort[] {
    return this.#doors.ports;
  }

  get silentMs(): number {
    return this.#thread.isUp || this.#up ? this.#thread.silentMs : 0;
  }

  get opening(): boolean {
    return !this.#thread.isUp && this.#up !== undefined;
  }

  get doing(): string | undefined {
    return this.#thread.doing;
  }

  get troubledBy(): string | undefined {
    return this.#troubles.last.doing;
  }

  get frozen(): boolean {
    return this.#frozen;
  }

  // -------------------------------------------------------------- requests

  /** What changes something is answered when it is durable: whoever reads the answer may pull the plug. */
  readonly api = (request: Request): Promise<Response> =>
    isRead(request) ? this.#remote.api(request) : this.#changed(request);
  /** Who only looks at a page does not mean to change anything, though the page may count that. */
  readonly http = (request: Request): Promise<Response> => {
    if (!isRead(request)) this.lines.changed();
    return this.#remote.http(request);
  };
  readonly stream = (path: string, options: LabStreamOptions): Promise<LabStream> => {
    this.lines.changed();
    return this.#remote.stream(path, options);
  };

  async #changed(request: Request): Promise<Response> {
    if (!isQuestion(request)) this.lines.changed();
    try {
      return await this.#kept(request);
    } catch (error) {
      if (error instanceof ApiError) return status(error);
      throw error;
    }
  }

  async visit(plan: VisitPlan, options: VisitOptions): Promise<Tally> {
    this.lines.changed();
    return await this.#remote.visit(plan, options);
  }

  async clusters(): Promise<string[]> {
    return await this.#remote.clusters();
  }

  async createCluster(
    name: string,
    options: { config?: unknown; onProgress?: (line: string) => void },
  ): Promise<void> {
    this.lines.changed();
    await this.#remote.createCluster(name, options);
    await this.#doors.moved;
    await this.#commits.settled();
  }

  async deleteCluster(name: string): Promise<void> {
    this.lines.changed();
    await this.#remote.deleteCluster(name);
    await this.#doors.moved;
    await this.#commits.settled();
  }

  // -------------------------------------------------------------- the thread

  #newThread(): ClusterThread {
    const { worker, permissions = USUAL_PERMISSIONS } = this.#options;
    const thread: ClusterThread = new ClusterThread(
      worker ?? new URL("./cluster_worker.ts", import.meta.url),
      {
        permissions,
        board: this.board,
        handlers: {
          idle: (_call, idle: boolean) => this.#tell({ kind: idle ? "idle" : "awake" }),
          batch: (_call, batch: Batch, revision: number, whole: boolean) =>
            this.#keep(batch, revision, whole),
          ports: (_call, ports: number[]) => this.#doors.move(ports),
          fault: (_call, where: string, message: string) =>
            this.#tell({ kind: "fault", where, message }),
          thaw: () => this.#thaw(),
          stopped: (_call, reason: string, starvedPace?: number) =>
            starvedPace === undefined
              ? this.#onDeath(thread, reason)
              : this.#onStarved(thread, reason, starvedPace),
        },
        onSilence: (silent) => this.#onSilence(thread, silent),
        onDeath: (reason) => this.#onDeath(thread, reason),
      },
    );
    return thread;
  }

  #tell(notice: LabNotice): void {
    this.#options.onNotice?.(notice);
  }

  ready(): Promise<void> {
    this.#up ??= this.#comeUp();
    return this.#up;
  }

  async #comeUp(): Promise<void> {
    const thread = this.#thread;
    const life = this.#lives;
    const { doing, why } = this.#troubles.last;
    this.#frozen = this.#troubles.isFrozen;
    if (this.#frozen) {
      this.#tell({ kind: "frozen", doing, why, snapshots: await this.snapshots().catch(() => []) });
      // It is tried once more the next time: whoever looked at it may have mended it.
      this.#troubles.note({ count: MAX_TROUBLES - 1, doing, why });
    }
    try {
      await thread.open(this.#openRequest());
    } catch (error) {
      // Whoever waits for a cluster waits for the one in its place.
      if (life !== this.#lives && !this.#closing) return await this.ready();
      if (error instanceof PeerGoneError || this.#closing) throw error;
      // Something threw while it was taken up: it can at least be looked at.
      this.#troubles.note({ count: MAX_TROUBLES, doing: thread.doing, why: messageOf(error) });
      if (this.#frozen) throw error;
      return await this.#replace(`It did not come up: ${messageOf(error)}`);
    }
    this.#upMs = performance.now();
    try {
      if (this.#timeRuns && !this.#frozen) await thread.peer.call("startTime");
      await this.#doors.moved;
    } catch (error) {
      if (life === this.#lives || this.#closing) throw error;
      await this.ready();
    }
  }

  #openRequest(): Omit<OpenRequest, SharedParts> {
    return {
      entries: ["cluster/", "lab/"].flatMap((prefix) => [...this.#durable.raw(prefix)]),
      startMs: this.#startMs,
      seed: this.#options.seed,
      idleMinutes: this.#options.idleMinutes ?? 0,
      frozen: this.#frozen || this.#disk.full !== undefined,
      alarm: this.#disk.full === undefined ? undefined : NO_SPACE,
      pace: this.#pace,
    };
  }

  #onSilence(thread: ClusterThread, silent: boolean): void {
    if (thread !== this.#thread || this.#closed || !thread.isUp) return;
    // One that was slow to come up is not told to answer again.
    if (silent === this.#toldSilent) return;
    this.#toldSilent = silent;
    this.#tell(silent ? { kind: "silent", doing: thread.doing } : { kind: "answers-again" });
  }

  #onDeath(thread: ClusterThread, reason: string): void {
    if (thread !== this.#thread || this.#closing) return;
    const { doing, isUp } = thread;
    thread.end(reason);
    // One that ends before it has done anything ends again: whoever asks for it is told.
    if (!isUp && this.#frozen) return;
    this.#giveUp(doing);
    this.#tell({ kind: "brought-back", reason, doing });
    void this.#replace(reason).catch(() => {});
  }

  /** It is tried again with more time; that it was not done is no trouble of the lab's. */
  #onStarved(thread: ClusterThread, reason: string, pace: number): void {
    if (thread !== this.#thread || this.#closing) return;
    const { isUp } = thread;
    thread.end(reason);
    this.#pace = pace;
    this.#durable.unstage();
    if (isUp) this.#tell({ kind: "starved" });
    void this.#replace(reason).catch(() => {});
  }

  async recorded(question: PastQuestion): Promise<RecordedPast | undefined> {
    await this.ready();
    return await this.#thread.peer.call("recorded", [question]);
  }

  async recordedSum(question: SumQuestion): Promise<RecordedSum | undefined> {
    await this.ready();
    return await this.#thread.peer.call("recordedSum", [question]);
  }

  async images(): Promise<ImageNames[]> {
    await this.ready();
    return await this.#thread.peer.call("images");
  }

  async bringBack(): Promise<void> {
    if (!this.#frozen) this.#giveUp(this.#thread.doing);
    await this.#replace("The lab was brought back from its last save");
  }

  /** What was learnt from a cluster goes where it goes: back to the last save. */
  #giveUp(doing: string | undefined): void {
    this.#durable.unstage();
    this.#troubles.add(doing);
  }

  /** Whoever lets time go on in a frozen lab wants to see whether it can. */
  #thaw(): void {
    try {
      this.#disk.commit({}); // How fast it is to go.
    } catch {
      return; // Told, and the lab is read-only from here on.
    }
    void this.#replace("Time goes on").catch(() => {});
  }

  async snapshot(name: string): Promise<void> {
    const isHandedOver = await this.#save({ waitMs: CHANGE_MS });
    if (this.#disk.full !== undefined) return;
    if (!isHandedOver) throw this.#noAnswer();
    const { takeSnapshot } = await import("./state/mod.ts");
    takeSnapshot(this.homeDir, this.#durable, name);
  }

  async snapshots(): Promise<Snapshot[]> {
    const { lastSnapshots } = await import("./state/mod.ts");
    return lastSnapshots(this.homeDir);
  }

  async goBackTo(name: string): Promise<void> {
    const { entriesOf, snapshotPath } = await import("./state/mod.ts");
    const entries = entriesOf(snapshotPath(this.homeDir, name), LAB_PARTS);
    this.lines.changed();
    await this.lines.goOnFrom(entries, LAB_PARTS);
  }

  async checkpoint(what: string): Promise<Checkpoint> {
    if (!(await this.lines.beginWhole(what, CHANGE_MS))) throw this.#noAnswer();
    return {
      undo: () => this.lines.giveUp(),
      drop: async () => {
        if (!(await this.lines.endWhole(CHANGE_MS))) throw this.#noAnswer();
      },
    };
  }

  #noAnswer(): PeerGoneError {
    const { doing } = this;
    const told = said(
      `The lab does not answer${this.#doors.at}; try again when it does`,
      `실습 환경이 응답하지 않습니다${
        doing === undefined ? "" : ` (하고 있는 일: ${doing})`
      }. 응답하면 다시 하세요`,
    );
    return Object.assign(new PeerGoneError(told.en), { told });
  }

  async keepStart(name: string, version: string, about: string): Promise<void> {
    if (!(await this.#save())) return;
    const { writeStart } = await import("./state/mod.ts");
    writeStart(this.homeDir, this.#durable, { name, version, about });
  }

  async takeStart(name: string, version: string): Promise<string | undefined> {
    const { readStart } = await import("./state/mod.ts");
    const found = readStart(this.homeDir, { name, version });
    if (found) await this.lines.goOnFrom(found.entries);
    return found?.about;
  }

  async entries(): Promise<Map<string, string | Uint8Array>> {
    if (!(await this.#save({ waitMs: CHANGE_MS }))) throw this.#noAnswer();
    return new Map(LAB_PARTS.flatMap((prefix) => [...this.#durable.raw(prefix)]));
  }

  async unpack(entries: ReadonlyMap<string, string | Uint8Array>): Promise<void> {
    await this.lines.goOnFrom(entries, LAB_PARTS);
  }

  /**
   * Ends the cluster, and takes it up from what is on the disk, after `between`: on the same thread, which has its code
   * loaded and warm, where that one takes messages.
   */
  async #replace(reason: string, between: () => void = () => {}): Promise<void> {
    const isReused = this.#thread.isWell;
    if (isReused) this.#thread.forget(reason);
    else this.#thread.end(reason);
    this.#lives++;
    this.#toldSilent = false;
    this.#upMs = Infinity;
    try {
      between();
    } finally {
      if (!isReused) this.#thread = this.#newThread();
      // A cluster that takes no writes is as it lies on the disk.
      this.#durableRevision = this.#disk.full === undefined ? 0 : Infinity;
      this.#up = this.#comeUp();
    }
    await this.#up;
  }

  get timeRuns(): boolean {
    return this.#timeRuns;
  }

  startTime(): void {
    this.#timeRuns = true;
    this.#whenUp("startTime");
  }

  stopTime(): void {
    this.#timeRuns = false;
    this.#whenUp("stopTime");
  }

  touch(): void {
    this.#whenUp("touch");
  }

  #whenUp(name: string): void {
    if (this.#thread.isUp) void this.#thread.peer.call(name).catch(() => {});
  }

  // -------------------------------------------------------------- doors

  pagesOpened(sinceMs: number): readonly string[] {
    return this.#doors.pagesOpened(sinceMs);
  }

  async serveApi(): Promise<{ url: string; kubeconfigPath: string }> {
    await this.ready();
    const { startListener } = await import("../sim/api/listener.ts");
    const { streamOver } = await import("./served_stream.ts");
    await this.#listener?.close();
    const api = (request: Request) => this.#answer(request);
    const served = { api, stream: this.stream };
    const listener = await startListener({
      handle: api,
      nowMs: () => this.clock.now(),
      stream: (request, accept) => streamOver(served, request, accept),
      kubeconfigPath: `${this.homeDir}/kubeconfig`,
    });
    if (this.#closing) {
      await listener.close();
      throw new PeerGoneError("The lab is closed");
    }
    this.#listener = listener;
    return { url: listener.url, kubeconfigPath: listener.kubeconfigPath };
  }

  /** Tells nothing that is not durable. */
  async #kept(request: Request): Promise<Response> {
    return await this.#remote.api(request, { settled: (revision) => this.#settled(revision) });
  }

  /** Answers a request from outside. */
  async #answer(request: Request): Promise<Response> {
    try {
      if (this.#disk.full !== undefined && !isRead(request)) this.#disk.tryAgain();
      return await this.#doors.promptly(
        request,
        (signal) => this.#kept(new Request(request, { signal })),
        () => status(this.#late(isRead(request))),
      );
    } catch (error) {
      if (error instanceof ApiError) return status(error);
      if (!(error instanceof TypeError || error instanceof PeerGoneError)) throw error;
      return status(ApiError.unavailable(error.message));
    }
  }

  async #settled(revision: number): Promise<void> {
    const life = this.#lives;
    const startMs = performance.now();
    while (life === this.#lives && this.#thread.isUp && performance.now() - startMs < CHANGE_MS) {
      if (revision <= this.#durableRevision) return;
      try {
        await this.#commits.settled();
      } catch {
        throw new ApiError(500, "", NO_SPACE);
      }
    }
    throw this.#late(false);
  }

  /**
   * What a client is told that waited too long. Nobody knows then whether a change is kept, as with a real server, whose
   * handler goes on after its client was told.
   * Source: kubernetes/kubernetes staging/src/k8s.io/apiserver/pkg/server/filters/timeout.go.
   */
  #late(isRead: boolean): ApiError {
    const kept = isRead ? "" : ". The change may be made all the same: look before you try again";
    return new ApiError(
      504,
      "Timeout",
      "Timeout: request did not complete within the allotted timeout: " +
        `the lab does not answer${this.#doors.at}${kept}`,
    );
  }

  // -------------------------------------------------------------- keeping

  async save(): Promise<void> {
    if (!this.#closed) await this.#save();
  }

  /**
   * Gives false when the cluster does not answer. The learner's records then stay staged: they become durable with what the
   * cluster hands over late, or go with it.
   * Errors: StateError when the disk refuses; then the cluster is as it was before.
   */
  async #save({ objectsOnly = false, waitMs = SAVE_MS } = {}): Promise<boolean> {
    this.#refused = undefined;
    if (this.#thread.isUp && !(await this.#handOver(objectsOnly, waitMs))) return false;
    if (this.#refused) throw this.#refused;
    if (this.#closed || objectsOnly) return true;
    const livesWell = !this.#frozen && performance.now() - this.#upMs > WELL_MS;
    if (livesWell) this.#troubles.forget();
    this.#disk.commit({});
    return true;
  }

  /** Whether the cluster has handed over what changed. */
  async #handOver(objectsOnly: boolean, waitMs: number): Promise<boolean> {
    try {
      const staged = this.#thread.peer.call("stage", [objectsOnly]);
      return await within(waitMs, staged.then(() => true)) ?? false;
    } catch (error) {
      // The thread ended meanwhile: what it had not handed over is gone with it.
      if (error instanceof PeerGoneError) return false;
      throw error;
    }
  }

  /** Makes a batch of the cluster's durable; with the learner's records when somebody saves `whole`. */
  #keep(batch: Batch, revision: number, whole: boolean): void {
    if (this.#closed) return;
    try {
      this.#disk.commit({ batch, alone: !whole });
      this.#durableRevision = Math.max(this.#durableRevision, revision);
    } catch (error) {
      this.#refused = error;
    }
  }

  /** What was refused was not: the cluster goes back to what is on the disk, and takes no writes. */
  #onFull(reason: Localized): void {
    this.#tell({ kind: "unsaved", reason });
    void this.#replace(NO_SPACE).catch(() => {});
  }

  #onRoom(): void {
    this.#tell({ kind: "saved-again" });
    void this.#replace("There is room on the disk again").catch(() => {});
  }

  async close(): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    try {
      // A cluster that did not come up was told to whoever asked for it.
      if (this.#up) await within(SAVE_MS, this.#up.catch(() => {}));
      if (this.#thread.isUp) {
        await within(SAVE_MS, this.#thread.peer.call("stopTime").catch(() => {}));
      }
      await this.#listener?.close();
      this.#doors.move([]);
      await this.#doors.moved;
      await this.#save({ waitMs: LAST_SAVE_MS });
    } finally {
      this.#closed = true;
      this.#disk.close();
      this.#thread.end("The lab is closed");
      this.state.close();
      this.#lock.release();
    }
  }
}

/** Whether it changes nothing though it is sent as if it did: a review, or what is only tried. */
function isQuestion({ url }: Request): boolean {
  const { pathname, searchParams } = new URL(url);
  return /reviews$/.test(pathname) || searchParams.get("dryRun") === "All";
}

function status(error: ApiError): Response {
  return Response.json(error.toStatus(), { status: error.code });
}

/** What `work` gives within `ms`; undefined when it takes longer. */
async function within<T>(ms: number, work: Promise<T>): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  work.catch(() => {}); // Late: nobody waits for it any more.
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
