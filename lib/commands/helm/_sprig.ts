import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { messageOf } from "../../base/mod.ts";
import {
  compileGoRegexp,
  FmtLimitError,
  goJson,
  GoNumber,
  type GoRegexp,
  goSprint,
  isMap,
  isTrue,
  parseJson,
  quote,
  RegexpSyntaxError,
  type TemplateFunction,
  toYaml,
} from "../../go/mod.ts";
import { readList, readTable } from "./_yaml.ts";
import { matchesVersion } from "./_repositories.ts";

const text = (value: unknown): string =>
  value === null || value === undefined
    ? ""
    : typeof value === "string"
    ? value
    : goSprint(finite(value));
/** A number of anything: a list and a map are 0. Source: Masterminds/sprig numeric.go (toFloat64). */
const number = (value: unknown): number => {
  if (value instanceof GoNumber) return Number(value.value);
  return typeof value === "object" ? 0 : Number(value) || 0;
};
const whole = (value: unknown): number => Math.trunc(number(value));
const list = (value: unknown): unknown[] => {
  if (value === null || value === undefined) return [];
  if (!Array.isArray(value)) throw new RangeError(`Cannot use ${kindOf(value)} as a list`);
  return value;
};

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return "invalid";
  if (Array.isArray(value)) return "slice";
  if (typeof value === "object") return "map";
  if (typeof value === "boolean") return "bool";
  return typeof value === "number" ? (Number.isInteger(value) ? "int" : "float64") : "string";
}

function indent(spaces: number, value: unknown): string {
  const pad = " ".repeat(whole(spaces));
  const lines = text(value).split("\n").length;
  if (pad.length * lines > MAX_REPEATED) {
    throw new RangeError("strings: Repeat output length overflow");
  }
  return pad + text(value).replaceAll("\n", `\n${pad}`);
}

/** Sets a key, which may be called `__proto__`. */
function put(map: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(map, key, { value, writable: true, enumerable: true, configurable: true });
}

/** Later maps' keys go in where the first has none; with `over`, in their place. */
function merge(over: boolean, target: Record<string, unknown>, ...others: unknown[]): unknown {
  for (const other of others) {
    for (const [key, value] of Object.entries(other ?? {})) {
      const mine = Object.hasOwn(target, key) ? target[key] : undefined;
      if (isMap(mine) && isMap(value)) merge(over, mine, value);
      else if (over ? isTrue(value) || mine === undefined : !isTrue(mine)) put(target, key, value);
    }
  }
  return target;
}

function regexp(pattern: unknown): GoRegexp {
  try {
    return compileGoRegexp(text(pattern));
  } catch (error) {
    if (!(error instanceof RegexpSyntaxError)) throw error;
    throw new RangeError(`regexp: Compile(\`${text(pattern)}\`): ${error.message}`);
  }
}

const camel = (value: string) =>
  value.replace(/(?:^|[_\-\s]+)(\w)/g, (_, letter) => letter.toUpperCase());
const joinedWords = (value: string, joint: string) =>
  value.replace(/([a-z0-9])([A-Z])/g, `$1${joint}$2`).replace(/[_\-\s]+/g, joint).toLowerCase();

/** How long a list of numbers may be. */
const MAX_LIST = 1_000_000;
/** How long a text may become that repeats another. */
const MAX_REPEATED = 16 * 1024 * 1024;

function range(start: number, stop: number, step: number): number[] {
  if (step === 0 || (stop - start) * step <= 0) return [];
  const length = Math.ceil((stop - start) / step);
  if (length > MAX_LIST) throw new RangeError("runtime error: makeslice: len out of range");
  return Array.from({ length }, (_, i) => start + i * step);
}

function digest(name: string): TemplateFunction {
  return (value) => createHash(name).update(text(value)).digest("hex");
}

/** How many values, the same ones as often as they stand somewhere, may become one text. */
const MAX_VALUES = 1_000_000;

/** The value itself, if as a text it has an end that can be waited for. Errors: FmtLimitError. */
function finite(value: unknown): unknown {
  const left = [value];
  for (let count = 0; left.length > 0; count++) {
    if (count > MAX_VALUES) throw new FmtLimitError("the text is too long");
    const next = left.pop();
    if (typeof next === "object" && next !== null) left.push(...Object.values(next));
  }
  return value;
}

function yamlText(value: unknown): string {
  return toYaml(finite(value)).replace(/\n$/, "");
}

