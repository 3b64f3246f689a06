import type { Style } from "./style.ts";
import { chop, displayWidth, padEnd } from "./width.ts";

/** One line of a comparison. A missing line has no `actual`, one too many no `expected`. */
export interface DiffRow {
  expected?: string;
  actual?: string;
  /** Whether the two agree; a line too many may be allowed. */
  same: boolean;
}

export interface DiffOptions {
  style: Style;
  columns: number;
  plain?: boolean;
  titles: { expected: string; actual: string };
  /** At most this many rows that are the same around each difference; the others become `…`. */
  context?: number;
}

const INVISIBLE: Record<string, string> = {
  " ": "·",
  "\t": "→",
  "\r": "␍",
  "\u00a0": "⍽",
};

/**
 * `text` with what cannot be seen made visible: spaces as `·`, tabs as `→`, no-break spaces as `⍽`,
 * carriage returns as `␍`, other invisible characters as `<U+200B>`.
 */
export function showInvisible(text: string): string {
  return text.replace(/[ \t\r\u00a0]|[\p{Cc}\p{Cf}\p{Zs}]/gu, (char) =>
    INVISIBLE[char] ??
      `<U+${char.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}>`);
}

/** Whether two different texts look the same on a terminal. */
function looksSame(a: string, b: string): boolean {
  const visible = (text: string) => text.replace(/[\s\p{Cc}\p{Cf}\p{Zs}]+/gu, "");
  return a !== b && visible(a) === visible(b);
}

/** Expected beside actual where the terminal is wide enough, else one under the other. */
export function renderDiff(rows: readonly DiffRow[], options: DiffOptions): string {
  const shown = fold(rows.map(revealRow), options.context ?? 2);
  const widest = Math.max(
    ...shown.flatMap((row) =>
      row === "gap" ? [1] : [displayWidth(row.expected ?? ""), displayWidth(row.actual ?? "")]
    ),
    8,
  );
  const half = Math.floor((options.columns - 5) / 2);
  return !options.plain && widest <= half
    ? sideBySide(shown, Math.min(widest, half), options)
    : stacked(shown, options);
}

function revealRow(row: DiffRow): DiffRow {
  const { expected, actual, same } = row;
  if (same || expected === undefined || actual === undefined) return row;
  if (!looksSame(expected, actual)) return row;
  return { expected: showInvisible(expected), actual: showInvisible(actual), same };
}

/** Leaves out runs of equal rows that are far from any difference. */
function fold(rows: DiffRow[], context: number): (DiffRow | "gap")[] {
  const near = rows.map((_, index) =>
    rows.slice(Math.max(0, index - context), index + context + 1).some((row) => !row.same)
  );
  if (!near.includes(true)) return rows;
  const out: (DiffRow | "gap")[] = [];
  rows.forEach((row, index) => {
    if (near[index]) out.push(row);
    else if (out.at(-1) !== "gap") out.push("gap");
  });
  return out;
}

function markOf(row: DiffRow): string {
  if (row.actual === undefined) return "-";
  return row.expected === undefined ? "+" : "≠";
}

function sideBySide(rows: (DiffRow | "gap")[], width: number, options: DiffOptions): string {
  const { style, titles } = options;
  const out = [
    style.bold(`  ${padEnd(titles.expected, width)}   ${titles.actual}`),
  ];
  for (const row of rows) {
    if (row === "gap") {
      out.push(style.dim("  …"));
      continue;
    }
    const left = padEnd(row.expected ?? "", width);
    const right = row.actual ?? "";
    if (row.same) out.push(style.dim(`  ${left} │ ${right}`.trimEnd()));
    else {
      const mark = style.yellow(markOf(row));
      out.push(`${mark} ${style.green(left)} ${style.dim("│")} ${style.red(right)}`.trimEnd());
    }
  }
  return out.join("\n");
}

function stacked(rows: (DiffRow | "gap")[], options: DiffOptions): string {
  const { style, titles, plain } = options;
  const out: string[] = [];
  const labels = plain
    ? { same: "  ", expected: `${titles.expected}: `, actual: `${titles.actual}: ` }
    : { same: "  ", expected: "- ", actual: "+ " };
  if (!plain) {
    out.push(`${style.green(`- ${titles.expected}`)}   ${style.red(`+ ${titles.actual}`)}`);
  }
  const push = (label: string, text: string, paint: (text: string) => string) => {
    const room = Math.max(20, options.columns - displayWidth(label));
    const pieces = plain ? [text] : chop(text, room);
    pieces.forEach((piece, index) =>
      out.push(paint((index === 0 ? label : " ".repeat(displayWidth(label))) + piece))
    );
  };
  for (const row of rows) {
    if (row === "gap") out.push(plain ? "  ..." : style.dim("  …"));
    else if (row.same) push(labels.same, row.actual ?? row.expected ?? "", style.dim);
    else {
      if (row.expected !== undefined) push(labels.expected, row.expected, style.green);
      if (row.actual !== undefined) push(labels.actual, row.actual, style.red);
    }
  }
  return out.join("\n");
}
