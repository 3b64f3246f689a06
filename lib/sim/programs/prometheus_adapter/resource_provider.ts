import {
  type MetricsDiscoveryConfig,
  MetricsQuery,
  newResourceConverter,
  type ResourceConverter,
  type ResourceRule,
  type RestMapper,
  type Sample,
} from "../../../adapter/mod.ts";
import { formatGoDuration, parsePromDuration, Quantity } from "../../../base/mod.ts";
import type { KubeObject } from "../../../kube/mod.ts";
import type { ContainerContext } from "../../seams.ts";
import { rfc3339 } from "../_aggregated.ts";
import type { Klog } from "../_klog.ts";
import { type PrometheusClient, PrometheusError } from "../_prometheus_client.ts";
import type { ResourceMetricsSource, Usage } from "../_resource_metrics.ts";

const PODS = { group: "", resource: "pods" };
const NODES = { group: "", resource: "nodes" };

interface RuleQueries {
  converter: ResourceConverter;
  container: MetricsQuery;
  node: MetricsQuery;
  containerLabel: string;
}

/**
 * metrics.k8s.io out of Prometheus, when the configuration has resourceRules.
 * Errors: AdapterConfigError.
 * Source: kubernetes-sigs/prometheus-adapter pkg/resourceprovider/provider.go.
 * Differs: asks for one object at a time.
 */
export function resourceSource(
  rules: NonNullable<MetricsDiscoveryConfig["resourceRules"]>,
  mapper: RestMapper,
  parts: { context: ContainerContext; client: PrometheusClient; log: Klog },
): ResourceMetricsSource {
  const queriesOf = (rule: ResourceRule): RuleQueries => {
    const converter = newResourceConverter(rule.resources, mapper);
    return {
      converter,
      container: new MetricsQuery(rule.containerQuery, converter),
      node: new MetricsQuery(rule.nodeQuery, converter),
      containerLabel: rule.containerLabel,
    };
  };
  const cpu = queriesOf(rules.cpu);
  const memory = queriesOf(rules.memory);
  const window = formatGoDuration(parsePromDuration(rules.window));
  const { context, client, log } = parts;
  const now = () => rfc3339(context.now());
  const ask = (query: string) => client.query(query, context.now()).samples;

  const guarded = <T>(what: string, read: () => T): T | undefined => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof PrometheusError)) throw error;
      log.error("provider.go:160", `${what}: unable to execute query: ${error.message}`);
      return undefined;
    }
  };
  return {
    node: (node) =>
      guarded("failed querying node metrics", () => {
        const request = { series: "", resource: NODES, namespace: "", metricSelector: [] };
        const names = [node.metadata.name];
        const [cpuSample] = ask(cpu.node.build({ ...request, names }));
        const [memorySample] = ask(memory.node.build({ ...request, names }));
        if (!cpuSample || !memorySample) return undefined;
        const usage = { cpu: milli(cpuSample.value), memory: bytes(memorySample.value) };
        return { usage, timestamp: now(), window };
      }),
    pod: (pod) =>
      guarded(
        `unable to fetch metrics for pods in namespace ${
          JSON.stringify(pod.metadata.namespace)
        }, skipping`,
        () => {
          const cpuSamples = containerSamples(cpu, pod, ask);
          const memorySamples = containerSamples(memory, pod, ask);
          if (cpuSamples.length === 0 || memorySamples.length === 0) return undefined;
          const usages = new Map<string, Usage>();
          const of = (name: string) => {
            const usage = usages.get(name) ?? { cpu: "0", memory: "0" };
            usages.set(name, usage);
            return usage;
          };
          for (const { metric, value } of cpuSamples) {
            of(metric[cpu.containerLabel] ?? "").cpu = milli(value);
          }
          for (const { metric, value } of memorySamples) {
            of(metric[memory.containerLabel] ?? "").memory = bytes(value);
          }
          const containers = [...usages].map(([name, usage]) => ({ name, usage }));
          return { usage: containers, timestamp: now(), window };
        },
      ),
  };
}

function containerSamples(
  queries: RuleQueries,
  pod: KubeObject,
  ask: (query: string) => readonly Sample[],
): readonly Sample[] {
  return ask(queries.container.build({
    series: "",
    resource: PODS,
    namespace: pod.metadata.namespace ?? "",
    metricSelector: [],
    names: [pod.metadata.name],
    extraGroupBy: [queries.containerLabel],
  }));
}

function milli(value: number): string {
  return Quantity.fromMilli(BigInt(Math.trunc(value * 1000))).toString();
}

function bytes(value: number): string {
  return Quantity.fromMilli(BigInt(Math.trunc(value * 1000)), "BinarySI").toString();
}
