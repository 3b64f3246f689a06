/**
 * The example image of the Kubernetes walk-through of horizontal autoscaling.
 *
 * @module
 */
import { commonLogTime } from "../../../go/mod.ts";
import {
  type ContainerContext,
  type HttpResponse,
  NetworkError,
  type Program,
  type RunningProgram,
} from "../../seams.ts";

const SERVER = "Apache/2.4.10 (Debian)";
const PHP = "PHP/5.6.14";
const PORT = 80;
/** A million square roots in PHP 5 on a core of today. */
const CPU_MS_PER_REQUEST = 30;
const CPU_MS_PER_ERROR = 0.3;
/** What a request takes beside CPU: the connection, and the worker that takes it up. */
const CONNECTION_MS = 2;
/** Source: debian/config-dir/mods-available/mpm_prefork.conf; ListenBacklog. */
const MIN_WORKERS = 5;
const MAX_WORKERS = 150;
const BACKLOG = 511;
const BASE_MEMORY_BYTES = 8 << 20;
const WORKER_MEMORY_BYTES = 700 << 10;

interface Snapshot {
  /** When the requests under way will have been answered. */
  ends: number[];
  workers: number;
}

/**
 * The image of the Kubernetes walk-through of horizontal autoscaling: Apache with one PHP page that
 * takes a million square roots and says `OK!`.
 * Source: kubernetes/website content/en/docs/tasks/run-application/
 * horizontal-pod-autoscale-walkthrough.md, content/en/examples/application/php-apache.yaml.
 */
export const phpApache: Program = {
  name: "php-apache",
  images: [
    "registry.k8s.io/hpa-example",
    "k8s.gcr.io/hpa-example",
    "gcr.io/google_containers/hpa-example",
  ],
  baseline: {
    cpuMillicores: 1,
    memoryBytes: BASE_MEMORY_BYTES + MIN_WORKERS * WORKER_MEMORY_BYTES,
  },
  start: (context) => new PhpApache(context),
  crash: {
    exitCode: 139,
    lines: (_why, nowMs) => [childCrashed(nowMs)],
    requestLines: (_why, { nowMs }) => [childCrashed(nowMs)],
  },
  userland: () => ({
    base: "debian",
    curl: true,
    workingDir: "/var/www/html",
    entrypoint: [],
    cmd: ["apache2-foreground"],
    path: "/usr/local/bin/apache2-foreground",
    title: () => "apache2 -DFOREGROUND",
  }),
};

/** A worker that broke; Source: apache/httpd server/mpm_unix.c (ap_process_child_status). */
function childCrashed(nowMs: number): string {
  return line(nowMs, "core:notice", "AH00052: child pid 17 exit signal Segmentation fault (11)");
}

class PhpApache implements RunningProgram {
  readonly #ends: number[];
  #workers: number;

