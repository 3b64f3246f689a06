/**
 * KEDA's operator: triggers, the HPAs of ScaledObjects, scaling to and from zero, the Jobs of ScaledJobs.
 *
 * @module
 */
import { ApiError } from "../../../kube/mod.ts";
import type { ContainerContext, HttpResponse, Program, RunningProgram } from "../../seams.ts";
import { FlagError, type FlagType, type FlagValues, parseFlags } from "../shared/flags.ts";
import { Klog } from "../shared/klog.ts";
import { type Election, LeaderElection } from "../shared/leader_election.ts";
import { Zap } from "../shared/zap.ts";
import { CertRotator } from "./certificates.ts";
import { logControllers } from "./controllers.ts";
import { KEDA_VERSION } from "./hpa_spec.ts";
import type { JobBatch } from "./job_executor.ts";
import { ScaledJobReconciler } from "./job_reconciler.ts";
import { JobScaleHandler } from "./job_scale_handler.ts";
import type { QueuedKeys } from "./reconcile_queue.ts";
import { ScaledObjectReconciler } from "./reconciler.ts";
import { type Loop, ScaleHandler } from "./scale_handler.ts";
import type { ScaleLoop } from "./scale_loops.ts";
import { SCALED_JOBS } from "./scaled_job.ts";
import { SCALED_OBJECTS } from "./scaled_object.ts";
import { ScalerError } from "./scaler.ts";
import { TriggerAuthentications } from "./trigger_authentications.ts";

export * from "./scale_target.ts";
export { checkTriggers, type Scalable, ScaledObjectError } from "./scalable.ts";
export * from "./scaled_object.ts";

/** The commit of the release's tag, which its images tell. */
const KEDA_COMMIT = "68a5b5028f35b22d50597c69819ab32c4e92f21a";

/** Flags that all of KEDA's parts take. */
export const ZAP_FLAGS: Readonly<Record<string, FlagType>> = {
  "zap-log-level": "string",
  "zap-encoder": "string",
  "zap-time-encoding": "string",
  "zap-stacktrace-level": "string",
  "zap-devel": "bool",
  "metrics-bind-address": "string",
  "health-probe-bind-address": "string",
  "profiling-bind-address": "string",
  "kube-api-qps": "string",
  "kube-api-burst": "int",
  "cert-dir": "string",
  "disable-compression": "bool",
  "http-max-idle-conns": "int",
  "http-max-idle-conns-per-host": "int",
  "http-idle-conn-timeout": "duration",
  "http-keepalive": "bool",
  "kubeconfig": "string",
  "v": "int",
};

const FLAGS = {
  ...ZAP_FLAGS,
  "leader-elect": "bool",
  "leader-election-id": "string",
  "enable-prometheus-metrics": "bool",
  "enable-opentelemetry-metrics": "bool",
  "metrics-service-bind-address": "string",
  "cert-secret-name": "string",
  "operator-service-name": "string",
  "metrics-server-service-name": "string",
  "webhooks-service-name": "string",
  "k8s-cluster-name": "string",
  "k8s-cluster-domain": "string",
  "enable-cert-rotation": "bool",
  "validating-webhook-name": "string",
  "ca-dir": "list",
  "enable-webhook-patching": "bool",
  "enable-apiservice-patching": "bool",
  "filepath-auth-root-path": "string",
} as const;

/** Without these kinds it does not start. */
const CONTROLLED = [
  { kind: "ScaledObject", resource: SCALED_OBJECTS },
  { kind: "ScaledJob", resource: SCALED_JOBS },
];

/** What survives a restart of the tutor. */
interface Snapshot {
  /** Absent where it was saved before there was an election: the process leads then. */
  election?: Election;
  /** Absent while it does not lead. */
  certificates?: { isReady: boolean };
  loops?: Record<string, Loop>;
  seen?: Record<string, string>;
  queue?: QueuedKeys;
  jobLoops?: Record<string, ScaleLoop>;
  jobBatches?: Record<string, JobBatch>;
  jobsSeen?: Record<string, string>;
  jobsQueue?: QueuedKeys;
  authentications?: Record<string, string>;
}

/**
 * KEDA's operator 2.20: owns an HPA for each ScaledObject, polls triggers, moves targets between zero
 * and one, starts the Jobs of ScaledJobs, and answers the metrics server.
 * Source: kedacore/keda cmd/operator/main.go.
 * Differs: the metrics service speaks HTTP and JSON in the place of gRPC.
 */
