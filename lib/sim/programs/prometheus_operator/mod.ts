/**
 * The prometheus-operator, as a program: turns Prometheus, ServiceMonitor, PodMonitor and
 * PrometheusRule objects into a StatefulSet and its configuration, and keeps the kubelets' endpoints.
 *
 * @module
 */
import { parseGoDuration } from "../../../go/mod.ts";
import type { ContainerContext, Program, RunningProgram } from "../../seams.ts";
import { GoMetrics } from "../shared/go_metrics.ts";
import { Slog } from "../shared/slog.ts";
import { FlagError, type OperatorFlags, parseOperatorFlags, VERSION } from "./flags.ts";
import { syncKubelets } from "./kubelet_endpoints.ts";
import { type OperatorCounters, PrometheusController } from "./operator.ts";
import { serveOperator } from "./web.ts";

export const prometheusOperator: Program = {
  name: "prometheus-operator",
  images: ["quay.io/prometheus-operator/prometheus-operator"],
  tags: "v1.2.3",
  baseline: { cpuMillicores: 4, memoryBytes: 34 * 1024 * 1024 },
  start,
};

interface Snapshot {
  counters: OperatorCounters;
  scrapes: number;
}

function start(context: ContainerContext): RunningProgram {
  let flags: OperatorFlags;
  try {
    flags = parseOperatorFlags(context.args);
  } catch (error) {
    if (!(error instanceof FlagError)) throw error;
    context.log(error.message);
    context.exit(2);
    return {};
  }
  const resumed = context.resumed as Snapshot | undefined;
  const log = new Slog(context, "operator", { level: flags.logLevel, format: flags.logFormat });
  const go = new GoMetrics({
    seed: context.pod.uid,
    startedAtMs: context.startedAtMs,
    heapBytes: 14 << 20,
    goroutines: 141,
    cpuMillicores: 4,
    gogc: Number(context.env.GOGC ?? 100),
    runtime: ["gc", "scheduler", "memory"],
  }, resumed?.scrapes);
  const controller = new PrometheusController(context, log, {
    reloader: flags.reloader,
    isWatched: flags.isWatched,
    resumed: resumed?.counters,
  });
  if (!resumed) logStart(log, flags);
  serveOperator(context, { flags, controller, go, log: resumed ? undefined : log });
  controller.run();
  const { kubelet } = flags;
  if (kubelet) {
    const sync = () => syncKubelets(context, log, kubelet);
    if (!resumed) {
      log.info("/workspace/pkg/kubelet/controller.go:228", "Starting controller", {
        component: "kubelet_endpoints",
        kubelet_object: `${kubelet.namespace}/${kubelet.name}`,
      });
      context.after(0, sync);
    }
    context.every(parseGoDuration(flags.kubeletSyncPeriod), sync, {
      originMs: context.startedAtMs,
    });
  }
  return {
    snapshot: (): Snapshot => ({ counters: controller.counters, scrapes: go.scrapes }),
    stop: () =>
      log.info("/workspace/cmd/operator/main.go:790", "received SIGTERM, exiting gracefully..."),
  };
}

function logStart(log: Slog, flags: OperatorFlags): void {
  const main = (line: number) => `/workspace/cmd/operator/main.go:${line}`;
  log.info(main(289), "Starting Prometheus Operator", {
    version: `(version=${VERSION}, branch=, revision=unknown)`,
    build_context: "(go=go1.26.3, platform=linux/amd64, user=, date=, tags=unknown)",
    feature_gates:
      "PrometheusAgentDaemonSet=false,PrometheusShardRetentionPolicy=false,PrometheusTopologySharding=false,RemoteWriteCustomResourceDefinition=false,StatusForConfigurationResources=false",
  });
  log.info(main(290), "Operator's configuration", {
    watch_referenced_objects_in_all_namespaces: false,
    controller_id: "",
    enable_config_reloader_probes: flags.reloader.enableProbes,
  });
  log.info(main(303), "Namespaces filtering configuration ", { config: flags.namespacesShown });
  log.info(main(344), "connection established", { kubernetes_version: "1.36.3" });
  log.info(main(429), "Kubernetes API capabilities", { endpointslices: true });
  log.info(main(439), "Kubernetes API capabilities", { pod_topology_labels: true });
  log.info("/workspace/pkg/server/server.go:330", "starting secure server", {
    address: `[::]${flags.listenAddress}`,
    http2: false,
  });
  for (const [source, component] of CONTROLLERS) {
    log.info(`/workspace/pkg/${source}`, "successfully synced all caches", { component });
  }
}

/** The controllers, and where each says that its caches are filled. */
const CONTROLLERS: readonly [source: string, component: string][] = [
  ["prometheus/server/operator.go:495", "prometheus-controller"],
  ["prometheus/agent/operator.go:520", "prometheusagent-controller"],
  ["alertmanager/operator.go:374", "alertmanager-controller"],
  ["thanos/operator.go:333", "thanos-controller"],
];
