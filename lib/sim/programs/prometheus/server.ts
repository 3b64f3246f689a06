import { fnv32a } from "../../../base/mod.ts";
import { formatGoDuration, formatPromDuration, parsePromDuration } from "../../../go/mod.ts";
import { SeriesStore } from "../../../promql/mod.ts";
import type { ContainerContext, RunningProgram } from "../../seams.ts";
import { GoMetrics } from "../shared/go_metrics.ts";
import type { Slog } from "../shared/slog.ts";
import { ConfigError, loadConfig, type PrometheusConfig } from "./config.ts";
import { DEFAULT_RETENTION, externalUrl, GO_VERSION, REVISION, VERSION } from "./flags.ts";
import { QueryEngine } from "./query_engine.ts";
import { RuleManager, type RuleSnapshot } from "./rule_manager.ts";
import type { RuleHost } from "./rule_group.ts";
import { ScrapeManager, type ScrapeSnapshot } from "./scrape_manager.ts";
import type { ScrapeHost } from "./scrape_loop.ts";

/** Where the samples lie in the container's storage. */
const SERIES_PREFIX = "series/";

/** Where the configuration in use lies, which a failed reload keeps in use. */
const CONFIG_KEY = "config";

/** The most samples that are held: beyond it the oldest go, whatever the retention. */
const MOST_SAMPLES = 20_000_000;

/** How often samples past retention are dropped. */
const RETENTION_CHECK_MS = 3_600_000;

/** Things counted for the server's own metrics. */
export interface Counters {
  samplesAppended: number;
  outOfOrder: number;
  duplicates: number;
  outOfBounds: number;
  scrapes: number;
  sampleLimit: number;
  labelLimit: number;
  bodySizeLimit: number;
  ruleEvaluationFailures: number;
  reloads: number;
  goScrapes: number;
  /** Requests by `handler code`. */
  requests: Record<string, number>;
}

interface Snapshot {
  hasReloaded: boolean;
  reloadedAtMs: number;
  scrape: ScrapeSnapshot;
  rules: RuleSnapshot;
  counters: Counters;
  /** Absent in what was saved before there was one. */
  busyUntilMs?: number;
}

export type FlagValues = ReadonlyMap<string, readonly string[]>;

/**
 * A Prometheus server: its storage, scrapes, rules, and the configuration they follow.
 * Source: prometheus/prometheus cmd/prometheus/main.go.
 * Differs: it holds 20 million samples at most, and lets go of the oldest then.
 */
export class PrometheusServer implements RunningProgram {
  readonly context: ContainerContext;
  readonly flags: FlagValues;
  readonly log: Slog;
  readonly store: SeriesStore;
  readonly scrapes: ScrapeManager;
  readonly rules = new RuleManager();
  /** What `--enable-feature` names. */
  readonly features: ReadonlySet<string>;
  readonly queries: QueryEngine;
  readonly go: GoMetrics;
  readonly counters: Counters;
  config!: PrometheusConfig;
  hasReloaded = true;
  reloadedAtMs: number;
  isReady = false;
  #configText = "";
  #isConfigNew = false;

  constructor(context: ContainerContext, flags: FlagValues, log: Slog) {
    this.context = context;
    this.flags = flags;
    this.log = log;
    const resumed = context.resumed as Snapshot | undefined;
    this.store = SeriesStore.load(context.storage, SERIES_PREFIX);
    this.features = new Set(flags.get("enable-feature")?.flatMap((list) => list.split(",")));
    this.queries = new QueryEngine(context, this.store, {
      flag: (name) => this.flag(name),
      features: this.features,
    });
    this.queries.busyUntilMs = resumed?.busyUntilMs ?? 0;
    this.reloadedAtMs = resumed?.reloadedAtMs ?? context.now();
    this.counters = {
      samplesAppended: 0,
      outOfOrder: 0,
      duplicates: 0,
      outOfBounds: 0,
      scrapes: 0,
      sampleLimit: 0,
      labelLimit: 0,
      bodySizeLimit: 0,
      ruleEvaluationFailures: 0,
      reloads: 0,
      goScrapes: 0,
      requests: {},
      ...resumed?.counters,
    };
    this.go = new GoMetrics({
      seed: context.pod.uid,
      startedAtMs: context.startedAtMs,
      heapBytes: 60 << 20,
      goroutines: 96,
      cpuMillicores: 18,
      goVersion: GO_VERSION,
      runtime: ["gc", "scheduler"],
      promhttp: true,
    }, this.counters.goScrapes);
    this.scrapes = new ScrapeManager(
      this.#scrapeHost(),
      (resource, error) =>
        log.error("reflector.go:204", "Failed to watch", {
          component: "k8s_client_runtime",
          logger: "UnhandledError",
          reflector: "pkg/mod/k8s.io/client-go/tools/cache/reflector.go:285",
          type: resource,
          err: error.message,
        }),
    );
  }

