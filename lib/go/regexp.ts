import { parseGoRegexp } from "./_regexp_parser.ts";
import { search } from "./_pike_machine.ts";
import { backtrack, type Steps } from "./_regexp_backtracker.ts";
import { assertNode, type Bound, concatNode, type Node } from "./_regexp_nodes.ts";
import { Program } from "./_regexp_program.ts";

export { RegexpSyntaxError } from "./_regexp_parser.ts";
export { RegexpExhausted } from "./_regexp_backtracker.ts";

/** The whole match and what each group captured; `index` is where it begins, in UTF-16 units. */
export interface GoMatch extends Array<string | undefined> {
  0: string;
  index: number;
}

export interface RegexpOptions {
  /** Has to match the whole text, and `.` matches newlines too. */
  whole?: boolean;
  /** Of the matches that begin first, the longest, as POSIX has it. */
  longest?: boolean;
  /** Matches that neither begin nor end within a word. */
  words?: boolean;
  /**
   * Also understands `\<`, `\>`, and `\1` to `\9` for what a group captured: a search with those tries
   * one way after the other, and ends in RegexpExhausted after too many steps.
   */
  posix?: boolean;
  /** Steps for one text, all matches together, after which RegexpExhausted ends it. */
  maxSteps?: number;
  /** Is told the steps of each search but those that JavaScript's engine does. */
  onSteps?(steps: number): void;
}

/**
 * A compiled Go (RE2) regular expression. The steps of a match are bounded by the length of the text
 * times the size of the expression. Where the most that backtracking could do is known to be little,
 * JavaScript's engine runs the expression, which is the faster one; else a machine that follows all
 * ways at once does.
 * Errors: RegexpSyntaxError with Go's text.
 * Source: golang/go src/regexp/regexp.go.
 */
export class GoRegexp {
  /** Names of the groups from 1 on; "" for those without. */
  readonly names: readonly string[];
  readonly #node: Node;
  readonly #longest: boolean;
  readonly #backreferences: boolean;
  /** The texts that match, where the expression only lists them (`a|b|c`). */
  readonly #texts: ReadonlySet<string> | undefined;
  /** The least length of a text that matches, where the expression is `.*`, `(.*)`, `.+` or `(.+)`. */
  readonly #least: number | undefined;
  /** Up to which length of text JavaScript's engine may test and execute; -1 for never. */
  readonly #testLimit: number;
  readonly #execLimit: number;
  #regexp: RegExp | undefined;
  #sticky: RegExp | undefined;
  #program: Program | undefined;

  constructor(readonly source: string, private readonly options: RegexpOptions = {}) {
    const { whole = false, longest = false, words, posix } = options;
    const { node, names, backreferences } = parseGoRegexp(source, { dotAll: whole, posix });
    this.names = names;
    this.#node = whole
      ? concatNode([assertNode("begin"), node, assertNode("end")])
      : words
      ? concatNode([assertNode("notAfterWord"), node, assertNode("notBeforeWord")])
      : node;
    this.#longest = longest;
    this.#backreferences = backreferences;
    if (whole && LITERALS.test(source)) this.#texts = new Set(source.split("|"));
    const anything = whole ? ANYTHING.exec(source) : null;
    if (anything) this.#least = anything[0].includes("+") ? 1 : 0;
    this.#testLimit = backtrackingLimit(this.#node);
    this.#execLimit = this.#node.faithful && !(longest && this.#node.choices > 1)
      ? this.#testLimit
      : -1;
  }

  /** How large the expression is, for whoever keeps it. */
  get size(): number {
    return this.source.length + this.#node.size;
  }

  test(text: string): boolean {
    if (this.#texts) return this.#texts.has(text);
    if (this.#least !== undefined) return text.length >= this.#least;
    if (text.length <= this.#testLimit) return this.#javaScript().test(text);
    return this.#search(text, 0, 0, this.#steps()) !== undefined;
  }

  /** The first match from a place on. */
  exec(text: string, from = 0): GoMatch | null {
    return this.#exec(text, from, this.#steps());
  }

  #exec(text: string, from: number, steps: Steps): GoMatch | null {
    if (this.#texts || this.#least !== undefined) {
      if (from > 0 || !this.test(text)) return null;
      return matchOf(this.names.length > 0 ? [text, text] : [text], 0);
    }
    if (text.length <= this.#execLimit) {
      if (from === 0) return this.#javaScript().exec(text);
      this.#sticky ??= new RegExp(this.#node.source, "gv");
      this.#sticky.lastIndex = from;
      return this.#sticky.exec(text);
    }
    const found = this.#search(text, from, 2 * (this.names.length + 1), steps);
    if (!found) return null;
    const match: (string | undefined)[] = [];
    for (let i = 0; i < found.length; i += 2) {
      match.push(found[i + 1] < 0 ? undefined : text.slice(found[i], found[i + 1]));
    }
    return matchOf(match, found[0]);
  }

  #javaScript(): RegExp {
    return this.#regexp ??= new RegExp(this.#node.source, "v");
  }

  #steps(): Steps {
    return { left: this.options.maxSteps ?? MAX_MACHINE_STEPS };
  }

