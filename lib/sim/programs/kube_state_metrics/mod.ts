/**
 * kube-state-metrics: the objects of the API as metrics.
 *
 * @module
 */
import { compileGoRegexp } from "../../../go/mod.ts";
import { ApiError } from "../../../kube/mod.ts";
import type { ContainerContext, HttpResponse, Program, RunningProgram } from "../../seams.ts";
import { GoMetrics } from "../shared/go_metrics.ts";
import { FlagError, type FlagValues, parseFlags } from "../shared/flags.ts";
import { Klog } from "../shared/klog.ts";
import { clusterObjects } from "./cluster.ts";
import type { Collector } from "./family.ts";
import { pods } from "./pods.ts";
import { CollectorStore } from "./store.ts";
import { workloads } from "./workloads.ts";

const COLLECTORS: readonly Collector[] = [...clusterObjects, pods, ...workloads]
  .sort((a, b) => a.name < b.name ? -1 : 1);

/** Resources upstream knows, those without a collector here included. */
const KNOWN = new Set([
  "certificatesigningrequests",
  "clusterrolebindings",
  "clusterroles",
  "cronjobs",
  "endpoints",
  "ingressclasses",
  "ingresses",
  "leases",
  "limitranges",
  "mutatingwebhookconfigurations",
  "networkpolicies",
  "persistentvolumeclaims",
  "persistentvolumes",
  "poddisruptionbudgets",
  "replicationcontrollers",
  "resourcequotas",
  "rolebindings",
  "roles",
  "serviceaccounts",
  "storageclasses",
  "validatingwebhookconfigurations",
  "volumeattachments",
  ...COLLECTORS.map(({ name }) => name),
]);

const FLAGS = {
  "port": "int",
  "host": "string",
  "telemetry-port": "int",
  "telemetry-host": "string",
  "resources": "list",
  "namespaces": "list",
  "namespaces-denylist": "list",
  "metric-allowlist": "list",
  "metric-denylist": "list",
  "metric-labels-allowlist": "string",
  "metric-annotations-allowlist": "string",
  "metric-opt-in-list": "list",
  "use-apiserver-cache": "bool",
  "apiserver": "string",
  "kubeconfig": "string",
  "total-shards": "int",
  "shard": "int",
  "v": "int",
} as const;

const RETRY_MS = 10_000;

/**
 * kube-state-metrics: what the API says of the cluster's objects, as metrics.
 * Source: kubernetes/kube-state-metrics pkg/app/server.go, internal/store (v2.20).
 * Differs: collectors for the kinds of the lab; no labels and annotations as metrics, no shards.
 */
export const kubeStateMetrics: Program = {
  name: "kube-state-metrics",
  images: ["registry.k8s.io/kube-state-metrics/kube-state-metrics"],
  tags: "v1.2.3",
  baseline: { cpuMillicores: 2, memoryBytes: 24 * 1024 * 1024 },
  start,
};

