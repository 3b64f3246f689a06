import { SeededRandom, VirtualClock } from "../../../../lib/base/mod.ts";
import type { KubeObject } from "../../../../lib/kube/mod.ts";
import {
  type ContainerContext,
  type HttpHandler,
  type HttpRequest,
  type HttpResponse,
  NetworkError,
  type Program,
  type RunningProgram,
  type SimApi,
  type WatchEvent,
} from "../../../../lib/sim/seams.ts";
import { memoryState } from "../../../../lib/sim/state/mod.ts";

export const START_MS = Date.UTC(2026, 0, 1);

/** A few objects behind the part of SimApi that service discovery uses. */
export class FakeObjects {
  #objects = new Map<string, Map<string, KubeObject>>();
  #handlers = new Map<string, Set<(event: WatchEvent) => void>>();

  put(resource: string, object: KubeObject): void {
    const all = this.#of(resource);
    const key = `${object.metadata.namespace ?? ""}/${object.metadata.name}`;
    const previous = all.get(key);
    all.set(key, object);
    const event: WatchEvent = previous
      ? { type: "MODIFIED", object, previous }
      : { type: "ADDED", object };
    this.#handlers.get(resource)?.forEach((handler) => handler(event));
  }

  delete(resource: string, namespace: string, name: string): void {
    const key = `${namespace}/${name}`;
    const object = this.#of(resource).get(key);
    if (!object) return;
    this.#of(resource).delete(key);
    this.#handlers.get(resource)?.forEach((handler) => handler({ type: "DELETED", object }));
  }

  get api(): SimApi {
    const watch = (resource: string, handler: (event: WatchEvent) => void) => {
      const handlers = this.#handlers.get(resource) ?? new Set();
      this.#handlers.set(resource, handlers.add(handler));
      for (const object of this.#of(resource).values()) handler({ type: "ADDED", object });
      return () => handlers.delete(handler);
    };
    return { watch, serves: () => true } as unknown as SimApi;
  }

  #of(resource: string): Map<string, KubeObject> {
    const all = this.#objects.get(resource) ?? new Map();
    this.#objects.set(resource, all);
    return all;
  }
}

/** One container on a network of handlers by `host:port`. */
export class FakeWorld {
  readonly clock: VirtualClock;
  readonly objects = new FakeObjects();
  readonly servers = new Map<string, HttpHandler>();
  readonly files: Record<string, string> = {};
  readonly logs: string[] = [];
  /** What the program has told that it is at. */
  readonly notes: string[] = [];
  readonly storage = memoryState();
  exitCode: number | undefined;
  running: RunningProgram = {};
  #cancels: (() => void)[] = [];

  constructor(startMs = START_MS) {
    this.clock = new VirtualClock(startMs);
  }

  start(program: Program, args: string[], resumed?: unknown, startedAtMs = this.clock.now()): void {
    this.running = program.start(this.context(args, resumed, startedAtMs));
  }

  /** Ends the process as a killed tutor does. */
  kill(): void {
    this.#cancels.forEach((cancel) => cancel());
    this.#cancels = [];
    this.servers.delete("10.244.0.9:9090");
  }

  get(url: string, options: Partial<HttpRequest> = {}): HttpResponse {
    return this.#request({ url, ...options });
  }

  json(path: string): any {
    return JSON.parse(this.get(`http://10.244.0.9:9090${path}`).body);
  }

  #request(request: HttpRequest): HttpResponse {
    if (!URL.canParse(request.url)) throw new NetworkError(`parse "${request.url}": invalid`);
    const url = new URL(request.url);
    const handler = this.servers.get(url.host);
    if (!handler) throw new NetworkError(`dial tcp ${url.host}: connect: connection refused`);
    const headers = Object.fromEntries(
      Object.entries(request.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
    );
    return handler({
      method: "GET",
      ...request,
      headers,
      path: url.pathname,
      query: url.searchParams,
    });
  }

  context(args: string[], resumed: unknown, startedAtMs: number): ContainerContext {
    const hold = (cancel: () => void) => {
      this.#cancels.push(cancel);
      return cancel;
    };
    return {
      command: [],
      args,
      env: {},
      pod: {
        name: "prometheus-0",
        namespace: "default",
        uid: "0ff0a7ee",
        ip: "10.244.0.9",
        nodeName: "node",
        nodeIp: "172.18.0.2",
        serviceAccountName: "default",
        labels: {},
      },
      containerName: "prometheus",
      image: "quay.io/prometheus/prometheus:v3",
      startedAtMs,
      files: {
        read: (path) => this.files[path],
        list: (directory) =>
          Object.keys(this.files).filter((path) => path.startsWith(`${directory}/`)).sort(),
        write: (path, text) => {
          this.files[path] = text;
        },
        kind: (path) => this.files[path] === undefined ? undefined : "file",
        entries: (directory) =>
          Object.keys(this.files).filter((path) => path.startsWith(directory)),
        mkdir: () => {},
        remove: (path) => {
          delete this.files[path];
        },
        isMounted: () => false,
      },
      net: {
        listen: (port, handler) => {
          this.servers.set(`10.244.0.9:${port}`, handler);
          return hold(() => this.servers.delete(`10.244.0.9:${port}`));
        },
        request: (request) => this.#request(request),
        dial: () => {},
        lookup: (host) => ({ name: host, addresses: [host] }),
      },
      kube: this.objects.api,
      random: new SeededRandom(1),
      now: () => this.clock.now(),
      after: (delayMs, fn) => hold(this.clock.after(delayMs, fn)),
      every: (intervalMs, fn, options) =>
        hold(this.clock.every(intervalMs, fn, { originMs: options?.originMs ?? startedAtMs })),
      log: (line) => this.logs.push(line),
      tty: false,
      write: (bytes) => this.logs.push(bytes),
      use: () => {},
      burn: (cpuMs) => cpuMs,
      note: (what) => this.notes.push(what),
      room: { memoryBytes: 8 * 2 ** 30, reserve: () => true },
      exit: (code) => {
        this.exitCode = code;
      },
      resumed,
      storage: this.storage,
    };
  }
}

/** A text exposition server. */
export function exposition(text: () => string): HttpHandler {
  return () => ({
    status: 200,
    headers: { "content-type": "text/plain; version=0.0.4" },
    body: text(),
  });
}
