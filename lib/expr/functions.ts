import { goSort, JsonError, parseGoFloat, parseGoInt, parseJson } from "../go/mod.ts";
import { methodOf } from "./time_methods.ts";
import { date, duration, zone } from "./dates.ts";
import { fromBase64, replaced, split, toBase64, trimmed } from "./texts.ts";
import { GoDuration, GoLocation, GoTime, LOCAL } from "./times.ts";
import {
  display,
  entryOf,
  equal,
  ExprBytes,
  ExprMap,
  type ExprValue,
  intOf,
  isNumeric,
  less,
  NamedInt,
  operate,
  Panic,
  text,
  toInt,
  toJson,
  typedList,
  typeOf,
} from "./values.ts";

/** A function of the language on its arguments; `nowMs` is what the clock shows, in ms since 1970. */
export type ExprFunction = (args: readonly ExprValue[], nowMs: number) => ExprValue;

const byRune = (value: string) => [...value];
const isArray = (value: ExprValue): value is ExprValue[] => Array.isArray(value);

/** A list, or a Panic in the words of the function. */
function list(value: ExprValue, refusal: (kind: string) => string): ExprValue[] {
  if (Array.isArray(value)) return value;
  if (value instanceof ExprBytes) return [...value.value].map((char) => BigInt(char.charCodeAt(0)));
  throw new Panic(refusal(kindOf(value)));
}

function entries(value: ExprValue, refusal: (kind: string) => string): [ExprValue, ExprValue][] {
  if (value instanceof ExprMap) return [...value.entries];
  throw new Panic(refusal(kindOf(value)));
}

/** The kind that Go's reflect has for a value. */
function kindOf(value: ExprValue): string {
  if (value === null) return "invalid";
  if (Array.isArray(value) || value instanceof ExprBytes) return "slice";
  if (value instanceof ExprMap) return "map";
  if (value instanceof GoTime) return "struct";
  if (value instanceof GoDuration) return "int64";
  if (value instanceof GoLocation) return "ptr";
  if (value instanceof NamedInt) return "int";
  return typeof value === "function" ? "func" : typeOf(value);
}

function rounded(name: string, round: (value: number) => number): ExprFunction {
  return ([value]) => {
    if (isNumeric(value)) return round(Number(value));
    throw new Panic(`invalid argument for ${name} (type ${typeOf(value)})`);
  };
}

function splitter(keep: boolean): ExprFunction {
  return ([value, separator, count]) =>
    typedList(
      split(text(value), text(separator), count === undefined ? -1n : toInt(count), keep),
      "[]string",
    );
}

/** Byte offsets, as Go counts them. */
function indexIn(find: (value: string, part: string) => number): ExprFunction {
  return ([value, part]) => {
    const index = find(text(value), text(part));
    if (index < 0) return -1n;
    return BigInt(new TextEncoder().encode((value as string).slice(0, index)).length);
  };
}

function converted(value: ExprValue, name: "int" | "float"): ExprValue {
  if (isNumeric(value)) {
    return name === "float" ? Number(value) : typeof value === "bigint" ? value : intOf(value);
  }
  if (typeof value === "string") {
    const parsed = name === "int" ? parseGoInt(value) : parseGoFloat(value);
    if (typeof parsed === "number") return name === "int" ? exactInt(value) : parsed;
    throw new Panic(`invalid operation: ${name}(${value})`);
  }
  if (name === "int" && value instanceof GoDuration) return value.ns;
  if (name === "int" && value instanceof NamedInt) return value.value;
  if (name === "int" && value === null) {
    throw new Panic("reflect: call of reflect.Value.Type on zero Value");
  }
  throw new Panic(`invalid operation: ${name}(${typeOf(value)})`);
}

function exactInt(text: string): bigint {
  return text[0] === "-" ? -BigInt(text.slice(1)) : BigInt(text.replace("+", ""));
}

