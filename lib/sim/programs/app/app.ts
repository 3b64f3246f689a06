import { commonLogTime, formatGoDuration, goLogTime, utf8Length } from "../../../go/mod.ts";
import type { ContainerContext, HttpHandler, HttpResponse, RunningProgram } from "../../seams.ts";
import { GoMetrics } from "../shared/go_metrics.ts";
import { type AppConfig } from "./config.ts";
import { MeasureError } from "./measures.ts";
import { MetricSet, type MetricState } from "./metric_set.ts";
import { answerQueue, plain, Queue, queueMetrics, type QueueState } from "./queue.ts";
import { findRoute, type Found } from "./find_route.ts";
import type { RouteConfig } from "./route_config.ts";
import { expandNames, type Names } from "./texts.ts";
import { askQueue, QueueError, workerMetrics, Workers, type WorkersState } from "./workers.ts";

type Request = Parameters<HttpHandler>[0];

/** A request under way: when it will have been answered, the memory that it holds until then, and what ends with it. */
interface UnderWay {
  endMs: number;
  memoryBytes: number;
  /** The status with which the process ends then, and the path that asked for it. */
  exits?: { path: string; status: number };
}

/** What is kept of a running app. */
export interface AppState {
  /** Its configuration as it was read: a running app does not look again. */
  text: string;
  served: number;
  scrapes: number;
  under: UnderWay[];
  leakedBytes: number;
  metrics: MetricState;
  queues: Record<string, QueueState>;
  workers: WorkersState[];
}

/** How many requests may wait for their turn; where none waits, how many may be under way. */
const BACKLOG = 1_000;
const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** An app that does what its configuration says. */
export class App implements RunningProgram {
  readonly #config: AppConfig;
  readonly #hasOwnPaths: boolean;
  readonly #state: AppState;
  readonly #metrics: MetricSet;
  readonly #queues: ReadonlyMap<string, Queue>;
  readonly #workers: readonly Workers[];
  readonly #pod: Names;
  readonly #go: GoMetrics | undefined;

