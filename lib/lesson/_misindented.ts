import { type Mistake, mistake, PARTS, placed } from "./_mistake.ts";

/** Where a line of the chart's values may stand, in spaces. */
const ROOMS = [0, 2, 4, 6, 8, 10, 12, 14];

/** How much is read in tries, in characters: each reads the whole file again, and a check answers at once. */
const MOST_READ = 200_000;

/** A line that stands by itself, or with what is below it, at another depth than it belongs. */
interface Shift {
  /** From 0. */
  at: number;
  from: number;
  to: number;
}

/**
 * The one line behind a mistake that is indented other than it belongs, by itself or with what stands under it: where it
 * stands elsewhere the file is right, or wrong only in what is looked at later. `read` gives the mistake of a text, and
 * `isTop` says whether a key is one that the chart asks for at the top: helm passes over others without a word.
 */
export function misindented(
  text: string,
  found: Mistake,
  read: (text: string) => Mistake | undefined,
  isTop: (key: string) => boolean,
): Mistake | undefined {
  const { line, place } = found;
  if (
    line === undefined || place === 0 || !["yaml", "keys"].includes(found.part)
  ) return undefined;
  let tries = Math.floor(MOST_READ / text.length);
  if (tries === 0) return undefined;
  const lines = text.split("\n");
  const isMended = (other: string) => {
    const left = read(other);
    return left === undefined || PARTS.indexOf(left.part) > PARTS.indexOf("keys");
  };
  for (const { at, from, to } of shifts(lines, line - 1)) {
    for (const moved of movedWith(lines, at, at === line - 1)) {
      if (tries-- <= 0) return undefined;
      const other = lines.map((one, index) => moved.has(index) ? moveBy(one, to - from) : one);
      if (!isAskedFor(lines, other, at, isTop)) continue;
      if (isMended(other.join("\n"))) return told(found, lines[at], { at, from, to });
    }
  }
}

/** What may be moved: the line of the mistake first, then those around it, each first by as little as can be. */
function* shifts(lines: readonly string[], at: number): Generator<Shift> {
  const first = lines.findIndex(isText);
  const near = [at, ...[1, 2, 3].flatMap((step) => [at - step, at + step])];
  // What ends a map too early is noticed at its begin, and stands further left than what comes before and after.
  const texts = [...lines.keys()].filter((one) => isText(lines[one]));
  const ending = texts.filter((one, index) =>
    [texts[index - 1], texts[index + 1]].every((other) =>
      other === undefined || roomOf(lines[other]) > roomOf(lines[one])
    )
  );
  const all = [at, ...ending, ...near, ...texts];
  for (const one of new Set(all)) {
    if (one <= first || one >= lines.length || !isText(lines[one])) continue;
    if (/^(prometheus|rules) *:/.test(lines[one])) continue;
    const from = roomOf(lines[one]);
    const rooms = ROOMS.filter((room) => room !== from)
      .sort((a, b) => Math.abs(a - from) - Math.abs(b - from));
    for (const to of rooms) yield { at: one, from, to };
  }
}

function isText(line: string): boolean {
  return /^ *[^\s#]/.test(line);
}

function roomOf(line: string): number {
  return line.search(/[^ ]/);
}

/** Whether a moved line lands where the chart asks for it: at the top as a key of its own, or under what it was under. */
function isAskedFor(
  lines: readonly string[],
  other: readonly string[],
  at: number,
  isTop: (key: string) => boolean,
): boolean {
  const [before, after] = [topOf(lines, at), topOf(other, at)];
  if (after.at === at) return isTop(after.key);
  return after.key === before.key || ["rules", "prometheus"].includes(after.key);
}

/** The key at the left edge that a line is, or stands under. */
function topOf(lines: readonly string[], line: number): { at: number; key: string } {
  let at = line;
  while (at > 0 && !/^[^\s#]/.test(lines[at])) at--;
  return { at, key: /^([\w.-]+) *:/.exec(lines[at])?.[1] ?? "" };
}

/** How many parts of what stands under a line are tried. */
const MOST_PARTS = 20;

/** What is moved together with a line: nothing, what stands under it, or of that the first lines alone. */
function* movedWith(
  lines: readonly string[],
  at: number,
  isFirst: boolean,
): Generator<ReadonlySet<number>> {
  yield new Set([at]);
  const below = withBelow(lines, at);
  yield new Set(below);
  if (!isFirst) return;
  const least = Math.max(2, below.length - MOST_PARTS);
  for (let count = below.length - 1; count >= least; count--) yield new Set(below.slice(0, count));
}

/** A line and those under it that stand further right. */
function withBelow(lines: readonly string[], at: number): number[] {
  const room = roomOf(lines[at]);
  const moved = [at];
  for (let next = at + 1; next < lines.length; next++) {
    if (!isText(lines[next])) continue;
    if (roomOf(lines[next]) <= room) break;
    moved.push(next);
  }
  return moved;
}

function moveBy(line: string, spaces: number): string {
  if (!isText(line)) return line;
  const room = Math.max(0, roomOf(line) + spaces);
  return " ".repeat(room) + line.trimStart();
}

function told(found: Mistake, line: string, { at, from, to }: Shift): Mistake {
  const number = at + 1;
  const shown = /^(?:- )?[\w.-]+ *:?/.exec(line.trim())?.[0] ?? line.trim();
  const [way, count] = [to > from ? "further right" : "further left", Math.abs(to - from)];
  const move: [string, string] = [
    `put \`${shown}\` ${count} space${count === 1 ? "" : "s"} ${way}, in column ${
      to + 1
    }: edit rules`,
    `\`${shown}\`을(를) ${to > from ? "오른쪽" : "왼쪽"}으로 ${count}칸, ${
      to + 1
    }번째 칸으로 옮기세요: edit rules`,
  ];
  // Words that are about the place already have only the way to go added.
  if (number === found.place) return { ...found, next: { en: move[0], ko: move[1] } };
  const shows = found.place === undefined ? undefined : placed(found);
  return mistake(
    number,
    [
      `\`${shown}\` is indented by ${from} spaces, and belongs at ${to}${
        shows ? `; it shows in ${shows.en}` : ""
      }`,
      "in YAML the indentation says what belongs to what",
      move[0],
    ],
    [
      `\`${shown}\`의 들여쓰기가 ${from}칸인데 ${to}칸이어야 합니다${
        shows ? `. 드러나는 곳은 ${shows.ko}` : ""
      }`,
      "YAML에서는 들여쓰기가 무엇이 어디에 속하는지 정합니다",
      move[1],
    ],
    found.part,
  );
}
