import { numError } from "../go/mod.ts";
import {
  FormulaError,
  type Token,
  tokenize,
  type TokenKind,
  tokenText,
} from "./_formula_tokens.ts";

/** A part of a formula, and where it begins. Whole numbers are bigint, as Go's int is no float. */
export type FormulaNode = { at: number } & FormulaShape;

type FormulaShape =
  | { kind: "nil" }
  | { kind: "number"; value: number | bigint }
  | { kind: "bool"; value: boolean }
  | { kind: "string"; value: string }
  | { kind: "name"; name: string }
  | { kind: "pointer"; name: string }
  | { kind: "unary"; operator: string; of: FormulaNode }
  | { kind: "binary"; operator: string; left: FormulaNode; right: FormulaNode }
  | { kind: "conditional"; condition: FormulaNode; then: FormulaNode; else: FormulaNode }
  | { kind: "let"; name: string; value: FormulaNode; body: FormulaNode }
  | { kind: "sequence"; nodes: FormulaNode[] }
  | { kind: "array"; nodes: FormulaNode[] }
  | { kind: "member"; of: FormulaNode; property: FormulaNode }
  | { kind: "slice"; of: FormulaNode; from?: FormulaNode; to?: FormulaNode }
  | { kind: "call"; name: string; args: FormulaNode[] }
  | { kind: "predicate"; body: FormulaNode };

/** How tightly binary operators bind. Source: expr-lang/expr parser/operator/operator.go. */
const BINARY: Record<string, number> = {
  "|": 0,
  "or": 10,
  "||": 10,
  "and": 15,
  "&&": 15,
  "==": 20,
  "!=": 20,
  "<": 20,
  ">": 20,
  ">=": 20,
  "<=": 20,
  "in": 20,
  "..": 25,
  "+": 30,
  "-": 30,
  "*": 60,
  "/": 60,
  "%": 60,
  "**": 100,
  "^": 100,
  "??": 500,
};
const UNARY: Record<string, number> = { "not": 50, "!": 50, "-": 90, "+": 90 };
const RIGHT = new Set(["**", "^"]);
const COMPARISONS = new Set(["<", ">", ">=", "<="]);

/** Functions that take a predicate: whether it may be left out, and whether more may follow. */
export const PREDICATES: Record<string, { optional?: true; more?: true }> = {
  all: {},
  none: {},
  any: {},
  one: {},
  filter: {},
  map: {},
  find: {},
  findIndex: {},
  findLast: {},
  findLastIndex: {},
  count: { optional: true },
  sum: { optional: true },
  reduce: { more: true },
};

/**
 * Reads a formula in the expression language that KEDA uses.
 * Errors: FormulaError. Source: expr-lang/expr parser/parser.go (v1.17).
 * Differs: numbers, truth values, nil, text, lists and what is done with them; no maps, no methods.
 */
export function parseFormula(source: string): FormulaNode {
  return new Parser(source).parse();
}

/** Source: expr-lang/expr conf/config.go (DefaultMaxNodes). */
const MAX_NODES = 10_000;
export const TOO_LARGE = "compilation failed: expression exceeds maximum allowed nodes";

class Parser {
  readonly #tokens: Token[];
  #index = 0;
  #nodes = 0;
  /** How many predicates are open. */
  #depth = 0;

  constructor(private readonly source: string) {
    this.#tokens = tokenize(source);
  }

