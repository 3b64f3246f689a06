import {
  AdapterConfigError,
  type DiscoveryRule,
  type MetricsDiscoveryConfig,
  parseAdapterConfig,
} from "../adapter/mod.ts";
import { DurationSyntaxError, parseGoDuration } from "../go/mod.ts";
import {
  type ConfigMap,
  type Container,
  type Deployment,
  isReady,
  type Pod,
  type PodSpec,
  type RestMapper,
} from "../kube/mod.ts";
import { fileName, flagsOf, mountedConfigMap } from "./adapter_flags.ts";
import type { Cluster } from "./cluster.ts";
import { dataOf } from "../prometheus/mod.ts";
import { type RuleKind, type TriedRule, tryOn } from "../rules/mod.ts";
import type { PrometheusReader } from "./prometheus.ts";
import { lazy } from "./reads.ts";

const DEFAULT_RELIST_MS = 600_000;
const DEFAULT_URL = "https://localhost";

/** A rule that an adapter has, tried on the series that there are. */
export interface RunningRule extends TriedRule {
  /** As it stands in the configuration, from 1. */
  number: number;
  /** Why Prometheus refuses its seriesQuery. */
  refused?: string;
}

/** Who serves the custom metrics API, and what it goes by. */
export interface Adapter {
  namespace: string;
  pods: Pod[];
  /** A ready one, or the newest. */
  pod?: Pod;
  container?: Container;
  /** Whether it is prometheus-adapter: of others it is not known what they do. */
  isOurs: boolean;
  /** Whether no other container is in its pod. */
  isAlone: boolean;
  url: string;
  /** Its flags by name. */
  flags: ReadonlyMap<string, string>;
  relistMs: number;
  maxAgeMs: number;
  configMap?: ConfigMap;
  /** The configuration that lies in the ConfigMap, or why it is none. */
  config(): MetricsDiscoveryConfig | { mistake: string };
  /** The rules of the configuration, tried on the series that Prometheus has now. Errors: NotSeen. */
  tried(prometheus: PrometheusReader, kind: RuleKind): Promise<RunningRule[]>;
  /** The lines of its log since the last lists but one. Errors: NotSeen. */
  log(): Promise<string[]>;
}

/**
 * The adapter behind the custom metrics API, or behind the external one where no one serves the first.
 * Source of flags: kubernetes-sigs/prometheus-adapter cmd/adapter/adapter.go (addFlags).
 */
export async function adapterOf(cluster: Cluster): Promise<Adapter | undefined> {
  return await cluster.once("adapter", () => findAdapter(cluster));
}

/** prometheus-adapter, whether or not an API leads to it; undefined where there is none. Errors: NotSeen. */
export async function ownAdapterOf(cluster: Cluster): Promise<Adapter | undefined> {
  const behind = await adapterOf(cluster);
  return behind?.isOurs ? behind : await deployedAdapter(cluster);
}

/** The Prometheus that an adapter asks; where its address leads to none, the one that is there. Errors: NotSeen. */
export async function prometheusOf(
  cluster: Cluster,
  adapter: Adapter | undefined,
): Promise<PrometheusReader | undefined> {
  if (!adapter?.isOurs) return await cluster.prometheus();
  const found = await cluster.prometheusAt(adapter.url, adapter);
  return "reader" in found ? found.reader : await cluster.prometheus();
}

async function findAdapter(cluster: Cluster): Promise<Adapter | undefined> {
  for (const version of ["v1beta1.custom", "v1beta2.custom", "v1beta1.external"]) {
    const apiService = await cluster.apiService(`${version}.metrics.k8s.io`);
    const behind = apiService?.spec?.service;
    const service = behind && await cluster.service(behind.namespace, behind.name);
    if (service) {
      return await readAdapter(cluster, behind.namespace, await cluster.podsOf(service));
    }
  }
  return undefined;
}

async function deployedAdapter(cluster: Cluster): Promise<Adapter | undefined> {
  for (const { metadata, spec } of await cluster.reads.list<Deployment>("apps/v1/deployments")) {
    const template = spec?.template.spec;
    if (!template?.containers.some(isItself)) continue;
    const { namespace = "" } = metadata;
    const pods = await cluster.podsSelectedBy(namespace, spec!.selector);
    return await readAdapter(cluster, namespace, pods, template);
  }
}

