import { lexAction, type Token } from "./_go_template_lexer.ts";

/** A template that will not parse or execute; `template: metrics-query:1: …`. */
export class GoTemplateError extends Error {
  override name = "GoTemplateError";
}

export type Node =
  | { kind: "text"; text: string }
  | { kind: "action"; pipeline: Pipeline }
  | { kind: "if" | "with" | "range"; pipeline: Pipeline; then: Node[]; otherwise: Node[] }
  | { kind: "break" | "continue" };

/** Commands joined by `|`: each gets the value before it as its last argument. */
export interface Pipeline {
  /** Variables that the value goes to: two in a range are the key and the element. */
  declares: string[];
  /** `$x = …` changes a variable, `$x := …` makes one. */
  isAssignment: boolean;
  commands: Command[];
}
export type Command = { operands: Operand[]; text: string };
export type Operand =
  | { kind: "literal"; value: string | number | boolean }
  | { kind: "nil" }
  /** `.A.B`; `.` alone is an empty path. */
  | { kind: "field"; path: string[] }
  /** `$x.A`; `$` alone is what the template was given. */
  | { kind: "variable"; name: string; path: string[] }
  | { kind: "call"; name: string }
  | { kind: "group"; pipeline: Pipeline; path: string[] };

const FUNCTIONS = [
  "index",
  "printf",
  "print",
  "println",
  "len",
  "eq",
  "ne",
  "lt",
  "le",
  "gt",
  "ge",
  "and",
  "or",
  "not",
  "slice",
  "html",
  "js",
  "urlquery",
  "call",
];
const OPEN = "<<";
const KEYWORDS = ["if", "with", "range", "else", "end", "break", "continue"];

/** Source: golang/go src/text/template/parse/parse.go. */
export class Parser {
  #at = 0;
  #tokens: Token[] = [];
  #token = 0;
  #variables = ["$"];
  #ranges = 0;

  constructor(private readonly name: string, private readonly text: string) {}

  parse(): Node[] {
    const { nodes, end } = this.#list();
    if (end !== undefined) throw this.#error(`unexpected {{${end}}}`);
    return nodes;
  }

