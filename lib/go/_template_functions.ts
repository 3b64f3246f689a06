import { type FmtOptions, goSprintAll, goSprintf, goSprintln } from "./fmt.ts";
import { containerType, goKind, GoNumber, goTypeName, type WholeNumbers } from "./go_types.ts";
import { escapeHtml } from "./html.ts";
import { isPrint } from "./quote.ts";
import { compareGo } from "./text.ts";
import { escapeQuery } from "./url.ts";
import { utf8Length } from "./utf8.ts";

/**
 * What a template may call. What it throws is told as the call's mistake when it is a RangeError or a SyntaxError;
 * anything else is a fault of ours.
 */
export interface TemplateFunction {
  (...args: any[]): unknown;
  /** The types of its parameters; all are of any type, and any number of them, where there is nothing. */
  takes?: Parameters;
}

/**
 * `any`, `value` (which tells what is not there from nil), `unboxed` (which gets {@linkcode BOXED} for what is held in
 * an interface), or a type by its Go name; the last may be `...any`.
 */
export type Parameters = readonly string[];

/** What an `unboxed` parameter gets instead of a value that is in an interface. */
export const BOXED = Symbol("interface {}");

/** A function whose parameters have types. */
export function takes(parameters: Parameters, fn: (...args: any[]) => unknown): TemplateFunction {
  return Object.assign(fn, { takes: parameters });
}

/** A call's mistake, in Go's words. */
class CallError extends RangeError {}

/** Whether a value counts as true: not when it is empty. Source: golang/go src/text/template/exec.go (isTrue). */
export function isTrue(value: unknown): boolean {
  switch (typeof value) {
    case "object":
      if (value === null) return false;
      if (value instanceof GoNumber) return value.value !== 0;
      if (Array.isArray(value)) return value.length > 0;
      if (containerType(value).kind === "struct") return true;
      for (const _ in value) return true;
      return false;
    case "number":
      return value !== 0;
    case "bigint":
      return value !== 0n;
  }
  return Boolean(value);
}

const made = new Map<string, Readonly<Record<string, TemplateFunction>>>();

/**
 * The functions that every template has. `and`, `or` and `call` are the executor's.
 * Errors: RangeError in Go's words, FmtLimitError.
 * Source: golang/go src/text/template/funcs.go.
 */
export function builtinFunctions(
  whole: WholeNumbers,
  limit: number,
): Readonly<Record<string, TemplateFunction>> {
  const key = `${whole} ${limit}`;
  const known = made.get(key) ?? makeFunctions({ whole, limit });
  made.set(key, known);
  return known;
}

function makeFunctions(
  options: Required<FmtOptions>,
): Readonly<Record<string, TemplateFunction>> {
  const types = new Types(options.whole);
  const argsText = (args: unknown[]) =>
    args.length === 1 && typeof args[0] === "string"
      ? args[0]
      : goSprintAll(args.map((arg) => arg ?? "<no value>"), options);
  const anyNumber: Parameters = ["...any"];
  const two: Parameters = ["value", "value"];
  return Object.assign(Object.create(null), {
    and: takes(["value", "...value"], () => undefined),
    or: takes(["value", "...value"], () => undefined),
    call: takes(["value", "...value"], () => undefined),
    html: takes(anyNumber, (...args) => escapeHtml(argsText(args))),
    js: takes(anyNumber, (...args) => escapeJs(argsText(args))),
    urlquery: takes(anyNumber, (...args) => escapeQuery(argsText(args))),
    index: takes(["value", "...value"], (item, ...keys) => types.index(item, keys)),
    slice: takes(["value", "...unboxed"], (item, ...ends) => types.slice(item, ends)),
    len: takes(["value"], (item) => types.length(item)),
    not: takes(["value"], (value) => !isTrue(value)),
    print: takes(anyNumber, (...args) => goSprintAll(args, options)),
    printf: takes(["string", "...any"], (format, ...args) => goSprintf(format, args, options)),
    println: takes(anyNumber, (...args) => goSprintln(args, options)),
    eq: takes(["value", "...value"], (first, ...others) => types.equal(first, others)),
    ne: takes(two, (left, right) => !types.equal(left, [right])),
    lt: takes(two, (left, right) => types.isLess(left, right)),
    le: takes(two, (left, right) => types.isLess(left, right) || types.equal(left, [right])),
    gt: takes(two, (left, right) => !types.isLess(left, right) && !types.equal(left, [right])),
    ge: takes(two, (left, right) => !types.isLess(left, right)),
  });
}

/** What depends on the types of values. */
class Types {
  constructor(readonly whole: WholeNumbers) {}

  index(item: unknown, keys: unknown[]): unknown {
    if (item === null || item === undefined) throw new CallError("index of untyped nil");
    for (const key of keys) {
      if (item === null || item === undefined) throw new CallError("index of nil pointer");
      switch (goKind(item, this.whole)) {
        case "string": {
          const bytes = new TextEncoder().encode(item as string);
          const at = this.#position(key, bytes.length);
          if (at === bytes.length) throw new CallError("reflect: string index out of range");
          item = new GoNumber("uint8", bytes[at]);
          break;
        }
        case "slice": {
          const list = item as unknown[];
          const at = this.#position(key, list.length);
          if (at === list.length) throw new CallError("reflect: slice index out of range");
          item = list[at] ?? null;
          break;
        }
        case "map": {
          if (key === null || key === undefined) {
            throw new CallError("value is nil; should be of type string");
          }
          if (typeof key !== "string") {
            throw new CallError(`value has type ${this.#name(key)}; should be string`);
          }
          const map = item as Record<string, unknown>;
          item = (Object.hasOwn(map, key) ? map[key] : containerType(map).zero) ?? null;
          break;
        }
        default:
          throw new CallError(`can't index item of type ${this.#name(item)}`);
      }
    }
    return item;
  }

