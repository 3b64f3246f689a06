import { quote } from "../go/mod.ts";

/*
 * The words of PromQL as upstream's lexer cuts them, errors included.
 * Source: prometheus/prometheus promql/parser/lex.go.
 *
 * Written here beside @prometheus-io/lezer-promql, an editor's grammar: of a text that is wrong it makes a tree with a
 * hole in it and no message, and what is wrong, in Prometheus' words, is what is learnt from.
 */

export type TokenType =
  | "eof"
  | "error"
  | "identifier"
  | "metric identifier"
  | "string"
  | "number"
  | "duration"
  | "keyword"
  | "aggregator"
  | "operator"
  | "punctuation";

export interface Token {
  type: TokenType;
  /** As written; for an error, its message. */
  text: string;
  /** Lower case for words. */
  id: string;
  start: number;
  end: number;
}

const KEYWORDS = new Set(
  ("offset smoothed anchored by without on ignoring group_left group_right fill fill_left " +
    "fill_right bool start end step range max_of min_of").split(" "),
);
const WORD_OPERATORS = new Set(["and", "or", "unless", "atan2"]);
const AGGREGATORS: ReadonlySet<string> = new Set(
  ("sum avg count min max group stddev stdvar topk bottomk count_values quantile limitk " +
    "limit_ratio").split(" "),
);
const DURATION_WORDS = new Set(["step", "range", "max_of", "min_of"]);
/** Keywords that the grammar has under a heading of their own. */
const PREPROCESSORS = new Set(["start", "end", ...DURATION_WORDS]);

/** The word for a token in "unexpected …". Source: promql/parser/lex.go (Item.desc, Item.String). */
export function describeToken(token: Token): string {
  switch (token.type) {
    case "eof":
      return "end of input";
    case "keyword":
      return PREPROCESSORS.has(token.id) ? quote(token.text) : `<${token.text}>`;
    case "aggregator":
      return `<aggr:${token.text}>`;
    case "operator":
      return `<op:${token.text}>`;
    case "punctuation":
      return token.text === "@" ? "<op:@>" : quote(token.text);
    case "identifier":
    case "metric identifier":
      return `${token.type} ${quote(token.text)}`;
    default: {
      const short = token.text.length > 10 ? `${quote(token.text.slice(0, 10))}...` : undefined;
      return `${token.type} ${short ?? quote(token.text)}`;
    }
  }
}

/** Cuts `text` into tokens; the last one is `eof`, or `error` where the lexer gave up. */
export function tokenize(text: string): Token[] {
  return new Lexer(text).run();
}

class Lexer {
  readonly #tokens: Token[] = [];
  #at = 0;
  #start = 0;
  #parens = 0;
  #inBraces = false;
  #inBrackets = false;
  #gotColon = false;
  #gotDuration = false;

  constructor(readonly text: string) {}

  run(): Token[] {
    for (;;) {
      this.#start = this.#at;
      const failure = this.#inBraces
        ? this.#insideBraces()
        : this.#inBrackets
        ? this.#insideBrackets()
        : this.#statement();
      if (failure !== undefined) {
        if (failure !== "") {
          // A lexer that fails after a token takes the token back.
          if (this.#tokens.at(-1)?.start === this.#start) this.#tokens.pop();
          const start = this.#failedAt ?? this.#start;
          const token = { text: failure, id: failure, start, end: this.text.length };
          this.#tokens.push({ type: "error", ...token });
        }
        return this.#tokens;
      }
    }
  }

  /** Where an error starts when that is not the token's own start. */
  #failedAt: number | undefined;

  /** Adds the token that was read, or the next `length` characters. */
  #emit(type: TokenType, length?: number): undefined {
    if (length !== undefined) this.#at = this.#start + length;
    const text = this.text.slice(this.#start, this.#at);
    this.#tokens.push({ type, text, id: text.toLowerCase(), start: this.#start, end: this.#at });
  }

  /** Nothing further: the empty failure. */
  #eof(): string {
    this.#tokens.push({ type: "eof", text: "", id: "", start: this.#at, end: this.#at });
    return "";
  }

  #rest(): string {
    return this.text.slice(this.#at);
  }

  /** Skips blanks and comments; undefined when there was something to skip. */
  #skip(): boolean {
    const match = /^(?:[ \t\r\n]+|#[^\r\n]*)/.exec(this.#rest());
    if (match) this.#at += match[0].length;
    return match !== null;
  }

