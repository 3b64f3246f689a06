/** What a backtracking engine may have to do: `factor * (length of the text + 1) ** degree`. */
export interface Bound {
  factor: number;
  degree: number;
}

/** What every part of an expression knows about itself, worked out from its own parts. */
interface Facts {
  /** The part in JavaScript's syntax, for the `v` flag. */
  source: string;
  /** Instructions it compiles to, counted as Go does. */
  size: number;
  /** How deep it nests. */
  height: number;
  /** The largest product of counts of repetitions within each other. */
  repeats: number;
  /** Whether it can match without reading anything. */
  nullable: boolean;
  /** Whether it matches at the start of the text only. */
  anchored: boolean;
  /** Whether it captures. */
  captures: boolean;
  /** Whether JavaScript fills the captures as Go does; its repetitions forget those of the last round. */
  faithful: boolean;
  /** How many lengths are left to choose; more than one may differ between first and longest. */
  choices: number;
  /** In how many ways it can match from one place on. */
  ways: Bound;
  /** The steps of trying all of them. */
  steps: Bound;
}

export type Assertion =
  | "begin"
  | "end"
  | "beginLine"
  | "endLine"
  | "word"
  | "notWord"
  | "wordStart"
  | "wordEnd"
  | "notAfterWord"
  | "notBeforeWord";

export type Node =
  & Facts
  & (
    | { op: "char"; set: CharSet }
    | { op: "assert"; kind: Assertion }
    | { op: "backreference"; index: number }
    | { op: "concat"; subs: Node[] }
    | { op: "alternate"; subs: Node[] }
    | { op: "capture"; index: number; sub: Node }
    | { op: "repeat"; sub: Node; min: number; max: number; lazy: boolean }
  );

const ONE: Bound = { factor: 1, degree: 0 };
const UNKNOWN: Bound = { factor: Infinity, degree: 0 };

function plus(a: Bound, b: Bound): Bound {
  return { factor: a.factor + b.factor, degree: Math.max(a.degree, b.degree) };
}

function times(a: Bound, b: Bound): Bound {
  return { factor: a.factor * b.factor, degree: a.degree + b.degree };
}

/** Characters of which one is read: a literal, a class or any. */
export class CharSet {
  #regexp: RegExp | undefined;
  readonly #ascii = new Uint8Array(128);

  /** `source` matches one character, in JavaScript's syntax; a `literal` is that character alone. */
  constructor(readonly source: string, readonly literal?: string) {}

  has(code: number): boolean {
    if (!this.#regexp) {
      this.#regexp = new RegExp(`^${this.source}$`, "v");
      for (let i = 0; i < 128; i++) {
        this.#ascii[i] = Number(this.#regexp.test(String.fromCharCode(i)));
      }
    }
    return code < 128 ? this.#ascii[code] === 1 : this.#regexp.test(String.fromCodePoint(code));
  }
}

/** Nodes do not change: the same characters are the same nodes in all expressions. */
const chars = new Map<string, Node>();

/** One character of the set that `source` describes. */
export function charNode(source: string, literal?: string): Node {
  let node = chars.get(source);
  if (!node) {
    if (chars.size >= 1000) chars.clear();
    node = { ...leaf(source), op: "char", set: new CharSet(source, literal), nullable: false };
    chars.set(source, node);
  }
  return node;
}

export function assertNode(kind: Assertion): Node {
  // JavaScript finds such a place even within a surrogate pair.
  const steps = kind === "notWord" ? UNKNOWN : ONE;
  return { ...leaf(ASSERTIONS[kind]), op: "assert", kind, anchored: kind === "begin", steps };
}

/** What group `index` captured, once more; only the engine that goes back can tell. */
export function backreferenceNode(index: number): Node {
  return { ...leaf(`\\${index}`), op: "backreference", index, ways: UNKNOWN, steps: UNKNOWN };
}

function leaf(source: string): Facts {
  return {
    source,
    size: 1,
    height: 1,
    repeats: 1,
    nullable: true,
    anchored: false,
    captures: false,
    faithful: true,
    choices: 0,
    ways: ONE,
    steps: ONE,
  };
}

/** Word boundaries are spelled out: JavaScript's depend on flags, Go's are ASCII always. */
const ASSERTIONS: Record<Assertion, string> = {
  begin: "^",
  end: "$",
  beginLine: "(?:(?<![^\\n]))",
  endLine: "(?:(?![^\\n]))",
  word: "(?:(?<=[0-9A-Za-z_])(?![0-9A-Za-z_])|(?<![0-9A-Za-z_])(?=[0-9A-Za-z_]))",
  notWord: "(?:(?<=[0-9A-Za-z_])(?=[0-9A-Za-z_])|(?<![0-9A-Za-z_])(?![0-9A-Za-z_]))",
  wordStart: "(?:(?<![0-9A-Za-z_])(?=[0-9A-Za-z_]))",
  wordEnd: "(?:(?<=[0-9A-Za-z_])(?![0-9A-Za-z_]))",
  notAfterWord: "(?:(?<![0-9A-Za-z_]))",
  notBeforeWord: "(?:(?![0-9A-Za-z_]))",
};

