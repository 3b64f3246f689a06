import {
  AdapterConfigError,
  ExternalRegistry,
  type MetricNamer,
  type MetricsDiscoveryConfig,
  namersFromConfig,
  type RestMapper,
  type Series,
  SeriesRegistry,
} from "../../adapter/mod.ts";
import { ApiError } from "../../kube/mod.ts";
import type { ContainerContext, Program, RunningProgram } from "../seams.ts";
import { rfc3339, serveAggregated, type ServedGroup } from "./_aggregated.ts";
import { discoverMapper } from "./_discovery.ts";
import { API_SERVER_FLAGS, FlagError, type FlagValues, parseFlags } from "./_flags.ts";
import { Klog } from "./_klog.ts";
import { PrometheusClient } from "./_prometheus_client.ts";
import { resourceMetricsGroup } from "./_resource_metrics.ts";
import { parseConfigText } from "./prometheus_adapter/config_file.ts";
import { customMetricsGroup } from "./prometheus_adapter/custom_provider.ts";
import { externalMetricsGroup } from "./prometheus_adapter/external_provider.ts";
import { RelistError, SeriesLister } from "./prometheus_adapter/lister.ts";
import { resourceSource } from "./prometheus_adapter/resource_provider.ts";

const FLAGS = {
  ...API_SERVER_FLAGS,
  "prometheus-url": "string",
  "prometheus-auth-incluster": "bool",
  "prometheus-auth-config": "string",
  "prometheus-ca-file": "string",
  "prometheus-client-tls-cert-file": "string",
  "prometheus-client-tls-key-file": "string",
  "prometheus-token-file": "string",
  "prometheus-header": "list",
  "prometheus-verb": "string",
  "config": "string",
  "metrics-relist-interval": "duration",
  "metrics-max-age": "duration",
} as const;

const REDISCOVERY_MS = 600_000;

/** What survives a restart of the tutor: the configuration as it was read, and what was found. */
interface Snapshot {
  configText: string;
  custom: Record<string, [string, ...string[]][]>;
  external: Record<string, [string, ...string[]][]>;
}

/**
 * prometheus-adapter v0.12: reads its rules once, relists series from Prometheus, and serves what
 * they become as custom, external and resource metrics.
 * Source: kubernetes-sigs/prometheus-adapter cmd/adapter/adapter.go.
 * Differs: no authentication of its own callers; the list of metrics is sorted.
 */
export const prometheusAdapter: Program = {
  name: "prometheus-adapter",
  images: ["registry.k8s.io/prometheus-adapter/prometheus-adapter"],
  baseline: { cpuMillicores: 4, memoryBytes: 40 * 1024 * 1024 },
  start: (context) => {
    try {
      return new Adapter(context).run();
    } catch (error) {
      if (!(error instanceof FatalError)) throw error;
      return {};
    }
  },
};

/** The process has ended; its last log line says why. */
class FatalError extends Error {
  override name = "FatalError";
}

class Adapter {
  readonly #flags: FlagValues;
  readonly #log: Klog;
  readonly #client: PrometheusClient;
  readonly #relistMs: number;
  readonly #maxAgeMs: number;
  #mapper: RestMapper;

  constructor(private readonly context: ContainerContext) {
    this.#log = new Klog(context);
    this.#flags = this.#parseFlags();
    this.#log = new Klog(context, Number(this.#flags.v ?? 0));
    this.#relistMs = Number(this.#flags["metrics-relist-interval"] ?? 600_000);
    this.#maxAgeMs = Number(this.#flags["metrics-max-age"] ?? 0) || this.#relistMs;
    this.#client = this.#makeClient();
    this.#mapper = this.#discover();
  }

