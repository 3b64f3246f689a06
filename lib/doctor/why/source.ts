import type { Pod, Service } from "../../kube/mod.ts";
import { selects } from "../../kube/mod.ts";
import type { Cluster } from "../cluster.ts";
import type { ScrapeTarget } from "../../prometheus/mod.ts";
import type { Labels } from "../../promql/mod.ts";
import type { PrometheusReader } from "../prometheus.ts";
import { lazy } from "../reads.ts";
import { type Ends, fits, looksInto, type Monitor, monitorsOf } from "./monitors.ts";

/** What a metric's series are, and whose pods they come from. */
export interface SourceParts {
  cluster: Cluster;
  /** Where the pods are. */
  namespace: string;
  /** The metric, as it is told. */
  metric: string;
  /** Undefined where there is none. Errors: NotSeen. */
  prometheus(): Promise<PrometheusReader | undefined>;
  /** What the metric's series are called, as far as that can be told; the likeliest first. */
  seriesNames(): Promise<string[]>;
  /** The series that the metric is made of now. */
  series(): Promise<Labels[]>;
  /** Series of that name which are of something else. */
  others(): Promise<Labels[]>;
  /** The pods that count, as far as that can be told. */
  pods(): Promise<Pod[]>;
  /** Whether the workload has been set to no replicas, so that there are no pods for that reason. */
  isAtZero?: boolean;
  /** The Service that the metric is said to be of, where it is. */
  described?: () => Promise<Service | undefined>;
}

/** The way from a metric's series back to the containers that count. */
export class Source {
  readonly prometheus: () => Promise<PrometheusReader | undefined>;
  readonly seriesNames: () => Promise<string[]>;
  readonly series: () => Promise<Labels[]>;
  readonly others: () => Promise<Labels[]>;
  readonly pods: () => Promise<Pod[]>;
  readonly services: () => Promise<Service[]>;
  readonly targets: () => Promise<ScrapeTarget[]>;
  readonly monitors: () => Promise<Monitor[]>;

  constructor(readonly parts: SourceParts) {
    this.prometheus = lazy(parts.prometheus);
    this.seriesNames = lazy(parts.seriesNames);
    this.series = lazy(parts.series);
    this.others = lazy(parts.others);
    this.pods = lazy(parts.pods);
    this.services = lazy(() => this.#services());
    this.targets = lazy(() => this.#targets());
    this.monitors = lazy(() => this.#monitors());
  }

  get cluster(): Cluster {
    return this.parts.cluster;
  }

  get namespace(): string {
    return this.parts.namespace;
  }

  get metric(): string {
    return this.parts.metric;
  }

  /** Whether the series come in: then nothing behind them is at fault. */
  async flows(): Promise<boolean> {
    return (await this.series()).length > 0;
  }

  /** Whether the monitors may be at fault: there is no target. */
  async hasNoTarget(): Promise<boolean> {
    return await this.prometheus() !== undefined && (await this.targets()).length === 0;
  }

  /** What monitors may lead to. */
  async ends(): Promise<Ends> {
    const podLabels = (await this.pods()).map(({ metadata }) => metadata.labels ?? {});
    return { namespace: this.namespace, services: await this.services(), podLabels };
  }

  /** The Service that the metric is of, or those in front of the pods. */
  async #services(): Promise<Service[]> {
    const described = await this.parts.described?.();
    if (described) return [described];
    const pods = await this.pods();
    return (await this.cluster.reads.list<Service>("v1/services", this.namespace)).filter((
      { spec },
    ) =>
      spec?.selector &&
      pods.some((pod) => selects({ matchLabels: spec.selector }, pod.metadata.labels))
    );
  }

  /** The targets that the series came from; without series, those behind the pods or Services. */
  async #targets(): Promise<ScrapeTarget[]> {
    const prometheus = await this.prometheus();
    if (!prometheus) return [];
    const all = await prometheus.targets();
    const [one] = await this.series();
    if (one?.job !== undefined) {
      return all.filter(({ labels }) =>
        labels.job === one.job && labels.namespace === one.namespace
      );
    }
    const pods = new Set((await this.pods()).map(({ metadata }) => metadata.name));
    const services = new Set((await this.services()).map(({ metadata }) => metadata.name));
    return all.filter(({ discoveredLabels: found, labels }) => {
      if ((found.__meta_kubernetes_namespace ?? labels.namespace) !== this.namespace) return false;
      const pod = found.__meta_kubernetes_pod_name ?? labels.pod;
      const service = found.__meta_kubernetes_service_name ?? labels.service;
      return pod === undefined ? services.has(service) : pods.has(pod);
    });
  }

  /** Those that lead to the Services or the pods. */
  async #monitors(): Promise<Monitor[]> {
    const ends = await this.ends();
    return (await monitorsOf(this.cluster)).filter((monitor) =>
      looksInto(monitor, this.namespace) && fits(monitor, ends)
    );
  }
}
