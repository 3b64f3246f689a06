import {
  arithmetic,
  compareGo,
  formatGoFloat,
  goStructJson,
  MONTHS,
  sortedKeys,
  WEEKDAYS,
} from "../go/mod.ts";
import { GoDuration, GoLocation, GoTime } from "./times.ts";

/** A map, and whether its keys are text alone, anything, or the keys of groups; or the numbers that names stand for. */
export class ExprMap {
  readonly entries = new Map<ExprValue, ExprValue>();
  constructor(readonly type: "string" | "any" | "groups" | "names") {}
}

/** What a map has under a key; undefined where it has nothing. Errors: Panic, in the words of Go's reflect. */
export function entryOf(map: ExprMap, key: ExprValue): ExprValue | undefined {
  const hasTextKeys = map.type === "string" || map.type === "names";
  if (hasTextKeys && key !== null && typeof key !== "string") {
    throw new Panic(
      `reflect.Value.MapIndex: value of type ${typeOf(key)} is not assignable to type string`,
    );
  }
  if (Array.isArray(key) || key instanceof ExprMap) {
    throw new Panic(`runtime error: hash of unhashable type ${typeOf(key)}`);
  }
  return map.entries.get(hasTextKeys ? key ?? "" : key);
}

const LIST_TYPE = Symbol("Go type");

/** A list that Go holds as one of a type of its own: `[]int`, `[]string`. */
export function typedList(list: ExprValue[], type: string): ExprValue[] {
  return Object.assign(list, { [LIST_TYPE]: type });
}

/** Bytes, one character each. */
export class ExprBytes {
  constructor(readonly value: string) {}
}

/** A whole number with a type of its own: the month or the day of the week of a time. */
export class NamedInt {
  constructor(readonly type: "time.Month" | "time.Weekday", readonly value: bigint) {}
}

/** A method that was named and is yet to be called. */
export type BoundMethod = (args: readonly ExprValue[]) => ExprValue;

/** What a part of an expression comes to: a number is a float, a bigint an int. */
export type ExprValue =
  | number
  | bigint
  | boolean
  | string
  | null
  | ExprValue[]
  | ExprMap
  | ExprBytes
  | GoTime
  | GoDuration
  | GoLocation
  | NamedInt
  | BoundMethod;

/** What went wrong while working an expression out, before it has a place. */
export class Panic extends Error {
  override name = "Panic";
}

const MAP_TYPES = {
  string: "map[string]interface {}",
  any: "map[interface {}]interface {}",
  groups: "map[interface {}][]interface {}",
  names: "map[string]float64",
};

/** How Go prints a value's type. Differs: int64 and uint8, which only Go's own library gives, count as int. */
export function typeOf(value: ExprValue): string {
  if (value === null) return "<nil>";
  if (Array.isArray(value)) {
    return (value as { [LIST_TYPE]?: string })[LIST_TYPE] ?? "[]interface {}";
  }
  if (value instanceof ExprMap) return MAP_TYPES[value.type];
  if (value instanceof ExprBytes) return "[]uint8";
  if (value instanceof GoTime) return "time.Time";
  if (value instanceof GoDuration) return "time.Duration";
  if (value instanceof GoLocation) return "*time.Location";
  if (value instanceof NamedInt) return value.type;
  switch (typeof value) {
    case "number":
      return "float64";
    case "bigint":
      return "int";
    case "boolean":
      return "bool";
    case "string":
      return "string";
  }
  return "func()";
}

export function isNumeric(value: ExprValue): value is number | bigint {
  return typeof value === "number" || typeof value === "bigint";
}

/** A value that has to be of a Go type, as a type assertion has it. */
export function asserted<T extends ExprValue>(
  value: ExprValue,
  is: (value: ExprValue) => value is T,
  type: string,
): T {
  if (is(value)) return value;
  const given = value === null ? "nil" : typeOf(value);
  throw new Panic(`interface conversion: interface {} is ${given}, not ${type}`);
}

export const text = (value: ExprValue): string =>
  asserted(value, (one): one is string => typeof one === "string", "string");
export const truth = (value: ExprValue): boolean =>
  asserted(value, (one): one is boolean => typeof one === "boolean", "bool");