  #statement(): string | undefined {
    if (this.#skip()) return undefined;
    const rest = this.#rest();
    const char = rest[0];
    if (char === undefined) {
      return this.#parens !== 0 ? "unclosed left parenthesis" : this.#eof();
    }
    const operator = /^(?:==|!=|<=|>=|<\/|>\/|[-+*/%^<>])/.exec(rest);
    if (operator) return this.#emit("operator", operator[0].length);
    if (char === "=") {
      if (rest[1] === "~") return `unexpected character after '=': '~'`;
      return this.#emit("punctuation", 1);
    }
    if (char === "!") return `unexpected character after '!': ${goRune(rest.slice(1))}`;
    if (char === "," || char === "@") return this.#emit("punctuation", 1);
    if (/^(?:\d|\.\d)/.test(rest)) return this.#numberOrDuration();
    if (char === '"' || char === "'" || char === "`") return this.#string();
    if (/[a-zA-Z_:]/.test(char)) return this.#word();
    switch (char) {
      case "(":
        this.#parens++;
        return this.#emit("punctuation", 1);
      case ")":
        return this.#closeParen();
      case "{":
        this.#inBraces = true;
        return this.#emit("punctuation", 1);
      case "[":
        this.#inBrackets = true;
        this.#gotColon = false;
        this.#gotDuration = false;
        return this.#emit("punctuation", 1);
      case "]":
        return "unexpected right bracket ']'";
    }
    return `unexpected character: ${goRune(rest)}`;
  }

  #closeParen(): string | undefined {
    this.#emit("punctuation", 1);
    if (--this.#parens >= 0) return undefined;
    this.#failedAt = this.#at;
    return "unexpected right parenthesis ')'";
  }

