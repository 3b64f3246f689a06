import { TemplateBudget, TemplateLimitError } from "./template_budget.ts";
import { goJson, goSprint, quote, sortedKeys } from "../../go/mod.ts";

/** How deep parentheses and blocks may be nested. Source: golang/go src/text/template/parse/parse.go (maxStackDepth). */
const MAX_EXPRESSION_DEPTH = 200;
/** A number in a format that is larger is none. Source: golang/go src/fmt/print.go (tooLarge). */
const MAX_WIDTH = 1_000_000;

/** A template that will not parse or cannot be applied; `position` is `line:column` (or a line). */
export class GoTemplateError extends Error {
  override name = "GoTemplateError";
  constructor(message: string, readonly position: string) {
    super(message);
  }
}

type Node =
  | { type: "text"; text: string }
  | { type: "action"; pipe: Pipe }
  | { type: "range" | "if" | "with"; pipe: Pipe; body: Node[]; otherwise: Node[] }
  | { type: "template"; name: string; pipe?: Pipe; line: number }
  | { type: "break" | "continue" };

interface Pipe {
  /** Variables set by `$x := …` (or `$i, $x :=` of a range). */
  assigns: string[];
  /** Whether they are new ones, `:=`, or those there are, `=`. */
  declares?: boolean;
  commands: Operand[][];
  line: number;
}

type Operand =
  | { type: "path"; base: "." | string; fields: string[]; text: string }
  | { type: "literal"; value: unknown }
  | { type: "function"; name: string }
  | { type: "group"; pipe: Pipe; fields: string[] };

/** The variables of a block, and of those around it. */
class Variables {
  readonly #own = new Map<string, unknown>();

  constructor(readonly outer?: Variables) {}

  has(name: string): boolean {
    return this.#own.has(name) || (this.outer?.has(name) ?? false);
  }

  get(name: string): unknown {
    return this.#own.has(name) ? this.#own.get(name) : this.outer?.get(name);
  }

  declare(name: string, value: unknown): void {
    this.#own.set(name, value);
  }

  /** Sets the variable where it was declared. */
  assign(name: string, value: unknown): void {
    if (this.#own.has(name) || !this.outer?.has(name)) this.#own.set(name, value);
    else this.outer.assign(name, value);
  }
}

interface Scope {
  dot: unknown;
  variables: Variables;
  library: TemplateLibrary;
  budget: TemplateBudget;
}

/** What a function of a template is given, and gives. A RangeError is told as the call's mistake. */
export type TemplateFunction = (...args: any[]) => unknown;

/** The functions that templates may call, and the templates they define for each other. */
export class TemplateLibrary {
  readonly #defined = new Map<string, Node[]>();
  #budget: TemplateBudget | undefined;
  readonly functions: Readonly<Record<string, TemplateFunction>>;

  constructor(functions: Readonly<Record<string, TemplateFunction>> = {}) {
    this.functions = { ...FUNCTIONS, ...functions };
  }

  /** Keeps a template by its name; one of nothing but white space does not replace another. */
  define(name: string, nodes: Node[]): void {
    const isEmpty = nodes.every((node) => node.type === "text" && node.text.trim() === "");
    if (!isEmpty || !this.#defined.has(name)) this.#defined.set(name, nodes);
  }

  has(name: string): boolean {
    return this.#defined.has(name);
  }

  /** Errors: GoTemplateError, also when there is no template of that name. */
  render(name: string, data: unknown, position = "1"): string {
    const nodes = this.#defined.get(name);
    if (!nodes) throw new GoTemplateError(`template ${quote(name)} not defined`, position);
    return this.renderNodes(nodes, data, position);
  }

  /** What nodes give of their own, within the budget of the template that is being rendered. Errors: GoTemplateError. */
  renderNodes(nodes: Node[], data: unknown, position = "1"): string {
    const isOutermost = this.#budget === undefined;
    const budget = this.#budget ??= new TemplateBudget();
    const variables = new Variables();
    variables.declare("$", data);
    const out = new Output(budget);
    try {
      budget.nested(() => render(nodes, { dot: data, variables, library: this, budget }, out));
      return out.text;
    } catch (error) {
      if (!(error instanceof TemplateLimitError)) throw error;
      throw new GoTemplateError(error.message, position);
    } finally {
      if (isOutermost) this.#budget = undefined;
    }
  }
}

/** What has been printed. */
class Output {
  readonly #parts: string[] = [];

