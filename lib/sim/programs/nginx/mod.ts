/**
 * nginx: its configuration, the sites that it serves, its log and its image.
 *
 * @module
 */
import { utf8Length } from "../../../go/mod.ts";
import {
  type ContainerContext,
  type HttpResponse,
  NetworkError,
  type Program,
  type RunningProgram,
} from "../../seams.ts";
import { NginxConfigError, parseNginxConfig } from "./config.ts";
import { Connections, type ConnectionState } from "./connections.ts";
import { type Call, formatLog, interpolate } from "./log.ts";
import { tagOf } from "../../image_reference.ts";
import { IMAGE_FILES, statusPage, versionOfTag } from "./pages.ts";
import {
  chooseLocation,
  chooseServer,
  isDenied,
  type Location,
  proxyTarget,
  readSite,
  type Server,
  type Settings,
  type Site,
} from "./site.ts";

const CONFIG = "/etc/nginx/nginx.conf";
const MASTER_PID = 1;
const WORKER_PID = 29;
const BASELINE = { cpuMillicores: 0.2, memoryBytes: 9 << 20 };
/** CPU that one request costs, in thousandths of a core-second. */
const CPU_MS_PER_REQUEST = 0.2;
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
export const nginx: Program = {
  name: "nginx",
  images: ["nginx", "nginxinc/nginx-unprivileged", "bitnami/nginx"],
  baseline: BASELINE,
  start: (context) => new Nginx(context),
  crash: {
    exitCode: 139,
    lines: (_why, nowMs) => [workerCrashed(nowMs)],
    requestLines: (_why, { nowMs }) => [workerCrashed(nowMs)],
  },
  userland: (tag) => ({
    base: tag.includes("alpine") ? "alpine" : "debian",
    curl: true,
    files: { ...IMAGE_FILES, "/docker-entrypoint.sh": ENTRYPOINT },
    entrypoint: ["/docker-entrypoint.sh"],
    cmd: ["nginx", "-g", "daemon off;"],
    path: "/usr/sbin/nginx",
    title: () => "nginx: master process nginx -g daemon off;",
    tells: ([first]) => first === "-v" ? `nginx version: nginx/${versionOfTag(tag)}\n` : undefined,
  }),
};

/** Source: nginx/docker-nginx entrypoint/docker-entrypoint.sh, what it does for other commands than nginx. */
const ENTRYPOINT = '#!/bin/sh\nset -e\nexec "$@"\n';

/** Source: nginx/nginx src/os/unix/ngx_process.c (ngx_process_get_status). */
function workerCrashed(nowMs: number): string {
  const time = new Date(nowMs).toISOString().slice(0, 19).replaceAll("-", "/").replace("T", " ");
  return `${time} [alert] 1#1: worker process 29 exited on signal 11 (core dumped)`;
}

class Nginx implements RunningProgram {
  readonly #version: string;
  readonly #config: Record<string, string> = {};
  readonly #connections: Connections;
  #site: Site | undefined;
  #requests = 0;

  constructor(private readonly context: ContainerContext) {
    this.#version = versionOfTag(tagOf(context.image));
    const resumed = context.resumed as Snapshot | undefined;
    this.#connections = new Connections(resumed?.connections);
    this.#requests = resumed?.requests ?? 0;
    if (!resumed) this.#entrypoint();
    try {
      this.#site = readSite(parseNginxConfig(this.#source(resumed?.config), CONFIG));
    } catch (error) {
      if (!(error instanceof NginxConfigError)) throw error;
      this.#emerg(error.message);
      context.exit(1);
      return;
    }
    this.#bind(BIND_TRIES, resumed !== undefined);
  }

  snapshot(): Snapshot {
    return {
      config: this.#config,
      connections: this.#connections.state,
      requests: this.#requests,
    };
  }

