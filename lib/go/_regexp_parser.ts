import {
  alternateNode,
  type Assertion,
  assertNode,
  backreferenceNode,
  captureNode,
  charNode,
  concatNode,
  type Node,
  repeatNode,
} from "./_regexp_nodes.ts";

/** A regular expression that Go's regexp package refuses; the message is Go's. */
export class RegexpSyntaxError extends SyntaxError {
  override name = "RegexpSyntaxError";

  constructor(readonly code: string, readonly expression: string) {
    super(`error parsing regexp: ${code}: \`${expression}\``);
  }
}

interface Flags {
  /** `i`: letters match both cases. */ fold: boolean;
  /** `m`: `^` and `$` match at lines. */ multiline: boolean;
  /** `s`: `.` matches a newline. */ dotAll: boolean;
  /** `U`: repetitions are lazy, and `?` makes them greedy. */ ungreedy: boolean;
}

/** A group that is not closed yet, or the whole expression. */
interface Group {
  branches: Node[];
  items: Node[];
  /** Its number, when it captures. */
  capture?: number;
  /** What holds again after it. */
  flags: Flags;
}

interface ParserOptions {
  dotAll?: boolean;
  /** Also understands `\1` to `\9`, `\<` and `\>`. */
  posix?: boolean;
}

export interface ParsedRegexp {
  node: Node;
  /** The names of groups from 1 on; "" for those without. */
  names: string[];
  /** Whether it has any. */
  backreferences: boolean;
}

const POSIX_CLASSES: Record<string, string> = {
  alnum: "0-9A-Za-z",
  alpha: "A-Za-z",
  ascii: "\\x00-\\x7f",
  blank: "\\t\\x20",
  cntrl: "\\x00-\\x1f\\x7f",
  digit: "0-9",
  graph: "\\x21-\\x7e",
  lower: "a-z",
  print: "\\x20-\\x7e",
  punct: "\\x21-\\x2f\\x3a-\\x40\\x5b-\\x60\\x7b-\\x7e",
  space: "\\t\\n\\v\\f\\r\\x20",
  upper: "A-Z",
  word: "0-9A-Za-z_",
  xdigit: "0-9A-Fa-f",
};
const PERL_CLASSES: Record<string, string> = {
  d: "[0-9]",
  D: "[^0-9]",
  s: "[\\t\\n\\f\\r\\x20]",
  S: "[^\\t\\n\\f\\r\\x20]",
  w: "[0-9A-Za-z_]",
  W: "[^0-9A-Za-z_]",
};
const ASSERTIONS: Record<string, Assertion> = { A: "begin", z: "end", b: "word", B: "notWord" };
const MAX_REPEAT = 1000;
const MAX_HEIGHT = 1000;
/** Instructions; one character of a text is held against each at most once. */
const MAX_SIZE = 50_000;
/** Instructions times captures: what a match keeps in memory. */
const MAX_CAPTURED = 4_000_000;

/**
 * Reads Go's syntax (Perl flags) from left to right.
 * Errors: RegexpSyntaxError with Go's text.
 * Source: golang/go src/regexp/syntax/parse.go.
 * Differs: an expression is too large at 50,000 instructions, Go's limit is 3,355,443.
 */
export function parseGoRegexp(
  source: string,
  options: ParserOptions = {},
): ParsedRegexp {
  return new Parser(source, options).parse();
}

class Parser {
  readonly #posix: boolean;
  #backreferences = false;
  readonly #names: string[] = [];
  readonly #groups: Group[];
  #at = 0;
  #flags: Flags;
  /** Where the repetition operator began that was read last; undefined after anything else. */
  #repeatFrom: number | undefined;

  constructor(
    readonly source: string,
    options: ParserOptions,
  ) {
    this.#posix = options.posix ?? false;
    const dotAll = options.dotAll ?? false;
    this.#flags = { fold: false, multiline: false, dotAll, ungreedy: false };
    this.#groups = [{ branches: [], items: [], flags: this.#flags }];
  }

