import { arithmetic } from "../go/mod.ts";
import type { FormulaNode } from "./_formula_parser.ts";
import { FormulaError } from "./_formula_tokens.ts";

/** What a part of a formula comes to: a number is a float, a bigint an int. */
export type FormulaValue = number | bigint | boolean | string | null | FormulaValue[];

/** The values of the names that a formula uses; null for one that is not to be had. */
export type FormulaValues = Readonly<Record<string, number | null>>;

/** How Go prints a value's type. */
function typeOf(value: FormulaValue): string {
  if (value === null || value === undefined) return "<nil>";
  if (Array.isArray(value)) return "[]interface {}";
  return { number: "float64", bigint: "int", boolean: "bool", string: "string" }[
    typeof value as "number"
  ];
}

/**
 * Works a checked formula out.
 * Errors: FormulaError. Source: expr-lang/expr vm/vm.go, vm/runtime, builtin/lib.go (v1.17).
 */
export function runFormula(
  node: FormulaNode,
  values: FormulaValues,
  source: string,
): FormulaValue {
  return new Runner(values, source).run(node);
}

interface Scope {
  element: FormulaValue;
  index: number;
  acc: FormulaValue;
}

class Runner {
  readonly #variables: { name: string; value: FormulaValue }[] = [];
  readonly #scopes: Scope[] = [];

  constructor(private readonly values: FormulaValues, private readonly source: string) {}

  run(node: FormulaNode): FormulaValue {
    switch (node.kind) {
      case "nil":
        return null;
      case "number":
      case "bool":
      case "string":
        return node.value;
      case "name":
        return this.#variables.findLast(({ name }) => name === node.name)?.value ??
          this.values[node.name] ?? null;
      case "pointer":
        return this.#pointer(node.name);
      case "unary":
        return this.#unary(node);
      case "binary":
        return this.#binary(node);
      case "conditional":
        return this.run(this.#bool(node.condition) ? node.then : node.else);
      case "let": {
        this.#variables.push({ name: node.name, value: this.run(node.value) });
        const value = this.run(node.body);
        this.#variables.pop();
        return value;
      }
      case "sequence":
        return node.nodes.map((one) => this.run(one)).at(-1)!;
      case "array":
        return node.nodes.map((one) => this.run(one));
      case "member":
        return this.#element(node);
      case "slice": {
        const list = this.#list(node.of);
        const bound = (of: FormulaNode | undefined) => of && Number(this.run(of));
        return list.slice(bound(node.from), bound(node.to));
      }
      case "call":
        return this.#call(node);
      case "predicate":
        return this.run(node.body);
    }
  }

  #error({ at }: { at: number }, message: string): FormulaError {
    return new FormulaError(message, at, this.source);
  }

