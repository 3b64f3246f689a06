import type { GoRegexp } from "../../../go/mod.ts";
import { Signalled, SIGSEGV } from "../signalled.ts";
import type { Work } from "../work.ts";
import { posixPattern } from "./regexp.ts";

/** Which lines a command is for. */
export type Address =
  | { kind: "line"; line: number }
  | { kind: "last" }
  | { kind: "match"; regexp: GoRegexp }
  | { kind: "step"; first: number; step: number };

/** A command of a script, with the lines that it is for. */
export interface Step {
  from?: Address;
  to?: Address | { kind: "more"; count: number };
  negated: boolean;
  name: string;
  text: string;
  regexp?: GoRegexp;
  replacement?: string;
  flags?: string;
  block?: Step[];
  /** Whether a range that began is still open. */
  open: boolean;
  until: number;
}

/** A script that sed refuses. */
export class SedError extends Error {}

/** Characters that a pattern may write, in brackets too. */
const ESCAPES: Record<string, string> = { n: "\n", t: "\t", r: "\r" };

/** How deep blocks may be in one another before the stack is used up. */
const MAX_NESTING = 300;

/** Reads a script. Errors: SedError. Source: busybox editors/sed.c (add_cmd, parse_cmd_args). */
export class SedParser {
  #at = 0;
  #depth = 0;
  constructor(
    private readonly text: string,
    private readonly options: { extended: boolean; work: Work },
  ) {}

  program(): Step[] {
    const out: Step[] = [];
    for (;;) {
      this.#skip(/[\s;]/);
      if (this.#at >= this.text.length || this.text[this.#at] === "}") return out;
      out.push(this.#step());
    }
  }

  #skip(what: RegExp): void {
    while (this.#at < this.text.length && what.test(this.text[this.#at])) this.#at++;
  }

  #step(): Step {
    const step: Step = { negated: false, name: "", text: "", open: false, until: 0 };
    step.from = this.#address();
    if (this.text[this.#at] === ",") {
      this.#at++;
      if (this.text[this.#at] === "+") {
        this.#at++;
        step.to = { kind: "more", count: Number(this.#digits()) };
      } else step.to = this.#address();
    }
    this.#skip(/\s/);
    while (this.text[this.#at] === "!") {
      step.negated = true;
      this.#at++;
      this.#skip(/\s/);
    }
    step.name = this.text[this.#at++] ?? "";
    if (step.name === "") throw new SedError("missing command");
    this.#arguments(step);
    return step;
  }

  #digits(): string {
    const digits = /^\d+/.exec(this.text.slice(this.#at))?.[0] ?? "";
    this.#at += digits.length;
    return digits;
  }

  #address(): Address | undefined {
    const char = this.text[this.#at] ?? "";
    if (/\d/.test(char)) {
      const line = Number(this.#digits());
      if (this.text[this.#at] !== "~") return { kind: "line", line };
      this.#at++;
      return { kind: "step", first: line, step: Number(this.#digits()) };
    }
    if (char === "$") {
      this.#at++;
      return { kind: "last" };
    }
    if (char !== "/" && char !== "\\") return undefined;
    if (char === "\\") this.#at++;
    const delimiter = this.text[this.#at++];
    const source = this.#until(delimiter);
    const fold = this.text[this.#at] === "I";
    if (fold) this.#at++;
    return {
      kind: "match",
      regexp: posixPattern(source, { ...this.options, ignoreCase: fold }),
    };
  }

  /** The text up to the next unescaped `delimiter`, which is passed. */
  #until(delimiter: string): string {
    let out = "";
    let inSet = false;
    for (; this.#at < this.text.length; this.#at++) {
      const char = this.text[this.#at];
      if (char === "\\" && this.#at + 1 < this.text.length) {
        const next = this.text[++this.#at];
        const special = delimiter === "\\" ? undefined : ESCAPES[next];
        out += next === delimiter && delimiter !== "\\" ? next : special ?? `\\${next}`;
      } else if (char === delimiter && !inSet) {
        this.#at++;
        return out;
      } else {
        if (char === "[" && !inSet) inSet = true;
        else if (char === "]" && !out.endsWith("[") && !out.endsWith("[^")) inSet = false;
        out += char;
      }
    }
    throw new SedError("unmatched '" + delimiter + "'");
  }

  #arguments(step: Step): void {
    switch (step.name) {
      case "s": {
        const delimiter = this.text[this.#at++];
        if (delimiter === undefined) throw new SedError("bad option in substitution expression");
        const source = this.#until(delimiter);
        step.replacement = this.#replacement(delimiter);
        step.flags = /^[gpiI\d]*/.exec(this.text.slice(this.#at))![0];
        this.#at += step.flags.length;
        if (/^[^\s;}]/.test(this.text.slice(this.#at))) {
          throw new SedError("bad option in substitution expression");
        }
        step.regexp = posixPattern(source, {
          ...this.options,
          ignoreCase: /i/i.test(step.flags),
        });
        return;
      }
      case "y": {
        const delimiter = this.text[this.#at++];
        step.text = this.#until(delimiter);
        step.replacement = this.#until(delimiter);
        return;
      }
      case "a":
      case "i":
      case "c": {
        const match = /^[ \t]*\\?\n?[ \t]*([^\n]*(?:\\\n[^\n]*)*)/.exec(this.text.slice(this.#at))!;
        this.#at += match[0].length;
        step.text = match[1].replaceAll("\\\n", "\n");
        return;
      }
      case "{":
        if (++this.#depth > MAX_NESTING) throw new Signalled(SIGSEGV);
        step.block = this.program();
        this.#depth--;
        if (this.text[this.#at] !== "}") throw new SedError("unmatched '{'");
        this.#at++;
        return;
      case ":":
      case "b":
      case "t":
        step.text = /^[ \t]*([^\s;}]*)/.exec(this.text.slice(this.#at))![1];
        this.#at += /^[ \t]*[^\s;}]*/.exec(this.text.slice(this.#at))![0].length;
        return;
      case "q":
        this.#skip(/[ \t]/);
        step.text = this.#digits();
        return;
    }
    if (!"dpDPnNgGhHx=l#".includes(step.name)) {
      throw new SedError(`unsupported command ${step.name}`);
    }
    if (step.name === "#") this.#skip(/[^\n]/);
  }

  #replacement(delimiter: string): string {
    let out = "";
    for (; this.#at < this.text.length; this.#at++) {
      const char = this.text[this.#at];
      if (char === "\\" && this.#at + 1 < this.text.length) {
        const next = this.text[++this.#at];
        out += next === delimiter ? (next === "&" ? "\\&" : next) : `\\${next}`;
      } else if (char === delimiter) {
        this.#at++;
        return out;
      } else out += char;
    }
    throw new SedError(`unterminated ${"`s'"} command`);
  }
}
