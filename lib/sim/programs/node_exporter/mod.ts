/**
 * node-exporter: a node's machine as metrics.
 *
 * @module
 */
import { formatGoFloat } from "../../../go/mod.ts";
import type { ContainerContext, Program, RunningProgram } from "../../seams.ts";
import { GoMetrics } from "../shared/go_metrics.ts";
import { KingpinError, type KingpinFlags, parseKingpin } from "../shared/kingpin.ts";
import { Slog } from "../shared/slog.ts";
import { fnv32a } from "../../../base/mod.ts";

const VERSION = "1.12.1";

const FLAGS: KingpinFlags = {
  "path.procfs": { default: "/proc" },
  "path.sysfs": { default: "/sys" },
  "path.rootfs": { default: "/" },
  "path.udev.data": { default: "/run/udev/data" },
  "web.listen-address": { default: ":9100", kind: "list" },
  "web.telemetry-path": { default: "/metrics" },
  "web.disable-exporter-metrics": { kind: "bool" },
  "web.max-requests": { default: "40" },
  "web.config.file": { default: "" },
  "collector.filesystem.mount-points-exclude": { default: "" },
  "collector.filesystem.fs-types-exclude": { default: "" },
  "collector.disable-defaults": { kind: "bool" },
  "log.level": { default: "info" },
  "log.format": { default: "logfmt" },
};

const CPUS = 4;
const GIB = 2 ** 30;

/**
 * node-exporter: what a small Linux node looks like, moving with virtual time.
 * Source of names: prometheus/node_exporter collector/ (v1.12).
 * Differs: a choice of collectors, and the node is made up.
 */
export const nodeExporter: Program = {
  name: "node-exporter",
  images: ["quay.io/prometheus/node-exporter", "prom/node-exporter"],
  tags: "v1.2.3",
  baseline: { cpuMillicores: 3, memoryBytes: 12 * 1024 * 1024 },
  start,
  userland: () => ({
    base: "busybox",
    version: "1.36.1",
    user: { uid: 65534, name: "nobody" },
    path: "/bin/node_exporter",
  }),
};

function start(context: ContainerContext): RunningProgram {
  let flags: Map<string, string[]>;
  try {
    flags = parseKingpin(context.args, FLAGS);
  } catch (error) {
    if (!(error instanceof KingpinError)) throw error;
    context.log(`node_exporter: error: ${error.message}, try --help`);
    context.exit(1);
    return {};
  }
  const log = new Slog(context, "prometheus", { format: flags.get("log.format")?.[0] });
  const resumed = context.resumed as { scrapes: number } | undefined;
  const go = new GoMetrics({
    seed: context.pod.uid,
    startedAtMs: context.startedAtMs,
    heapBytes: 3 << 20,
    goroutines: 8,
    cpuMillicores: 3,
    promhttp: true,
  }, resumed?.scrapes);
  const address = flags.get("web.listen-address")!.at(-1)!;
  const path = flags.get("web.telemetry-path")![0];
  const node = new NodeMetrics(context.pod.nodeName, context.startedAtMs);
  if (resumed === undefined) logStart(log, address);
  context.net.listen(Number(/:(\d+)$/.exec(address)?.[1]), (request) => {
    if (request.path === path) {
      const nowMs = context.now();
      return {
        status: 200,
        headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8" },
        body: go.text(nowMs) + node.text(nowMs),
      };
    }
    if (request.path !== "/") {
      return {
        status: 404,
        headers: { "content-type": "text/plain; charset=utf-8" },
        body: "404 page not found\n",
      };
    }
    return {
      status: 200,
      headers: { "content-type": "text/html; charset=UTF-8" },
      body:
        `<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="UTF-8"><title>Node Exporter</title></head>\n<body><h1>Node Exporter</h1><p>Version: ${VERSION}</p><p><a href="${path}">Metrics</a></p></body>\n</html>\n`,
    };
  });
  return { snapshot: () => ({ scrapes: go.scrapes }) };
}