  #pointer(name: string): FormulaValue {
    const { element, index, acc } = this.#scopes.at(-1)!;
    return name === "" ? element : name === "index" ? BigInt(index) : acc;
  }

  #bool(node: FormulaNode): boolean {
    const value = this.run(node);
    if (typeof value === "boolean") return value;
    throw this.#error(
      node,
      `interface conversion: interface {} is ${value === null ? "nil" : typeOf(value)}, not bool`,
    );
  }

  #list(node: FormulaNode): FormulaValue[] {
    const value = this.run(node);
    if (Array.isArray(value)) return value;
    throw this.#error(node, `cannot slice ${typeOf(value)}`);
  }

  #unary(node: FormulaNode & { kind: "unary" }): FormulaValue {
    if (node.operator === "!" || node.operator === "not") return !this.#bool(node.of);
    const value = this.run(node.of);
    if (typeof value !== "number" && typeof value !== "bigint") {
      throw this.#error(node, `invalid operation: ${node.operator} ${typeOf(value)}`);
    }
    return node.operator === "-" ? -value : value;
  }

  #binary(node: FormulaNode & { kind: "binary" }): FormulaValue {
    const { operator } = node;
    switch (operator) {
      case "or":
      case "||":
        return this.#bool(node.left) || this.#bool(node.right);
      case "and":
      case "&&":
        return this.#bool(node.left) && this.#bool(node.right);
      case "??": {
        const left = this.run(node.left);
        return left === null ? this.run(node.right) : left;
      }
    }
    const left = this.run(node.left);
    const right = this.run(node.right);
    const mismatch = () =>
      this.#error(node, `invalid operation: ${typeOf(left)} ${operator} ${typeOf(right)}`);
    switch (operator) {
      case "==":
        return equal(left, right);
      case "!=":
        return !equal(left, right);
      case "in":
        return Array.isArray(right) && right.some((one) => equal(left, one));
      case "..":
        if (typeof left !== "bigint" || typeof right !== "bigint") throw mismatch();
        return range(left, right);
    }
    if (typeof left === "string" && typeof right === "string") {
      const answer = ofTexts(operator, left, right);
      if (answer === undefined) throw mismatch();
      return answer;
    }
    if (!isNumeric(left) || !isNumeric(right)) throw mismatch();
    if (operator === "%" && typeof left === "bigint" && typeof right === "bigint") {
      if (right === 0n) throw this.#error(node, "runtime error: integer divide by zero");
      return left % right;
    }
    const answer = typeof left === "bigint" && typeof right === "bigint"
      ? ofInts(operator, left, right)
      : ofFloats(operator, Number(left), Number(right));
    if (answer === undefined) throw mismatch();
    return answer;
  }

  #element(node: FormulaNode & { kind: "member" }): FormulaValue {
    const list = this.run(node.of);
    const index = this.run(node.property);
    if (!Array.isArray(list) || typeof index !== "bigint") {
      throw this.#error(node, `cannot fetch ${String(index)} from ${typeOf(list)}`);
    }
    const at = index < 0n ? list.length + Number(index) : Number(index);
    if (at >= 0 && at < list.length) return list[at];
    throw this.#error(
      node,
      `index out of range: ${index} (array length is ${list.length})`,
    );
  }

  #call(node: FormulaNode & { kind: "call" }): FormulaValue {
    const [first, second, third] = node.args;
    if (second?.kind === "predicate" || node.name === "count" || node.name === "sum") {
      return this.#overList(node, this.#list(first), second, third);
    }
    const args = node.args.map((arg) => this.run(arg));
    const [arg] = args;
    switch (node.name) {
      case "len":
        return BigInt((arg as string | FormulaValue[]).length);
      case "first":
        return (arg as FormulaValue[])[0] ?? null;
      case "last":
        return (arg as FormulaValue[]).at(-1) ?? null;
      case "int":
        return this.#convert(node, arg, (value) => BigInt(Math.trunc(value)));
      case "float":
        return this.#convert(node, arg, (value) => value);
      case "max":
      case "min":
      case "mean":
      case "median":
        return this.#aggregate(node, args);
    }
    if (!isNumeric(arg)) {
      throw this.#error(node, `invalid argument for ${node.name} (type ${typeOf(arg)})`);
    }
    if (node.name === "abs") return arg < 0 ? -arg : arg;
    return ROUND[node.name](Number(arg));
  }

  #convert(
    node: FormulaNode & { kind: "call" },
    value: FormulaValue,
    to: (value: number) => FormulaValue,
  ): FormulaValue {
    if (isNumeric(value)) return to(Number(value));
    const pattern = node.name === "int" ? /^[-+]?\d+$/ : /^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/;
    if (typeof value === "string" && pattern.test(value)) return to(Number(value));
    const shown = value === null ? "<nil>" : String(value);
    throw this.#error(node, `invalid operation: ${node.name}(${shown})`);
  }

  #aggregate(node: FormulaNode & { kind: "call" }, args: FormulaValue[]): FormulaValue {
    const numbers = (args as unknown[]).flat(Infinity) as FormulaValue[];
    const wrong = numbers.find((value) => !isNumeric(value));
    if (wrong !== undefined) {
      throw this.#error(node, `invalid argument for ${node.name} (type ${typeOf(wrong)})`);
    }
    const all = numbers as (number | bigint)[];
    if (node.name === "max" || node.name === "min") {
      const isMore = node.name === "max"
        ? (a: number | bigint, b: number | bigint) => a > b
        : (a: number | bigint, b: number | bigint) => a < b;
      return all.length === 0 ? null : all.reduce((best, one) => isMore(one, best) ? one : best);
    }
    if (all.length === 0) return 0;
    const floats = all.map(Number);
    if (node.name === "mean") return floats.reduce((sum, one) => sum + one) / floats.length;
    const sorted = floats.toSorted((a, b) => a - b);
    const middle = sorted.length >> 1;
    return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  /** The functions that look at a list one by one. */
  #overList(
    node: FormulaNode & { kind: "call" },
    list: FormulaValue[],
    predicate: FormulaNode | undefined,
    initial: FormulaNode | undefined,
  ): FormulaValue {
    const at = (index: number, acc: FormulaValue = null): FormulaValue => {
      if (!predicate) return list[index];
      this.#scopes.push({ element: list[index], index, acc });
      const value = this.run(predicate);
      this.#scopes.pop();
      return value;
    };
    const holds = (index: number): boolean => {
      const value = at(index);
      if (typeof value === "boolean") return value;
      throw this.#error(
        predicate ?? node,
        `interface conversion: interface {} is ${typeOf(value)}, not bool`,
      );
    };
    const indexes = list.map((_, index) => index);
    const orNone = (index: number | undefined) =>
      index === undefined || index < 0 ? null : BigInt(index);
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
        return indexes.filter(holds).map((index) => list[index]);
      case "map":
        return indexes.map((index) => at(index));
      case "find":
        return list[indexes.find(holds) ?? -1] ?? null;
      case "findLast":
        return list[indexes.findLast(holds) ?? -1] ?? null;
      case "findIndex":
        return orNone(indexes.find(holds));
      case "findLastIndex":
        return orNone(indexes.findLast(holds));
      case "reduce": {
        const start = initial ? 0 : 1;
        let acc = initial ? this.run(initial) : list[0];
        if (acc === undefined) {
          throw this.#error(node, "reduce of empty array with no initial value");
        }
        for (const index of indexes.slice(start)) acc = at(index, acc);
        return acc;
      }
    }
    return this.#sum(node, indexes.map((index) => at(index)));
  }

  #sum(node: FormulaNode, values: FormulaValue[]): FormulaValue {
    let sum: number | bigint = 0n;
    for (const value of values) {
      if (!isNumeric(value)) {
        throw this.#error(node, `invalid operation: ${typeOf(sum)} + ${typeOf(value)}`);
      }
      sum = typeof sum === "bigint" && typeof value === "bigint"
        ? sum + value
        : Number(sum) + Number(value);
    }
    return sum;
  }
}

