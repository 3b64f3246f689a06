import {
  type Deployment,
  isReady,
  type KubeObject,
  type Pod,
  selects,
  type Service,
} from "../../kube/mod.ts";
import type { LabView } from "../lesson.ts";

/** An application that Prometheus scrapes, in the namespace `default`, and the folder of its manifests. */
export interface ScrapedApp {
  /** Of its Deployment, its Service and its ServiceMonitor alike. */
  name: string;
  folder: string;
}

const PROMETHEUS = "operator-kube-prometheus-s-prometheus";
const MONITORS = "servicemonitors.monitoring.coreos.com";
const EXPORTER_PORT = 9113;
/** So long it may take a new pod to be ready. */
const YOUNG_MS = 60_000;

/** What of an application a repair is looked at by: each asks about one hop, whatever the others are like. */
export class AppState {
  constructor(readonly view: LabView, readonly app: ScrapedApp) {}

  async #deployment(): Promise<Deployment | undefined> {
    return await this.view.get<Deployment>("deployments.apps", "default", this.app.name);
  }

  async #service(): Promise<Service | undefined> {
    return await this.view.get<Service>("services", "default", this.app.name);
  }

  /** The application's pods that stay. */
  async #pods(): Promise<Pod[]> {
    const selector = (await this.#deployment())?.spec?.selector;
    const pods = await this.view.list<Pod>("pods", { namespace: "default" });
    return pods.filter(({ metadata }) =>
      !metadata.deletionTimestamp && selects(selector, metadata.labels)
    );
  }

  /** The ServiceMonitors that are about the application: by their name, or because they select its Service. */
  async #monitors(): Promise<KubeObject[]> {
    const labels = (await this.#service())?.metadata.labels;
    const all = await this.view.list(MONITORS, { namespace: "default" });
    return all.filter(({ metadata, spec }) =>
      metadata.name === this.app.name || selects(spec?.selector, labels)
    );
  }

  async serviceSelectsPods(): Promise<boolean> {
    const selector = (await this.#service())?.spec?.selector;
    return selector !== undefined &&
      (await this.#pods()).some(({ metadata }) =>
        selects({ matchLabels: selector }, metadata.labels)
      );
  }

  async somePodIsReady(): Promise<boolean | "soon"> {
    const pods = await this.#pods();
    return pods.some(isReady) || this.#isYoung(pods);
  }

  /** `soon` where a pod has just been made: it may not be what it will be. */
  #isYoung(pods: readonly Pod[]): "soon" | false {
    const made = pods.map(({ metadata }) => Date.parse(metadata.creationTimestamp ?? ""));
    return this.view.now() - Math.max(...made) < YOUNG_MS ? "soon" : false;
  }

  /** Whether the exporter of a pod has nginx's numbers. */
  async exporterReads(): Promise<boolean | "soon"> {
    const pods = await this.#pods();
    for (const { metadata: { name } } of pods) {
      const path = `/api/v1/namespaces/default/pods/${name}:${EXPORTER_PORT}/proxy/metrics`;
      const { code, body } = await this.view.raw(path);
      if (code === 200 && /^nginx_up 1$/m.test(String(body))) return true;
    }
    return this.#isYoung(pods);
  }

  /** Whether a port of the Service leads to the exporter. */
  async servicePortLeadsToExporter(): Promise<boolean> {
    const containers = (await this.#deployment())?.spec?.template?.spec?.containers ?? [];
    const numberOf = (port: number | string) =>
      containers.flatMap(({ ports }) => ports ?? []).find(({ name }) => name === port)
        ?.containerPort ?? Number(port);
    return ((await this.#service())?.spec?.ports ?? []).some(({ port, targetPort = port }) =>
      numberOf(targetPort) === EXPORTER_PORT
    );
  }

  /** Whether a ServiceMonitor asks for a port that the Service has by that name. */
  async monitorNamesPort(): Promise<boolean> {
    const ports = (await this.#service())?.spec?.ports ?? [];
    return (await this.#monitors()).some(({ spec }) =>
      (spec?.endpoints ?? []).some((
        { port, targetPort }: { port?: string; targetPort?: number | string },
      ) =>
        ports.some((one) => port === undefined ? one.targetPort === targetPort : one.name === port)
      )
    );
  }

  async monitorSelectsService(): Promise<boolean> {
    const labels = (await this.#service())?.metadata.labels;
    const all = await this.view.list(MONITORS, { namespace: "default" });
    return all.some(({ spec }) => selects(spec?.selector, labels));
  }

  async monitorLooksHere(): Promise<boolean> {
    return (await this.#monitors()).some(({ spec }) => {
      const { any, matchNames } = spec?.namespaceSelector ?? {};
      return any === true || !matchNames?.length || matchNames.includes("default");
    });
  }

  async prometheusSelectsMonitor(): Promise<boolean> {
    const prometheus = await this.view.get(
      "prometheuses.monitoring.coreos.com",
      "default",
      PROMETHEUS,
    );
    return (await this.#monitors()).some(({ metadata }) =>
      selects(prometheus?.spec?.serviceMonitorSelector, metadata.labels)
    );
  }
}

/** Whether an address leads to a port of a Service with Prometheus behind it. */
export async function leadsToPrometheus(view: LabView, address: string): Promise<boolean> {
  if (!URL.canParse(address)) return false;
  const { hostname, port, protocol, pathname } = new URL(address);
  const [name, namespace = "default"] = hostname.split(".");
  const service = await view.get<Service>("services", namespace, name);
  const isIt = service?.spec?.selector?.["app.kubernetes.io/name"] === "prometheus";
  return isIt && protocol === "http:" && pathname === "/" &&
    (service.spec?.ports ?? []).some((one) => one.port === Number(port || 80));
}
