type Element = string | RegExp | typeof ANY;

/** `?`. */
const ANY = Symbol("?");

/** Matching that can be interrupted: gives now and then how many characters it has looked at since. */
export type Matching<T> = Generator<number, T, void>;

/** Characters after which matching may be interrupted. */
const PAUSE = 1 << 16;

/** No match from here, and none from any later place either. */
const NEVER = -2;
const NO = -1;

/**
 * A shell pattern: `*`, `?`, `[…]`; a character after a backslash stands for itself.
 * What is between stars is looked for once, so that the steps are at most the length of the text
 * times that of the pattern.
 */
export class Glob {
  /** What is between the stars. */
  readonly #parts: readonly (readonly Element[])[];

  constructor(
    pattern: string | readonly (readonly Element[])[],
    readonly options: { ignoreCase?: boolean } = {},
  ) {
    this.#parts = typeof pattern === "string" ? partsOf(pattern, options) : pattern;
  }

  /** Whether it matches a whole text: for short ones. */
  test(text: string): boolean {
    return atOnce(this.matches(text));
  }

  /** Whether it matches a whole text. */
  *matches(text: string): Matching<boolean> {
    const given = this.options.ignoreCase ? text.toLowerCase() : text;
    const at = yield* this.#beforeLast(given, 0);
    const last = this.#parts.at(-1)!;
    if (this.#parts.length === 1) return at === given.length;
    return at >= 0 && given.length - last.length >= at &&
      fits(last, given, given.length - last.length);
  }

  /** Where the shortest or longest match that begins at `from` ends; below 0 without one. */
  *prefix(
    text: string,
    { from = 0, longest }: { from?: number; longest: boolean },
  ): Matching<number> {
    const at = yield* this.#beforeLast(text, from);
    if (this.#parts.length === 1 || at < 0) return at;
    const last = this.#parts.at(-1)!;
    const found = yield* find(last, text, { from: at, isLast: longest });
    return found < 0 ? NEVER : found + last.length;
  }

  /** Where the shortest or longest match begins that ends the text; below 0 without one. */
  *suffix(text: string, { longest }: { longest: boolean }): Matching<number> {
    const backwards = new Glob(this.#parts.map((part) => part.toReversed()).reverse());
    const end = yield* backwards.prefix(reversed(text), { longest });
    return end < 0 ? NO : text.length - end;
  }

  /** A text with the longest match at each place replaced, or the first of them only. */
  *replace(
    text: string,
    replacement: () => string,
    { all }: { all: boolean },
  ): Matching<string> {
    let out = "";
    let kept = 0;
    for (let from = 0, count = 1; from < text.length || (from === 0 && kept === 0); count++) {
      if (count % PAUSE === 0) yield PAUSE;
      const at = yield* find(this.#parts[0], text, { from });
      const end = at < 0 ? NO : yield* this.prefix(text, { from: at, longest: true });
      if (end < 0) break;
      if (end === at && text.length > 0) from = at + 1;
      else {
        out += text.slice(kept, at) + replacement();
        kept = from = end;
        if (!all || text.length === 0) break;
      }
    }
    return out + text.slice(kept);
  }

  /** Past all parts but the last, each as early as can be; past that too when it is the only one. */
  *#beforeLast(text: string, from: number): Matching<number> {
    const [first, ...others] = this.#parts;
    if (!fits(first, text, from)) return NO;
    let at = from + first.length;
    for (const part of others.slice(0, -1)) {
      const found = yield* find(part, text, { from: at });
      if (found < 0) return NEVER;
      at = found + part.length;
    }
    return at;
  }
}

/** What comes of matching that nothing interrupts. */
export function atOnce<T>(matching: Matching<T>): T {
  for (let step = matching.next();; step = matching.next()) if (step.done) return step.value;
}

/** A list of all of its characters would be many times as large as a long text. */
function reversed(text: string): string {
  let out = "";
  for (let end = text.length; end > 0; end -= 4096) {
    out += text.slice(Math.max(0, end - 4096), end).split("").reverse().join("");
  }
  return out;
}

function fits(part: readonly Element[], text: string, at: number): boolean {
  return at + part.length <= text.length && fitting(part, text, at) === part.length;
}

/** How many elements fit before one that does not. */
function fitting(part: readonly Element[], text: string, at: number): number {
  for (let i = 0; i < part.length; i++) {
    const element = part[i];
    const char = text[at + i];
    if (typeof element === "string" ? element !== char : element !== ANY && !element.test(char)) {
      return i;
    }
  }
  return part.length;
}

/** The first, or the last, place at or after `from` where a part fits. */
function* find(
  part: readonly Element[],
  text: string,
  { from, isLast = false }: { from: number; isLast?: boolean },
): Matching<number> {
  const end = text.length - part.length;
  const step = isLast ? -1 : 1;
  let looked = 0;
  for (let at = isLast ? end : from; from <= at && at <= end; at += step) {
    const fit = fitting(part, text, at);
    if (fit === part.length) return at;
    looked += fit + 1;
    if (looked < PAUSE) continue;
    yield looked;
    looked = 0;
  }
  return NO;
}

function partsOf(pattern: string, options: { ignoreCase?: boolean }): Element[][] {
  const parts: Element[][] = [[]];
  let isClosed = true;
  for (let i = 0; i < pattern.length; i++) {
    const part = parts.at(-1)!;
    const char = pattern[i];
    if (char === "*") parts.push([]);
    else if (char === "?") part.push(ANY);
    else if (char === "[") {
      SET.lastIndex = i;
      // Where one bracket is not closed, none after it is.
      const set: RegExpExecArray | null = isClosed ? SET.exec(pattern) : null;
      isClosed = set !== null;
      part.push(set ? setOf(set[1] !== "", set[2], options) : "[");
      if (set) i += set[0].length - 1;
    } else {
      const literal = char === "\\" && i + 1 < pattern.length ? pattern[++i] : char;
      part.push(options.ignoreCase ? literal.toLowerCase() : literal);
    }
  }
  return parts;
}

const SET = /\[([!^]?)(\]?(?:\[:\w+:\]|\\[^]|[^\]\\])*)\]/y;

function setOf(negated: boolean, text: string, options: { ignoreCase?: boolean }): RegExp {
  const inside = text.replace(/\[:(\w+):\]|\\(.)|([\\\]\[^])/g, (_, name, escaped, special) => {
    if (name !== undefined) return CLASSES[name] ?? "";
    return `\\${escaped ?? special}`;
  });
  try {
    return new RegExp(`[${negated ? "^" : ""}${inside}]`, options.ignoreCase ? "i" : "");
  } catch {
    // A range that ends before it begins has nothing in it.
    return negated ? /[^]/ : /[^\s\S]/;
  }
}

export const CLASSES: Record<string, string> = {
  alpha: "A-Za-z",
  digit: "0-9",
  alnum: "A-Za-z0-9",
  upper: "A-Z",
  lower: "a-z",
  space: " \\t\\n\\r\\f\\v",
  blank: " \\t",
  punct: "!-\\/:-@\\[-`{-~",
  xdigit: "0-9A-Fa-f",
  cntrl: "\\x00-\\x1f\\x7f",
  print: " -~",
  graph: "!-~",
};
