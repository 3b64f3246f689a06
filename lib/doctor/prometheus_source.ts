import {
  type ApiData,
  fromApiPoint,
  type Labels,
  type MatrixSeries,
  type QueryRange,
  type VectorSample,
} from "../promql/mod.ts";
import { away, type MetricSource, refusedBy } from "./metric_source.ts";

/** Sends `GET /api/v1/…` to a Prometheus. */
export type AskPrometheus = (path: string) => Promise<Response>;

/** Steps that one range query may have. Source: prometheus/prometheus web/api/v1/api.go (queryRange). */
const MAX_STEPS = 11_000;

/**
 * A Prometheus that runs, over whatever way leads to it. Errors, of every question: MetricSourceError.
 * Source: prometheus/prometheus web/api/v1/api.go.
 */
export class PrometheusSource implements MetricSource {
  constructor(
    readonly name: string,
    readonly ask: AskPrometheus,
    readonly now: () => number,
  ) {}

  async series(selector: string, maxAgeMs: number): Promise<Labels[]> {
    const start = (this.now() - maxAgeMs) / 1000;
    return await this.#list<Labels>("series", { "match[]": selector, start }, selector);
  }

  async instant(promql: string): Promise<VectorSample[]> {
    const data = await this.#query(promql);
    if (data.resultType === "vector") {
      return data.result.map(({ metric, value }) => ({ metric, ...fromApiPoint(value) }));
    }
    if (data.resultType === "scalar") return [{ metric: {}, ...fromApiPoint(data.result) }];
    throw refusedBy(this.name, promql, `it gives a ${data.resultType}`);
  }

  async samples(selector: string, rangeMs: number): Promise<MatrixSeries[]> {
    const promql = `${selector}[${Math.ceil(rangeMs / 1000)}s]`;
    return toMatrix(await this.#query(promql));
  }

  async range(promql: string, { startMs, endMs, stepMs }: QueryRange): Promise<MatrixSeries[]> {
    const all = new Map<string, MatrixSeries>();
    for (let fromMs = startMs; fromMs <= endMs; fromMs += stepMs * MAX_STEPS) {
      const toMs = Math.min(endMs, fromMs + stepMs * (MAX_STEPS - 1));
      const query = {
        query: promql,
        start: fromMs / 1000,
        end: toMs / 1000,
        step: stepMs / 1000,
      };
      const data = await this.#data("query_range", query, promql) as ApiData;
      for (const { metric, points } of toMatrix(data)) {
        const key = JSON.stringify(metric);
        const known = all.get(key);
        if (known) known.points.push(...points);
        else all.set(key, { metric, points });
      }
    }
    return [...all.values()];
  }

  async names(): Promise<string[]> {
    return await this.#list<string>("label/__name__/values", {}, "__name__");
  }

  async typeOf(name: string): Promise<string | undefined> {
    const data = await this.#data("metadata", { metric: name }, name) as Record<
      string,
      { type: string }[]
    >;
    return data[name]?.[0]?.type;
  }

  async #list<T>(
    path: string,
    query: Record<string, string | number>,
    about: string,
  ): Promise<T[]> {
    const data = await this.#data(path, query, about);
    if (Array.isArray(data)) return data;
    throw away(this.name, `/api/v1/${path} gives no list`);
  }

  async #query(promql: string): Promise<ApiData> {
    return await this.#data("query", { query: promql, time: this.now() / 1000 }, promql) as ApiData;
  }

  async #data(
    path: string,
    query: Record<string, string | number>,
    about: string,
  ): Promise<unknown> {
    const asked = new URLSearchParams(
      Object.entries(query).map(([name, value]) => [name, String(value)]),
    );
    const response = await this.ask(`/api/v1/${path}?${asked}`).catch((error: unknown) => {
      throw error instanceof TypeError ? away(this.name, error.message) : error;
    });
    const text = await response.text();
    const answer = answerIn(text);
    if (answer?.status === "success") return answer.data;
    if (answer?.status === "error") {
      throw refusedBy(this.name, about, answer.error ?? `HTTP ${response.status}`);
    }
    // A Status is the API server's on the way there; anything else is somebody's who is no Prometheus.
    const start = answer?.message ?? text.trim().split("\n")[0].slice(0, 120);
    throw away(this.name, `HTTP ${response.status}${start ? `: ${start}` : ""}`);
  }
}

interface HttpAnswer {
  status?: unknown;
  data?: unknown;
  error?: string;
  message?: string;
}

/** An answer in JSON; undefined for any other. */
function answerIn(text: string): HttpAnswer | undefined {
  try {
    return JSON.parse(text) ?? undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

export function toMatrix(data: ApiData): MatrixSeries[] {
  if (data.resultType === "matrix") {
    return data.result.map(({ metric, values }) => ({ metric, points: values.map(fromApiPoint) }));
  }
  if (data.resultType === "vector") {
    return data.result.map(({ metric, value }) => ({ metric, points: [fromApiPoint(value)] }));
  }
  return [];
}
