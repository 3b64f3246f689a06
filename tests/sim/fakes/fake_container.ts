import { type Cancel, SeededRandom, VirtualClock } from "../../../lib/base/mod.ts";
import {
  type ContainerContext,
  type HttpHandler,
  type HttpRequest,
  type HttpResponse,
  type Network,
  NetworkError,
  type Peer,
  type Program,
  type RunningProgram,
  type SimApi,
} from "../../../lib/sim/seams.ts";
import { MemoryState } from "./memory_state.ts";

/** Addresses and what answers there; names are used as they are. */
export class FakeNetwork implements Network {
  readonly servers = new Map<string, { handler: HttpHandler; certificateError?: string }>();

  listen(
    ip: string,
    port: number,
    handler: HttpHandler,
    options: { certificateError?: string; tls?: boolean } = {},
  ): Cancel {
    const key = `${ip}:${port}`;
    this.servers.set(key, { handler, certificateError: options.certificateError });
    return () => this.servers.delete(key);
  }

  /** Errors: NetworkError. */
  request(_from: Peer, request: HttpRequest): HttpResponse {
    const url = new URL(request.url);
    const port = url.port || (url.protocol === "https:" ? "443" : "80");
    const server = this.servers.get(`${url.hostname}:${port}`);
    if (!server) {
      throw new NetworkError(`dial tcp ${url.hostname}:${port}: connect: connection refused`);
    }
    if (url.protocol === "https:" && server.certificateError && !request.insecureSkipVerify) {
      throw new NetworkError(`tls: failed to verify certificate: ${server.certificateError}`);
    }
    return server.handler({ ...request, path: url.pathname, query: url.searchParams });
  }

  /** Errors: NetworkError. */
  dial(_from: Peer, host: string, port: number): void {
    if (this.servers.has(`${host}:${port}`)) return;
    throw new NetworkError(`dial tcp ${host}:${port}: connect: connection refused`);
  }

  lookup(_from: Peer, host: string): { name: string; addresses: string[] } {
    return { name: host, addresses: [host] };
  }
}

/** One program running in a container of its own. */
export class FakeContainer {
  readonly lines: string[] = [];
  exitCode: number | undefined;
  running: RunningProgram | undefined;
  readonly #cancels: Cancel[] = [];

  constructor(
    readonly clock: VirtualClock,
    readonly network: Network,
    readonly api: SimApi,
    readonly options: {
      ip?: string;
      args?: string[];
      env?: Record<string, string>;
      files?: Record<string, string>;
      namespace?: string;
      image?: string;
    } = {},
  ) {}

  /** Starts `program`; `resumed` is an earlier snapshot. */
  start(program: Program, resumed?: unknown): this {
    this.running = program.start(this.#context(resumed));
    this.clock.drain();
    return this;
  }

  stop(): void {
    this.#cancels.forEach((cancel) => cancel());
  }

  /** GETs a path of this container, on the port it listens on. */
  get(port: number, path: string): { status: number; body: any } {
    const ip = this.options.ip ?? "10.244.1.2";
    const { status, body } = this.network.request({ ip }, {
      url: `https://${ip}:${port}${path}`,
      insecureSkipVerify: true,
    });
    try {
      return { status, body: JSON.parse(body) };
    } catch {
      return { status, body };
    }
  }

  #context(resumed: unknown): ContainerContext {
    const { ip = "10.244.1.2", args = [], env = {}, files = {}, namespace = "default" } =
      this.options;
    const keep = (cancel: Cancel) => {
      this.#cancels.push(cancel);
      return cancel;
    };
    return {
      command: [],
      args,
      env,
      pod: {
        name: "pod-1",
        namespace,
        uid: "uid",
        ip,
        nodeName: "hpa-practice-worker",
        nodeIp: "172.18.0.3",
        serviceAccountName: "default",
        labels: {},
      },
      containerName: "main",
      image: this.options.image ?? "image",
      startedAtMs: this.clock.now(),
      files: {
        read: (path) => files[path],
        list: (directory) => Object.keys(files).filter((path) => path.startsWith(directory)),
        write: (path, text) => {
          files[path] = text;
        },
        kind: (path) => files[path] === undefined ? undefined : "file",
        entries: (directory) => Object.keys(files).filter((path) => path.startsWith(directory)),
        mkdir: () => {},
        remove: (path) => {
          delete files[path];
        },
        isMounted: (path) =>
          Object.keys(files).some((file) => {
            const folder = file.slice(0, file.lastIndexOf("/"));
            return path === folder || path.startsWith(`${folder}/`);
          }),
      },
      net: {
        listen: (port, handler, options) => keep(this.network.listen(ip, port, handler, options)),
        request: (request) => this.network.request({ ip, namespace }, request),
        dial: (host, port) => this.network.dial({ ip, namespace }, host, port),
        lookup: (host) => this.network.lookup({ ip, namespace }, host),
      },
      kube: this.api,
      random: new SeededRandom(1),
      now: () => this.clock.now(),
      after: (delayMs, fn) => keep(this.clock.after(delayMs, fn)),
      every: (intervalMs, fn, options) => keep(this.clock.every(intervalMs, fn, options)),
      log: (line) => this.lines.push(line),
      tty: false,
      write: (bytes) => this.lines.push(...bytes.split("\n").filter((line) => line !== "")),
      use: () => {},
      burn: (cpuMs) => cpuMs,
      note() {},
      room: { memoryBytes: 8 * 2 ** 30, reserve: () => true },
      exit: (code) => {
        this.exitCode = code;
        this.stop();
      },
      resumed,
      storage: new MemoryState(),
    };
  }
}
