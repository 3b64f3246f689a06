import { DurationSyntaxError, InvariantError, parsePromDuration } from "../../../base/mod.ts";
import {
  evaluateInstant,
  evaluateRange,
  EvaluationError,
  goQuote,
  type Labels,
  labelsKey,
  type Matcher,
  parse,
  parseSelector,
  PromqlSyntaxError,
  type QueryResult,
  toApiData,
} from "../../../promql/mod.ts";
import { QueryApiError } from "./api_error.ts";
import { goJson } from "./go_json.ts";
import type { PrometheusServer } from "./server.ts";

/** What an endpoint gives. */
export interface ApiResult {
  data: unknown;
  /** The data written as JSON already, where writing it anew would cost. */
  dataJson?: string;
  warnings?: readonly string[];
  infos?: readonly string[];
}

type Form = URLSearchParams;
export type Endpoint = (server: PrometheusServer, form: Form) => ApiResult;

const MAX_POINTS = 11_000;
const TRUNCATED = "results truncated due to limit";

/**
 * Endpoints of `/api/v1` about queries and series.
 * Source: prometheus/prometheus web/api/v1/api.go.
 */
export const queryEndpoints: Record<string, Endpoint> = {
  query: (server, form) => {
    const limit = limitOf(form);
    const tMs = timeParameter(form, "time", server.context.now());
    timeoutOf(form);
    const query = form.get("query") ?? "";
    const result = evaluated(() =>
      evaluateInstant(server.store, parsed(query), tMs, {
        lookbackMs: lookbackOf(server, form),
        defaultStepMs: server.config.evaluationIntervalMs,
        text: query,
      })
    );
    return answer(result, limit);
  },
  query_range: (server, form) => {
    const limit = limitOf(form);
    const startMs = requiredTime(form, "start");
    const endMs = requiredTime(form, "end");
    if (endMs < startMs) {
      throw QueryApiError.parameter("end", "end timestamp must not be before start time");
    }
    const stepMs = durationParameter(form.get("step") ?? "", "step");
    if (stepMs <= 0) {
      throw QueryApiError.parameter(
        "step",
        "zero or negative query resolution step widths are not accepted. Try a positive integer",
      );
    }
    if ((endMs - startMs) / stepMs > MAX_POINTS) {
      throw new QueryApiError(
        "bad_data",
        "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)",
      );
    }
    timeoutOf(form);
    const query = form.get("query") ?? "";
    const expr = parsed(query);
    const result = evaluated(() => {
      try {
        return evaluateRange(server.store, expr, { startMs, endMs, stepMs }, {
          lookbackMs: lookbackOf(server, form),
          defaultStepMs: server.config.evaluationIntervalMs,
          text: query,
        });
      } catch (error) {
        if (error instanceof EvaluationError && error.message.startsWith("invalid expression")) {
          throw QueryApiError.parameter("query", error.message);
        }
        throw error;
      }
    });
    return answer(result, limit);
  },
  series: (server, form) => {
    if (!form.has("match[]")) {
      throw new QueryApiError("bad_data", "no match[] parameter provided");
    }
    const limit = limitOf(form);
    const range = rangeOf(form);
    const sets = matcherSets(form, (message) => QueryApiError.parameter("match[]", message));
    const lists = sets.map((matchers) =>
      server.store.select(matchers, range).map(({ labels }) => labels)
    );
    const all = lists.length === 1
      ? lists[0]
      : [...new Set(lists.flat())].sort((a, b) => labelsKey(a) < labelsKey(b) ? -1 : 1);
    return listed(server, `${limit} ${form.getAll("match[]").join(" ")}`, all, limit);
  },
  labels: (server, form) => {
    const limit = limitOf(form);
    const range = rangeOf(form);
    const sets = matcherSets(form, (message) => new QueryApiError("bad_data", message));
    const names = new Set(
      sets.length === 0
        ? server.store.labelNames(undefined, range)
        : sets.flatMap((matchers) => server.store.labelNames(matchers, range)),
    );
    return limited(Array.from(names).sort(), limit);
  },
  format_query: (_server, form) => {
    const query = form.get("query") ?? "";
    parsed(query);
    return { data: query.replace(/\s+/g, " ").trim() };
  },
};

/** `/api/v1/label/<name>/values`. */
export function labelValues(server: PrometheusServer, name: string, form: Form): ApiResult {
  if (name === "") {
    throw new QueryApiError("bad_data", `invalid label name: ${goQuote(name)}`);
  }
  const limit = limitOf(form);
  const range = rangeOf(form);
  const sets = matcherSets(form, (message) => new QueryApiError("bad_data", message));
  const values = new Set(
    sets.length === 0
      ? server.store.labelValues(name, undefined, range)
      : sets.flatMap((matchers) => server.store.labelValues(name, matchers, range)),
  );
  return limited(Array.from(values).sort(), limit);
}

function parsed(query: string): ReturnType<typeof parse> {
  try {
    return parse(query);
  } catch (error) {
    if (error instanceof PromqlSyntaxError) {
      throw QueryApiError.parameter("query", error.message);
    }
    throw error;
  }
}

function evaluated(run: () => QueryResult): QueryResult {
  try {
    return run();
  } catch (error) {
    if (error instanceof InvariantError) throw error;
    if (error instanceof EvaluationError) throw new QueryApiError("execution", error.message);
    throw error;
  }
}

