import {
  DurationSyntaxError,
  formatGoDuration,
  goStructJson,
  parseGoFloat,
  parseGoInt,
  parsePromDuration,
  quote,
} from "../../../go/mod.ts";
import {
  EvaluationError,
  everyPart,
  type Labels,
  labelsKey,
  type Matcher,
  parse,
  parseSelector,
  prettyExpr,
  PromqlSyntaxError,
  type QueryRange,
  type QueryResult,
  QueryTimeoutError,
  sortedLabels,
  toApiData,
  typeOf,
} from "../../../promql/mod.ts";
import { QueryApiError } from "./api_error.ts";
import { checkForm, type Form } from "./form.ts";
import { translateAst } from "./translate_ast.ts";
import type { QuerySettings } from "./query_engine.ts";
import type { PrometheusServer } from "./server.ts";

const NO_TIME = "0001-01-01T00:00:00Z";

/** A time as Go's JSON has it. */
export function goTime(tMs: number): string {
  return tMs === 0 ? NO_TIME : new Date(tMs).toISOString().replace(/\.?0*Z$/, "Z");
}

/** What an endpoint gives. */
export interface ApiResult {
  /** Undefined: an answer without content. */
  data: unknown;
  /** The data written as JSON already, where writing it anew would cost. */
  dataJson?: string;
  warnings?: readonly string[];
  infos?: readonly string[];
  /** How long the server was at it, where that is noticed. */
  durationMs?: number;
}

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
    const settings = settingsOf(server, form);
    const expr = parsed(server, settings.text);
    const result = evaluated(() => server.queries.instant(expr, tMs, settings));
    return withStats(server, form, answer(result, limit), result.samples);
  },
  query_range: (server, form) => {
    const limit = limitOf(form);
    const range = queryRangeOf(form);
    const settings = settingsOf(server, form);
    const expr = parsed(server, settings.text);
    const result = evaluated(() => {
      try {
        return server.queries.range(expr, range, settings);
      } catch (error) {
        if (error instanceof EvaluationError && error.message.startsWith("invalid expression")) {
          throw QueryApiError.parameter("query", error.message);
        }
        throw error;
      }
    });
    return withStats(server, form, answer(result, limit), result.samples);
  },
  series: (server, form) => {
    checkForm(form);
    if (!form.has("match[]")) {
      throw new QueryApiError("bad_data", "no match[] parameter provided");
    }
    const limit = limitOf(form);
    const range = rangeOf(form);
    const sets = matcherSets(form, (message) => QueryApiError.parameter("match[]", message));
    const found = new Set<Labels>();
    searched(server, (spend) => {
      for (const matchers of sets) {
        for (const { labels } of server.store.select(matchers, range, spend)) found.add(labels);
      }
    });
    const all = sets.length === 1 ? Array.from(found) : inOrder(found);
    return listed(server, `${limit} ${form.getAll("match[]").join(" ")}`, all, limit);
  },
  labels: (server, form) => {
    const limit = limitOf(form);
    const range = rangeOf(form);
    const sets = matcherSets(form, (message) => new QueryApiError("bad_data", message));
    const names = new Set(
      sets.length === 0 ? server.store.labelNames(undefined, range) : searched(
        server,
        (spend) => sets.flatMap((matchers) => server.store.labelNames(matchers, range, spend)),
      ),
    );
    return limited(Array.from(names).sort(), limit);
  },
  parse_query: (server, form) => ({
    data: translateAst(
      parsed(server, form.get("query") ?? ""),
      (expr) => typeOf(expr) === "vector",
    ),
  }),
  query_exemplars: (server, form) => {
    const { minMs, maxMs } = rangeOf(form);
    if (maxMs < minMs) {
      throw new QueryApiError("bad_data", "end timestamp must not be before start timestamp");
    }
    try {
      const expr = parse(form.get("query") ?? "", server.queries.parseOptions);
      const selects = Array.from(everyPart(expr)).some(({ kind }) => kind === "vectorSelector");
      // Without the feature flag for exemplars none are kept.
      return { data: selects ? [] : undefined };
    } catch (error) {
      if (!(error instanceof PromqlSyntaxError)) throw error;
      throw new QueryApiError("bad_data", error.message);
    }
  },
  format_query: (server, form) => ({
    data: prettyExpr(parsed(server, form.get("query") ?? "")),
  }),
};

