/**
 * nginx: its configuration, the sites that it serves, its log and its image.
 *
 * @module
 */
import { unescapedPath } from "../../../go/mod.ts";
import {
  type ContainerContext,
  type HttpHandler,
  type HttpResponse,
  type Program,
  type RunningProgram,
} from "../../seams.ts";
import { NginxConfigError, parseNginxConfig } from "./config.ts";
import { Connections, type ConnectionState } from "./connections.ts";
import { ImageAndMounts } from "./files.ts";
import { type Call, ErrorLog, WORKER_PID, workerCrashed } from "./log.ts";
import { tagOf } from "../../image_reference.ts";
import { imageFiles, versionOfTag } from "./pages.ts";
import { Responder } from "./serve.ts";
import { chooseLocation, chooseServer, readSite, type Site } from "./site.ts";

const CONFIG = "/etc/nginx/nginx.conf";
const BASELINE = { cpuMillicores: 0.2, memoryBytes: 9 << 20 };
/** CPU that one request costs, in thousandths of a core-second. */
const CPU_MS_PER_REQUEST = 0.2;
const SELF_SIGNED = "x509: certificate signed by unknown authority";
const BIND_TRIES = 5;
const BIND_RETRY_MS = 500;

interface Snapshot {
  /** The configuration as it was read: a running nginx does not look again. */
  config: Record<string, string>;
  connections: ConnectionState;
  requests: number;
}

/**
 * nginx, as its official image runs it: reads its configuration once, serves files, `return`s,
 * `stub_status` and simple proxying, and counts every request.
 * Source: nginx/nginx src/core, src/http; nginxinc/docker-nginx entrypoint.
 */
function nginxImage(name: string, images: readonly string[], port: number): Program {
  const files = imageFiles(port);
  return {
    name,
    images,
    tags: "1.2.3",
    baseline: BASELINE,
    start: (context) => new Nginx(context, files),
    crash: {
      exitCode: 139,
      lines: (_why, nowMs) => [workerCrashed(nowMs)],
      requestLines: (_why, { nowMs }) => [workerCrashed(nowMs)],
    },
    userland: (tag) => ({
      base: tag.includes("alpine") ? "alpine" : "debian",
      curl: true,
      files: { ...files, "/docker-entrypoint.sh": ENTRYPOINT },
      entrypoint: ["/docker-entrypoint.sh"],
      cmd: ["nginx", "-g", "daemon off;"],
      path: "/usr/sbin/nginx",
      title: () => "nginx: master process nginx -g daemon off;",
      tells: ([first]) =>
        first === "-v" ? `nginx version: nginx/${versionOfTag(tag)}\n` : undefined,
    }),
  };
}

export const nginx = nginxImage("nginx", ["nginx", "public.ecr.aws/nginx/nginx"], 80);

/** The images that run as another user than root, who may not have port 80. */
export const nginxUnprivileged = nginxImage("nginx-unprivileged", [
  ...["docker.io/nginxinc", "ghcr.io/nginx", "quay.io/nginx", "public.ecr.aws/nginx"]
    .map((place) => `${place}/nginx-unprivileged`),
  "bitnami/nginx",
], 8080);

/** Source: nginx/docker-nginx entrypoint/docker-entrypoint.sh, what it does for other commands than nginx. */
const ENTRYPOINT = '#!/bin/sh\nset -e\nexec "$@"\n';

class Nginx implements RunningProgram {
  readonly #version: string;
  readonly #config: Record<string, string> = {};
  readonly #connections: Connections;
  readonly #files: ImageAndMounts;
  readonly #log: ErrorLog;
  #site!: Site;
  #responder!: Responder;

