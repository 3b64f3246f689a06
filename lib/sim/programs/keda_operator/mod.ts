/**
 * KEDA's operator: triggers, the HPAs of ScaledObjects, scaling to and from zero, the Jobs of ScaledJobs.
 *
 * @module
 */
import { ApiError } from "../../../kube/mod.ts";
import type { ContainerContext, HttpResponse, Program, RunningProgram } from "../../seams.ts";
import { FlagError, type FlagType, type FlagValues, parseFlags } from "../shared/flags.ts";
import { Zap } from "../shared/zap.ts";
import { rotateCertificates } from "./certificates.ts";
import { KEDA_VERSION } from "./hpa_spec.ts";
import { ScaledJobReconciler } from "./job_reconciler.ts";
import { JobScaleHandler } from "./job_scale_handler.ts";
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

/** Source: kedacore/keda cmd/operator/main.go, for how many of each work at once. */
const CONTROLLERS = [
  { kind: "ScaledObject", resource: SCALED_OBJECTS, workers: 5 },
  { kind: "ScaledJob", resource: SCALED_JOBS, workers: 1 },
];

/** What survives a restart of the tutor. */
interface Snapshot {
  loops: Record<string, Loop>;
  seen: Record<string, string>;
  jobLoops?: Record<string, ScaleLoop>;
  jobsSeen?: Record<string, string>;
  authentications: Record<string, string>;
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
  baseline: { cpuMillicores: 6, memoryBytes: 70 * 1024 * 1024 },
  start: (context) => start(context),
};

function start(context: ContainerContext): RunningProgram {
  const flags = readFlags(context, FLAGS);
  if (!flags) return {};
  const saved = context.resumed as Snapshot | undefined;
  const log = new Zap(context, String(flags["zap-log-level"] ?? "info"));
  const setup = log.named("setup");
  if (!saved) welcome(context, setup, "manager");
  const missing = CONTROLLERS.find(({ resource }) => !context.kube.serves(resource))?.kind;
  if (missing) {
    const message = `no matches for kind "${missing}" in version "keda.sh/v1alpha1"`;
    setup.error(message, "unable to create controller", { controller: missing });
    context.exit(1);
    return {};
  }
  if (flags["enable-cert-rotation"] && !saved) {
    rotateCertificates(
      context,
      log,
      {
        secret: String(flags["cert-secret-name"] ?? "kedaorg-certs"),
        webhook: String(flags["validating-webhook-name"] ?? "keda-admission"),
        apiService: "v1beta1.external.metrics.k8s.io",
      },
      {
        webhooks: flags["enable-webhook-patching"] !== false,
        apiServices: flags["enable-apiservice-patching"] !== false,
      },
    );
  }
  const handler = new ScaleHandler(context, log, saved?.loops);
  serveProbes(context, String(flags["health-probe-bind-address"] ?? ":8081"));
  serveMetricsService(context, log, handler, flags);
  if (!saved) logWorkers(log);
  const reconciler = new ScaledObjectReconciler(context, log, handler, saved?.seen);
  reconciler.watch(saved !== undefined);
  const jobHandler = new JobScaleHandler(context, log, saved?.jobLoops);
  const jobReconciler = new ScaledJobReconciler(context, log, jobHandler, saved?.jobsSeen);
  jobReconciler.watch();
  const authentications = new TriggerAuthentications(context, log, saved?.authentications);
  authentications.watch();
  return {
    snapshot: (): Snapshot => ({
      loops: handler.loops(),
      seen: reconciler.seen(),
      jobLoops: jobHandler.loops(),
      jobsSeen: jobReconciler.seen(),
      authentications: authentications.seen(),
    }),
  };
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
  log.info("Go Version: go1.25.9");
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
): void {
  const address = String(flags["metrics-service-bind-address"] ?? ":9666");
  const server = log.named("grpc_server");
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

/** The lines that say the controllers run. */
function logWorkers(log: Zap): void {
  log.info("starting server", { name: "health probe", addr: "[::]:8081" });
  log.named("grpc_server").info("Starting Metrics Service gRPC Server", { address: ":9666" });
  for (const { kind, workers } of CONTROLLERS) {
    const about = {
      controller: kind.toLowerCase(),
      controllerGroup: "keda.sh",
      controllerKind: kind,
    };
    log.info("Starting EventSource", { ...about, source: `kind source: *v1alpha1.${kind}` });
    log.info("Starting Controller", about);
    log.info("Starting workers", { ...about, "worker count": workers });
  }
}
