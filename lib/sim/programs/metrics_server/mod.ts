/**
 * metrics-server: what nodes and pods use, as metrics.k8s.io.
 *
 * @module
 */
import { formatGoDuration, rfc3339 } from "../../../go/mod.ts";
import { conditionOf, type Node, parseSelector, SelectorSyntaxError } from "../../../kube/mod.ts";
import type { ContainerContext, Program, RunningProgram } from "../../seams.ts";
import { serveAggregated } from "../shared/aggregated.ts";
import { API_SERVER_FLAGS, FlagError, type FlagValues, parseFlags } from "../shared/flags.ts";
import { Klog } from "../shared/klog.ts";
import { logServing } from "../shared/serving_log.ts";
import { PrometheusError, send } from "../shared/prometheus_client.ts";
import { resourceMetricsGroup } from "../shared/resource_metrics.ts";
import { decodeBatch, type Point, PointStore, type SavedPoints } from "./points.ts";

const FLAGS = {
  ...API_SERVER_FLAGS,
  "metric-resolution": "duration",
  "kubelet-insecure-tls": "bool",
  "kubelet-use-node-status-port": "bool",
  "kubelet-port": "int",
  "kubelet-preferred-address-types": "list",
  "kubelet-certificate-authority": "string",
  "kubelet-client-key": "string",
  "kubelet-client-certificate": "string",
  "kubelet-request-timeout": "duration",
  "node-selector": "string",
  "l": "string",
  "deprecated-kubelet-completely-insecure": "bool",
  "version": "bool",
} as const;

const ADDRESS_TYPES = ["Hostname", "InternalDNS", "InternalIP", "ExternalDNS", "ExternalIP"];

/**
 * metrics-server v0.8: scrapes each kubelet's `/metrics/resource`, keeps the last two measurements,
 * and serves metrics.k8s.io/v1beta1. It is ready once it has two of anything.
 * Source: kubernetes-sigs/metrics-server cmd/metrics-server/app, pkg/server/server.go,
 * pkg/scraper/scraper.go.
 * Differs: all kubelets are scraped at the same instant.
 */
export const metricsServer: Program = {
  name: "metrics-server",
  images: ["registry.k8s.io/metrics-server/metrics-server"],
  tags: "v1.2.3",
  baseline: { cpuMillicores: 4, memoryBytes: 25 * 1024 * 1024 },
  start: (context) => start(context),
};

function start(context: ContainerContext): RunningProgram {
  const flags = readFlags(context);
  if (!flags) return {};
  const resolutionMs = Number(flags["metric-resolution"] ?? 60_000);
  const port = Number(flags["secure-port"] ?? 443);
  const log = new Klog(context, Number(flags.v ?? 0));
  const store = new PointStore(resolutionMs);
  const saved = context.resumed as SavedPoints | undefined;
  const isFresh = saved === undefined;
  if (saved) store.restore(saved);

  const source = {
    node: (node: { metadata: { name: string } }) => store.node(node.metadata.name),
    pod: ({ metadata }: { metadata: { namespace?: string; name: string } }) =>
      store.pod(`${metadata.namespace}/${metadata.name}`),
  };
  serveAggregated(context, {
    port,
    groups: [resourceMetricsGroup(context.kube, source, () => rfc3339(context.now()))],
    checks: [{
      name: "metric-storage-ready",
      isReady: () => {
        if (store.isReady()) return true;
        log.infoS(0, "server.go:192", "Failed probe", {
          probe: "metric-storage-ready",
          err: "no metrics to serve",
        });
        return false;
      },
    }],
    log,
  });
  if (isFresh) logStart(log, flags, port);
  const tick = () => scrape(context, flags, log, store);
  if (isFresh) tick();
  context.every(resolutionMs, tick, { originMs: context.startedAtMs });
  return { snapshot: () => store.snapshot() };
}

