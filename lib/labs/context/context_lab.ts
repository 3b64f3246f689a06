import { KubeClient, type Transport } from "../../kube/mod.ts";
import type { Chart, StateFile } from "../../sim/seams.ts";
import { Board } from "../board.ts";
import { type HomeLock, lockHome } from "../home.ts";
import type { HostPort, Lab, LabStream, LabStreamOptions } from "../lab.ts";
import { type ProgramIo, type ProgramRun, spawnProgram } from "../programs.ts";
import { NAMESPACE } from "../remote_lab.ts";
import type { Tally, VisitOptions, VisitPlan } from "../visits.ts";
import type { Connection } from "./connection.ts";
import { emptyKubeconfig, type GuardedDoor, openGuardedDoor } from "./door.ts";
import { type Forward, openForward } from "./forwards.ts";
import { Guard } from "./guard.ts";
import { leave, type LeaveOptions, type Left } from "./leave.ts";
import { flagElsewhere, programEnvironment, refusedFlag } from "./own_programs.ts";
import { visitMany, visitOnce } from "./pages.ts";
import { ServerClock } from "./server_clock.ts";

/** A cluster, and the way there. */
export interface Entered {
  connection: Connection;
  /** Its uid, as `clusterUid()` gives it. */
  cluster: string;
}

export interface RealLabOptions {
  /** Where the learner's records on this cluster are kept. */
  homeDir: string;
  /** What this process does, for whoever finds the home in use. */
  purpose?: string;
  /** What this home marks with. */
  mark: string;
  /** Whether the lab's addresses are opened on 127.0.0.1. */
  hostPorts?: boolean;
  /** How fast the server's time runs, where that is a lab that another process serves and hurries. */
  speed?: number;
  /** Programs of the learner's own that stand in for the shell's. */
  programs?: readonly string[];
  /** Whether all that is on the cluster is the lab's: it was made for it. */
  isOwn?: boolean;
}

export interface ContextLabOptions extends RealLabOptions, Entered {}

/** A real cluster as a lab. */
export interface ContextLab extends Lab {
  readonly kind: "context" | "kind";
  readonly homeDir: string;
  readonly board: Board;
  readonly clock: ServerClock;
  /** The context's name. */
  readonly context: string;
  readonly server: string;
  /** The cluster's uid, by which it is known again; empty where there is none now. */
  readonly cluster: string;
  /** Takes away all that was made there. */
  leave(options?: LeaveOptions): Promise<Left>;
}

/** Node ports of the lab's charts and examples. */
export const PORTS = [30950, 30951, 30952];
/** The lab's name for the one cluster that it has. */
export const CLUSTER = "hpa-practice";
/** Set while the learner has taken the lab off the cluster: `kind delete cluster`, or `make uninstall`. */
const AWAY = "lab/away";

/**
 * Opens the lab on a cluster that was agreed to. `kind create cluster` enters it, and `kind delete cluster` takes away
 * what the lab made there, after which it is as if there were none; the cluster itself is never made or deleted.
 * Errors: HomeInUseError; StateError when the disk refuses.
 */
export async function openContextLab(options: ContextLabOptions): Promise<ContextLab> {
  return await openOn(options, (state, lock) => new OnContext(options, lock, state));
}

