import { DurationSyntaxError, parsePromDuration } from "../base/mod.ts";
import {
  type Aggregate,
  type AggregateOp,
  type Binary,
  type BinaryOp,
  type Call,
  type Expr,
  type MatrixSelector,
  type NumberLiteral,
  PromqlSyntaxError,
  SET_OPERATORS,
  type Span,
  type Subquery,
  type TimeShift,
  type VectorMatching,
  type VectorSelector,
} from "./ast.ts";
import { goQuote, METRIC_NAME } from "./labels.ts";
import { Matcher, type MatchType } from "./matchers.ts";
import { SIGNATURES } from "./signatures.ts";
import { unquote } from "./_unquote.ts";

/** What is used of the grammar package's tree. */
export interface SyntaxTree {
  topNode: Node;
}

interface Node {
  name: string;
  from: number;
  to: number;
  firstChild: Node | null;
  nextSibling: Node | null;
}

const EXPERIMENTAL_AGGREGATORS = new Set(["limitk", "limit_ratio"]);
const AGGREGATORS_WITH_PARAM = new Set([
  "topk",
  "bottomk",
  "count_values",
  "quantile",
  "limitk",
  "limit_ratio",
]);
const MAX_DURATION_SECONDS = 2 ** 63 / 1e9;

/** Turns the grammar package's tree into the typed one, with upstream's checks on the way. */
export class TreeReader {
  constructor(readonly text: string, readonly experimental: boolean) {}

  read(tree: SyntaxTree): Expr {
    return this.#expr(children(tree.topNode)[0]);
  }

  #expr(node: Node): Expr {
    switch (node.name) {
      case "NumberDurationLiteral":
        return this.#number(node);
      case "StringLiteral":
        return { kind: "string", value: this.#string(node), ...span(node) };
      case "ParenExpr":
        return { kind: "paren", expr: this.#expr(children(node)[0]), ...span(node) };
      case "VectorSelector":
        return this.#vectorSelector(node);
      case "MatrixSelector":
        return this.#matrixSelector(node);
      case "SubqueryExpr":
        return this.#subquery(node);
      case "OffsetExpr":
        return this.#offset(node);
      case "StepInvariantExpr":
        return this.#at(node);
      case "UnaryExpr":
        return this.#unary(node);
      case "BinaryExpr":
        return this.#binary(node);
      case "AggregateExpr":
        return this.#aggregate(node);
      case "FunctionCall":
        return this.#call(node);
      case "AnchoredExpr":
      case "SmoothedExpr": {
        const word = node.name === "AnchoredExpr" ? "anchored" : "smoothed";
        throw this.#error(node, `the ${word} modifier is not supported here`);
      }
    }
    throw this.#error(node, `unexpected ${node.name}`);
  }

  #number(node: Node): NumberLiteral {
    return { kind: "number", value: this.#numberValue(node), ...span(node) };
  }

  /** The value of a number or, in seconds, a duration, with its sign. */
  #numberValue(node: Node): number {
    const text = this.#slice(node).replace(/^([-+])\s+/, "$1");
    const sign = text[0] === "-" ? -1 : 1;
    const digits = text.replace(/^[-+]/, "");
    const plain = digits.replaceAll("_", "");
    if (/^inf$/i.test(digits)) return sign * Infinity;
    if (/^nan$/i.test(digits)) return NaN;
    if (/^0x/i.test(plain)) return sign * Number(plain);
    if (/^0[0-7]+$/.test(plain)) return sign * parseInt(plain, 8);
    const value = Number(plain);
    if (!Number.isNaN(value)) return sign * value;
    return sign * this.#durationMs(node, digits) / 1000;
  }

