import { compileGoRegexp, RegexpExhausted, RegexpSyntaxError } from "../go/mod.ts";
import { FUNCTIONS, MEMORY_BUDGET, sortValues, walked } from "./functions.ts";
import { type ExprNode, PREDICATES } from "./parser.ts";
import { GoTime } from "./times.ts";
import { methodOf } from "./time_methods.ts";
import { ExprError } from "./tokens.ts";
import {
  asserted,
  display,
  entryOf,
  equal,
  ExprBytes,
  ExprMap,
  type ExprValue,
  isNumeric,
  operate,
  Panic,
  text,
  toInt,
  truth,
  typedList,
  typeOf,
} from "./values.ts";
import { Work } from "./work.ts";

/** The values of the names that an expression uses; null for one that is not to be had. */
export type ExprNames = Readonly<Record<string, number | null>>;

/**
 * Works a checked expression out; `nowMs` is what `now()` shows, in ms since 1970.
 * Errors: ExprError. Source: expr-lang/expr vm/vm.go, vm/runtime/runtime.go (v1.17).
 */
export function runExpr(
  node: ExprNode,
  values: ExprNames,
  source: string,
  nowMs: number,
): ExprValue {
  return new Runner(values, source, nowMs).result(node);
}

interface Scope {
  element: (index: number) => ExprValue;
  index: number;
  acc: ExprValue;
}

/** Leaves the chain of `a?.b.c` at a link that is nil. */
class NilLink {}

class Runner {
  readonly #variables: { name: string; value: ExprValue }[] = [];
  readonly #scopes: Scope[] = [];
  readonly #work = new Work();
  #memory = 0n;

  constructor(
    private readonly values: ExprNames,
    private readonly source: string,
    private readonly nowMs: number,
  ) {}

