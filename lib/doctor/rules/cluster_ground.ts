import type { HpaSpec } from "../../autoscale/mod.ts";
import {
  type ConfigMap,
  type Deployment,
  discover,
  type KubeClient,
  RestMapper,
} from "../../kube/mod.ts";
import { readResponse } from "../../prometheus/mod.ts";
import { fileName, flagsOf, mountedConfigMap } from "../adapter_flags.ts";
import { PrometheusSource } from "../prometheus_source.ts";
import { InputError, said } from "../said.ts";
import { proxyPath, readAddress, type ServiceAddress } from "../service_address.ts";
import type { FiledHpa } from "./hpa_file.ts";
import { readRulesFile, type RulesFile } from "./rules_file.ts";

/** The adapter that runs in a cluster. */
interface FoundAdapter {
  namespace: string;
  flags: ReadonlyMap<string, string>;
  /** The name of the ConfigMap that its rules are in. */
  configMap?: string;
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
    const { namespace, name } = service;
    return new PrometheusSource(
      `${this.name}, ${namespace}/${name}`,
      // An answer of Prometheus that is no success comes through the proxy as it is, and is read as its own.
      async (asked) =>
        await readResponse(
          await this.client.transport(new Request(`https://lab${proxyPath(service)}${asked}`)),
        ),
      this.now,
    );
  }

  /** The address of Prometheus as a pod reaches it. */
  async serverAddress(): Promise<string | undefined> {
    const service = await this.#service();
    if (!service) return undefined;
    const { namespace, name, scheme, port, prefix } = service;
    return `${scheme}://${name}.${namespace}.svc:${port}${prefix}`;
  }

  /** The rules that the adapter has in its ConfigMap. Errors: InputError when there is no adapter. */
  async rules(): Promise<RulesFile> {
    const adapter = await this.#findAdapter();
    const map = adapter?.configMap && await this.client.find<ConfigMap>("v1/configmaps", {
      namespace: adapter.namespace,
      name: adapter.configMap,
    });
    if (!adapter || !map) {
      throw new InputError(said(
        `No prometheus-adapter is found on ${this.name}. Name a file with rules`,
        `${this.name}에서 prometheus-adapter를 찾지 못했습니다. 규칙 파일을 주세요`,
      ));
    }
    const { flags, namespace } = adapter;
    const text = map.data?.[fileName(flags.get("config")!)] ?? "";
    const file = readRulesFile(text, `configmap ${namespace}/${map.metadata.name}`);
    const age = flags.get("metrics-max-age") ?? flags.get("metrics-relist-interval");
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

  async #service(): Promise<ServiceAddress | undefined> {
    const adapter = await this.#findAdapter();
    const url = adapter?.flags.get("prometheus-url");
    const named = url === undefined ? undefined : readAddress(url, adapter?.namespace);
    if (named) return named;
    const { items } = await this.client.list("v1/services");
    const found = items.find(({ metadata, spec }) =>
      /prometheus/.test(metadata.name) && spec?.clusterIP !== "None" &&
      spec?.ports?.some(({ port }: { port: number }) => port === 9090)
    );
    if (!found) return undefined;
    const { namespace = "", name } = found.metadata;
    return { namespace, name, scheme: "http", port: 9090, prefix: "" };
  }

  #findAdapter(): Promise<FoundAdapter | undefined> {
    return this.#adapter ??= this.#lookForAdapter();
  }

  async #lookForAdapter(): Promise<FoundAdapter | undefined> {
    const { items } = await this.client.list<Deployment>("apps/v1/deployments");
    for (const { metadata: { namespace = "" }, spec } of items) {
      const pod = spec?.template.spec;
      for (const container of pod?.containers ?? []) {
        const flags = flagsOf(container);
        if (!flags.has("prometheus-url")) continue;
        return {
          namespace,
          flags,
          configMap: mountedConfigMap(pod, container, flags.get("config")),
        };
      }
    }
  }
}