  #durationMs(node: Node, text: string): number {
    try {
      return parsePromDuration(text);
    } catch (error) {
      if (error instanceof DurationSyntaxError) throw this.#error(node, error.message);
      throw error;
    }
  }

  #vectorSelector(node: Node): VectorSelector {
    let name = "";
    const matchers: Matcher[] = [];
    for (const child of children(node)) {
      if (child.name === "Identifier") name = this.#slice(child);
      if (child.name === "LabelMatchers") {
        for (const matcher of children(child)) matchers.push(this.#matcher(matcher));
      }
    }
    if (name !== "") matchers.push(new Matcher(METRIC_NAME, "=", name));
    return { kind: "vectorSelector", name, matchers, offsetMs: 0, ...span(node) };
  }

  #matcher(node: Node): Matcher {
    // `{"a metric"}`: a quoted name alone stands for the metric's name.
    if (node.name === "QuotedLabelName") {
      return new Matcher(METRIC_NAME, "=", this.#string(children(node)[0]));
    }
    const [label, operator, value] = children(node);
    const name = label.name === "QuotedLabelName"
      ? this.#string(children(label)[0])
      : this.#slice(label);
    try {
      return new Matcher(name, this.#slice(operator) as MatchType, this.#string(value));
    } catch (error) {
      throw this.#error(node, (error as Error).message);
    }
  }

  #matrixSelector(node: Node): MatrixSelector {
    const [inner, range] = children(node);
    const selector = this.#expr(inner);
    const bracket = { start: this.text.indexOf("[", inner.to), end: node.to };
    const rangeMs = this.#positiveDuration(range);
    if (selector.kind !== "vectorSelector") {
      throw this.#error(bracket, "ranges only allowed for vector selectors");
    }
    if (selector.offsetMs !== 0) {
      throw this.#error(bracket, "no offset modifiers allowed before range");
    }
    if (selector.at !== undefined) {
      throw this.#error(bracket, "no @ modifiers allowed before range");
    }
    return { kind: "matrixSelector", selector, rangeMs, ...span(node) };
  }

  #subquery(node: Node): Subquery {
    const [inner, range, step] = children(node);
    const expr = this.#expr(inner);
    const rangeMs = this.#positiveDuration(range);
    const stepMs = step ? this.#positiveDuration(step) : undefined;
    return { kind: "subquery", expr, rangeMs, stepMs, offsetMs: 0, ...span(node) };
  }

  #positiveDuration(node: Node): number {
    const ms = this.#duration(node);
    if (ms > 0) return ms;
    throw this.#error(node, "duration must be greater than 0");
  }

  /** Milliseconds of a duration expression: a literal, or arithmetic on literals. */
  #duration(node: Node): number {
    const seconds = this.#durationSeconds(node);
    if (!(Math.abs(seconds) <= MAX_DURATION_SECONDS)) {
      throw this.#error(node, "duration out of range");
    }
    return Math.round(seconds * 1000);
  }

  #durationSeconds(node: Node): number {
    if (node.name === "NumberDurationLiteralInDurationContext") return this.#numberValue(node);
    const parts = children(node);
    if (parts.length === 1) return this.#durationSeconds(parts[0]);
    if (parts.length === 2 && parts[0].name === "UnaryOp") {
      return (this.#slice(parts[0]) === "-" ? -1 : 1) * this.#durationSeconds(parts[1]);
    }
    if (parts.length === 3) {
      const left = this.#durationSeconds(parts[0]);
      const right = this.#durationSeconds(parts[2]);
      switch (parts[1].name) {
        case "Add":
          return left + right;
        case "Sub":
          return left - right;
        case "Mul":
          return left * right;
        case "Div":
          if (right === 0) throw this.#error(parts[1], "division by zero");
          return left / right;
        case "Mod":
          if (right === 0) throw this.#error(parts[1], "modulo by zero");
          return left % right;
        case "Pow":
          return left ** right;
      }
    }
    throw this.#error(node, "duration functions are not supported here");
  }

  #offset(node: Node): Expr {
    const parts = children(node);
    const duration = parts.find((part) => part.name === "OffsetDurationExpr")!;
    const expr = this.#expr(parts[0]);
    const shift = this.#shifted(
      expr,
      "offset modifier must be preceded by an instant vector selector or range vector selector or " +
        "a subquery",
    );
    if (shift.offsetMs !== 0) throw this.#error(expr, "offset may not be set multiple times");
    shift.offsetMs = this.#duration(duration);
    return grow(expr, node.to);
  }

  #at(node: Node): Expr {
    const parts = children(node);
    const expr = this.#expr(parts[0]);
    const shift = this.#shifted(
      expr,
      "@ modifier must be preceded by an instant vector selector or range vector selector or a " +
        "subquery",
    );
    if (shift.at !== undefined) {
      throw this.#error(expr, "@ <timestamp> may not be set multiple times");
    }
    const operand = parts.at(-1)!;
    if (operand.name === "AtModifierPreprocessors") {
      shift.at = this.#slice(operand).toLowerCase().startsWith("start") ? "start" : "end";
    } else {
      const seconds = this.#numberValue(operand);
      if (!(Math.abs(seconds) < 2 ** 63)) {
        const shown = Number.isFinite(seconds)
          ? seconds.toFixed(6)
          : Number.isNaN(seconds)
          ? "NaN"
          : seconds > 0
          ? "+Inf"
          : "-Inf";
        throw this.#error(expr, `timestamp out of bounds for @ modifier: ${shown}`);
      }
      shift.at = Math.round(seconds * 1000);
    }
    return grow(expr, node.to);
  }

  /** The part of `expr` that offset and @ are set on. */
  #shifted(expr: Expr, refusal: string): TimeShift {
    switch (expr.kind) {
      case "vectorSelector":
      case "subquery":
        return expr;
      case "matrixSelector":
        return expr.selector;
    }
    throw this.#error(expr, refusal);
  }

  #unary(node: Node): Expr {
    const [operator, operand] = children(node);
    return this.#signed(this.#slice(operator) as "+" | "-", this.#expr(operand), node.from);
  }

  #signed(op: "+" | "-", expr: Expr, start: number): Expr {
    if (expr.kind === "number") {
      return { ...expr, value: op === "-" ? -expr.value : expr.value, start };
    }
    return { kind: "unary", op, expr, start, end: expr.end };
  }

  #binary(node: Node): Expr {
    const parts = children(node);
    const [first, operator] = parts;
    const op = this.#slice(operator).toLowerCase() as BinaryOp;
    const right = this.#expr(parts.at(-1)!);
    const matching: VectorMatching = { card: "one-to-one", on: false, labels: [], include: [] };
    let returnBool = false;
    for (const part of parts.slice(2, -1)) {
      if (part.name === "BoolModifier") returnBool = true;
      else if (part.name === "MatchingModifierClause") this.#matching(part, matching);
      else {
        throw this.#error(node, "binop fill modifiers are experimental and not enabled");
      }
    }
    if (SET_OPERATORS.has(op) && matching.card === "one-to-one") matching.card = "many-to-many";
    const binary = (left: Expr): Binary => (
      { kind: "binary", op, left, right, returnBool, matching, start: left.start, end: right.end }
    );
    // The grammar package reads `-1 ^ 2` as (-1)^2; for upstream a sign binds looser than a power.
    const signed = op === "^" && first.name === "NumberDurationLiteral" &&
      /^[-+]/.exec(this.#slice(first))?.[0];
    if (!signed) return binary(this.#expr(first));
    const literal = this.#number(first);
    const value = signed === "-" ? -literal.value : literal.value;
    const unsigned = { ...literal, value, start: literal.start + 1 };
    return this.#signed(signed as "+" | "-", binary(unsigned), node.from);
  }

  #matching(node: Node, matching: VectorMatching): void {
    let target: "labels" | "include" = "labels";
    for (const part of children(node)) {
      switch (part.name) {
        case "On":
          matching.on = true;
          break;
        case "GroupLeft":
        case "GroupRight":
          matching.card = part.name === "GroupLeft" ? "many-to-one" : "one-to-many";
          target = "include";
          break;
        case "GroupingLabels":
          matching[target] = this.#grouping(part);
      }
    }
  }

  #grouping(node: Node): string[] {
    return children(node).map((label) =>
      label.name === "QuotedLabelName" ? this.#string(children(label)[0]) : this.#slice(label)
    );
  }

  #aggregate(node: Node): Aggregate {
    const parts = children(node);
    const op = this.#slice(parts[0]).toLowerCase();
    const modifier = parts.find((part) => part.name === "AggregateModifier");
    const body = parts.find((part) => part.name === "FunctionCallBody")!;
    const args = children(body).map((arg) => this.#expr(arg));
    if (args.length === 0) {
      throw this.#error(node, "no arguments for aggregate expression provided");
    }
    if (EXPERIMENTAL_AGGREGATORS.has(op) && (!this.experimental || op === "limit_ratio")) {
      throw this.#error(
        node,
        `${op}() is experimental and must be enabled with ` +
          "--enable-feature=promql-experimental-functions",
      );
    }
    const wanted = AGGREGATORS_WITH_PARAM.has(op) ? 2 : 1;
    if (args.length !== wanted) {
      throw this.#error(
        node,
        "wrong number of arguments for aggregate expression provided, " +
          `expected ${wanted}, got ${args.length}`,
      );
    }
    const [clause, labels] = modifier ? children(modifier) : [];
    return {
      kind: "aggregate",
      op: op as AggregateOp,
      expr: args[wanted - 1],
      param: wanted === 2 ? args[0] : undefined,
      grouping: labels ? this.#grouping(labels) : [],
      without: clause?.name === "Without",
      ...span(node),
    };
  }

  #call(node: Node): Call {
    const [identifier, body] = children(node);
    const name = this.#slice(identifier);
    const signature = SIGNATURES.get(name);
    if (!signature) {
      throw this.#error(identifier, `unknown function with name ${goQuote(name)}`);
    }
    if (signature.experimental && !this.experimental) {
      throw this.#error(identifier, `function ${goQuote(name)} is not enabled`);
    }
    const args = children(body).map((arg) => this.#expr(arg));
    return { kind: "call", name, args, ...span(node) };
  }

  #string(node: Node): string {
    return unquote(this.#slice(node));
  }

  #slice(node: Node): string {
    return this.text.slice(node.from, node.to);
  }

  #error(where: Node | Span, reason: string): PromqlSyntaxError {
    return new PromqlSyntaxError(this.text, "from" in where ? span(where) : where, reason);
  }
}

function children(node: Node): Node[] {
  const found: Node[] = [];
  for (let child = node.firstChild; child; child = child.nextSibling) {
    if (child.name !== "LineComment") found.push(child);
  }
  return found;
}

function span(node: Node): Span {
  return { start: node.from, end: node.to };
}

/** Moves the end of a selector past its modifier. */
function grow(expr: Expr, end: number): Expr {
  expr.end = end;
  return expr;
}
