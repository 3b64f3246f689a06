import { GoRegexp, RegexpExhausted, RegexpSyntaxError } from "../../../go/mod.ts";
import type { Task } from "../channels.ts";
import type { Tool } from "../tool.ts";
import type { Work } from "../work.ts";
import { fail } from "./common.ts";

/** A pattern that the tools cannot read, in their words with the C library's reason. */
export class PatternError extends Error {
  override name = "PatternError";

  constructor(pattern: string, reason?: string) {
    super(`bad regex '${pattern}'${reason === undefined ? "" : `: ${reason}`}`);
  }
}

/** A tool that ends with `status` when a pattern cannot be read, or a search has to be given up. */
export function withPatterns(tool: Tool, status: number): Tool {
  return function* (call): Task<number> {
    try {
      const result = tool(call);
      return typeof result === "number" ? result : yield* result;
    } catch (error) {
      if (error instanceof RegexpExhausted) return fail(call, "out of memory", status);
      if (error instanceof PatternError) return fail(call, error.message, status);
      throw error;
    }
  };
}

export interface PatternOptions {
  /** ERE; BRE otherwise. */
  extended?: boolean;
  /** The text itself. */
  fixed?: boolean;
  ignoreCase?: boolean;
  /** Matches that begin the text, lines that match as a whole, and words. */
  only?: "start" | "line" | "word";
  /** As grep reads it: repetitions of nothing and braces that are none are text; no reasons. */
  lenient?: boolean;
  /** Who pays for the searches. */
  work?: Work;
  /** How many patterns are looked for in the same text, and share the steps. */
  among?: number;
}

/** Steps of searches in one text before they are given up: a second or two of this machine. */
const MAX_STEPS = 20_000_000;
/** How many of them are one of the container's. */
const STEPS_AS_ONE = 256;
const META = /[\\.+*?()|[\]{}^$]/g;

/**
 * A POSIX regular expression, with GNU's additions: the longest of the matches that begin first.
 * Errors: PatternError.
 * Source: glibc posix/regcomp.c, of which busybox's tools show the reasons.
 * Differs: searches in one text are given up after twenty million steps, those with backreferences
 * after one million; counts end at 1,000.
 */
export function posixPattern(source: string, options: PatternOptions = {}): GoRegexp {
  const body = options.fixed
    ? source.replace(META, "\\$&")
    : new PosixTranslator(source, options).translate();
  const flags = options.ignoreCase ? "(?is)" : "(?s)";
  const { only } = options;
  try {
    return new GoRegexp(only === "start" ? `${flags}^(?:${body})` : flags + body, {
      longest: true,
      posix: true,
      whole: only === "line",
      words: only === "word",
      maxSteps: MAX_STEPS / (options.among ?? 1),
      onSteps: (steps) => options.work?.spend(0, steps / STEPS_AS_ONE),
    });
  } catch (error) {
    if (!(error instanceof RegexpSyntaxError)) throw error;
    throw new PatternError(source, options.lenient ? undefined : "Regular expression too big");
  }
}

interface Group {
  branches: string[];
  /** Go syntax of what can be repeated, one by one. */
  pieces: string[];
}

const CLASSES =
  /^\[:(?:alnum|alpha|blank|cntrl|digit|graph|lower|print|punct|space|upper|xdigit):\]$/;

/** Reads POSIX's syntax and writes Go's. */
class PosixTranslator {
  #at = 0;
  #captures = 0;
  #group: Group = { branches: [], pieces: [] };
  readonly #outer: Group[] = [];
  readonly #extended: boolean;
  readonly #lenient: boolean;
  /** Whether the last piece is a repetition already. */
  #repeated = false;

  constructor(readonly source: string, options: PatternOptions) {
    this.#extended = options.extended ?? false;
    this.#lenient = options.lenient ?? false;
  }

