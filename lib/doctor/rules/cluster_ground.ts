import type { HpaSpec } from "../../autoscale/mod.ts";
import type { KubeClient, RestMapper } from "../../kube/mod.ts";
import { readResponse } from "../../prometheus/mod.ts";
import { fileName } from "../adapter_flags.ts";
import { type Adapter, ownAdapterOf, prometheusOf } from "../adapter.ts";
import { Cluster } from "../cluster.ts";
import type { PrometheusReader } from "../prometheus.ts";
import { PrometheusSource } from "../prometheus_source.ts";
import { lazy, NotSeen, Reads } from "../reads.ts";
import { InputError, said } from "../said.ts";
import type { FiledHpa } from "./hpa_file.ts";
import { readRulesFile, type RulesFile } from "./rules_file.ts";

/**
 * What a cluster has to try rules on: its Prometheus through the API server's proxy, its adapter's rules, its HPAs and
 * the names of its resources. Reads what leads to the adapter and to Prometheus, ConfigMaps, HPAs and discovery.
 * Errors, of every part: NotSeen for what this user may not read; ApiError and ConnectionError of the client.
 */
export class ClusterGround {
  readonly #cluster: Cluster;
  readonly #adapter: () => Promise<Adapter | undefined>;

  constructor(
    readonly client: KubeClient,
    /** As a person knows the cluster. */
    readonly name: string,
    readonly now: () => number,
  ) {
    this.#cluster = new Cluster(new Reads(client));
    this.#adapter = lazy(() => ownAdapterOf(this.#cluster));
  }

  /** The Prometheus that the adapter asks, or the one that is there. Errors: InputError when there is none. */
  async source(): Promise<PrometheusSource> {
    const found = await this.#prometheus();
    if (!found) {
      throw new InputError(said(
        `No Prometheus is found on ${this.name}. Name one with --prometheus, or a recording with --series`,
        `${this.name}에서 Prometheus를 찾지 못했습니다. --prometheus로 주소를, --series로 기록을 주세요`,
      ));
    }
    const { address: { namespace, name }, root } = found;
    return new PrometheusSource(
      `${this.name}, ${namespace}/${name}`,
      // An answer of Prometheus that is no success comes through the proxy as it is, and is read as its own.
      async (asked) =>
        await readResponse(await this.client.transport(new Request(`https://lab${root}${asked}`))),
      this.now,
    );
  }

  /** The address of Prometheus as a pod reaches it. */
  async serverAddress(): Promise<string | undefined> {
    const found = await this.#prometheus();
    if (!found) return undefined;
    const { namespace, name, scheme, port, prefix } = found.address;
    return `${scheme}://${name}.${namespace}.svc:${port}${prefix}`;
  }

  /** The rules that the adapter has in its ConfigMap. Errors: InputError when there is no adapter. */
  async rules(): Promise<RulesFile> {
    const { configMap: map, flags, namespace } = await this.#adapter() ?? {};
    if (!map || !flags) {
      throw new InputError(said(
        `No prometheus-adapter is found on ${this.name}. Name a file with rules`,
        `${this.name}에서 prometheus-adapter를 찾지 못했습니다. 규칙 파일을 주세요`,
      ));
    }
    const text = map.data?.[fileName(flags.get("config")!)] ?? "";
    const file = readRulesFile(text, `configmap ${namespace}/${map.metadata.name}`);
    const age = flags.get("metrics-max-age") ?? flags.get("metrics-relist-interval");
    return { ...file, ...(age ? { maxAge: { text: age } } : {}) };
  }

  async mapper(): Promise<RestMapper> {
    return await this.#cluster.mapper();
  }

  async hpas(): Promise<FiledHpa[]> {
    return (await this.#cluster.hpas()).map(({ metadata, spec }) => ({
      name: metadata.name,
      namespace: metadata.namespace ?? "",
      spec: spec as HpaSpec,
      placeOf: () => undefined,
    }));
  }

  async #prometheus(): Promise<PrometheusReader | undefined> {
    try {
      return await prometheusOf(this.#cluster, await this.#adapter());
    } catch (error) {
      // Its adapter asks one elsewhere; rules are tried on what is here.
      if (error instanceof NotSeen) return await this.#cluster.prometheus();
      throw error;
    }
  }
}