/** Numbers of lists in lists; a Panic for anything else. Source: expr-lang/expr builtin/lib.go. */
function numbers(name: string, args: readonly ExprValue[]): number[] {
  return args.flatMap((arg) => {
    if (isNumeric(arg)) return [Number(arg)];
    if (arg instanceof GoDuration) return [Number(arg.ns)];
    if (arg instanceof NamedInt) return [Number(arg.value)];
    if (Array.isArray(arg)) return numbers(name, arg);
    throw new Panic(`invalid argument for ${name} (type ${typeOf(arg)})`);
  });
}

function extreme(name: "max" | "min"): ExprFunction {
  return (args) => {
    if (args.length === 1 && !isArray(args[0]) && !isNumeric(args[0])) return args[0];
    let best: ExprValue = null;
    for (const arg of args) {
      const one: ExprValue = isArray(arg) ? (arg.length === 0 ? null : extreme(name)(arg, 0)) : arg;
      if (one === null && isArray(arg)) continue;
      if (!isNumeric(one) && !(one instanceof GoDuration)) {
        throw new Panic(`invalid argument for ${name} (type ${typeOf(one)})`);
      }
      if (best === null || operate(name === "max" ? "<" : ">", best, one)) best = one;
    }
    return best;
  };
}

function median(all: number[]): number {
  if (all.length === 0) return 0;
  const sorted = all.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function fromJson(value: unknown): ExprValue {
  if (Array.isArray(value)) return value.map(fromJson);
  if (typeof value !== "object" || value === null) return value as ExprValue;
  const map = new ExprMap("string");
  for (const [key, one] of Object.entries(value)) map.entries.set(key, fromJson(one));
  return map;
}

function readJson(source: string): ExprValue {
  try {
    return fromJson(parseJson(source));
  } catch (error) {
    if (error instanceof JsonError) throw new Panic(error.message);
    throw error;
  }
}

function typeName(value: ExprValue): string {
  if (value === null) return "nil";
  if (value instanceof GoTime || value instanceof GoDuration || value instanceof NamedInt) {
    return typeOf(value);
  }
  const kind = kindOf(value);
  return { float64: "float", slice: "array", ptr: "time.Location" }[kind] ?? kind;
}

/** An element, a field or a method; nil where there is none. Source: expr-lang/expr builtin/lib.go (get). */
function get(from: ExprValue, index: ExprValue): ExprValue {
  if (from === null) return null;
  const method = typeof index === "string" ? methodOf(from, index) : undefined;
  if (method) return method;
  if (from instanceof ExprMap) return entryOf(from, index) ?? null;
  if (Array.isArray(from)) return from.at(Number(toInt(index))) ?? null;
  if (typeof from === "string") {
    const code = new TextEncoder().encode(from).at(Number(toInt(index)));
    return code === undefined ? null : BigInt(code);
  }
  return null;
}

function sorted(value: ExprValue, order: ExprValue | undefined): ExprValue[] {
  if (order !== undefined && typeof order !== "string") {
    throw new Panic(`sort order argument must be a string (got ${typeOf(order)})`);
  }
  if (order !== undefined && order !== "asc" && order !== "desc") {
    throw new Panic(`invalid order ${order}, expected asc or desc`);
  }
  return sortValues(isArray(value) ? value : [], order === "desc");
}

/** Sorted as Go's sort does it, ties included. Errors: Panic for values without an order. */
export function sortValues<T>(
  items: readonly T[],
  isDescending: boolean,
  key: (item: T) => ExprValue = (item) => item as ExprValue,
): T[] {
  return goSort(items, (a, b) => isDescending ? less(key(b), key(a)) : less(key(a), key(b)));
}

function flatten(value: readonly ExprValue[]): ExprValue[] {
  return value.flatMap((one) => Array.isArray(one) ? flatten(one) : [one]);
}

function uniq(value: readonly ExprValue[]): ExprValue[] {
  const out: ExprValue[] = [];
  for (const one of value) if (!out.some((other) => equal(other, one))) out.push(one);
  return out;
}

function fromPairs(value: readonly ExprValue[]): ExprMap {
  const map = new ExprMap("any");
  for (const pair of value) {
    if (!Array.isArray(pair)) throw new Panic(`invalid pair ${display(pair)}`);
    if (pair.length !== 2) throw new Panic(`invalid pair length ${display(pair)}`);
    map.entries.set(pair[0], pair[1]);
  }
  return map;
}

function bits(name: string, combine: (x: bigint, y: bigint) => bigint): ExprFunction {
  return (args) => {
    const [x, y] = args.map((arg) => whole(arg, name));
    if (/sh/.test(name) && y < 0n) {
      throw new Panic(`invalid operation: negative shift count ${y} (type int)`);
    }
    return BigInt.asIntN(64, combine(x, y));
  };
}

function whole(value: ExprValue, name: string): bigint {
  if (typeof value === "bigint") return value;
  throw new Panic(`cannot use ${typeOf(value)} as argument (type int) to call ${name}`);
}

/** A shift by so much leaves nothing, and costs nothing either. */
const within = (count: bigint) => count > 64n ? 64n : count;

/** Functions without a predicate. Source: expr-lang/expr builtin/builtin.go, builtin/lib.go (v1.17). */
export const FUNCTIONS: Readonly<Record<string, ExprFunction>> = {
  len: ([value]) => {
    if (typeof value === "string") return BigInt(byRune(value).length);
    if (value instanceof ExprMap) return BigInt(value.entries.size);
    return BigInt(list(value, () => `invalid argument for len (type ${typeOf(value)})`).length);
  },
  type: ([value]) => typeName(value),
  abs: ([value]) => {
    if (isNumeric(value)) return value < 0 ? -value : value;
    throw new Panic(`invalid argument for abs (type ${typeOf(value)})`);
  },
  ceil: rounded("ceil", Math.ceil),
  floor: rounded("floor", Math.floor),
  // Half away from nought, as Go rounds.
  round: rounded("round", (value) => Math.sign(value) * Math.round(Math.abs(value))),
  int: ([value]) => converted(value, "int"),
  float: ([value]) => converted(value, "float"),
  string: ([value]) => display(value),
  trim: ([value, cutset]) =>
    cutset === undefined ? text(value).trim() : trimmed(text(value), text(cutset)),
  trimPrefix: ([value, prefix]) => {
    const start = prefix === undefined ? " " : text(prefix);
    return text(value).startsWith(start) ? text(value).slice(start.length) : text(value);
  },
  trimSuffix: ([value, suffix]) => {
    const end = suffix === undefined ? " " : text(suffix);
    return text(value).endsWith(end)
      ? text(value).slice(0, text(value).length - end.length)
      : text(value);
  },
  upper: ([value]) => text(value).toUpperCase(),
  lower: ([value]) => text(value).toLowerCase(),
  split: splitter(false),
  splitAfter: splitter(true),
  replace: ([value, old, by, count]) =>
    replaced(text(value), text(old), text(by), count === undefined ? -1n : toInt(count)),
  repeat: ([value, count]) => {
    const one = text(value);
    const times = toInt(count);
    if (times < 0n) {
      throw new Panic(`invalid argument for repeat (expected positive integer, got ${times})`);
    }
    const size = BigInt(one.length) * times;
    if (times > 1_000_000n || size >= MEMORY_BUDGET) throw new Panic("memory budget exceeded");
    return one.repeat(Number(times));
  },
  join: ([value, glue]) => {
    const between = glue === undefined ? "" : text(glue);
    if (isArray(value) && /^\[\](interface \{\}|string)$/.test(typeOf(value))) {
      return value.map(text).join(between);
    }
    const type = value === null ? "%!s(<nil>)" : typeOf(value);
    throw new Panic(`invalid argument for join (type ${type})`);
  },
  indexOf: indexIn((value, part) => value.indexOf(part)),
  lastIndexOf: indexIn((value, part) => value.lastIndexOf(part)),
  hasPrefix: ([value, part]) => text(value).startsWith(text(part)),
  hasSuffix: ([value, part]) => text(value).endsWith(text(part)),
  max: extreme("max"),
  min: extreme("min"),
  mean: (args) => {
    const all = numbers("mean", args);
    return all.length === 0 ? 0 : all.reduce((sum, one) => sum + one, 0) / all.length;
  },
  median: (args) => median(numbers("median", args)),
  toJSON: ([value]) => toJson(value),
  fromJSON: ([value]) => readJson(text(value)),
  toBase64: ([value]) => toBase64(text(value)),
  fromBase64: ([value]) => fromBase64(text(value)),
  now: ([location], nowMs) =>
    GoTime.fromMs(nowMs, location instanceof GoLocation ? location : LOCAL),
  duration: ([value]) => duration(text(value)),
  date,
  timezone: ([value]) => zone(text(value)),
  first: ([value]) => (isArray(value) ? value[0] : null) ?? null,
  last: ([value]) => (isArray(value) ? value.at(-1) : null) ?? null,
  get: ([from, index]) => get(from, index),
  take: ([value, count]) => {
    const items = list(value, (kind) => `cannot take from ${kind}`);
    const most = count instanceof GoDuration ? count.ns : count;
    if (typeof most !== "bigint") throw new Panic(`cannot take ${kindOf(count)} elements`);
    if (most < 0n) throw new Panic("reflect.Value.Slice: slice index out of bounds");
    return typedList(items.slice(0, Number(most)), typeOf(value));
  },
  keys: ([value]) => entries(value, (kind) => `cannot get keys from ${kind}`).map(([key]) => key),
  values: ([value]) =>
    entries(value, (kind) => `cannot get values from ${kind}`).map(([, one]) => one),
  toPairs: ([value]) =>
    typedList(
      entries(value, (kind) => `cannot transform ${kind} to pairs`),
      "[][2]interface {}",
    ),
  fromPairs: ([value]) =>
    fromPairs(list(value, () => `cannot transform ${display(value)} from pairs`)),
  reverse: ([value]) => list(value, (kind) => `cannot reverse ${kind}`).toReversed(),
  uniq: ([value]) => uniq(list(value, (kind) => `cannot uniq ${kind}`)),
  concat: (args) => args.flatMap((arg) => list(arg, (kind) => `cannot concat ${kind}`)),
  flatten: ([value]) => flatten(list(value, (kind) => `cannot flatten ${kind}`)),
  sort: ([value, order]) => sorted(value, order),
  bitand: bits("bitand", (x, y) => x & y),
  bitor: bits("bitor", (x, y) => x | y),
  bitxor: bits("bitxor", (x, y) => x ^ y),
  bitnand: bits("bitnand", (x, y) => x & ~y),
  bitshl: bits("bitshl", (x, y) => x << within(y)),
  bitshr: bits("bitshr", (x, y) => x >> within(y)),
  bitushr: bits("bitushr", (x, y) => BigInt.asUintN(64, x) >> within(y)),
  bitnot: ([value]) => {
    if (typeof value === "bigint") return ~value;
    throw new Panic(`cannot use ${typeOf(value)} as argument (type int) to call bitnot`);
  },
};

/** How many elements an expression may make. Source: expr-lang/expr conf/config.go (DefaultMemoryBudget). */
export const MEMORY_BUDGET = 1_000_000n;

/** What a function with a predicate walks: a map has a length and no elements. Errors: Panic, in reflect's words. */
export function walked(value: ExprValue): { length: number; at(index: number): ExprValue } {
  if (Array.isArray(value)) return { length: value.length, at: (index) => value[index] };
  if (value === null) throw new Panic("reflect: call of reflect.Value.Len on zero Value");
  if (typeof value === "string") {
    const bytes = new TextEncoder().encode(value);
    return { length: bytes.length, at: (index) => BigInt(bytes[index]) };
  }
  const refused = (call: string) =>
    new Panic(`reflect: call of reflect.Value.${call} on ${kindOf(value)} Value`);
  if (!(value instanceof ExprMap)) throw refused("Len");
  return {
    length: value.entries.size,
    at: () => {
      throw refused("Index");
    },
  };
}
