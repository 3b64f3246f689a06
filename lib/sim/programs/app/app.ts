import { commonLogTime, formatGoDuration, goLogTime } from "../../../go/mod.ts";
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

/** What is kept of a running app. */
export interface AppState {
  /** Its configuration as it was read: a running app does not look again. */
  text: string;
  served: number;
  scrapes: number;
  /** When the requests under way will have been answered, and the memory that they hold until then. */
  under: { endMs: number; memoryBytes: number }[];
  leakedBytes: number;
  metrics: MetricState;
  queues: Record<string, QueueState>;
  workers: WorkersState[];
}

/** How many requests may wait for their turn. */
const BACKLOG = 1_000;
const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** An app that does what its configuration says. */
export class App implements RunningProgram {
  readonly #config: AppConfig;
  readonly #state: AppState;
  readonly #metrics: MetricSet;
  readonly #queues: ReadonlyMap<string, Queue>;
  readonly #workers: readonly Workers[];
  readonly #pod: Names;
  readonly #go: GoMetrics | undefined;

  constructor(
    private readonly context: ContainerContext,
    { config, text, resumed }: { config: AppConfig; text: string; resumed?: AppState },
  ) {
    const { pod, startedAtMs } = context;
    const nowMs = context.now();
    this.#config = config;
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
    for (const { endMs, memoryBytes } of this.#state.under) {
      if (memoryBytes > 0) this.#freeAt(endMs);
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
    const own = isAny ? this.#unnamed(request) : undefined;
    if (!found || own) return own ?? plain(404, `no route ${request.path} is configured here\n`);
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

  /** What every app has beside the routes that it is given; a route for any path leaves it there. */
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
    this.#state.under.push({ endMs: nowMs + durationMs, memoryBytes });
    if (memoryBytes > 0) this.#freeAt(nowMs + durationMs);
    this.#use();
    const response = this.#answer(route, names);
    const named = { ...names, code: response.status };
    this.#metrics.count({ path: route.path, names: named, durationMs, atMs: nowMs });
    this.#log(request, { response, names: named, durationMs });
    if (route.exits !== undefined) this.#exit(route, durationMs);
    return { ...response, durationMs };
  }

  #exit({ path, exits }: RouteConfig, durationMs: number): void {
    this.context.after(durationMs, () => {
      this.context.log(`${path} was asked for: exits with status ${exits}`);
      this.context.exit(exits!);
    });
  }

  /** How long a request waits until one before it is done; undefined where there is no room to wait. */
  #turnMs(nowMs: number): number | undefined {
    const under = this.#underWay(nowMs);
    const { concurrency } = this.#config;
    if (concurrency === 0 || under.length < concurrency) return 0;
    if (under.length >= concurrency + BACKLOG) return undefined;
    const ends = under.map(({ endMs }) => endMs).sort((a, b) => a - b);
    return ends[ends.length - concurrency] - nowMs;
  }

  #underWay(nowMs: number): AppState["under"] {
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
      size: response.body.length,
    }));
  }

  // ------------------------------------------------------------ memory

  #freeAt(endMs: number): void {
    this.context.after(Math.max(0, endMs - this.context.now()), () => this.#use());
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
