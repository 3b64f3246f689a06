import { FmtLimitError, Formatter } from "./_fmt_flags.ts";
import {
  containerType,
  goKind,
  GoNumber,
  goTypeName,
  isInt64,
  type WholeNumbers,
} from "./go_types.ts";
import { sortedKeys } from "./text.ts";

export { FmtLimitError };

export interface FmtOptions {
  /** What whole numbers are; int64 unless said otherwise. */
  whole?: WholeNumbers;
  /** How many characters may come of it, and of values in lists and maps a sixteenth of that. */
  limit?: number;
}

/** The characters that a value in a list or a map counts as, at least: each is work, and none need be long. */
const CHARS_OF_VALUE = 16;

/** A number in a format that is larger is none. Source: golang/go src/fmt/print.go (tooLarge). */
const MAX_NUMBER = 1_000_000;

/**
 * Values in a format.
 * Errors: FmtLimitError. Source: golang/go src/fmt/print.go.
 * Differs: a map and a list are at no address, so `%p` shows one that is always the same; bytes that are no text are U+FFFD.
 */
export function goSprintf(format: string, args: readonly unknown[], options?: FmtOptions): string {
  const printer = new Printer(options);
  printer.printf(format, args);
  return printer.fmt.out;
}

/** Values one after another, with a space between two of which neither is a text. */
export function goSprintAll(args: readonly unknown[], options?: FmtOptions): string {
  const printer = new Printer(options);
  let wasText = true;
  for (const [i, arg] of args.entries()) {
    const isText = typeof arg === "string";
    if (i > 0 && !isText && !wasText) printer.fmt.write(" ");
    printer.printArg(arg, "v");
    wasText = isText;
  }
  return printer.fmt.out;
}

/** Values with spaces between them and a line break behind. */
export function goSprintln(args: readonly unknown[], options?: FmtOptions): string {
  const printer = new Printer(options);
  for (const [i, arg] of args.entries()) {
    if (i > 0) printer.fmt.write(" ");
    printer.printArg(arg, "v");
  }
  return printer.fmt.out + "\n";
}

/** A value as `fmt.Sprint` prints what JSON decoded: `map[a:1 b:[x y]]`, `<nil>`. */
export function goSprint(value: unknown, options?: FmtOptions): string {
  if (typeof value === "string") return value;
  if (typeof value === "boolean" || typeof value === "bigint") return String(value);
  const printer = new Printer(options);
  printer.printArg(value, "v");
  return printer.fmt.out;
}

class Printer {
  readonly fmt: Formatter;
  readonly #whole: WholeNumbers;
  #values = 0;
  #isReordered = false;
  #isGoodIndex = true;
  #format = "";
  #at = 0;

  constructor({ whole = "int64", limit }: FmtOptions = {}) {
    this.#whole = whole;
    this.fmt = new Formatter(limit);
  }

