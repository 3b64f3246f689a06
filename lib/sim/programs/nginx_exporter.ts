import { parseGoDuration } from "../../base/mod.ts";
import {
  type ContainerContext,
  type HttpResponse,
  NetworkError,
  type Program,
  type RunningProgram,
} from "../seams.ts";
import { GoMetrics } from "./_go_metrics.ts";

const HEAP_BYTES = 3 << 20;
const BASELINE = { cpuMillicores: 0.6, memoryBytes: 11 << 20 };
const REVISION = "a3d4b34d5ac0ba5ef5ea26a6a7bce6ba5f2d2bf2";
const GO_VERSION = "go1.25.5";

interface Flags {
  scrapeUris: string[];
  telemetryPath: string;
  listen: string;
  sslVerify: boolean;
  constLabels: string;
}

interface Stats {
  active: number;
  accepted: number;
  handled: number;
  requests: number;
  reading: number;
  writing: number;
  waiting: number;
}

/** A command line that kingpin refuses. */
class UsageError extends Error {
  override name = "UsageError";
}

/**
 * nginx-prometheus-exporter 1.x: asks nginx's stub_status each time it is asked itself.
 * Source: nginx/nginx-prometheus-exporter exporter.go, client/nginx.go, collector/nginx.go.
 * Differs: no NGINX Plus, no unix sockets.
 */
export const nginxExporter: Program = {
  name: "nginx-prometheus-exporter",
  images: ["nginx/nginx-prometheus-exporter"],
  baseline: BASELINE,
  start: (context) => new NginxExporter(context),
};

class NginxExporter implements RunningProgram {
  readonly #go: GoMetrics;
  readonly #version: string;
  #flags!: Flags;