function logStart(log: Slog, address: string): void {
  log.info("node_exporter.go:216", "Starting node_exporter", {
    version: `(version=${VERSION}, branch=HEAD, revision=unknown)`,
  });
  log.info("node_exporter.go:118", "Enabled collectors");
  for (
    const name of [
      "cpu",
      "diskstats",
      "filesystem",
      "loadavg",
      "meminfo",
      "netdev",
      "time",
      "uname",
    ]
  ) log.info("node_exporter.go:126", name);
  log.info("tls_config.go:354", "Listening on", { address });
  log.info("tls_config.go:357", "TLS is disabled.", { http2: false, address });
}

/** The made-up node behind the metrics: its values follow from its name and the time. */
class NodeMetrics {
  readonly #name: string;
  readonly #bootMs: number;
  readonly #salt: number;
  readonly #constant: string;

  constructor(name: string, startedAtMs: number) {
    this.#name = name;
    this.#salt = fnv32a(name) / 2 ** 32;
    // The node was there before its exporter; the same for an exporter that is started again that day.
    const day = 86_400_000;
    this.#bootMs = Math.floor(startedAtMs / day) * day - day - Math.floor(this.#salt * 3_600_000);
    this.#constant = this.#constants();
  }

  text(nowMs: number): string {
    const up = (nowMs - this.#bootMs) / 1000;
    // A slow wave with a faster one on it, so that graphs have a shape.
    const wave = Math.sin(up / 700 + this.#salt * 6) * 0.5 + Math.sin(up / 97) * 0.2;
    const busy = 0.11 + 0.05 * wave;
    return this.#constant + cpuText(up, this.#salt) + loadText(busy) + memoryText(up, wave) +
      diskText(up, this.#salt) + networkText(up, this.#salt) + otherText(nowMs, this.#bootMs, up);
  }

  #constants(): string {
    return gauge(
      "node_exporter_build_info",
      "A metric with a constant '1' value labeled by version, revision, branch, goversion from which node_exporter was built, and the goos and goarch for the build.",
      [[
        `{branch="HEAD",goarch="amd64",goos="linux",goversion="go1.26.3",revision="unknown",tags="unknown",version="${VERSION}"}`,
        1,
      ]],
    ) + gauge(
      "node_uname_info",
      "Labeled system information as provided by the uname system call.",
      [[
        `{domainname="(none)",machine="x86_64",nodename="${this.#name}",release="6.12.0-generic",sysname="Linux",version="#1 SMP PREEMPT_DYNAMIC"}`,
        1,
      ]],
    ) + gauge(
      "node_os_info",
      "A metric with a constant '1' value labeled by build_id, id, id_like, image_id, image_version, name, pretty_name, variant, variant_id, version, version_codename, version_id.",
      [[
        '{build_id="",id="debian",id_like="",image_id="",image_version="",name="Debian GNU/Linux",pretty_name="Debian GNU/Linux 13 (trixie)",variant="",variant_id="",version="13 (trixie)",version_codename="trixie",version_id="13"}',
        1,
      ]],
    );
  }
}

type Samples = [labels: string, value: number][] | number;

function family(type: "gauge" | "counter", name: string, help: string, samples: Samples): string {
  let out = `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
  if (typeof samples === "number") return `${out}${name} ${formatGoFloat(samples)}\n`;
  for (const [labels, value] of samples) out += `${name}${labels} ${formatGoFloat(value)}\n`;
  return out;
}

const gauge = (name: string, help: string, samples: Samples) =>
  family("gauge", name, help, samples);
const counter = (name: string, help: string, samples: Samples) =>
  family("counter", name, help, samples);

/** Shares of a core's time by mode; idle is what is left. */
const MODES: readonly [mode: string, share: number][] = [
  ["iowait", 0.002],
  ["irq", 0],
  ["nice", 0.0001],
  ["softirq", 0.003],
  ["steal", 0],
  ["system", 0.032],
  ["user", 0.078],
];

function cpuText(up: number, salt: number): string {
  const samples: [string, number][] = [];
  for (let cpu = 0; cpu < CPUS; cpu++) {
    const tilt = 0.9 + 0.2 * ((salt * 7 + cpu * 0.3) % 1);
    let used = 0;
    const modes = MODES.map(([mode, share]): [string, number] => {
      // The integral of a share that swings about its mean never falls.
      const swing = share * tilt * 200 * (1 - Math.cos(up / 700 + salt * 6 + cpu));
      const seconds = Math.floor((share * tilt * up + swing) * 100) / 100;
      used += seconds;
      return [mode, seconds];
    });
    const idle = Math.max(0, Math.floor((up - used) * 100) / 100);
    for (const [mode, seconds] of [["idle", idle] as [string, number], ...modes]) {
      samples.push([`{cpu="${cpu}",mode="${mode}"}`, seconds]);
    }
  }
  return counter("node_cpu_seconds_total", "Seconds the CPUs spent in each mode.", samples);
}

function loadText(busy: number): string {
  const load = busy * CPUS;
  const round = (value: number) => Math.round(value * 100) / 100;
  return gauge("node_load1", "1m load average.", round(load * 1.1)) +
    gauge("node_load5", "5m load average.", round(load)) +
    gauge("node_load15", "15m load average.", round(load * 0.95));
}

function memoryText(up: number, wave: number): string {
  const total = 8 * GIB - 172_032;
  const cached = 2.3 * GIB + Math.min(0.6 * GIB, up * 900);
  const used = 1.9 * GIB + wave * 0.09 * GIB;
  const buffers = 0.12 * GIB;
  const free = total - used - cached - buffers;
  const bytes: [name: string, value: number][] = [
    ["MemTotal", total],
    ["MemFree", free],
    ["MemAvailable", free + cached * 0.9 + buffers],
    ["Buffers", buffers],
    ["Cached", cached],
    ["SwapCached", 0],
    ["Active", used + cached * 0.4],
    ["Inactive", cached * 0.55],
    ["AnonPages", used * 0.82],
    ["Mapped", used * 0.27],
    ["Shmem", 38 * 2 ** 20],
    ["Slab", 0.31 * GIB],
    ["SReclaimable", 0.22 * GIB],
    ["SUnreclaim", 0.09 * GIB],
    ["KernelStack", 14 * 2 ** 20],
    ["PageTables", 22 * 2 ** 20],
    ["CommitLimit", total / 2],
    ["Committed_AS", used * 2.4],
    ["Dirty", 400_000 + (up % 30) * 9_000],
    ["Writeback", 0],
    ["SwapTotal", 0],
    ["SwapFree", 0],
  ];
  return bytes.map(([name, value]) =>
    gauge(
      `node_memory_${name}_bytes`,
      `Memory information field ${name}_bytes.`,
      Math.floor(value / 4096) * 4096,
    )
  ).join("");
}

function diskText(up: number, salt: number): string {
  const size = 60 * GIB;
  const used = 14 * GIB + Math.min(4 * GIB, up * 2_000);
  const mount = '{device="/dev/sda1",device_error="",fstype="ext4",mountpoint="/"}';
  const tmpfs = '{device="tmpfs",device_error="",fstype="tmpfs",mountpoint="/run"}';
  const file = (name: string, help: string, root: number, run: number) =>
    gauge(`node_filesystem_${name}`, help, [[mount, root], [tmpfs, run]]);
  const disk = (name: string, help: string, perSecond: number) =>
    counter(`node_disk_${name}_total`, help, [
      ['{device="sda"}', Math.floor(up * perSecond * (0.9 + 0.2 * salt))],
    ]);
  return file(
    "avail_bytes",
    "Filesystem space available to non-root users in bytes.",
    size - used - 3 * GIB,
    0.75 * GIB,
  ) +
    file("free_bytes", "Filesystem free space in bytes.", size - used, 0.75 * GIB) +
    file("size_bytes", "Filesystem size in bytes.", size, 0.8 * GIB) +
    file("files", "Filesystem total file nodes.", 3_932_160, 1_024_000) +
    file("files_free", "Filesystem total free file nodes.", 3_511_204, 1_022_871) +
    file("readonly", "Filesystem read-only status.", 0, 0) +
    file(
      "device_error",
      "Whether an error occurred while getting statistics for the given device.",
      0,
      0,
    ) +
    disk("read_bytes", "The total number of bytes read successfully.", 2_100) +
    disk("written_bytes", "The total number of bytes written successfully.", 86_000) +
    disk("reads_completed", "The total number of reads completed successfully.", 0.09) +
    disk("writes_completed", "The total number of writes completed successfully.", 9.4) +
    counter("node_disk_io_time_seconds_total", "Total seconds spent doing I/Os.", [
      ['{device="sda"}', Math.floor(up * 0.011 * 1000) / 1000],
    ]) +
    gauge("node_disk_io_now", "The number of I/Os currently in progress.", [['{device="sda"}', 0]]);
}

const DEVICES: readonly [device: string, factor: number][] = [["eth0", 1], ["lo", 0.6]];

function networkText(up: number, salt: number): string {
  const total = (name: string, help: string, perSecond: number) =>
    counter(
      `node_network_${name}_total`,
      help,
      DEVICES.map(([device, factor]) => [
        `{device="${device}"}`,
        Math.floor(up * perSecond * factor * (0.85 + 0.3 * salt)),
      ]),
    );
  const info = (name: string, help: string, eth: number, lo: number) =>
    gauge(`node_network_${name}`, help, [['{device="eth0"}', eth], ['{device="lo"}', lo]]);
  return total("receive_bytes", "Network device statistic receive_bytes.", 21_400) +
    total("receive_packets", "Network device statistic receive_packets.", 61) +
    total("receive_errs", "Network device statistic receive_errs.", 0) +
    total("receive_drop", "Network device statistic receive_drop.", 0) +
    total("transmit_bytes", "Network device statistic transmit_bytes.", 30_900) +
    total("transmit_packets", "Network device statistic transmit_packets.", 58) +
    total("transmit_errs", "Network device statistic transmit_errs.", 0) +
    total("transmit_drop", "Network device statistic transmit_drop.", 0) +
    info("up", "Value is 1 if operstate is 'up', 0 otherwise.", 1, 0) +
    info("mtu_bytes", "Network device property: mtu_bytes", 1500, 65536) +
    info("carrier", "Network device property: carrier", 1, 1);
}

function otherText(nowMs: number, bootMs: number, up: number): string {
  return gauge(
    "node_boot_time_seconds",
    "Node boot time, in unixtime.",
    Math.floor(bootMs / 1000),
  ) +
    gauge("node_time_seconds", "System time in seconds since epoch (1970).", nowMs / 1000) +
    gauge("node_time_zone_offset_seconds", "System time zone offset in seconds.", [
      ['{time_zone="UTC"}', 0],
    ]) +
    counter(
      "node_context_switches_total",
      "Total number of context switches.",
      Math.floor(up * 4_100),
    ) +
    counter("node_intr_total", "Total number of interrupts serviced.", Math.floor(up * 2_600)) +
    counter("node_forks_total", "Total number of forks.", Math.floor(up * 6.3)) +
    gauge(
      "node_procs_running",
      "Number of processes in runnable state.",
      2 + (Math.floor(up / 15) % 3),
    ) +
    gauge("node_procs_blocked", "Number of processes blocked waiting for I/O to complete.", 0) +
    gauge("node_filefd_allocated", "File descriptor statistics: allocated.", 3_424) +
    gauge(
      "node_filefd_maximum",
      "File descriptor statistics: maximum.",
      9_223_372_036_854_775_807,
    ) +
    gauge("node_entropy_available_bits", "Bits of available entropy.", 256) +
    counter(
      "node_vmstat_pgfault",
      "/proc/vmstat information field pgfault.",
      Math.floor(up * 2_800),
    ) +
    counter(
      "node_vmstat_pgmajfault",
      "/proc/vmstat information field pgmajfault.",
      Math.floor(up * 0.02),
    ) +
    counter("node_vmstat_oom_kill", "/proc/vmstat information field oom_kill.", 0) +
    gauge("node_sockstat_sockets_used", "Number of IPv4 sockets in use.", 412) +
    gauge("node_sockstat_TCP_inuse", "Number of TCP sockets in state inuse.", 58) +
    gauge("node_sockstat_TCP_alloc", "Number of TCP sockets in state alloc.", 301) +
    gauge(
      "node_nf_conntrack_entries",
      "Number of currently allocated flow entries for connection tracking.",
      690,
    ) +
    gauge(
      "node_nf_conntrack_entries_limit",
      "Maximum size of connection tracking table.",
      131_072,
    ) +
    gauge("node_scrape_collector_success", "node_exporter: Whether a collector succeeded.", [
      ...["cpu", "diskstats", "filesystem", "loadavg", "meminfo", "netdev", "time", "uname"].map((
        name,
      ): [string, number] => [`{collector="${name}"}`, 1]),
    ]);
}
