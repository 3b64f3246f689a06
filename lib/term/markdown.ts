import { beginsText, commandRows, isCommand } from "./command_rows.ts";
import type { Style } from "./style.ts";
import { alignRows, displayWidth } from "./width.ts";

export interface MarkdownOptions {
  style: Style;
  columns: number;
  /** No box drawing: tables and rules use what a screen reader reads well. */
  plain?: boolean;
}

/** A run of text with one look. */
interface Span {
  text: string;
  paint: (text: string) => string;
  /** Something to type, which is never broken. */
  isCode?: boolean;
}

const identity = (text: string) => text;

/**
 * Markdown as terminal lines, wrapped by display width: headings, paragraphs, lists, quotes, code,
 * tables, rules, emphasis, code spans and links. Ends without a newline.
 */
export function renderMarkdown(markdown: string, options: MarkdownOptions): string {
  const lines = markdown.replaceAll("\r\n", "\n").split("\n");
  const out: string[] = [];
  for (let at = 0; at < lines.length;) {
    const [rendered, next] = renderBlock(lines, at, options);
    out.push(...rendered);
    at = next;
  }
  return out.join("\n").replace(/\n{3,}/g, "\n\n").replace(/^\n+|\n+$/g, "");
}

/** Renders the block that starts at line `at`; gives its lines and where the next one starts. */
function renderBlock(lines: string[], at: number, options: MarkdownOptions): [string[], number] {
  const { style } = options;
  const line = lines[at];
  if (line.trim() === "") return [[""], at + 1];
  const fence = /^\s*(```+|~~~+)/.exec(line);
  if (fence) return renderFence(lines, at, fence[1], options);
  const heading = /^(#{1,6})\s+(.*?)\s*#*$/.exec(line);
  if (heading) {
    const text = wrapSpans(parseInline(heading[2], options), options.columns, "", "");
    const paint = heading[1].length <= 2
      ? (row: string) => style.bold(style.underline(row))
      : style.bold;
    return [["", ...text.map(paint), ""], at + 1];
  }
  if (/^\s*([-*_])(\s*\1){2,}\s*$/.test(line)) {
    return [[options.plain ? "" : style.dim("─".repeat(Math.min(options.columns, 40)))], at + 1];
  }
  if (
    line.includes("|") && /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/.test(lines[at + 1] ?? "")
  ) {
    return renderTable(lines, at, options);
  }
  const item = /^(\s*)([-*+]|\d+[.)])\s+(.*)$/.exec(line);
  if (item) return renderItem(lines, at, item, options);
  if (/^\s*>/.test(line)) {
    const [text, next] = gather(
      lines,
      at,
      (row) => /^\s*>/.test(row),
      (row) => row.replace(/^\s*>\s?/, ""),
    );
    const bar = options.plain ? "  " : style.dim("│ ");
    return [wrapSpans(parseInline(text, options), options.columns, bar, bar), next];
  }
  const [text, next] = gather(
    lines,
    at,
    (row, index) => index === at || isText(row),
    (row) => row.trim(),
  );
  return [wrapSpans(parseInline(text, options), options.columns, "", ""), next];
}

function isText(row: string): boolean {
  return row.trim() !== "" && !/^\s*(```|~~~|#{1,6}\s|>|[-*+]\s|\d+[.)]\s)/.test(row);
}

function gather(
  lines: string[],
  at: number,
  belongs: (row: string, index: number) => boolean,
  clean: (row: string) => string,
): [string, number] {
  const parts: string[] = [];
  let next = at;
  while (next < lines.length && belongs(lines[next], next)) parts.push(clean(lines[next++]));
  return [parts.join(" "), next];
}

function renderFence(
  lines: string[],
  at: number,
  fence: string,
  options: MarkdownOptions,
): [string[], number] {
  const out: string[] = [""];
  const isShell = /^(bash|sh)\b/.test(lines[at].trim().slice(fence.length));
  let next = at + 1;
  let inText = false;
  while (next < lines.length && !lines[next].trim().startsWith(fence)) {
    const line = lines[next];
    // What is shown must be what can be copied: commands are broken as a shell reads them, and nothing else is.
    const rows = isShell && !inText ? commandRows(line, options.columns - 4) : [line];
    for (const row of rows) out.push(`    ${options.style.cyan(row)}`.trimEnd());
    inText ||= beginsText(line);
    next++;
  }
  return [[...out, ""], next + 1];
}

function renderItem(
  lines: string[],
  at: number,
  item: RegExpExecArray,
  options: MarkdownOptions,
): [string[], number] {
  const level = Math.floor(item[1].length / 2);
  const ordered = /\d/.test(item[2]);
  const bullet = ordered ? `${item[2]} ` : options.plain ? "- " : "• ";
  const indent = "  ".repeat(level);
  const parts = [item[3]];
  let next = at + 1;
  while (next < lines.length && isText(lines[next])) parts.push(lines[next++].trim());
  const spans = parseInline(parts.join(" "), options);
  const rest = indent + " ".repeat(displayWidth(bullet));
  return [wrapSpans(spans, options.columns, indent + bullet, rest), next];
}

function renderTable(
  lines: string[],
  at: number,
  options: MarkdownOptions,
): [string[], number] {
  const rows: string[][] = [];
  let next = at;
  while (next < lines.length && lines[next].includes("|")) {
    if (next !== at + 1) rows.push(tableCells(lines[next]));
    next++;
  }
  const painted = rows.map((row) =>
    row.map((cell) => parseInline(cell, options).map((span) => span.paint(span.text)).join(""))
  );
  const [head, ...body] = alignRows(painted);
  if ([head, ...body].some((line) => displayWidth(line) + 2 > options.columns)) {
    return [["", ...listRows(rows, options), ""], next];
  }
  return [["", options.style.bold(head), ...body, ""], next];
}

/** A table too wide for the terminal, one row after another. */
function listRows(rows: string[][], options: MarkdownOptions): string[] {
  const [head, ...body] = rows;
  return body.flatMap((row) =>
    row.flatMap((cell, column) => {
      const name = column === 0 ? "" : `${head[column]}: `;
      const spans = parseInline(name + cell, options);
      const indent = column === 0 ? "" : "  ";
      return wrapSpans(spans, options.columns, indent, `${indent}  `);
    })
  );
}

function tableCells(line: string): string[] {
  const text = line.trim().replace(/^\|/, "").replace(/(?<!\\)\|$/, "");
  const cells: string[] = [];
  let cell = "";
  let inCode = false;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === "\\" && text[i + 1] === "|") cell += text[++i];
    else if (text[i] === "`") {
      inCode = !inCode;
      cell += "`";
    } else if (text[i] === "|" && !inCode) {
      cells.push(cell.trim());
      cell = "";
    } else cell += text[i];
  }
  return [...cells, cell.trim()];
}