  constructor(private readonly context: ContainerContext) {
    const resumed = context.resumed as { scrapes: number } | undefined;
    this.#version = versionOf(context.image);
    this.#go = new GoMetrics({
      seed: context.pod.name,
      startedAtMs: context.startedAtMs,
      heapBytes: HEAP_BYTES,
      goroutines: 9,
      cpuMillicores: BASELINE.cpuMillicores,
      goVersion: GO_VERSION,
      promhttp: true,
    }, resumed?.scrapes ?? 0);
    try {
      this.#flags = readFlags(context, resumed !== undefined);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      context.log(`nginx-prometheus-exporter: error: ${error.message}, try --help`);
      context.exit(1);
      return;
    }
    if (!resumed) this.#greet();
    this.#listen(resumed !== undefined);
  }

  snapshot(): unknown {
    return { scrapes: this.#go.scrapes };
  }

  stop(): void {
    this.#log("INFO", "exporter.go:214", 'msg="shutting down"');
    this.#log("INFO", "exporter.go:205", 'msg="HTTP server closed" error="http: Server closed"');
  }

  #greet(): void {
    this.#log(
      "INFO",
      "exporter.go:123",
      `msg=nginx-prometheus-exporter version="${this.#versionInfo()}"`,
    );
    this.#log(
      "INFO",
      "exporter.go:124",
      `msg="build context" build_context="(go=${GO_VERSION}, platform=linux/amd64, ` +
        'user=goreleaser, date=2026-01-22T12:10:00Z, tags=unknown)"',
    );
  }

  #listen(quiet: boolean): void {
    const port = Number(/:(\d+)$/.exec(this.#flags.listen)?.[1] ?? NaN);
    const address = this.#flags.listen.replace(/^:/, "[::]:");
    try {
      this.context.net.listen(port, ({ path }) => this.#serve(path));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      const reason = `listen tcp ${this.#flags.listen}: bind: address already in use`;
      this.#log("ERROR", "exporter.go:208", `msg="HTTP server failed" error="${reason}"`);
      this.context.exit(1);
      return;
    }
    if (quiet) return;
    this.#log("INFO", "tls_config.go:354", `msg="Listening on" address=${address}`);
    this.#log(
      "INFO",
      "tls_config.go:357",
      `msg="TLS is disabled." http2=false address=${address}`,
    );
  }

  #serve(path: string): HttpResponse {
    const { telemetryPath } = this.#flags;
    if (path === telemetryPath) {
      return {
        status: 200,
        headers: {
          "content-type": "text/plain; version=0.0.4; charset=utf-8; escaping=underscores",
        },
        body: this.#metrics(),
      };
    }
    if (path !== "/") {
      return {
        status: 404,
        headers: { "content-type": "text/plain; charset=utf-8" },
        body: "404 page not found\n",
      };
    }
    const body = landingPage(telemetryPath, this.#versionInfo());
    return { status: 200, headers: { "content-type": "text/html; charset=UTF-8" }, body };
  }

  #metrics(): string {
    const collected = this.#flags.scrapeUris.map((uri) => ({ uri, stats: this.#scrape(uri) }));
    const many = collected.length > 1;
    const labelsOf = (uri: string) => {
      const all = [many ? `addr="${uri}"` : "", this.#flags.constLabels].filter(Boolean);
      return all.length > 0 ? `{${all.join(",")}}` : "";
    };
    let out = "";
    for (const [name, type, help, value] of FAMILIES) {
      const known = collected.filter(({ stats }) => stats);
      if (known.length === 0) continue;
      out += `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
      for (const { uri, stats } of known) out += `${name}${labelsOf(uri)} ${value(stats!)}\n`;
    }
    const build = "nginx_exporter_build_info";
    out += `# HELP ${build} A metric with a constant '1' value labeled by version, revision, ` +
      "branch, goversion from which nginx_exporter was built, and the goos and goarch for the " +
      `build.\n# TYPE ${build} gauge\n` +
      `${build}{branch="HEAD",goarch="amd64",goos="linux",goversion="${GO_VERSION}",` +
      `revision="${REVISION}",tags="unknown",version="${this.#version}"} 1\n`;
    out += "# HELP nginx_up Status of the last metric scrape\n# TYPE nginx_up gauge\n";
    for (const { uri, stats } of collected) out += `nginx_up${labelsOf(uri)} ${stats ? 1 : 0}\n`;
    // Families come in order of name: the runtime's own are on both sides of these.
    const runtime = this.#go.text(this.context.now());
    const after = runtime.indexOf("# HELP process_");
    return runtime.slice(0, after) + out + runtime.slice(after);
  }

  /** What stub_status says; undefined, after a line in the log, when it cannot be had. */
  #scrape(uri: string): Stats | undefined {
    const fail = (why: string) => {
      const text = JSON.stringify(why);
      this.#log("ERROR", "nginx.go:58", `msg="error getting stats" uri=${uri} error=${text}`);
      return undefined;
    };
    let response: HttpResponse;
    try {
      response = this.context.net.request({
        url: uri,
        headers: {
          "user-agent": `NGINX-Prometheus-Exporter/v${this.#version}`,
          "accept-encoding": "gzip",
        },
        insecureSkipVerify: !this.#flags.sslVerify,
      });
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      return fail(`failed to get ${uri}: Get "${uri}": round trip failed: ${error.message}`);
    }
    if (response.status !== 200) return fail(`expected 200 response, got ${response.status}`);
    const stats = parseStubStatus(response.body);
    if (stats) return stats;
    return fail(
      `failed to parse response body ${JSON.stringify(response.body)}: ` +
        "failed to scan template metrics: input does not match format",
    );
  }

  #versionInfo(): string {
    return `(version=${this.#version}, branch=HEAD, revision=${REVISION})`;
  }

  /** Source: prometheus/common promslog/slog.go. */
  #log(level: string, source: string, rest: string): void {
    const time = new Date(this.context.now()).toISOString();
    this.context.log(`time=${time} level=${level} source=${source} ${rest}`);
  }
}

const STUB_STATUS =
  /^Active connections: (\d+) \nserver accepts handled requests\n (\d+) (\d+) (\d+) \nReading: (\d+) Writing: (\d+) Waiting: (\d+) \n/;

function parseStubStatus(body: string): Stats | undefined {
  const match = STUB_STATUS.exec(body);
  if (!match) return undefined;
  const [active, accepted, handled, requests, reading, writing, waiting] = match.slice(1)
    .map(Number);
  return { active, accepted, handled, requests, reading, writing, waiting };
}

const FAMILIES: readonly [string, string, string, (stats: Stats) => number][] = [
  ["nginx_connections_accepted", "counter", "Accepted client connections", (s) => s.accepted],
  ["nginx_connections_active", "gauge", "Active client connections", (s) => s.active],
  ["nginx_connections_handled", "counter", "Handled client connections", (s) => s.handled],
  [
    "nginx_connections_reading",
    "gauge",
    "Connections where NGINX is reading the request header",
    (s) => s.reading,
  ],
  ["nginx_connections_waiting", "gauge", "Idle client connections", (s) => s.waiting],
  [
    "nginx_connections_writing",
    "gauge",
    "Connections where NGINX is writing the response back to the client",
    (s) => s.writing,
  ],
  ["nginx_http_requests_total", "counter", "Total http requests", (s) => s.requests],
];

