import { parsePromDuration } from "../go/mod.ts";
import { type ApiPoint, fromApiPoint } from "../promql/mod.ts";
import { NotSeen, type Reads, refusalOf } from "./reads.ts";
import { proxyPath, type ServiceAddress } from "./service_address.ts";

/** A series' labels, `__name__` among them. */
export type SeriesLabels = Record<string, string>;

/** One sample of an instant query. */
export interface QueriedSample {
  metric: SeriesLabels;
  value: number;
}

/** A target as `/api/v1/targets` tells of it; of a dropped one only what was discovered. */
export interface ScrapeTarget {
  discoveredLabels: Record<string, string>;
  labels: Record<string, string>;
  scrapePool: string;
  scrapeUrl: string;
  health: "up" | "down" | "unknown";
  lastError: string;
  scrapeInterval: string;
}

/** What an answer of Prometheus holds: data, its refusal, or that nobody answers. */
export type PromAnswer<T> = { data: T } | { refused: string } | { down: string };

/** A Prometheus behind the API server's proxy of its Service. */
export class PrometheusReader {
  /** The path of its HTTP API through the API server. */
  readonly api: string;
  readonly service: { namespace: string; name: string; port: string };
  #targets: Promise<PromAnswer<ScrapeTarget[]>> | undefined;

  constructor(readonly reads: Reads, address: ServiceAddress) {
    const { namespace, name, port } = address;
    this.service = { namespace, name, port: String(port) };
    this.api = `${proxyPath(address)}/api/v1`;
  }

  /** What it is called in what is told. */
  get name(): string {
    return `${this.service.namespace}/${this.service.name}:${this.service.port}`;
  }

  path(what: string, query: Record<string, string> = {}): string {
    const search = new URLSearchParams(query).toString().replaceAll("+", "%20");
    return `${this.api}/${what}${search === "" ? "" : `?${search}`}`;
  }

  /** Errors: NotSeen, and what {@linkcode Reads.raw} throws. */
  async ask<T = any>(what: string, query: Record<string, string> = {}): Promise<PromAnswer<T>> {
    const { code, text } = await this.reads.raw(this.path(what, query));
    const body = parsed(text);
    if (code === 200 && body?.status === "success") return { data: body.data };
    if (body?.status === "error") return { refused: body.error };
    return { down: refusalOf({ code, text }).message };
  }

  /** An instant query now, by its own clock. */
  async query(promql: string): Promise<PromAnswer<QueriedSample[]>> {
    const answer = await this.ask("query", { query: promql });
    if (!("data" in answer)) return answer;
    const { resultType, result } = answer.data;
    if (resultType === "scalar") {
      return { data: [{ metric: {}, value: fromApiPoint(result).value }] };
    }
    if (resultType !== "vector") return { refused: `the result is a ${resultType}` };
    return {
      data: result.map(({ metric, value }: { metric: SeriesLabels; value: ApiPoint }) => ({
        metric,
        value: fromApiPoint(value).value,
      })),
    };
  }

  /** Its time, in seconds. Errors: NotSeen where it does not answer. */
  async now(): Promise<number> {
    const answer = await this.query("time()");
    if ("data" in answer) return answer.data[0].value;
    const why = "down" in answer ? answer.down : answer.refused;
    throw new NotSeen({
      en: `Prometheus ${this.name} does not answer: ${why}`,
      ko: `Prometheus ${this.name}이(가) 답하지 않습니다: ${why}`,
    });
  }

  /** The series that a selector finds, not older than `maxAgeMs`. */
  async series(selector: string, maxAgeMs: number): Promise<PromAnswer<SeriesLabels[]>> {
    // A whole number of seconds, so that equal questions of one moment are asked once.
    const start = Math.floor(await this.now() - maxAgeMs / 1000);
    return await this.ask("series", { "match[]": selector, start: String(start) });
  }

  /** The series that a selector finds now: those that went stale, or are of before, are not among them. */
  async live(selector: string): Promise<SeriesLabels[]> {
    const answer = await this.query(selector);
    return "data" in answer ? answer.data.map(({ metric }) => metric) : [];
  }

  /** The names of all series. */
  async names(): Promise<string[]> {
    const answer = await this.ask<string[]>("label/__name__/values");
    return "data" in answer ? answer.data : [];
  }

  /** The targets that are scraped. */
  async targets(): Promise<ScrapeTarget[]> {
    const answer = await (this.#targets ??= this.#askTargets());
    if ("data" in answer) return answer.data;
    const why = "down" in answer ? answer.down : answer.refused;
    throw new NotSeen({ en: why, ko: why });
  }

  async #askTargets(): Promise<PromAnswer<ScrapeTarget[]>> {
    const answer = await this.ask("targets", { state: "active" });
    return "data" in answer ? { data: answer.data.activeTargets ?? [] } : answer;
  }
}

/** How often a target is scraped, in milliseconds. */
export function intervalMsOf({ scrapeInterval }: ScrapeTarget): number | undefined {
  return /^(\d+(ms|[smhd]))+$/.test(scrapeInterval ?? "")
    ? parsePromDuration(scrapeInterval)
    : undefined;
}

function parsed(text: string): any {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
