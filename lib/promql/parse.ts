import { parser } from "@prometheus-io/lezer-promql";
import { type Expr, PromqlSyntaxError } from "./ast.ts";
import { checkTypes } from "./_check_types.ts";
import { type SyntaxTree, TreeReader } from "./_tree_reader.ts";
import { explainSyntaxError } from "./_explain_syntax.ts";
import { tokenize } from "./_tokens.ts";
import type { Matcher } from "./matchers.ts";

export interface ParseOptions {
  /** Accept functions and aggregators that a stock Prometheus refuses as experimental. */
  enableExperimentalFunctions?: boolean;
}

const strictParser = parser.configure({ strict: true });
const CACHED_EXPRESSIONS = 500;
const caches = [new Map<string, Expr>(), new Map<string, Expr>()];

/**
 * Reads a PromQL expression. Equal texts give the same, shared tree: it is not to be changed.
 * Errors: PromqlSyntaxError, with upstream's message, for text outside the grammar and for wrong
 * types (`rate` of an instant vector).
 * Source: prometheus/prometheus promql/parser (generated_parser.y, parse.go).
 */
export function parse(text: string, options: ParseOptions = {}): Expr {
  const cache = caches[options.enableExperimentalFunctions ? 1 : 0];
  const cached = cache.get(text);
  if (cached) return cached;
  const expr = parseAnew(text, options);
  if (cache.size >= CACHED_EXPRESSIONS) cache.delete(cache.keys().next().value!);
  cache.set(text, expr);
  return expr;
}

function parseAnew(text: string, options: ParseOptions): Expr {
  const tokens = tokenize(text);
  let tree: SyntaxTree;
  try {
    tree = strictParser.parse(text);
  } catch (error) {
    const position = /^No parse at (\d+)/.exec((error as Error).message);
    if (!position) throw error;
    throw explainSyntaxError(text, tokens, Number(position[1]));
  }
  // The grammar package takes some text that upstream's lexer refuses.
  if (tokens.at(-1)!.type === "error") throw explainSyntaxError(text, tokens, text.length);
  const expr = new TreeReader(text, options.enableExperimentalFunctions ?? false).read(tree);
  checkTypes(text, expr);
  return expr;
}

/**
 * The matchers of a selector such as `up{job="web"}`, as `match[]` parameters have them.
 * Errors: PromqlSyntaxError, also for any other expression.
 */
export function parseSelector(text: string): Matcher[] {
  const expr = parse(text);
  if (expr.kind !== "vectorSelector" || expr.offsetMs !== 0 || expr.at !== undefined) {
    const stray = tokenize(text).find((token) => token.type === "keyword" || token.text === "@");
    throw stray
      ? new PromqlSyntaxError(text, stray, `unexpected ${stray.text}`)
      : new PromqlSyntaxError(text, expr, "expected a series selector");
  }
  return expr.matchers;
}
