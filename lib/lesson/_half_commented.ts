import { type Mistake, mistake, PARTS } from "./_mistake.ts";

/** A comment that holds a line of a rule, or of what rules stand under: its room, and what is behind the `# `. */
const COMMENTED =
  /^( *)# ?( *(?:- +)?(?:rules|custom|external|seriesQuery|seriesFilters|is|isNot|resources|overrides|template|namespaced|namespace|pod|service|group|resource|name|matches|as|metricsQuery) *:.*)$/;
const RULES = /^[# ]*rules *:/;
const OTHER_TOP = /^(?!rules *:)[A-Za-z]\w*:/;

/** Whether a line is a comment that holds a line of a rule. */
export function holdsRule(line: string): boolean {
  return COMMENTED.test(line);
}

/**
 * The mistake behind another one where some lines of a commented example were uncommented and others were not: without
 * their `# ` all of it would be right, or wrong only in what is looked at later. `read` gives the mistake of a text.
 */
export function halfCommented(
  text: string,
  found: Mistake,
  read: (text: string) => Mistake | undefined,
): Mistake | undefined {
  const lines = text.split("\n");
  const from = lines.findIndex((line) => RULES.test(line));
  if (from < 0) return undefined;
  const next = lines.findIndex((line, at) => at > from && OTHER_TOP.test(line));
  const to = next < 0 ? lines.length : next;
  const inside = lines.slice(from, to);
  const hidden = inside.flatMap((line, at) => COMMENTED.test(line) ? [from + at] : []);
  // Where all is commented nothing was begun, and where nothing is nothing was forgotten.
  const isHalf = hidden.length > 0 && inside.some((line) => /^ *[^#\s]/.test(line));
  if (!isHalf) return undefined;
  const whole = lines.map((line, at) =>
    hidden.includes(at) ? line.replace(COMMENTED, "$1$2") : line
  );
  const left = read(whole.join("\n"));
  if (left && PARTS.indexOf(left.part) <= PARTS.indexOf(found.part)) return undefined;
  const numbers = hidden.map((at) => at + 1);
  // What names the comment by itself, and all of it, has the better words.
  const namesAll = hidden.length === 1 || found.line === hidden[0];
  if (/commented/.test(found.is.en) && namesAll) return undefined;
  const [shown] = /^.*?:/.exec(lines[hidden[0]].replace(COMMENTED, "$2").trim())!;
  const [en, ko] = [linesOf(numbers, "en"), linesOf(numbers, "ko")];
  const isOne = numbers.length === 1;
  return mistake(
    numbers[0],
    [
      `${
        isOne
          ? `\`${shown}\` is still commented`
          : `${en} are still commented (the first is \`${shown}\`)`
      }, and other lines of the rule are not`,
      "what is commented is not there for helm, and the lines around it then mean something else",
      `take \`# \` away from ${en}, and keep ${isOne ? "its place" : "their places"}: edit rules`,
    ],
    [
      `${
        isOne ? `\`${shown}\`은(는) 아직 주석인데` : `${ko}이 아직 주석인데 (첫 줄은 \`${shown}\`)`
      } 규칙의 다른 줄은 아닙니다`,
      "주석인 줄은 helm에게 없는 것이므로 둘레의 줄이 다른 뜻이 됩니다",
      `${ko}의 \`# \`를 지우고 자리는 그대로 두세요: edit rules`,
    ],
    "yaml",
  );
}

/** Lines by number, those that follow each other together: `lines 23 to 35 and 40`. */
function linesOf(numbers: readonly number[], language: "en" | "ko"): string {
  const spans: [first: number, last: number][] = [];
  for (const number of numbers) {
    const last = spans.at(-1);
    if (last?.[1] === number - 1) last[1] = number;
    else spans.push([number, number]);
  }
  const [through, and] = language === "en" ? [" to ", " and "] : ["-", ", "];
  const told = spans.flatMap(([first, last]) =>
    last - first < 2 ? [...new Set([`${first}`, `${last}`])] : [first + through + last]
  );
  const list = [told.slice(0, -1).join(", "), told.at(-1)].filter((part) => part !== "").join(and);
  if (language === "ko") return `${list}번째 줄`;
  return `${numbers.length === 1 ? "line" : "lines"} ${list}`;
}
