import type { HpaSpec } from "../../autoscale/mod.ts";
import { discover, type KubeClient, type KubeObject, RestMapper } from "../../kube/mod.ts";
import { PrometheusSource } from "../prometheus_source.ts";
import { InputError, said } from "../said.ts";
import type { FiledHpa } from "./hpa_file.ts";
import { readRulesFile, type RulesFile } from "./rules_file.ts";

/** A Service by which a Prometheus is reached from within the cluster. */
interface PrometheusService {
  namespace: string;
  name: string;
  scheme: string;
  port: string;
  /** Before `/api/v1`. */
  path: string;
}

/** The adapter that runs in a cluster. */
interface FoundAdapter {
  namespace: string;
  deployment: KubeObject<any, any>;
  args: Map<string, string>;
}

/**
 * What a cluster has to try rules on: its Prometheus through the API server's proxy, its adapter's rules, its HPAs and
 * the names of its resources. Reads Deployments, Services, ConfigMaps, HPAs and discovery.
 * Errors, of every part: ApiError and ConnectionError of the client.
 */
export class ClusterGround {
  #adapter: Promise<FoundAdapter | undefined> | undefined;

  constructor(
    readonly client: KubeClient,
    /** As a person knows the cluster. */
    readonly name: string,
    readonly now: () => number,
  ) {}

  /** The Prometheus that the adapter asks, or the one that is there. Errors: InputError when there is none. */
  async source(): Promise<PrometheusSource> {
    const service = await this.#service();
    if (!service) {
      throw new InputError(said(
        `No Prometheus is found on ${this.name}. Name one with --prometheus, or a recording with --series`,
        `${this.name}에서 Prometheus를 찾지 못했습니다. --prometheus로 주소를, --series로 기록을 주세요`,
      ));
    }
    const { namespace, name, scheme, port, path } = service;
    const id = `${scheme === "https" ? "https:" : ""}${name}:${port}`;
    const below = `/api/v1/namespaces/${namespace}/services/${id}/proxy${path}`;
    return new PrometheusSource(
      `${this.name}, ${namespace}/${name}`,
      // An answer of Prometheus that is no success comes through the proxy as it is, and is read as its own.
      (asked) => this.client.transport(new Request(`https://lab${below}${asked}`)),
      this.now,
    );
  }

  /** The address of Prometheus as a pod reaches it. */
  async serverAddress(): Promise<string | undefined> {
    const service = await this.#service();
    if (!service) return undefined;
    const { namespace, name, scheme, port, path } = service;
    return `${scheme}://${name}.${namespace}.svc:${port}${path}`;
  }

  /** The rules that the adapter has in its ConfigMap. Errors: InputError when there is no adapter. */
  async rules(): Promise<RulesFile> {
    const adapter = await this.#findAdapter();
    const map = adapter && await this.#configMap(adapter);
    if (!adapter || !map) {
      throw new InputError(said(
        `No prometheus-adapter is found on ${this.name}. Name a file with rules`,
        `${this.name}에서 prometheus-adapter를 찾지 못했습니다. 규칙 파일을 주세요`,
      ));
    }
    const { args, namespace } = adapter;
    const text = Object.values(map.data ?? {}).map(String).join("\n");
    const file = readRulesFile(text, `configmap ${namespace}/${map.metadata.name}`);
    const age = args.get("metrics-max-age") ?? args.get("metrics-relist-interval");
    return { ...file, ...(age ? { maxAge: { text: age } } : {}) };
  }

  async mapper(): Promise<RestMapper> {
    return new RestMapper((await discover(this.client)).resources);
  }

  async hpas(): Promise<FiledHpa[]> {
    const { items } = await this.client.list("autoscaling/v2/horizontalpodautoscalers");
    return items.map(({ metadata, spec }) => ({
      name: metadata.name,
      namespace: metadata.namespace ?? "",
      spec: spec as HpaSpec,
      placeOf: () => undefined,
    }));
  }

  async #service(): Promise<PrometheusService | undefined> {
    const url = (await this.#findAdapter())?.args.get("prometheus-url");
    const named = url === undefined ? undefined : serviceOf(url);
    if (named) return named;
    const { items } = await this.client.list("v1/services");
    const found = items.find(({ metadata, spec }) =>
      /prometheus/.test(metadata.name) && spec?.clusterIP !== "None" &&
      spec?.ports?.some(({ port }: { port: number }) => port === 9090)
    );
    if (!found) return undefined;
    const { namespace = "", name } = found.metadata;
    return { namespace, name, scheme: "http", port: "9090", path: "" };
  }

  #findAdapter(): Promise<FoundAdapter | undefined> {
    return this.#adapter ??= this.#lookForAdapter();
  }

  async #lookForAdapter(): Promise<FoundAdapter | undefined> {
    const { items } = await this.client.list("apps/v1/deployments");
    for (const deployment of items) {
      for (const { args = [], command = [] } of deployment.spec?.template?.spec?.containers ?? []) {
        const found = flagsOf([...command, ...args]);
        if (!found.has("prometheus-url")) continue;
        return { namespace: deployment.metadata.namespace ?? "", deployment, args: found };
      }
    }
  }

  /** The ConfigMap that is mounted where `--config` points. */
  async #configMap(
    { args, deployment, namespace }: FoundAdapter,
  ): Promise<KubeObject<any, any> & { data?: Record<string, string> } | undefined> {
    const { volumes = [], containers = [] } = deployment.spec.template.spec;
    const path = args.get("config") ?? "";
    const mount = containers.flatMap(({ volumeMounts = [] }) => volumeMounts)
      .find(({ mountPath }: { mountPath: string }) => path.startsWith(mountPath));
    const volume = volumes.find(({ name }: { name: string }) => name === mount?.name);
    const name = volume?.configMap?.name;
    return name && await this.client.find("v1/configmaps", { namespace, name });
  }
}

function flagsOf(args: readonly string[]): Map<string, string> {
  return new Map(args.flatMap((arg): [string, string][] => {
    const [, name, value] = /^--?([\w-]+)=(.*)$/.exec(arg) ?? [];
    return name === undefined ? [] : [[name, value]];
  }));
}

/** The Service that an address names: `http://prometheus.monitoring.svc:9090/prometheus`. */
function serviceOf(url: string): PrometheusService | undefined {
  if (!URL.canParse(url)) return undefined;
  const { protocol, hostname, port, pathname } = new URL(url);
  const [name, namespace = "default", svc] = hostname.split(".");
  if (svc !== undefined && svc !== "svc") return undefined;
  const scheme = protocol.replace(":", "");
  return {
    namespace,
    name,
    scheme,
    port: port || (scheme === "https" ? "443" : "80"),
    path: pathname.replace(/\/$/, ""),
  };
}
