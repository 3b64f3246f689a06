import { JsonError, parseJson } from "../../go/mod.ts";
import { FileError, type Files } from "../command.ts";
import { overlayValues } from "./_merge_values.ts";
import { HelmError } from "./_errors.ts";
import type { Parsed } from "./_flags.ts";
import { readValues } from "./_yaml.ts";

type Values = Record<string, any>;

/**
 * The user's values: files in order, then --set and its kin.
 * Errors: HelmError; for YAML that will not parse its hint shows the line and says what to do.
 * Source: helm/helm pkg/cli/values/options.go.
 */
export async function userValues(flags: Parsed, files: Files, stdin: string): Promise<Values> {
  let values: Values = {};
  for (const path of flags.list("values").flatMap((paths) => paths.split(","))) {
    const text = path.trim() === "-" ? stdin : await readFile(files, path);
    values = overlayValues(values, parseValues(text, path));
  }
  for (const text of flags.list("set-json")) values = overlayValues(values, jsonValues(text));
  for (const text of flags.list("set")) applySet(values, text, coerce);
  for (const text of flags.list("set-string")) applySet(values, text, (raw) => raw);
  for (const text of flags.list("set-literal")) {
    const [path, raw] = splitOnce(text, "=");
    assign(values, keysOf(path, text), raw ?? "");
  }
  return values;
}

async function readFile(files: Files, path: string): Promise<string> {
  try {
    return await files.read(path);
  } catch (error) {
    if (error instanceof FileError) {
      throw new HelmError(`open ${path}: ${fileReason(error)}`);
    }
    throw error;
  }
}

function fileReason(error: FileError): string {
  const known = ["no such file or directory", "is a directory", "permission denied"];
  return known.find((reason) => error.message.toLowerCase().includes(reason)) ?? error.message;
}

/** One values file. Errors: HelmError. */
export function parseValues(text: string, path: string): Values {
  return readValues(text, path, `failed to parse ${path}`);
}

function jsonValues(text: string): Values {
  if (text.trim().startsWith("{")) return jsonOf(text, text);
  const [path, raw] = splitOnce(text, "=");
  const values: Values = {};
  assign(values, keysOf(path, text), jsonOf(raw ?? "null", text));
  return values;
}

function jsonOf(raw: string, text: string): any {
  try {
    return parseJson(raw);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw new HelmError(`failed parsing --set-json data ${text}`);
  }
}

/**
 * `a.b=1,list={x,y},items[0].name=z` into `values`.
 * Source: helm/helm pkg/strvals/parser.go.
 */
export function applySet(
  values: Values,
  text: string,
  read: (raw: string) => unknown,
): void {
  for (const part of splitOutside(text, ",")) {
    if (part === "") continue;
    const [path, raw] = splitOnce(part, "=");
    if (raw === undefined) {
      throw new HelmError(
        `failed parsing --set data: key ${JSON.stringify(unescape(path))} has no value`,
      );
    }
    const value = raw.startsWith("{") && raw.endsWith("}")
      ? splitOutside(raw.slice(1, -1), ",").filter((item) => item !== "").map((item) =>
        read(unescape(item))
      )
      : read(unescape(raw));
    assign(values, keysOf(path, part), value);
  }
}

/** A value of --set: true, false, null and whole numbers are what they look like. */
export function coerce(raw: string): unknown {
  if (raw === "true") return true;
  if (raw === "false") return false;
  if (raw === "null") return null;
  if (raw === "0") return 0;
  if (/^[-+]?[1-9]\d*$/.test(raw) && Number.isSafeInteger(Number(raw))) return Number(raw);
  return raw;
}

function keysOf(path: string, whole: string): (string | number)[] {
  const keys: (string | number)[] = [];
  for (const part of splitOutside(path, ".")) {
    const match = /^(.*?)((?:\[\d+\])*)$/s.exec(part)!;
    if (match[1] !== "") keys.push(unescape(match[1]));
    for (const [, index] of match[2].matchAll(/\[(\d+)\]/g)) keys.push(Number(index));
  }
  if (keys.length === 0) {
    throw new HelmError(`failed parsing --set data: key "${whole}" has no value`);
  }
  return keys;
}

/** Source: helm/helm pkg/strvals/parser.go (MaxIndex, MaxNestedNameLevel). */
const MAX_INDEX = 65_536;
const MAX_NESTED_NAMES = 30;

/** Errors: HelmError. */
function assign(values: Values, keys: (string | number)[], value: unknown): void {
  checkKeys(keys);
  let at: any = values;
  keys.forEach((key, index) => {
    if (index === keys.length - 1) return put(at, key, value);
    const wantsList = typeof keys[index + 1] === "number";
    const next = Object.hasOwn(at, key) ? at[key] : undefined;
    const fits = wantsList ? Array.isArray(next) : next !== null && typeof next === "object";
    if (!fits) put(at, key, wantsList ? [] : {});
    at = at[key];
  });
}

function checkKeys(keys: (string | number)[]): void {
  const names = keys.filter((key) => typeof key === "string").length;
  const tooFar = keys.find((key) => typeof key === "number" && key > MAX_INDEX);
  const why = names > MAX_NESTED_NAMES + 1
    ? `value name nested level is greater than maximum supported nested level of ${MAX_NESTED_NAMES}`
    : tooFar !== undefined
    ? `index of ${tooFar} is greater than maximum supported index of ${MAX_INDEX}`
    : undefined;
  if (why) throw new HelmError(`failed parsing --set data: ${why}`);
}

/** Sets a key, which may be called `__proto__`. */
function put(at: any, key: string | number, value: unknown): void {
  Object.defineProperty(at, key, { value, writable: true, enumerable: true, configurable: true });
}

/** Splits at a separator that is neither escaped nor inside braces. */
function splitOutside(text: string, separator: string): string[] {
  const parts: string[] = [];
  let part = "";
  let depth = 0;
  for (let index = 0; index < text.length; index++) {
    const char = text[index];
    if (char === "\\" && index + 1 < text.length) {
      part += char + text[++index];
      continue;
    }
    if (char === "{") depth++;
    if (char === "}") depth--;
    if (char === separator && depth <= 0) {
      parts.push(part);
      part = "";
    } else part += char;
  }
  parts.push(part);
  return parts;
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  for (let index = 0; index < text.length; index++) {
    if (text[index] === "\\") index++;
    else if (text[index] === separator) return [text.slice(0, index), text.slice(index + 1)];
  }
  return [text, undefined];
}

function unescape(text: string): string {
  return text.replace(/\\(.)/gs, "$1");
}