export const kedaOperator: Program = {
  name: "keda-operator",
  images: ["ghcr.io/kedacore/keda"],
  tags: "1.2.3",
  baseline: { cpuMillicores: 6, memoryBytes: 70 * 1024 * 1024 },
  start: (context) => start(context),
};

function start(context: ContainerContext): RunningProgram {
  const flags = readFlags(context, FLAGS);
  if (!flags) return {};
  const saved = context.resumed as Snapshot | undefined;
  const log = new Zap(context, String(flags["zap-log-level"] ?? "info"));
  const setup = log.named("setup");
  const missing = CONTROLLED.find(({ resource }) => !context.kube.serves(resource))?.kind;
  if (missing) {
    if (!saved) welcome(context, setup, "manager");
    const message = `no matches for kind "${missing}" in version "keda.sh/v1alpha1"`;
    setup.error(message, "unable to create controller", { controller: missing });
    context.exit(1);
    return {};
  }
  const rotator = flags["enable-cert-rotation"] ? rotatorOf(context, log, flags, saved) : undefined;
  if (!saved) {
    rotator?.ensureSecret(setup);
    welcome(context, setup, "manager");
    log.info("starting server", { name: "health probe", addr: "[::]:8081" });
  }
  serveProbes(context, String(flags["health-probe-bind-address"] ?? ":8081"));
  const leads = saved !== undefined && (saved.election?.isLeading ?? true);
  let leader: Leader | undefined;
  const lead = () => {
    leader = new Leader(context, log, flags, rotator, leads ? saved : undefined);
  };
  const election = electionOf(context, flags, saved);
  if (election) {
    election.run(lead, () => {
      setup.error("leader election lost", "problem running manager");
      context.exit(1);
    });
  } else lead();
  return {
    snapshot: (): Snapshot => ({
      ...(election ? { election: election.snapshot() } : {}),
      ...leader?.snapshot(),
    }),
  };
}

function rotatorOf(
  context: ContainerContext,
  log: Zap,
  flags: FlagValues,
  saved: Snapshot | undefined,
): CertRotator {
  const names = {
    secret: String(flags["cert-secret-name"] ?? "kedaorg-certs"),
    directory: String(flags["cert-dir"] ?? "/certs"),
    ...(flags["enable-webhook-patching"] === false
      ? {}
      : { webhook: String(flags["validating-webhook-name"] ?? "keda-admission") }),
    ...(flags["enable-apiservice-patching"] === false
      ? {}
      : { apiService: "v1beta1.external.metrics.k8s.io" }),
  };
  // Without an election, what was saved before there were certificates had started long ago.
  const certificates = saved?.certificates ??
    (saved && !saved.election ? { isReady: true } : undefined);
  return new CertRotator(context, log, names, certificates);
}

function electionOf(
  context: ContainerContext,
  flags: FlagValues,
  saved: Snapshot | undefined,
): LeaderElection | undefined {
  // What was saved before there was an election goes on as it was.
  if (!flags["leader-elect"] || (saved && !saved.election)) return undefined;
  const name = String(flags["leader-election-id"] ?? "operator.keda.sh");
  const lease = { namespace: context.pod.namespace, name };
  return new LeaderElection(context, new Klog(context), lease, saved?.election);
}

/** What the process does once it leads. */
class Leader {
  readonly #handler: ScaleHandler;
  readonly #reconciler: ScaledObjectReconciler;
  readonly #jobHandler: JobScaleHandler;
  readonly #jobReconciler: ScaledJobReconciler;
  readonly #authentications: TriggerAuthentications;