  run(): RunningProgram {
    const { context } = this;
    const saved = context.resumed as Snapshot | undefined;
    const configText = saved?.configText ?? this.#readConfig();
    const config = this.#parseConfig(configText);
    context.every(REDISCOVERY_MS, () => this.#rediscover(), { originMs: context.startedAtMs });

    const groups: ServedGroup[] = [];
    const custom = new SeriesLister(this.#client);
    const external = new SeriesLister(this.#client);
    if (config.rules.length > 0) groups.push(this.#startCustom(config, custom, saved?.custom));
    if (config.externalRules.length > 0) {
      groups.push(this.#startExternal(config, external, saved?.external));
    }
    if (config.resourceRules) groups.push(this.#resourceGroup(config.resourceRules));
    this.#serve(groups, saved === undefined);
    return {
      snapshot: (): Snapshot => ({
        configText,
        custom: custom.snapshot(),
        external: external.snapshot(),
      }),
    };
  }

  #fatal(source: string, message: string): never {
    this.#log.fatal(source, message);
    throw new FatalError(message);
  }

  #parseFlags(): FlagValues {
    const { command, args } = this.context;
    try {
      return parseFlags([...command, ...args], FLAGS);
    } catch (error) {
      if (!(error instanceof FlagError)) throw error;
      this.#fatal("adapter.go:312", `unable to parse flags: ${error.message}`);
    }
  }

  #makeClient(): PrometheusClient {
    const url = String(this.#flags["prometheus-url"] ?? "https://localhost");
    const verb = String(this.#flags["prometheus-verb"] ?? "GET");
    if (verb !== "GET" && verb !== "POST") {
      this.#fatal(
        "adapter.go:335",
        `unable to construct Prometheus client: unsupported Prometheus HTTP verb ${
          JSON.stringify(verb)
        }; supported verbs: "GET" and "POST"`,
      );
    }
    const headers = Object.fromEntries(
      ((this.#flags["prometheus-header"] ?? []) as string[]).map((header) => {
        const [key, ...value] = header.split("=");
        return [key.toLowerCase(), value.join("=")];
      }),
    );
    if (this.context.resumed === undefined) {
      this.#log.info(0, "adapter.go:114", "successfully using in-cluster auth");
    }
    const client = new PrometheusClient(this.context, url, verb, headers);
    client.onAnswer = (line) => this.#log.info(6, "api.go:88", line);
    return client;
  }

  #readConfig(): string {
    const path = String(this.#flags.config ?? "");
    const prefix = "unable to load metrics discovery config: ";
    if (path === "") {
      this.#fatal(
        "adapter.go:340",
        `${prefix}no metrics discovery configuration file specified (make sure to use --config)`,
      );
    }
    const text = this.context.files.read(path);
    if (text === undefined) {
      this.#fatal(
        "adapter.go:340",
        `${prefix}unable to load metrics discovery configuration: unable to load metrics discovery ` +
          `config file: open ${path}: no such file or directory`,
      );
    }
    return text;
  }

  #parseConfig(text: string): MetricsDiscoveryConfig {
    try {
      return parseConfigText(text);
    } catch (error) {
      if (!(error instanceof AdapterConfigError)) throw error;
      this.#fatal(
        "adapter.go:340",
        "unable to load metrics discovery config: unable to load metrics discovery configuration: " +
          error.message,
      );
    }
  }

