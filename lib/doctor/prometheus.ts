import type { Labels } from "../promql/mod.ts";
import { apiPath, type PromAnswer, PrometheusApi, type ScrapeTarget } from "../prometheus/mod.ts";
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
    const [sample] = this.#seen(await this.query("time()"), []);
    if (!sample) throw this.#silent("");
    return sample.value * 1000;
  }

  /** The series that a selector finds, not older than `maxAgeMs`; or why it refuses that. Errors: NotSeen. */
  async series(
    selector: string,
    maxAgeMs: number,
  ): Promise<{ data: Labels[] } | { refused: string }> {
    const answer = await this.#api.series(selector, await this.now() - maxAgeMs);
    return "refused" in answer ? answer : { data: this.#seen(answer, []) };
  }

  /**
   * The series that a selector finds now: those that went stale, or are of before, are not among them. Errors: NotSeen.
   */
  async live(selector: string): Promise<Labels[]> {
    return this.#seen(await this.query(selector), []).map(({ metric }) => metric);
  }

  /** The names of all series. Errors: NotSeen. */
  async names(): Promise<string[]> {
    return this.#seen(await this.#api.names(), []);
  }

  /** The targets that are scraped. Errors: NotSeen. */
  async targets(): Promise<ScrapeTarget[]> {
    return this.#seen(await this.#targets(), []);
  }

  /** Its configuration, as YAML; empty where it does not show it. Errors: NotSeen. */
  async config(): Promise<string> {
    return this.#seen(await this.#api.config(), "");
  }

  /** What an answer holds, or what stands for a refusal; what nobody answers is unknown, and not nothing. */
  #seen<T>(answer: PromAnswer<T>, refused: T): T {
    if ("down" in answer) throw this.#silent(answer.down);
    return "data" in answer ? answer.data : refused;
  }

  #silent(why: string): NotSeen {
    return new NotSeen({
      en: `Prometheus ${this.name} does not answer: ${why}`,
      ko: `Prometheus ${this.name}이(가) 답하지 않습니다: ${why}`,
    });
  }
}
