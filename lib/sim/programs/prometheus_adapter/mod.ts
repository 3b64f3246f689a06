/**
 * prometheus-adapter: series of Prometheus as the custom, external and resource metrics APIs.
 *
 * @module
 */
import {
  AdapterConfigError,
  ExternalRegistry,
  type MetricNamer,
  type MetricsDiscoveryConfig,
  namersFromConfig,
  parseAdapterConfig,
  type Series,
  SeriesRegistry,
} from "../../../adapter/mod.ts";
import { ApiError, discoverPreferred, RestMapper } from "../../../kube/mod.ts";
import { GoUrlError, parseGoUrl, rfc3339 } from "../../../go/mod.ts";
import type { ContainerContext, Program, RunningProgram } from "../../seams.ts";
import { serveAggregated, type ServedGroup } from "../shared/aggregated.ts";
import { API_SERVER_FLAGS, FlagError, type FlagValues, parseFlags } from "../shared/flags.ts";
import { Klog } from "../shared/klog.ts";
import { PrometheusClient } from "../shared/prometheus_client.ts";
import { resourceMetricsGroup } from "../shared/resource_metrics.ts";
import { customMetricsGroup } from "./custom_provider.ts";
import { externalMetricsGroup } from "./external_provider.ts";
import { RelistError, SeriesLister } from "./lister.ts";
import { resourceSource } from "./resource_provider.ts";

const FLAGS = {
  ...API_SERVER_FLAGS,
  "prometheus-url": "string",
  "prometheus-auth-incluster": "bool",
  "prometheus-auth-config": "string",
  "prometheus-ca-file": "string",
  "prometheus-client-tls-cert-file": "string",
  "prometheus-client-tls-key-file": "string",
  "prometheus-token-file": "string",
  "prometheus-header": "array",
  "prometheus-verb": "string",
  "config": "string",
  "metrics-relist-interval": "duration",
  "metrics-max-age": "duration",
} as const;

const REDISCOVERY_MS = 600_000;

/** Where the adapter finds out whom the API server in front vouches for. */
const CLIENT_CA_FILES = ["client-ca-file", "requestheader-client-ca-file"]
  .map((key) => `client-ca::kube-system::extension-apiserver-authentication::${key}`);

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
 * Differs: no authentication of its own callers; the list of metrics is sorted; no index of paths.
 */