  get #token(): Token {
    return this.#tokens[this.#index];
  }

  parse(): FormulaNode {
    const node = this.#sequence();
    if (this.#token.kind !== "EOF") throw this.#unexpected();
    return node;
  }

  #is(kind: TokenKind, value?: string): boolean {
    return this.#token.kind === kind && (value === undefined || this.#token.value === value);
  }

  #next(): Token {
    const token = this.#token;
    if (token.kind !== "EOF") this.#index++;
    return token;
  }

  #accept(kind: TokenKind, value: string): boolean {
    if (!this.#is(kind, value)) return false;
    this.#next();
    return true;
  }

  #expect(kind: TokenKind, value?: string): Token {
    if (!this.#is(kind, value)) throw this.#unexpected();
    return this.#next();
  }

  #unexpected(token = this.#token): FormulaError {
    return this.#error(`unexpected token ${tokenText(token)}`, token);
  }

  #error(message: string, { at }: { at: number } = this.#token): FormulaError {
    return new FormulaError(message, at, this.source);
  }

  #sequence(): FormulaNode {
    const nodes = [this.#expression(0)];
    while (this.#accept("Operator", ";")) {
      if (this.#is("EOF")) break;
      nodes.push(this.#expression(0));
    }
    return nodes.length === 1 ? nodes[0] : { kind: "sequence", nodes, at: nodes[0].at };
  }

  #count(): void {
    if (++this.#nodes > MAX_NODES) throw this.#error(TOO_LARGE);
  }

  #expression(precedence: number): FormulaNode {
    if (precedence === 0 && this.#is("Operator", "let")) return this.#let();
    if (precedence === 0 && this.#is("Operator", "if")) return this.#if();
    let left = this.#primary();
    let previous = "";
    while (this.#is("Operator")) {
      const negate = this.#is("Operator", "not");
      const operator = negate ? this.#tokens[this.#index + 1] : this.#token;
      if (negate && operator.value !== "in") throw this.#unexpected(operator);
      const binding = BINARY[operator.value];
      if (binding === undefined || binding < precedence) break;
      if (negate) this.#next();
      this.#next();
      this.#count();
      if (operator.value === "|") {
        left = this.#call(this.#expect("Identifier"), [left]);
      } else if (previous === "??" && operator.value !== "??") {
        throw this.#error(
          `Operator (${operator.value}) and coalesce expressions (??) cannot be mixed. Wrap either ` +
            "by parentheses.",
          operator,
        );
      } else if (COMPARISONS.has(operator.value)) left = this.#comparison(left, operator, binding);
      else {
        const right = this.#expression(RIGHT.has(operator.value) ? binding : binding + 1);
        left = { kind: "binary", operator: operator.value, left, right, at: operator.at };
        if (negate) left = { kind: "unary", operator: "not", of: left, at: operator.at };
      }
      previous = operator.value;
    }
    return precedence === 0 ? this.#conditional(left) : left;
  }

  /** `1 < a <= b` is `1 < a && a <= b`. */
  #comparison(first: FormulaNode, operator: Token, binding: number): FormulaNode {
    let left = first;
    let all: FormulaNode | undefined;
    for (let token = operator;; this.#next()) {
      const right = this.#expression(binding + 1);
      const one: FormulaNode = {
        kind: "binary",
        operator: token.value,
        left,
        right,
        at: token.at,
      };
      all = all ? { kind: "binary", operator: "&&", left: all, right: one, at: token.at } : one;
      left = right;
      token = this.#token;
      if (!(token.kind === "Operator" && COMPARISONS.has(token.value))) return all;
    }
  }

  #let(): FormulaNode {
    this.#next();
    const { value: name, at } = this.#expect("Identifier");
    this.#expect("Operator", "=");
    const value = this.#expression(0);
    this.#expect("Operator", ";");
    return { kind: "let", name, value, body: this.#sequence(), at };
  }

  #if(): FormulaNode {
    this.#next();
    const condition = this.#expression(0);
    const then = this.#block();
    this.#expect("Operator", "else");
    const other = this.#is("Operator", "if") ? this.#if() : this.#block();
    return { kind: "conditional", condition, then, else: other, at: 0 };
  }

  #block(): FormulaNode {
    this.#expect("Bracket", "{");
    const node = this.#sequence();
    this.#expect("Bracket", "}");
    return node;
  }

  #conditional(first: FormulaNode): FormulaNode {
    let condition = first;
    while (this.#accept("Operator", "?")) {
      let then = condition;
      if (this.#is("Operator", ":")) this.#next();
      else {
        then = this.#expression(0);
        this.#expect("Operator", ":");
      }
      const other = this.#expression(0);
      condition = { kind: "conditional", condition, then, else: other, at: this.#token.at };
    }
    return condition;
  }

  #primary(): FormulaNode {
    this.#count();
    const token = this.#token;
    const { at, value } = token;
    if (token.kind === "Operator" && Object.hasOwn(UNARY, value)) {
      this.#next();
      const of = this.#expression(UNARY[value]);
      return this.#postfix({ kind: "unary", operator: value, of, at });
    }
    if (this.#accept("Bracket", "(")) {
      const inner = this.#sequence();
      this.#expect("Bracket", ")");
      return this.#postfix(inner);
    }
    if (this.#depth > 0 && this.#accept("Operator", "#")) {
      // `#acc` is written without a space.
      const isNamed = this.#is("Identifier") && this.#token.at === at + 1;
      const name = isNamed ? this.#next().value : "";
      return this.#postfix({ kind: "pointer", name, at });
    }
    return this.#secondary();
  }

  #secondary(): FormulaNode {
    const token = this.#next();
    const { at, value } = token;
    switch (token.kind) {
      case "Identifier":
        if (value === "true" || value === "false") {
          return { kind: "bool", value: value === "true", at };
        }
        if (value === "nil") return { kind: "nil", at };
        return this.#postfix(
          this.#is("Bracket", "(") ? this.#call(token, []) : { kind: "name", name: value, at },
        );
      case "Number":
        return { kind: "number", value: this.#number(value), at };
      case "String":
        return this.#postfix({ kind: "string", value, at });
    }
    if (token.kind === "Bracket" && value === "[") return this.#postfix(this.#array(at));
    throw this.#unexpected(token);
  }

  #number(text: string): number | bigint {
    const digits = text.replaceAll("_", "");
    if (/[.eE]/.test(digits) && !/^0[xX]/.test(digits)) {
      const value = Number(digits);
      if (Number.isFinite(value)) return value;
      const why = numError("ParseFloat", digits, "value out of range");
      throw this.#error(`invalid float literal: ${why}`);
    }
    const value = BigInt(digits);
    if (value <= 0x7fff_ffff_ffff_ffffn) return value;
    const why = numError("ParseInt", digits, "value out of range");
    throw this.#error(`invalid integer literal: ${why}`);
  }

  #array(at: number): FormulaNode {
    const nodes: FormulaNode[] = [];
    while (!this.#is("Bracket", "]")) {
      if (nodes.length > 0) {
        this.#expect("Operator", ",");
        if (this.#is("Bracket", "]")) break;
      }
      nodes.push(this.#expression(0));
    }
    this.#expect("Bracket", "]");
    return { kind: "array", nodes, at };
  }

  /** A call; with the pipe, what is left of it comes first. */
  #call({ value: name, at }: Token, args: FormulaNode[]): FormulaNode {
    const offset = args.length;
    this.#expect("Bracket", "(");
    if (Object.hasOwn(PREDICATES, name)) this.#predicateArguments(PREDICATES[name], args);
    else {
      while (!this.#is("Bracket", ")")) {
        if (args.length > offset) this.#expect("Operator", ",");
        if (this.#is("Bracket", ")")) break;
        args.push(this.#expression(0));
      }
    }
    this.#expect("Bracket", ")");
    return { kind: "call", name, args, at };
  }

  #predicateArguments({ optional, more }: { optional?: true; more?: true }, args: FormulaNode[]) {
    const offset = args.length;
    const wanted = (more ? 3 : 2) - offset;
    for (let i = 0; i < wanted; i++) {
      const position = offset + i;
      const mayEnd = position === 2 || (position === 1 && optional);
      if (this.#is("Bracket", ")")) {
        if (mayEnd) break;
        throw this.#error(`expected at least ${wanted} arguments`);
      }
      if (i > 0) this.#expect("Operator", ",");
      args.push(position === 1 ? this.#predicate() : this.#expression(0));
    }
    if (this.#is("Operator", ",")) this.#next();
  }

  #predicate(): FormulaNode {
    const { at } = this.#token;
    const isBlock = this.#accept("Bracket", "{");
    this.#depth++;
    const body = isBlock ? this.#sequence() : this.#expression(0);
    this.#depth--;
    if (isBlock) this.#expect("Bracket", "}");
    else if (this.#is("Operator", ";")) throw this.#error("wrap predicate with brackets { and }");
    return { kind: "predicate", body, at };
  }

  #postfix(first: FormulaNode): FormulaNode {
    let node = first;
    for (;;) {
      const { at, value, kind } = this.#token;
      if (kind === "Operator" && (value === "." || value === "?.")) {
        this.#next();
        const property = this.#next();
        if (property.kind !== "Identifier") throw this.#error("expected name");
        const { value: name } = property;
        node = {
          kind: "member",
          of: node,
          property: { kind: "string", value: name, at: property.at },
          at: property.at,
        };
      } else if (kind === "Bracket" && value === "[") {
        this.#next();
        node = this.#element(node, at);
      } else return node;
    }
  }

  #element(of: FormulaNode, at: number): FormulaNode {
    const from = this.#is("Operator", ":") ? undefined : this.#expression(0);
    if (from && this.#accept("Bracket", "]")) return { kind: "member", of, property: from, at };
    this.#expect("Operator", ":");
    const to = this.#is("Bracket", "]") ? undefined : this.#expression(0);
    this.#expect("Bracket", "]");
    return { kind: "slice", of, ...(from ? { from } : {}), ...(to ? { to } : {}), at };
  }
}
