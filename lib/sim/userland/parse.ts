import { ESCAPES } from "./escapes.ts";
import { Signalled, SIGSEGV } from "./signalled.ts";
import {
  type AndOr,
  type Assignment,
  type Command,
  type Pipeline,
  type Redirect,
  type Sequence,
  ShellSyntaxError,
  type Word,
  type WordPart,
} from "./syntax.ts";

const RESERVED = new Set([
  "if",
  "then",
  "else",
  "elif",
  "fi",
  "do",
  "done",
  "case",
  "esac",
  "while",
  "until",
  "for",
  "{",
  "}",
  "!",
  "in",
]);
const CLOSING = new Set(["then", "else", "elif", "fi", "do", "done", "esac", "}"]);
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const META = new Set([" ", "\t", "\n", ";", "&", "|", "<", ">", "(", ")", ""]);
const GLOB = /[*?[]/;
const SPECIAL_PARAMETERS = "@*#?-$!0123456789";
/** How deep a script may be nested before the real one's stack is used up. */
const MAX_NESTING = 300;
/** What a command, and a word that braces made, takes. */
const NODE_BYTES = 768;
const WORD_BYTES = 128;

export interface ParseOptions {
  bash?: boolean;
  /** Takes memory for what is read, beside that of the text. */
  grow?(bytes: number): void;
  /** How deep in another script this one is. */
  depth?: number;
}

/**
 * Reads a script as the POSIX shell does, and with `bash` what bash adds and scripts use: `((…))`,
 * `function`, `for ((…))`, `<<<`, `{1..3}`.
 * Errors: ShellSyntaxError with ash's words; Signalled when it is nested too deeply.
 */
export function parseScript(source: string, options: ParseOptions = {}): Sequence {
  return new Parser(source, options).script();
}

/** A text in which only parameters, commands and arithmetic are expanded, as in double quotes. */
export function parseText(source: string, options: ParseOptions = {}): Word {
  const parser = new Parser(source, { ...options, bash: false });
  return parser.quotedText("");
}

class Parser {
  #at = 0;
  #hereDocs: { redirect: Redirect; delimiter: string; quoted: boolean; strip: boolean }[] = [];

  #depth: number;
  readonly bash: boolean;

  constructor(private readonly source: string, private readonly options: ParseOptions) {
    this.bash = options.bash ?? false;
    this.#depth = options.depth ?? 0;
  }

  /** Reads what is nested in something. */
  #deeper<T>(read: () => T): T {
    if (++this.#depth > MAX_NESTING) throw new Signalled(SIGSEGV);
    const out = read();
    this.#depth--;
    return out;
  }

  #nestedText(source: string): Word {
    return this.#deeper(() => parseText(source, { ...this.options, depth: this.#depth }));
  }

  script(): Sequence {
    const out = this.#sequence([]);
    if (this.#at < this.source.length) throw this.#unexpected();
    return out;
  }

  // ------------------------------------------------------------ lists

  /** Commands up to one of `ends`, which is left to read. */
  #sequence(ends: readonly string[]): Sequence {
    const out: Sequence = [];
    for (;;) {
      this.#newlines();
      if (this.#peek() === "" || this.#peek() === ")" || this.#startsWith(";;")) break;
      const word = this.#reservedAhead();
      if (word !== undefined && ends.includes(word)) break;
      if (word !== undefined && CLOSING.has(word)) throw this.#unexpected();
      const from = this.#at;
      const item = this.#andOr();
      item.source = this.source.slice(from, this.#at).trim();
      this.#blanks();
      out.push(item);
      if (this.#startsWith(";;")) break;
      if (this.#peek() === "&" && !this.#startsWith("&&")) {
        this.#at++;
        item.background = true;
      } else if (this.#peek() === ";") this.#at++;
      else if (this.#peek() !== "\n") break;
    }
    return out;
  }

  #andOr(): AndOr {
    this.options.grow?.(NODE_BYTES);
    const first = this.#pipeline();
    const rest: AndOr["rest"] = [];
    for (;;) {
      this.#blanks();
      const operator = this.#startsWith("&&") ? "&&" : this.#startsWith("||") ? "||" : undefined;
      if (!operator) return { first, rest, background: false, source: "" };
      this.#at += 2;
      this.#newlines();
      rest.push({ operator, pipeline: this.#pipeline() });
    }
  }

  #pipeline(): Pipeline {
    this.#blanks();
    let negated = false;
    while (this.#reservedAhead() === "!") {
      this.#at++;
      negated = !negated;
      this.#blanks();
    }
    const commands = [this.#deeper(() => this.#command())];
    for (;;) {
      this.#blanks();
      if (this.#peek() !== "|" || this.#startsWith("||")) return { negated, commands };
      this.#at++;
      if (this.#peek() === "&") {
        // `|&` sends errors along.
        this.#at++;
        const last = commands.at(-1)!;
        if (last.kind !== "function") {
          last.redirects.push({ operator: ">&", fd: 2, target: fixedWord("1") });
          if (last.kind === "simple") delete last.fixed;
        }
      }
      this.#newlines();
      this.options.grow?.(NODE_BYTES);
      commands.push(this.#deeper(() => this.#command()));
    }
  }

  // ------------------------------------------------------------ commands

  #command(): Command {
    this.#blanks();
    if (this.#peek() === "(") {
      if (this.bash && this.#startsWith("((")) return this.#evaluate();
      this.#at++;
      const body = this.#sequence([]);
      this.#require(")");
      return { kind: "subshell", body, redirects: this.#redirects() };
    }
    switch (this.#reservedAhead()) {
      case "{": {
        this.#at++;
        const body = this.#sequence(["}"]);
        this.#keyword("}");
        return { kind: "group", body, redirects: this.#redirects() };
      }
      case "if":
        return this.#if();
      case "while":
      case "until": {
        const until = this.#take(5) === "until";
        const test = this.#sequence(["do"]);
        const body = this.#doGroup();
        return { kind: "loop", until, test, body, redirects: this.#redirects() };
      }
      case "for":
        return this.#for();
      case "case":
        return this.#case();
    }
    return this.#function() ?? this.#simple();
  }

  #evaluate(): Command {
    this.#at += 2;
    const from = this.#at;
    const close = this.source.indexOf("))", from);
    if (close < 0) throw this.#eof("))");
    this.#at = close + 2;
    const expression = this.#nestedText(this.source.slice(from, close));
    return { kind: "evaluate", expression, redirects: this.#redirects() };
  }

  #if(): Command {
    this.#at += 2;
    const branches: { test: Sequence; body: Sequence }[] = [];
    let otherwise: Sequence | undefined;
    const test = this.#sequence(["then"]);
    this.#keyword("then");
    branches.push({ test, body: this.#sequence(["elif", "else", "fi"]) });
    for (;;) {
      this.#blanks();
      const word = this.#reservedAhead();
      if (word === "elif") {
        this.#at += 4;
        const next = this.#sequence(["then"]);
        this.#keyword("then");
        branches.push({ test: next, body: this.#sequence(["elif", "else", "fi"]) });
      } else if (word === "else") {
        this.#at += 4;
        otherwise = this.#sequence(["fi"]);
      } else {
        this.#keyword("fi");
        return { kind: "if", branches, otherwise, redirects: this.#redirects() };
      }
    }
  }

  #doGroup(): Sequence {
    this.#keyword("do");
    const body = this.#sequence(["done"]);
    this.#keyword("done");
    return body;
  }

  #for(): Command {
    this.#at += 3;
    this.#blanks();
    if (this.bash && this.#startsWith("((")) return this.#count();
    const name = this.#bareWord();
    if (!NAME.test(name)) throw new ShellSyntaxError("syntax error: bad for loop variable", false);
    this.#newlines();
    let words: Word[] | undefined;
    if (this.#reservedAhead() === "in") {
      this.#at += 2;
      words = [];
      for (;;) {
        this.#blanks();
        const word = this.#word();
        if (!word) break;
        append(words, this.#braces(word));
      }
    }
    this.#blanks();
    if (this.#peek() === ";") this.#at++;
    this.#newlines();
    const body = this.#doGroup();
    return { kind: "for", name, words, body, redirects: this.#redirects() };
  }

  #count(): Command {
    this.#at += 2;
    const close = this.source.indexOf("))", this.#at);
    if (close < 0) throw this.#eof("))");
    const [start, test, step] = this.source.slice(this.#at, close).split(";")
      .concat("", "").map((text) => this.#nestedText(text));
    this.#at = close + 2;
    this.#blanks();
    if (this.#peek() === ";") this.#at++;
    this.#newlines();
    const body = this.#doGroup();
    return { kind: "count", start, test, step, body, redirects: this.#redirects() };
  }

  #case(): Command {
    this.#at += 4;
    this.#blanks();
    const word = this.#word();
    if (!word) throw this.#unexpected();
    this.#newlines();
    this.#keyword("in");
    const arms: { patterns: Word[]; body: Sequence }[] = [];
    for (;;) {
      this.#newlines();
      if (this.#reservedAhead() === "esac") break;
      if (this.#peek() === "(") this.#at++;
      const patterns: Word[] = [];
      do {
        this.#blanks();
        const pattern = this.#word();
        if (!pattern) throw this.#unexpected();
        patterns.push(pattern);
        this.#blanks();
      } while (this.#peek() === "|" && ++this.#at);
      this.#require(")");
      arms.push({ patterns, body: this.#sequence(["esac"]) });
      this.#newlines();
      if (!this.#startsWith(";;")) break;
      this.#at += 2;
    }
    this.#keyword("esac");
    return { kind: "case", word, arms, redirects: this.#redirects() };
  }

  #function(): Command | undefined {
    const ahead = /^(?:function[ \t]+)?([^\s()<>;&|"'`$\\#=*?[\]{}!]+)[ \t]*\([ \t]*\)/.exec(
      this.#ahead(),
    );
    const bare = this.bash
      ? /^function[ \t]+([^\s()<>;&|"'`$\\]+)(?=[ \t\n]*\{)/.exec(this.#ahead())
      : null;
    const match = ahead ?? bare;
    if (!match) return undefined;
    if (!this.bash && !/^[A-Za-z_][\w.-]*$/.test(match[1])) {
      throw new ShellSyntaxError("syntax error: bad function name", false);
    }
    this.#at += match[0].length;
    this.#newlines();
    const from = this.#at;
    const body = this.#deeper(() => this.#command());
    return { kind: "function", name: match[1], body, sourceBytes: this.#at - from };
  }

  #simple(): Command {
    const assignments: Assignment[] = [];
    const words: Word[] = [];
    const redirects: Redirect[] = [];
    for (;;) {
      this.#blanks();
      const redirect = this.#redirect();
      if (redirect) {
        redirects.push(redirect);
        continue;
      }
      const assignment = words.length === 0 ? this.#assignment() : undefined;
      if (assignment) {
        assignments.push(assignment);
        continue;
      }
      const word = this.#word();
      if (!word) break;
      append(words, this.#braces(word));
    }
    if (assignments.length + words.length + redirects.length === 0) throw this.#unexpected();
    const isFixed = assignments.length + redirects.length === 0 &&
      words.every((word) => word.fixed !== undefined);
    return {
      kind: "simple",
      assignments,
      words,
      redirects,
      ...(isFixed ? { fixed: words.map((word) => word.fixed!) } : {}),
    };
  }

  #assignment(): Assignment | undefined {
    const match = /^([A-Za-z_][A-Za-z0-9_]*)(\+?)=/.exec(this.#ahead());
    if (!match) return undefined;
    this.#at += match[0].length;
    const value = this.#word() ?? fixedWord("");
    return { name: match[1], value, append: match[2] === "+" };
  }

  #redirects(): Redirect[] {
    const out: Redirect[] = [];
    for (;;) {
      this.#blanks();
      const redirect = this.#redirect();
      if (!redirect) return out;
      out.push(redirect);
    }
  }

  #redirect(): Redirect | undefined {
    const ahead = this.#ahead();
    const match = /^(\d*)(<<<|<<-|<<|<&|<>|>>|>&|>\||<|>)/.exec(ahead) ??
      (this.bash || ahead.startsWith("&>") ? /^()(&>>|&>)/.exec(ahead) : null);
    if (!match) return undefined;
    this.#at += match[0].length;
    let operator = match[2];
    const fd = match[1] === "" ? (operator.startsWith("<") ? 0 : 1) : Number(match[1]);
    this.#blanks();
    const strip = operator === "<<-";
    if (strip) operator = "<<";
    const quoted = operator === "<<" && /^[^\s;&|<>()]*["'\\]/.test(this.#ahead());
    const target = this.#word();
    if (!target) throw this.#unexpected();
    const redirect: Redirect = { operator, fd, target };
    if (operator === "<<") {
      const delimiter = target.parts.map((part) => part.kind === "text" ? part.text : "").join("");
      this.#hereDocs.push({ redirect, delimiter, quoted, strip });
    }
    return redirect;
  }

  // ------------------------------------------------------------ words

  #word(): Word | undefined {
    const parts: WordPart[] = [];
    let text = "";
    let any = false;
    const flush = () => {
      if (text !== "") parts.push({ kind: "text", text, quoted: false });
      text = "";
    };
    if (this.#peek() === "~" && /^~(?=[/\s:;&|)]|$)/.test(this.#ahead())) {
      this.#at++;
      parts.push({ kind: "tilde" });
      any = true;
    }
    for (;;) {
      const char = this.#peek();
      if (META.has(char)) break;
      any = true;
      if (char === "\\") {
        const next = this.source[this.#at + 1];
        this.#at += 2;
        if (next === "\n") continue;
        flush();
        parts.push({ kind: "text", text: next ?? "\\", quoted: true });
      } else if (char === "'") {
        flush();
        const end = this.source.indexOf("'", this.#at + 1);
        if (end < 0) throw unterminated();
        parts.push({ kind: "text", text: this.source.slice(this.#at + 1, end), quoted: true });
        this.#at = end + 1;
      } else if (char === '"') {
        flush();
        this.#at++;
        append(parts, this.#deeper(() => this.quotedText('"')).parts);
      } else if (char === "$" && this.source[this.#at + 1] === "'") {
        flush();
        this.#at += 2;
        parts.push({ kind: "text", text: this.#ansiText(), quoted: true });
      } else if (char === "$" || char === "`") {
        const part = this.#dollar(false);
        if (typeof part === "string") text += part;
        else {
          flush();
          parts.push(part);
        }
      } else {
        text += char;
        this.#at++;
      }
    }
    if (!any) return undefined;
    flush();
    return withFixed({ parts });
  }

  /** Text up to the closing `end`, in which only `$`, backquotes and some backslashes are special. */
  quotedText(end: string): Word {
    const parts: WordPart[] = [];
    let text = "";
    for (;;) {
      const char = this.#peek();
      if (char === "" || char === end) {
        if (char === "" && end !== "") throw unterminated();
        this.#at += end.length;
        break;
      }
      if (char === "\\") {
        const next = this.source[this.#at + 1] ?? "";
        this.#at += 2;
        if (next === "\n") continue;
        text += (next === '"' ? end === '"' : "$`\\".includes(next)) && next !== ""
          ? next
          : `\\${next}`;
      } else if (char === "$" || char === "`") {
        const part = this.#dollar(true);
        if (typeof part === "string") text += part;
        else {
          if (text !== "") parts.push({ kind: "text", text, quoted: true });
          text = "";
          parts.push(part);
        }
      } else {
        text += char;
        this.#at++;
      }
    }
    if (text !== "" || parts.length === 0) parts.push({ kind: "text", text, quoted: true });
    return withFixed({ parts });
  }

  #ansiText(): string {
    let out = "";
    while (this.#peek() !== "'") {
      if (this.#peek() === "") throw unterminated();
      if (this.#peek() === "\\") {
        const match = /^\\(x[0-9a-fA-F]{1,2}|[0-7]{1,3}|.)/s.exec(this.#ahead())!;
        this.#at += match[0].length;
        out += ansiEscape(match[1]);
      } else out += this.source[this.#at++];
    }
    this.#at++;
    return out;
  }

  /** What a `$` or a backquote stands for; a string when it stands for itself. */
  #dollar(quoted: boolean): WordPart | string {
    if (this.#peek() === "`") return this.#backquoted(quoted);
    const ahead = this.#ahead();
    if (ahead.startsWith("$((")) {
      const arithmetic = this.#arithmetic(quoted);
      if (arithmetic) return arithmetic;
    }
    if (ahead.startsWith("$(")) {
      this.#at += 2;
      const script = this.#nested();
      return { kind: "command", script, quoted };
    }
    if (ahead.startsWith("${")) {
      this.#at += 2;
      return this.#deeper(() => this.#braced(quoted));
    }
    const name = /^\$([A-Za-z_][A-Za-z0-9_]*)/.exec(ahead)?.[1] ??
      (ahead.length > 1 && SPECIAL_PARAMETERS.includes(ahead[1]) ? ahead[1] : undefined);
    if (name === undefined) {
      this.#at++;
      return "$";
    }
    this.#at += 1 + name.length;
    return { kind: "parameter", name, quoted };
  }

  /** The script up to the `)` that closes `$(`. */
  #nested(): Sequence {
    const held = this.#hereDocs;
    this.#hereDocs = [];
    const script = this.#deeper(() => this.#sequence([]));
    this.#hereDocs = held;
    this.#require(")");
    return script;
  }

  #backquoted(quoted: boolean): WordPart {
    let text = "";
    for (this.#at++; this.#peek() !== "`"; this.#at++) {
      if (this.#peek() === "") {
        throw new ShellSyntaxError('syntax error: unexpected end of file (expecting "`")', true);
      }
      const next = this.source[this.#at + 1];
      if (
        this.#peek() === "\\" &&
        (next === "`" || next === "\\" || next === "$" || (quoted && next === '"'))
      ) {
        this.#at++;
      }
      text += this.#peek();
    }
    this.#at++;
    const script = this.#deeper(() => parseScript(text, { ...this.options, depth: this.#depth }));
    return { kind: "command", script, quoted };
  }

  #arithmetic(quoted: boolean): WordPart | undefined {
    const start = this.#at;
    let depth = 0;
    for (let i = start + 3; i < this.source.length; i++) {
      const char = this.source[i];
      if (char === "(") depth++;
      else if (char === ")") {
        if (depth > 0) depth--;
        else if (this.source[i + 1] === ")") {
          const expression = this.#nestedText(this.source.slice(start + 3, i));
          this.#at = i + 2;
          return { kind: "arithmetic", expression, quoted };
        } else return undefined;
      }
    }
    return undefined;
  }

  #braced(quoted: boolean): WordPart {
    if (this.#peek() === "#" && !/^#[}:%#=+?/-]/.test(this.#ahead().slice(0, 2))) {
      this.#at++;
      const name = this.#parameterName();
      this.#require("}");
      return { kind: "parameter", name, quoted, operator: "length" };
    }
    const name = this.#parameterName();
    const operator = /^(?::[-=?+]|##|%%|\/\/|[-=?+#%/:])/.exec(this.#ahead())?.[0];
    if (operator === undefined) {
      if (this.#peek() !== "}") throw new ShellSyntaxError("syntax error: bad substitution", false);
      this.#at++;
      return { kind: "parameter", name, quoted };
    }
    this.#at += operator.length;
    const separator = operator === "/" || operator === "//" ? "/" : operator === ":" ? ":" : "";
    // A pattern is one whatever stands around the braces.
    const isPattern = /^[#%/]/.test(operator);
    const word = this.#operand(quoted && !isPattern, separator);
    let second: Word | undefined;
    if (separator !== "" && this.#peek() === separator) {
      this.#at++;
      second = this.#operand(quoted, "");
    }
    if (this.#peek() === "") throw this.#eof("}");
    this.#at++;
    return { kind: "parameter", name, quoted, operator, word, ...(second ? { second } : {}) };
  }

  #parameterName(): string {
    const match = /^(?:[A-Za-z_][A-Za-z0-9_]*|\d+|[@*#?$!-])/.exec(this.#ahead());
    if (!match) {
      if (this.#peek() === "") throw this.#eof("}");
      throw new ShellSyntaxError("syntax error: bad substitution", false);
    }
    this.#at += match[0].length;
    return match[0];
  }

  /** The word after an operator in `${…}`, up to `}` or `stop`. */
  #operand(quoted: boolean, stop: string): Word {
    const parts: WordPart[] = [];
    let text = "";
    const flush = () => {
      if (text !== "") parts.push({ kind: "text", text, quoted });
      text = "";
    };
    for (;;) {
      const char = this.#peek();
      if (char === "" || char === "}" || (stop !== "" && char === stop)) break;
      if (char === "\\") {
        flush();
        parts.push({ kind: "text", text: this.source[this.#at + 1] ?? "", quoted: true });
        this.#at += 2;
      } else if (char === "'" && !quoted) {
        flush();
        const end = this.source.indexOf("'", this.#at + 1);
        if (end < 0) throw unterminated();
        parts.push({ kind: "text", text: this.source.slice(this.#at + 1, end), quoted: true });
        this.#at = end + 1;
      } else if (char === '"') {
        flush();
        this.#at++;
        append(parts, this.#deeper(() => this.quotedText('"')).parts);
      } else if (char === "$" || char === "`") {
        const part = this.#dollar(quoted);
        if (typeof part === "string") text += part;
        else {
          flush();
          parts.push(part);
        }
      } else {
        text += char;
        this.#at++;
      }
    }
    flush();
    return { parts };
  }

  /** bash's `{1..3}` and `{a,b}` in words without anything else that expands. */
  #braces(word: Word): Word[] {
    if (!this.bash || word.parts.length !== 1) return [word];
    const [part] = word.parts;
    if (part.kind !== "text" || part.quoted) return [word];
    const match = /^(.*?)\{([^{}]*(?:,|\.\.)[^{}]*)\}(.*)$/.exec(part.text);
    if (!match) return [word];
    const range = /^(-?\d+)\.\.(-?\d+)(?:\.\.(\d+))?$/.exec(match[2]);
    if (!range && !match[2].includes(",")) return [word];
    const inner = range
      ? series(Number(range[1]), Number(range[2]), Number(range[3] ?? 1))
      : match[2].split(",");
    return inner.flatMap((one) => {
      this.options.grow?.(WORD_BYTES + match[1].length + one.length + match[3].length);
      return this.#deeper(() => this.#braces(plainWord(match[1] + one + match[3])));
    });
  }

  // ------------------------------------------------------------ between words

  #blanks(): void {
    for (;;) {
      const char = this.#peek();
      if (char === " " || char === "\t") this.#at++;
      else if (char === "\\" && this.source[this.#at + 1] === "\n") this.#at += 2;
      else if (char === "#" && /^$|[\s;&|()`]/.test(this.source[this.#at - 1] ?? "")) {
        const end = this.source.indexOf("\n", this.#at);
        this.#at = end < 0 ? this.source.length : end;
      } else return;
    }
  }

  #newlines(): void {
    for (;;) {
      this.#blanks();
      if (this.#peek() !== "\n") return;
      this.#newline();
    }
  }

  #newline(): void {
    this.#at++;
    for (const { redirect, delimiter, quoted, strip } of this.#hereDocs.splice(0)) {
      let text = "";
      for (;;) {
        if (this.#at >= this.source.length) break;
        const end = this.source.indexOf("\n", this.#at);
        let line = this.source.slice(this.#at, end < 0 ? undefined : end);
        this.#at = end < 0 ? this.source.length : end + 1;
        if (strip) line = line.replace(/^\t+/, "");
        if (line === delimiter) break;
        text += `${line}\n`;
      }
      redirect.target = quoted ? fixedWord(text) : this.#nestedText(text);
    }
  }

  // ------------------------------------------------------------ small steps

  #peek(): string {
    return this.source[this.#at] ?? "";
  }

  #ahead(): string {
    // Nothing that is matched ahead is longer than this, but for function names.
    return this.source.slice(this.#at, this.#at + 256);
  }

  #startsWith(text: string): boolean {
    return this.source.startsWith(text, this.#at);
  }

  #take(length: number): string {
    this.#at += length;
    return this.source.slice(this.#at - length, this.#at);
  }

  #reservedAhead(): string | undefined {
    const match = /^[^\s;&|<>()"'\\$`]+/.exec(this.#ahead());
    return match && RESERVED.has(match[0]) ? match[0] : undefined;
  }

  #bareWord(): string {
    const match = /^[^\s;&|<>()]+/.exec(this.#ahead())?.[0] ?? "";
    this.#at += match.length;
    return match;
  }

  #require(char: string): void {
    this.#newlines();
    if (this.#peek() === char) this.#at++;
    else if (this.#peek() === "") throw this.#eof(char);
    else throw this.#unexpected();
  }

  #keyword(word: string): void {
    this.#newlines();
    if (this.#reservedAhead() === word) this.#at += word.length;
    else if (this.#peek() === "") throw this.#eof(word);
    else throw this.#unexpected(word);
  }

  #eof(expecting: string): ShellSyntaxError {
    return new ShellSyntaxError(
      `syntax error: unexpected end of file (expecting "${expecting}")`,
      true,
    );
  }

  #unexpected(expecting?: string): ShellSyntaxError {
    const tail = expecting ? ` (expecting "${expecting}")` : "";
    if (this.#peek() === "") {
      return new ShellSyntaxError(`syntax error: unexpected end of file${tail}`, true);
    }
    if (this.#peek() === "\n") {
      return new ShellSyntaxError(`syntax error: unexpected newline${tail}`, false);
    }
    const operator = /^(?:;;|&&|\|\||<<|>>|[;&|<>()])/.exec(this.#ahead())?.[0];
    const token = operator ?? this.#reservedAhead();
    const shown = token ? `"${token}"` : "word";
    return new ShellSyntaxError(`syntax error: unexpected ${shown}${tail}`, false);
  }
}

/** Appends without a call of as many arguments. */
function append<T>(to: T[], more: readonly T[]): void {
  for (const one of more) to.push(one);
}

function unterminated(): ShellSyntaxError {
  return new ShellSyntaxError("syntax error: unterminated quoted string", true);
}

function series(from: number, to: number, step: number): string[] {
  const out: string[] = [];
  const by = Math.max(1, step);
  if (from <= to) {
    for (let i = from; i <= to && out.length < 100_000; i += by) {
      out.push(String(i));
    }
  } else for (let i = from; i >= to && out.length < 100_000; i -= by) out.push(String(i));
  return out;
}

function ansiEscape(text: string): string {
  if (text.startsWith("x") && text.length > 1) {
    return String.fromCharCode(parseInt(text.slice(1), 16));
  }
  if (/^[0-7]/.test(text)) return String.fromCharCode(parseInt(text, 8) & 255);
  return ESCAPES[text] ?? text;
}

function fixedWord(text: string): Word {
  return { parts: [{ kind: "text", text, quoted: true }], fixed: text };
}

function plainWord(text: string): Word {
  return withFixed({ parts: [{ kind: "text", text, quoted: false }] });
}

/** Marks a word in which there is nothing to expand. */
function withFixed(word: Word): Word {
  let fixed = "";
  for (const part of word.parts) {
    if (part.kind !== "text" || (!part.quoted && GLOB.test(part.text))) return word;
    fixed += part.text;
  }
  return { ...word, fixed };
}
