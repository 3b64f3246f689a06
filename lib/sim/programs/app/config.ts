import type { YamlNode } from "../../../go/mod.ts";
import { DEFAULT_METRICS } from "./defaults.ts";
import { Fields } from "./fields.ts";
import { type MetricConfig, readMetrics } from "./metric_config.ts";
import { type QueueConfig, readQueues, readWorkers, type WorkerConfig } from "./queue_config.ts";
import { readRoutes, type RouteConfig } from "./route_config.ts";
import { LOG_NAMES, POD_NAMES, REQUEST_NAMES } from "./texts.ts";

/** What an app is told to be. Times in ms, CPU at rest in millicores, memory in bytes. */
export interface AppConfig {
  port: number;
  /** A further port, for its metrics and health alone; 0 for none. */
  metricsPort: number;
  /** From its start until it listens. */
  startMs: number;
  cpuMillicores: number;
  memoryBytes: number;
  /** How many requests it works on at once; further ones wait. 0 for all. */
  concurrency: number;
  /** What its log has of each request; undefined for nothing. */
  log: string | undefined;
  /** The runtime whose metrics it shows beside its own. */
  runtime: "go" | undefined;
  routes: readonly RouteConfig[];
  metrics: readonly MetricConfig[];
  queues: readonly QueueConfig[];
  workers: readonly WorkerConfig[];
}

const KEYS = [
  "port",
  "metricsPort",
  "start",
  "cpu",
  "memory",
  "concurrency",
  "log",
  "runtime",
  "routes",
  "metrics",
  "queues",
  "workers",
];
const DEFAULT_LOG = "$method $url $code $duration";
/** A configuration, or what is wrong with it: one line for each mistake, with its file, line and place. */
export function readConfig(
  text: string,
  file: string,
): { config: AppConfig; problems?: undefined } | { problems: readonly string[] } {
  const fields = new Fields(file);
  const root = fields.parse(text);
  const config = root ? readRoot(fields, root) : emptyConfig();
  return fields.problems.length > 0 ? { problems: fields.problems } : { config };
}

function emptyConfig(): AppConfig {
  return {
    port: 8080,
    metricsPort: 0,
    startMs: 0,
    cpuMillicores: 1,
    memoryBytes: 16 << 20,
    concurrency: 0,
    log: DEFAULT_LOG,
    runtime: undefined,
    routes: [],
    metrics: [],
    queues: [],
    workers: [],
  };
}

function readRoot(fields: Fields, root: YamlNode): AppConfig {
  const of = fields.known(root, "", KEYS);
  const base = emptyConfig();
  const queues = readQueues(fields, of.get("queues"));
  const names = queues.map(({ name }) => name);
  const routes = readRoutes(fields, of.get("routes"), names);
  return {
    port: readPort(fields, of.get("port"), "port") ?? base.port,
    metricsPort: readPort(fields, of.get("metricsPort"), "metricsPort") ?? base.metricsPort,
    startMs: fields.amount(of.get("start"), "start", "duration") ?? base.startMs,
    cpuMillicores: fields.amount(of.get("cpu"), "cpu", "cores") ?? base.cpuMillicores,
    memoryBytes: fields.amount(of.get("memory"), "memory", "memory") ?? base.memoryBytes,
    concurrency: fields.amount(of.get("concurrency"), "concurrency", "count") ?? base.concurrency,
    log: readLog(fields, of.get("log")),
    runtime: fields.word(of.get("runtime"), "runtime", ["go"]),
    routes,
    metrics: readMetrics(fields, of.get("metrics") ?? fields.parse(DEFAULT_METRICS), {
      routes,
      queues: names,
    }),
    queues,
    workers: readWorkers(fields, of.get("workers"), names),
  };
}

function readPort(fields: Fields, node: YamlNode | undefined, place: string): number | undefined {
  const port = fields.amount(node, place, "count");
  const least = place === "port" ? 1 : 0;
  if (port === undefined || (port >= least && port <= 65_535)) return port;
  return fields.problem(node!, place, `${port} is no port`);
}

function readLog(fields: Fields, node: YamlNode | undefined): string | undefined {
  if (node?.kind === "scalar" && typeof node.value === "boolean") {
    return node.value ? DEFAULT_LOG : undefined;
  }
  const names = [...POD_NAMES, ...REQUEST_NAMES, ...LOG_NAMES];
  return fields.named(node, "log", names) ?? DEFAULT_LOG;
}