  constructor(readonly budget: TemplateBudget) {}

  push(text: string): void {
    this.budget.print(text);
    this.#parts.push(text);
  }

  get text(): string {
    return this.#parts.join("");
  }
}

/**
 * A Go template over JSON data: fields, variables, pipes, `range`, `if`, `with`, `define` and `template`,
 * and the usual functions. Source: text/template of the Go standard library, kubernetes/cli-runtime
 * pkg/printers/template.go.
 * Differs: a template nests 200 deep, takes five million steps, and makes texts of 16 MiB; upstream has no such
 * bounds, or larger ones.
 */
export class GoTemplate {
  readonly #nodes: Node[];

  /** Errors: GoTemplateError. */
  constructor(text: string, readonly library = new TemplateLibrary()) {
    this.#nodes = new Parser(text, library).parse();
  }

  /** Keeps what is outside of the text's `define`s under a name, for other templates to include. */
  defineAs(name: string): void {
    this.library.define(name, this.#nodes);
  }

  /** Errors: GoTemplateError. */
  execute(data: unknown): string {
    return this.library.renderNodes(this.#nodes, data);
  }
}

interface Token {
  kind: "text" | "action";
  text: string;
  line: number;
}

function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let trimNext = false;
  const lineOf = (offset: number) => source.slice(0, offset).split("\n").length;
  while (at < source.length) {
    const open = source.indexOf("{{", at);
    let text = source.slice(at, open < 0 ? source.length : open);
    if (trimNext) text = text.trimStart();
    const trimBefore = open >= 0 && /^\{\{-\s/.test(source.slice(open, open + 4));
    if (trimBefore) text = text.trimEnd();
    if (text !== "") tokens.push({ kind: "text", text, line: lineOf(at) });
    if (open < 0) break;
    const close = endOfAction(source, open + 2);
    if (close < 0) throw new GoTemplateError("unclosed action", String(lineOf(open)));
    let inner = source.slice(open + 2, close);
    if (trimBefore) inner = inner.slice(1);
    trimNext = /\s-$/.test(inner);
    if (trimNext) inner = inner.slice(0, -1);
    if (!/^\s*\/\*[^]*\*\/\s*$/.test(inner)) {
      tokens.push({ kind: "action", text: inner.trim(), line: lineOf(open) });
    }
    at = close + 2;
  }
  return tokens;
}

function endOfAction(source: string, from: number): number {
  let quoteChar = "";
  for (let i = from; i < source.length; i++) {
    const char = source[i];
    if (quoteChar !== "") {
      if (char === "\\" && quoteChar === '"') i++;
      else if (char === quoteChar) quoteChar = "";
    } else if (char === '"' || char === "`") quoteChar = char;
    else if (source.startsWith("}}", i)) return i;
  }
  return -1;
}

class Parser {
  readonly #tokens: Token[];
  #at = 0;
  #depth = 0;

  constructor(source: string, readonly library: TemplateLibrary) {
    this.#tokens = tokenize(source);
  }

  parse(): Node[] {
    const { nodes, end } = this.#nodes();
    if (end) throw new GoTemplateError(`unexpected {{${end.text}}}`, String(end.line));
    return nodes;
  }

  #nodes(): { nodes: Node[]; end?: Token } {
    if (++this.#depth > MAX_EXPRESSION_DEPTH) {
      const { line = 1 } = this.#tokens[this.#at - 1] ?? {};
      throw new GoTemplateError("max expression depth exceeded", String(line));
    }
    const found = this.#readNodes();
    this.#depth--;
    return found;
  }

  #readNodes(): { nodes: Node[]; end?: Token } {
    const nodes: Node[] = [];
    while (this.#at < this.#tokens.length) {
      const token = this.#tokens[this.#at++];
      if (token.kind === "text") {
        nodes.push({ type: "text", text: token.text });
        continue;
      }
      if (token.text === "end" || /^else\b/.test(token.text)) return { nodes, end: token };
      const block = /^(range|if|with)\b\s*([^]*)$/.exec(token.text);
      const named = /^(define|block|template)\s+("(?:[^"\\]|\\.)*"|`[^`]*`)\s*([^]*)$/.exec(
        token.text,
      );
      if (block) nodes.push(this.#block(block[1] as "if", block[2], token.line));
      else if (named) {
        const name = named[2][0] === "`" ? named[2].slice(1, -1) : unescape(named[2].slice(1, -1));
        nodes.push(...this.#named(named[1], name, named[3], token.line));
      } else if (token.text === "break" || token.text === "continue") {
        nodes.push({ type: token.text });
      } else nodes.push({ type: "action", pipe: this.#pipe(token.text, token.line) });
    }
    return { nodes };
  }

  /** `define` keeps its body, `template` stands for one that was kept, `block` does both. */
  #named(word: string, name: string, argument: string, line: number): Node[] {
    if (word !== "template") {
      const { nodes, end } = this.#nodes();
      if (end?.text !== "end") throw new GoTemplateError("unexpected EOF", String(line));
      this.library.define(name, nodes);
      if (word === "define") return [];
    }
    const pipe = argument === "" ? undefined : this.#pipe(argument, line);
    return [{ type: "template", name, line, ...(pipe ? { pipe } : {}) }];
  }

  #pipe(text: string, line: number): Pipe {
    return parsePipe(text, line, this.library);
  }

  #block(type: "range" | "if" | "with", text: string, line: number): Node {
    if (text === "") throw new GoTemplateError(`missing value for ${type}`, String(line));
    const pipe = this.#pipe(text, line);
    const { nodes: body, end } = this.#nodes();
    if (!end) throw new GoTemplateError("unexpected EOF", String(line));
    if (end.text === "end") return { type, pipe, body, otherwise: [] };
    const chained = /^else\s+(if|with)\s+([^]*)$/.exec(end.text);
    if (chained) {
      return {
        type,
        pipe,
        body,
        otherwise: [this.#block(chained[1] as "if", chained[2], end.line)],
      };
    }
    const rest = this.#nodes();
    if (rest.end?.text !== "end") throw new GoTemplateError("unexpected EOF", String(line));
    return { type, pipe, body, otherwise: rest.nodes };
  }
}

const WORD = /^(?:\$\w*(?:\.\w+)*|\w+(?:\.\w+)*|\.(?:\w+(?:\.\w+)*)?)/;

/** What is left to be read of an action, and what may be called in it. */
interface Reader {
  rest: string;
  depth: number;
  library: TemplateLibrary;
}

function parsePipe(text: string, line: number, library: TemplateLibrary): Pipe {
  const assign = /^(\$\w*)(?:\s*,\s*(\$\w+))?\s*(:?=)\s*/.exec(text);
  const assigns = assign ? [assign[1], assign[2]].filter(Boolean) : [];
  const reader: Reader = { rest: text.slice(assign?.[0].length ?? 0), depth: 0, library };
  const commands = parseCommands(reader, line);
  if (reader.rest.trim() !== "") {
    throw new GoTemplateError(
      `unexpected ${quote(reader.rest.trim()[0])} in operand`,
      String(line),
    );
  }
  if (commands[0].length === 0) {
    throw new GoTemplateError("missing value for command", String(line));
  }
  return { assigns, declares: assign?.[3] === ":=", commands, line };
}

function parseCommands(reader: Reader, line: number): Operand[][] {
  const commands: Operand[][] = [[]];
  for (;;) {
    reader.rest = reader.rest.trimStart();
    const { rest } = reader;
    if (rest === "" || rest[0] === ")") return commands;
    if (rest[0] === "|") {
      reader.rest = rest.slice(1);
      commands.push([]);
      continue;
    }
    commands.at(-1)!.push(parseOperand(reader, line));
  }
}

function parseOperand(reader: Reader, line: number): Operand {
  const { rest } = reader;
  if (rest[0] === "(") {
    reader.rest = rest.slice(1);
    if (++reader.depth > MAX_EXPRESSION_DEPTH) {
      throw new GoTemplateError("max expression depth exceeded", String(line));
    }
    const commands = parseCommands(reader, line);
    reader.depth--;
    if (reader.rest[0] !== ")") throw new GoTemplateError("unclosed left paren", String(line));
    const tail = /^((?:\.\w+)*)/.exec(reader.rest.slice(1))![1];
    reader.rest = reader.rest.slice(1 + tail.length);
    return { type: "group", pipe: { assigns: [], commands, line }, fields: fieldsOf(tail) };
  }
  const string = /^"((?:[^"\\]|\\.)*)"|^`([^`]*)`/.exec(rest);
  if (string) {
    reader.rest = rest.slice(string[0].length);
    return { type: "literal", value: string[2] ?? unescape(string[1]) };
  }
  const number = /^[-+]?\d+(\.\d+)?/.exec(rest);
  if (number) {
    reader.rest = rest.slice(number[0].length);
    return { type: "literal", value: Number(number[0]) };
  }
  const word = WORD.exec(rest)?.[0] ?? "";
  if (word === "") {
    throw new GoTemplateError(`unexpected ${quote(rest[0])} in operand`, String(line));
  }
  reader.rest = rest.slice(word.length);
  if (word[0] === ".") return { type: "path", base: ".", fields: fieldsOf(word), text: word };
  if (word[0] === "$") {
    const dot = word.indexOf(".");
    const base = dot < 0 ? word : word.slice(0, dot);
    return { type: "path", base, fields: fieldsOf(word.slice(base.length)), text: word };
  }
  const constant: Record<string, unknown> = { true: true, false: false, nil: null };
  if (Object.hasOwn(constant, word)) return { type: "literal", value: constant[word] };
  if (!Object.hasOwn(reader.library.functions, word) && word !== "and" && word !== "or") {
    throw new GoTemplateError(`function ${quote(word)} not defined`, String(line));
  }
  return { type: "function", name: word };
}