  stop(): void {
    this.#notice("signal 3 (SIGQUIT) received, shutting down");
    this.#notice("gracefully shutting down", WORKER_PID);
    this.#notice("exiting", WORKER_PID);
    this.#notice("exit", WORKER_PID);
    this.#notice(`signal 17 (SIGCHLD) received from ${WORKER_PID}`);
    this.#notice(`worker process ${WORKER_PID} exited with code 0`);
    this.#notice("exit");
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
        const text = this.#file(path);
        if (text !== undefined) this.#config[path] = text;
        return text;
      },
      list: (folder: string) => this.#list(folder),
    };
  }

  /** A mounted file, or the image's own where nothing is mounted over it. */
  #file(path: string): string | undefined {
    const { files } = this.context;
    const present = files.read(path);
    if (present !== undefined) return present;
    return Object.hasOwn(IMAGE_FILES, path) && !files.isMounted(path)
      ? IMAGE_FILES[path]
      : undefined;
  }

  #list(folder: string): string[] {
    const { files } = this.context;
    const own = Object.keys(IMAGE_FILES)
      .filter((path) => path.startsWith(`${folder}/`) && !files.isMounted(path));
    return [...new Set([...files.list(folder), ...own])].sort();
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
    const wanted = new Map<number, { ssl: boolean; loopback: boolean }>();
    for (const { listens } of this.#site!.servers) {
      for (const { port, ssl, address } of listens) {
        const known = wanted.get(port);
        const loopback = address.startsWith("127.") && (known?.loopback ?? true);
        wanted.set(port, { ssl: ssl || (known?.ssl ?? false), loopback });
      }
    }
    const taken: (() => void)[] = [];
    let failed = false;
    for (const [port, { ssl, loopback }] of wanted) {
      try {
        taken.push(this.context.net.listen(
          port,
          (request) =>
            this.#handle(port, {
              method: request.method ?? "GET",
              path: request.path,
              query: request.url.includes("?") ? request.url.slice(request.url.indexOf("?")) : "",
              headers: request.headers ?? {},
              remoteAddress: request.remoteAddress ?? "127.0.0.1",
              body: request.body,
            }),
          { loopback, ...(ssl ? { tls: true, certificateError: SELF_SIGNED } : {}) },
        ));
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        const address = loopback ? "127.0.0.1" : "0.0.0.0";
        this.#emerg(`bind() to ${address}:${port} failed (98: Address already in use)`);
        failed = true;
      }
    }
    if (!failed) {
      if (!quiet) this.#started();
      return;
    }
    taken.forEach((release) => release());
    if (triesLeft <= 1) {
      this.#emerg("still could not bind()");
      this.context.exit(1);
      return;
    }
    this.#notice(`try again to bind() after ${BIND_RETRY_MS}ms`);
    this.context.after(BIND_RETRY_MS, () => this.#bind(triesLeft - 1, quiet));
  }

  #started(): void {
    this.#notice(`using the "epoll" event method`);
    this.#notice(`nginx/${this.#version}`);
    this.#notice("built by gcc 14.2.0 (Debian 14.2.0-19)");
    this.#notice("OS: Linux 6.10.14-linuxkit");
    this.#notice("getrlimit(RLIMIT_NOFILE): 1048576:1048576");
    this.#notice("start worker processes");
    for (let worker = 0; worker < 4; worker++) {
      this.#notice(`start worker process ${WORKER_PID + worker}`);
    }
  }

  // ------------------------------------------------------------ serving

  #handle(port: number, call: Call): HttpResponse {
    this.#requests++;
    const server = chooseServer(this.#site!, port, call.headers.host ?? "")!;
    const nowMs = this.context.now();
    const connection = this.#connections.take(call, server.settings.keepaliveMs, nowMs);
    const location = chooseLocation(server.locations, decode(call.path));
    const settings = location?.settings ?? server.settings;
    let response = this.#respond(server, location, call, connection);
    response = this.#withErrorPage(server, settings, call, response);
    this.#connections.release(connection, nowMs);
    const durationMs = this.context.burn(CPU_MS_PER_REQUEST) + (response.durationMs ?? 0);
    return { ...this.#finish(settings, call, response), durationMs };
  }

  #respond(
    server: Server,
    location: Location | undefined,
    call: Call,
    connection: number,
  ): HttpResponse {
    const settings = location?.settings ?? server.settings;
    const directives = location?.directives ?? server.directives;
    const own = (name: string) => directives.find((directive) => directive.name === name);
    const returned = server.directives.find(({ name }) => name === "return") ?? own("return");
    if (returned) return this.#return(returned.args, call, settings.defaultType);
    if (isDenied(settings.access, call.remoteAddress)) {
      this.#error(call, server, connection, "access forbidden by rule");
      return this.#status(403);
    }
    if (own("stub_status")) return this.#stubStatus(call);
    const proxied = own("proxy_pass");
    if (proxied) return this.#proxy(proxied.args[0], { server, location, call, connection });
    const tried = own("try_files");
    if (tried) return this.#tryFiles(tried.args, { server, location, call, connection });
    return this.#static({ server, location, call, connection }, decode(call.path));
  }

  #return(args: readonly string[], call: Call, type: string): HttpResponse {
    const [first, second] = args;
    if (!/^\d+$/.test(first)) return this.#redirect(302, this.#expand(first, call), call);
    const status = Number(first);
    const typed = status >= 200 && status < 300 && status !== 204;
    if (second === undefined && !typed) return this.#status(status);
    const text = this.#expand(second ?? "", call);
    if ([301, 302, 303, 307, 308].includes(status)) return this.#redirect(status, text, call);
    return { status, headers: { "content-type": type }, body: text };
  }

  #redirect(status: number, to: string, call: Call): HttpResponse {
    const location = to.startsWith("/") ? `http://${call.headers.host ?? ""}${to}` : to;
    const response = this.#status(status);
    return { ...response, headers: { ...response.headers, location } };
  }

  #stubStatus(call: Call): HttpResponse {
    if (call.method !== "GET" && call.method !== "HEAD") return this.#status(405);
    const { active, accepted, waiting } = this.#connections.counts(this.context.now());
    const body = `Active connections: ${active} \n` +
      "server accepts handled requests\n" +
      ` ${accepted} ${accepted} ${this.#requests} \n` +
      `Reading: 0 Writing: ${active - waiting} Waiting: ${waiting} \n`;
    return { status: 200, headers: { "content-type": "text/plain" }, body };
  }

  #proxy(target: string, at: Serving): HttpResponse {
    const to = proxyTarget(this.#expand(target, at.call));
    if (typeof to === "string") {
      this.#error(at.call, at.server, at.connection, to);
      return this.#status(500);
    }
    const members = this.#site!.upstreams.get(to.name);
    const host = members?.length ? members[this.#requests % members.length] : to.host;
    const prefix = at.location?.path ?? "/";
    const path = to.uri === ""
      ? at.call.path
      : to.uri.split("?", 1)[0] + at.call.path.slice(prefix.length);
    const headers: Record<string, string> = { ...at.call.headers, host, connection: "close" };
    for (const [name, value] of (at.location ?? at.server).settings.proxyHeaders) {
      headers[name.toLowerCase()] = this.#expand(value, at.call);
    }
    try {
      return this.context.net.request({
        method: at.call.method,
        url: `${to.scheme}://${host}${path}${at.call.query}`,
        headers,
        body: at.call.body,
        insecureSkipVerify: true,
      });
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      const timedOut = error.message.includes("i/o timeout");
      this.#error(
        at.call,
        at.server,
        at.connection,
        timedOut
          ? "upstream timed out (110: Connection timed out) while connecting to upstream"
          : error.message.includes("no such host")
          ? `${to.name} could not be resolved (3: Host not found)`
          : "connect() failed (111: Connection refused) while connecting to upstream",
      );
      return this.#status(timedOut ? 504 : 502);
    }
  }

  #tryFiles(args: readonly string[], at: Serving): HttpResponse {
    const { settings } = at.location ?? at.server;
    for (const arg of args.slice(0, -1)) {
      const path = this.#expand(arg, at.call);
      const isFolder = path.endsWith("/");
      const full = settings.root + path.replace(/\/$/, "");
      if (isFolder ? this.#list(full).length > 0 : this.#file(full) !== undefined) {
        return this.#static(at, path);
      }
    }
    const last = args.at(-1)!;
    if (last.startsWith("=")) return this.#status(Number(last.slice(1)));
    const path = this.#expand(last, at.call).replace(/\?.*$/, "");
    const location = chooseLocation(at.server.locations, path);
    return this.#static({ ...at, location }, path);
  }

  #static(at: Serving, path: string): HttpResponse {
    const { call, server, location } = at;
    const settings = location?.settings ?? server.settings;
    const alias = location?.directives.find(({ name }) => name === "alias")?.args[0];
    const full = alias === undefined
      ? settings.root.replace(/\/$/, "") + path
      : alias + path.slice(location!.path.length);
    if (call.method !== "GET" && call.method !== "HEAD") return this.#status(405);
    if (!full.endsWith("/")) {
      const text = this.#file(full);
      if (text !== undefined) return this.#text(settings, full, text);
      if (this.#list(full).length > 0) return this.#redirect(301, `${path}/`, call);
      this.#error(
        call,
        server,
        at.connection,
        `open() "${full}" failed (2: No such file or directory)`,
      );
      return this.#status(404);
    }
    for (const index of settings.index) {
      const text = this.#file(full + index);
      if (text !== undefined) return this.#text(settings, full + index, text);
    }
    if (this.#list(full.replace(/\/+$/, "")).length > 0) {
      this.#error(call, server, at.connection, `directory index of "${full}" is forbidden`);
      return this.#status(403);
    }
    this.#error(
      call,
      server,
      at.connection,
      `"${full}${settings.index[0]}" is not found (2: No such file or directory)`,
    );
    return this.#status(404);
  }

  #text(settings: Settings, path: string, body: string): HttpResponse {
    const extension = /\.([^./]+)$/.exec(path)?.[1] ?? "";
    const type = this.#site!.types.get(extension) ?? settings.defaultType;
    const modified = new Date(this.context.startedAtMs).toUTCString();
    return {
      status: 200,
      headers: { "content-type": type, "last-modified": modified, "accept-ranges": "bytes" },
      body,
    };
  }

  #status(status: number): HttpResponse {
    const page = statusPage(status, `nginx/${this.#version}`);
    return {
      status,
      headers: page === undefined ? {} : { "content-type": "text/html" },
      body: page ?? "",
    };
  }

  #withErrorPage(
    server: Server,
    settings: Settings,
    call: Call,
    response: HttpResponse,
  ): HttpResponse {
    const page = settings.errorPages.get(response.status);
    if (!page?.uri.startsWith("/")) return response;
    const location = chooseLocation(server.locations, page.uri);
    const served = this.#static({ server, location, call, connection: 0 }, page.uri);
    if (served.status !== 200) return response;
    return { ...served, status: page.code ?? response.status };
  }

  #finish(settings: Settings, call: Call, response: HttpResponse): HttpResponse {
    const body = call.method === "HEAD" ? "" : response.body;
    const headers: Record<string, string> = {
      server: settings.serverTokens ? `nginx/${this.#version}` : "nginx",
      date: new Date(this.context.now()).toUTCString(),
      ...response.headers,
      "content-length": String(utf8Length(response.body)),
      connection: "keep-alive",
    };
    if (response.status < 400) {
      for (const [name, value] of settings.headers) {
        headers[name.toLowerCase()] = this.#expand(value, call);
      }
    }
    for (const { path, format } of settings.accessLog) {
      if (!isStandardOut(path)) continue;
      const facts = { status: response.status, bytes: utf8Length(body), nowMs: this.context.now() };
      this.context.log(formatLog(format, call, facts));
    }
    return { status: response.status, headers, body };
  }

  #expand(text: string, call: Call): string {
    const outcome = { status: 0, bytes: 0, nowMs: this.context.now() };
    return interpolate(text, call, outcome);
  }

  // ------------------------------------------------------------ telling

  #notice(text: string, pid = MASTER_PID): void {
    this.context.log(`${this.#stamp()} [notice] ${pid}#${pid}: ${text}`);
  }

  /** Before the error log is open, nginx also says it on its own standard error. */
  #emerg(text: string): void {
    this.context.log(`${this.#stamp()} [emerg] ${MASTER_PID}#${MASTER_PID}: ${text}`);
    this.context.log(`nginx: [emerg] ${text}`);
  }

  #error(call: Call, server: Server, connection: number, text: string): void {
    if (!isStandardOut(this.#site!.errorLog)) return;
    const name = server.names[0] ?? "";
    const host = call.headers.host ? `, host: "${call.headers.host}"` : "";
    this.context.log(
      `${this.#stamp()} [error] ${WORKER_PID}#${WORKER_PID}: *${connection} ${text}, ` +
        `client: ${call.remoteAddress}, server: ${name}, ` +
        `request: "${call.method} ${call.path}${call.query} HTTP/1.1"${host}`,
    );
  }

  #stamp(): string {
    return new Date(this.context.now()).toISOString().slice(0, 19).replace("T", " ")
      .replaceAll("-", "/");
  }
}

/** A request on its way through a location. */
interface Serving {
  server: Server;
  location: Location | undefined;
  call: Call;
  connection: number;
}

const SELF_SIGNED = "x509: certificate signed by unknown authority";

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** The image links its log files to standard output and error. */
function isStandardOut(path: string): boolean {
  return ["/dev/stdout", "/dev/stderr", "stderr"].includes(path) ||
    path === "/var/log/nginx/access.log" || path === "/var/log/nginx/error.log";
}
