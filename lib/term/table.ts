import { renderMarkdown, wrapWords } from "./markdown.ts";
import type { Style } from "./style.ts";
import { displayWidth, padEnd } from "./width.ts";

/** The least room in which the last column of a table is worth wrapping. */
const MIN_ROOM = 20;

/**
 * Rows as columns two spaces apart, aligned by display width; no trailing spaces. With `columns` the last column wraps
 * under itself, or stands in rows of its own where there is no room beside the others.
 */
export function renderTable(rows: readonly (readonly string[])[], columns = Infinity): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, displayWidth(cell));
    });
  }
  const last = widths.length - 1;
  const indent = widths.slice(0, last).reduce((sum, width) => sum + width + 2, 0);
  return rows.map((row) => {
    const line = row.map((cell, column) => padEnd(cell, widths[column])).join("  ").trimEnd();
    if (displayWidth(line) <= columns || row.length <= last) return line;
    const before = row.slice(0, last).map((cell, column) => padEnd(cell, widths[column] + 2)).join(
      "",
    );
    const beside = columns - indent >= MIN_ROOM;
    const hang = beside ? indent : 4;
    const wrapped = wrapWords(row[last], columns - hang);
    const shown = beside
      ? [before + wrapped[0], ...wrapped.slice(1).map(under)]
      : [before.trimEnd(), ...wrapped.map(under)];
    return shown.join("\n");
    function under(text: string): string {
      return " ".repeat(hang) + text;
    }
  }).join("\n");
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

/** Texts with a label in front of each; long ones wrap under themselves. */
export function wrapText(
  rows: readonly (readonly [label: string, text: string])[],
  style: Style,
  columns: number,
): string {
  const indent = Math.max(...rows.map(([label]) => displayWidth(label))) + 2;
  const room = Math.max(20, columns - indent);
  return rows.flatMap(([label, text]) =>
    renderMarkdown(text.replaceAll("\n", "  \n"), { style, columns: room, plain: true })
      .split("\n")
      .map((line, index) =>
        (index === 0 ? style.bold(padEnd(label, indent)) : " ".repeat(indent)) + line
      )
  ).join("\n");
}