function fieldsOf(path: string): string[] {
  return path.split(".").filter(Boolean);
}

function unescape(text: string): string {
  const simple: Record<string, string> = { n: "\n", t: "\t", r: "\r", '"': '"', "\\": "\\" };
  return text.replace(
    /\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)/g,
    (_, code) =>
      code.length > 1 ? String.fromCharCode(parseInt(code.slice(1), 16)) : simple[code] ?? code,
  );
}

/** How a list of nodes ended, when not at its end. */
type Ending = "break" | "continue" | undefined;

function render(nodes: Node[], scope: Scope, out: Output): Ending {
  for (const node of nodes) {
    const ending = renderNode(node, scope, out);
    if (ending) return ending;
  }
}

function renderNode(node: Node, scope: Scope, out: Output): Ending {
  scope.budget.step();
  switch (node.type) {
    case "text":
      out.push(node.text);
      return;
    case "break":
    case "continue":
      return node.type;
    case "template": {
      const data = node.pipe ? evaluate(node.pipe, scope) : undefined;
      out.push(scope.library.render(node.name, data, String(node.line)));
      return;
    }
    case "action": {
      const value = evaluate(node.pipe, scope);
      if (node.pipe.assigns.length === 0) out.push(textOf(value));
      else setVariable(scope.variables, node.pipe, value);
      return;
    }
    case "range":
      return renderRange(node, scope, out);
    default: {
      const value = evaluate(node.pipe, scope);
      const inner = { ...scope, variables: new Variables(scope.variables) };
      if (node.pipe.assigns.length > 0) setVariable(inner.variables, node.pipe, value);
      if (!isTrue(value)) return render(node.otherwise, inner, out);
      return render(node.body, node.type === "with" ? { ...inner, dot: value } : inner, out);
    }
  }
}