  constructor(
    private readonly context: ContainerContext,
    { config, text, hasOwnPaths, resumed }: {
      config: AppConfig;
      text: string;
      hasOwnPaths: boolean;
      resumed?: AppState;
    },
  ) {
    const { pod, startedAtMs } = context;
    const nowMs = context.now();
    this.#config = config;
    this.#hasOwnPaths = hasOwnPaths;
    this.#pod = { pod: pod.name, namespace: pod.namespace, node: pod.nodeName, ip: pod.ip };
    this.#metrics = new MetricSet(config.metrics, {
      pod: this.#pod,
      random: context.random,
      startedAtMs,
      present: (of) => this.#present(of),
    }, resumed?.metrics);
    this.#queues = new Map(
      config.queues.map((one) => [one.name, new Queue(one, nowMs, resumed?.queues[one.name])]),
    );
    this.#workers = config.workers.map((one, i) =>
      new Workers(context, one, this.#queues, resumed?.workers[i])
    );
    this.#state = {
      text,
      served: resumed?.served ?? 0,
      scrapes: resumed?.scrapes ?? 0,
      under: resumed?.under ?? [],
      leakedBytes: resumed?.leakedBytes ?? 0,
      metrics: this.#metrics.state,
      queues: Object.fromEntries([...this.#queues].map(([name, { state }]) => [name, state])),
      workers: this.#workers.map(({ state }) => state),
    };
    if (config.runtime === "go") {
      this.#go = new GoMetrics({
        seed: pod.name,
        startedAtMs,
        heapBytes: 3 << 20,
        goroutines: 9,
        cpuMillicores: config.cpuMillicores,
        promhttp: true,
      }, this.#state.scrapes);
    }
    for (const { endMs, memoryBytes, exits } of this.#state.under) {
      if (memoryBytes > 0) this.#freeAt(endMs);
      if (exits) this.#exitAt(endMs, exits);
    }
    this.#use();
    const readyMs = startedAtMs + config.startMs;
    if (readyMs > nowMs) context.after(readyMs - nowMs, () => this.#listen());
    else this.#listen();
  }

  snapshot(): AppState {
    return { ...this.#state, scrapes: this.#go?.scrapes ?? 0 };
  }

  #listen(): void {
    const { port, metricsPort } = this.#config;
    const { net } = this.context;
    net.listen(port, (request) => this.#handle(request));
    if (metricsPort !== 0 && metricsPort !== port) {
      net.listen(metricsPort, (request) => this.#unnamed(request) ?? plain(404, "not found\n"));
    }
  }

  #present(of: string): number {
    const nowMs = this.context.now();
    if (of === "requests") return this.#underWay(nowMs).length;
    return this.#queues.get(of.slice("queues/".length))!.length(nowMs);
  }

  // ------------------------------------------------------------ requests

  #handle(request: Request): HttpResponse {
    const found = findRoute(this.#config.routes, request.path);
    const isAny = found?.route.path.endsWith("/*") ?? true;
    const own = isAny && this.#hasOwnPaths ? this.#unnamed(request) : undefined;
    if (!found || own) return own ?? this.#missing(request);
    const { names, route } = found;
    this.#state.served++;
    const all: Names = {
      ...this.#pod,
      method: request.method ?? "GET",
      verb: (request.method ?? "GET").toLowerCase(),
      name: route.name,
      path: route.path,
      url: request.path,
      served: this.#state.served,
      time: goLogTime(this.context.now()),
      ...names,
    };
    try {
      return this.#serve(request, { route, names: all });
    } catch (error) {
      if (!(error instanceof MeasureError)) throw error;
      return plain(400, `${error.message}\n`);
    }
  }

  /** Of an image that is no learner's own, in the words of Go's net/http, in which most of them are written. */
  #missing({ path }: Request): HttpResponse {
    const told = this.#hasOwnPaths ? `no route ${path} is configured here` : "404 page not found";
    return plain(404, `${told}\n`);
  }

  /** What an app has beside the routes that it is given; a route for any path leaves it there. */
  #unnamed(request: Request): HttpResponse | undefined {
    const { path } = request;
    if (path === "/metrics") return this.#own("metrics");
    if (path === "/healthz" || path === "/readyz") return this.#own("health");
    return answerQueue(this.#queues, request, this.context.now());
  }

  #own(what: "metrics" | "health"): HttpResponse {
    if (what === "health") return plain(200, "ok\n");
    const nowMs = this.context.now();
    const body = this.#metrics.text(nowMs) + queueMetrics(this.#queues, nowMs) +
      workerMetrics(this.#workers) + (this.#go?.text(nowMs) ?? "");
    return { status: 200, headers: { "content-type": METRICS_TYPE }, body };
  }

  /** Errors: MeasureError for an amount that follows from the request, and is none. */
  #serve(request: Request, { route, names }: Found): HttpResponse {
    const { context } = this;
    const nowMs = context.now();
    const amount = (of: keyof RouteConfig & ("latency" | "cpu" | "memory" | "leaks" | "fails")) =>
      route[of]?.(names, context.random) ?? 0;
    const waitMs = this.#turnMs(nowMs);
    if (waitMs === undefined) return plain(503, "too many requests wait\n");
    const [latencyMs, cpuMs, memoryBytes] = [amount("latency"), amount("cpu"), amount("memory")];
    this.#state.leakedBytes += amount("leaks");
    const durationMs = waitMs + latencyMs + (cpuMs > 0 ? context.burn(cpuMs) : 0);
    const own: UnderWay = { endMs: nowMs + durationMs, memoryBytes };
    this.#state.under.push(own);
    if (memoryBytes > 0) this.#freeAt(own.endMs);
    this.#use();
    const response = this.#answer(route, names);
    const named = { ...names, code: response.status };
    this.#metrics.count({ path: route.path, names: named, durationMs, atMs: nowMs });
    this.#log(request, { response, names: named, durationMs });
    if (route.exits !== undefined) {
      own.exits = { path: route.path, status: route.exits };
      this.#exitAt(own.endMs, own.exits);
    }
    return { ...response, durationMs };
  }

  #exitAt(endMs: number, { path, status }: NonNullable<UnderWay["exits"]>): void {
    this.#at(endMs, () => {
      this.context.log(`${path} was asked for: exits with status ${status}`);
      this.context.exit(status);
    });
  }

  /** How long a request waits until one before it is done; undefined where there is no room to wait. */
  #turnMs(nowMs: number): number | undefined {
    const under = this.#underWay(nowMs);
    const { concurrency } = this.#config;
    if (under.length >= concurrency + BACKLOG) return undefined;
    if (concurrency === 0 || under.length < concurrency) return 0;
    const ends = under.map(({ endMs }) => endMs).sort((a, b) => a - b);
    return ends[ends.length - concurrency] - nowMs;
  }

  #underWay(nowMs: number): UnderWay[] {
    this.#state.under = this.#state.under.filter(({ endMs }) => endMs > nowMs);
    return this.#state.under;
  }

  #answer(route: RouteConfig, names: Names): HttpResponse {
    const { random } = this.context;
    if (random.next() < (route.fails?.(names, random) ?? 0)) return plain(500, "it failed\n");
    for (const [queue, count] of route.puts) {
      const refusal = this.#put(queue, count(names, random));
      if (refusal) return refusal;
    }
    if (route.serves !== "text") return this.#own(route.serves);
    const status = route.status(names, random);
    const named = { ...names, code: status };
    return {
      status,
      headers: {
        "content-type": route.type,
        ...Object.fromEntries(
          route.headers.map(([name, text]) => [name, expandNames(text, named)]),
        ),
      },
      body: expandNames(route.body, named),
    };
  }

  #put(queue: string, count: number): HttpResponse | undefined {
    const own = this.#queues.get(queue);
    if (own) {
      return own.put(count, this.context.now()) < count
        ? plain(503, `${queue} is full\n`)
        : undefined;
    }
    try {
      askQueue(this.context, `${queue}?count=${count}`);
      return undefined;
    } catch (error) {
      if (!(error instanceof QueueError)) throw error;
      return plain(502, `${error.message}\n`);
    }
  }

  #log(
    request: Request,
    { response, names, durationMs }: { response: HttpResponse; names: Names; durationMs: number },
  ): void {
    if (this.#config.log === undefined) return;
    this.context.log(expandNames(this.#config.log, {
      ...names,
      clf: commonLogTime(this.context.now()),
      client: request.remoteAddress ?? "127.0.0.1",
      host: request.headers?.host ?? this.#pod.ip,
      agent: request.headers?.["user-agent"] ?? "",
      duration: formatGoDuration(Number(durationMs.toFixed(3))),
      size: utf8Length(response.body),
    }));
  }

  // ------------------------------------------------------------ memory

  #freeAt(endMs: number): void {
    this.#at(endMs, () => this.#use());
  }

  #at(atMs: number, then: () => void): void {
    this.context.after(Math.max(0, atMs - this.context.now()), then);
  }

  #use(): void {
    const { cpuMillicores, memoryBytes } = this.#config;
    const held = this.#underWay(this.context.now())
      .reduce((sum, one) => sum + one.memoryBytes, 0);
    this.context.use({
      cpuMillicores,
      memoryBytes: memoryBytes + held + this.#state.leakedBytes,
    });
  }
}
