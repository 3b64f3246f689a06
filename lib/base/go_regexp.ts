/** A regular expression that Go's regexp package refuses; the message is Go's. */
export class RegexpSyntaxError extends SyntaxError {
  override name = "RegexpSyntaxError";

  constructor(readonly code: string, readonly expression: string) {
    super(`error parsing regexp: ${code}: \`${expression}\``);
  }
}

/**
 * Compiles a Go (RE2) regular expression that has to match the whole text, with `.` matching
 * newlines too, as Prometheus's matchers, relabeling and `label_replace` do.
 * Errors: RegexpSyntaxError with Go's text.
 * Source: prometheus/prometheus model/labels/regexp.go; golang/go src/regexp/syntax/parse.go.
 * Differs: JavaScript matches by backtracking, so that nested repetitions can be slow where RE2 is not.
 */
export function compileAnchored(re: string): RegExp {
  return cached(`^${re}`, () => `^(?:${new Translator(re, true).translate()})$`);
}

/**
 * Compiles a Go regular expression that may match anywhere, as `regexp.MustCompile` does.
 * Errors: RegexpSyntaxError with Go's text.
 */
export function compileGoRegexp(re: string): RegExp {
  return cached(` ${re}`, () => new Translator(re, false).translate());
}

/** Compiled expressions keep no state between matches, so that they can be shared. */
const compiled = new Map<string, RegExp>();

function cached(key: string, translate: () => string): RegExp {
  const known = compiled.get(key);
  if (known) return known;
  const regexp = new RegExp(translate(), "v");
  if (compiled.size >= 1000) compiled.clear();
  compiled.set(key, regexp);
  return regexp;
}

/**
 * Replaces `$1`, `${1}`, `$name` and `$$` in a template by what a match captured; names that
 * captured nothing become empty. Source: golang/go src/regexp/regexp.go (Expand).
 */
export function expandTemplate(template: string, match: RegExpMatchArray): string {
  return template.replace(/\$(?:\$|(\w+)|\{(\w+)\})?/g, (whole, bare, braced) => {
    if (whole === "$$") return "$";
    const name: string | undefined = bare ?? braced;
    if (name === undefined) return whole;
    // A number with a leading zero is a name.
    if (/^(?:0|[1-9]\d*)$/.test(name)) return match[Number(name)] ?? "";
    const named = Object.entries(match.groups ?? {});
    return named.find(([key, text]) => goName(key) === name && text !== undefined)?.[1] ?? "";
  });
}

/** How many groups a compiled expression captures, and what they are called. */
export function captureGroups(regexp: RegExp): { count: number; names: string[] } {
  const match = new RegExp(`${regexp.source}|`, regexp.flags).exec("")!;
  return { count: match.length - 1, names: Object.keys(match.groups ?? {}).map(goName) };
}

/** Go lets groups share a name; here the second `n` is called `n$2`, which no Go name can be. */
function goName(key: string): string {
  return key.replace(/\$\d+$/, "");
}

interface Flags {
  /** `i`: letters match both cases. */ fold: boolean;
  /** `m`: `^` and `$` match at lines. */ multiline: boolean;
  /** `s`: `.` matches a newline. */ dotAll: boolean;
  /** `U`: repetitions are lazy, and `?` makes them greedy. */ ungreedy: boolean;
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
/** Word boundaries are spelled out: JavaScript's depend on flags, Go's are ASCII always. */
const ASSERTIONS: Record<string, string> = {
  A: "(?:^)",
  z: "(?:$)",
  b: "(?:(?<=[0-9A-Za-z_])(?![0-9A-Za-z_])|(?<![0-9A-Za-z_])(?=[0-9A-Za-z_]))",
  B: "(?:(?<=[0-9A-Za-z_])(?=[0-9A-Za-z_])|(?<![0-9A-Za-z_])(?![0-9A-Za-z_]))",
};
const MAX_REPEAT = 1000;

/** Reads Go syntax from left to right and writes JavaScript source for the `v` flag. */
class Translator {
  #rest: string[];
  #at = 0;
  #flags: Flags;
  /** How often each group's name was used. */
  readonly #names = new Map<string, number>();

  constructor(readonly source: string, dotAll: boolean) {
    this.#rest = [...source];
    this.#flags = { fold: false, multiline: false, dotAll, ungreedy: false };
  }