  translate(): string {
    while (this.#at < this.source.length) this.#next();
    if (this.#outer.length > 0) throw this.#error("Unmatched ( or \\(");
    return this.#closed();
  }

  #closed(): string {
    const { branches, pieces } = this.#group;
    return [...branches, pieces.join("")].join("|");
  }

  #next(): void {
    const char = String.fromCodePoint(this.source.codePointAt(this.#at)!);
    const rest = this.source.slice(this.#at, this.#at + 2);
    const operator = this.#extended || char === "*" ? char : char === "\\" ? rest[1] ?? "" : "";
    if (operator !== "" && "*+?{".includes(operator)) return this.#repetition(operator);
    if (operator !== "" && "(|)".includes(operator)) {
      const isText = operator === ")" && this.#extended && this.#outer.length === 0;
      if (!isText) return this.#grouping(operator);
    }
    this.#at += char.length;
    if (char === "[") this.#push(this.#bracket());
    else if (char === "\\") this.#push(this.#escape());
    else if (char === ".") this.#push(".");
    else if (char === "^" && this.#anchorsStart()) this.#push("^");
    else if (char === "$" && this.#anchorsEnd()) this.#push("$");
    else this.#push(quoted(char));
  }

  #push(piece: string): void {
    this.#group.pieces.push(piece);
    this.#repeated = false;
  }

  #anchorsStart(): boolean {
    return this.#extended || this.#group.pieces.length === 0;
  }

  #anchorsEnd(): boolean {
    return this.#extended || /^(?:$|\\[)|])/.test(this.source.slice(this.#at, this.#at + 2));
  }

  #grouping(operator: string): void {
    this.#at += this.#extended ? 1 : 2;
    if (operator === "(") {
      this.#captures++;
      this.#outer.push(this.#group);
      this.#group = { branches: [], pieces: [] };
    } else if (operator === "|") {
      this.#group.branches.push(this.#group.pieces.join(""));
      this.#group.pieces = [];
    } else {
      const outer = this.#outer.pop();
      if (!outer) throw this.#error("Unmatched ( or \\(");
      const body = this.#closed();
      this.#group = outer;
      this.#push(`(${body})`);
    }
  }

  #repetition(operator: string): void {
    const { pieces } = this.#group;
    const isEmpty = pieces.length === 0 || pieces.at(-1) === "^";
    const from = this.#at;
    this.#at += this.#extended || operator === "*" ? 1 : 2;
    let repeat = operator;
    if (operator === "{") {
      const interval = this.#interval();
      if (interval === undefined || (isEmpty && this.#lenient)) {
        this.#at = from + 1;
        return this.#push("\\{");
      }
      repeat = interval;
    }
    if (isEmpty) {
      // In a basic expression it stands for itself; grep passes over it in an extended one.
      if (!this.#extended && operator === "*") this.#push("\\*");
      else if (!this.#lenient) throw this.#error("Invalid preceding regular expression");
      return;
    }
    const piece = pieces.pop()!;
    pieces.push((this.#repeated ? `(?:${piece})` : piece) + repeat);
    this.#repeated = true;
  }

  /** `2}` or `1,3}` after the brace; undefined when it is none and may be text. */
  #interval(): string | undefined {
    const match = /^(\d*)(,?)(\d*)(\\?)\}/.exec(this.source.slice(this.#at, this.#at + 20));
    const ends = match && (match[4] === "") === this.#extended && match[1] + match[2] !== "";
    if (!ends) {
      if (this.#extended && this.#lenient) return undefined;
      const isOpen = !this.source.slice(this.#at).includes("}");
      throw this.#error(isOpen ? "Unmatched \\{" : "Invalid content of \\{\\}");
    }
    this.#at += match[0].length;
    const least = Number(match[1]);
    const most = match[2] === "" ? least : match[3] === "" ? Infinity : Number(match[3]);
    if (most < least) throw this.#error("Invalid content of \\{\\}");
    return `{${least}${most === least ? "" : `,${most === Infinity ? "" : most}`}}`;
  }

  #escape(): string {
    const code = this.source.codePointAt(this.#at);
    if (code === undefined) throw this.#error("Trailing backslash");
    const char = String.fromCodePoint(code);
    this.#at += char.length;
    if (/[1-9]/.test(char)) {
      const open = this.#outer.length;
      if (Number(char) > this.#captures - open) throw this.#error("Invalid back reference");
      return `\\${char}`;
    }
    if ("wWsSbB<>".includes(char)) return `\\${char}`;
    if (char === "`") return "\\A";
    if (char === "'") return "\\z";
    return quoted(char);
  }

  #bracket(): string {
    let out = "[";
    if (this.source[this.#at] === "^") {
      out += "^";
      this.#at++;
    }
    for (let first = true; first || this.source[this.#at] !== "]"; first = false) {
      const low = this.#element();
      const isRange = this.source[this.#at] === "-" &&
        this.source[this.#at + 1] !== "]" && this.#at + 1 < this.source.length;
      if (!isRange || low.startsWith("[:")) {
        out += low.startsWith("[:") ? low : quoted(low);
        continue;
      }
      this.#at++;
      const high = this.#element();
      if (high.startsWith("[:") || high.codePointAt(0)! < low.codePointAt(0)!) {
        throw this.#error("Invalid range end");
      }
      out += `${quoted(low)}-${quoted(high)}`;
    }
    this.#at++;
    return `${out}]`;
  }

  /** A character of a bracket expression, or a class such as `[:digit:]`. */
  #element(): string {
    const code = this.source.codePointAt(this.#at);
    const open = /^\[([:.=])/.exec(this.source.slice(this.#at, this.#at + 2));
    const end = open ? this.source.indexOf(`${open[1]}]`, this.#at + 2) : 0;
    if (code === undefined || end < 0) {
      throw this.#error("Unmatched [, [^, [:, [., or [=");
    }
    if (!open) {
      const char = String.fromCodePoint(code);
      this.#at += char.length;
      return char;
    }
    const whole = this.source.slice(this.#at, end + 2);
    this.#at = end + 2;
    if (open[1] === ":") {
      if (!CLASSES.test(whole)) throw this.#error("Invalid character class name");
      return whole;
    }
    const inner = whole.slice(2, -2);
    if ([...inner].length !== 1) throw this.#error("Invalid collation character");
    return inner;
  }

  #error(reason: string): PatternError {
    return new PatternError(this.source, this.#lenient ? undefined : reason);
  }
}

/** A character that stands for itself in Go's syntax; those that POSIX's escapes use stay bare. */
function quoted(char: string): string {
  return /[\\.+*?()|[\]{}^$-]/.test(char) ? `\\${char}` : char;
}
