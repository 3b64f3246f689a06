/** One place of a pattern: a character, any text, or one character of some kind. */
type Token = string | typeof STAR | { matches(char: string): boolean };
const STAR = Symbol("*");

/** Matching that can be interrupted: gives now and then how many characters it has looked at since. */
export type Matching<T> = Generator<number, T, void>;

/** Characters after which matching may be interrupted. */
const PAUSE = 1 << 16;

/**
 * A shell pattern. Characters after a backslash stand for themselves.
 * Whatever the pattern, the time that matching takes grows with the text times the pattern.
 * Source: POSIX.1-2024 Shell Command Language 2.14.
 */
export class Glob {
  readonly #tokens: readonly Token[];

  constructor(pattern: string, { fold = false }: { fold?: boolean } = {}) {
    this.#tokens = readTokens(pattern, fold);
  }

  /** Whether the pattern matches the whole of a text: for short ones. */
  test(text: string): boolean {
    return atOnce(this.matches(text));
  }

  /** Whether the pattern matches the whole of a text. */
  *matches(text: string): Matching<boolean> {
    const tokens = this.#tokens;
    let at = 0;
    let place = 0;
    let star = -1;
    let starAt = 0;
    for (let looked = 1; at < text.length; looked++) {
      if (looked % PAUSE === 0) yield PAUSE;
      const token = tokens[place];
      if (token === STAR) {
        star = place++;
        starAt = at;
      } else if (fits(token, text[at])) {
        place++;
        at++;
      } else if (star >= 0) {
        // The last star takes one more.
        place = star + 1;
        at = ++starAt;
      } else return false;
    }
    while (tokens[place] === STAR) place++;
    return place === tokens.length;
  }

  /** The length of the shortest or longest beginning that matches; undefined when none does. */
  *prefix(text: string, { longest }: { longest: boolean }): Matching<number | undefined> {
    const char = (i: number) => text[i];
    return (yield* scan(this.#tokens, { char, length: text.length, longest })).length;
  }

  /** The same of the end of a text. */
  *suffix(text: string, { longest }: { longest: boolean }): Matching<number | undefined> {
    const last = text.length - 1;
    const char = (i: number) => text[last - i];
    return (yield* scan(this.#tokens.toReversed(), { char, length: text.length, longest })).length;
  }

  /** The first place at or after `from` where something matches, and the longest that does there. */
  *search(text: string, from: number): Matching<{ at: number; length: number } | undefined> {
    for (let at = from; at <= text.length; at++) {
      const { length, isLost } = yield* scan(this.#tokens, {
        char: (i) => text[at + i],
        length: text.length - at,
        longest: true,
      });
      if (length !== undefined) return { at, length };
      if (isLost) return undefined;
      if (at % PAUSE === 0) yield PAUSE;
    }
    return undefined;
  }
}

/** A shell pattern, ready to be matched. */
export function globPattern(pattern: string): Glob {
  return new Glob(pattern);
}

function atOnce<T>(matching: Matching<T>): T {
  for (let step = matching.next();; step = matching.next()) if (step.done) return step.value;
}

function fits(token: Token | undefined, char: string): boolean {
  if (typeof token === "string") return token === char;
  return typeof token === "object" && token.matches(char);
}

/**
 * Follows all ways through a pattern at once. `isLost` tells that a star was reached and what comes
 * after it is nowhere in the rest of the text, so that no later beginning helps.
 */
function* scan(
  tokens: readonly Token[],
  { char, length, longest }: { char: (i: number) => string; length: number; longest: boolean },
): Matching<{ length?: number; isLost: boolean }> {
  let found: number | undefined;
  let isLost = false;
  let places = new Set<number>();
  let looked = 0;
  const reach = (into: Set<number>, place: number) => {
    for (; !into.has(place); place++) {
      into.add(place);
      if (tokens[place] !== STAR) return;
      isLost = true;
    }
  };
  reach(places, 0);
  for (let i = 0;; i++) {
    if (places.has(tokens.length)) {
      found = i;
      if (!longest) break;
    }
    if (i >= length || places.size === 0) break;
    const next = new Set<number>();
    const seen = char(i);
    for (const place of places) {
      if (tokens[place] === STAR) reach(next, place);
      else if (fits(tokens[place], seen)) reach(next, place + 1);
      if (++looked % PAUSE === 0) yield PAUSE;
    }
    places = next;
  }
  return { length: found, isLost };
}

function readTokens(pattern: string, fold: boolean): Token[] {
  const out: Token[] = [];
  const folded = (matches: (char: string) => boolean) => ({
    matches: fold
      ? (char: string) => matches(char.toLowerCase()) || matches(char.toUpperCase())
      : matches,
  });
  for (let i = 0; i < pattern.length; i++) {
    let char = pattern[i];
    if (char === "*") {
      if (out.at(-1) !== STAR) out.push(STAR);
      continue;
    }
    if (char === "?") {
      out.push(ANY);
      continue;
    }
    const set = char === "[" ? readSet(pattern, i) : undefined;
    if (set) {
      out.push(folded(set.matches));
      i = set.end;
      continue;
    }
    if (char === "\\" && i + 1 < pattern.length) char = pattern[++i];
    const literal = char;
    out.push(fold ? folded((one) => one === literal) : literal);
  }
  return out;
}

const ANY = { matches: () => true };

/** A bracket expression that begins at `start`; undefined when it does not end. */
function readSet(
  pattern: string,
  start: number,
): { matches: (char: string) => boolean; end: number } | undefined {
  let at = start + 1;
  const negated = pattern[at] === "!" || pattern[at] === "^";
  if (negated) at++;
  const ranges: { from: string; to: string }[] = [];
  const classes: RegExp[] = [];
  for (let first = true;; first = false) {
    if (at >= pattern.length) return undefined;
    if (pattern[at] === "]" && !first) break;
    const end = pattern.startsWith("[:", at) ? pattern.indexOf(":]", at + 2) : -1;
    const inside = end < 0 ? undefined : CLASSES[pattern.slice(at + 2, end)];
    if (inside !== undefined) {
      classes.push(new RegExp(`[${inside}]`));
      at = end + 2;
      continue;
    }
    const take = () => {
      if (pattern[at] === "\\" && at + 1 < pattern.length) at++;
      return pattern[at++];
    };
    const from = take();
    const isRange = pattern[at] === "-" && at + 1 < pattern.length && pattern[at + 1] !== "]";
    if (isRange) at++;
    ranges.push({ from, to: isRange ? take() : from });
  }
  const has = (char: string) =>
    ranges.some(({ from, to }) => char >= from && char <= to) ||
    classes.some((one) => one.test(char));
  return { matches: (char) => has(char) !== negated, end: at };
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
