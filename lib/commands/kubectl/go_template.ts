import { goJson, goSprint, quote, sortedKeys } from "./go_text.ts";

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
  | { type: "range" | "if" | "with"; pipe: Pipe; body: Node[]; otherwise: Node[] };

interface Pipe {
  /** Variables set by `$x := …` (or `$i, $x :=` of a range). */
  assigns: string[];
  commands: Operand[][];
  line: number;
}

type Operand =
  | { type: "path"; base: "." | string; fields: string[]; text: string }
  | { type: "literal"; value: unknown }
  | { type: "function"; name: string }
  | { type: "group"; pipe: Pipe; fields: string[] };

interface Scope {
  dot: unknown;
  variables: Map<string, unknown>;
}

/**
 * A `-o go-template=` template over JSON data: fields, variables, pipes, `range`, `if`, `with`, and the
 * usual functions. Source: text/template of the Go standard library, kubernetes/cli-runtime
 * pkg/printers/template.go. Differs: no `define`, `block` or `template`.
 */
export class GoTemplate {
  readonly #nodes: Node[];

  /** Errors: GoTemplateError. */
  constructor(text: string) {
    this.#nodes = new Parser(text).parse();
  }

  /** Errors: GoTemplateError. */
  execute(data: unknown): string {
    return render(this.#nodes, { dot: data, variables: new Map([["$", data]]) });
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

  constructor(source: string) {
    this.#tokens = tokenize(source);
  }

  parse(): Node[] {
    const { nodes, end } = this.#nodes();
    if (end) throw new GoTemplateError(`unexpected {{${end.text}}}`, String(end.line));
    return nodes;
  }

  #nodes(): { nodes: Node[]; end?: Token } {
    const nodes: Node[] = [];
    while (this.#at < this.#tokens.length) {
      const token = this.#tokens[this.#at++];
      if (token.kind === "text") {
        nodes.push({ type: "text", text: token.text });
        continue;
      }
      if (token.text === "end" || /^else\b/.test(token.text)) return { nodes, end: token };
      const block = /^(range|if|with)\s+([^]*)$/.exec(token.text);
      if (block) nodes.push(this.#block(block[1] as "if", block[2], token.line));
      else nodes.push({ type: "action", pipe: parsePipe(token.text, token.line) });
    }
    return { nodes };
  }

  #block(type: "range" | "if" | "with", text: string, line: number): Node {
    const pipe = parsePipe(text, line);
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

function parsePipe(text: string, line: number): Pipe {
  const assign = /^(\$\w*)(?:\s*,\s*(\$\w+))?\s*:?=\s*/.exec(text);
  const assigns = assign ? [assign[1], assign[2]].filter(Boolean) : [];
  const reader = { rest: text.slice(assign?.[0].length ?? 0) };
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
  return { assigns, commands, line };
}

function parseCommands(reader: { rest: string }, line: number): Operand[][] {
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

function parseOperand(reader: { rest: string }, line: number): Operand {
  const { rest } = reader;
  if (rest[0] === "(") {
    reader.rest = rest.slice(1);
    const commands = parseCommands(reader, line);
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
  if (!Object.hasOwn(FUNCTIONS, word) && word !== "and" && word !== "or") {
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

function render(nodes: Node[], scope: Scope): string {
  return nodes.map((node) => renderNode(node, scope)).join("");
}

function renderNode(node: Node, scope: Scope): string {
  if (node.type === "text") return node.text;
  const value = evaluate(node.pipe, scope);
  if (node.type === "action") {
    if (node.pipe.assigns.length === 0) return textOf(value);
    scope.variables.set(node.pipe.assigns[0], value);
    return "";
  }
  const inner = (dot: unknown, set: [string, unknown][] = []): Scope => ({
    dot,
    variables: new Map([...scope.variables, ...set]),
  });
  if (node.type === "range") {
    const entries = entriesOf(value, node.pipe.line);
    if (entries.length === 0) return render(node.otherwise, inner(scope.dot));
    const names = node.pipe.assigns;
    return entries.map(([key, item]) => {
      const set: [string, unknown][] = names.length === 2
        ? [[names[0], key], [names[1], item]]
        : names.map((name) => [name, item]);
      return render(node.body, inner(item, set));
    }).join("");
  }
  const set: [string, unknown][] = node.pipe.assigns.map((name) => [name, value]);
  if (!isTrue(value)) return render(node.otherwise, inner(scope.dot, set));
  return render(node.body, inner(node.type === "with" ? value : scope.dot, set));
}

function entriesOf(value: unknown, line: number): [unknown, unknown][] {
  if (value === null || value === undefined) return [];
  if (Array.isArray(value)) return value.map((item, index) => [index, item]);
  if (typeof value === "object") {
    return sortedKeys(value).map((key) => [key, (value as any)[key]]);
  }
  if (typeof value === "number") return Array.from({ length: value }, (_, index) => [index, index]);
  throw new GoTemplateError(`range can't iterate over ${textOf(value)}`, `${line}`);
}

/** What printing a missing map key gives. */
function textOf(value: unknown): string {
  return value === undefined || value === null ? "<no value>" : goSprint(value);
}

function isTrue(value: unknown): boolean {
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
  if (first.type !== "function") return operandValue(first, scope, line);
  const last = piped ? [() => piped.value] : [];
  const args = [...rest.map((each) => () => operandValue(each, scope, line)), ...last];
  if (first.name === "and" || first.name === "or") {
    let value: unknown;
    for (const arg of args) {
      value = arg();
      if (isTrue(value) === (first.name === "or")) break;
    }
    return value;
  }
  try {
    return FUNCTIONS[first.name](...args.map((arg) => arg()));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new GoTemplateError(`error calling ${first.name}: ${error.message}`, `${line}`);
  }
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
    current = (current as Record<string, unknown>)[field];
  }
  return current;
}

function compareValues(left: unknown, right: unknown): number {
  if (typeof left !== typeof right) throw new RangeError("incompatible types for comparison");
  return (left as number) < (right as number) ? -1 : left === right ? 0 : 1;
}

const FUNCTIONS: Record<string, (...args: any[]) => unknown> = {
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
      return current[key];
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
  exists: (value, ...keys) => keys.reduce((current, key) => current?.[key], value) !== undefined,
};
