import { type TemplateBudget, TemplateLimitError } from "./_template_budget.ts";
import { GoTemplateError } from "./_template_error.ts";
import { BOXED, isTrue, type Parameters, type TemplateFunction } from "./_template_functions.ts";
import {
  type Branch,
  type Command,
  type Node,
  nodeText,
  type Operand,
  type Pipe,
  type Tree,
} from "./_template_nodes.ts";
import { FmtLimitError, goSprint } from "./fmt.ts";
import { containerType, goKind, GoNumber, goTypeName, type WholeNumbers } from "./go_types.ts";
import { quote } from "./quote.ts";
import { sortedKeys } from "./text.ts";
import { utf8Length } from "./utf8.ts";

/** What an execution has from the set that its template is of. */
export interface ExecOptions {
  tree(name: string): Tree | undefined;
  functions: Readonly<Record<string, TemplateFunction>>;
  builtins: Readonly<Record<string, TemplateFunction>>;
  missingKey: "default" | "zero" | "error";
  whole: WholeNumbers;
}

interface Variable {
  name: string;
  value: unknown;
  isBoxed: boolean;
}

/** No value comes through the pipe. */
const MISSING = Symbol("missing");

/** Parameters that take a value of any type. */
const ANY_TYPE = ["any", "value", "unboxed"];

/** How a list of nodes ended, when not at its end. */
type Ending = "break" | "continue" | undefined;

/**
 * One execution of a template. undefined is what is not there (reflect's zero Value), null a nil interface. A value is
 * boxed where it is held in an `interface {}`, which shows in what is said of its fields alone.
 * Errors: GoTemplateError. Source: golang/go src/text/template/exec.go.
 */
export class Execution {
  #out = "";
  #variables: Variable[] = [];
  #dot: unknown;
  #isDotBoxed = false;
  /** Whether the operand that was evaluated last is. */
  #isBoxed = false;
  #node: Node | Command | Operand | undefined;
  #tree: Tree;

  constructor(tree: Tree, readonly options: ExecOptions, readonly budget: TemplateBudget) {
    this.#tree = tree;
  }

  run(data: unknown): string {
    this.#enter(data ?? undefined);
    try {
      this.budget.nested(() => this.#walk(this.#tree.root));
    } catch (error) {
      if (error instanceof TemplateLimitError) throw this.#error(error.message);
      if (error instanceof FmtLimitError) throw this.#error(this.budget.tooLong().message);
      throw error;
    }
    return this.#out;
  }

  #enter(data: unknown): void {
    this.#dot = data;
    this.#isDotBoxed = false;
    this.#variables = [{ name: "$", value: data, isBoxed: false }];
  }