  constructor(private readonly context: ContainerContext) {
    const resumed = context.resumed as Snapshot | undefined;
    this.#ends = resumed?.ends ?? [];
    this.#workers = resumed?.workers ?? MIN_WORKERS;
    if (!resumed) this.#greet();
    context.net.listen(PORT, (request) =>
      this.#handle({
        method: request.method ?? "GET",
        path: request.path,
        agent: request.headers?.["user-agent"] ?? "-",
        host: request.headers?.host ?? context.pod.ip,
        client: request.remoteAddress ?? "127.0.0.1",
      }));
  }

  snapshot(): Snapshot {
    return { ends: this.#ends, workers: this.#workers };
  }

  stop(): void {
    this.#notice("mpm_prefork", "AH00169: caught SIGTERM, shutting down");
  }

  #greet(): void {
    const { ip } = this.context.pod;
    const unnamed = "AH00558: apache2: Could not reliably determine the server's fully qualified " +
      `domain name, using ${ip}. Set the 'ServerName' directive globally to suppress this message`;
    this.context.log(unnamed);
    this.context.log(unnamed);
    this.#notice(
      "mpm_prefork",
      `AH00163: ${SERVER} ${PHP} configured -- resuming normal operations`,
    );
    this.#notice("core", "AH00094: Command line: 'apache2 -D FOREGROUND'");
  }

  #handle(call: Call): HttpResponse {
    const nowMs = this.context.now();
    while (this.#ends.length > 0 && this.#ends[0] <= nowMs) this.#ends.shift();
    if (this.#ends.length >= MAX_WORKERS + BACKLOG) {
      // The kernel drops what no longer fits into the backlog.
      throw new NetworkError(`dial tcp ${this.context.pod.ip}:${PORT}: i/o timeout`);
    }
    const isPage = call.path === "/" || call.path === "/index.php";
    // The loop is always the same; what else the machine does is not.
    const jitter = 0.95 + this.context.random.next() / 10;
    const durationMs = CONNECTION_MS +
      this.context.burn(isPage ? CPU_MS_PER_REQUEST * jitter : CPU_MS_PER_ERROR);
    this.#ends.push(nowMs + durationMs);
    this.#fork();
    const response = isPage ? OKAY : notFound(call);
    const bytes = response.body.length + 180;
    this.context.log(
      `${call.client} - - [${commonLogTime(nowMs)}] "${call.method} ${call.path} HTTP/1.1" ` +
        `${response.status} ${bytes} "-" "${call.agent}"`,
    );
    return {
      ...response,
      headers: {
        date: new Date(nowMs).toUTCString(),
        server: SERVER,
        ...response.headers,
        "content-length": String(response.body.length),
      },
      body: call.method === "HEAD" ? "" : response.body,
      durationMs,
    };
  }

  /** One process a request, kept for the next. */
  #fork(): void {
    const wanted = Math.min(MAX_WORKERS, this.#ends.length);
    if (wanted <= this.#workers) return;
    if (wanted === MAX_WORKERS) {
      this.#log(
        "mpm_prefork:error",
        "AH00161: server reached MaxRequestWorkers setting, consider raising the " +
          "MaxRequestWorkers setting",
      );
    }
    this.#workers = wanted;
    this.context.use({
      cpuMillicores: phpApache.baseline!.cpuMillicores,
      memoryBytes: BASE_MEMORY_BYTES + this.#workers * WORKER_MEMORY_BYTES,
    });
  }

  #notice(module: string, text: string): void {
    this.#log(`${module}:notice`, text);
  }

  #log(source: string, text: string): void {
    this.context.log(line(this.context.now(), source, text));
  }
}

/** `[Tue Nov 24 03:00:00.123000 2026] [core:notice] [pid 1] …`. */
function line(nowMs: number, source: string, text: string): string {
  const { weekday, day, month, year, time } = partsOf(nowMs);
  return `[${weekday} ${month} ${day} ${time}000 ${year}] [${source}] [pid 1] ${text}`;
}

interface Call {
  method: string;
  path: string;
  agent: string;
  host: string;
  client: string;
}

type Page = Pick<HttpResponse, "status" | "headers" | "body">;

const OKAY: Page = {
  status: 200,
  headers: { "x-powered-by": PHP, "content-type": "text/html; charset=UTF-8" },
  body: "OK!",
};

/** Source: apache/httpd modules/http/http_protocol.c, server/core.c (ap_psignature). */
function notFound({ path, host }: Call): Page {
  const [name, port = "80"] = host.split(":");
  const body = `<!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2.0//EN">
<html><head>
<title>404 Not Found</title>
</head><body>
<h1>Not Found</h1>
<p>The requested URL ${escapeHtml(path)} was not found on this server.</p>
<hr>
<address>${SERVER} Server at ${name} Port ${port}</address>
</body></html>
`;
  return { status: 404, headers: { "content-type": "text/html; charset=iso-8859-1" }, body };
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function partsOf(atMs: number) {
  const date = new Date(atMs);
  const [weekday, day, month, year] = date.toUTCString().split(/,? /);
  return { weekday, day, month, year, time: date.toISOString().slice(11, 23) };
}