/** The flags, or undefined after the process has said why not and ended. */
function readFlags(context: ContainerContext): FlagValues | undefined {
  const refuse = (message: string) => {
    context.log(`Error: ${message}`);
    context.exit(1);
    return undefined;
  };
  try {
    const flags = parseFlags([...context.command, ...context.args], FLAGS);
    const resolutionMs = Number(flags["metric-resolution"] ?? 60_000);
    if (resolutionMs < 10_000) {
      const given = formatGoDuration(resolutionMs);
      return refuse(
        `metric-resolution should be a time duration at least 10s, but value ${given} provided`,
      );
    }
    const timeoutMs = Number(flags["kubelet-request-timeout"] ?? 10_000);
    if (resolutionMs * 0.9 < timeoutMs) {
      return refuse(
        "metric-resolution should be larger than kubelet-request-timeout, but metric-resolution " +
          `value ${formatGoDuration(resolutionMs)} kubelet-request-timeout value ${
            formatGoDuration(timeoutMs)
          } provided`,
      );
    }
    parseSelector(String(flags["node-selector"] ?? flags.l ?? ""));
    return flags;
  } catch (error) {
    if (error instanceof FlagError || error instanceof SelectorSyntaxError) {
      return refuse(error.message);
    }
    throw error;
  }
}

function logStart(log: Klog, flags: FlagValues, port: number): void {
  const directory = String(flags["cert-dir"] ?? "apiserver.local.config/certificates");
  const [certificate, key] = [`${directory}/apiserver.crt`, `${directory}/apiserver.key`];
  log.info(0, "serving.go:380", `Generated self-signed cert (${certificate}, ${key})`);
  log.info(0, "handler.go:288", "Adding GroupVersion metrics.k8s.io v1beta1 to ResourceManager");
  logServing(log, { port, certificate, key });
}

function scrape(
  context: ContainerContext,
  flags: FlagValues,
  log: Klog,
  store: PointStore,
): void {
  const labelSelector = String(flags["node-selector"] ?? flags.l ?? "");
  const nodes = context.kube.list<Node>("nodes", labelSelector ? { labelSelector } : {});
  const nodePoints = new Map<string, Point>();
  const podPoints = new Map<string, Map<string, Point>>();
  for (const node of nodes) {
    const { name } = node.metadata;
    try {
      const batch = scrapeNode(context, flags, node);
      if (batch.node) nodePoints.set(name, batch.node);
      for (const [pod, containers] of batch.pods) podPoints.set(pod, containers);
    } catch (error) {
      if (!(error instanceof PrometheusError)) throw error;
      const ready = conditionOf(node, "Ready");
      if (ready?.status === "True") {
        log.errorS("scraper.go:149", error.message, "Failed to scrape node", { node: name });
      } else {
        log.infoS(4, "scraper.go:145", "Failed to scrape node, node is not ready", {
          node: name,
          err: error,
        });
      }
    }
  }
  store.store(nodePoints, podPoints);
}

/** Where a pod finds its service account's token. */
const TOKEN_FILE = "/var/run/secrets/kubernetes.io/serviceaccount/token";

/** Errors: PrometheusError, as Go's HTTP client words it. */
function scrapeNode(context: ContainerContext, flags: FlagValues, node: Node) {
  const statusPort = node.status?.daemonEndpoints?.kubeletEndpoint?.Port;
  const port = (flags["kubelet-use-node-status-port"] && statusPort) ||
    Number(flags["kubelet-port"] ?? 10250);
  const isPlain = flags["deprecated-kubelet-completely-insecure"] === true;
  const url = `${isPlain ? "http" : "https"}://${addressOf(flags, node)}:${port}/metrics/resource`;
  const token = context.files.read(TOKEN_FILE)?.trim();
  const response = send(context, "GET", url, {
    insecureSkipVerify: flags["kubelet-insecure-tls"] === true,
    headers: token ? { authorization: `Bearer ${token}` } : {},
  });
  if (response.status !== 200) {
    throw new PrometheusError(`request failed, status: "${response.status}"`);
  }
  return decodeBatch(response.body, context.now());
}

/** Source: kubernetes-sigs/metrics-server pkg/utils/address_resolver.go. */
function addressOf(flags: FlagValues, node: Node): string {
  const types = (flags["kubelet-preferred-address-types"] ?? ADDRESS_TYPES) as string[];
  for (const wanted of types) {
    const found = node.status?.addresses?.find(({ type }) => type === wanted);
    if (found) return found.address;
  }
  throw new PrometheusError(`no address matched types [${types.join(" ")}]`);
}