function isItself({ image = "", args = [], command = [] }: Container): boolean {
  return image.includes("prometheus-adapter") ||
    [...command, ...args].some((arg) => arg.startsWith("--prometheus-url"));
}

/** `template`: what a pod of it would be, where there is none. */
async function readAdapter(
  cluster: Cluster,
  namespace: string,
  pods: Pod[],
  template?: PodSpec,
): Promise<Adapter> {
  const newest = pods.toSorted((a, b) => startOf(b) - startOf(a))[0];
  const pod = pods.find(isReady) ?? newest;
  const spec = pod?.spec ?? template;
  const container = spec?.containers.find(isItself);
  const flags = flagsOf(container);
  const relistMs = durationMs(flags.get("metrics-relist-interval")) ?? DEFAULT_RELIST_MS;
  const configMap = await configMapOf(cluster, namespace, spec, flags.get("config"));
  const config = lazy(() => readConfig(configMap, flags.get("config")));
  const trials = new Map<string, Promise<RunningRule[]>>();
  const maxAgeMs = durationMs(flags.get("metrics-max-age")) ?? relistMs;
  return {
    namespace,
    pods,
    ...(pod ? { pod } : {}),
    ...(container ? { container } : {}),
    isOurs: container !== undefined,
    isAlone: spec?.containers.length === 1,
    url: flags.get("prometheus-url") ?? DEFAULT_URL,
    flags,
    relistMs,
    maxAgeMs,
    ...(configMap ? { configMap } : {}),
    config,
    tried: (prometheus, kind) => {
      const key = `${kind} ${prometheus.root}`;
      let kept = trials.get(key);
      if (!kept) {
        const read = config();
        const rules = "mistake" in read ? [] : kind === "custom" ? read.rules : read.externalRules;
        kept = cluster.mapper().then(async (mapper) => {
          const all = rules.map(async (rule, at): Promise<RunningRule | undefined> => {
            const one = await tried(kind, rule, prometheus, maxAgeMs, mapper);
            return one && { ...one, number: at + 1 };
          });
          return (await Promise.all(all)).filter((one) => one !== undefined);
        });
        trials.set(key, kept);
      }
      return kept;
    },
    log: lazy(async () => {
      if (!pod) return [];
      const sinceSeconds = Math.ceil(relistMs * 1.5 / 1000) + 15;
      const text = await cluster.reads.log(pod, { container: container?.name, sinceSeconds });
      return text.split("\n").filter((line) => line !== "");
    }),
  };
}

async function tried(
  kind: RuleKind,
  rule: DiscoveryRule,
  prometheus: PrometheusReader,
  maxAgeMs: number,
  mapper: RestMapper,
): Promise<Omit<RunningRule, "number"> | undefined> {
  const answer = await prometheus.series(rule.seriesQuery, maxAgeMs);
  try {
    const one = tryOn(kind, rule, dataOf(answer) ?? [], mapper);
    return "refused" in answer ? { ...one, refused: answer.refused } : one;
  } catch (error) {
    // Such a rule keeps the adapter from starting, and its pod says so.
    if (!(error instanceof AdapterConfigError)) throw error;
    return undefined;
  }
}

function startOf({ metadata }: Pod): number {
  return Date.parse(metadata.creationTimestamp ?? "") || 0;
}

function durationMs(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  try {
    return parseGoDuration(text) || undefined;
  } catch (error) {
    if (!(error instanceof DurationSyntaxError)) throw error;
    return undefined;
  }
}

/** The ConfigMap that the configuration is read from. */
async function configMapOf(
  { reads }: Cluster,
  namespace: string,
  spec: PodSpec | undefined,
  path: string | undefined,
): Promise<ConfigMap | undefined> {
  const name = mountedConfigMap(spec, spec?.containers.find(isItself), path);
  return name === undefined ? undefined : await reads.find("v1/configmaps", { namespace, name });
}

function readConfig(
  configMap: ConfigMap | undefined,
  path = "config.yaml",
): MetricsDiscoveryConfig | { mistake: string } {
  const file = fileName(path);
  const text = configMap?.data?.[file];
  if (text === undefined) return { mistake: `there is no ${file} in it` };
  try {
    return parseAdapterConfig(text);
  } catch (error) {
    if (!(error instanceof AdapterConfigError)) throw error;
    return { mistake: error.message };
  }
}