function setVariable(variables: Variables, pipe: Pipe, value: unknown): void {
  if (pipe.declares) variables.declare(pipe.assigns[0], value);
  else variables.assign(pipe.assigns[0], value);
}

function renderRange(
  node: Node & { type: "range" | "if" | "with" },
  scope: Scope,
  out: Output,
): Ending {
  const entries = entriesOf(evaluate(node.pipe, scope), node.pipe.line);
  const names = node.pipe.assigns;
  let isEmpty = true;
  for (const [key, item] of entries) {
    isEmpty = false;
    scope.budget.step();
    const variables = new Variables(scope.variables);
    if (names.length === 2) variables.declare(names[0], key);
    if (names.length > 0) variables.declare(names.at(-1)!, item);
    if (render(node.body, { ...scope, dot: item, variables }, out) === "break") break;
  }
  if (!isEmpty) return;
  return render(node.otherwise, { ...scope, variables: new Variables(scope.variables) }, out);
}

function entriesOf(value: unknown, line: number): Iterable<[unknown, unknown]> {
  if (value === null || value === undefined) return [];
  if (Array.isArray(value)) return value.map((item, index) => [index, item]);
  if (typeof value === "object") {
    return sortedKeys(value).map((key) => [key, (value as any)[key]]);
  }
  if (typeof value === "number") return countTo(value);
  throw new GoTemplateError(`range can't iterate over ${textOf(value)}`, `${line}`);
}