  #externalUrl: string | undefined;

  flag(name: string): string {
    return this.flags.get(name)?.at(-1) ?? "";
  }

  /** The path of the configuration file. */
  get configFile(): string {
    return this.flag("config.file");
  }

  /** Without its last slashes. */
  get externalUrl(): string {
    return this.#externalUrl ??= externalUrl(this.flag("web.external-url"), this.context.pod.name);
  }

  /** How long samples are kept: the configuration's, else the flag's, else 15 days. */
  get retentionMs(): number {
    return this.config.retentionMs || parsePromDuration(this.flag("storage.tsdb.retention.time")) ||
      parsePromDuration(DEFAULT_RETENTION);
  }

  get shownRetention(): string {
    return formatPromDuration(this.retentionMs);
  }

  /**
   * Loads the configuration and starts scraping and evaluating.
   * Errors: ConfigError with the whole of upstream's message.
   */
  run(): void {
    const resumed = this.context.resumed as Snapshot | undefined;
    if (resumed) {
      this.hasReloaded = resumed.hasReloaded;
      this.#apply(this.context.storage.get(CONFIG_KEY) ?? this.#read(), resumed);
    } else this.#apply(this.#read(), undefined);
    this.isReady = true;
    this.context.every(
      RETENTION_CHECK_MS,
      () => this.store.dropBefore(this.context.now() - this.retentionMs),
      { originMs: 0 },
    );
  }

  /**
   * Loads the configuration again; the old one stays in use when the new one will not do.
   * Errors: ConfigError.
   */
  reload(): void {
    const { context, log, configFile } = this;
    log.info("main.go:1690", "Loading configuration file", { filename: configFile });
    this.counters.reloads++;
    try {
      this.#apply(this.#read(), undefined);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      this.hasReloaded = false;
      log.error("main.go:1389", "Error reloading config", { err: error.message });
      throw error;
    }
    this.hasReloaded = true;
    this.reloadedAtMs = context.now();
    this.logLoaded();
  }

  /** Says that the configuration is in use, and how long each part took over it. */
  logLoaded(): void {
    const took = (what: string, ms: number) => this.took(what, ms);
    this.log.info("main.go:1729", "Completed loading of configuration file", {
      db_storage: took("db_storage", 0.0013),
      remote_storage: took("remote_storage", 0.0018),
      web_handler: took("web_handler", 0.0004),
      query_engine: took("query_engine", 0.001),
      scrape: took("scrape", 0.25),
      scrape_sd: took("scrape_sd", 1.25),
      notify: took("notify", 0.002),
      notify_sd: took("notify_sd", 0.0035),
      rules: took("rules", 1.9),
      tracing: took("tracing", 0.0046),
      filename: this.configFile,
      totalDuration: took("total", 12.5),
    });
  }

  /** A duration of about `ms`, as the log tells it: no two are alike, and the same lab has the same. */
  took(what: string, ms: number): string {
    const { context } = this;
    const chance = fnv32a(`${context.pod.uid}/${context.now()}/${what}`) / 2 ** 32;
    return formatGoDuration(Math.round(ms * (0.7 + 0.8 * chance) * 1e6) / 1e6);
  }

  snapshot(): Snapshot {
    return {
      hasReloaded: this.hasReloaded,
      reloadedAtMs: this.reloadedAtMs,
      scrape: this.scrapes.snapshot(),
      rules: this.rules.snapshot(),
      counters: { ...this.counters, goScrapes: this.go.scrapes },
      busyUntilMs: this.queries.busyUntilMs,
    };
  }

