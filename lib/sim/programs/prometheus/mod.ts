/**
 * The Prometheus server, as a program: reads its configuration, discovers targets through the
 * Kubernetes API, scrapes them over the virtual network, evaluates rules, and serves the HTTP API and
 * a few pages.
 *
 * @module
 */
import { GoUrlError, quote } from "../../../go/mod.ts";
import type { ContainerContext, Program, RunningProgram } from "../../seams.ts";
import { KingpinError, parseKingpin } from "../shared/kingpin.ts";
import { Slog } from "../shared/slog.ts";
import { ConfigError } from "./config.ts";
import { BUILD_DATE, externalUrl, FLAGS, GO_VERSION } from "./flags.ts";
import { PrometheusServer, versionInfo } from "./server.ts";
import { serveWeb } from "./web.ts";

export { ConfigError };
export { relabelError, type RelabelRule, relabelRule } from "./relabel.ts";
export { parseRuleFile } from "./rule_files.ts";

export const prometheus: Program = {
  name: "prometheus",
  images: ["quay.io/prometheus/prometheus", "prom/prometheus"],
  baseline: { cpuMillicores: 18, memoryBytes: 210 * 1024 * 1024 },
  start,
  userland: () => ({
    base: "busybox",
    version: "1.36.1",
    user: { uid: 65534, name: "nobody" },
    workingDir: "/prometheus",
    path: "/bin/prometheus",
  }),
};

function start(context: ContainerContext): RunningProgram {
  const args = [...context.command.slice(1), ...context.args];
  let flags: Map<string, string[]>;
  try {
    flags = parseKingpin(args, FLAGS);
  } catch (error) {
    if (!(error instanceof KingpinError)) throw error;
    context.log(`Error parsing command line arguments: ${error.message}`);
    context.log("usage: prometheus [<flags>]");
    context.exit(2);
    return {};
  }
  const external = flags.get("web.external-url")?.[0] ?? "";
  try {
    externalUrl(external, context.pod.name);
  } catch (error) {
    if (!(error instanceof GoUrlError)) throw error;
    context.log(`parse external URL ${quote(external)}: ${error.message}`);
    context.exit(2);
    return {};
  }
  const log = new Slog(context, "prometheus", {
    level: flags.get("log.level")?.[0],
    format: flags.get("log.format")?.[0],
  });
  const isFresh = context.resumed === undefined;
  const server = new PrometheusServer(context, flags, log);
  if (isFresh) logStart(server, log);
  const listening = serveWeb(server);
  if (!listening) return {};
  try {
    if (isFresh) {
      log.info("main.go:1719", "Loading configuration file", { filename: server.configFile });
    }
    server.run();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    log.error("main.go:774", `Error loading config (--config.file=${server.configFile})`, {
      file: server.configFile,
      err: error.message.replace(/^couldn't load configuration \([^)]*\): /, ""),
    });
    context.exit(2);
    return {};
  }
  if (isFresh) {
    log.info("main.go:1758", "Completed loading of configuration file", {
      filename: server.configFile,
      totalDuration: "18.2114ms",
    });
    log.info("main.go:1478", "Server is ready to receive web requests.");
    log.info("manager.go:196", "Starting rule manager...", { component: "rule manager" });
  }
  return server;
}

/** What is said of a feature that is switched on. */
const FEATURES: Readonly<Record<string, [source: string, message: string]>> = {
  "promql-experimental-functions": ["main.go:262", "Experimental PromQL functions enabled."],
  "promql-delayed-name-removal": [
    "main.go:311",
    "Experimental PromQL delayed name removal enabled.",
  ],
};

/** The others that a release knows; they change nothing here. */
const OTHER_FEATURES = new Set(
  "auto-reload-config concurrent-rule-eval created-timestamp-zero-ingestion delayed-compaction exemplar-storage extra-scrape-metrics fast-startup histograms-st-encoding memory-snapshot-on-shutdown metadata-wal-records native-histograms old-ui ooo-native-histograms otlp-deltatocumulative otlp-native-delta-ingestion promql-binop-fill-modifiers promql-duration-expr promql-extended-range-selectors promql-per-step-stats search-api st-storage st-synthesis type-and-unit-labels use-start-timestamps use-uncached-io xor2-encoding"
    .split(" "),
);

/** Source: prometheus/prometheus cmd/prometheus/main.go (setFeatureListOptions). */
function logFeatures(features: Iterable<string>, log: Slog): void {
  for (const option of features) {
    if (Object.hasOwn(FEATURES, option)) log.info(...FEATURES[option]);
    else if (option !== "" && !OTHER_FEATURES.has(option)) {
      log.warn("main.go:348", "Unknown option for --enable-feature", { option });
    }
  }
}

function logStart(server: PrometheusServer, log: Slog): void {
  logFeatures(server.features, log);
  log.info("main.go:830", "Leaving GOMAXPROCS=4: CPU quota undefined", {
    component: "automaxprocs",
  });
  log.info("main.go:939", "Starting Prometheus Server", { mode: "server", version: versionInfo() });
  log.info("main.go:944", "operational information", {
    build_context:
      `(go=${GO_VERSION}, platform=linux/amd64, user=root@buildhost, date=${BUILD_DATE}, tags=netgo,builtinassets)`,
    host_details: `(Linux ${server.context.pod.name} x86_64)`,
    fd_limits: "(soft=1048576, hard=1048576)",
    vm_limits: "(soft=unlimited, hard=unlimited)",
  });
  log.info("web.go:719", "Start listening for connections", {
    component: "web",
    address: server.flag("web.listen-address"),
  });
  log.info("main.go:1530", "Starting TSDB ...");
  log.info("head.go:662", "Replaying on-disk memory mappable chunks if any", {
    component: "tsdb",
  });
  log.info("head.go:778", "WAL segment loaded", { component: "tsdb", segment: 0, maxSegment: 0 });
  log.info("main.go:1554", "TSDB started");
}
