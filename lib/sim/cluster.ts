import { type ActivityBoard, type ClockScope, SeededRandom, VirtualClock } from "../base/mod.ts";
import { ApiServer } from "./api/mod.ts";
import { bootstrap, bootstrapAccess, bootstrapControlPlane } from "./bootstrap/mod.ts";
import { startControllers } from "./controllers/mod.ts";
import { startHpaController } from "./controllers/hpa/mod.ts";
import { FaultLog, type FaultRecord } from "./faults.ts";
import { startKubelets } from "./kubelet/mod.ts";
import { VirtualNetwork } from "./network/mod.ts";
import { registry } from "./programs/mod.ts";
import { PastRecorder } from "./record/mod.ts";
import type { FurtherControllers } from "./reconcile.ts";
import {
  type HttpRequest,
  type HttpResponse,
  NetworkError,
  type SimContext,
  type SimulatedImage,
  type StateFile,
} from "./seams.ts";
import { withUserland } from "./userland/mod.ts";

/** Where the cluster's own record lies in the state file: its name, seed, and how far it has come. */
const RECORD = "cluster";

interface ClusterRecord {
  name: string;
  nowMs: number;
  randomState: number;
}

export interface BootOptions {
  state: StateFile;
  name: string;
  /** The virtual time a new cluster begins at, in milliseconds since the Unix epoch. */
  startMs: number;
  seed?: number;
  /** Further images, found before those of the registry. */
  programs?: readonly SimulatedImage[];
  /** Further control loops, besides the cluster's own. */
  controllers?: FurtherControllers;
  /** Told of every fault as it happens; see {@linkcode Cluster.faults}. */
  onFault?: (fault: FaultRecord) => void;
  /** Told which parts there are, by the ids that `activity` shows; undefined for one that is gone. */
  onScope?: (id: number, label: string | undefined) => void;
  /** Shows another thread what runs. */
  activity?: ActivityBoard;
  /** Brings the objects back and nothing that works on them: no controller, no kubelet. */
  frozen?: boolean;
  /** Runs what comes from outside; see {@linkcode ApiServerOptions.bounded}. */
  bounded?: <T>(work: () => T) => T;
}

export interface SaveOptions {
  objectsOnly?: boolean;
}

/**
 * The embedded cluster: a Kubernetes API in front, simulated containers behind, on a virtual clock.
 *
 * It is rebuilt from the state file when that holds one, and begun afresh otherwise. Nothing moves
 * between calls: the owner advances {@linkcode Cluster.clock}, and calls {@linkcode Cluster.save}.
 */
export class Cluster {
  readonly clock: VirtualClock;
  readonly api: ApiServer;
  readonly name: string;
  readonly #faults = new FaultLog();
  readonly #scope: ClockScope;
  readonly #state: StateFile;
  readonly #random: SeededRandom;
  readonly #network: VirtualNetwork;
  /** What works on the objects; nothing in a frozen cluster. */
  readonly #running: { stop(): void; save(state: StateFile): void }[] = [];
  #record: PastRecorder | undefined;