  constructor(
    private readonly context: ContainerContext,
    imageFiles: Readonly<Record<string, string>>,
  ) {
    this.#version = `nginx/${versionOfTag(tagOf(context.image))}`;
    this.#files = new ImageAndMounts(context.files, imageFiles);
    this.#log = new ErrorLog(context);
    const resumed = context.resumed as Snapshot | undefined;
    this.#connections = new Connections(resumed?.connections, resumed?.requests);
    if (!resumed) this.#entrypoint();
    try {
      this.#site = readSite(parseNginxConfig(this.#source(resumed?.config), CONFIG));
    } catch (error) {
      if (!(error instanceof NginxConfigError)) throw error;
      this.#log.emerg(error.message);
      context.exit(1);
      return;
    }
    this.#responder = new Responder({
      context,
      site: this.#site,
      files: this.#files,
      connections: this.#connections,
      log: this.#log,
      version: this.#version,
    });
    this.#bind(BIND_TRIES, resumed !== undefined);
  }

  snapshot(): Snapshot {
    return {
      config: this.#config,
      connections: this.#connections.state,
      requests: this.#connections.requests,
    };
  }

  stop(): void {
    this.#log.notice("signal 3 (SIGQUIT) received, shutting down");
    this.#log.notice("gracefully shutting down", WORKER_PID);
    this.#log.notice("exiting", WORKER_PID);
    this.#log.notice("exit", WORKER_PID);
    this.#log.notice(`signal 17 (SIGCHLD) received from ${WORKER_PID}`);
    this.#log.notice(`worker process ${WORKER_PID} exited with code 0`);
    this.#log.notice("exit");
  }

  // ------------------------------------------------------------ starting

  /** Files as configured, or as they were when the process started. */
  #source(resumed: Record<string, string> | undefined) {
    if (resumed) {
      Object.assign(this.#config, resumed);
      return {
        read: (path: string) => resumed[path],
        list: (folder: string) =>
          Object.keys(resumed).filter((path) => path.startsWith(`${folder}/`)).sort(),
      };
    }
    return {
      read: (path: string) => {
        const text = this.#files.read(path);
        if (text !== undefined) this.#config[path] = text;
        return text;
      },
      list: (folder: string) => this.#files.list(folder),
    };
  }

  #entrypoint(): void {
    const script = "/docker-entrypoint.sh:";
    const conf = "/etc/nginx/conf.d/default.conf";
    const mine = this.context.files.isMounted(conf);
    const ipv6 = "10-listen-on-ipv6-by-default.sh: info:";
    const lines = [
      `${script} /docker-entrypoint.d/ is not empty, will attempt to perform configuration`,
      `${script} Looking for shell scripts in /docker-entrypoint.d/`,
      `${script} Launching /docker-entrypoint.d/10-listen-on-ipv6-by-default.sh`,
      ...(mine
        ? [
          this.context.files.read(conf) === undefined
            ? `${ipv6} ${conf} is not a file or does not exist`
            : `${ipv6} can not modify ${conf} (read-only file system?)`,
        ]
        : [
          `${ipv6} Getting the checksum of ${conf}`,
          `${ipv6} Enabled listen on IPv6 in ${conf}`,
        ]),
      `${script} Sourcing /docker-entrypoint.d/15-local-resolvers.envsh`,
      `${script} Launching /docker-entrypoint.d/20-envsubst-on-templates.sh`,
      `${script} Launching /docker-entrypoint.d/30-tune-worker-processes.sh`,
      `${script} Configuration complete; ready for start up`,
    ];
    lines.forEach((line) => this.context.log(line));
  }

  /** Takes every port; one that is taken is tried again, as nginx does, before giving up. */
  #bind(triesLeft: number, quiet: boolean): void {
    const taken: (() => void)[] = [];
    let failed = false;
    for (const [port, { ssl, loopback }] of portsOf(this.#site)) {
      try {
        taken.push(this.context.net.listen(
          port,
          (request) => this.#handle(port, callOf(request)),
          { loopback, ...(ssl ? { tls: true, certificateError: SELF_SIGNED } : {}) },
        ));
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        const address = loopback ? "127.0.0.1" : "0.0.0.0";
        this.#log.emerg(`bind() to ${address}:${port} failed (98: Address already in use)`);
        failed = true;
      }
    }
    if (!failed) {
      if (!quiet) this.#started();
      return;
    }
    taken.forEach((release) => release());
    if (triesLeft <= 1) {
      this.#log.emerg("still could not bind()");
      this.context.exit(1);
      return;
    }
    this.#log.notice(`try again to bind() after ${BIND_RETRY_MS}ms`);
    this.context.after(BIND_RETRY_MS, () => this.#bind(triesLeft - 1, quiet));
  }

  #started(): void {
    this.#log.notice(`using the "epoll" event method`);
    this.#log.notice(this.#version);
    this.#log.notice("built by gcc 14.2.0 (Debian 14.2.0-19)");
    this.#log.notice("OS: Linux 6.10.14-linuxkit");
    this.#log.notice("getrlimit(RLIMIT_NOFILE): 1048576:1048576");
    this.#log.notice("start worker processes");
    for (let worker = 0; worker < 4; worker++) {
      this.#log.notice(`start worker process ${WORKER_PID + worker}`);
    }
  }

  // ------------------------------------------------------------ serving

  #handle(port: number, call: Call): HttpResponse {
    const server = chooseServer(this.#site, port, call.headers.host ?? "")!;
    const nowMs = this.context.now();
    const connection = this.#connections.take(call, server.settings.keepaliveMs, nowMs);
    const location = chooseLocation(server.locations, unescapedPath(call.path));
    const at = { server, location, call, connection };
    const response = this.#responder.respond(at);
    this.#connections.release(connection, nowMs);
    const durationMs = this.context.burn(CPU_MS_PER_REQUEST) + (response.durationMs ?? 0);
    return { ...this.#responder.finish(at, response), durationMs };
  }
}

/** The ports that a site listens on; on the loopback address alone where no server wants more. */
function portsOf({ servers }: Site): Map<number, { ssl: boolean; loopback: boolean }> {
  const out = new Map<number, { ssl: boolean; loopback: boolean }>();
  for (const { port, ssl, address } of servers.flatMap(({ listens }) => listens)) {
    const known = out.get(port);
    const loopback = address.startsWith("127.") && (known?.loopback ?? true);
    out.set(port, { ssl: ssl || (known?.ssl ?? false), loopback });
  }
  return out;
}

function callOf(
  { method, path, url, headers, remoteAddress, body }: Parameters<HttpHandler>[0],
): Call {
  return {
    method: method ?? "GET",
    path,
    query: url.includes("?") ? url.slice(url.indexOf("?")) : "",
    headers: headers ?? {},
    remoteAddress: remoteAddress ?? "127.0.0.1",
    body,
  };
}