/** Source: expr-lang/expr vm/runtime/runtime.go (ToInt). */
export function toInt(value: ExprValue): bigint {
  if (typeof value === "bigint") return value;
  if (typeof value === "number") return intOf(value);
  throw new Panic(`invalid operation: int(${typeOf(value)})`);
}

/** A float as Go's int; what does not fit is the least one, as on amd64. */
export function intOf(value: number): bigint {
  if (!(Math.abs(value) < 2 ** 63)) return -(2n ** 63n);
  return BigInt(Math.trunc(value));
}

/** Source: expr-lang/expr vm/runtime/helpers (Equal), golang/go src/reflect (DeepEqual). */
export function equal(left: ExprValue, right: ExprValue): boolean {
  if (isNumeric(left) && isNumeric(right)) return left == right;
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((one, i) => equal(one, right[i]));
  }
  if (left instanceof GoTime && right instanceof GoTime) return left.ns === right.ns;
  if (left instanceof GoDuration && right instanceof GoDuration) return left.ns === right.ns;
  if (left instanceof NamedInt && right instanceof NamedInt) {
    return left.type === right.type && left.value === right.value;
  }
  if (left instanceof ExprBytes && right instanceof ExprBytes) return left.value === right.value;
  if (left instanceof GoLocation && right instanceof GoLocation) return left.name === right.name;
  if (left instanceof ExprMap && right instanceof ExprMap) {
    return left.type === right.type && left.entries.size === right.entries.size &&
      [...left.entries].every(([key, value]) =>
        right.entries.has(key) && equal(value, right.entries.get(key)!)
      );
  }
  return left === right;
}

/** Below nought, nought or above it; undefined where there is no order. */
function order(left: ExprValue, right: ExprValue): number | undefined {
  if (isNumeric(left) && isNumeric(right)) {
    return left < right ? -1 : left > right ? 1 : left == right ? 0 : NaN;
  }
  if (typeof left === "string" && typeof right === "string") return compareGo(left, right);
  if (
    (left instanceof GoTime && right instanceof GoTime) ||
    (left instanceof GoDuration && right instanceof GoDuration)
  ) return left.ns < right.ns ? -1 : left.ns > right.ns ? 1 : 0;
  return undefined;
}

/** Whether `left` stands before `right`. Errors: Panic where they have no order. */
export function less(left: ExprValue, right: ExprValue): boolean {
  return compared("<", left, right);
}

function compared(operator: string, left: ExprValue, right: ExprValue): boolean {
  const found = order(left, right);
  if (found === undefined) throw mismatch(operator, left, right);
  switch (operator) {
    case "<":
      return found < 0;
    case ">":
      return found > 0;
    case "<=":
      return found <= 0;
  }
  return found >= 0;
}

function mismatch(operator: string, left: ExprValue, right: ExprValue): Panic {
  return new Panic(`invalid operation: ${typeOf(left)} ${operator} ${typeOf(right)}`);
}

/**
 * An operator on two values.
 * Errors: Panic where the types do not fit. Source: expr-lang/expr vm/runtime/helpers.
 */
export function operate(operator: string, left: ExprValue, right: ExprValue): ExprValue {
  if (/^[<>]/.test(operator)) return compared(operator, left, right);
  if (operator === "**" || operator === "^") return power(left, right);
  if (typeof left === "string" && typeof right === "string" && operator === "+") {
    return left + right;
  }
  if (isNumeric(left) && isNumeric(right)) {
    const value = typeof left === "bigint" && typeof right === "bigint"
      ? ofInts(operator, left, right)
      : operator === "%"
      ? undefined
      : arithmetic(operator, Number(left), Number(right));
    if (value !== undefined) return value;
  }
  return ofTimes(operator, left, right) ?? fail(mismatch(operator, left, right));
}

function fail(error: Panic): never {
  throw error;
}

function power(left: ExprValue, right: ExprValue): number {
  const [base, exponent] = [left, right].map((value) => {
    if (isNumeric(value)) return Number(value);
    throw new Panic(`invalid operation: float(${typeOf(value)})`);
  });
  return arithmetic("^", base, exponent)!;
}

function ofInts(operator: string, left: bigint, right: bigint): number | bigint | undefined {
  switch (operator) {
    case "+":
      return BigInt.asIntN(64, left + right);
    case "-":
      return BigInt.asIntN(64, left - right);
    case "*":
      return BigInt.asIntN(64, left * right);
    case "/":
      return arithmetic("/", Number(left), Number(right));
    case "%":
      if (right === 0n) throw new Panic("runtime error: integer divide by zero");
      return left % right;
  }
  return undefined;
}

