import {
  type Command,
  GoTemplateError,
  type Node,
  type Operand,
  Parser,
  type Pipeline,
} from "./_go_template_parser.ts";

export { GoTemplateError };

type Value = string | number | boolean | Value[] | { [key: string]: Value } | undefined;

/**
 * A Go text/template between `<<` and `>>`: fields, variables, functions, pipes, `if`, `with`, `range`
 * with `break` and `continue`, trim markers and comments.
 *
 * Errors: GoTemplateError with Go's wording.
 * Source: golang/go src/text/template/parse/parse.go, src/text/template/exec.go, funcs.go.
 * Differs: no `define`, `template` and `block`; no complex numbers and character constants.
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

/** Thrown through the lists of a `range` by `break` and `continue`. */
class LoopSignal {
  constructor(readonly kind: "break" | "continue") {}
}

/** Source: golang/go src/text/template/exec.go. */
class Execution {
  #variables: [name: string, value: Value][];
  #out = "";

  constructor(
    private readonly name: string,
    private readonly text: string,
    private readonly root: Record<string, Value>,
  ) {
    this.#variables = [["$", root]];
  }

  run(nodes: readonly Node[], dot: Value): string {
    this.#list(nodes, dot);
    return this.#out;
  }

  #list(nodes: readonly Node[], dot: Value): void {
    for (const node of nodes) this.#node(node, dot);
  }

  #node(node: Node, dot: Value): void {
    switch (node.kind) {
      case "text":
        this.#out += node.text;
        return;
      case "action": {
        const value = this.#evaluate(node.pipeline, dot);
        if (node.pipeline.declares.length === 0) this.#out += show(value);
        return;
      }
      case "break":
      case "continue":
        throw new LoopSignal(node.kind);
      case "if":
      case "with":
        return this.#scoped(() => {
          const value = this.#evaluate(node.pipeline, dot);
          const inner = node.kind === "with" ? value : dot;
          if (isTrue(value)) this.#list(node.then, inner);
          else this.#list(node.otherwise, dot);
        });
      case "range":
        return this.#scoped(() => this.#range(node.pipeline, node, dot));
    }
  }

  #range(
    pipeline: Pipeline,
    { then, otherwise }: { then: Node[]; otherwise: Node[] },
    dot: Value,
  ): void {
    const { declares } = pipeline;
    const items = this.#itemsOf(this.#pipeline(pipeline, dot), pipeline);
    if (items.length === 0) return this.#list(otherwise, dot);
    for (const [key, item] of items) {
      const outcome = this.#scoped(() => {
        if (declares.length === 1) this.#variables.push([declares[0], item]);
        if (declares.length === 2) {
          this.#variables.push([declares[0], key], [declares[1], item]);
        }
        try {
          this.#list(then, item);
        } catch (error) {
          if (error instanceof LoopSignal) return error.kind;
          throw error;
        }
      });
      if (outcome === "break") return;
    }
  }

  #itemsOf(value: Value, pipeline: Pipeline): [key: Value, item: Value][] {
    if (Array.isArray(value)) return value.map((item, i) => [i, item]);
    if (typeof value === "object") {
      return Object.keys(value).sort().map((key) => [key, value[key]]);
    }
    if (typeof value === "number") return Array.from({ length: value }, (_, i) => [i, i]);
    if (value === undefined) return [];
    const what = pipeline.commands.at(-1)!.text;
    throw this.#fail(what, `range can't iterate over ${show(value)}`);
  }

  #scoped<T>(fn: () => T): T {
    const mark = this.#variables.length;
    try {
      return fn();
    } finally {
      this.#variables.length = mark;
    }
  }

  #fail(what: string, message: string): GoTemplateError {
    const at = Math.max(0, this.text.indexOf(what));
    const lines = this.text.slice(0, at).split("\n");
    const where = `${lines.length}:${lines.at(-1)!.length}`;
    return new GoTemplateError(
      `template: ${this.name}:${where}: executing ${quoted(this.name)} at <${what}>: ${message}`,
    );
  }

  /** The value of a pipeline, put into its variable when it has one. */
  #evaluate(pipeline: Pipeline, dot: Value): Value {
    const value = this.#pipeline(pipeline, dot);
    for (const name of pipeline.declares) {
      if (pipeline.isAssignment) this.#variables.findLast(([known]) => known === name)![1] = value;
      else this.#variables.push([name, value]);
    }
    return value;
  }

  #pipeline({ commands }: Pipeline, dot: Value): Value {
    let value: Value;
    commands.forEach((command, i) => {
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
        return this.#fields(dot, operand.path, "");
      case "variable": {
        const [, value] = this.#variables.findLast(([name]) => name === operand.name)!;
        return this.#fields(value, operand.path, "");
      }
      case "nil":
        throw this.#fail("nil", "nil is not a command");
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
        // One past the end gets by the function's own check.
        const why = index === value.length
          ? "reflect: slice index out of range"
          : `index out of range: ${show(key)}`;
        throw this.#fail(text, `error calling index: ${why}`);
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