  #search(text: string, from: number, slots: number, steps: Steps): Int32Array | undefined {
    this.#program ??= new Program(this.#node, this.names.length);
    const how = { slots, longest: this.#longest, left: steps.left };
    try {
      return this.#backreferences
        ? backtrack(this.#program, text, from, how)
        : search(this.#program, text, from, how);
    } finally {
      this.options.onSteps?.(steps.left - how.left);
      steps.left = how.left;
    }
  }

  /** Matches that do not overlap; an empty one right after another is none. */
  *matches(text: string): Generator<GoMatch> {
    let end = -1;
    const steps = this.#steps();
    for (let from = 0; from <= text.length;) {
      const match = this.#exec(text, from, steps);
      if (!match) return;
      const last = match.index + match[0].length;
      if (last > match.index || match.index !== end) yield match;
      end = last;
      from = last > from ? last : from + ((text.codePointAt(from) ?? 0) > 0xffff ? 2 : 1);
    }
  }

  /** A text with every match replaced. */
  replaceAll(text: string, replacement: (match: GoMatch) => string): string {
    let out = "";
    let from = 0;
    for (const match of this.matches(text)) {
      out += text.slice(from, match.index) + replacement(match);
      from = match.index + match[0].length;
    }
    return out + text.slice(from);
  }

  /** What is between the matches; at most `limit` pieces, all of them when it is below 0. */
  split(text: string, limit = -1): string[] {
    if (limit === 0) return [];
    if (this.source.length > 0 && text.length === 0) return [""];
    const pieces: string[] = [];
    let from = 0;
    let end = 0;
    for (const match of this.matches(text)) {
      if (limit > 0 && pieces.length === limit - 1) break;
      end = match.index;
      if (end + match[0].length > 0) pieces.push(text.slice(from, end));
      from = end + match[0].length;
    }
    if (end !== text.length) pieces.push(text.slice(from));
    return pieces;
  }

  /** What a group of this name captured in a match. */
  named(match: GoMatch, name: string): string | undefined {
    const at = this.names.findIndex((one, i) => one === name && match[i + 1] !== undefined);
    return at < 0 ? undefined : match[at + 1];
  }

  /**
   * Replaces `$1`, `${1}`, `$name` and `$$` in a template by what a match captured; names that
   * captured nothing become empty. Source: golang/go src/regexp/regexp.go (Expand).
   */
  expand(template: string, match: GoMatch): string {
    if (template === "$1") return match[1] ?? "";
    if (!template.includes("$")) return template;
    return template.replace(/\$(?:\$|(\w+)|\{(\w+)\})?/g, (whole, bare, braced) => {
      if (whole === "$$") return "$";
      const name: string | undefined = bare ?? braced;
      if (name === undefined) return whole;
      // A number with a leading zero is a name.
      if (/^(?:0|[1-9]\d*)$/.test(name)) return match[Number(name)] ?? "";
      return this.named(match, name) ?? "";
    });
  }
}

/** Steps that a text may take state by state, about a second; nothing that people write comes near it. */
const MAX_MACHINE_STEPS = 40_000_000;
/** Steps that one run of JavaScript's engine may take at most, some tenths of a millisecond. */
const MAX_STEPS = 200_000;
/** Programs that JavaScript's own compiler is spared. */
const MAX_COMPILED = 5000;
const MAX_DEPTH = 100;

/** Up to which length of text backtracking stays within the steps. */
function backtrackingLimit({ steps, anchored, size, height }: Node): number {
  if (size > MAX_COMPILED || height > MAX_DEPTH) return -1;
  const { factor, degree }: Bound = anchored
    ? steps
    : { factor: steps.factor, degree: steps.degree + 1 };
  const most = MAX_STEPS / factor;
  if (degree === 0) return most >= 1 ? Infinity : -1;
  return Math.floor(most ** (1 / degree)) - 1;
}

/**
 * Expressions that comparing texts answers.
 * Source: prometheus/prometheus model/labels/regexp.go (optimizeAlternatingLiterals, trueMatcher).
 */
const LITERALS = /^[^\\.+*?()[\]{}^$]*$/;
const ANYTHING = /^(?:\.[*+]|\(\.[*+]\))$/;

function matchOf(groups: (string | undefined)[], index: number): GoMatch {
  const match = groups as GoMatch;
  match.index = index;
  return match;
}

/**
 * Compiles a Go (RE2) regular expression that has to match the whole text, with `.` matching
 * newlines too, as Prometheus's matchers, relabeling and `label_replace` do.
 * Errors: RegexpSyntaxError with Go's text.
 * Source: prometheus/prometheus model/labels/regexp.go.
 */
export function compileAnchored(re: string): GoRegexp {
  return cached(`^${re}`, () => new GoRegexp(re, { whole: true }));
}

/**
 * Compiles a Go regular expression that may match anywhere, as `regexp.MustCompile` does.
 * Errors: RegexpSyntaxError with Go's text.
 */
export function compileGoRegexp(re: string): GoRegexp {
  return cached(` ${re}`, () => new GoRegexp(re));
}

/** Compiled expressions keep no state between matches, so that they can be shared. */
const compiled = new Map<string, GoRegexp>();
const MAX_CACHED = 1_000_000;
let cachedSize = 0;

function cached(key: string, compile: () => GoRegexp): GoRegexp {
  const known = compiled.get(key);
  if (known) return known;
  const regexp = compile();
  cachedSize += regexp.size + 1000;
  if (cachedSize > MAX_CACHED) {
    compiled.clear();
    cachedSize = regexp.size + 1000;
  }
  compiled.set(key, regexp);
  return regexp;
}
