/**
 * nginx-prometheus-exporter: nginx's stub_status as metrics.
 *
 * @module
 */
import { DurationSyntaxError, parseGoDuration, quote } from "../../../go/mod.ts";
import {
  type ContainerContext,
  type HttpResponse,
  NetworkError,
  type Program,
  type RunningProgram,
} from "../../seams.ts";
import { GoMetrics } from "../shared/go_metrics.ts";
import { KingpinError, type KingpinFlags, parseKingpin } from "../shared/kingpin.ts";
import { Slog } from "../shared/slog.ts";

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

/**
 * nginx-prometheus-exporter 1.x: asks nginx's stub_status each time it is asked itself.
 * Source: nginx/nginx-prometheus-exporter exporter.go, client/nginx.go, collector/nginx.go.
 * Differs: no NGINX Plus, no unix sockets.
 */
export const nginxExporter: Program = {
  name: "nginx-prometheus-exporter",
  images: ["docker.io", "ghcr.io", "quay.io", "public.ecr.aws"]
    .map((registry) => `${registry}/nginx/nginx-prometheus-exporter`),
  tags: "1.2.3",
  baseline: BASELINE,
  start: (context) => new NginxExporter(context),
};

class NginxExporter implements RunningProgram {
  readonly #go: GoMetrics;
  readonly #version: string;
  readonly #log: Slog;
  #flags!: Flags;

  constructor(private readonly context: ContainerContext) {
    const resumed = context.resumed as { scrapes: number } | undefined;
    this.#version = versionOf(context.image);
    this.#log = new Slog(context, "prometheus");
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
      if (!(error instanceof KingpinError)) throw error;
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
    this.#log.info("exporter.go:214", "shutting down");
    this.#log.info("exporter.go:205", "HTTP server closed", { error: "http: Server closed" });
  }

  #greet(): void {
    const buildContext = `(go=${GO_VERSION}, platform=linux/amd64, user=goreleaser, ` +
      "date=2026-01-22T12:10:00Z, tags=unknown)";
    const version = this.#versionInfo();
    this.#log.info("exporter.go:123", "nginx-prometheus-exporter", { version });
    this.#log.info("exporter.go:124", "build context", { build_context: buildContext });
  }

  #listen(quiet: boolean): void {
    const port = Number(/:(\d+)$/.exec(this.#flags.listen)?.[1] ?? NaN);
    const address = this.#flags.listen.replace(/^:/, "[::]:");
    try {
      this.context.net.listen(port, ({ path }) => this.#serve(path));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      const reason = `listen tcp ${this.#flags.listen}: bind: address already in use`;
      this.#log.error("exporter.go:208", "HTTP server failed", { error: reason });
      this.context.exit(1);
      return;
    }
    if (quiet) return;
    this.#log.info("tls_config.go:354", "Listening on", { address });
    this.#log.info("tls_config.go:357", "TLS is disabled.", { http2: false, address });
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
        headers: {
          "content-type": "text/plain; charset=utf-8",
          "x-content-type-options": "nosniff",
        },
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
    const fail = (error: string) => {
      this.#log.error("nginx.go:58", "error getting stats", { uri, error });
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
      `failed to parse response body ${quote(response.body)}: ` +
        "failed to scan template metrics: input does not match format",
    );
  }

  #versionInfo(): string {
    return `(version=${this.#version}, branch=HEAD, revision=${REVISION})`;
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

/** Flags by name; each may come from the environment instead. */
const FLAGS: KingpinFlags = {
  "web.listen-address": { default: ":9113", kind: "list" },
  "web.telemetry-path": { default: "/metrics" },
  "web.config.file": { default: "" },
  "web.systemd-socket": { kind: "bool" },
  "nginx.plus": { kind: "bool" },
  "nginx.scrape-uri": { default: "http://127.0.0.1:8080/stub_status", kind: "list" },
  "nginx.ssl-verify": { kind: "bool" },
  "nginx.ssl-ca-cert": { default: "" },
  "nginx.ssl-client-cert": { default: "" },
  "nginx.ssl-client-key": { default: "" },
  "nginx.proxy-protocol": { kind: "bool" },
  "nginx.timeout": { default: "5s", check: checkTimeout },
  "prometheus.const-label": { kind: "list", check: checkLabel },
  "log.level": { default: "info" },
  "log.format": { default: "logfmt" },
};
/** Where the environment's name is not the flag's own. */
const ENVIRONMENT: Record<string, string> = { "prometheus.const-label": "CONST_LABELS" };

/** Errors: KingpinError. */
function readFlags(context: ContainerContext, quiet: boolean): Flags {
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
  const values = parseKingpin(words, withEnvironment(context.env));
  const last = (name: string) => values.get(name)?.at(-1) ?? "";
  const labels = (values.get("prometheus.const-label") ?? []).map((pair) => {
    const equals = pair.indexOf("=");
    return `${pair.slice(0, equals)}=${JSON.stringify(pair.slice(equals + 1))}`;
  });
  return {
    scrapeUris: values.get("nginx.scrape-uri")!,
    telemetryPath: last("web.telemetry-path"),
    listen: last("web.listen-address"),
    sslVerify: last("nginx.ssl-verify") === "true",
    constLabels: labels.sort().join(","),
  };
}

/** Source: nginx/nginx-prometheus-exporter exporter.go (addMissingEnvironmentFlags). */
function withEnvironment(env: Readonly<Record<string, string>>): KingpinFlags {
  return Object.fromEntries(
    Object.entries(FLAGS).map(([name, flag]) => {
      const usual = name.replace(/^(nginx|web|prometheus)\./, "").replace(/[.-]/g, "_")
        .toUpperCase();
      const value = env[ENVIRONMENT[name] ?? usual];
      return [name, value === undefined ? flag : { ...flag, default: value }];
    }),
  );
}

function checkTimeout(text: string): string | undefined {
  try {
    return parseGoDuration(text) > 0 ? undefined : `negative duration ${text} is not valid`;
  } catch (error) {
    if (!(error instanceof DurationSyntaxError)) throw error;
    return error.message;
  }
}

function checkLabel(pair: string): string | undefined {
  return pair.includes("=") ? undefined : `expected KEY=VALUE got '${pair}'`;
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
    <style>${LANDING_CSS}</style>
  </head>
  <body>
    <header>
      <h1>NGINX Prometheus Exporter</h1>
    </header>
    <main>
      <h2>Prometheus Exporter for NGINX and NGINX Plus</h2>
      <div>Version: ${version}</div>
      <div>
        <ul>
          <li><a href="${telemetryPath.replace(/^\//, "")}">Metrics</a></li>
        </ul>
      </div>
    </main>
  </body>
</html>
`;
}

/** Source: prometheus/exporter-toolkit web/landing_page.css, with what the exporter gives it. */
const LANDING_CSS = `body {
  font-family: -apple-system,BlinkMacSystemFont,Segoe UI,Roboto,Helvetica Neue,Arial,Noto Sans,Liberation Sans,sans-serif,Apple Color Emoji,Segoe UI Emoji,Segoe UI Symbol,Noto Color Emoji;
  margin: 0;
}
header {
  background-color: #039900;
  color: #fff;
  font-size: 1rem;
  padding: 1rem;
}
main {
  padding: 1rem;
}
label {
  display: inline-block;
  width: 0.5em;
}
`;
