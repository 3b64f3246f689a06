import type { Labels, MatrixSeries, QueryRange, VectorSample } from "../promql/mod.ts";
import { type AskPrometheus, type PromAnswer, PrometheusApi } from "../prometheus/mod.ts";
import { away, type MetricSource, refusedBy } from "./metric_source.ts";

/** A Prometheus that runs, over whatever way leads to it. Errors, of every question: MetricSourceError. */
export class PrometheusSource implements MetricSource {
  readonly #api: PrometheusApi;

  constructor(
    readonly name: string,
    ask: AskPrometheus,
    readonly now: () => number,
  ) {
    this.#api = new PrometheusApi((path) =>
      ask(path).catch((error: unknown) => {
        throw error instanceof TypeError ? away(name, error.message) : error;
      })
    );
  }

  async series(selector: string, maxAgeMs: number): Promise<Labels[]> {
    return this.#taken(selector, await this.#api.series(selector, this.now() - maxAgeMs));
  }

  async instant(promql: string): Promise<VectorSample[]> {
    return this.#taken(promql, await this.#api.query(promql, this.now()));
  }

  async samples(selector: string, rangeMs: number): Promise<MatrixSeries[]> {
    return this.#taken(selector, await this.#api.samples(selector, rangeMs, this.now()));
  }

  async range(promql: string, range: QueryRange): Promise<MatrixSeries[]> {
    return this.#taken(promql, await this.#api.range(promql, range));
  }

  async names(): Promise<string[]> {
    return this.#taken("__name__", await this.#api.names());
  }

  async typeOf(name: string): Promise<string | undefined> {
    return this.#taken(name, await this.#api.typeOf(name));
  }

  #taken<T>(about: string, answer: PromAnswer<T>): T {
    if ("data" in answer) return answer.data;
    if ("refused" in answer) throw refusedBy(this.name, about, answer.refused);
    const { code, down } = answer;
    throw away(this.name, `HTTP ${code}${down ? `: ${down}` : ""}`);
  }
}
