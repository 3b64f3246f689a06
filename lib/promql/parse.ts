import { type Expr, PromqlSyntaxError } from "./ast.ts";
import { checkTypes } from "./_check_types.ts";
import type { QueryTimes } from "./_durations.ts";
import { ExpressionParser } from "./_expression_parser.ts";
import type { Matcher } from "./matchers.ts";

export interface ParseOptions {
  /** Accept functions and aggregators that a stock Prometheus refuses as experimental. */
  enableExperimentalFunctions?: boolean;
}

const MAX_CHARACTERS = 256 * 1024;
const CACHED_EXPRESSIONS = 500;
const MAX_CACHED_CHARACTERS = 8 * 1024;
const caches = [new Map<string, Expr>(), new Map<string, Expr>()];

/**
 * Reads a PromQL expression. Equal texts give the same, shared tree: it is not to be changed.
 * Errors: PromqlSyntaxError, with upstream's message, for text outside the grammar and for wrong
 * types (`rate` of an instant vector).
 * Source: prometheus/prometheus promql/parser (generated_parser.y, parse.go).
 * Differs: an expression of more than 256 KiB is refused.
 */
export function parse(text: string, options: ParseOptions = {}): Expr {
  const cache = caches[options.enableExperimentalFunctions ? 1 : 0];
  const cached = cache.get(text);
  if (cached) return cached;
  checkLength(text);
  const experimental = options.enableExperimentalFunctions ?? false;
  const parser = new ExpressionParser(text, experimental);
  const expr = parser.parse();
  checkTypes(text, expr);
  if (parser.ofQuery) ofQuery.set(expr, { text, experimental });
  if (text.length > MAX_CACHED_CHARACTERS) return expr;
  if (cache.size >= CACHED_EXPRESSIONS) cache.delete(cache.keys().next().value!);
  cache.set(text, expr);
  return expr;
}

/** Expressions with durations that are known only with the query, and what they were read from. */
const ofQuery = new WeakMap<Expr, { text: string; experimental: boolean }>();

/**
 * The expression as a query has it: with `step()` and `range()` worked out.
 * Errors: EvaluationError for a duration that comes to nothing.
 */
export function withTimes(expr: Expr, times: QueryTimes): Expr {
  const source = ofQuery.get(expr);
  return source ? new ExpressionParser(source.text, source.experimental, times).parse() : expr;
}

/**
 * The matchers of a selector such as `up{job="web"}`, as `match[]` parameters have them.
 * Errors: PromqlSyntaxError, also for any other expression.
 */
export function parseSelector(text: string): Matcher[] {
  checkLength(text);
  return new ExpressionParser(text, false).parseSelector().matchers;
}

function checkLength(text: string): void {
  if (text.length <= MAX_CHARACTERS) return;
  const span = { start: MAX_CHARACTERS, end: text.length };
  throw new PromqlSyntaxError(text, span, `expression is longer than ${MAX_CHARACTERS} characters`);
}