function* countTo(end: number): Generator<[number, number]> {
  for (let i = 0; i < end; i++) yield [i, i];
}

/** What printing a value gives; a missing map key is `<no value>`. */
export function textOf(value: unknown): string {
  return value === undefined || value === null ? "<no value>" : goSprint(value);
}

/** Whether a value counts as true: not when it is empty. */
export function isTrue(value: unknown): boolean {
  if (value === null || value === undefined || value === "" || value === 0) return false;
  if (Array.isArray(value)) return value.length > 0;
  if (typeof value === "object") return Object.keys(value).length > 0;
  return value !== false;
}

function evaluate(pipe: Pipe, scope: Scope): unknown {
  let piped: { value: unknown } | undefined;
  for (const command of pipe.commands) {
    piped = { value: runCommand(command, piped, scope, pipe.line) };
  }
  return piped?.value;
}

function runCommand(
  [first, ...rest]: Operand[],
  piped: { value: unknown } | undefined,
  scope: Scope,
  line: number,
): unknown {
  const last = piped ? [() => piped.value] : [];
  if (first.type !== "function") {
    const value = operandValue(first, scope, line);
    if (typeof value !== "function") return value;
    // A method of the data.
    return value(
      ...[...rest.map((each) => () => operandValue(each, scope, line)), ...last].map((arg) =>
        arg()
      ),
    );
  }
  const args = [...rest.map((each) => () => operandValue(each, scope, line)), ...last];
  if (first.name === "and" || first.name === "or") {
    let value: unknown;
    for (const arg of args) {
      value = arg();
      if (isTrue(value) === (first.name === "or")) break;
    }
    return value;
  }
  const values = args.map((arg) => arg());
  try {
    return scope.budget.made(scope.library.functions[first.name](...values));
  } catch (error) {
    const why = whyFailed(error);
    if (why === undefined) throw error;
    throw new GoTemplateError(`error calling ${first.name}: ${why}`, `${line}`);
  }
}