  private constructor(options: BootOptions, saved: ClusterRecord | undefined) {
    this.name = saved?.name ?? options.name;
    this.#state = options.state;
    this.clock = new VirtualClock(saved?.nowMs ?? options.startMs, {
      onFault: (fault) => {
        const record = this.#faults.add(fault);
        options.onFault?.(record);
      },
      onScope: options.onScope,
      activity: options.activity,
    });
    this.#scope = this.clock.scope("cluster");
    this.#random = new SeededRandom(saved?.randomState ?? options.seed ?? 1);
    this.#network = new VirtualNetwork();
    this.api = new ApiServer({
      clock: this.clock,
      random: this.#random,
      state: options.state,
      network: this.#network,
      bounded: options.bounded,
      authorizationMode: "RBAC",
    });
    const context = (user: string, manager: string, reader?: string): SimContext => ({
      clock: this.clock,
      random: this.#random,
      network: this.#network,
      state: options.state,
      api: this.api.client({ user, manager, reader }),
    });
    this.#network.listen(CONTROL_PLANE_IP, 6443, (request) =>
      this.api.respondTo({
        method: request.method ?? "GET",
        path: request.path,
        query: request.query,
        headers: request.headers ?? {},
        body: request.body ?? "",
      }), { tls: true });
    this.#network.attach(context("system:kube-proxy", "kube-proxy").api);
    if (!saved) bootstrap(context("system:admin", "kubeadm"));
    this.#scope.run(
      () => {
        bootstrapAccess(context("system:apiserver", "kube-apiserver"));
        bootstrapControlPlane(context("system:apiserver", "kube-apiserver"));
      },
      () => {},
      "access",
    );
    if (!options.frozen) this.#run(context, options);
  }

  #run(
    context: (user: string, manager: string, reader?: string) => SimContext,
    { programs = [], controllers }: BootOptions,
  ): void {
    const manager = ["system:kube-controller-manager", "kube-controller-manager"] as const;
    const stopControllers = startControllers(context(...manager), {
      tokenFor: (account, secret) => this.api.tokenFor(account, secret),
      further: controllers,
    });
    const record = this.#record = new PastRecorder(context(...manager));
    const hpa = startHpaController(
      context(...manager, HPA_ACCOUNT),
      (...decided) => record.decided(...decided),
    );
    const images = [...programs, ...registry].map(withUserland);
    const kubelets = startKubelets(context("system:node", "kubelet"), images, {
      apiFor: ({ namespace, name }, program) =>
        this.api.client({ user: `system:serviceaccount:${namespace}:${name}`, manager: program }),
    });
    this.api.registerLogs(kubelets.logs);
    this.api.registerStreams(kubelets.streams);
    this.#running.push(kubelets, hpa, record, { stop: stopControllers, save() {} });
    this.clock.drain();
  }

  /** Resumes the cluster in the state file, or begins one. */
  static boot(options: BootOptions): Cluster {
    const record = options.state.get(RECORD);
    return new Cluster(options, record ? JSON.parse(record) as ClusterRecord : undefined);
  }

  /** The Kubernetes API, as a client sees it. */
  handle(request: Request): Promise<Response> {
    return this.api.handle(request);
  }

  /**
   * A request from the host to one of the ports that kind maps, `http://127.0.0.1:<node port>/…`.
   * Errors: NetworkError when nothing listens there.
   */
  http(request: HttpRequest): HttpResponse {
    const { host, port, pathname, search } = new URL(request.url);
    const about = `${request.method ?? "GET"} http://${host}${pathname}${search}`;
    const url = `http://${CONTROL_PLANE_IP}:${port || 80}${pathname}${search}`;
    try {
      const response = this.#scope.during(
        about,
        () => this.#network.request({ ip: HOST_IP }, { ...request, url }),
      );
      // Every server tells its time; whoever sends the answer on would tell the wall's.
      const date = new Date(this.clock.now()).toUTCString();
      return { ...response, headers: { date, ...response.headers } };
    } catch (error) {
      if (error instanceof NetworkError) throw error;
      this.#scope.report(error, about);
      throw new NetworkError("EOF");
    } finally {
      this.clock.drain();
    }
  }

  /** What is remembered of an HPA, its pods and the nodes; undefined in a frozen cluster. */
  get record(): Pick<PastRecorder, "past" | "sum"> | undefined {
    return this.#record;
  }

  /** What has gone wrong in the cluster's own parts since it was booted. */
  get faults(): readonly FaultRecord[] {
    return this.#faults.records;
  }

  /**
   * Stages and commits everything that changed since the last save; with `objectsOnly` the API's objects, the time
   * and the chance they were made by, at the cost of those objects alone. What the nodes do (containers, logs,
   * samples, and what the HPA controller remembers) then stays as it was saved last: a cluster taken up from there has
   * the objects, and its containers go on from before, as those of a node that lost its last seconds.
   */
  save({ objectsOnly = false }: SaveOptions = {}): void {
    this.api.save(this.#state);
    if (!objectsOnly) { for (const part of this.#running) part.save(this.#state); }
    const record: ClusterRecord = {
      name: this.name,
      nowMs: this.clock.now(),
      randomState: this.#random.state,
    };
    this.#state.put(RECORD, JSON.stringify(record));
    this.#state.commit();
  }

  /** Stops everything that runs; what was not saved is lost. */
  close(): void {
    for (const part of this.#running) part.stop();
  }
}

/** The kind network's gateway, which is where requests from the host seem to come from. */
const HOST_IP = "172.18.0.1";
/** Whom the HPA controller reads metrics and scales as. */
const HPA_ACCOUNT = "system:serviceaccount:kube-system:horizontal-pod-autoscaler";
const CONTROL_PLANE_IP = "172.18.0.2";
