import { numError } from "../go/mod.ts";
import { FUNCTION_NAMES } from "./signatures.ts";
import { ExprError, type Token, tokenize, type TokenKind, tokenText } from "./tokens.ts";

/** A part of an expression, and where it begins. Whole numbers are bigint, as Go's int is no float. */
export type ExprNode = { at: number } & ExprShape;

type ExprShape =
  | { kind: "nil" }
  | { kind: "number"; value: number | bigint }
  | { kind: "bool"; value: boolean }
  | { kind: "string"; value: string }
  | { kind: "bytes"; value: string }
  | { kind: "name"; name: string }
  | { kind: "pointer"; name: string }
  | { kind: "unary"; operator: string; of: ExprNode }
  | { kind: "binary"; operator: string; left: ExprNode; right: ExprNode }
  | { kind: "conditional"; condition: ExprNode; then: ExprNode; else: ExprNode }
  | { kind: "let"; name: string; value: ExprNode; body: ExprNode }
  | { kind: "sequence"; nodes: ExprNode[] }
  | { kind: "array"; nodes: ExprNode[] }
  | { kind: "map"; pairs: { key: ExprNode; value: ExprNode }[] }
  | { kind: "member"; of: ExprNode; property: ExprNode; optional: boolean; isMethod: boolean }
  /** `a?.b.c` is nil as a whole where a link of it is nil. */
  | { kind: "chain"; of: ExprNode }
  | { kind: "slice"; of: ExprNode; from?: ExprNode; to?: ExprNode }
  /** A function of the language. */
  | { kind: "builtin"; name: string; args: ExprNode[] }
  /** Whatever else is called: a name, a method. */
  | { kind: "call"; callee: ExprNode; args: ExprNode[] }
  | { kind: "predicate"; body: ExprNode };

/** How an error names a whole number that is written so. */
const BASES: Record<string, string> = { "0x": "hex", "0b": "binary", "0o": "octal" };

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
  "matches": 20,
  "contains": 20,
  "startsWith": 20,
  "endsWith": 20,
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
const NEGATED = new Set(["contains", "matches", "startsWith", "endsWith", "in"]);
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
  groupBy: {},
  sortBy: { more: true },
  reduce: { more: true },
};

/**
 * Reads an expression.
 * Errors: ExprError. Source: expr-lang/expr parser/parser.go (v1.17).
 */