  translate(): string {
    const out = this.#alternation();
    if (this.#at < this.#rest.length) throw this.#error("unexpected )", this.source);
    return out;
  }

  #alternation(): string {
    const branches = [this.#concatenation()];
    while (this.#peek() === "|") {
      this.#at++;
      branches.push(this.#concatenation());
    }
    return branches.join("|");
  }

  #concatenation(): string {
    let out = "";
    let last: string | undefined;
    // Where the previous repetition operator began, while it is the last thing read.
    let repeatFrom: number | undefined;
    const flush = () => {
      out += last ?? "";
      last = undefined;
    };
    for (let next = this.#peek(); next !== undefined && next !== "|" && next !== ")";) {
      const from = this.#at;
      const repeat = this.#repeat();
      if (repeat !== undefined) {
        if (repeatFrom !== undefined) {
          throw this.#error("invalid nested repetition operator", this.#text(repeatFrom));
        }
        if (last === undefined) {
          throw this.#error("missing argument to repetition operator", this.#text(from));
        }
        out += last + repeat;
        last = undefined;
        repeatFrom = from;
      } else {
        flush();
        repeatFrom = undefined;
        last = this.#atom();
      }
      next = this.#peek();
    }
    flush();
    return out;
  }

  /** A repetition operator at this place, in JavaScript; undefined (and nothing read) without one. */
  #repeat(): string | undefined {
    const next = this.#peek();
    let operator: string;
    if (next === "*" || next === "+" || next === "?") {
      this.#at++;
      operator = next;
    } else if (next === "{") {
      const match = /^\{(\d+)(,(\d*))?\}/.exec(this.#text(this.#at, this.#rest.length));
      if (!match) return undefined;
      const least = Number(match[1]);
      const most = match[2] === undefined ? least : match[3] === "" ? undefined : Number(match[3]);
      if (least > MAX_REPEAT || (most !== undefined && (most > MAX_REPEAT || most < least))) {
        throw this.#error("invalid repeat count", match[0]);
      }
      this.#at += match[0].length;
      operator = match[0];
    } else return undefined;
    let lazy = this.#flags.ungreedy;
    if (this.#peek() === "?") {
      this.#at++;
      lazy = !lazy;
    }
    return lazy ? `${operator}?` : operator;
  }

  #atom(): string {
    const char = this.#rest[this.#at];
    switch (char) {
      case "(":
        return this.#group();
      case "[":
        return this.#folded(this.#class());
      case ".":
        this.#at++;
        return this.#flags.dotAll ? "[\\x00-\\u{10ffff}]" : "[^\\n]";
      case "^":
        this.#at++;
        return this.#flags.multiline ? "(?:(?<![^\\n]))" : "(?:^)";
      case "$":
        this.#at++;
        return this.#flags.multiline ? "(?:(?![^\\n]))" : "(?:$)";
      case "\\":
        return this.#escape();
      default:
        this.#at++;
        return this.#folded(literal(char));
    }
  }

  #folded(source: string): string {
    return this.#flags.fold ? `(?i:${source})` : source;
  }

