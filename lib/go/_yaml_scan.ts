import { MAX_DEPTH } from "./json.ts";
import { CONTROL_LETTERS } from "./quote.ts";

/*
 * The scanner of YAML as go-yaml has it. Written here beside the package `yaml`, which finds other mistakes, at other
 * lines, in other words than kubectl and helm tell, and reads YAML 1.2's scalars where those read 1.1's.
 */

/** A place in a YAML text; lines and columns count from 0. */
export interface Mark {
  index: number;
  line: number;
  column: number;
}

export type TokenType =
  | "stream end"
  | "directive"
  | "document start"
  | "document end"
  | "block sequence"
  | "block mapping"
  | "block end"
  | "["
  | "]"
  | "{"
  | "}"
  | "entry"
  | ","
  | "key"
  | "value"
  | "alias"
  | "anchor"
  | "tag"
  | "scalar";

export interface Token {
  type: TokenType;
  start: Mark;
  value?: string;
  /** Whether a scalar stood without quotes, so that it may be a number. */
  plain?: boolean;
}

/** What is wrong with a text, before it is worded with its line. */
export class YamlProblem extends Error {
  override name = "YamlProblem";
  /**
   * `at` is where it was noticed, `from` where what was being read began (libyaml's context). `told` says whether Go
   * counts their lines from 1, as its scanner does, from 0, as its parser does, or names none.
   */
  constructor(
    message: string,
    readonly told: "scanner" | "parser" | "nowhere",
    readonly at?: Mark,
    readonly from?: Mark,
  ) {
    super(message);
  }
}

interface SimpleKey {
  possible: boolean;
  required: boolean;
  tokenNumber: number;
  mark: Mark;
}