  #print(text: string): void {
    this.budget.print(text);
    this.#out += text;
  }

  #error(message: string, cause?: unknown): GoTemplateError {
    const { name, parseName, text } = this.#tree;
    const node = this.#node;
    if (!node) return new GoTemplateError(`template: ${name}: ${message}`, { cause });
    const before = text.slice(0, node.pos);
    const line = before.split("\n").length;
    const column = utf8Length(before.slice(before.lastIndexOf("\n") + 1));
    return new GoTemplateError(
      `template: ${parseName}:${line}:${column}: executing ${quote(name)} at <${
        nodeText(node)
      }>: ${message}`,
      { cause },
    );
  }

  #walk(nodes: readonly Node[]): Ending {
    for (const node of nodes) {
      const ending = this.#walkNode(node);
      if (ending) return ending;
    }
  }

  #walkNode(node: Node): Ending {
    this.budget.step();
    this.#node = node;
    switch (node.type) {
      case "text":
        return this.#print(node.text), undefined;
      case "action": {
        const value = this.#pipeline(node.pipe);
        if (node.pipe.variables.length === 0) this.#printValue(node, value);
        return;
      }
      case "break":
      case "continue":
        return node.type;
      case "template":
        return this.#template(node.name, node.pipe);
      case "range":
        return this.#range(node);
    }
    return this.#condition(node);
  }

  #printValue(node: Node, value: unknown): void {
    if (typeof value === "string") return this.#print(value);
    if (value === undefined) return this.#print("<no value>");
    if (typeof value === "function") {
      this.#node = node;
      throw this.#error(`can't print ${nodeText(node)} of type ${this.#type(value)}`);
    }
    this.#print(goSprint(value, { whole: this.options.whole, limit: this.budget.limits.chars }));
  }

  #condition({ type, pipe, list, otherwise }: Branch): Ending {
    const mark = this.#variables.length;
    const value = this.#pipeline(pipe);
    let ending: Ending;
    if (!isTrue(value)) ending = otherwise && this.#walk(otherwise);
    else if (type === "if") ending = this.#walk(list);
    else ending = this.#withDot(value, false, list);
    this.#variables.length = mark;
    return ending;
  }

  #withDot(dot: unknown, isBoxed: boolean, list: readonly Node[]): Ending {
    const outer = this.#dot, wasBoxed = this.#isDotBoxed;
    this.#dot = dot;
    this.#isDotBoxed = isBoxed;
    const ending = this.#walk(list);
    this.#dot = outer;
    this.#isDotBoxed = wasBoxed;
    return ending;
  }

  #range(node: Branch): Ending {
    const { pipe, list, otherwise } = node;
    const mark = this.#variables.length;
    const value = this.#pipeline(pipe);
    const inner = this.#variables.length;
    let isEmpty = true;
    let ending: Ending;
    for (const [key, item, isBoxed] of this.#itemsOf(value, pipe.variables.length)) {
      isEmpty = false;
      this.budget.step();
      this.#setItem(pipe, key, { value: item, isBoxed });
      ending = this.#withDot(item, isBoxed, list);
      this.#variables.length = inner;
      if (ending === "break") break;
    }
    ending = isEmpty && otherwise ? this.#walk(otherwise) : undefined;
    this.#variables.length = mark;
    // Where there was nothing to go over, a break ends this range, and a continue the turn of the one around it.
    return ending === "break" ? undefined : ending;
  }

  #setItem({ variables, isAssign }: Pipe, key: unknown, item: Omit<Variable, "name">): void {
    if (variables.length === 0) return;
    const index = { value: key, isBoxed: false };
    const isPair = variables.length > 1;
    const count = this.#variables.length;
    const first = isAssign
      ? this.#variable(variables[0])
      : this.#variables[count - (isPair ? 2 : 1)];
    Object.assign(first, isPair ? index : item);
    if (isPair) {
      Object.assign(isAssign ? this.#variable(variables[1]) : this.#variables[count - 1], item);
    }
  }

  /** What a range goes over: the key, the item, and whether that is boxed. */
  #itemsOf(value: unknown, variables: number): Iterable<[unknown, unknown, boolean]> {
    switch (goKind(value, this.options.whole)) {
      case "invalid":
        return [];
      case "slice": {
        const isBoxed = containerType(value as object).boxes === true;
        return (value as unknown[]).map((item, i) => [BigInt(i), item ?? null, isBoxed]);
      }
      case "map": {
        const map = value as Record<string, unknown>;
        const isBoxed = containerType(map).boxes === true;
        return sortedKeys(map).map((key) => [key, map[key], isBoxed]);
      }
      case "int":
      case "uint":
        if (variables > 1) {
          throw this.#error(
            `can't use ${this.#shown(value)} to iterate over more than one variable`,
          );
        }
        return countTo(value);
    }
    throw this.#error(`range can't iterate over ${this.#shown(value)}`);
  }

  #template(name: string, pipe: Pipe | undefined): Ending {
    const tree = this.options.tree(name);
    if (!tree) throw this.#error(`template ${quote(name)} not defined`);
    this.budget.nested(() => {
      const data = pipe && this.#pipeline(pipe);
      const outer = [this.#tree, this.#dot, this.#isDotBoxed, this.#variables, this.#node] as const;
      this.#tree = tree;
      this.#enter(data);
      this.#walk(tree.root);
      [this.#tree, this.#dot, this.#isDotBoxed, this.#variables, this.#node] = outer;
    });
    return undefined;
  }

  #variable(name: string): Variable {
    for (let i = this.#variables.length - 1; i >= 0; i--) {
      if (this.#variables[i].name === name) return this.#variables[i];
    }
    throw this.#error(`undefined variable: ${name}`);
  }

  /** The value of a pipeline, which its variables get as well. */
  #pipeline(pipe: Pipe): unknown {
    this.#node = pipe;
    let value: unknown = MISSING;
    for (const command of pipe.commands) value = this.#command(command, value) ?? undefined;
    for (const name of pipe.variables) {
      if (!pipe.isAssign) this.#variables.push({ name, value, isBoxed: false });
      else Object.assign(this.#variable(name), { value, isBoxed: false });
    }
    return value;
  }

  #command(command: Command, final: unknown): unknown {
    const [first] = command.args;
    switch (first.type) {
      case "field":
      case "chain":
        return this.#chain(first, command.args, final);
      case "function":
        this.#node = first;
        return this.#function(first.name, command, command.args, final);
      case "pipe":
        this.#refuseArgs(command.args, final);
        return this.#pipeline(first);
      case "variable":
        this.#node = first;
        if (first.path.length > 0) return this.#chain(first, command.args, final);
        this.#refuseArgs(command.args, final);
        return this.#variable(first.name).value;
    }
    this.#node = first;
    this.#refuseArgs(command.args, final);
    if (first.type === "dot") return this.#dot;
    if (first.type !== "nil") return this.#constant(first);
    throw this.#error("nil is not a command");
  }

  #refuseArgs(args: readonly Operand[], final: unknown): void {
    if (args.length <= 1 && final === MISSING) return;
    throw this.#error(`can't give argument to non-function ${nodeText(args[0])}`);
  }

  #constant(node: Operand & { type: "string" | "number" | "bool" }): unknown {
    const { value } = node;
    if (typeof value === "bigint" && value >= 2n ** 63n) {
      this.#node = node;
      throw this.#error(`${node.text} overflows int`);
    }
    return value;
  }

  /** Fields of fields; the last may be a method and take arguments. */
  #chain(
    node: Operand & { type: "field" | "chain" | "variable" },
    args: readonly Operand[],
    final: unknown,
  ): unknown {
    this.#node = node;
    let receiver = this.#dot;
    let isBoxed = this.#isDotBoxed;
    if (node.type === "variable") ({ value: receiver, isBoxed } = this.#variable(node.name));
    else if (node.type === "chain") {
      if (node.node.type === "nil") {
        throw this.#error(`indirection through explicit nil in ${nodeText(node)}`);
      }
      receiver = this.#operand(node.node);
      isBoxed = receiver === null;
    }
    const last = node.path.length - 1;
    for (const [i, name] of node.path.entries()) {
      const value = i < last
        ? this.#field(receiver, name, isBoxed, node, [], MISSING)
        : this.#field(receiver, name, isBoxed, node, args, final);
      if (typeof receiver === "object" && receiver !== null) {
        const { boxes } = containerType(receiver);
        isBoxed = typeof boxes === "object" ? boxes.includes(name) : boxes === true;
      }
      receiver = value;
    }
    this.#isBoxed = isBoxed;
    return receiver;
  }

  #field(
    receiver: unknown,
    name: string,
    isBoxed: boolean,
    node: Operand,
    args: readonly Operand[],
    final: unknown,
  ): unknown {
    const { missingKey } = this.options;
    if (receiver === undefined) {
      if (missingKey === "error") throw this.#error(`nil data; no entry for key ${quote(name)}`);
      return undefined;
    }
    if (receiver === null) throw this.#error(`nil pointer evaluating interface {}.${name}`);
    if (
      typeof receiver === "object" && !Array.isArray(receiver) && !(receiver instanceof GoNumber)
    ) {
      const type = containerType(receiver);
      // Only what is there itself: JavaScript's own methods are none of the data's.
      const value = Object.hasOwn(receiver, name)
        ? (receiver as Record<string, unknown>)[name]
        : undefined;
      if (typeof value === "function") {
        return this.#call(name, value as TemplateFunction, node, args, final);
      }
      const hasArgs = args.length > 1 || final !== MISSING;
      if (type.kind === "map") {
        if (hasArgs) throw this.#error(`${name} is not a method but has arguments`);
        if (value !== undefined || missingKey === "default") return value;
        if (missingKey === "zero") return type.zero ?? null;
        throw this.#error(`map has no entry for key ${quote(name)}`);
      }
      if (value !== undefined) {
        if (!hasArgs) return value;
        throw this.#error(`${name} has arguments but cannot be invoked as function`);
      }
    }
    const type = isBoxed ? "interface {}" : this.#type(receiver);
    throw this.#error(`can't evaluate field ${name} in type ${type}`);
  }

  #function(
    name: string,
    node: Command | Operand,
    args: readonly Operand[],
    final: unknown,
  ): unknown {
    const { functions, builtins } = this.options;
    if (Object.hasOwn(functions, name)) return this.#call(name, functions[name], node, args, final);
    if (name === "and" || name === "or") return this.#shortCircuit(name, args, final);
    return this.#call(name, builtins[name], node, args, final);
  }

  /** `args` begin with the function itself. */
  #call(
    name: string,
    fn: TemplateFunction,
    node: Command | Operand,
    args: readonly Operand[],
    final: unknown,
  ): unknown {
    const given = Math.max(0, args.length - 1);
    const types = fn.takes;
    this.#checkCount(name, types, given, final);
    const values: unknown[] = [];
    for (let i = 0; i < given; i++) values.push(this.#arg(args[i + 1], typeAt(types, i)));
    if (final !== MISSING) values.push(this.#valid(final, typeAt(types, given)));
    try {
      if (name === "call" && fn === this.options.builtins.call) {
        const callee = given > 0
          ? nodeText(args[1])
          : typeof final === "string"
          ? final
          : `<${this.#type(final)} Value>`;
        return this.budget.made(this.#callValue(callee, values));
      }
      return this.budget.made(fn(...values));
    } catch (error) {
      const why = whyFailed(error);
      if (why === undefined) throw error;
      this.#node = node;
      throw this.#error(`error calling ${name}: ${why}`, error);
    }
  }

  #checkCount(name: string, types: Parameters | undefined, given: number, final: unknown): void {
    if (!types) return;
    const count = given + (final === MISSING ? 0 : 1);
    if (types.at(-1)?.startsWith("...")) {
      if (count >= types.length - 1) return;
      throw this.#error(
        `wrong number of args for ${name}: want at least ${types.length - 1} got ${given}`,
      );
    }
    if (count === types.length) return;
    throw this.#error(`wrong number of args for ${name}: want ${types.length} got ${count}`);
  }

  #callValue(name: string, [fn, ...args]: unknown[]): unknown {
    if (fn === null || fn === undefined) throw new RangeError("call of nil");
    if (typeof fn === "function") return fn(...args);
    throw new RangeError(`non-function ${name} of type ${this.#type(fn)}`);
  }

  #shortCircuit(name: "and" | "or", args: readonly Operand[], final: unknown): unknown {
    this.#checkCount(name, this.options.builtins[name].takes, args.length - 1, final);
    let value: unknown;
    for (const arg of args.slice(1)) {
      value = this.#arg(arg, "value");
      if (isTrue(value) === (name === "or")) return value;
    }
    return final === MISSING ? value : final;
  }

  /** An argument, of the type that its parameter has. */
  #arg(node: Operand, type: string): unknown {
    this.#node = node;
    switch (node.type) {
      case "nil":
        if (type === "any") return null;
        if (ANY_TYPE.includes(type)) return undefined;
        throw this.#error(`cannot assign nil to ${type}`);
      case "string":
      case "number":
      case "bool":
        if (ANY_TYPE.includes(type)) return this.#constant(node);
        if (type === node.type) return node.value;
        if (type === "string") throw this.#error(`expected string; found ${node.text}`);
        throw this.#error(`can't handle ${node.text} for arg of type ${type}`);
    }
    const value = this.#operand(node);
    return type === "unboxed" && this.#isBoxed ? BOXED : this.#valid(value, type);
  }

  #operand(node: Operand): unknown {
    this.#isBoxed = false;
    switch (node.type) {
      case "dot":
        this.#isBoxed = this.#isDotBoxed;
        return this.#dot;
      case "field":
      case "chain":
        return this.#chain(node, [], MISSING);
      case "variable": {
        if (node.path.length > 0) return this.#chain(node, [], MISSING);
        const { value, isBoxed } = this.#variable(node.name);
        this.#isBoxed = isBoxed;
        return value;
      }
      case "function":
        this.#node = node;
        return this.#function(node.name, node, [], MISSING);
      case "pipe":
        return this.#pipeline(node);
    }
  }

  /** A value as an argument of a type. */
  #valid(value: unknown, type: string): unknown {
    if (type === "value" || type === "unboxed") return value;
    if (type === "any") return value ?? null;
    if (value === undefined) throw this.#error(`invalid value; expected ${type}`);
    const actual = value === null ? "interface {}" : this.#type(value);
    if (actual === type) return value;
    throw this.#error(`wrong type for value; expected ${type}; got ${actual}`);
  }

  #type(value: unknown): string {
    return goTypeName(value, this.options.whole);
  }

  #shown(value: unknown): string {
    return goSprint(value, { whole: this.options.whole, limit: this.budget.limits.chars });
  }
}

function typeAt(types: Parameters | undefined, index: number): string {
  if (!types) return "any";
  const last = types.length - 1;
  return index >= last && types[last].startsWith("...") ? types[last].slice(3) : types[index];
}

/** What is said of a call that failed; undefined for an error that is none of the call's. */
function whyFailed(error: unknown): string | undefined {
  if (error instanceof TypeError) return "wrong type for value";
  if (error instanceof DOMException) return "illegal base64 data";
  const isTold = error instanceof RangeError || error instanceof SyntaxError ||
    error instanceof GoTemplateError;
  return isTold ? error.message : undefined;
}

function* countTo(end: unknown): Generator<[undefined, unknown, boolean]> {
  if (typeof end === "bigint") {
    for (let i = 0n; i < end; i++) yield [undefined, i, false];
    return;
  }
  const count = end instanceof GoNumber ? end.value : end as number;
  for (let i = 0; i < count; i++) yield [undefined, i, false];
}
