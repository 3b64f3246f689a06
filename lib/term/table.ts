import { renderMarkdown } from "./markdown.ts";
import type { Style } from "./style.ts";
import { alignRows, chop, displayWidth, padEnd } from "./width.ts";

/** A table without lines: see {@linkcode alignRows}. */
export function renderTable(rows: readonly (readonly string[])[]): string {
  return alignRows(rows).join("\n");
}

/** Names in as many columns as fit, filled from top to bottom as `ls` does. */
export function renderColumns(names: readonly string[], columns: number): string {
  if (names.length === 0) return "";
  for (let rows = 1; rows < names.length; rows++) {
    const count = Math.ceil(names.length / rows);
    const grid = Array.from(
      { length: rows },
      (_, row) =>
        Array.from({ length: count }, (_, column) => names[column * rows + row])
          .filter((name) => name !== undefined),
    );
    const text = renderTable(grid);
    if (text.split("\n").every((line) => displayWidth(line) <= columns)) return text;
  }
  return names.join("\n");
}

/**
 * Texts with a label in front of each; long ones wrap under themselves. They are Markdown, or shown as they are when they
 * quote what others wrote: logs, values, regular expressions.
 */
export function wrapText(
  rows: readonly (readonly [label: string, text: string])[],
  style: Style,
  columns: number,
  { raw = false } = {},
): string {
  const indent = Math.max(...rows.map(([label]) => displayWidth(label))) + 2;
  const room = Math.max(20, columns - indent);
  const wrapped = (text: string) =>
    raw
      ? text.split("\n").flatMap((line) => wrapLine(line, room))
      : renderMarkdown(text.replaceAll("\n", "  \n"), { style, columns: room, plain: true })
        .split("\n");
  return rows.flatMap(([label, text]) =>
    wrapped(text).map((line, index) =>
      (index === 0 ? style.bold(padEnd(label, indent)) : " ".repeat(indent)) + line
    )
  ).join("\n");
}

/** A line in rows of at most `columns`, broken at spaces and, when a word is too long, in it; nothing else is changed. */
function wrapLine(line: string, columns: number): string[] {
  const rows: string[] = [];
  let row = "";
  for (const part of line.split(/(?<= )(?! )/)) {
    if (displayWidth((row + part).trimEnd()) <= columns) row += part;
    else {
      if (row.trim() !== "") rows.push(row.trimEnd());
      const pieces = chop(part, columns);
      rows.push(...pieces.slice(0, -1));
      row = pieces.at(-1) ?? "";
    }
  }
  return [...rows, row.trimEnd()];
}