function ofTimes(operator: string, left: ExprValue, right: ExprValue): ExprValue | undefined {
  if (left instanceof GoTime) {
    if (right instanceof GoDuration && operator === "+") return left.add(right.ns);
    if (right instanceof GoDuration && operator === "-") return left.add(-right.ns);
    if (right instanceof GoTime && operator === "-") return left.sub(right);
  }
  if (!(left instanceof GoDuration || right instanceof GoDuration)) return undefined;
  if (right instanceof GoTime && left instanceof GoDuration && operator === "+") {
    return right.add(left.ns);
  }
  const number = typeof left === "number" ? left : typeof right === "number" ? right : undefined;
  if (number !== undefined) {
    const duration = left instanceof GoDuration ? left : right as GoDuration;
    return operator === "*" ? number * Number(duration.ns) : undefined;
  }
  const [a, b] = [left, right].map((one) => one instanceof GoDuration ? one.ns : one);
  if (typeof a !== "bigint" || typeof b !== "bigint") return undefined;
  const areBoth = left instanceof GoDuration && right instanceof GoDuration;
  if (operator !== "*" && !(areBoth && (operator === "+" || operator === "-"))) return undefined;
  return new GoDuration(ofInts(operator, a, b) as bigint);
}

/** A value as `%v` prints it. Source: golang/go src/fmt/print.go. */
export function display(value: ExprValue): string {
  if (value === null) return "<nil>";
  if (typeof value === "number") return formatGoFloat(value);
  if (Array.isArray(value)) return `[${value.map(display).join(" ")}]`;
  if (value instanceof ExprMap) {
    const pairs = sorted(value).map(([key, one]) => `${display(key)}:${display(one)}`);
    return `map[${pairs.join(" ")}]`;
  }
  if (value instanceof ExprBytes) {
    return `[${[...value.value].map((char) => char.charCodeAt(0)).join(" ")}]`;
  }
  if (value instanceof NamedInt) {
    const names = value.type === "time.Month" ? MONTHS : WEEKDAYS;
    return names[Number(value.value) - (value.type === "time.Month" ? 1 : 0)];
  }
  return String(value);
}

/** The entries of a map in the order in which fmt prints them. Source: golang/go src/internal/fmtsort. */
function sorted({ entries }: ExprMap): [ExprValue, ExprValue][] {
  const shown = (key: ExprValue) => typeOf(key) + (typeof key === "boolean" ? key : "");
  return [...entries].sort(([a], [b]) => order(a, b) ?? compareGo(shown(a), shown(b)));
}

/** A value as encoding/json indents it by two. Errors: Panic for what JSON does not have. */
export function toJson(value: ExprValue, lineStart = "\n"): string {
  if (value === null) return "null";
  if (typeof value === "number" && !Number.isFinite(value)) {
    throw new Panic(`json: unsupported value: ${formatGoFloat(value)}`);
  }
  if (value instanceof ExprMap && (value.type === "any" || value.type === "groups")) {
    throw new Panic(`json: unsupported type: ${typeOf(value)}`);
  }
  if (typeof value === "function") throw new Panic(`json: unsupported type: ${typeOf(value)}`);
  const inner = `${lineStart}  `;
  if (Array.isArray(value)) {
    if (value.length === 0) return "[]";
    return `[${inner}${value.map((one) => toJson(one, inner)).join(`,${inner}`)}${lineStart}]`;
  }
  if (value instanceof ExprMap) {
    const fields = Object.fromEntries(value.entries as Map<string, ExprValue>);
    const pairs = sortedKeys(fields).map((key) =>
      `${goStructJson(key)}: ${toJson(fields[key], inner)}`
    );
    return pairs.length === 0 ? "{}" : `{${inner}${pairs.join(`,${inner}`)}${lineStart}}`;
  }
  if (value instanceof GoTime) return goStructJson(value.rfc3339());
  if (value instanceof GoDuration) return String(value.ns);
  if (value instanceof GoLocation) return "{}";
  if (value instanceof ExprBytes) return goStructJson(btoa(value.value));
  if (value instanceof NamedInt) return String(value.value);
  return typeof value === "string" ? goStructJson(value) : String(value);
}