const max = (subs: readonly Node[], of: (node: Node) => number) =>
  subs.reduce((most, node) => Math.max(most, of(node)), 0);
const sum = (subs: readonly Node[], of: (node: Node) => number) =>
  subs.reduce((total, node) => total + of(node), 0);

export function concatNode(subs: Node[]): Node {
  if (subs.length === 1) return subs[0];
  let ways = ONE;
  let steps: Bound = { factor: 0, degree: 0 };
  for (const sub of subs) {
    steps = plus(steps, times(ways, sub.steps));
    ways = times(ways, sub.ways);
  }
  const plain = subs.every((sub) => sub.op === "char" && sub.set.literal !== undefined);
  return {
    op: "concat",
    subs,
    source: subs.map(({ source }) => source).join(""),
    size: Math.max(1, sum(subs, ({ size }) => size)),
    height: max(subs, ({ height }) => height) + (plain ? 0 : 1),
    repeats: max(subs, ({ repeats }) => repeats),
    nullable: subs.every(({ nullable }) => nullable),
    anchored: subs.length > 0 && subs[0].anchored,
    captures: subs.some(({ captures }) => captures),
    faithful: subs.every(({ faithful }) => faithful),
    choices: sum(subs, ({ choices }) => choices),
    ways,
    steps,
  };
}

export function alternateNode(subs: Node[]): Node {
  if (subs.length === 1) return subs[0];
  return {
    op: "alternate",
    subs,
    source: `(?:${subs.map(({ source }) => source).join("|")})`,
    size: sum(subs, ({ size }) => size) + subs.length - 1,
    height: max(subs, ({ height }) => height) + 1,
    repeats: max(subs, ({ repeats }) => repeats),
    nullable: subs.some(({ nullable }) => nullable),
    anchored: subs.every(({ anchored }) => anchored),
    captures: subs.some(({ captures }) => captures),
    faithful: subs.every(({ faithful }) => faithful),
    choices: Infinity,
    ways: subs.map(({ ways }) => ways).reduce(plus),
    steps: subs.map(({ steps }) => steps).reduce(plus),
  };
}

export function captureNode(index: number, sub: Node): Node {
  return {
    ...facts(sub),
    op: "capture",
    index,
    sub,
    source: `(${sub.source})`,
    size: sub.size + 2,
    height: sub.height + 1,
    captures: true,
  };
}

function facts(node: Node): Facts {
  const { source, size, height, repeats, nullable, anchored, captures } = node;
  const { faithful, choices, ways, steps } = node;
  return {
    source,
    size,
    height,
    repeats,
    nullable,
    anchored,
    captures,
    faithful,
    choices,
    ways,
    steps,
  };
}

/** `counted` when the counts were given in braces, which is what Go's limit looks at. */
export function repeatNode(
  sub: Node,
  options: { min: number; max: number; lazy: boolean; counted?: boolean },
): Node {
  const { min, max, lazy } = options;
  const endless = max === Infinity;
  const times = options.counted ? Math.max(1, endless ? min : max) : 1;
  const size = endless
    ? (min === 0 ? sub.size + 2 : min * sub.size + 1)
    : Math.max(1, max * sub.size + (max - min));
  return {
    ...facts(sub),
    op: "repeat",
    sub,
    min,
    max,
    lazy,
    source: `(?:${sub.source}){${min},${endless ? "" : max}}${lazy ? "?" : ""}`,
    size,
    height: sub.height + 1,
    repeats: times * sub.repeats,
    nullable: min === 0 || sub.nullable,
    anchored: min > 0 && sub.anchored,
    faithful: sub.faithful && !(sub.captures && max > 1),
    choices: max === 0
      ? 0
      : min === max
      ? sub.choices * max
      : sub.choices === 0 && !lazy
      ? 1
      : Infinity,
    ...repeatBounds(sub, min, max),
  };
}

/**
 * Bounds on trying all the ways of a repetition. Unknown where endless rounds can be split up in more
 * ways than one, and where a round may be empty: there JavaScript also chooses otherwise than Go.
 */
function repeatBounds(sub: Node, min: number, max: number): Pick<Facts, "ways" | "steps"> {
  if (max === 0) return { ways: ONE, steps: ONE };
  if (sub.nullable) return { ways: UNKNOWN, steps: UNKNOWN };
  const round = plus(sub.steps, ONE);
  if (max === Infinity) {
    if (sub.ways.degree > 0 || sub.ways.factor > 1) return { ways: UNKNOWN, steps: UNKNOWN };
    const rounds = { factor: 1, degree: 1 };
    return { ways: rounds, steps: plus(times(rounds, round), ONE) };
  }
  const most = { factor: sub.ways.factor ** max, degree: sub.ways.degree * max };
  return {
    ways: times({ factor: max - min + 1, degree: 0 }, most),
    steps: plus(times({ factor: max, degree: 0 }, times(most, round)), ONE),
  };
}
