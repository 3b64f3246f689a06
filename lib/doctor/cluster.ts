import {
  discover,
  type HorizontalPodAutoscaler,
  isFinished,
  type KubeObject,
  type LabelSelector,
  type Pod,
  RestMapper,
  selects,
  type Service,
} from "../kube/mod.ts";
import { PrometheusReader } from "./prometheus.ts";
import { lazy, NotSeen, type Reads } from "./reads.ts";
import {
  isLoopback,
  misspeltService,
  proxyPath,
  readAddress,
  type ServiceAddress,
} from "./service_address.ts";

/** A cluster whose nodes' leases are this far from the time here has a time of its own. */
const OWN_TIME_MS = 60_000;

/** Whose pod it is that asks an address. */
export interface Asker {
  /** A bare name is of this namespace. */
  namespace?: string;
  /** Nothing else is in the pod that could answer at `localhost`. */
  isAlone?: boolean;
}

/** What several chains look at, each looked at once. */
export class Cluster {
  /** The time there, in Unix milliseconds: of its nodes' leases where that is not the time here. */
  readonly now: () => Promise<number>;
  readonly mapper: () => Promise<RestMapper>;
  readonly prometheus: () => Promise<PrometheusReader | undefined>;
  readonly #kept = new Map<string, Promise<any>>();
  readonly #readers = new Map<string, PrometheusReader>();

  constructor(readonly reads: Reads, hereMs: number) {
    this.now = lazy(() => this.#timeOf(hereMs));
    this.mapper = lazy(async () => new RestMapper((await discover(reads.client)).resources));
    this.prometheus = lazy(() => this.#findPrometheus());
  }

  /** An APIService, as `v1beta1.custom.metrics.k8s.io`. */
  async apiService(name: string): Promise<KubeObject | undefined> {
    return await this.reads.find("apiregistration.k8s.io/v1/apiservices", { name });
  }

  async service(namespace: string, name: string): Promise<Service | undefined> {
    return (await this.reads.list<Service>("v1/services", namespace))
      .find(({ metadata }) => metadata.name === name);
  }

  /** The pods that a Service leads to, ready or not. */
  async podsOf({ metadata, spec }: Service): Promise<Pod[]> {
    if (!spec?.selector) return [];
    return await this.podsSelectedBy(metadata.namespace, { matchLabels: spec.selector });
  }

  async podsSelectedBy(namespace: string | undefined, selector: LabelSelector): Promise<Pod[]> {
    return (await this.reads.list<Pod>("v1/pods", namespace))
      .filter((pod) => selects(selector, pod.metadata.labels) && isLive(pod));
  }

  /** The HPAs of a namespace, as the controller works on them. */
  async hpas(namespace?: string): Promise<HorizontalPodAutoscaler[]> {
    return await this.reads.list("autoscaling/v2/horizontalpodautoscalers", namespace);
  }

  /** What is worked out once of this cluster, whoever asks for it. */
  once<T>(key: string, work: () => Promise<T>): Promise<T> {
    let kept = this.#kept.get(key);
    if (!kept) this.#kept.set(key, kept = work());
    return kept;
  }

  /** The Prometheus behind an address, or why there is none there that could be asked. Errors: NotSeen. */
  async prometheusAt(
    address: string,
    { namespace, isAlone = false }: Asker,
  ): Promise<
    | { reader: PrometheusReader }
    | { missing: "service" | "port" | "domain"; place: ServiceAddress }
    | { missing: "own pod" }
  > {
    if (isAlone && isLoopback(address)) return { missing: "own pod" };
    const place = isLoopback(address) ? undefined : readAddress(address, namespace);
    if (!place) {
      const misnamed = misspeltService(address);
      if (misnamed && await this.service(misnamed.namespace, misnamed.name)) {
        return { missing: "domain", place: misnamed };
      }
      throw new NotSeen({
        en: `${address} is not a Service of this cluster: no way there from here`,
        ko: `${address}은(는) 이 클러스터의 Service가 아니라서 여기서 볼 수 없습니다`,
      });
    }
    const service = await this.service(place.namespace, place.name);
    if (!service) return { missing: "service", place };
    if (!service.spec?.ports?.some(({ port }) => port === place.port)) {
      return { missing: "port", place };
    }
    return { reader: this.#reader(place) };
  }

  async #timeOf(hereMs: number): Promise<number> {
    try {
      const leases = await this.reads.list("coordination.k8s.io/v1/leases", "kube-node-lease");
      const latest = Math.max(
        ...leases.map(({ spec }) => Date.parse(spec?.renewTime)).filter(Boolean),
      );
      return Number.isFinite(latest) && Math.abs(latest - hereMs) > OWN_TIME_MS ? latest : hereMs;
    } catch (error) {
      if (!(error instanceof NotSeen)) throw error;
      return hereMs;
    }
  }

  /** A Prometheus that the operator runs, or whose pods are labelled as one's. */
  async #findPrometheus(): Promise<PrometheusReader | undefined> {
    const services = await this.reads.list<Service>("v1/services");
    const found =
      services.filter(({ spec }) =>
        spec?.selector?.["app.kubernetes.io/name"] === "prometheus" ||
        spec?.selector?.["app"] === "prometheus"
      ).sort((a, b) =>
        Number(a.spec?.clusterIP === "None") - Number(b.spec?.clusterIP === "None")
      )[0] ?? services.find(isCalledPrometheus);
    const ports = found?.spec?.ports ?? [];
    const port = ports.find(({ port }) => port === 9090) ?? ports[0];
    if (!found || !port) return undefined;
    const { name, namespace = "" } = found.metadata;
    return this.#reader({ name, namespace, port: port.port, scheme: "http", prefix: "" });
  }

  #reader(address: ServiceAddress): PrometheusReader {
    const path = proxyPath(address);
    let reader = this.#readers.get(path);
    if (!reader) this.#readers.set(path, reader = new PrometheusReader(this.reads, address));
    return reader;
  }
}

function isCalledPrometheus({ metadata, spec }: Service): boolean {
  return /prometheus/.test(metadata.name) && spec?.clusterIP !== "None" &&
    spec?.ports?.some(({ port }) => port === 9090) === true;
}

/** Whether a pod is there to stay. */
export function isLive(pod: Pod): boolean {
  return !pod.metadata.deletionTimestamp && !isFinished(pod);
}
