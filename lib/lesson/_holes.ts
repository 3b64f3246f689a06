import { compileAnchored, compileGoRegexp } from "../go/mod.ts";

/** What each named hole stands for. */
const HOLES: Record<string, string> = {
  age: String.raw`(?:\d+[smhdy])+`,
  any: ".*?",
  hash: "[a-z0-9]+",
  ip: String.raw`\d{1,3}(?:\.\d{1,3}){3}`,
  name: "[a-zA-Z0-9.-]+",
  number: String.raw`-?\d+(?:\.\d+)?[a-zA-Z]*`,
  time: String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)`,
};
const HOLE = /<([a-z]+|-?\d+(?:\.\d+)?\.\.-?\d+(?:\.\d+)?)>/g;

/** A pattern as a regular expression, with a group for each range. */
interface Compiled {
  source: string;
  ranges: [low: number, high: number][];
}

/** Whether `actual` is `pattern` with its holes filled. Runs of blanks count as one. */
export function fills(pattern: string, actual: string): boolean {
  const { source, ranges } = compile(pattern);
  const found = compileAnchored(source).exec(squeezed(actual).trim());
  return found !== null && isWithin(ranges, [...found]);
}

/** Whether a pattern with its holes filled stands somewhere in a text, as whole words within one line. */
export function stands(pattern: string, text: string): boolean {
  const { source, ranges } = compile(pattern);
  const words = compileGoRegexp(`${BEFORE}(?:${source})${AFTER}`);
  return text.split("\n").map(squeezed).some((line) => {
    for (let found = words.exec(line); found; found = words.exec(line, found.index + 1)) {
      if (isWithin(ranges, [...found])) return true;
    }
    return false;
  });
}

/** What may stand around words: a dot only at the end of one. */
const BEFORE = String.raw`(?:^|[^\w.-]|(?:^|\W)\.)`;
const AFTER = String.raw`(?:$|[^\w.-]|\.(?:$|\W))`;

function isWithin(ranges: Compiled["ranges"], found: readonly (string | undefined)[]): boolean {
  return ranges.every(([low, high], i) =>
    low <= Number(found[i + 1]) && Number(found[i + 1]) <= high
  );
}

function squeezed(text: string): string {
  return text.replace(/\s+/g, " ");
}

function compile(pattern: string): Compiled {
  const ranges: Compiled["ranges"] = [];
  let source = "";
  let from = 0;
  const text = squeezed(pattern).trim();
  for (const match of text.matchAll(HOLE)) {
    const range = /^(.+)\.\.(.+)$/.exec(match[1]);
    if (!range && !(match[1] in HOLES)) continue;
    source += escape(text.slice(from, match.index));
    from = match.index + match[0].length;
    if (range) {
      ranges.push([Number(range[1]), Number(range[2])]);
      source += String.raw`(-?\d+(?:\.\d+)?)`;
    } else source += HOLES[match[1]];
  }
  return { source: source + escape(text.slice(from)), ranges };
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