const INLINE =
  /\\([\\`*_{}[\]()#+\-.!|<>])|(`+)(.+?)\2(?!`)|\*\*(.+?)\*\*|(?<![\w*])\*([^*\s](?:[^*]*[^*\s])?)\*(?![\w*])|!?\[([^\]]*)\]\(([^)\s]*)\)|<(https?:[^>]+)>/;

function parseInline(text: string, options: MarkdownOptions): Span[] {
  const { style } = options;
  const out: Span[] = [];
  let rest = text;
  for (let match = INLINE.exec(rest); match; match = INLINE.exec(rest)) {
    if (match.index > 0) out.push({ text: rest.slice(0, match.index), paint: identity });
    const [whole, escaped, ticks, code, bold, italic, name, address, bare] = match;
    if (escaped) out.push({ text: escaped, paint: identity });
    else if (ticks) {
      // In plain mode the backticks stay, so that what is code can still be told.
      const inside = ticks.length > 1 ? code.replace(/^ (.*) $/, "$1") : code;
      out.push({ text: options.plain ? whole : inside, paint: style.cyan, isCode: true });
    } else if (bold) out.push(...repaint(parseInline(bold, options), style.bold));
    else if (italic) out.push(...repaint(parseInline(italic, options), style.italic));
    else if (bare) out.push({ text: bare, paint: style.underline });
    else {
      out.push({ text: name, paint: identity });
      if (address !== name) out.push({ text: ` (${address})`, paint: style.dim });
    }
    rest = rest.slice(match.index + match[0].length);
  }
  if (rest !== "") out.push({ text: rest, paint: identity });
  return out;
}

/** A text that is no Markdown, to stand in some: what Markdown would read in it is read as it is. */
export function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_{}[\]()#+\-.!|<>]/g, "\\$&");
}

/** A text as code, whatever backquotes it holds. */
export function codeSpan(text: string): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const ticks = "`".repeat(longest + 1);
  return longest > 0 ? `${ticks} ${text} ${ticks}` : ticks + text + ticks;
}

function repaint(spans: Span[], paint: (text: string) => string): Span[] {
  return spans.map((span) => ({ ...span, paint: (text) => paint(span.paint(text)) }));
}

/**
 * Fills spans into rows of `columns`, breaking at spaces. What is wider than a row stays whole, and the terminal wraps
 * it: a command or an address can then be copied.
 */
function wrapSpans(spans: Span[], columns: number, first: string, rest: string): string[] {
  const rows: string[] = [];
  let row = first;
  let width = displayWidth(first);
  let empty = true;
  let gap = "";
  for (const word of joinWords(spans)) {
    if (word === "space") {
      gap = empty ? "" : " ";
      continue;
    }
    const pieces = brokenCode(word, columns - displayWidth(rest));
    if (pieces) {
      if (!empty) rows.push(row);
      const [last, ...before] = pieces.toReversed();
      const begin = empty ? first : rest;
      rows.push(
        ...before.toReversed().map((piece, at) => (at === 0 ? begin : rest) + piece.painted),
      );
      row = rest + last.painted;
      width = displayWidth(rest) + last.width;
      empty = false;
      gap = "";
      continue;
    }
    const wordWidth = word.reduce((sum, span) => sum + displayWidth(span.text), 0);
    if (!empty && width + gap.length + wordWidth > columns) {
      rows.push(row);
      row = rest;
      width = displayWidth(rest);
      gap = "";
    }
    row += gap + word.map((span) => span.paint(span.text)).join("");
    width += gap.length + wordWidth;
    empty = false;
    gap = "";
  }
  rows.push(row);
  return rows;
}

/** A word that is a command wider than a row, in rows that can be pasted; undefined of any other word. */
function brokenCode(
  word: readonly Span[],
  columns: number,
): { painted: string; width: number }[] | undefined {
  const [code, ...behind] = word;
  if (!code.isCode || displayWidth(code.text) <= columns) return undefined;
  const [, ticks, inside] = /^(`*)(.*?)\1$/.exec(code.text)!;
  if (!isCommand(inside)) return undefined;
  // Ticks are pasted too: they stand only where the sentence goes on behind the command.
  const mark = behind.length > 0 ? ticks : "";
  const rows = commandRows(inside, columns - mark.length);
  rows[0] = mark + rows[0];
  rows[rows.length - 1] += mark;
  if (rows.length === 1) return undefined;
  return rows.map((row, at) => {
    const after = at === rows.length - 1 ? behind : [];
    return {
      painted: code.paint(row) + after.map((span) => span.paint(span.text)).join(""),
      width: [row, ...after.map(({ text }) => text)]
        .reduce((sum, text) => sum + displayWidth(text), 0),
    };
  });
}

/** Text without any Markdown in rows of `columns`; what fits stays as it is. */
export function wrapWords(text: string, columns: number): string[] {
  return text.split("\n").flatMap((line) =>
    displayWidth(line) <= columns
      ? [line]
      : wrapSpans([{ text: line, paint: identity }], columns, "", "")
  );
}

/** Spans regrouped into words: what may not be broken, and the spaces between. */
function joinWords(spans: Span[]): ("space" | Span[])[] {
  const out: ("space" | Span[])[] = [];
  let word: Span[] = [];
  for (const span of spans) {
    for (const part of span.isCode ? [span.text] : span.text.split(/(\s+)/)) {
      if (part === "") continue;
      if (/^\s+$/.test(part)) {
        if (word.length > 0) out.push(word);
        word = [];
        out.push("space");
      } else word.push({ ...span, text: part });
    }
  }
  if (word.length > 0) out.push(word);
  return out;
}