export const prometheusAdapter: Program = {
  name: "prometheus-adapter",
  images: ["registry.k8s.io/prometheus-adapter/prometheus-adapter"],
  tags: "v1.2.3",
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
      this.#usage(error.message);
    }
  }

  /**
   * What pflag writes before it ends the process: the mistake, the flags, the mistake again.
   * Source: spf13/pflag flag.go (failf, Parse with ExitOnError).
   * Differs: flags are listed by name, without what each is for.
   */
  #usage(mistake: string): never {
    const { context } = this;
    const program = context.command[0] ?? "/adapter";
    const names = Object.keys(FLAGS).sort().map((name) =>
      name === "v" ? "  -v, --v Level" : `      --${name}`
    );
    for (const line of [mistake, `Usage of ${program}:`, ...names, mistake]) context.log(line);
    context.exit(2);
    throw new FatalError(mistake);
  }

  #makeClient(): PrometheusClient {
    const url = String(this.#flags["prometheus-url"] ?? "https://localhost");
    const verb = String(this.#flags["prometheus-verb"] ?? "GET");
    try {
      parseGoUrl(url);
    } catch (error) {
      if (!(error instanceof GoUrlError)) throw error;
      this.#noClient(`invalid Prometheus URL <nil>: ${error.message}`);
    }
    if (verb !== "GET" && verb !== "POST") {
      this.#noClient(
        `unsupported Prometheus HTTP verb ${
          JSON.stringify(verb)
        }; supported verbs: "GET" and "POST"`,
      );
    }
    this.#checkAuthentication();
    const headers: Record<string, string> = {};
    for (const header of (this.#flags["prometheus-header"] ?? []) as string[]) {
      const [key, ...value] = header.split("=");
      headers[key.toLowerCase()] = value.join("=");
    }
    const token = this.#file("prometheus-token-file");
    if (token !== undefined) headers.authorization = `Bearer ${token}`;
    const client = new PrometheusClient(this.context, url, verb, headers);
    client.onAnswer = (line) => this.#log.info(6, "api.go:88", line);
    return client;
  }

  #noClient(why: string): never {
    this.#fatal("adapter.go:335", `unable to construct Prometheus client: ${why}`);
  }

  /** The text of a file that a flag names, if it does. */
  #file(flag: string): string | undefined {
    const path = String(this.#flags[flag] ?? "");
    if (path === "") return undefined;
    const text = this.context.files.read(path);
    if (text !== undefined) return text;
    this.#noClient(`failed to read ${flag}: open ${path}: no such file or directory`);
  }

  /** Source: cmd/adapter/adapter.go (makePrometheusCAClient, makeKubeconfigHTTPClient). */
  #checkAuthentication(): void {
    const authority = this.#file("prometheus-ca-file");
    if (authority !== undefined) {
      if (!authority.includes("-----BEGIN CERTIFICATE-----")) {
        this.#noClient("no certs found in prometheus-ca-file");
      }
      if (this.context.resumed === undefined) {
        this.#log.info(0, "adapter.go:106", "successfully loaded ca from file");
      }
      return;
    }
    const kubeconfig = String(this.#flags["prometheus-auth-config"] ?? "");
    if (this.#flags["prometheus-auth-incluster"] && kubeconfig !== "") {
      this.#noClient(
        "may not use both in-cluster auth and an explicit kubeconfig at the same time",
      );
    }
    if (kubeconfig !== "" && this.context.files.read(kubeconfig) === undefined) {
      this.#noClient(
        `unable to construct auth configuration from ${
          JSON.stringify(kubeconfig)
        } for connecting ` +
          `to Prometheus: stat ${kubeconfig}: no such file or directory`,
      );
    }
    if (this.context.resumed === undefined) {
      this.#log.info(0, "adapter.go:113", "successfully using in-cluster auth");
    }
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
      return parseAdapterConfig(text);
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
      return mapperOf(this.context);
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
      this.#mapper = mapperOf(this.context);
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
    let listed: Series[][] | undefined;
    let complaints: string[] = [];
    const update = () => {
      try {
        const startMs = this.context.now() - this.#maxAgeMs;
        const series = lister.list(namers, startMs, "unable to update list of all metrics: ");
        if (series !== listed) {
          complaints = registry.setSeries(series, namers);
          listed = series;
        }
        const where = source.startsWith("provider")
          ? "series_registry.go:95"
          : "external_series_registry.go:83";
        for (const line of complaints) this.#log.error(where, line);
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

  /** Source: kubernetes/apiserver pkg/server (the log of a generic API server that starts). */
  #serve(groups: readonly ServedGroup[], isFresh: boolean): void {
    const port = Number(this.#flags["secure-port"] ?? 443);
    if (!(port >= 1 && port <= 65_535)) {
      this.#fatal(
        "adapter.go:377",
        `unable to fetch server: --secure-port ${port} must be between 1 and 65535, inclusive. It ` +
          "cannot be turned off with 0",
      );
    }
    serveAggregated(this.context, { port, groups, log: this.#log });
    if (!isFresh) return;
    const directory = String(this.#flags["cert-dir"] ?? "apiserver.local.config/certificates");
    const [certificate, key] = [`${directory}/apiserver.crt`, `${directory}/apiserver.key`];
    const log = this.#log;
    log.info(0, "serving.go:374", `Generated self-signed cert (${certificate}, ${key})`);
    const name = `serving-cert::${certificate}::${key}`;
    log.infoS(2, "dynamic_serving_content.go:113", "Loaded a new cert/key pair", { name });
    log.infoS(2, "maxinflight.go:139", "Initialized nonMutatingChan", { len: 400 });
    log.infoS(2, "maxinflight.go:145", "Initialized mutatingChan", { len: 200 });
    log.infoS(2, "maxinflight.go:116", "Set denominator for readonly requests", { limit: 400 });
    log.infoS(2, "maxinflight.go:120", "Set denominator for mutating requests", { limit: 200 });
    if (groups.some(({ group }) => group === "metrics.k8s.io")) {
      const message = "Adding GroupVersion metrics.k8s.io v1beta1 to ResourceManager";
      log.info(0, "handler.go:286", message);
    }
    log.info(
      2,
      "genericapiserver.go:514",
      "MuxAndDiscoveryComplete has all endpoints registered and discovery information is complete",
    );
    log.info(0, "secure_serving.go:213", `Serving securely on [::]:${port}`);
    const waiting = "[graceful-termination] waiting for shutdown to be initiated";
    log.info(2, "genericapiserver.go:662", waiting);
    const headers = "RequestHeaderAuthRequestController";
    log.info(0, "requestheader_controller.go:169", `Starting ${headers}`);
    log.info(0, "shared_informer.go:313", `Waiting for caches to sync for ${headers}`);
    log.infoS(0, "dynamic_serving_content.go:132", "Starting controller", { name });
    log.infoS(0, "tlsconfig.go:240", "Starting DynamicServingCertificateController", {});
    for (const file of CLIENT_CA_FILES) {
      log.infoS(0, "configmap_cafile_content.go:202", "Starting controller", { name: file });
      log.info(0, "shared_informer.go:313", `Waiting for caches to sync for ${file}`);
    }
    for (const cache of [headers, ...CLIENT_CA_FILES]) {
      log.info(0, "shared_informer.go:320", `Caches are synced for ${cache}`);
    }
  }
}

/** The words for what is served now. Errors: ApiError. */
function mapperOf({ kube }: ContainerContext): RestMapper {
  return new RestMapper(discoverPreferred((path, accept) => kube.raw(path, accept)).resources);
}