/** `/api/v1/label/<name>/values`. */
export function labelValues(server: PrometheusServer, asked: string, form: Form): ApiResult {
  const name = unescapedName(asked);
  if (name === "") {
    throw new QueryApiError("bad_data", `invalid label name: ${quote(name)}`);
  }
  const limit = limitOf(form);
  const range = rangeOf(form);
  const sets = matcherSets(form, (message) => new QueryApiError("bad_data", message));
  const values = new Set(
    sets.length === 0 ? server.store.labelValues(name, undefined, range) : searched(
      server,
      (spend) => sets.flatMap((matchers) => server.store.labelValues(name, matchers, range, spend)),
    ),
  );
  return limited(Array.from(values).sort(), limit);
}

/**
 * A name as clients write one that has more than letters, digits and underscores: `U__a_2e_b` for `a.b`.
 * Source: prometheus/common model/metric.go (UnescapeName, of values).
 */
function unescapedName(name: string): string {
  const escaped = /^U__((?:[^_]|__|_[\da-f]{1,6}_)*)$/i.exec(name)?.[1];
  if (escaped === undefined) return name;
  return escaped.replace(
    /__|_([\da-f]+)_/gi,
    (text, hex?: string) => hex === undefined ? "_" : codePoint(hex) ?? text,
  );
}

function codePoint(hex: string): string | undefined {
  const code = parseInt(hex, 16);
  const isOne = code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
  return isOne ? String.fromCodePoint(code) : undefined;
}

function parsed(server: PrometheusServer, query: string): ReturnType<typeof parse> {
  try {
    return parse(query, server.queries.parseOptions);
  } catch (error) {
    if (error instanceof PromqlSyntaxError) {
      throw QueryApiError.parameter("query", error.message);
    }
    throw error;
  }
}

/** Source: prometheus/prometheus web/api/v1/api.go (returnAPIError). */
function evaluated<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error;
    const isTimeout = error instanceof QueryTimeoutError;
    throw new QueryApiError(isTimeout ? "timeout" : "execution", error.message);
  }
}

function searched<T>(
  server: PrometheusServer,
  run: (spend: (steps: number) => void) => T,
): T {
  return evaluated(() => server.queries.search(run));
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

/** Source: prometheus/prometheus web/api/v1/api.go (statsParamWarning), util/stats/query_stats.go. */
function withStats(
  server: PrometheusServer,
  form: Form,
  result: ApiResult,
  samples: QueryResult["samples"],
): ApiResult {
  const wanted = form.get("stats") ?? "";
  if (wanted === "") return result;
  const seconds = server.queries.lastMs / 1000;
  const isKnown = wanted === "true" || wanted === "all";
  const warning = `value ${quote(wanted)} for parameter "stats" is deprecated and will be ` +
    'rejected in the next major release, use "true" or "all"';
  return {
    ...result,
    data: {
      ...result.data as object,
      stats: {
        timings: {
          evalTotalTime: seconds,
          resultSortTime: 0,
          queryPreparationTime: 0,
          innerEvalTime: seconds,
          execQueueTime: 0,
          execTotalTime: seconds,
        },
        samples,
      },
    },
    warnings: [...result.warnings ?? [], ...(isKnown ? [] : [warning])],
  };
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
  const limit = parseGoInt(text, { name: "Atoi" });
  if (typeof limit === "object") throw QueryApiError.parameter("limit", limit.problem);
  if (limit < 0) throw QueryApiError.parameter("limit", "limit must be non-negative");
  return limit;
}

/** How the query of a request is to be evaluated. Source: web/api/v1/api.go (extractQueryOpts). */
function settingsOf(server: PrometheusServer, form: Form): QuerySettings {
  return {
    timeoutMs: timeoutOf(form),
    lookbackMs: lookbackOf(form),
    text: form.get("query") ?? "",
    defaultStepMs: server.config.evaluationIntervalMs,
  };
}

function timeoutOf(form: Form): number | undefined {
  const text = form.get("timeout");
  if (!text) return undefined;
  const wrong = (what: string) => QueryApiError.parameter("timeout", what);
  const timeoutMs = durationOf(text, wrong);
  if (timeoutMs > 0) return timeoutMs;
  throw wrong(`timeout must be positive, got ${formatGoDuration(timeoutMs)}`);
}

/** Undefined, or none that is positive: the flag's. */
function lookbackOf(form: Form): number | undefined {
  const text = form.get("lookback_delta");
  if (!text) return undefined;
  const lookbackMs = durationOf(
    text,
    (what) => new QueryApiError("bad_data", `error parsing lookback delta duration: ${what}`),
  );
  return lookbackMs > 0 ? lookbackMs : undefined;
}

/** Source: prometheus/prometheus web/api/v1/api.go (queryRange). */
function queryRangeOf(form: Form): QueryRange {
  const startMs = requiredTime(form, "start");
  const endMs = requiredTime(form, "end");
  if (endMs < startMs) {
    throw QueryApiError.parameter("end", "end timestamp must not be before start time");
  }
  const wrong = (what: string) => QueryApiError.parameter("step", what);
  const stepMs = durationOf(form.get("step") ?? "", wrong);
  if (stepMs <= 0) {
    throw wrong(
      "zero or negative query resolution step widths are not accepted. Try a positive integer",
    );
  }
  if (Math.floor((endMs - startMs) / stepMs) > MAX_POINTS) {
    throw new QueryApiError(
      "bad_data",
      "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)",
    );
  }
  // A step of less than a millisecond fails when the query is evaluated.
  return { startMs, endMs, stepMs: stepMs < 1 ? stepMs : Math.trunc(stepMs) };
}

function timeParameter(form: Form, name: string, fallbackMs: number): number {
  const text = form.get(name);
  if (text === null || text === "") return fallbackMs;
  const tMs = parseTime(text);
  if (tMs === undefined) {
    throw QueryApiError.parameter(
      name,
      `invalid time value for '${name}': cannot parse ${quote(text)} to a valid timestamp`,
    );
  }
  return tMs;
}

function requiredTime(form: Form, name: string): number {
  const text = form.get(name) ?? "";
  const tMs = parseTime(text);
  if (tMs === undefined) {
    throw QueryApiError.parameter(name, `cannot parse ${quote(text)} to a valid timestamp`);
  }
  return tMs;
}

/** The farthest from the epoch that a Date goes, in milliseconds. */
const MAX_TIME_MS = 8.64e15;
/** How clients write upstream's own bounds of time. */
const BOUNDS: Readonly<Record<string, number>> = {
  "-292273086-05-16T16:47:06Z": -MAX_TIME_MS,
  "292277025-08-18T07:12:54.999999999Z": MAX_TIME_MS,
};

/**
 * Milliseconds of a time given as seconds or by RFC 3339; undefined when it is none.
 * Source: prometheus/prometheus web/api/v1/api.go (parseTime).
 * Differs: a time beyond what a Date holds is none; upstream's overflows to some other time.
 */
function parseTime(text: string): number | undefined {
  const seconds = parseGoFloat(text);
  if (seconds !== undefined) {
    const tMs = Math.round(seconds * 1000);
    return Math.abs(tMs) <= MAX_TIME_MS ? tMs : undefined;
  }
  if (/^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[-+]\d\d:\d\d)$/.test(text)) {
    const tMs = Date.parse(text);
    return Number.isNaN(tMs) ? undefined : tMs;
  }
  return Object.hasOwn(BOUNDS, text) ? BOUNDS[text] : undefined;
}

