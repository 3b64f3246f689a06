import { commandRows, isCommand } from "./command_rows.ts";
import { renderMarkdown, wrapWords } from "./markdown.ts";
import type { Style } from "./style.ts";
import { alignRows, displayWidth, padEnd } from "./width.ts";

/** The least room in which the last column of a table is worth wrapping. */
const MIN_ROOM = 20;

/**
 * A table without lines: see {@linkcode alignRows}. With `columns` its last column wraps under itself, or stands in rows of
 * its own where there is no room beside the others.
 */
export function renderTable(rows: readonly (readonly string[])[], columns = Infinity): string {
  const last = Math.max(...rows.map((row) => row.length)) - 1;
  const heads = alignRows(rows.map((row) => row.slice(0, last)));
  const indent = last > 0 ? Math.max(...heads.map(displayWidth)) + 2 : 0;
  const beside = columns - indent >= MIN_ROOM;
  const hang = beside ? indent : 4;
  return alignRows(rows).flatMap((line, at) => {
    const row = rows[at];
    if (displayWidth(line) <= columns || row.length <= last) return [line];
    const [first, ...others] = wrapWords(row[last], columns - hang);
    const under = (text: string) => " ".repeat(hang) + text;
    return beside
      ? [padEnd(heads[at], indent) + first, ...others.map(under)]
      : [heads[at], under(first), ...others.map(under)];
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

/**
 * A line in rows of `columns`, broken at spaces outside backquotes; nothing else is changed. What is wider than a row stays
 * whole, beside the mark of a list or a diff that leads it, but for a command in backquotes, which is broken so that it can
 * still be pasted.
 */
function wrapLine(line: string, columns: number): string[] {
  const rows: string[] = [];
  let row = "";
  for (const [part] of line.matchAll(/(?:`[^`]*`|[^ ])+ *|^ +/g)) {
    if (row.trim().length > 1 && displayWidth((row + part).trimEnd()) > columns) {
      rows.push(row.trimEnd());
      row = "";
    }
    const [, before, command, behind] = /^(`?)([^`]+)`(.*)$/.exec(part) ?? [];
    const isLong = before === "`" && displayWidth(part.trimEnd()) > columns && isCommand(command);
    if (isLong) {
      const pieces = commandRows(command, columns - 2).map((piece) => `\`${piece}\``);
      rows.push(...pieces.slice(0, -1));
      row = pieces.at(-1)! + behind;
    } else row += part;
  }
  return [...rows, row.trimEnd()];
}
