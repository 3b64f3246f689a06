import type { ParseOptions } from "./cursor.ts";
import {
  type AndOr,
  type Assignment,
  type Command,
  type Pipeline,
  type Redirect,
  type Sequence,
  ShellSyntaxError,
  type Word,
} from "./syntax.ts";
import { fixedWord, WordReader } from "./words.ts";

const CLOSING = new Set(["then", "else", "elif", "fi", "do", "done", "esac", "}"]);
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** What a command takes. */
const NODE_BYTES = 768;

/**
 * Reads a script as the POSIX shell does, and with `bash` what bash adds and scripts use: `((…))`,
 * `function`, `for ((…))`, `<<<`, `{1..3}`.
 * Errors: ShellSyntaxError with ash's words; Signalled when it is nested too deeply.
 */
export function parseScript(source: string, options: ParseOptions = {}): Sequence {
  return new Parser(source, options).script();
}

class Parser extends WordReader {
  protected override inner(source: string, options: ParseOptions): Parser {
    return new Parser(source, { ...this.options, ...options, depth: this.depth });
  }

  script(): Sequence {
    const out = this.sequence([]);
    if (this.at < this.source.length) throw this.unexpected();
    return out;
  }

  // ------------------------------------------------------------ lists

  protected override sequence(ends: readonly string[]): Sequence {
    const out: Sequence = [];
    for (;;) {
      this.newlines();
      if (this.peek() === "" || this.peek() === ")" || this.startsWith(";;")) break;
      const word = this.reservedAhead();
      if (word !== undefined && ends.includes(word)) break;
      if (word !== undefined && CLOSING.has(word)) throw this.unexpected();
      const from = this.at;
      const item = this.#andOr();
      item.source = this.source.slice(from, this.at).trim();
      this.blanks();
      out.push(item);
      if (this.startsWith(";;")) break;
      if (this.peek() === "&" && !this.startsWith("&&")) {
        this.at++;
        item.background = true;
      } else if (this.peek() === ";") this.at++;
      else if (this.peek() !== "\n") break;
    }
    return out;
  }