  /** What the whole comes to, small enough to be printed. Errors: ExprError. */
  result(node: ExprNode): ExprValue {
    return this.#placed(node, () => {
      const value = this.run(node);
      this.#work.goOver(value);
      return value;
    });
  }

  /** Errors: ExprError, at the node that was being worked out. */
  run(node: ExprNode): ExprValue {
    return this.#placed(node, () => this.#value(node));
  }

  #placed(node: ExprNode, work: () => ExprValue): ExprValue {
    try {
      this.#work.take(1);
      return work();
    } catch (error) {
      if (!(error instanceof Panic)) throw error;
      throw new ExprError(error.message, node.at, this.source);
    }
  }

  #value(node: ExprNode): ExprValue {
    switch (node.kind) {
      case "nil":
        return null;
      case "number":
      case "bool":
      case "string":
        return node.value;
      case "bytes":
        return new ExprBytes(node.value);
      case "name":
        return this.#name(node.name);
      case "pointer":
        return this.#pointer(node.name);
      case "unary":
        return this.#unary(node);
      case "binary":
        return this.#binary(node);
      case "conditional":
        return this.run(truth(this.run(node.condition)) ? node.then : node.else);
      case "let": {
        this.#variables.push({ name: node.name, value: this.run(node.value) });
        const value = this.run(node.body);
        this.#variables.pop();
        return value;
      }
      case "sequence":
        return node.nodes.map((one) => this.run(one)).at(-1)!;
      case "array":
        return this.#grown(node.nodes.map((one) => this.run(one)));
      case "map":
        return this.#map(node);
      case "member":
        return this.#member(node);
      case "chain":
        return this.#chain(node);
      case "slice":
        return this.#slice(node);
      case "builtin":
        return Object.hasOwn(PREDICATES, node.name) ? this.#overList(node) : this.#builtin(node);
      case "call":
        return this.#call(node);
      case "predicate":
        return this.run(node.body);
    }
  }

  #grown<T extends ExprValue[] | ExprMap>(value: T): T {
    return this.#grow(Array.isArray(value) ? value.length : value.entries.size, value);
  }

  #grow<T>(size: number, value: T): T {
    this.#memory += BigInt(size);
    if (this.#memory >= MEMORY_BUDGET) throw new Panic("memory budget exceeded");
    return value;
  }

  #builtin({ name, args }: ExprNode & { kind: "builtin" }): ExprValue {
    const given = args.map((arg) => this.run(arg));
    for (const one of given) this.#work.goOver(one);
    // Each element is compared with all that are kept so far.
    if (name === "uniq" && Array.isArray(given[0])) this.#work.take(given[0].length ** 2 / 2);
    const value = FUNCTIONS[name](given, this.nowMs);
    this.#work.goOver(value);
    return this.#safe(name, value);
  }

  /** What these functions make is counted. */
  #safe(name: string, value: ExprValue): ExprValue {
    if (["reverse", "concat", "flatten", "sort"].includes(name)) {
      return this.#grown(value as ExprValue[]);
    }
    return name === "repeat" ? this.#grow((value as string).length, value) : value;
  }

  #name(name: string): ExprValue {
    const variable = this.#variables.findLast((one) => one.name === name);
    if (variable) return variable.value;
    // A function that is named and not called is looked for among the numbers.
    if (name !== "$env") return Object.hasOwn(this.values, name) ? this.values[name] : 0;
    const env = new ExprMap("names");
    for (const [key, value] of Object.entries(this.values)) env.entries.set(key, value);
    return env;
  }

  #pointer(name: string): ExprValue {
    const { element, index, acc } = this.#scopes.at(-1)!;
    return name === "" ? element(index) : name === "index" ? BigInt(index) : acc;
  }

  #unary(node: ExprNode & { kind: "unary" }): ExprValue {
    const value = this.run(node.of);
    if (node.operator === "!" || node.operator === "not") return !truth(value);
    if (node.operator === "+") return value;
    if (isNumeric(value)) return typeof value === "bigint" ? BigInt.asIntN(64, -value) : -value;
    throw new Panic(`invalid operation: - ${typeOf(value)}`);
  }

  #binary(node: ExprNode & { kind: "binary" }): ExprValue {
    const { operator } = node;
    const folded = foldedSide(node);
    if (folded !== undefined) return typeof folded === "boolean" ? folded : this.run(folded);
    const left = this.run(node.left);
    switch (operator) {
      case "or":
      case "||":
        return truth(left) || this.run(node.right);
      case "and":
      case "&&":
        return truth(left) && this.run(node.right);
      case "??":
        return left === null ? this.run(node.right) : left;
    }
    const right = this.run(node.right);
    this.#work.goOver(left);
    this.#work.goOver(right);
    switch (operator) {
      case "==":
        return equal(left, right);
      case "!=":
        return !equal(left, right);
      case "in":
        return isIn(left, right);
      case "..":
        return this.#range(toInt(left), toInt(right));
      case "matches":
        return matches(left, right);
      case "contains":
      case "startsWith":
      case "endsWith":
        return left !== null && right !== null && hasPart(operator, text(left), text(right));
    }
    return operate(operator, left, right);
  }

  #range(from: bigint, to: bigint): ExprValue[] {
    const size = to < from ? 0n : to - from + 1n;
    this.#memory += size;
    if (this.#memory >= MEMORY_BUDGET) throw new Panic("memory budget exceeded");
    return typedList(Array.from({ length: Number(size) }, (_, i) => from + BigInt(i)), "[]int");
  }

  #map({ pairs }: ExprNode & { kind: "map" }): ExprMap {
    const map = new ExprMap("string");
    const run = pairs.map(({ key, value }) => [this.run(key), this.run(value)] as const);
    // The last pair is put in first, so of two with one key the first stays.
    for (const [key, value] of run.toReversed()) map.entries.set(text(key), value);
    return this.#grow(pairs.length, map);
  }

  #member(node: ExprNode & { kind: "member" }): ExprValue {
    const of = this.run(node.of);
    if (typeof of === "string") this.#work.goOver(of);
    if (node.optional && of === null) throw new NilLink();
    return fetched(of, this.run(node.property));
  }

  #chain(node: ExprNode & { kind: "chain" }): ExprValue {
    try {
      return this.run(node.of);
    } catch (error) {
      if (error instanceof NilLink) return null;
      throw error;
    }
  }

  #slice(node: ExprNode & { kind: "slice" }): ExprValue {
    const of = this.run(node.of);
    this.#work.take(typeof of === "string" || Array.isArray(of) ? of.length : 0);
    const bound = (one: ExprNode | undefined) => one && Number(toInt(this.run(one)));
    const [from = 0, to] = [bound(node.from), bound(node.to)];
    if (Array.isArray(of)) return of.slice(from, to);
    if (typeof of === "string") {
      return new TextDecoder().decode(new TextEncoder().encode(of).slice(from, to));
    }
    throw new Panic(
      to === undefined
        ? `invalid argument for len (type ${typeOf(of)})`
        : `cannot slice ${display(BigInt(from))}`,
    );
  }

  #call(node: ExprNode & { kind: "call" }): ExprValue {
    const args = node.args.map((arg) => this.run(arg));
    const callee = this.run(node.callee);
    if (typeof callee === "function") return callee(args);
    throw new Panic(
      callee === null
        ? "invalid operation: cannot call nil"
        : `invalid operation: cannot call non-function of type ${typeOf(callee)}`,
    );
  }

  /** The functions that look at a list one by one. */
  #overList(node: ExprNode & { kind: "builtin" }): ExprValue {
    const [of, predicate, last] = node.args;
    const { length, at: element } = walked(this.run(of));
    this.#work.take(length);
    const third = last && this.run(last);
    const at = (index: number, acc: ExprValue = null): ExprValue => {
      if (!predicate) return element(index);
      this.#scopes.push({ element, index, acc });
      const value = this.run(predicate);
      this.#scopes.pop();
      return value;
    };
    const holds = (index: number): boolean => truth(at(index));
    const indexes = Array.from({ length }, (_, index) => index);
    const orNone = (index: number | undefined) =>
      index === undefined || index < 0 ? null : BigInt(index);
    const elementOrNone = (index: number | undefined) =>
      index === undefined ? null : element(index);
    switch (node.name) {
      case "all":
        return indexes.every(holds);
      case "none":
        return !indexes.some(holds);
      case "any":
        return indexes.some(holds);
      case "one":
        return indexes.filter(holds).length === 1;
      case "count":
        return BigInt(indexes.filter(holds).length);
      case "filter":
        return this.#grown(indexes.filter(holds).map(element));
      case "map":
        return this.#grown(indexes.map((index) => at(index)));
      case "find":
        return elementOrNone(indexes.find(holds));
      case "findLast":
        return elementOrNone(indexes.findLast(holds));
      case "findIndex":
        return orNone(indexes.find(holds));
      case "findLastIndex":
        return orNone(indexes.findLast(holds));
      case "sum":
        return indexes.reduce((sum: ExprValue, index) => operate("+", at(index), sum), 0n);
      case "groupBy":
        return grouped(indexes, element, at);
      case "sortBy":
        return this.#sortedBy(indexes, element, at, third ?? "asc");
    }
    if (last) return indexes.reduce((acc: ExprValue, index) => at(index, acc), third!);
    if (length === 0) throw new Panic("reduce of empty array with no initial value");
    return indexes.slice(1).reduce((acc: ExprValue, index) => at(index, acc), element(0));
  }

  #sortedBy(
    indexes: readonly number[],
    element: (index: number) => ExprValue,
    at: (index: number) => ExprValue,
    order: ExprValue,
  ): ExprValue[] {
    if (typeof order !== "string") throw new Panic("sortBy order argument must be a string");
    if (order !== "asc" && order !== "desc") throw new Panic("unknown order, use asc or desc");
    const keyed = indexes.map((index) => ({ key: at(index), one: element(index) }));
    const sorted = sortValues(keyed, order === "desc", ({ key }) => key);
    return this.#grown(sorted.map(({ one }) => one));
  }
}