  printf(format: string, args: readonly unknown[]): void {
    this.#format = format;
    let index = 0;
    while (this.#at < format.length) {
      this.#isGoodIndex = true;
      const percent = format.indexOf("%", this.#at);
      this.fmt.write(format.slice(this.#at, percent < 0 ? undefined : percent));
      if (percent < 0) break;
      this.#at = percent + 1;
      index = this.#verb(args, index);
    }
    if (!this.#isReordered && index < args.length) this.#extra(args.slice(index));
  }

  /** Reads what stands behind a percent sign and prints its argument; gives the next argument's index. */
  #verb(args: readonly unknown[], index: number): number {
    const { fmt } = this;
    this.#flags();
    let isAfterIndex: boolean;
    [index, isAfterIndex] = this.#argIndex(index, args.length);
    if (this.#format[this.#at] === "*") {
      this.#at++;
      fmt.width = this.#starred(args[index], "%!(BADWIDTH)");
      index = Math.min(index + 1, Math.max(index, args.length));
      if ((fmt.width ?? 0) < 0) {
        fmt.width = -fmt.width!;
        fmt.minus = true;
        fmt.zero = false;
      }
      isAfterIndex = false;
    } else {
      fmt.width = this.#number();
      if (isAfterIndex && fmt.width !== undefined) this.#isGoodIndex = false;
    }
    if (this.#format[this.#at] === "." && this.#at + 1 < this.#format.length) {
      [index, isAfterIndex] = this.#precision(args, index, isAfterIndex);
    }
    if (!isAfterIndex) [index] = this.#argIndex(index, args.length);
    return this.#print(args, index);
  }

  #flags(): void {
    const { fmt } = this;
    fmt.clearFlags();
    for (;; this.#at++) {
      switch (this.#format[this.#at]) {
        case "#":
          fmt.sharp = true;
          break;
        case "0":
          fmt.zero = true;
          break;
        case "+":
          fmt.plus = true;
          break;
        case "-":
          fmt.minus = true;
          break;
        case " ":
          fmt.space = true;
          break;
        default:
          return;
      }
    }
  }

  #precision(args: readonly unknown[], index: number, isAfterIndex: boolean): [number, boolean] {
    this.#at++;
    if (isAfterIndex) this.#isGoodIndex = false;
    [index, isAfterIndex] = this.#argIndex(index, args.length);
    if (this.#format[this.#at] !== "*") {
      this.fmt.precision = this.#number() ?? 0;
      return [index, isAfterIndex];
    }
    this.#at++;
    const given = this.#starred(args[index], "");
    this.fmt.precision = given === undefined || given < 0 ? undefined : given;
    if (this.fmt.precision === undefined) this.fmt.write("%!(BADPREC)");
    return [index < args.length ? index + 1 : index, false];
  }

  #print(args: readonly unknown[], index: number): number {
    const { fmt } = this;
    const code = this.#format.codePointAt(this.#at);
    if (code === undefined) {
      fmt.write("%!(NOVERB)");
      return index;
    }
    const verb = String.fromCodePoint(code);
    this.#at += verb.length;
    if (verb === "%") fmt.write("%");
    else if (!this.#isGoodIndex) fmt.write(`%!${verb}(BADINDEX)`);
    else if (index >= args.length) fmt.write(`%!${verb}(MISSING)`);
    else {
      if (verb === "v" || verb === "w") {
        fmt.sharpV = fmt.sharp;
        fmt.plusV = fmt.plus;
        fmt.sharp = fmt.plus = false;
      }
      this.printArg(args[index], verb);
      return index + 1;
    }
    return index;
  }

  #extra(args: readonly unknown[]): void {
    this.fmt.clearFlags();
    this.fmt.write("%!(EXTRA ");
    for (const [i, arg] of args.entries()) {
      if (i > 0) this.fmt.write(", ");
      const isNil = arg === null || arg === undefined;
      this.fmt.write(isNil ? "<nil>" : `${goTypeName(arg, this.#whole)}=`);
      if (!isNil) this.printArg(arg, "v");
    }
    this.fmt.write(")");
  }

  /** A number in the format; one that is too large ends the format. */
  #number(): number | undefined {
    let number: number | undefined;
    for (; /[0-9]/.test(this.#format[this.#at] ?? ""); this.#at++) {
      if ((number ?? 0) > MAX_NUMBER) {
        this.#at = this.#format.length;
        return undefined;
      }
      number = (number ?? 0) * 10 + Number(this.#format[this.#at]);
    }
    return number;
  }

  /** The width or precision that an argument gives. */
  #starred(arg: unknown, otherwise: string): number | undefined {
    const kind = goKind(arg, this.#whole);
    const number = kind === "int" || kind === "uint" ? Number(toBigInt(arg)) : NaN;
    if (Math.abs(number) <= MAX_NUMBER) return number;
    this.fmt.write(otherwise);
    return undefined;
  }

  /** `[3]`: which argument is next, and whether there was one. */
  #argIndex(index: number, count: number): [index: number, found: boolean] {
    if (this.#format[this.#at] !== "[") return [index, false];
    this.#isReordered = true;
    const close = this.#format.indexOf("]", this.#at);
    const inner = close < 0 ? "" : this.#format.slice(this.#at + 1, close);
    const number = /^\d{1,8}$/.test(inner) ? Number(inner) : NaN;
    this.#at = close < 0 ? this.#at + 1 : close + 1;
    if (number >= 1 && number <= count) return [number - 1, true];
    this.#isGoodIndex = false;
    return [index, Number.isFinite(number)];
  }

  /** An argument under a verb. */
  printArg(arg: unknown, verb: string): void {
    if (arg === null || arg === undefined) {
      if (verb === "T" || verb === "v") this.fmt.pad("<nil>");
      else this.fmt.write(`%!${verb}(<nil>)`);
    } else if (verb === "T") this.fmt.string(goTypeName(arg, this.#whole));
    else if (verb === "p") this.#pointer(arg);
    else if (verb === "w") this.#badVerb(verb, arg);
    else this.#value(arg, verb);
  }

  #value(value: unknown, verb: string): void {
    switch (typeof value) {
      case "string":
        return this.#string(value, verb);
      case "boolean":
        if (verb !== "t" && verb !== "v") return this.#badVerb(verb, value);
        return this.fmt.pad(String(value));
      case "number":
        if (this.#whole === "int64" && isInt64(value)) return this.#integer(value, verb);
        return this.#float(value, value, verb);
      case "bigint":
        return this.#integer(value, verb);
      case "object":
        if (value instanceof GoNumber) {
          if (value.type === "uint8") return this.#integer(value, verb);
          return this.#float(value, value.value, verb);
        }
        return this.#container(value!, verb);
    }
    this.#badVerb(verb, value);
  }

  #string(value: string, verb: string): void {
    switch (verb) {
      case "v":
        return this.fmt.sharpV ? this.fmt.quoted(value) : this.fmt.string(value);
      case "s":
        return this.fmt.string(value);
      case "x":
      case "X":
        return this.fmt.hexBytes(value, verb === "X");
      case "q":
        return this.fmt.quoted(value);
    }
    this.#badVerb(verb, value);
  }

  #integer(value: unknown, verb: string): void {
    const { fmt } = this;
    if (verb === "v" || verb === "d") {
      const isPlain = fmt.width === undefined && fmt.precision === undefined && !fmt.plus &&
        !fmt.space;
      if (isPlain && typeof value === "number" && Math.abs(value) < 1e21 && value !== 0) {
        return fmt.write(String(value));
      }
      const isBytes = verb === "v" && fmt.sharpV && value instanceof GoNumber;
      if (!isBytes) return fmt.integer(toBigInt(value), 10, { verb });
      const was = fmt.sharp;
      fmt.sharp = true;
      fmt.integer(toBigInt(value), 16, { verb });
      fmt.sharp = was;
      return;
    }
    const base = { b: 2, o: 8, O: 8, x: 16, X: 16 }[verb];
    if (base) return fmt.integer(toBigInt(value), base, { verb, isUpper: verb === "X" });
    if (verb === "c" || verb === "q") return fmt.char(toBigInt(value), verb === "q");
    if (verb === "U") return fmt.unicode(toBigInt(value));
    this.#badVerb(verb, value);
  }

  #float(value: unknown, number: number, verb: string): void {
    const { fmt } = this;
    if (verb === "v" || "bgGxX".includes(verb)) {
      return fmt.float(number, verb === "v" ? "g" : verb, -1);
    }
    if ("feEF".includes(verb)) return fmt.float(number, verb === "F" ? "f" : verb, 6);
    this.#badVerb(verb, value);
  }