  #andOr(): AndOr {
    this.options.grow?.(NODE_BYTES);
    const first = this.#pipeline();
    const rest: AndOr["rest"] = [];
    for (;;) {
      this.blanks();
      const operator = this.startsWith("&&") ? "&&" : this.startsWith("||") ? "||" : undefined;
      if (!operator) return { first, rest, background: false, source: "" };
      this.at += 2;
      this.newlines();
      rest.push({ operator, pipeline: this.#pipeline() });
    }
  }

  #pipeline(): Pipeline {
    this.blanks();
    let negated = false;
    while (this.reservedAhead() === "!") {
      this.at++;
      negated = !negated;
      this.blanks();
    }
    const commands = [this.deeper(() => this.#command())];
    for (;;) {
      this.blanks();
      if (this.peek() !== "|" || this.startsWith("||")) return { negated, commands };
      this.at++;
      if (this.peek() === "&") {
        // `|&` sends errors along.
        this.at++;
        const last = commands.at(-1)!;
        if (last.kind !== "function") {
          last.redirects.push({ operator: ">&", fd: 2, target: fixedWord("1") });
          if (last.kind === "simple") delete last.fixed;
        }
      }
      this.newlines();
      this.options.grow?.(NODE_BYTES);
      commands.push(this.deeper(() => this.#command()));
    }
  }

  // ------------------------------------------------------------ commands

  #command(): Command {
    this.blanks();
    if (this.peek() === "(") {
      if (this.bash && this.startsWith("((")) return this.#evaluate();
      this.at++;
      const body = this.sequence([]);
      this.require(")");
      return { kind: "subshell", body, redirects: this.#redirects() };
    }
    switch (this.reservedAhead()) {
      case "{": {
        this.at++;
        const body = this.sequence(["}"]);
        this.keyword("}");
        return { kind: "group", body, redirects: this.#redirects() };
      }
      case "if":
        return this.#if();
      case "while":
      case "until": {
        const until = this.take(5) === "until";
        const test = this.sequence(["do"]);
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
    this.at += 2;
    const from = this.at;
    const close = this.source.indexOf("))", from);
    if (close < 0) throw this.eof("))");
    this.at = close + 2;
    const expression = this.nestedText(this.source.slice(from, close));
    return { kind: "evaluate", expression, redirects: this.#redirects() };
  }

  #if(): Command {
    this.at += 2;
    const branches = [this.#branch()];
    let otherwise: Sequence | undefined;
    for (;;) {
      this.blanks();
      const word = this.reservedAhead();
      if (word === "elif") {
        this.at += 4;
        branches.push(this.#branch());
      } else if (word === "else") {
        this.at += 4;
        otherwise = this.sequence(["fi"]);
      } else {
        this.keyword("fi");
        return { kind: "if", branches, otherwise, redirects: this.#redirects() };
      }
    }
  }

  #branch(): { test: Sequence; body: Sequence } {
    const test = this.sequence(["then"]);
    this.keyword("then");
    return { test, body: this.sequence(["elif", "else", "fi"]) };
  }

  #doGroup(): Sequence {
    this.keyword("do");
    const body = this.sequence(["done"]);
    this.keyword("done");
    return body;
  }

  #for(): Command {
    this.at += 3;
    this.blanks();
    if (this.bash && this.startsWith("((")) return this.#count();
    const name = this.bareWord();
    if (!NAME.test(name)) throw new ShellSyntaxError("syntax error: bad for loop variable", false);
    this.newlines();
    let words: Word[] | undefined;
    if (this.reservedAhead() === "in") {
      this.at += 2;
      words = [];
      for (;;) {
        this.blanks();
        const word = this.word();
        if (!word) break;
        for (const one of this.braces(word)) words.push(one);
      }
    }
    this.blanks();
    if (this.peek() === ";") this.at++;
    this.newlines();
    const body = this.#doGroup();
    return { kind: "for", name, words, body, redirects: this.#redirects() };
  }

  #count(): Command {
    this.at += 2;
    const close = this.source.indexOf("))", this.at);
    if (close < 0) throw this.eof("))");
    const [start, test, step] = this.source.slice(this.at, close).split(";")
      .concat("", "").map((text) => this.nestedText(text));
    this.at = close + 2;
    this.blanks();
    if (this.peek() === ";") this.at++;
    this.newlines();
    const body = this.#doGroup();
    return { kind: "count", start, test, step, body, redirects: this.#redirects() };
  }

  #case(): Command {
    this.at += 4;
    this.blanks();
    const word = this.word();
    if (!word) throw this.unexpected();
    this.newlines();
    this.keyword("in");
    const arms: { patterns: Word[]; body: Sequence }[] = [];
    for (;;) {
      this.newlines();
      if (this.reservedAhead() === "esac") break;
      if (this.peek() === "(") this.at++;
      const patterns: Word[] = [];
      do {
        this.blanks();
        const pattern = this.word();
        if (!pattern) throw this.unexpected();
        patterns.push(pattern);
        this.blanks();
      } while (this.peek() === "|" && ++this.at);
      this.require(")");
      arms.push({ patterns, body: this.sequence(["esac"]) });
      this.newlines();
      if (!this.startsWith(";;")) break;
      this.at += 2;
    }
    this.keyword("esac");
    return { kind: "case", word, arms, redirects: this.#redirects() };
  }

  #function(): Command | undefined {
    const ahead = /^(?:function[ \t]+)?([^\s()<>;&|"'`$\\#=*?[\]{}!]+)[ \t]*\([ \t]*\)/.exec(
      this.ahead(),
    );
    const bare = this.bash
      ? /^function[ \t]+([^\s()<>;&|"'`$\\]+)(?=[ \t\n]*\{)/.exec(this.ahead())
      : null;
    const match = ahead ?? bare;
    if (!match) return undefined;
    if (!this.bash && !/^[A-Za-z_][\w.-]*$/.test(match[1])) {
      throw new ShellSyntaxError("syntax error: bad function name", false);
    }
    this.at += match[0].length;
    this.newlines();
    const from = this.at;
    const body = this.deeper(() => this.#command());
    return { kind: "function", name: match[1], body, sourceBytes: this.at - from };
  }

  #simple(): Command {
    const assignments: Assignment[] = [];
    const words: Word[] = [];
    const redirects: Redirect[] = [];
    for (;;) {
      this.blanks();
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
      const word = this.word();
      if (!word) break;
      for (const one of this.braces(word)) words.push(one);
    }
    if (assignments.length + words.length + redirects.length === 0) throw this.unexpected();
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
    const match = /^([A-Za-z_][A-Za-z0-9_]*)(\+?)=/.exec(this.ahead());
    if (!match) return undefined;
    this.at += match[0].length;
    const value = this.word() ?? fixedWord("");
    return { name: match[1], value, append: match[2] === "+" };
  }

  #redirects(): Redirect[] {
    const out: Redirect[] = [];
    for (;;) {
      this.blanks();
      const redirect = this.#redirect();
      if (!redirect) return out;
      out.push(redirect);
    }
  }

  #redirect(): Redirect | undefined {
    const ahead = this.ahead();
    const match = /^(\d*)(<<<|<<-|<<|<&|<>|>>|>&|>\||<|>)/.exec(ahead) ??
      (this.bash || ahead.startsWith("&>") ? /^()(&>>|&>)/.exec(ahead) : null);
    if (!match) return undefined;
    this.at += match[0].length;
    let operator = match[2];
    const fd = match[1] === "" ? (operator.startsWith("<") ? 0 : 1) : Number(match[1]);
    this.blanks();
    const strip = operator === "<<-";
    if (strip) operator = "<<";
    const quoted = operator === "<<" && /^[^\s;&|<>()]*["'\\]/.test(this.ahead());
    const target = this.word();
    if (!target) throw this.unexpected();
    const redirect: Redirect = { operator, fd, target };
    if (operator === "<<") {
      const delimiter = target.parts.map((part) => part.kind === "text" ? part.text : "").join("");
      this.hereDocs.push({ redirect, delimiter, quoted, strip });
    }
    return redirect;
  }
}