function answer(result: QueryResult, limit: number): ApiResult {
  const data = toApiData(result);
  const { warnings, infos } = result;
  if (
    limit > 0 && (data.resultType === "vector" || data.resultType === "matrix") &&
    data.result.length > limit
  ) {
    return {
      data: { ...data, result: data.result.slice(0, limit) },
      warnings: [...warnings, TRUNCATED],
      infos,
    };
  }
  return { data, warnings, infos };
}

function limited<T>(items: T[], limit: number): ApiResult {
  return limit > 0 && items.length > limit
    ? { data: items.slice(0, limit), warnings: [TRUNCATED] }
    : { data: items };
}

/** Source: prometheus/prometheus web/api/v1/api.go (parseLimitParam). */
function limitOf(form: Form): number {
  const text = form.get("limit");
  if (text === null || text === "") return 0;
  if (!/^[-+]?\d+$/.test(text)) {
    throw QueryApiError.parameter(
      "limit",
      `strconv.Atoi: parsing ${goQuote(text)}: invalid syntax`,
    );
  }
  if (Number(text) < 0) throw QueryApiError.parameter("limit", "limit must be non-negative");
  return Number(text);
}

function timeoutOf(form: Form): void {
  const text = form.get("timeout");
  if (text) durationParameter(text, "timeout");
}

function lookbackOf(server: PrometheusServer, form: Form): number {
  const text = form.get("lookback_delta");
  if (!text) return server.lookbackMs;
  return durationParameter(text, "lookback_delta");
}

function timeParameter(form: Form, name: string, fallbackMs: number): number {
  const text = form.get(name);
  if (text === null || text === "") return fallbackMs;
  const tMs = parseTime(text);
  if (tMs === undefined) {
    throw QueryApiError.parameter(
      name,
      `Invalid time value for '${name}': cannot parse ${goQuote(text)} to a valid timestamp`,
    );
  }
  return tMs;
}

function requiredTime(form: Form, name: string): number {
  const text = form.get(name) ?? "";
  const tMs = parseTime(text);
  if (tMs === undefined) {
    throw QueryApiError.parameter(name, `cannot parse ${goQuote(text)} to a valid timestamp`);
  }
  return tMs;
}

/** Milliseconds of a time given as seconds or by RFC 3339. */
export function parseTime(text: string): number | undefined {
  if (/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text)) return Math.round(Number(text) * 1000);
  if (/^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[-+]\d\d:\d\d)$/.test(text)) {
    const tMs = Date.parse(text);
    return Number.isNaN(tMs) ? undefined : tMs;
  }
  return undefined;
}

function durationParameter(text: string, name: string): number {
  if (/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text)) return Number(text) * 1000;
  try {
    return parsePromDuration(text);
  } catch (error) {
    if (!(error instanceof DurationSyntaxError)) throw error;
    throw QueryApiError.parameter(
      name,
      `cannot parse ${goQuote(text)} to a valid duration`,
    );
  }
}

function rangeOf(form: Form): { minMs: number; maxMs: number } {
  return {
    minMs: timeParameter(form, "start", -Infinity),
    maxMs: timeParameter(form, "end", Infinity),
  };
}

function matcherSets(form: Form, fail: (message: string) => QueryApiError): Matcher[][] {
  return form.getAll("match[]").map((text) => {
    let matchers: Matcher[];
    try {
      matchers = parseSelector(text);
    } catch (error) {
      if (error instanceof PromqlSyntaxError) throw fail(error.message);
      throw error;
    }
    if (!matchers.some((matcher) => !matcher.matches(""))) {
      throw fail("match[] must contain at least one non-empty matcher");
    }
    return matchers;
  });
}

/** The last answer to each question for series of a server. */
const answered = new WeakMap<PrometheusServer, Map<string, { all: Labels[]; result: ApiResult }>>();
const ANSWERS_KEPT = 32;

/** Series as an answer; the very same one while the same series are asked for and there. */
function listed(
  server: PrometheusServer,
  question: string,
  all: Labels[],
  limit: number,
): ApiResult {
  let answers = answered.get(server);
  if (!answers) answered.set(server, answers = new Map());
  const before = answers.get(question);
  if (before?.all.length === all.length && before.all.every((labels, i) => labels === all[i])) {
    return before.result;
  }
  const { data, warnings } = limited(all.map(writtenLabels), limit);
  const written = data as WrittenLabels[];
  const result: ApiResult = {
    data: written.map(({ labels }) => labels),
    dataJson: `[${written.map(({ json }) => json).join(",")}]`,
    ...(warnings ? { warnings } : {}),
  };
  answers.delete(question);
  answers.set(question, { all, result });
  if (answers.size > ANSWERS_KEPT) answers.delete(answers.keys().next().value!);
  return result;
}

interface WrittenLabels {
  labels: Labels;
  json: string;
}

/** A series' labels never change, and the adapter asks for all of them every minute. */
const written = new WeakMap<Labels, WrittenLabels>();

function writtenLabels(labels: Labels): WrittenLabels {
  let entry = written.get(labels);
  if (!entry) {
    const sorted = sortedLabels(labels);
    written.set(labels, entry = { labels: sorted, json: goJson(sorted) });
  }
  return entry;
}

/** Labels in order of their names. */
export function sortedLabels(labels: Labels): Labels {
  return Object.fromEntries(Object.entries(labels).sort(([a], [b]) => a < b ? -1 : 1));
}
