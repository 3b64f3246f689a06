import { Signalled, SIGSEGV } from "./signalled.ts";
import { ShellSyntaxError } from "./syntax.ts";

const RESERVED = new Set(
  "if then else elif fi do done case esac while until for { } ! in".split(" "),
);
/** How deep a script may be nested before the real one's stack is used up. */
const MAX_NESTING = 300;

export interface ParseOptions {
  bash?: boolean;
  /** Takes memory for what is read, beside that of the text. */
  grow?(bytes: number): void;
  /** How deep in another script this one is. */
  depth?: number;
}

/** A script, and how far it is read. */
export class Cursor {
  protected at = 0;
  protected depth: number;
  protected readonly bash: boolean;

  constructor(protected readonly source: string, protected readonly options: ParseOptions) {
    this.bash = options.bash ?? false;
    this.depth = options.depth ?? 0;
  }

  /** Reads what is nested in something. */
  protected deeper<T>(read: () => T): T {
    if (++this.depth > MAX_NESTING) throw new Signalled(SIGSEGV);
    const out = read();
    this.depth--;
    return out;
  }

  protected peek(): string {
    return this.source[this.at] ?? "";
  }

  protected ahead(): string {
    // Nothing that is matched ahead is longer than this, but for function names.
    return this.source.slice(this.at, this.at + 256);
  }

  protected startsWith(text: string): boolean {
    return this.source.startsWith(text, this.at);
  }

  protected take(length: number): string {
    this.at += length;
    return this.source.slice(this.at - length, this.at);
  }

  protected reservedAhead(): string | undefined {
    const match = /^[^\s;&|<>()"'\\$`]+/.exec(this.ahead());
    return match && RESERVED.has(match[0]) ? match[0] : undefined;
  }

  protected bareWord(): string {
    const match = /^[^\s;&|<>()]+/.exec(this.ahead())?.[0] ?? "";
    this.at += match.length;
    return match;
  }

  protected blanks(): void {
    for (;;) {
      const char = this.peek();
      if (char === " " || char === "\t") this.at++;
      else if (char === "\\" && this.source[this.at + 1] === "\n") this.at += 2;
      else if (char === "#" && /^$|[\s;&|()`]/.test(this.source[this.at - 1] ?? "")) {
        const end = this.source.indexOf("\n", this.at);
        this.at = end < 0 ? this.source.length : end;
      } else return;
    }
  }

  protected eof(expecting: string): ShellSyntaxError {
    return new ShellSyntaxError(
      `syntax error: unexpected end of file (expecting "${expecting}")`,
      true,
    );
  }

  protected unexpected(expecting?: string): ShellSyntaxError {
    const tail = expecting ? ` (expecting "${expecting}")` : "";
    if (this.peek() === "") {
      return new ShellSyntaxError(`syntax error: unexpected end of file${tail}`, true);
    }
    if (this.peek() === "\n") {
      return new ShellSyntaxError(`syntax error: unexpected newline${tail}`, false);
    }
    const operator = /^(?:;;|&&|\|\||<<|>>|[;&|<>()])/.exec(this.ahead())?.[0];
    const token = operator ?? this.reservedAhead();
    const shown = token ? `"${token}"` : "word";
    return new ShellSyntaxError(`syntax error: unexpected ${shown}${tail}`, false);
  }
}
