import type { PromAnswer } from "../../prometheus/mod.ts";
import { everyPart, type Labels, parse, type VectorSample } from "../../promql/mod.ts";
import { fieldEvidence } from "../hop.ts";
import type { PrometheusReader } from "../prometheus.ts";
import { lazy } from "../reads.ts";
import type { KedaWalk, Trigger } from "./keda_walk.ts";
import { Source } from "./source.ts";

/** A prometheus trigger, and what its query gives. */
export class TriggerWalk {
  readonly prometheus: () => Promise<PrometheusReader | undefined>;
  readonly result: () => Promise<PromAnswer<VectorSample[]> | undefined>;
  readonly source: Source;

  constructor(readonly keda: KedaWalk, readonly trigger: Trigger, readonly number: number) {
    this.prometheus = lazy(() => this.#prometheus());
    this.result = lazy(async () => await (await this.prometheus())?.query(this.query));
    this.source = new Source({
      cluster: keda.cluster,
      namespace: keda.namespace,
      metric: this.selectors()[0]?.name ?? "",
      prometheus: this.prometheus,
      seriesNames: () => Promise.resolve(this.selectors().map(({ name }) => name).filter(Boolean)),
      series: () => this.#series(this.selectors().map(({ text }) => text)),
      others: () => this.#series(this.selectors().map(({ name }) => name).filter(Boolean)),
      pods: async () => (await keda.scaled()).pods,
    });
  }

  get query(): string {
    return this.trigger.metadata?.query ?? "";
  }

  get address(): string {
    return this.trigger.metadata?.serverAddress ?? "";
  }

  /** What KEDA's operator reaches at the address. Errors: NotSeen. */
  async found() {
    return await this.keda.cluster.prometheusAt(this.address, await this.keda.asker());
  }

  /** The series that the query asks for; none where it is no PromQL. */
  selectors(): { name: string; text: string }[] {
    try {
      return [...everyPart(parse(this.query))].flatMap((part) => {
        if (part.kind !== "vectorSelector") return [];
        const matchers = part.matchers.map(({ name, type, value }) =>
          `${name}${type}${JSON.stringify(value)}`
        );
        return [{ name: part.name, text: `{${matchers.join(",")}}` }];
      });
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      return [];
    }
  }

  async #prometheus(): Promise<PrometheusReader | undefined> {
    const found = await this.found();
    return "reader" in found ? found.reader : undefined;
  }

  async #series(selectors: readonly string[]): Promise<Labels[]> {
    const prometheus = await this.prometheus();
    if (!prometheus) return [];
    const found: Labels[] = [];
    for (const selector of selectors) {
      found.push(...await prometheus.live(selector));
    }
    return found;
  }
}

/** What the trigger says. */
export function triggerEvidence({ keda, number }: TriggerWalk) {
  return fieldEvidence(keda.resource, keda.object, `.spec.triggers[${number}].metadata`);
}

/** A line that sets a key of the trigger. */
export function patchTrigger({ keda, number }: TriggerWalk, key: string, value: string): string {
  const { name, namespace } = keda.object.metadata;
  const patch = [{ op: "add", path: `/spec/triggers/${number}/metadata/${key}`, value }];
  return `kubectl -n ${namespace} patch ${keda.command} ${name} --type=json -p '${
    JSON.stringify(patch)
  }'`;
}