/**
 * What is left of `and` and `or` where a side is written as true or false: that value, or the other side alone.
 * Source: expr-lang/expr optimizer/fold.go.
 */
function foldedSide(
  { operator, left, right }: ExprNode & { kind: "binary" },
): boolean | ExprNode | undefined {
  const isAnd = operator === "and" || operator === "&&";
  if (!isAnd && operator !== "or" && operator !== "||") return undefined;
  const [a, b] = [left, right].map((side) => side.kind === "bool" ? side.value : undefined);
  if (a === isAnd) return right;
  if (b === isAnd) return left;
  return a === !isAnd || b === !isAnd ? !isAnd : undefined;
}

function grouped(
  indexes: readonly number[],
  element: (index: number) => ExprValue,
  at: (index: number) => ExprValue,
): ExprMap {
  const groups = new ExprMap("groups");
  for (const index of indexes) {
    const key = at(index);
    const group = entryOf(groups, key) as ExprValue[] | undefined;
    if (group) group.push(element(index));
    else groups.entries.set(key, [element(index)]);
  }
  return groups;
}

/** An element, an entry or a method. Source: expr-lang/expr vm/runtime/runtime.go (Fetch). */
function fetched(from: ExprValue, by: ExprValue): ExprValue {
  const method = typeof by === "string" ? methodOf(from, by) : undefined;
  if (method) return method;
  if (from instanceof ExprMap) {
    return entryOf(from, by) ?? { groups: [], names: 0, string: null, any: null }[from.type];
  }
  if (from instanceof GoTime) text(by);
  if (!Array.isArray(from) && typeof from !== "string" && !(from instanceof ExprBytes)) {
    throw new Panic(`cannot fetch ${display(by)} from ${typeOf(from)}`);
  }
  const list = Array.isArray(from)
    ? from
    : [...typeof from === "string" ? new TextEncoder().encode(from) : from.value].map((one) =>
      BigInt(typeof one === "number" ? one : one.charCodeAt(0))
    );
  const given = Number(toInt(by));
  const index = given < 0 ? list.length + given : given;
  if (index >= 0 && index < list.length) return list[index];
  throw new Panic(`index out of range: ${index} (array length is ${list.length})`);
}

