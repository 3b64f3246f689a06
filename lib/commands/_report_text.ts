import { withParticles } from "../base/mod.ts";
import type { ReportLine } from "../doctor/mod.ts";
import { chop, displayWidth, type Style, styleFor } from "../term/mod.ts";

/** What a report is written on: so wide, in this language, with colours or without. */
export interface Paper {
  readonly columns?: number;
  readonly language?: string;
  readonly plain?: boolean;
  readonly color?: boolean;
}

/** A value for programs. */
export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

const MOST_COLUMNS = 100;

export function widthOf({ columns = 80 }: Pick<Paper, "columns">): number {
  return Math.min(columns, MOST_COLUMNS);
}

export function styleOf({ plain = false, color = false }: Pick<Paper, "plain" | "color">): Style {
  return styleFor({ plain, color: color && !plain });
}

/** Lines of a report as a terminal shows them, each with `prefix` in front. */
export function reportText(lines: readonly ReportLine[], paper: Paper, prefix = ""): string {
  const language = paper.language === "ko" ? "ko" : "en";
  const style = styleOf(paper);
  return lines.map(({ indent, label, text, tone, isWhole, isCommand }) => {
    const said = withParticles(text[language]);
    const labelled = label === undefined ? "" : labelText(label[language]);
    const start = prefix + "  ".repeat(indent) + labelled;
    const room = Math.max(20, widthOf(paper) - displayWidth(start));
    if (isCommand && displayWidth(start + said) > widthOf(paper)) {
      return [start.trimEnd(), prefix + said].filter((row) => row !== prefix.trimEnd())
        .join("\n");
    }
    const rows = said === "" || isWhole || isCommand ? [said] : wrapQuery(said, room);
    const rest = prefix + " ".repeat(displayWidth(start) - prefix.length);
    const paint = tone === undefined ? (row: string) => row : PAINTS[tone](style);
    return rows.map((row, at) => ((at === 0 ? start : rest) + paint(row)).trimEnd()).join("\n");
  }).join("\n") + "\n";
}

/** What a report shows that the one before did not: where but numbers are others, the title and the rows that have them. */
export function changedText(before: string, after: string): string {
  const [had, has] = [before, after].map((text) => text.split("\n"));
  const bare = (rows: string[]) => rows.join("\n").replace(/\d[\d.,]*/g, "");
  if (bare(had) !== bare(has)) return after;
  return `${has.filter((row, at) => at === 0 || row !== had[at]).join("\n")}\n`;
}

/** A text in lines of at most `columns`; a query or path that fits in none is broken after a comma, bracket or slash. */
function wrapQuery(text: string, columns: number): string[] {
  const lines: string[] = [];
  const add = (part: string, gap: string) => {
    const last = lines.at(-1);
    if (last !== undefined && displayWidth(last + gap + part) <= columns) {
      lines[lines.length - 1] = last + gap + part;
    } else lines.push(...chop(part, columns));
  };
  for (const word of text.split(/\s+/)) {
    if (displayWidth(word) <= columns) add(word, " ");
    else word.split(/(?<=[,/{(])/).forEach((part, at) => add(part, at === 0 ? " " : ""));
  }
  return lines;
}

const LABEL_COLUMNS = 8;

function labelText(label: string): string {
  if (/^(\d\.|-)$/.test(label)) return `${label} `;
  return label + " ".repeat(Math.max(1, LABEL_COLUMNS - displayWidth(label)));
}

const PAINTS = {
  title: (style: Style) => style.bold,
  good: (style: Style) => style.green,
  bad: (style: Style) => style.red,
  warning: (style: Style) => style.yellow,
};
