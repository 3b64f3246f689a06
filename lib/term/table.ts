import { renderMarkdown } from "./markdown.ts";
import type { Style } from "./style.ts";
import { alignRows, displayWidth, padEnd } from "./width.ts";

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