/**
 * Milliseconds of a duration given as seconds or as Prometheus writes it.
 * Source: prometheus/prometheus web/api/v1/api.go (parseDuration).
 */
function durationOf(text: string, wrong: (what: string) => QueryApiError): number {
  const what = `cannot parse ${quote(text)} to a valid duration`;
  const seconds = parseGoFloat(text);
  if (seconds !== undefined) {
    if (Math.abs(seconds * 1e9) < 2 ** 63) return seconds * 1000;
    throw wrong(`${what}. It overflows int64`);
  }
  try {
    const durationMs = parsePromDuration(text);
    if (durationMs * 1e6 < 2 ** 63) return durationMs;
  } catch (error) {
    if (!(error instanceof DurationSyntaxError)) throw error;
  }
  throw wrong(what);
}

function rangeOf(form: Form): { minMs: number; maxMs: number } {
  return {
    minMs: timeParameter(form, "start", -Infinity),
    maxMs: timeParameter(form, "end", Infinity),
  };
}

/** The selectors of `match[]`. Errors: what `fail` makes of the message. */
export function matcherSets(form: Form, fail: (message: string) => QueryApiError): Matcher[][] {
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
const MAX_QUESTION_LENGTH = 8 * 1024;

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
  if (question.length > MAX_QUESTION_LENGTH) return result;
  answers.set(question, { all, result });
  if (answers.size > ANSWERS_KEPT) answers.delete(answers.keys().next().value!);
  return result;
}

function inOrder(all: Iterable<Labels>): Labels[] {
  return Array.from(all, (labels): [string, Labels] => [labelsKey(labels), labels])
    .sort(([a], [b]) => a < b ? -1 : 1).map(([, labels]) => labels);
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
    written.set(labels, entry = { labels: sorted, json: goStructJson(sorted) });
  }
  return entry;
}
