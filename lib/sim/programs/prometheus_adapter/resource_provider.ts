import {
  AdapterConfigError,
  LabelError,
  type MetricsDiscoveryConfig,
  MetricsQuery,
  newResourceConverter,
  QueryError,
  type ResourceConverter,
  type ResourceRule,
  type RestMapper,
  type Sample,
} from "../../../adapter/mod.ts";
import {
  formatGoDuration,
  GoTemplateError,
  parsePromDuration,
  quote,
  rfc3339,
} from "../../../go/mod.ts";
import { type KubeObject, Quantity } from "../../../kube/mod.ts";
import type { ContainerContext } from "../../seams.ts";
import type { Klog } from "../shared/klog.ts";
import { type PrometheusClient, PrometheusError } from "../shared/prometheus_client.ts";
import type { Measured, ResourceMetricsSource, Usage } from "../shared/resource_metrics.ts";

const PODS = { group: "", resource: "pods" };
const NODES = { group: "", resource: "nodes" };

interface RuleQueries {
  converter: ResourceConverter;
  container: MetricsQuery;
  node: MetricsQuery;
  containerLabel: string;
}

/** Samples by the name of the object they are about. */
type ByName = Map<string, Sample[]>;
interface Both {
  cpu: ByName;
  memory: ByName;
}

/**
 * metrics.k8s.io out of Prometheus, when the configuration has resourceRules.
 * Errors: AdapterConfigError.
 * Source: kubernetes-sigs/prometheus-adapter pkg/resourceprovider/provider.go.
 */
export function resourceSource(
  rules: NonNullable<MetricsDiscoveryConfig["resourceRules"]>,
  mapper: RestMapper,
  parts: { context: ContainerContext; client: PrometheusClient; log: Klog },
): ResourceMetricsSource {
  const queriesOf = (rule: ResourceRule): RuleQueries => {
    const converter = wrapped(
      "unable to construct label-resource converter",
      () => newResourceConverter(rule.resources, mapper),
    );
    return {
      converter,
      container: wrapped(
        "unable to construct container metrics query",
        () => new MetricsQuery(rule.containerQuery, converter),
      ),
      node: wrapped(
        "unable to construct node metrics query",
        () => new MetricsQuery(rule.nodeQuery, converter),
      ),
      containerLabel: rule.containerLabel,
    };
  };
  const cpu = wrapped("unable to construct querier for CPU metrics", () => queriesOf(rules.cpu));
  const memory = wrapped(
    "unable to construct querier for memory metrics",
    () => queriesOf(rules.memory),
  );
  const provider = new ResourceProvider(cpu, memory, parts);
  const window = formatGoDuration(parsePromDuration(rules.window));
  return {
    prepare: (resource, objects) => provider.fetch(resource, objects),
    node: (node) => provider.node(node, window),
    pod: (pod) => provider.pod(pod, window),
  };
}

class ResourceProvider {
  #nodes: Both | undefined;
  /** By namespace; one that could not be asked is missing. */
  #pods = new Map<string, Both>();

  constructor(
    private readonly cpu: RuleQueries,
    private readonly memory: RuleQueries,
    private readonly parts: { context: ContainerContext; client: PrometheusClient; log: Klog },
  ) {}

