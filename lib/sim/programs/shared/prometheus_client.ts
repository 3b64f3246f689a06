import { httpStatus, parseGoFloat } from "../../../go/mod.ts";
import type { Sample, SeriesLabels } from "../../../adapter/mod.ts";
import {
  clientError,
  type ContainerContext,
  type HttpResponse,
  NetworkError,
} from "../../seams.ts";

/** A query that Prometheus did not answer, as Go's clients word it. */
export class PrometheusError extends Error {
  override name = "PrometheusError";
}

/** An instant query's answer; `value` samples carry seconds. */
export interface QueryResult {
  resultType: string;
  samples: Sample[];
}

/**
 * Prometheus's HTTP API as prometheus-adapter asks it.
 * Source: kubernetes-sigs/prometheus-adapter pkg/client/api.go.
 */
export class PrometheusClient {
  /** Called after each answer, with the method, URL and status line. */
  onAnswer: (line: string) => void = () => {};

  constructor(
    private readonly context: ContainerContext,
    private readonly baseUrl: string,
    private readonly verb: "GET" | "POST" = "GET",
    private readonly headers: Record<string, string> = {},
  ) {}

  /** The raw body of `/api/v1/series`. Errors: PrometheusError. */
  seriesBody(match: string, startMs: number): string {
    const params = new URLSearchParams([["match[]", match], ["start", seconds(startMs)]]);
    return this.#ask("/api/v1/series", params);
  }

  /** Errors: PrometheusError. */
  query(expression: string, timeMs: number): QueryResult {
    const params = new URLSearchParams([["query", expression], ["time", seconds(timeMs)]]);
    const data = dataOf(this.#ask("/api/v1/query", params)) as any;
    if (data?.resultType === "vector") {
      const samples = data.result.map(({ metric, value }: any) => toSample(metric, value));
      return { resultType: "vector", samples };
    }
    if (data?.resultType === "scalar") {
      return { resultType: "scalar", samples: [toSample({}, data.result)] };
    }
    if (data?.resultType === "matrix") return { resultType: "matrix", samples: [] };
    throw new PrometheusError(`unexpected value type ${JSON.stringify(data?.resultType ?? "")}`);
  }

  #ask(endpoint: string, params: URLSearchParams): string {
    const url = joined(this.baseUrl, endpoint);
    const isGet = this.verb === "GET";
    const full = isGet ? `${url}?${params}` : url;
    const response = send(this.context, this.verb, full, {
      headers: {
        ...this.headers,
        ...(isGet ? {} : { "content-type": "application/x-www-form-urlencoded" }),
      },
      ...(isGet ? {} : { body: String(params) }),
    });
    this.onAnswer(`${this.verb} ${full} ${httpStatus(response.status)}`);
    const { status } = response;
    if (Math.floor(status / 100) !== 2 && ![400, 422, 503].includes(status)) {
      throw new PrometheusError(`bad_response: unknown response code ${status}`);
    }
    return response.body;
  }
}

/**
 * One request, with the error that Go's http.Client gives: `Get "http://…": dial tcp …`.
 * Errors: PrometheusError. Source: golang/go src/net/http/client.go, src/net/url/url.go (Error).
 */
export function send(
  context: ContainerContext,
  verb: "GET" | "POST",
  url: string,
  options: { headers?: Record<string, string>; body?: string; insecureSkipVerify?: boolean } = {},
): HttpResponse {
  const operation = verb === "GET" ? "Get" : "Post";
  try {
    return context.net.request({ method: verb, url, ...options });
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    throw new PrometheusError(clientError(operation, url, error));
  }
}

/** The `data` of an answer. Errors: PrometheusError as `<type>: <message>`. */
function dataOf(body: string): unknown {
  let answer: any;
  try {
    answer = JSON.parse(body);
  } catch {
    const first = body.trimStart()[0] ?? "";
    throw new PrometheusError(
      first === ""
        ? "bad_response: EOF"
        : `bad_response: invalid character '${first}' looking for beginning of value`,
    );
  }
  if (answer.status === "error") throw new PrometheusError(`${answer.errorType}: ${answer.error}`);
  return answer.data;
}

/** The series in a body of `/api/v1/series`; undefined for `null`. Errors: PrometheusError. */
export function seriesOf(body: string): SeriesLabels[] | undefined {
  return (dataOf(body) ?? undefined) as SeriesLabels[] | undefined;
}

function toSample(metric: Record<string, string>, [timestamp, value]: [number, string]): Sample {
  return { metric, timestamp, value: parseGoFloat(value) ?? NaN };
}

/** A time as prometheus/common's model.Time prints it: seconds, to the millisecond. */
function seconds(ms: number): string {
  return String(Math.round(ms) / 1000);
}

function joined(base: string, endpoint: string): string {
  return base.replace(/\/+$/, "") + endpoint;
}
