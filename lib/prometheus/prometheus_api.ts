import { fieldsOf, parsePromDuration } from "../go/mod.ts";
import { fromApiPoint } from "../promql/api_data.ts";
import type {
  ApiData,
  ApiPoint,
  Labels,
  MatrixSeries,
  QueryRange,
  VectorSample,
} from "../promql/mod.ts";

/** Sends `GET /api/v1/…` to a Prometheus, and gives what came back. Errors: those of the way. */
export type AskPrometheus = (path: string) => Promise<{ code: number; text: string }>;

/** A response as {@linkcode AskPrometheus} gives it. */
export async function readResponse(response: Response): Promise<{ code: number; text: string }> {
  return { code: response.status, text: await response.text() };
}

/** What an answer holds: data; Prometheus' refusal; or, with the HTTP code, what somebody said who is no Prometheus. */
export type PromAnswer<T> = { data: T } | { refused: string } | { down: string; code: number };

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

/** Steps that one range query may have. Source: prometheus/prometheus web/api/v1/api.go (queryRange). */
const MAX_STEPS = 11_000;

/**
 * The HTTP API of a Prometheus. What it refuses, and that it is not there, are answers; errors are those of the way.
 * Source: prometheus/prometheus web/api/v1/api.go.
 */
export class PrometheusApi {
  readonly #ask: AskPrometheus;

  constructor(ask: AskPrometheus) {
    this.#ask = ask;
  }

  /** The `data` of an answer under `/api/v1/`, where it is what is wanted: anybody may answer at an address. */
  async get<T = unknown>(
    what: string,
    query: Record<string, string | number> = {},
    isWanted: (data: unknown) => boolean = () => true,
  ): Promise<PromAnswer<T>> {
    const { code, text } = await this.#ask(apiPath(what, query));
    const body = parsed(text);
    if (body?.status === "success" && isWanted(body.data)) return { data: body.data };
    if (body?.status === "error" && typeof body.error === "string") return { refused: body.error };
    // A Status is the API server's, on the way there.
    const message = typeof body?.message === "string" ? body.message : undefined;
    return { down: message ?? text.trim().split("\n")[0].slice(0, 120), code };
  }

  /** An instant query for a vector or a scalar; without a time, now by its own clock. */
  async query(promql: string, atMs?: number): Promise<PromAnswer<VectorSample[]>> {
    return then(await this.#query(promql, atMs), (data): PromAnswer<VectorSample[]> => {
      if (data.resultType === "vector") {
        return {
          data: toMatrix(data).map(({ metric, points: [point] }) => ({ metric, ...point })),
        };
      }
      if (data.resultType === "scalar") {
        return { data: [{ metric: {}, ...fromApiPoint(data.result) }] };
      }
      return { refused: `it gives a ${data.resultType}` };
    });
  }

  /** The samples of the last `rangeMs` of the series that a selector finds. */
  async samples(
    selector: string,
    rangeMs: number,
    atMs?: number,
  ): Promise<PromAnswer<MatrixSeries[]>> {
    const asked = await this.#query(`${selector}[${Math.ceil(rangeMs / 1000)}s]`, atMs);
    return then(asked, (data) => ({ data: toMatrix(data) }));
  }

  /** A query at every step of a span, in as many requests as that takes. */
  async range(
    promql: string,
    { startMs, endMs, stepMs }: QueryRange,
  ): Promise<PromAnswer<MatrixSeries[]>> {
    const all = new Map<string, MatrixSeries>();
    for (let fromMs = startMs; fromMs <= endMs; fromMs += stepMs * MAX_STEPS) {
      const toMs = Math.min(endMs, fromMs + stepMs * (MAX_STEPS - 1));
      const answer = await this.get<ApiData>("query_range", {
        query: promql,
        start: fromMs / 1000,
        end: toMs / 1000,
        step: stepMs / 1000,
      }, isValue);
      if (!("data" in answer)) return answer;
      for (const { metric, points } of toMatrix(answer.data)) {
        const key = JSON.stringify(metric);
        const known = all.get(key);
        if (known) known.points.push(...points);
        else all.set(key, { metric, points });
      }
    }
    return { data: [...all.values()] };
  }

  /** The series that a selector finds and that have samples since a time, in Unix milliseconds; one without a name has an empty one. */
  async series(selector: string, sinceMs: number): Promise<PromAnswer<Labels[]>> {
    // A whole number of seconds, so that equal questions of one moment are asked once.
    const start = Math.floor(sinceMs / 1000);
    const answer = await this.get<Labels[]>(
      "series",
      { "match[]": selector, start },
      (data) => Array.isArray(data) && data.every(areLabels),
    );
    return then(answer, (found) => ({
      data: found.map((labels) => "__name__" in labels ? labels : { __name__: "", ...labels }),
    }));
  }

  /** The names of all series. */
  async names(): Promise<PromAnswer<string[]>> {
    return await this.get<string[]>("label/__name__/values", {}, areTexts);
  }

  /** The targets that are scraped. */
  async targets(): Promise<PromAnswer<ScrapeTarget[]>> {
    const answer = await this.get<{ activeTargets: ScrapeTarget[] }>(
      "targets",
      { state: "active" },
      (data) => listIn(data, "activeTargets")?.every(isTarget) === true,
    );
    return then(answer, ({ activeTargets }) => ({ data: activeTargets }));
  }

  /** Its configuration, as YAML. */
  async config(): Promise<PromAnswer<string>> {
    const answer = await this.get<{ yaml: string }>(
      "status/config",
      {},
      (data) => typeof fieldsOf(data).yaml === "string",
    );
    return then(answer, ({ yaml }) => ({ data: yaml }));
  }

  /** What the targets say that a metric is, `counter` or another type; undefined where nothing is known. */
  async typeOf(name: string): Promise<PromAnswer<string | undefined>> {
    const answer = await this.get<Record<string, { type: string }[]>>("metadata", { metric: name });
    return then(answer, (types) => ({ data: types?.[name]?.[0]?.type }));
  }

  async #query(promql: string, atMs: number | undefined): Promise<PromAnswer<ApiData>> {
    const query = { query: promql };
    const timed = atMs === undefined ? query : { ...query, time: atMs / 1000 };
    return await this.get<ApiData>("query", timed, isValue);
  }
}

