import {
  httpStatus,
  JsonError,
  type JsonType,
  parseGoFloat,
  quote,
  scanJson,
  unmarshalError,
} from "../../../go/mod.ts";
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
    const data = decoded<QueryData>(dataOf(this.#ask("/api/v1/query", params)), QUERY_RESULT);
    const { resultType = "", result } = data ?? {};
    switch (resultType) {
      case "vector": {
        const list = decoded<(SampleData | null)[]>(result, VECTOR) ?? [];
        const samples = list.map((one) => toSample(one?.metric ?? {}, one?.value));
        return { resultType, samples };
      }
      case "scalar":
        return { resultType, samples: [toSample({}, decoded<Pair>(result, SCALAR))] };
      case "matrix":
        return { resultType, samples: [] };
      default:
        throw new PrometheusError(`unexpected value type ${quote(resultType)}`);
    }
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

interface Answer {
  status?: string;
  data?: unknown;
  errorType?: string;
  error?: string;
}

/** Seconds, and a float's text. */
type Pair = [number, string];

interface SampleData {
  metric?: Record<string, string>;
  value?: Pair;
}

interface QueryData {
  resultType?: string;
  result?: unknown;
}

const ANSWER: JsonType = {
  go: "client.APIResponse",
  name: "APIResponse",
  fields: {
    status: { go: "client.ResponseStatus", kind: "string" },
    errorType: { go: "client.ErrorType", kind: "string" },
    error: "string",
  },
};
const QUERY_RESULT: JsonType = {
  go:
    'struct { Type model.ValueType "json:\\"resultType\\""; Result json.RawMessage "json:\\"result\\"" }',
  fields: { resultType: { go: "model.ValueType", kind: "string" } },
};
const SCALAR: JsonType = { go: "[2]interface {}", items: "any" };
const LABELS: JsonType = {
  go: "model.Metric",
  values: { go: "model.LabelValue", kind: "string" },
};
const VECTOR: JsonType = {
  go: "model.Vector",
  items: {
    go:
      'struct { Metric model.Metric "json:\\"metric\\""; Value model.SamplePair "json:\\"value\\""; Histogram model.SampleHistogramPair "json:\\"histogram\\"" }',
    fields: { metric: LABELS, value: { go: "model.SamplePair", items: "any" } },
  },
};
const SERIES: JsonType = { go: "[]client.Series", items: LABELS };

/** The `data` of an answer. Errors: PrometheusError as `<type>: <message>`. */
function dataOf(body: string): unknown {
  let answer: Answer;
  try {
    // Its decoder reads one value, and leaves what follows.
    answer = decoded<Answer>(JSON.parse(body.slice(0, scanJson(body, 0))), ANSWER) ?? {};
  } catch (error) {
    if (!(error instanceof JsonError) && !(error instanceof PrometheusError)) throw error;
    const early = body.trim() === "" ? "EOF" : "unexpected EOF";
    const isEarly = error instanceof JsonError && error.ended;
    throw new PrometheusError(`bad_response: ${isEarly ? early : error.message}`);
  }
  const { status, errorType = "", error = "", data } = answer;
  if (status === "error") throw new PrometheusError(`${errorType}: ${error}`);
  return data;
}

/** A value that has the shape of a type; undefined for `null`. Errors: PrometheusError, in Go's words. */
function decoded<Shape>(value: unknown, type: JsonType): Shape | undefined {
  if (value === undefined) throw new PrometheusError("unexpected end of JSON input");
  const wrong = unmarshalError(value, type);
  if (wrong !== undefined) throw new PrometheusError(wrong);
  return (value ?? undefined) as Shape | undefined;
}

/** The series in a body of `/api/v1/series`; undefined for `null`. Errors: PrometheusError. */
export function seriesOf(body: string): SeriesLabels[] | undefined {
  return decoded<SeriesLabels[]>(dataOf(body), SERIES);
}

function toSample(
  metric: Record<string, string>,
  [timestamp, value]: Pair | [number, number] = [0, 0],
): Sample {
  return { metric, timestamp, value: parseGoFloat(String(value)) ?? NaN };
}

/** A time as prometheus/common's model.Time prints it: seconds, to the millisecond. */
function seconds(ms: number): string {
  return String(Math.round(ms) / 1000);
}

function joined(base: string, endpoint: string): string {
  return base.replace(/\/+$/, "") + endpoint;
}