  /** Asks for every object at once, pods namespace by namespace. */
  fetch(resource: "nodes" | "pods", objects: readonly KubeObject[]): void {
    this.#nodes = undefined;
    this.#pods.clear();
    const { log } = this.parts;
    if (resource === "nodes") {
      if (objects.length === 0) return;
      this.#nodes = this.#guarded(
        (why) => log.error("provider.go:282", `failed querying node metrics: ${why}`),
        () => this.#both(NODES, "", objects),
      );
      return;
    }
    const namespaces = new Map<string, KubeObject[]>();
    for (const pod of objects) {
      const { namespace = "" } = pod.metadata;
      namespaces.set(namespace, [...namespaces.get(namespace) ?? [], pod]);
    }
    for (const [namespace, pods] of namespaces) {
      const found = this.#guarded((why) =>
        log.error(
          "provider.go:160",
          `unable to fetch metrics for pods in namespace ${quote(namespace)}, ` +
            `skipping: ${why}`,
        ), () => this.#both(PODS, namespace, pods));
      if (found) this.#pods.set(namespace, found);
    }
  }

  node({ metadata: { name } }: KubeObject, window: string): Measured<Usage> | undefined {
    if (!this.#nodes) return undefined;
    const { log } = this.parts;
    const cpu = this.#nodes.cpu.get(name)?.[0];
    if (!cpu) {
      log.info(1, "provider.go:291", `missing CPU for node ${quote(name)}, skipping`);
      return undefined;
    }
    const memory = this.#nodes.memory.get(name)?.[0];
    if (!memory) {
      log.info(1, "provider.go:296", `missing memory for node ${quote(name)}, skipping`);
      return undefined;
    }
    return {
      usage: { cpu: milli(cpu.value), memory: bytes(memory.value) },
      timestamp: earliest([cpu, memory]),
      window,
    };
  }

  pod(
    pod: KubeObject,
    window: string,
  ): Measured<{ name: string; usage: Usage }[]> | undefined {
    const { name, namespace = "" } = pod.metadata;
    const { log } = this.parts;
    const results = this.#pods.get(namespace);
    if (!results) {
      log.error(
        "provider.go:186",
        `unable to fetch metrics for pods in namespace ${quote(namespace)}, ` +
          `skipping pod ${partialMetadata(pod)}`,
      );
      return undefined;
    }
    const cpu = results.cpu.get(name);
    if (!cpu) {
      log.error(
        "provider.go:191",
        `unable to fetch CPU metrics for pod ${partialMetadata(pod)}, skipping`,
      );
      return undefined;
    }
    const memory = results.memory.get(name);
    if (!memory) {
      log.error(
        "provider.go:196",
        `unable to fetch memory metrics for pod ${partialMetadata(pod)}, skipping`,
      );
      return undefined;
    }
    const usages = new Map<string, Usage>();
    const usageOf = (container: string) => {
      const usage = usages.get(container) ?? { cpu: "0", memory: "0" };
      usages.set(container, usage);
      return usage;
    };
    for (const { metric, value } of cpu) {
      usageOf(metric[this.cpu.containerLabel] ?? "").cpu = milli(value);
    }
    for (const { metric, value } of memory) {
      usageOf(metric[this.memory.containerLabel] ?? "").memory = bytes(value);
    }
    return {
      usage: [...usages].map(([container, usage]) => ({ name: container, usage })),
      timestamp: earliest([...cpu, ...memory]),
      window,
    };
  }

  #guarded<T>(complain: (why: string) => void, read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof ResourceQueryError)) throw error;
      complain(error.message);
      return undefined;
    }
  }

  #both(resource: typeof PODS, namespace: string, objects: readonly KubeObject[]): Both {
    const names = objects.map(({ metadata }) => metadata.name);
    const run = (what: string, queries: RuleQueries) => {
      try {
        return this.#run(queries, resource, namespace, names);
      } catch (error) {
        if (!(error instanceof ResourceQueryError)) throw error;
        throw new ResourceQueryError(`unable to fetch node ${what} metrics: ${error.message}`);
      }
    };
    return { cpu: run("CPU", this.cpu), memory: run("memory", this.memory) };
  }

  #run(
    queries: RuleQueries,
    resource: typeof PODS,
    namespace: string,
    names: readonly string[],
  ): ByName {
    const { context, client } = this.parts;
    const request = { series: "", resource, namespace, metricSelector: [], names };
    let query: string;
    let label: string;
    try {
      query = resource === NODES
        ? queries.node.build(request)
        : queries.container.build({ ...request, extraGroupBy: [queries.containerLabel] });
      label = queries.converter.labelForResource(resource);
    } catch (error) {
      const isExpected = error instanceof LabelError || error instanceof QueryError ||
        error instanceof GoTemplateError;
      if (!isExpected) throw error;
      throw new ResourceQueryError(`unable to construct query: ${error.message}`);
    }
    const found: ByName = new Map();
    for (const sample of this.#ask(client, query, context.now())) {
      const name = sample.metric[label] ?? "";
      const value = sample.value > 0 ? sample.value : 0;
      found.set(name, [...found.get(name) ?? [], { ...sample, value }]);
    }
    return found;
  }

  #ask(client: PrometheusClient, query: string, nowMs: number): readonly Sample[] {
    try {
      const { resultType, samples } = client.query(query, nowMs);
      if (resultType === "vector") return samples;
      throw new ResourceQueryError(
        `invalid or empty value of non-vector type (${resultType}) returned`,
      );
    } catch (error) {
      if (!(error instanceof PrometheusError)) throw error;
      throw new ResourceQueryError(`unable to execute query: ${error.message}`);
    }
  }
}

/** A query for resource metrics that came to nothing, with upstream's words. */
class ResourceQueryError extends Error {
  override name = "ResourceQueryError";
}

function wrapped<T>(prefix: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof AdapterConfigError)) throw error;
    throw new AdapterConfigError(`${prefix}: ${error.message}`);
  }
}

function earliest(samples: readonly Sample[]): string {
  return rfc3339(Math.min(...samples.map(({ timestamp }) => timestamp)) * 1000);
}

/**
 * A pod's metadata as Go prints it in the log.
 * Source: kubernetes/apimachinery pkg/apis/meta/v1/generated.pb.go (PartialObjectMetadata.String).
 * Differs: times, owners and managed fields are left out.
 */
function partialMetadata({ metadata }: KubeObject): string {
  const { name, namespace = "", uid = "", resourceVersion = "", labels = {} } = metadata;
  const shown = Object.entries(labels).sort().map(([key, value]) => `${key}: ${value},`).join("");
  return `&PartialObjectMetadata{ObjectMeta:ObjectMeta{Name:${name},GenerateName:,` +
    `Namespace:${namespace},SelfLink:,UID:${uid},ResourceVersion:${resourceVersion},` +
    `Labels:map[string]string{${shown}},},}`;
}

function milli(value: number): string {
  return Quantity.fromFloat(value).toString();
}

function bytes(value: number): string {
  return Quantity.fromFloat(value, "BinarySI").toString();
}