/** Claims a home and opens its records for a lab. Errors: HomeInUseError; StateError when the disk refuses. */
export async function openOn<L>(
  { homeDir, purpose }: Pick<RealLabOptions, "homeDir" | "purpose">,
  open: (state: Durable, lock: HomeLock) => L,
): Promise<L> {
  const lock = lockHome(homeDir, purpose ?? "hpa-tutor");
  try {
    const { openStateFile } = await import("../../sim/state/mod.ts");
    return open(openStateFile(`${homeDir}/state.db`).state, lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}

export type Durable = StateFile & { close(): void };

/** Where the lab is now. */
interface At extends Entered {
  guard: Guard;
  client: KubeClient;
}

/** What the labs on real clusters have in common: a guarded way to the one that was entered, while one is. */
export abstract class RealLab implements ContextLab {
  abstract readonly kind: "context" | "kind";
  abstract readonly context: string;
  readonly homeDir: string;
  readonly state: StateFile;
  readonly board = new Board();
  readonly clock: ServerClock;
  readonly programs: readonly string[];
  /** In-process helm runs on the shell's thread, and has them there. */
  readonly charts: readonly Chart[] = [];
  readonly #options: RealLabOptions;
  readonly #lock: HomeLock;
  readonly #durable: Durable;
  #at: At | undefined;
  #ports: HostPort[] = [];
  #forwards: Forward[] = [];
  #door: Promise<GuardedDoor> | undefined;

  constructor(options: RealLabOptions, lock: HomeLock, state: Durable) {
    this.#options = options;
    this.homeDir = options.homeDir;
    this.state = state;
    this.programs = options.programs ?? [];
    this.#durable = state;
    this.#lock = lock;
    this.clock = new ServerClock(
      this.board,
      () => this.#at?.connection.aheadMs ?? 0,
      options.speed === undefined ? undefined : {
        speed: options.speed,
        ask: async () => await this.#at?.client.text("GET", "/version"),
      },
    );
  }

  /** Goes on with a cluster; `mapped` are ports of this machine that lead there already. */
  protected enter({ connection, cluster }: Entered, mapped: readonly HostPort[] = []): void {
    this.exit();
    const { mark, isOwn } = this.#options;
    const guard = new Guard(connection.api, { lab: mark, cluster, isOwn });
    this.#at = { connection, cluster, guard, client: new KubeClient(guard.api) };
    if (!this.#options.hostPorts) return;
    const way = { client: new KubeClient(connection.api), stream: connection.stream };
    this.#forwards = PORTS.filter((port) => !mapped.some((one) => one.port === port))
      .map((port) => openForward(port, way));
    this.#ports = [...mapped, ...this.#forwards].toSorted((a, b) => a.port - b.port);
  }

  /** Goes on without a cluster. */
  protected exit(): void {
    for (const forward of this.#forwards.splice(0)) forward.close();
    this.#ports = [];
    this.#at?.connection.close();
    this.#at = undefined;
  }

  protected get isEntered(): boolean {
    return this.#at !== undefined;
  }

  get server(): string {
    return this.#at?.connection.target.server ?? "";
  }

  get cluster(): string {
    return this.#at?.cluster ?? "";
  }

  get hostPorts(): readonly HostPort[] {
    return this.#ports;
  }

  /** The cluster, for what is done there. Errors: TypeError where there is none. */
  protected get at(): At {
    if (!this.#at) throw new TypeError(AWAY_WORDS);
    return this.#at;
  }

  readonly api: Transport = async (request) => await this.at.guard.api(request);

  readonly stream = async (path: string, options: LabStreamOptions): Promise<LabStream> => {
    const { guard, connection } = this.at;
    await guard.checkStream(path);
    return await connection.stream(path, options);
  };

  /** One connection for each request, as curl does: each may be another pod's. */
  readonly http: Transport = async (request) => await visitOnce(request, this.#pageAt(request.url));

  async visit(plan: VisitPlan, options: VisitOptions): Promise<Tally> {
    return await visitMany(this.#pageAt(plan.url), this.clock, plan, options);
  }

  /** Where a page of the lab's addresses is on this machine. Errors: TypeError where nothing listens. */
  #pageAt(page: string): URL {
    const url = new URL(page);
    const port = Number(url.port || 80);
    const way = this.#ports.find((one) => one.port === port && one.state === "open");
    const isThere = this.clustersNow.length > 0;
    if (!isThere || (this.#options.hostPorts && PORTS.includes(port) && !way)) {
      throw new TypeError(`connect to 127.0.0.1 port ${port} failed: Connection refused`);
    }
    url.port = String(way?.at ?? port);
    return url;
  }

  ready(): Promise<void> {
    return Promise.resolve();
  }

  protected get clustersNow(): string[] {
    return this.isEntered ? [CLUSTER] : [];
  }

  clusters(): Promise<string[]> {
    return Promise.resolve(this.clustersNow);
  }

  abstract createCluster(
    name: string,
    options: { config?: unknown; onProgress?: (line: string) => void },
  ): Promise<void>;
  abstract deleteCluster(name: string): Promise<void>;

  async leave(options?: LeaveOptions): Promise<Left> {
    return await leave(this.at.client, this.#options.mark, options);
  }

  /**
   * A program of the learner's own, which finds the lab through a door of the tutor's: so what it sends is guarded, and the
   * cluster's credentials are not given away.
   */
  async runProgram(run: ProgramRun, io: ProgramIo): Promise<number> {
    const { name } = run;
    if (!this.programs.includes(name)) throw new TypeError(`"${name}" is no program of this lab`);
    const flag = flagElsewhere(run);
    if (flag !== undefined) {
      io.err(refusedFlag(flag, run));
      return 1;
    }
    const door = this.clustersNow.length > 0 ? await this.#openDoor() : undefined;
    const { homeDir } = this;
    const kubeconfig = door?.writeKubeconfig(this.namespace) ?? emptyKubeconfig(homeDir);
    if (door) door.asked = io.asked;
    // It asks of nobody, and is told so.
    else io.asked?.("/api", false);
    try {
      return await spawnProgram(run, programEnvironment({ kubeconfig, homeDir }), io);
    } finally {
      if (door) {
        door.asked = undefined;
        const { namespace } = door;
        if (namespace !== undefined && namespace !== this.namespace) this.setNamespace(namespace);
      }
    }
  }

  #openDoor(): Promise<GuardedDoor> {
    const { context, homeDir, api, stream } = this;
    this.#door ??= openGuardedDoor({ context, homeDir, api, stream });
    return this.#door;
  }

  get namespace(): string {
    return this.state.get(NAMESPACE) ?? this.#at?.connection.target.namespace ?? "default";
  }

  setNamespace(namespace: string): void {
    this.state.put(NAMESPACE, namespace);
  }

  save(): Promise<void> {
    this.#durable.commit();
    return Promise.resolve();
  }

  async close(): Promise<void> {
    const door = await this.#door?.catch(() => undefined);
    await door?.close();
    this.exit();
    this.clock.close();
    try {
      await this.save();
    } finally {
      this.#durable.close();
      this.#lock.release();
    }
  }
}

/** A cluster that is somebody's: the lab comes and goes there, and it stays. */
class OnContext extends RealLab {
  readonly kind = "context";
  readonly context: string;

  constructor(options: ContextLabOptions, lock: HomeLock, state: Durable) {
    super(options, lock, state);
    this.context = options.connection.target.context;
    this.enter(options);
  }

  get #isAway(): boolean {
    return this.state.get(AWAY) !== undefined;
  }

  protected override get at() {
    if (this.#isAway) throw new TypeError(AWAY_WORDS);
    return super.at;
  }

  protected override get clustersNow(): string[] {
    return this.#isAway ? [] : super.clustersNow;
  }

  /** Enters the cluster anew. */
  createCluster(name: string): Promise<void> {
    if (name !== CLUSTER) {
      throw new Error(
        `the lab on the context "${this.context}" is called ${CLUSTER}, and there is no other`,
      );
    }
    this.state.delete(AWAY);
    return Promise.resolve();
  }

  async deleteCluster(name: string): Promise<void> {
    if (name !== CLUSTER || this.#isAway) return;
    await this.leave();
    this.state.put(AWAY, "1");
    this.state.delete(NAMESPACE);
  }

  /** Also where the learner took the lab off it: what is marked there is the lab's all the same. */
  override async leave(options?: LeaveOptions): Promise<Left> {
    const away = this.state.get(AWAY);
    this.state.delete(AWAY);
    try {
      return await super.leave(options);
    } finally {
      if (away !== undefined) this.state.put(AWAY, away);
    }
  }
}

/** What kubectl says where no kubeconfig names a server. */
const AWAY_WORDS =
  "The connection to the server localhost:8080 was refused - did you specify the right host or port?";
