import { Lexer, type Token, type TokenType } from "./_template_lexer.ts";
import {
  type Command,
  isEmptyTree,
  type Node,
  nodeText,
  type Operand,
  type Pipe,
  type Tree,
} from "./_template_nodes.ts";
import { parseChar, parseNumber } from "./_template_number.ts";
import { GoTemplateError } from "./_template_error.ts";
import { goSprintf } from "./fmt.ts";
import { quote, unquote } from "./quote.ts";
import { utf8Length } from "./utf8.ts";

/** How deep parentheses and blocks may be nested. Source: golang/go src/text/template/parse/parse.go (maxStackDepth). */
const MAX_EXPRESSION_DEPTH = 200;

export interface ParseOptions {
  delimiters: readonly [left: string, right: string];
  hasFunction(name: string): boolean;
}

const STARTS_COMMAND: readonly TokenType[] = [
  "bool",
  "char",
  "dot",
  "field",
  "identifier",
  "number",
  "raw",
  "string",
  "variable",
  "(",
];

const CANNOT_EXECUTE: readonly Operand["type"][] = ["bool", "dot", "nil", "number", "string"];

type Ending = "end" | "else";

/**
 * Reads a text into templates: the one of its name, and those it defines.
 * Errors: GoTemplateError. Source: golang/go src/text/template/parse/parse.go.
 */
export function parseTemplate(
  name: string,
  text: string,
  options: ParseOptions,
): Map<string, Tree> {
  return new Parser(name, text, options).parse();
}

class Parser {
  readonly #lexer: Lexer;
  readonly #trees = new Map<string, Tree>();
  /** Tokens that were read: the last first, those put back behind it. */
  readonly #tokens: Token[] = [];
  #peeked = 0;
  #variables = ["$"];
  #rangeDepth = 0;
  #depth = 0;
  #actionLine = 0;

  constructor(
    private readonly name: string,
    private readonly text: string,
    private readonly options: ParseOptions,
  ) {
    this.#lexer = new Lexer(text, options.delimiters);
  }

  parse(): Map<string, Tree> {
    const root: Node[] = [];
    while (this.#peek().type !== "eof") {
      if (this.#peek().type === "left") {
        const delimiter = this.#next();
        const word = this.#nextNonSpace();
        if (word.type === "keyword" && word.value === "define") {
          this.#apart(() => this.#definition());
          continue;
        }
        this.#tokens[1] = delimiter;
        this.#peeked = 2;
      }
      const node = this.#textOrAction();
      if (typeof node === "string") throw this.#error(`unexpected {{${node}}}`);
      root.push(node);
    }
    this.#add(this.name, root);
    return this.#trees;
  }