  save(): void {
    const { storage } = this.context;
    if (this.#isConfigNew) storage.put(CONFIG_KEY, this.#configText);
    this.#isConfigNew = false;
    this.store.save(storage, SERIES_PREFIX);
  }

  stop(): void {
    const { log } = this;
    log.warn("main.go:1249", "Received an OS signal, exiting gracefully...", {
      signal: "terminated",
    });
    const rules = { component: "rule manager" };
    log.info("main.go:1274", "Stopping scrape discovery manager...");
    log.info("main.go:1288", "Stopping notify discovery manager...");
    log.info("main.go:1303", "Stopping rule manager manager...");
    log.info("manager.go:225", "Stopping rule manager...", rules);
    log.info("main.go:1327", "Stopping scrape manager...");
    log.info("main.go:1270", "Scrape discovery manager stopped");
    log.info("main.go:1284", "Notify discovery manager stopped");
    log.info("manager.go:241", "Rule manager stopped", rules);
    log.info("main.go:1299", "Rule manager stopped");
    log.info("main.go:1319", "Scrape manager stopped");
    log.info("main.go:1628", "See you next time!");
  }

  #read(): string {
    const text = this.context.files.read(this.configFile);
    if (text === undefined) {
      throw new ConfigError(
        `couldn't load configuration (--config.file="${this.configFile}"): open ${this.configFile}: no such file or directory`,
      );
    }
    return text;
  }

  #apply(text: string, resumed: Snapshot | undefined): void {
    let config: PrometheusConfig;
    try {
      config = loadConfig(text, {
        extraScrapeMetrics: this.features.has("extra-scrape-metrics"),
      });
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      throw new ConfigError(
        `couldn't load configuration (--config.file="${this.configFile}"): parsing YAML file ${this.configFile}: ${error.message}`,
      );
    }
    this.config = config;
    this.#configText = text;
    this.#isConfigNew = !resumed;
    let wrong: string | undefined;
    this.scrapes.apply(config, resumed?.scrape);
    try {
      this.rules.update(this.#ruleHost(), config, resumed?.rules);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      for (const line of error.message.split(/\n(?! )/)) {
        this.log.error("manager.go:262", "loading groups failed", {
          component: "rule manager",
          err: line,
        });
      }
      this.log.error("main.go:1718", "Failed to apply configuration", {
        err: "error loading rules, previous rule set restored",
      });
      wrong =
        `one or more errors occurred while applying the new configuration (--config.file="${this.configFile}")`;
    }
    if (wrong && !resumed) throw new ConfigError(wrong);
  }

  #makeRoom(): void {
    const { timeRange, sampleCount } = this.store;
    if (timeRange === undefined || sampleCount <= MOST_SAMPLES) return;
    const { minMs } = timeRange;
    this.store.dropBefore(minMs + (this.context.now() - minMs) / 8);
  }

  #scrapeHost(): ScrapeHost {
    const { context, counters } = this;
    return {
      context,
      store: this.store,
      log: this.log,
      version: VERSION,
      offsetSeed: context.pod.name,
      poolError: (name) => this.scrapes.pool(name)?.limitError,
      counted: (what) => {
        if (what === "scrape") {
          counters.scrapes++;
          this.#makeRoom();
        } else if (what === "sample limit") counters.sampleLimit++;
        else if (what === "label limit") counters.labelLimit++;
        else counters.bodySizeLimit++;
      },
      appended: ({ samples, duplicates, outOfOrder, outOfBounds }) => {
        counters.samplesAppended += samples;
        counters.duplicates += duplicates;
        counters.outOfOrder += outOfOrder;
        counters.outOfBounds += outOfBounds;
      },
    };
  }

  #ruleHost(): RuleHost {
    return {
      context: this.context,
      store: this.store,
      queries: this.queries,
      evaluationIntervalMs: this.config.evaluationIntervalMs,
      externalUrl: this.externalUrl,
      externalLabels: this.config.externalLabels,
      failed: (group, rule, error) => {
        this.counters.ruleEvaluationFailures++;
        this.log.warn("group.go:544", "Evaluating rule failed", {
          component: "rule manager",
          file: group.spec.file,
          group: group.spec.name,
          name: rule.name,
          index: group.spec.rules.indexOf(rule),
          rule: `${
            rule.kind === "recording" ? "record" : "alert"
          }: ${rule.name}\nexpr: ${rule.query}\n`,
          err: error,
        });
      },
    };
  }
}

/** `version.Info()` of upstream's builds. */
export function versionInfo(): string {
  return `(version=${VERSION}, branch=HEAD, revision=${REVISION})`;
}
