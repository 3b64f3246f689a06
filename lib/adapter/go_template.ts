/** A template that will not parse or execute; `template: metrics-query:1: …`. */
export class GoTemplateError extends Error {
  override name = "GoTemplateError";
}

type Value = string | number | boolean | Value[] | { [key: string]: Value } | undefined;

type Node =
  | { kind: "text"; text: string }
  | { kind: "action"; pipeline: Pipeline }
  | { kind: "if" | "with" | "range"; pipeline: Pipeline; then: Node[]; otherwise: Node[] };

/** Commands joined by `|`; each command's last argument is the value before it. */
type Pipeline = Command[];
type Command = { operands: Operand[]; text: string };
type Operand =
  | { kind: "literal"; value: string | number | boolean }
  /** `.A.B`; `.` alone is an empty path. `$.A` starts at the top. */
  | { kind: "field"; path: string[]; fromRoot: boolean }
  | { kind: "call"; name: string }
  | { kind: "group"; pipeline: Pipeline; path: string[] };

/**
 * A Go text/template between `<<` and `>>`, as far as rules use it: fields, `index`, `printf`,
 * comparisons, pipes, `if`, `with`, `range`, trim markers and comments.
 *
 * Errors: GoTemplateError with Go's wording.
 * Source: golang/go src/text/template/parse/parse.go, src/text/template/exec.go, funcs.go.
 * Differs: no variables, no nested templates.
 */
export class GoTemplate {
  readonly #nodes: Node[];

  constructor(private readonly name: string, readonly text: string) {
    this.#nodes = new Parser(name, text).parse();
  }

  /** Fills the template in. Errors: GoTemplateError. */
  execute(data: Record<string, Value>): string {
    return new Execution(this.name, this.text, data).run(this.#nodes, data);
  }
}

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
const CLOSE = ">>";

class Parser {
  #at = 0;
  #tokens: string[] = [];
  #token = 0;

  constructor(private readonly name: string, private readonly text: string) {}

  parse(): Node[] {
    const { nodes, end } = this.#list();
    if (end !== undefined) throw this.#error(`unexpected {{${end}}}`);
    return nodes;
  }

  #error(message: string): GoTemplateError {
    const line = this.text.slice(0, this.#at).split("\n").length;
    return new GoTemplateError(`template: ${this.name}:${line}: ${message}`);
  }

