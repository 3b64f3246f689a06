import { Cursor, type ParseOptions } from "./cursor.ts";
import {
  type Redirect,
  type Sequence,
  ShellSyntaxError,
  type Word,
  type WordPart,
} from "./syntax.ts";
import { escaped } from "./tools/print.ts";

const META = new Set([" ", "\t", "\n", ";", "&", "|", "<", ">", "(", ")", ""]);
const GLOB = /[*?[]/;
const SPECIAL_PARAMETERS = "@*#?-$!0123456789";
/** What a word that braces made takes. */
const WORD_BYTES = 128;
/** How many words braces make at most. */
const MAX_SERIES = 100_000;

/** A `<<` whose text begins after the line that it is in. */
export interface HereDoc {
  redirect: Redirect;
  delimiter: string;
  quoted: boolean;
  strip: boolean;
}

/** The parts of a word in the making; texts that stand side by side are one. */
class Parts {
  readonly #parts: WordPart[] = [];
  #text = "";

  constructor(private readonly quoted: boolean) {}

  /** Adds a part, or text that stands for itself. */
  add(part: WordPart | string): void {
    if (typeof part === "string") {
      this.#text += part;
      return;
    }
    this.#flush();
    this.#parts.push(part);
  }

  addQuoted(text: string): void {
    this.add({ kind: "text", text, quoted: true });
  }

  addAll({ parts }: Word): void {
    for (const part of parts) this.add(part);
  }

  /** The word that they are; `isText` where it is one though nothing is in it. */
  word(isText = false): Word {
    if (isText && this.#parts.length === 0 && this.#text === "") this.addQuoted("");
    this.#flush();
    return { parts: this.#parts };
  }

  #flush(): void {
    if (this.#text === "") return;
    this.#parts.push({ kind: "text", text: this.#text, quoted: this.quoted });
    this.#text = "";
  }
}

/** Reads the words of a script, and what is between them. */
export abstract class WordReader extends Cursor {
  protected hereDocs: HereDoc[] = [];

  /** Commands up to one of `ends`, which is left to read. */
  protected abstract sequence(ends: readonly string[]): Sequence;
  /** A whole script. */
  abstract script(): Sequence;
  /** Who reads a text that is nested in this one. */
  protected abstract inner(source: string, options: ParseOptions): WordReader;

  // ------------------------------------------------------------ words

  protected word(): Word | undefined {
    const from = this.at;
    const parts = new Parts(false);
    if (this.peek() === "~" && /^~(?=[/\s:;&|)]|$)/.test(this.ahead())) {
      this.at++;
      parts.add({ kind: "tilde" });
    }
    while (!META.has(this.peek())) {
      if (this.peek() === "\\") {
        const next = this.source[this.at + 1];
        this.at += 2;
        if (next !== "\n") parts.addQuoted(next ?? "\\");
      } else if (this.startsWith("$'")) {
        this.at += 2;
        parts.addQuoted(this.#ansiText());
      } else this.#piece(parts, false);
    }
    return this.at === from ? undefined : withFixed(parts.word());
  }

  /** The word after an operator in `${…}`, up to `}` or `stop`. */
  #operand(quoted: boolean, stop: string): Word {
    const parts = new Parts(quoted);
    for (;;) {
      const char = this.peek();
      if (char === "" || char === "}" || char === stop) return parts.word();
      if (char === "\\") {
        parts.addQuoted(this.source[this.at + 1] ?? "");
        this.at += 2;
      } else this.#piece(parts, quoted);
    }
  }

  /** What is in quotes, what a `$` stands for, or a character. */
  #piece(parts: Parts, quoted: boolean): void {
    if (this.peek() === "'" && !quoted) {
      const end = this.source.indexOf("'", this.at + 1);
      if (end < 0) throw unterminated();
      parts.addQuoted(this.source.slice(this.at + 1, end));
      this.at = end + 1;
    } else if (this.peek() === '"') {
      this.at++;
      parts.addAll(this.deeper(() => this.quotedText('"')));
    } else parts.add(this.#plain(quoted));
  }

  /** Text up to the closing `end`, in which only `$`, backquotes and some backslashes are special. */
  quotedText(end: string): Word {
    const parts = new Parts(true);
    while (this.peek() !== "" && this.peek() !== end) {
      if (this.peek() === "\\") {
        const next = this.source[this.at + 1] ?? "";
        this.at += 2;
        if (next === "\n") continue;
        const isEscaped = next !== "" && (next === '"' ? end === '"' : "$`\\".includes(next));
        parts.add(isEscaped ? next : `\\${next}`);
      } else parts.add(this.#plain(true));
    }
    if (this.peek() === "" && end !== "") throw unterminated();
    this.at += end.length;
    return withFixed(parts.word(true));
  }

  /** What a `$` stands for, or a character. */
  #plain(quoted: boolean): WordPart | string {
    return this.peek() === "$" || this.peek() === "`" ? this.#dollar(quoted) : this.take(1);
  }

  /** A text in which only parameters, commands and arithmetic are expanded, as in double quotes. */
  protected nestedText(source: string): Word {
    return this.deeper(() => this.inner(source, { bash: false }).quotedText(""));
  }

  #ansiText(): string {
    let out = "";
    while (this.peek() !== "'") {
      if (this.peek() === "") throw unterminated();
      if (this.peek() === "\\") {
        const match = /^\\(x[0-9a-fA-F]{1,2}|[0-7]{1,3}|.)/s.exec(this.ahead())!;
        this.at += match[0].length;
        out += escaped(match[1]);
      } else out += this.source[this.at++];
    }
    this.at++;
    return out;
  }

  /** What a `$` or a backquote stands for; a string when it stands for itself. */
  #dollar(quoted: boolean): WordPart | string {
    if (this.peek() === "`") return this.#backquoted(quoted);
    const ahead = this.ahead();
    if (ahead.startsWith("$((")) {
      const arithmetic = this.#arithmetic(quoted);
      if (arithmetic) return arithmetic;
    }
    if (ahead.startsWith("$(")) {
      this.at += 2;
      const script = this.#nested();
      return { kind: "command", script, quoted };
    }
    if (ahead.startsWith("${")) {
      this.at += 2;
      return this.deeper(() => this.#braced(quoted));
    }
    const name = /^\$([A-Za-z_][A-Za-z0-9_]*)/.exec(ahead)?.[1] ??
      (ahead.length > 1 && SPECIAL_PARAMETERS.includes(ahead[1]) ? ahead[1] : undefined);
    if (name === undefined) {
      this.at++;
      return "$";
    }
    this.at += 1 + name.length;
    return { kind: "parameter", name, quoted };
  }

  /** The script up to the `)` that closes `$(`. */
  #nested(): Sequence {
    const held = this.hereDocs;
    this.hereDocs = [];
    const script = this.deeper(() => this.sequence([]));
    this.hereDocs = held;
    this.require(")");
    return script;
  }

  #backquoted(quoted: boolean): WordPart {
    let text = "";
    for (this.at++; this.peek() !== "`"; this.at++) {
      if (this.peek() === "") {
        throw new ShellSyntaxError('syntax error: unexpected end of file (expecting "`")', true);
      }
      const next = this.source[this.at + 1];
      if (
        this.peek() === "\\" &&
        (next === "`" || next === "\\" || next === "$" || (quoted && next === '"'))
      ) {
        this.at++;
      }
      text += this.peek();
    }
    this.at++;
    const script = this.deeper(() => this.inner(text, {}).script());
    return { kind: "command", script, quoted };
  }

  #arithmetic(quoted: boolean): WordPart | undefined {
    const start = this.at;
    let depth = 0;
    for (let i = start + 3; i < this.source.length; i++) {
      const char = this.source[i];
      if (char === "(") depth++;
      else if (char === ")") {
        if (depth > 0) depth--;
        else if (this.source[i + 1] === ")") {
          const expression = this.nestedText(this.source.slice(start + 3, i));
          this.at = i + 2;
          return { kind: "arithmetic", expression, quoted };
        } else return undefined;
      }
    }
    return undefined;
  }

  #braced(quoted: boolean): WordPart {
    if (this.peek() === "#" && !/^#[}:%#=+?/-]/.test(this.ahead().slice(0, 2))) {
      this.at++;
      const name = this.#parameterName();
      this.require("}");
      return { kind: "parameter", name, quoted, operator: "length" };
    }
    const name = this.#parameterName();
    const operator = /^(?::[-=?+]|##|%%|\/\/|[-=?+#%/:])/.exec(this.ahead())?.[0];
    if (operator === undefined) {
      if (this.peek() !== "}") throw new ShellSyntaxError("syntax error: bad substitution", false);
      this.at++;
      return { kind: "parameter", name, quoted };
    }
    this.at += operator.length;
    const separator = operator === "/" || operator === "//" ? "/" : operator === ":" ? ":" : "";
    // A pattern is one whatever stands around the braces.
    const isPattern = /^[#%/]/.test(operator);
    const word = this.#operand(quoted && !isPattern, separator);
    let second: Word | undefined;
    if (separator !== "" && this.peek() === separator) {
      this.at++;
      second = this.#operand(quoted, "");
    }
    if (this.peek() === "") throw this.eof("}");
    this.at++;
    return { kind: "parameter", name, quoted, operator, word, ...(second ? { second } : {}) };
  }

  #parameterName(): string {
    const match = /^(?:[A-Za-z_][A-Za-z0-9_]*|\d+|[@*#?$!-])/.exec(this.ahead());
    if (!match) {
      if (this.peek() === "") throw this.eof("}");
      throw new ShellSyntaxError("syntax error: bad substitution", false);
    }
    this.at += match[0].length;
    return match[0];
  }

  /** bash's `{1..3}` and `{a,b}` in words without anything else that expands. */
  protected braces(word: Word): Word[] {
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
      const text = match[1] + one + match[3];
      const next = withFixed({ parts: [{ kind: "text", text, quoted: false }] });
      return this.deeper(() => this.braces(next));
    });
  }

  // ------------------------------------------------------------ between words

  protected newlines(): void {
    for (;;) {
      this.blanks();
      if (this.peek() !== "\n") return;
      this.#newline();
    }
  }

  #newline(): void {
    this.at++;
    for (const { redirect, delimiter, quoted, strip } of this.hereDocs.splice(0)) {
      let text = "";
      while (this.at < this.source.length) {
        const end = this.source.indexOf("\n", this.at);
        let line = this.source.slice(this.at, end < 0 ? undefined : end);
        this.at = end < 0 ? this.source.length : end + 1;
        if (strip) line = line.replace(/^\t+/, "");
        if (line === delimiter) break;
        text += `${line}\n`;
      }
      redirect.target = quoted ? fixedWord(text) : this.nestedText(text);
    }
  }

  protected require(char: string): void {
    this.newlines();
    if (this.peek() === char) this.at++;
    else if (this.peek() === "") throw this.eof(char);
    else throw this.unexpected();
  }

  protected keyword(word: string): void {
    this.newlines();
    if (this.reservedAhead() === word) this.at += word.length;
    else if (this.peek() === "") throw this.eof(word);
    else throw this.unexpected(word);
  }
}

function unterminated(): ShellSyntaxError {
  return new ShellSyntaxError("syntax error: unterminated quoted string", true);
}

function series(from: number, to: number, step: number): string[] {
  const by = Math.max(1, step);
  const length = Math.min(MAX_SERIES, Math.floor(Math.abs(to - from) / by) + 1);
  return Array.from({ length }, (_, i) => String(from + (from <= to ? i : -i) * by));
}

export function fixedWord(text: string): Word {
  return { parts: [{ kind: "text", text, quoted: true }], fixed: text };
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
