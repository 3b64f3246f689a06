import { quote } from "./quote.ts";
import { utf8Length } from "./utf8.ts";

/**
 * How deep a value that comes as text may be nested: values within it can be copied, compared, merged and printed
 * by functions that call themselves.
 * Source: golang/go src/encoding/json/scanner.go (maxNestingDepth), go.yaml.in/yaml/v2 scannerc.go (max_flow_level).
 * Differs: upstream's bound is 10,000, for which this runtime's stack is too small.
 */
export const MAX_DEPTH = 1_000;

/** JSON that Go's decoder refuses, in its words: `invalid character '}' looking for beginning of value`. */
export class JsonError extends SyntaxError {
  override name = "JsonError";
  /** `offset` is how many bytes were read; `ended` tells that the text ends too early. */
  constructor(message: string, readonly offset: number, readonly ended = false) {
    super(message);
  }
}

/** The value of a JSON text. Errors: JsonError, also for one that is nested too deeply. */
export function parseJson(text: string): unknown {
  try {
    if (!nestsDeeply(text)) return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  const end = afterSpace(text, scanJson(text, 0));
  throw mistake(text, end, "after top-level value");
}

/** What a JSON value is, as Go's decoder names it. Source: golang/go src/encoding/json/decode.go (UnmarshalTypeError). */
export function jsonTypeName(value: unknown): string {
  if (value === null || value === undefined) return "null";
  if (Array.isArray(value)) return "array";
  return typeof value === "boolean" ? "bool" : typeof value;
}

/** Whether a JSON text opens more than {@linkcode MAX_DEPTH} objects and lists within each other. */
function nestsDeeply(text: string): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 0x22: // A string, in which brackets mean nothing.
        for (at++; at < text.length && text.charCodeAt(at) !== 0x22; at++) {
          if (text.charCodeAt(at) === 0x5c) at++;
        }
        break;
      case 0x5b:
      case 0x7b:
        if (++depth > MAX_DEPTH) return true;
        break;
      case 0x5d:
      case 0x7d:
        depth--;
    }
  }
  return false;
}

/** Whether a value, which may have been put together from several texts, is nested too deeply. */
export function isTooDeep(value: unknown, room = MAX_DEPTH): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (room === 0) return true;
  for (const key in value) {
    if (isTooDeep((value as Record<string, unknown>)[key], room - 1)) return true;
  }
  return false;
}

const enum Expect {
  Value,
  ValueOrEnd,
  Key,
  KeyOrEnd,
  Colon,
  Next,
}

/**
 * Where the JSON value ends that begins at `from`, or after spaces there. Errors: JsonError.
 * Source: golang/go src/encoding/json/scanner.go.
 */
export function scanJson(text: string, from: number): number {
  const open: string[] = [];
  let expect = Expect.Value;
  for (let at = from;;) {
    if (expect === Expect.Next && open.length === 0) return at;
    at = afterSpace(text, at);
    if (at >= text.length) throw ended(text);
    const char = text[at];
    const inObject = open.at(-1) === "{";
    const closes = char === (inObject ? "}" : "]") &&
      (expect === Expect.Next || expect === (inObject ? Expect.KeyOrEnd : Expect.ValueOrEnd));
    if (closes) {
      open.pop();
      at++;
      expect = Expect.Next;
      continue;
    }
    switch (expect) {
      case Expect.Next:
        if (char !== ",") {
          throw mistake(text, at, inObject ? "after object key:value pair" : "after array element");
        }
        at++;
        expect = inObject ? Expect.Key : Expect.Value;
        break;
      case Expect.Colon:
        if (char !== ":") throw mistake(text, at, "after object key");
        at++;
        expect = Expect.Value;
        break;
      case Expect.Key:
      case Expect.KeyOrEnd:
        if (char !== '"') throw mistake(text, at, "looking for beginning of object key string");
        at = scanString(text, at);
        expect = Expect.Colon;
        break;
      default:
        if (char === "{" || char === "[") {
          open.push(char);
          if (open.length > MAX_DEPTH) throw mistake(text, at, "exceeded max depth");
          at++;
          expect = char === "{" ? Expect.KeyOrEnd : Expect.ValueOrEnd;
        } else {
          at = scanScalar(text, at);
          expect = Expect.Next;
        }
    }
  }
}

function scanScalar(text: string, at: number): number {
  if (text[at] === '"') return scanString(text, at);
  if (/[-0-9]/.test(text[at])) return scanNumber(text, at);
  const word = { t: "true", f: "false", n: "null" }[text[at]];
  if (!word) throw mistake(text, at, "looking for beginning of value");
  for (let i = 1; i < word.length; i++) {
    if (text[at + i] === word[i]) continue;
    throw mistake(text, at + i, `in literal ${word} (expecting '${word[i]}')`);
  }
  return at + word.length;
}

function scanNumber(text: string, from: number): number {
  let at = text[from] === "-" ? from + 1 : from;
  const digits = (context: string) => {
    if (!isDigit(text[at])) throw mistake(text, at, context);
    while (isDigit(text[at])) at++;
  };
  if (text[at] === "0") at++;
  else digits("in numeric literal");
  if (text[at] === ".") {
    at++;
    digits("after decimal point in numeric literal");
  }
  if (text[at] === "e" || text[at] === "E") {
    at++;
    if (text[at] === "+" || text[at] === "-") at++;
    digits("in exponent of numeric literal");
  }
  return at;
}

function isDigit(char: string | undefined): boolean {
  return char !== undefined && char >= "0" && char <= "9";
}

function scanString(text: string, from: number): number {
  let at = from + 1;
  for (; at < text.length && text[at] !== '"'; at++) {
    if (text[at] < " ") throw mistake(text, at, "in string literal");
    if (text[at] !== "\\") continue;
    at++;
    if (text[at] === "u") {
      for (let i = 0; i < 4; i++) {
        if (/[0-9a-fA-F]/.test(text[++at] ?? "")) continue;
        throw mistake(text, at, "in \\u hexadecimal character escape");
      }
    } else if (!'bfnrt\\/"'.includes(text[at] ?? "x")) {
      throw mistake(text, at, "in string escape code");
    }
  }
  if (at >= text.length) throw ended(text);
  return at + 1;
}

function afterSpace(text: string, from: number): number {
  let at = from;
  while (" \t\r\n".includes(text[at] ?? "x")) at++;
  return at;
}

function ended(text: string): JsonError {
  return new JsonError("unexpected end of JSON input", utf8Length(text), true);
}

function mistake(text: string, at: number, context: string): JsonError {
  // Where a text ends within a word or a number, Go's reader has tried a space last.
  if (at >= text.length) {
    return new JsonError(`invalid character ' ' ${context}`, utf8Length(text), true);
  }
  const [byte] = new TextEncoder().encode(String.fromCodePoint(text.codePointAt(at)!));
  const char = String.fromCharCode(byte);
  const shown = char === "'" ? "\\'" : char === '"' ? char : quote(char).slice(1, -1);
  return new JsonError(
    `invalid character '${shown}' ${context}`,
    utf8Length(text.slice(0, at)) + 1,
  );
}
