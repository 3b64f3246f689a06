import { KubeClient, type Transport } from "../../kube/mod.ts";
import type { Chart, StateFile } from "../../sim/seams.ts";
import { Board } from "../board.ts";
import { type HomeLock, lockHome } from "../home.ts";
import type { HostPort, Lab, LabStream, LabStreamOptions } from "../lab.ts";
import { NAMESPACE } from "../remote_lab.ts";
import type { Tally, VisitOptions, VisitPlan } from "../visits.ts";
import type { Connection } from "./connection.ts";
import { type Forward, openForward } from "./forwards.ts";
import { Guard } from "./guard.ts";
import { leave, type LeaveOptions, type Left } from "./leave.ts";
import { visitMany, visitOnce } from "./pages.ts";
import { ServerClock } from "./server_clock.ts";

export interface ContextLabOptions {
  /** Where the learner's records on this cluster are kept. */
  homeDir: string;
  /** What this process does, for whoever finds the home in use. */
  purpose?: string;
  connection: Connection;
  /** The cluster's uid, as `clusterUid()` gives it. */
  cluster: string;
  /** What this home marks with. */
  mark: string;
  /** Whether the lab's addresses are opened on 127.0.0.1. */
  hostPorts?: boolean;
  /** How fast the server's time runs, where that is a lab that another process serves and hurries. */
  speed?: number;
}

/** A real cluster as a lab. */
export interface ContextLab extends Lab {
  readonly kind: "context";
  readonly homeDir: string;
  readonly board: Board;
  readonly clock: ServerClock;
  /** The context's name. */
  readonly context: string;
  readonly server: string;
  /** The cluster's uid, by which it is known again. */
  readonly cluster: string;
  /** Takes away all that was made there. */
  leave(options?: LeaveOptions): Promise<Left>;
}

/** Node ports of the lab's charts and examples. */
const PORTS = [30950, 30951, 30952];
/** The lab's name for the one cluster that it has. */
const CLUSTER = "hpa-practice";
/** Set while the learner has taken the lab off the cluster: `kind delete cluster`, or `make uninstall`. */
const AWAY = "lab/away";

/**
 * Opens the lab on a cluster that was agreed to. `kind create cluster` enters it, and `kind delete cluster` takes away
 * what the lab made there, after which it is as if there were none; the cluster itself is never made or deleted.
 * Errors: HomeInUseError; StateError when the disk refuses.
 */
export async function openContextLab(options: ContextLabOptions): Promise<ContextLab> {
  const lock = lockHome(options.homeDir, options.purpose ?? "hpa-tutor");
  try {
    const { openStateFile } = await import("../../sim/state/mod.ts");
    return new RealLab(options, lock, openStateFile(`${options.homeDir}/state.db`).state);
  } catch (error) {
    lock.release();
    throw error;
  }
}

type Durable = StateFile & { close(): void };

class RealLab implements ContextLab {
  readonly kind = "context";
  readonly homeDir: string;
  readonly state: StateFile;
  readonly board = new Board();
  readonly clock: ServerClock;
  /** In-process helm runs on the shell's thread, and has them there. */
  readonly charts: readonly Chart[] = [];
  readonly #options: ContextLabOptions;
  readonly #lock: HomeLock;
  readonly #durable: Durable;
  readonly #guard: Guard;
  readonly #forwards: Forward[] = [];

  constructor(options: ContextLabOptions, lock: HomeLock, state: Durable) {
    const { connection, cluster, mark } = options;
    this.#options = options;
    this.homeDir = options.homeDir;
    this.state = state;
    this.#durable = state;
    this.#lock = lock;
    this.clock = new ServerClock(
      this.board,
      () => connection.aheadMs,
      options.speed === undefined ? undefined : {
        speed: options.speed,
        ask: () => new KubeClient(connection.api).text("GET", "/version"),
      },
    );
    this.#guard = new Guard(connection.api, { lab: mark, cluster });
    if (options.hostPorts) this.#open();
  }

  get context(): string {
    return this.#options.connection.target.context;
  }

  get server(): string {
    return this.#options.connection.target.server;
  }

  get cluster(): string {
    return this.#options.cluster;
  }

  get hostPorts(): readonly HostPort[] {
    return this.#forwards;
  }

  #open(): void {
    const { api, stream } = this.#options.connection;
    const client = new KubeClient(api);
    for (const port of PORTS) this.#forwards.push(openForward(port, { client, stream }));
  }

  get #isAway(): boolean {
    return this.state.get(AWAY) !== undefined;
  }

  readonly api: Transport = async (request) => {
    if (this.#isAway) throw new TypeError(AWAY_WORDS);
    return await this.#guard.api(request);
  };

  readonly stream = async (path: string, options: LabStreamOptions): Promise<LabStream> => {
    if (this.#isAway) throw new TypeError(AWAY_WORDS);
    await this.#guard.checkStream(path);
    return await this.#options.connection.stream(path, options);
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
    const forward = this.#forwards.find((one) => one.port === port && one.state === "open");
    if (this.#isAway || (this.#options.hostPorts && PORTS.includes(port) && !forward)) {
      throw new TypeError(`connect to 127.0.0.1 port ${port} failed: Connection refused`);
    }
    url.port = String(forward?.at ?? port);
    return url;
  }

  ready(): Promise<void> {
    return Promise.resolve();
  }

  clusters(): Promise<string[]> {
    return Promise.resolve(this.#isAway ? [] : [CLUSTER]);
  }

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

  async leave(options?: LeaveOptions): Promise<Left> {
    return await leave(new KubeClient(this.#guard.api), this.#options.mark, options);
  }

  get namespace(): string {
    return this.state.get(NAMESPACE) ?? this.#options.connection.target.namespace;
  }

  setNamespace(namespace: string): void {
    this.state.put(NAMESPACE, namespace);
  }

  save(): Promise<void> {
    this.#durable.commit();
    return Promise.resolve();
  }

  async close(): Promise<void> {
    for (const forward of this.#forwards.splice(0)) forward.close();
    this.clock.close();
    this.#options.connection.close();
    try {
      await this.save();
    } finally {
      this.#durable.close();
      this.#lock.release();
    }
  }
}

/** What kubectl says where no kubeconfig names a server. */
const AWAY_WORDS =
  "The connection to the server localhost:8080 was refused - did you specify the right host or port?";