  parse(): ParsedRegexp {
    while (this.#at < this.source.length) {
      const from = this.#at;
      const repeated = this.#repetition();
      this.#repeatFrom = repeated ? from : undefined;
      if (!repeated) this.#next();
    }
    if (this.#groups.length > 1) throw this.#error("missing closing )", this.source);
    const node = this.#within(this.#joined());
    if (node.size * this.#names.length > MAX_CAPTURED) throw this.#tooLarge();
    return { node, names: this.#names, backreferences: this.#backreferences };
  }

  #next(): void {
    const group = this.#groups.at(-1)!;
    switch (this.#peek()) {
      case "(":
        return this.#open();
      case "|":
        this.#at++;
        group.branches.push(this.#within(concatNode(group.items)));
        group.items = [];
        return;
      case ")": {
        if (this.#groups.length === 1) throw this.#error("unexpected )", this.source);
        this.#at++;
        const body = this.#joined();
        this.#groups.pop();
        this.#flags = group.flags;
        return this.#push(group.capture === undefined ? body : captureNode(group.capture, body));
      }
      case "\\":
        return this.#escape();
      default:
        this.#push(this.#atom());
    }
  }

  #joined(): Node {
    const { branches, items } = this.#groups.at(-1)!;
    return this.#within(alternateNode([...branches, this.#within(concatNode(items))]));
  }

  #push(node: Node): void {
    this.#groups.at(-1)!.items.push(this.#within(node));
  }

  #within(node: Node): Node {
    if (node.height > MAX_HEIGHT) throw this.#error("expression nests too deeply", this.source);
    if (node.size > MAX_SIZE) throw this.#tooLarge();
    return node;
  }

  #tooLarge(): RegexpSyntaxError {
    return this.#error("expression too large", this.source);
  }