const VALUE_FLAGS: Record<string, string> = {
  "web.listen-address": "LISTEN_ADDRESS",
  "web.telemetry-path": "TELEMETRY_PATH",
  "web.config.file": "WEB_CONFIG_FILE",
  "nginx.scrape-uri": "SCRAPE_URI",
  "nginx.ssl-ca-cert": "SSL_CA_CERT",
  "nginx.ssl-client-cert": "SSL_CLIENT_CERT",
  "nginx.ssl-client-key": "SSL_CLIENT_KEY",
  "nginx.timeout": "TIMEOUT",
  "prometheus.const-label": "CONST_LABELS",
  "log.level": "LOG_LEVEL",
  "log.format": "LOG_FORMAT",
};
const BOOL_FLAGS: Record<string, string> = {
  "nginx.plus": "NGINX_PLUS",
  "nginx.ssl-verify": "SSL_VERIFY",
  "nginx.proxy-protocol": "PROXY_PROTOCOL",
  "web.systemd-socket": "WEB_SYSTEMD_SOCKET",
};

/** Errors: UsageError. Source: alecthomas/kingpin parser.go. */
function readFlags(context: ContainerContext, quiet: boolean): Flags {
  const values: Record<string, string[]> = {};
  const words = [...context.command.slice(1), ...context.args].map((word) => {
    if (!/^-[^-]./.test(word)) return word;
    if (!quiet) {
      context.log(
        "the flag format is deprecated and will be removed in a future release, " +
          `please use the new format: -${word}`,
      );
    }
    return `-${word}`;
  });
  for (let i = 0; i < words.length; i++) {
    const match = /^--([^=]+)(?:=(.*))?$/s.exec(words[i]);
    if (!match) throw new UsageError(`unexpected ${words[i]}`);
    const [, name, text] = match;
    const plain = name.replace(/^no-/, "");
    if (Object.hasOwn(BOOL_FLAGS, plain)) {
      values[plain] = [text ?? (plain === name ? "true" : "false")];
      continue;
    }
    if (!Object.hasOwn(VALUE_FLAGS, name)) throw new UsageError(`unknown long flag '--${name}'`);
    const value = text ?? words[++i];
    if (value === undefined) throw new UsageError(`expected argument for flag '--${name}'`);
    (values[name] ??= []).push(value);
  }
  const given = (name: string) => {
    const fromEnv = context.env[VALUE_FLAGS[name] ?? BOOL_FLAGS[name]];
    return values[name] ?? (fromEnv === undefined ? undefined : fromEnv.split("\n"));
  };
  checkTimeout(given("nginx.timeout")?.at(-1) ?? "5s");
  return {
    scrapeUris: given("nginx.scrape-uri") ?? ["http://127.0.0.1:8080/stub_status"],
    telemetryPath: given("web.telemetry-path")?.at(-1) ?? "/metrics",
    listen: given("web.listen-address")?.at(-1) ?? ":9113",
    sslVerify: given("nginx.ssl-verify")?.at(-1) === "true",
    constLabels: (given("prometheus.const-label") ?? []).map((pair) => {
      const equals = pair.indexOf("=");
      if (equals < 0) throw new UsageError(`expected KEY=VALUE got '${pair}'`);
      return `${pair.slice(0, equals)}=${JSON.stringify(pair.slice(equals + 1))}`;
    }).sort().join(","),
  };
}

function checkTimeout(text: string): void {
  let ms: number;
  try {
    ms = parseGoDuration(text);
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  if (ms <= 0) throw new UsageError(`negative duration ${text} is not valid`);
}

function versionOf(image: string): string {
  const tag = /:v?(\d+\.\d+\.\d+)/.exec(image)?.[1] ?? /:v?(\d+\.\d+)/.exec(image)?.[1];
  return tag ?? "1.5.1";
}

function landingPage(telemetryPath: string, version: string): string {
  return `<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="UTF-8">
    <title>NGINX Prometheus Exporter</title>
  </head>
  <body>
    <h1>NGINX Prometheus Exporter</h1>
    <h2>Prometheus Exporter for NGINX and NGINX Plus</h2>
    <div>Version: ${version}</div>
    <ul>
      <li><a href="${telemetryPath}">Metrics</a></li>
    </ul>
  </body>
</html>
`;
}