  #add(name: string, root: Node[]): void {
    const known = this.#trees.get(name);
    if (!known || isEmptyTree(known.root)) {
      this.#trees.set(name, { name, parseName: this.name, text: this.text, root });
    } else if (!isEmptyTree(root)) {
      throw this.#error(`template: multiple definition of template ${quote(name)}`);
    }
  }

  /** Reads what is a template of its own: variables and loops around it are not seen in it. */
  #apart(read: () => void): void {
    const outer = [this.#variables, this.#rangeDepth, this.#actionLine] as const;
    this.#variables = ["$"];
    this.#rangeDepth = this.#actionLine = 0;
    read();
    [this.#variables, this.#rangeDepth, this.#actionLine] = outer;
  }

  #definition(): void {
    const context = "define clause";
    const name = this.#templateName(this.#nextNonSpace(), context);
    this.#expect("right", context);
    this.#body(name, context);
  }

  #body(name: string, context: string): void {
    const { list, ending } = this.#list();
    if (ending !== "end") throw this.#error(`unexpected {{${ending}}} in ${context}`);
    this.#add(name, list);
  }

  #list(): { list: Node[]; ending: Ending } {
    if (++this.#depth > MAX_EXPRESSION_DEPTH) throw this.#error("max expression depth exceeded");
    const list: Node[] = [];
    while (this.#peekNonSpace().type !== "eof") {
      const node = this.#textOrAction();
      if (typeof node === "string") {
        this.#depth--;
        return { list, ending: node };
      }
      list.push(node);
    }
    throw this.#error("unexpected EOF");
  }

  #textOrAction(): Node | Ending {
    const token = this.#nextNonSpace();
    if (token.type === "text") return { type: "text", pos: token.pos, text: token.value };
    if (token.type !== "left") throw this.#unexpected(token, "input");
    this.#actionLine = token.line;
    const node = this.#action();
    this.#actionLine = 0;
    return node;
  }

  #action(): Node | Ending {
    const token = this.#nextNonSpace();
    const { type, value, pos } = token;
    if (type === "keyword") {
      switch (value) {
        case "block":
          return this.#block();
        case "break":
        case "continue":
          return this.#loopControl(value, pos);
        case "else":
          return this.#else();
        case "end":
          this.#expect("right", "end");
          return "end";
        case "if":
        case "range":
        case "with":
          return this.#branch(value);
        case "template":
          return this.#template();
      }
    }
    this.#backup();
    return { type: "action", pos: this.#peek().pos, pipe: this.#pipeline("command", "right") };
  }

  #loopControl(word: "break" | "continue", pos: number): Node {
    const token = this.#nextNonSpace();
    if (token.type !== "right") throw this.#unexpected(token, `{{${word}}}`);
    if (this.#rangeDepth === 0) throw this.#error(`{{${word}}} outside {{range}}`);
    return { type: word, pos };
  }

  #else(): Ending {
    const { type, value } = this.#peekNonSpace();
    if (type !== "keyword" || (value !== "if" && value !== "with")) this.#expect("right", "else");
    return "else";
  }

  #branch(type: "if" | "range" | "with"): Node {
    const mark = this.#variables.length;
    const pipe = this.#pipeline(type, "right");
    if (type === "range") this.#rangeDepth++;
    const { list, ending } = this.#list();
    if (type === "range") this.#rangeDepth--;
    const otherwise = ending === "else" ? this.#otherwise(type) : undefined;
    this.#variables.length = mark;
    return { type, pos: pipe.pos, pipe, list, otherwise };
  }

  /** What comes behind `else`: a list, or another branch that ends where this one does. */
  #otherwise(type: "if" | "range" | "with"): Node[] {
    const { type: kind, value } = this.#peek();
    if (kind === "keyword" && type !== "range" && value === type) {
      this.#next();
      if (++this.#depth > MAX_EXPRESSION_DEPTH) throw this.#error("max expression depth exceeded");
      const node = this.#branch(type);
      this.#depth--;
      return [node];
    }
    const { list, ending } = this.#list();
    if (ending !== "end") throw this.#error(`expected end; found {{${ending}}}`);
    return list;
  }

  #block(): Node {
    const context = "block clause";
    const token = this.#nextNonSpace();
    const name = this.#templateName(token, context);
    const pipe = this.#pipeline(context, "right");
    this.#apart(() => this.#body(name, context));
    return { type: "template", pos: token.pos, name, pipe };
  }

  #template(): Node {
    const context = "template clause";
    const token = this.#nextNonSpace();
    const name = this.#templateName(token, context);
    if (this.#nextNonSpace().type === "right") return { type: "template", pos: token.pos, name };
    this.#backup();
    return { type: "template", pos: token.pos, name, pipe: this.#pipeline(context, "right") };
  }

  #templateName(token: Token, context: string): string {
    if (token.type !== "string" && token.type !== "raw") throw this.#unexpected(token, context);
    return this.#unquoted(token.value);
  }

  #pipeline(context: string, end: "right" | ")"): Pipe {
    const { pos } = this.#peekNonSpace();
    const pipe: Pipe = { type: "pipe", pos, variables: [], isAssign: false, commands: [] };
    this.#declarations(pipe, context);
    for (;;) {
      const token = this.#nextNonSpace();
      if (token.type === end) break;
      const starts = STARTS_COMMAND.includes(token.type) ||
        (token.type === "keyword" && token.value === "nil");
      if (!starts) throw this.#unexpected(token, context);
      this.#backup();
      pipe.commands.push(this.#command());
    }
    if (pipe.commands.length === 0) throw this.#error(`missing value for ${context}`);
    for (let i = 1; i < pipe.commands.length; i++) {
      if (CANNOT_EXECUTE.includes(pipe.commands[i].args[0].type)) {
        throw this.#error(`non executable command in pipeline stage ${i + 1}`);
      }
    }
    return pipe;
  }

  #declarations(pipe: Pipe, context: string): void {
    for (;;) {
      const variable = this.#peekNonSpace();
      if (variable.type !== "variable") return;
      this.#next();
      const behind = this.#peek();
      const next = this.#peekNonSpace();
      const isComma = next.type === "other" && next.value === ",";
      if (next.type !== "assign" && next.type !== "declare" && !isComma) {
        // Back before the variable, and the space behind it.
        if (behind.type === "space") {
          this.#tokens[1] = behind;
          this.#tokens[2] = variable;
          this.#peeked = 3;
        } else {
          this.#tokens[1] = variable;
          this.#peeked = 2;
        }
        return;
      }
      this.#nextNonSpace();
      pipe.variables.push(variable.value);
      this.#variables.push(variable.value);
      if (!isComma) {
        pipe.isAssign = next.type === "assign";
        return;
      }
      if (context !== "range" || pipe.variables.length >= 2) {
        throw this.#error(`too many declarations in ${context}`);
      }
      if (!["variable", "right", ")"].includes(this.#peekNonSpace().type)) {
        throw this.#error("range can only initialize variables");
      }
    }
  }

  #command(): Command {
    const { pos } = this.#peekNonSpace();
    const args: Operand[] = [];
    for (;;) {
      this.#peekNonSpace();
      const operand = this.#operand();
      if (operand) args.push(operand);
      const token = this.#next();
      if (token.type === "space") continue;
      if (token.type === "right" || token.type === ")") this.#backup();
      else if (token.type !== "pipe") throw this.#unexpected(token, "operand");
      break;
    }
    if (args.length === 0) throw this.#error("empty command");
    return { type: "command", pos, args };
  }

  #operand(): Operand | undefined {
    const node = this.#term();
    const { type, pos } = this.#peek();
    if (!node || type !== "field") return node;
    const path: string[] = [];
    while (this.#peek().type === "field") path.push(this.#next().value.slice(1));
    switch (node.type) {
      case "field":
      case "variable":
        return { ...node, pos, path: [...node.path, ...path] };
      case "bool":
      case "string":
      case "number":
      case "nil":
      case "dot":
        throw this.#error(`unexpected . after term ${quote(nodeText(node))}`);
    }
    return { type: "chain", pos, node, path };
  }

  #term(): Operand | undefined {
    const { type, value, pos } = this.#nextNonSpace();
    switch (type) {
      case "identifier":
        if (this.options.hasFunction(value)) return { type: "function", pos, name: value };
        throw this.#error(`function ${quote(value)} not defined`);
      case "dot":
        return { type: "dot", pos };
      case "variable":
        if (this.#variables.includes(value)) {
          return { type: "variable", pos, name: value, path: [] };
        }
        throw this.#error(`undefined variable ${quote(value)}`);
      case "field":
        return { type: "field", pos, path: [value.slice(1)] };
      case "bool":
        return { type: "bool", pos, value: value === "true", text: value };
      case "char":
      case "number": {
        const number = type === "char" ? parseChar(value) : parseNumber(value);
        if ("error" in number) throw this.#error(number.error);
        return { type: "number", pos, value: number.value, text: value };
      }
      case "(":
        if (++this.#depth > MAX_EXPRESSION_DEPTH) {
          throw this.#error("max expression depth exceeded");
        }
        try {
          return this.#pipeline("parenthesized pipeline", ")");
        } finally {
          this.#depth--;
        }
      case "string":
      case "raw":
        return { type: "string", pos, value: this.#unquoted(value), text: value };
      case "keyword":
        if (value === "nil") return { type: "nil", pos };
    }
    this.#backup();
  }

  #unquoted(literal: string): string {
    const text = unquote(literal);
    if (text === undefined) throw this.#error("invalid syntax");
    return text;
  }

  #next(): Token {
    if (this.#peeked > 0) this.#peeked--;
    else this.#tokens[0] = this.#lexer.next();
    return this.#tokens[this.#peeked];
  }

  #backup(): void {
    this.#peeked++;
  }

  #peek(): Token {
    if (this.#peeked > 0) return this.#tokens[this.#peeked - 1];
    this.#peeked = 1;
    return this.#tokens[0] = this.#lexer.next();
  }

  #nextNonSpace(): Token {
    for (;;) {
      const token = this.#next();
      if (token.type !== "space") return token;
    }
  }

  #peekNonSpace(): Token {
    const token = this.#nextNonSpace();
    this.#backup();
    return token;
  }

  #expect(type: TokenType, context: string): void {
    const token = this.#nextNonSpace();
    if (token.type !== type) throw this.#unexpected(token, context);
  }

  #unexpected(token: Token, context: string): GoTemplateError {
    if (token.type !== "error") return this.#error(`unexpected ${tokenText(token)} in ${context}`);
    let extra = "";
    if (this.#actionLine !== 0 && this.#actionLine !== token.line) {
      extra = ` in action started at ${this.name}:${this.#actionLine}`;
      if (token.value.endsWith(" action")) extra = extra.slice(" in action".length);
    }
    return this.#error(token.value + extra);
  }

  #error(message: string): GoTemplateError {
    return new GoTemplateError(`template: ${this.name}:${this.#tokens[0].line}: ${message}`);
  }
}

/** Source: golang/go src/text/template/parse/lex.go (item.String). */
function tokenText({ type, value }: Token): string {
  if (type === "eof") return value;
  if (type === "keyword" || type === "dot") return `<${value}>`;
  return goSprintf(utf8Length(value) > 10 ? "%.10q..." : "%q", [value]);
}