export function parseExpr(source: string): ExprNode {
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

  parse(): ExprNode {
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

  #unexpected(token = this.#token): ExprError {
    return this.#error(`unexpected token ${tokenText(token)}`, token);
  }

  #error(message: string, { at }: { at: number } = this.#token): ExprError {
    return new ExprError(message, at, this.source);
  }

  #sequence(): ExprNode {
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

  #expression(precedence: number): ExprNode {
    if (precedence === 0 && this.#is("Operator", "let")) return this.#let();
    if (precedence === 0 && this.#is("Operator", "if")) return this.#if();
    let left = this.#primary();
    let previous = "";
    while (this.#is("Operator")) {
      const negate = this.#is("Operator", "not");
      const operator = negate ? this.#tokens[this.#index + 1] : this.#token;
      if (negate && !NEGATED.has(operator.value)) throw this.#unexpected(operator);
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
  #comparison(first: ExprNode, operator: Token, binding: number): ExprNode {
    let left = first;
    let all: ExprNode | undefined;
    for (let token = operator;; this.#next()) {
      const right = this.#expression(binding + 1);
      const one: ExprNode = {
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

  #let(): ExprNode {
    this.#next();
    const { value: name, at } = this.#expect("Identifier");
    this.#expect("Operator", "=");
    const value = this.#expression(0);
    this.#expect("Operator", ";");
    return { kind: "let", name, value, body: this.#sequence(), at };
  }

  #if(): ExprNode {
    this.#next();
    const condition = this.#expression(0);
    const then = this.#block();
    this.#expect("Operator", "else");
    const other = this.#is("Operator", "if") ? this.#if() : this.#block();
    return { kind: "conditional", condition, then, else: other, at: 0 };
  }

  #block(): ExprNode {
    this.#expect("Bracket", "{");
    const node = this.#sequence();
    this.#expect("Bracket", "}");
    return node;
  }

  #conditional(first: ExprNode): ExprNode {
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

  #primary(): ExprNode {
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
      const name = this.#is("Identifier") ? this.#next().value : "";
      return this.#postfix({ kind: "pointer", name, at });
    }
    // `.field` is `#.field`.
    if (this.#depth > 0 && this.#is("Operator", ".")) {
      return this.#postfix({ kind: "pointer", name: "", at });
    }
    if (this.#accept("Operator", "::")) {
      return this.#postfix(this.#call(this.#expect("Identifier"), []));
    }
    return this.#secondary();
  }

  #secondary(): ExprNode {
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
      case "Bytes":
        return this.#postfix({ kind: "bytes", value, at });
    }
    if (token.kind === "Bracket" && value === "[") return this.#postfix(this.#array(at));
    if (token.kind === "Bracket" && value === "{") return this.#postfix(this.#map(at));
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
    // Of "0x" no digit may have come.
    const value = digits.length > 2 || !/^0[xXoObB]/.test(digits) ? BigInt(digits) : undefined;
    if (value !== undefined && value <= 0x7fff_ffff_ffff_ffffn) return value;
    const why = numError(
      "ParseInt",
      digits,
      value === undefined ? undefined : "value out of range",
    );
    const base = BASES[digits.slice(0, 2).toLowerCase()] ?? "integer";
    throw this.#error(`invalid ${base} literal: ${why}`);
  }

  #array(at: number): ExprNode {
    const nodes: ExprNode[] = [];
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

  #map(at: number): ExprNode {
    const pairs: { key: ExprNode; value: ExprNode }[] = [];
    while (!this.#is("Bracket", "}")) {
      if (pairs.length > 0) {
        this.#expect("Operator", ",");
        if (this.#is("Bracket", "}")) break;
        if (this.#is("Operator", ",")) throw this.#unexpected();
      }
      const key = this.#key();
      this.#expect("Operator", ":");
      pairs.push({ key, value: this.#expression(0) });
      this.#count();
    }
    this.#expect("Bracket", "}");
    this.#count();
    return { kind: "map", pairs, at };
  }

  #key(): ExprNode {
    const { kind, value, at } = this.#token;
    if (kind === "Number" || kind === "String" || kind === "Identifier") {
      this.#next();
      this.#count();
      return { kind: "string", value, at };
    }
    if (this.#is("Bracket", "(")) return this.#expression(0);
    throw this.#error(
      "a map key must be a quoted string, a number, a identifier, or an expression enclosed in parentheses " +
        `(unexpected token ${tokenText(this.#token)})`,
    );
  }

  /** A call; with the pipe, what is left of it comes first. */
  #call({ value: name, at }: Token, args: ExprNode[]): ExprNode {
    if (Object.hasOwn(PREDICATES, name)) {
      this.#expect("Bracket", "(");
      this.#predicateArguments(PREDICATES[name], args);
      this.#expect("Bracket", ")");
      return { kind: "builtin", name, args, at };
    }
    this.#arguments(args);
    if (FUNCTION_NAMES.has(name)) return { kind: "builtin", name, args, at };
    return { kind: "call", callee: { kind: "name", name, at }, args, at };
  }

  #arguments(args: ExprNode[]): ExprNode[] {
    const offset = args.length;
    this.#expect("Bracket", "(");
    while (!this.#is("Bracket", ")")) {
      if (args.length > offset) this.#expect("Operator", ",");
      if (this.#is("Bracket", ")")) break;
      args.push(this.#expression(0));
    }
    this.#expect("Bracket", ")");
    return args;
  }

  #predicateArguments({ optional, more }: { optional?: true; more?: true }, args: ExprNode[]) {
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

  #predicate(): ExprNode {
    const { at } = this.#token;
    const isBlock = this.#accept("Bracket", "{");
    this.#depth++;
    const body = isBlock ? this.#sequence() : this.#expression(0);
    this.#depth--;
    if (isBlock) this.#expect("Bracket", "}");
    else if (this.#is("Operator", ";")) throw this.#error("wrap predicate with brackets { and }");
    return { kind: "predicate", body, at };
  }

  #postfix(first: ExprNode): ExprNode {
    let node = first;
    for (;;) {
      const { value, kind, at } = this.#token;
      const optional = kind === "Operator" && value === "?.";
      if (optional && this.#peek().kind === "Bracket" && this.#peek().value === "[") this.#next();
      else if (kind === "Operator" && (value === "." || optional)) {
        node = this.#member(node, optional);
        continue;
      }
      if (!this.#is("Bracket", "[")) return node;
      const bracket = this.#next();
      node = this.#element(node, optional ? bracket.at : at, optional);
    }
  }

  #peek(): Token {
    return this.#tokens[this.#index + 1] ?? this.#token;
  }

  #member(base: ExprNode, optional: boolean): ExprNode {
    this.#next();
    const { kind, value: name, at } = this.#next();
    if (kind !== "Identifier" && !(kind === "Operator" && /^[a-zA-Z]/.test(name))) {
      throw this.#error("expected name");
    }
    this.#count();
    const isChain = base.kind === "chain";
    const property: ExprNode = { kind: "string", value: name, at };
    const isMethod = this.#is("Bracket", "(");
    let node: ExprNode = {
      kind: "member",
      of: isChain ? base.of : base,
      property,
      optional,
      isMethod,
      at,
    };
    if (isMethod) node = { kind: "call", callee: node, args: this.#arguments([]), at };
    return isChain || optional ? { kind: "chain", of: node, at } : node;
  }

  #element(of: ExprNode, at: number, optional: boolean): ExprNode {
    this.#count();
    const from = this.#is("Operator", ":") ? undefined : this.#expression(0);
    if (from && this.#accept("Bracket", "]")) {
      const member: ExprNode = {
        kind: "member",
        of,
        property: from,
        optional,
        isMethod: false,
        at,
      };
      return optional ? { kind: "chain", of: member, at } : member;
    }
    this.#expect("Operator", ":");
    const to = this.#is("Bracket", "]") ? undefined : this.#expression(0);
    this.#expect("Bracket", "]");
    return { kind: "slice", of, ...(from ? { from } : {}), ...(to ? { to } : {}), at };
  }
}
