import { DurationSyntaxError, numError, parsePromDuration, quote, unquote } from "../go/mod.ts";
import {
  type Aggregate,
  type AggregateOp,
  type BinaryOp,
  type Expr,
  type NumberLiteral,
  PromqlSyntaxError,
  SET_OPERATORS,
  type Span,
  type TimeShift,
  type VectorMatching,
  type VectorSelector,
} from "./ast.ts";
import { DurationReader, type QueryTimes, type ReadDuration } from "./_durations.ts";
import { METRIC_NAME } from "./labels.ts";
import { Matcher, type MatchType } from "./matchers.ts";
import { SIGNATURES } from "./signatures.ts";
import { describeToken, type Token, tokenize } from "./_tokens.ts";

/** How tightly a binary operator binds. */
const PRECEDENCE: Readonly<Record<string, number>> = {
  or: 1,
  and: 2,
  unless: 2,
  "==": 3,
  "!=": 3,
  "<=": 3,
  "<": 3,
  ">=": 3,
  ">": 3,
  "</": 3,
  ">/": 3,
  "+": 4,
  "-": 4,
  "*": 5,
  "/": 5,
  "%": 5,
  atan2: 5,
  "^": 6,
};
/** A sign binds as a product does, so that -1 ^ 2 is -(1 ^ 2). */
const SIGN_OPERAND = PRECEDENCE["^"];

const AGGREGATORS_WITH_PARAM = new Set([
  "topk",
  "bottomk",
  "count_values",
  "quantile",
  "limitk",
  "limit_ratio",
]);
const EXPERIMENTAL_AGGREGATORS = new Set(["limitk", "limit_ratio"]);
/** Words that cannot name a metric. */
const NEVER_METRICS = new Set(["bool", "on", "ignoring", "group_left", "group_right", "atan2"]);
/** How deep expressions may stand in each other, and how many operators may follow on each other. */
const MAX_NESTING = 250;
const MAX_OPERATORS = 1000;
/** Keywords that can also be called. */
const CALLABLE = new Set(["start", "end", "step", "range", "max_of", "min_of"]);

/**
 * Recursive descent over the tokens, one method for each construct of upstream's grammar; an
 * unexpected token is reported with the context and the wish that upstream's `error` rules give.
 * Source: prometheus/prometheus promql/parser/generated_parser.y, parse.go.
 * Differs: `anchored`, `smoothed`, `fill` and `limit_ratio` are refused as a stock Prometheus does, whatever its flags; so are expressions nested deeper than 250, or of more than 1000 operators.
 */
export class ExpressionParser {
  readonly #tokens: Token[];
  #at = 0;
  /** Aggregations whose arguments are being read: their error rule catches what others leave. */
  #aggregations = 0;
  #nesting = 0;
  #operators = 0;

  /** Whether a duration in it depends on the query that it is asked in. */
  ofQuery = false;

  constructor(readonly text: string, readonly experimental: boolean, readonly times?: QueryTimes) {
    this.#tokens = tokenize(text);
  }