  #word(): undefined {
    const word = /^[\w:]+/.exec(this.#rest())![0];
    const id = word.toLowerCase();
    const called = /^\s*\(/.test(this.#rest().slice(word.length));
    const type = id.startsWith("fill") && KEYWORDS.has(id) && !called
      ? "identifier"
      : KEYWORDS.has(id)
      ? "keyword"
      : AGGREGATORS.has(id)
      ? "aggregator"
      : WORD_OPERATORS.has(id)
      ? "operator"
      : id === "inf" || id === "nan"
      ? "number"
      : word.includes(":")
      ? "metric identifier"
      : "identifier";
    return this.#emit(type, word.length);
  }

  #numberOrDuration(): string | undefined {
    if (this.#scanNumber()) return this.#emit("number");
    const scanned = this.text.slice(this.#start, this.#at);
    const unit = /^[smhdwy]s?(?:\d+[smhdw]s?)*/.exec(this.#rest());
    if (unit) {
      this.#at += unit[0].length;
      // What cannot follow is read before the lexer gives up.
      if (/^\d/.test(this.#rest())) this.#at += /^\d+/.exec(this.#rest())![0].length;
      else if (!/^\w/.test(this.#rest())) return this.#emit("duration");
      else this.#at++;
    }
    const shown = unit ? this.text.slice(this.#start, this.#at) : scanned;
    return `bad number or duration syntax: ${quote(shown)}`;
  }

  /**
   * Moves past a number; false, at the place where it went wrong, when there is none.
   * Source: promql/parser/lex.go (scanNumber).
   */
  #scanNumber(): boolean {
    let digits = "0123456789";
    const is = (chars: string) =>
      this.#at < this.text.length && chars.includes(this.text[this.#at]);
    const accept = (chars: string) => {
      const found = is(chars);
      if (found) this.#at++;
      return found;
    };
    if (accept("0") && accept("xX")) {
      accept("_");
      digits += "abcdefABCDEF";
    }
    let dot = false;
    accept(".");
    let exponent = false;
    accept(digits);
    while (is(`${digits}._eE`)) {
      if (is(".") && dot) {
        this.#at++;
        return false;
      }
      if (is("eE") && exponent) {
        this.#at++;
        return false;
      }
      if (accept(".")) {
        dot = true;
        if (accept("_.") || digits.length > 10) return false;
      } else if (accept("eE")) {
        exponent = true;
        accept("+-");
        if (accept("._eE") || this.#at >= this.text.length) return false;
      } else if (accept("_")) {
        if (accept("._eE") || this.#at >= this.text.length) return false;
      } else {
        while (accept(digits));
      }
    }
    return !/^\w/.test(this.#rest());
  }

  #string(): string | undefined {
    const quote = this.text[this.#at];
    const raw = quote === "`";
    for (let i = this.#at + 1;; i++) {
      const char = this.text[i];
      if (char === undefined) return raw ? "unterminated raw string" : "unterminated quoted string";
      if (char === quote) return this.#emit("string", i + 1 - this.#start);
      if (raw) continue;
      if (char === "\n") return "unterminated quoted string";
      if (char !== "\\") continue;
      const escape = /^\\(?:[abfnrtv\\]|[0-7]{3}|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})/
        .exec(this.text.slice(i));
      if (escape) i += escape[0].length - 1;
      else if (this.text[i + 1] === quote) i++;
      else if (this.text[i + 1] === undefined) return "escape sequence not terminated";
      else return badEscape(this.text.slice(i + 1));
    }
  }

  #insideBraces(): string | undefined {
    if (this.#skip()) return undefined;
    const rest = this.#rest();
    const char = rest[0];
    if (char === undefined) return "unexpected end of input inside braces";
    const word = /^[a-zA-Z_]\w*/.exec(rest);
    if (word) return this.#emit("identifier", word[0].length);
    if (char === ",") return this.#emit("punctuation", 1);
    if (char === '"' || char === "'" || char === "`") return this.#string();
    const operator = /^(?:=~|!~|!=)/.exec(rest);
    if (operator) return this.#emit("operator", operator[0].length);
    if (char === "=") return this.#emit("punctuation", 1);
    if (char === "!") {
      return `unexpected character after '!' inside braces: ${goRune(rest.slice(1))}`;
    }
    if (char === "{") return "unexpected left brace '{'";
    if (char === "}") {
      this.#inBraces = false;
      return this.#emit("punctuation", 1);
    }
    return `unexpected character inside braces: ${goRune(rest)}`;
  }

  #insideBrackets(): string | undefined {
    const blanks = /^[ \t\r\n]+/.exec(this.#rest());
    if (blanks) {
      this.#at += blanks[0].length;
      return undefined;
    }
    const rest = this.#rest();
    const char = rest[0];
    if (char === undefined) {
      if (!this.#gotDuration) return END_IN_DURATION;
      return this.#parens !== 0 ? "unclosed left parenthesis" : "unclosed left bracket";
    }
    if (char === "]") {
      this.#inBrackets = false;
      return this.#emit("punctuation", 1);
    }
    if (char === ":") {
      this.#emit("punctuation", 1);
      this.#failedAt = this.#at;
      if (!this.#gotDuration) return "unexpected colon before duration in duration expression";
      this.#failedAt = this.#start;
      if (this.#gotColon) return "unexpected colon ':'";
      this.#failedAt = undefined;
      this.#gotColon = true;
      return undefined;
    }
    if (char === "(") {
      this.#parens++;
      return this.#emit("punctuation", 1);
    }
    if (char === ")") return this.#closeParen();
    if (/[-+*/%^]/.test(char)) return this.#emit("operator", 1);
    if (char === ",") return this.#emit("punctuation", 1);
    const word = /^[a-zA-Z_]+/.exec(rest);
    if (word && DURATION_WORDS.has(word[0].toLowerCase())) {
      this.#gotDuration = true;
      return this.#emit("keyword", word[0].length);
    }
    if (/^(?:\d|\.\d)/.test(rest)) {
      this.#gotDuration = true;
      return this.#numberOrDuration();
    }
    if (word && this.#gotDuration) return `unexpected character: ${goRune(rest)}, expected ':'`;
    // After a number upstream's lexer is back among statements.
    return /^(?:number|duration)$/.test(this.#tokens.at(-1)!.type)
      ? `unexpected character: ${goRune(rest)}`
      : `unexpected character in duration expression: ${goRune(rest)}`;
  }
}

const END_IN_DURATION = "unexpected end of input in duration expression";

function badEscape(after: string): string {
  const char = String.fromCodePoint(after.codePointAt(0)!);
  if (!/[xuU0-7]/.test(char)) return `unknown escape sequence ${unicodeName(char)}`;
  const digits = /[0-7]/.test(char) ? /^[0-7]*/.exec(after)![0] : /^.[0-9a-fA-F]*/.exec(after)![0];
  const next = after.slice(digits.length);
  if (next === "") return "escape sequence not terminated";
  const bad = String.fromCodePoint(next.codePointAt(0)!);
  return `illegal character ${unicodeName(bad)} in escape sequence`;
}

/** A character as Go's `%#U` prints it: `U+0041 'A'`. */
function unicodeName(char: string): string {
  return `U+${char.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")} '${char}'`;
}

/** The first character as Go's `%q` prints a rune; past the end that is U+FFFD. */
function goRune(text: string): string {
  if (text === "") return "'\ufffd'";
  const char = String.fromCodePoint(text.codePointAt(0)!);
  return char === "'" ? `'\\''` : `'${quote(char).slice(1, -1).replace('\\"', '"')}'`;
}