  #group(): string {
    const from = this.#at;
    const saved = { ...this.#flags };
    let open = "(";
    this.#at++;
    if (this.#peek() === "?") {
      const named = /^\(\?P?</.exec(this.#text(from, this.#rest.length));
      if (named) {
        const rest = this.#text(from, this.#rest.length);
        const close = rest.indexOf(">");
        if (close < 0) throw this.#error("invalid named capture", rest);
        const name = rest.slice(named[0].length, close);
        if (!/^\w+$/.test(name)) {
          throw this.#error("invalid named capture", rest.slice(0, close + 1));
        }
        open = /^\d/.test(name) ? "(" : `(?<${this.#unique(name)}>`;
        this.#at = from + [...rest.slice(0, close + 1)].length;
      } else {
        this.#at++;
        if (this.#perlFlags(from)) return "(?:)";
        open = "(?:";
      }
    }
    const body = this.#alternation();
    if (this.#peek() !== ")") throw this.#error("missing closing )", this.source);
    this.#at++;
    this.#flags = saved;
    return `${open}${body})`;
  }

  #unique(name: string): string {
    const uses = (this.#names.get(name) ?? 0) + 1;
    this.#names.set(name, uses);
    return uses === 1 ? name : `${name}$${uses}`;
  }

  /** Reads `i-s:` or `i)`. True when the flags hold for the rest of the enclosing group. */
  #perlFlags(from: number): boolean {
    let on = true;
    let sawFlag = false;
    for (;;) {
      const char = this.#rest[this.#at];
      if (char === undefined) {
        throw this.#error("invalid or unsupported Perl syntax", this.#text(from));
      }
      this.#at++;
      switch (char) {
        case "i":
          this.#flags.fold = on;
          sawFlag = true;
          continue;
        case "m":
          this.#flags.multiline = on;
          sawFlag = true;
          continue;
        case "s":
          this.#flags.dotAll = on;
          sawFlag = true;
          continue;
        case "U":
          this.#flags.ungreedy = on;
          sawFlag = true;
          continue;
        case "-":
          if (on) {
            on = false;
            sawFlag = false;
            continue;
          }
          break;
        case ":":
        case ")":
          if (!on && !sawFlag) break;
          return char === ")";
      }
      throw this.#error("invalid or unsupported Perl syntax", this.#text(from));
    }
  }

  #escape(): string {
    const next = this.#rest[this.#at + 1];
    if (next !== undefined && Object.hasOwn(ASSERTIONS, next)) {
      this.#at += 2;
      return ASSERTIONS[next];
    }
    if (next === "C") throw this.#error("invalid escape sequence", "\\C");
    if (next === "Q") {
      const rest = this.#text(this.#at + 2, this.#rest.length);
      const end = rest.indexOf("\\E");
      const quoted = end < 0 ? rest : rest.slice(0, end);
      this.#at += 2 + [...quoted].length + (end < 0 ? 0 : 2);
      return `(?:${[...quoted].map((char) => this.#folded(literal(char))).join("")})`;
    }
    return this.#folded(this.#classEscape() ?? literal(this.#escapedChar()));
  }

  /** `\d`, `\pL`, `\P{Greek}` and the like; undefined (and nothing read) for any other escape. */
  #classEscape(): string | undefined {
    const next = this.#rest[this.#at + 1];
    if (next !== undefined && Object.hasOwn(PERL_CLASSES, next)) {
      this.#at += 2;
      return PERL_CLASSES[next];
    }
    if (next !== "p" && next !== "P") return undefined;
    const from = this.#at;
    this.#at += 2;
    let name = this.#rest[this.#at++];
    if (name === undefined) throw this.#error("invalid character class range", this.#text(from));
    if (name === "{") {
      const close = this.#rest.indexOf("}", this.#at);
      if (close < 0) {
        throw this.#error("invalid character class range", this.#text(from, this.#rest.length));
      }
      name = this.#text(this.#at, close);
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
    const char = this.#rest[this.#at++];
    if (char === undefined) throw this.#error("trailing backslash at end of expression", "");
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
      const match = /^(?:([0-9a-fA-F]{2})|\{([0-9a-fA-F]+)\})/.exec(
        this.#text(this.#at, this.#rest.length),
      );
      const code = match ? parseInt(match[1] ?? match[2], 16) : Infinity;
      if (code <= 0x10ffff) {
        this.#at += match![0].length;
        return String.fromCodePoint(code);
      }
      const read = /^(?:\{[0-9a-fA-F]*|.{0,2})/su.exec(this.#text(this.#at, this.#rest.length))!;
      this.#at += [...read[0]].length;
    } else if (/[0-7]/.test(char)) {
      // A single digit from 1 on would be a backreference, which RE2 does not have.
      const digits = /^[0-7]{1,3}/.exec(this.#text(this.#at - 1, this.#rest.length))![0];
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
        throw this.#error("missing closing ]", this.#text(from, this.#rest.length));
      }
      const posix = /^\[:(\^?)([^:\]]*):\]/.exec(this.#text(this.#at, this.#rest.length));
      if (posix) {
        if (!Object.hasOwn(POSIX_CLASSES, posix[2])) {
          throw this.#error("invalid character class range", posix[0]);
        }
        out += `[${posix[1]}${POSIX_CLASSES[posix[2]]}]`;
        this.#at += [...posix[0]].length;
        continue;
      }
      const escape = this.#peek() === "\\" ? this.#classEscape() : undefined;
      out += escape ?? this.#classRange(from);
    }
    this.#at++;
    return `${out}]`;
  }

  #classRange(classFrom: number): string {
    const from = this.#at;
    const low = this.#classChar(classFrom);
    const after = this.#rest[this.#at + 1];
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
      throw this.#error("missing closing ]", this.#text(classFrom, this.#rest.length));
    }
    if (char === "\\") return this.#escapedChar();
    this.#at++;
    return char;
  }

  #peek(): string | undefined {
    return this.#rest[this.#at];
  }

  #text(from: number, to = this.#at): string {
    return this.#rest.slice(from, to).join("");
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