  /** The whole text as one expression. Errors: PromqlSyntaxError. */
  parse(): Expr {
    if (this.#peek().type === "eof") {
      throw this.#error({ start: 0, end: 0 }, "no expression found in input");
    }
    const expr = this.#expr(0);
    if (this.#peek().type !== "eof") throw this.#unexpected();
    return expr;
  }

  /** The whole text as one series selector. Errors: PromqlSyntaxError. */
  parseSelector(): VectorSelector {
    if (!this.#startsMetric() && this.#peek().text !== "{") throw this.#unexpected();
    const selector = this.#vectorSelector();
    if (this.#peek().type !== "eof") throw this.#unexpected();
    return selector;
  }

  // ------------------------------------------------------------ expressions

  #expr(leastPrecedence: number): Expr {
    if (++this.#nesting > MAX_NESTING) throw this.#tooDeep();
    let left = this.#prefix();
    for (;;) {
      const { id } = this.#peek();
      const precedence = this.#peek().type === "operator" ? PRECEDENCE[id] : undefined;
      if (precedence === undefined || precedence < leastPrecedence) break;
      this.#countOperator();
      left = this.#binary(left, precedence);
    }
    this.#nesting--;
    return left;
  }

  /** Every operator may be one more level of the tree, which is walked by calls within calls. */
  #countOperator(): void {
    if (++this.#operators > MAX_OPERATORS) throw this.#tooDeep();
  }

  #tooDeep(): PromqlSyntaxError {
    return this.#error(this.#peek(), "expression is nested too deeply");
  }

  #prefix(): Expr {
    const { text, start } = this.#peek();
    if (this.#peek().type !== "operator" || (text !== "-" && text !== "+")) {
      return this.#postfix(this.#primary());
    }
    this.#at++;
    const expr = this.#expr(SIGN_OPERAND);
    if (expr.kind === "number") {
      return { ...expr, value: text === "-" ? -expr.value : expr.value, start };
    }
    return { kind: "unary", op: text, expr, start, end: expr.end };
  }

  #primary(): Expr {
    const token = this.#peek();
    const after = this.#tokens[this.#at + 1];
    switch (token.type) {
      case "number":
      case "duration":
        return this.#number();
      case "string":
        this.#at++;
        return { kind: "string", value: unquoted(token.text), ...span(token) };
      case "punctuation":
        if (token.text === "(") return this.#paren();
        if (token.text === "{") return this.#vectorSelector();
        break;
      case "aggregator":
        if (after.text === "(" || after.id === "by" || after.id === "without") {
          return this.#aggregate();
        }
    }
    const callable = token.type === "identifier" ||
      (token.type === "keyword" && CALLABLE.has(token.id));
    if (callable && after.text === "(") return this.#call();
    if (this.#startsMetric()) return this.#vectorSelector();
    throw this.#unexpected();
  }

  #startsMetric(): boolean {
    const { type, id } = this.#peek();
    if (type === "identifier" || type === "metric identifier" || type === "aggregator") return true;
    const word = type === "keyword" || (type === "operator" && /^[a-z]/.test(id));
    return word && !NEVER_METRICS.has(id);
  }