/** `/api/v1/query?query=up`. */
export function apiPath(what: string, query: Record<string, string | number> = {}): string {
  const pairs = Object.entries(query).map(([name, value]) => [name, String(value)]);
  const search = new URLSearchParams(pairs).toString().replaceAll("+", "%20");
  return `/api/v1/${what}${search === "" ? "" : `?${search}`}`;
}

/** What an answer holds; undefined for a refusal, and where nobody answers. */
export function dataOf<T>(answer: PromAnswer<T>): T | undefined {
  return "data" in answer ? answer.data : undefined;
}

/** How often a target is scraped, in milliseconds; undefined for one that does not say it. */
export function intervalMsOf({ scrapeInterval }: ScrapeTarget): number | undefined {
  return /^(\d+(ms|[smhd]))+$/.test(scrapeInterval ?? "")
    ? parsePromDuration(scrapeInterval)
    : undefined;
}

/** The series of an answer, those of an instant with one point each; native histograms are passed over. */
export function toMatrix(data: ApiData): MatrixSeries[] {
  if (data.resultType === "matrix") {
    return data.result.filter(({ values }) => values !== undefined)
      .map(({ metric, values }) => ({ metric, points: values.map(fromApiPoint) }));
  }
  if (data.resultType === "vector") {
    return data.result.filter(({ value }) => value !== undefined)
      .map(({ metric, value }) => ({ metric, points: [fromApiPoint(value)] }));
  }
  return [];
}

function listIn(value: unknown, field: string): unknown[] | undefined {
  const list = fieldsOf(value)[field];
  return Array.isArray(list) ? list : undefined;
}

/**
 * Whether something is the value of a query, as the API has it: a series has floats, native histograms or both.
 * Source: prometheus/prometheus web/api/v1/json_codec.go.
 */
export function isValue(data: unknown): data is ApiData {
  const { resultType, result } = fieldsOf(data);
  if (resultType === "scalar" || resultType === "string") return isPoint(result);
  const isSeries = resultType === "vector"
    ? ({ value, histogram }: Record<string, unknown>) =>
      value === undefined ? Array.isArray(histogram) : isPoint(value)
    : ({ values, histograms }: Record<string, unknown>) =>
      values === undefined
        ? Array.isArray(histograms)
        : Array.isArray(values) && values.every(isPoint);
  return (resultType === "vector" || resultType === "matrix") && Array.isArray(result) &&
    result.map(fieldsOf).every((one) => areLabels(one.metric) && isSeries(one));
}

function isPoint(point: unknown): point is ApiPoint {
  return Array.isArray(point) && typeof point[0] === "number" && typeof point[1] === "string";
}

function areLabels(labels: unknown): labels is Labels {
  return typeof labels === "object" && labels !== null && areTexts(Object.values(labels));
}

function areTexts(texts: unknown): texts is string[] {
  return Array.isArray(texts) && texts.every((text) => typeof text === "string");
}

function isTarget(target: unknown): target is ScrapeTarget {
  const { labels, discoveredLabels, scrapePool, scrapeUrl, health, lastError } = fieldsOf(target);
  return areLabels(labels) && areLabels(discoveredLabels) &&
    areTexts([scrapePool, scrapeUrl, health, lastError]);
}

function then<A, B>(answer: PromAnswer<A>, read: (data: A) => PromAnswer<B>): PromAnswer<B> {
  return "data" in answer ? read(answer.data) : answer;
}

function parsed(text: string): any {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