  #error(message: string): GoTemplateError {
    const at = this.#tokens[this.#token]?.at ?? this.#at;
    const line = this.text.slice(0, at).split("\n").length;
    return new GoTemplateError(`template: ${this.name}:${line}: ${message}`);
  }

  /** Nodes up to `end` or `else`, which is given back, or to the end of the text. */
  #list(): { nodes: Node[]; end?: "end" | "else" } {
    const nodes: Node[] = [];
    while (this.#at < this.text.length) {
      const open = this.text.indexOf(OPEN, this.#at);
      const isTrimmed = open >= 0 && /^<<-\s/.test(this.text.slice(open, open + 4));
      const raw = this.text.slice(this.#at, open < 0 ? undefined : open);
      const text = isTrimmed ? raw.trimEnd() : raw;
      if (text !== "") nodes.push({ kind: "text", text });
      if (open < 0) {
        this.#at = this.text.length;
        break;
      }
      this.#at = open + OPEN.length + (isTrimmed ? 1 : 0);
      const end = this.#action(nodes);
      if (end) return { nodes, end };
    }
    return { nodes };
  }

  /** Reads one `<<…>>`; gives its keyword when it closes a list. */
  #action(nodes: Node[]): "end" | "else" | undefined {
    if (/^\s*\/\*/.test(this.text.slice(this.#at))) {
      this.#comment();
      return undefined;
    }
    this.#tokens = lexAction(this.text, this.#at);
    this.#token = 0;
    const first = this.#peekPastSpace();
    if (first.type === "identifier" && KEYWORDS.includes(first.value)) {
      this.#token++;
      return this.#keyword(first.value, nodes);
    }
    nodes.push({ kind: "action", pipeline: this.#pipeline("command", "close") });
    this.#leaveAction();
    return undefined;
  }

  #keyword(keyword: string, nodes: Node[]): "end" | "else" | undefined {
    switch (keyword) {
      case "if":
      case "with":
      case "range":
        nodes.push(this.#control(keyword));
        return undefined;
      case "break":
      case "continue":
        this.#mustClose(keyword);
        if (this.#ranges === 0) throw this.#error(`{{${keyword}}} outside {{range}}`);
        nodes.push({ kind: keyword });
        return undefined;
      case "end":
        this.#mustClose("end");
        return "end";
      default: {
        // `else if …` and `else with …` stay open for the list that follows.
        const next = this.#peekPastSpace();
        if (!(next.type === "identifier" && /^(?:if|with)$/.test(next.value))) {
          this.#mustClose("else");
        }
        return "else";
      }
    }
  }

  #comment(): void {
    const end = this.text.indexOf("*/", this.#at);
    if (end < 0) throw this.#error("unclosed comment");
    const close = /^(?:\s+-)?>>/.exec(this.text.slice(end + 2));
    if (!close) throw this.#error("comment ends before closing delimiter");
    this.#at = end + 2 + close[0].length;
    if (close[0] !== ">>") this.#trimLeft();
  }

  #leaveAction(): void {
    const close = this.#tokens.at(-1)!;
    this.#at = close.at + close.value.length;
    if (close.value !== ">>") this.#trimLeft();
  }

  #trimLeft(): void {
    this.#at += /^\s*/.exec(this.text.slice(this.#at))![0].length;
  }

  #mustClose(context: string): void {
    const token = this.#peekPastSpace();
    if (token.type !== "close") throw this.#unexpected(token, context);
    this.#leaveAction();
  }

  #control(kind: "if" | "with" | "range"): Node {
    const known = this.#variables.length;
    const pipeline = this.#pipeline(kind, "close");
    this.#leaveAction();
    if (kind === "range") this.#ranges++;
    const then = this.#body();
    if (kind === "range") this.#ranges--;
    let otherwise: Node[] = [];
    if (then.end === "else") {
      const next = this.#peekPastSpace();
      if (kind !== "range" && next.type === "identifier" && next.value === kind) {
        // `else if` is an if inside the else; one `end` closes both.
        this.#token++;
        otherwise = [this.#control(kind)];
      } else {
        const rest = this.#body();
        if (rest.end === "else") throw this.#error("expected end; found {{else}}");
        otherwise = rest.nodes;
      }
    }
    this.#variables.length = known;
    return { kind, pipeline, then: then.nodes, otherwise };
  }

  #body(): { nodes: Node[]; end: "end" | "else" } {
    const known = this.#variables.length;
    const { nodes, end } = this.#list();
    if (end === undefined) {
      this.#tokens = [];
      throw this.#error("unexpected EOF");
    }
    this.#variables.length = known;
    return { nodes, end };
  }

  /** The token that is next; an error among them is raised here. */
  #peek(): Token {
    const token = this.#tokens[this.#token];
    if (token.type === "error") throw this.#error(token.value);
    return token;
  }

  #peekPastSpace(): Token {
    if (this.#peek().type === "space") this.#token++;
    return this.#peek();
  }

  #unexpected({ type, value }: Token, context: string): GoTemplateError {
    const isKeyword = type === "dot" || type === "identifier" && KEYWORDS.includes(value);
    const short = value.length > 10 ? `${quoted(value.slice(0, 10))}...` : quoted(value);
    return this.#error(`unexpected ${isKeyword ? `<${value}>` : short} in ${context}`);
  }

  #pipeline(context: string, end: "close" | ")"): Pipeline {
    const pipeline: Pipeline = { declares: [], isAssignment: false, commands: [] };
    this.#declarations(pipeline, context);
    for (;;) {
      const token = this.#peekPastSpace();
      if (token.type === end) {
        if (end === ")") this.#token++;
        if (pipeline.commands.length === 0) throw this.#error(`missing value for ${context}`);
        pipeline.commands.slice(1).forEach(({ operands: [first] }, i) => {
          const isValue = first.kind === "literal" || first.kind === "nil" ||
            first.kind === "field" && first.path.length === 0;
          if (isValue) {
            throw this.#error(`non executable command in pipeline stage ${i + 2}`);
          }
        });
        return pipeline;
      }
      if (!STARTS_OPERAND.includes(token.type)) throw this.#unexpected(token, context);
      pipeline.commands.push(this.#command());
    }
  }

  #declarations(pipeline: Pipeline, context: string): void {
    for (;;) {
      const start = this.#token;
      const variable = this.#peekPastSpace();
      if (variable.type !== "variable") return;
      this.#token++;
      const next = this.#peekPastSpace();
      if (next.type === "assign" || next.type === "declare") {
        this.#token++;
        pipeline.isAssignment = next.type === "assign";
        pipeline.declares.push(variable.value);
        this.#variables.push(variable.value);
        return;
      }
      if (next.type !== "char" || next.value !== ",") {
        this.#token = start;
        return;
      }
      this.#token++;
      pipeline.declares.push(variable.value);
      this.#variables.push(variable.value);
      if (context !== "range" || pipeline.declares.length >= 2) {
        throw this.#error(`too many declarations in ${context}`);
      }
      if (this.#peekPastSpace().type !== "variable") {
        throw this.#error("range can only initialize variables");
      }
    }
  }

  #command(): Command {
    const operands: Operand[] = [];
    const from = this.#tokens[this.#token].at;
    let to = from;
    for (;;) {
      this.#peekPastSpace();
      const operand = this.#operand();
      if (operand) {
        operands.push(operand);
        to = this.#tokens[this.#token - 1].at + this.#tokens[this.#token - 1].value.length;
      }
      const token = this.#peek();
      if (token.type === "space") continue;
      if (token.type === "pipe") this.#token++;
      else if (token.type !== "close" && token.type !== ")") {
        throw this.#unexpected(token, "operand");
      }
      break;
    }
    if (operands.length === 0) throw this.#error("empty command");
    return { operands, text: this.text.slice(from, to) };
  }

  #operand(): Operand | undefined {
    const operand = this.#term();
    if (!operand) return undefined;
    const path: string[] = [];
    while (this.#peek().type === "field") {
      path.push(this.#peek().value.slice(1));
      this.#token++;
    }
    if (path.length === 0) return operand;
    if ("path" in operand && !(operand.kind === "field" && operand.path.length === 0)) {
      return { ...operand, path: [...operand.path, ...path] };
    }
    const term = operand.kind === "literal" ? String(operand.value) : ".";
    throw this.#error(`unexpected . after term ${quoted(term)}`);
  }

  #term(): Operand | undefined {
    const { type, value } = this.#peek();
    if (!STARTS_OPERAND.includes(type)) return undefined;
    this.#token++;
    switch (type) {
      case "(":
        return { kind: "group", pipeline: this.#pipeline("parenthesized pipeline", ")"), path: [] };
      case "string": {
        const text = value.startsWith("`") ? value.slice(1, -1) : unquote(value);
        if (text === undefined) throw this.#error("invalid syntax");
        return { kind: "literal", value: text };
      }
      case "number":
        return { kind: "literal", value: Number(value.replaceAll("_", "")) };
      case "dot":
        return { kind: "field", path: [] };
      case "field":
        return { kind: "field", path: [value.slice(1)] };
      case "variable":
        if (!this.#variables.includes(value)) {
          throw this.#error(`undefined variable ${quoted(value)}`);
        }
        return { kind: "variable", name: value, path: [] };
      default:
        if (value === "true" || value === "false") {
          return { kind: "literal", value: value === "true" };
        }
        if (value === "nil") return { kind: "nil" };
        if (KEYWORDS.includes(value)) {
          this.#token--;
          throw this.#unexpected({ type, value, at: 0 }, "operand");
        }
        if (!FUNCTIONS.includes(value)) {
          throw this.#error(`function ${quoted(value)} not defined`);
        }
        return { kind: "call", name: value };
    }
  }
}

const STARTS_OPERAND: readonly string[] = [
  "string",
  "number",
  "dot",
  "field",
  "identifier",
  "variable",
  "(",
];

function unquote(text: string): string | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
