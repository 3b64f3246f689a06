import type { Labels } from "../promql/mod.ts";
import {
  apiPath,
  dataOf,
  type PromAnswer,
  PrometheusApi,
  type ScrapeTarget,
} from "../prometheus/mod.ts";
import { lazy, NotSeen, type Reads } from "./reads.ts";
import { proxyPath, type ServiceAddress } from "./service_address.ts";

/** A Prometheus behind the API server's proxy of its Service; each of its answers is asked for once. */
export class PrometheusReader {
  readonly service: { namespace: string; name: string; port: string };
  /** The path of it through the API server. */
  readonly root: string;
  readonly #api: PrometheusApi;
  readonly #targets: () => Promise<PromAnswer<ScrapeTarget[]>>;

  constructor(reads: Reads, readonly address: ServiceAddress) {
    const { namespace, name, port } = address;
    this.service = { namespace, name, port: String(port) };
    this.root = proxyPath(address);
    this.#api = new PrometheusApi((path) => reads.raw(this.root + path));
    this.#targets = lazy(() => this.#api.targets());
  }

  /** What it is called in what is told. */
  get name(): string {
    return `${this.service.namespace}/${this.service.name}:${this.service.port}`;
  }

  /** The path of a question through the API server, as a person may ask it too. */
  path(what: string, query: Record<string, string> = {}): string {
    return this.root + apiPath(what, query);
  }

  /** An instant query now, by its own clock. */
  query(promql: string) {
    return this.#api.query(promql);
  }

  /** Its time, in Unix milliseconds. Errors: NotSeen where it does not answer. */
  async now(): Promise<number> {
    const answer = await this.query("time()");
    if ("data" in answer) return answer.data[0].value * 1000;
    const why = "down" in answer ? answer.down : answer.refused;
    throw new NotSeen({
      en: `Prometheus ${this.name} does not answer: ${why}`,
      ko: `Prometheus ${this.name}이(가) 답하지 않습니다: ${why}`,
    });
  }

  /** The series that a selector finds, not older than `maxAgeMs`. */
  async series(selector: string, maxAgeMs: number): Promise<PromAnswer<Labels[]>> {
    return await this.#api.series(selector, await this.now() - maxAgeMs);
  }

  /** The series that a selector finds now: those that went stale, or are of before, are not among them. */
  async live(selector: string): Promise<Labels[]> {
    return dataOf(await this.query(selector))?.map(({ metric }) => metric) ?? [];
  }

  /** The names of all series. */
  async names(): Promise<string[]> {
    return dataOf(await this.#api.names()) ?? [];
  }

  /** The targets that are scraped. Errors: NotSeen. */
  async targets(): Promise<ScrapeTarget[]> {
    const answer = await this.#targets();
    if ("data" in answer) return answer.data;
    const why = "down" in answer ? answer.down : answer.refused;
    throw new NotSeen({ en: why, ko: why });
  }
}