const END = "\0";
const FORBIDDEN = /[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;
const MAX_KEY_LENGTH = 1024;
/** Upstream's words, whose bound is larger than {@linkcode MAX_DEPTH}. */
export const TOO_DEEP = "exceeded max depth of 10000";
const ESCAPES: Record<string, string> = {
  ...CONTROL_LETTERS,
  "0": "\0",
  "\t": "\t",
  e: "\x1b",
  " ": " ",
  '"': '"',
  "'": "'",
  "\\": "\\",
  N: "\u0085",
  _: "\u00a0",
  L: "\u2028",
  P: "\u2029",
};

function isBreak(char: string): boolean {
  return char === "\n" || char === "\r" || char === "\u0085" || char === "\u2028" ||
    char === "\u2029";
}

function isBlank(char: string): boolean {
  return char === " " || char === "\t";
}

function isBlankOrEnd(char: string): boolean {
  return isBlank(char) || isBreak(char) || char === END;
}

/** Whether a character of a quoted text is none that stands for itself. */
function isQuotedEnd(char: string, end: "'" | '"'): boolean {
  return char === end || (char === "\\" && end === '"') || isBlankOrEnd(char);
}

/**
 * Splits YAML into tokens, with the mistakes and the lines Go's reader reports for them.
 * Source: go.yaml.in/yaml/v2 scannerc.go (a port of libyaml).
 */
export class Scanner {
  readonly #text: string;
  #mark: Mark = { index: 0, line: 0, column: 0 };
  readonly #tokens: Token[] = [];
  #taken = 0;
  #indent = -1;
  readonly #indents: number[] = [];
  #flowLevel = 0;
  #keyAllowed = true;
  /** What may be a key, by flow level. */
  readonly #keys: SimpleKey[] = [this.#noKey()];
  /** Those whose token is held back until it is known to be a key or not, by the token's number. */
  readonly #held = new Map<number, SimpleKey>();
  #ended = false;
  /** The last two quoted texts of several lines, of which each may be one whose quote was left open. */
  longQuotes: { start: Mark; end: Mark }[] = [];
  /** Where the brackets were opened that are not closed yet. */
  readonly brackets: Mark[] = [];

  /** @param ahead how many tokens more than the next one are read before it is given: two by go-yaml's v3. */
  constructor(text: string, readonly ahead = 0) {
    this.#text = text.replace(/^\ufeff/, "");
    const index = this.#text.search(FORBIDDEN);
    if (index >= 0) {
      const before = this.#text.slice(0, index).split("\n");
      const at = { index, line: before.length - 1, column: before.at(-1)!.length };
      throw new YamlProblem("control characters are not allowed", "nowhere", at);
    }
  }

  /** The next token, which stays the next. Errors: YamlProblem. */
  peek(): Token {
    this.#fetchMore();
    return this.#tokens[0];
  }

  /** Takes the next token away. */
  next(): Token {
    const token = this.peek();
    this.#tokens.shift();
    this.#taken++;
    return token;
  }

  #noKey(): SimpleKey {
    const mark = { index: 0, line: 0, column: 0 };
    return { possible: false, required: false, tokenNumber: 0, mark };
  }

  #at(ahead = 0): string {
    return this.#text[this.#mark.index + ahead] ?? END;
  }

  #isEnd(): boolean {
    return this.#mark.index >= this.#text.length;
  }

  #skip(count = 1): void {
    this.#mark = {
      index: this.#mark.index + count,
      line: this.#mark.line,
      column: this.#mark.column + count,
    };
  }

  /** Takes what comes before the first character that ends it, or before the end. */
  #take(ends: (char: string, at: number) => boolean): string {
    const text = this.#text;
    const from = this.#mark.index;
    let at = from;
    while (at < text.length && !ends(text[at], at)) at++;
    if (at > from) this.#skip(at - from);
    return text.slice(from, at);
  }

  /** Takes the rest of a line, but for its break. */
  #rest(): string {
    return this.#take(isBreak);
  }

  /** Takes a line break, which reads as one `\n`. */
  #line(): string {
    const char = this.#at();
    const width = char === "\r" && this.#at(1) === "\n" ? 2 : 1;
    this.#mark = { index: this.#mark.index + width, line: this.#mark.line + 1, column: 0 };
    return char === "\u2028" || char === "\u2029" ? char : "\n";
  }

  #fail(message: string, from = this.#mark): never {
    throw new YamlProblem(message, "scanner", this.#mark, from);
  }

  #fetchMore(): void {
    for (;;) {
      if (this.#tokens.length > this.ahead) {
        // The head may yet become a key, as long as a `:` can follow it.
        const key = this.#held.get(this.#taken);
        if (!key || !this.#isValid(key)) return;
      }
      if (this.#ended) return;
      this.#fetch();
    }
  }

  #isValid(key: SimpleKey): boolean {
    if (!key.possible) return false;
    const { line, index } = this.#mark;
    if (key.mark.line >= line && key.mark.index + MAX_KEY_LENGTH >= index) return true;
    if (key.required) this.#fail("could not find expected ':'", key.mark);
    this.#forget(key);
    return false;
  }

  #saveKey(): void {
    if (!this.#keyAllowed) return;
    const required = this.#flowLevel === 0 && this.#indent === this.#mark.column;
    this.#removeKey();
    const tokenNumber = this.#taken + this.#tokens.length;
    const key = { possible: true, required, tokenNumber, mark: this.#mark };
    this.#keys[this.#keys.length - 1] = key;
    this.#held.set(tokenNumber, key);
  }

  #removeKey(): void {
    const key = this.#keys.at(-1)!;
    if (!key.possible) return;
    if (key.required) this.#fail("could not find expected ':'", key.mark);
    this.#forget(key);
  }

  #forget(key: SimpleKey): void {
    key.possible = false;
    this.#held.delete(key.tokenNumber);
  }

  #push(type: TokenType, start = this.#mark, more: Partial<Token> = {}): void {
    this.#tokens.push({ type, start, value: more.value, plain: more.plain });
  }

  #roll(column: number, at: number | undefined, type: TokenType, mark: Mark): void {
    if (this.#flowLevel > 0 || this.#indent >= column) return;
    this.#indents.push(this.#indent);
    if (this.#indents.length > MAX_DEPTH) this.#fail(TOO_DEEP);
    this.#indent = column;
    const token = { type, start: mark };
    this.#insert(at, token);
  }

  /** Puts a token where the `at`th of the stream is; at the end when that one is taken already. */
  #insert(at: number | undefined, token: Token): void {
    if (at === undefined || at < this.#taken) this.#tokens.push(token);
    else this.#tokens.splice(at - this.#taken, 0, token);
  }

  #unroll(column: number): void {
    if (this.#flowLevel > 0) return;
    while (this.#indent > column) {
      this.#push("block end");
      this.#indent = this.#indents.pop()!;
    }
  }

  #isDocumentMark(mark: string): boolean {
    return this.#mark.column === 0 && this.#text.startsWith(mark, this.#mark.index) &&
      isBlankOrEnd(this.#at(3));
  }

  #fetch(): void {
    this.#toNextToken();
    this.#unroll(this.#mark.column);
    if (this.#isEnd()) return this.#fetchEnd();
    const char = this.#at();
    if (this.#mark.column === 0 && char === "%") return this.#fetchDirective();
    if (this.#isDocumentMark("---")) return this.#fetchDocumentMark("document start");
    if (this.#isDocumentMark("...")) return this.#fetchDocumentMark("document end");
    if (char === "[" || char === "{") return this.#fetchFlowStart(char);
    if (char === "]" || char === "}") return this.#fetchFlowEnd(char);
    if (char === ",") return this.#fetchFlowEntry();
    const spaced = isBlankOrEnd(this.#at(1));
    if (char === "-" && spaced) return this.#fetchEntry();
    if (char === "?" && (this.#flowLevel > 0 || spaced)) return this.#fetchKey();
    if (char === ":" && (this.#flowLevel > 0 || spaced)) return this.#fetchValue();
    if (char === "*" || char === "&") return this.#fetchAnchor(char === "*" ? "alias" : "anchor");
    if (char === "!") return this.#fetchTag();
    if ((char === "|" || char === ">") && this.#flowLevel === 0) return this.#fetchBlock(char);
    if (char === "'" || char === '"') return this.#fetchQuoted(char);
    const startsPlain = !(isBlankOrEnd(char) || "-?:,[]{}#&*!|>'\"%@`".includes(char)) ||
      (char === "-" && !isBlank(this.#at(1))) ||
      (this.#flowLevel === 0 && (char === "?" || char === ":") && !spaced);
    if (startsPlain) return this.#fetchPlain();
    this.#fail("found character that cannot start any token");
  }

  #toNextToken(): void {
    for (;;) {
      while (
        this.#at() === " " ||
        ((this.#flowLevel > 0 || !this.#keyAllowed) && this.#at() === "\t")
      ) this.#skip();
      if (this.#at() === "#") this.#rest();
      if (this.#isEnd() || !isBreak(this.#at())) return;
      this.#line();
      if (this.#flowLevel === 0) this.#keyAllowed = true;
    }
  }

  #fetchEnd(): void {
    if (this.#mark.column !== 0) {
      this.#mark = { ...this.#mark, line: this.#mark.line + 1, column: 0 };
    }
    this.#unroll(-1);
    this.#removeKey();
    this.#keyAllowed = false;
    this.#push("stream end");
    this.#ended = true;
  }

  #fetchDirective(): void {
    this.#unroll(-1);
    this.#removeKey();
    this.#keyAllowed = false;
    const start = this.#mark;
    const text = this.#rest();
    const name = /^%([0-9A-Za-z_-]*)/.exec(text)![1];
    if (name === "") this.#fail("could not find expected directive name", start);
    if (!isBlankOrEnd(text[name.length + 1] ?? END)) {
      this.#fail("found unexpected non-alphabetical character", start);
    }
    if (name !== "YAML" && name !== "TAG") this.#fail("found unknown directive name", start);
    this.#push("directive", start, { value: text });
  }

  #fetchDocumentMark(type: TokenType): void {
    this.#unroll(-1);
    this.#removeKey();
    this.#keyAllowed = false;
    const start = this.#mark;
    this.#skip(3);
    this.#push(type, start);
  }

  #fetchFlowStart(type: "[" | "{"): void {
    this.#saveKey();
    this.#keys.push({ ...this.#noKey(), tokenNumber: this.#taken + this.#tokens.length });
    this.brackets.push(this.#mark);
    if (++this.#flowLevel > MAX_DEPTH) this.#fail(TOO_DEEP);
    this.#keyAllowed = true;
    this.#push(type);
    this.#skip();
  }

  #fetchFlowEnd(type: "]" | "}"): void {
    this.#removeKey();
    this.brackets.pop();
    if (this.#flowLevel > 0) {
      this.#flowLevel--;
      // Of an empty collection, Go's reader forgets here that it might be a key.
      this.#held.delete(this.#keys.pop()!.tokenNumber);
    }
    this.#keyAllowed = false;
    this.#push(type);
    this.#skip();
  }

  #fetchFlowEntry(): void {
    this.#removeKey();
    this.#keyAllowed = true;
    this.#push(",");
    this.#skip();
  }

  #fetchEntry(): void {
    if (this.#flowLevel === 0) {
      if (!this.#keyAllowed) this.#fail("block sequence entries are not allowed in this context");
      this.#roll(this.#mark.column, undefined, "block sequence", this.#mark);
    }
    this.#removeKey();
    this.#keyAllowed = true;
    this.#push("entry");
    this.#skip();
  }

  #fetchKey(): void {
    if (this.#flowLevel === 0) {
      if (!this.#keyAllowed) this.#fail("mapping keys are not allowed in this context");
      this.#roll(this.#mark.column, undefined, "block mapping", this.#mark);
    }
    this.#removeKey();
    this.#keyAllowed = this.#flowLevel === 0;
    this.#push("key");
    this.#skip();
  }

  #fetchValue(): void {
    const key = this.#keys.at(-1)!;
    if (this.#isValid(key)) {
      const { tokenNumber, mark } = key;
      this.#insert(tokenNumber, { type: "key", start: mark });
      this.#roll(mark.column, tokenNumber, "block mapping", mark);
      this.#forget(key);
      this.#keyAllowed = false;
    } else {
      if (this.#flowLevel === 0) {
        if (!this.#keyAllowed) this.#fail("mapping values are not allowed in this context");
        this.#roll(this.#mark.column, undefined, "block mapping", this.#mark);
      }
      this.#keyAllowed = this.#flowLevel === 0;
    }
    this.#push("value");
    this.#skip();
  }

  #fetchAnchor(type: "alias" | "anchor"): void {
    this.#saveKey();
    this.#keyAllowed = false;
    const start = this.#mark;
    this.#skip();
    const value = this.#take((char) => !/[0-9A-Za-z_-]/.test(char));
    if (value === "" || !(isBlankOrEnd(this.#at()) || "?:,]}%@`".includes(this.#at()))) {
      this.#fail("did not find expected alphabetic or numeric character", start);
    }
    this.#push(type, start, { value });
  }

  #fetchTag(): void {
    this.#saveKey();
    this.#keyAllowed = false;
    const start = this.#mark;
    const match = /^!(?:<[^>\s]+>|[\w\-;/?:@&=+$,.!~*'()[\]%]*)/.exec(
      this.#text.slice(start.index),
    )!;
    this.#skip(match[0].length);
    if (match[0] === "!!") this.#fail("did not find expected tag URI", start);
    if (!isBlankOrEnd(this.#at())) {
      this.#fail("did not find expected whitespace or line break", start);
    }
    this.#push("tag", start, { value: match[0] });
  }

  #fetchPlain(): void {
    this.#saveKey();
    this.#keyAllowed = false;
    const start = this.#mark;
    const indent = this.#indent + 1;
    let value = "", spaces = "", firstBreak = "", moreBreaks = "";
    let leading = false;
    for (;;) {
      if (this.#isDocumentMark("---") || this.#isDocumentMark("...") || this.#at() === "#") break;
      const word = this.#take((char, at) => {
        if (char === ":") return isBlankOrEnd(this.#text[at + 1] ?? END);
        return isBlankOrEnd(char) || (this.#flowLevel > 0 && ",?[]{}".includes(char));
      });
      if (word !== "") {
        if (leading) {
          value += firstBreak === "\n" ? moreBreaks || " " : firstBreak + moreBreaks;
          firstBreak = moreBreaks = "";
          leading = false;
        } else value += spaces;
        spaces = "";
        value += word;
      }
      if (this.#isEnd() || !(isBlank(this.#at()) || isBreak(this.#at()))) break;
      while (!this.#isEnd() && (isBlank(this.#at()) || isBreak(this.#at()))) {
        if (isBreak(this.#at())) {
          if (leading) moreBreaks += this.#line();
          else {
            spaces = "";
            firstBreak = this.#line();
            leading = true;
          }
          continue;
        }
        if (leading && this.#mark.column < indent && this.#at() === "\t") {
          this.#fail("found a tab character that violates indentation", start);
        }
        if (!leading) spaces += this.#at();
        this.#skip();
      }
      if (this.#flowLevel === 0 && this.#mark.column < indent) break;
    }
    this.#push("scalar", start, { value, plain: true });
    if (leading) this.#keyAllowed = true;
  }

  #fetchQuoted(end: "'" | '"'): void {
    this.#saveKey();
    this.#keyAllowed = false;
    const start = this.#mark;
    this.#skip();
    let value = "";
    for (;;) {
      if (this.#isDocumentMark("---") || this.#isDocumentMark("...")) {
        this.#fail("found unexpected document indicator", start);
      }
      if (this.#isEnd()) this.#fail("found unexpected end of stream", start);
      let leading = false;
      while (!this.#isEnd() && !isBlankOrEnd(this.#at())) {
        const char = this.#at();
        if (end === "'" && char === "'" && this.#at(1) === "'") {
          value += "'";
          this.#skip(2);
        } else if (char === end) break;
        else if (end === '"' && char === "\\" && isBreak(this.#at(1))) {
          this.#skip();
          this.#line();
          leading = true;
          break;
        } else if (end === '"' && char === "\\") value += this.#escape(start);
        else value += this.#take((char) => isQuotedEnd(char, end));
      }
      if (this.#at() === end && !this.#isEnd()) break;
      value += this.#quotedSpace(leading);
    }
    this.#skip();
    if (this.#mark.line > start.line) {
      this.longQuotes = [...this.longQuotes.slice(-1), { start, end: this.#mark }];
    }
    this.#push("scalar", start, { value });
  }

  /** Space between words of a quoted text: blanks as they are, line breaks folded. */
  #quotedSpace(escapedBreak: boolean): string {
    let leading = escapedBreak;
    let spaces = "", firstBreak = "", moreBreaks = "";
    while (!this.#isEnd() && (isBlank(this.#at()) || isBreak(this.#at()))) {
      if (isBreak(this.#at())) {
        if (leading) moreBreaks += this.#line();
        else {
          spaces = "";
          firstBreak = this.#line();
          leading = true;
        }
      } else {
        if (!leading) spaces += this.#at();
        this.#skip();
      }
    }
    if (!leading) return spaces;
    return firstBreak === "\n" ? moreBreaks || " " : firstBreak + moreBreaks;
  }

  #escape(start: Mark): string {
    const letter = this.#at(1);
    const length = ({ x: 2, u: 4, U: 8 } as Record<string, number>)[letter];
    if (length === undefined) {
      if (!Object.hasOwn(ESCAPES, letter)) this.#fail("found unknown escape character", start);
      this.#skip(2);
      return ESCAPES[letter];
    }
    this.#skip(2);
    const digits = this.#text.slice(this.#mark.index, this.#mark.index + length);
    if (!/^[0-9a-fA-F]+$/.test(digits) || digits.length < length) {
      this.#fail("did not find expected hexdecimal number", start);
    }
    const code = parseInt(digits, 16);
    if ((code >= 0xd800 && code <= 0xdfff) || code > 0x10ffff) {
      this.#fail("found invalid Unicode character escape code", start);
    }
    this.#skip(length);
    return String.fromCodePoint(code);
  }

  #fetchBlock(style: "|" | ">"): void {
    this.#removeKey();
    this.#keyAllowed = true;
    const start = this.#mark;
    this.#skip();
    const header = /^(?:([-+])(\d?)|(\d)([-+]?))?/.exec(this.#text.slice(this.#mark.index))!;
    const chomping = header[1] ?? header[4] ?? "";
    const digit = header[2] || header[3];
    if (digit === "0") this.#fail("found an indentation indicator equal to 0", start);
    this.#skip(header[0].length);
    while (isBlank(this.#at())) this.#skip();
    if (this.#at() === "#") this.#rest();
    if (!this.#isEnd()) {
      if (!isBreak(this.#at())) this.#fail("did not find expected comment or line break", start);
      this.#line();
    }
    const given = digit ? Math.max(this.#indent, 0) + Number(digit) : 0;
    this.#push("scalar", start, { value: this.#blockText(style, given, chomping, start) });
  }

  #blockText(style: "|" | ">", given: number, chomping: string, start: Mark): string {
    let { indent, breaks } = this.#blockBreaks(given, start);
    let value = "", lastBreak = "";
    let leadingBlank = false;
    while (this.#mark.column === indent && !this.#isEnd()) {
      const blank = isBlank(this.#at());
      if (style === ">" && !leadingBlank && !blank && lastBreak === "\n") {
        if (breaks === "") value += " ";
      } else value += lastBreak;
      value += breaks;
      leadingBlank = blank;
      value += this.#rest();
      lastBreak = this.#isEnd() ? "" : this.#line();
      ({ indent, breaks } = this.#blockBreaks(indent, start));
    }
    if (chomping !== "-") value += lastBreak;
    if (chomping === "+") value += breaks;
    return value;
  }

  #blockBreaks(given: number, start: Mark): { indent: number; breaks: string } {
    let breaks = "";
    let widest = 0;
    const inside = () => given === 0 || this.#mark.column < given;
    for (;;) {
      while (inside() && this.#at() === " ") this.#skip();
      widest = Math.max(widest, this.#mark.column);
      if (inside() && this.#at() === "\t") {
        this.#fail("found a tab character where an indentation space is expected", start);
      }
      if (this.#isEnd() || !isBreak(this.#at())) break;
      breaks += this.#line();
    }
    return { indent: given || Math.max(widest, this.#indent + 1, 1), breaks };
  }
}