/** What is said of a call that failed; undefined for an error that is none of the call's. */
function whyFailed(error: unknown): string | undefined {
  if (error instanceof TypeError) return "wrong type for value";
  if (error instanceof DOMException) return "illegal base64 data";
  if (error instanceof RangeError || error instanceof SyntaxError) return error.message;
  return undefined;
}

function operandValue(operand: Operand, scope: Scope, line: number): unknown {
  switch (operand.type) {
    case "literal":
      return operand.value;
    case "function":
      return runCommand([operand], undefined, scope, line);
    case "group":
      return dig(evaluate(operand.pipe, scope), operand.fields, line);
    case "path": {
      if (operand.base === ".") return dig(scope.dot, operand.fields, line);
      if (!scope.variables.has(operand.base)) {
        throw new GoTemplateError(`undefined variable ${quote(operand.base)}`, `${line}`);
      }
      return dig(scope.variables.get(operand.base), operand.fields, line);
    }
  }
}

function dig(value: unknown, fields: string[], line: number): unknown {
  let current = value;
  for (const field of fields) {
    if (current === undefined || current === null) return undefined;
    if (typeof current !== "object" || Array.isArray(current)) {
      throw new GoTemplateError(
        `can't evaluate field ${field} in type interface {}`,
        `${line}`,
      );
    }
    // Only what is there itself: JavaScript's own methods are none of the data's.
    current = Object.hasOwn(current, field)
      ? (current as Record<string, unknown>)[field]
      : undefined;
  }
  return current;
}

function compareValues(left: unknown, right: unknown): number {
  if (typeof left !== typeof right) throw new RangeError("incompatible types for comparison");
  return (left as number) < (right as number) ? -1 : left === right ? 0 : 1;
}

const FUNCTIONS: Record<string, TemplateFunction> = {
  not: (value) => !isTrue(value),
  len: (value) => {
    if (typeof value === "string") return new TextEncoder().encode(value).length;
    if (Array.isArray(value)) return value.length;
    if (typeof value === "object" && value !== null) return Object.keys(value).length;
    throw new RangeError("len of nil pointer");
  },
  index: (value, ...keys) =>
    keys.reduce((current, key) => {
      if (current === undefined || current === null) throw new RangeError("index of untyped nil");
      if (Array.isArray(current) && (key < 0 || key >= current.length)) {
        throw new RangeError(`index out of range: ${key}`);
      }
      return Object.hasOwn(Object(current), key) ? current[key] : undefined;
    }, value),
  eq: (first, ...others) => others.some((other) => first === other),
  ne: (left, right) => left !== right,
  lt: (left, right) => compareValues(left, right) < 0,
  le: (left, right) => compareValues(left, right) <= 0,
  gt: (left, right) => compareValues(left, right) > 0,
  ge: (left, right) => compareValues(left, right) >= 0,
  print: (...values) => values.map(goSprint).join(""),
  println: (...values) => values.map(goSprint).join(" ") + "\n",
  printf: (format, ...values) => {
    let at = 0;
    return String(format).replace(/%(-?\d*)([vsdqt%])/g, (_, width, verb) => {
      if (verb === "%") return "%";
      if (Math.abs(Number(width)) > MAX_WIDTH) return "%!(NOVERB)";
      const text = verb === "q" ? quote(String(values[at++])) : goSprint(values[at++]);
      return width.startsWith("-") ? text.padEnd(-Number(width)) : text.padStart(Number(width));
    });
  },
  html: (value) =>
    goSprint(value).replace(
      /[&<>]/g,
      (char) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[char]!,
    ),
  js: (value) => goJson(String(value)).slice(1, -1),
  urlquery: (value) => encodeURIComponent(goSprint(value)).replaceAll("%20", "+"),
  base64decode: (value) =>
    new TextDecoder().decode(Uint8Array.from(atob(value), (c) => c.charCodeAt(0))),
  exists: (value, ...keys) =>
    keys.reduce(
      (current, key) => Object.hasOwn(Object(current ?? {}), key) ? current[key] : undefined,
      value,
    ) !== undefined,
};