  slice(item: unknown, ends: unknown[]): unknown {
    if (item === null || item === undefined) throw new CallError("slice of untyped nil");
    if (ends.length > 3) throw new CallError(`too many slice indexes: ${ends.length}`);
    const kind = goKind(item, this.whole);
    if (kind !== "string" && kind !== "slice") {
      throw new CallError(`can't slice item of type ${this.#name(item)}`);
    }
    if (kind === "string" && ends.length === 3) {
      throw new CallError("cannot 3-index slice a string");
    }
    const all = kind === "string" ? new TextEncoder().encode(item as string) : item as unknown[];
    const at = [0, all.length, all.length];
    ends.forEach((end, i) => at[i] = this.#position(end, all.length));
    for (const i of ends.length === 3 ? [0, 1] : [0]) {
      if (at[i] > at[i + 1]) {
        throw new CallError(`invalid slice index: ${at[i]} > ${at[i + 1]}`);
      }
    }
    const part = all.slice(at[0], at[1]);
    return part instanceof Uint8Array ? new TextDecoder().decode(part) : part;
  }

  /** An index in a text or a list, which may be the one behind its end. */
  #position(index: unknown, length: number): number {
    if (index === null || index === undefined) {
      throw new CallError("cannot index slice/array with nil");
    }
    // `slice` does not look into interfaces, as `index` does.
    if (index === BOXED) throw new CallError("cannot index slice/array with type interface {}");
    const kind = goKind(index, this.whole);
    if (kind !== "int" && kind !== "uint") {
      throw new CallError(`cannot index slice/array with type ${this.#name(index)}`);
    }
    const at = toNumber(index);
    if (at < 0 || at > length) throw new CallError(`index out of range: ${index}`);
    return at;
  }

  length(item: unknown): bigint {
    if (item === null) throw new CallError("len of nil pointer");
    if (item === undefined) {
      throw new CallError("reflect: call of reflect.Value.Type on zero Value");
    }
    switch (goKind(item, this.whole)) {
      case "string":
        return BigInt(utf8Length(item as string));
      case "slice":
        return BigInt((item as unknown[]).length);
      case "map":
        return BigInt(Object.keys(item as object).length);
    }
    throw new CallError(`len of type ${this.#name(item)}`);
  }

  equal(first: unknown, others: unknown[]): boolean {
    if (others.length === 0) throw new CallError("missing argument for comparison");
    return others.some((other) => this.#equals(first, other));
  }

  #equals(left: unknown, right: unknown): boolean {
    if (typeof left === "string" && typeof right === "string") return left === right;
    const isNil = left === null || left === undefined;
    if (isNil || right === null || right === undefined) {
      return isNil && (right === null || right === undefined);
    }
    const kind = basicKind(goKind(left, this.whole));
    if (kind !== basicKind(goKind(right, this.whole))) {
      if (isWhole(left, this.whole) && isWhole(right, this.whole)) {
        return toNumber(left) === toNumber(right);
      }
      throw this.#incompatible(left, right);
    }
    if (kind === undefined) throw this.#uncomparable(left, right);
    if (kind === "string" || kind === "bool") return left === right;
    return compareNumbers(left, right) === 0;
  }

  isLess(left: unknown, right: unknown): boolean {
    const kinds = [left, right].map((value) => basicKind(goKind(value, this.whole)));
    if (kinds.includes(undefined)) throw new CallError("invalid type for comparison");
    if (kinds[0] !== kinds[1]) {
      if (!isWhole(left, this.whole) || !isWhole(right, this.whole)) {
        throw this.#incompatible(left, right);
      }
    } else if (kinds[0] === "bool") throw new CallError("invalid type for comparison");
    else if (kinds[0] === "string") return compareGo(left as string, right as string) < 0;
    return compareNumbers(left, right) < 0;
  }

  #incompatible(left: unknown, right: unknown): CallError {
    return new CallError(
      `incompatible types for comparison: ${this.#name(left)} and ${this.#name(right)}`,
    );
  }

  #uncomparable(left: unknown, right: unknown): CallError {
    const { whole } = this;
    const [leftKind, rightKind] = [goKind(left, whole), goKind(right, whole)];
    const [message, args] = leftKind === rightKind
      ? [`non-comparable type %s: ${this.#name(right)}`, [right]]
      : [
        `non-comparable types %s: ${this.#name(left)}, ${this.#name(right)}: %v`,
        [left, right],
      ];
    return new CallError(goSprintf(message, args, { whole, limit: 10_000 }));
  }

  #name(value: unknown): string {
    return goTypeName(value, this.whole);
  }
}

function basicKind(kind: string): string | undefined {
  return ["bool", "string", "int", "uint", "float"].includes(kind) ? kind : undefined;
}

function isWhole(value: unknown, whole: WholeNumbers): boolean {
  const kind = goKind(value, whole);
  return kind === "int" || kind === "uint";
}

function toNumber(value: unknown): number {
  return value instanceof GoNumber ? value.value : Number(value);
}

/** JavaScript compares a bigint and a number by what they are worth. */
function compareNumbers(left: unknown, right: unknown): number {
  const a = left instanceof GoNumber ? left.value : left as number;
  const b = right instanceof GoNumber ? right.value : right as number;
  return a < b ? -1 : a > b ? 1 : a == b ? 0 : NaN;
}

function escapeJs(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/[\\'"<>&=]|[\0-\x1f]|[^\0-\x7f]/gu, (char) => {
    if (/[\\'"]/.test(char)) return `\\${char}`;
    if (char > "\x7f" && isPrint(char)) return char;
    return `\\u${char.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}`;
  });
}
