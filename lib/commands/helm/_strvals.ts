import { isMap, numError, own, quote, setOwn } from "../../go/mod.ts";
import { HelmError } from "./_errors.ts";

type Values = Record<string, unknown>;

/** Source: helm/helm pkg/strvals/parser.go (MaxIndex, MaxNestedNameLevel). */
const MAX_INDEX = 65_536;
const MAX_NESTED_NAMES = 30;

/** How a line of values is read. */
export interface ReadOptions {
  /** What a value's text stands for. */
  read: (raw: string) => unknown;
  /** The flag that it was given to. */
  flag?: string;
  /** Whether the value is all that follows the first `=`. */
  isWhole?: boolean;
  /** Whether that is so, and nothing is escaped. */
  isLiteral?: boolean;
}

/**
 * `a.b=1,list={x,y},items[0].name=z` into `values`. Errors: HelmError, after what came before was set.
 * Source: helm/helm pkg/strvals/parser.go, literal_parser.go.
 */
export function readSet(values: Values, text: string, options: ReadOptions): void {
  try {
    const reader = new Reader(text, options);
    while (reader.key(values, 0));
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    throw new HelmError(`failed parsing --${options.flag ?? "set"} data: ${error.message}`);
  }
}

/** A value of --set: true, false, null and whole numbers are what they look like. */
export function coerce(raw: string): unknown {
  switch (raw.toLowerCase()) {
    case "true":
      return true;
    case "false":
      return false;
    case "null":
      return null;
    case "0":
      return 0;
  }
  const isNumber = /^[-+]?\d+$/.test(raw) && raw[0] !== "0" && Number.isSafeInteger(Number(raw));
  return isNumber ? Number(raw) + 0 : raw;
}

class Fault extends Error {}

/** What was read up to a character that ends it; no such character at the end of the text. */
interface Run {
  text: string;
  last?: string;
}

class Reader {
  #at = 0;

  constructor(private readonly text: string, private readonly options: ReadOptions) {}

  /** Reads one key and its value into `data`. Gives whether there may be more. */
  key(data: Values, level: number): boolean {
    const { text: key, last } = this.#until(this.options.isLiteral ? "=[." : "=[,.");
    switch (last) {
      case undefined:
        if (key === "") return false;
        throw new Fault(`key ${quote(key)} has no value`);
      case "[": {
        const list = this.#list(own(data, key) ?? []);
        const more = this.#item(list, this.#index(), level);
        if (key !== "") setOwn(data, key, list);
        return more;
      }
      case ".":
        return this.#inner(data, key, level + 1);
      case ",":
        throw new Fault(`key ${quote(key)} has no value (cannot end with ,)`);
      default: {
        const value = this.#value();
        if (key !== "") setOwn(data, key, value);
        return true;
      }
    }
  }

  #inner(data: Values, key: string, level: number): boolean {
    if (level > MAX_NESTED_NAMES) {
      throw new Fault(
        `value name nested level is greater than maximum supported nested level of ${MAX_NESTED_NAMES}`,
      );
    }
    const inner = Object.hasOwn(data, key) ? this.#table(data[key]) : {};
    const more = this.key(inner, level);
    const isEmpty = Object.keys(inner).length === 0;
    if (more && isEmpty) throw new Fault(`key map ${quote(key)} has no value`);
    if (key !== "" && !isEmpty) setOwn(data, key, inner);
    return more;
  }

  /** Reads what follows an index into the list. Gives whether there may be more. */
  #item(list: unknown[], index: number, level: number): boolean {
    if (index < 0) throw new Fault(`negative ${index} index not allowed`);
    const { text, last } = this.#until("[.=");
    if (text !== "") throw new Fault(`unexpected data at end of array index: ${quote(text)}`);
    if (last === undefined) return false;
    let value: unknown;
    let more = true;
    if (last === "=") value = this.#value();
    else if (last === "[") {
      const inner = this.#list(list[index] ?? []);
      more = this.#item(inner, this.#index(), level);
      value = inner;
    } else {
      const present = list[index];
      const inner = isMap(present) ? present : {};
      more = this.key(inner, level);
      value = inner;
    }
    if (index > MAX_INDEX) {
      throw new Fault(`index of ${index} is greater than maximum supported index of ${MAX_INDEX}`);
    }
    while (list.length < index) list.push(null);
    list[index] = value;
    return more;
  }

  #index(): number {
    const { text, last } = this.#until("]");
    if (last === undefined) throw new Fault("error parsing index: EOF");
    if (/^[-+]?\d+$/.test(text)) return Number(text);
    throw new Fault(`error parsing index: ${numError("Atoi", text)}`);
  }

  #value(): unknown {
    const { read, isLiteral, isWhole } = this.options;
    if (isLiteral || isWhole) {
      const rest = this.text.slice(this.#at);
      this.#at = this.text.length;
      return read(rest);
    }
    if (this.#at === this.text.length) return "";
    if (this.text[this.#at] !== "{") return read(this.#until(",").text);
    this.#at++;
    const list: unknown[] = [];
    for (;;) {
      const { text, last } = this.#until(",}");
      if (last === undefined) throw new Fault("list must terminate with '}'");
      list.push(read(text));
      if (last === ",") continue;
      if (this.text[this.#at] === ",") this.#at++;
      return list;
    }
  }

  #until(stops: string): Run {
    let text = "";
    while (this.#at < this.text.length) {
      const char = this.text[this.#at++];
      if (stops.includes(char)) return { text, last: char };
      if (char !== "\\" || this.options.isLiteral) text += char;
      else if (this.#at < this.text.length) text += this.text[this.#at++];
    }
    return { text };
  }

  #table(value: unknown): Values {
    if (isMap(value)) return value;
    throw new Fault(conversion(value, "map[string]interface {}"));
  }

  #list(value: unknown): unknown[] {
    if (Array.isArray(value)) return value;
    throw new Fault(conversion(value, "[]interface {}"));
  }
}

/** Go's words when a value is taken for what it is not. Source: golang/go src/runtime/error.go (TypeAssertionError). */
function conversion(value: unknown, wanted: string): string {
  const is = value === null
    ? "nil"
    : Array.isArray(value)
    ? "[]interface {}"
    : typeof value === "object"
    ? "map[string]interface {}"
    : typeof value === "boolean"
    ? "bool"
    : typeof value === "number"
    ? Number.isInteger(value) ? "int64" : "float64"
    : "string";
  return `unable to parse key: interface conversion: interface {} is ${is}, not ${wanted}`;
}
