import { compileAnchored } from "../go/mod.ts";

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

/** Whether `actual` is `pattern` with its holes filled. Runs of blanks count as one. */
export function fills(pattern: string, actual: string): boolean {
  const ranges: [number, number][] = [];
  let source = "";
  let from = 0;
  const squeezed = pattern.replace(/\s+/g, " ").trim();
  for (const match of squeezed.matchAll(HOLE)) {
    const range = /^(.+)\.\.(.+)$/.exec(match[1]);
    if (!range && !(match[1] in HOLES)) continue;
    source += escape(squeezed.slice(from, match.index));
    from = match.index + match[0].length;
    if (range) {
      ranges.push([Number(range[1]), Number(range[2])]);
      source += String.raw`(-?\d+(?:\.\d+)?)`;
    } else source += HOLES[match[1]];
  }
  source += escape(squeezed.slice(from));
  const found = compileAnchored(source).exec(actual.replace(/\s+/g, " ").trim());
  return found !== null &&
    ranges.every(([low, high], i) => low <= Number(found[i + 1]) && Number(found[i + 1]) <= high);
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