  /** Reads a repetition operator; false, and nothing read, without one. */
  #repetition(): boolean {
    const from = this.#at;
    const counts = this.#counts();
    if (!counts) return false;
    let lazy = this.#flags.ungreedy;
    if (this.#peek() === "?") {
      this.#at++;
      lazy = !lazy;
    }
    if (this.#repeatFrom !== undefined) {
      throw this.#error("invalid nested repetition operator", this.#text(this.#repeatFrom));
    }
    const sub = this.#groups.at(-1)!.items.pop();
    if (!sub) throw this.#error("missing argument to repetition operator", this.#text(from));
    const node = repeatNode(sub, { ...counts, lazy });
    this.#push(node);
    const { min, max, counted } = counts;
    if (counted && (min >= 2 || (max >= 2 && max !== Infinity)) && node.repeats > MAX_REPEAT) {
      throw this.#error("invalid repeat count", this.#text(from));
    }
    return true;
  }

  #counts(): { min: number; max: number; counted: boolean } | undefined {
    const next = this.#peek();
    if (next === "*" || next === "+" || next === "?") {
      this.#at++;
      return { min: next === "+" ? 1 : 0, max: next === "?" ? 1 : Infinity, counted: false };
    }
    if (next !== "{") return undefined;
    const match = this.#ahead(/\{(0|[1-9]\d*)(?:(,)(0|[1-9]\d*)?)?\}/y);
    if (!match) return undefined;
    const min = Number(match[1]);
    const max = match[3] !== undefined ? Number(match[3]) : match[2] ? Infinity : min;
    if (min > MAX_REPEAT || (max > MAX_REPEAT && match[3] !== undefined) || max < min) {
      throw this.#error("invalid repeat count", match[0]);
    }
    this.#at += match[0].length;
    return { min, max, counted: true };
  }

  #atom(): Node {
    const char = this.#peek()!;
    switch (char) {
      case "[":
        return this.#char(this.#class());
      case ".":
        this.#at++;
        return charNode(this.#flags.dotAll ? "[^]" : "[^\\n]");
      case "^":
        this.#at++;
        return assertNode(this.#flags.multiline ? "beginLine" : "begin");
      case "$":
        this.#at++;
        return assertNode(this.#flags.multiline ? "endLine" : "end");
      default:
        this.#at += char.length;
        return this.#char(literal(char), char);
    }
  }

  #char(source: string, char?: string): Node {
    return this.#flags.fold ? charNode(`(?i:${source})`) : charNode(source, char);
  }

  #open(): void {
    const from = this.#at;
    const group: Group = { branches: [], items: [], flags: { ...this.#flags } };
    this.#at++;
    if (this.#peek() !== "?") group.capture = this.#names.push("");
    else {
      const named = this.#ahead(/\?P?<(?=.)/sy);
      if (named) group.capture = this.#names.push(this.#name(from, named[0].length));
      else {
        this.#at++;
        if (this.#perlFlags(from)) return;
      }
    }
    this.#groups.push(group);
  }

  #name(from: number, length: number): string {
    const close = this.source.indexOf(">", this.#at);
    if (close < 0) throw this.#error("invalid named capture", this.source.slice(from));
    const name = this.source.slice(this.#at + length, close);
    this.#at = close + 1;
    if (!/^\w+$/.test(name)) throw this.#error("invalid named capture", this.#text(from));
    return name;
  }

  /** Reads `i-s:` or `i)`. True when the flags hold for the rest of the enclosing group. */
  #perlFlags(from: number): boolean {
    const flags = { ...this.#flags };
    const names = { i: "fold", m: "multiline", s: "dotAll", U: "ungreedy" } as const;
    let on = true;
    let sawFlag = false;
    for (;;) {
      const char = this.#peek();
      if (char === undefined) break;
      this.#at += char.length;
      if (Object.hasOwn(names, char)) {
        flags[names[char as keyof typeof names]] = on;
        sawFlag = true;
      } else if (char === "-" && on) {
        on = false;
        sawFlag = false;
      } else if ((char === ":" || char === ")") && (on || sawFlag)) {
        this.#flags = flags;
        return char === ")";
      } else break;
    }
    throw this.#error("invalid or unsupported Perl syntax", this.#text(from));
  }

  #escape(): void {
    const next = this.source[this.#at + 1];
    if (next !== undefined && Object.hasOwn(ASSERTIONS, next)) {
      this.#at += 2;
      return this.#push(assertNode(ASSERTIONS[next]));
    }
    if (next === "C") throw this.#error("invalid escape sequence", "\\C");
    if (next === "Q") return this.#quoted();
    if (this.#posix && /^[1-9<>]/.test(next ?? "")) {
      this.#at += 2;
      if (next === "<") return this.#push(assertNode("wordStart"));
      if (next === ">") return this.#push(assertNode("wordEnd"));
      this.#backreferences = true;
      return this.#push(backreferenceNode(Number(next)));
    }
    const known = this.#classEscape();
    if (known !== undefined) return this.#push(this.#char(known));
    const char = this.#escapedChar();
    this.#push(this.#char(literal(char), char));
  }

  #quoted(): void {
    const end = this.source.indexOf("\\E", this.#at + 2);
    const quoted = this.source.slice(this.#at + 2, end < 0 ? undefined : end);
    for (const char of quoted) this.#push(this.#char(literal(char), char));
    this.#at += 2 + quoted.length + (end < 0 ? 0 : 2);
  }

  /** `\d`, `\pL`, `\P{Greek}` and the like; undefined (and nothing read) for any other escape. */
  #classEscape(): string | undefined {
    const next = this.source[this.#at + 1];
    if (next !== undefined && Object.hasOwn(PERL_CLASSES, next)) {
      this.#at += 2;
      return PERL_CLASSES[next];
    }
    if (next !== "p" && next !== "P") return undefined;
    const from = this.#at;
    this.#at += 2;
    let name = this.#peek();
    if (name === undefined) throw this.#error("invalid character class range", this.#text(from));
    this.#at += name.length;
    if (name === "{") {
      const close = this.source.indexOf("}", this.#at);
      if (close < 0) {
        throw this.#error("invalid character class range", this.source.slice(from));
      }
      name = this.source.slice(this.#at, close);
      this.#at = close + 1;
    }
    const negated = (next === "P") !== name.startsWith("^");
    name = name.replace(/^\^/, "");
    const letter = negated ? "P" : "p";
    if (name === "Any") return negated ? "[]" : "[\\x00-\\u{10ffff}]";
    for (const source of [`\\${letter}{${name}}`, `\\${letter}{Script=${name}}`]) {
      try {
        new RegExp(source, "v");
        if (/^[A-Z][A-Za-z_]*$/.test(name)) return source;
      } catch {
        // Not a property under this spelling: try the next, else Go's error below.
      }
    }
    throw this.#error("invalid character class range", this.#text(from));
  }

  /** The character an escape such as `\.`, `\n`, `\x41` or `\101` stands for. */
  #escapedChar(): string {
    const from = this.#at;
    this.#at++;
    const char = this.#peek();
    if (char === undefined) throw this.#error("trailing backslash at end of expression", "");
    this.#at += char.length;
    const simple: Record<string, string> = {
      a: "\x07",
      f: "\f",
      n: "\n",
      r: "\r",
      t: "\t",
      v: "\v",
    };
    if (Object.hasOwn(simple, char)) return simple[char];
    if (char === "x") {
      const match = this.#ahead(/([0-9a-fA-F]{2})|\{([0-9a-fA-F]+)\}/y);
      const code = match ? parseInt(match[1] ?? match[2], 16) : Infinity;
      if (code <= 0x10ffff) {
        this.#at += match![0].length;
        return String.fromCodePoint(code);
      }
      this.#at += this.#ahead(/\{[0-9a-fA-F]*|.{0,2}/suy)![0].length;
    } else if (/[0-7]/.test(char)) {
      // A single digit from 1 on would be a backreference, which RE2 does not have.
      const digits = char + this.#ahead(/[0-7]{0,2}/y)![0];
      if (char === "0" || digits.length > 1) {
        this.#at += digits.length - 1;
        return String.fromCodePoint(parseInt(digits, 8));
      }
    } else if (char < "\x80" && !/[0-9A-Za-z]/.test(char)) return char;
    throw this.#error("invalid escape sequence", this.#text(from));
  }

  #class(): string {
    const from = this.#at;
    this.#at++;
    let out = "[";
    if (this.#peek() === "^") {
      this.#at++;
      out += "^";
    }
    for (let first = true; first || this.#peek() !== "]"; first = false) {
      if (this.#peek() === undefined) {
        throw this.#error("missing closing ]", this.source.slice(from));
      }
      const known = this.#peek() === "\\" ? this.#classEscape() : this.#namedClass();
      out += known ?? this.#classRange(from);
    }
    this.#at++;
    return `${out}]`;
  }

  /** `[:alpha:]` or `[:^alpha:]` inside a class. */
  #namedClass(): string | undefined {
    const from = this.#at;
    const end = this.source.startsWith("[:", from) ? this.source.indexOf(":]", from + 2) : -1;
    if (end < 0) return undefined;
    this.#at = end + 2;
    const negated = this.source[from + 2] === "^";
    const name = this.source.slice(from + (negated ? 3 : 2), end);
    if (!Object.hasOwn(POSIX_CLASSES, name)) {
      throw this.#error("invalid character class range", this.#text(from));
    }
    return `[${negated ? "^" : ""}${POSIX_CLASSES[name]}]`;
  }

  #classRange(classFrom: number): string {
    const from = this.#at;
    const low = this.#classChar(classFrom);
    const after = this.source[this.#at + 1];
    if (this.#peek() !== "-" || after === "]" || after === undefined) return literal(low);
    this.#at++;
    const high = this.#classChar(classFrom);
    if (high.codePointAt(0)! < low.codePointAt(0)!) {
      throw this.#error("invalid character class range", this.#text(from));
    }
    return `${literal(low)}-${literal(high)}`;
  }

  #classChar(classFrom: number): string {
    const char = this.#peek();
    if (char === undefined) {
      throw this.#error("missing closing ]", this.source.slice(classFrom));
    }
    if (char === "\\") return this.#escapedChar();
    this.#at += char.length;
    return char;
  }

  /** The character at this place. */
  #peek(): string | undefined {
    const code = this.source.codePointAt(this.#at);
    return code === undefined ? undefined : String.fromCodePoint(code);
  }

  /** What a sticky expression finds at this place. */
  #ahead(regexp: RegExp): RegExpExecArray | null {
    regexp.lastIndex = this.#at;
    return regexp.exec(this.source);
  }

  /** What was read since. */
  #text(from: number): string {
    return this.source.slice(from, this.#at);
  }

  #error(code: string, expression: string): RegexpSyntaxError {
    return new RegexpSyntaxError(code, expression);
  }
}

/** One character that stands for itself, inside a class and outside. */
function literal(char: string): string {
  const code = char.codePointAt(0)!;
  if (/[0-9A-Za-z_]/.test(char) || code > 0xff) return char;
  return `\\x${code.toString(16).padStart(2, "0")}`;
}
