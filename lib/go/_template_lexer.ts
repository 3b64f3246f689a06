import { goSprintf } from "./fmt.ts";
import { quote } from "./quote.ts";

export type TokenType =
  | "text"
  | "left"
  | "right"
  | "space"
  | "string"
  | "raw"
  | "char"
  | "number"
  | "identifier"
  | "keyword"
  | "bool"
  | "field"
  | "variable"
  | "dot"
  | "pipe"
  | "assign"
  | "declare"
  | "("
  | ")"
  | "other"
  | "error"
  | "eof";

export interface Token {
  type: TokenType;
  value: string;
  /** Where it begins in the text. */
  pos: number;
  line: number;
}

const KEYWORDS = new Set(
  "block break continue define else end if range nil template with".split(" "),
);
const NUMBER =
  /[-+]?(?:0[xX][\da-fA-F_]*(?:\.[\da-fA-F_]*)?(?:[pP][-+]?[\d_]*)?|0[oO][0-7_]*(?:\.[0-7_]*)?|0[bB][01_]*(?:\.[01_]*)?|[\d_]*(?:\.[\d_]*)?(?:[eE][-+]?[\d_]*)?)i?/y;
const WORD = /[\w\p{L}\p{Nd}]*/uy;
/** A trim marker: the minus and the space between it and what it stands beside. */
const MARKER_LENGTH = 2;
const LINE_FEED = 0x0a;

/**
 * The tokens of a template, one at a time: a mistake is told when the parser comes to it.
 * Source: golang/go src/text/template/parse/lex.go.
 */
export class Lexer {
  #pos = 0;
  #start = 0;
  #line = 1;
  #startLine = 1;
  #parens = 0;
  #insideAction = false;
  #text: string;
  readonly #left: string;
  readonly #right: string;

  constructor(text: string, [left, right]: readonly [left: string, right: string]) {
    this.#text = text;
    this.#left = left;
    this.#right = right;
  }

  next(): Token {
    return this.#insideAction ? this.#action() : this.#outside();
  }

