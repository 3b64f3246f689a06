import { readAll } from "../channels.ts";

import { FileFault } from "../files.ts";
import type { Tool } from "../image.ts";
import { badOption, complain, fail, linesOf, openInput } from "./common.ts";
import { readOptions } from "./options.ts";
import type { GoMatch, GoRegexp } from "../../../base/mod.ts";
import { posixPattern, withPatterns } from "./regexp.ts";

type Address =
  | { kind: "line"; line: number }
  | { kind: "last" }
  | { kind: "match"; regexp: GoRegexp }
  | { kind: "step"; first: number; step: number };

interface Step {
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

class SedError extends Error {}

/** Characters that a pattern may write, in brackets too. */
const ESCAPES: Record<string, string> = { n: "\n", t: "\t", r: "\r" };

/**
 * `sed` with the commands that scripts use: s, d, p, q, =, a, i, c, y, n, N, D, P, h, H, g, G, x, b, t, {}.
 * Source: busybox editors/sed.c.
 */
export const sed: Tool = withPatterns(function* (call) {
  const options = readOptions(call.args, "nrEe:f:i::sz", {
    long: { "in-place": "i", quiet: "n", "expression=": "e", "regexp-extended": "E" },
  });
  if (options.unknown) {
    return badOption(call, options.unknown, "[-i[SFX]] [-nrE] [-f FILE]... [-e CMD]... [FILE]...");
  }
  const rest = [...options.rest];
  const inPlace = call.args.some((arg) => /^-[nrEs]*i/.test(arg) || arg === "--in-place");
  const scripts = options.values("e");
  if (scripts.length === 0) {
    const script = rest.shift();
    if (script === undefined) return fail(call, "no script");
    scripts.push(script);
  }
  let program: Step[];
  try {
    program = new SedParser(scripts.join("\n"), options.has("r", "E")).program();
  } catch (error) {
    if (!(error instanceof SedError)) throw error;
    return fail(call, error.message);
  }
  const quiet = options.has("n");
  if (!inPlace) {
    let text = "";
    let status = 0;
    for (const path of rest.length > 0 ? rest : ["-"]) {
      const input = openInput(call, path);
      if (input) text += yield* readAll(input);
      else status = 1;
    }
    const { out, code } = edit(program, text, quiet);
    call.out(out);
    return code ?? status;
  }
  let status = 0;
  for (const path of rest) {
    try {
      const full = call.path(path);
      call.machine.files.write(full, edit(program, call.machine.files.read(full), quiet).out);
    } catch (error) {
      if (!(error instanceof FileFault)) throw error;
      complain(call, path, error.message);
      status = 1;
    }
  }
  return status;
}, 1);

class SedParser {
  #at = 0;
  constructor(private readonly text: string, private readonly extended: boolean) {}

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
      regexp: posixPattern(source, { extended: this.extended, ignoreCase: fold }),
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
          extended: this.extended,
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
        step.block = this.program();
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

interface State {
  lines: string[];
  at: number;
  space: string;
  hold: string;
  out: string;
  appended: string;
  substituted: boolean;
  quit?: number;
}

function edit(program: Step[], text: string, quiet: boolean): { out: string; code?: number } {
  const lines = linesOf(text);
  const state: State = {
    lines,
    at: -1,
    space: "",
    hold: "",
    out: "",
    appended: "",
    substituted: false,
  };
  const flat = program;
  let restart = false;
  while (state.at + 1 < lines.length || restart) {
    if (!restart) state.space = lines[++state.at];
    restart = false;
    const result = run(flat, state, quiet);
    if (result === "again") {
      restart = true;
      continue;
    }
    if (result !== "delete" && !quiet) state.out += `${state.space}\n`;
    state.out += state.appended;
    state.appended = "";
    if (state.quit !== undefined) return { out: state.out, code: state.quit };
  }
  // A last line without a newline stays one.
  const out = text !== "" && !text.endsWith("\n") && state.out.endsWith("\n")
    ? state.out.slice(0, -1)
    : state.out;
  return { out };
}

function applies(step: Step, state: State): boolean {
  const { from, to } = step;
  if (!from) return !step.negated;
  const line = state.at + 1;
  const is = (address: Address): boolean => {
    switch (address.kind) {
      case "line":
        return address.line === line;
      case "last":
        return line === state.lines.length;
      case "step":
        return line >= address.first && (line - address.first) % Math.max(1, address.step) === 0;
      case "match":
        return address.regexp.test(state.space);
    }
  };
  let inside: boolean;
  if (!to) inside = is(from);
  else if (step.open) {
    inside = true;
    step.open = to.kind === "more"
      ? line < step.until
      : to.kind === "line"
      ? line < to.line
      : !is(to);
  } else {
    inside = is(from);
    if (inside) {
      if (to.kind === "more") step.until = line + to.count;
      step.open = to.kind === "more"
        ? to.count > 0
        : to.kind === "line"
        ? to.line > line
        : to.kind !== "last" || line < state.lines.length;
    }
  }
  return inside !== step.negated;
}

type Result = "next" | "delete" | "again" | { jump: string };

function run(steps: Step[], state: State, quiet: boolean): Result {
  for (let i = 0; i < steps.length; i++) {
    const step = steps[i];
    if (step.name === ":" || !applies(step, state)) continue;
    const result = step.block ? run(step.block, state, quiet) : perform(step, state, quiet);
    if (typeof result === "object") {
      if (result.jump === "") return "next";
      const label = steps.findIndex((one) => one.name === ":" && one.text === result.jump);
      if (label < 0) return result;
      i = label;
    } else if (result !== "next" || state.quit !== undefined) return result;
  }
  return "next";
}

function perform(step: Step, state: State, quiet: boolean): Result {
  switch (step.name) {
    case "s":
      substitute(step, state);
      return "next";
    case "d":
      return "delete";
    case "D": {
      const end = state.space.indexOf("\n");
      if (end < 0) return "delete";
      state.space = state.space.slice(end + 1);
      return "again";
    }
    case "p":
      state.out += `${state.space}\n`;
      return "next";
    case "P":
      state.out += `${state.space.split("\n")[0]}\n`;
      return "next";
    case "=":
      state.out += `${state.at + 1}\n`;
      return "next";
    case "q":
      state.quit = Number(step.text || 0);
      return "next";
    case "a":
      state.appended += `${step.text}\n`;
      return "next";
    case "i":
      state.out += `${step.text}\n`;
      return "next";
    case "c":
      if (!step.to || !step.open) state.out += `${step.text}\n`;
      return "delete";
    case "y":
      state.space = [...state.space].map((char) => {
        const at = step.text.indexOf(char);
        return at < 0 ? char : step.replacement![at] ?? "";
      }).join("");
      return "next";
    case "n":
      if (state.at + 1 >= state.lines.length) {
        state.quit = 0;
        return "next";
      }
      if (!quiet) state.out += `${state.space}\n`;
      state.space = state.lines[++state.at];
      return "next";
    case "N":
      if (state.at + 1 >= state.lines.length) {
        state.quit = 0;
        return "next";
      }
      state.space += `\n${state.lines[++state.at]}`;
      return "next";
    case "h":
      state.hold = state.space;
      return "next";
    case "H":
      state.hold += `\n${state.space}`;
      return "next";
    case "g":
      state.space = state.hold;
      return "next";
    case "G":
      state.space += `\n${state.hold}`;
      return "next";
    case "x":
      [state.space, state.hold] = [state.hold, state.space];
      return "next";
    case "b":
      return { jump: step.text };
    case "t":
      if (!state.substituted) return "next";
      state.substituted = false;
      return { jump: step.text };
    default:
      return "next";
  }
}

function substitute(step: Step, state: State): void {
  const flags = step.flags!;
  const all = flags.includes("g");
  const nth = all ? 1 : Number(/\d+/.exec(flags)?.[0] ?? 1);
  let count = 0;
  let out = "";
  let from = 0;
  for (const match of step.regexp!.matches(state.space)) {
    if (++count < nth) continue;
    out += state.space.slice(from, match.index) + filled(step.replacement!, match);
    from = match.index + match[0].length;
    if (!all) break;
  }
  if (count < nth) return;
  state.space = out + state.space.slice(from);
  state.substituted = true;
  if (flags.includes("p")) state.out += `${state.space}\n`;
}

function filled(replacement: string, match: GoMatch): string {
  return replacement.replace(/\\([0-9&nt\\/]|.)|&/gs, (whole, escaped: string | undefined) => {
    if (whole === "&") return match[0];
    if (/\d/.test(escaped!)) return match[Number(escaped)] ?? "";
    return escaped === "n" ? "\n" : escaped === "t" ? "\t" : escaped!;
  });
}