  /** A map, a list or a struct: each of its values under the verb. */
  #container(value: object, verb: string): void {
    const { fmt } = this;
    const type = containerType(value);
    const isList = type.kind === "slice";
    const isSharp = fmt.sharpV;
    if (isSharp) fmt.write(`${type.name}{`);
    else fmt.write(isList ? "[" : type.kind === "map" ? "map[" : "{");
    let isFirst = true;
    const keys: readonly (string | number)[] = isList
      ? (value as unknown[]).map((_, i) => i)
      : type.kind === "struct"
      ? Object.keys(value)
      : sortedKeys(value);
    this.#count(keys.length);
    for (const key of keys) {
      if (!isFirst) fmt.write(isSharp ? ", " : " ");
      isFirst = false;
      if (type.kind === "map") {
        this.#string(key as string, verb);
        fmt.write(":");
      } else if (!isList && (isSharp || fmt.plusV)) fmt.write(`${key}:`);
      this.#element((value as Record<string | number, unknown>)[key], verb);
    }
    fmt.write(isSharp ? "}" : isList || type.kind === "map" ? "]" : "}");
  }

  /** Lists that hold each other double faster than what is written of them. */
  #count(values: number): void {
    this.#values += values;
    if (this.#values * CHARS_OF_VALUE > this.fmt.limit) {
      throw new FmtLimitError("the text is too long");
    }
  }

  #element(value: unknown, verb: string): void {
    if (value !== null && value !== undefined) this.#value(value, verb);
    else this.fmt.write(this.fmt.sharpV ? "interface {}(nil)" : "<nil>");
  }

  #pointer(value: unknown): void {
    const kind = goKind(value, this.#whole);
    if (kind !== "map" && kind !== "slice" && kind !== "func") return this.#badVerb("p", value);
    const was = this.fmt.sharp;
    this.fmt.sharp = !was;
    this.fmt.integer(0xc000012345n, 16, { verb: "v" });
    this.fmt.sharp = was;
  }

  #badVerb(verb: string, value: unknown): void {
    this.fmt.write(`%!${verb}(`);
    if (typeof value === "function") this.fmt.write("<nil>");
    else {
      this.fmt.write(`${goTypeName(value, this.#whole)}=`);
      this.#value(value, "v");
    }
    this.fmt.write(")");
  }
}

function toBigInt(value: unknown): bigint {
  if (typeof value === "bigint") return value;
  return BigInt(value instanceof GoNumber ? value.value : value as number);
}
