import { quote } from "../go/mod.ts";

/** A formula that cannot be read, fits no types, or cannot be worked out; the message is expr's. */
export class FormulaError extends SyntaxError {
  override name = "FormulaError";

  constructor(message: string, readonly at: number, source: string) {
    super(located(message, at, source));
  }
}

/** The message with its place and a look at the line. Source: expr-lang/expr file/error.go. */
function located(message: string, at: number, source: string): string {
  const before = source.slice(0, at).split("\n");
  const column = before.at(-1)!.length;
  const line = source.split("\n")[before.length - 1] ?? "";
  if (line === "") return message;
  return `${message} (${before.length}:${column + 1})\n | ${line.replaceAll("\t", " ")}\n | ${
    ".".repeat(column)
  }^`;
}

export type TokenKind = "Identifier" | "Number" | "String" | "Operator" | "Bracket" | "EOF";

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
  ["Identifier", /[A-Za-z_$\u0080-\uffff][\w$\u0080-\uffff]*/y],
  ["Bracket", /[()[\]{}]/y],
  ["Operator", /\?[.?]?|\|\|?|::?|\.\.?|[&!=*<>][&=*]?|[,;%+\-^/#]/y],
];

/**
 * The tokens of a formula, the end included.
 * Errors: FormulaError. Source: expr-lang/expr parser/lexer/state.go.
 */
export function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < source.length) {
    const char = source[at];
    if (char === "'" || char === '"' || char === "`") {
      const end = endOfText(source, at);
      tokens.push({ kind: "String", value: unquoted(source.slice(at, end)), at });
      at = end;
      continue;
    }
    if (source.startsWith("/*", at) && !source.includes("*/", at + 2)) {
      throw new FormulaError("unclosed comment", source.length, source);
    }
    const found = match(source, at);
    if (!found) {
      const code = source.codePointAt(at)!.toString(16).toUpperCase().padStart(4, "0");
      throw new FormulaError(`unrecognized character: U+${code} '${char}'`, at, source);
    }
    const { kind, value } = found;
    const end = at + value.length;
    if (kind === "Number" && /[\w$]/.test(source[end] ?? "")) {
      const word = quote(value + source[end]);
      throw new FormulaError(`bad number syntax: ${word}`, end, source);
    }
    if (kind === "Identifier" && WORD_OPERATORS.has(value)) {
      tokens.push({ kind: "Operator", value, at });
    } else if (kind !== "space") tokens.push({ kind, value, at });
    at = end;
  }
  tokens.push({ kind: "EOF", value: "", at: Math.max(0, source.length - 1) });
  return tokens;
}

function match(source: string, at: number) {
  for (const [kind, pattern] of PATTERNS) {
    pattern.lastIndex = at;
    const value = pattern.exec(source)?.[0];
    if (value) return { kind, value };
  }
  return undefined;
}

function endOfText(source: string, start: number): number {
  const quote = source[start];
  for (let i = start + 1; i < source.length; i++) {
    if (source[i] === quote) return i + 1;
    if (source[i] === "\n" && quote !== "`") {
      throw new FormulaError("literal not terminated", i, source);
    }
    if (source[i] === "\\" && quote !== "`") i++;
  }
  throw new FormulaError("literal not terminated", source.length, source);
}

const ESCAPES: Record<string, string> = { n: "\n", t: "\t", r: "\r" };

function unquoted(text: string): string {
  const inner = text.slice(1, -1);
  if (text[0] === "`") return inner;
  return inner.replace(/\\(.)/g, (_, char) => ESCAPES[char] ?? char);
}

/** How an error names a token. */
export function tokenText({ kind, value }: Token): string {
  return value === "" ? kind : `${kind}(${quote(value)})`;
}