function isIn(needle: ExprValue, haystack: ExprValue): boolean {
  if (haystack === null) return false;
  if (Array.isArray(haystack)) return haystack.some((one) => equal(one, needle));
  if (haystack instanceof ExprMap) return entryOf(haystack, needle) !== undefined;
  if (haystack instanceof GoTime) {
    // No field of a time can be seen.
    if (typeof needle === "string") return false;
    throw new Panic(`cannot use ${typeOf(needle)} as field name of time.Time`);
  }
  throw new Panic(`operator "in" not defined on ${typeOf(haystack)}`);
}

function bytes(value: ExprValue): ExprBytes {
  return asserted(value, (one): one is ExprBytes => one instanceof ExprBytes, "[]uint8");
}

function matches(left: ExprValue, right: ExprValue): boolean {
  if (left === null || right === null) return false;
  const pattern = text(right);
  const value = typeof left === "string" ? left : bytes(left).value;
  try {
    return compileGoRegexp(pattern).test(value);
  } catch (error) {
    if (error instanceof RegexpSyntaxError) throw new Panic(error.message);
    if (error instanceof RegexpExhausted) throw new Panic("the match takes too many steps");
    throw error;
  }
}

function hasPart(operator: string, value: string, part: string): boolean {
  if (operator === "contains") return value.includes(part);
  return operator === "startsWith" ? value.startsWith(part) : value.endsWith(part);
}