function start(context: ContainerContext): RunningProgram {
  let flags: FlagValues;
  try {
    flags = parseFlags(context.args, FLAGS);
    for (const resource of (flags.resources as string[] | undefined) ?? []) {
      if (!KNOWN.has(resource)) {
        throw new FlagError(
          `resource ${resource} does not exist. Available resources: ${
            [...KNOWN].sort().join(",")
          }`,
        );
      }
    }
  } catch (error) {
    if (!(error instanceof FlagError)) throw error;
    context.log(`Error: ${error.message}`);
    context.exit(1);
    return {};
  }
  const resumed = context.resumed as { scrapes: number } | undefined;
  const log = new Klog(context, Number(flags.v ?? 0));
  const wanted = flags.resources as string[] | undefined;
  const chosen = COLLECTORS.filter(({ name }) => wanted === undefined || wanted.includes(name));
  const stores = chosen.map((collector) => {
    const store = new CollectorStore(collector, {
      isWanted: familyFilter(flags),
      isWatched: namespaceFilter(flags),
    });
    watch(context, log, collector, store);
    return store;
  });
  const go = new GoMetrics({
    seed: context.pod.uid,
    startedAtMs: context.startedAtMs,
    heapBytes: 9 << 20,
    goroutines: 160,
    cpuMillicores: 2,
    promhttp: true,
  }, resumed?.scrapes);
  let body: string | undefined;
  const objects = () => {
    if (body === undefined || !stores.every((store) => store.isUnchanged)) {
      body = stores.map((store) => store.text()).join("");
    }
    return body;
  };
  const port = Number(flags.port ?? 8080);
  const telemetryPort = Number(flags["telemetry-port"] ?? 8081);
  context.net.listen(port, ({ path }) => {
    if (path === "/metrics") return metrics(objects());
    if (path === "/healthz" || path === "/livez") return text(200, "OK");
    return path === "/" ? landing("Kube Metrics Server") : text(404, "404 page not found\n");
  });
  context.net.listen(telemetryPort, ({ path }) => {
    if (path === "/metrics") return metrics(go.text(context.now()));
    if (path === "/readyz") return text(200, "OK");
    return path === "/" ? landing("Kube-State-Metrics Metrics") : text(404, "404 page not found\n");
  });
  if (!resumed) logStart(log, chosen, port, telemetryPort);
  return { snapshot: () => ({ scrapes: go.scrapes }) };
}

/** Follows a collector's objects; a refusal is logged and tried again. */
function watch(
  context: ContainerContext,
  log: Klog,
  collector: Collector,
  store: CollectorStore,
): void {
  try {
    store.watch(context.kube);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    log.error(
      "reflector.go:204",
      `"Failed to watch" err="${error.message}" type="${collector.resource}"`,
    );
    context.after(RETRY_MS, () => watch(context, log, collector, store));
  }
}

function familyFilter(flags: FlagValues): (name: string) => boolean {
  const patterns = (flag: string) =>
    ((flags[flag] as string[] | undefined) ?? []).map((one) => compileGoRegexp(one));
  const allowed = patterns("metric-allowlist");
  const denied = patterns("metric-denylist");
  return (name) =>
    (allowed.length === 0 || allowed.some((one) => one.test(name))) &&
    !denied.some((one) => one.test(name));
}

function namespaceFilter(flags: FlagValues): (namespace: string) => boolean {
  const allowed = (flags.namespaces as string[] | undefined) ?? [];
  const denied = (flags["namespaces-denylist"] as string[] | undefined) ?? [];
  return (namespace) =>
    namespace === "" ||
    ((allowed.length === 0 || allowed.includes(namespace)) && !denied.includes(namespace));
}

function logStart(
  log: Klog,
  chosen: readonly Collector[],
  port: number,
  telemetryPort: number,
): void {
  log.info(0, "server.go:223", `"Used resources" resources="${chosen.map(({ name }) => name)}"`);
  log.info(0, "types.go:227", '"Using all namespaces"');
  log.info(
    0,
    "server.go:256",
    '"Metric allow-denylisting" allowDenyStatus="Excluding the following lists that were on denylist: "',
  );
  log.info(0, "utils.go:107", '"Tested communication with server"');
  log.info(
    0,
    "utils.go:111",
    '"Communication with server successful"',
  );
  log.info(
    0,
    "server.go:379",
    `"Started kube-state-metrics self metrics server" telemetryAddress="[::]:${telemetryPort}"`,
  );
  log.info(0, "server.go:393", `"Started metrics server" metricsServerAddress="[::]:${port}"`);
}

function metrics(body: string): HttpResponse {
  return {
    status: 200,
    headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8" },
    body,
  };
}

function text(status: number, body: string): HttpResponse {
  return { status, headers: { "content-type": "text/plain; charset=utf-8" }, body };
}

function landing(title: string): HttpResponse {
  return {
    status: 200,
    headers: { "content-type": "text/html; charset=utf-8" },
    body:
      `<html>\n<head><title>${title}</title></head>\n<body>\n<h1>${title}</h1>\n<ul>\n<li><a href="/metrics">metrics</a></li>\n</ul>\n</body>\n</html>\n`,
  };
}
