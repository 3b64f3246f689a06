import { quote } from "../go/mod.ts";
import { escapedText } from "./escapes.ts";

/** An expression that cannot be read, fits no types, or cannot be worked out; the message is expr's. */
export class ExprError extends SyntaxError {
  override name = "ExprError";

  constructor(message: string, readonly at: number, source: string) {
    super(located(message, at, source));
  }
}

/** The message with its place and a look at the line. Source: expr-lang/expr file/error.go. */
function located(message: string, at: number, source: string): string {
  const before = source.slice(0, at).split("\n");
  const column = [...before.at(-1)!].length;
  const line = source.split("\n")[before.length - 1] ?? "";
  if (line === "") return message;
  return `${message} (${before.length}:${column + 1})\n | ${line.replaceAll("\t", " ")}\n | ${
    ".".repeat(column)
  }^`;
}

export type TokenKind =
  | "Identifier"
  | "Number"
  | "String"
  | "Bytes"
  | "Operator"
  | "Bracket"
  | "EOF";

export interface Token {
  kind: TokenKind;
  value: string;
  at: number;
}

const WORD_OPERATORS = new Set([
  "not",
  "in",
  "or",
  "and",
  "matches",
  "contains",
  "startsWith",
  "endsWith",
  "let",
  "if",
  "else",
]);

/** What a token may look like, in the order in which it is tried. */
const PATTERNS: readonly [TokenKind | "space", RegExp][] = [
  ["space", /\s+|\/\/[^\n]*\n?|\/\*[\s\S]*?\*\//y],
  ["Number", /0[xX][\da-fA-F_]*|0[oO][0-7_]*|0[bB][01_]*/y],
  ["Number", /(?:\d[\d_]*(?:\.(?!\.)[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?[\d_]*)?/y],
  ["Identifier", /[\p{L}_$][\p{L}\p{Nd}_$]*/uy],
  ["Bracket", /[()[\]{}]/y],
  ["Operator", /\?[.?]?|\|\|?|::?|\.\.?|[&!=*<>][&=*]?|##?|[,;%+\-^/]/y],
];
/** What follows a `#` at once is the pointer's name, whatever the word. */
const POINTER_NAME = /[\p{L}\p{Nd}_$]+/uy;

/**
 * The tokens of an expression, the end included.
 * Errors: ExprError. Source: expr-lang/expr parser/lexer/state.go.
 */
export function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < source.length) {
    const text = quoted(source, at);
    if (text) {
      tokens.push(text.token);
      at = text.end;
      continue;
    }
    if (source.startsWith("/*", at) && !source.includes("*/", at + 2)) {
      throw new ExprError("unclosed comment", source.length, source);
    }
    const found = match(source, at);
    if (!found) {
      const char = String.fromCodePoint(source.codePointAt(at)!);
      const code = char.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0");
      throw new ExprError(`unrecognized character: U+${code} '${char}'`, at, source);
    }
    const { kind, value } = found;
    const end = at + value.length;
    if (kind === "Number" && /[\p{L}\p{Nd}_$]/u.test(source[end] ?? "")) {
      const word = quote(value + source[end]);
      throw new ExprError(`bad number syntax: ${word}`, end, source);
    }
    if (kind === "Identifier" && WORD_OPERATORS.has(value)) {
      tokens.push({ kind: "Operator", value, at });
    } else if (kind !== "space") tokens.push({ kind, value, at });
    at = end;
    if (value === "#" || value === "##") at = pointerName(source, at, tokens);
  }
  tokens.push({ kind: "EOF", value: "", at: Math.max(0, source.length - 1) });
  return tokens;
}

function pointerName(source: string, at: number, tokens: Token[]): number {
  POINTER_NAME.lastIndex = at;
  const value = POINTER_NAME.exec(source)?.[0];
  if (!value) return at;
  tokens.push({ kind: "Identifier", value, at });
  return at + value.length;
}

function match(source: string, at: number) {
  for (const [kind, pattern] of PATTERNS) {
    pattern.lastIndex = at;
    const value = pattern.exec(source)?.[0];
    if (value) return { kind, value };
  }
  return undefined;
}

/** The text or the bytes in quotes that begin here. */
function quoted(source: string, at: number): { token: Token; end: number } | undefined {
  const isBytes = /^[bB]['"]/.test(source.slice(at, at + 2));
  const start = isBytes ? at + 1 : at;
  const mark = source[start];
  if (mark === "`") {
    const end = endOfRaw(source, start);
    const value = source.slice(start + 1, end - 1).replaceAll("``", "`");
    return { token: { kind: "String", value, at }, end };
  }
  if (mark !== "'" && mark !== '"') return undefined;
  const end = endOfText(source, start);
  const value = escapedText(source.slice(start + 1, end - 1), isBytes);
  if (typeof value !== "string") throw new ExprError(value.problem, end - 1, source);
  return { token: { kind: isBytes ? "Bytes" : "String", value, at }, end };
}

const ESCAPE =
  /[abfnrtv\\]|x[\da-fA-F]{2}|u\{[\da-fA-F]{1,6}\}|u[\da-fA-F]{4}|U[\da-fA-F]{8}|[0-7]{3}/y;

function endOfText(source: string, start: number): number {
  const mark = source[start];
  for (let i = start + 1; i < source.length; i++) {
    if (source[i] === mark) return i + 1;
    if (source[i] === "\n") throw new ExprError("literal not terminated", i, source);
    if (source[i] === "\\") {
      ESCAPE.lastIndex = i + 1;
      const escape = ESCAPE.exec(source)?.[0];
      if (escape === undefined && source[i + 1] !== mark) {
        throw new ExprError("invalid char escape", i + 1 + partOf(source, i + 1), source);
      }
      i += escape?.length ?? 1;
    }
  }
  throw new ExprError("literal not terminated", source.length, source);
}

/** How much of an escape is there before it goes wrong. */
function partOf(source: string, at: number): number {
  const digits = /[xuU0-7]/.test(source[at] ?? "") ? /[xuU]?[\da-fA-F]*/y : /(?!)/y;
  digits.lastIndex = at;
  return digits.exec(source)?.[0].length ?? 0;
}

function endOfRaw(source: string, start: number): number {
  for (let i = start + 1; i < source.length; i++) {
    if (source[i] !== "`") continue;
    if (source[i + 1] !== "`") return i + 1;
    i++;
  }
  throw new ExprError("literal not terminated", source.length, source);
}

/** How an error names a token. */
export function tokenText({ kind, value }: Token): string {
  return value === "" ? kind : `${kind}(${quote(value)})`;
}