/** Functions that a template may name, and that fail when it comes to calling them. */
const UNAVAILABLE = [
  "ago",
  "bcrypt",
  "buildCustomCert",
  "date",
  "dateInZone",
  "dateModify",
  "decryptAES",
  "derivePassword",
  "encryptAES",
  "genCA",
  "genCAWithKey",
  "genPrivateKey",
  "genSelfSignedCert",
  "genSelfSignedCertWithKey",
  "genSignedCert",
  "genSignedCertWithKey",
  "getHostByName",
  "htmlDate",
  "htpasswd",
  "now",
  "randAlpha",
  "randAlphaNum",
  "randAscii",
  "randBytes",
  "randInt",
  "randNumeric",
  "shuffle",
  "toDate",
  "unixEpoch",
  "uuidv4",
];

/**
 * Functions of chart templates that need nothing but their arguments.
 * Source: Masterminds/sprig functions.go, helm/helm pkg/engine/funcs.go.
 * Differs: no certificates, no keys, no encryption, no environment, no DNS, no chance and no time of day:
 * the same chart and values give the same manifest.
 */
export const CHART_FUNCTIONS: Readonly<Record<string, TemplateFunction>> = withVariants({
  // Text
  quote: (...values) =>
    values.filter((value) => value !== null && value !== undefined)
      .map((value) => quote(text(value))).join(" "),
  squote: (...values) =>
    values.filter((value) => value !== null && value !== undefined)
      .map((value) => `'${text(value)}'`).join(" "),
  toString: text,
  toStrings: (value) => list(value).map(text),
  lower: (value) => text(value).toLowerCase(),
  upper: (value) => text(value).toUpperCase(),
  title: (value) => text(value).replace(/(^|\s)(\S)/g, (_, gap, char) => gap + char.toUpperCase()),
  untitle: (value) => text(value).replace(/(^|\s)(\S)/g, (_, gap, c) => gap + c.toLowerCase()),
  trim: (value) => text(value).trim(),
  trimAll: (chars, value) => {
    const set = new Set(text(chars));
    const all = [...text(value)];
    while (all.length > 0 && set.has(all[0])) all.shift();
    while (all.length > 0 && set.has(all.at(-1)!)) all.pop();
    return all.join("");
  },
  trimSuffix: (suffix, value) =>
    text(value).endsWith(suffix) && suffix !== ""
      ? text(value).slice(0, -suffix.length)
      : text(value),
  trimPrefix: (prefix, value) =>
    text(value).startsWith(prefix) ? text(value).slice(prefix.length) : text(value),
  nospace: (value) => text(value).replace(/\s/g, ""),
  repeat: (count, value) => {
    const times = Math.max(0, whole(count));
    if (text(value).length * times > MAX_REPEATED) {
      throw new RangeError("strings: Repeat output length overflow");
    }
    return text(value).repeat(times);
  },
  substr: (start, end, value) =>
    start < 0
      ? text(value).slice(0, end)
      : end < 0 || end > text(value).length
      ? text(value).slice(start)
      : text(value).slice(start, end),
  trunc: (count, value) => count < 0 ? text(value).slice(count) : text(value).slice(0, count),
  abbrev: (width, value) =>
    text(value).length <= width ? text(value) : `${text(value).slice(0, width - 3)}...`,
  replace: (from, to, value) => text(value).replaceAll(text(from), text(to)),
  contains: (part, value) => text(value).includes(text(part)),
  hasPrefix: (prefix, value) => text(value).startsWith(text(prefix)),
  hasSuffix: (suffix, value) => text(value).endsWith(text(suffix)),
  indent,
  nindent: (spaces, value) => `\n${indent(spaces, value)}`,
  cat: (...values) => values.filter((value) => value !== null).map(text).join(" "),
  camelcase: (value) => camel(text(value)),
  snakecase: (value) => joinedWords(text(value), "_"),
  kebabcase: (value) => joinedWords(text(value), "-"),
  plural: (one, many, count) => whole(count) === 1 ? one : many,
  split: (separator, value) =>
    Object.fromEntries(text(value).split(text(separator)).map((part, i) => [`_${i}`, part])),
  splitList: (separator, value) => text(value).split(text(separator)),
  splitn: (separator, count, value) => {
    const parts = text(value).split(text(separator));
    const kept = parts.slice(0, count - 1);
    const rest = parts.slice(count - 1);
    const all = rest.length > 0 ? [...kept, rest.join(text(separator))] : kept;
    return Object.fromEntries(all.map((part, i) => [`_${i}`, part]));
  },
  join: (separator, value) =>
    Array.isArray(value)
      ? value.filter((item) => item !== null).map(text).join(text(separator))
      : text(value),
  sortAlpha: (value) => list(value).map(text).sort(),
  b64enc: (value) => Buffer.from(text(value)).toString("base64"),
  b64dec: (value) =>
    new TextDecoder().decode(Uint8Array.from(atob(text(value)), (char) => char.charCodeAt(0))),
  sha1sum: digest("sha1"),
  sha256sum: digest("sha256"),
  sha512sum: digest("sha512"),
  regexMatch: (pattern, value) => regexp(pattern).test(text(value)),
  regexFind: (pattern, value) => regexp(pattern).exec(text(value))?.[0] ?? "",
  regexFindAll: (pattern, value, count) => {
    const found = [...regexp(pattern).matches(text(value))].map(([match]) => match);
    return count < 0 ? found : found.slice(0, count);
  },
  regexReplaceAll: (pattern, value, to) => {
    const compiled = regexp(pattern);
    return compiled.replaceAll(text(value), (match) => compiled.expand(text(to), match));
  },
  regexReplaceAllLiteral: (pattern, value, to) =>
    regexp(pattern).replaceAll(text(value), () => text(to)),
  regexSplit: (pattern, value, count) => regexp(pattern).split(text(value), whole(count)),

  // Numbers
  int: whole,
  int64: whole,
  float64: number,
  atoi: whole,
  toDecimal: (value) => parseInt(text(value), 8) || 0,
  add: (...values) => values.reduce((sum, value) => sum + whole(value), 0),
  add1: (value) => whole(value) + 1,
  sub: (left, right) => whole(left) - whole(right),
  mul: (...values) => values.reduce((product, value) => product * whole(value), 1),
  div: (left, right) => {
    if (whole(right) === 0) throw new RangeError("integer divide by zero");
    return Math.trunc(whole(left) / whole(right));
  },
  mod: (left, right) => whole(left) % whole(right),
  addf: (...values) => values.reduce((sum, value) => sum + number(value), 0),
  subf: (first, ...rest) => rest.reduce((left, value) => left - number(value), number(first)),
  mulf: (...values) => values.reduce((product, value) => product * number(value), 1),
  divf: (first, ...rest) => rest.reduce((left, value) => left / number(value), number(first)),
  max: (...values) => values.map(whole).reduce((a, b) => Math.max(a, b)),
  min: (...values) => values.map(whole).reduce((a, b) => Math.min(a, b)),
  maxf: (...values) => Math.max(...values.map(number)),
  minf: (...values) => Math.min(...values.map(number)),
  ceil: (value) => Math.ceil(number(value)),
  floor: (value) => Math.floor(number(value)),
  round: (value, places = 0) => Math.round(number(value) * 10 ** places) / 10 ** places,
  until: (count) => range(0, whole(count), whole(count) < 0 ? -1 : 1),
  untilStep: (start, stop, step) => range(whole(start), whole(stop), whole(step)),
  seq: (...values) => {
    const [start, step, stop] = values.length === 3
      ? values.map(whole)
      : [values.length === 2 ? whole(values[0]) : 1, 1, whole(values.at(-1))];
    return range(start, stop + Math.sign(step), step).join(" ");
  },

  // Choices
  default: (fallback, value) => isTrue(value) ? value : fallback,
  empty: (value) => !isTrue(value),
  coalesce: (...values) => values.find(isTrue),
  ternary: (yes, no, condition) => condition ? yes : no,
  all: (...values) => values.every(isTrue),
  any: (...values) => values.some(isTrue),
  fail: (message) => {
    throw new RangeError(text(message));
  },
  required: (message, value) => {
    if (value === null || value === undefined || value === "") throw new RangeError(text(message));
    return value;
  },
  kindOf,
  kindIs: (kind, value) => kindOf(value) === kind,
  typeOf: (value) =>
    ({ map: "map[string]interface {}", slice: "[]interface {}", invalid: "<nil>" })[
      kindOf(value)
    ] ?? kindOf(value),
  typeIs: (type, value) => CHART_FUNCTIONS.typeOf(value) === type,
  deepEqual: (left, right) => goJson(finite(left)) === goJson(finite(right)),

  // Lists and maps
  list: (...values) => values,
  tuple: (...values) => values,
  dict: (...pairs) => {
    const map: Record<string, unknown> = {};
    for (let i = 0; i < pairs.length; i += 2) put(map, text(pairs[i]), pairs[i + 1] ?? "");
    return map;
  },
  get: (map, key) => isMap(map) && Object.hasOwn(map, key) ? map[key] : "",
  set: (map, key, value) => {
    put(map, text(key), value);
    return map;
  },
  unset: (map, key) => {
    delete map[key];
    return map;
  },
  hasKey: (map, key) => isMap(map) && Object.hasOwn(map, key),
  keys: (...maps) => maps.flatMap((map) => Object.keys(map ?? {})),
  values: (map) => Object.values(map ?? {}),
  pluck: (key, ...maps) =>
    maps.filter((map) => isMap(map) && Object.hasOwn(map, key)).map((map) => map[key]),
  dig: (...words) => {
    const map = words.pop();
    const fallback = words.pop();
    let current = map;
    for (const word of words) {
      if (!isMap(current) || !Object.hasOwn(current, word)) return fallback;
      current = current[word];
    }
    return current;
  },
  pick: (map, ...keys) => Object.fromEntries(Object.entries(map).filter(([k]) => keys.includes(k))),
  omit: (map, ...keys) =>
    Object.fromEntries(Object.entries(map).filter(([key]) => !keys.includes(key))),
  merge: (target, ...others) => merge(false, target, ...others),
  mergeOverwrite: (target, ...others) => merge(true, target, ...others),
  deepCopy: (value) => structuredClone(finite(value)),
  first: (value) => list(value)[0],
  last: (value) => list(value).at(-1),
  rest: (value) => list(value).slice(1),
  initial: (value) => list(value).slice(0, -1),
  append: (value, item) => [...list(value), item],
  prepend: (value, item) => [item, ...list(value)],
  concat: (...lists) => lists.flatMap(list),
  reverse: (value) => list(value).toReversed(),
  uniq: (value) => {
    const seen = new Set<string>();
    return list(value).filter((item) => !seen.has(goJson(finite(item))) && seen.add(goJson(item)));
  },
  without: (value, ...items) => list(value).filter((item) => !items.includes(item)),
  has: (item, value) => list(value).some((each) => goJson(finite(each)) === goJson(finite(item))),
  compact: (value) => list(value).filter(isTrue),
  slice: (value, from = 0, to) => list(value).slice(from, to),
  chunk: (size, value) =>
    Array.from(
      { length: Math.ceil(list(value).length / size) },
      (_, i) => list(value).slice(i * size, (i + 1) * size),
    ),

  // Encodings
  toYaml: yamlText,
  toYamlPretty: yamlText,
  fromYaml: (value) => {
    try {
      return readTable(text(value));
    } catch (error) {
      return { Error: messageOf(error) };
    }
  },
  fromYamlArray: (value) => {
    try {
      return readList(text(value));
    } catch (error) {
      return [messageOf(error)];
    }
  },
  toJson: (value) => goJson(finite(value)),
  toRawJson: (value) => JSON.stringify(finite(value)),
  toPrettyJson: (value) => goJson(finite(value), "  "),
  fromJson: (value) => {
    try {
      return parseJson(text(value));
    } catch (error) {
      return { Error: messageOf(error) };
    }
  },
  fromJsonArray: (value) => parseJson(text(value)),
  semverCompare: (constraint, version) =>
    matchesVersion(text(version).split("-")[0], text(constraint)),
  semver: (version) => {
    const [, Major, Minor, Patch, Prerelease = ""] =
      /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:-([^+]*))?/.exec(text(version)) ?? [];
    return {
      Major: Number(Major),
      Minor: Number(Minor ?? 0),
      Patch: Number(Patch ?? 0),
      Prerelease,
    };
  },
  base: (path) => text(path).split("/").at(-1),
  dir: (path) => text(path).split("/").slice(0, -1).join("/") || ".",
  ext: (path) => /\.[^./]*$/.exec(text(path))?.[0] ?? "",
  clean: (path) => text(path).replace(/\/+/g, "/").replace(/\/$/, ""),
  hello: () => "Hello!",
});

/** With `mustUniq` beside `uniq`, which differ in how they fail only, and with what fails when called. */
function withVariants(
  functions: Record<string, TemplateFunction>,
): Record<string, TemplateFunction> {
  const all: Record<string, TemplateFunction> = {};
  for (const [name, fn] of Object.entries(functions)) {
    all[name] = (...args) => fn(...args.map(plain));
    all[`must${name.charAt(0).toUpperCase()}${name.slice(1)}`] ??= all[name];
  }
  for (const name of UNAVAILABLE) {
    all[name] = () => {
      throw new RangeError(`${name} is not available in the lab's helm`);
    };
  }
  return all;
}

/** An argument as these functions take it: numbers are JavaScript's, and whole ones are integers. */
function plain(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  return value instanceof GoNumber ? value.value : value;
}