  constructor(
    context: ContainerContext,
    log: Zap,
    flags: FlagValues,
    private readonly rotator: CertRotator | undefined,
    saved: Snapshot | undefined,
  ) {
    const handler = this.#handler = new ScaleHandler(context, log, saved?.loops);
    const served = saved !== undefined && (rotator?.snapshot().isReady ?? true);
    const serve = () => serveMetricsService(context, log, handler, flags, !served);
    if (!saved) logControllers(context, log, rotator !== undefined);
    if (!rotator) serve();
    else {
      rotator.start(serve, (why) => {
        log.named("setup").error(why, "problem running manager");
        context.exit(1);
      });
    }
    this.#reconciler = new ScaledObjectReconciler(context, log, handler, saved);
    this.#reconciler.watch(saved !== undefined);
    this.#jobHandler = new JobScaleHandler(context, log, saved);
    this.#jobReconciler = new ScaledJobReconciler(context, log, this.#jobHandler, {
      seen: saved?.jobsSeen,
      queue: saved?.jobsQueue,
    });
    this.#jobReconciler.watch();
    this.#authentications = new TriggerAuthentications(context, log, saved?.authentications);
    this.#authentications.watch();
  }

  snapshot(): Omit<Snapshot, "election"> {
    const jobs = this.#jobReconciler.snapshot();
    return {
      ...(this.rotator ? { certificates: this.rotator.snapshot() } : {}),
      loops: this.#handler.loops(),
      ...this.#reconciler.snapshot(),
      jobLoops: this.#jobHandler.loops(),
      jobBatches: this.#jobHandler.batches(),
      jobsSeen: jobs.seen,
      jobsQueue: jobs.queue,
      authentications: this.#authentications.seen(),
    };
  }
}

/** The flags, or undefined after the process has said what is wrong with them and ended. */
export function readFlags(
  context: ContainerContext,
  types: Readonly<Record<string, FlagType>>,
): FlagValues | undefined {
  try {
    return parseFlags([...context.command, ...context.args], types);
  } catch (error) {
    if (!(error instanceof FlagError)) throw error;
    context.log(error.message);
    context.exit(2);
    return undefined;
  }
}

/** Source: kedacore/keda pkg/util/welcome.go. */
export function welcome({ kube }: ContainerContext, log: Zap, component: string): void {
  let version = "v1.36.3";
  try {
    version = kube.raw("/version")?.gitVersion ?? version;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
  }
  const [major, minor] = version.slice(1).split(".");
  log.info(`Starting ${component}`);
  log.info(`KEDA Version: ${KEDA_VERSION}`);
  log.info(`Git Commit: ${KEDA_COMMIT}`);
  log.info("Go Version: go1.26.2");
  log.info("Go OS/Arch: linux/amd64");
  log.info(`Running on Kubernetes ${major}.${minor}`, { version });
  if (Number(minor) < 33 || Number(minor) > 35) {
    log.info(`WARNING: KEDA ${KEDA_VERSION} hasn't been tested on Kubernetes ${version}`);
    log.info("You can check recommended versions on https://keda.sh");
  }
}

/** `/healthz` and `/readyz`, as controller-runtime serves them. */
export function serveProbes(context: ContainerContext, address: string): void {
  context.net.listen(portOf(address), ({ path }): HttpResponse => ({
    status: path === "/healthz" || path === "/readyz" ? 200 : 404,
    headers: { "content-type": "text/plain; charset=utf-8" },
    body: path === "/healthz" || path === "/readyz" ? "ok" : "404 page not found\n",
  }));
}

/** The port of `:8081`. */
export function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(":") + 1));
}

/**
 * Answers `GET /metrics?name=&namespace=&metric=` with external metric values, or status 500 and the
 * error's text.
 * Source: kedacore/keda pkg/metricsservice/server.go, for what is said.
 */
function serveMetricsService(
  context: ContainerContext,
  log: Zap,
  handler: ScaleHandler,
  flags: FlagValues,
  isFresh: boolean,
): void {
  const address = String(flags["metrics-service-bind-address"] ?? ":9666");
  const server = log.named("grpc_server");
  if (isFresh) server.info("Starting Metrics Service gRPC Server", { address });
  context.net.listen(portOf(address), ({ path, query }): HttpResponse => {
    // A connection alone, to see whether anybody answers.
    if (path !== "/metrics") return { status: 200, headers: {}, body: "" };
    const name = query.get("name") ?? "";
    const namespace = query.get("namespace") ?? "";
    try {
      const metrics = handler.metrics(namespace, name, query.get("metric") ?? "");
      server.debug("Providing metrics", {
        scaledObjectName: name,
        scaledObjectNamespace: namespace,
        metrics: { items: metrics },
      });
      return { status: 200, headers: {}, body: JSON.stringify(metrics) };
    } catch (error) {
      if (!(error instanceof ScalerError)) throw error;
      const body = `error when getting metric values ${error.message}`;
      return { status: 500, headers: {}, body };
    }
  }, { tls: true });
}