  #discover(): RestMapper {
    try {
      return discoverMapper(this.context.kube);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#fatal(
        "adapter.go:349",
        "unable to construct custom metrics provider: unable to construct RESTMapper: unable to " +
          `populate initial set of REST mappings: ${error.message}`,
      );
    }
  }

  #rediscover(): void {
    try {
      this.#mapper = discoverMapper(this.context.kube);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const message = `error regenerating REST mappings from discovery: ${error.message}`;
      this.#log.error("mapper.go:66", message);
    }
  }

  #startCustom(
    config: MetricsDiscoveryConfig,
    lister: SeriesLister,
    saved: Snapshot["custom"] | undefined,
  ): ServedGroup {
    if (this.#maxAgeMs < this.#relistMs) {
      this.#fatal(
        "adapter.go:349",
        "unable to construct custom metrics provider: max age must not be less than relist interval",
      );
    }
    const registry = new SeriesRegistry(() => this.#mapper);
    const namers = this.#namers(config.rules, "adapter.go:349", "custom");
    this.#relist(namers, lister, registry, saved, "provider.go:229");
    const { context } = this;
    return customMetricsGroup({
      context,
      client: this.#client,
      registry,
      mapper: () => this.#mapper,
      log: this.#log,
    });
  }

  #startExternal(
    config: MetricsDiscoveryConfig,
    lister: SeriesLister,
    saved: Snapshot["external"] | undefined,
  ): ServedGroup {
    const registry = new ExternalRegistry();
    const namers = this.#namers(config.externalRules, "adapter.go:360", "external");
    this.#relist(namers, lister, registry, saved, "periodic_metric_lister.go:60");
    return externalMetricsGroup({
      context: this.context,
      client: this.#client,
      registry,
      log: this.#log,
    });
  }

  #namers(
    rules: MetricsDiscoveryConfig["rules"],
    source: string,
    provider: string,
  ): MetricNamer[] {
    try {
      return namersFromConfig(rules, this.#mapper);
    } catch (error) {
      if (!(error instanceof AdapterConfigError)) throw error;
      this.#fatal(
        source,
        `unable to construct ${provider} metrics provider: unable to construct naming scheme from ` +
          `metrics rules: ${error.message}`,
      );
    }
  }

  /** Relists now, unless a snapshot says what was found, and from then on at every interval. */
  #relist(
    namers: readonly MetricNamer[],
    lister: SeriesLister,
    registry: SeriesRegistry | ExternalRegistry,
    saved: Snapshot["custom"] | undefined,
    source: string,
  ): void {
    const prefix = source.startsWith("provider") ? "unable to update list of all metrics: " : "";
    let listed: Series[][] | undefined;
    let complaints: string[] = [];
    const update = () => {
      try {
        const startMs = this.context.now() - this.#maxAgeMs;
        const series = lister.list(namers, startMs, prefix);
        if (series !== listed) {
          complaints = registry.setSeries(series, namers);
          listed = series;
        }
        for (const line of complaints) this.#log.error("series_registry.go:95", line);
      } catch (error) {
        if (!(error instanceof RelistError)) throw error;
        this.#log.error(source, error.message);
      }
    };
    const restored = saved && lister.restore(saved, namers);
    if (restored) registry.setSeries(restored, namers);
    if (!saved) update();
    this.context.every(this.#relistMs, update, { originMs: this.context.startedAtMs });
  }

  #resourceGroup(rules: NonNullable<MetricsDiscoveryConfig["resourceRules"]>): ServedGroup {
    const { context } = this;
    const parts = { context, client: this.#client, log: this.#log };
    try {
      const source = resourceSource(rules, this.#mapper, parts);
      return resourceMetricsGroup(context.kube, source, () => rfc3339(context.now()));
    } catch (error) {
      if (!(error instanceof AdapterConfigError)) throw error;
      this.#fatal(
        "adapter.go:370",
        "unable to install resource metrics API: unable to construct resource metrics API provider: " +
          error.message,
      );
    }
  }

  #serve(groups: readonly ServedGroup[], isFresh: boolean): void {
    const port = Number(this.#flags["secure-port"] ?? 443);
    serveAggregated(this.context, { port, groups, log: this.#log });
    if (!isFresh) return;
    const directory = String(this.#flags["cert-dir"] ?? "apiserver.local.config/certificates");
    this.#log.info(
      0,
      "serving.go:374",
      `Generated self-signed cert (${directory}/apiserver.crt, ${directory}/apiserver.key)`,
    );
    for (const { group, versions } of groups) {
      for (const version of versions) {
        const message = `Adding GroupVersion ${group} ${version} to ResourceManager`;
        this.#log.info(0, "handler.go:275", message);
      }
    }
    this.#log.info(0, "secure_serving.go:213", `Serving securely on [::]:${port}`);
  }
}