  #take(type: TokenType): Token {
    const value = this.#text.slice(this.#start, this.#pos);
    const token = {
      type,
      value: type === "eof" ? "EOF" : value,
      pos: this.#start,
      line: this.#startLine,
    };
    this.#drop();
    return token;
  }

  /** Goes past what was read; it becomes no token. */
  #drop(): void {
    const text = this.#text;
    for (let at = this.#start; at < this.#pos; at++) {
      if (text.charCodeAt(at) === LINE_FEED) this.#line++;
    }
    this.#start = this.#pos;
    this.#startLine = this.#line;
  }

  /** Ends the text: what comes behind a mistake is not read. */
  #error(message: string): Token {
    const token: Token = {
      type: "error",
      value: message,
      pos: this.#start,
      line: this.#startLine,
    };
    this.#text = "";
    this.#pos = this.#start = 0;
    this.#insideAction = false;
    return token;
  }

  #outside(): Token {
    for (;;) {
      const open = this.#text.indexOf(this.#left, this.#pos);
      if (open < 0) {
        this.#pos = this.#text.length;
        return this.#take(this.#pos > this.#start ? "text" : "eof");
      }
      const trims = this.#hasLeftMarker(open + this.#left.length);
      this.#pos = trims ? this.#endBefore(open) : open;
      const text = this.#pos > this.#start ? this.#take("text") : undefined;
      this.#pos = open;
      this.#drop();
      if (text) return text;
      this.#pos = open + this.#left.length;
      const inner = this.#pos + (trims ? MARKER_LENGTH : 0);
      if (this.#text.startsWith("/*", inner)) {
        this.#pos = inner;
        const mistake = this.#comment();
        if (mistake) return mistake;
        continue;
      }
      const token = this.#take("left");
      this.#insideAction = true;
      this.#pos = inner;
      this.#drop();
      this.#parens = 0;
      return token;
    }
  }

  /** Where a text ends without the spaces before `at`. */
  #endBefore(at: number): number {
    while (at > this.#start && isSpace(this.#text[at - 1])) at--;
    return at;
  }

  #comment(): Token | undefined {
    this.#drop();
    const end = this.#text.indexOf("*/", this.#pos + 2);
    if (end < 0) return this.#error("unclosed comment");
    this.#pos = end + 2;
    const close = this.#closing();
    if (!close) return this.#error("comment ends before closing delimiter");
    this.#skipClosing(close.trims);
    this.#drop();
  }

  /** Whether the action ends here, and whether it trims what follows. */
  #closing(): { trims: boolean } | undefined {
    const text = this.#text, pos = this.#pos;
    if (text.startsWith(this.#right, pos)) return { trims: false };
    const trims = isSpace(text[pos]) && text[pos + 1] === "-" &&
      text.startsWith(this.#right, pos + MARKER_LENGTH);
    return trims ? { trims } : undefined;
  }

  #skipClosing(trims: boolean): void {
    this.#pos += (trims ? MARKER_LENGTH : 0) + this.#right.length;
    if (trims) { while (isSpace(this.#text[this.#pos])) this.#pos++; }
  }

  #rightDelimiter(trims: boolean): Token {
    if (trims) {
      this.#pos += MARKER_LENGTH;
      this.#drop();
    }
    this.#pos += this.#right.length;
    const token = this.#take("right");
    if (trims) {
      while (isSpace(this.#text[this.#pos])) this.#pos++;
      this.#drop();
    }
    this.#insideAction = false;
    return token;
  }

  #hasLeftMarker(at: number): boolean {
    return this.#text[at] === "-" && isSpace(this.#text[at + 1]);
  }

  #action(): Token {
    const close = this.#closing();
    if (close) {
      if (this.#parens === 0) return this.#rightDelimiter(close.trims);
      return this.#error("unclosed left paren");
    }
    const char = this.#char();
    if (char === "") return this.#error("unclosed action");
    if (isSpace(char)) return this.#space();
    if (char === "-" || char === "+" || isDigit(char)) return this.#number();
    if (isAlphaNumeric(char)) return this.#identifier();
    this.#pos += char.length;
    switch (char) {
      case "=":
        return this.#take("assign");
      case ":":
        if (this.#char() !== "=") return this.#error("expected :=");
        this.#pos++;
        return this.#take("declare");
      case "|":
        return this.#take("pipe");
      case '"':
        return this.#quoted('"', "string", "unterminated quoted string");
      case "'":
        return this.#quoted("'", "char", "unterminated character constant");
      case "`":
        return this.#raw();
      case "$":
        return this.#named("variable");
      case ".":
        if (this.#char() === "" || isDigit(this.#char())) {
          this.#pos--;
          return this.#number();
        }
        return this.#named("field");
      case "(":
        this.#parens++;
        return this.#take("(");
      case ")":
        if (--this.#parens < 0) return this.#error("unexpected right paren");
        return this.#take(")");
    }
    if (/^[!-~]$/.test(char)) return this.#take("other");
    return this.#error(`unrecognized character in action: ${shown(char)}`);
  }

  #char(): string {
    const char = this.#text[this.#pos] ?? "";
    return char < "\ud800" ? char : String.fromCodePoint(this.#text.codePointAt(this.#pos)!);
  }

  /** A space before a trim marker belongs to the marker. */
  #space(): Token {
    while (isSpace(this.#text[this.#pos])) this.#pos++;
    this.#pos--;
    if (!this.#closing()?.trims) this.#pos++;
    else if (this.#pos === this.#start) return this.#rightDelimiter(true);
    return this.#take("space");
  }

  #match(pattern: RegExp): void {
    pattern.lastIndex = this.#pos;
    pattern.test(this.#text);
    this.#pos = Math.max(this.#pos, pattern.lastIndex);
  }

  #word(): void {
    const text = this.#text;
    while (isWord(text.charCodeAt(this.#pos))) this.#pos++;
    if (text.charCodeAt(this.#pos) >= 0x80) this.#match(WORD);
  }

  #identifier(): Token {
    this.#word();
    if (!this.#atTerminator()) return this.#badCharacter();
    const word = this.#text.slice(this.#start, this.#pos);
    if (KEYWORDS.has(word)) return this.#take("keyword");
    return this.#take(word === "true" || word === "false" ? "bool" : "identifier");
  }

  #named(type: "field" | "variable"): Token {
    if (this.#atTerminator()) return this.#take(type === "field" ? "dot" : type);
    this.#word();
    return this.#atTerminator() ? this.#take(type) : this.#badCharacter();
  }

  #badCharacter(): Token {
    return this.#error(`bad character ${shown(this.#char())}`);
  }

  #atTerminator(): boolean {
    const char = this.#text[this.#pos] ?? "";
    return char === "" || " \t\r\n.,|:)(".includes(char) ||
      this.#text.startsWith(this.#right, this.#pos);
  }

  #quoted(quote: string, type: "string" | "char", unterminated: string): Token {
    for (;;) {
      let char = this.#text[this.#pos++];
      if (char === "\\") char = this.#text[this.#pos++] === "\n" ? "\n" : "\\";
      if (this.#pos > this.#text.length || char === "\n") return this.#error(unterminated);
      if (char === quote) return this.#take(type);
    }
  }

  #raw(): Token {
    const end = this.#text.indexOf("`", this.#pos);
    if (end < 0) return this.#error("unterminated raw quoted string");
    this.#pos = end + 1;
    return this.#take("raw");
  }

  #number(): Token {
    this.#match(NUMBER);
    const next = this.#char();
    if (!isAlphaNumeric(next) && next !== "+" && next !== "-") return this.#take("number");
    if (isAlphaNumeric(next)) this.#pos += next.length;
    else this.#match(NUMBER);
    const text = this.#text.slice(this.#start, this.#pos);
    return this.#error(`bad number syntax: ${quote(text)}`);
  }
}

function isSpace(char: string | undefined): boolean {
  return char === " " || char === "\n" || char === "\t" || char === "\r";
}

/** Whether a code is of `[A-Za-z0-9_]`. */
function isWord(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x30 && code <= 0x39) || code === 0x5f;
}

function isDigit(char: string): boolean {
  return char >= "0" && char <= "9";
}

function isAlphaNumeric(char: string): boolean {
  if (char >= "\x80") return /^[\p{L}\p{Nd}]$/u.test(char);
  return (char >= "a" && char <= "z") || (char >= "A" && char <= "Z") || isDigit(char) ||
    char === "_";
}

/** A character as `%#U` prints it. */
function shown(char: string): string {
  return goSprintf("%#U", [BigInt(char.codePointAt(0) ?? -1)]);
}