  #number(): NumberLiteral {
    const token = this.#take();
    const { text } = token;
    const digits = text.replaceAll("_", "");
    let value: number;
    if (token.type === "duration") value = this.#durationMs(token) / 1000;
    else if (/^inf$/i.test(text)) value = Infinity;
    else if (/^nan$/i.test(text)) value = NaN;
    else if (/^0[0-7]+$/.test(digits)) value = parseInt(digits, 8);
    else value = /^0x$/i.test(digits) ? NaN : Number(digits);
    if (Number.isNaN(value) && !/^nan$/i.test(text)) {
      throw this.#error(token, `error parsing number: ${numError("ParseFloat", text)}`);
    }
    if (Math.abs(value) === Infinity && !/^inf$/i.test(text)) {
      const problem = numError("ParseFloat", text, "value out of range");
      throw this.#error(token, `error parsing number: ${problem}`);
    }
    const isDuration = token.type === "duration";
    return { kind: "number", value, ...(isDuration ? { isDuration } : {}), ...span(token) };
  }

  #durationMs(token: Token): number {
    try {
      const ms = parsePromDuration(token.text);
      if (ms <= MAX_DURATION_MS) return ms;
    } catch (error) {
      if (error instanceof DurationSyntaxError) throw this.#error(token, error.message);
      throw error;
    }
    throw this.#error(
      token,
      /\d{19}/.test(token.text)
        ? `not a valid duration string: ${quote(token.text)}`
        : "duration out of range",
    );
  }

  #paren(): Expr {
    const { start } = this.#take();
    const expr = this.#expr(0);
    if (this.#peek().text !== ")") throw this.#unexpected();
    this.#at++;
    return { kind: "paren", expr, start, end: this.#lastEnd };
  }

  // ------------------------------------------------------------ modifiers after an expression

  #postfix(expr: Expr): Expr {
    for (;;) {
      const { id, type, text } = this.#peek();
      if (type === "keyword" && id === "offset") expr = this.#offset(expr);
      else if (type === "punctuation" && text === "@") expr = this.#atModifier(expr);
      else if (type === "punctuation" && text === "[") expr = this.#range(expr);
      else if (type === "keyword" && (id === "anchored" || id === "smoothed")) {
        throw this.#error(expr, `${id} modifier is experimental and not enabled`);
      } else return expr;
    }
  }

  #offset(expr: Expr): Expr {
    this.#at++;
    const { ms: offsetMs, text: offsetText } = this.#duration(
      (reader) => reader.offset(),
      () => this.#unexpected("offset", "number, duration, step(), or range()"),
    );
    const shift = this.#shifted(expr, "offset modifier");
    if (shift.offsetMs !== 0) throw this.#error(expr, "offset may not be set multiple times");
    shift.offsetMs = offsetMs;
    if (offsetText !== undefined) shift.offsetText = offsetText;
    expr.end = this.#lastEnd;
    return expr;
  }

  #atModifier(expr: Expr): Expr {
    this.#at++;
    const unexpected = () => this.#unexpected("@", "timestamp");
    const { id, type } = this.#peek();
    let at: TimeShift["at"];
    if (type === "keyword" && (id === "start" || id === "end")) {
      at = id;
      this.#at++;
      for (const wanted of ["(", ")"]) {
        if (this.#peek().text !== wanted) throw unexpected();
        this.#at++;
      }
    } else {
      const sign = this.#peek().text === "-" ? -1 : 1;
      if (this.#peek().text === "-" || this.#peek().text === "+") this.#at++;
      if (this.#peek().type !== "number" && this.#peek().type !== "duration") throw unexpected();
      const seconds = sign * this.#number().value;
      if (!(Math.abs(seconds) < 2 ** 63)) {
        const shown = Number.isNaN(seconds)
          ? "NaN"
          : Math.abs(seconds) === Infinity
          ? (seconds > 0 ? "+Inf" : "-Inf")
          : `${BigInt(Math.trunc(seconds))}.000000`;
        throw this.#error(expr, `timestamp out of bounds for @ modifier: ${shown}`);
      }
      at = Math.round(seconds * 1000);
    }
    const shift = this.#shifted(expr, "@ modifier");
    if (shift.at !== undefined) {
      throw this.#error(expr, "@ <timestamp> may not be set multiple times");
    }
    shift.at = at;
    expr.end = this.#lastEnd;
    return expr;
  }

  /** The part of `expr` that offset and @ are set on. */
  #shifted(expr: Expr, modifier: string): TimeShift {
    switch (expr.kind) {
      case "vectorSelector":
      case "subquery":
        return expr;
      case "matrixSelector":
        return expr.selector;
    }
    throw this.#error(
      expr,
      `${modifier} must be preceded by an instant vector selector or range vector selector or a ` +
        "subquery",
    );
  }

  #range(expr: Expr): Expr {
    const bracket = this.#take();
    const range = this.#duration(
      (reader) => reader.positive(),
      () => this.#unexpected("subquery or range selector", "number, duration, step(), or range()"),
    );
    if (this.#peek().text === ":") return this.#subquery(expr, range);
    if (this.#peek().text !== "]") throw this.#unexpected("subquery or range", '":" or "]"');
    this.#at++;
    const brackets = { start: bracket.start, end: this.#lastEnd };
    if (expr.kind !== "vectorSelector") {
      throw this.#error(brackets, "ranges only allowed for vector selectors");
    }
    if (expr.offsetMs !== 0) {
      throw this.#error(brackets, "no offset modifiers allowed before range");
    }
    if (expr.at !== undefined) {
      throw this.#error(brackets, "no @ modifiers allowed before range");
    }
    const { start } = expr;
    return {
      kind: "matrixSelector",
      selector: expr,
      rangeMs: range.ms,
      ...(range.text === undefined ? {} : { rangeText: range.text }),
      start,
      end: this.#lastEnd,
    };
  }

  #subquery(expr: Expr, range: ReadDuration): Expr {
    this.#countOperator();
    this.#at++;
    let step: ReadDuration | undefined;
    if (this.#peek().text !== "]") {
      step = this.#duration(
        (reader) => reader.positive(),
        () => this.#unexpected("subquery selector", 'number, duration, step(), range(), or "]"'),
      );
      if (this.#peek().text !== "]") throw this.#unexpected("subquery selector", '"]"');
    }
    this.#at++;
    const { start } = expr;
    return {
      kind: "subquery",
      expr,
      rangeMs: range.ms,
      ...(range.text === undefined ? {} : { rangeText: range.text }),
      stepMs: step?.ms,
      ...(step?.text === undefined ? {} : { stepText: step.text }),
      offsetMs: 0,
      start,
      end: this.#lastEnd,
    };
  }

  /** Reads a duration from this place on; `unexpected` makes the error for a token that is none. */
  #duration(
    read: (reader: DurationReader) => ReadDuration,
    unexpected: () => PromqlSyntaxError,
  ): ReadDuration {
    const reader = new DurationReader({
      peek: () => this.#peek(),
      take: () => this.#take(),
      number: () => this.#number(),
      error: (where, reason) => this.#error(where, reason),
      unexpected,
    }, this.times);
    const duration = read(reader);
    this.ofQuery ||= reader.ofQuery;
    return duration;
  }

  // ------------------------------------------------------------ binary operators

  #binary(left: Expr, precedence: number): Expr {
    const op = this.#take().id as BinaryOp;
    const matching: VectorMatching = { card: "one-to-one", on: false, labels: [], include: [] };
    const returnBool = this.#takeWord("bool");
    if (this.#isWord("on") || this.#isWord("ignoring")) {
      matching.on = this.#take().id === "on";
      matching.labels = this.#grouping();
      if (this.#isWord("group_left") || this.#isWord("group_right")) {
        matching.card = this.#take().id === "group_left" ? "many-to-one" : "one-to-many";
        if (this.#peek().text === "(") matching.include = this.#grouping();
      }
    }
    let filled = false;
    while (this.#isWord("fill") || this.#isWord("fill_left") || this.#isWord("fill_right")) {
      this.#fill();
      filled = true;
    }
    const right = this.#expr(op === "^" ? precedence : precedence + 1);
    if (SET_OPERATORS.has(op) && matching.card === "one-to-one") matching.card = "many-to-many";
    const whole = { start: left.start, end: right.end };
    if (filled) {
      throw this.#error(whole, "binop fill modifiers are experimental and not enabled");
    }
    return { kind: "binary", op, left, right, returnBool, matching, ...whole };
  }

  /** `fill(0)`: read so that the error comes where upstream's does. */
  #fill(): void {
    this.#at++;
    this.#at++; // The tokenizer makes it a keyword only before "(".
    if (this.#peek().text === "-" || this.#peek().text === "+") this.#at++;
    if (this.#peek().type !== "number" && this.#peek().type !== "duration") {
      throw this.#unexpected();
    }
    this.#at++;
    if (this.#peek().text !== ")") throw this.#unexpected();
    this.#at++;
  }

  /** A parenthesized list of label names. */
  #grouping(): string[] {
    if (this.#peek().text !== "(") throw this.#unexpected("grouping opts", '"("');
    this.#at++;
    const labels: string[] = [];
    while (this.#peek().text !== ")") {
      labels.push(this.#groupingLabel());
      if (this.#peek().text === ",") this.#at++;
      else if (this.#peek().text !== ")") throw this.#unexpected("grouping opts", '"," or ")"');
    }
    this.#at++;
    return labels;
  }

  #groupingLabel(): string {
    const { type, id, text } = this.#peek();
    const isWord = /^(?:identifier|metric identifier|aggregator|keyword)$/.test(type) ||
      (type === "operator" && /^[a-z]/.test(id));
    if (type === "string") {
      const label = unquoted(text);
      if (label === "") {
        throw this.#error(this.#peek(), `invalid label name for grouping: ${quote(label)}`);
      }
      this.#at++;
      return label;
    }
    if (!isWord || id === "without") throw this.#unexpected("grouping opts", "label");
    this.#at++;
    return text;
  }

  // ------------------------------------------------------------ calls

  #aggregate(): Aggregate {
    const { id: op, start } = this.#take();
    this.#aggregations++;
    let modifier = this.#aggregateModifier();
    if (this.#peek().text !== "(") throw this.#unexpected();
    const args = this.#args();
    this.#aggregations--;
    const bodyEnd = this.#lastEnd;
    modifier ??= this.#aggregateModifier();
    const whole = { start, end: modifier ? this.#lastEnd : bodyEnd };
    if (args.length === 0) {
      throw this.#error(whole, "no arguments for aggregate expression provided");
    }
    if (EXPERIMENTAL_AGGREGATORS.has(op) && (!this.experimental || op === "limit_ratio")) {
      throw this.#error(
        whole,
        `${op}() is experimental and must be enabled with ` +
          "--enable-feature=promql-experimental-functions",
      );
    }
    const wanted = AGGREGATORS_WITH_PARAM.has(op) ? 2 : 1;
    if (args.length !== wanted) {
      throw this.#error(
        whole,
        "wrong number of arguments for aggregate expression provided, " +
          `expected ${wanted}, got ${args.length}`,
      );
    }
    return {
      kind: "aggregate",
      op: op as AggregateOp,
      expr: args[wanted - 1],
      param: wanted === 2 ? args[0] : undefined,
      grouping: modifier?.grouping ?? [],
      without: modifier?.without ?? false,
      ...whole,
    };
  }

  #aggregateModifier(): { grouping: string[]; without: boolean } | undefined {
    if (!this.#isWord("by") && !this.#isWord("without")) return undefined;
    const without = this.#take().id === "without";
    return { grouping: this.#grouping(), without };
  }

  #call(): Expr {
    const name = this.#take();
    const args = this.#args();
    const signature = SIGNATURES.get(name.text);
    if (!signature) {
      throw this.#error(name, `unknown function with name ${quote(name.text)}`);
    }
    if (signature.experimental && !this.experimental) {
      throw this.#error(name, `function ${quote(name.text)} is not enabled`);
    }
    return { kind: "call", name: name.text, args, start: name.start, end: this.#lastEnd };
  }

  /** Arguments in parentheses. */
  #args(): Expr[] {
    this.#at++;
    const args: Expr[] = [];
    if (this.#peek().text === ")") {
      this.#at++;
      return args;
    }
    for (;;) {
      args.push(this.#expr(0));
      if (this.#peek().text === ")") {
        this.#at++;
        return args;
      }
      if (this.#peek().text !== ",") throw this.#unexpected();
      const comma = this.#take();
      if (!this.#startsExpr()) {
        throw this.#error(comma, "trailing commas not allowed in function call args");
      }
    }
  }

  /** Whether an expression can begin here; what the lexer gave up on is told first. */
  #startsExpr(): boolean {
    const { type, text } = this.#peek();
    if (type === "punctuation") return text === "(" || text === "{";
    if (type === "operator" && !/^[a-z]/i.test(text)) return text === "-" || text === "+";
    return type !== "eof";
  }

  // ------------------------------------------------------------ selectors

  #vectorSelector(): VectorSelector {
    const { start } = this.#peek();
    const name = this.#peek().text === "{" ? "" : this.#take().text;
    const matchers = this.#peek().text === "{" ? this.#matchers() : [];
    if (name !== "") matchers.push(new Matcher(METRIC_NAME, "=", name));
    return { kind: "vectorSelector", name, matchers, offsetMs: 0, start, end: this.#lastEnd };
  }

  #matchers(): Matcher[] {
    this.#at++;
    const matchers: Matcher[] = [];
    while (this.#peek().text !== "}" || this.#peek().type !== "punctuation") {
      matchers.push(this.#matcher());
      if (this.#peek().type === "punctuation" && this.#peek().text === ",") this.#at++;
      else if (this.#peek().type !== "punctuation" || this.#peek().text !== "}") {
        throw this.#unexpected("label matching", '"," or "}"');
      }
    }
    this.#at++;
    return matchers;
  }

  #matcher(): Matcher {
    const label = this.#peek();
    if (label.type !== "identifier" && label.type !== "string") {
      throw this.#unexpected("label matching", 'identifier or "}"');
    }
    this.#at++;
    const name = label.type === "string" ? unquoted(label.text) : label.text;
    if (!/^(?:=|!=|=~|!~)$/.test(this.#peek().text)) {
      // `{"a metric"}`: a quoted name alone stands for the metric's name.
      if (label.type === "string") return new Matcher(METRIC_NAME, "=", name);
      throw this.#unexpected("label matching", "label matching operator");
    }
    const operator = this.#take().text as MatchType;
    if (this.#peek().type !== "string") throw this.#unexpected("label matching", "string");
    const value = this.#take();
    try {
      return new Matcher(name, operator, unquoted(value.text));
    } catch (error) {
      throw this.#error({ start: label.start, end: value.end }, (error as Error).message);
    }
  }

  // ------------------------------------------------------------ tokens

  #peek(): Token {
    return this.#tokens[this.#at];
  }

  /** Where the last token read ends. */
  get #lastEnd(): number {
    return this.#tokens[this.#at - 1].end;
  }

  #take(): Token {
    return this.#tokens[this.#at++];
  }

  #isWord(word: string): boolean {
    return this.#peek().type === "keyword" && this.#peek().id === word;
  }

  #takeWord(word: string): boolean {
    const found = this.#isWord(word);
    if (found) this.#at++;
    return found;
  }

  #unexpected(context?: string, expected?: string): PromqlSyntaxError {
    const token = this.#peek();
    if (token.type === "error") return this.#error(token, token.text);
    const where = context ?? (this.#aggregations > 0 ? "aggregation" : undefined);
    return this.#error(
      token,
      `unexpected ${describeToken(token)}${where ? ` in ${where}` : ""}` +
        (expected ? `, expected ${expected}` : ""),
    );
  }

  #error(where: Span, reason: string): PromqlSyntaxError {
    return new PromqlSyntaxError(this.text, { start: where.start, end: where.end }, reason);
  }
}

/** The longest duration upstream can hold, 2^63 nanoseconds. */
const MAX_DURATION_MS = 2 ** 63 / 1e6;

function span(token: Token): Span {
  return { start: token.start, end: token.end };
}

/** What stands in quotes that the lexer has read. */
function unquoted(literal: string): string {
  return unquote(literal) ?? "";
}
