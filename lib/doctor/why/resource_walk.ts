import { METRICS_GROUPS, type MetricSpec } from "../../autoscale/mod.ts";
import type { KubeObject, Pod } from "../../kube/mod.ts";
import type { Cluster } from "../cluster.ts";
import { pathOf, questionOf } from "../decide.ts";
import { lazy, refusalOf } from "../reads.ts";
import type { Scaled } from "../scaled.ts";

/** The APIService of CPU and memory. */
export const RESOURCE_METRICS = `v1beta1.${METRICS_GROUPS.resource}`;

/** A metric of CPU or memory: the kubelets tell it, metrics-server collects it, requests make percent of it. */
export class ResourceWalk {
  readonly server: () => Promise<Pod[]>;
  readonly items: () => Promise<
    { path: string; items: unknown[] } | { path: string; refused: string }
  >;

  constructor(readonly cluster: Cluster, readonly spec: MetricSpec, readonly scaled: Scaled) {
    this.server = lazy(() => this.#server());
    this.items = lazy(() => this.#items());
  }

  get resource(): string {
    return (this.spec.resource ?? this.spec.containerResource)!.name;
  }

  get container(): string | undefined {
    return this.spec.containerResource?.container;
  }

  get isUtilization(): boolean {
    const { target } = (this.spec.resource ?? this.spec.containerResource)!;
    return target.averageUtilization !== undefined && target.averageUtilization !== null;
  }

  async apiService(): Promise<KubeObject | undefined> {
    return await this.cluster.apiService(RESOURCE_METRICS);
  }

  async #server(): Promise<Pod[]> {
    const behind = (await this.apiService())?.spec?.service;
    const service = behind && await this.cluster.service(behind.namespace, behind.name);
    return service ? await this.cluster.podsOf(service) : [];
  }

  async #items() {
    const { namespace, scale } = this.scaled;
    const selector = "error" in scale ? "" : scale.selector;
    const path = pathOf(await questionOf(this.cluster, this.spec, namespace, selector));
    const answer = await this.cluster.reads.raw(path);
    if (answer.code !== 200) return { path, refused: refusalOf(answer).message };
    return { path, items: JSON.parse(answer.text).items ?? [] };
  }
}