  /** Nodes up to `end` or `else`, which is given back, or to the end of the text. */
  #list(): { nodes: Node[]; end?: "end" | "else" } {
    const nodes: Node[] = [];
    while (this.#at < this.text.length) {
      const open = this.text.indexOf(OPEN, this.#at);
      if (open < 0) {
        nodes.push({ kind: "text", text: this.text.slice(this.#at) });
        this.#at = this.text.length;
        return { nodes };
      }
      this.#pushText(nodes, open);
      const end = this.#action(nodes);
      if (end) return { nodes, end };
    }
    return { nodes };
  }

  #pushText(nodes: Node[], open: number): void {
    let text = this.text.slice(this.#at, open);
    if (/^<<-\s/.test(this.text.slice(open, open + 4))) text = text.trimEnd();
    if (text !== "") nodes.push({ kind: "text", text });
    this.#at = open;
  }

  /** Reads one `<<…>>`; gives its keyword when it closes a list. */
  #action(nodes: Node[]): "end" | "else" | undefined {
    const start = this.#at + OPEN.length;
    const close = closingOf(this.text, start);
    if (close < 0) throw this.#error("unclosed action");
    let body = this.text.slice(start, close);
    const trimsRight = /\s-$/.test(body);
    body = body.replace(/^-(?=\s)/, "").replace(/\s-$/, "").trim();
    const finish = () => {
      this.#at = close + CLOSE.length;
      if (trimsRight) this.#at += /^\s*/.exec(this.text.slice(this.#at))![0].length;
    };
    if (body.startsWith("/*")) {
      finish();
      return undefined;
    }
    this.#tokens = this.#tokenize(body);
    this.#token = 0;
    const keyword = this.#tokens[0];
    if (keyword === undefined) throw this.#error("missing value for command");
    if (keyword === "end" || keyword === "else") {
      if (keyword === "end" && this.#tokens.length > 1) {
        throw this.#error(`unexpected ${quoted(this.#tokens[1])} in end`);
      }
      finish();
      return keyword;
    }
    if (keyword === "if" || keyword === "with" || keyword === "range") {
      this.#token = 1;
      const pipeline = this.#pipeline(keyword);
      finish();
      nodes.push(this.#control(keyword, pipeline));
      return undefined;
    }
    const pipeline = this.#pipeline("command");
    if (this.#tokens[this.#token] === ")") throw this.#error("unexpected right paren");
    finish();
    nodes.push({ kind: "action", pipeline });
    return undefined;
  }

  #control(kind: "if" | "with" | "range", pipeline: Pipeline): Node {
    const then = this.#list();
    if (then.end === undefined) throw this.#error("unexpected EOF");
    if (then.end === "end") return { kind, pipeline, then: then.nodes, otherwise: [] };
    // `else if` is an if inside the else; one `end` closes both.
    if (this.#tokens[1] === "if") {
      this.#token = 2;
      const inner = this.#control("if", this.#pipeline("if"));
      return { kind, pipeline, then: then.nodes, otherwise: [inner] };
    }
    const otherwise = this.#list();
    if (otherwise.end === undefined) throw this.#error("unexpected EOF");
    if (otherwise.end === "else") throw this.#error("expected end; found {{else}}");
    return { kind, pipeline, then: then.nodes, otherwise: otherwise.nodes };
  }

  #tokenize(body: string): string[] {
    const tokens: string[] = [];
    const pattern =
      /\s+|("(?:[^"\\]|\\.)*"|`[^`]*`|\$?(?:\.[A-Za-z_]\w*)+|\$|\.|[A-Za-z_]\w*|-?\d+(?:\.\d+)?|[|()])/gy;
    let index = 0;
    while (index < body.length) {
      pattern.lastIndex = index;
      const match = pattern.exec(body);
      if (!match) {
        if (body[index] === '"') throw this.#error("unterminated quoted string");
        throw this.#error(`unexpected ${quoted(body[index])} in command`);
      }
      if (match[1] !== undefined) tokens.push(match[1]);
      index = pattern.lastIndex;
    }
    return tokens;
  }

  #pipeline(context: string): Pipeline {
    const commands: Command[] = [];
    for (;;) {
      const operands: Operand[] = [];
      const from = this.#token;
      for (
        let token = this.#tokens[this.#token];
        token !== undefined && token !== "|" && token !== ")";
        token = this.#tokens[this.#token]
      ) {
        this.#token++;
        operands.push(this.#operand(token));
      }
      if (operands.length === 0) {
        throw this.#error(
          commands.length === 0 && context !== "command"
            ? `missing value for ${context}`
            : "missing value for command",
        );
      }
      commands.push({ operands, text: this.#tokens.slice(from, this.#token).join(" ") });
      if (this.#tokens[this.#token] !== "|") return commands;
      this.#token++;
    }
  }

  #operand(token: string): Operand {
    if (token === "(") {
      const pipeline = this.#pipeline("parenthesized pipeline");
      if (this.#tokens[this.#token] !== ")") throw this.#error("unclosed left paren");
      this.#token++;
      const next = this.#tokens[this.#token];
      const hasField = next !== undefined && /^\.\w/.test(next);
      if (hasField) this.#token++;
      return { kind: "group", pipeline, path: hasField ? next.slice(1).split(".") : [] };
    }
    if (token.startsWith("`")) return { kind: "literal", value: token.slice(1, -1) };
    if (token.startsWith('"')) return { kind: "literal", value: JSON.parse(token) };
    if (/^-?\d/.test(token)) return { kind: "literal", value: Number(token) };
    if (token === "true" || token === "false") return { kind: "literal", value: token === "true" };
    if (token.startsWith(".")) {
      return {
        kind: "field",
        path: token === "." ? [] : token.slice(1).split("."),
        fromRoot: false,
      };
    }
    if (token.startsWith("$")) {
      return { kind: "field", path: token.split(".").slice(1), fromRoot: true };
    }
    if (!FUNCTIONS.includes(token)) throw this.#error(`function ${quoted(token)} not defined`);
    return { kind: "call", name: token };
  }
}

/** Where the action's `>>` is, strings passed over. */
function closingOf(text: string, from: number): number {
  for (let i = from; i < text.length; i++) {
    if (text[i] === '"') {
      for (i++; i < text.length && text[i] !== '"'; i++) if (text[i] === "\\") i++;
    } else if (text[i] === "`") {
      i = text.indexOf("`", i + 1) < 0 ? text.length : text.indexOf("`", i + 1);
    } else if (text.startsWith(CLOSE, i)) return i;
  }
  return -1;
}

class Execution {
  constructor(
    private readonly name: string,
    private readonly text: string,
    private readonly root: Record<string, Value>,
  ) {}

  run(nodes: readonly Node[], dot: Value): string {
    return nodes.map((node) => {
      switch (node.kind) {
        case "text":
          return node.text;
        case "action":
          return show(this.#pipeline(node.pipeline, dot));
        case "if":
          return this.run(
            isTrue(this.#pipeline(node.pipeline, dot)) ? node.then : node.otherwise,
            dot,
          );
        case "with": {
          const value = this.#pipeline(node.pipeline, dot);
          return isTrue(value) ? this.run(node.then, value) : this.run(node.otherwise, dot);
        }
        case "range": {
          const value = this.#pipeline(node.pipeline, dot);
          const items = itemsOf(value);
          if (items.length === 0) return this.run(node.otherwise, dot);
          return items.map((item) => this.run(node.then, item)).join("");
        }
      }
    }).join("");
  }

  #fail(what: string, message: string): GoTemplateError {
    const at = Math.max(0, this.text.indexOf(what));
    const lines = this.text.slice(0, at).split("\n");
    const where = `${lines.length}:${lines.at(-1)!.length}`;
    return new GoTemplateError(
      `template: ${this.name}:${where}: executing ${quoted(this.name)} at <${what}>: ${message}`,
    );
  }

  #pipeline(pipeline: Pipeline, dot: Value): Value {
    let value: Value;
    pipeline.forEach((command, i) => {
      value = this.#command(command, dot, i > 0 ? [value] : []);
    });
    return value;
  }

  #command(command: Command, dot: Value, piped: Value[]): Value {
    const [first, ...rest] = command.operands;
    if (first.kind !== "call") {
      if (rest.length + piped.length > 0) {
        const [what] = command.text.split(" ");
        throw this.#fail(what, `can't give argument to non-function ${what}`);
      }
      return this.#operand(first, dot);
    }
    const args = [...rest.map((operand) => this.#operand(operand, dot)), ...piped];
    return this.#call(first.name, args, command.text);
  }

  #operand(operand: Operand, dot: Value): Value {
    switch (operand.kind) {
      case "literal":
        return operand.value;
      case "call":
        return this.#call(operand.name, [], operand.name);
      case "group":
        return this.#fields(this.#pipeline(operand.pipeline, dot), operand.path, "");
      case "field":
        return this.#fields(operand.fromRoot ? this.root : dot, operand.path, "");
    }
  }

  #fields(start: Value, path: readonly string[], seen: string): Value {
    let value = start;
    for (const name of path) {
      seen += `.${name}`;
      if (typeof value !== "object" || value === undefined || Array.isArray(value)) {
        throw this.#fail(seen, `can't evaluate field ${name} in type ${typeName(value)}`);
      }
      // A map without the key gives its zero value; a struct without the field is an error.
      if (!Object.hasOwn(value, name)) {
        if (value !== this.root) {
          value = undefined;
          continue;
        }
        throw this.#fail(seen, `can't evaluate field ${name} in type ${rootType(this.name)}`);
      }
      value = value[name];
    }
    return value;
  }

  #call(name: string, args: Value[], text: string): Value {
    const [a, b] = args;
    switch (name) {
      case "index":
        return args.slice(1).reduce((value: Value, key) => this.#index(value, key, text), a);
      case "printf":
        return sprintf(String(a ?? ""), args.slice(1));
      case "print":
      case "println":
        return args.map(show).join(name === "println" ? " " : "") +
          (name === "println" ? "\n" : "");
      case "len":
        if (typeof a === "string" || Array.isArray(a)) return a.length;
        if (typeof a === "object") return Object.keys(a).length;
        throw this.#fail(text, `error calling len: len of type ${typeName(a)}`);
      case "slice":
        return (a as string | Value[]).slice(Number(b ?? 0), args[2] as number | undefined);
      case "eq":
        return args.slice(1).some((other) => a === other);
      case "ne":
        return a !== b;
      case "lt":
        return a! < b!;
      case "le":
        return a! <= b!;
      case "gt":
        return a! > b!;
      case "ge":
        return a! >= b!;
      case "and":
        return args.find((arg) => !isTrue(arg)) ?? args.at(-1);
      case "or":
        return args.find(isTrue) ?? args.at(-1);
      case "not":
        return !isTrue(a);
      default:
        return show(a);
    }
  }

  #index(value: Value, key: Value, text: string): Value {
    if (Array.isArray(value)) {
      const index = Number(key);
      if (!(index >= 0 && index < value.length)) {
        throw this.#fail(text, `error calling index: index out of range: ${show(key)}`);
      }
      return value[index];
    }
    if (typeof value === "object") {
      return Object.hasOwn(value, String(key)) ? value[String(key)] : "";
    }
    throw this.#fail(text, `error calling index: can't index item of type ${typeName(value)}`);
  }
}

function isTrue(value: Value): boolean {
  if (value === undefined || value === "" || value === 0 || value === false) return false;
  if (Array.isArray(value)) return value.length > 0;
  return typeof value !== "object" || Object.keys(value).length > 0;
}

function itemsOf(value: Value): Value[] {
  if (Array.isArray(value)) return value;
  if (typeof value !== "object") return [];
  return Object.keys(value).sort().map((key) => (value as Record<string, Value>)[key]);
}

/** A value as Go prints it. */
function show(value: Value): string {
  if (value === undefined) return "<no value>";
  if (Array.isArray(value)) return `[${value.map(show).join(" ")}]`;
  if (typeof value !== "object") return String(value);
  const entries = Object.keys(value).sort()
    .map((key) => `${key}:${show((value as Record<string, Value>)[key])}`);
  return `map[${entries.join(" ")}]`;
}

function sprintf(format: string, args: Value[]): string {
  let next = 0;
  return format.replace(/%(%|[sdvqg])/g, (whole, verb: string) => {
    if (verb === "%") return "%";
    if (next >= args.length) return `%!${verb}(MISSING)`;
    const arg = args[next++];
    if (verb === "q") return JSON.stringify(show(arg));
    if (verb === "d" && typeof arg !== "number") return `%!d(string=${show(arg)})`;
    return whole === "" ? "" : show(arg);
  });
}

function typeName(value: Value): string {
  if (Array.isArray(value)) return "[]string";
  if (typeof value === "number") return "int";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "object") return "map[string]string";
  return value === undefined ? "nil" : "string";
}

function rootType(name: string): string {
  return name === "metrics-query" ? "naming.queryTemplateArgs" : "schema.GroupResource";
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
