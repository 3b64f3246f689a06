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
import { logFeatures } from "./features.ts";
import { BUILD_DATE, externalUrl, FLAGS, GO_VERSION } from "./flags.ts";
import { PrometheusServer, versionInfo } from "./server.ts";
import { serveWeb } from "./web.ts";

export { ConfigError };
export { relabelError, type RelabelRule, relabelRule } from "./relabel.ts";
export { parseRuleFile } from "./rule_files.ts";

export const prometheus: Program = {
  name: "prometheus",
  images: ["quay.io/prometheus/prometheus", "prom/prometheus"],
  tags: "v1.2.3",
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
      log.info("main.go:1690", "Loading configuration file", { filename: server.configFile });
    }
    server.run();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    log.error("main.go:751", `Error loading config (--config.file=${server.configFile})`, {
      file: server.configFile,
      err: error.message.replace(/^couldn't load configuration \([^)]*\): /, ""),
    });
    context.exit(2);
    return {};
  }
  if (isFresh) {
    server.logLoaded();
    log.info("main.go:1453", "Server is ready to receive web requests.");
    log.info("manager.go:211", "Starting rule manager...", { component: "rule manager" });
  }
  return server;
}

function logStart(server: PrometheusServer, log: Slog): void {
  logFeatures(server.features, log);
  log.info("main.go:795", "Leaving GOMAXPROCS=4: CPU quota undefined", {
    component: "automaxprocs",
  });
  log.info("memlimit.go:198", "GOMEMLIMIT is updated", {
    component: "automemlimit",
    package: "github.com/KimMachineGun/automemlimit/memlimit",
    GOMEMLIMIT: Math.floor(server.context.room.memoryBytes * 0.9),
    previous: "9223372036854775807",
  });
  log.info("main.go:902", "Starting Prometheus Server", { mode: "server", version: versionInfo() });
  log.info("main.go:907", "operational information", {
    build_context:
      `(go=${GO_VERSION}, platform=linux/amd64, user=root@buildhost, date=${BUILD_DATE}, tags=netgo,builtinassets)`,
    host_details: `(Linux ${server.context.pod.name} x86_64)`,
    fd_limits: "(soft=1048576, hard=1048576)",
    vm_limits: "(soft=unlimited, hard=unlimited)",
  });
  log.info("web.go:727", "Start listening for connections", {
    component: "web",
    address: server.flag("web.listen-address"),
  });
  log.info("main.go:1468", "Starting TSDB ...");
  const address = `[::]${server.flag("web.listen-address").replace(/^.*(?=:)/, "")}`;
  const hasConfig = server.flag("web.config.file") !== "";
  const web = { component: "web", address };
  log.info("tls_config.go:372", "Listening on", web);
  log.info(`tls_config.go:${hasConfig ? 418 : 375}`, "TLS is disabled.", {
    component: "web",
    http2: false,
    address,
  });
  const tsdb = { component: "tsdb" };
  const took = (what: string, ms: number) => server.took(what, ms);
  log.info("head.go:738", "Replaying on-disk memory mappable chunks if any", tsdb);
  const chunks = took("chunks", 0.0006);
  log.info("head.go:824", "On-disk memory mappable chunks replay completed", {
    ...tsdb,
    duration: chunks,
  });
  log.info("head.go:832", "Replaying WAL, this may take a while", tsdb);
  log.info("head.go:927", "WAL segment loaded", {
    ...tsdb,
    segment: 0,
    maxSegment: 0,
    duration: took("segment", 0.21),
  });
  log.info("head.go:964", "WAL replay completed", {
    ...tsdb,
    checkpoint_replay_duration: took("checkpoint", 0.021),
    wal_replay_duration: took("wal", 0.24),
    wbl_replay_duration: "171ns",
    chunk_snapshot_load_duration: "0s",
    mmap_chunk_replay_duration: chunks,
    total_replay_duration: took("replay", 0.29),
  });
  log.info("main.go:1489", "filesystem information", { fs_type: "EXT4_SUPER_MAGIC" });
  log.info("main.go:1492", "TSDB started");
}