const ROUND: Record<string, (value: number) => number> = {
  ceil: Math.ceil,
  floor: Math.floor,
  // Half away from zero, as Go rounds.
  round: (value) => Math.sign(value) * Math.round(Math.abs(value)),
};

const MAX_RANGE = 1_000_000n;

function range(from: bigint, to: bigint): FormulaValue[] {
  const out: FormulaValue[] = [];
  for (let value = from; value <= to && to - from < MAX_RANGE; value++) out.push(value);
  return out;
}

function isNumeric(value: FormulaValue): value is number | bigint {
  return typeof value === "number" || typeof value === "bigint";
}

function equal(left: FormulaValue, right: FormulaValue): boolean {
  if (isNumeric(left) && isNumeric(right)) return left == right;
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((one, i) => equal(one, right[i]));
  }
  return left === right;
}

function ofTexts(operator: string, left: string, right: string): FormulaValue | undefined {
  if (operator === "+") return left + right;
  return compared(operator, left, right);
}

function ofFloats(operator: string, left: number, right: number): FormulaValue | undefined {
  // A remainder is one of integers.
  const value = operator === "%"
    ? undefined
    : arithmetic(operator === "**" ? "^" : operator, left, right);
  return value ?? compared(operator, left, right);
}

function ofInts(operator: string, left: bigint, right: bigint): FormulaValue | undefined {
  switch (operator) {
    case "+":
      return BigInt.asIntN(64, left + right);
    case "-":
      return BigInt.asIntN(64, left - right);
    case "*":
      return BigInt.asIntN(64, left * right);
    case "/":
    case "**":
    case "^":
      return ofFloats(operator, Number(left), Number(right));
  }
  return compared(operator, left, right);
}

function compared<T extends number | bigint | string>(
  operator: string,
  left: T,
  right: T,
): boolean | undefined {
  switch (operator) {
    case "<":
      return left < right;
    case ">":
      return left > right;
    case "<=":
      return left <= right;
    case ">=":
      return left >= right;
  }
  return undefined;
}
